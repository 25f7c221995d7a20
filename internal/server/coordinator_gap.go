package server

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/analysis/gap"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/jobs"
	"bedarfslotse/internal/store"
)

const gapPath = "/manage/concept/gap"

// gapRoutes lists the pages that compare what is needed with what there is. Whose
// figures they show the query says; each handler asks for the permission of every
// wave.
func (s *Server) gapRoutes() []route {
	get := func(path string, handler echo.HandlerFunc) route {
		return route{method: http.MethodGet, path: path, permission: account.ReadResults, handler: handler}
	}
	return []route{get(gapPath, s.desk.csrf(s.gap)), get(gapPath+"/cell", s.desk.csrf(s.gapCell)), get(gapPath+"/pictures/:picture", s.gapPicture),
		get(needsPath, s.desk.csrf(s.needs)), get(needsPath+"/:chart/:picture", s.needsPicture)}
}

// Gaps is what the gap pages need of the store.
type Gaps interface {
	// Gap compares needs with offers; see [store.DB.Gap].
	Gap(ctx context.Context, waves []*store.LiveWave, q store.GapQuery, day string, areas *catalogue.Areas, progress func(done, of int)) (*gap.Matrix, error)
	// GapReady tells whether that answers at once.
	GapReady(ctx context.Context, waves []*store.LiveWave, q store.GapQuery) (bool, error)
}

// gapAsked is what a gap page looks at.
type gapAsked struct {
	all   []*store.LiveWave // that ask for needs and may be read
	waves []*store.LiveWave
	query store.GapQuery
	by    string // area, institution_type or audience
	named bool   // the address names the waves
}

// askedGap reads the query of a gap page: without waves it is the newest with a
// release, if there is one.
func (s *Server) askedGap(c echo.Context) (*gapAsked, error) {
	g := &gapAsked{query: store.GapQuery{Settings: gap.Defaults()}, by: analysis.VariableArea}
	var err error
	if g.all, err = s.needWaves(c); err != nil {
		return nil, err
	}
	for _, slug := range c.QueryParams()["wave"] {
		at := slices.IndexFunc(g.all, func(one *store.LiveWave) bool { return one.Slug == slug })
		if at < 0 {
			return nil, failure.New(failure.NotFound, "error.gap_wave", "slug", slug)
		}
		g.named = true
		if !slices.Contains(g.waves, g.all[at]) {
			g.waves = append(g.waves, g.all[at])
		}
	}
	if len(g.waves) == 0 && len(g.all) > 0 && released(g.all[0]) {
		g.waves = g.all[:1]
	}
	switch by := c.QueryParam("by"); by {
	case "":
	case analysis.VariableArea, analysis.VariableInstitutionType, "audience":
		g.by = by
	default:
		return nil, failure.New(failure.Invalid, "error.gap_by", "by", by)
	}
	if g.by != "audience" {
		g.query.By = g.by
	}
	if g.query.Weighted, err = switched(c.QueryParams(), "weights"); err != nil {
		return nil, err
	}
	g.query.YesNo = c.QueryParam("items") == "yes_no" || c.QueryParam("items") == "" && len(g.waves) > 0 && !asksNeeds(g.waves[0], false)
	for name, to := range map[string]*float64{"gap": &g.query.Settings.Gap, "need": &g.query.Settings.Need, "width": &g.query.Settings.Width} {
		if text := c.QueryParam(name); text != "" {
			if *to, err = strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64); err != nil {
				return nil, failure.New(failure.Invalid, "error.gap_settings")
			}
		}
	}
	if !g.query.Settings.Valid() {
		return nil, failure.New(failure.Invalid, "error.gap_settings")
	}
	return g, nil
}

// needWaves are the waves that ask for needs and whose results the visitor may read:
// those with figures of groups first, and the newest of them.
func (s *Server) needWaves(c echo.Context) ([]*store.LiveWave, error) {
	waves, err := s.desk.Office.Waves(c.Request().Context())
	if err != nil {
		return nil, err
	}
	user, _ := visitor(c)
	waves = slices.DeleteFunc(waves, func(one *store.LiveWave) bool {
		return one.State == fieldwork.Prepared || len(one.Schema.NeedItems()) == 0 || !user.May(account.ReadResults, subjectOf(one), s.desk.Areas.Contains)
	})
	slices.SortStableFunc(waves, func(a, b *store.LiveWave) int {
		return cmp.Or(cmp.Compare(btoi(released(b)), btoi(released(a))), strings.Compare(b.Opened, a.Opened))
	})
	return waves, nil
}

// released tells whether a wave has figures of groups: a close is a release.
func released(wave *store.LiveWave) bool {
	return wave.Release > 0 || wave.State == fieldwork.Closed
}

