package server

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/i18n"
)

// indicatorDecimals is how many decimals values are shown with at most.
const indicatorDecimals = 2

// plainValue writes a number in its unit: "34,5 %", "1.234".
func plainValue(words *i18n.Localizer, unit baseline.Unit, value float64) string {
	decimals := 0
	if _, fraction, found := strings.Cut(strconv.FormatFloat(i18n.RoundHalfAway(value, indicatorDecimals), 'f', -1, 64), "."); found {
		decimals = min(len(fraction), indicatorDecimals)
	}
	return words.T("indicators.in."+string(unit), "value", words.Number(value, decimals))
}

// valueWords writes a value with its interval and what it is a quotient of, or that
// it is hidden.
func valueWords(words *i18n.Localizer, unit baseline.Unit, v baseline.Value) string {
	if v.Hidden {
		return words.T("charts.hidden")
	}
	text := plainValue(words, unit, v.Value)
	if v.Low != nil && v.High != nil {
		text = words.T("indicators.with_interval", "value", text, "low", plainValue(words, unit, *v.Low), "high", plainValue(words, unit, *v.High))
	}
	return text
}

// baseWords writes numerator and denominator, "" where they are not known.
func baseWords(words *i18n.Localizer, v baseline.Value) string {
	if v.Numerator == nil || v.Denominator == nil {
		return ""
	}
	return words.T("indicators.of", "numerator", words.Number(float64(*v.Numerator), 0), "denominator", words.Number(float64(*v.Denominator), 0))
}

// statusWords is a status as it is shown: in words, and as a bar from baseline to
// target with a mark where time stands.
type statusWords struct {
	State string
	Word  string // "On course"
	Text  string // "54 % of the way, 60 % of the time"
	Spans string // that the interval spans two states
	Bar   bool
	Done  int // part of the way in per cent, within 0 and 100
	Time  int // part of the time
}

// statusWords is nil where there is no target.
func (s *Server) statusWords(words *i18n.Localizer, fact baseline.Fact) *statusWords {
	j := fact.Judgement
	if j.State == baseline.NoState {
		return nil
	}
	shown := &statusWords{State: string(j.State), Word: words.T("indicators.status." + string(j.State)), Text: words.T("indicators.status_text." + string(j.State))}
	if j.Attainment != nil {
		shown.Bar = true
		shown.Done, shown.Time = percentOf(*j.Attainment), percentOf(*j.Elapsed)
		shown.Text = words.T("indicators.way", "way", words.Percent(*j.Attainment, 0), "time", words.Percent(*j.Elapsed, 0))
	}
	if j.Spans() {
		shown.Spans = words.T("indicators.spans", "low", words.T("indicators.status."+string(j.Low)), "high", words.T("indicators.status."+string(j.High)))
	}
	return shown
}

// percentOf is a part within 0 and 100.
func percentOf(part float64) int { return int(math.Round(100 * min(max(part, 0), 1))) }

// indicatorSource is where values come from, as pages name it.
type indicatorSource struct {
	Title, Publisher, Day, Licence, File, Hash, Imported string
}

// sourceRows lists sources, the newest first: those whose ids are used, all when
// used is nil.
func (s *Server) sourceRows(f *deskFrame, book *baseline.Book, used map[string]bool) []indicatorSource {
	var list []baseline.Source
	seen := map[string]bool{}
	for at := range book.Series {
		for _, v := range book.Series[at].Values {
			if from, known := book.Sources[v.Source]; known && !seen[v.Source] && (used == nil || used[v.Source]) {
				seen[v.Source] = true
				list = append(list, from)
			}
		}
	}
	slices.SortFunc(list, func(a, b baseline.Source) int {
		return cmp.Or(cmp.Compare(b.Imported, a.Imported), cmp.Compare(a.Title, b.Title), cmp.Compare(a.ID, b.ID))
	})
	var rows []indicatorSource
	for _, one := range list {
		row := indicatorSource{Title: one.Title, Publisher: one.Publisher, Licence: one.Licence, File: one.File, Imported: f.Date(one.Imported)}
		if one.Day != "" {
			row.Day = f.Date(one.Day)
		}
		if len(one.SHA256) > 12 {
			row.Hash = one.SHA256[:12] + "…"
		}
		if !slices.Contains(rows, row) { // values that were typed one by one
			rows = append(rows, row)
		}
	}
	return rows
}

// indicatorsDone says what the request before has done, from the address.
func (s *Server) indicatorsDone(c echo.Context, words *i18n.Localizer) []string {
	var done []string
	for _, name := range []string{"added", "changed", "saved", "removed"} {
		if count, err := strconv.Atoi(c.QueryParam(name)); err == nil && count >= 0 {
			done = append(done, words.N("indicators.done."+name, count))
		}
	}
	return done
}
