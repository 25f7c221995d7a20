package server

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/testinput"
)

// questionsRules is who may see and answer the guiding questions, and change notes
// and the concept's record.
func questionsRules() map[string]rule {
	managers := []account.Role{account.Administrator, account.Coordinator}
	readers := []account.Role{account.Administrator, account.Coordinator, account.Viewer}
	reach, anywhere := []string{whole, above, own}, relations()
	get := func(path string) func(*testing.T, *visit) int {
		return func(_ *testing.T, v *visit) int { return v.get(conceptPath + path).Code }
	}
	post := func(path string, pairs ...string) func(*testing.T, *visit) int {
		return func(_ *testing.T, v *visit) int { return v.post(conceptPath+path, pairs...).Code }
	}
	rules := map[string]rule{
		"GET /manage/concept/questions":          {200, readers, anywhere, get("/questions")},
		"GET /manage/concept/questions/:number":  {200, readers, anywhere, get("/questions/3")},
		"POST /manage/concept/questions/:number": {422, managers, reach, post("/questions/3", "area", own)}, // without words
		"GET /manage/concept/notes":              {200, readers, anywhere, get("/notes")},
		"GET /manage/concept/record":             {200, readers, anywhere, get("/record")},
	}
	for _, path := range []string{"/notes", "/record"} {
		one := func(t *testing.T, v *visit) string { return conceptPath + path + "/of/" + v.entry(t, path) }
		rules["GET /manage/concept"+path+"/new"] = rule{200, managers, anywhere, get(path + "/new")}
		rules["POST /manage/concept"+path] = rule{422, managers, reach, post(path, "area", own)}
		rules["GET /manage/concept"+path+"/of/:id"] = rule{200, managers, reach, func(t *testing.T, v *visit) int { return v.get(one(t, v)).Code }}
		rules["POST /manage/concept"+path+"/of/:id"] = rule{422, managers, reach, func(t *testing.T, v *visit) int { return v.post(one(t, v), "area", own).Code }}
		rules["POST /manage/concept"+path+"/of/:id/remove"] = rule{422, managers, reach, func(t *testing.T, v *visit) int { return v.post(one(t, v) + "/remove").Code }}
	}
	return rules
}

// record stores the record of the town's concept, of which there is one.
func (d *testDesk) record(ctx context.Context, by account.Entry) error {
	_, err := d.db.SaveConcept(ctx, by, 0, baseline.Concept{Area: own, Client: "Rat der Stadt", Ordered: "2026-01-31", Reference: "Vorlage 12/2026", Lead: "Jugendamt", Neighbours: "Sozialplan\nBildungsbericht"})
	if failure.CodeOf(err) == failure.Conflict {
		return nil
	}
	return err
}

// questioned is a desk with something about every question.
func questioned(t *testing.T) *testDesk {
	t.Helper()
	d := statedOffers(t)
	d.person(t, "vera", account.Grant{Role: account.Viewer, Area: own})
	d.indicated(t)
	d.offer(t, own, func(o *baseline.Offer) { o.FundingEnd = d.now.AddDate(0, 3, 0).Format("2006-01-02") })
	for _, path := range []string{"/measures", "/documents", "/stakeholders", "/network/ties", "/notes", "/record"} {
		d.entry(t, path)
	}
	return d
}

