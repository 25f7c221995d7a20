package server

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
)

// Indicators is what the pages about indicators need of the store.
type Indicators interface {
	// Indicators returns all indicators with values, targets and sources, in a
	// fixed number of queries.
	Indicators(ctx context.Context, areas *catalogue.Areas) (*baseline.Book, error)
	// SaveIndicator adds an indicator or changes it; failure.Invalid,
	// failure.Conflict.
	SaveIndicator(ctx context.Context, actor string, one baseline.Indicator) error
	// RemoveIndicator takes an indicator away with its values and targets;
	// failure.NotFound, failure.Conflict.
	RemoveIndicator(ctx context.Context, actor string, revision int64, key string) error
	// PutFigures stores values and their source; failure.Conflict when something
	// changed since the revision.
	PutFigures(ctx context.Context, entry account.Entry, revision int64, source baseline.Source, figures []store.Figure) error
	// RemoveFigure takes a value away; failure.NotFound.
	RemoveFigure(ctx context.Context, actor, key, area, period string) error
	// SetTarget fixes a target; failure.Invalid, failure.Conflict when there is one.
	SetTarget(ctx context.Context, actor, key string, one baseline.Target) error
	// RemoveTarget takes a target away; failure.NotFound.
	RemoveTarget(ctx context.Context, actor, key, area, due string) error
}

const (
	indicatorPages = "/manage/concept/indicators"
	progressPage   = "/manage/concept/progress"
)

// indicatorRoutes lists the pages about indicators.
func (s *Server) indicatorRoutes() []route {
	one := indicatorPages + "/of/:key"
	read := func(path string, handler echo.HandlerFunc) route {
		return route{method: http.MethodGet, path: path, permission: account.ReadResults, handler: s.desk.csrf(handler)}
	}
	get := func(path string, handler echo.HandlerFunc) route {
		return route{method: http.MethodGet, path: path, permission: account.ManageConcept, handler: s.desk.csrf(handler)}
	}
	post := func(path string, handler echo.HandlerFunc) route {
		return route{method: http.MethodPost, path: path, permission: account.ManageConcept, handler: s.desk.csrf(handler)}
	}
	about := func(r route) route { // what the form says which area it is about
		r.about = func(c echo.Context) (account.Subject, error) { return account.Subject{Area: c.FormValue("area")}, nil }
		return r
	}
	return append([]route{
		read(indicatorPages, s.indicators), read(indicatorPages+".csv", s.indicatorsCSV), read(progressPage, s.progress),
		get(indicatorPages+"/catalogue", s.suggestions), post(indicatorPages+"/catalogue", s.takeSuggestions),
		get(indicatorPages+"/new", s.newIndicator), post(indicatorPages+"/new", s.addIndicator),
		read(one, s.indicator), get(one+"/edit", s.editIndicator), post(one+"/edit", s.changeIndicator), post(one+"/remove", s.removeIndicator),
		{method: http.MethodGet, path: one + "/:chart/:picture", permission: account.ReadResults, handler: s.indicatorPicture},
		about(post(one+"/values", s.setFigure)), about(post(one+"/values/remove", s.removeFigure)),
		about(post(one+"/targets", s.setTarget)), about(post(one+"/targets/remove", s.removeTarget)),
	}, s.mapperRoutes(s.indicatorImporter())...)
}

// mayRead tells of which areas somebody sees figures from sources that are not
// public.
func (s *Server) mayRead(user account.User) func(area string) bool {
	return func(area string) bool {
		return user.May(account.ReadResults, account.Subject{Area: area, Published: true}, s.desk.Areas.Contains)
	}
}

