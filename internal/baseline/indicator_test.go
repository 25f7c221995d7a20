package baseline_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
)

// someAreas are a county of two towns, the first of which has two parts, and a
// town outside it.
func someAreas(t testing.TB) *catalogue.Areas {
	t.Helper()
	areas, findings := catalogue.NewAreas([]catalogue.Area{
		{Key: "kreis-recklinghausen", Name: "Kreis Recklinghausen", Level: catalogue.Kreis, AGS: "05562"},
		{Key: "marl", Parent: "kreis-recklinghausen", Name: "Marl", Level: catalogue.Stadt, AGS: "05562024"},
		{Key: "marl-nord", Parent: "marl", Name: "Nord", Level: catalogue.Sozialraum},
		{Key: "marl-sued", Parent: "marl", Name: "Süd", Level: catalogue.Sozialraum},
		{Key: "recklinghausen", Parent: "kreis-recklinghausen", Name: "Recklinghausen", Level: catalogue.Stadt, AGS: "05562032"},
		{Key: "bochum", Name: "Bochum", Level: catalogue.Stadt, AGS: "05911000"},
	})
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	return areas
}

func whole(n int64) *int64       { return &n }
func decimal(x float64) *float64 { return &x }

// TestStatus goes through METHODS 8 case by case: the way leads from 40 on
// 1 January 2025 to 60 on 1 January 2027, 730 days.
func TestStatus(t *testing.T) {
	up := &baseline.Target{Area: "marl", Baseline: 40, BaselineDay: "2025-01-01", Goal: 60, Due: "2027-01-01"}
	down := &baseline.Target{Area: "marl", Baseline: 60, BaselineDay: "2025-01-01", Goal: 40, Due: "2027-01-01"}
	none := &baseline.Target{Area: "marl", Baseline: 65, BaselineDay: "2025-01-01", Goal: 60, Due: "2027-01-01"}
	odd := &baseline.Target{Area: "marl", Baseline: 0.1, BaselineDay: "2025-01-01", Goal: 0.5, Due: "2027-01-01"}
	const half = "2026-01-01" // 365 of 730 days
	for name, c := range map[string]struct {
		direction baseline.Direction
		target    *baseline.Target
		value     float64
		day       string // "" for no value
		want      baseline.State
		attained  string
	}{
		"context has none":                     {baseline.ContextOnly, up, 70, half, baseline.NoState, ""},
		"no target":                            {baseline.Higher, nil, 70, half, baseline.NoState, ""},
		"no value":                             {baseline.Higher, up, 0, "", baseline.NoData, ""},
		"no value comes before missed":         {baseline.Higher, none, 0, "", baseline.NoData, ""},
		"a value from before the baseline":     {baseline.Higher, up, 70, "2024-12-31", baseline.NoData, ""},
		"reached to the point":                 {baseline.Higher, up, 60, half, baseline.Reached, "1.000"},
		"more than reached":                    {baseline.Higher, up, 61, half, baseline.Reached, "1.050"},
		"reached from above":                   {baseline.Lower, down, 40, half, baseline.Reached, "1.000"},
		"reached comes before missed":          {baseline.Higher, none, 60, half, baseline.Reached, ""},
		"missed":                               {baseline.Higher, none, 59.9, half, baseline.Missed, ""},
		"missed when lower is better":          {baseline.Lower, &baseline.Target{Baseline: 5, BaselineDay: "2025-01-01", Goal: 10, Due: "2027-01-01"}, 11, half, baseline.Missed, ""},
		"missed when baseline equals the goal": {baseline.Higher, &baseline.Target{Baseline: 60, BaselineDay: "2025-01-01", Goal: 60, Due: "2027-01-01"}, 59, half, baseline.Missed, ""},
		"reversed":                             {baseline.Higher, up, 39.9, half, baseline.Reversed, "-0.005"},
		"reversed when lower is better":        {baseline.Lower, down, 60.1, half, baseline.Reversed, "-0.005"},
		"no step at all is not reversed":       {baseline.Higher, up, 40, half, baseline.Behind, "0.000"},
		"no step on the first day":             {baseline.Higher, up, 40, "2025-01-01", baseline.OnCourse, "0.000"},
		"just on course":                       {baseline.Higher, up, 50, half, baseline.OnCourse, "0.500"},
		"just behind":                          {baseline.Higher, up, 49.99, half, baseline.Behind, "0.499"},
		"just on course when lower is better":  {baseline.Lower, down, 50, half, baseline.OnCourse, "0.500"},
		"just behind when lower is better":     {baseline.Lower, down, 50.01, half, baseline.Behind, "0.499"},
		"a day later is behind":                {baseline.Higher, up, 50, "2026-01-02", baseline.Behind, "0.500"},
		"on course in spite of floating point": {baseline.Higher, odd, 0.3, half, baseline.OnCourse, "0.500"}, // 0.3−0.1 is less than 0.2
		"due and not reached":                  {baseline.Higher, up, 59.99, "2027-01-01", baseline.Behind, "0.999"},
		"long after":                           {baseline.Higher, up, 59, "2031-01-01", baseline.Behind, "0.950"},
	} {
		var ist *baseline.Value
		if c.day != "" {
			ist = &baseline.Value{Area: "marl", Day: c.day, Value: c.value}
		}
		got := baseline.Status(c.direction, c.target, ist)
		attained := ""
		if got.Attainment != nil {
			attained = fmt.Sprintf("%.4f", *got.Attainment)
			attained = attained[:len(attained)-1]
		}
		if got.State != c.want || attained != c.attained || got.Spans() {
			t.Errorf("%s: %q, attained %s, want %q, %s", name, got.State, attained, c.want, c.attained)
		}
	}
	if got := baseline.Status(baseline.Higher, up, &baseline.Value{Day: half, Hidden: true}); got.State != baseline.NoData {
		t.Errorf("a hidden value is %s", got.State)
	}
}

