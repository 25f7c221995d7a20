package server

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// Variables is what the pages of calculated variables need of the store.
type Variables interface {
	// Variables lists those of a wave by name.
	Variables(ctx context.Context, waveID string) ([]store.Variable, error)
	// SaveVariable adds one, or changes the one that had a revision;
	// failure.Invalid, failure.Conflict.
	SaveVariable(ctx context.Context, actor string, wave *store.LiveWave, seen int, v analysis.Variable) error
	// RemoveVariable removes one; failure.NotFound.
	RemoveVariable(ctx context.Context, actor string, wave *store.LiveWave, name string) error
}

// variableRoutes lists the pages on which variables are calculated, and the one
// about the quality of the data. Whoever releases figures says what they are of.
func (s *Server) variableRoutes() []route {
	manage := func(method, path string, handler echo.HandlerFunc) route {
		return route{method: method, path: "/manage/waves/:slug/variables" + path, permission: account.ManageWaves, about: s.aboutWave, handler: s.desk.csrf(handler)}
	}
	return []route{
		manage(http.MethodGet, "", s.variables),
		manage(http.MethodPost, "", s.addVariable),
		manage(http.MethodGet, "/new", s.newVariable),
		manage(http.MethodGet, "/of/:name", s.variable),
		manage(http.MethodPost, "/of/:name", s.changeVariable),
		manage(http.MethodPost, "/of/:name/delete", s.removeVariable),
		{method: http.MethodGet, path: "/manage/waves/:slug/quality", permission: account.ReadResults, about: s.aboutWave, handler: s.quality},
	}
}

type variablesPage struct {
	*waveFrame
	Variables []variableRow
	Kinds     []variableKind
	Items     bool // an index can be made
	Done      string
}

// variableRow is one variable in the list.
type variableRow struct {
	Name, Label string
	Made        string   // how it follows from questions, in words
	Parts       []string // its categories
	Problem     string
	Change      string // addresses
	Explore     string
}

// variableKind is a choice of questions from which a variable of a kind can be
// made.
type variableKind struct {
	Kind, Label, Hint string
	Sources           []option
}

// variables lists the calculated variables of a wave.
func (s *Server) variables(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	page := &variablesPage{waveFrame: s.waveFrame(c, wave, "variables.title")}
	for _, word := range []string{"added", "changed", "removed"} {
		if name := c.QueryParam(word); name != "" {
			page.Done = page.T("variables."+word, "name", name)
		}
	}
	explorer, err := s.desk.Office.Explorer(c.Request().Context(), wave)
	if err != nil && failure.CodeOf(err) != failure.Forbidden {
		return err
	}
	for _, v := range wave.Calculated.Variables() {
		page.Variables = append(page.Variables, s.variableRow(page.waveFrame, wave, explorer, v))
	}
	for _, kind := range []analysis.Calculation{analysis.Recode, analysis.Band} {
		one := variableKind{Kind: string(kind), Label: page.T("variables.new." + string(kind)), Hint: page.T("variables.hint." + string(kind))}
		for _, e := range wave.Schema.Sources(kind) {
			one.Sources = append(one.Sources, option{Value: e.Name, Label: s.elementName(page.Localizer, wave, e)})
		}
		page.Kinds = append(page.Kinds, one)
	}
	page.Items = len(wave.Schema.Sources(analysis.Index)) >= analysis.FewestItems
	return s.page(c, http.StatusOK, "desk-variables", page)
}

func (s *Server) variableRow(f *waveFrame, wave *store.LiveWave, explorer *analysis.Explorer, v analysis.Variable) variableRow {
	at := "/manage/waves/" + wave.Slug
	row := variableRow{Name: v.Name, Label: labelIn(f.Localizer, v), Made: s.madeOf(f.Localizer, wave, v), Change: at + "/variables/of/" + v.Name + f.Query}
	if problem := failure.As(wave.Calculated.Problem(v.Name)); problem != nil {
		row.Problem = sentence(f.Localizer, problem)
		return row
	}
	e := wave.Calculated.Element(v.Name)
	if e.Choices != nil {
		for _, choice := range e.Choices.Choices {
			row.Parts = append(row.Parts, s.valueName(f.Localizer, wave, v.Name, choice.Name))
		}
	}
	if explorer == nil {
		if v.Kind == analysis.Band && e.Choices == nil {
			row.Parts = []string{f.T("variables.not_yet")}
		}
		return row
	}
	row.Explore = with(at+"/explore"+f.Query, "question", v.Name)
	if v.Kind == analysis.Band && e.Choices == nil {
		row.Parts = nil
		for _, cell := range cellsOf(explorer, v.Name) {
			row.Parts = append(row.Parts, s.valueName(f.Localizer, wave, v.Name, cell.Name))
		}
		if len(row.Parts) == 0 {
			row.Parts = []string{f.T("variables.too_few")}
		}
	}
	return row
}

// cellsOf are the categories that a variable has in the last release.
func cellsOf(explorer *analysis.Explorer, variable string) []analysis.Cell {
	answer, err := explorer.Query(analysis.Query{Questions: []string{variable}})
	if err != nil || len(answer.Groups) == 0 {
		return nil
	}
	return answer.Groups[0].Figures[0].Cells
}

