package server

import (
	"context"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/coding"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testbrowser"
)

// browsedTexts are what families have written in the browser's tests.
func browsedTexts() []string {
	return []string{"de:Mehr Deutschkurse am Abend. Frau Müller hilft, Tel. 0176 1234567.", "de:Deutschkurse für Mütter", "ar:نريد دروس اللغة الألمانية للأمهات، اتصلوا بي 01761234567", "ti:ትምህርቲ ቋንቋ ጀርመን ንወለዲ"}
}

// fillBook gives a wave a code book of three tags.
func (d *testDesk) fillBook(t testing.TB, wave *store.LiveWave) {
	t.Helper()
	for _, tag := range []coding.Tag{
		{Name: "german", Label: "Deutsch lernen", Definition: "Kurse und Üben für Kinder und Erwachsene.", Example: "Ein Kurs am Abend wäre gut.", Field: "language_support"},
		{Name: "childcare", Label: "Kinderbetreuung"}, {Name: "sport", Label: "Sport und Freizeit", Definition: "Vereine, Plätze, Ferien."},
	} {
		if _, err := d.db.SaveTag(context.Background(), "anna", wave, nil, tag); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBrowserCodingByKeyboard: a coder goes from the list of waves through all texts
// of a question without a mouse.
func TestBrowserCodingByKeyboard(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"de", "en"} {
		t.Run(lang, func(t *testing.T) {
			d, wave := coders(t, browsedTexts()...)
			d.fillBook(t, wave)
			p := d.atDesk(t, listen(t, d.testServer), "ben", "/manage/", testbrowser.Desktop, testbrowser.Language(lang))
			words := func(key string) string { return d.config.Catalogue.Localizer(lang).T(key) }
			p.TabTo("link", words("coding.overview.alone")+": "+titleOf(wave, d.config.Catalogue.Localizer(lang))+" (town)", 30)
			p.Follow(func() { p.Press(testbrowser.Enter) })
			p.TabTo("link", words("coding.overview.start"), 30)
			p.Follow(func() { p.Press(testbrowser.Enter) })
			seen := map[string]bool{}
			for at := range 4 {
				p.Wait(`document.activeElement.id === 'filter'`)
				seen[p.Text("#text")] = true
				boxes := func() string {
					return testbrowser.Eval[string](p, `[...document.querySelectorAll('[name="tag"]:checked')].map((one) => one.value).sort().join(' ')`)
				}
				p.Type("1")
				p.Wait(`document.getElementById('filter').value === ''`)
				p.Type("SPORT")
				p.Wait(`document.querySelectorAll('.cd-list > li:not([hidden])').length === 1`)
				p.Press(testbrowser.Enter)
				if got := boxes(); !strings.Contains(got, "sport") || strings.Count(got, " ") != 1 {
					t.Errorf("chosen are %q", got)
				}
				p.Type("1")
				p.Wait(`document.querySelectorAll('[name="tag"]:checked').length === 1`)
				if at == 0 {
					look(t, p, "coding keyboard "+lang)
					p.CheckBarriers()
				}
				p.Follow(func() { p.Press(testbrowser.CtrlEnter) })
			}
			if !strings.Contains(p.Text(".desk-done"), "4") || len(seen) != 4 {
				t.Errorf("seen are %d, the page says %q", len(seen), p.Text("main"))
			}
			all, err := d.db.Codings(context.Background(), wave.ID, "most_helpful")
			if err != nil || len(all) != 4 {
				t.Fatalf("%+v, %v", all, err)
			}
			for _, one := range all {
				if one.Coder != "ben" || one.Tags.String() != "sport" {
					t.Errorf("%+v", one)
				}
			}
		})
	}
}

// TestBrowserCodingRedacts: a place is taken out by keyboard and stays out.
func TestBrowserCodingRedacts(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"de", "en"} {
		t.Run(lang, func(t *testing.T) {
			d, wave := coders(t, browsedTexts()...)
			d.fillBook(t, wave)
			at := (&visit{testDesk: d}).textAt(t, wave, "Mehr")
			p := d.atDesk(t, listen(t, d.testServer), "ben", at, testbrowser.Desktop, testbrowser.Language(lang))
			words := func(key string) string { return d.config.Catalogue.Localizer(lang).T(key) }
			p.Click(`input[name^="mark-"][value="redact"]`)
			p.Fill("#words", "Abend")
			p.Fill("#translation", "More German in the evening")
			p.TabTo("button", words("coding.save_work"), 20)
			p.Follow(func() { p.Press(testbrowser.Enter) })
			if got := p.Text("#text"); got != "Mehr Deutschkurse am […]. Frau […] hilft, Tel. 0176 1234567." {
				t.Errorf("the text is now %q", got)
			}
			look(t, p, "coding redacted "+lang)
			p.CheckBarriers()
		})
	}
}

