package server

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// workshopRules is who may do what with surveys.
func workshopRules() map[string]rule {
	readers := []account.Role{account.Administrator, account.Coordinator, account.Translator}
	editors := readers[:2]
	reach := []string{whole, above, own}
	// some makes a working copy of the town to act on.
	some := func(t *testing.T, v *visit) string {
		s := shipped(t, "shared_understanding").Survey.Clone()
		s.ID = fmt.Sprint("survey", time.Now().UnixNano())
		return "/manage/surveys/" + must(v.db.AddWorking(context.Background(), "anna", own, s))(t).ID
	}
	at := func(rest string) func(*testing.T, *visit) int {
		return func(t *testing.T, v *visit) int { return v.get(some(t, v) + rest).Code }
	}
	to := func(rest string, pairs ...string) func(*testing.T, *visit) int {
		return func(t *testing.T, v *visit) int { return v.post(some(t, v)+rest, pairs...).Code }
	}
	return map[string]rule{
		"GET /manage/surveys": {200, readers, relations(), func(_ *testing.T, v *visit) int { return v.get("/manage/surveys").Code }},
		"POST /manage/surveys": {303, editors, reach, func(_ *testing.T, v *visit) int {
			return v.post("/manage/surveys", "source", "shipped:shared_understanding", "area", own).Code
		}},
		"POST /manage/surveys/import": {422, editors, reach, func(_ *testing.T, v *visit) int {
			return v.post("/manage/surveys/import", "area", own).Code // there is no file
		}},
		"GET /manage/surveys/:id":           {200, readers, reach, at("")},
		"POST /manage/surveys/:id/edit":     {303, editors, reach, to("/edit", "form", "pair", "do", "pair", "field", "interpreters")},
		"GET /manage/surveys/:id/file":      {200, readers, reach, at("/file?as=yaml")},
		"GET /manage/surveys/:id/preview":   {200, readers, reach, at("/preview")},
		"POST /manage/surveys/:id/preview":  {200, readers, reach, to("/preview", "lang", "de", "professional_area", "other")},
		"GET /manage/surveys/:id/versions":  {200, readers, reach, at("/versions")},
		"POST /manage/surveys/:id/versions": {303, editors, reach, to("/versions")},
		"GET /manage/surveys/:id/delete":    {200, editors, reach, at("/delete")},
		"POST /manage/surveys/:id/delete":   {422, editors, reach, to("/delete")}, // the name is not typed
	}
}

// copied copies a shipped survey for the town and returns the copy's id.
func (v *visit) copied(t *testing.T, source string) string {
	t.Helper()
	got := v.post("/manage/surveys", "source", "shipped:"+source, "area", own)
	if got.Code != http.StatusSeeOther {
		t.Fatalf("copying %s: %d %s", source, got.Code, got.Body)
	}
	return strings.TrimPrefix(got.Header().Get("Location"), "/manage/surveys/")
}

// form reads the fields of the form around an element of a page, as a browser
// would send them.
func formValues(t *testing.T, page, marker string) url.Values {
	t.Helper()
	start := strings.LastIndex(page[:strings.Index(page, marker)], "<form")
	body, _, closed := strings.Cut(page[start:], "</form>")
	if !closed {
		t.Fatalf("no form around %s", marker)
	}
	return readControls(body)
}

func (v *visit) edit(t *testing.T, id string, values url.Values, do string) *httptest.ResponseRecorder {
	t.Helper()
	values.Set("do", do)
	return v.send(http.MethodPost, "/manage/surveys/"+id+"/edit", values.Encode())
}

// open reads the form of a question.
func (v *visit) open(t *testing.T, id, name string) url.Values {
	t.Helper()
	got := v.get("/manage/surveys/" + id + "?open=" + url.QueryEscape(name))
	if got.Code != http.StatusOK {
		t.Fatalf("opening %s: %d", name, got.Code)
	}
	return formValues(t, got.Body.String(), "data-autosave")
}

func coordinator(t *testing.T) (*testDesk, *visit) {
	t.Helper()
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Coordinator, Area: own})
	return d, d.sign(t, "anna")
}

func (d *testDesk) content(t *testing.T, id string) *survey.Survey {
	t.Helper()
	return must(d.db.Working(context.Background(), id))(t).Survey
}