// book returns the indicators with what a visitor may see of them: of public
// sources everything, of others the figures of their areas; targets of theirs.
func (s *Server) book(c echo.Context) (*baseline.Book, error) {
	user, _ := visitor(c)
	book, err := s.desk.Office.Indicators(c.Request().Context(), s.desk.Areas)
	if err != nil {
		return nil, err
	}
	may := s.mayRead(user)
	for at := range book.Series {
		one := &book.Series[at]
		if !one.Public {
			one.Values = slices.DeleteFunc(one.Values, func(v baseline.Value) bool { return !may(v.Area) })
		}
		one.Targets = slices.DeleteFunc(one.Targets, func(t baseline.Target) bool { return !may(t.Area) })
	}
	return book, nil
}

type indicatorsPage struct {
	*deskFrame
	May              bool
	Areas, FieldList []option
	Area             string
	Sections         []indicatorSection
	Total            int
	Export           string
	Done             []string
	Sources          []indicatorSource
}

// indicatorSection is what is known of one field of action.
type indicatorSection struct {
	Words      *i18n.Localizer
	Key, Title string
	Rows       []indicatorRow
}

// indicatorRow is one indicator in one area.
type indicatorRow struct {
	Name, Address    string
	Value, Day       string // "" for none
	Goal, Due        string
	Status           *statusWords
	Why              string // why there is no value, or what it rests on
	Direction, About string
	From             string // baseline, with its day
}

