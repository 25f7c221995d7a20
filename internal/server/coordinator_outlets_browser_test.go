package server

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"bedarfslotse/internal/testbrowser"
	"bedarfslotse/internal/testinput"
)

// TestBrowserOutlets brings the real answers in, exports them and takes them out
// again, on a phone and at a desk, in both languages, looking for barriers on
// every page.
func TestBrowserOutlets(t *testing.T) {
	t.Parallel()
	source := filepath.Join(testinput.Dir(t), "kobo", "reach_assessment_responses.csv")
	for name, test := range map[string]struct {
		lang   string
		device testbrowser.Option
	}{
		"de, small":   {"de", testbrowser.Small},
		"en, desktop": {"en", testbrowser.Desktop},
	} {
		t.Run(name, func(t *testing.T) {
			d := newTestDesk(t)
			wave := d.reach(t)
			d.keeper(t)
			p := testbrowser.New(t, test.device, testbrowser.Language(test.lang))
			address := listen(t, d.testServer)
			seen := func(state string) {
				t.Helper()
				look(t, p, "desk "+name+" "+state)
				p.CheckBarriers()
				if wide := p.Sideways(); wide > 0 {
					t.Errorf("%s is %d px too wide", state, wide)
				}
			}
			returns := func(want int) {
				t.Helper()
				if got := must(d.db.Returns(context.Background(), wave))(t); got != want {
					t.Fatalf("%d responses, not %d", got, want)
				}
			}
			p.Open(address + "/manage/waves/reach/import")
			p.Fill("#name", "cem")
			p.Fill("#password", deskPassword)
			p.Follow(func() { p.Click("main button") })
			seen("import")
			p.Choose("#file", source)
			p.Follow(func() { p.Click("main form button") })
			p.WaitFor("#verdict") // at once, or when the page of the job has led on
			seen("import verdict")
			returns(0)
			p.Click("summary#known")
			seen("import columns")
			p.Follow(func() { p.Click("form[action*='/take'] button") })
			p.WaitFor(".desk-done")
			seen("imported")
			returns(632)
			p.Open(address + "/manage/waves/reach/export")
			seen("export")
			p.Click("#purpose")
			p.Type("Lage der Familien")
			file, saved := p.Download(func() { p.Press(testbrowser.Enter) })
			content, err := os.ReadFile(file)
			if err != nil || !bytes.HasPrefix(content, []byte("PK")) || filepath.Ext(saved) != ".xlsx" {
				t.Errorf("%s: %v", saved, err)
			}
			p.WaitFor(".desk-done")
			seen("exported")
			p.Open(address + "/manage/waves/reach/import")
			p.Follow(func() { p.Click("a[href*='/undo']") })
			seen("undo")
			p.Follow(func() { p.Click("main form button") })
			p.WaitFor(".desk-done")
			seen("undone")
			returns(0)
			p.Open(address + "/manage/jobs")
			seen("jobs")
		})
	}
}
