package server

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/testbrowser"
)

const paperPath = "/manage/waves/town/paper"

// TestPaperForm types sheets as a browser without JavaScript sends them: numbers
// become choices, what is wrong stands beside its line, what stands so on the
// paper is stored all the same.
func TestPaperForm(t *testing.T) {
	d := newTestDesk(t)
	wave := d.wave(t, "town", own)
	cem := d.keeper(t)
	ctx := context.Background()
	if page := cem.get(paperPath).Body.String(); !strings.Contains(page, `name="child_ages"`) || !strings.Contains(page, `data-name="age_3_5"><b>2</b>`) {
		t.Fatalf("the form: %s", page)
	}
	good := []string{":number", "17", ":sheet", "ar", ":area", inside, "respondent", "1", "child_ages", "34", "arrival", "2"}
	begun := cem.post(paperPath, good...)
	if next := begun.Header().Get("Location"); begun.Code != http.StatusSeeOther || next != paperPath+"?area=raum&institution=&sheet=ar&stored=17" {
		t.Fatalf("%d to %q %s", begun.Code, next, begun.Body)
	} else if page := cem.get(next).Body.String(); !strings.Contains(page, "Sheet 17 is stored.") || !strings.Contains(page, `value="ar" lang="ar" selected`) || !strings.Contains(page, `value="raum" selected`) {
		t.Errorf("the next sheet: %s", page)
	}
	answers := must(d.db.Sheet(ctx, wave, "17"))(t)
	if got := answers.Top().Values(wave.Version.Element("child_ages")); !slices.Equal(got, []string{"age_6_9", "age_10_15"}) {
		t.Errorf("stored: %v", got)
	}
	for name, test := range map[string]struct {
		form []string
		code int
		want string
	}{
		"a number that no choice has":     {[]string{"child_ages", "9"}, 422, "There is no such number among the choices."},
		"what the survey forbids":         {[]string{"child_ages", "16"}, 422, `id="p-c-child_ages"`},
		"a question that there is not":    {[]string{"child_ages", "1", "quark", "1"}, 422, "quark"},
		"nothing":                         {[]string{":number", "18"}, 422, "Nothing is typed yet."},
		"what must be answered is blank":  {[]string{"respondent", "1"}, 422, `name=":confirm"`},
		"what is not asked is answered":   {[]string{"child_ages", "1", "imp_first_school_placement", "1"}, 422, "this is not asked"},
		"the same, as it stands":          {[]string{"child_ages", "1", "imp_first_school_placement", "1", ":confirm", "1"}, 303, ""},
		"blank, as it stands":             {[]string{"respondent", "1", ":confirm", "1"}, 303, ""},
		"the same number":                 {good, 409, "Both typings are alike."},
		"the same number, something else": {[]string{":number", "17", "child_ages", "34", "arrival", "3", "respondent", "1"}, 409, "They differ in: How long has your family been living in Germany?. Look at the sheet."},
		"a long number":                   {[]string{":number", strings.Repeat("9", 61), "child_ages", "1"}, 422, "at most 60"},
	} {
		got := cem.post(paperPath, test.form...)
		if got.Code != test.code || !strings.Contains(strings.ReplaceAll(got.Body.String(), "&#34;", `"`), test.want) {
			t.Errorf("%s: %d %s", name, got.Code, between(got.Body.String(), `role="alert"`, "</div>"))
		}
	}
	if got := must(d.db.Returns(ctx, wave))(t); got != 3 {
		t.Errorf("%d responses", got)
	}
	replaced := cem.post(paperPath, ":number", "17", "child_ages", "1", ":replace", "1")
	answers = must(d.db.Sheet(ctx, wave, "17"))(t)
	if got := answers.Top().Text(wave.Version.Element("child_ages")); replaced.Code != http.StatusSeeOther || got != "age_0_2" || must(d.db.Returns(ctx, wave))(t) != 3 {
		t.Errorf("replaced: %d %s", replaced.Code, got)
	}
	asked := func(number string) string {
		return d.do(http.MethodGet, paperPath+"?number="+number, "", "Cookie", cem.cookie, "Accept", "application/json").Body.String()
	}
	if asked("17") != `{"stored":true}` || asked("18") != `{"stored":false}` {
		t.Errorf("17: %s, 18: %s", asked("17"), asked("18"))
	}
	if page := cem.get("/manage/waves/town/import").Body.String(); !strings.Contains(page, "paper forms") || !strings.Contains(page, "3 responses") {
		t.Errorf("the day's sheets are not among the imports: %s", page)
	}
	page, _ := cem.done(t, cem.post("/manage/waves/town/imports/1/undo"))
	if !strings.Contains(page, "3 responses are deleted.") || must(d.db.Returns(ctx, wave))(t) != 0 {
		t.Errorf("undone: %s", page)
	}
}

