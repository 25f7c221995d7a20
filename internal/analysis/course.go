package analysis

import (
	"cmp"
	"iter"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"bedarfslotse/internal/analysis/internal/disclosure"
	"bedarfslotse/internal/analysis/internal/packed"
	"bedarfslotse/internal/analysis/internal/raw"
	"bedarfslotse/internal/survey"
)

// Part is a part of a wave's responses by what they carry: an area's key, the
// slug of an institution type, an institution's official number; "" where it is
// not known.
type Part struct {
	Area            string `json:"area"`
	InstitutionType string `json:"institution_type"`
	Institution     string `json:"institution"`
	Count           int    `json:"count"`
}

// DayCount is how many responses came up to and including a day.
type DayCount struct {
	Day   string `json:"day"` // 2006-01-02
	Count int    `json:"count"`
}

// Tallied is how many respondents one category of a variable has.
type Tallied struct {
	Name  string
	Count *int // nil: not shown
}

// Course tells how the collecting goes: how many have answered, and nothing of
// what. What of it is process data is counted from one and up to now (DESIGN 6);
// everything else comes from the wave's snapshot or release and has passed
// disclosure control.
type Course struct {
	// N is the number of respondents that the figures under Languages,
	// Durations and Last rest on; nil below k.
	N *int
	// Process tells that the counts by part and day are process data: of
	// everybody, up to now. Else they rest on N, and are given in steps.
	Process bool
	// Step is 1 for process data, else k: what is given is the largest multiple
	// of it that a count has reached, so that no two counts differ by fewer than
	// k respondents.
	Step int
	// Days are how many came up to and including each day; those below Step are
	// left out.
	Days []DayCount

	Languages []Tallied // by tag
	Durations []Tallied // by class of METHODS 12, "1" to "6", "0" for not known
	Last      []Tallied // by the question that was answered last, "" for none

	parts []Part // exact
}

// course is the same as snapshots and releases keep it: exact.
type course struct {
	Parts     []Part     `json:"parts"`
	Days      []DayCount `json:"days"`
	Languages *tally     `json:"languages"`
	Durations *tally     `json:"durations"`
	Last      *tally     `json:"last"`
}

// tally counts the categories of one identifying variable. A category keeps its
// place as long as the wave lives, as Past names it by that.
type tally struct {
	Names  []string        `json:"names"`
	Counts []int           `json:"counts"`
	Past   disclosure.Past `json:"past,omitempty"`
}

// Course returns what an open wave may tell of its course. Process says that the
// audience answers in the line of its work, so that returns are process data.
func (s *Snapshot) Course(columns *Columns, process bool) Course {
	c := s.tables.course()
	if process {
		c.setParts(rowsOf(columns.memory.View(), raw.All()), 1)
	}
	return c
}

// Course returns what a closed wave may tell of its course.
func (r *Release) Course(process bool) Course {
	c := r.tables.course()
	if process && r.HasCourse() {
		c.setParts(r.tables.All.Course, 1)
	}
	return c
}

// HasCourse tells whether the release holds where respondents come from: not
// below k, nor when an earlier version of the program made it.
func (r *Release) HasCourse() bool { return r.tables.All.Course != nil }

// ProcessData is the course of a wave whose audience answers in the line of its
// work, counted from its rows; nothing but parts and days.
func (c *Columns) ProcessData() Course {
	var counted Course
	counted.setParts(rowsOf(c.memory.View(), raw.All()), 1)
	return counted
}

func (t *tables) course() Course {
	c := Course{Step: t.K}
	stored := t.All.Course
	if stored == nil || len(t.All.Tables) == 0 {
		return c
	}
	n := t.All.Tables[0].Respondents
	c.N = &n
	guard := disclosure.Guard{K: t.K}
	c.Languages, c.Durations, c.Last = stored.Languages.shown(guard), stored.Durations.shown(guard), stored.Last.shown(guard)
	c.setParts(stored, t.K)
	return c
}

// setParts takes over the parts and days, counted in steps.
func (c *Course) setParts(stored *course, step int) {
	c.Process, c.Step, c.parts, c.Days = step == 1, step, stored.Parts, nil
	for _, day := range stored.Days {
		if count := c.stepped(day.Count); count != nil {
			c.Days = append(c.Days, DayCount{day.Day, *count})
		}
	}
}

