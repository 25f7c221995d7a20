package main

import (
	"os"
	"path/filepath"
	"slices"
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
	t.Run("public results", func(t *testing.T) {
		page := testbrowser.New(t, testbrowser.Phone, testbrowser.NoScript, testbrowser.Language("de"))
		if status := page.Open(address + "/results/schools-2025"); status != 200 {
			t.Fatalf("status %d", status)
		}
		page.CheckBarriers()
		look(page, "public-results")
	})
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
			if testbrowser.Eval[bool](page, `document.querySelector(".desk-menu > summary").checkVisibility()`) {
				page.Click(".desk-menu > summary") // on a phone the menu holds it
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
		if (!input.name || !seen(input.closest('label') ?? input) || done.has(input.name)) continue;
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
				input.value = {date: '2021-07-01', month: '2021-07', time: '14:30', 'datetime-local': '2021-07-01T14:30'}[input.type] ??
					input.list?.options[0].value ?? number;
				input.dispatchEvent(new Event('input', {bubbles: true}));
				input.dispatchEvent(new Event('change', {bubbles: true}));
			}
		}
	}
	for (const places of document.querySelectorAll('.places:has(select)')) {
		[...places.querySelectorAll('select')].forEach((one, at) => { one.selectedIndex = at + 1; });
	}
	for (const order of document.querySelectorAll('.order:not(.set)')) if (seen(order)) order.querySelector('li:last-child button').click();
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
	answerToTheEnd(t, page, "reach-ar", 3)
	look(page, "reach-ar-thanks")
	if cookies := page.Cookies(); len(cookies) > 0 {
		t.Errorf("cookies: %v", cookies)
	}
	if list := succeed(t, "responses", "export", db, "--wave", "reach", "--full"); strings.Count(list, "\n") != 2 {
		t.Errorf("stored:\n%s", list)
	}
}

// numbers are what is typed where a number or a text is asked for, one after
// the other until one is accepted; the last but one is a telephone number.
func numbers() []string {
	return []string{"20", "5", "30", "1", "0", "100", "01234567890", "2001"}
}

// answerToTheEnd answers everything page by page until the receipt stands
// there. Barriers are looked for on the pages named, at the start and wherever
// an answer was not accepted at first.
func answerToTheEnd(t *testing.T, page *testbrowser.Page, name string, looked ...int) {
	t.Helper()
	const forward = ".steps .button:not(.secondary)"
	page.Allow(`status of 422`) // a browser answers faster than the server takes a person to be
	page.WaitFor(forward)
	page.CheckBarriers()
	look(page, name+"-start")
	page.Click(forward)
	for step, tries := 0, 0; ; step++ {
		if step > 300 {
			t.Fatalf("not at the end after %d steps: %s", step, page.Text("main"))
		}
		before := testbrowser.Eval[string](page, `document.querySelector('.progress')?.textContent ?? ''`)
		testbrowser.Eval[string](page, fill+`("`+numbers()[tries%len(numbers())]+`")`)
		if slices.Contains(looked, step) || tries == 1 {
			page.CheckBarriers()
			look(page, name+"-page-"+strconv.Itoa(step))
		}
		page.Click(forward)
		page.Wait(`document.querySelector('[data-receipt]') !== null || document.querySelector('main .problem:not([hidden])') !== null ||
			document.querySelector('.failure').textContent !== '' || // nobody answers that fast: once more, as a person would
			(document.querySelector('.progress')?.textContent ?? '') !== ` + strconv.Quote(before))
		if testbrowser.Eval[bool](page, `document.querySelector('[data-receipt]') !== null`) {
			break
		}
		tries++
		if testbrowser.Eval[string](page, `document.querySelector('.progress')?.textContent ?? ''`) != before {
			tries = 0
		}
	}
}

