package server

import (
	"testing"
	"time"

	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testbrowser"
	"bedarfslotse/internal/testinput"
	"bedarfslotse/internal/xlsform"
)

// TestBrowserRealForms opens the documents of two surveys that others wrote, and
// looks at their first pages by axe-core.
func TestBrowserRealForms(t *testing.T) {
	t.Parallel()
	for name, langs := range map[string][]string{"mitwirken_umfrage": nil, "reach_assessment_en_ar": {"ar", "en"}} {
		t.Run(name, func(t *testing.T) {
			read, findings := xlsform.Read(name+".xlsx", testinput.Read(t, "xlsform/"+name+".xlsx"), xlsform.Options{})
			if findings.Fatal() {
				t.Fatal(findings)
			}
			version, findings := survey.Compile(read)
			if version == nil {
				t.Fatal(findings)
			}
			if langs == nil {
				langs = version.Languages
			}
			s := newTestServer(t)
			s.open(t, "real", version)
			for _, lang := range langs {
				begun := time.Now()
				answer := s.get("/s/real?lang=" + lang)
				t.Logf("%s: %d bytes in %v", lang, answer.Body.Len(), time.Since(begun))
				if answer.Code != 200 {
					t.Fatalf("%s: %d %s", lang, answer.Code, answer.Body)
				}
				p := testbrowser.New(t, testbrowser.Phone)
				p.Open(listen(t, s) + "/s/real?lang=" + lang)
				p.Click(forward)
				barriers(t, p)
				pages := testbrowser.Eval[int](p, `document.querySelectorAll("[data-page]").length`)
				took := testbrowser.Eval[float64](p, `(() => {
					const input = document.querySelector("[data-page] input");
					const begun = performance.now();
					for (let i = 0; i < 20; i++) input.dispatchEvent(new Event("input", {bubbles: true})), input.value += "1";
					return (performance.now() - begun) / 20;
				})()`)
				t.Logf("%s: %d pages, %.2f ms a change", lang, pages, took)
			}
		})
	}
}
