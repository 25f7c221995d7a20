package server

import (
	"encoding/json"
	"reflect"
	"slices"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// apiResults is the answer of /api/v1/waves/{slug}/results. A hidden figure is
// null and leaves nothing of itself behind.
type apiResults struct {
	Wave            string        `json:"wave"`
	Survey          string        `json:"survey"`
	Version         string        `json:"version"`
	N               *int          `json:"n"`
	Perturbed       bool          `json:"perturbed,omitzero" doc:"Tells that n was changed at random, as the group is none of the exact ones."`
	SuppressedBelow int           `json:"suppressed_below"`
	Questions       []apiQuestion `json:"questions"`
	Joined          [][]string    `json:"joined,omitzero" doc:"Categories that stand together, as they are too few for themselves."`
	Groups          []apiGroup    `json:"groups,omitzero" doc:"The groups by which the figures are divided; missing without by."`
	Tests           []apiTest     `json:"tests,omitzero" doc:"Tests of the groups' differences; missing where none were asked for or can be made."`
}

type apiQuestion struct {
	Name  string      `json:"name"`
	Type  survey.Type `json:"type"`
	Label string      `json:"label"`
	Base  *int        `json:"base"`
	// Perturbed tells that every number of the question was changed at random, as
	// the group is none of the exact ones.
	Perturbed bool `json:"perturbed,omitzero"`
	// Together are, of a group's question, the places of all groups that its
	// figures are of, where they are shown of several only together.
	Together []int `json:"together,omitzero"`
	// Weighted tells that shares are weighted; they are null then where cells are
	// hidden. Effective is the effective size of the base.
	Weighted  bool        `json:"weighted,omitzero"`
	Effective *float64    `json:"n_eff,omitzero"`
	Choices   []apiChoice `json:"choices"`
	Index     *apiIndex   `json:"index,omitzero" doc:"Of a calculated variable that is the mean of several scales, instead of choices."`
}

// apiChoice is a choice, or a class of numbers ("10..19"), months ("2026-03",
// "2025..2026") or hours ("08:00..09:59"). Share and bounds are 0–1 and
// unrounded. Of orders of choices they say who put the choice first.
type apiChoice struct {
	Name       string   `json:"name"`
	Label      string   `json:"label"`
	Count      *int     `json:"count"`
	Share      *float64 `json:"share"`
	Low        *float64 `json:"low"`
	High       *float64 `json:"high"`
	Suppressed bool     `json:"suppressed"`
	// Order is missing of everything but orders, and null where it is hidden.
	Order apiPlacing `json:"order,omitzero"`
}

// apiPlacing is an order, null where it is hidden; the zero value is left out.
type apiPlacing struct {
	asked bool
	order *apiOrder
}

// MarshalJSON writes the order.
func (p apiPlacing) MarshalJSON() ([]byte, error) { return json.Marshal(p.order) }

func (apiPlacing) describe(known *schemas) *schema {
	return orNull(known.of(reflect.TypeFor[apiOrder]()))
}

// apiOrder is where a choice stands in the orders that hold it: its mean place,
// 1 for the first, and how many put it first, second and so on.
type apiOrder struct {
	Base   int      `json:"base"`
	Mean   float64  `json:"mean"`
	Low    *float64 `json:"low"`
	High   *float64 `json:"high"`
	Places []int    `json:"places"`
}

// orderOf is the order of a choice as the interface writes it.
func orderOf(figure analysis.Figure, cell analysis.Cell) apiPlacing {
	switch {
	case figure.Kind != analysis.Order:
		return apiPlacing{}
	case cell.Placing == nil:
		return apiPlacing{asked: true}
	}
	p := cell.Placing
	return apiPlacing{true, &apiOrder{p.Base, p.Mean, p.Low, p.High, p.Ranks}}
}

// resultsOperation describes the figures of a wave.
func (s *Server) resultsOperation() operation {
	o := s.waveOperation("", "/results", "readResults", "The figures of a wave and of its groups, after disclosure control", account.ReadResults, account.ResultsScope)
	o.room = "Results"
	o.query = []queryParameter{
		listParameter("filter", "A condition as VARIABLE:VALUE; variables are language, area, institution_type, every question with choices, the wave's calculated variables (recodes and bands), tags_QUESTION (what coders say of the free texts of a question), and quality, of which the values are none, speeder, straight_liner and both. Filters and by together are at most two, and need a release.", 2),
		listParameter("by", "A variable by whose categories the figures are divided: the same as in filter.", 2),
		listParameter("question", "A question or calculated variable to show; all without any. Calculated variables need a release.", 500),
		textParameter("weights", "Whether shares are weighted by the parts of the population; off without.", "on", "off"),
		textParameter("tests", "Whether the differences between the groups of by are tested; off without.", "on", "off"),
		textParameter("format", "Kind of answer; json without.", "json", "csv"),
	}
	o.sends = []string{"text/csv"}
	o = reads(o, s.apiResults)
	asJSON := o.run
	o.run = func(c echo.Context) error {
		if c.QueryParam("format") != "csv" {
			return asJSON(c)
		}
		answer, err := s.apiResults(c)
		if err != nil {
			return err
		}
		return s.sendResultsFile(c, answer, c.QueryParams()["by"])
	}
	return o
}

// apiResults answers with the whole wave's figures, or with those of groups.
func (s *Server) apiResults(c echo.Context) (apiResults, error) {
	asked := c.QueryParams()
	q, err := queryOf(asked["filter"], asked["by"])
	if err != nil {
		return apiResults{}, err
	}
	q.Questions = asked["question"]
	if q.Weighted, err = switched(c.QueryParams(), "weights"); err != nil {
		return apiResults{}, err
	}
	if q.Tests, err = switched(c.QueryParams(), "tests"); err != nil {
		return apiResults{}, err
	}
	wave, results, err := s.figures(c)
	if err != nil {
		return apiResults{}, err
	}
	languages := s.languagesOf(c, wave)
	answer := apiResults{Wave: wave.Slug, Survey: wave.SurveyID, Version: wave.Version.Version, N: results.N,
		SuppressedBelow: results.K}
	if len(q.Filters)+len(q.By) > 0 || q.Weighted {
		whole, divided, err := s.explored(c.Request().Context(), wave, q)
		if err != nil {
			return apiResults{}, err
		}
		answer.addGroups(wave, whole, divided, languages)
		return answer, nil
	}
	for _, name := range q.Questions {
		if wave.Version.Element(name) != nil && !slices.ContainsFunc(results.Figures, func(one analysis.Figure) bool { return one.Question == name }) {
			return apiResults{}, failure.New(failure.Invalid, "error.query_"+string(analysis.UnknownVariable), "variable", name)
		}
	}
	calculated, err := s.calculatedFigures(c, wave, q.Questions)
	if err != nil {
		return apiResults{}, err
	}
	figures := slices.DeleteFunc(slices.Clone(results.Figures), func(one analysis.Figure) bool {
		return len(q.Questions) > 0 && !slices.Contains(q.Questions, one.Question)
	})
	answer.Questions = apiQuestionsOf(wave, append(figures, calculated...), languages)
	return answer, nil
}

func apiQuestionOf(wave *store.LiveWave, figure analysis.Figure, languages []string) apiQuestion {
	element := elementOfFigure(wave, figure)
	label, _ := element.Label.In(languages...)
	question := apiQuestion{Name: figure.Question, Type: element.Type, Label: label, Base: figure.Base,
		Perturbed: figure.Perturbed, Together: figure.Together, Weighted: figure.Weighted, Effective: figure.Effective, Index: indexOf(figure),
		Choices: make([]apiChoice, 0, len(figure.Cells))}
	for _, cell := range figure.Cells {
		label := cell.Name
		if element.Range != nil && figure.Kind == analysis.Scale {
			if words, _ := element.Range.Label(cell.Name).In(languages...); words != "" {
				label += " (" + words + ")"
			}
		}
		if at := element.ChoiceIndex(cell.Name); element.Choices != nil && at >= 0 {
			label, _ = element.Choices.Choices[at].Label.In(languages...)
		}
		question.Choices = append(question.Choices, apiChoice{Name: cell.Name, Label: label, Count: cell.Count,
			Share: cell.Share, Low: cell.Low, High: cell.High, Suppressed: cell.Suppressed,
			Order: orderOf(figure, cell)})
	}
	return question
}
