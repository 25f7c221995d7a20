package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
)

// indicatorPage is everything that is known of one indicator.
type indicatorPage struct {
	*deskFrame
	Key, Back             string
	Field, Unit, Source   string
	Note, Age, Direction  string
	Private               bool
	May, Context          bool
	Looks                 []indicatorLook
	Values                []figureRow
	Targets               []targetFacts
	Warnings              []string
	Sources               []indicatorSource
	Areas, Theirs         []option
	Chosen                string // area
	Done                  []string
	Problem, Wrong        string
	ProblemIn             string // the form that it is about: "value" or "target"
	Form                  map[string]string
	Edit, SetValue, Aimed string // addresses of forms
	Revision              int64
}

// indicatorLook is a chart of the page.
type indicatorLook struct {
	resultsFigure
	Head  string
	Files []waveLink
}

type figureRow struct {
	Area, AreaKey, Period, Day, Value, Base, Source string
	May                                             bool
}

type targetFacts struct {
	Area, AreaKey, From, Goal, Due, DueDay, Note, Set string
	Status                                            *statusWords
	May                                               bool
}

// indicator shows one indicator.
func (s *Server) indicator(c echo.Context) error {
	page, err := s.indicatorPage(c)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-indicator", page)
}

func (s *Server) indicatorPage(c echo.Context) (*indicatorPage, error) {
	book, one, err := s.findIndicator(c)
	if err != nil {
		return nil, err
	}
	user, _ := visitor(c)
	page := &indicatorPage{deskFrame: s.deskFrame(c, "indicators.title"), Key: one.Key, Source: one.Source, Note: one.Note, Private: !one.Public,
		May: user.Has(account.ManageConcept), Context: one.Direction == baseline.ContextOnly, Form: map[string]string{}, Revision: book.Revision}
	page.Title = one.Name(page.Language())
	page.Field, page.Unit = s.fieldName(page.Localizer, one.Field), page.T("indicators.unit."+string(one.Unit))
	page.Direction = page.T("indicators.direction." + string(one.Direction))
	if one.Age != nil {
		page.Age = page.T("indicators.age", "from", one.Age.From, "to", one.Age.To)
	}
	area := s.chosenArea(c, user)
	page.Chosen = area.Key
	page.Back = indicatorPages + "?" + url.Values{"area": {area.Key}}.Encode()
	address := indicatorPages + "/of/" + one.Key
	page.Edit, page.SetValue, page.Aimed = address+"/edit"+page.Query, address+"/values"+page.Query, address+"/targets"+page.Query
	page.Areas = s.everyArea(area.Key)
	may := s.mayConcept(user)
	page.Theirs = slices.DeleteFunc(s.everyArea(area.Key), func(o option) bool { return !may(o.Value) })
	page.facts(s, book, one, may)
	for _, kind := range []string{"places", "time"} {
		p := s.indicatorPictured(page.Localizer, book, one, kind, area.Key)
		look := indicatorLook{Head: page.T("indicators.chart." + kind)}
		look.resultsFigure, look.Files = p.figure(page.Localizer, url.Values{"area": {area.Key}})
		if look.Drawn() {
			page.Looks = append(page.Looks, look)
		}
	}
	used := map[string]bool{}
	for _, v := range one.Values {
		used[v.Source] = true
	}
	page.Sources = s.sourceRows(page.deskFrame, book, used)
	page.Done = s.indicatorsDone(c, page.Localizer)
	return page, nil
}

// facts lists values, targets and totals that do not fit.
func (p *indicatorPage) facts(s *Server, book *baseline.Book, one *baseline.Series, may func(string) bool) {
	for at := len(one.Values) - 1; at >= 0; at-- { // the newest first
		v := one.Values[at]
		p.Values = append(p.Values, figureRow{Area: s.areaInWords(p.Localizer, v.Area), AreaKey: v.Area, Period: v.Period, Day: p.Date(v.Day),
			Value: valueWords(p.Localizer, one.Unit, v), Base: baseWords(p.Localizer, v), Source: book.Sources[v.Source].Title, May: may(v.Area)})
	}
	for _, t := range one.Targets {
		fact := book.In(one, t.Area, t.Due)
		fact.Target, fact.Judgement = &t, baseline.Status(one.Direction, &t, fact.Latest)
		p.Targets = append(p.Targets, targetFacts{Area: s.areaInWords(p.Localizer, t.Area), AreaKey: t.Area, DueDay: t.Due,
			From: p.T("indicators.on_day", "value", plainValue(p.Localizer, one.Unit, t.Baseline), "day", p.Date(t.BaselineDay)),
			Goal: plainValue(p.Localizer, one.Unit, t.Goal), Due: p.Date(t.Due), Note: t.Note, Set: p.Date(t.Set),
			Status: s.statusWords(p.Localizer, fact), May: may(t.Area)})
	}
	for _, found := range s.totalFindings(p.Localizer, one.Indicator, one.Values) {
		p.Warnings = append(p.Warnings, say(p.Localizer, "finding."+found.Key, found.Params))
	}
}

