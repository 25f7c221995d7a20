package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// understandingPage sorts the statements of a wave by how groups stand to them
// (METHODS 7): what to talk about in a workshop, also on paper.
type understandingPage struct {
	*waveFrame
	By       choiceOf
	Divided  string // by what, in words
	Problem  string
	Sections []understandingSection
	Explore  string
}

// understandingSection are the statements with one verdict.
type understandingSection struct {
	Title, Text string
	Statements  []understandingStatement
}

type understandingStatement struct {
	Title     string
	Chart     *resultsFigure // nil when nothing may be drawn
	Rows      [][]string     // group, base, mean, consensus
	Contested []string       // pairs of groups in words
	About     bool
}

// verdicts in the order in which a workshop looks at them.
func verdicts() []analysis.Verdict {
	return []analysis.Verdict{analysis.StatementContested, analysis.StatementSplit, analysis.SharedAgreement, analysis.SharedRejection,
		analysis.StatementUnclear, analysis.StatementOpen}
}

// understanding shows the statements.
func (s *Server) understanding(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	page := &understandingPage{waveFrame: s.waveFrame(c, wave, "understanding.title")}
	page.Explore = "/manage/waves/" + wave.Slug + "/explore" + page.Query
	by := c.QueryParam("by")
	if by == "" {
		by = wave.Divided()[0]
	}
	page.Divided = s.variableName(page.Localizer, wave, by)
	page.By = choiceOf{option{"", "", false}, chosenOf(s.divisions(page.waveFrame, wave), by)}
	questions := statementsOf(wave)
	if len(questions) == 0 {
		page.Problem = page.T("understanding.none")
		return s.page(c, http.StatusOK, "desk-understanding", page)
	}
	_, divided, err := s.explored(c.Request().Context(), wave, analysis.Query{By: []string{by}, Questions: questions})
	if err != nil {
		failed := failure.As(err)
		if failed == nil || failed.Code != failure.Invalid && failed.Code != failure.Forbidden {
			return err
		}
		page.Problem = sentence(page.Localizer, failed)
		status := http.StatusUnprocessableEntity
		if failed.Code == failure.Forbidden {
			status = http.StatusForbidden
		}
		return s.page(c, status, "desk-understanding", page)
	}
	page.sort(s, wave, by, divided.Groups, analysis.Statements(divided.Groups, questions))
	return s.page(c, http.StatusOK, "desk-understanding", page)
}

// statementsOf are the scales that ask for agreement.
func statementsOf(wave *store.LiveWave) (names []string) {
	for _, element := range wave.Version.Elements {
		if element.Measures != nil && element.Measures.As == survey.Consensus && element.Scale > 0 && wave.Schema.Shows(element) {
			names = append(names, element.Name)
		}
	}
	return names
}

// divisions are the variables that make groups.
func (s *Server) divisions(f *waveFrame, wave *store.LiveWave) []optionGroup {
	carried := optionGroup{Label: f.T("explore.carried")}
	for _, one := range s.carriedVariables(f, wave) {
		carried.Options = append(carried.Options, option{Value: one.variable, Label: one.Label})
	}
	answers := optionGroup{Label: f.T("explore.answers")}
	for _, element := range wave.Version.Elements {
		if wave.Schema.Divides(element) && element.Type == survey.SelectOne {
			answers.Options = append(answers.Options, option{Value: element.Name, Label: s.elementName(f.Localizer, wave, element)})
		}
	}
	return []optionGroup{carried, answers}
}

// sort puts the statements into sections.
func (p *understandingPage) sort(s *Server, wave *store.LiveWave, by string, groups []analysis.Group, statements []analysis.Statement) {
	for _, verdict := range verdicts() {
		section := understandingSection{Title: p.T("understanding.verdict." + string(verdict)), Text: p.T("understanding.meaning." + string(verdict))}
		for _, one := range statements {
			if one.Verdict == verdict {
				section.Statements = append(section.Statements, p.statement(s, wave, by, groups, one))
			}
		}
		if len(section.Statements) > 0 {
			p.Sections = append(p.Sections, section)
		}
	}
}

// statement is one statement with its picture, which the explorer draws.
func (p *understandingPage) statement(s *Server, wave *store.LiveWave, by string, groups []analysis.Group, one analysis.Statement) understandingStatement {
	element := wave.Version.Element(one.Question)
	shown := understandingStatement{Title: s.elementName(p.Localizer, wave, element), About: one.Approximate}
	e := &exploration{wave: wave, element: element, query: analysis.Query{By: []string{by}}, layout: charts.Stacks,
		divided: analysis.Answer{Groups: groups}}
	figure, _ := s.explorePictured(e.of(element), p.Localizer).figure(p.Localizer, url.Values{"question": {one.Question}, "by": {by}, "as": {string(charts.Stacks)}})
	if figure.Drawn() {
		shown.Chart = &figure
	}
	names := make([]string, len(one.Groups))
	for i, group := range one.Groups {
		names[i] = p.groupNames(s, wave, by, groups, group)
		about := ""
		if group.Figure.Perturbed {
			about = "≈ "
		}
		shown.Rows = append(shown.Rows, []string{names[i], about + p.Number(float64(*group.Figure.Base), 0),
			about + p.estimate(*group.Figure.Mean, group.Figure.MeanLow, group.Figure.MeanHigh, 1),
			about + p.estimate(group.Consensus.Value, group.Consensus.Low, group.Consensus.High, 2)})
	}
	for _, pair := range one.Contested {
		shown.Contested = append(shown.Contested, p.T("understanding.pair", "first", names[pair[0]], "last", names[pair[1]]))
	}
	return shown
}

// groupNames names the groups that stand together.
func (p *understandingPage) groupNames(s *Server, wave *store.LiveWave, by string, groups []analysis.Group, one analysis.StatementGroup) string {
	var values []string
	for _, place := range one.Places {
		for _, value := range groups[place].Values[0] {
			if !slices.Contains(values, value) {
				values = append(values, value)
			}
		}
	}
	return strings.TrimSpace(s.groupName(p.Localizer, wave, by, values))
}

// estimate writes a number with its interval.
func (p *understandingPage) estimate(value float64, low, high *float64, decimals int) string {
	text := p.Number(value, decimals)
	if low == nil || high == nil {
		return text
	}
	return text + " (" + p.T("charts.interval", "low", p.Number(*low, decimals), "high", p.Number(*high, decimals)) + ")"
}