func writtenSurvey(t *testing.T, s *survey.Survey) string {
	t.Helper()
	content, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestHeavySavingAFormUntouchedChangesNothing: whatever question of whatever shipped
// survey is opened, saving what stands in its form leaves the survey as it was.
func TestHeavySavingAFormUntouchedChangesNothing(t *testing.T) {
	for _, source := range []string{"families", "schools", "youth_services", "shared_understanding"} {
		d, v := coordinator(t)
		id := v.copied(t, source)
		before := writtenSurvey(t, d.content(t, id))
		var names []string
		d.content(t, id).Walk(func(n *survey.Node) bool { names = append(names, n.Name); return true })
		for _, name := range names {
			if got := v.edit(t, id, v.open(t, id, name), "save"); got.Code != http.StatusSeeOther {
				t.Errorf("%s %s: %d", source, name, got.Code)
			}
		}
		settings := formValues(t, v.get("/manage/surveys/"+id).Body.String(), `name="text.title"`)
		if got := v.edit(t, id, settings, "save"); got.Code != http.StatusSeeOther {
			t.Errorf("%s settings: %d", source, got.Code)
		}
		w := must(d.db.Working(context.Background(), id))(t)
		if after := writtenSurvey(t, w.Survey); after != before || w.Revision != 1 {
			steps := must(d.db.WorkingSteps(context.Background(), id, 0, 10))(t)
			t.Errorf("%s changed: %+v", source, steps)
		}
	}
}

// TestEditing leads through what the editor can do and looks at the survey after
// each step.
func TestEditing(t *testing.T) {
	d, v := coordinator(t)
	id := v.copied(t, "families")
	do := func(values url.Values, what string) {
		t.Helper()
		if got := v.edit(t, id, values, what); got.Code != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", what, got.Code, problemOf(got))
		}
	}
	// A question of its own, behind another.
	do(url.Values{"form": {"add"}, "type": {"select_one"}, "label": {"Haben Sie Internet?"}, "choices": {"ja\nnein\n"}, "place": {"about_you/arrival"}}, "add")
	node := d.content(t, id).Node("haben_sie_internet")
	if node == nil || len(d.content(t, id).List(node.List).Choices) != 2 {
		t.Fatalf("added %+v", node)
	}
	// Its condition, picked; what it measures; a text with line breaks as browsers send them.
	form := v.open(t, id, "haben_sie_internet")
	form.Set("text.hint", "Zu Hause\r\noder am Handy")
	form.Set("relevant.question", "respondent")
	form.Set("relevant.operator", "!=")
	form.Set("relevant.choice", "respondent/other")
	form.Set("field", "family_information")
	form.Set("as", "barrier")
	form.Set("required", "yes")
	form.Set("choices.fresh", "weiß nicht\n")
	do(form, "save")
	node = d.content(t, id).Node("haben_sie_internet")
	if node.Relevant != "${respondent} != 'other'" || node.Hint["de"].Text != "Zu Hause\noder am Handy" || node.Measures.As != survey.Barrier || node.Required != "yes" {
		t.Errorf("after the form: %+v", node)
	}
	if list := d.content(t, id).List(node.List); len(list.Choices) != 3 || list.Choices[2].Name != "weiss_nicht" {
		t.Errorf("choices %+v", list)
	}
	// Several at once, one of which must hold.
	form = v.open(t, id, "haben_sie_internet")
	form["relevant.question"] = []string{"respondent", "child_ages"}
	form["relevant.operator"] = []string{"=", "="}
	form["relevant.choice"] = []string{"respondent/parent", "child_ages/age_0_2"}
	form["relevant.value"] = []string{"", ""}
	form.Set("relevant.join", "any")
	do(form, "save")
	if got := d.content(t, id).Node("haben_sie_internet").Relevant; got != "${respondent} = 'parent' or selected(${child_ages}, 'age_0_2')" {
		t.Errorf("two rows: %s", got)
	}
	// An expression that is none stands with its finding and keeps the preview shut.
	form = v.open(t, id, "haben_sie_internet")
	form.Set("relevant.how", "expression")
	form.Set("relevant.expression", "${respondnt} = ")
	do(form, "save")
	page := v.get("/manage/surveys/" + id + "?open=haben_sie_internet").Body.String()
	if !strings.Contains(page, "the survey from being asked") || !strings.Contains(page, "${respondnt} =</textarea>") {
		t.Error("the mistake is not told")
	}
	if got := v.get("/manage/surveys/" + id + "/preview").Body.String(); !strings.Contains(got, "No preview yet") {
		t.Error("the preview shows a survey that cannot be asked")
	}
	if got := v.post("/manage/surveys/" + id + "/versions"); got.Code != http.StatusUnprocessableEntity {
		t.Errorf("fixing a version with a mistake: %d", got.Code)
	}
	// Undone and done again.
	do(url.Values{}, "undo")
	if got := d.content(t, id).Node("haben_sie_internet").Relevant; !strings.Contains(got, "parent") {
		t.Errorf("undone to %s", got)
	}
	// Moved, wrapped, duplicated, deleted.
	do(url.Values{}, "up:haben_sie_internet")
	do(url.Values{"node": {"haben_sie_internet"}}, "wrap")
	do(url.Values{"node": {"haben_sie_internet"}}, "duplicate")
	do(url.Values{"node": {"haben_sie_internet"}}, "delete")
	s := d.content(t, id)
	if s.Node("haben_sie_internet") != nil || s.Node("haben_sie_internet_2") == nil || s.Node("group").Children[0].Name != "haben_sie_internet_2" {
		t.Errorf("after moving about: %v", s.Node("group"))
	}
	// A pair in one step, with all the languages.
	do(url.Values{"form": {"pair"}, "field": {"interpreters"}}, "pair")
	s = d.content(t, id)
	if imp, state := s.Node("imp_interpreters"), s.Node("state_interpreters"); imp == nil || state == nil || imp.List != "importance" || state.List != "state" {
		t.Errorf("the pair: %+v", imp)
	}
	// Another source language, and the id.
	settings := formValues(t, v.get("/manage/surveys/"+id).Body.String(), `name="text.title"`)
	settings.Set("language", "en")
	settings.Set("add_language", "")
	do(settings, "save")
	if s = d.content(t, id); s.Language != "en" || s.Title["de"].Text != "Was brauchen Ihre Kinder?" {
		t.Errorf("source %s, title %v", s.Language, s.Title["de"])
	}
	for what, values := range map[string]url.Values{
		"no label":      {"form": {"add"}, "type": {"text"}, "label": {" "}},
		"no choices":    {"form": {"add"}, "type": {"select_one"}, "label": {"Welche?"}},
		"no such kind":  {"form": {"add"}, "type": {"kind"}, "label": {"Welche?"}},
		"pair again":    {"form": {"pair"}, "field": {"interpreters"}},
		"no such field": {"form": {"pair"}, "field": {"nothing"}},
		"no title":      {"form": {"settings"}, "text.title": {" "}},
	} {
		if got := v.edit(t, id, values, values.Get("form")); got.Code != http.StatusUnprocessableEntity || problemOf(got) == "" {
			t.Errorf("%s: %d %s", what, got.Code, problemOf(got))
		}
	}
	if got := v.edit(t, id, url.Values{"form": {"settings"}, "text.title": {"T"}, "id": {"families"}}, "save"); got.Code != http.StatusConflict {
		t.Errorf("the id of a shipped survey: %d", got.Code)
	}
	if got := v.post("/manage/surveys", "source", "shipped:families", "area", "atlantis").Code; got != http.StatusForbidden {
		t.Errorf("an area that there is not: %d", got)
	}
	if got := v.edit(t, id, url.Values{"form": {"node"}, "node": {"nobody"}}, "save"); got.Code != http.StatusNotFound {
		t.Errorf("an unknown question: %d", got.Code)
	}
}

