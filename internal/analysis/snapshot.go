package analysis

import (
	"encoding/json"
	"fmt"
	"slices"

	"bedarfslotse/internal/analysis/internal/raw"
	"bedarfslotse/internal/survey"
)

const roleOpinion = survey.Opinion

// MinimumK is the smallest threshold that the formulas of METHODS 5 protect
// anybody with; smaller ones are raised to it.
const MinimumK = 2

// tables are the exact tables of a wave as they are stored.
type tables struct {
	Format      int          `json:"format"`
	Fingerprint string       `json:"fingerprint"`
	K           int          `json:"k"`
	All         storedUnit   `json:"all"` // the number of respondents
	Units       []storedUnit `json:"units"`
	// Joined are, by variable, the categories that are published together for
	// good, as one of them was too small (METHODS 5.4); of releases only.
	Joined map[string][][]string `json:"joined,omitempty"`
	schema *Schema               // not stored
}

// storedUnit is one question or pair.
type storedUnit struct {
	// Limit are the change numbers up to which rows are shown.
	Limit raw.Limit `json:"limit"`
	// Removed is the change number of the last withdrawal that the tables take
	// into account.
	Removed uint64 `json:"removed"`
	// Tables are those of the unit's questions; nil below k. The unit of all
	// respondents has one with nothing but their number.
	Tables []*table `json:"tables,omitempty"`
	// Course is, of all respondents, where they come from, when and how they
	// answered; nil in what an earlier version of the program stored.
	Course *course `json:"course,omitempty"`
	// Shown are the limits of the tables that were ever shown, in their order;
	// the first Since of them up to the last release. Left is how many
	// respondents of the base each of them added who were still there when the
	// tables were made; Came is how many it added, 0 when others left with the
	// same step, and Sizes how many the table counted. Vague tells that there were others, which an earlier
	// version of the program did not note.
	Shown []raw.Limit `json:"shown,omitempty"`
	Since int         `json:"since,omitempty"`
	Left  []int       `json:"left,omitempty"`
	Came  []int       `json:"came,omitempty"`
	Sizes []int       `json:"sizes,omitempty"`
	Vague bool        `json:"vague,omitempty"`
	// Divided tells that some release so far has exact groups.
	Divided bool `json:"divided,omitempty"`
	// Groups are, in a release, the exact groups; nil where only the whole wave
	// is exact.
	Groups *groups `json:"groups,omitempty"`
}

// format is the number of the stored format, and oldFormat that of one without
// exact groups, which is still read.
const (
	format    = 3
	oldFormat = 2
)

// Snapshot is what an open wave shows: for every question the exact table of a
// moment in the past (METHODS 5.4). It is immutable; the store keeps its bytes
// so that restarts and other instances show the same, and hands the latest one
// to [Snapshot.Advance].
//
// A question, with both halves of a pair as one, moves on by itself. What
// counts as a step is the number of respondents in its base: relevant and
// substantively answered, of pairs completely. All numbers of a question (base,
// cells, apart, no answer, not asked) belong to the same moment, so the
// difference between two tables that a reader can see is itself a table over a
// group in which at least k answered the question. Counting all respondents
// instead would let a filtered question move by a single answer. The number of
// all respondents is a question of its own in this respect.
//
// Online answers and imported ones are taken separately, each in steps of 0 or
// at least k, since whoever handed in a file knows it and could subtract it.
//
// Withdrawals: rows leave the columns in sets, but a set of k may hold fewer
// than k answers to one question. Its table therefore stands as stored until
// either at least k new answers move it, the withdrawn ones leaving in the same
// step, or at least k of the answers that it shows are gone, which is a step of
// its own. A withdrawn answer may so remain in a count, though nowhere else,
// until the wave is closed.
//
// A table that follows on withdrawals must also differ enough from every
// combination of those before it. Whatever a combination makes of the
// respondents whom one table added, it makes of all of them; so of each of these
// sets either those who left or those who stayed are left over, and they must be
// k together with those who are new. It may also be just such a combination: when
// nobody is new, and who left is all that some of the tables had added, or all
// who came after one of them. Once there are exact groups, a combination may treat
// the respondents of every place differently, so only those who are new count.
type Snapshot struct{ tables tables }

