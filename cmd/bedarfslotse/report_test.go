package main

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/report"
	"bedarfslotse/internal/store"
)

// sampled is a database with the demonstration's waves.
func sampled(t testing.TB, responses int) string {
	t.Helper()
	ctx, now := context.Background(), time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	p := &program{stdout: io.Discard, stderr: t.Output(), env: func(string) string { return "" }, now: func() time.Time { return now }}
	if exit := p.run(ctx, []string{"--help"}); exit != 0 { // reads the words
		t.Fatal(exit)
	}
	path := filepath.Join(t.TempDir(), "sample.db")
	clock := &movingClock{now: now}
	db, err := store.Open(ctx, path, store.Options{Now: clock.Now, Places: places, Words: p.inEvery})
	if err != nil {
		t.Fatal(err)
	}
	defer p.close(db)
	plan, err := newSamplePlan(responses)
	if err == nil {
		err = plan.seed(ctx, "cli:test", db, clock, now)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestHeavyReport writes reports about the demonstration's waves.
func TestHeavyReport(t *testing.T) {
	path := sampled(t, 400)
	t.Run("command", func(t *testing.T) { commandReports(t, path) })
	t.Run("plain", func(t *testing.T) { templateIsPlain(t, path) })
}

// commandReports writes both versions in both formats of a wave that is
// released, and refuses one that is not.
func commandReports(t *testing.T, path string) {
	db, folder := "--db="+path, t.TempDir()
	for _, version := range [][]string{{"--lang", "de"}, {"--short"}, {"--lang", "en"}} {
		for _, format := range []string{"docx", "html"} {
			if format == "html" && version[len(version)-1] == "de" {
				continue // what differs is seen in the others
			}
			file := filepath.Join(folder, "report."+format)
			stdout, said, exit := command(t, "", append([]string{"report", db, "--wave", "schools-2025", "-o", file}, version...)...)
			if exit != 0 || stdout != "" || !strings.Contains(said, "blocks") {
				t.Fatalf("%v: %d, %q, %q", version, exit, stdout, said)
			}
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text := string(content)
			if format == "docx" {
				text = document(t, content)
			}
			want, other := "Was zu tun ist", "What needs to be done"
			switch {
			case len(version) == 1:
				want, other = "Worum es geht", "Tabelle 1"
			case version[1] == "en":
				want, other = other, want
			}
			if !strings.Contains(text, want) || strings.Contains(text, other) {
				t.Errorf("%v %s: has %q %v, %q %v", version, format, want, strings.Contains(text, want), other, strings.Contains(text, other))
			}
			if picture := map[string]string{"docx": "<pic:pic>", "html": "<svg"}[format]; !strings.Contains(text, picture) {
				t.Errorf("%v %s has no chart", version, format)
			}
		}
	}
	for want, arguments := range map[string][]string{
		"There is no release": {"--wave", "schools", "-o", filepath.Join(folder, "x.docx")},
		"none":                {"--wave", "none", "-o", filepath.Join(folder, "x.docx")},
		".docx or .html":      {"--wave", "schools-2025", "-o", filepath.Join(folder, "x.pdf")},
		"must be one of":      {"--wave", "schools-2025", "--lang", "fr", "-o", filepath.Join(folder, "x.docx")},
	} {
		if _, said, exit := command(t, "", append([]string{"report", db}, arguments...)...); exit == 0 || !strings.Contains(said, want) {
			t.Errorf("%v: %d, %q", arguments, exit, said)
		}
	}
	if left, err := filepath.Glob(filepath.Join(folder, "x.*")); err != nil || len(left) > 0 {
		t.Errorf("refused, but written: %v", left)
	}
}

// document is the body of a DOCX.
func document(t testing.TB, content []byte) string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	file, err := archive.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	if _, err := body.ReadFrom(file); err != nil {
		t.Fatal(err)
	}
	return body.String()
}

// templateIsPlain: what the template puts into the short version obeys the rules of
// plain language, has a chart and fits on two pages.
func templateIsPlain(t *testing.T, path string) {
	ctx := context.Background()
	now := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	p := &program{stdout: io.Discard, stderr: t.Output(), env: func(string) string { return "" }, now: func() time.Time { return now }}
	if exit := p.run(ctx, []string{"--help"}); exit != 0 {
		t.Fatal(exit)
	}
	db, err := database{DB: path}.open(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close(db)
	for _, slug := range []string{"families", "schools-2025", "young-people"} {
		wave, err := db.Wave(ctx, slug)
		if err != nil {
			t.Fatal(err)
		}
		written, err := p.report(ctx, db, &reportCommand{Lang: "de"}, wave)
		if err != nil {
			t.Fatal(err)
		}
		short := written.ShortVersion()
		charts := 0
		for _, b := range short.Blocks {
			for _, found := range report.Plainness(b.Plain) {
				t.Errorf("%s: %s in %q", slug, found.Rule, found.Text)
			}
			if b.Chart != nil && b.Chart.Drawn() {
				charts++
			}
		}
		if pages := short.Pages(); charts == 0 || pages > 2 {
			t.Errorf("%s: %d charts on %.1f pages", slug, charts, pages)
		}
	}
}
