package xlsform_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/xlsform"
)

// TestHandoverOfShippedSurveys: every language of every survey comes back from
// the workbook as it went, and changes nothing.
func TestHandoverOfShippedSurveys(t *testing.T) {
	for _, id := range []string{"families", "young_people", "schools", "youth_services", "shared_understanding"} {
		s, findings, err := survey.ReadDir(os.DirFS("../../surveys"), id)
		if err != nil || findings.Fatal() {
			t.Fatal(err, findings)
		}
		for _, tag := range s.Languages[1:] {
			h := s.Handover("de", tag)
			h.Units[0].Comments = []string{"=1+1", "- zwei"}
			var out bytes.Buffer
			if err := xlsform.WriteHandover(&out, h, tag == "ar"); err != nil {
				t.Fatal(id, tag, err)
			}
			back, err := xlsform.ReadHandover(&out)
			if err != nil || back.Source != "de" || back.Target != tag || len(back.Units) != len(h.Units) {
				t.Fatalf("%s %s: %v, %s → %s, %d units of %d", id, tag, err, back.Source, back.Target, len(back.Units), len(h.Units))
			}
			if got := strings.Join(back.Units[0].Comments, "|"); got != "=1+1\n- zwei" {
				t.Errorf("comments came back as %q", got)
			}
			proposals, err := s.Weigh(back, tag)
			if err != nil {
				t.Fatal(err)
			}
			for _, one := range proposals {
				if one.Verdict != survey.Unchanged && one.Verdict != survey.Untouched {
					t.Errorf("%s %s: %s is %s %v", id, tag, one.Key, one.Verdict, one.Findings)
				}
			}
		}
	}
}

// TestHandoverWorkbook looks at the cells as a spreadsheet program does.
func TestHandoverWorkbook(t *testing.T) {
	h := survey.Handover{Survey: "s", Source: "de", Target: "ar", Units: []survey.Unit{
		{Key: "title", Name: "title", Context: []string{"Titel"}, Source: "=1+1", Translation: "@x", Standing: survey.Outdated, SourcePrint: "aa", Traced: true},
		{Key: "q/a/label", Name: "a/label", Source: "- eins\n- zwei", Standing: survey.Missing, Comments: []string{"+49"}},
	}}
	var out bytes.Buffer
	if err := xlsform.WriteHandover(&out, h, true); err != nil {
		t.Fatal(err)
	}
	file, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := file.GetRows("translation")
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range []string{"key|context|source [de]|target [ar]|state|comment|fingerprint",
		"title|Titel|'=1+1|'@x|stale||aa -", "q/a/label||'- eins\n'- zwei||missing|'+49|- -"} {
		if got := strings.Join(rows[at], "|"); got != strings.ReplaceAll(want, "|- -", "|'- -") {
			t.Errorf("row %d is %q, want %q", at+1, got, want)
		}
	}
	view, err := file.GetSheetView("translation", 0)
	if err != nil || view.RightToLeft == nil || !*view.RightToLeft {
		t.Errorf("the sheet runs from the left: %v", err)
	}
	if visible, err := file.GetColVisible("translation", "G"); err != nil || visible {
		t.Errorf("the fingerprints are seen: %v", err)
	}
}

// TestHandoverKeepsAnyText: what a cell cannot hold is refused, all else comes
// back.
func TestHandoverKeepsAnyText(t *testing.T) {
	words := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("=+-@'\";|\t\n ${}_x0"))))
	rapid.Check(t, func(r *rapid.T) {
		unit := survey.Unit{Key: "q/a/label", Name: "a", Source: words.Draw(r, "source"), Translation: words.Draw(r, "translation")}
		var out bytes.Buffer
		if err := xlsform.WriteHandover(&out, survey.Handover{Source: "de", Target: "ar", Units: []survey.Unit{unit}}, false); err != nil {
			if failure.CodeOf(err) != failure.Invalid {
				r.Fatal(err)
			}
			return
		}
		h, err := xlsform.ReadHandover(&out)
		if err != nil {
			r.Fatal(err)
		}
		if got := h.Units[0]; got.Source != survey.Tidy(unit.Source) || got.Translation != survey.Tidy(unit.Translation) {
			r.Fatalf("%q, %q came back as %q, %q", unit.Source, unit.Translation, got.Source, got.Translation)
		}
	})
	long := survey.Handover{Units: []survey.Unit{{Key: "title", Name: "title", Source: strings.Repeat("x", 40_000)}}}
	if err := xlsform.WriteHandover(&bytes.Buffer{}, long, false); failure.As(err).Key != "error.handover_cell" {
		t.Errorf("a text longer than a cell: %v", err)
	}
}

// TestForeignHandovers reads tables that translators made themselves.
func TestForeignHandovers(t *testing.T) {
	h, err := xlsform.ReadHandover(strings.NewReader("Key;Target [AR];State\n;;\nq/a/label;جديد;Reviewed\ntitle;;\n"))
	if err != nil || len(h.Units) != 2 || h.Target != "ar" {
		t.Fatalf("%v %+v", err, h)
	}
	if a := h.Units[0]; a.Key != "q/a/label" || a.Translation != "جديد" || a.Standing != survey.Approved || a.Traced {
		t.Errorf("%+v", a)
	}
	if b := h.Units[1]; b.Standing != survey.Missing {
		t.Errorf("%+v", b)
	}
	for content, key := range map[string]string{
		"target\nx\n":        "error.handover_column",
		"key,text\na,b\n":    "error.handover_column",
		"key,target\n,\n":    "error.handover_empty",
		"key,target [x]\n\n": "error.handover_empty",
	} {
		if _, err := xlsform.ReadHandover(strings.NewReader(content)); failure.As(err).Key != key {
			t.Errorf("%q: %v, want %s", content, err, key)
		}
	}
}
