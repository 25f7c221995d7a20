package survey_test

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

func xliff(t testing.TB, h survey.Handover) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := survey.WriteXLIFF(&out, h); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func readXLIFF(t testing.TB, content []byte) survey.Handover {
	t.Helper()
	h, err := survey.ReadXLIFF(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func weigh(t testing.TB, s *survey.Survey, h survey.Handover, to string) map[string]survey.Proposal {
	t.Helper()
	proposals, err := s.Weigh(h, to)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]survey.Proposal{}
	for _, one := range proposals {
		all[one.Key] = one
	}
	return all
}

// TestXLIFFOfShippedSurveys: every language of every survey comes back as it
// went, and changes nothing; what a translator writes into it does.
func TestXLIFFOfShippedSurveys(t *testing.T) {
	for _, id := range []string{"families", "young_people", "schools", "youth_services", "shared_understanding"} {
		s := shippedSurvey(t, id)
		for _, tag := range append(s.Languages[1:len(s.Languages):len(s.Languages)], "so") {
			s.AddLanguage(tag)
			h := s.Handover("de", tag)
			back := readXLIFF(t, xliff(t, h))
			if back.Source != "de" || back.Target != tag || back.Survey != id || len(back.Units) != len(h.Units) {
				t.Fatalf("%s %s: %s → %s, %d units of %d", id, tag, back.Source, back.Target, len(back.Units), len(h.Units))
			}
			for at, unit := range back.Units {
				was := h.Units[at]
				if unit.Source != was.Source || unit.Translation != was.Translation || !unit.Traced || unit.Seen != was.Seen || unit.SourcePrint != was.SourcePrint {
					t.Fatalf("%s %s: %+v came back as %+v", id, tag, was, unit)
				}
			}
			for _, one := range weigh(t, s, back, tag) {
				if one.Verdict != survey.Unchanged && one.Verdict != survey.Untouched {
					t.Errorf("%s %s: %s is %s %v", id, tag, one.Key, one.Verdict, one.Findings)
				}
			}
		}
	}
}

// TestXLIFFKeepsAnyText: signs that XML cannot hold, placeholders wherever.
func TestXLIFFKeepsAnyText(t *testing.T) {
	words := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("${}ab<>&\"'\n\t \u0001\ufffe\u202b"))))
	placed := rapid.Custom(func(r *rapid.T) string {
		return strings.Join(rapid.SliceOfN(words, 1, 4).Draw(r, "parts"), rapid.SampledFrom([]string{"", "${child}", "${ school }", "${<&>}"}).Draw(r, "placeholder"))
	})
	rapid.Check(t, func(r *rapid.T) {
		source, translation := placed.Draw(r, "source"), placed.Draw(r, "translation")
		key := "q/" + rapid.StringN(1, 10, 30).Draw(r, "name") + "/label"
		var out bytes.Buffer
		err := survey.WriteXLIFF(&out, survey.Handover{Source: "de", Target: "ar", Units: []survey.Unit{{Key: key, Source: source, Translation: translation}}})
		if err != nil {
			r.Fatal(err)
		}
		h, err := survey.ReadXLIFF(&out)
		if err != nil {
			r.Fatal(err)
		}
		got := h.Units[0]
		wantTarget := translation
		if strings.TrimSpace(translation) == "" && strings.TrimSpace(source) != "" {
			wantTarget = ""
		}
		if got.Source != source || got.Translation != wantTarget {
			r.Fatalf("%q, %q came back as %q, %q\n%s", source, translation, got.Source, got.Translation, out.String())
		}
	})
}

// toolFile wraps units as another tool would write them.
func toolFile(units string) []byte {
	return []byte(`<?xml version="1.0" encoding="utf-8"?>
<x:xliff xmlns:x="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="de-DE" trgLang="AR-sa"><x:file id="f1">` +
		strings.NewReplacer("</", "</x:", "<", "<x:").Replace(units) + `</x:file></x:xliff>`)
}