// TestQuestionsGatherEvidence: each question has the lines that there are about it,
// with source, day and the page where they stand, and says what is missing.
func TestQuestionsGatherEvidence(t *testing.T) {
	d := questioned(t)
	v := d.sign(t, "cem")
	for number, wants := range map[string][]string{
		"1": {`href="/manage/concept/indicators/of/language_support_need?area=stadt`, "Survey “", "Evidence missing:", "No survey that asks for needs has been released"},
		"2": {"Integrationskonzept, on: ", `href="https://example.org/a.pdf"`, "As of 2019", "Mandate: Rat der Stadt (Vorlage 12/2026)", "Neighbouring projects: Sozialplan; Bildungsbericht", "Steering group, Parent strategy."},
		"3": {`href="/manage/concept/indicators/of/population_0_to_5?area=stadt`, "Class conversation: Gespräch in der 8c", "Source: Schulsozialarbeit", "Families and young people have not been asked here yet."},
		"4": {`href="/manage/concept/network?area=stadt#actors"`, "Stakeholders: 1, of whom to be managed closely: 1", "There are 2 institutions with 1 ties", "No pairs.", "No note says anything to this question."},
		"5": {"Offers that run: 1, providers: 1", "Ending soon: 1", `href="/manage/concept/measures?area=stadt#status-new"`, "new: 1 (Mehr Plätze)", "fields of action without an offer that runs"},
		"6": {"Class conversation: Gespräch in der 8c", "without it there is no gap matrix"},
	} {
		body := strings.ReplaceAll(v.get(questionsPath+"/"+number).Body.String(), "&amp;", "&")
		for _, want := range wants {
			if !strings.Contains(body, want) {
				t.Errorf("question %s does not say %q:\n%s", number, want, body)
			}
		}
	}
	list := v.get(questionsPath).Body.String()
	for _, want := range []string{"2. Which concepts are there already?", "4 pieces of evidence", "Nothing written yet.", "<strong>Evidence missing:</strong> Notes from talks and workshops</dd>"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list does not say %q:\n%s", want, list)
		}
	}
	if body := d.sign(t, "vera").get(questionsPath + "/4").Body.String(); strings.Contains(body, "takeholder") || strings.Contains(body, "<textarea") {
		t.Error("a viewer sees stakeholders, or a form")
	}
	if got := v.get(questionsPath + "?area=" + foreign).Code; got != http.StatusForbidden {
		t.Errorf("another town: %d", got)
	}
	for _, number := range []string{"0", "7", "x"} {
		if got := v.get(questionsPath + "/" + number).Code; got != http.StatusNotFound {
			t.Errorf("question %s: %d", number, got)
		}
	}
}

