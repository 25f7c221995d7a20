package server

import (
	"context"
	"slices"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// comparison is two waves and what they have in common.
type comparison struct {
	first, last *store.LiveWave // the later one first, of different audiences the one whose page it is
	// audiences tells that different surveys are compared, by what their items
	// measure.
	audiences, weighted bool
	items               []comparedItem
	breaks              []*survey.Element
	// tests are how many differences p is adjusted for, groups between how many
	// waves they are.
	tests, groups int
}

// comparedItem is a question of the first wave and what became of it.
type comparedItem struct {
	element     *survey.Element
	contrast    analysis.Contrast
	differences []analysis.Difference
}

// compareWaves finds what two waves have in common and how it differs. Of two
// audiences the differences to further audiences are tested as well, since all
// pairs of audiences and items are one family (METHODS 7): looking through the
// pairs one by one must not make chance look like a finding. These are taken from
// readable, of which the visitor may read the figures.
func (s *Server) compareWaves(ctx context.Context, wave, other *store.LiveWave, readable []*store.LiveWave) (*comparison, error) {
	made := &comparison{first: wave, last: other, audiences: wave.SurveyID != other.SurveyID}
	if !made.audiences && wave.Opened < other.Opened {
		made.first, made.last = other, wave
	}
	waves := []*store.LiveWave{made.first, made.last}
	if made.audiences {
		waves = append(waves, otherAudiences(waves, readable)...)
	}
	sides := make([]comparedWave, len(waves))
	for at, one := range waves {
		var err error
		if sides[at], err = s.comparedWave(ctx, one); err != nil {
			return nil, err
		}
	}
	var contrasts []analysis.Contrast
	for i := range sides {
		for j := i + 1; j < len(sides); j++ {
			items, breaks, weighted := sides[i].beside(&sides[j], made.audiences)
			if i == 0 && j == 1 {
				made.items, made.breaks, made.weighted = items, breaks, weighted
			}
			for _, item := range items {
				contrasts = append(contrasts, item.contrast)
			}
		}
	}
	for at, differences := range analysis.Differences(contrasts) {
		if at < len(made.items) { // the pair that is shown comes first
			made.items[at].differences = differences
		}
		for _, d := range differences {
			if d.Adjusted != nil {
				made.tests++
			}
		}
	}
	made.groups = len(waves)
	return made, nil
}

// otherAudiences are the newest waves in the same area of each audience
// that the two have not.
func otherAudiences(two, readable []*store.LiveWave) (others []*store.LiveWave) {
	seen := map[string]int{}
	for _, one := range readable {
		audience := one.Version.Audience
		if one.Area != two[0].Area || audience == two[0].Version.Audience || audience == two[1].Version.Audience {
			continue
		}
		at, known := seen[audience]
		switch {
		case !known:
			seen[audience] = len(others)
			others = append(others, one)
		case others[at].Opened < one.Opened:
			others[at] = one
		}
	}
	return others
}

// comparedWave is a wave with the figures of all its respondents.
type comparedWave struct {
	wave     *store.LiveWave
	figures  []analysis.Figure
	weighted []analysis.Figure // nil where the wave has no weights
}

func (s *Server) comparedWave(ctx context.Context, wave *store.LiveWave) (one comparedWave, err error) {
	results, err := s.desk.Office.Results(ctx, wave)
	if err != nil {
		return one, err
	}
	one = comparedWave{wave: wave, figures: results.Figures}
	if explorer, err := s.desk.Office.Explorer(ctx, wave); err == nil { // else not released
		if answer, err := explorer.Query(analysis.Query{Weighted: true}); err == nil { // else without a population
			one.weighted = answer.Groups[0].Figures
		}
	}
	return one, nil
}

// beside puts the questions that two waves have in common side by side, weighted
// when both have weights (METHODS 11).
func (w *comparedWave) beside(other *comparedWave, audiences bool) (items []comparedItem, breaks []*survey.Element, weighted bool) {
	first, last := w.figures, other.figures
	if weighted = w.weighted != nil && other.weighted != nil; weighted {
		first, last = w.weighted, other.weighted
	}
	changed := map[string]bool{}
	if !audiences {
		for _, change := range survey.Compare(other.wave.Version, w.wave.Version) {
			changed[change.Name] = true
		}
	}
	for _, element := range w.wave.Version.Elements {
		if !w.wave.Schema.Shows(element) {
			continue
		}
		twin := other.wave.Version.Element(element.Name)
		if audiences {
			twin = sameMeasure(other.wave.Version, element)
		}
		if twin == nil {
			continue
		}
		if changed[element.Name] {
			breaks = append(breaks, element)
			continue
		}
		if a, b := figureNamed(first, element.Name), figureNamed(last, twin.Name); a != nil && b != nil {
			items = append(items, comparedItem{element: element, contrast: analysis.Contrast{First: *a, Last: *b}})
		}
	}
	return items, breaks, weighted
}

func figureNamed(figures []analysis.Figure, name string) *analysis.Figure {
	at := slices.IndexFunc(figures, func(f analysis.Figure) bool { return f.Question == name })
	if at < 0 {
		return nil
	}
	return &figures[at]
}

// sameMeasure finds the question of another survey that measures the same of the
// same field of action, on a scale of as many steps or by the same choices.
func sameMeasure(version *survey.Version, of *survey.Element) *survey.Element {
	if of.Measures == nil || of.Scale == 0 && of.Type != survey.SelectOne {
		return nil
	}
	at := slices.IndexFunc(version.Elements, func(one *survey.Element) bool {
		return one.Measures != nil && *one.Measures == *of.Measures && one.Scale == of.Scale && (of.Scale > 0 || one.Type == of.Type && sameChoices(one, of))
	})
	if at < 0 {
		return nil
	}
	return version.Elements[at]
}

// sameChoices tells whether two questions without a scale have the same choices, as
// those for yes and no.
func sameChoices(a, b *survey.Element) bool {
	return slices.EqualFunc(a.Choices.Choices, b.Choices.Choices, func(one, other *survey.Choice) bool { return one.Name == other.Name })
}