type variablePage struct {
	*waveFrame
	variableForm
	Action, Back  string
	Remove        string // where the form that removes it goes, "" for a new one
	Problem       string
	RemoveProblem string
}

// newVariable shows the empty form of one kind.
func (s *Server) newVariable(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	v := analysis.Variable{Definition: analysis.Definition{Kind: analysis.Calculation(c.QueryParam("kind")), Source: c.QueryParam("source")}}
	if !suits(wave, v) {
		return failure.New(failure.NotFound, "error.not_found")
	}
	return s.showVariable(c, wave, http.StatusOK, v, 0, nil)
}

// suits tells whether a variable of that kind can be made of its source.
func suits(wave *store.LiveWave, v analysis.Variable) bool {
	sources := wave.Schema.Sources(v.Kind)
	if v.Kind == analysis.Index {
		return len(sources) >= analysis.FewestItems
	}
	return slices.ContainsFunc(sources, func(e *survey.Element) bool { return e.Name == v.Source })
}

// variable shows the form of a variable that there is.
func (s *Server) variable(c echo.Context) error {
	wave, stored, err := s.storedVariable(c)
	if err != nil {
		return err
	}
	return s.showVariable(c, wave, http.StatusOK, stored.Variable, stored.Revision, nil)
}

func (s *Server) storedVariable(c echo.Context) (*store.LiveWave, store.Variable, error) {
	wave, err := s.waveOf(c)
	if err != nil {
		return nil, store.Variable{}, err
	}
	all, err := s.desk.Office.Variables(c.Request().Context(), wave.ID)
	if err != nil {
		return nil, store.Variable{}, err
	}
	at := slices.IndexFunc(all, func(one store.Variable) bool { return one.Name == c.Param("name") })
	if at < 0 {
		return nil, store.Variable{}, failure.New(failure.NotFound, "error.unknown_variable", "name", c.Param("name"))
	}
	return wave, all[at], nil
}

// showVariable shows the form with what was typed, revision 0 for a new variable,
// and with what is wrong, nil for nothing.
func (s *Server) showVariable(c echo.Context, wave *store.LiveWave, code int, v analysis.Variable, revision int, problem error) error {
	title := "variables.change.title"
	if revision == 0 {
		title = "variables.new.title"
	}
	page := &variablePage{waveFrame: s.waveFrame(c, wave, title), Back: "/manage/waves/" + wave.Slug + "/variables"}
	page.variableForm = s.variableForm(page.waveFrame, wave, v, revision)
	page.Action = page.Back + page.Query
	if revision != 0 {
		page.Action = page.Back + "/of/" + v.Name + page.Query
		page.Remove = page.Back + "/of/" + v.Name + "/delete" + page.Query
	}
	page.Back += page.Query
	if problem != nil {
		page.Problem = sentence(page.Localizer, failure.As(problem))
	}
	return s.page(c, code, "desk-variable", page)
}

// addVariable stores a new variable.
func (s *Server) addVariable(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	return s.saveVariable(c, wave, c.FormValue("name"), 0, "added")
}

// changeVariable stores what became of one.
func (s *Server) changeVariable(c echo.Context) error {
	wave, stored, err := s.storedVariable(c)
	if err != nil {
		return err
	}
	revision, err := strconv.Atoi(c.FormValue("revision"))
	if err != nil || revision < 1 {
		revision = stored.Revision + 1 // of no form of ours: it conflicts
	}
	return s.saveVariable(c, wave, stored.Name, revision, "changed")
}

func (s *Server) saveVariable(c echo.Context, wave *store.LiveWave, name string, revision int, word string) error {
	form, err := c.FormParams()
	if err != nil {
		return brokenForm(err)
	}
	v, wrong := s.readVariable(wave, form)
	v.Name = name
	user, _ := visitor(c)
	if wrong == nil {
		wrong = s.desk.Office.SaveVariable(c.Request().Context(), user.Name, wave, revision, v)
	}
	if code := failure.CodeOf(wrong); code == failure.Invalid || code == failure.Conflict {
		if !suits(wave, v) {
			return wrong
		}
		return s.showVariable(c, wave, status(code), v, revision, wrong)
	}
	if wrong != nil {
		return wrong
	}
	return c.Redirect(http.StatusSeeOther, onward(c, with("/manage/waves/"+wave.Slug+"/variables", word, name)))
}

// removeVariable removes one. Whoever does it ticks that they are sure.
func (s *Server) removeVariable(c echo.Context) error {
	wave, stored, err := s.storedVariable(c)
	if err != nil {
		return err
	}
	if c.FormValue("sure") == "" {
		return s.showVariable(c, wave, http.StatusUnprocessableEntity, stored.Variable, stored.Revision, failure.New(failure.Invalid, "error.variable_unsure"))
	}
	user, _ := visitor(c)
	if err := s.desk.Office.RemoveVariable(c.Request().Context(), user.Name, wave, stored.Name); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, onward(c, with("/manage/waves/"+wave.Slug+"/variables", "removed", stored.Name)))
}

// elementName is what readers call a question.
func (s *Server) elementName(words localizer, wave *store.LiveWave, e *survey.Element) string {
	label, _ := e.Label.In(readingOrder(words, wave.Version.Survey)...)
	if label == "" {
		return e.Name
	}
	return charts.Plain(label)
}
