package server

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/jobs"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testinput"
	"bedarfslotse/internal/xlsform"
)

// upload sends a form with a file, and fields by name and value.
func (v *visit) upload(t testing.TB, path, name string, content []byte, fields ...string) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(content)
	}
	for i := 0; i < len(fields) && err == nil; i += 2 {
		err = form.WriteField(fields[i], fields[i+1])
	}
	if err != nil || form.Close() != nil {
		t.Fatal(err)
	}
	return v.do(http.MethodPost, path, body.String(), "Cookie", v.cookie, "Content-Type", form.FormDataContentType(), "Sec-Fetch-Site", "same-origin", "Accept-Language", "en")
}

// done follows a redirection to a job and returns its page when it has ended,
// with where that leads on, "" for nowhere.
func (v *visit) done(t testing.TB, begun *httptest.ResponseRecorder) (page, next string) {
	t.Helper()
	if begun.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", begun.Code, begun.Body)
	}
	address := begun.Header().Get("Location")
	job, err := v.desk.Jobs.Find(v.name, key(t, address, "/manage/jobs/", "?"))
	if err != nil {
		t.Fatal(err)
	}
	job.Wait(context.Background())
	if now := job.Status(); now.State != jobs.Done {
		t.Fatalf("%s: %v", now.State, now.Err)
	}
	got := v.get(address)
	if got.Code == http.StatusSeeOther {
		next = got.Header().Get("Location")
		return v.get(next).Body.String(), next
	}
	return got.Body.String(), ""
}

// reach opens a wave of the survey whose answers are among the test data.
func (d *testDesk) reach(t *testing.T) *store.LiveWave {
	t.Helper()
	const form = "xlsform/reach_assessment_en_ar.xlsx"
	read, found := xlsform.Read(form, testinput.Read(t, form), xlsform.Options{})
	if found.Fatal() {
		t.Fatal(found)
	}
	version, found := survey.Compile(read)
	if found.Fatal() {
		t.Fatal(found)
	}
	return must(d.db.OpenWave(context.Background(), account.CommandLine, fieldwork.Wave{Slug: "reach", Area: own, K: 5}, version))(t)
}

// keeper signs a coordinator of the town in.
func (d *testDesk) keeper(t testing.TB) *visit {
	t.Helper()
	d.person(t, "cem", account.Grant{Role: account.Coordinator, Area: own})
	cem := d.sign(t, "cem")
	cem.name = "cem"
	return cem
}

// TestImportUndone brings the 632 real answers in by the browser's forms, sees
// them left out a second time, and takes them out again: everything is as before.
func TestImportUndone(t *testing.T) {
	d := newTestDesk(t)
	wave := d.reach(t)
	cem := d.keeper(t)
	ctx := context.Background()
	returns := func() int { t.Helper(); return must(d.db.Returns(ctx, wave))(t) }
	figures := func() string { t.Helper(); return fmt.Sprintf("%+v", must(d.db.Results(ctx, wave))(t).N) }
	before := figures()
	content := testinput.Read(t, "kobo/reach_assessment_responses.csv")
	const path = "/manage/waves/reach/import"
	for round := range 2 {
		page, next := cem.done(t, cem.upload(t, path, `C:\Daten\antworten.csv`, content))
		if !strings.Contains(page, "632 responses would be stored.") || !strings.Contains(page, "export of KoboToolbox") || !strings.Contains(page, "Import of antworten.csv") {
			t.Fatalf("round %d: the page says %s", round, page)
		}
		if returns() != 0 {
			t.Fatal("looking at the file stored something")
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(cem.get(next+"/rows.csv").Body.String(), "\ufeff"))).ReadAll()
		lines := map[string]bool{}
		for _, row := range rows[1:] {
			lines[row[0]] = true
			if row[1] != "stored" {
				t.Fatalf("a row is %v", row)
			}
		}
		if err != nil || len(lines) != 632 {
			t.Fatalf("verdicts on %d rows, %v", len(lines), err)
		}
		page, _ = cem.done(t, cem.post(next+"/take"))
		if !strings.Contains(page, "632 responses stored.") || strings.Contains(page, "already") {
			t.Errorf("the job says %s", page)
		}
		if returns() != 632 || figures() == before {
			t.Fatalf("%d responses", returns())
		}
		if got := cem.get(next).Code; got != http.StatusGone {
			t.Errorf("the file is still there: %d", got)
		}
		page, _ = cem.done(t, cem.upload(t, path, "antworten.csv", content))
		if !strings.Contains(page, "632 responses are there already and are left out.") || strings.Contains(page, "/take") {
			t.Errorf("a second time: %s", page)
		}
		undo := fmt.Sprintf("/manage/waves/reach/imports/%d/undo", round+1)
		if page := cem.get(undo).Body.String(); !strings.Contains(page, "632 responses") || !strings.Contains(page, "antworten.csv") {
			t.Errorf("what is lost is not named: %s", page)
		}
		page, _ = cem.done(t, cem.post(undo))
		if !strings.Contains(page, "632 responses are deleted.") || returns() != 0 || figures() != before {
			t.Errorf("undone: %d responses, figures %s, not %s", returns(), figures(), before)
		}
		if got := cem.get(undo).Code; got != http.StatusConflict {
			t.Errorf("undoing again: %d", got)
		}
	}
	if page := cem.get(path).Body.String(); strings.Count(page, "undone on ") != 2 {
		t.Error("the list does not tell of both")
	}
}

