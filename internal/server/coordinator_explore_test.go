package server

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"image/png"
	"net/http"
	"net/url"
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
)

// exploreRules is who may look into the figures of groups.
func exploreRules() map[string]rule {
	readers := []account.Role{account.Administrator, account.Coordinator, account.Viewer}
	reach := []string{whole, above, own}
	get := func(path string) func(*testing.T, *visit) int {
		return func(_ *testing.T, v *visit) int { return v.get("/manage/waves/town/explore" + path).Code }
	}
	return map[string]rule{
		"GET /manage/waves/:slug/compare":          {200, readers, reach, func(_ *testing.T, v *visit) int { return v.get("/manage/waves/town/compare").Code }},
		"GET /manage/waves/:slug/compare/:picture": {404, readers, reach, func(_ *testing.T, v *visit) int { return v.get("/manage/waves/town/compare/wide.svg").Code }}, // there is no other wave
		"GET /manage/waves/:slug/understanding":    {200, readers, reach, func(_ *testing.T, v *visit) int { return v.get("/manage/waves/town/understanding").Code }},    // without statements
		"GET /manage/waves/:slug/weights":          {200, readers, reach, func(_ *testing.T, v *visit) int { return v.get("/manage/waves/town/weights").Code }},
		"GET /manage/waves/:slug/explore":          {200, readers, reach, get("")},
		"GET /manage/waves/:slug/explore/:picture": {404, readers, reach, get("/wide.svg")}, // nobody has answered: there is nothing to draw
	}
}

// explored is a desk with a wave of families in two areas and two types of
// school, in three languages: in each corner so many, who differ in how much the
// learning of German matters to them.
func explored(t testing.TB) *testDesk {
	t.Helper()
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	d.answered(t, "town", "families", 0)
	d.person(t, "cem", account.Grant{Role: account.Coordinator, Area: above})
	d.person(t, "vera", account.Grant{Role: account.Viewer, Area: above})
	return d
}

