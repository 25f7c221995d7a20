package server

import (
	"encoding/json"
	"reflect"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/i18n"
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
	SuppressedBelow int           `json:"suppressed_below"`
	Questions       []apiQuestion `json:"questions"`
}

type apiQuestion struct {
	Name    string      `json:"name"`
	Type    survey.Type `json:"type"`
	Label   string      `json:"label"`
	Base    *int        `json:"base"`
	Choices []apiChoice `json:"choices"`
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
	o := s.waveOperation("", "/results", "readResults", "The figures of the whole wave, after disclosure control", account.ReadResults, account.ResultsScope)
	o.room = "Results"
	return reads(o, s.apiResults)
}

// apiResults answers with the whole wave's figures.
func (s *Server) apiResults(c echo.Context) (apiResults, error) {
	wave, results, err := s.figures(c)
	if err != nil {
		return apiResults{}, err
	}
	languages := append(i18n.Chain(s.deskWords(c).Language()), wave.Version.Languages...)
	if asked := c.QueryParam("lang"); asked != "" {
		languages = append(i18n.Chain(asked), languages...)
	}
	answer := apiResults{Wave: wave.Slug, Survey: wave.SurveyID, Version: wave.Version.Version, N: results.N,
		SuppressedBelow: results.K, Questions: make([]apiQuestion, 0, len(results.Figures))}
	for _, figure := range results.Figures {
		answer.Questions = append(answer.Questions, apiQuestionOf(wave, figure, languages))
	}
	return answer, nil
}

func apiQuestionOf(wave *store.LiveWave, figure analysis.Figure, languages []string) apiQuestion {
	element := wave.Version.Element(figure.Question)
	label, _ := element.Label.In(languages...)
	question := apiQuestion{Name: figure.Question, Type: element.Type, Label: label, Base: figure.Base,
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
