package server

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// exploreRoutes lists the pages on which figures of groups are looked for. What
// is looked at stands in the address.
func (s *Server) exploreRoutes() []route {
	get := func(path string, handler echo.HandlerFunc) route {
		return route{method: http.MethodGet, path: "/manage/waves/:slug/explore" + path, permission: account.ReadResults, about: s.aboutWave, handler: handler}
	}
	return []route{get("", s.desk.csrf(s.explore)), get("/:picture", s.explorePicture)}
}

type explorePage struct {
	*waveFrame
	Questions []option
	By        [2]choiceOf // the variables to divide by
	Filters   [2]choiceOf
	Layouts   []option
	Problem   string
	Release   string // address where figures are released, "" where nobody here may or need
	N         string // how many the figures rest on, in words
	Joined    []string
	Figure    *resultsFigure
	Files     []waveLink // to download
}

// choiceOf is a list of choices under headings.
type choiceOf struct {
	None   option
	Groups []optionGroup
}

// exploration is what is looked at.
type exploration struct {
	wave     *store.LiveWave
	explorer *analysis.Explorer // nil without a release
	element  *survey.Element
	query    analysis.Query
	layout   charts.Layout
	whole    analysis.Answer
	divided  analysis.Answer
}

// name is that of the question looked at, "" where there is none such.
func (e *exploration) name() string {
	if e.element == nil {
		return ""
	}
	return e.element.Name
}

// explore shows one question of a wave, filtered and divided as the address says.
func (s *Server) explore(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	f := s.waveFrame(c, wave, "explore.title")
	e, wrong := s.exploration(c, wave)
	page := &explorePage{waveFrame: f}
	if e == nil {
		return wrong
	}
	page.choose(s, e)
	if wrong != nil {
		failed := failure.As(wrong)
		if failed == nil || failed.Code != failure.Invalid && failed.Code != failure.Forbidden {
			return wrong
		}
		page.Problem = sentence(f.Localizer, failed)
		user, _ := visitor(c)
		if wave.Living() && user.May(account.ManageWaves, subjectOf(wave), s.desk.Areas.Contains) {
			page.Release = "/manage/waves/" + wave.Slug + "/release" + f.Query
		}
		status := http.StatusUnprocessableEntity
		if failed.Code == failure.Forbidden {
			status = http.StatusForbidden
		}
		return s.page(c, status, "desk-explore", page)
	}
	page.show(s, e, c.QueryParams())
	return s.page(c, http.StatusOK, "desk-explore", page)
}

// exploration reads the address and asks for its figures. It returns what was
// asked also where that is refused.
func (s *Server) exploration(c echo.Context, wave *store.LiveWave) (*exploration, error) {
	asked := c.QueryParams()
	explorer, err := s.desk.Office.Explorer(c.Request().Context(), wave)
	if err != nil && failure.CodeOf(err) != failure.Forbidden {
		return nil, err
	}
	e := &exploration{wave: wave, explorer: explorer, layout: charts.Layout(asked.Get("as"))}
	name := asked.Get("question")
	if name == "" {
		name = firstAsked(wave)
	}
	if e.element = s.element(s.deskWords(c), wave, name); e.element == nil {
		return e, failure.New(failure.Invalid, "error.query_"+string(analysis.UnknownVariable), "variable", name)
	}
	filters := slices.DeleteFunc(slices.Clone(asked["filter"]), func(one string) bool { return one == "" })
	query, err := queryOf(filters, asked["by"])
	query.Questions = []string{name}
	e.query = query
	if err != nil {
		return e, err
	}
	if len(query.Filters)+len(query.By) > 0 || wave.Version.Element(name) == nil {
		e.whole, e.divided, err = s.explored(c, wave, query)
		return e, err
	}
	results, err := s.desk.Office.Results(c.Request().Context(), wave)
	if err != nil {
		return e, err
	}
	at := slices.IndexFunc(results.Figures, func(one analysis.Figure) bool { return one.Question == name })
	if at < 0 {
		return e, failure.New(failure.Invalid, "error.query_"+string(analysis.UnknownVariable), "variable", name)
	}
	e.whole = analysis.Answer{K: results.K, Groups: []analysis.Group{{N: results.N, Figures: results.Figures[at : at+1]}}}
	return e, nil
}

// firstAsked is the first question of which there are figures.
func firstAsked(wave *store.LiveWave) string {
	for _, e := range wave.Version.Elements {
		if wave.Schema.Shows(e) {
			return e.Name
		}
	}
	return ""
}

