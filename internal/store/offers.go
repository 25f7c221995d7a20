package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/failure"
)

func offerRegister() *register[baseline.Offer] {
	return &register[baseline.Offer]{
		table: "offers", order: "title, provider, id", counts: offersRevision,
		columns: []string{"id", "title", "provider", "fields", "audiences", "age_from", "age_to", "areas", "places", "languages", "cost",
			"starts", "ends", "funding", "funding_end", "status", "contact", "source", "confirmed", "public"},
		scan: scanOffer,
		values: func(o *baseline.Offer) []any {
			return []any{o.ID, o.Title, o.Provider, strings.Join(o.Fields, " "), strings.Join(o.Audiences, " "), o.Ages.From, o.Ages.To,
				strings.Join(o.Areas, " "), o.Places, strings.Join(o.Languages, " "), o.Cost, o.Start, o.End, o.Funding, o.FundingEnd,
				string(o.Status), o.Contact, o.Source, o.Confirmed, o.Public}
		},
		id: func(o *baseline.Offer) *string { return &o.ID }, subject: func(o *baseline.Offer) string { return o.Title },
		added: account.OfferAdded, changed: account.OfferChanged, removed: account.OfferRemoved,
	}
}

func scanOffer(row scanner, more ...any) (o baseline.Offer, err error) {
	var fields, audiences, areas, languages string
	err = row.Scan(append([]any{&o.ID, &o.Title, &o.Provider, &fields, &audiences, &o.Ages.From, &o.Ages.To, &areas, &o.Places, &languages, &o.Cost,
		&o.Start, &o.End, &o.Funding, &o.FundingEnd, &o.Status, &o.Contact, &o.Source, &o.Confirmed, &o.Public}, more...)...)
	o.Fields, o.Audiences, o.Areas, o.Languages = strings.Fields(fields), strings.Fields(audiences), strings.Fields(areas), strings.Fields(languages)
	return o, err
}

// Offers lists all offers by title, and the revision of their list.
func (db *DB) Offers(ctx context.Context) (all []Kept[baseline.Offer], revision int64, err error) {
	// The revision first: what changes in between makes it too old, not too new.
	if revision, err = revisionOf(ctx, db.read, offersRevision); err != nil {
		return nil, 0, unavailable(err)
	}
	all, err = offerRegister().all(ctx, db.read)
	return all, revision, err
}

// OffersOn lists the offers that run on a day, in one query.
func (db *DB) OffersOn(ctx context.Context, day string) ([]baseline.Offer, error) {
	r := offerRegister()
	rows, err := db.read.QueryContext(ctx, r.selects()+` WHERE status = $1 AND (starts = '' OR starts <= $2) AND (ends = '' OR ends >= $2) ORDER BY `+r.order,
		string(baseline.OfferRunning), day)
	if err != nil {
		return nil, unavailable(err)
	}
	return collect(rows, func(rows *sql.Rows) (baseline.Offer, error) { return r.scan(rows, new(int)) })
}

// Offer returns an offer; failure.NotFound.
func (db *DB) Offer(ctx context.Context, id string) (Kept[baseline.Offer], error) {
	return offerRegister().one(ctx, db.read, id)
}

// SaveOffer adds an offer where seen is 0, and else changes the one that had that
// revision; failure.Conflict, failure.NotFound. The entry says who does it, and for
// which area.
func (db *DB) SaveOffer(ctx context.Context, entry account.Entry, seen int, o baseline.Offer) (id string, err error) {
	return offerRegister().save(ctx, db, entry, seen, o)
}

// RemoveOffer removes an offer that had a revision; failure.Conflict,
// failure.NotFound.
func (db *DB) RemoveOffer(ctx context.Context, entry account.Entry, seen int, id string) error {
	return offerRegister().remove(ctx, db, entry, seen, id)
}

// AddOffers stores new and changed offers of an imported file, all or none of
// them. failure.Conflict when the list is no longer of that revision. Those with an
// id replace the ones that have it.
func (db *DB) AddOffers(ctx context.Context, entry account.Entry, revision int64, offers []Kept[baseline.Offer]) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		if err := advance(ctx, tx, offersRevision, revision); err != nil {
			return err
		}
		if err := putAll(ctx, tx, offerRegister(), offers); err != nil {
			return err
		}
		entry.Action = account.OffersImported
		return db.audit(ctx, tx, entry)
	}))
}