// TestStatusOfASurvey: an interval that spans two states is said to.
func TestStatusOfASurvey(t *testing.T) {
	up := &baseline.Target{Baseline: 40, BaselineDay: "2025-01-01", Goal: 60, Due: "2027-01-01"}
	for _, c := range []struct {
		value, low, high float64
		want             string
	}{
		{52, 50, 54, "on_course on_course–on_course"},
		{52, 49, 55, "on_course behind–on_course"},
		{58, 51, 65, "on_course on_course–reached"},
		{41, 37, 61, "behind reversed–reached"},
		{60, 60, 70, "reached reached–reached"},
	} {
		got := baseline.Status(baseline.Higher, up, &baseline.Value{Day: "2026-01-01", Value: c.value, Low: &c.low, High: &c.high})
		if told := fmt.Sprintf("%s %s–%s", got.State, got.Low, got.High); told != c.want || got.Spans() != (got.Low != got.High) {
			t.Errorf("%v in %v..%v: %s, want %s", c.value, c.low, c.high, told, c.want)
		}
	}
}

func TestPeriods(t *testing.T) {
	for text, want := range map[string]string{
		"2024": "2024", " 2024 ": "2024", "Jahr 2024": "2024", "2024/25": "2024/25", "2024/2025": "2024/25", "Schuljahr\n2024/25": "2024/25",
		"1999/00": "1999/00", "Kita-Jahr 2023/24": "2023/24", "2024-Q3": "2024-Q3", "Q3/2024": "2024-Q3", "3. Quartal 2024": "2024-Q3",
		"09/2024": "2024-09", "9.2024": "2024-09", "2024-09": "2024-09", "31.12.2024": "2024-12-31", "Stand: 31.12.2024": "2024-12-31",
		"Stichtag 1. 3. 2024": "2024-03-01", "2024-12-31": "2024-12-31", "2024-12-31T00:00:00": "2024-12-31",
		"2024/26": "", "2024-25": "", "2024/2026": "", "24/25": "", "31.02.2024": "", "13/2024": "", "0000": "", "9999": "", "Bochum": "", "": "",
		"2024 2025": "", "12": "", "2024,5": "",
	} {
		p, ok := baseline.ParsePeriod(text)
		if p.Label != want || ok != (want != "") {
			t.Errorf("%q is %q (%v), want %q", text, p.Label, ok, want)
		}
	}
	for text, want := range map[string]string{
		"2024 31.12.": "2024-12-31", "2024/25 15.10.": "2024-10-15", "2024/25 1.3.": "2025-03-01", "2024 31.12.2024": "2024-12-31",
		"2024 2025-01-01": "2025-01-01", "2024 01.02.2025": "", "2023 31.12.2024": "", "2024 ": "", "2024-12-31 ": "2024-12-31",
		"2023 29.02.": "", "2024 29.02.": "2024-02-29", "2024 Stichtag 31.12.": "2024-12-31", "2024/25 31.12.2023": "", "2024 x": "",
	} {
		label, day, _ := strings.Cut(text, " ")
		p, _ := baseline.ParsePeriod(label)
		if got, ok := p.ReferenceDay(day); ok != (want != "") || ok && got != want {
			t.Errorf("%s is %s (%v), want %s", text, got, ok, want)
		}
	}
}

