package server

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testbrowser"
	"bedarfslotse/internal/testinput"
)

// variableRules is who may calculate variables, and who sees of what quality the
// data are.
func variableRules() map[string]rule {
	managers := []account.Role{account.Administrator, account.Coordinator}
	readers := []account.Role{account.Administrator, account.Coordinator, account.Viewer}
	reach := []string{whole, above, own}
	const base = "/manage/waves/town/variables"
	get := func(path string) func(*testing.T, *visit) int {
		return func(_ *testing.T, v *visit) int { return v.get(base + path).Code }
	}
	post := func(path string, pairs ...string) func(*testing.T, *visit) int {
		return func(_ *testing.T, v *visit) int { return v.post(base+path, pairs...).Code }
	}
	return map[string]rule{
		"GET /manage/waves/:slug/variables":                  {200, managers, reach, get("")},
		"GET /manage/waves/:slug/variables/new":              {200, managers, reach, get("/new?kind=recode&source=arrival")},
		"POST /manage/waves/:slug/variables":                 {422, managers, reach, post("", "kind", "recode", "source", "arrival")}, // without a name
		"GET /manage/waves/:slug/variables/of/:name":         {404, managers, reach, get("/of/lost")},                                 // there is none such
		"POST /manage/waves/:slug/variables/of/:name":        {404, managers, reach, post("/of/lost")},
		"POST /manage/waves/:slug/variables/of/:name/delete": {404, managers, reach, post("/of/lost/delete")},
		"GET /manage/waves/:slug/quality": {200, readers, reach, func(_ *testing.T, v *visit) int {
			return v.get("/manage/waves/town/quality").Code
		}},
	}
}

const moods = `
id: moods
version: "1"
language: en
audience: families
title: "Mood"
choices:
  ways:
    - {name: bus, label: "bus"}
    - {name: bike, label: "bike"}
    - {name: foot, label: "on foot"}
    - {name: car, label: "car"}
  agree:
    - {name: a1, label: "not at all", score: 1}
    - {name: a2, label: "little", score: 2}
    - {name: a3, label: "rather", score: 3}
    - {name: a4, label: "very", score: 4}
questions:
  - {type: select_one ways, name: way, label: "How do you come here?"}
  - {type: integer, name: age, label: "How old are you?"}
  - type: group
    name: feelings
    label: "How are you here?"
    appearance: table-list
    questions:
      - {type: select_one agree, name: m1, label: "I like to be here.", measures: {field: counselling, as: consensus}}
      - {type: select_one agree, name: m2, label: "I feel safe.", measures: {field: counselling, as: consensus}}
      - {type: select_one agree, name: m3, label: "I am lonely.", measures: {field: counselling, as: consensus}}
      - {type: select_one agree, name: m4, label: "People listen to me.", measures: {field: counselling, as: consensus}}
      - {type: select_one agree, name: m5, label: "I have friends.", measures: {field: counselling, as: consensus}}
`

