package server

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/xlsform"
)

// filledIn reads the fields of a form that a browser would send without a click.
func filledIn(t testing.TB, page string) []string {
	t.Helper()
	var all []string
	for tag := range strings.SplitSeq(page, "<input ") {
		tag, _, _ = strings.Cut(tag, ">")
		attribute := func(name string) string {
			_, after, _ := strings.Cut(tag, name+`="`)
			value, _, _ := strings.Cut(after, `"`)
			return strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&amp;", "&", "&#43;", "+").Replace(value)
		}
		if name := attribute("name"); strings.Contains(name, "-") && (strings.Contains(tag, `"hidden"`) || strings.Contains(tag, " checked")) {
			all = append(all, name, attribute("value"))
		}
	}
	return all
}

// TestXLIFFThereAndBack: a file goes out, is translated, comes back and is taken.
func TestXLIFFThereAndBack(t *testing.T) {
	d, ben, cem := translators(t)
	w := d.translated(t, "families")
	ben.post(w.path+"/languages", "tag", "so")
	file := ben.get(w.path + "/translate/file?to=so&as=xliff")
	if got := file.Header().Get("Content-Disposition"); file.Code != 200 || !strings.HasSuffix(got, "-so.xlf") {
		t.Fatalf("the file: %d %s", file.Code, got)
	}
	h, err := survey.ReadXLIFF(bytes.NewReader(file.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if h.Units[0].Context[0] != "title of the survey" {
		t.Errorf("context: %q", h.Units[0].Context)
	}
	now, err := d.db.Working(context.Background(), w.id)
	if err != nil {
		t.Fatal(err)
	}
	for at, unit := range now.Survey.Handover("de", "so").Units {
		h.Units[at].Key = unit.Key // which is written into the file in another way
	}
	for at := range h.Units[:4] {
		h.Units[at].Translation, h.Units[at].Standing = fmt.Sprint("Soomaali ", at), survey.Approved
	}
	h.Units[0].Comments = []string{"Ma fiican yahay?"}
	h.Units[1].Translation = "**Soomaali** 1"
	h.Units[3].Key = "q/gone/label"
	// In the meantime Cem translates one of them, and the source of another changes.
	at, fields := textForm(t, cem.get(w.path+"/translate?to=so").Body.String(), h.Units[2].Key)
	cem.post(w.path+"/translate?to=so", pairs(at, fields, "text", "Cem")...)
	w.source(t, "title", "Was Kinder brauchen")
	var out bytes.Buffer
	if err := survey.WriteXLIFF(&out, h); err != nil {
		t.Fatal(err)
	}
	shown := ben.upload(t, w.path+"/translate/import?to=so", "so.xlf", out.Bytes())
	page := shown.Body.String()
	for _, want := range []string{"2 texts change", "1 text was changed here as well", "1 text cannot be taken", "Ma fiican yahay?", "The source text has changed since", "no longer, in this survey"} {
		if !strings.Contains(page, want) {
			t.Errorf("the preview lacks %q", want)
		}
	}
	if shown.Code != 200 || w.phrase(t, "title", "so").Text != "" {
		t.Fatalf("the preview: %d, and something is stored", shown.Code)
	}
	form := filledIn(t, page)
	if got := ben.post(w.path+"/translate/take?to=so", form...); got.Code != http.StatusSeeOther || !strings.Contains(got.Header().Get("Location"), "saved=2") {
		t.Errorf("taking it: %d %s", got.Code, got.Header().Get("Location"))
	}
	if got := w.phrase(t, "title", "so"); got.Text != "Soomaali 0" || got.Standing("Was Kinder brauchen") != survey.Outdated {
		t.Errorf("the title is %+v", got)
	}
	if got := w.phrase(t, "description", "so"); got.Text != "**Soomaali** 1" || got.State != survey.Reviewed {
		t.Errorf("the description is %+v", got)
	}
	if got := w.phrase(t, h.Units[2].Key, "so").Text; got != "Cem" {
		t.Errorf("what Cem wrote is now %q", got)
	}
	if comments, _ := d.db.Comments(context.Background(), w.id, "so"); len(comments) != 1 || comments[0].Body != "Ma fiican yahay?" {
		t.Errorf("comments: %+v", comments)
	}
	// The same form once more: everything was overtaken by itself, which is no conflict.
	if got := ben.post(w.path+"/translate/take?to=so", form...); got.Code != http.StatusSeeOther {
		t.Errorf("twice: %d", got.Code)
	}
	cem.post(w.path+"/translate?to=so", pairs("0", map[string]string{"key": "title", "seen": survey.Sight("Soomaali 0"), "made": "", "was": ""}, "text", "Cem 0")...)
	if got := ben.post(w.path+"/translate/take?to=so", form...); got.Code != http.StatusConflict || !strings.Contains(got.Body.String(), "Cem 0") || w.phrase(t, "title", "so").Text != "Cem 0" {
		t.Errorf("overtaken between preview and taking: %d", got.Code)
	}
	lines, err := d.db.AuditLog(context.Background(), 0, 100, func(string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	imported := 0
	for _, line := range lines {
		if line.Action == account.TranslationsImported && line.Effect == "so 2" && line.Actor == "ben" {
			imported++
		}
	}
	if imported != 1 {
		t.Errorf("the log tells of %d imports", imported)
	}
}

func TestWorkbookThereAndBack(t *testing.T) {
	d, ben, _ := translators(t)
	w := d.translated(t, "families")
	if err := d.db.AddComments(context.Background(), "cem", w.id, store.Comment{Key: "title", Language: "ar", Body: "Alt"}); err != nil {
		t.Fatal(err)
	}
	got := ben.get(w.path + "/translate/file?to=ar&from=en&as=xlsx")
	h, err := xlsform.ReadHandover(got.Body)
	if err != nil || h.Source != "en" || h.Target != "ar" {
		t.Fatal(h.Source, h.Target, err)
	}
	if comments := h.Units[0].Comments; len(comments) != 1 || comments[0] != "Alt" {
		t.Errorf("the comments are %q", comments)
	}
	h.Units[0].Translation, h.Units[0].Standing, h.Units[0].Comments = "أطفالكم", survey.Approved, []string{"Alt\nNeu"}
	var content bytes.Buffer
	if err := xlsform.WriteHandover(&content, h, true); err != nil {
		t.Fatal(err)
	}
	page := ben.upload(t, w.path+"/translate/import?to=ar&from=en", "ar.xlsx", content.Bytes()).Body.String()
	if !strings.Contains(page, "1 text changes") || !strings.Contains(page, "Neu") {
		t.Fatal("the preview shows something else")
	}
	ben.post(w.path+"/translate/take?to=ar", filledIn(t, page)...)
	if got := w.phrase(t, "title", "ar"); got.Text != "أطفالكم" || got.State != survey.Reviewed {
		t.Errorf("the title is %+v", got)
	}
	comments, _ := d.db.Comments(context.Background(), w.id, "ar")
	if len(comments) != 2 || comments[0].Body != "Neu" && comments[1].Body != "Neu" {
		t.Errorf("comments: %+v", comments)
	}
	for name, content := range map[string]string{"nothing": "", "text": "hello\nworld\n", "the wrong language": "key,target [tr]\ntitle,x\n", "XML": "<a/>"} {
		if got := ben.upload(t, w.path+"/translate/import?to=ar", "x", []byte(content)); got.Code != 422 || !strings.Contains(got.Body.String(), `id="problem"`) {
			t.Errorf("%s: %d", name, got.Code)
		}
	}
}
