package store_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/report"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testpostgres"
)

// begunReport is a report with words, a picture and a quote.
func begunReport(t *testing.T) report.Work {
	t.Helper()
	work, err := report.Begin(report.Document{Title: "Lage „Nord“", Subtitle: "Stadt", Language: "de", Blocks: []report.Block{
		{ID: "h", Kind: report.Heading, Level: 1, Text: "Auftrag"},
		{ID: "t", Kind: report.Prose, Text: "Zeile\n\n**zwei**", Plain: "Kurz.", Short: true},
		{ID: "c", Kind: report.ChartBlock, Chart: &report.Chart{Caption: "Bild", Alt: "Ein Bild", SVG: []byte("<svg/>"), PNG: []byte{0x89, 0, 255}, Width: 720, Height: 300,
			Table: report.Table{Caption: "Bild", Header: []string{"a", "b"}, Rows: [][]string{{"ja", "5"}}}}, Facts: &report.Facts{Frozen: "2026-03-10", Wave: "w", Address: "/manage/waves/w/explore?question=q"}},
		{ID: "q", Kind: report.QuoteBlock, Quote: &report.Quote{Text: "Mehr Zeit", Original: "نريد", Language: "ar"}},
	}}, []report.Step{{Name: "Leitung", Person: "vera"}, {Name: "Rat"}})
	must(t, err)
	return work
}

func TestReportsAreKept(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, c := context.Background(), newClock()
		db := open(t, dsn, c)
		wave := wordedWave(t, db, c)
		work := begunReport(t)
		id, err := db.AddReport(ctx, "anna", wave, work)
		must(t, err)
		kept, err := db.Report(ctx, id)
		must(t, err)
		if kept.Title != work.Title || kept.Author != "anna" || kept.State != report.Draft || kept.Revision != 0 || !slices.Equal(kept.Steps, work.Steps) || kept.WaveID != wave.ID || kept.Area != wave.Area {
			t.Errorf("%+v", kept)
		}
		if len(kept.Blocks) != 4 || string(kept.Blocks[2].Chart.SVG) != "<svg/>" || !slices.Equal(kept.Blocks[2].Chart.PNG, []byte{0x89, 0, 255}) ||
			kept.Blocks[2].Facts.Address != "/manage/waves/w/explore?question=q" || kept.Blocks[3].Quote.Original != "نريد" || kept.Blocks[1].Plain != "Kurz." {
			t.Errorf("%+v", kept.Blocks)
		}
		change := func(seen int, action account.Action, act func(*report.Work) error) error {
			return db.ChangeReport(ctx, "anna", id, seen, action, act)
		}
		must(t, change(0, account.ReportChanged, func(w *report.Work) error { return w.Move("q", true) }))
		wantFailure(t, "what somebody else changed", change(0, account.ReportChanged, func(w *report.Work) error { return w.Remove("q") }), failure.Conflict)
		wantFailure(t, "none such", db.ChangeReport(ctx, "anna", "x", -1, account.ReportChanged, (*report.Work).OpenRound), failure.NotFound)
		wantFailure(t, "what the report refuses", change(-1, account.ReportRoundClosed, (*report.Work).CloseRound), failure.Conflict)
		must(t, change(1, account.ReportChanged, func(w *report.Work) error { return w.Remove("h") }))
		must(t, change(-1, account.ReportChanged, func(w *report.Work) error {
			return w.Insert("t", report.Block{ID: "n", Kind: report.Prose, Text: "neu"})
		}))
		must(t, change(-1, account.ReportChanged, func(w *report.Work) error {
			return w.Refreeze("c", report.Block{Kind: report.ChartBlock, Chart: &report.Chart{Caption: "Neu", SVG: []byte("<svg>2</svg>"), PNG: []byte{1}}, Facts: &report.Facts{Address: "/y"}})
		}))
		kept, err = db.Report(ctx, id)
		must(t, err)
		var order []string
		for _, b := range kept.Blocks {
			order = append(order, b.ID)
		}
		if strings.Join(order, "") != "tnqc" || kept.Revision != 4 || string(kept.Blocks[3].Chart.SVG) != "<svg>2</svg>" || kept.Blocks[3].Chart.Caption != "Neu" {
			t.Errorf("%v, revision %d, %+v", order, kept.Revision, kept.Blocks[3].Chart)
		}
		approved(t, db, id)
		wantFailure(t, "removing an approved report", db.RemoveReport(ctx, "anna", id, kept.Revision), failure.Conflict)
		must(t, change(-1, account.ReportWithdrawn, (*report.Work).Withdraw))
		if kept, err = db.Report(ctx, id); err != nil || len(kept.Approvals) != 0 || len(kept.Comments) != 1 || kept.Comments[0].Resolved != "anna" {
			t.Errorf("%v %+v", err, kept)
		}
		if svg, err := db.ReportPicture(ctx, id, "c"); err != nil || svg != "<svg>2</svg>" {
			t.Errorf("picture %q, %v", svg, err)
		}
		_, err = db.ReportPicture(ctx, id, "t")
		wantFailure(t, "the picture of words", err, failure.NotFound)
		wantFailure(t, "removing another revision", db.RemoveReport(ctx, "anna", id, 0), failure.Conflict)
		must(t, db.RemoveReport(ctx, "anna", id, kept.Revision))
		_, err = db.Report(ctx, id)
		wantFailure(t, "what was removed", err, failure.NotFound)
		_, err = db.ReportArea(ctx, id)
		wantFailure(t, "the area of what was removed", err, failure.NotFound)
		if all, err := db.Reports(ctx); err != nil || len(all) != 0 {
			t.Errorf("%d left, %v", len(all), err)
		}
		must(t, db.VerifyAudit(ctx, func(store.Audited) error { return nil }))
	})
}