func TestCheckedThings(t *testing.T) {
	good := baseline.Indicator{Key: "newly_arrived", Label: map[string]string{"de": "Neu Zugewanderte"}, Unit: baseline.Count, Field: "language_support", Direction: baseline.Higher}
	change := func(f func(*baseline.Indicator)) baseline.Indicator { one := good; f(&one); return one }
	for want, one := range map[string]baseline.Indicator{
		"": good, "key": change(func(i *baseline.Indicator) { i.Key = "Neu Zugewanderte" }), "unit": change(func(i *baseline.Indicator) { i.Unit = "miles" }),
		"label":     change(func(i *baseline.Indicator) { i.Label = nil }),
		"direction": change(func(i *baseline.Indicator) { i.Direction = "" }), "field": change(func(i *baseline.Indicator) { i.Field = "" }),
		"age":  change(func(i *baseline.Indicator) { i.Age = &baseline.Ages{From: 6, To: 3} }),
		"long": change(func(i *baseline.Indicator) { i.Note = strings.Repeat("ä", 501) }),
	} {
		problem(t, one.Check(), want)
	}
	v := baseline.Value{Area: "marl", Period: "2024", Day: "2024-12-31", Value: 34.5, Numerator: whole(69), Denominator: whole(200)}
	with := func(f func(*baseline.Value)) baseline.Value { one := v; f(&one); return one }
	for _, c := range []struct {
		want  string
		unit  baseline.Unit
		value baseline.Value
	}{
		{"", baseline.Percent, v},
		{"", baseline.Percent, with(func(v *baseline.Value) { v.Denominator = whole(199); v.Value = 34.7 })}, // 34.67 rounded
		{"base_contradicts", baseline.Percent, with(func(v *baseline.Value) { v.Value = 34.7 })},
		{"base_contradicts", baseline.PerMille, v},
		{"", baseline.PerMille, with(func(v *baseline.Value) { v.Value = 345 })},
		{"value.percent", baseline.Percent, with(func(v *baseline.Value) { v.Value = 100.1 })},
		{"value.count", baseline.Count, with(func(v *baseline.Value) { v.Value = 34.5 })},
		{"base_of_count", baseline.Count, with(func(v *baseline.Value) { v.Value = 34 })},
		{"value.days", baseline.Days, with(func(v *baseline.Value) { v.Value = -1 })},
		{"half_base", baseline.Percent, with(func(v *baseline.Value) { v.Numerator = nil })},
		{"base", baseline.Percent, with(func(v *baseline.Value) { v.Denominator = whole(0) })},
		{"period", baseline.Percent, with(func(v *baseline.Value) { v.Period = "Jahr 2024" })},
		{"day", baseline.Percent, with(func(v *baseline.Value) { v.Day = "31.12.2024" })},
		{"day_outside", baseline.Percent, with(func(v *baseline.Value) { v.Day = "2023-12-31" })},
		{"interval", baseline.Percent, with(func(v *baseline.Value) { v.Low, v.High = decimal(35), decimal(40) })},
	} {
		problem(t, baseline.CheckValue(c.unit, c.value), c.want)
	}
	target := baseline.Target{Area: "marl", Baseline: 40, BaselineDay: "2025-01-01", Goal: 60, Due: "2027-01-01"}
	bad := func(f func(*baseline.Target)) baseline.Target { one := target; f(&one); return one }
	for want, one := range map[string]baseline.Target{
		"": target, "due": bad(func(t *baseline.Target) { t.Due = t.BaselineDay }), "no_way": bad(func(t *baseline.Target) { t.Goal = 40 }),
		"value.count": bad(func(t *baseline.Target) { t.Goal = -1 }), "day": bad(func(t *baseline.Target) { t.Due = "bald" }), "area": bad(func(t *baseline.Target) { t.Area = "" }),
	} {
		problem(t, one.Check(good), want)
	}
	problem(t, target.Check(change(func(i *baseline.Indicator) { i.Direction = baseline.ContextOnly })), "context_target")
}