// stepped is a count as it is given: nil where it has not reached the first
// step, be it none at all.
func (c *Course) stepped(count int) *int {
	if count < c.Step && c.Step > 1 {
		return nil
	}
	return shown(count - count%c.Step)
}

// Of is how many responses the part of that description has, its Count apart; an
// empty field of it means any. Within tells whether an area lies in another. The
// count is nil where it has not reached the first step.
func (c *Course) Of(of Part, within func(outer, inner string) bool) *int {
	sum := 0
	for _, part := range c.parts {
		if (of.Area == "" || of.Area == part.Area || within(of.Area, part.Area)) &&
			(of.InstitutionType == "" || of.InstitutionType == part.InstitutionType) &&
			(of.Institution == "" || of.Institution == part.Institution) {
			sum += part.Count
		}
	}
	return c.stepped(sum)
}

// By counts the responses by what key says of the part that they belong to, by
// name; names that have not reached the first step are left out. The part's
// count is not told.
func (c *Course) By(key func(Part) string) []Tallied {
	found := map[string]int{}
	for _, part := range c.parts {
		count := part.Count
		part.Count = 0
		found[key(part)] += count
	}
	var tallied []Tallied
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if count := c.stepped(found[name]); count != nil {
			tallied = append(tallied, Tallied{name, count})
		}
	}
	return tallied
}

// Until is how many responses came up to and including a day.
func (c *Course) Until(day string) int {
	count := 0
	for _, one := range c.Days {
		if one.Day > day {
			break
		}
		count = one.Count
	}
	return count
}

// countCourse counts the course of the respondents within a limit; before is
// what was published last, nil for nothing.
func countCourse(view *packed.View, limit raw.Limit, k int, before *course) *course {
	c := rowsOf(view, limit)
	guard := disclosure.Guard{K: k}
	if before == nil {
		before = &course{}
	}
	c.Languages = before.Languages.next(countNames(view, limit, packed.LanguageColumn), guard)
	c.Durations = before.Durations.next(countDurations(view, limit), guard)
	c.Last = before.Last.next(lastAnswered(view, limit), guard)
	return c
}

// rowsOf counts where respondents come from, and when they came.
func rowsOf(view *packed.View, limit raw.Limit) *course {
	areas, types, institutions := view.Names(packed.AreaColumn), view.Names(packed.InstitutionTypeColumn), view.Names(packed.InstitutionColumn)
	parts := newCounts(len(areas) * len(types) * len(institutions))
	days := newCounts(math.MaxUint16 + 1)
	for _, s := range view.Segments {
		columns := s.Tables[0].Columns
		area, kind, institution, day := &columns[packed.AreaColumn], &columns[packed.InstitutionTypeColumn], &columns[packed.InstitutionColumn], &columns[packed.DayColumn]
		for row := range raw.Members(s, limit) {
			parts.add((int(area.At(row))*len(types)+int(kind.At(row)))*len(institutions) + int(institution.At(row)))
			days.add(int(day.At(row)))
		}
	}
	c := &course{}
	for code, count := range parts.all() {
		place := code / len(institutions)
		c.Parts = append(c.Parts, Part{areas[place/len(types)], types[place%len(types)], institutions[code%len(institutions)], count})
	}
	slices.SortFunc(c.Parts, func(a, b Part) int {
		return cmp.Or(cmp.Compare(a.Area, b.Area), cmp.Compare(a.InstitutionType, b.InstitutionType), cmp.Compare(a.Institution, b.Institution))
	})
	sum := 0
	for day, count := range days.all() {
		sum += count
		c.Days = append(c.Days, DayCount{epoch().AddDate(0, 0, day).Format(time.DateOnly), sum})
	}
	return c
}

// counts is how often each code occurs: in a list where the codes are few enough
// for one, which is ten times as quick, else in a map.
type counts struct {
	dense  []uint32
	sparse map[int]int
}

// mostDense is the most codes that are counted in a list.
const mostDense = 1 << 22