// TestXLIFFOfOtherTools: what tools do to a file is understood.
func TestXLIFFOfOtherTools(t *testing.T) {
	s := small(t)
	for name, test := range map[string]struct {
		units, want, verdict string
	}{
		"groups and annotations":         {`<group id="g"><group id="h"><unit id="q:child:hint"><segment><source>Der Vorname reicht.</source><target>يكفي <mrk id="m1" type="term">الاسم</mrk><sm id="m2"/>.<em startRef="m2"/></target></segment></unit></group></group>`, "يكفي الاسم.", "filled"},
		"split":                          {`<unit id="title"><segment id="1" state="final"><source>Kin</source><target>أ</target></segment><ignorable><source> </source></ignorable><segment id="2" state="final"><source>der</source><target>ب</target></segment></unit>`, "أ ب", "filled"},
		"split and turned":               {`<unit id="title"><segment id="1"><source>A </source><target order="2">1</target></segment><segment id="2"><source>B</source><target order="1">2</target></segment></unit>`, "21", "filled"},
		"half":                           {`<unit id="title"><segment><source>Kin</source><target>أ</target></segment><segment><source>der</source></segment></unit>`, "", "refused translate.unit_partial"},
		"code by data":                   {`<unit id="q:school:label"><originalData><data id="x">${child}</data></originalData><segment><source>Geht <ph id="1" dataRef="x"/> in die **Schule**?</source><target>**هل** <ph id="1" dataRef="x"/>؟</target></segment></unit>`, "**هل** ${child}؟", "filled"},
		"code by what it says":           {`<unit id="q:school:label"><segment><source>Geht <ph id="1" equiv="${child}"/> in die **Schule**?</source><target>**هل** <ph id="1"/>؟</target></segment></unit>`, "**هل** ${child}؟", "filled"},
		"code of nothing":                {`<unit id="q:school:label"><segment><source>Geht?</source><target>هل <ph id="9"/>؟</target></segment></unit>`, "", "refused translate.unit_code"},
		"code as text":                   {`<unit id="q:school:label"><segment><source>Geht ${child} in die **Schule**?</source><target>**هل** ${child}؟</target></segment></unit>`, "**هل** ${child}؟", "filled"},
		"lost placeholder":               {`<unit id="q:school:label"><segment><source>Geht ${child} in die **Schule**?</source><target>**هل**؟</target></segment></unit>`, "", "refused translate.placeholder_lost"},
		"paired codes":                   {`<unit id="title"><originalData><data id="a">**</data></originalData><segment><source>Kinder</source><target><pc id="1" dataRefStart="a" dataRefEnd="a">أطفال</pc> <sc id="2"/>x<ec startRef="2"/></target></segment></unit>`, "**أطفال** x", "filled translate.emphasis"},
		"unknown":                        {`<unit id="q:gone:label"><segment><source>a</source><target>ب</target></segment></unit>`, "", "refused translate.unit_unknown"},
		"not translated":                 {`<unit id="title"><segment state="initial"><source>Kinder</source><target/></segment></unit>`, "", "untouched"},
		"its own remark and fingerprint": {`<unit id="title"><metadata><metaGroup><meta type="phrase">1</meta></metaGroup></metadata><notes><note>Ein Wort?</note></notes><segment><source>Kinder</source><target>أطفال</target></segment></unit>`, "أطفال", "filled"},
	} {
		t.Run(name, func(t *testing.T) {
			proposals, err := s.Weigh(readXLIFF(t, toolFile(test.units)), "ar")
			if err != nil || len(proposals) != 1 {
				t.Fatal(proposals, err)
			}
			p := proposals[0]
			got := string(p.Verdict)
			for _, one := range p.Findings[:min(1, len(p.Findings))] {
				got += " " + one.Key
			}
			if got != test.verdict {
				t.Errorf("%s %+v, want %s", got, p.Findings, test.verdict)
			}
			if test.want != "" && p.Translation != test.want {
				t.Errorf("%q, want %q", p.Translation, test.want)
			}
		})
	}
	h := readXLIFF(t, toolFile(`<unit id="title"><notes><note category="context">Titel</note><note>Ein Wort?</note></notes><segment><source>Kinder</source></segment></unit>`))
	if u := h.Units[0]; strings.Join(u.Comments, "|") != "Ein Wort?" || strings.Join(u.Context, "|") != "Titel" {
		t.Errorf("notes: %+v", u)
	}
}

