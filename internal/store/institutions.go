package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
)

const (
	institutionColumns = `number, name, type, type_label, area, ags, pupils, social_index, period, source, email, closed`
	institutionWidth   = 13 // the columns above, and search
	institutionsAtOnce = 256
)

// PutInstitutions stores institutions; those of a known number are replaced. actor
// is who does it, for the audit log.
func (db *DB) PutInstitutions(ctx context.Context, actor string, institutions []fieldwork.Institution) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		if err := advance(ctx, tx, registerRevision, anyRevision); err != nil {
			return err
		}
		if err := putInstitutions(ctx, tx, institutions); err != nil {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.RegisterImported, Effect: account.Effect("count", len(institutions))})
	}))
}

func putInstitutions(ctx context.Context, tx *sql.Tx, institutions []fieldwork.Institution) error {
	for _, n := range portions(len(institutions), institutionsAtOnce) {
		arguments := make([]any, 0, n*institutionWidth)
		for _, one := range institutions[:n] {
			arguments = append(arguments, one.Number, one.Name, one.Type, one.TypeLabel, one.Area, one.AGS,
				one.Pupils, one.SocialIndex, one.Period, one.Source, one.Email, one.Closed, searchText(one))
		}
		_, err := tx.ExecContext(ctx, putInstitutionsQuery(n), arguments...)
		if err != nil {
			return fmt.Errorf("store institutions: %w", err)
		}
		institutions = institutions[n:]
	}
	return nil
}

// putInstitutionsQuery stores so many institutions at once.
func putInstitutionsQuery(rows int) string {
	return `INSERT INTO institutions (` + institutionColumns + `, search) VALUES ` + tuples(rows, institutionWidth) + `
		ON CONFLICT (number) DO UPDATE SET name = excluded.name, type = excluded.type, type_label = excluded.type_label,
			area = excluded.area, ags = excluded.ags, pupils = excluded.pupils,
			social_index = excluded.social_index, period = excluded.period, source = excluded.source,
			email = excluded.email, closed = excluded.closed, search = excluded.search`
}

// Institution returns the institution of that official number;
// failure.NotFound when there is none.
func (db *DB) Institution(ctx context.Context, number string) (fieldwork.Institution, error) {
	return institution(ctx, db.read, number)
}

func institution(ctx context.Context, q queryer, number string) (fieldwork.Institution, error) {
	row := q.QueryRowContext(ctx, `SELECT `+institutionColumns+` FROM institutions WHERE number = $1`, number)
	one, err := scanInstitution(row)
	if errors.Is(err, sql.ErrNoRows) {
		return one, failure.New(failure.NotFound, "error.unknown_institution", "number", number)
	}
	return one, unavailable(err)
}

// Institutions returns all institutions by area and name, closed ones among them;
// [DB.FindInstitutions] leaves those out.
func (db *DB) Institutions(ctx context.Context) ([]fieldwork.Institution, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT `+institutionColumns+` FROM institutions ORDER BY area, name, number`)
	if err != nil {
		return nil, unavailable(fmt.Errorf("list institutions: %w", err))
	}
	return collect(rows, func(rows *sql.Rows) (fieldwork.Institution, error) { return scanInstitution(rows) })
}

func scanInstitution(row scanner) (one fieldwork.Institution, err error) {
	return one, row.Scan(institutionFields(&one)...)
}

func institutionFields(one *fieldwork.Institution) []any {
	return []any{&one.Number, &one.Name, &one.Type, &one.TypeLabel, &one.Area, &one.AGS,
		&one.Pupils, &one.SocialIndex, &one.Period, &one.Source, &one.Email, &one.Closed}
}

// InstitutionFilter chooses institutions; the zero value takes all that are open.
type InstitutionFilter struct {
	// Areas are keys of areas, those below them not included; nil takes all, and
	// "" among them those that lie in none.
	Areas     []string
	Type      string // slug
	TypeLabel string // label of a type without slug
	Group     string // id
	Text      string // words that all stand in the name or the number
	Closed    bool   // those that are no more, instead of those that are
	Limit     int    // at most so many, 0 for all
	Offset    int    // leaves out so many of the first
}

// FindInstitutions returns the institutions that a filter chooses, by area, name
// and number, and how many there are without its limit. It asks once.
func (db *DB) FindInstitutions(ctx context.Context, filter InstitutionFilter) (found []fieldwork.Institution, total int, err error) {
	query, arguments := filter.query()
	rows, err := db.read.QueryContext(ctx, query, arguments...)
	if err != nil {
		return nil, 0, unavailable(fmt.Errorf("find institutions: %w", err))
	}
	found, err = collect(rows, func(rows *sql.Rows) (one fieldwork.Institution, err error) {
		return one, rows.Scan(append(institutionFields(&one), &total)...)
	})
	return found, total, err
}

// query writes the filter as a query, whose last column is how many there are
// without the limit.
func (f InstitutionFilter) query() (string, []any) {
	where, arguments := f.where()
	query := `SELECT ` + institutionColumns + `, COUNT(*) OVER () FROM institutions WHERE ` + where + ` ORDER BY area, name, number`
	if f.Limit > 0 {
		arguments = append(arguments, f.Limit, f.Offset)
		query += fmt.Sprintf(` LIMIT $%d OFFSET $%d`, len(arguments)-1, len(arguments))
	}
	return query, arguments
}

// where writes the filter as a condition with its arguments.
func (f InstitutionFilter) where() (string, []any) {
	var arguments []any
	next := func(value any) string {
		arguments = append(arguments, value)
		return fmt.Sprintf("$%d", len(arguments))
	}
	conditions := []string{"closed = ''"}
	if f.Closed {
		conditions[0] = "closed <> ''"
	}
	if f.Areas != nil {
		places := []string{"NULL"} // matches nothing
		for _, area := range f.Areas {
			places = append(places, next(area))
		}
		conditions = append(conditions, "area IN ("+strings.Join(places, ",")+")")
	}
	if f.Type != "" {
		conditions = append(conditions, "type = "+next(f.Type))
	}
	if f.TypeLabel != "" {
		conditions = append(conditions, "type = '' AND type_label = "+next(f.TypeLabel))
	}
	if f.Group != "" {
		conditions = append(conditions, "number IN (SELECT number FROM institution_members WHERE group_id = "+next(f.Group)+")")
	}
	for _, word := range strings.Fields(foldSearch(f.Text)) {
		literal := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(word)
		conditions = append(conditions, "search LIKE "+next("%"+literal+"%")+` ESCAPE '\'`)
	}
	return strings.Join(conditions, " AND "), arguments
}