// choose fills the form.
func (p *explorePage) choose(s *Server, e *exploration) {
	languages := readingOrder(p.Localizer, e.wave.Version.Survey)
	var questions, lists []option
	var values []optionGroup
	for _, one := range e.wave.Version.Elements {
		if !e.wave.Schema.Shows(one) {
			continue
		}
		label, _ := one.Label.In(languages...)
		label = charts.Plain(label)
		questions = append(questions, option{one.Name, label, one == e.element})
		if !e.wave.Schema.Divides(one) {
			continue
		}
		lists = append(lists, option{Value: one.Name, Label: label})
		group := optionGroup{Label: label}
		for _, choice := range one.Choices.Choices {
			text, _ := choice.Label.In(languages...)
			group.Options = append(group.Options, option{Value: one.Name + ":" + choice.Name, Label: charts.Plain(text)})
		}
		values = append(values, group)
	}
	calculated, divides, classes := s.calculatedChoices(p.Localizer, e.wave, e.explorer, e.name())
	p.Questions = append(questions, calculated...)
	carried := s.carriedVariables(p.waveFrame, e.wave)
	variables := optionGroup{Label: p.T("explore.carried")}
	for _, one := range carried {
		variables.Options = append(variables.Options, option{Value: one.variable, Label: one.Label})
	}
	by := []optionGroup{variables, {Label: p.T("explore.answers"), Options: lists}, {Label: p.T("explore.calculated"), Options: divides}}
	var filters []optionGroup
	for _, one := range carried {
		filters = append(filters, one.optionGroup)
	}
	filters = append(append(filters, values...), classes...)
	for i := range p.By {
		variable, condition := "", ""
		if i < len(e.query.By) {
			variable = e.query.By[i]
		}
		if i < len(e.query.Filters) {
			condition = e.query.Filters[i].Variable + ":" + e.query.Filters[i].Value
		}
		p.By[i] = choiceOf{option{"", p.T("explore.by_none"), variable == ""}, chosenOf(by, variable)}
		p.Filters[i] = choiceOf{option{"", p.T("explore.filter_none"), condition == ""}, chosenOf(filters, condition)}
	}
}

// chosenOf marks what is chosen.
func chosenOf(groups []optionGroup, chosen string) []optionGroup {
	marked := make([]optionGroup, 0, len(groups))
	for _, group := range groups {
		group.Options = slices.Clone(group.Options)
		for i := range group.Options {
			group.Options[i].Chosen = group.Options[i].Value == chosen
		}
		if len(group.Options) > 0 {
			marked = append(marked, group)
		}
	}
	return marked
}

// carriedVariable is a variable that is no question, with its values.
type carriedVariable struct {
	variable string
	optionGroup
}

func (s *Server) carriedVariables(f *waveFrame, wave *store.LiveWave) []carriedVariable {
	areas := carriedVariable{analysis.VariableArea, optionGroup{Label: f.T("waves.setting.area")}}
	for _, area := range s.partsOf(wave) {
		areas.Options = append(areas.Options, option{Value: "area:" + area.Key, Label: s.areaPath(area)})
	}
	types := carriedVariable{analysis.VariableInstitutionType, optionGroup{Label: f.T("waves.returns.by_type_head")}}
	for _, one := range s.desk.Types.All() {
		types.Options = append(types.Options, option{Value: "institution_type:" + one.Slug, Label: one.Label})
	}
	languages := carriedVariable{analysis.VariableLanguage, optionGroup{Label: f.T("explore.language")}}
	for _, tag := range offered(wave) {
		languages.Options = append(languages.Options, option{Value: "language:" + tag, Label: i18n.NativeName(tag)})
	}
	return []carriedVariable{areas, types, languages}
}

// show fills the page with what was found.
func (p *explorePage) show(s *Server, e *exploration, asked url.Values) {
	first := e.whole.Groups[0]
	p.N = p.T("desk.results.too_few", "k", p.Number(float64(e.whole.K), 0))
	if first.N != nil {
		p.N = p.Localizer.N("desk.results.n", *first.N)
		if first.Perturbed {
			p.N = "≈ " + p.N
		}
	}
	for _, names := range append(e.whole.Joined, e.divided.Joined...) {
		p.Joined = append(p.Joined, s.joinedName(p.Localizer, e, names))
	}
	for _, layout := range e.layouts(s, p.Localizer) {
		p.Layouts = append(p.Layouts, option{string(layout), p.T("explore.layout." + string(layout)), layout == e.layout})
	}
	chart := s.exploreChart(e, p.Localizer, charts.Width(charts.DefaultWidth))
	figure := resultsFigure{Chart: chart}
	query := url.Values{}
	for _, name := range []string{"question", "by", "filter", "as"} {
		for _, value := range asked[name] {
			if value != "" {
				query.Add(name, value)
			}
		}
	}
	query.Set("lang", p.Localizer.Language())
	file := func(name string) string {
		return "/manage/waves/" + e.wave.Slug + "/explore/" + name + "?" + query.Encode()
	}
	if chart.Drawn() {
		narrow := s.exploreChart(e, p.Localizer, charts.Width(charts.Narrow))
		address := func(name string) template.URL { return template.URL(file(name)) } //nolint:gosec // encoded above
		figure.Wide = drawnChart{chart.Width, chart.Height, "", address("wide.svg"), address("wide.dark.svg")}
		figure.Narrow = drawnChart{narrow.Width, narrow.Height, "", address("narrow.svg"), address("narrow.dark.svg")}
		for _, one := range []string{"wide.svg", "chart.png", "slide.png"} {
			p.Files = append(p.Files, waveLink{Address: file(one), Name: p.T("explore.file." + strings.TrimSuffix(strings.ReplaceAll(one, ".", "_"), "_"))})
		}
	}
	p.Files = append(p.Files, waveLink{Address: file("figures.csv"), Name: p.T("explore.file.figures_csv")})
	p.Figure = &figure
}
