package server

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"bedarfslotse/internal/testbrowser"
)

// TestBrowserPublicResults opens public results on a phone and on a desk, without
// JavaScript, reads a table by keyboard, and loads the data.
func TestBrowserPublicResults(t *testing.T) {
	t.Parallel()
	d := publishedWave(t, publicQuestions()...)
	address := listen(t, d.testServer)
	for _, lang := range []string{"de", "ar", "ti"} {
		for _, width := range []int64{320, 1280} {
			name := fmt.Sprintf("results %s %d", lang, width)
			t.Run(name, func(t *testing.T) {
				p := testbrowser.New(t, testbrowser.Screen(width, 800), testbrowser.NoScript, testbrowser.ReducedMotion, testbrowser.Language(lang))
				if status := p.Open(address + "/results/town"); status != 200 || p.URL() != address+"/results/town?lang="+lang {
					t.Fatalf("status %d at %s", status, p.URL())
				}
				checkPublicPage(t, p, lang, name)
				path, file := p.Download(func() { p.Click(`a[href$="data.zip"]`) })
				content, err := os.ReadFile(path)
				if err != nil || file != "town.zip" {
					t.Fatalf("%s: %v", file, err)
				}
				figuresTable(t, content)
				w := walk{t: t, p: p}
				w.trusted(name)
			})
		}
	}
	t.Run("dark", func(t *testing.T) {
		p := testbrowser.New(t, testbrowser.Small, testbrowser.NoScript, testbrowser.Dark)
		p.Open(address + "/results/town?lang=ar")
		checkPublicPage(t, p, "ar", "results dark")
	})
	t.Run("print", func(t *testing.T) {
		p := testbrowser.New(t, testbrowser.Desktop, testbrowser.NoScript)
		p.Open(address + "/results/town?lang=de")
		p.Print(true)
		drawPictures(p)
		look(t, p, "results print")
		if got := testbrowser.Eval[int](p, `[...document.querySelectorAll("main table")].filter(one => one.getBoundingClientRect().height > 20).length`); got != 4 {
			t.Errorf("%d tables are printed", got)
		}
	})
	t.Run("none", func(t *testing.T) {
		p := testbrowser.New(t, testbrowser.Small, testbrowser.NoScript, testbrowser.Language("ar"))
		if status := p.Open(address + "/results/nowhere"); status != 404 {
			t.Errorf("status %d", status)
		}
		look(t, p, "results none")
		p.CheckBarriers()
	})
}

// drawPictures loads also those that are out of sight.
func drawPictures(p *testbrowser.Page) {
	testbrowser.Eval[bool](p, `[...document.images].map(one => one.loading = "eager").length > 0`)
	p.Wait(`[...document.images].every(one => one.complete && one.naturalWidth > 0)`)
}

// checkPublicPage looks at a page of public results for what breaks trust and for
// barriers, with all tables open.
func checkPublicPage(t *testing.T, p *testbrowser.Page, lang, name string) {
	t.Helper()
	w := walk{t: t, p: p, lang: lang}
	drawPictures(p)
	if got := testbrowser.Eval[string](p, `document.documentElement.lang + " " + document.dir`); got != lang+" "+map[string]string{"ar": "rtl"}[lang] && !strings.HasSuffix(got, "ltr") {
		t.Errorf("the page is in %s", got)
	}
	look(t, p, name)
	w.trusted(name)
	w.fits(name)
	p.CheckBarriers()
	p.Click("article summary")
	if got := testbrowser.Eval[bool](p, `document.querySelector("article table").checkVisibility()`); !got {
		t.Error("the table does not open")
	}
	look(t, p, name+" table")
	w.trusted(name)
	if wide := p.Sideways(); wide > 0 { // a table may be pushed, the page not
		t.Errorf("%s with a table is %d pixels wider than the screen", name, wide)
	}
	p.CheckBarriers()
	for _, one := range p.Requests() {
		if strings.HasSuffix(one.URL, ".js") {
			t.Errorf("%s asks for %s", name, one.URL)
		}
	}
}
