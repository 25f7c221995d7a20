package server

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/coding"
	"bedarfslotse/internal/report"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testinput"
)

// someReport is a report about the town with a round of comments and, where it is
// submitted, the first step to take.
func (v *visit) someReport(t *testing.T, submitted bool) (path string, work report.Work) {
	t.Helper()
	ctx := context.Background()
	wave := must(v.db.Wave(ctx, "town"))(t)
	work = must(report.Begin(report.Document{Title: "Ausgangslage", Language: "de", Blocks: []report.Block{
		{ID: "h1", Kind: report.Heading, Level: 1, Text: "Auftrag"}, {ID: "t1", Kind: report.Prose, Text: "Der Rat hat gefragt.", Short: true},
		{ID: "c1", Kind: report.ChartBlock, Chart: &report.Chart{Caption: "Bild", Alt: "Ein Bild", Table: report.Table{Caption: "Bild", Header: []string{"Antwort", "Anteil"}, Rows: [][]string{{"ja", "50 %"}}}},
			Facts: &report.Facts{Frozen: "2026-03-10", Wave: "town", Address: "/manage/waves/town/explore?question=imp_language_support"}},
	}}, []report.Step{{Name: "Leitung"}, {Name: "Rat"}}))(t)
	id := must(v.db.AddReport(ctx, "anna", wave, work))(t)
	act := func(change func(*report.Work) error) {
		if err := v.db.ChangeReport(ctx, "anna", id, -1, account.ReportChanged, change); err != nil {
			t.Fatal(err)
		}
	}
	act((*report.Work).OpenRound)
	act(func(w *report.Work) error {
		return w.Say(report.Comment{ID: "K1", Block: "t1", Author: "anna", At: "2026-03-10T09:00:00Z", Text: "Bitte kürzer."})
	})
	if submitted {
		act((*report.Work).CloseRound)
		act(func(w *report.Work) error { return w.Resolve("K1", "anna", true) })
		act((*report.Work).Submit)
	}
	return reportPages + "/" + id, must(v.db.Report(ctx, id))(t)
}

// reportRules is who may read, comment on, change and approve reports.
func reportRules() map[string]rule {
	readers := []account.Role{account.Administrator, account.Coordinator, account.Viewer}
	writers := []account.Role{account.Administrator, account.Coordinator}
	reach, anywhere := []string{whole, above, own}, relations()
	get := func(path string) func(*testing.T, *visit) int {
		return func(t *testing.T, v *visit) int {
			at, _ := v.someReport(t, false)
			return v.get(at + path).Code
		}
	}
	post := func(path string, submitted bool, pairs ...string) func(*testing.T, *visit) int {
		return func(t *testing.T, v *visit) int {
			at, work := v.someReport(t, submitted)
			return v.post(at+path, append([]string{"revision", fmt.Sprint(work.Revision)}, pairs...)...).Code
		}
	}
	const at = " " + reportPages
	return map[string]rule{
		"GET" + at: {200, readers, anywhere, func(_ *testing.T, v *visit) int { return v.get(reportPages).Code }},
		"POST" + at: {403, writers, reach, func(_ *testing.T, v *visit) int { // nothing is released
			return v.post(reportPages, "wave", "town", "language", "de", "step", "Rat", "person", "").Code
		}},
		"GET" + at + "/new": {200, writers, anywhere, func(_ *testing.T, v *visit) int { return v.get(reportPages + "/new").Code }},
		"GET" + at + "/add": {200, writers, anywhere, func(_ *testing.T, v *visit) int {
			return v.get(reportPages + "/add?address=" + url.QueryEscape("/manage/waves/town/explore?question=imp_language_support")).Code
		}},
		"GET" + at + "/:report":                       {200, readers, reach, get("")},
		"POST" + at + "/:report":                      {303, writers, reach, post("", false, "act", "close_round")},
		"GET" + at + "/:report/settings":              {200, writers, reach, get("/settings")},
		"POST" + at + "/:report/settings":             {303, writers, reach, post("/settings", false, "title", "Neu", "step", "Rat")},
		"GET" + at + "/:report/preview":               {200, readers, reach, get("/preview")},
		"GET" + at + "/:report/files/:file":           {200, readers, reach, get("/files/full.docx")},
		"GET" + at + "/:report/pictures/:block":       {404, readers, reach, get("/pictures/c1")}, // it is not drawn
		"POST" + at + "/:report/approve":              {303, writers, reach, post("/approve", true, "step", "0")},
		"POST" + at + "/:report/comments":             {303, readers, reach, post("/comments", false, "block", "t1", "text", "Gut so.")},
		"POST" + at + "/:report/comments/:comment":    {303, writers, reach, post("/comments/K1", false, "resolved", "yes")},
		"POST" + at + "/:report/blocks":               {303, writers, reach, post("/blocks", false, "kind", "text", "text", "Mehr.")},
		"GET" + at + "/:report/blocks/:block":         {200, writers, reach, get("/blocks/t1")},
		"POST" + at + "/:report/blocks/:block":        {303, writers, reach, post("/blocks/t1", false, "act", "up")},
		"GET" + at + "/:report/blocks/:block/refresh": {422, writers, reach, get("/blocks/t1/refresh")}, // words have no figures
	}
}