func problem(t *testing.T, err error, want string) {
	t.Helper()
	got := ""
	if err != nil {
		got = strings.TrimPrefix(failure.As(err).Key, "indicators.problem.")
	}
	if got != want {
		t.Errorf("problem %q, want %q", got, want)
	}
}

func share(area, period string, numerator, denominator int64) baseline.Value {
	return baseline.Value{Area: area, Period: period, Day: period + "-12-31", Numerator: &numerator, Denominator: &denominator,
		Value: 100 * float64(numerator) / float64(denominator)}
}

func counted(area string, n float64) baseline.Value {
	return baseline.Value{Area: area, Period: "2024", Day: "2024-12-31", Value: n}
}

func TestAggregate(t *testing.T) {
	parts := []string{"marl", "recklinghausen"}
	values := []baseline.Value{share("marl", "2024", 1, 2), share("recklinghausen", "2024", 10, 100)}
	total, reason := baseline.Aggregate(baseline.Percent, "kreis-recklinghausen", parts, values)
	// 11 of 102, and not (50 % + 10 %)/2.
	if reason != baseline.Aggregates || fmt.Sprintf("%.4f", total.Value) != "10.7843" || *total.Numerator != 11 || *total.Denominator != 102 {
		t.Errorf("%+v, %s", total, reason)
	}
	bare := []baseline.Value{values[0], {Area: "recklinghausen", Value: 10}}
	hidden := []baseline.Value{values[0], {Area: "recklinghausen", Hidden: true}}
	for want, list := range map[baseline.Reason][]baseline.Value{baseline.NoDenominator: bare, baseline.PartHidden: hidden, baseline.PartMissing: values[:1]} {
		if _, reason := baseline.Aggregate(baseline.Percent, "kreis-recklinghausen", parts, list); reason != want {
			t.Errorf("%s, want %s", reason, want)
		}
	}
	if _, reason := baseline.Aggregate(baseline.Count, "kreis-recklinghausen", parts, []baseline.Value{counted("marl", 1), counted("recklinghausen", 2)}); reason != baseline.NoDenominator {
		t.Errorf("counts: %q", reason)
	}
	if _, reason := baseline.Aggregate(baseline.Percent, "bochum", nil, nil); reason != baseline.PartMissing {
		t.Errorf("no parts: %q", reason)
	}
}