// InstitutionCount is how many open institutions of a type an area has.
type InstitutionCount struct {
	Area, Type, TypeLabel string
	Count                 int
}

// CountInstitutions counts the open institutions by area and type.
func (db *DB) CountInstitutions(ctx context.Context) ([]InstitutionCount, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT area, type, type_label, COUNT(*) FROM institutions WHERE closed = ''
		GROUP BY area, type, type_label ORDER BY area, type, type_label`)
	if err != nil {
		return nil, unavailable(fmt.Errorf("count institutions: %w", err))
	}
	return collect(rows, func(rows *sql.Rows) (one InstitutionCount, err error) {
		return one, rows.Scan(&one.Area, &one.Type, &one.TypeLabel, &one.Count)
	})
}

// Register returns all institutions and the revision of the register that they
// are.
func (db *DB) Register(ctx context.Context) (all []fieldwork.Institution, revision int64, err error) {
	// The revision first: what changes in between makes it too old, not too new.
	if revision, err = revisionOf(ctx, db.read, registerRevision); err != nil {
		return nil, 0, unavailable(err)
	}
	all, err = db.Institutions(ctx)
	return all, revision, err
}

// ChangeRegister stores new and changed institutions, all or none of them, and
// writes the entry into the audit log. failure.Conflict when the register is no
// longer of that revision.
func (db *DB) ChangeRegister(ctx context.Context, entry account.Entry, revision int64, changed []fieldwork.Institution) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		if err := advance(ctx, tx, registerRevision, revision); err != nil {
			return err
		}
		if err := putInstitutions(ctx, tx, changed); err != nil {
			return err
		}
		return db.audit(ctx, tx, entry)
	}))
}

// ChangeInstitution changes one institution. change gets it as it is stored, the
// zero value when it is not, and returns what it is to be and what the audit log
// says of it; what it fails with comes back. Nothing is stored when nothing
// changes.
func (db *DB) ChangeInstitution(ctx context.Context, number string,
	change func(stored fieldwork.Institution) (fieldwork.Institution, account.Entry, error)) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		stored, err := institution(ctx, tx, number)
		if err != nil && failure.CodeOf(err) != failure.NotFound {
			return err
		}
		one, entry, err := change(stored)
		if err != nil || one.Equal(stored) {
			return err
		}
		if err := advance(ctx, tx, registerRevision, anyRevision); err != nil {
			return err
		}
		if err := putInstitutions(ctx, tx, []fieldwork.Institution{one}); err != nil {
			return err
		}
		return db.audit(ctx, tx, entry)
	}))
}

// foldInstitutions fills the text that is searched where a program before had
// none.
func (db *DB) foldInstitutions(ctx context.Context) error {
	rows, err := db.write.QueryContext(ctx, `SELECT number, name FROM institutions WHERE search = ''`)
	if err != nil {
		return err
	}
	bare, err := collect(rows, func(rows *sql.Rows) (one fieldwork.Institution, err error) {
		return one, rows.Scan(&one.Number, &one.Name)
	})
	if err != nil || len(bare) == 0 {
		return err
	}
	return db.inTx(ctx, func(tx *sql.Tx) error {
		for _, one := range bare {
			if _, err := tx.ExecContext(ctx, `UPDATE institutions SET search = $2 WHERE number = $1`, one.Number, searchText(one)); err != nil {
				return err
			}
		}
		return nil
	})
}

func searchText(one fieldwork.Institution) string { return foldSearch(one.Name + " " + one.Number) }

// foldSearch brings what people type for the same to one form: small letters
// without marks, ß as ss.
func foldSearch(text string) string {
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(strings.ReplaceAll(strings.ToLower(text), "ß", "ss")))
	return strings.Join(strings.Fields(bare), " ")
}