// answered opens a wave that so many have answered; shift moves what matters to
// those in the other town.
func (d *testDesk) answered(t testing.TB, slug, id string, shift int) {
	t.Helper()
	ctx := context.Background()
	wave, err := d.db.OpenWave(ctx, "anna", fieldwork.Wave{Slug: slug, Area: above, K: 5, Purpose: "Ausgangslage"}, shipped(t, id))
	if err != nil {
		t.Fatal(err)
	}
	find := func(as survey.Aspect) *survey.Element {
		at := slices.IndexFunc(wave.Version.Elements, func(e *survey.Element) bool {
			return e.Measures != nil && *e.Measures == survey.Measure{Field: "language_support", As: as}
		})
		return wave.Version.Elements[at]
	}
	importance, state, ages := find(survey.Importance), find(survey.State), wave.Version.Element("child_ages")
	at := 0
	var rows []store.Imported
	for area, more := range map[string]int{own: 0, foreign: 2 + shift} {
		for kind, count := range map[string]int{"grundschule": 24, "gesamtschule": 18} {
			for i := range count {
				answers := response.New(wave.Version)
				choice := (i + more) % len(importance.Choices.Choices)
				if shift > 0 && i%2 == 0 {
					choice = 4 // very important
				}
				answers.Top().Set(importance, importance.Choices.Choices[choice].Name)
				answers.Top().Set(state, state.Choices.Choices[i%4].Name)
				if ages != nil {
					answers.Top().Set(ages, []string{"age_3_5", "age_6_9"}[i%2])
				}
				answers.Settle(d.now, true)
				rows = append(rows, store.Imported{ExternalID: fmt.Sprint(at), Language: []string{"de", "ar", "uk"}[i%3], Answers: answers,
					Carried: fieldwork.Carried{Area: area, InstitutionType: kind}})
				at++
			}
		}
	}
	if _, err := d.db.Import(ctx, "anna", wave, store.File{Name: slug + ".csv"}, func(yield func(store.Imported, error) bool) {
		for _, one := range rows {
			if !yield(one, nil) {
				return
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
}

// TestExplore leads from a wave without groups over its release to figures by
// group, on the page, as files and by the interface.
func TestExplore(t *testing.T) {
	d := explored(t)
	cem := d.sign(t, "cem")
	const base = "/manage/waves/town/explore"
	byArea := base + "?question=imp_language_support&by=area"
	whole := cem.get(base + "?question=imp_language_support")
	if whole.Code != http.StatusOK || !strings.Contains(whole.Body.String(), "84") || strings.Contains(whole.Body.String(), "≈") {
		t.Errorf("the whole wave: %d", whole.Code)
	}
	early := cem.get(byArea)
	if early.Code != http.StatusForbidden || !strings.Contains(early.Body.String(), "/manage/waves/town/release") {
		t.Errorf("before the release: %d", early.Code)
	}
	if got := d.sign(t, "vera").get(byArea); got.Code != http.StatusForbidden || strings.Contains(got.Body.String(), "/manage/waves/town/release") {
		t.Errorf("before the release, to somebody who only reads: %d", got.Code)
	}
	if got := cem.post("/manage/waves/town/release", "understood", "yes").Code; got != http.StatusSeeOther {
		t.Fatalf("releasing: %d", got)
	}
	page := cem.get(byArea).Body.String()
	for _, want := range []string{"Stadt", "Andere Stadt", "/explore/wide.svg?", "slide.png", "figures.csv"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "≈") {
		t.Error("exact groups are marked as changed")
	}
	filtered := cem.get(byArea + "&filter=language:ar").Body.String()
	if strings.Count(filtered, "≈") < 10 || !strings.Contains(filtered, "≈ The figures rest on") {
		t.Error("a filter outside the exact groups is not marked")
	}
	for address, want := range map[string]int{
		byArea + "&by=language&filter=institution_type:grundschule": 422, // three conditions
		byArea + "&filter=shoe_size:43":                             422,
		byArea + "&filter=area:mond":                                422,
		byArea + "&filter=nonsense":                                 422,
		base + "?question=nobody":                                   422,
		base + "?question=imp_language_support&filter=language:ti":  403, // fewer than k speak it, be it none
		byArea + "&by=institution_type&as=dots":                     200,
		byArea + "&as=heat":                                         200,
	} {
		if got := cem.get(address).Code; got != want {
			t.Errorf("%s: %d, want %d", address, got, want)
		}
	}
	files := func(name string) []byte {
		t.Helper()
		got := cem.get(base + "/" + name + "?question=imp_language_support&by=area&lang=de")
		if got.Code != http.StatusOK {
			t.Fatalf("%s: %d", name, got.Code)
		}
		return got.Body.Bytes()
	}
	for _, name := range []string{"wide.svg", "narrow.dark.svg"} {
		if !bytes.Contains(files(name), []byte("<svg")) {
			t.Errorf("%s is no picture", name)
		}
	}
	for name, width := range map[string]int{"chart.png": 0, "slide.png": 1920} {
		picture, err := png.Decode(bytes.NewReader(files(name)))
		if err != nil || width > 0 && picture.Bounds().Dx() != width {
			t.Errorf("%s: %v", name, err)
		}
	}
	table, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(files("figures.csv"), []byte("\ufeff")))).ReadAll()
	if err != nil || len(table) < 5 {
		t.Errorf("%d lines, %v", len(table), err)
	}
	if got := cem.get(base + "/whatever.pdf?question=imp_language_support").Code; got != http.StatusNotFound {
		t.Errorf("a file that there is not: %d", got)
	}
}

// TestGroupsShownTogether: a figure that is exact only of several groups together is
// drawn once, under the name of all of them, also where one of them shows nothing
// by itself, and never as that of one.
func TestGroupsShownTogether(t *testing.T) {
	d := explored(t)
	wave := must(d.db.Wave(context.Background(), "town"))(t)
	words := d.config.Catalogue.Localizer("en")
	base := func(n int) *int { return &n }
	group := func(area, kind string, n int, together ...int) analysis.Group {
		return analysis.Group{Values: [][]string{{area}, {kind}}, N: base(n), Perturbed: true,
			Figures: []analysis.Figure{{Question: "imp_language_support", Base: base(n), Together: together}}}
	}
	few := analysis.Group{Values: [][]string{{foreign}, {"gesamtschule"}}, Refused: analysis.TooFewLeft}
	e := &exploration{wave: wave, element: wave.Version.Element("imp_language_support"),
		query: analysis.Query{By: []string{"area", "institution_type"}}}
	for _, test := range []struct {
		groups []analysis.Group
		want   string
	}{
		{[]analysis.Group{group(own, "grundschule", 9), group(own, "gesamtschule", 8), group(foreign, "grundschule", 12, 2, 3), few},
			"Grundschule: Stadt 9; Gesamtschule: Stadt 8; Grundschule, Gesamtschule: Andere Stadt 12; "},
		{[]analysis.Group{group(own, "grundschule", 20, 0, 1, 2), group(own, "gesamtschule", 20, 0, 1, 2), group(foreign, "grundschule", 20, 0, 1, 2), few},
			"Grundschule, Gesamtschule: Stadt (Grundschule), Stadt (Gesamtschule), Andere Stadt (Grundschule) 20; Gesamtschule: Andere Stadt -; "},
	} {
		e.divided.Groups = test.groups
		got := ""
		for _, panel := range d.panels(e, words).Panels {
			got += panel.Label + ":"
			for _, one := range panel.Groups {
				if one.Perturbed {
					t.Errorf("%s is exact, but marked as changed", one.Label)
				}
				got += " " + one.Label + " " + cmp.Or(intText(one.Figure.Base), "-")
			}
			got += "; "
		}
		if got != test.want {
			t.Errorf("drawn as\n%s\nwant\n%s", got, test.want)
		}
	}
	e.query.Filters = []analysis.Condition{{Variable: "language", Value: "ar"}}
	for want, values := range map[string][]string{"Stadt, Andere Stadt": {own, foreign}, "Grundschule, not known": {"grundschule", ""}, "العربية": {"ar"}, "strange": {"strange"}} {
		if got := d.joinedName(words, e, values); got != want {
			t.Errorf("%q is called %q, not %q", values, got, want)
		}
	}
}

// TestResultsByGroup asks the interface for groups.
func TestResultsByGroup(t *testing.T) {
	d := explored(t)
	ctx := context.Background()
	token := must(d.db.CreateToken(ctx, "anna", store.Token{Name: "t", Grant: account.Grant{Role: account.Viewer, Area: above}}))(t)
	ask := func(query string) (int, apiResults, string) {
		got := d.testServer.get("/api/v1/waves/town/results?"+query, "Authorization", "Bearer "+token)
		var answer apiResults
		if got.Code == http.StatusOK && !strings.Contains(query, "csv") {
			if err := json.Unmarshal(got.Body.Bytes(), &answer); err != nil {
				t.Fatal(err)
			}
		}
		return got.Code, answer, got.Header().Get("Content-Type") + " " + got.Body.String()
	}
	if code, _, text := ask("by=area"); code != http.StatusForbidden || !strings.Contains(text, "application/problem+json") {
		t.Errorf("before the release: %d %s", code, text)
	}
	wave := must(d.db.Wave(ctx, "town"))(t)
	if err := d.db.ReleaseWave(ctx, "anna", wave); err != nil {
		t.Fatal(err)
	}
	_, answer, _ := ask("by=area&question=imp_language_support")
	sum := 0
	for _, group := range answer.Groups {
		if group.Perturbed || group.N == nil || len(group.Questions) != 1 || group.Questions[0].Perturbed {
			t.Fatalf("%+v", group)
		}
		for _, choice := range group.Questions[0].Choices {
			sum += *choice.Count
		}
	}
	const substantive = 70 // one in six does not know
	if len(answer.Groups) != 2 || sum != substantive || *answer.N != 84 || answer.Perturbed || len(answer.Questions) != 1 {
		t.Errorf("%d groups with %d answers of %d", len(answer.Groups), sum, *answer.N)
	}
	_, answer, _ = ask("filter=language:ar")
	if answer.Joined == nil {
		t.Error("what is joined is not told")
	}
	if answer.N == nil || *answer.N < 24 || *answer.N > 32 || !answer.Perturbed {
		t.Errorf("the group has %v", answer.N)
	}
	for _, question := range answer.Questions {
		if !question.Perturbed {
			t.Errorf("%s is not marked", question.Name)
		}
	}
	for query, want := range map[string]int{"filter=area:mond": 422, "filter=x": 422, "by=shoe_size": 422, "by=area&by=language&filter=area:stadt": 422, "question=nobody": 422, "by=area&by=a&by=b": 422, "format=pdf": 422} {
		if code, _, text := ask(query); code != want {
			t.Errorf("%s: %d %s", query, code, text)
		}
	}
	code, _, text := ask("by=area&question=imp_language_support&format=csv")
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if code != http.StatusOK || !strings.HasPrefix(text, "text/csv") || !strings.Contains(lines[0], "area,n,question") || len(lines) != 1+2*5 {
		t.Errorf("as a table: %d, %d lines: %s", code, len(lines), text)
	}
}

// weigh tells how many people live where, and releases the groups.
func (d *testDesk) weigh(t *testing.T) {
	t.Helper()
	d.weighWave(t, "town")
}

func (d *testDesk) weighWave(t *testing.T, slug string) {
	t.Helper()
	ctx := context.Background()
	wave := must(d.db.Wave(ctx, slug))(t)
	if err := d.db.SetStrata(ctx, "anna", wave, []fieldwork.Stratum{{Area: own, InstitutionType: "grundschule", Population: 900},
		{Area: own, InstitutionType: "gesamtschule", Population: 300}, {Area: foreign, InstitutionType: "grundschule", Population: 200},
		{Area: foreign, InstitutionType: "gesamtschule", Population: 400}, {Area: foreign, InstitutionType: "gymnasium", Population: 200}}); err != nil {
		t.Fatal(err)
	}
	wave = must(d.db.Wave(ctx, slug))(t)
	if err := d.db.ReleaseWave(ctx, "anna", wave); err != nil {
		t.Fatal(err)
	}
}

// TestExplorePairs draws importance and state of all items, and two groups, as
// pairs of points.
func TestExplorePairs(t *testing.T) {
	d := explored(t)
	d.weigh(t)
	cem := d.sign(t, "cem")
	const page = "/manage/waves/town/explore?question=imp_language_support&as=pairs"
	for query, want := range map[string]string{"": "importance and present state", "&filter=institution_type:grundschule": "importance and present state", "&by=area": "Andere Stadt"} {
		got := cem.get(page + query).Body.String()
		if !strings.Contains(got, want) || !strings.Contains(got, `value="pairs" selected`) || !strings.Contains(got, "Difference") {
			t.Errorf("%q: the page lacks %q or the pairs", query, want)
		}
		picture := strings.Replace(page, "explore?", "explore/wide.svg?", 1) + query
		if got := cem.get(picture); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), "<svg") {
			t.Errorf("%s: %d", picture, got.Code)
		}
	}
	// A whole section shows all its questions, each with its files.
	at := slices.IndexFunc(must(d.db.Wave(context.Background(), "town"))(t).Version.Elements, func(e *survey.Element) bool { return e.Name == "imp_language_support" })
	element := must(d.db.Wave(context.Background(), "town"))(t).Version.Elements[at]
	section := cem.get("/manage/waves/town/explore?by=area&question=section:" + element.Parent.Name).Body.String()
	if n := strings.Count(section, "<article"); n < 3 || strings.Count(section, "slide.png") < 1 || !strings.Contains(section, "question=imp_language_support") {
		t.Errorf("a section shows %d questions", n)
	}
	if got := cem.get("/manage/waves/town/explore?question=section:nothing").Code; got != http.StatusUnprocessableEntity {
		t.Errorf("a section that there is not: %d", got)
	}
	if got := cem.get("/manage/waves/town/explore?question=child_ages&as=pairs"); got.Code != http.StatusOK || strings.Contains(got.Body.String(), "present state –") {
		t.Errorf("a question without another half: %d", got.Code)
	}
}