// moody is a desk with a wave of the town, of which 90 people told how they are:
// every ninth gave the same answer throughout, every tenth was very fast.
func moody(t testing.TB, closed bool) *testDesk {
	t.Helper()
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	ctx := context.Background()
	s, findings := survey.ReadYAML("moods.yaml", []byte(moods))
	if findings.Fatal() {
		t.Fatal(findings)
	}
	version, findings := survey.Compile(s)
	if findings.Fatal() {
		t.Fatal(findings)
	}
	wave, err := d.db.OpenWave(ctx, "anna", fieldwork.Wave{Slug: "town", Area: own, K: 5}, version)
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.db.Import(ctx, "anna", wave, store.File{Name: "a.csv"}, func(yield func(store.Imported, error) bool) {
		for i := range 90 {
			answers := response.New(version)
			put := func(name, value string) { answers.Top().Set(version.Element(name), value) }
			put("way", []string{"bus", "bike", "foot", "car"}[i%7%4])
			put("age", fmt.Sprint(10+i%45))
			for row := range 5 {
				step := 1 + (i+row*(i%3+1))%4
				if i%9 == 0 {
					step = 1 + i%4
				}
				put(fmt.Sprint("m", row+1), fmt.Sprint("a", step))
			}
			answers.Settle(d.now, true)
			one := store.Imported{ExternalID: fmt.Sprint(i), Language: "de", Answers: answers, Duration: 4}
			if i%10 == 0 {
				one.Duration = 2
			}
			if !yield(one, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if closed {
		if err := d.db.CloseWave(ctx, "anna", wave); err != nil {
			t.Fatal(err)
		}
	}
	d.person(t, "cem", account.Grant{Role: account.Coordinator, Area: own})
	return d
}

func (d *testDesk) moodyVariables(t testing.TB) {
	t.Helper()
	wave, err := d.db.Wave(context.Background(), "town")
	if err != nil {
		t.Fatal(err)
	}
	label := func(de, en string) map[string]string { return map[string]string{"de": de, "en": en} }
	for _, v := range []analysis.Variable{
		{Name: "motor", Label: label("Mit Motor oder ohne", "With a motor or without"), Definition: analysis.Definition{Kind: analysis.Recode, Source: "way", Categories: []analysis.Merged{
			{Name: "c1", Label: label("mit Motor", "with a motor"), Choices: []string{"bus", "car"}}, {Name: "c2", Label: label("ohne Motor", "without a motor"), Choices: []string{"bike", "foot"}}}}},
		{Name: "grown", Label: label("Altersgruppe", "Age group"), Definition: analysis.Definition{Kind: analysis.Band, Source: "age", Limits: []string{"18", "40"}}},
		{Name: "glad", Label: label("Gern hier", "Glad to be here"), Definition: analysis.Definition{Kind: analysis.Band, Source: "m1", Limits: []string{"3"}}},
		{Name: "well", Label: label("Wohlbefinden", "Well-being"), Definition: analysis.Definition{Kind: analysis.Index, Items: []analysis.Item{{Question: "m1"}, {Question: "m2"}, {Question: "m3", Reversed: true}}}},
	} {
		if err := d.db.SaveVariable(context.Background(), "anna", wave, 0, v); err != nil {
			t.Fatal(err)
		}
	}
}

// TestVariablePages adds, changes and deletes variables of each kind by the forms.
func TestVariablePages(t *testing.T) {
	d := moody(t, true)
	cem := d.sign(t, "cem")
	const base = "/manage/waves/town/variables"
	want := func(got *http.Response, code int, about string) {
		t.Helper()
		if got.StatusCode != code {
			t.Errorf("%s: %d, want %d", about, got.StatusCode, code)
		}
	}
	page := func(path string) string {
		t.Helper()
		got := cem.get(path)
		want(got.Result(), http.StatusOK, path)
		return got.Body.String()
	}
	if empty := page(base); !strings.Contains(empty, "There are no calculated variables yet") || strings.Count(empty, `/variables/new"`) != 3 {
		t.Error("the empty list")
	}
	form := page(base + "/new?kind=recode&source=way")
	if !strings.Contains(form, "on foot") || strings.Count(form, "<select") != 4 || strings.Count(form, `name="category_de_`) != 3 {
		t.Error("the form of a recode")
	}
	motor := []string{"kind", "recode", "source", "way", "name", "motor", "label_en", "With a motor or without",
		"category_en_1", "with a motor", "category_de_2", "ohne Motor", "choice_0", "1", "choice_3", "1", "choice_1", "2", "choice_2", "2"}
	want(cem.post(base, motor...).Result(), http.StatusSeeOther, "adding a recode")
	again := cem.post(base, motor...)
	want(again.Result(), http.StatusUnprocessableEntity, "adding it again")
	if body := again.Body.String(); !strings.Contains(body, "is called “motor” already") || !strings.Contains(body, `value="with a motor"`) {
		t.Error("what was typed is lost, or nothing is said")
	}
	want(cem.post(base, "kind", "band", "source", "age", "name", "grown", "label_en", "Age group", "limits", "18  40;").Result(), http.StatusSeeOther, "adding a band")
	for limits, words := range map[string]string{"40 18": "is not above the one before", "18,40": "is no limit here", "": "Give at least one limit"} {
		got := cem.post(base, "kind", "band", "source", "age", "name", "wrong", "label_en", "x", "limits", limits)
		want(got.Result(), http.StatusUnprocessableEntity, "limits "+limits)
		if !strings.Contains(got.Body.String(), words) {
			t.Errorf("limits %q: nothing says %q", limits, words)
		}
	}
	few := cem.post(base, "kind", "index", "name", "well", "label_en", "Well-being", "item", "m1", "item", "m2")
	want(few.Result(), http.StatusUnprocessableEntity, "an index of two")
	if body := few.Body.String(); !strings.Contains(body, "at least 3 scales") || strings.Count(body, "checked") != 2 {
		t.Error("an index of two")
	}
	want(cem.post(base, "kind", "index", "name", "well", "label_en", "Well-being", "item", "m1", "item", "m2", "item", "m3", "reversed", "m3").Result(), http.StatusSeeOther, "adding an index")
	list := page(base)
	for _, words := range []string{"With a motor or without", "ohne Motor", "Bands of: How old are you?; limits given: 18 · 40", "I am lonely. (turned)", "10–19", "20–39", "40–54"} {
		if !strings.Contains(list, words) {
			t.Errorf("the list lacks %q", words)
		}
	}
	change := page(base + "/of/motor")
	if !strings.Contains(change, `value="ohne Motor"`) || strings.Count(change, "selected") != 4 || !strings.Contains(change, `name="revision" value="1"`) {
		t.Error("the form of a variable that there is")
	}
	want(cem.post(base+"/of/motor", append(motor, "revision", "1", "category_de_1", "Motor")...).Result(), http.StatusSeeOther, "changing")
	stale := cem.post(base+"/of/motor", append(motor, "revision", "1")...)
	want(stale.Result(), http.StatusConflict, "changing what has changed")
	want(cem.post(base+"/of/motor/delete").Result(), http.StatusUnprocessableEntity, "deleting unawares")
	want(cem.post(base+"/of/motor/delete", "sure", "yes").Result(), http.StatusSeeOther, "deleting")
	want(cem.get(base+"/of/motor").Result(), http.StatusNotFound, "what was deleted")
	for _, path := range []string{"/new?kind=recode&source=age", "/new?kind=band&source=way", "/new?kind=sum", "/new"} {
		want(cem.get(base+path).Result(), http.StatusNotFound, path)
	}
	made := must(cem.desk.Office.Wave(context.Background(), "town"))(t)
	if got := len(made.Calculated.Variables()); got != 2 {
		t.Errorf("%d variables are left", got)
	}
}

// TestVariablesAreExplored: shown, divided by and filtered, on the page and by the
// interface.
func TestVariablesAreExplored(t *testing.T) {
	d := moody(t, true)
	d.moodyVariables(t)
	cem := d.sign(t, "cem")
	const base = "/manage/waves/town/explore"
	for address, words := range map[string][]string{
		"?question=motor":              {"With a motor or without", "without a motor", `<option value="motor" selected>`},
		"?question=well":               {"Well-being", "on the scale from 1 to 4", "Cronbach’s α"},
		"?question=well&by=way":        {"Well-being", "≈", "on foot", "<img"},
		"?question=m1&by=grown":        {"Age group", "20–39", "≈"},
		"?question=m1&by=quality":      {"nothing stands out", "≈"},
		"?question=m1&filter=motor:c1": {"≈", `<option value="motor:c1" selected>with a motor`},
		"?question=glad&by=motor":      {"Glad to be here", "1–2", "with a motor"},
		"?question=quality":            {"Data quality", "≈", "always the same answer"},
	} {
		got := cem.get(base + address)
		if got.Code != http.StatusOK {
			t.Errorf("%s: %d", address, got.Code)
		}
		for _, word := range words {
			if !strings.Contains(got.Body.String(), word) {
				t.Errorf("%s lacks %q", address, word)
			}
		}
	}
	for address, code := range map[string]int{"?question=m1&by=well": 422, "?question=m1&filter=motor:c9": 422, "?question=m1&filter=grown:1..2": 422} {
		if got := cem.get(base + address).Code; got != code {
			t.Errorf("%s: %d, want %d", address, got, code)
		}
	}
	repeated := cem.post("/manage/waves/town/repeat").Header().Get("Location")
	slug := strings.Split(strings.TrimPrefix(repeated, "/manage/waves/"), "/")[0]
	if next := must(d.db.Wave(context.Background(), slug))(t); len(next.Calculated.Elements()) != 4 {
		t.Errorf("the next wave %q has not taken the variables over", slug)
	}
	table := cem.get(base + "/figures.csv?question=well&by=motor&lang=en").Body.String()
	if !strings.Contains(table, "without a motor") || strings.Count(table, ",Mean,") != 2 {
		t.Errorf("the file says %s", table)
	}
}

func TestVariablesByTheInterface(t *testing.T) {
	d := moody(t, true)
	d.moodyVariables(t)
	cem := d.sign(t, "cem")
	const base = "/api/v1/waves/town/results"
	ask := func(query string) (answer apiResults) {
		t.Helper()
		got := cem.get(base + query)
		if got.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", query, got.Code, got.Body.String())
		}
		if err := json.Unmarshal(got.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		return answer
	}
	byName := func(answer apiResults, name string) apiQuestion {
		t.Helper()
		at := slices.IndexFunc(answer.Questions, func(q apiQuestion) bool { return q.Name == name })
		if at < 0 {
			t.Fatalf("%s is missing", name)
		}
		return answer.Questions[at]
	}
	all := ask("")
	way, motor, well := byName(all, "way"), byName(all, "motor"), byName(all, "well")
	if *motor.Base != *way.Base || *motor.Choices[0].Count != *way.Choices[0].Count+*way.Choices[3].Count || motor.Perturbed || motor.Choices[0].Label == "" {
		t.Errorf("%+v of %+v", motor, way)
	}
	if well.Index == nil || well.Index.Items != 3 || well.Index.Mean == nil || well.Index.Alpha == nil || len(well.Choices) != 0 {
		t.Errorf("%+v", well)
	}
	if slices.ContainsFunc(all.Questions, func(q apiQuestion) bool { return q.Name == "quality" }) {
		t.Error("flags are among the questions unasked")
	}
	if quality := byName(ask("?question=quality"), "quality"); !quality.Perturbed || len(quality.Choices) != 4 {
		t.Errorf("%+v", quality)
	}
	divided := ask("?question=well&by=motor")
	if len(divided.Groups) < 2 || divided.Groups[0].Questions[0].Index == nil || divided.Groups[0].Questions[0].Index.Alpha != nil || !divided.Groups[0].Questions[0].Perturbed {
		t.Errorf("%+v", divided.Groups)
	}
	band := byName(all, "grown").Choices[0].Name
	if filtered := ask("?question=m1&filter=" + url.QueryEscape("grown:"+band)); !filtered.Perturbed || *filtered.N == 0 {
		t.Errorf("%+v", filtered)
	}
	lines, err := csv.NewReader(strings.NewReader(cem.get(base + "?format=csv&question=well").Body.String())).ReadAll()
	if err != nil || len(lines) != 2 || lines[0][len(lines[0])-1] != "mean" || lines[1][len(lines[1])-1] == "" {
		t.Errorf("%v, %v", lines, err)
	}
	var list apiList[apiVariable]
	if err := json.Unmarshal(cem.get("/api/v1/waves/town/variables").Body.Bytes(), &list); err != nil || len(list.Items) != 4 {
		t.Fatalf("%+v, %v", list, err)
	}
	if grown := list.Items[1]; grown.Name != "grown" || len(grown.Values) != 3 || grown.Values[0] != band || grown.Limits[0] != "18" || grown.Revision != 1 {
		t.Errorf("%+v", grown)
	}
	if got := cem.get(base + "?question=lost").Code; got != http.StatusUnprocessableEntity {
		t.Errorf("a question that there is not: %d", got)
	}
	open := moody(t, false)
	open.moodyVariables(t)
	early := open.sign(t, "cem")
	if got := early.get(base); got.Code != http.StatusOK || strings.Contains(got.Body.String(), `"motor"`) {
		t.Errorf("before the release: %d", got.Code)
	}
	if got := early.get(base + "?question=motor").Code; got != http.StatusForbidden {
		t.Errorf("before the release by name: %d", got)
	}
}

// TestQualityPage tells of the flags once there is a release, and hides small
// numbers.
func TestQualityPage(t *testing.T) {
	early := moody(t, false).sign(t, "cem").get("/manage/waves/town/quality").Body.String()
	for _, words := range []string{"These figures come with the close of the wave", "Whether somebody has answered a second time over the open link cannot be seen"} {
		if !strings.Contains(early, words) {
			t.Errorf("before the release the page lacks %q", words)
		}
	}
	d := moody(t, true)
	page := d.sign(t, "cem").get("/manage/waves/town/quality").Body.String()
	for _, words := range []string{"nothing stands out", "always the same answer", "≈ ", "filter=quality%3Anone", "/manage/waves/town/returns", "over 8 to 16 minutes"} {
		if !strings.Contains(page, words) {
			t.Errorf("the page lacks %q", words)
		}
	}
	// One of 90 was both fast and gave the same answer throughout.
	if !strings.Contains(page, "a group below 5 people") || regexp.MustCompile(`very fast and always the same answer<svg`).MatchString(page) {
		t.Error("a small number is not hidden")
	}
}

// TestVariableWords: all words are there, in both languages, and each is said.
func TestVariableWords(t *testing.T) {
	german, english := map[string]any{}, map[string]any{}
	for language, into := range map[string]*map[string]any{"de": &german, "en": &english} {
		content := must(os.ReadFile("../../locales/variables." + language + ".json"))(t)
		if err := json.Unmarshal(content, into); err != nil {
			t.Fatal(err)
		}
	}
	said := ""
	for _, pattern := range []string{"internal/server/coordinator_*.go", "internal/analysis/*.go", "internal/store/variables.go", "internal/account/entry.go", "web/templates/desk_variables.html"} {
		for _, file := range must(filepath.Glob(filepath.Join("../..", pattern)))(t) {
			if !strings.HasSuffix(file, "_test.go") {
				said += string(must(os.ReadFile(file))(t))
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(german)) {
		short := regexp.MustCompile(`^(error\.variable_|desk\.audit\.action\.|variables\.(made|hint|new)\.|quality\.flag\.)`).ReplaceAllString(key, "")
		if !strings.Contains(said, `"`+key+`"`) && !strings.Contains(said, `"`+short+`"`) && !slices.Contains([]string{"variables.added", "variables.changed", "variables.removed"}, key) {
			t.Errorf("nothing says %s", key)
		}
		if fmt.Sprint(testinput.Placeholders(fmt.Sprint(german[key]))) != fmt.Sprint(testinput.Placeholders(fmt.Sprint(english[key]))) {
			t.Errorf("%s: %q, %q", key, german[key], english[key])
		}
	}
	if len(german) != len(english) || len(german) < 80 {
		t.Errorf("%d words in German, %d in English", len(german), len(english))
	}
	for _, found := range regexp.MustCompile(`wrong\("([a-z_]+)"`).FindAllStringSubmatch(string(must(os.ReadFile("../analysis/variable.go"))(t)), -1) {
		if german["error.variable_"+found[1]] == nil {
			t.Errorf("error.variable_%s has no words", found[1])
		}
	}
}

// TestBrowserVariables makes a recode and a band by keyboard and uses them in the
// explorer, with scripts and without, at every width.
func TestBrowserVariables(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lang    string
		options []testbrowser.Option
	}{
		"de, small, no script": {"de", []testbrowser.Option{testbrowser.Small, testbrowser.NoScript}},
		"en, desktop":          {"en", []testbrowser.Option{testbrowser.Desktop}},
	} {
		t.Run(name, func(t *testing.T) {
			d := moody(t, true)
			p := testbrowser.New(t, append(test.options, testbrowser.Language(test.lang))...)
			address := listen(t, d.testServer)
			signInto(p, address, "cem")
			words := d.config.Catalogue.Localizer(test.lang)
			seen := func(state string) {
				t.Helper()
				look(t, p, "variables "+name+" "+state)
				p.CheckBarriers()
				if wide := p.Sideways(); wide > 0 {
					t.Errorf("%s is %d px too wide", state, wide)
				}
			}
			write := func(label, text string) {
				t.Helper()
				p.TabTo("textbox", label, 60)
				p.Type(text)
			}
			choose := func(label, value string) {
				t.Helper()
				p.TabTo("combobox", label, 60)
				p.Type(value)
			}
			press := func(role, label string) {
				t.Helper()
				p.TabTo(role, label, 60)
				p.Follow(func() { p.Press(testbrowser.Enter) })
			}
			says := func(de, en string) string {
				if test.lang == "de" {
					return de
				}
				return en
			}
			p.Open(address + "/manage/waves/town/variables")
			seen("empty")
			choose(words.T("variables.new.recode"), "How do you come")
			press("button", words.T("variables.begin")+" : "+words.T("variables.new.recode"))
			write(words.T("variables.name"), "motor")
			write(words.T("variables.label_de"), "Mit Motor oder ohne")
			write(words.T("variables.label_en"), "With a motor or without")
			write(words.T("variables.in_german"), "mit Motor")
			write(words.T("variables.in_english"), "with a motor")
			choose("bus", words.T("variables.category", "number", "1"))
			choose("car", words.T("variables.category", "number", "1"))
			seen("recode")
			press("button", words.T("variables.add"))
			seen("added")
			choose(words.T("variables.new.band"), "How old")
			press("button", words.T("variables.begin")+" : "+words.T("variables.new.band"))
			write(words.T("variables.name"), "grown")
			write(words.T("variables.label_de"), "Altersgruppe")
			write(words.T("variables.label_en"), "Age group")
			write(words.T("variables.limits"), "40 18")
			press("button", words.T("variables.add"))
			seen("wrong limits")
			if tree := p.Tree(); len(tree.All("alert")) != 1 {
				t.Errorf("nothing says that the limits are wrong:\n%s", tree)
			}
			p.TabTo("textbox", words.T("variables.limits"), 60)
			p.Fill("#limits", "18 40")
			press("button", words.T("variables.add"))
			seen("two variables")
			press("link", words.T("variables.explore")+" : "+says("Mit Motor oder ohne", "With a motor or without"))
			if text := p.Text("main"); !strings.Contains(text, says("mit Motor", "with a motor")) || strings.Contains(text, "≈") {
				t.Errorf("the recode of the whole wave: %s", text)
			}
			choose(words.T("explore.by"), says("Altersgruppe", "Age group"))
			press("button", words.T("explore.show"))
			seen("explored")
			if text := p.Text("main"); !strings.Contains(text, "≈") || !strings.Contains(p.URL(), "by=grown") {
				t.Errorf("divided by the band at %s: %s", p.URL(), text)
			}
			p.Open(address + "/manage/waves/town/quality")
			seen("quality")
			p.Open(address + "/manage/waves/town/variables/new?kind=index")
			seen("index")
			p.Open(address + "/manage/waves/town/variables/of/motor")
			seen("change")
		})
	}
}
