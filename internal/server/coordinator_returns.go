package server

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"net/http"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/export"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
)

// usable is half the width of an interval from which on a share is of use to a
// committee: ± 10 points.
const usable = 0.10

// deskTable is a table of numbers with words above and bars beside the names.
type deskTable struct {
	ID, Title, Summary string
	Head               []string
	Rows               []deskRow
	Notes              []string
}

// deskRow is one line. Bar is a width from 0 to 100, nil for none.
type deskRow struct {
	Name  string
	Cells []string
	Bar   *float64
	Sum   bool
	raw   []string // for the file: key, count, population, target
}

// Width is that of the bar as the drawing wants it, "" for none.
func (r deskRow) Width() string {
	if r.Bar == nil {
		return ""
	}
	return strconv.FormatFloat(*r.Bar, 'f', 1, 64)
}

type returnsPage struct {
	*waveFrame
	Total   string
	Lines   []string // what follows from it, in sentences
	Curve   *curve
	Tables  []*deskTable // how many answered
	Quality []*deskTable // how they answered, of the whole wave
	Note    string       // from when the figures under Quality are
}

// returnsView gathers what the page and the file show.
type returnsView struct {
	server       *Server
	ctx          context.Context //nolint:containedctx // lives as long as one request
	frame        *waveFrame
	wave         *store.LiveWave
	count        int // responses up to now
	course       analysis.Course
	strata       []fieldwork.Stratum
	codes        []store.CodeCount
	names        *places
	previous     *store.LiveWave // nil for none that the reader may see
	before       analysis.Course // of the previous wave
	professional bool
}

func (s *Server) returnsView(c echo.Context) (*returnsView, error) {
	ctx := c.Request().Context()
	wave, err := s.waveOf(c)
	if err != nil {
		return nil, err
	}
	office := s.desk.Office
	v := &returnsView{server: s, ctx: ctx, wave: wave, frame: s.waveFrame(c, wave, "waves.returns.title"),
		professional: catalogue.Audience(wave.Version.Audience).Professional()}
	if v.count, err = office.Returns(ctx, wave); err != nil {
		return nil, err
	}
	if v.course, err = office.Course(ctx, wave); err != nil {
		return nil, err
	}
	if v.strata, err = office.Strata(ctx, wave.ID); err != nil {
		return nil, err
	}
	if v.codes, err = office.CodeCounts(ctx, wave.ID); err != nil {
		return nil, err
	}
	institutions, err := office.Institutions(ctx)
	if err != nil {
		return nil, err
	}
	v.names = s.places(v.frame.deskFrame, institutions)
	if v.previous, err = s.waveByID(ctx, wave.Previous); err != nil {
		return nil, err
	}
	user, _ := visitor(c)
	if v.previous != nil && !user.May(account.ReadReturns, subjectOf(v.previous), s.desk.Areas.Contains) {
		v.previous = nil
	}
	if v.previous != nil {
		v.before, err = office.Course(ctx, v.previous)
	}
	return v, err
}

// returns shows how the collecting goes.
func (s *Server) returns(c echo.Context) error {
	v, err := s.returnsView(c)
	if err != nil {
		return err
	}
	f := v.frame
	page := &returnsPage{waveFrame: f, Total: returnsInWords(f.Localizer, v.wave, v.count), Lines: v.lines(), Curve: v.curve(), Tables: v.tables()}
	results, err := s.desk.Office.Results(c.Request().Context(), v.wave)
	if err != nil {
		return err
	}
	page.Quality = v.quality(results)
	page.Note = f.T("waves.returns.quality_closed")
	if v.wave.State != fieldwork.Closed {
		page.Note = f.T("desk.results.open", "k", f.Number(float64(v.wave.K), 0))
	}
	return s.page(c, http.StatusOK, "desk-returns", page)
}