// TestExploreWeighted weights by the population, on the page and by the interface,
// and tells what the weights are.
func TestExploreWeighted(t *testing.T) {
	d := explored(t)
	ctx := context.Background()
	cem := d.sign(t, "cem")
	const page = "/manage/waves/town/explore?question=imp_language_support&by=area"
	wave := must(d.db.Wave(ctx, "town"))(t)
	if err := d.db.ReleaseWave(ctx, "anna", wave); err != nil {
		t.Fatal(err)
	}
	if got := cem.get(page + "&weights=on"); got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body.String(), "population of this wave") || strings.Contains(got.Body.String(), "/manage/waves/town/release") {
		t.Errorf("without a population: %d", got.Code)
	}
	if got := cem.get("/manage/waves/town/weights").Body.String(); !strings.Contains(got, "desk-problem") {
		t.Error("without a population the page of the weights says nothing about it")
	}
	if got := cem.get(page + "&weights=maybe").Code; got != http.StatusUnprocessableEntity {
		t.Errorf("weights=maybe: %d", got)
	}
	d.weigh(t)
	shown := cem.get(page + "&weights=on").Body.String()
	for _, want := range []string{"Shares and means are weighted", "Lumley–Scott", "weights=on"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if weights := cem.get("/manage/waves/town/weights").Body.String(); !strings.Contains(weights, "Gymnasium") || !strings.Contains(weights, "10.0%") || !strings.Contains(weights, "Design effect") {
		t.Error("the page of the weights lacks a part that nobody answered from, its share or the design effect")
	}
	token := must(d.db.CreateToken(ctx, "anna", store.Token{Name: "t", Grant: account.Grant{Role: account.Viewer, Area: above}}))(t)
	ask := func(query string) (answer apiResults) {
		got := d.testServer.get("/api/v1/waves/town/results?question=imp_language_support&"+query, "Authorization", "Bearer "+token)
		if got.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", query, got.Code, got.Body)
		}
		if err := json.Unmarshal(got.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		return answer
	}
	plain, weighted := ask("tests=off"), ask("weights=on")
	first, second := plain.Questions[0], weighted.Questions[0]
	if first.Weighted || !second.Weighted || second.Effective == nil || *second.Effective >= float64(*second.Base) || *first.Base != *second.Base {
		t.Errorf("weighted %+v", second)
	}
	sum := 0.0
	for i := range second.Choices {
		sum += *second.Choices[i].Share
		if *first.Choices[i].Count != *second.Choices[i].Count || *first.Choices[i].Share == *second.Choices[i].Share {
			t.Errorf("%s: %v and %v", first.Choices[i].Name, *first.Choices[i].Share, *second.Choices[i].Share)
		}
	}
	if sum < 0.999999 || sum > 1.000001 {
		t.Errorf("the weighted shares add up to %v", sum)
	}
	if tests := ask("by=area&tests=on").Tests; len(tests) != 1 || tests[0].P <= 0 || tests[0].PAdjusted < tests[0].P || tests[0].Groups != 2 {
		t.Errorf("tests %+v", tests)
	}
	if tests := ask("by=area").Tests; tests != nil {
		t.Errorf("tests that nobody asked for: %+v", tests)
	}
}