// indicators lists the indicators by field of action, with what they are in an
// area.
func (s *Server) indicators(c echo.Context) error {
	book, err := s.book(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	page := &indicatorsPage{deskFrame: s.deskFrame(c, "indicators.title"), May: user.Has(account.ManageConcept), Total: len(book.Series)}
	area := s.chosenArea(c, user)
	page.Area, page.Areas = s.areaName(page.Localizer, area.Key), s.everyArea(area.Key)
	field := c.QueryParam("field")
	page.FieldList = s.fieldOptions(page.Localizer, page.T("indicators.all_fields"), field)
	query := url.Values{"area": {area.Key}}
	if page.Query != "" {
		query.Set("lang", page.Language())
	}
	page.Export = indicatorPages + ".csv?" + query.Encode()
	page.Sections = s.indicatorSections(page.Localizer, book, area.Key, field, query.Encode(), false)
	page.Sources = s.sourceRows(page.deskFrame, book, nil)
	page.Done = s.indicatorsDone(c, page.Localizer)
	return s.page(c, http.StatusOK, "desk-indicators", page)
}

// indicatorSections sorts indicators by fields of action, in their order. aimed
// leaves out those without a target.
func (s *Server) indicatorSections(words *i18n.Localizer, book *baseline.Book, area, field, query string, aimed bool) []indicatorSection {
	today := s.config.Now().Format("2006-01-02")
	byField := map[string][]indicatorRow{}
	for at := range book.Series {
		one := &book.Series[at]
		if field != "" && one.Field != field {
			continue
		}
		fact := book.In(one, area, today)
		if aimed && fact.Target == nil {
			continue
		}
		byField[one.Field] = append(byField[one.Field], s.indicatorRow(words, fact, query))
	}
	var sections []indicatorSection
	for _, key := range s.fieldOrder(byField) {
		sections = append(sections, indicatorSection{Words: words, Key: key, Title: s.fieldName(words, key), Rows: byField[key]})
	}
	return sections
}

// fieldOrder puts fields of action in the order of the taxonomy, unknown ones
// last.
func (s *Server) fieldOrder(byField map[string][]indicatorRow) []string {
	var keys, known []string
	if s.desk.Fields != nil {
		known = s.desk.Fields.Keys()
	}
	for _, key := range known {
		if len(byField[key]) > 0 {
			keys = append(keys, key)
		}
	}
	var others []string
	for key := range byField {
		if !slices.Contains(known, key) {
			others = append(others, key)
		}
	}
	slices.Sort(others)
	return append(keys, others...)
}

func (s *Server) indicatorRow(words *i18n.Localizer, fact baseline.Fact, query string) indicatorRow {
	f := &frame{Localizer: words}
	one := fact.Series
	row := indicatorRow{Name: one.Name(words.Language()), Address: indicatorPages + "/of/" + one.Key + "?" + query,
		Direction: words.T("indicators.direction." + string(one.Direction)), Status: s.statusWords(words, fact)}
	switch {
	case fact.Latest != nil:
		row.Value, row.Day = valueWords(words, one.Unit, *fact.Latest), f.Date(fact.Latest.Day)
		if len(fact.Latest.Parts) > 0 {
			row.Why = words.T("indicators.from_parts", "count", len(fact.Latest.Parts))
		}
	case fact.Reason != baseline.Aggregates:
		row.Why = words.T("indicators.reason." + string(fact.Reason))
	}
	if fact.Target != nil {
		row.Goal, row.Due = plainValue(words, one.Unit, fact.Target.Goal), f.Date(fact.Target.Due)
		row.From = words.T("indicators.on_day", "value", plainValue(words, one.Unit, fact.Target.Baseline), "day", f.Date(fact.Target.BaselineDay))
		row.About = fact.Target.Note
	}
	return row
}

// chosenArea is the area that the address names, else the one that somebody works
// for, else the first.
func (s *Server) chosenArea(c echo.Context, user account.User) catalogue.Area {
	if area, known := s.desk.Areas.Get(c.QueryParam("area")); known {
		return area
	}
	if area, known := s.desk.Areas.Get(account.AreaOf(user.Grants)); known {
		return area
	}
	if roots := s.desk.Areas.Roots(); len(roots) > 0 {
		return roots[0]
	}
	return catalogue.Area{}
}

func (s *Server) everyArea(chosen string) []option {
	var list []option
	for _, one := range s.desk.Areas.All() {
		list = append(list, option{one.Key, s.areaPath(one), one.Key == chosen})
	}
	return list
}

// findIndicator returns the indicator that the address names, with its book.
func (s *Server) findIndicator(c echo.Context) (*baseline.Book, *baseline.Series, error) {
	book, err := s.book(c)
	if err != nil {
		return nil, nil, err
	}
	one := book.Find(c.Param("key"))
	if one == nil {
		return nil, nil, failure.New(failure.NotFound, "error.unknown_indicator", "key", c.Param("key"))
	}
	return book, one, nil
}

// progressView is the page for the committee: what shall be, and what is.
type progressView struct {
	*deskFrame
	Areas    []option
	Area     string
	Day      string
	Sections []indicatorSection
	Counts   []string // how many are in each state
	Sources  []indicatorSource
	Back     string
}

// progress sets targets beside what is, for one area.
func (s *Server) progress(c echo.Context) error {
	book, err := s.book(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	page := &progressView{deskFrame: s.deskFrame(c, "indicators.progress.title")}
	area := s.chosenArea(c, user)
	page.Area, page.Areas = s.areaName(page.Localizer, area.Key), s.everyArea(area.Key)
	today := s.config.Now().Format("2006-01-02")
	page.Day, page.Back = page.Date(today), indicatorPages+page.Query
	query := url.Values{"area": {area.Key}}
	if page.Query != "" {
		query.Set("lang", page.Language())
	}
	page.Sections = s.indicatorSections(page.Localizer, book, area.Key, "", query.Encode(), true)
	counts, used := map[baseline.State]int{}, map[string]bool{}
	for at := range book.Series {
		fact := book.In(&book.Series[at], area.Key, today)
		if fact.Target == nil {
			continue
		}
		counts[fact.Judgement.State]++
		if fact.Latest != nil {
			for _, v := range book.Series[at].Values {
				if v.Period == fact.Latest.Period && (v.Area == area.Key || slices.Contains(fact.Latest.Parts, v.Area)) {
					used[v.Source] = true
				}
			}
		}
	}
	for _, state := range baseline.States() {
		if counts[state] > 0 {
			page.Counts = append(page.Counts, page.T("indicators.progress.count", "status", page.T("indicators.status."+string(state)), "count", counts[state]))
		}
	}
	page.Sources = s.sourceRows(page.deskFrame, book, used)
	return s.page(c, http.StatusOK, "desk-progress", page)
}