// totalFindings tells which values contradict those of the parts of their area.
func (s *Server) totalFindings(words *i18n.Localizer, of baseline.Indicator, values []baseline.Value) failure.Findings {
	var found failure.Findings
	for _, one := range baseline.CheckTotals(s.desk.Areas, of.Unit, values) {
		params := failure.Params{"area": of.Name(words.Language()) + ", " + s.areaName(words, one.Area), "period": one.Period,
			"value": plainValue(words, of.Unit, one.Value)}
		key := "indicators.total_outside"
		if one.Sum != nil {
			key = "indicators.total_differs"
			params["sum"] = plainValue(words, of.Unit, *one.Sum)
		} else {
			params["low"], params["high"] = plainValue(words, of.Unit, one.Low), plainValue(words, of.Unit, one.High)
		}
		found = append(found, failure.Finding{Severity: failure.Warning, Key: key, Params: params})
	}
	return found
}

// indicatorPicture sends a chart of an indicator as a file.
func (s *Server) indicatorPicture(c echo.Context) error {
	book, one, err := s.findIndicator(c)
	if err != nil {
		return err
	}
	kind := c.Param("chart")
	if kind != "time" && kind != "places" {
		return failure.New(failure.NotFound, "error.not_found")
	}
	user, _ := visitor(c)
	return s.sendPicture(c, s.indicatorPictured(s.deskWords(c), book, one, kind, s.chosenArea(c, user).Key))
}

// indicatorPictured is a chart of an indicator with its files: over time for an
// area and what lies beside it, or of all places.
func (s *Server) indicatorPictured(words *i18n.Localizer, book *baseline.Book, one *baseline.Series, kind, area string) *pictured {
	course := charts.Course{Name: one.Key, Title: one.Name(words.Language()), Unit: words.T("indicators.unit." + string(one.Unit)), Decimals: indicatorDecimals,
		Say: func(value float64) string { return plainValue(words, one.Unit, value) }}
	for _, key := range s.drawnAreas(book, one, kind, area) {
		course.Lines = append(course.Lines, s.indicatorLine(words, book, one, key))
	}
	latest, titles := "", []string{}
	for _, v := range one.Values {
		latest = max(latest, v.Day)
		if line := book.Sources[v.Source].Line(); line != "" && !slices.Contains(titles, line) {
			titles = append(titles, line)
		}
	}
	if len(titles) > 0 {
		course.Notes = append(course.Notes, words.T("indicators.chart.sources", "sources", strings.Join(titles, "; ")))
	}
	build := charts.BuildPlaces
	if kind == "time" {
		build = charts.BuildCourse
	}
	return &pictured{address: indicatorPages + "/of/" + one.Key + "/" + kind, name: one.Key + "-" + kind, source: strings.Join(titles, "; "), day: latest,
		chart: func(width charts.Option) charts.Chart { return build(course, words, width) }}
}

// drawnAreas are the areas of a chart: for places all that have values, over time
// the chosen one first and those beside and in it, as many as can be told apart.
func (s *Server) drawnAreas(book *baseline.Book, one *baseline.Series, kind, area string) []string {
	var keys []string
	add := func(key string) {
		if !slices.Contains(keys, key) && len(book.Course(one, key)) > 0 {
			keys = append(keys, key)
		}
	}
	if kind == "time" {
		add(area)
		chosen, _ := s.desk.Areas.Get(area)
		for _, list := range [][]string{{chosen.Parent}, areaKeys(s.desk.Areas.Children(area)), areaKeys(s.desk.Areas.Children(chosen.Parent))} {
			for _, key := range list {
				add(key)
			}
		}
	}
	if kind != "time" || len(keys) == 0 {
		for _, key := range areaKeys(s.desk.Areas.All()) {
			add(key)
		}
	}
	if kind == "time" {
		keys = keys[:min(len(keys), charts.MostLines)]
	}
	return keys
}

func (s *Server) indicatorLine(words *i18n.Localizer, book *baseline.Book, one *baseline.Series, area string) charts.Line {
	line := charts.Line{Label: s.areaName(words, area)}
	for _, v := range book.Course(one, area) {
		r := charts.Reading{Day: v.Day, Period: v.Period}
		if !v.Hidden {
			r.Value = &charts.Value{Value: v.Value, Low: v.Low, High: v.High}
		}
		line.Readings = append(line.Readings, r)
	}
	if target := book.In(one, area, s.config.Now().Format("2006-01-02")).Target; target != nil {
		line.From = &charts.Reading{Day: target.BaselineDay, Period: target.BaselineDay[:4], Value: &charts.Value{Value: target.Baseline}}
		line.Goal = &charts.Reading{Day: target.Due, Period: target.Due[:4], Value: &charts.Value{Value: target.Goal}}
	}
	return line
}
