package server

import (
	"bytes"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/export"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/tabular"
)

// figureForm reads a form about an indicator; the first thing that is wrong
// counts.
type figureForm struct {
	c     echo.Context
	wrong string // name of the field
	err   error
}

func (f *figureForm) fail(field, key string) {
	if f.err == nil {
		f.wrong, f.err = field, failure.New(failure.Invalid, key)
	}
}

func (f *figureForm) text(field string) string {
	return strings.Join(strings.Fields(f.c.FormValue(field)), " ")
}

// number reads a number that must be there; what could be two is none.
func (f *figureForm) number(field string, unit baseline.Unit) float64 {
	value, unsure, ok := tabular.Number(f.text(field), unit == baseline.Count)
	if !ok || unsure {
		f.fail(field, "indicators.problem.number")
	}
	return value
}

// perhaps reads a number that may be left out.
func (f *figureForm) perhaps(field string, unit baseline.Unit) *float64 {
	if f.text(field) == "" {
		return nil
	}
	value := f.number(field, unit)
	return &value
}

// whole reads a whole number that may be left out.
func (f *figureForm) whole(field string) *int64 {
	if f.text(field) == "" {
		return nil
	}
	value, _, ok := tabular.Number(f.text(field), true)
	if !ok || value < 0 || value > baseline.MaxValue {
		f.fail(field, "indicators.problem.base")
	}
	whole := int64(value)
	return &whole
}

func (f *figureForm) day(field string) string {
	day, ok := baseline.ParseDay(f.text(field))
	if !ok {
		f.fail(field, "indicators.problem.day")
	}
	return day
}

// setFigure stores a value that somebody typed, with where they read it.
func (s *Server) setFigure(c echo.Context) error {
	_, one, err := s.findIndicator(c)
	if err != nil {
		return err
	}
	f := &figureForm{c: c}
	period, ok := baseline.ParsePeriod(f.text("period"))
	if !ok {
		f.fail("period", "indicators.problem.period")
	}
	v := baseline.Value{Area: c.FormValue("area"), Period: period.Label, Day: f.day("day"), Numerator: f.whole("numerator"), Denominator: f.whole("denominator")}
	quotient := v.Numerator != nil && v.Denominator != nil && *v.Denominator > 0 && one.Unit.Factor() > 0
	if f.text("value") == "" && quotient {
		v.Value = one.Unit.Factor() * float64(*v.Numerator) / float64(*v.Denominator)
	} else {
		v.Value = f.number("value", one.Unit)
	}
	v.Low, v.High = f.perhaps("low", one.Unit), f.perhaps("high", one.Unit)
	if _, known := s.desk.Areas.Get(v.Area); !known {
		f.fail("area", "indicators.problem.area")
	}
	if f.err == nil {
		f.err, f.wrong = baseline.CheckValue(one.Unit, v), "value"
	}
	if f.err == nil {
		user, _ := visitor(c)
		source := baseline.Source{Title: f.text("source"), Day: v.Day}
		if source.Title == "" {
			source.Title = one.Source
		}
		entry := account.Entry{Actor: user.Name, Action: account.FigureSet, Subject: one.Key, Area: v.Area,
			Effect: account.Effect("period", v.Period, "day", v.Day, "value", v.Value)}
		f.err = s.desk.Office.PutFigures(c.Request().Context(), entry, store.AnyIndicators, source, []store.Figure{{Indicator: one.Key, Value: v}})
	}
	return s.figureDone(c, f, "value", "saved")
}

// setTarget fixes a target.
func (s *Server) setTarget(c echo.Context) error {
	_, one, err := s.findIndicator(c)
	if err != nil {
		return err
	}
	f := &figureForm{c: c}
	t := baseline.Target{Area: c.FormValue("area"), Baseline: f.number("baseline", one.Unit), BaselineDay: f.day("baseline_day"),
		Goal: f.number("goal", one.Unit), Due: f.day("due"), Note: f.text("note")}
	if _, known := s.desk.Areas.Get(t.Area); !known {
		f.fail("area", "indicators.problem.area")
	}
	if f.err == nil {
		user, _ := visitor(c)
		f.err, f.wrong = s.desk.Office.SetTarget(c.Request().Context(), user.Name, one.Key, t), "goal"
	}
	return s.figureDone(c, f, "target", "saved")
}

