package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/failure"
)

// offerLinkLife is how long a provider may answer.
const offerLinkLife = 90 * 24 * time.Hour

// AskProvider makes a link's secret by which the provider of an offer says, once,
// whether it is still as it is written; earlier links of the offer are worth
// nothing then. failure.NotFound when there is no such offer.
func (db *DB) AskProvider(ctx context.Context, entry account.Entry, id string) (secret string, err error) {
	secret = rand.Text()
	return secret, unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		offer, err := offerRegister().one(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM offer_links WHERE offer = $1 OR expires <= $2`, id, db.stamp()); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO offer_links (hash, offer, made, expires) VALUES ($1, $2, $3, $4)`,
			secretHash(secret), id, db.now().Format(time.DateOnly), db.now().Add(offerLinkLife).UTC().Format(stampForm))
		if err != nil {
			return err
		}
		entry.Action, entry.Subject = account.OfferAsked, offer.Entry.Title
		return db.audit(ctx, tx, entry)
	}))
}

// OffersAsked returns the days on which links that are still open were made, by the
// id of the offer.
func (db *DB) OffersAsked(ctx context.Context) (map[string]string, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT offer, made FROM offer_links WHERE expires > $1`, db.stamp())
	if err != nil {
		return nil, unavailable(err)
	}
	pairs, err := collect(rows, func(rows *sql.Rows) (pair [2]string, err error) { return pair, rows.Scan(&pair[0], &pair[1]) })
	asked := make(map[string]string, len(pairs))
	for _, pair := range pairs {
		asked[pair[0]] = pair[1]
	}
	return asked, err
}

// AskedOffer returns the offer that a link's secret is about; failure.Gone when it
// was answered or is too old, or the offer is gone.
func (db *DB) AskedOffer(ctx context.Context, secret string) (Kept[baseline.Offer], error) {
	one, err := askedOffer(ctx, db.read, secret, db.stamp())
	return one, unavailable(err)
}

func askedOffer(ctx context.Context, q queryer, secret, now string) (one Kept[baseline.Offer], err error) {
	var id string
	err = q.QueryRowContext(ctx, `SELECT offer FROM offer_links WHERE hash = $1 AND expires > $2`, secretHash(secret), now).Scan(&id)
	if err == nil {
		one, err = offerRegister().one(ctx, q, id)
	}
	if errors.Is(err, sql.ErrNoRows) || failure.CodeOf(err) == failure.NotFound {
		err = failure.New(failure.Gone, "directory.over")
	}
	return one, err
}

// AnswerProvider uses a link up and stores what the provider said of the offer.
// change gets it as it is. failure.Gone when the link is over.
func (db *DB) AnswerProvider(ctx context.Context, secret, area string, change func(baseline.Offer) (baseline.Offer, error)) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		if err := advance(ctx, tx, offersRevision, anyRevision); err != nil {
			return err
		}
		stored, err := askedOffer(ctx, tx, secret, db.stamp())
		if err != nil {
			return err
		}
		changed, err := change(stored.Entry)
		if err != nil {
			return err
		}
		if err := offerRegister().update(ctx, tx, stored.Revision, changed); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM offer_links WHERE hash = $1`, secretHash(secret)); err != nil {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: account.Linked, Action: account.OfferConfirmed, Subject: changed.Title, Area: area,
			Effect: account.Effect("status", changed.Status, "places", placesOf(changed), "end", changed.End, "funding_end", changed.FundingEnd)})
	}))
}

func placesOf(o baseline.Offer) int {
	if o.Places == nil {
		return 0
	}
	return *o.Places
}