// asksNeeds tells whether a wave has items of a kind.
func asksNeeds(wave *store.LiveWave, yesNo bool) bool {
	return slices.ContainsFunc(wave.Schema.NeedItems(), func(item analysis.NeedItem) bool { return item.YesNo == yesNo })
}

// unasked tells that a wave which nobody named shows nothing, as too few answered.
func (g *gapAsked) unasked(err error) bool {
	return !g.named && failure.CodeOf(err) == failure.Forbidden
}

// nothing is the message about why there is no wave to look at.
func (g *gapAsked) nothing() string {
	if len(g.all) > 0 {
		return "gap.no_release"
	}
	return "gap.no_waves"
}

// address is a page with the same query, and some more pairs of name and value.
func (g *gapAsked) address(page string, language string, pairs ...string) string {
	query := url.Values{}
	for _, wave := range g.waves {
		query.Add("wave", wave.Slug)
	}
	query.Set("by", g.by)
	if g.query.Weighted {
		query.Set("weights", "on")
	}
	if g.query.YesNo {
		query.Set("items", "yes_no")
	}
	number := func(value float64) string { return strconv.FormatFloat(value, 'f', -1, 64) }
	for name, value := range map[string][2]float64{"gap": {g.query.Settings.Gap, gap.Defaults().Gap}, "need": {g.query.Settings.Need, gap.Defaults().Need},
		"width": {g.query.Settings.Width, gap.Defaults().Width}} {
		if value[0] != value[1] {
			query.Set(name, number(value[0]))
		}
	}
	for at := 0; at+1 < len(pairs); at += 2 {
		query.Set(pairs[at], pairs[at+1])
	}
	if language != "" {
		query.Set("lang", language)
	}
	return page + "?" + query.Encode()
}

// gapPage shows the matrix.
type gapPage struct {
	*deskFrame
	Problem          string
	Waves            []option
	By               []option
	YesNo, Weighted  bool
	Kinds            bool // there are both kinds of items
	Gap, Need, Width string
	Lead             string
	Figure           *resultsFigure
	Files            []waveLink
	Columns          []string
	Rows             []gapRow
	Keys             [][]string // status and what it means
	Settings         string
	Notes            []string
	Needs            string // address
	Perspectives     []waveLink
}

type gapRow struct {
	Field string
	Cells []gapCellLink
}

// gapCellLink is one cell: its status and figures in words, and where the evidence
// stands.
type gapCellLink struct{ Address, Word, Figures string }

// gap shows the matrix; where it takes long, a job computes it first.
func (s *Server) gap(c echo.Context) error {
	page := &gapPage{deskFrame: s.deskFrame(c, "gap.title")}
	asked, err := s.askedGap(c)
	if err != nil {
		return s.gapProblem(c, page, "desk-gap", &page.Problem, err)
	}
	page.form(s, asked)
	if len(asked.waves) == 0 {
		page.Problem = page.T(asked.nothing())
		return s.page(c, http.StatusOK, "desk-gap", page)
	}
	ctx := c.Request().Context()
	ready, err := s.desk.Office.GapReady(ctx, asked.waves, asked.query)
	if err != nil && asked.unasked(err) {
		page.Problem = page.T("gap.no_release")
		return s.page(c, http.StatusOK, "desk-gap", page)
	}
	if err != nil {
		return s.gapProblem(c, page, "desk-gap", &page.Problem, err)
	}
	if !ready {
		return s.start(c, s.gapJob(asked))
	}
	matrix, err := s.desk.Office.Gap(ctx, asked.waves, asked.query, s.today(), s.desk.Areas, nil)
	if err != nil {
		return s.gapProblem(c, page, "desk-gap", &page.Problem, err)
	}
	page.show(s, asked, matrix)
	return s.page(c, http.StatusOK, "desk-gap", page)
}

// gapProblem says on the page itself why nothing can be shown.
func (s *Server) gapProblem(c echo.Context, page any, template string, problem *string, err error) error {
	failed := failure.As(err)
	if failed == nil || failed.Code != failure.Invalid && failed.Code != failure.Forbidden && failed.Code != failure.NotFound {
		return err
	}
	*problem = sentence(s.deskWords(c), failed)
	status := map[failure.Code]int{failure.Invalid: http.StatusUnprocessableEntity, failure.Forbidden: http.StatusForbidden, failure.NotFound: http.StatusNotFound}[failed.Code]
	return s.page(c, status, template, page)
}

// gapJob computes a matrix in the background.
func (s *Server) gapJob(asked *gapAsked) jobs.Task {
	return jobs.Task{Permission: account.ReadResults, Subject: subjectOf(asked.waves[0]), Back: "/manage/concept", Title: jobs.Say("gap.job"),
		Work: func(ctx context.Context, report *jobs.Report) error {
			report.Step(jobs.Say("gap.job_step"))
			_, err := s.desk.Office.Gap(ctx, asked.waves, asked.query, s.today(), s.desk.Areas, func(done, of int) { report.Progress(done, of) })
			report.Next(asked.address(gapPath, ""), jobs.Say("gap.title"))
			return err
		}}
}

