package server

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/export"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
)

// apiGroup is the figures of one group by which results are divided. Of a group
// that is not shown, n is null, refused says why and there are no questions.
type apiGroup struct {
	Values    [][]string    `json:"values" doc:"The categories of each variable of by; several stand joined. An empty one is what is not known."`
	N         *int          `json:"n"`
	Perturbed bool          `json:"perturbed,omitzero"`
	Refused   string        `json:"refused" enum:",too_few_left,left_out"`
	Questions []apiQuestion `json:"questions"`
}

// queryOf reads the conditions of a request: filter=VARIABLE:VALUE and
// by=VARIABLE, both repeatable.
func queryOf(filters, by []string) (analysis.Query, error) {
	var q analysis.Query
	for _, one := range filters {
		variable, value, found := strings.Cut(one, ":")
		if !found || variable == "" {
			return q, failure.New(failure.Invalid, "error.query_filter", "filter", one)
		}
		q.Filters = append(q.Filters, analysis.Condition{Variable: variable, Value: value})
	}
	for _, one := range by {
		if one != "" {
			q.By = append(q.By, one)
		}
	}
	return q, nil
}

// switched reads a parameter that is on or off.
func switched(query url.Values, name string) (bool, error) {
	switch asked := query.Get(name); asked {
	case "", "off":
		return false, nil
	case "on":
		return true, nil
	default:
		return false, failure.New(failure.Invalid, "error.query_switch", "name", name, "value", asked)
	}
}

// explored answers a query about groups of a wave: the figures of the group that
// the filters leave, and those of the groups that it is divided into.
func (s *Server) explored(ctx context.Context, wave *store.LiveWave, q analysis.Query) (whole, divided analysis.Answer, err error) {
	explorer, err := s.desk.Office.Explorer(ctx, wave)
	if err != nil {
		return whole, divided, err
	}
	whole, err = explorer.Query(analysis.Query{Filters: q.Filters, Questions: q.Questions, Weighted: q.Weighted})
	if err != nil || len(q.By) == 0 {
		return whole, divided, err
	}
	divided, err = explorer.Query(q)
	return whole, divided, err
}

// addGroups puts what a query gives into the answer.
func (a *apiResults) addGroups(wave *store.LiveWave, whole, divided analysis.Answer, languages []string) {
	first := whole.Groups[0]
	a.N, a.Perturbed = first.N, first.Perturbed
	a.Questions = questionsOfGroup(wave, first, languages)
	a.Joined = append(append([][]string{}, whole.Joined...), divided.Joined...) // there, be it empty
	for _, group := range divided.Groups {
		one := apiGroup{Values: group.Values, Refused: string(group.Refused), Questions: []apiQuestion{}}
		if group.Refused == analysis.NotRefused {
			one.N, one.Perturbed, one.Questions = group.N, group.Perturbed, questionsOfGroup(wave, group, languages)
		}
		a.Groups = append(a.Groups, one)
	}
	for _, test := range divided.Tests {
		a.Tests = append(a.Tests, apiTest{test.Question, test.Choice, test.Method, test.Permuted, test.P, test.Adjusted, test.Measure, test.Effect, test.Approximate, test.Groups})
	}
}

// apiTest says whether the groups differ in a question.
type apiTest struct {
	Question    string  `json:"question"`
	Choice      string  `json:"choice" doc:"The choice that is tested as yes or no, of questions with several; else empty."`
	Method      string  `json:"method" enum:"pearson,fisher,mann_whitney,kruskal_wallis,jonckheere_terpstra,rao_scott,lumley_scott"`
	Permuted    bool    `json:"permuted" doc:"Tells that p rests on random tables with the same margins."`
	P           float64 `json:"p"`
	PAdjusted   float64 `json:"p_adjusted" doc:"p within the family of all questions of the wave by the same groups (Benjamini and Hochberg)."`
	Measure     string  `json:"measure" enum:"cramers_v,cliffs_delta,epsilon_squared,kendalls_tau"`
	Effect      float64 `json:"effect"`
	Approximate bool    `json:"approximate" doc:"Tells that figures were perturbed, or that the spread between institutions is that of the whole wave."`
	Groups      int     `json:"groups" doc:"How many groups were compared; those not shown are left out."`
}