// problemOf is what a page says is wrong.
func problemOf(got *httptest.ResponseRecorder) string {
	_, rest, found := strings.Cut(got.Body.String(), `id="problem">`)
	if !found {
		return ""
	}
	text, _, _ := strings.Cut(rest, "</")
	return strings.TrimPrefix(text, "<p>")
}

// TestTwoPeopleEdit: who saves second sees both texts and decides; what they do
// to different questions is both kept without a word.
func TestTwoPeopleEdit(t *testing.T) {
	d, anna := coordinator(t)
	d.person(t, "ben", account.Grant{Role: account.Coordinator, Area: above})
	ben := d.sign(t, "ben")
	id := anna.copied(t, "families")
	hers, his, other := anna.open(t, id, "arrival"), ben.open(t, id, "arrival"), ben.open(t, id, "respondent")
	hers.Set("text.label", "Seit wann leben Sie hier?")
	his.Set("text.label", "Wann sind Sie gekommen?")
	other.Set("text.label", "Wer sind Sie?")
	if got := anna.edit(t, id, hers, "save"); got.Code != http.StatusSeeOther {
		t.Fatal(got.Code)
	}
	if got := ben.edit(t, id, other, "save"); got.Code != http.StatusSeeOther {
		t.Errorf("another question: %d", got.Code)
	}
	clash := ben.edit(t, id, his, "save")
	for _, want := range []string{"Seit wann leben Sie hier?", "Wann sind Sie gekommen?", "anna has changed", `value="mine"`} {
		if !strings.Contains(clash.Body.String(), want) && want != "anna has changed" || clash.Code != http.StatusConflict {
			t.Errorf("the second save (%d) does not show %q", clash.Code, want)
		}
	}
	if got := d.content(t, id).Node("arrival").Label["de"].Text; got != "Seit wann leben Sie hier?" {
		t.Errorf("the first text became %s", got)
	}
	again := formValues(t, clash.Body.String(), `value="mine"`)
	if got := ben.edit(t, id, again, "mine"); got.Code != http.StatusSeeOther {
		t.Fatalf("saving his own: %d", got.Code)
	}
	if s := d.content(t, id); s.Node("arrival").Label["de"].Text != "Wann sind Sie gekommen?" || s.Node("respondent").Label["de"].Text != "Wer sind Sie?" {
		t.Error("his decision is not what is stored")
	}
	if back := must(d.db.UndoWorking(context.Background(), "ben", id, 0))(t); back.Survey.Node("arrival").Label["de"].Text != "Seit wann leben Sie hier?" {
		t.Error("her text cannot be brought back")
	}
}

