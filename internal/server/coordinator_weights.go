package server

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
)

// weightsPage shows what a wave's weights are made of and what they reach.
type weightsPage struct {
	*waveFrame
	Problem string
	Effect  string // the design effect in words
	Notes   []string
	Empty   string // a sentence before the list of empty strata, "" for none
	Missing []string
	Margins []weightsMargin
	Parts   [][]string // name, answers, weight
	Back    string
}

type weightsMargin struct {
	Title string
	Rows  [][]string
}

// weights shows the weights of a wave's last release.
func (s *Server) weights(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	page := &weightsPage{waveFrame: s.waveFrame(c, wave, "weights.title")}
	page.Back = "/manage/waves/" + wave.Slug + "/explore" + page.Query
	explorer, err := s.desk.Office.Explorer(c.Request().Context(), wave)
	var weights analysis.Weights
	if err == nil {
		weights, err = explorer.Weights()
	}
	if err != nil {
		failed := failure.As(err)
		if failed == nil || failed.Code != failure.Invalid && failed.Code != failure.Forbidden {
			return err
		}
		page.Problem = sentence(page.Localizer, failed)
		return s.page(c, http.StatusOK, "desk-weights", page)
	}
	page.show(s, wave, weights)
	return s.page(c, http.StatusOK, "desk-weights", page)
}

func (p *weightsPage) show(s *Server, wave *store.LiveWave, weights analysis.Weights) {
	n := 0
	for _, part := range weights.Parts {
		n += part.N
		p.Parts = append(p.Parts, []string{s.partName(p.Localizer, wave, part), p.Number(float64(part.N), 0), p.Number(part.Weight, 2)})
	}
	p.Effect = p.T("weights.effect", "effect", p.Number(weights.Effect, 2), "n", p.Number(float64(n), 0), "effective", p.Number(float64(n)/weights.Effect, 0))
	if weights.High {
		p.Notes = append(p.Notes, p.T("weights.high"))
	}
	if weights.Raked {
		p.Notes = append(p.Notes, p.T("weights.raked"))
	}
	missing := 0.0
	for _, margin := range weights.Margins {
		missing = max(missing, margin.Unrepresented)
		title := "weights.margin"
		if margin.Variable != "" {
			title += "_" + margin.Variable
		}
		shown := weightsMargin{Title: p.T(title)}
		for _, row := range margin.Rows {
			names := make([]string, len(row.Strata))
			for i, stratum := range row.Strata {
				names[i] = s.stratumName(p.Localizer, wave, stratum)
			}
			shown.Rows = append(shown.Rows, []string{strings.Join(names, ", "), p.Number(float64(row.N), 0), p.Number(float64(row.Population), 0),
				p.Percent(row.Target, 1), p.Percent(row.Unweighted, 1), p.Percent(row.Reached, 1)})
		}
		p.Margins = append(p.Margins, shown)
	}
	for _, stratum := range weights.Empty {
		p.Missing = append(p.Missing, s.stratumName(p.Localizer, wave, stratum))
	}
	if len(p.Missing) > 0 {
		p.Empty = p.T("weights.empty", "share", p.Percent(missing, 1))
	}
}

// stratumName is what readers call a part of the population.
func (s *Server) stratumName(words *i18n.Localizer, wave *store.LiveWave, stratum analysis.Stratum) string {
	var names []string
	if stratum.Area != "" {
		names = append(names, s.valueName(words, wave, analysis.VariableArea, stratum.Area))
	}
	if stratum.InstitutionType != "" {
		names = append(names, s.valueName(words, wave, analysis.VariableInstitutionType, stratum.InstitutionType))
	}
	return strings.Join(names, " · ")
}

// partName names the places of a part.
func (s *Server) partName(words *i18n.Localizer, wave *store.LiveWave, part analysis.WeightedPart) string {
	named := func(variable string, values []string) string {
		names := make([]string, len(values))
		for i, value := range values {
			names[i] = words.T("weights.not_known")
			if value != "" {
				names[i] = s.valueName(words, wave, variable, value)
			}
		}
		return strings.Join(names, ", ")
	}
	areas, types := named(analysis.VariableArea, part.Areas), named(analysis.VariableInstitutionType, part.InstitutionTypes)
	divided := wave.Divided()
	switch {
	case len(divided) > 1:
		return areas + " · " + types
	case len(divided) == 1 && divided[0] == analysis.VariableInstitutionType:
		return types
	}
	return areas
}