func TestTotals(t *testing.T) {
	areas := someAreas(t)
	bare := func(area string, x float64) baseline.Value { return counted(area, x) }
	for name, c := range map[string]struct {
		unit   baseline.Unit
		values []baseline.Value
		want   string
	}{
		"right":          {baseline.Count, []baseline.Value{counted("kreis-recklinghausen", 30), counted("marl", 10), counted("recklinghausen", 20)}, "[]"},
		"less":           {baseline.Count, []baseline.Value{counted("kreis-recklinghausen", 31), counted("marl", 10), counted("recklinghausen", 20)}, "[kreis-recklinghausen 31≠30]"},
		"a part is more": {baseline.Count, []baseline.Value{counted("marl", 5), counted("marl-nord", 6)}, "[marl 5≠6]"},
		"a part is less": {baseline.Count, []baseline.Value{counted("marl", 7), counted("marl-nord", 6)}, "[]"},
		"both levels": {baseline.Count, []baseline.Value{counted("kreis-recklinghausen", 1), counted("marl", 10), counted("recklinghausen", 20), counted("marl-nord", 1), counted("marl-sued", 8)},
			"[kreis-recklinghausen 1≠30 marl 10≠9]"},
		"shares": {baseline.Percent, []baseline.Value{share("kreis-recklinghausen", "2024", 11, 102), share("marl", "2024", 1, 2), share("recklinghausen", "2024", 10, 100)}, "[]"},
		"shares that differ": {baseline.Percent, []baseline.Value{share("kreis-recklinghausen", "2024", 12, 102), share("marl", "2024", 1, 2), share("recklinghausen", "2024", 10, 100)},
			"[kreis-recklinghausen 11.76≠10.78]"},
		"shares between":  {baseline.Percent, []baseline.Value{bare("kreis-recklinghausen", 30), bare("marl", 10), bare("recklinghausen", 40)}, "[]"},
		"shares outside":  {baseline.Percent, []baseline.Value{bare("kreis-recklinghausen", 41), bare("marl", 10), bare("recklinghausen", 40)}, "[kreis-recklinghausen 41 outside 10..40]"},
		"one share lacks": {baseline.Percent, []baseline.Value{bare("kreis-recklinghausen", 41), bare("marl", 10)}, "[]"},
		"another period": {baseline.Count, []baseline.Value{{Area: "kreis-recklinghausen", Period: "2023", Value: 1}, counted("marl", 10), counted("recklinghausen", 20)},
			"[]"},
		"hidden": {baseline.Count, []baseline.Value{counted("kreis-recklinghausen", 1), {Area: "marl", Period: "2024", Hidden: true}, counted("recklinghausen", 20)}, "[]"},
	} {
		var got []string
		for _, one := range baseline.CheckTotals(areas, c.unit, c.values) {
			if one.Sum != nil {
				got = append(got, fmt.Sprintf("%s %.4g≠%.4g", one.Area, one.Value, *one.Sum))
			} else {
				got = append(got, fmt.Sprintf("%s %.4g outside %.4g..%.4g", one.Area, one.Value, one.Low, one.High))
			}
		}
		if told := fmt.Sprint(got); told != c.want {
			t.Errorf("%s: %s, want %s", name, told, c.want)
		}
	}
}

func TestConceal(t *testing.T) {
	areas := someAreas(t)
	shown := func(of baseline.Indicator, values []baseline.Value) string {
		before := fmt.Sprint(values)
		var got []string
		for _, one := range baseline.Conceal(areas, of, values, baseline.SmallestShown) {
			text := fmt.Sprint(one.Value)
			if one.Hidden {
				text = "·"
				if one.Value != 0 || one.Numerator != nil || one.Denominator != nil {
					t.Errorf("a hidden figure keeps %+v", one)
				}
			}
			got = append(got, text)
		}
		if fmt.Sprint(values) != before {
			t.Error("what was given has changed")
		}
		return strings.Join(got, " ")
	}
	private, public := baseline.Indicator{Unit: baseline.Count}, baseline.Indicator{Unit: baseline.Count, Public: true}
	town := func(a, b, c float64) []baseline.Value {
		return []baseline.Value{counted("kreis-recklinghausen", a), counted("marl", b), counted("recklinghausen", c)}
	}
	for _, c := range []struct {
		of     baseline.Indicator
		values []baseline.Value
		want   string
	}{
		{public, town(30, 4, 26), "30 4 26"},
		{private, town(30, 5, 25), "30 5 25"},
		{private, town(30, 0, 30), "30 0 30"},
		{private, town(30, 4, 26), "30 · ·"}, // 30 − 26 would be 4
		{private, town(7, 4, 3), "7 · ·"},
		{private, []baseline.Value{counted("marl", 4), counted("recklinghausen", 26)}, "· 26"},                 // nothing to subtract from
		{private, []baseline.Value{counted("kreis-recklinghausen", 30), counted("marl", 4)}, "30 ·"},           // the other town's figure is not known
		{private, append(town(30, 5, 25), counted("marl-nord", 1), counted("marl-sued", 4)), "30 5 25 · ·"},    // both below k
		{private, append(town(40, 15, 25), counted("marl-nord", 1), counted("marl-sued", 14)), "40 15 25 · ·"}, //
		{private, append(town(30, 4, 26), counted("marl-nord", 0), counted("marl-sued", 4)), "30 · · 0 ·"},     //
		{baseline.Indicator{Unit: baseline.Percent}, []baseline.Value{share("marl", "2024", 4, 100), share("recklinghausen", "2024", 5, 100)}, "· 5"},
		{baseline.Indicator{Unit: baseline.Index}, []baseline.Value{{Area: "marl", Value: 3.5, Numerator: whole(14), Denominator: whole(4)}, {Area: "bochum", Value: 2}}, "· 2"},
		{baseline.Indicator{Unit: baseline.Percent}, []baseline.Value{{Area: "marl", Value: 3.5}}, "3.5"}, // of how many is not known
	} {
		if got := shown(c.of, c.values); got != c.want {
			t.Errorf("%v: %s, want %s", c.values, got, c.want)
		}
	}
}