// TestWeighing: what changed here since the file left is seen.
func TestWeighing(t *testing.T) {
	s := small(t)
	put := func(key, tag, text string) {
		place, _ := s.TextAt(key)
		s.SetText(place.Text, tag, text)
	}
	put("q/child/label", "ar", "اسم")
	put("q/child/hint", "ar", "يكفي")
	put("c/yn/no", "ar", "لا")
	h := s.Handover("en", "ar")
	if h.Units[0].Source != "Children" || h.Units[1].Source != "Wie heißt Ihr Kind?" {
		t.Errorf("the source shown is %q, %q", h.Units[0].Source, h.Units[1].Source)
	}
	for at := range h.Units {
		unit := &h.Units[at]
		unit.Comments = nil
		if unit.Translation == "" {
			unit.Translation = strings.ReplaceAll("جديد X **ب**", "X", strings.Join(refs(unit.Source), " "))
		} else {
			unit.Translation += "!"
		}
		unit.Standing = survey.Approved
	}
	h.Units[2].Translation = "يكفي" // of the hint: only read
	put("q/child/label", "ar", "اسم آخر")
	put("q/school/label", "de", "Kommt ${child} her?")
	h = readXLIFF(t, xliff(t, h))
	got := weigh(t, s, h, "ar")
	for key, want := range map[string]survey.Verdict{"title": survey.Filled, "q/child/label": survey.Clashing, "q/child/hint": survey.Confirmed,
		"q/school/label": survey.Filled, "c/yn/no": survey.Rewritten} {
		if p := got[key]; p.Verdict != want || p.Behind != (key == "q/school/label") {
			t.Errorf("%s: %s, behind %v %v; want %s", key, p.Verdict, p.Behind, p.Findings, want)
		}
	}
	var all []survey.Rendering
	for _, one := range got {
		all = append(all, one.Rendering("ar"))
	}
	if overtaken, err := s.Translate(all); err != nil || len(overtaken) > 0 {
		t.Fatal(overtaken, err)
	}
	for key, want := range map[string]survey.Standing{"title": survey.Approved, "q/child/label": survey.Approved, "q/school/label": survey.Outdated} {
		place, _ := s.TextAt(key)
		if is := (*place.Text)["ar"].Standing((*place.Text)["de"].Text); is != want {
			t.Errorf("%s is now %s, want %s", key, is, want)
		}
	}
	for _, one := range weigh(t, s, h, "ar") {
		if one.Verdict != survey.Unchanged {
			t.Errorf("the second time %s is %s", one.Key, one.Verdict)
		}
	}
	if _, err := s.Weigh(h, "en"); failure.CodeOf(err) != failure.Invalid {
		t.Errorf("the wrong language: %v", err)
	}
	h.Units = append(h.Units, h.Units[0])
	proposals, _ := s.Weigh(h, "ar")
	if last := proposals[len(proposals)-1]; last.Verdict != survey.Refused || last.Findings[0].Key != "translate.unit_twice" {
		t.Errorf("a unit twice is %s", last.Verdict)
	}
}

func refs(text string) []string {
	names := survey.TextReferences(text)
	for at, name := range names {
		names[at] = "${" + name + "}"
	}
	return names
}

// TestHostileXLIFF: whatever is no such file gets an error that says so, soon.
func TestHostileXLIFF(t *testing.T) {
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes(
		bytes.Replace(toolFile(`<unit id="title"><segment><source>Kinder</source><target>أطفال</target></segment></unit>`), []byte("utf-8"), []byte("UTF-16"), 1))
	if err != nil {
		t.Fatal(err)
	}
	if h := readXLIFF(t, wide); h.Units[0].Translation != "أطفال" {
		t.Errorf("UTF-16: %+v", h.Units[0])
	}
	bomb := `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>`
	for name, test := range map[string]struct {
		content string
		code    failure.Code
		key     string
	}{
		"empty":    {"", failure.Invalid, "error.xliff_none"},
		"no XML":   {"PK\x03\x04", failure.Invalid, "error.xliff_unreadable"},
		"HTML":     {"<html><body/></html>", failure.Invalid, "error.xliff_none"},
		"1.2":      {`<xliff xmlns="urn:oasis:names:tc:xliff:document:1.2" version="1.2"/>`, failure.Invalid, "error.xliff_version"},
		"no units": {string(toolFile("")), failure.Invalid, "error.handover_empty"},
		"broken":   {string(toolFile(`<unit id="title"><segment>`)), failure.Invalid, "error.xliff_unreadable"},
		"entities": {bomb + string(toolFile(`<unit id="title"><segment><source>&b;</source></segment></unit>`))[len(`<?xml version="1.0" encoding="utf-8"?>`):], failure.Invalid, "error.xliff_unreadable"},
		"deep":     {string(toolFile(strings.Repeat(`<group id="g">`, 5000) + strings.Repeat(`</group>`, 5000))), failure.TooLarge, "error.xliff_bounds"},
		"large":    {strings.Repeat(" ", survey.MaxHandover+1), failure.TooLarge, "error.handover_large"},
		"many":     {string(toolFile(strings.Repeat(`<unit id="u"/>`, survey.MaxUnits+1))), failure.TooLarge, "error.handover_units"},
		"nodes":    {string(toolFile(strings.Repeat(`<n/>`, 600_000))), failure.TooLarge, "error.xliff_bounds"},
	} {
		_, err := survey.ReadXLIFF(strings.NewReader(test.content))
		if failed := failure.As(err); failed == nil || failed.Code != test.code || failed.Key != test.key {
			t.Errorf("%s: %v", name, err)
		}
	}
}