// questionsOfGroup are a group's figures. One that shows nothing belongs to where
// its group does.
func questionsOfGroup(wave *store.LiveWave, group analysis.Group, languages []string) []apiQuestion {
	questions := apiQuestionsOf(wave, group.Figures, languages)
	for i := range questions {
		questions[i].Perturbed = questions[i].Perturbed || questions[i].Base == nil && group.Perturbed
	}
	return questions
}

func apiQuestionsOf(wave *store.LiveWave, figures []analysis.Figure, languages []string) []apiQuestion {
	questions := make([]apiQuestion, len(figures))
	for i, figure := range figures {
		questions[i] = apiQuestionOf(wave, figure, languages)
	}
	return questions
}

// sendResultsFile sends the same answer as a table: a row for each choice of each
// question of each group. What is hidden is empty.
func (s *Server) sendResultsFile(c echo.Context, answer apiResults, by []string) error {
	head := append([]string{}, by...)
	head = append(head, "n", "question", "question_label", "base", "choice", "choice_label", "count", "share", "low", "high", "perturbed", "suppressed", "together", "mean", "n_eff")
	c.Response().Header().Set("Cache-Control", "no-store")
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+answer.Wave+`-results.csv"`)
	c.Response().Header().Set(echo.HeaderContentType, "text/csv; charset=utf-8")
	c.Response().WriteHeader(http.StatusOK)
	list := export.NewList(c.Response(), head...)
	row := func(values [][]string, n *int, question apiQuestion, cells ...string) {
		first := make([]string, len(by), len(head))
		for i := range min(len(by), len(values)) {
			first[i] = strings.Join(values[i], " | ")
		}
		first = append(first, intText(n), question.Name, question.Label, intText(question.Base))
		_ = list.Row(append(first, cells...)...) // Flush tells
	}
	add := func(values [][]string, n *int, questions []apiQuestion) {
		for _, question := range questions {
			perturbed, together := strconv.FormatBool(question.Perturbed), answer.togetherText(question)
			for _, choice := range question.Choices {
				row(values, n, question, choice.Name, choice.Label, intText(choice.Count), shareText(choice.Share), shareText(choice.Low), shareText(choice.High),
					perturbed, strconv.FormatBool(choice.Suppressed), together, "", shareText(question.Effective))
			}
			if index := question.Index; index != nil {
				row(values, n, question, "", "", "", "", shareText(index.Low), shareText(index.High),
					perturbed, strconv.FormatBool(index.Mean == nil), together, shareText(index.Mean), shareText(question.Effective))
			}
		}
	}
	if len(by) == 0 {
		add(nil, answer.N, answer.Questions)
	}
	for _, group := range answer.Groups {
		add(group.Values, group.N, group.Questions)
	}
	return list.Flush()
}

// togetherText names the groups that a question's figures are of where they are
// shown of several only together: else their rows would be counted twice.
func (a *apiResults) togetherText(question apiQuestion) string {
	names := make([]string, len(question.Together))
	for i, at := range question.Together {
		values := make([]string, len(a.Groups[at].Values))
		for j, list := range a.Groups[at].Values {
			values[j] = strings.Join(list, " | ")
		}
		names[i] = strings.Join(values, " / ")
	}
	return strings.Join(names, " + ")
}

func intText(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

func shareText(share *float64) string {
	if share == nil {
		return ""
	}
	return strconv.FormatFloat(*share, 'f', -1, 64)
}

// languagesOf are the languages in which labels are looked for, first choice
// first.
func (s *Server) languagesOf(c echo.Context, wave *store.LiveWave) []string {
	languages := readingOrder(s.deskWords(c), wave.Version.Survey)
	if asked := c.QueryParam("lang"); asked != "" {
		languages = append(i18n.Chain(asked), languages...)
	}
	return languages
}