// written is a desk whose wave is released, with a report about it that anna began.
func written(t *testing.T) (d *testDesk, v *visit, at string) {
	t.Helper()
	d, _ = everything(t)
	v = d.sign(t, "anna")
	got := v.post(reportPages, "wave", "town", "language", "de", "step", "Koordination", "person", "", "step", "Leitung", "person", "vera", "step", "", "person", "")
	if got.Code != http.StatusSeeOther {
		t.Fatalf("beginning a report: %d %s", got.Code, text(got))
	}
	return d, v, got.Header().Get("Location")
}

func text(got *httptest.ResponseRecorder) string {
	return regexp.MustCompile(`<[^>]*>|\s+`).ReplaceAllString(got.Body.String(), " ")
}

// reported is the report as the store has it.
func (d *testDesk) reported(t *testing.T, at string) report.Work {
	t.Helper()
	return must(d.db.Report(context.Background(), strings.TrimPrefix(at, reportPages+"/")))(t)
}

// TestReportIsWritten leads a report from the template over changes, two rounds of
// comments and its approval to the files.
func TestReportIsWritten(t *testing.T) {
	d, v, at := written(t)
	seen := func() string { return fmt.Sprint(d.reported(t, at).Revision) }
	done := func(what string, got *httptest.ResponseRecorder, want int) {
		t.Helper()
		if got.Code != want {
			t.Fatalf("%s: %d %s", what, got.Code, text(got))
		}
	}
	work := d.reported(t, at)
	if len(work.Blocks) < 10 || work.Title != "Ausgangslage: Was neu zugewanderte Kinder und Jugendliche brauchen" {
		t.Fatalf("%d blocks of %s", len(work.Blocks), work.Title)
	}
	prose := work.Blocks[slices.IndexFunc(work.Blocks, func(b report.Block) bool { return b.Kind == report.Prose })].ID
	done("saving words", v.post(at+"/blocks/"+prose, "revision", seen(), "act", "save", "text", "Der **Rat** hat gefragt.", "plain", "Der Rat fragt.", "short", "yes"), 303)
	done("an old form", v.post(at+"/blocks/"+prose, "revision", "0", "act", "save", "text", "x"), 409)
	done("a title", v.post(at+"/settings", "revision", seen(), "title", "Unsere Lage", "subtitle", "", "step", "Leitung", "person", "vera", "step", "Rat", "person", ""), 303)
	done("a step for nobody", v.post(at+"/settings", "revision", seen(), "title", "Unsere Lage", "step", "Leitung", "person", "nobody"), 422)
	done("a chart by its address", v.post(at+"/blocks", "kind", "chart", "address", "https://umfrage.example/manage/waves/town/explore?question=imp_language_support&by=area&lang=en", "after", prose), 303)
	done("no address", v.post(at+"/blocks", "kind", "chart", "address", "https://example.org/"), 422)
	done("another wave", v.post(at+"/blocks", "kind", "chart", "address", "/manage/waves/none/explore?question=a"), 422)
	done("words without any", v.post(at+"/blocks", "kind", "text", "text", "  "), 422)
	work = d.reported(t, at)
	chart := work.Blocks[slices.IndexFunc(work.Blocks, func(b report.Block) bool { return b.ID == prose })+1]
	if chart.Chart == nil || !chart.Chart.Drawn() || chart.Facts.Address != "/manage/waves/town/explore?by=area&question=imp_language_support" || chart.Facts.Release != 1 {
		t.Errorf("the chart is %+v", chart.Facts)
	}
	done("the matrix by its address", v.post(at+"/blocks", "kind", "chart", "address", gapPath+"?wave=town&lang=en", "after", prose), 303)
	done("what the report's wave has nothing of", v.post(at+"/blocks", "kind", "chart", "address", offersPath), 422)
	work = d.reported(t, at)
	matrix := work.Blocks[slices.IndexFunc(work.Blocks, func(b report.Block) bool { return b.ID == prose })+1]
	if matrix.Matrix == nil || len(matrix.Matrix.Rows) == 0 || !strings.HasPrefix(matrix.Facts.Address, gapPath+"?") {
		t.Errorf("the matrix is %+v", matrix)
	}
	done("checking the matrix", v.get(at+"/blocks/"+matrix.ID+"/refresh"), 200)
	done("freezing it anew", v.post(at+"/blocks/"+matrix.ID, "revision", seen(), "act", "refresh"), 303)
	done("moving it", v.post(at+"/blocks/"+chart.ID, "revision", seen(), "act", "down"), 303)
	done("its picture", v.get(at+"/pictures/"+chart.ID), 200)
	done("checking it", v.get(at+"/blocks/"+chart.ID+"/refresh"), 200)

	vera := d.sign(t, "vera")
	done("a comment without a round", vera.post(at+"/comments", "block", prose, "text", "Zu kurz."), 409)
	done("the first round", v.post(at, "revision", seen(), "act", "open_round"), 303)
	done("a comment", vera.post(at+"/comments", "block", prose, "text", "Zu kurz <script>."), 303)
	done("a viewer changes nothing", vera.post(at+"/blocks/"+prose, "revision", seen(), "act", "remove"), 403)
	done("submitting within a round", v.post(at, "revision", seen(), "act", "submit"), 409)
	done("the end of the round", v.post(at, "revision", seen(), "act", "close_round"), 303)
	done("submitting with an open comment", v.post(at, "revision", seen(), "act", "submit"), 409)
	comment := d.reported(t, at).Comments[0]
	done("dealing with it", v.post(at+"/comments/"+comment.ID, "resolved", "yes"), 303)
	done("the second round", v.post(at, "revision", seen(), "act", "open_round"), 303)
	done("its end", v.post(at, "revision", seen(), "act", "close_round"), 303)
	done("a third round", v.post(at, "revision", seen(), "act", "open_round"), 409)

	done("submitting", v.post(at, "revision", seen(), "act", "submit"), 303)
	done("changing what is being approved", v.post(at+"/blocks/"+prose, "revision", seen(), "act", "remove"), 409)
	done("another's step", v.post(at+"/approve", "revision", seen(), "step", "0"), 403)
	done("vera's step", vera.post(at+"/approve", "revision", seen(), "step", "0", "note", "gelesen"), 303)
	done("the same step again", v.post(at+"/approve", "revision", seen(), "step", "0"), 409)
	done("the council's", v.post(at+"/approve", "revision", seen(), "step", "1", "note", "Vorlage 17/2026"), 303)
	if work = d.reported(t, at); work.State != report.Approved || work.Approvals[1].Note != "Vorlage 17/2026" || work.Approvals[0].Actor != "vera" {
		t.Errorf("%s, %+v", work.State, work.Approvals)
	}
	done("withdrawing", v.post(at, "revision", seen(), "act", "withdraw"), 303)
	done("deleting without being sure", v.post(at, "revision", seen(), "act", "remove"), 422)
	done("deleting", v.post(at, "revision", seen(), "act", "remove", "sure", "yes"), 303)
	done("what is gone", v.get(at), 404)
}