// form fills in what is chosen.
func (p *gapPage) form(s *Server, g *gapAsked) {
	for _, wave := range g.all {
		p.Waves = append(p.Waves, option{wave.Slug, s.waveLine(p.deskFrame, wave), slices.Contains(g.waves, wave)})
	}
	for _, by := range []string{analysis.VariableArea, analysis.VariableInstitutionType, "audience"} {
		p.By = append(p.By, option{by, p.T("gap.by." + by), g.by == by})
	}
	p.YesNo, p.Weighted = g.query.YesNo, g.query.Weighted
	both := [2]bool{}
	for _, wave := range g.waves {
		both[0], both[1] = both[0] || asksNeeds(wave, false), both[1] || asksNeeds(wave, true)
	}
	p.Kinds = both[0] && both[1]
	number := func(value float64) string { return strconv.FormatFloat(value, 'f', -1, 64) }
	p.Gap, p.Need, p.Width = number(g.query.Settings.Gap), number(g.query.Settings.Need), number(g.query.Settings.Width)
	if len(g.waves) > 0 {
		p.Needs = g.address(needsPath, p.language())
	}
}

// language is the one chosen in the address, "" for the browser's.
func (f *deskFrame) language() string { return strings.TrimPrefix(f.Query, "?lang=") }

// waveLine is a wave with what tells it from others.
func (s *Server) waveLine(f *deskFrame, wave *store.LiveWave) string {
	return s.waveInWords(&waveFrame{deskFrame: f}, wave)
}

// show fills in the matrix.
func (p *gapPage) show(s *Server, g *gapAsked, m *gap.Matrix) {
	words := &gapWords{Server: s, frame: p.deskFrame, asked: g, matrix: m}
	p.Lead = words.lead()
	drawn := words.pictured()
	figure, files := drawn.figure(p.Localizer, words.query())
	p.Figure, p.Files = &figure, files
	for j := range m.Columns {
		p.Columns = append(p.Columns, words.column(j))
	}
	for i, field := range m.Fields {
		row := gapRow{Field: s.fieldName(p.Localizer, field)}
		for j := range m.Columns {
			row.Cells = append(row.Cells, gapCellLink{g.address(gapPath+"/cell", p.language(), "field", field, "column", strconv.Itoa(j)),
				words.status(&m.Cells[i][j]), words.figures(&m.Cells[i][j])})
		}
		p.Rows = append(p.Rows, row)
	}
	for _, status := range gap.Statuses() {
		p.Keys = append(p.Keys, []string{p.T("gap.status." + string(status)), p.T("gap.meaning."+string(status), words.limits()...)})
	}
	p.Settings, p.Notes = p.T("gap.settings", words.limits()...), words.notes()
	p.perspectives(g)
}

// perspectives lead to the same items as two audiences each see them (METHODS 7).
func (p *gapPage) perspectives(g *gapAsked) {
	for i, first := range g.waves {
		for _, last := range g.waves[i+1:] {
			if first.Version.Audience == last.Version.Audience {
				continue
			}
			query := url.Values{"with": {last.Slug}}
			if lang := p.language(); lang != "" {
				query.Set("lang", lang)
			}
			p.Perspectives = append(p.Perspectives, waveLink{Address: "/manage/waves/" + first.Slug + "/compare?" + query.Encode(),
				Name: p.T("gap.perspectives", "first", p.T("desk.audience."+first.Version.Audience), "last", p.T("desk.audience."+last.Version.Audience))})
		}
	}
}

// gapPicture sends the matrix as a file.
func (s *Server) gapPicture(c echo.Context) error {
	asked, err := s.askedGap(c)
	if err != nil {
		return err
	}
	if len(asked.waves) == 0 {
		return failure.New(failure.NotFound, "error.not_found")
	}
	matrix, err := s.desk.Office.Gap(c.Request().Context(), asked.waves, asked.query, s.today(), s.desk.Areas, nil)
	if err != nil {
		return err
	}
	words := &gapWords{Server: s, frame: s.deskFrame(c, "gap.title"), asked: asked, matrix: matrix}
	return s.sendPicture(c, words.pictured())
}

// pictured is the chart of the matrix.
func (w *gapWords) pictured() *pictured {
	return &pictured{wave: w.asked.waves[0], address: gapPath + "/pictures", name: "gap-" + w.asked.waves[0].Slug,
		chart: func(width charts.Option) charts.Chart { return charts.BuildMatrix(w.chart(), w.frame.Localizer, width) }}
}
