package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
)

// comparePage puts two waves side by side: one against an earlier one with the
// same questions, or what different audiences say of the same items.
type comparePage struct {
	*waveFrame
	Waves       []option
	Problem     string
	First, Last string // what the two waves are called
	Lead        string
	Notes       []string
	Adjusted    string   // for what p is adjusted
	Breaks      []string // questions that cannot be compared, as they were asked otherwise
	Figure      *resultsFigure
	Files       []waveLink
	Tables      []compareTable // of means, and of shares
}

// compareTable lists differences of one kind.
type compareTable struct {
	Title   string
	Choices bool // the rows are choices
	Rows    []compareRow
}

// compareRow is one difference in words.
type compareRow struct {
	Question, Choice        string
	First, Last, Difference string
	P, Effect, Result       string
}

// compare shows a wave beside another.
func (s *Server) compare(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	page := &comparePage{waveFrame: s.waveFrame(c, wave, "compare.title")}
	others, err := s.comparable(c, wave)
	if err != nil {
		return err
	}
	other, wrong := chosenWave(others, c.QueryParam("with"))
	for _, one := range others {
		page.Waves = append(page.Waves, option{one.Slug, s.waveInWords(page.waveFrame, one), other == one})
	}
	status := http.StatusOK
	switch {
	case wrong != nil:
		page.Problem, status = sentence(page.Localizer, failure.As(wrong)), http.StatusNotFound
	case other == nil:
		page.Problem = page.T("compare.nothing")
	default:
		made, err := s.compareWaves(c.Request().Context(), wave, other, others)
		if err != nil {
			return err
		}
		page.show(s, made, url.Values{"with": {other.Slug}})
	}
	return s.page(c, status, "desk-compare", page)
}