// TestTrialStoresNothing: a test run judges answers as the real form does, shows
// what would be stored, and stores none of it.
func TestTrialStoresNothing(t *testing.T) {
	d, v := coordinator(t)
	d.wave(t, "town", own) // nor with another survey's wave
	id := v.copied(t, "schools")
	path := "/manage/surveys/" + id + "/preview"
	page := v.get(path + "?lang=en&speak=de")
	policy := page.Header().Get("Content-Security-Policy")
	body := page.Body.String()
	if !strings.Contains(policy, "frame-ancestors 'self'") || !strings.Contains(body, "Test: Hier wird nichts gespeichert.") || !strings.Contains(body, `action="`+path) ||
		!strings.Contains(body, `"trial":true`) || page.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("the preview: %s", policy)
	}
	for name, values := range readControls(body) {
		if name == "_csrf" && values[0] == "" {
			t.Error("the form cannot be sent without JavaScript")
		}
	}
	if got := v.post(path, "lang", "en"); got.Code != http.StatusUnprocessableEntity {
		t.Errorf("without the answer that is required: %d", got.Code)
	}
	got := v.post(path+"?speak=de", "lang", "en", "role", "teacher", "imp_language_support", "5", ":institution", "Rosenschule", "pupils_primary", "12")
	body = got.Body.String()
	for _, want := range []string{"So würde gespeichert", "&#34;imp_language_support&#34;: &#34;5&#34;", "Anonymer Datensatz"} {
		if !strings.Contains(body, want) {
			t.Errorf("the result does not show %s: %d", want, got.Code)
		}
	}
	if returns := must(d.db.ReturnsByWave(context.Background()))(t); len(returns) != 0 || len(must(d.db.Waves(context.Background()))(t)) != 1 {
		t.Errorf("stored: %v", returns)
	}
	if w := must(d.db.Working(context.Background(), id))(t); w.Revision != 1 {
		t.Errorf("the survey was changed: revision %d", w.Revision)
	}
}