// TestReportShowsWhatTheExplorerShows: every figure of a report carries an address
// at which the explorer shows the same, and every cell of its table is on that page.
func TestReportShowsWhatTheExplorerShows(t *testing.T) {
	d, v, at := written(t)
	work := d.reported(t, at)
	figures := 0
	for _, b := range work.Blocks {
		if !b.Kind.Figures() {
			continue
		}
		if b.Facts == nil || b.Facts.Address == "" || b.Facts.Frozen == "" || b.Facts.Wave != "town" {
			t.Errorf("block %s (%s) has the facts %+v", b.ID, b.Kind, b.Facts)
			continue
		}
		page := v.get(with(b.Facts.Address, "lang", "de"))
		if page.Code != http.StatusOK {
			t.Errorf("%s: %d", b.Facts.Address, page.Code)
			continue
		}
		if b.Chart == nil {
			continue
		}
		shown := page.Body.String()
		for _, row := range b.Chart.Table.Rows {
			for _, cell := range row[1:] {
				figures++
				if cell != "" && !strings.Contains(shown, ">"+strings.NewReplacer("+", "&#43;").Replace(cell)+"</td>") {
					t.Errorf("%s does not show %q of %q", b.Facts.Address, cell, row[0])
				}
			}
		}
	}
	if figures < 50 {
		t.Errorf("only %d figures", figures)
	}
}