// TestBrowserCodingPages looks for barriers on every page for coders, on a phone
// and at a desk, in both languages, and codes once without a script.
func TestBrowserCodingPages(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lang    string
		options []testbrowser.Option
	}{
		"de, small":            {"de", []testbrowser.Option{testbrowser.Small}},
		"en, phone, no script": {"en", []testbrowser.Option{testbrowser.Phone, testbrowser.NoScript}},
		"en, desktop":          {"en", []testbrowser.Option{testbrowser.Desktop}},
		"de, desktop, in dark": {"de", []testbrowser.Option{testbrowser.Desktop, testbrowser.Dark}},
	} {
		t.Run(name, func(t *testing.T) {
			d, wave := coders(t, browsedTexts()...)
			d.fillBook(t, wave)
			d.person(t, "anna", account.Grant{Role: account.Administrator})
			code := func(coder, beginning string) {
				texts, err := d.db.OpenTexts(context.Background(), wave)
				if err != nil {
					t.Fatal(err)
				}
				for _, one := range texts.For(coder, "most_helpful", nil) {
					tags := coding.NewTags("german")
					if strings.HasPrefix(one.Body, beginning) {
						if err := d.db.SaveText(context.Background(), coder, wave, one, &tags, store.TextWork{}); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
			code("cem", "Deutschkurse")
			p := d.atDesk(t, listen(t, d.testServer), "anna", "/manage/waves/town/texts", append(test.options, testbrowser.Language(test.lang))...)
			base := strings.TrimSuffix(p.URL(), "/manage/waves/town/texts")
			seen := func(state string) {
				t.Helper()
				look(t, p, "coding "+name+" "+state)
				p.CheckBarriers()
				if wide := p.Sideways(); wide > 0 {
					t.Errorf("%s is %d px too wide", state, wide)
				}
			}
			v := &visit{testDesk: d}
			p.Open(base + v.textAt(t, wave, "Mehr"))
			seen("suggested")
			p.Open(base + v.textAt(t, wave, "نريد"))
			if got := testbrowser.Eval[string](p, `getComputedStyle(document.getElementById('text')).direction`); got != "rtl" {
				t.Errorf("the Arabic text runs %s", got)
			}
			seen("arabic")
			if strings.Contains(name, "no script") {
				p.Click(`input[value="childcare"]`)
				p.Follow(func() { p.Click("#save") })
				if all, _ := d.db.Codings(context.Background(), wave.ID, ""); len(all) != 2 {
					t.Errorf("%+v", all)
				}
			}
			if _, err := d.db.DrawTexts(context.Background(), "anna", wave, "most_helpful", 4); err != nil {
				t.Fatal(err)
			}
			for _, beginning := range []string{"Mehr", "ትም"} {
				code("cem", beginning)
			}
			for _, beginning := range []string{"Deutschkurse", "Mehr"} {
				code("anna", beginning)
			}
			p.Open(base + "/manage/waves/town/texts")
			seen("list")
			p.Open(base + "/manage/waves/town/texts/book")
			p.Click(".cd-book summary")
			seen("book")
		})
	}
}