// NewSnapshot is the state before anything is shown. K is the wave's smallest
// publishable group.
func NewSnapshot(schema *Schema, k int) *Snapshot {
	return &Snapshot{newTables(schema, k)}
}

func newTables(schema *Schema, k int) tables {
	return tables{Format: format, Fingerprint: schema.Fingerprint(), K: max(k, MinimumK),
		Units: make([]storedUnit, len(schema.units)), schema: schema}
}

// MarshalBinary makes the bytes that the store keeps.
func (s *Snapshot) MarshalBinary() ([]byte, error) { return json.Marshal(s.tables) }

// ReadSnapshot reads what [Snapshot.MarshalBinary] wrote. It fails with
// [ErrOtherSchema] or [ErrDamaged].
func ReadSnapshot(schema *Schema, data []byte) (*Snapshot, error) {
	read, err := readTables(schema, data)
	if err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	return &Snapshot{read}, nil
}

func readTables(schema *Schema, data []byte) (tables, error) {
	var read tables
	if err := json.Unmarshal(data, &read); err != nil {
		return tables{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if read.Fingerprint != schema.Fingerprint() {
		return tables{}, ErrOtherSchema
	}
	if read.Format == oldFormat {
		read.Format, read.All.Vague = format, read.All.shown() > 0
		for i := range read.Units {
			read.Units[i].Vague = read.Units[i].shown() > 0
		}
	}
	if read.Format != format || read.K < MinimumK || len(read.Units) != len(schema.units) || !read.fits(schema) {
		return tables{}, ErrDamaged
	}
	read.schema = schema
	return read, nil
}

// fits tells whether every table has the cells that its question needs.
func (t *tables) fits(schema *Schema) bool {
	for i, unit := range t.Units {
		if len(unit.Tables) != 0 && len(unit.Tables) != len(schema.units[i]) || !unit.Groups.fits(schema.units[i]) ||
			len(unit.Left) != len(unit.Shown) || len(unit.Came) != len(unit.Shown) || len(unit.Sizes) != len(unit.Shown) || unit.Since > len(unit.Shown) {
			return false
		}
		for at, one := range unit.Tables {
			if one == nil {
				continue
			}
			q := schema.units[i][at]
			listed := q.kind == Single || q.kind == Scale || q.kind == Multiple || q.kind == Order
			if listed && len(one.Cells) != q.raw.Codes || q.classed() && one.Quantity == nil || !one.placesFit(q) ||
				one.Clusters != nil && listed && len(one.Clusters.Shares) != q.raw.Codes {
				return false
			}
		}
	}
	return len(t.All.Tables) < 2 && t.All.Groups.fits(nil) && (t.All.Course == nil || t.All.Course.valid())
}

// placesFit tells whether a table of orders has all places.
func (t *table) placesFit(q *question) bool {
	if q.kind != Order {
		return len(t.Places) == 0
	}
	for i, one := range t.Places {
		if q.substantive(i) && (len(one.Ranks) != q.raw.Places() || one.Base.Rows > 0 && one.Moments == nil) {
			return false
		}
	}
	return len(t.Places) == q.raw.Codes
}

// Advance returns the snapshot that follows from the columns as they are now,
// and whether anything in it differs. It leaves s as it is. The same columns
// and the same snapshot always give the same.
func (s *Snapshot) Advance(columns *Columns) (*Snapshot, bool) {
	view := columns.memory.View()
	next := &Snapshot{s.tables}
	next.tables.Units = slices.Clone(s.tables.Units)
	moved := make([]bool, len(next.tables.Units)+1)
	parallel(len(moved), func(i int) {
		at, of := &next.tables.All, unit(nil)
		if i < len(next.tables.Units) {
			at, of = &next.tables.Units[i], s.tables.schema.units[i]
		}
		*at, moved[i] = at.advance(view, of, s.tables.K)
	})
	if !slices.Contains(moved, true) {
		return s, false
	}
	return next, true
}