// TestReportFiles: both formats and both versions come as files, with a policy that
// lets nothing run.
func TestReportFiles(t *testing.T) {
	_, v, at := written(t)
	for _, file := range []string{"full.docx", "short.docx", "full.html", "short.html"} {
		got := v.get(at + "/files/" + file)
		if got.Code != 200 || !strings.Contains(got.Header().Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %d", file, got.Code)
		}
		if strings.HasSuffix(file, ".docx") {
			archive, err := zip.NewReader(bytes.NewReader(got.Body.Bytes()), int64(got.Body.Len()))
			if err != nil || !slices.ContainsFunc(archive.File, func(f *zip.File) bool { return f.Name == "word/media/image1.png" }) {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
	for _, name := range []string{"full.pdf", "long.docx", "full", "..%2ffull.docx"} {
		if got := v.get(at + "/files/" + name); got.Code != http.StatusNotFound {
			t.Errorf("%s: %d", name, got.Code)
		}
	}
	page := v.get(at + "/preview?version=short")
	policy := page.Header().Get("Content-Security-Policy")
	if page.Code != 200 || !strings.Contains(policy, "default-src 'none'; style-src 'sha256-") || strings.Contains(policy, "unsafe") {
		t.Errorf("%d, %q", page.Code, policy)
	}
	if body := page.Body.String(); !strings.Contains(body, "<svg") || strings.Contains(body, "<table") {
		t.Error("the short version needs a chart and no tables")
	}
}

// TestReportQuotesOnlyWhatIsReleased: a quote that is taken back is left out of a
// report that had it.
func TestReportQuotesOnlyWhatIsReleased(t *testing.T) {
	d, v, at := written(t)
	ctx := context.Background()
	wave := must(d.db.Wave(ctx, "town"))(t)
	released := must(d.db.ReleasedQuotes(ctx, wave, store.QuoteFilter{}))(t)
	work := d.reported(t, at)
	if len(released) != 1 || !slices.ContainsFunc(work.Blocks, func(b report.Block) bool { return b.Quote != nil && b.Quote.Released == released[0].ID }) {
		t.Fatalf("%d released, not in the report", len(released))
	}
	if !strings.Contains(v.get(at+"/preview").Body.String(), released[0].Text) {
		t.Error("the report lacks the quote")
	}
	for _, one := range must(d.db.Quotes(ctx, wave.ID))(t) {
		if one.ID != released[0].ID && one.State == coding.QuoteProposed {
			if got := v.post(at+"/blocks", "kind", "quote", "quote", one.ID); got.Code != http.StatusUnprocessableEntity {
				t.Errorf("a quote that is not released: %d", got.Code)
			}
		}
		if one.ID == released[0].ID {
			if err := d.db.SendQuoteBack(ctx, "anna", wave, one.ID, one.Revision, "zurückgezogen"); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, file := range []string{"/preview", "/files/full.html"} {
		if strings.Contains(v.get(at+file).Body.String(), released[0].Text) {
			t.Errorf("%s still has the quote", file)
		}
	}
	if !strings.Contains(v.get(at).Body.String(), "no longer released") {
		t.Error("the page does not say that the quote is gone")
	}
}

// TestReportOfOtherAreas: into a town's report come no figures of the county's open
// wave, which its readers might not read.
func TestReportOfOtherAreas(t *testing.T) {
	d, _, _ := written(t)
	d.wave(t, "small", own)
	d.person(t, "tom", account.Grant{Role: account.Administrator})
	v := d.sign(t, "tom")
	ctx := context.Background()
	wave := must(d.db.Wave(ctx, "small"))(t)
	id := must(d.db.AddReport(ctx, "tom", wave, must(report.Begin(report.Document{Title: "Klein", Language: "de", Blocks: []report.Block{{ID: "t1", Kind: report.Prose, Text: "x"}}}, []report.Step{{Name: "Rat"}}))(t)))(t)
	got := v.post(reportPages+"/"+id+"/blocks", "kind", "chart", "address", "/manage/waves/town/explore?question=imp_language_support")
	if got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body.String(), "another area") {
		t.Errorf("%d %s", got.Code, text(got))
	}
}

// TestReportWords: German and English have the same messages about reports with the
// same placeholders, every key that is named has words, and every message is named.
func TestReportWords(t *testing.T) {
	german, english := testinput.Phrases(t, "report", "de"), testinput.Phrases(t, "report", "en")
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
	used, named := regexp.MustCompile(`"((?:error\.report|error\.unknown_block|error\.unknown_report|report)[a-z_.]*)"`), map[string]bool{}
	var files []string
	for _, pattern := range []string{"coordinator_*.go", "../report/*.go", "../store/reports.go", "../report/page.html", "../../web/templates/desk_*.html", "../../cmd/bedarfslotse/*.go"} {
		files = append(files, must(filepath.Glob(pattern))(t)...)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, found := range used.FindAllStringSubmatch(string(must(os.ReadFile(file))(t)), -1) {
			key := found[1]
			named[key] = true
			// A key that ends in a point is the beginning of several.
			if known := german[key] != nil || strings.HasSuffix(key, "."); !known && strings.Contains(key, ".") && !strings.HasSuffix(key, ".css") {
				t.Errorf("%s: no words for %s", file, key)
			}
		}
	}
	for key := range german {
		begins := func(one string) bool { return one == key || strings.HasSuffix(one, ".") && strings.HasPrefix(key, one) }
		if !strings.HasPrefix(key, "desk.audit.action.") && !slices.ContainsFunc(sortedKeys(named), begins) {
			t.Errorf("nothing says %s", key)
		}
	}
}
