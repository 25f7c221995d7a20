package server

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
)

// outletsRules are the rows of the permission matrix about data in and out.
func outletsRules() map[string]rule {
	keepers, reach := []account.Role{account.Administrator, account.Coordinator}, []string{whole, above, own}
	return map[string]rule{
		"GET /manage/waves/:slug/export": {200, keepers, reach, func(_ *testing.T, v *visit) int { return v.get("/manage/waves/town/export").Code }},
		"POST /manage/waves/:slug/export": {422, keepers, reach, func(_ *testing.T, v *visit) int {
			return v.post("/manage/waves/town/export").Code // nothing is chosen
		}},
		"GET /manage/waves/:slug/paper":                   {200, keepers, reach, func(_ *testing.T, v *visit) int { return v.get("/manage/waves/town/paper").Code }},
		"POST /manage/waves/:slug/paper":                  {422, keepers, reach, func(_ *testing.T, v *visit) int { return v.post("/manage/waves/town/paper").Code }},
		"GET /manage/waves/:slug/import":                  {200, keepers, reach, func(_ *testing.T, v *visit) int { return v.get("/manage/waves/town/import").Code }},
		"POST /manage/waves/:slug/import":                 {422, keepers, reach, func(_ *testing.T, v *visit) int { return v.post("/manage/waves/town/import").Code }},
		"GET /manage/waves/:slug/import/:upload":          {410, keepers, reach, func(_ *testing.T, v *visit) int { return v.get("/manage/waves/town/import/x").Code }},
		"POST /manage/waves/:slug/import/:upload":         {410, keepers, reach, func(_ *testing.T, v *visit) int { return v.post("/manage/waves/town/import/x").Code }},
		"GET /manage/waves/:slug/import/:upload/rows.csv": {410, keepers, reach, func(_ *testing.T, v *visit) int { return v.get("/manage/waves/town/import/x/rows.csv").Code }},
		"POST /manage/waves/:slug/import/:upload/take":    {410, keepers, reach, func(_ *testing.T, v *visit) int { return v.post("/manage/waves/town/import/x/take").Code }},
		"GET /manage/waves/:slug/imports/:number/undo":    {404, keepers, reach, func(_ *testing.T, v *visit) int { return v.get("/manage/waves/town/imports/9/undo").Code }},
		"POST /manage/waves/:slug/imports/:number/undo":   {404, keepers, reach, func(_ *testing.T, v *visit) int { return v.post("/manage/waves/town/imports/9/undo").Code }},
	}
}

