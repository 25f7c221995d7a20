package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bedarfslotse/internal/testbrowser"
	"bedarfslotse/internal/testinput"
)

// demo serves a small demonstration from a folder of its own.
func demo(t testing.TB) string {
	t.Helper()
	folder := t.TempDir()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chdir(folder); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.Chdir(here); err != nil {
			t.Error(err)
		}
	})
	return start(t, "demo", "--addr", "127.0.0.1:0", "--responses", "600")
}

// look keeps a picture of the page where BEDARFSLOTSE_LOOK names a folder, for
// the eyes of whoever works on it.
func look(page *testbrowser.Page, name string) {
	if folder := os.Getenv("BEDARFSLOTSE_LOOK"); folder != "" {
		page.Screenshot(filepath.Join(folder, name+".png"))
	}
}

func TestBrowserDesk(t *testing.T) {
	address := demo(t)
	for _, test := range []struct {
		name    string
		options []testbrowser.Option
	}{
		{"de-desktop", []testbrowser.Option{testbrowser.Desktop, testbrowser.Language("de")}},
		{"en-phone", []testbrowser.Option{testbrowser.Phone, testbrowser.Language("en")}},
		{"de-small-noscript", []testbrowser.Option{testbrowser.Small, testbrowser.Language("de"), testbrowser.NoScript}},
		{"en-dark", []testbrowser.Option{testbrowser.Desktop, testbrowser.Dark, testbrowser.Language("en")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			page := testbrowser.New(t, test.options...)
			page.Open(address + "/manage/")
			page.WaitFor("#password") // nobody is signed in
			page.CheckBarriers()
			look(page, test.name+"-sign-in")
			page.Fill("#name", "demo")
			page.Fill("#password", "wrong password")
			if status := page.Follow(func() { page.Click("main button") }); status != 422 {
				t.Fatalf("wrong password: %d", status)
			}
			page.WaitFor("#problem")
			page.CheckBarriers()
			page.Fill("#password", "demo")
			if status := page.Follow(func() { page.Click("main button") }); status != 200 {
				t.Fatalf("signing in: %d", status)
			}
			page.WaitFor(".desk-waves")
			page.CheckBarriers()
			look(page, test.name+"-overview")
			for _, slug := range []string{"schools-2025", "families"} {
				if status := page.Open(address + "/manage/waves/" + slug + "/results"); status != 200 {
					t.Fatalf("results of %s: %d", slug, status)
				}
				page.WaitFor(".desk-figure")
				page.CheckBarriers()
				if wide := testbrowser.Eval[bool](page, `document.documentElement.scrollWidth > innerWidth`); wide {
					t.Errorf("the results of %s scroll sideways", slug)
				}
				look(page, test.name+"-results-"+slug)
			}
			if status := page.Follow(func() { page.Click(".desk-account button") }); status != 200 {
				t.Fatalf("signing out: %d", status)
			}
			page.WaitFor("#password")
		})
	}
}

// fill answers everything that the page in view asks: "yes" where that is a
// choice, else the first choice, and the given number.
const fill = `(number => {
	const seen = element => element.checkVisibility();
	const done = new Set();
	for (const input of document.querySelectorAll('main input:not([type=hidden]), main select, main textarea')) {
		if (!seen(input.closest('label') ?? input) || done.has(input.name)) continue;
		done.add(input.name);
		const group = [...document.getElementsByName(input.name)];
		if (input.type === 'radio' || input.type === 'checkbox') {
			if (!group.some(one => one.checked)) (group.find(one => one.value === 'yes') ?? group[0]).click();
		} else if (input.tagName === 'SELECT') {
			if (!input.value) input.selectedIndex = 1;
			input.dispatchEvent(new Event('change', {bubbles: true}));
		} else {
			const wrong = input.getAttribute('aria-invalid') === 'true';
			if (!input.value || wrong) {
				input.value = input.type === 'date' ? '2021-07-01' : number;
				input.dispatchEvent(new Event('input', {bubbles: true}));
				input.dispatchEvent(new Event('change', {bubbles: true}));
			}
		}
	}
	return document.querySelector('h2:not(.unseen)')?.textContent ?? '';
})`

// TestBrowserRealForm answers a real XLSForm to the end, in Arabic on a phone.
func TestBrowserRealForm(t *testing.T) {
	form := filepath.Join(testinput.Dir(t), "xlsform", "reach_assessment_en_ar.xlsx")
	db := "--db=" + filepath.Join(t.TempDir(), "x.db")
	succeed(t, "survey", "import", db, form)
	succeed(t, "wave", "open", db, "--survey", "reach_assessment_en_ar", "--slug", "reach")
	address := start(t, "serve", db, "--addr", "127.0.0.1:0")
	page := testbrowser.New(t, testbrowser.Phone, testbrowser.Language("ar"))
	if status := page.Open(address + "/s/reach"); status != 200 {
		t.Fatalf("the form: %d", status)
	}
	if dir := testbrowser.Eval[string](page, `document.documentElement.dir + " " + document.documentElement.lang`); dir != "rtl ar" {
		t.Errorf("the page is %q", dir)
	}
	const forward = ".steps .button:not(.secondary)"
	page.WaitFor(forward)
	page.CheckBarriers()
	look(page, "reach-ar-start")
	page.Click(forward)
	numbers := []string{"20", "5", "30", "1", "0", "100", "01234567890"} // the last is a telephone number
	for step, tries := 0, 0; ; step++ {
		if step > 300 {
			t.Fatalf("not at the end after %d steps: %s", step, page.Text("main"))
		}
		before := testbrowser.Eval[string](page, `document.querySelector('.progress')?.textContent ?? ''`)
		testbrowser.Eval[string](page, fill+`("`+numbers[tries%len(numbers)]+`")`)
		if step == 3 {
			page.CheckBarriers()
			look(page, "reach-ar-page")
		}
		page.Click(forward)
		page.Wait(`document.querySelector('[data-receipt]') !== null || document.querySelector('main .problem:not([hidden])') !== null ||
			(document.querySelector('.progress')?.textContent ?? '') !== ` + strconv.Quote(before))
		if testbrowser.Eval[bool](page, `document.querySelector('[data-receipt]') !== null`) {
			break
		}
		tries++
		if testbrowser.Eval[string](page, `document.querySelector('.progress')?.textContent ?? ''`) != before {
			tries = 0
		}
	}
	look(page, "reach-ar-thanks")
	if cookies := page.Cookies(); len(cookies) > 0 {
		t.Errorf("cookies: %v", cookies)
	}
	if list := succeed(t, "responses", "export", db, "--wave", "reach", "--full"); strings.Count(list, "\n") != 2 {
		t.Errorf("stored:\n%s", list)
	}
}
