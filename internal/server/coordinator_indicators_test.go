package server

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/store"
)

// indicatorRules are the matrix of the pages about indicators.
func indicatorRules() map[string]rule {
	readers := []account.Role{account.Administrator, account.Coordinator, account.Viewer}
	managers := []account.Role{account.Administrator, account.Coordinator}
	anywhere, reach := relations(), []string{whole, above, own}
	const pages = "/manage/concept/indicators"
	get := func(path string) func(*testing.T, *visit) int {
		return func(t *testing.T, v *visit) int {
			v.measured(t)
			return v.get(path).Code
		}
	}
	post := func(path string, pairs ...string) func(*testing.T, *visit) int {
		return func(t *testing.T, v *visit) int {
			v.measured(t)
			return v.post(path, pairs...).Code
		}
	}
	rules := map[string]rule{
		"GET " + pages:                              {200, readers, anywhere, get(pages)},
		"GET " + pages + ".csv":                     {200, readers, anywhere, get(pages + ".csv")},
		"GET /manage/concept/progress":              {200, readers, anywhere, get("/manage/concept/progress")},
		"GET " + pages + "/catalogue":               {200, managers, anywhere, get(pages + "/catalogue")},
		"POST " + pages + "/catalogue":              {303, managers, anywhere, post(pages + "/catalogue")},
		"GET " + pages + "/new":                     {200, managers, anywhere, get(pages + "/new")},
		"POST " + pages + "/new":                    {422, managers, anywhere, post(pages + "/new")},
		"GET " + pages + "/of/:key":                 {200, readers, anywhere, get(pages + "/of/rate")},
		"GET " + pages + "/of/:key/:chart/:picture": {200, readers, anywhere, get(pages + "/of/rate/places/figures.csv")},
		"GET " + pages + "/of/:key/edit":            {200, managers, anywhere, get(pages + "/of/rate/edit")},
		"POST " + pages + "/of/:key/edit":           {409, managers, anywhere, post(pages + "/of/rate/edit")},
		"POST " + pages + "/of/:key/remove":         {422, managers, reach, post(pages + "/of/rate/remove")},
		"POST " + pages + "/of/:key/values":         {303, managers, reach, post(pages+"/of/rate/values", "area", own, "period", "2023", "day", "2023-12-31", "value", "3,5")},
		"POST " + pages + "/of/:key/values/remove":  {404, managers, reach, post(pages+"/of/rate/values/remove", "area", own, "period", "1999")},
		"POST " + pages + "/of/:key/targets":        {422, managers, reach, post(pages+"/of/rate/targets", "area", own)},
		"POST " + pages + "/of/:key/targets/remove": {422, managers, reach, post(pages+"/of/rate/targets/remove", "area", own)},
	}
	begun := func(t *testing.T, v *visit) string {
		v.measured(t)
		return v.figuresUpload(t)
	}
	for path, status := range map[string]int{"": 200, "/:id": 200, "/:id/changes": 200} {
		rules["GET "+pages+"/import"+path] = rule{status, managers, anywhere, func(t *testing.T, v *visit) int {
			return v.get(pages + "/import" + strings.Replace(path, ":id", begun(t, v), 1)).Code
		}}
	}
	for path, status := range map[string]int{"/:id/reading": 303, "/:id/mapping": 303, "/:id/changes": 409, "/:id/discard": 303} {
		rules["POST "+pages+"/import"+path] = rule{status, managers, anywhere, func(t *testing.T, v *visit) int {
			return v.post(pages + "/import" + strings.Replace(path, ":id", begun(t, v), 1)).Code
		}}
	}
	rules["POST "+pages+"/import"] = rule{303, managers, anywhere, func(t *testing.T, v *visit) int {
		return v.upload(t, pages+"/import", "x.csv", []byte(figuresFile)).Code
	}}
	return rules
}

// measured is a desk with a rate of the town, unless it has one.
func (d *testDesk) measured(t testing.TB) {
	t.Helper()
	ctx := context.Background()
	book, err := d.db.Indicators(ctx, d.desk.Areas)
	if err != nil {
		t.Fatal(err)
	}
	if book.Find("rate") == nil {
		one := baseline.Indicator{Key: "rate", Label: map[string]string{"de": "Betreuungsquote", "en": "Rate of care"}, Unit: baseline.Percent, Field: "early_childhood",
			Direction: baseline.Higher, Source: "Jugendamt", Note: "Am Stichtag gezählt."}
		if err := d.db.SaveIndicator(ctx, "anna", one); err != nil {
			t.Fatal(err)
		}
		d.figure(t, "rate", own, "2024", 34.5)
	}
}

