package server

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/survey"
)

// twoLanguages is a survey with a text of every kind in German and Arabic, and
// one in German only.
func twoLanguages(t testing.TB) *survey.Version {
	t.Helper()
	read, findings, err := survey.ReadDir(fstest.MapFS{
		"two/survey.yaml": {Data: []byte(inGerman)}, "two/ar.yaml": {Data: []byte(inArabic)},
	}, "two")
	if err != nil || findings.Fatal() {
		t.Fatalf("read survey: %v %v", err, findings)
	}
	return compiled(t, read)
}

const inGerman = `
id: two
language: de
title: Haushalt
description: "Über Sie.\n\n- eins"
choices:
  fruit: [{name: a, label: Apfel}, {name: b, label: Birne}]
  long: [{name: x, label: Ixen}, {name: z, label: Zett}]
questions:
  - type: group
    name: first
    label: Teil
    questions:
      - {type: select_one fruit, name: one, label: "**Welches** Obst?", hint: Nur eins, required: "yes", required_message: Bitte wählen, guidance_hint: Zur Hilfe}
      - {type: select_one long, name: list, label: Liste, appearance: minimal}
      - {type: select_one long, name: typed, label: Getippt, appearance: autocomplete}
      - {type: note, name: said, label: "Also ${one}."}
      - {type: integer, name: only, label: Nur deutsch, constraint: ". > 2", constraint_message: "Mehr als zwei, ${one}"}
`

const inArabic = `
language: ar
title: {text: الأسرة}
description: {text: "عنكم.\n\n- واحد"}
choices:
  fruit: {a: {label: {text: تفاحة}}, b: {label: {text: كمثرى}}}
  long: {x: {label: {text: إكس}}, z: {label: {text: زد}}}
questions:
  first: {label: {text: جزء}}
  one: {label: {text: أي فاكهة؟}, hint: {text: واحدة فقط}, required_message: {text: اختاروا}, guidance_hint: {text: للمساعدة}}
  list: {label: {text: قائمة}}
  typed: {label: {text: مكتوب}}
  said: {label: {text: "إذن ${one}."}}
  only: {constraint_message: {text: "أكثر من اثنين، ${one}"}}
`

// TestBesideMarkup: each text stands in both languages, the second with its own
// language and direction, and as plain text where there is no markup.
func TestBesideMarkup(t *testing.T) {
	s := newTestServer(t)
	s.open(t, "two", twoLanguages(t))
	s.code("GROUP-1", "two", fieldwork.Carried{})
	for _, target := range []string{"/s/two?lang=ar&with=de", "/q/GROUP-1?lang=ar&with=de"} {
		page := s.get(target).Body.String()
		pair := func(one, other string) string {
			return `<span class="pair"><span>` + one + `</span> <span class="also" lang="de" dir="ltr">` + other + `</span></span>`
		}
		for what, want := range map[string]string{
			"title":       "<title>الأسرة · \u2068Haushalt\u2069 –",
			"heading":     `<h1 tabindex="-1" dir="auto">` + pair("الأسرة", "Haushalt"),
			"description": "<p>" + pair("عنكم.", "Über Sie.") + `</p><div class="pair"><div><ul>`,
			"rest":        `</div> <div class="also" lang="de" dir="ltr"><ul>`,
			"group":       pair("جزء", "Teil"),
			"label":       pair("أي فاكهة؟", "<strong>Welches</strong> Obst?"),
			"hint":        pair("واحدة فقط", "Nur eins"),
			"guidance":    pair("للمساعدة", "Zur Hilfe"),
			"choice":      pair("كمثرى", "Birne"),
			"option":      ">زد · \u2068Zett\u2069</option>",
			"proposal":    `<option value="زد" label="Zett" data-choice="z">`,
			"required":    `"requiredMessage":"اختاروا · ` + "\u2068Bitte wählen\u2069" + `"`,
			"constraint":  `"constraintMessage":"أكثر من اثنين، ${one} · ` + "\u2068Mehr als zwei, ${one}\u2069" + `"`,
			"fallen back": `<span class="label" lang="de" dir="ltr">Nur deutsch</span>`,
			"control":     `<input type="hidden" name=":with" value="de">`,
			"style":       `/beside.css"`,
		} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: %s lacks %s", target, what, want)
			}
		}
	}
	if page := s.get("/s/two?lang=ar").Body.String(); strings.Contains(page, "class=\"pair\"") || strings.Contains(page, "beside.css") || strings.Contains(page, ":with") {
		t.Error("one language alone shows traces of a second")
	}
}

