package server

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/store"
)

const effectsPath = conceptPath + "/effects"

func (s *Server) effectRoutes() []route {
	return []route{{method: http.MethodGet, path: effectsPath, permission: account.ReadResults, handler: s.desk.csrf(s.effects)}}
}

// effects puts beside each measure by what its effect was to be seen: the indicator
// with its way to the target, and the question in the newest wave and the one before
// (METHODS 8, 11).
func (s *Server) effects(c echo.Context) error {
	ctx := c.Request().Context()
	all, err := s.desk.Office.Measures(ctx)
	if err != nil {
		return err
	}
	book, err := s.book(c)
	if err != nil {
		return err
	}
	waves, err := s.comparable(c, &store.LiveWave{})
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	f := s.deskFrame(c, "effects.title")
	page := &registerPage{deskFrame: f, Lead: []string{f.T("effects.lead"), f.T("compare.twice")}}
	part := registerPart{ID: "effects", Title: f.T("measures.title"), Head: []string{f.T("measures.input.title"), f.T("measures.input.gap"), f.T("measures.input.status"), f.T("measures.input.indicator"), f.T("measures.input.question")}}
	w := &effectWords{Server: s, frame: f, book: book, waves: waves, compared: map[[2]string]*comparison{}}
	for at := range all {
		m := &all[at].Entry
		if !s.reaches(user, m.Area) || m.Indicator == "" && m.Question == "" {
			continue
		}
		question, err := w.question(ctx, m)
		if err != nil {
			return err
		}
		row := registerRow{Name: m.Title, Cells: []string{s.fieldName(f.Localizer, m.Field) + " · " + s.areaName(f.Localizer, m.Area),
			f.T("measures.status." + string(m.Status)), w.indicator(m), question}}
		if s.mayConcept(user)(m.Area) {
			row.Address = measuresPath + "/of/" + m.ID + f.Query
		}
		part.Rows = append(part.Rows, row)
	}
	if len(part.Rows) == 0 {
		part.None = f.T("effects.none")
	}
	page.Parts = []registerPart{part}
	return s.page(c, http.StatusOK, "desk-register", page)
}

// effectWords says in words what became of what measures were for.
type effectWords struct {
	*Server
	frame    *deskFrame
	book     *baseline.Book
	waves    []*store.LiveWave
	compared map[[2]string]*comparison // by the slugs of both waves
}

// indicator says where the measure's indicator stands on its way.
func (w *effectWords) indicator(m *baseline.Measure) string {
	if m.Indicator == "" {
		return "–"
	}
	series := w.book.Find(m.Indicator)
	if series == nil {
		return w.frame.T("effects.no_indicator", "key", m.Indicator)
	}
	row := w.indicatorRow(w.frame.Localizer, w.book.In(series, m.Area, w.today()), url.Values{"area": {m.Area}}.Encode())
	text := []string{row.Name + ":"}
	if row.From != "" {
		text = append(text, row.From, "→")
	}
	switch {
	case row.Value != "":
		text = append(text, w.frame.T("indicators.on_day", "value", row.Value, "day", row.Day))
	default:
		text = append(text, w.frame.T("effects.no_value"))
	}
	if row.Goal != "" {
		text = append(text, w.frame.T("effects.goal", "value", row.Goal, "day", row.Due))
	}
	if row.Status != nil {
		text = append(text, "("+row.Status.Word+")")
	}
	return strings.Join(text, " ")
}

// question says how the answers to the measure's question changed from the wave
// before to the newest.
func (w *effectWords) question(ctx context.Context, m *baseline.Measure) (string, error) {
	if m.Question == "" {
		return "–", nil
	}
	var with []*store.LiveWave
	for _, wave := range w.waves {
		if e := wave.Version.Element(m.Question); e != nil && released(wave) && wave.Schema.Shows(e) && (m.Area == "" || wave.Area == "" || w.desk.Areas.Contains(wave.Area, m.Area)) {
			with = append(with, wave)
		}
	}
	if len(with) == 0 {
		return w.frame.T("effects.no_question", "name", m.Question), nil
	}
	slices.SortStableFunc(with, func(a, b *store.LiveWave) int { return strings.Compare(b.Opened, a.Opened) })
	newest := with[0]
	name := w.elementName(w.frame.Localizer, newest, newest.Version.Element(m.Question))
	at := slices.IndexFunc(with[1:], func(one *store.LiveWave) bool { return one.SurveyID == newest.SurveyID && one.Area == newest.Area })
	if at < 0 {
		return w.frame.T("effects.one_wave", "name", name, "day", w.frame.Date(newest.Opened)), nil
	}
	return w.change(ctx, m, name, newest, with[1+at])
}

// change writes the differences of one question between two waves.
func (w *effectWords) change(ctx context.Context, m *baseline.Measure, name string, newest, before *store.LiveWave) (string, error) {
	key := [2]string{newest.Slug, before.Slug}
	if w.compared[key] == nil {
		made, err := w.compareWaves(ctx, newest, before, nil)
		if err != nil {
			return "", err
		}
		w.compared[key] = made
	}
	made := w.compared[key]
	page := &comparePage{waveFrame: &waveFrame{deskFrame: w.frame}}
	var changes []string
	for _, item := range made.items {
		if item.element.Name != m.Question {
			continue
		}
		for _, d := range item.differences {
			row := page.row(w.Server, made, &item, d)
			changes = append(changes, strings.TrimSpace(row.Choice+" "+w.frame.T("effects.change", "before", row.Last, "after", row.First, "difference", row.Difference, "result", row.Result)))
		}
	}
	if len(changes) == 0 {
		return w.frame.T("effects.not_comparable", "name", name, "before", w.frame.Date(before.Opened), "after", w.frame.Date(newest.Opened)), nil
	}
	return w.frame.T("effects.question", "name", name, "before", w.frame.Date(before.Opened), "after", w.frame.Date(newest.Opened)) + " " + strings.Join(changes, "; "), nil
}