// TestBrowserExplore filters, divides and shares an address, with scripts and
// without, by keys, at every width.
func TestBrowserExplore(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lang    string
		options []testbrowser.Option
	}{
		"de, small, no script": {"de", []testbrowser.Option{testbrowser.Small, testbrowser.NoScript}},
		"en, desktop":          {"en", []testbrowser.Option{testbrowser.Desktop}},
	} {
		t.Run(name, func(t *testing.T) {
			d := explored(t)
			d.weigh(t)
			wave := must(d.db.Wave(context.Background(), "town"))(t)
			p := testbrowser.New(t, append(test.options, testbrowser.Language(test.lang))...)
			address := listen(t, d.testServer)
			signInto(p, address, "cem")
			words := d.config.Catalogue.Localizer(test.lang)
			seen := func(state string) {
				t.Helper()
				look(t, p, "explore "+name+" "+state)
				p.CheckBarriers()
				if wide := p.Sideways(); wide > 0 {
					t.Errorf("%s is %d px too wide", state, wide)
				}
			}
			p.Open(address + "/manage/waves/town/explore?question=imp_language_support")
			seen("whole")
			choose := func(label, value string) {
				t.Helper()
				p.TabTo("combobox", label, 60)
				p.Type(value)
			}
			choose(words.T("explore.by"), words.T("waves.setting.area"))
			p.TabTo("button", words.T("explore.show"), 20)
			p.Follow(func() { p.Press(testbrowser.Enter) })
			seen("by area")
			asked := must(url.Parse(p.URL()))(t).Query()
			if !slices.Contains(asked["by"], "area") {
				t.Errorf("the address is %s", p.URL())
			}
			shared := p.URL()
			choose(words.T("explore.by_second"), words.T("waves.returns.by_type_head"))
			p.TabTo("button", words.T("explore.show"), 20)
			p.Follow(func() { p.Press(testbrowser.Enter) })
			seen("by area and type")
			p.Open(shared)
			if tree := p.Tree(); len(tree.All("table")) != 2 || len(tree.All("image")) != 1 {
				t.Errorf("no picture with its table and one of tests:\n%s", tree)
			}
			p.Open(shared + "&filter=language%3Aar")
			seen("filtered")
			p.Allow("403")
			p.Allow("422")
			p.Open(address + "/manage/waves/town/explore?question=imp_language_support&by=area&filter=language%3Ati")
			seen("refused")
			p.Open(address + "/manage/waves/town/release")
			seen("release")
			p.Open(address + "/manage/waves/town/weights")
			seen("weights")
			d.answered(t, "later", "families", 2)
			d.answered(t, "staff", "schools", 2)
			p.Open(address + "/manage/waves/later/compare?with=town")
			seen("two waves")
			p.Open(address + "/manage/waves/staff/compare?with=town")
			seen("two audiences")
			p.Open(address + "/manage/waves/town/explore?by=area&question=section:" + wave.Version.Element("imp_language_support").Parent.Name)
			seen("section")
		})
	}
}