// TestFilesThereAndBack: each kind of file comes back as the same survey, with
// all languages and states; what cannot be read says where it is wrong.
func TestFilesThereAndBack(t *testing.T) {
	d, v := coordinator(t)
	id := v.copied(t, "families")
	form := v.open(t, id, "arrival")
	form.Set("text.label", "Seit wann?")
	v.edit(t, id, form, "save")
	want := d.content(t, id)
	for _, kind := range []string{"yaml", "xlsx", "zip"} {
		file := v.get("/manage/surveys/" + id + "/file?as=" + kind)
		if file.Code != http.StatusOK || !strings.Contains(file.Header().Get("Content-Disposition"), want.ID+"."+kind) {
			t.Fatalf("%s: %d %s", kind, file.Code, file.Header())
		}
		if kind == "zip" {
			if _, err := zip.NewReader(bytes.NewReader(file.Body.Bytes()), int64(file.Body.Len())); err != nil {
				t.Error(err)
			}
		}
		got := v.upload(t, "/manage/surveys/import", "umfrage."+kind, file.Body.Bytes(), "area", own)
		if got.Code != http.StatusSeeOther {
			t.Fatalf("%s back: %d %s", kind, got.Code, problemOf(got))
		}
		back := d.content(t, strings.TrimPrefix(got.Header().Get("Location"), "/manage/surveys/"))
		if !strings.HasPrefix(back.ID, want.ID+"_") {
			t.Errorf("%s: both have the id %s", kind, back.ID)
		}
		back.ID = want.ID
		if writtenSurvey(t, back) != writtenSurvey(t, want) {
			t.Errorf("%s comes back as another survey: %+v", kind, survey.Differences(want, back))
		}
	}
	for name, content := range map[string]string{"leer.yaml": "", "kaputt.yaml": "id: x\nlanguage: de\ntitle: T\nquestions:\n  - {type: text}\n", "bild.png": "\x89PNG", "form.xlsx": "PK\x03\x04"} {
		got := v.upload(t, "/manage/surveys/import", name, []byte(content), "area", own)
		if got.Code != http.StatusUnprocessableEntity || problemOf(got) == "" {
			t.Errorf("%s: %d %s", name, got.Code, problemOf(got))
		}
	}
	if got := v.upload(t, "/manage/surveys/import", "kaputt.yaml", []byte("id: x\nlanguage: de\ntitle: T\nquestions:\n  - {type: text}\n"), "area", own).Body.String(); !strings.Contains(got, "(line 5)") {
		t.Error("the line with the mistake is not told")
	}
}

// TestVersions: a version is fixed for waves; a kind under which answers lie is
// not changed; an earlier state comes back.
func TestVersions(t *testing.T) {
	d, v := coordinator(t)
	id := v.copied(t, "families")
	path := "/manage/surveys/" + id + "/versions"
	fixed := v.post(path)
	if fixed.Code != http.StatusSeeOther {
		t.Fatalf("fixing: %d %s", fixed.Code, problemOf(fixed))
	}
	page := v.get(fixed.Header().Get("Location")).Body.String()
	name := d.content(t, id).ID
	if name != "families_2" || !strings.Contains(page, "/manage/waves/new?survey="+name) || !strings.Contains(page, "Version 1 is fixed") {
		t.Errorf("after fixing %s", name)
	}
	version := must(d.db.Survey(context.Background(), name))(t)
	answered(t, d, version, "welle")
	form := v.open(t, id, "arrival")
	form.Set("type", "text")
	if got := v.edit(t, id, form, "save"); got.Code != http.StatusSeeOther {
		t.Fatal(got.Code)
	}
	refused := v.post(path)
	if body := refused.Body.String(); refused.Code != http.StatusUnprocessableEntity || !strings.Contains(body, "arrival") || !strings.Contains(body, "welle") {
		t.Errorf("another kind under the same name: %d", refused.Code)
	}
	if body := v.get("/manage/surveys/" + id).Body.String(); !strings.Contains(body, "welle") {
		t.Error("the editor does not say that answers would be lost")
	}
	history := v.get(path).Body.String()
	if !strings.Contains(history, "another kind") {
		t.Error("the history does not tell of the change")
	}
	if got := v.post(path, "restore", "1"); got.Code != http.StatusSeeOther {
		t.Errorf("back to the first state: %d", got.Code)
	}
	if kind := d.content(t, id).Node("arrival").Type; kind != survey.SelectOne {
		t.Errorf("the question is a %s", kind)
	}
	if got := v.post(path); got.Code != http.StatusSeeOther || !strings.Contains(got.Header().Get("Location"), "fixed=2") {
		t.Errorf("the second version: %d %s", got.Code, got.Header().Get("Location"))
	}
	if got := v.post("/manage/surveys/"+id+"/delete", "name", "families"); got.Code != http.StatusUnprocessableEntity {
		t.Errorf("deleting under another name: %d %s", got.Code, got.Body)
	}
	if got := v.post("/manage/surveys/"+id+"/delete", "name", name); got.Code != http.StatusSeeOther {
		t.Errorf("deleting: %d", got.Code)
	}
	if got := v.get("/manage/surveys/" + id).Code; got != http.StatusNotFound {
		t.Errorf("the deleted survey: %d", got)
	}
	if log := lastAudited(t, d, 4); !slices.Equal(log, []string{"working.deleted", "working.fixed", "working.fixed", "working.added"}) {
		t.Errorf("the log says %v", log)
	}
}