// putAll inserts the entries without an id and changes the others.
func putAll[T any](ctx context.Context, tx *sql.Tx, r *register[T], all []Kept[T]) error {
	for _, one := range all {
		id := r.id(&one.Entry)
		var err error
		if *id == "" {
			*id = newID()
			err = r.insert(ctx, tx, one.Entry)
		} else {
			err = r.update(ctx, tx, one.Revision, one.Entry)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// MergeOffers makes one offer of two: merged takes the place of the first, the
// other one goes, and what refers to it leads to the first. Both must have the
// revisions that were seen; failure.Conflict, failure.NotFound.
func (db *DB) MergeOffers(ctx context.Context, entry account.Entry, seen int, merged baseline.Offer, other Kept[baseline.Offer]) error {
	r := offerRegister()
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		if err := advance(ctx, tx, offersRevision, anyRevision); err != nil {
			return err
		}
		if err := r.update(ctx, tx, seen, merged); err != nil {
			return err
		}
		if err := r.drop(ctx, tx, other.Revision, other.Entry.ID); err != nil {
			return err
		}
		for _, statement := range []string{
			`UPDATE offer_decisions SET offer = $1 WHERE offer = $2`, `UPDATE measures SET offer = $1 WHERE offer = $2`,
			`DELETE FROM offer_links WHERE offer = $2 OR offer = $1`, // they ask for what is no more so
		} {
			if _, err := tx.ExecContext(ctx, statement, merged.ID, other.Entry.ID); err != nil {
				return err
			}
		}
		entry.Action, entry.Subject, entry.Effect = account.OfferMerged, merged.Title, account.Effect("with", other.Entry.Title)
		return db.audit(ctx, tx, entry)
	}))
}

// Decision says what became of an offer in a statement.
type Decision struct {
	Wave, Statement, Stated string // the wave's id, and the keys of both
	Offer                   string // id of the offer, "" when it was declined
}

// OfferDecisions lists what was decided on the offers of statements.
func (db *DB) OfferDecisions(ctx context.Context) ([]Decision, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT wave_id, statement, stated, offer FROM offer_decisions ORDER BY wave_id, statement, stated`)
	if err != nil {
		return nil, unavailable(err)
	}
	return collect(rows, func(rows *sql.Rows) (one Decision, err error) {
		return one, rows.Scan(&one.Wave, &one.Statement, &one.Stated, &one.Offer)
	})
}

// TakeOffer takes an offer over from a statement: as a new one where seen is 0, else
// into the offer of its id, which must have that revision. Each is decided on once:
// failure.Conflict when it was already.
func (db *DB) TakeOffer(ctx context.Context, entry account.Entry, decision Decision, seen int, o baseline.Offer) (id string, err error) {
	r := offerRegister()
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		if err := advance(ctx, tx, offersRevision, anyRevision); err != nil {
			return err
		}
		if seen == 0 {
			o.ID = newID()
			err = r.insert(ctx, tx, o)
		} else {
			err = r.update(ctx, tx, seen, o)
		}
		if err != nil {
			return err
		}
		decision.Offer = o.ID
		entry.Action, entry.Subject = account.OfferTaken, o.Title
		return db.decide(ctx, tx, entry, decision)
	})
	return o.ID, unavailable(err)
}

// DeclineOffer leaves an offer of a statement out; failure.Conflict when it was
// decided on already.
func (db *DB) DeclineOffer(ctx context.Context, entry account.Entry, decision Decision, title string) error {
	decision.Offer = ""
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		entry.Action, entry.Subject = account.OfferDeclined, title
		return db.decide(ctx, tx, entry, decision)
	}))
}

func (db *DB) decide(ctx context.Context, tx *sql.Tx, entry account.Entry, d Decision) error {
	rows, err := affected(tx.ExecContext(ctx, `INSERT INTO offer_decisions (wave_id, statement, stated, offer) VALUES ($1, $2, $3, $4)
		ON CONFLICT (wave_id, statement, stated) DO NOTHING`, d.Wave, d.Statement, d.Stated, d.Offer))
	if err != nil {
		return err
	}
	if rows == 0 {
		return failure.New(failure.Conflict, "error.offer_decided")
	}
	return db.audit(ctx, tx, entry)
}

// Directory says whether everybody may read the released offers.
type Directory struct {
	Open bool
	// Languages are those that the page is offered in, beside those of the waves
	// that are open where Waves is set.
	Languages []string
	Waves     bool
}

// directoryWaves stands among the languages for those of the open waves.
const directoryWaves = "*"

// directoryFact is where the setting is kept.
const directoryFact = "offers.directory"

// Directory returns whether everybody may read the released offers: not unless
// somebody said so.
func (db *DB) Directory(ctx context.Context) (Directory, error) {
	value, err := db.Fact(ctx, directoryFact)
	languages := strings.Fields(value)
	d := Directory{Open: len(languages) > 0}
	d.Languages = slices.DeleteFunc(languages, func(tag string) bool { return tag == directoryWaves })
	d.Waves = len(d.Languages) < len(languages)
	return d, err
}

// SetDirectory opens the public list in some languages, or closes it.
func (db *DB) SetDirectory(ctx context.Context, actor string, to Directory) error {
	value := ""
	if to.Open {
		languages := slices.Clone(to.Languages)
		if to.Waves {
			languages = append(languages, directoryWaves)
		}
		value = strings.Join(languages, " ")
	}
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		var before string
		err := tx.QueryRowContext(ctx, `SELECT value FROM facts WHERE name = $1`, directoryFact).Scan(&before)
		if err != nil && !errors.Is(err, sql.ErrNoRows) || err == nil && before == value {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, directoryFact, value); err != nil {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.DirectoryChanged, Effect: account.Effect("languages", cmp.Or(value, "-"))})
	}))
}