func (d *testDesk) figure(t testing.TB, key, area, year string, value float64, base ...int64) {
	t.Helper()
	v := baseline.Value{Area: area, Period: year, Day: year + "-12-31", Value: value}
	if len(base) == 2 {
		v.Numerator, v.Denominator = &base[0], &base[1]
	}
	entry := account.Entry{Actor: "anna", Action: account.FigureSet, Subject: key, Area: area}
	if err := d.db.PutFigures(context.Background(), entry, store.AnyIndicators, baseline.Source{Title: "Kita-Bericht", Day: v.Day}, []store.Figure{{Indicator: key, Value: v}}); err != nil {
		t.Fatal(err)
	}
}

// TestIndicatorCourse leads from the catalogue over typed values to a target and
// its status, and checks what is refused on the way.
func TestIndicatorCourse(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	v := d.sign(t, "anna")
	page := func(path string, want ...string) string {
		t.Helper()
		got := v.get(path)
		for _, text := range want {
			if got.Code != http.StatusOK || !strings.Contains(got.Body.String(), text) {
				t.Errorf("%s (%d) lacks %q", path, got.Code, text)
			}
		}
		return got.Body.String()
	}
	refused := func(status int, path, want string, pairs ...string) {
		t.Helper()
		if got := v.post(path, pairs...); got.Code != status || !strings.Contains(got.Body.String(), want) {
			t.Errorf("%s: %d, want %d and %q", path, got.Code, status, want)
		}
	}
	page(indicatorPages, "There is no indicator yet")
	page(indicatorPages+"/catalogue", "Children in need of German support", "Vocational colleges")
	if got := v.post(indicatorPages+"/catalogue", "key", "language_support_need", "key", "population_0_to_5", "key", "birds"); got.Header().Get("Location") != indicatorPages+"?added=2" {
		t.Errorf("taking two: %v", got.Header())
	}
	page(indicatorPages+"/catalogue", "Already added")
	page(indicatorPages+"?area=stadt&added=2", "2 entries are new", "German as a second language", "no value", "less is better")
	const of = indicatorPages + "/of/language_support_need"
	refused(422, of+"/values", "certainty", "area", own, "period", "2024", "day", "2024-12-31", "value", "1.234")
	refused(422, of+"/values", "not a period", "area", own, "period", "bald", "day", "2024-12-31", "value", "34,5")
	refused(422, of+"/values", "within the period", "area", own, "period", "2024", "day", "2020-12-31", "value", "34,5")
	refused(422, of+"/values", "between 0 and 100", "area", own, "period", "2024", "day", "2024-12-31", "value", "134,5")
	refused(422, of+"/values", "does not fit", "area", own, "period", "2024", "day", "2024-12-31", "value", "34,5", "numerator", "1", "denominator", "2")
	for period, value := range map[string]string{"2023": "40", "2024": ""} {
		if got := v.post(of+"/values", "area", own, "period", period, "day", period+"-12-31", "value", value, "numerator", map[bool]string{true: "69"}[value == ""],
			"denominator", map[bool]string{true: "200"}[value == ""], "source", "Bericht"); got.Code != http.StatusSeeOther {
			t.Fatalf("%d %s", got.Code, got.Body)
		}
	}
	target := []string{"area", own, "baseline", "40", "baseline_day", "2023-12-31", "goal", "20", "due", "2033-12-31", "note", "Rat"}
	if got := v.post(of+"/targets", target...); got.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	refused(409, of+"/targets", "fixed for this area", target...)
	body := page(of+"?area=stadt", "34.5%", "69 of 200", "On course", "28% of the way, 10% of the time", "Areas compared", "Over time", "Bericht", "entered on")
	if strings.Contains(body, "style=") {
		t.Error("the page has styles of its own")
	}
	page("/manage/concept/progress?area=stadt", "On course: 1", "28% of the way", "2033", "Rat")
	page("/manage/concept/progress?area=raum", "No target is set for this area yet")
	for _, picture := range []string{"time/wide.svg", "places/narrow.dark.svg", "time/chart.png", "places/slide.png"} {
		if got := v.get(of + "/" + picture + "?area=stadt"); got.Code != http.StatusOK || got.Body.Len() < 1000 {
			t.Errorf("%s: %d", picture, got.Code)
		}
	}
	for _, picture := range []string{"time/other.svg", "somewhere/wide.svg"} {
		if got := v.get(of + "/" + picture).Code; got != http.StatusNotFound {
			t.Errorf("%s: %d", picture, got)
		}
	}
	// A survey's figure with an interval from behind to reached says so.
	if got := v.post(of+"/values", "area", own, "period", "2025", "day", "2025-12-31", "value", "37", "low", "19", "high", "55"); got.Code != http.StatusSeeOther {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	page(of+"?area=stadt", "37% (19% to 55%)", "The interval reaches from “Target reached” to “Moving away”.")
	if got := v.post(of+"/values/remove", "area", own, "period", "2025").Code; got != http.StatusSeeOther {
		t.Errorf("removing a value: %d", got)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(v.get(indicatorPages+".csv").Body.String(), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 3 || rows[2][10] != "34.5" || rows[2][11] != "69" || rows[2][19] != "20" {
		t.Errorf("%v %v", rows, err)
	}
	refused(422, of+"/targets/remove", "First confirm", "area", own, "due", "2033-12-31")
	if got := v.post(of+"/targets/remove", "area", own, "due", "2033-12-31", "sure", "yes").Code; got != http.StatusSeeOther {
		t.Errorf("withdrawing: %d", got)
	}
	edit := page(of+"/edit", "2 values and 0 targets")
	refused(422, of+"/remove", "First confirm", "revision", key(t, edit[strings.Index(edit, "ind-remove"):], `name="revision" value="`, `"`))
	refused(409, of+"/remove", "Somebody", "revision", "1", "sure", "yes")
	edit = page(of + "/edit")
	if got := v.post(of+"/remove", "revision", key(t, edit[strings.Index(edit, "ind-remove"):], `name="revision" value="`, `"`), "sure", "yes").Code; got != http.StatusSeeOther {
		t.Errorf("removing: %d", got)
	}
	if got := v.get(of).Code; got != http.StatusNotFound {
		t.Errorf("after removing: %d", got)
	}
}

// TestIndicatorForm: an indicator of one's own, and what is wrong with others.
func TestIndicatorForm(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	v := d.sign(t, "anna")
	form := func(pairs ...string) []string {
		return append([]string{"label_de", "Plätze je 100 Kinder", "unit", "per_hundred", "field", "early_childhood", "direction", "higher", "age_from", "3", "age_to", "5"}, pairs...)
	}
	if got := v.post(indicatorPages+"/new", form()...); got.Header().Get("Location") != indicatorPages+"/of/plaetze_je_100_kinder?saved=1" {
		t.Errorf("%d %v", got.Code, got.Header())
	}
	for want, pairs := range map[string][]string{
		"key already": form(), "name in German": {"unit", "count", "field", "health", "direction", "higher", "key", "a"},
		"field of action": {"label_de", "A", "unit", "count", "direction", "higher"}, "The ages": {"label_de", "B", "unit", "count", "field", "health", "direction", "higher", "age_from", "x"},
	} {
		if got := v.post(indicatorPages+"/new", pairs...); got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body.String(), want) {
			t.Errorf("%s: %d", want, got.Code)
		}
	}
	const of = indicatorPages + "/of/plaetze_je_100_kinder"
	if got := v.post(of+"/edit", form("revision", "1", "note", "Neu")...).Code; got != http.StatusSeeOther {
		t.Errorf("changing: %d", got)
	}
	if got := v.post(of+"/edit", form("revision", "1", "note", "Anders")...); got.Code != http.StatusConflict {
		t.Errorf("changing what somebody else has changed: %d", got.Code)
	}
	if body := v.get(of).Body.String(); !strings.Contains(body, "Neu") || strings.Contains(body, "Anders") || !strings.Contains(body, "3 to 5 years") {
		t.Error("the page does not show the change")
	}
}

// TestIndicatorsKeepSecrets: figures from sources that are not public are seen by
// people of the area alone, and small ones by nobody.
func TestIndicatorsKeepSecrets(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	d.person(t, "tom", account.Grant{Role: account.Coordinator, Area: own})
	d.person(t, "vera", account.Grant{Role: account.Viewer, Area: foreign})
	d.measured(t)
	d.figure(t, "rate", foreign, "2024", 2, 4, 200)
	d.figure(t, "rate", own, "2023", 61.25)
	everything := func(name string) string {
		v := d.sign(t, name)
		var all []string
		for _, path := range []string{indicatorPages + "?area=stadt", indicatorPages + "?area=andere", indicatorPages + "/of/rate?area=andere", indicatorPages + ".csv", indicatorPages + "/of/rate/places/figures.csv"} {
			all = append(all, v.get(path).Body.String())
		}
		return strings.Join(all, "\n")
	}
	if got := everything("vera"); strings.Contains(got, "34.5") || strings.Contains(got, "61.25") || !strings.Contains(got, "hidden") {
		t.Error("somebody of the other town sees the town's figures")
	}
	if got := everything("tom"); !strings.Contains(got, "34.5") || strings.Contains(got, "4 of 200") {
		t.Error("somebody of the town does not see its figures")
	}
	if got := everything("anna"); strings.Contains(got, "4 of 200") || strings.Contains(got, ",4,200") || !strings.Contains(got, "61.25") {
		t.Error("a figure of four people is shown")
	}
	tom := d.sign(t, "tom")
	page := tom.get(indicatorPages + "/of/rate/edit").Body.String()
	revision := key(t, page[strings.Index(page, "ind-remove"):], `name="revision" value="`, `"`)
	if got := tom.post(indicatorPages+"/of/rate/remove", "revision", revision, "sure", "yes").Code; got != http.StatusForbidden {
		t.Errorf("removing what others have entered: %d", got)
	}
}

// TestIndicatorImport takes a table over through the mapper's pages, sees what
// contradicts and what is refused, and takes nothing over twice.
func TestIndicatorImport(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	d.person(t, "tom", account.Grant{Role: account.Coordinator, Area: own})
	d.measured(t)
	v := d.sign(t, "anna")
	const file = "Titel der Tabelle;;\n\nGebiet;2023;2024 (‰)\nStadt;33,5;340\nRaum;12,5;1.234\nAndere Stadt;20;.\nKreis;90;\nAtlantis;1;2\nQuelle: Amt;;\n"
	begin := func(v *visit) string {
		return v.upload(t, indicatorPages+"/import", "quoten.csv", []byte(file)).Header().Get("Location")
	}
	at := begin(v)
	if got := v.get(at + "/changes"); got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body.String(), "Indicator") {
		t.Errorf("without an indicator: %d", got.Code)
	}
	mapped := []string{"column.area", "0", "fixed.indicator", "rate", "fixed.day", "31.12.", "fixed.source_title", "Quoten 2024", "fixed.licence", "CC0", "next", "changes"}
	if got := v.post(at+"/mapping", mapped...); got.Code != http.StatusSeeOther {
		t.Fatalf("%d", got.Code)
	}
	page := v.get(at + "/changes").Body.String()
	for _, want := range []string{"34.5% on", "34%", "33.5% on", "90% on", "does not lie between those of the parts", "Line 5, column 3", "1.234", "none of ours"} {
		if !strings.Contains(page, want) {
			t.Errorf("the changes lack %q", want)
		}
	}
	state := key(t, page, `name="state" value="`, `"`)
	if got := v.post(at+"/changes", "state", state); got.Header().Get("Location") != indicatorPages+"?added=4&changed=1" {
		t.Fatalf("%d %v", got.Code, got.Header())
	}
	book, err := d.db.Indicators(context.Background(), d.desk.Areas)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, one := range book.Find("rate").Values {
		told = append(told, fmt.Sprint(one.Area, " ", one.Period, " ", one.Value))
		if from := book.Sources[one.Source]; from.Title != "Quoten 2024" || from.Licence != "CC0" || from.File != "quoten.csv" || from.Day != "2024-12-31" || len(from.SHA256) != 64 {
			t.Errorf("source %+v", from)
		}
	}
	slices.Sort(told)
	if got := strings.Join(told, "; "); got != "andere 2023 20; kreis 2023 90; raum 2023 12.5; stadt 2023 33.5; stadt 2024 34" {
		t.Errorf("stored %s", got)
	}
	at = begin(v)
	v.post(at+"/mapping", mapped...)
	if page := v.get(at + "/changes").Body.String(); strings.Contains(page, `name="state"`) && !strings.Contains(page, "unchanged") && strings.Contains(page, "34% on") {
		t.Error("the same file changes something again")
	}
	tom := d.sign(t, "tom")
	at = begin(tom)
	tom.post(at+"/mapping", mapped...)
	if page := tom.get(at + "/changes").Body.String(); !strings.Contains(page, "You may not enter figures for Andere Stadt") {
		t.Error("figures of the other town are not refused")
	}
}

// figuresFile has figures of which some are refused.
const figuresFile = "Gebiet;2021;2024\nStadt;12,5;34\nRaum;1.234,5;7\nAtlantis;1;1\n"

// figuresUpload begins an import, says what the columns mean, and returns its id;
// "x" where it may not.
func (v *visit) figuresUpload(t *testing.T) string {
	t.Helper()
	const pages = indicatorPages + "/import/"
	id, begun := strings.CutPrefix(v.upload(t, indicatorPages+"/import", "x.csv", []byte(figuresFile)).Header().Get("Location"), pages)
	if !begun {
		return "x"
	}
	v.post(pages+id+"/mapping", "column.area", "0", "fixed.indicator", "rate", "fixed.day", "31.12.")
	return id
}