// TestBesideAddresses: a second language that does not go with the first is
// taken out of the address, and the chooser leads to every pair.
func TestBesideAddresses(t *testing.T) {
	s := newTestServer(t)
	s.open(t, "two", twoLanguages(t))
	s.code("GROUP-1", "two", fieldwork.Carried{})
	for target, want := range map[string]string{
		"/s/two?lang=de&with=de":        "/s/two?lang=de",
		"/s/two?lang=de&with=xx":        "/s/two?lang=de",
		"/s/two?lang=de&with=":          "/s/two?lang=de",
		"/s/two?with=de":                "/s/two?lang=ar&with=de",
		"/s/two?with=ar":                "/s/two?lang=ar",
		"/q/GROUP-1?lang=ar&with=tr":    "/q/GROUP-1?lang=ar",
		"/s/two?lang=xx&with=de&other=": "/s/two?lang=ar&with=de",
	} {
		got := s.get(target, "Accept-Language", "ar")
		if location := got.Header().Get("Location"); got.Code != http.StatusFound || location != want {
			t.Errorf("%s: %d to %q, not %q", target, got.Code, location, want)
		}
	}
	for target, want := range map[string][]string{
		"/s/two?lang=de":         {`"/s/two?lang=ar" lang="ar"`, `"/s/two?lang=de&amp;with=ar" lang="ar"`},
		"/s/two?lang=ar&with=de": {`"/s/two?lang=de&amp;with=ar" lang="de"`, `"/s/two?lang=ar">`, `"/s/two?lang=ar&amp;with=de" lang="de" dir="ltr" hreflang="de" aria-current`},
		"/q/GROUP-1?lang=de":     {`"/q/GROUP-1?lang=de&amp;with=ar"`},
	} {
		page := s.get(target).Body.String()
		for _, one := range want {
			if !strings.Contains(page, "href="+one) {
				t.Errorf("%s lacks the link %s", target, one)
			}
		}
	}
	first, alone := s.get("/s/two?lang=ar&with=de").Header(), s.get("/s/two?lang=ar").Header()
	if first.Get("Etag") == "" || first.Get("Etag") == alone.Get("Etag") || !strings.HasPrefix(first.Get("Cache-Control"), "public") {
		t.Errorf("the pair is not a document of its own: %v, %v", first, alone)
	}
}

// TestBesideWithoutScript: what is wrong, and the last look, come in both
// languages too, and what was chosen in either is understood.
func TestBesideWithoutScript(t *testing.T) {
	s := newTestServer(t)
	s.open(t, "two", twoLanguages(t))
	given := url.Values{"lang": {"ar"}, ":with": {"de"}, "list": {"x"}, "typed": {"زد"}}
	page := s.post("two", given).Body.String()
	for _, want := range []string{"اختاروا · \u2068Bitte wählen\u2069", "أي فاكهة؟ · \u2068Welches Obst?\u2069", `name=":with" value="de"`, `selected>إكس`, `value="زد"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the document that comes back lacks %s", want)
		}
	}
	given.Set("one", "b")
	review := s.post("two", given)
	for _, want := range []string{"كمثرى · \u2068Birne\u2069", "زد · \u2068Zett\u2069", `name=":with" value="de"`} {
		if !strings.Contains(review.Body.String(), want) {
			t.Errorf("%d: the review lacks %s", review.Code, want)
		}
	}
	given.Set("submission_id", strings.Repeat("ab", 16))
	if got := s.send("two", given); got.Code != http.StatusCreated {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	if one := s.memory.only(t); !sameJSON(t, one.anonymous, `{"one":"b","list":"x","typed":"z"}`) || one.submission.Language != "ar" {
		t.Errorf("stored %s in %s", one.anonymous, one.submission.Language)
	}
}

// TestBesideKeepsFew: somebody who asks for every pair does not fill the memory.
func TestBesideKeepsFew(t *testing.T) {
	d := newDocuments()
	s := newTestServer(t)
	wave := s.open(t, "two", twoLanguages(t))
	for number := range 10 * mostDocuments {
		made, err := d.get(wave, strings.Repeat("x", number), func() ([]byte, []string, error) { return []byte("made"), nil, nil })
		if err != nil || string(made.body) != "made" {
			t.Fatal(err)
		}
	}
	if kept := len(d.waves["two"].byLang); kept == 0 || kept > mostDocuments {
		t.Errorf("%d documents are kept", kept)
	}
}
