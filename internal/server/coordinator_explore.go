package server

import (
	"cmp"
	"context"
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
	weights := route{method: http.MethodGet, path: "/manage/waves/:slug/weights", permission: account.ReadResults, about: s.aboutWave, handler: s.desk.csrf(s.weights)}
	compare := func(path string, handler echo.HandlerFunc) route {
		return route{method: http.MethodGet, path: "/manage/waves/:slug/compare" + path, permission: account.ReadResults, about: s.aboutWave, handler: handler}
	}
	return []route{get("", s.desk.csrf(s.explore)), get("/:picture", s.explorePicture), weights,
		compare("", s.desk.csrf(s.compare)), compare("/:picture", s.comparePicture),
		{method: http.MethodGet, path: "/manage/waves/:slug/understanding", permission: account.ReadResults, about: s.aboutWave, handler: s.desk.csrf(s.understanding)}}
}

type explorePage struct {
	*waveFrame
	Questions []optionGroup
	By        [2]choiceOf // the variables to divide by
	Filters   [2]choiceOf
	Layouts   []option
	Weighted  bool
	Problem   string
	Release   string // address where figures are released, "" where nobody here may or need
	N         string // how many the figures rest on, in words
	Joined    []string
	// Understanding is the address where the wave's statements are sorted, "" when
	// it has none.
	Understanding string
	Looks         []exploreLook
}

// exploreLook is one question's figures.
type exploreLook struct {
	resultsFigure
	Consensus []string
	Tests     *exploreTests
	Files     []waveLink // to download
	Report    string     // address by which it goes into a report, "" for who may not write one
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
	all      []*survey.Element // of a whole section; the element first
	section  string            // the section's name, "" for one question
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
	e, wrong := s.exploration(c.Request().Context(), wave, c.QueryParams(), s.deskWords(c))
	page := &explorePage{waveFrame: f}
	if e == nil {
		return wrong
	}
	page.choose(s, e)
	if len(statementsOf(wave)) > 0 {
		page.Understanding = "/manage/waves/" + wave.Slug + "/understanding" + f.Query
	}
	if wrong != nil {
		failed := failure.As(wrong)
		if failed == nil || failed.Code != failure.Invalid && failed.Code != failure.Forbidden {
			return wrong
		}
		page.Problem = sentence(f.Localizer, failed)
		user, _ := visitor(c)
		nothing := failed.Key == "error.query_"+string(analysis.NothingReleased)
		if nothing && wave.Living() && user.May(account.ManageWaves, subjectOf(wave), s.desk.Areas.Contains) {
			page.Release = "/manage/waves/" + wave.Slug + "/release" + f.Query
		}
		status := http.StatusUnprocessableEntity
		if failed.Code == failure.Forbidden {
			status = http.StatusForbidden
		}
		return s.page(c, status, "desk-explore", page)
	}
	page.show(s, e, c.QueryParams())
	page.offerReports(s, c, e)
	return s.page(c, http.StatusOK, "desk-explore", page)
}

// exploration reads an address and asks for its figures. It returns what was
// asked also where that is refused.
func (s *Server) exploration(ctx context.Context, wave *store.LiveWave, asked url.Values, words *i18n.Localizer) (*exploration, error) {
	explorer, err := s.desk.Office.Explorer(ctx, wave)
	if err != nil && failure.CodeOf(err) != failure.Forbidden {
		return nil, err
	}
	e := &exploration{wave: wave, explorer: explorer, layout: charts.Layout(asked.Get("as"))}
	if err := e.ask(s, asked.Get("question"), words); err != nil {
		return e, err
	}
	name := e.element.Name
	filters := slices.DeleteFunc(slices.Clone(asked["filter"]), func(one string) bool { return one == "" })
	query, err := queryOf(filters, asked["by"])
	query.Tests = len(query.By) > 0
	for _, element := range e.all {
		query.Questions = append(query.Questions, element.Name)
	}
	if e.pairs() {
		query.Questions = pairedQuestions(wave) // all of them in one chart
	}
	if err == nil {
		query.Weighted, err = switched(asked, "weights")
	}
	e.query = query
	if err != nil {
		return e, err
	}
	if len(query.Filters)+len(query.By) > 0 || query.Weighted || wave.Version.Element(name) == nil {
		e.whole, e.divided, err = s.explored(ctx, wave, query)
		return e, err
	}
	results, err := s.desk.Office.Results(ctx, wave)
	if err != nil {
		return e, err
	}
	shown := analysis.Group{N: results.N}
	for _, one := range results.Figures {
		if slices.Contains(query.Questions, one.Question) {
			shown.Figures = append(shown.Figures, one)
		}
	}
	if len(shown.Figures) == 0 {
		return e, failure.New(failure.Invalid, "error.query_"+string(analysis.UnknownVariable), "variable", name)
	}
	e.whole = analysis.Answer{K: results.K, Groups: []analysis.Group{shown}}
	return e, nil
}

// sectionPrefix stands before the name of a group of questions where all of them
// are looked at.
const sectionPrefix = "section:"