// returnsFile is the same as a file, with plain numbers.
func (s *Server) returnsFile(c echo.Context) error {
	v, err := s.returnsView(c)
	if err != nil {
		return err
	}
	results, err := s.desk.Office.Results(c.Request().Context(), v.wave)
	if err != nil {
		return err
	}
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
	header.Set(echo.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="%s-returns.csv"`, v.wave.Slug))
	header.Set("Cache-Control", "no-store")
	list := export.NewList(c.Response(), "table", "name", "key", "count", "population", "target")
	for _, table := range append(v.tables(), v.quality(results)...) {
		for _, row := range table.Rows {
			if err := list.Row(append([]string{table.ID, row.Name}, row.raw...)...); err != nil {
				return err
			}
		}
	}
	for _, day := range v.course.Days {
		if err := list.Row("day", v.frame.Date(day.Day), day.Day, strconv.Itoa(day.Count), "", ""); err != nil {
			return err
		}
	}
	return list.Flush()
}

// total is how many responses may be said to be there: none below k where taking
// part is nobody's job.
func (v *returnsView) total() int {
	if v.count < v.wave.K && !v.professional {
		return 0
	}
	return v.count
}

// lines say what follows from the number of responses.
func (v *returnsView) lines() []string {
	f, total := v.frame, v.total()
	var lines []string
	number := func(n int) string { return f.Number(float64(n), 0) }
	population := 0
	if v.wave.Population != nil {
		population = *v.wave.Population
		switch {
		case total > population:
			lines = append(lines, f.T("waves.returns.more_than_all", "population", number(population)))
		case v.wave.NeedsCode() && total > 0:
			lines = append(lines, f.T("waves.returns.rate", "population", number(population), "share", f.Percent(float64(total)/float64(population), 0)))
		default:
			lines = append(lines, f.T("waves.returns.of", "population", number(population)))
		}
	}
	if text := v.precision(total, population); text != "" {
		lines = append(lines, text)
	}
	if text := v.comparison(); text != "" {
		lines = append(lines, text)
	}
	if !v.course.Process && total > 0 {
		lines = append(lines, f.T("waves.returns.in_steps", "k", number(v.wave.K)))
	}
	return lines
}

// precision says how wide the widest interval of a share is now, and how many
// more it takes until figures are of use.
func (v *returnsView) precision(n, population int) string {
	f := v.frame
	if population > 0 && n >= population {
		return ""
	}
	points := func(half float64) string { return f.Number(math.Ceil(half*1000)/10, 0) }
	need := analysis.Needed(usable, population) - n
	switch {
	case n == 0:
		return f.T("waves.returns.needs_first", "count", f.Number(float64(max(need, 1)), 0), "points", points(usable))
	case need > 0:
		return f.T("waves.returns.needs", "count", f.Number(float64(need), 0), "points", points(usable), "now", points(analysis.HalfWidth(n, population)))
	}
	return f.T("waves.returns.precise", "now", points(analysis.HalfWidth(n, population)))
}

// comparison says how many there were on the same day of the wave before.
func (v *returnsView) comparison() string {
	if v.previous == nil || v.wave.Opened == "" {
		return ""
	}
	day, then := v.sameDay()
	if day < 1 {
		return ""
	}
	f := v.frame
	return f.T("waves.returns.before", "day", f.Number(float64(day), 0), "slug", v.previous.Slug, "count", v.counted(&then, &v.before))
}

// sameDay is the number of the present day of the collecting, from 1, and how
// many responses the previous wave had on the day of that number.
func (v *returnsView) sameDay() (day, then int) {
	opened, err := time.Parse(time.DateOnly, v.wave.Opened)
	began, wrong := time.Parse(time.DateOnly, v.previous.Opened)
	today, bad := time.Parse(time.DateOnly, cmp.Or(v.wave.Closed, v.server.config.Now().Format(time.DateOnly)))
	if err != nil || wrong != nil || bad != nil {
		return 0, 0
	}
	day = int(today.Sub(opened)/(24*time.Hour)) + 1
	return day, v.before.Until(began.AddDate(0, 0, day-1).Format(time.DateOnly))
}

// counted writes a count of a course: in steps it is "at least", below the first
// one "fewer than".
func (v *returnsView) counted(count *int, of *analysis.Course) string {
	f := v.frame
	switch {
	case count == nil || *count < of.Step && of.Step > 1:
		return f.T("waves.returns.below", "k", f.Number(float64(of.Step), 0))
	case of.Step > 1:
		return f.T("waves.returns.at_least", "count", f.Number(float64(*count), 0))
	}
	return f.Number(float64(*count), 0)
}

// tables count the responses by stratum, area, type and institution, and the
// languages.
func (v *returnsView) tables() []*deskTable {
	var tables []*deskTable
	for _, table := range []*deskTable{
		v.stratumTable(),
		v.partTable("area", func(p analysis.Part) string { return p.Area }, func(key string) fieldwork.Stratum { return fieldwork.Stratum{Area: key} }, v.names.area),
		v.partTable("type", func(p analysis.Part) string { return p.InstitutionType }, func(key string) fieldwork.Stratum { return fieldwork.Stratum{InstitutionType: key} }, v.names.kind),
		v.partTable("institution", func(p analysis.Part) string { return p.Institution }, func(key string) fieldwork.Stratum { return fieldwork.Stratum{Institution: key} }, v.names.institution),
		v.tallied("language", v.course.Languages, func(tag string) string { return cmp.Or(i18n.NativeName(tag), tag) }),
	} {
		if table != nil {
			tables = append(tables, table)
		}
	}
	return tables
}

// stratumTable sets responses against the population of each stratum.
func (v *returnsView) stratumTable() *deskTable {
	if len(v.strata) == 0 {
		return nil
	}
	table := v.table("stratum")
	reached, targets := 0, 0
	for _, one := range v.strata {
		count := v.course.Of(analysis.Part{Area: one.Area, InstitutionType: one.InstitutionType, Institution: one.Institution}, v.server.desk.Areas.Contains)
		table.Rows = append(table.Rows, v.row(v.names.describe(one.Area, one.InstitutionType, one.Institution),
			cmp.Or(one.Institution, one.Area+" "+one.InstitutionType), count, one))
		if one.Target > 0 {
			targets++
			if count != nil && *count >= one.Target {
				reached++
			}
		}
	}
	if targets > 0 {
		f := v.frame
		table.Summary = f.T("waves.returns.targets", "reached", f.Number(float64(reached), 0), "targets", f.Number(float64(targets), 0))
	}
	return table
}

// partTable counts the responses by one thing that they carry, where they carry
// it; institutions that were given codes and have not answered are listed too.
func (v *returnsView) partTable(id string, key func(analysis.Part) string, part func(string) fieldwork.Stratum, name func(string) string) *deskTable {
	counts := map[string]*int{}
	var keys []string
	add := func(one string, count *int) {
		if _, known := counts[one]; !known {
			keys, counts[one] = append(keys, one), count
		}
	}
	for _, one := range v.course.By(key) {
		add(one.Name, one.Count)
	}
	zero := 0
	for _, one := range v.codes {
		carried := key(analysis.Part{Area: one.Area, InstitutionType: one.InstitutionType, Institution: one.Institution})
		if carried == "" || id == "institution" && !v.wave.Institutions {
			continue
		}
		if v.course.Process {
			add(carried, &zero)
		} else {
			add(carried, nil)
		}
	}
	if len(keys) == 0 || len(keys) == 1 && (keys[0] == "" || keys[0] == v.wave.Area) {
		return nil // it says no more than the sum
	}
	slices.SortStableFunc(keys, func(a, b string) int { return cmp.Compare(name(a), name(b)) })
	table := v.table(id)
	for _, one := range keys {
		table.Rows = append(table.Rows, v.row(name(one), one, counts[one], v.stratum(part(one))))
	}
	return table
}

// stratum sums the strata that lie in a part described by one thing: an area, a
// type or an institution. Where one of them states no population, or no target,
// the sum has none.
func (v *returnsView) stratum(like fieldwork.Stratum) fieldwork.Stratum {
	sum, populations, targets, parts := like, 0, 0, 0
	for _, one := range v.strata {
		if like.Area != "" && one.Area != like.Area || like.InstitutionType != "" && one.InstitutionType != like.InstitutionType ||
			like.Institution != "" && one.Institution != like.Institution {
			continue
		}
		parts++
		if one.Population > 0 {
			sum.Population, populations = sum.Population+one.Population, populations+1
		}
		if one.Target > 0 {
			sum.Target, targets = sum.Target+one.Target, targets+1
		}
	}
	if populations < parts || like == (fieldwork.Stratum{}) {
		sum.Population = 0
	}
	if targets < parts || like == (fieldwork.Stratum{}) {
		sum.Target = 0
	}
	return sum
}

func (v *returnsView) table(id string) *deskTable {
	f := v.frame
	return &deskTable{ID: id, Title: f.T("waves.returns.by_" + id), Head: []string{f.T("waves.returns.by_" + id + "_head"),
		f.T("desk.overview.returns"), f.T("waves.returns.population"), f.T("waves.returns.missing")}}
}

// row sets one count against its population and target.
func (v *returnsView) row(name, key string, count *int, of fieldwork.Stratum) deskRow {
	f := v.frame
	row := deskRow{Name: name, Cells: []string{v.counted(count, &v.course), "–", ""}, raw: []string{key, digitsOf(count), "", ""}}
	have := 0
	if count != nil {
		have = *count
	}
	if of.Population > 0 {
		row.Cells[1] = f.Number(float64(of.Population), 0)
		if v.wave.NeedsCode() && have > 0 {
			row.Cells[1] = f.T("waves.returns.share_of", "population", row.Cells[1], "share", f.Percent(min(1, float64(have)/float64(of.Population)), 0))
		}
		width := min(100, 100*float64(have)/float64(of.Population))
		row.Bar, row.raw[2] = &width, strconv.Itoa(of.Population)
	}
	if of.Target > 0 {
		row.raw[3] = strconv.Itoa(of.Target)
	}
	row.Cells[2] = v.missing(have, of)
	return row
}

// missing says how many more a part needs, to its target or to usable figures.
func (v *returnsView) missing(have int, of fieldwork.Stratum) string {
	f := v.frame
	if of.Target > 0 {
		if have >= of.Target {
			return f.T("waves.returns.target_reached")
		}
		return f.N("waves.returns.to_target", of.Target-have)
	}
	if of.Population > 0 && have >= of.Population {
		return f.T("waves.returns.all")
	}
	need := analysis.Needed(usable, of.Population) - have
	if need <= 0 {
		return f.T("waves.returns.enough")
	}
	return f.N("waves.returns.to_usable", need, "points", f.Number(100*usable, 0))
}

func digitsOf(count *int) string {
	if count == nil {
		return ""
	}
	return strconv.Itoa(*count)
}

// tallied is a table of one variable of the whole wave, without what disclosure
// control hides.
func (v *returnsView) tallied(id string, cells []analysis.Tallied, name func(string) string) *deskTable {
	f := v.frame
	table := &deskTable{ID: id, Title: f.T("waves.returns.by_" + id), Head: []string{f.T("waves.returns.by_" + id + "_head"), f.T("desk.overview.returns"), f.T("waves.returns.share")}}
	hidden := false
	for _, one := range cells {
		if one.Count == nil {
			hidden = true
			continue
		}
		width := 0.0
		if v.course.N != nil && *v.course.N > 0 {
			width = 100 * float64(*one.Count) / float64(*v.course.N)
		}
		table.Rows = append(table.Rows, deskRow{Name: name(one.Name), Bar: &width, raw: []string{one.Name, digitsOf(one.Count), digitsOf(v.course.N), ""},
			Cells: []string{f.Number(float64(*one.Count), 0), f.Percent(width/100, 0)}})
	}
	if len(cells) == 0 {
		return nil
	}
	if hidden {
		table.Notes = append(table.Notes, f.T("waves.returns.hidden", "k", f.Number(float64(v.wave.K), 0)))
	}
	return table
}