// TestBrowserPaper types a whole sheet with the keyboard alone and counts the
// keys: one for a choice, Enter to go on where more may come.
func TestBrowserPaper(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lang   string
		device testbrowser.Option
	}{
		"de, small":   {"de", testbrowser.Small},
		"en, desktop": {"en", testbrowser.Desktop},
	} {
		t.Run(name, func(t *testing.T) {
			d := newTestDesk(t)
			wave := d.wave(t, "town", own)
			d.keeper(t)
			p := testbrowser.New(t, test.device, testbrowser.Language(test.lang))
			address := listen(t, d.testServer)
			p.Open(address + "/manage/")
			p.Fill("#name", "cem")
			p.Fill("#password", deskPassword)
			p.Follow(func() { p.Click("main button") })
			p.Open(address + paperPath)
			look(t, p, "desk "+name+" paper")
			p.CheckBarriers()
			if wide := p.Sideways(); wide > 0 {
				t.Errorf("%d px too wide", wide)
			}
			keys := 0
			press := func(text string) { keys += len(text); p.Type(text) }
			enter := func() { keys++; p.Press(testbrowser.Enter) }
			p.WaitFor("[data-ready]")
			if got := testbrowser.Eval[string](p, `document.activeElement.id`); got != "number" {
				t.Errorf("the form begins at %q", got)
			}
			press("17")
			enter()
			press("1") // who
			press("3") // a child of six to nine years
			enter()
			press("2") // how long
			enter()    // nothing about where the children go
			// Day care is not asked for: five rows each instead of six.
			for range 10 {
				press("3")
			}
			if visible := notAsked(t, p); visible != "imp_early_childhood,state_early_childhood" {
				t.Errorf("not asked are %s", visible)
			}
			press("9") // no such choice of the next one: it stays
			look(t, p, "desk "+name+" paper half way")
			p.CheckBarriers()
			keys++
			p.Press(testbrowser.Backspace)
			for at := 0; p.Focused().Role != "button" && at < 20; at++ {
				enter()
			}
			p.Follow(enter)
			p.WaitFor(".desk-done")
			answers := must(d.db.Sheet(context.Background(), wave, "17"))(t)
			given := 0
			for _, e := range wave.Version.Elements {
				if e.Within == nil && len(answers.Top().Values(e)) > 0 {
					given++
				}
			}
			questions := testbrowser.Eval[int](p, `document.querySelectorAll(".sheet-line").length`)
			t.Logf("%d keys for a sheet of %d lines with %d answers", keys, questions, given)
			if given != 13 || keys > questions+given {
				t.Errorf("%d answers, %d keys", given, keys)
			}
			if stored := fmt.Sprint(answers.Top().Values(wave.Version.Element("arrival"))); stored != "[years_1_2]" {
				t.Errorf("arrival is %s", stored)
			}
			p.Open(address + "/manage/waves/town/import")
			look(t, p, "desk "+name+" imports")
			p.CheckBarriers()
		})
	}
}

// notAsked lists the questions whose lines are hidden.
func notAsked(t *testing.T, p *testbrowser.Page) string {
	t.Helper()
	return testbrowser.Eval[string](p, `[...document.querySelectorAll('.sheet-line')].filter((line) => line.hidden).map((line) => line.dataset.item).join()`)
}