func newCounts(codes int) *counts {
	if codes <= mostDense {
		return &counts{dense: make([]uint32, codes)}
	}
	return &counts{sparse: map[int]int{}}
}

func (c *counts) add(code int) {
	if c.dense != nil {
		c.dense[code]++
	} else {
		c.sparse[code]++
	}
}

// all visits the codes that occur, rising.
func (c *counts) all() iter.Seq2[int, int] {
	return func(yield func(code, count int) bool) {
		for code, count := range c.dense {
			if count > 0 && !yield(code, int(count)) {
				return
			}
		}
		for _, code := range slices.Sorted(maps.Keys(c.sparse)) {
			if !yield(code, c.sparse[code]) {
				return
			}
		}
	}
}

// countNames counts the names of a column of the main table.
func countNames(view *packed.View, limit raw.Limit, column int) map[string]int {
	names, found := view.Names(column), map[string]int{}
	counted := newCounts(len(names))
	eachCode(view, limit, column, counted.add)
	for code, count := range counted.all() {
		found[names[code]] = count
	}
	return found
}

// countDurations counts the classes of METHODS 12.
func countDurations(view *packed.View, limit raw.Limit) map[string]int {
	counted, found := newCounts(math.MaxUint8+1), map[string]int{}
	eachCode(view, limit, packed.DurationColumn, counted.add)
	for class, count := range counted.all() {
		found[strconv.Itoa(class)] = count
	}
	return found
}

func eachCode(view *packed.View, limit raw.Limit, column int, visit func(code int)) {
	for _, s := range view.Segments {
		codes := &s.Tables[0].Columns[column]
		for row := range raw.Members(s, limit) {
			visit(int(codes.At(row)))
		}
	}
}

// lastAnswered counts respondents by the last question outside repeats that they
// answered; what is calculated is no answer of theirs.
func lastAnswered(view *packed.View, limit raw.Limit) map[string]int {
	fields := view.Layout.Tables[0].Fields
	var asked []int
	for at := packed.ProcessColumns; at < len(fields); at++ {
		if !strings.HasPrefix(fields[at].Detail, string(survey.Calculate)) {
			asked = append(asked, at)
		}
	}
	slices.Reverse(asked)
	found := make([]int, len(fields)+1) // the last of all are those who answered nothing
	for _, s := range view.Segments {
		for row := range raw.Members(s, limit) {
			last := len(fields)
			for _, at := range asked {
				if raw.Answered(&s.Tables[0].Columns[at], fields[at].Form, row) {
					last = at
					break
				}
			}
			found[last]++
		}
	}
	counts := map[string]int{}
	for at, count := range found {
		if count == 0 {
			continue
		}
		name := ""
		if at < len(fields) {
			name = fields[at].Name
		}
		counts[name] += count
	}
	return counts
}

// next is the tally that follows on one that was published, nil for none.
func (t *tally) next(counts map[string]int, guard disclosure.Guard) *tally {
	next := &tally{}
	if t != nil {
		next.Names = slices.Clone(t.Names)
		hidden := guard.Single(t.Counts, t.Past)
		next.Past = make(disclosure.Past, len(t.Counts))
		for i, count := range t.Counts {
			next.Past[i] = disclosure.Told{Count: count, Hidden: hidden.Hidden[i] && !hidden.Whole}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if !slices.Contains(next.Names, name) {
			next.Names = append(next.Names, name)
		}
	}
	next.Counts = make([]int, len(next.Names))
	for i, name := range next.Names {
		next.Counts[i] = counts[name]
	}
	return next
}

// shown is what may be seen of a tally (METHODS 5.3).
func (t *tally) shown(guard disclosure.Guard) []Tallied {
	if t == nil {
		return nil
	}
	hidden := guard.Single(t.Counts, t.Past)
	cells := make([]Tallied, len(t.Names))
	for i, name := range t.Names {
		cells[i].Name = name
		if !hidden.Hidden[i] {
			cells[i].Count = shown(t.Counts[i])
		}
	}
	return cells
}

// valid tells whether a stored course can be read.
func (c *course) valid() bool {
	for _, t := range []*tally{c.Languages, c.Durations, c.Last} {
		if t == nil || len(t.Names) != len(t.Counts) {
			return false
		}
	}
	return true
}