// odkForms are two forms of the makers of XLSForm: one with every question type,
// of which what is declined is told at import, and one in two languages with
// repeats.
func odkForms() []odkForm {
	return []odkForm{
		{"odk_all_question_types.xlsx", "all-question-types", "de"},
		{"odk_socio_economic_en_fr.xlsx", "socio-economic-survey", "en"},
		{"odk_socio_economic_en_fr.xlsx", "socio-economic-survey", "fr"},
	}
}

type odkForm struct{ file, id, lang string }

// serve imports the form, opens a wave with it and returns the flag that names
// the database and the form's address.
func (f odkForm) serve(t *testing.T) (db, address string) {
	t.Helper()
	db = "--db=" + filepath.Join(t.TempDir(), "x.db")
	_, said, exit := command(t, "", "survey", "import", db, filepath.Join(testinput.Dir(t), "xlsform", f.file))
	if exit != 0 {
		t.Fatalf("import: %s", said)
	}
	if f.id == "all-question-types" {
		for _, declined := range []string{"selfie_image", "barcode_hidden_answer", "ex_video", "ex_file", "geotrace", "“audio”"} {
			if !strings.Contains(said, declined) {
				t.Errorf("that %s is declined is not told", declined)
			}
		}
	}
	succeed(t, "wave", "open", db, "--survey", f.id, "--slug", "odk")
	return db, start(t, "serve", db, "--addr", "127.0.0.1:0") + "/s/odk?lang=" + f.lang
}

// stored checks that one response was stored.
func (f odkForm) stored(t *testing.T, db string) string {
	t.Helper()
	list := succeed(t, "responses", "export", db, "--wave", "odk", "--full")
	if strings.Count(list, "\n") != 2 {
		t.Errorf("stored:\n%s", list)
	}
	return list
}

// TestBrowserODKForms answers the forms page by page on a phone.
func TestBrowserODKForms(t *testing.T) {
	for _, form := range odkForms() {
		t.Run(form.id+" "+form.lang, func(t *testing.T) {
			db, address := form.serve(t)
			page := testbrowser.New(t, testbrowser.Phone, testbrowser.Language(form.lang))
			if status := page.Open(address); status != 200 {
				t.Fatalf("the form: %d", status)
			}
			answerToTheEnd(t, page, form.id+"-"+form.lang, 1, 2, 3, 4, 5, 6, 7, 8)
			if list := form.stored(t, db); form.id == "all-question-types" && !strings.Contains(list, ",a b d c,") {
				t.Errorf("the order is not stored:\n%s", list)
			}
		})
	}
}

// TestBrowserODKFormsPlain answers the forms without JavaScript: one document,
// sent until the review page has nothing left to ask.
func TestBrowserODKFormsPlain(t *testing.T) {
	for _, form := range odkForms() {
		t.Run(form.id+" "+form.lang, func(t *testing.T) {
			db, address := form.serve(t)
			page := testbrowser.New(t, testbrowser.Phone, testbrowser.NoScript, testbrowser.Language(form.lang))
			if status := page.Open(address); status != 200 {
				t.Fatalf("the form: %d", status)
			}
			const confirm = `[name=":confirm"]`
			for tries := 0; ; tries++ {
				if tries == len(numbers()) {
					t.Fatalf("not accepted after %d tries: %s", tries, page.Text(".summary"))
				}
				testbrowser.Eval[string](page, fill+`("`+numbers()[tries]+`")`)
				status := page.Follow(func() { page.Click("[data-plain] .button") })
				if tries == 0 { // with what was not accepted marked
					page.CheckBarriers()
				}
				look(page, form.id+"-"+form.lang+"-plain-"+strconv.Itoa(tries))
				if status == 200 && testbrowser.Eval[bool](page, `document.querySelector('`+confirm+`') !== null`) {
					break
				}
				if status != 200 && status != 422 {
					t.Fatalf("sent: %d", status)
				}
			}
			page.CheckBarriers()
			if status := page.Follow(func() { page.Click(confirm) }); status != 201 {
				t.Fatalf("confirmed: %d", status)
			}
			page.WaitFor("[data-receipt]")
			page.CheckBarriers()
			form.stored(t, db)
		})
	}
}
