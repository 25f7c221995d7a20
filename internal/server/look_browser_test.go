package server

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"bedarfslotse/internal/testbrowser"
)

func TestLook(t *testing.T) {
	dir := os.Getenv("LOOK")
	if dir == "" {
		t.Skip()
	}
	s := newTestServer(t)
	web := httptest.NewServer(s)
	defer web.Close()
	for _, lang := range []string{"de", "ar"} {
		for name, size := range map[string]testbrowser.Option{"phone": testbrowser.Phone, "desk": testbrowser.Desktop} {
			p := testbrowser.New(t, size)
			p.Open(web.URL + "/s/families?lang=" + lang)
			shot := func(n string) { p.Screenshot(filepath.Join(dir, lang+"-"+name+"-"+n+".png")) }
			shot("1start")
			p.Click(".steps .button")
			shot("2page")
			p.Click(".steps .button")
			shot("3error")
			p.Click("input[value=age_3_5]")
			p.Click(".steps .button")
			shot("4matrix")
			p2 := testbrowser.New(t, size, testbrowser.NoScript)
			p2.Open(web.URL + "/s/families?lang=" + lang)
			p2.Screenshot(filepath.Join(dir, lang+"-"+name+"-plain.png"))
		}
	}
}
