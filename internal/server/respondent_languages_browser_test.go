package server

import (
	"strings"
	"testing"

	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/testbrowser"
)

// TestBrowserLanguageChooser: on the smallest phone, in writing from either
// side, the list of all languages stays on the screen and every name can be
// reached and is as large as a finger.
func TestBrowserLanguageChooser(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"ti", "ar", "de-simple", "kmr"} {
		for _, path := range []string{"/", "/s/families"} {
			t.Run(lang+" "+path, func(t *testing.T) {
				s := newTestServer(t)
				p := testbrowser.New(t, testbrowser.Small, testbrowser.Language(lang))
				if status := p.Open(listen(t, s) + path + "?lang=" + lang); status != 200 {
					t.Fatalf("status %d", status)
				}
				if got := testbrowser.Eval[string](p, `document.documentElement.lang + " " + document.documentElement.dir`); got != lang+" "+i18n.Direction(lang) {
					t.Errorf("the page is in %s", got)
				}
				p.Click(".languages summary")
				p.WaitFor(".languages [open] li a")
				look(t, p, "languages "+lang+strings.ReplaceAll(path, "/", " "))
				barriers(t, p)
				for _, problem := range testbrowser.Eval[[]string](p, `[...document.querySelectorAll(".languages li a")].filter(a => a.checkVisibility({visibilityProperty: true})).flatMap(a => {
					a.scrollIntoView({block: "nearest"});
					const box = a.getBoundingClientRect(), list = a.closest(".chooser").getBoundingClientRect(), found = [];
					if (box.height < 44) found.push(a.lang + " is " + box.height + " high");
					if (list.left < 0 || list.right > innerWidth || list.bottom > innerHeight) found.push("the list leaves the screen");
					if (box.left < list.left || box.right > list.right || box.top < list.top || box.bottom > list.bottom) found.push(a.lang + " is cut off");
					if (!a.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2))) found.push(a.lang + " is covered");
					return found;
				})`) {
					t.Error(problem)
				}
				if got := testbrowser.Eval[int](p, `document.querySelectorAll(".chooser > ul a").length`); got != len(i18n.Respondents()) {
					t.Errorf("%d languages", got)
				}
			})
		}
	}
}
