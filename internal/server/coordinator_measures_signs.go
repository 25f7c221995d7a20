package server

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
)

// The signs of a measure's effect: the indicator and the question that are looked at
// again. Both are chosen from what there is.

// indicatorOptions are the indicators, those of the measure's field of action first.
func (s *Server) indicatorOptions(words *i18n.Localizer, book *baseline.Book, m *baseline.Measure) []option {
	list := []option{{"", words.T("measures.no_indicator"), m.Indicator == ""}}
	for _, own := range []bool{true, false} {
		for at := range book.Series {
			if one := &book.Series[at]; (one.Field == m.Field) == own {
				list = append(list, option{one.Key, one.Name(words.Language()), one.Key == m.Indicator})
			}
		}
	}
	return orKept(list, m.Indicator)
}

// questionOptions are the questions of all waves whose results the visitor may
// read and that measure something, the waves to come included: those about the
// measure's field of action first. A question that several waves ask stands once,
// as the newest words it.
func (s *Server) questionOptions(c echo.Context, words *i18n.Localizer, m *baseline.Measure) ([]option, error) {
	waves, err := s.desk.Office.Waves(c.Request().Context())
	if err != nil {
		return nil, err
	}
	user, _ := visitor(c)
	slices.SortStableFunc(waves, func(a, b *store.LiveWave) int { return strings.Compare(b.Opened, a.Opened) })
	list, known := []option{{"", words.T("measures.no_question"), m.Question == ""}}, map[string]bool{}
	var others []option
	for _, wave := range waves {
		if !user.May(account.ReadResults, subjectOf(wave), s.desk.Areas.Contains) {
			continue
		}
		for _, e := range wave.Version.Elements {
			if e.Measures == nil || known[e.Name] || !wave.Schema.Shows(e) {
				continue
			}
			known[e.Name] = true
			one := option{e.Name, s.audienceWord(words, wave) + s.elementName(words, wave, e), e.Name == m.Question}
			if e.Measures.Field == m.Field {
				list = append(list, one)
			} else {
				others = append(others, one)
			}
		}
	}
	return orKept(append(list, others...), m.Question), nil
}

// audienceWord begins the label of a question with whom it asks.
func (s *Server) audienceWord(words *i18n.Localizer, wave *store.LiveWave) string {
	if audienceOf(wave) == "" {
		return ""
	}
	return words.T("desk.audience."+wave.Version.Audience) + ": "
}

// orKept adds what was chosen before and is no longer there, so that saving the
// rest of a form does not lose it.
func orKept(list []option, chosen string) []option {
	if slices.ContainsFunc(list, func(one option) bool { return one.Chosen }) {
		return list
	}
	return append(list, option{chosen, chosen, true})
}
