package server

import (
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/survey"
)

// exploreTests tell whether the groups differ, as a table.
type exploreTests struct {
	Rows []exploreTest
}

type exploreTest struct {
	What, Result, P, Method, Effect string
}

// exploreTests are nil where nothing is divided, and empty where there is no test.
func (s *Server) exploreTests(e *exploration, words *i18n.Localizer) *exploreTests {
	if len(e.query.By) == 0 {
		return nil
	}
	tests := &exploreTests{}
	for _, one := range e.divided.Tests {
		row := exploreTest{What: words.T("explore.tests_whole"), Result: words.T("explore.test.unclear"), P: charts.PValue(words, one.Adjusted),
			Method: words.T("explore.method." + one.Method), Effect: words.T("explore.measure."+one.Measure, "value", words.Number(one.Effect, 2))}
		if one.Choice != "" {
			row.What = s.valueName(words, e.wave, one.Question, one.Choice)
		}
		if charts.Significant(one.Adjusted) {
			row.Result = words.T("explore.test.clear")
		}
		if one.Approximate {
			row.Result += " (" + words.T("explore.test.about") + ")"
		}
		if one.Permuted {
			row.Method = words.T("explore.method.permuted", "method", row.Method)
		}
		tests.Rows = append(tests.Rows, row)
	}
	return tests
}

// chartTests are the tests as charts take them.
func (e *exploration) chartTests() (tests []charts.Test) {
	for _, one := range e.divided.Tests {
		tests = append(tests, charts.Test{Choice: one.Choice, P: one.Adjusted, Approximate: one.Approximate})
	}
	return tests
}

// consensus says how far those who answered a statement agree, by group.
func (s *Server) consensus(e *exploration, words *i18n.Localizer) (lines []string) {
	if e.element.Measures == nil || e.element.Measures.As != survey.Consensus {
		return nil
	}
	say := func(name string, figure *analysis.Figure) {
		if value, ok := figure.Consensus(); ok {
			text := words.Number(value.Value, 2)
			if value.Low != nil {
				text = words.T("charts.share_interval", "share", text,
					"interval", words.T("charts.interval", "low", words.Number(*value.Low, 2), "high", words.Number(*value.High, 2)))
			}
			if figure.Perturbed {
				text = "≈ " + text
			}
			lines = append(lines, words.T("explore.consensus", "group", name, "value", text))
		}
	}
	say(words.T("explore.consensus_all"), e.figure())
	if len(e.query.By) == 1 {
		for _, one := range e.named() {
			say(s.groupName(words, e.wave, e.query.By[0], one.values(0)), &one.figure)
		}
	}
	return lines
}
