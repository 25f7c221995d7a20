package server

import (
	"slices"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// apiIndex is the mean of several scales, between Lowest and Highest. Alpha is
// Cronbach's α of the whole wave, with two decimals, null in groups and where it is
// not computable.
type apiIndex struct {
	Mean    *float64 `json:"mean"`
	Low     *float64 `json:"low"`
	High    *float64 `json:"high"`
	Lowest  float64  `json:"lowest"`
	Highest float64  `json:"highest"`
	Items   int      `json:"items"`
	Alpha   *float64 `json:"alpha"`
}

// indexOf is the index that a figure is of, nil for any other figure.
func indexOf(figure analysis.Figure) *apiIndex {
	if figure.Kind != analysis.Score {
		return nil
	}
	index := &apiIndex{Mean: figure.Mean, Low: figure.MeanLow, High: figure.MeanHigh, Lowest: figure.Min, Highest: float64(figure.Max), Items: figure.Items}
	if figure.Consistency != nil {
		index.Alpha = figure.Consistency.Alpha
	}
	return index
}

// calculatedFigures are the whole wave's figures of calculated variables: of those
// among the names, of all where no names are given. They come with a release;
// asked for by name without one, they are refused.
func (s *Server) calculatedFigures(c echo.Context, wave *store.LiveWave, names []string) ([]analysis.Figure, error) {
	wanted := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return wave.Version.Element(name) != nil })
	if len(names) == 0 {
		for _, e := range wave.Calculated.Elements() {
			wanted = append(wanted, e.Name)
		}
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	for _, name := range wanted {
		if wave.Element(name) == nil && name != analysis.VariableQuality {
			return nil, failure.New(failure.Invalid, "error.query_"+string(analysis.UnknownVariable), "variable", name)
		}
	}
	explorer, err := s.desk.Office.Explorer(c.Request().Context(), wave)
	if len(names) == 0 && failure.CodeOf(err) == failure.Forbidden {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	answer, err := explorer.Query(analysis.Query{Questions: wanted})
	if err != nil {
		return nil, err
	}
	return answer.Groups[0].Figures, nil
}

// elementOfFigure is the question or variable that a figure is of. The flags of
// data quality go by their names here.
func elementOfFigure(wave *store.LiveWave, figure analysis.Figure) *survey.Element {
	if e := wave.Element(figure.Question); e != nil {
		return e
	}
	return survey.NewVariable(&survey.Node{Type: survey.SelectOne, Name: figure.Question}, nil)
}
