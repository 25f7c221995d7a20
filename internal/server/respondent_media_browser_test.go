package server

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bedarfslotse/internal/testbrowser"
	"bedarfslotse/internal/testinput"
)

// loaded tells whether all pictures in sight have been loaded and drawn.
const loaded = `[...document.images].filter(one => one.checkVisibility({visibilityProperty: true})).every(one => one.complete && one.naturalWidth > 0)`

// TestBrowserMedia looks at pictures and sounds on phones and desktops, in both
// directions, in light and dark, and answers by them.
func TestBrowserMedia(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lang    string
		long    bool // looked at in the long form only
		options []testbrowser.Option
	}{
		"small phone, German":       {"de", true, []testbrowser.Option{testbrowser.Small}},
		"small phone, Arabic":       {"ar", true, []testbrowser.Option{testbrowser.Small}},
		"small phone, dark, Arabic": {"ar", false, []testbrowser.Option{testbrowser.Small, testbrowser.Dark}},
		"desktop, German":           {"de", false, []testbrowser.Option{testbrowser.Desktop}},
		"desktop, dark, German":     {"de", true, []testbrowser.Option{testbrowser.Desktop, testbrowser.Dark}},
	} {
		if test.long && !testinput.Long() {
			continue
		}
		t.Run(name, func(t *testing.T) {
			s := newTestServer(t)
			s.open(t, "pictures", illustratedVersion(t))
			p := testbrowser.New(t, append(test.options, testbrowser.Language(test.lang))...)
			p.Open(listen(t, s) + "/s/pictures")
			p.Click(forward)
			p.WaitFor("label:has([name=how][value=bus])")
			// Lazy pictures come when they are near the screen.
			testbrowser.Eval[bool](p, `([...document.images].forEach(one => { one.loading = "eager" }), true)`)
			p.Wait(loaded)
			barriers(t, p)
			look(t, p, "media-1-"+name)
			for _, wrong := range []string{
				`[...document.querySelectorAll(".choice, .larger")].filter(one => one.checkVisibility({visibilityProperty: true}) && one.getBoundingClientRect().height < 44)`,
				`[...document.querySelectorAll("audio")].filter(one => !one.ariaLabel || one.checkVisibility({visibilityProperty: true}) && one.getBoundingClientRect().height < 44)`,
				`performance.getEntriesByType("resource").filter(one => [...document.querySelectorAll("audio")].some(audio => audio.src === one.name))`,
			} {
				if number := testbrowser.Eval[int](p, wrong+`.length`); number > 0 {
					t.Errorf("%d of %s", number, wrong)
				}
			}
			p.Click("label:has([name=how][value=bus]) img")
			p.Click("label:has([name=also][value=bike]) img")
			p.Click("label:has([name=also][value=foot])")
			if got := testbrowser.Eval[string](p, `[...document.querySelectorAll(":checked")].map(one => one.name + "=" + one.value).join()`); got != "how=bus,also=foot,also=bike" {
				t.Errorf("chosen: %s", got)
			}
			// The player is not the choice: whoever listens has not answered.
			testbrowser.Eval[bool](p, `(document.querySelector("[name=how][value=foot]").click(), document.querySelector("label:has([name=how][value=bus]) audio").click(), true)`)
			if got := testbrowser.Eval[string](p, `document.querySelector("[name=how]:checked").value`); got != "foot" {
				t.Errorf("after listening, %s is chosen", got)
			}
			p.Click(forward)
			p.WaitFor("#c-wordless")
			p.Wait(loaded)
			barriers(t, p)
			look(t, p, "media-2-"+name)
			p.Fill("#c-wordless", "x")
			p.Click("[data-choice=bike] button:last-child")
			p.Click(forward)
			p.WaitFor(".row[data-name=food]")
			p.Wait(loaded)
			barriers(t, p)
			look(t, p, "media-3-"+name)
			p.Click("label:has([name=food][value=good])")
			p.Click("label:has([name=rooms][value=bad])")
			p.Click(forward)
			p.WaitFor(receiptShown)
			want := `{"how":"foot","also":["foot","bike"],"wordless":"x","order":"bus foot none bike","food":"good","rooms":"bad"}`
			if one := s.memory.only(t); !sameJSON(t, one.anonymous, want) {
				t.Errorf("stored %s", one.anonymous)
			}
		})
	}
}

// look keeps a picture of the page where somebody wants to see it.
func look(t *testing.T, p *testbrowser.Page, name string) {
	t.Helper()
	if folder := os.Getenv(testbrowser.ScreenshotVariable); folder != "" {
		p.Screenshot(filepath.Join(folder, strings.NewReplacer(" ", "-", ",", "").Replace(name)+".png"))
	}
}

// TestBrowserMediaNames reads the names that a screen reader says.
func TestBrowserMediaNames(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.open(t, "pictures", illustratedVersion(t))
	p := testbrowser.New(t, testbrowser.Phone, testbrowser.NoScript)
	p.Open(listen(t, s) + "/s/pictures?lang=de")
	tree := p.Tree()
	for _, want := range [][2]string{
		{"radio", "Bus"}, {"radio", "zu Fuß"}, {"radio", "bike"}, {"checkbox", "Bus"}, {"textbox", "wordless"}, {"radiogroup", "heard"},
		{"Audio", "Anhören: Wie kommen Sie her?"}, {"Audio", "Anhören: Bus"}, {"link", "Bild vergrößern Bus"}, {"combobox", "Bus"},
	} {
		if _, ok := tree.Find(want[0], want[1]); !ok {
			t.Errorf("there is no %s called %q", want[0], want[1])
		}
	}
	if t.Failed() {
		t.Logf("the tree:\n%s", tree)
	}
	barriers(t, p)
	look(t, p, "media-plain")
}

// TestBrowserDrawingsByThemselves opens a drawing as a page of its own.
func TestBrowserDrawingsByThemselves(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	version := illustratedVersion(t)
	s.open(t, "pictures", version)
	p := testbrowser.New(t, testbrowser.Desktop)
	if status := p.Open(listen(t, s) + "/media/" + version.Files["foot.svg"].Hash); status != http.StatusOK {
		t.Fatal(status)
	}
	if origin := testbrowser.Eval[string](p, `self.origin`); origin != "null" {
		t.Errorf("the drawing has the origin %s", origin)
	}
}
