package server

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"bedarfslotse/internal/analysis"
)

// quality tells how people answered: for the whole wave and from its snapshot or
// release only (METHODS 5.4 and 12).
func (v *returnsView) quality(results analysis.Results) []*deskTable {
	var tables []*deskTable
	if table := v.tallied("duration", sortedByName(v.course.Durations), v.duration); table != nil {
		tables = append(tables, table)
	}
	if table := v.tallied("last", v.inOrder(v.course.Last), v.question); table != nil {
		tables = append(tables, table)
	}
	if table := v.unanswered(results); table != nil {
		tables = append(tables, table)
	}
	return tables
}

func sortedByName(cells []analysis.Tallied) []analysis.Tallied {
	return slices.SortedStableFunc(slices.Values(cells), func(a, b analysis.Tallied) int { return cmp.Compare(a.Name, b.Name) })
}

// inOrder sorts questions as the survey asks them.
func (v *returnsView) inOrder(cells []analysis.Tallied) []analysis.Tallied {
	at := func(one analysis.Tallied) int {
		if element := v.wave.Version.Element(one.Name); element != nil {
			return element.Index
		}
		return -1
	}
	return slices.SortedStableFunc(slices.Values(cells), func(a, b analysis.Tallied) int { return cmp.Compare(at(a), at(b)) })
}

func (v *returnsView) duration(class string) string {
	return v.frame.T("waves.returns.duration_" + class)
}

// question is the wording of a question, without markup.
func (v *returnsView) question(name string) string {
	if name == "" {
		return v.frame.T("waves.returns.nothing_answered")
	}
	element := v.wave.Version.Element(name)
	if element == nil {
		return name
	}
	label, _ := element.Label.In(readingOrder(v.frame.Localizer, v.wave.Version.Survey)...)
	return cmp.Or(strings.Join(strings.Fields(label), " "), name)
}

// unanswered lists how often each question was left empty by those who were
// asked it, the most often first.
func (v *returnsView) unanswered(results analysis.Results) *deskTable {
	f := v.frame
	table := &deskTable{ID: "unanswered", Title: f.T("waves.returns.by_unanswered"),
		Head: []string{f.T("waves.returns.by_unanswered_head"), f.T("waves.returns.left_empty"), f.T("waves.returns.asked"), f.T("waves.returns.share")}}
	hidden := false
	for _, figure := range results.Figures {
		if figure.NoAnswer == nil || figure.Asked == nil || *figure.Asked == 0 {
			hidden = true
			continue
		}
		width := 100 * float64(*figure.NoAnswer) / float64(*figure.Asked)
		table.Rows = append(table.Rows, deskRow{Name: v.question(figure.Question), Bar: &width,
			Cells: []string{f.Number(float64(*figure.NoAnswer), 0), f.Number(float64(*figure.Asked), 0), f.Percent(width/100, 0)},
			raw:   []string{figure.Question, digitsOf(figure.NoAnswer), digitsOf(figure.Asked), ""}})
	}
	if len(table.Rows) == 0 {
		return nil
	}
	slices.SortStableFunc(table.Rows, func(a, b deskRow) int { return cmp.Compare(*b.Bar, *a.Bar) })
	if hidden {
		table.Notes = append(table.Notes, f.T("waves.returns.hidden", "k", f.Number(float64(v.wave.K), 0)))
	}
	return table
}

// curve is the course of the collecting day by day, drawn and in words.
type curve struct {
	Own, Before   string // points of the lines, "" for none
	Summary       string
	Table         *deskTable
	Most, Days    string // the ends of the axes
	Width, Height int
}

// The measures of the drawing in its own units.
const (
	curveWidth  = 600
	curveHeight = 180
	mostDays    = 400 // of a drawing; longer waves show their latest days
)

// curve draws the responses by day of the collecting, the previous wave's beside
// them; nil before the first count.
func (v *returnsView) curve() *curve {
	own, days := byDay(v.course, v.wave.Opened)
	if days == 0 {
		return nil
	}
	f := v.frame
	var before []int
	if v.previous != nil {
		before, _ = byDay(v.before, v.previous.Opened)
	}
	most, length := 1, max(len(own), len(before))
	for _, count := range slices.Concat(own, before) {
		most = max(most, count)
	}
	last := own[len(own)-1]
	drawn := &curve{Own: points(own, most, length), Before: points(before, most, length), Width: curveWidth, Height: curveHeight,
		Most: f.Number(float64(most), 0), Days: f.Number(float64(length), 0)}
	drawn.Summary = f.T("waves.returns.curve", "days", f.Number(float64(len(own)), 0), "count", v.counted(&last, &v.course))
	drawn.Table = &deskTable{ID: "days", Title: f.T("waves.returns.by_day"), Head: []string{f.T("waves.returns.by_day_head"), f.T("waves.returns.so_far")}}
	for _, day := range v.course.Days {
		count := day.Count
		drawn.Table.Rows = append(drawn.Table.Rows, deskRow{Name: f.Date(day.Day), Cells: []string{v.counted(&count, &v.course)}})
	}
	return drawn
}

// byDay lists how many responses there were at the end of each day of the
// collecting, from the first to the last on which one came.
func byDay(course analysis.Course, opened string) (counts []int, days int) {
	if len(course.Days) == 0 {
		return nil, 0
	}
	first := course.Days[0].Day
	if opened != "" && opened < first {
		first = opened
	}
	from, err := time.Parse(time.DateOnly, first)
	until, wrong := time.Parse(time.DateOnly, course.Days[len(course.Days)-1].Day)
	if err != nil || wrong != nil {
		return nil, 0
	}
	if earliest := until.AddDate(0, 0, 1-mostDays); from.Before(earliest) {
		from = earliest
	}
	for day := from; !day.After(until); day = day.AddDate(0, 0, 1) {
		counts = append(counts, course.Until(day.Format(time.DateOnly)))
	}
	return counts, len(counts)
}

// points makes the points of a line, day by day from the left.
func points(counts []int, most, length int) string {
	if len(counts) == 0 {
		return ""
	}
	var b strings.Builder
	for day, count := range counts {
		x := curveWidth
		if length > 1 {
			x = curveWidth * day / (length - 1)
		}
		b.WriteString(point(x, curveHeight-curveHeight*count/most))
	}
	if len(counts) == 1 { // a line needs two
		b.WriteString(point(0, curveHeight))
	}
	return strings.TrimSpace(b.String())
}

func point(x, y int) string { return strconv.Itoa(x) + "," + strconv.Itoa(y) + " " }