// ask finds what the address names: a question, a calculated variable, or all
// questions of a section.
func (e *exploration) ask(s *Server, name string, words *i18n.Localizer) error {
	if name == "" {
		name = firstAsked(e.wave)
	}
	if section, is := strings.CutPrefix(name, sectionPrefix); is {
		e.section, e.all = section, sectionOf(e.wave, section)
	} else if element := s.element(words, e.wave, name); element != nil {
		e.all = []*survey.Element{element}
	}
	if len(e.all) == 0 {
		return failure.New(failure.Invalid, "error.query_"+string(analysis.UnknownVariable), "variable", name)
	}
	e.element = e.all[0]
	return nil
}

// sectionOf are the questions with figures that stand in a group of the survey.
func sectionOf(wave *store.LiveWave, name string) (all []*survey.Element) {
	for _, element := range wave.Version.Elements {
		if element.Parent != nil && element.Parent.Name == name && wave.Schema.Shows(element) {
			all = append(all, element)
		}
	}
	return all
}

// of is the part of an exploration that one question is; importance and state of
// all items are one part.
func (e *exploration) of(element *survey.Element) *exploration {
	if e.pairs() {
		return e
	}
	only := func(answer analysis.Answer) analysis.Answer {
		answer.Groups = slices.Clone(answer.Groups)
		for i := range answer.Groups {
			figures := &answer.Groups[i].Figures
			*figures = slices.DeleteFunc(slices.Clone(*figures), func(f analysis.Figure) bool { return f.Question != element.Name })
		}
		answer.Tests = slices.DeleteFunc(slices.Clone(answer.Tests), func(test analysis.Test) bool { return test.Question != element.Name })
		return answer
	}
	one := *e
	one.element, one.all, one.whole, one.divided = element, []*survey.Element{element}, only(e.whole), only(e.divided)
	return &one
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
	lists, values, sections := p.questions(s, e)
	calculated, divides, classes := s.calculatedChoices(p.Localizer, e.wave, e.explorer, e.name())
	for _, group := range []optionGroup{{Label: p.T("explore.calculated"), Options: calculated}, sections} {
		if len(group.Options) > 0 {
			p.Questions = append(p.Questions, group)
		}
	}
	p.Weighted = e.query.Weighted
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

// questions lists the questions under their sections, and returns those that can
// divide, their values, and the sections that can be looked at as a whole.
func (p *explorePage) questions(s *Server, e *exploration) (lists []option, values []optionGroup, sections optionGroup) {
	languages := readingOrder(p.Localizer, e.wave.Version.Survey)
	sections = optionGroup{Label: p.T("explore.sections")}
	var within *survey.Element
	for _, one := range e.wave.Version.Elements {
		if !e.wave.Schema.Shows(one) {
			continue
		}
		title := groupTitle(one.Parent, e.wave, p.Localizer)
		if len(p.Questions) == 0 || one.Parent != within {
			within = one.Parent
			p.Questions = append(p.Questions, optionGroup{Label: cmp.Or(title, p.T("explore.question"))})
			if title != "" && len(sectionOf(e.wave, within.Name)) > 1 {
				sections.Options = append(sections.Options, option{sectionPrefix + within.Name, charts.Plain(title), e.section == within.Name})
			}
		}
		label := s.elementName(p.Localizer, e.wave, one)
		last := &p.Questions[len(p.Questions)-1]
		last.Options = append(last.Options, option{one.Name, label, one == e.element && e.section == ""})
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
	return lists, values, sections
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
	for _, element := range e.all {
		p.Looks = append(p.Looks, p.look(s, e.of(element), asked))
	}
}

// offerReports leads from each question into a report.
func (p *explorePage) offerReports(s *Server, c echo.Context, e *exploration) {
	if !s.mayFor(c, account.ManageConcept, e.wave.Area) || e.explorer == nil {
		return
	}
	for i, element := range e.all {
		asked := url.Values{"question": {element.Name}}
		for _, name := range exploreParameters()[1:] {
			asked[name] = c.QueryParams()[name]
		}
		p.Looks[i].Report = with(reportPages+"/add"+p.Query, "address", "/manage/waves/"+e.wave.Slug+"/explore?"+asked.Encode())
	}
}

// look shows one question.
func (p *explorePage) look(s *Server, e *exploration, asked url.Values) (look exploreLook) {
	query := url.Values{"question": {e.element.Name}}
	for _, name := range []string{"by", "filter", "as", "weights"} {
		for _, value := range asked[name] {
			if value != "" {
				query.Add(name, value)
			}
		}
	}
	look.Consensus, look.Tests = s.consensus(e, p.Localizer), s.exploreTests(e, p.Localizer)
	look.resultsFigure, look.Files = s.explorePictured(e, p.Localizer).figure(p.Localizer, query)
	return look
}

// explorePictured is what is looked at as a chart with its files.
func (s *Server) explorePictured(e *exploration, words *i18n.Localizer) *pictured {
	return &pictured{wave: e.wave, address: "/manage/waves/" + e.wave.Slug + "/explore", name: e.wave.Slug + "-" + e.element.Name,
		chart: func(width charts.Option) charts.Chart { return s.exploreChart(e, words, width) }}
}

// explorePicture sends what the page shows as a file.
func (s *Server) explorePicture(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	e, err := s.exploration(c.Request().Context(), wave, c.QueryParams(), s.deskWords(c))
	if err != nil {
		return err
	}
	return s.sendPicture(c, s.explorePictured(e, s.deskWords(c)))
}
