package server

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bedarfslotse/internal/testbrowser"
)

const fileInput = ".aside.back input[type=file]"

// TestBrowserGoesOnByFile takes a draft to another device as a file.
func TestBrowserGoesOnByFile(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	address := listen(t, s)
	p := testbrowser.New(t, testbrowser.Small)
	begun(t, p, address)
	p.Click(".kept + .aside summary")
	path, name := p.Download(func() { p.Click(".kept + .aside button:nth-of-type(2)") })
	if name != "families.json" {
		t.Errorf("the file is called %s", name)
	}
	other := testbrowser.New(t, testbrowser.Phone, testbrowser.Language("ar"))
	other.Open(address + "/s/families?lang=ar")
	other.WaitFor(".aside.back")
	other.Click(".aside.back summary")
	other.Choose(fileInput, path)
	other.WaitFor("[data-page].shown [name=child_ages]:checked")
	other.Wait(savedWith("child_ages", "age_0_2"))
	barriers(t, other)
	toTheLastPage(other)
	other.Click(forward)
	other.WaitFor(receiptShown)
	arrived(t, s, other)
	toTheLastPage(p) // the first device has a draft still, and somebody sends the same from there
	p.Click(forward)
	p.WaitFor(receiptShown)
	if one := s.memory.only(t); one.submission.Language != "ar" {
		t.Errorf("stored in %s", one.submission.Language)
	}
}

// TestBrowserOtherFiles opens what is no draft of this survey: a plain sentence
// says so, and what is typed stays.
func TestBrowserOtherFiles(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	address := listen(t, s)
	p := testbrowser.New(t, testbrowser.Small)
	p.Inject(`globalThis.confirm = () => { document.documentElement.dataset.asked = "yes"; return false; };`)
	begun(t, p, address)
	p.Click(".kept + .aside summary")
	path, _ := p.Download(func() { p.Click(".kept + .aside button:nth-of-type(2)") })
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	p.Click(".steps .secondary") // at the start one may go on with something else
	p.Click(".aside.back summary")
	untouched := func(t *testing.T) {
		t.Helper()
		if !testbrowser.Eval[bool](p, `document.querySelector("[value=age_0_2]").checked`) || !testbrowser.Eval[bool](p, savedWith("child_ages", "age_0_2")) {
			t.Error("what was typed is gone")
		}
	}
	for name, text := range map[string]string{
		"cut off":        string(content[:len(content)/2]),
		"empty":          "",
		"only nothing":   "null",
		"no JSON":        "%PDF-1.7\x00\xff",
		"another survey": damaged(t, content, map[string]any{"wave": "schools", "survey": "schools"}),
		"no answers":     damaged(t, content, map[string]any{"fields": nil}),
		"odd answers":    damaged(t, content, map[string]any{"fields": []any{[]any{"child_ages", 3}}}),
		"odd order":      damaged(t, content, map[string]any{"seed": "x"}),
		"odd page":       damaged(t, content, map[string]any{"current": "first"}),
		"odd time":       damaged(t, content, map[string]any{"started": nil}),
		"odd secret":     damaged(t, content, map[string]any{"secret": "x"}),
	} {
		t.Run(name, func(t *testing.T) {
			testbrowser.Eval[bool](p, `document.querySelector("#p-resume").hidden = true`) // only a new sentence counts
			file := filepath.Join(folder, "file.json")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			p.Choose(fileInput, file)
			p.Wait(`document.querySelector("#p-resume:not([hidden])")?.textContent.includes("gehört nicht zu dieser Umfrage oder ist beschädigt")`)
			untouched(t)
		})
	}
	t.Run("gone", func(t *testing.T) {
		testbrowser.Eval[bool](p, `document.querySelector("#p-resume").hidden = true`)
		p.Choose(fileInput, filepath.Join(folder, "nowhere.json"))
		p.WaitFor("#p-resume")
		barriers(t, p)
		untouched(t)
	})
	t.Run("not wanted", func(t *testing.T) {
		file := filepath.Join(folder, "mine.json")
		if err := os.WriteFile(file, []byte(damaged(t, content, map[string]any{"fields": []any{}})), 0o600); err != nil {
			t.Fatal(err)
		}
		p.Choose(fileInput, file)
		p.Wait(`document.documentElement.dataset.asked === "yes"`)
		untouched(t)
	})
	p.Click(forward)
	p.WaitFor("[data-page].shown [value=age_0_2]:checked")
}

// damaged is a draft's file with other values.
func damaged(t *testing.T, content []byte, with map[string]any) string {
	t.Helper()
	var draft map[string]any
	if err := json.Unmarshal(content, &draft); err != nil {
		t.Fatal(err)
	}
	for name, value := range with {
		if _, known := draft[name]; !known {
			t.Fatalf("a draft has no %s: %s", name, strings.TrimSpace(string(content)))
		}
		draft[name] = value
	}
	changed, err := json.Marshal(draft)
	if err != nil {
		t.Fatal(err)
	}
	return string(changed)
}