// TestOwnWordsAreWritten: a question is answered in Markdown that does nothing else,
// of two people at once one is told, and what they typed stays.
func TestOwnWordsAreWritten(t *testing.T) {
	d := questioned(t)
	v, at := d.sign(t, "cem"), questionsPath+"/4"
	if got := v.post(at, "area", own, "revision", "0", "text", "Wir *kennen* uns.\r\n\r\n<script>x</script>"); got.Code != http.StatusSeeOther || got.Header().Get("Location") != at+"?area=stadt&done=saved" {
		t.Fatalf("%d to %s", got.Code, got.Header().Get("Location"))
	}
	body := v.get(at + "?area=stadt&done=saved").Body.String()
	for _, want := range []string{"<em>kennen</em>", "Written by cem on ", `name="revision" value="1"`, `role="status"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q: %s", want, body)
		}
	}
	if strings.Contains(body, "<script>x") {
		t.Error("a script came through")
	}
	if got := v.post(at, "area", own, "revision", "0", "text", "Etwas anderes"); got.Code != http.StatusConflict || !strings.Contains(got.Body.String(), ">Etwas anderes</textarea>") || !strings.Contains(got.Body.String(), "<em>kennen</em>") {
		t.Errorf("the second answer: %d %s", got.Code, got.Body)
	}
	if got := v.post(at, "area", own, "revision", "1", "text", strings.Repeat("x", baseline.MaxWords+1)); got.Code != 422 || !strings.Contains(got.Body.String(), `aria-invalid="true"`) {
		t.Errorf("too long: %d", got.Code)
	}
	if got := v.post(at, "area", own, "revision", "1", "text", "").Code; got != http.StatusSeeOther || !strings.Contains(v.get(at).Body.String(), "Nothing written yet.") {
		t.Errorf("taking it back: %d", got)
	}
	for area, want := range map[string]int{foreign: http.StatusForbidden, "nowhere": http.StatusForbidden} {
		if got := v.post(at, "area", area, "text", "x").Code; got != want {
			t.Errorf("%s: %d", area, got)
		}
	}
	if got := d.sign(t, "anna").post(at, "area", "nowhere", "text", "x").Code; got != http.StatusNotFound {
		t.Errorf("no area: %d", got)
	}
}

// TestNotesAndRecordAreKept: forms say where something is wrong, a record keeps its
// area, and an area has one.
func TestNotesAndRecordAreKept(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	v, ctx := d.sign(t, "anna"), context.Background()
	note := []string{"kind", "expert", "title", "Beratung", "day", "2026-02-01", "area", own, "questions", "6", "questions", "1", "questions", "6", "text", "Vieles", "source", "Frau B."}
	if got := v.post(notesPath, note...).Code; got != http.StatusSeeOther {
		t.Fatalf("a note: %d", got)
	}
	all := must(d.db.Notes(ctx))(t)
	if len(all) != 1 || !slices.Equal(all[0].Entry.Questions, []int{1, 6}) {
		t.Errorf("stored %+v", all)
	}
	for input, pair := range map[string][]string{"Guiding questions": {"questions", "sieben"}, "Day": {"day", "gestern"}, "Who says so?": {"source", ""}} {
		if got := v.post(notesPath, append(pair, note...)...); got.Code != 422 || !strings.Contains(got.Body.String(), input+": ") {
			t.Errorf("%s: %d %s", input, got.Code, got.Body)
		}
	}
	if body := v.get(notesPath + "/new?area=stadt&question=4").Body.String(); !strings.Contains(body, `name="questions" value="4" checked`) || !strings.Contains(body, `value="stadt" selected`) {
		t.Errorf("a new note for a question: %s", body)
	}
	if got := v.post(recordPath, "area", own, "client", "Rat").Code; got != http.StatusSeeOther {
		t.Fatalf("a record: %d", got)
	}
	if got := v.post(recordPath, "area", own, "client", "Kreistag"); got.Code != 422 || !strings.Contains(got.Body.String(), "There is a record for this area already") {
		t.Errorf("a second record: %d %s", got.Code, got.Body)
	}
	if got := v.post(recordPath+"/of/"+own, "area", foreign, "client", "Der Rat", "revision", "1").Code; got != http.StatusSeeOther {
		t.Errorf("changing it: %d", got)
	}
	if records := must(d.db.Concepts(ctx))(t); len(records) != 1 || records[0].Entry.Area != own || records[0].Entry.Client != "Der Rat" {
		t.Errorf("stored %+v", records)
	}
}

// TestQuestionsWords: German and English have the same messages with the same
// placeholders, every key that is named has words, and every message is named.
func TestQuestionsWords(t *testing.T) {
	german, english := testinput.Phrases(t, "questions", "de"), testinput.Phrases(t, "questions", "en")
	for key, forms := range german {
		for form, text := range forms {
			if other := english[key][form]; other == "" || !slices.Equal(testinput.Placeholders(text), testinput.Placeholders(other)) {
				t.Errorf("%s (%s): %q and %q", key, form, text, other)
			}
		}
	}
	if len(german) != len(english) {
		t.Errorf("%d German words, %d English", len(german), len(english))
	}
	named := map[string]bool{}
	files := append(must(filepath.Glob("coordinator_questions*.go"))(t), "coordinator_concept.go", "../../web/templates/desk_questions.html")
	for _, file := range files {
		for _, found := range regexp.MustCompile(`"(questions\.[a-z_.]*)"`).FindAllStringSubmatch(string(must(os.ReadFile(file))(t)), -1) {
			if key := found[1]; !strings.HasSuffix(file, "_test.go") && !strings.HasSuffix(key, ".css") {
				if named[key] = true; german[key] == nil && !strings.HasSuffix(key, ".") {
					t.Errorf("%s: no words for %s", file, key)
				}
			}
		}
	}
	// These are made of the names of inputs and parts.
	for _, prefix := range []string{"desk.audit.action.", "questions.hint.", "questions.input."} {
		named[prefix] = true
	}
	for key := range german {
		begins := func(one string) bool { return one == key || strings.HasSuffix(one, ".") && strings.HasPrefix(key, one) }
		if !slices.ContainsFunc(sortedKeys(named), begins) {
			t.Errorf("nothing says %s", key)
		}
	}
}
