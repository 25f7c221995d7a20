package server

import (
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/i18n"
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