// figureDone leads back to the indicator, or shows the form again with what is
// wrong.
func (s *Server) figureDone(c echo.Context, f *figureForm, form, done string) error {
	code := failure.CodeOf(f.err)
	if code == failure.Invalid || code == failure.Conflict {
		page, err := s.indicatorPage(c)
		if err != nil {
			return err
		}
		page.Problem, page.Wrong, page.ProblemIn = sentence(page.Localizer, failure.As(f.err)), form+"-"+f.wrong, form
		for _, name := range []string{"period", "day", "value", "numerator", "denominator", "low", "high", "source", "baseline", "baseline_day", "goal", "due", "note"} {
			page.Form[name] = c.FormValue(name)
		}
		for at := range page.Theirs {
			page.Theirs[at].Chosen = page.Theirs[at].Value == c.FormValue("area")
		}
		return s.page(c, status(code), "desk-indicator", page)
	}
	if f.err != nil {
		return f.err
	}
	query := url.Values{"area": {c.FormValue("area")}, done: {"1"}}
	return c.Redirect(http.StatusSeeOther, onward(c, indicatorPages+"/of/"+c.Param("key")+"?"+query.Encode()))
}

func (s *Server) removeFigure(c echo.Context) error {
	user, _ := visitor(c)
	f := &figureForm{c: c}
	f.err = s.desk.Office.RemoveFigure(c.Request().Context(), user.Name, c.Param("key"), c.FormValue("area"), c.FormValue("period"))
	return s.figureDone(c, f, "value", "removed")
}

// removeTarget takes a target away, which somebody has to confirm: what was fixed
// is lost with it.
func (s *Server) removeTarget(c echo.Context) error {
	user, _ := visitor(c)
	f := &figureForm{c: c}
	if c.FormValue("sure") != "yes" {
		f.fail("sure", "indicators.problem.sure")
	} else {
		f.err = s.desk.Office.RemoveTarget(c.Request().Context(), user.Name, c.Param("key"), c.FormValue("area"), c.FormValue("due"))
	}
	return s.figureDone(c, f, "target", "removed")
}

// indicatorsCSV sends all values that the visitor may see, for spreadsheets and
// programs: numbers with a point.
func (s *Server) indicatorsCSV(c echo.Context) error {
	book, err := s.book(c)
	if err != nil {
		return err
	}
	words := s.deskWords(c)
	var content bytes.Buffer
	list := export.NewList(&content, "indicator", "label", "unit", "field", "direction", "area", "area_name", "ags", "period", "reference_day",
		"value", "numerator", "denominator", "low", "high", "hidden", "source_title", "publisher", "licence", "target", "target_due")
	today := s.config.Now().Format("2006-01-02")
	for at := range book.Series {
		one := &book.Series[at]
		for _, v := range one.Values {
			area, _ := s.desk.Areas.Get(v.Area)
			from, goal, due := book.Sources[v.Source], "", ""
			if target := baseline.TargetOn(one.Targets, v.Area, today); target != nil {
				goal, due = number64(&target.Goal), target.Due
			}
			value, hidden := number64(&v.Value), ""
			if v.Hidden {
				value, hidden = "", words.T("charts.hidden")
			}
			err := list.Row(one.Key, one.Name(words.Language()), string(one.Unit), one.Field, string(one.Direction), v.Area, area.Name, area.AGS, v.Period, v.Day,
				value, whole64(v.Numerator), whole64(v.Denominator), number64(v.Low), number64(v.High), hidden, from.Title, from.Publisher, from.Licence, goal, due)
			if err != nil {
				return err
			}
		}
	}
	if err := list.Flush(); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="indicators.csv"`)
	return c.Blob(http.StatusOK, "text/csv; charset=utf-8", content.Bytes())
}

func whole64(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

func number64(x *float64) string {
	if x == nil {
		return ""
	}
	return strconv.FormatFloat(*x, 'f', -1, 64)
}