func TestBook(t *testing.T) {
	areas := someAreas(t)
	rate := baseline.Series{Indicator: baseline.Indicator{Key: "rate", Field: "language_support", Unit: baseline.Percent, Direction: baseline.Higher, Public: true},
		Values: []baseline.Value{share("marl", "2024", 1, 2), share("recklinghausen", "2024", 10, 100), share("marl", "2023", 1, 4), share("kreis-recklinghausen", "2022", 1, 5)},
		Targets: []baseline.Target{
			{Area: "kreis-recklinghausen", Baseline: 10, BaselineDay: "2024-01-01", Goal: 20, Due: "2026-01-01"},
			{Area: "kreis-recklinghausen", Baseline: 5, BaselineDay: "2024-01-01", Goal: 6, Due: "2025-01-01"}}}
	children := func(key string, from, to int, n float64) baseline.Series {
		return baseline.Series{Indicator: baseline.Indicator{Key: key, Field: "early_childhood", Unit: baseline.Count, Direction: baseline.ContextOnly, Public: true, Age: &baseline.Ages{From: from, To: to}},
			Values: []baseline.Value{counted("marl", n)}}
	}
	book := baseline.NewBook(areas, []baseline.Series{rate, children("three_to_six", 3, 5, 100), children("all", 0, 17, 900)}, nil, 7)
	if keys := fmt.Sprint(book.Series[0].Key, book.Series[1].Key, book.Series[2].Key); keys != "allthree_to_sixrate" {
		t.Errorf("order %s", keys)
	}
	one := book.Find("rate")
	for day, want := range map[string]float64{"2024-06-01": 6, "2025-01-01": 6, "2025-01-02": 20, "2030-01-01": 20} {
		if fact := book.In(one, "kreis-recklinghausen", day); fact.Target.Goal != want {
			t.Errorf("on %s the target is %v", day, fact.Target.Goal)
		}
	}
	fact := book.In(one, "kreis-recklinghausen", "2025-06-01")
	if fact.Latest.Period != "2024" || !slices.Equal(fact.Latest.Parts, []string{"marl", "recklinghausen"}) || fact.Judgement.State != baseline.OnCourse && fact.Judgement.State != baseline.Behind {
		t.Errorf("%+v", fact.Latest)
	}
	var course []string
	for _, v := range book.Course(one, "kreis-recklinghausen") {
		course = append(course, v.Period) // 2023 lacks a town
	}
	if fmt.Sprint(course) != "[2022 2024]" {
		t.Errorf("course %v", course)
	}
	if fact := book.In(book.Find("all"), "kreis-recklinghausen", "2025-01-01"); fact.Latest != nil || fact.Reason != baseline.NoDenominator {
		t.Errorf("of one town: %+v", fact)
	}
	if got := len(book.InField("early_childhood", "marl", "2025-01-01")); got != 2 {
		t.Errorf("%d in the field", got)
	}
	if got := len(book.InField("", "bochum", "2025-01-01")); got != 0 {
		t.Errorf("%d in Bochum", got)
	}
	if found, ok := book.Population(baseline.Ages{From: 3, To: 6}, "marl", "2025-01-01"); !ok || found.Latest.Value != 100 {
		t.Errorf("population %+v", found)
	}
	if _, ok := book.Population(baseline.Ages{From: 20, To: 30}, "marl", "2025-01-01"); ok {
		t.Error("a population of another age")
	}
	if book.Find("nothing") != nil {
		t.Error("an indicator that there is not")
	}
}
