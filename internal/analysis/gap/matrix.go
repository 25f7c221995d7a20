package gap

import (
	"slices"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/analysis/internal/inference"
	"bedarfslotse/internal/baseline"
)

// Settings are the thresholds of a gap matrix (METHODS 9). They are stored with what
// is made of it, and printed there.
type Settings struct {
	// Gap is the difference of the 0–100 scores from which on a gap is one, Need the
	// score from which on a need is high, Width the widest interval that still says
	// something.
	Gap, Need, Width float64
}

// Defaults are the thresholds of METHODS 9.
func Defaults() Settings { return Settings{Gap: 10, Need: 50, Width: 40} }

// Valid tells whether thresholds lie on the scale: Gap and Need 0–100, Width above 0
// up to 200.
func (s Settings) Valid() bool {
	return s.Gap >= 0 && s.Gap <= 100 && s.Need >= 0 && s.Need <= 100 && s.Width > 0 && s.Width <= 200
}

// Status says how a field stands in a column.
type Status string

// The statuses, in the order in which they are looked for.
const (
	Unclear    Status = "unclear"
	NotReached Status = "gap_not_reached" // offers exist but are not reached
	Gap        Status = "gap"
	LowNeed    Status = "low_need"
	Overlap    Status = "overlap"
	Covered    Status = "covered"
)

// Statuses are all of them, the most pressing first.
func Statuses() []Status { return []Status{Gap, NotReached, Unclear, LowNeed, Overlap, Covered} }

// Reason says why a cell is unclear.
type Reason string

// The reasons.
const (
	NotAsked       Reason = "not_asked"   // the column's wave does not ask about the field
	TooFewAnswers  Reason = "too_few"     // no figure may be shown
	NoInterval     Reason = "no_interval" // too few independent answers for one
	WideInterval   Reason = "wide"        // wider than Settings.Width
	AroundLimit    Reason = "around"      // the threshold lies in the interval
	NotSignificant Reason = "not_significant"
)

// Lack says what a gap lacks.
type Lack string

// The kinds of lack.
const (
	NoOffer       Lack = "no_offer"
	TooFewPlaces  Lack = "too_few_places"
	PlacesUnknown Lack = "places_unknown"
)

// Column is what stands over a column: the whole wave, areas, types of institution,
// or an audience.
type Column struct {
	// Values are the categories that the column stands for, nil for a whole wave.
	Values []string
	// Wave and Audience tell whose answers these are.
	Wave, Audience string
	// Figures and Provision are by field of action.
	Figures   map[string]analysis.FieldGap
	Provision map[string]baseline.Provision
}

// Cell is one field in one column.
type Cell struct {
	Status Status
	// Reason is that of Unclear, Lack that of Gap.
	Reason Reason
	Lack   Lack
	// Figure is what the cell rests on; its Base is nil where nothing may be shown.
	Figure    analysis.FieldGap
	Provision baseline.Provision
}

// ColumnsOf are the columns of one wave, with its items of one kind: the whole of it,
// and its groups. Of those of whom the group is not known there is none.
func ColumnsOf(needs *analysis.Needs, yesNo bool, wave, audience string) []Column {
	columns := []Column{{Wave: wave, Audience: audience, Figures: map[string]analysis.FieldGap{}}}
	of := make([]int, len(needs.Groups)) // by group
	for i, values := range needs.Groups {
		if of[i] = 0; !slices.Equal(values, []string{analysis.NotKnown}) {
			of[i] = len(columns)
			columns = append(columns, Column{Values: values, Wave: wave, Audience: audience, Figures: map[string]analysis.FieldGap{}})
		}
	}
	for _, field := range needs.Fields {
		if field.YesNo != yesNo {
			continue
		}
		columns[0].Figures[field.Field] = field.Whole
		for i, figure := range field.Groups {
			if of[i] > 0 {
				columns[of[i]].Figures[field.Field] = figure
			}
		}
	}
	return columns
}

// Provide fills in what offers there are for each column's areas on a day; whole are
// the keys of the areas that whole waves are about, by wave. groups and within are those of
// [baseline.Provide].
func Provide(columns []Column, fields []string, offers []baseline.Offer, day string, whole map[string]string, groups map[string]baseline.TargetGroup, within baseline.Within) {
	var cells []baseline.CellOf
	areas := func(c *Column) []string {
		if c.Values == nil {
			return []string{whole[c.Wave]}
		}
		return c.Values
	}
	for i := range columns {
		for _, field := range fields {
			for _, area := range areas(&columns[i]) {
				cells = append(cells, baseline.CellOf{Field: field, Area: area})
			}
		}
	}
	provided := baseline.Provide(offers, cells, day, groups, within)
	at := 0
	for i := range columns {
		columns[i].Provision = map[string]baseline.Provision{}
		for _, field := range fields {
			n := len(areas(&columns[i]))
			columns[i].Provision[field] = united(provided[at:at+n], cells[at:at+n], groups)
			at += n
		}
	}
}

// united is what several areas have together.
func united(provided []baseline.Provision, cells []baseline.CellOf, groups map[string]baseline.TargetGroup) baseline.Provision {
	if len(provided) == 1 {
		return provided[0]
	}
	var all baseline.Provision
	people, known := 0, true
	for i, one := range provided {
		for _, id := range one.Offers {
			if !slices.Contains(all.Offers, id) {
				all.Offers = append(all.Offers, id)
			}
		}
		for _, overlap := range one.Overlaps {
			if !slices.ContainsFunc(all.Overlaps, func(o baseline.Overlap) bool { return o.First == overlap.First && o.Last == overlap.Last }) {
				all.Overlaps = append(all.Overlaps, overlap)
			}
		}
		all.Places, all.AtLeast = all.Places+one.Places, all.AtLeast || one.AtLeast
		n, counted := groups[cells[i].Audience].People[cells[i].Area]
		people, known = people+n, known && counted
	}
	switch {
	case !known:
		all.None = baseline.PeopleUnknown
	case people < baseline.FewestPeople:
		all.None = baseline.TooFewPeople
	default:
		coverage := all.Places / float64(people) * 100
		all.Coverage = &coverage
	}
	return all
}