// TestDeskAfterRetention: once the responses are deleted every page of the wave says
// what is left, and none breaks.
func TestDeskAfterRetention(t *testing.T) {
	d := explored(t)
	ctx := context.Background()
	cem := d.sign(t, "cem")
	wave, err := d.db.Wave(ctx, "town")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.db.CloseWave(ctx, "cem", wave); err != nil {
		t.Fatal(err)
	}
	const base = "/manage/waves/town"
	before := cem.get(base + "/results?lang=en").Body.String()
	wave = must(d.db.Wave(ctx, "town"))(t)
	if err := d.db.DeleteResponses(ctx, "cem", wave); err != nil {
		t.Fatal(err)
	}
	if after := cem.get(base + "/results?lang=en").Body.String(); cellsIn(after) != cellsIn(before) || cellsIn(before) == "" {
		t.Errorf("the results became others:\n%s\nbefore\n%s", cellsIn(after), cellsIn(before))
	}
	for path, want := range map[string]string{"": "were deleted on", "/explore?by=area": "Learning German", "/explore?by=child_ages": "were deleted at the end of retention",
		"/weights": "were deleted at the end of retention", "/returns": "", "/texts": "", "/export": "", "/understanding": "", "/variables": "", "/compare": "",
		"/public": "", "/quality": "", "/codes": "", "/population": ""} {
		got := cem.get(base + path)
		if got.Code >= 500 || got.Code == http.StatusNotFound || !strings.Contains(got.Body.String(), want) {
			t.Errorf("%s: %d, without %q", path, got.Code, want)
		}
	}
	if got := cem.get("/manage/concept/gap?wave=town"); got.Code != http.StatusOK {
		t.Errorf("the gap matrix: %d", got.Code)
	}
}

// cellsIn are the cells of all tables of a page.
func cellsIn(page string) string {
	return strings.Join(regexp.MustCompile(`<td>[^<]*</td>`).FindAllString(page, -1), "")
}