// comparable lists the waves whose figures the visitor may read, but for one: those
// with the same survey first, the newest before it before all others.
func (s *Server) comparable(c echo.Context, wave *store.LiveWave) ([]*store.LiveWave, error) {
	waves, err := s.desk.Office.Waves(c.Request().Context())
	if err != nil {
		return nil, err
	}
	user, _ := visitor(c)
	waves = slices.DeleteFunc(waves, func(one *store.LiveWave) bool {
		return one.ID == wave.ID || one.State == fieldwork.Prepared || !user.May(account.ReadResults, subjectOf(one), s.desk.Areas.Contains)
	})
	rank := func(one *store.LiveWave) int {
		switch {
		case one.SurveyID == wave.SurveyID && one.Area == wave.Area && one.Opened <= wave.Opened:
			return 0
		case one.SurveyID == wave.SurveyID:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(waves, func(a, b *store.LiveWave) int { return rank(a) - rank(b) })
	return waves, nil
}

// chosenWave is the wave to compare with: the one asked for, else the first.
func chosenWave(waves []*store.LiveWave, asked string) (*store.LiveWave, error) {
	if asked == "" && len(waves) > 0 {
		return waves[0], nil
	}
	at := slices.IndexFunc(waves, func(one *store.LiveWave) bool { return one.Slug == asked })
	if at < 0 && asked != "" {
		return nil, failure.New(failure.NotFound, "error.compare_wave", "slug", asked)
	}
	if at < 0 {
		return nil, nil
	}
	return waves[at], nil
}

// waveInWords is a wave with what tells it from others.
func (s *Server) waveInWords(f *waveFrame, wave *store.LiveWave) string {
	words := []string{titleOf(wave, f.Localizer), s.areaName(f.Localizer, wave.Area)}
	if wave.Opened != "" {
		words = append(words, f.Date(wave.Opened))
	}
	return strings.Join(words, ", ")
}

func (p *comparePage) show(s *Server, made *comparison, query url.Values) {
	p.First, p.Last = s.side(p.waveFrame, made, made.first), s.side(p.waveFrame, made, made.last)
	p.Lead = p.T("compare.waves", "first", p.First, "last", p.Last)
	if made.audiences {
		p.Lead = p.T("compare.audiences", "first", p.First, "last", p.Last)
	}
	if made.weighted {
		p.Notes = append(p.Notes, p.T("compare.weighted"))
	}
	p.Adjusted = p.T("compare.hint")
	if made.audiences {
		p.Adjusted = p.T("compare.family", "count", p.Number(float64(made.tests), 0), "audiences", p.Number(float64(made.groups), 0))
	} else {
		p.Notes = append(p.Notes, p.T("compare.twice"))
	}
	for _, element := range made.breaks {
		p.Breaks = append(p.Breaks, s.variableName(p.Localizer, made.first, element.Name))
	}
	means, shares := compareTable{Title: p.T("compare.means")}, compareTable{Title: p.T("compare.shares"), Choices: true}
	for _, item := range made.items {
		for _, d := range item.differences {
			to := &means
			if d.Choice != "" {
				to = &shares
			}
			to.Rows = append(to.Rows, p.row(s, made, &item, d))
		}
	}
	for _, table := range []compareTable{means, shares} {
		if len(table.Rows) > 0 {
			p.Tables = append(p.Tables, table)
		}
	}
	if len(p.Tables) == 0 {
		p.Problem = p.T("compare.nothing_common")
		return
	}
	figure, files := s.comparePictured(p.waveFrame, made).figure(p.Localizer, query)
	p.Files = files
	if len(means.Rows) > 0 {
		p.Figure = &figure
	}
}

// side is what one of the two waves is called: by what tells them apart.
func (s *Server) side(f *waveFrame, made *comparison, wave *store.LiveWave) string {
	a, b := made.first, made.last
	day := f.Date(wave.Opened)
	switch {
	case made.audiences && a.Version.Audience != b.Version.Audience && wave.Version.Audience != "":
		return f.T("desk.audience." + wave.Version.Audience)
	case a.Area != b.Area:
		return s.areaName(f.Localizer, wave.Area) + ", " + day
	case a.Opened == b.Opened:
		return day + " (" + wave.Slug + ")"
	}
	return day
}

// row writes a difference in words: scores with one decimal, shares as whole per
// cent.
func (p *comparePage) row(s *Server, made *comparison, item *comparedItem, d analysis.Difference) compareRow {
	row := compareRow{Question: s.variableName(p.Localizer, made.first, item.element.Name)}
	write, decimals, unit := func(value float64) string { return p.Number(value, 1) }, 1, 1.0
	if d.Choice != "" {
		row.Choice = s.valueName(p.Localizer, made.first, item.element.Name, d.Choice)
		write, decimals, unit = func(value float64) string { return p.Percent(value, 0) }, 0, 100
	}
	about := ""
	if d.Approximate {
		about = "≈ "
	}
	row.First, row.Last = about+write(d.First.Value), about+write(d.Last.Value)
	signed := func(value float64) string {
		text := p.Number(unit*value, decimals)
		if i18n.RoundHalfAway(unit*value, decimals) > 0 {
			text = "+" + text
		}
		return text
	}
	row.Difference = about + signed(d.Value.Value)
	if d.Value.Low != nil {
		row.Difference += " (" + p.T("charts.interval", "low", signed(*d.Value.Low), "high", signed(*d.Value.High)) + ")"
	}
	row.P, row.Result = "–", p.T("compare.no_test")
	if d.Adjusted != nil {
		row.P, row.Result = charts.PValue(p.Localizer, *d.Adjusted), p.T("explore.test.unclear")
		if charts.Significant(*d.Adjusted) {
			row.Result = p.T("compare.clear")
		}
	}
	if d.Effect != nil {
		row.Effect = p.Number(d.Effect.Value, 2)
	}
	return row
}

// comparePictured is the comparison of the scales as a dumbbell chart with its
// files.
func (s *Server) comparePictured(f *waveFrame, made *comparison) *pictured {
	words := f.Localizer
	pairs := charts.Pairs{Name: "compare", Title: words.T("compare.chart", "title", titleOf(made.first, words)),
		First: s.side(f, made, made.first), Last: s.side(f, made, made.last), High: 100}
	for _, item := range made.items {
		for _, d := range item.differences {
			if d.Choice != "" {
				continue
			}
			one := charts.Item{Name: item.element.Name, Label: s.variableName(words, made.first, item.element.Name),
				First: scoreSide(d.First, item.contrast.First), Last: scoreSide(d.Last, item.contrast.Last),
				Difference: &charts.Value{Value: d.Value.Value, Low: d.Value.Low, High: d.Value.High}}
			if d.Adjusted != nil {
				one.Test = &charts.Test{P: *d.Adjusted, Approximate: d.Approximate}
			}
			pairs.Items = append(pairs.Items, one)
		}
	}
	return &pictured{wave: made.first, address: "/manage/waves/" + f.Slug + "/compare", name: made.first.Slug + "-" + made.last.Slug,
		chart: func(width charts.Option) charts.Chart { return charts.BuildPairs(pairs, words, width) }, data: made.data(s, f)}
}

// data are all differences for machines, unrounded.
func (made *comparison) data(s *Server, f *waveFrame) *charts.Data {
	data := &charts.Data{}
	for _, key := range []string{"question", "choice", "first", "first_low", "first_high", "last", "last_low", "last_high",
		"difference", "difference_low", "difference_high", "p", "p_adjusted", "hedges_g", "about"} {
		data.Header = append(data.Header, f.T("compare.data."+key))
	}
	for _, item := range made.items {
		for _, d := range item.differences {
			row := []string{s.variableName(f.Localizer, made.first, item.element.Name), ""}
			if d.Choice != "" {
				row[1] = s.valueName(f.Localizer, made.first, item.element.Name, d.Choice)
			}
			for _, e := range []analysis.Estimated{d.First, d.Last, d.Value} {
				row = append(row, shareText(&e.Value), shareText(e.Low), shareText(e.High))
			}
			effect, about := "", ""
			if d.Effect != nil {
				effect = shareText(&d.Effect.Value)
			}
			if d.Approximate {
				about = "≈"
			}
			data.Rows = append(data.Rows, append(row, shareText(d.P), shareText(d.Adjusted), effect, about))
		}
	}
	return data
}

func scoreSide(e analysis.Estimated, figure analysis.Figure) charts.Side {
	return charts.Side{Value: &charts.Value{Value: e.Value, Low: e.Low, High: e.High}, Base: figure.Base, Perturbed: figure.Perturbed}
}

// comparePicture sends the chart of a comparison as a file.
func (s *Server) comparePicture(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	others, err := s.comparable(c, wave)
	if err != nil {
		return err
	}
	other, err := chosenWave(others, c.QueryParam("with"))
	if err != nil {
		return err
	}
	if other == nil {
		return failure.New(failure.NotFound, "error.not_found")
	}
	made, err := s.compareWaves(c.Request().Context(), wave, other, others)
	if err != nil {
		return err
	}
	return s.sendPicture(c, s.comparePictured(s.waveFrame(c, wave, "compare.title"), made))
}