// Matrix is fields of action by columns.
type Matrix struct {
	Settings Settings
	Fields   []string
	Columns  []Column
	// Cells are by field and column.
	Cells [][]Cell
}

// Build makes the matrix. All columns must rest on the same kind of items. Tests of
// all its cells are one family; a figure that several columns share counts once.
func Build(settings Settings, fields []string, columns []Column) *Matrix {
	m := &Matrix{Settings: settings, Fields: fields, Columns: columns, Cells: make([][]Cell, len(fields))}
	holds := m.tests()
	for i, field := range fields {
		median := m.median(field)
		m.Cells[i] = make([]Cell, len(columns))
		for j, column := range columns {
			cell := &m.Cells[i][j]
			figure, asked := column.Figures[field]
			cell.Figure, cell.Provision = figure, column.Provision[field]
			if cell.judge(settings, holds[i][j], median); !asked {
				cell.Reason = NotAsked
			}
		}
	}
	return m
}

// significant is the adjusted p-value below which a gap holds.
const significant = 0.05

// tests tells of each cell whether its gap exceeds the threshold by more than chance
// (Benjamini & Hochberg 1995).
func (m *Matrix) tests() [][]bool {
	holds := make([][]bool, len(m.Fields))
	var p []float64
	var of [][][2]int // the cells that share a figure
	for i, field := range m.Fields {
		holds[i] = make([]bool, len(m.Columns))
		for j, column := range m.Columns {
			figure := column.Figures[field]
			one := figure.Exceeds(m.Settings.Gap)
			if figure.Everyone {
				holds[i][j] = figure.Gap > m.Settings.Gap
			}
			if one == nil {
				continue
			}
			if first := m.shared(field, j); first < j {
				at := slices.IndexFunc(of, func(cells [][2]int) bool { return cells[0] == [2]int{i, first} })
				of[at] = append(of[at], [2]int{i, j})
				continue
			}
			p, of = append(p, *one), append(of, [][2]int{{i, j}})
		}
	}
	adjusted, ok := inference.Adjust(p)
	for at, cells := range of {
		for _, cell := range cells {
			holds[cell[0]][cell[1]] = ok && adjusted[at] < significant
		}
	}
	return holds
}

// shared is the first column that shows the same figure as another: that of areas
// which are exact only together.
func (m *Matrix) shared(field string, column int) int {
	own := m.Columns[column]
	together := own.Figures[field].Together
	if len(together) == 0 {
		return column
	}
	return slices.IndexFunc(m.Columns, func(other Column) bool {
		return other.Wave == own.Wave && slices.Equal(other.Figures[field].Together, together)
	})
}

// Joined are the categories of all columns whose figure a column shows, where these
// are exact only together; nil for its own.
func (m *Matrix) Joined(column int, field string) (values []string) {
	own := m.Columns[column]
	together := own.Figures[field].Together
	if len(together) == 0 {
		return nil
	}
	for _, other := range m.Columns {
		if other.Wave == own.Wave && slices.Equal(other.Figures[field].Together, together) {
			values = append(values, other.Values...)
		}
	}
	return values
}

// median is that of the coverages of the areas that have any in a field; 0 for none.
func (m *Matrix) median(field string) float64 {
	var covered []float64
	for _, column := range m.Columns {
		if c := column.Provision[field].Coverage; c != nil && *c > 0 && column.Values != nil {
			covered = append(covered, *c)
		}
	}
	if len(covered) == 0 {
		return 0
	}
	slices.Sort(covered)
	half := len(covered) / 2
	if len(covered)%2 == 1 {
		return covered[half]
	}
	return (covered[half-1] + covered[half]) / 2
}

// judge finds the status. Where everybody answered there is no chance to speak of,
// and the gap stands for its interval.
func (c *Cell) judge(s Settings, holds bool, median float64) {
	f := &c.Figure
	low, high := f.Gap, f.Gap
	switch {
	case f.Base == nil:
		c.Status, c.Reason = Unclear, TooFewAnswers
		return
	case f.Low == nil && !f.Everyone:
		c.Status, c.Reason = Unclear, NoInterval
		return
	case !f.Everyone:
		low, high = *f.Low, *f.High
	}
	switch {
	case high-low > s.Width:
		c.Status, c.Reason = Unclear, WideInterval
	case low <= s.Gap && s.Gap < high:
		c.Status, c.Reason = Unclear, AroundLimit
	case low > s.Gap && !holds:
		c.Status, c.Reason = Unclear, NotSignificant
	case low > s.Gap && f.Need >= s.Need && c.reaches(median):
		c.Status = NotReached
	case low > s.Gap && f.Need >= s.Need:
		c.Status, c.Lack = Gap, c.lack()
	case low > s.Gap:
		c.Status = LowNeed
	case len(c.Provision.Overlaps) > 0:
		c.Status = Overlap
	default:
		c.Status = Covered
	}
}

// reaches tells whether there are as many places as half of the areas with offers
// have at least.
func (c *Cell) reaches(median float64) bool {
	coverage := c.Provision.Coverage
	return coverage != nil && *coverage > 0 && *coverage >= median
}

func (c *Cell) lack() Lack {
	switch p := &c.Provision; {
	case len(p.Offers) == 0:
		return NoOffer
	case p.Coverage == nil || p.AtLeast:
		return PlacesUnknown
	default:
		return TooFewPlaces
	}
}