// approved comments on a report and takes all steps.
func approved(t *testing.T, db *store.DB, id string) {
	t.Helper()
	ctx := context.Background()
	for _, step := range []struct {
		action account.Action
		change func(*report.Work) error
	}{
		{account.ReportRoundOpened, (*report.Work).OpenRound},
		{account.ReportCommented, func(w *report.Work) error {
			return w.Say(report.Comment{ID: "K", Block: "t", Author: "vera", At: "2026-03-10T09:00:00Z", Text: "kürzer"})
		}},
		{account.ReportRoundClosed, (*report.Work).CloseRound},
		{account.ReportResolved, func(w *report.Work) error { return w.Resolve("K", "anna", true) }},
		{account.ReportSubmitted, (*report.Work).Submit},
		{account.ReportApproved, func(w *report.Work) error {
			return w.Approve(0, false, report.Approval{Actor: "vera", At: "2026-03-10T10:00:00Z"})
		}},
		{account.ReportApproved, func(w *report.Work) error {
			return w.Approve(1, true, report.Approval{Actor: "anna", At: "2026-03-10T11:00:00Z", Note: "17/2026"})
		}},
	} {
		must(t, db.ChangeReport(ctx, "anna", id, -1, step.action, step.change))
	}
	kept, err := db.Report(ctx, id)
	must(t, err)
	if kept.State != report.Approved || len(kept.Approvals) != 2 || kept.Approvals[1].Note != "17/2026" || kept.Round != 1 || kept.RoundNow || kept.Comments[0].Text != "kürzer" {
		t.Errorf("%+v", kept)
	}
	lines, err := db.AuditLog(ctx, 0, 3, func(string) bool { return true })
	must(t, err)
	if lines[0].Action != account.ReportApproved || lines[2].Action != account.ReportSubmitted || lines[0].Subject != "Lage „Nord“" {
		t.Errorf("%+v", lines)
	}
}

// TestReleaseDay is the day of the newest release.
func TestReleaseDay(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, c := context.Background(), newClock()
		db := open(t, dsn, c)
		wave := wordedWave(t, db, c)
		if day, err := db.ReleaseDay(ctx, wave); err != nil || day != "" {
			t.Errorf("before the release: %q, %v", day, err)
		}
		if days, err := db.ReleaseDays(ctx); err != nil || len(days) != 0 {
			t.Errorf("before the release: %v, %v", days, err)
		}
		must(t, db.CloseWave(ctx, "anna", wave))
		if days, err := db.ReleaseDays(ctx); err != nil || len(days) != 1 || days[wave.ID] != db.Today() {
			t.Errorf("all of them: %v, %v", days, err)
		}
		if day, err := db.ReleaseDay(ctx, wave); err != nil || day != db.Today() {
			t.Errorf("%q, %v", day, err)
		}
	})
}