// TestImportMapping: a table of one's own is read as a person says, errors stand
// beside the columns, and what was set aside says where and why.
func TestImportMapping(t *testing.T) {
	d := newTestDesk(t)
	wave := d.wave(t, "town", own)
	cem := d.keeper(t)
	var question *survey.Element
	for _, e := range wave.Version.Elements {
		if e.Type == survey.SelectOne && e.Within == nil && !e.Attributed {
			question = e
			break
		}
	}
	first, second := question.Choices.Choices[0].Name, question.Choices.Choices[1].Name
	content := "Liste der Antworten\nBogen;Meine Spalte;Unsinn\n1;" + first + ";a\n2;quark;b\n2;" + second + ";c\n;;\n4;;d\n4;;d\n"
	begun := cem.upload(t, "/manage/waves/town/import", "a.csv", []byte(content))
	address := begun.Header().Get("Location")
	page := cem.get(address).Body.String()
	if begun.Code != http.StatusSeeOther || !strings.Contains(page, "0 of 3 columns are read.") || !strings.Contains(page, "quark") || strings.Contains(page, "/take") {
		t.Fatalf("%d to %s: %s", begun.Code, address, page)
	}
	reading := []string{"separator", ";", "encoding", "", "header", "2"}
	wrong := cem.post(address, append(reading, "column-0", "_id", "column-1", question.Name+"x")...)
	if wrong.Code != http.StatusUnprocessableEntity || !strings.Contains(wrong.Body.String(), `aria-describedby="problem-1"`) || !strings.Contains(wrong.Body.String(), `value="`+question.Name+`x"`) {
		t.Errorf("a question that there is not: %d", wrong.Code)
	}
	page, next := cem.done(t, cem.post(address, append(reading, "column-0", "_id", "column-1", question.Name)...))
	for _, want := range []string{"2 of 3 columns are read.", "2 responses would be stored.", "1 cell does not fit", "1 row is refused", "2 rows hold no answer",
		"the row has the id of line 4", "“quark” is no choice of the question"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	d.person(t, "dora", account.Grant{Role: account.Coordinator, Area: own})
	if got := d.sign(t, "dora").get(next).Code; got != http.StatusGone {
		t.Errorf("somebody else's file: %d", got)
	}
	page, _ = cem.done(t, cem.post(next+"/take"))
	if !strings.Contains(page, "2 responses stored.") || !strings.Contains(page, "1 cell did not fit") || !strings.Contains(page, "1 row is refused") {
		t.Errorf("the job says %s", page)
	}
	if got := must(d.db.Returns(context.Background(), wave))(t); got != 2 { // one with nothing but a cell that is kept aside
		t.Errorf("%d responses", got)
	}
}

// TestImportRefuses: files that cannot be read are told so, in the reader's
// language, and nobody sees another's.
func TestImportRefuses(t *testing.T) {
	d := newTestDesk(t)
	d.wave(t, "town", own)
	cem := d.keeper(t)
	const path = "/manage/waves/town/import"
	for name, content := range map[string]string{"empty.csv": "", "broken.xlsx": "PK\x03\x04 and no more", "picture.csv": "\x89PNG\r\n\x1a\n\x00\x00"} {
		got := cem.upload(t, path, name, []byte(content))
		if got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body.String(), `role="alert"`) || strings.Contains(got.Body.String(), "finding.") {
			t.Errorf("%s: %d %s", name, got.Code, between(got.Body.String(), `role="alert"`, "</p>"))
		}
	}
	if got := cem.upload(t, path, "big.csv", bytes.Repeat([]byte("a,b\n"), uploadLimit/4+1)); got.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a file that is too large: %d", got.Code)
	}
	if got := cem.post(path).Code; got != http.StatusUnprocessableEntity {
		t.Errorf("a form without a file: %d", got)
	}
}

// TestCancelledImportStoresNothing: an import that is cancelled on its way leaves
// the wave as it was.
func TestCancelledImportStoresNothing(t *testing.T) {
	d := newTestDesk(t)
	wave := d.reach(t)
	made := store.Upload{File: "a.csv", Data: testinput.Read(t, "kobo/reach_assessment_responses.csv")}
	plan := must(newImportPlan(wave, made))(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	run := &importRun{plan: plan, wave: wave, upload: made, now: d.now}
	seen := 0
	stored, err := d.db.Import(ctx, "cem", wave, run.file(), func(yield func(store.Imported, error) bool) {
		for row, err := range run.each(ctx) {
			if seen++; seen == 300 {
				cancel()
			}
			if !yield(row, err) {
				return
			}
		}
	})
	if stored != 0 || !errors.Is(err, context.Canceled) || seen > 300+2*reportEvery {
		t.Errorf("stored %d after %d rows, %v", stored, seen, err)
	}
	if got := must(d.db.Returns(context.Background(), wave))(t); got != 0 {
		t.Errorf("%d responses", got)
	}
	if batches := must(d.db.Imports(context.Background(), wave))(t); len(batches) != 0 {
		t.Errorf("there is an import: %+v", batches)
	}
}