// answer opens a wave with a survey and answers it once.
func answered(t *testing.T, d *testDesk, version *survey.Version, slug string) {
	t.Helper()
	ctx := context.Background()
	wave := must(d.db.OpenWave(ctx, account.CommandLine, fieldwork.Wave{Slug: slug, Area: own, K: 5}, version))(t)
	fields := url.Values{"child_ages": {"age_0_2"}, "arrival": {"years_1_2"}}
	answers, problems := response.Read(version, fields)
	if problems = append(problems, answers.Check(d.now)...); len(problems) > 0 {
		t.Fatal(problems)
	}
	must(d.db.Accept(ctx, wave, store.Submission{ID: "submission-00000001", Fields: fields, Answers: answers, Language: "de"}))(t)
}

// lastAudited are the newest actions of the audit log, the newest first, without
// those of signing in and of working at a survey.
func lastAudited(t *testing.T, d *testDesk, count int) []string {
	t.Helper()
	var actions []string
	for _, line := range must(d.db.AuditLog(context.Background(), 0, 100, func(string) bool { return true }))(t) {
		if strings.HasPrefix(string(line.Action), "working.") && line.Action != account.WorkingChanged && len(actions) < count {
			actions = append(actions, string(line.Action))
		}
	}
	return actions
}

// readControls reads the controls of a piece of a page as a browser sends them.
func readControls(text string) url.Values {
	values := url.Values{}
	document, err := html.Parse(strings.NewReader(text))
	if err != nil { // a reader of strings does not fail
		panic(err)
	}
	for node := range document.Descendants() {
		name := attribute(node, "name")
		if node.Type != html.ElementNode || name == "" || has(node, "disabled") {
			continue
		}
		switch node.Data {
		case "input":
			if kind := attribute(node, "type"); kind != "checkbox" && kind != "radio" || has(node, "checked") {
				values.Add(name, attribute(node, "value"))
			}
		case "textarea":
			text := ""
			if node.FirstChild != nil {
				text = node.FirstChild.Data
			}
			values.Add(name, strings.ReplaceAll(text, "\n", "\r\n"))
		case "select":
			values.Add(name, chosenOption(node))
		}
	}
	return values
}

// chosenOption is the value of the option that a browser would send.
func chosenOption(list *html.Node) string {
	value, found := "", false
	for node := range list.Descendants() {
		if node.Type != html.ElementNode || node.Data != "option" {
			continue
		}
		if !found || has(node, "selected") {
			value, found = attribute(node, "value"), true
		}
	}
	return value
}

func attribute(node *html.Node, name string) string {
	for _, one := range node.Attr {
		if one.Key == name {
			return one.Val
		}
	}
	return ""
}

func has(node *html.Node, name string) bool {
	return slices.ContainsFunc(node.Attr, func(one html.Attribute) bool { return one.Key == name })
}

// TestStoredSurveyIsCopied: what the command line brought in is in the library, can
// be looked at and copied, and is not listed once more when a copy has it.
func TestStoredSurveyIsCopied(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	version := fromYAML(t, `
id: brought
version: "3"
language: de
title: Mitgebrachte Umfrage
choices: {yes_no: [{name: "yes", label: ja}, {name: "no", label: nein}]}
questions: [{type: select_one yes_no, name: q, label: Frage}]
`)
	if err := d.db.PutSurvey(context.Background(), account.CommandLine, version, true); err != nil {
		t.Fatal(err)
	}
	anna := d.sign(t, "anna")
	list := anna.get("/manage/surveys").Body.String()
	if !strings.Contains(list, "Surveys brought in from files") || !strings.Contains(list, "/manage/surveys/stored:brought") {
		t.Error("the list lacks what was brought in")
	}
	for _, path := range []string{"", "/preview", "/file?as=yaml"} {
		if got := anna.get("/manage/surveys/stored:brought" + path); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), "Frage") {
			t.Errorf("%s: %d", path, got.Code)
		}
	}
	if got := anna.get("/manage/surveys/stored:nothing").Code; got != http.StatusNotFound {
		t.Errorf("what was not brought in: %d", got)
	}
	if got := anna.post("/manage/surveys/stored:brought/delete", "understood", "yes").Code; got != http.StatusNotFound {
		t.Errorf("deleting it: %d", got)
	}
	if got := anna.post("/manage/surveys", "source", "stored:brought", "title", "Unsere", "area", own).Code; got != http.StatusSeeOther {
		t.Fatalf("copying: %d", got)
	}
	all := must(d.db.Workings(context.Background()))(t)
	if len(all) != 1 || must(d.db.Working(context.Background(), all[0].ID))(t).Survey.Node("q") == nil {
		t.Errorf("copied %+v", all)
	}
}
