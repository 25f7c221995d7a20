package main

import (
	"os"
	"path/filepath"
	"testing"

	"bedarfslotse/internal/testbrowser"
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
			if status := page.Open(address + "/manage/waves/schools-2025/results"); status != 401 && status != 200 {
				t.Fatalf("results without signing in: %d", status)
			}
			page.Open(address + "/manage/sign-in?next=/manage/")
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