// answer stores n answers of families in a wave, as phones send them.
func (d *testDesk) answer(t testing.TB, wave *store.LiveWave, n int) {
	t.Helper()
	languages := []string{"de", "ar", "tr"}
	for at := range n {
		fields := url.Values{}
		for _, e := range wave.Version.Elements {
			if e.Choices != nil && e.Within == nil && !e.Attributed {
				fields.Set(e.Name, e.Choices.Choices[at%len(e.Choices.Choices)].Name)
			}
		}
		answers, _ := response.Read(wave.Version, fields)
		if problems := answers.Check(d.now); len(problems) > 0 {
			for _, one := range problems { // such as what excludes another choice
				fields.Del(one.Name)
			}
			answers, _ = response.Read(wave.Version, fields)
			answers.Check(d.now)
		}
		_, err := d.db.Accept(context.Background(), wave, store.Submission{ID: fmt.Sprintf("submission-%s-%06d", wave.Slug, at), Fields: fields,
			Answers: answers, Language: languages[at%len(languages)]})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// fetch exports by the form and returns the page of the job and the file.
func (v *visit) fetch(t testing.TB, path string, pairs ...string) (page string, file []byte) {
	t.Helper()
	begun := v.post(path, pairs...)
	if begun.Code != http.StatusSeeOther {
		t.Fatalf("exporting: %d %s", begun.Code, begun.Body)
	}
	address := begun.Header().Get("Location")
	job, err := v.desk.Jobs.Find(v.name, key(t, address, "/manage/jobs/", "?"))
	if err != nil {
		t.Fatal(err)
	}
	job.Wait(context.Background())
	page = v.get(address).Body.String()
	got := v.get("/manage/jobs/" + job.ID + "/file")
	if got.Code != http.StatusOK {
		t.Fatalf("the file: %d\n%s", got.Code, page)
	}
	return page, got.Body.Bytes()
}

// TestExportPage: every format comes with what it holds said in words, and the
// log knows who took it and what for.
func TestExportPage(t *testing.T) {
	d := newTestDesk(t)
	wave := d.wave(t, "town", own)
	d.person(t, "cem", account.Grant{Role: account.Coordinator, Area: own})
	cem := d.sign(t, "cem")
	cem.name = "cem"
	const path = "/manage/waves/town/export"
	if page := cem.get(path).Body.String(); !strings.Contains(page, "too few responses") || !strings.Contains(page, "disabled") {
		t.Error("nothing is there to export, and the page does not say so")
	}
	d.answer(t, wave, 60)
	for format, begins := range map[string]string{"csv": "\ufeff_row,", "sav": "$FL2", "xlsx": "PK", "datapackage": "PK"} {
		page, file := cem.fetch(t, path, "format", format, "values", "labels", "language", "ar", "purpose", "Lage im Stadtteil",
			"identifying", "area", "identifying", "language", "texts", "1")
		if !strings.Contains(page, "60 responses are in the file.") || !strings.Contains(page, "Not in the file (not among the variables chosen): ") {
			t.Errorf("%s: the page says %s", format, page)
		}
		if !bytes.HasPrefix(file, []byte(begins)) {
			t.Errorf("%s begins with %.20q", format, file)
		}
		if format == "csv" {
			rows, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
			if err != nil || len(rows) != 61 {
				t.Errorf("%d rows, %v", len(rows), err)
			}
		}
		if format == "datapackage" {
			archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
			if err != nil {
				t.Fatal(err)
			}
			script, err := archive.Open("load.R")
			if err != nil {
				t.Fatal(err)
			}
			if content, err := io.ReadAll(script); err != nil || len(content) == 0 {
				t.Error("no script for R")
			}
		}
	}
	log, err := d.db.AuditLog(context.Background(), 0, 1, func(string) bool { return true })
	if err != nil || log[0].Actor != "cem" || log[0].Subject != "town" || log[0].Area != own || log[0].Action != account.ResponsesExported ||
		!strings.HasSuffix(log[0].Effect, `purpose="Lage im Stadtteil" identifying=area,language texts=true`) {
		t.Errorf("the log says %+v, %v", log, err)
	}
}

// TestExportRefuses: what cannot be exported is said beside the form, with what
// was chosen, in the reader's language.
func TestExportRefuses(t *testing.T) {
	d := newTestDesk(t)
	d.answer(t, d.wave(t, "town", own), 10)
	d.person(t, "cem", account.Grant{Role: account.Coordinator, Area: own})
	cem := d.sign(t, "cem")
	good := []string{"format", "csv", "purpose", "Lage im Stadtteil"}
	for want, form := range map[string][]string{
		"wofür die Datei ist":            {"format", "csv", "purpose", "  x "},
		"In das Format „ods“ kann nicht": {"format", "ods", "purpose", "Lage im Stadtteil"},
		"in der Sprache „xx“":            append(good, "language", "xx"),
		"gewählt sind 6":                 append(good, "identifying", "area", "identifying", "language", "identifying", "day", "identifying", "duration", "identifying", "institution_type", "identifying", "respondent"),
		"„x“ ist keine als sensibel":     append(good, "sensitive", "x"),
		"„x“ kann hier nicht":            append(good, "identifying", "x"),
	} {
		got := cem.post("/manage/waves/town/export?lang=de", form...)
		if got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body.String(), want) || !strings.Contains(got.Body.String(), `role="alert"`) {
			t.Errorf("%s: %d %s", want, got.Code, between(got.Body.String(), `role="alert"`, "</p>"))
		}
	}
	page := cem.post("/manage/waves/town/export", "format", "sav", "purpose", "", "identifying", "day").Body.String()
	for _, kept := range []string{`value="sav" checked`, `value="day" checked`} {
		if !strings.Contains(page, kept) {
			t.Errorf("what was chosen is lost: %s", kept)
		}
	}
}

// between cuts out of a page what a test is about, for its message.
func between(page, before, after string) string {
	_, rest, _ := strings.Cut(page, before)
	text, _, _ := strings.Cut(rest, after)
	return text
}
