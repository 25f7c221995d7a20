package server

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testbrowser"
	"bedarfslotse/internal/testinput"
)

const socialIndexFile = "nrw/schulen_2024_25_sozialindex.csv"

// newTownDesk is a desk to which Bochum has been added, with an administrator and
// a coordinator of that town.
func newTownDesk(t testing.TB) *testDesk {
	t.Helper()
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	err := d.db.PutAreas(context.Background(), account.Entry{Actor: "anna", Action: account.AreaAdded}, 0,
		[]catalogue.Area{{Key: "bochum", Name: "Bochum", Level: catalogue.Stadt, AGS: "05911000"}}, d.checkAreas)
	if err != nil {
		t.Fatal(err)
	}
	d.person(t, "wiebke", account.Grant{Role: account.Coordinator, Area: "bochum"})
	return d
}

// TestBrowserPlaces takes the real school file over, from the upload to the list,
// with scripts and without, by mouse and by keys, and looks for barriers on every
// page about places.
func TestBrowserPlaces(t *testing.T) {
	t.Parallel()
	content := testinput.Read(t, socialIndexFile)
	town := bytes.Count(content, []byte(",05911000,"))
	elsewhere := bytes.Count(content, []byte("\n")) - 1 - town
	for name, test := range map[string]struct {
		lang    string
		options []testbrowser.Option
		keys    bool
		words   map[string]string
	}{
		"de, small, no script": {"de", []testbrowser.Option{testbrowser.Small, testbrowser.NoScript}, false, map[string]string{
			"upload": "Hochladen und ansehen", "on": "Weiter zu den Änderungen", "apply": "Diese Änderungen übernehmen",
			"done": fmt.Sprintf("%d Einträge sind neu.", town), "link": "Aus einer Tabelle übernehmen"}},
		"en, desktop, keys": {"en", []testbrowser.Option{testbrowser.Desktop}, true, map[string]string{
			"upload": "Upload and look", "on": "On to the changes", "apply": "Take these changes over",
			"done": fmt.Sprintf("%d entries are new.", town), "link": "Take over from a table"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newTownDesk(t)
			p := testbrowser.New(t, append(test.options, testbrowser.Language(test.lang))...)
			address := listen(t, d.testServer)
			seen := func(state string) {
				t.Helper()
				look(t, p, "places "+name+" "+state)
				p.CheckBarriers()
				if wide := p.Sideways(); wide > 0 {
					t.Errorf("%s is %d px too wide", state, wide)
				}
			}
			press := func(role, word, selector string) {
				t.Helper()
				p.Follow(func() {
					if test.keys {
						p.TabTo(role, test.words[word], 200)
						p.Press(testbrowser.Enter)
					} else {
						p.Click(selector)
					}
				})
			}
			shows := func(selector, want string) {
				t.Helper()
				if got := p.Text(selector); got != want {
					t.Errorf("%s says %q, want %q", selector, got, want)
				}
			}
			p.Open(address + "/manage/institutions")
			p.Fill("#name", "wiebke")
			p.Fill("#password", deskPassword)
			p.Follow(func() { p.Click("main button") })
			p.Open(address + "/manage/institutions")
			seen("empty list")
			press("link", "link", "main .desk-actions a")
			seen("upload")
			p.Choose("#file", filepath.Join(testinput.Dir(t), filepath.FromSlash(socialIndexFile)))
			press("button", "upload", "main form button")
			seen("mapping")
			if html := p.HTML(".desk-targets"); strings.Count(html, "selected") < 9 {
				t.Errorf("the columns are not guessed: %s", html)
			}
			press("button", "on", "button[value=changes]")
			shows("#sum-new", fmt.Sprint(town))
			shows("#sum-outside", fmt.Sprint(elsewhere))
			seen("changes")
			press("button", "apply", "main form button.button")
			shows(".desk-done", test.words["done"])
			seen("list")
			if _, total, err := d.db.FindInstitutions(context.Background(), store.InstitutionFilter{Areas: []string{"bochum"}}); err != nil || total != town {
				t.Errorf("%d institutions stored, %v; the file has %d", total, err, town)
			}
			p.Follow(func() { p.Click("tbody th a") })
			seen("institution")
			p.Fill("#email", "niemand")
			p.Fill("#pupils", "viele")
			p.Fill("#name", "Neuer Name")
			p.Fill("#email", "schule@bochum.example")
			p.Allow("status of 422")
			p.Follow(func() { p.Click("main form .button") })
			seen("institution with a mistake")
			p.Open(address + "/manage/groups")
			p.Fill("#name", "Projektschulen")
			p.Follow(func() { p.Click("main form .button") })
			seen("groups")
			p.Follow(func() { p.Click("tbody td:last-child a") })
			seen("group")
			p.Open(address + "/manage/institutions?text=gymnasium")
			found := p.Text("#found")
			p.Click("input[name=all]")
			p.Follow(func() { p.Click("button[value=join]") })
			seen("in a group")
			shows("#found", found) // the filter stays
			groups, err := d.db.InstitutionGroups(context.Background())
			if err != nil || groups[0].Count == 0 || groups[0].Count == town || !strings.HasPrefix(found, fmt.Sprint(groups[0].Count, " ")) {
				t.Errorf("%+v, %v; %s", groups, err, found)
			}
			p.Open(address + "/manage/areas")
			p.Fill("#name", "Wattenscheid")
			p.Follow(func() { p.Click("main form .button") })
			seen("areas")
			p.Open(address + "/manage/areas/bochum-wattenscheid")
			seen("area")
			p.Open(address + "/manage/areas/import")
			seen("upload of areas")
		})
	}
}

// TestBrowserListOfATown: a list whose kinds are not known asks what they mean.
func TestBrowserListOfATown(t *testing.T) {
	t.Parallel()
	d := newTownDesk(t)
	p := testbrowser.New(t, testbrowser.Desktop, testbrowser.Language("de"))
	address := listen(t, d.testServer)
	p.Open(address + "/manage/institutions/import")
	p.Fill("#name", "wiebke")
	p.Fill("#password", deskPassword)
	p.Follow(func() { p.Click("main button") })
	p.Choose("#file", filepath.Join(testinput.Dir(t), "bochum", "bochum_daycare_centers.csv"))
	p.Follow(func() { p.Click("main form button") })
	look(t, p, "places unknown words")
	p.CheckBarriers()
	for range 9 { // kinds of day care
		p.Follow(func() {
			testbrowser.Eval[bool](p, `(() => { const open = [...document.querySelectorAll("[name='means.type']")].find(one => one.value === "");
				open.value = "kindertageseinrichtung"; return true })()`)
			p.Click("button[value=again]")
		})
	}
	p.Follow(func() { p.Click("button[value=changes]") })
	look(t, p, "places changes of a list")
	p.CheckBarriers()
	if got := p.Text("#sum-new") + " " + p.Text("#sum-merged"); got != "193 2" {
		t.Errorf("new and merged: %s", got)
	}
	p.Follow(func() { p.Click("main form button.button") })
	found, total, err := d.db.FindInstitutions(context.Background(), store.InstitutionFilter{Type: "kindertageseinrichtung"})
	if err != nil || total != 193 || found[0].Area != "bochum" {
		t.Errorf("%d day care centres stored, %v", total, err)
	}
}

// BenchmarkPlacesPages measures the pages that a register of 6 000 institutions
// makes slow first.
func BenchmarkPlacesPages(b *testing.B) {
	d := newTownDesk(b)
	many := make([]fieldwork.Institution, 6000)
	for at := range many {
		many[at] = fieldwork.Institution{Number: fmt.Sprintf("%06d", at), Name: fmt.Sprintf("Städtische Grundschule %d", at), Type: "grundschule",
			TypeLabel: "Grundschule", Area: "bochum", AGS: "05911000", Source: fieldwork.SourceTable}
	}
	if err := d.db.PutInstitutions(context.Background(), account.CommandLine, many); err != nil {
		b.Fatal(err)
	}
	v := d.sign(b, "anna")
	v.name = "anna"
	content := testinput.Read(b, socialIndexFile)
	upload := func() string {
		return v.upload(b, "/manage/institutions/import", "schulen.csv", content).Header().Get("Location")
	}
	path := upload()
	for name, page := range map[string]string{"list": "/manage/institutions", "search": "/manage/institutions?text=schule+59&type=grundschule",
		"groups": "/manage/groups", "areas": "/manage/areas", "mapping": path, "changes": path + "/changes"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if got := v.get(page); got.Code != 200 {
					b.Fatal(got.Code)
				}
			}
		})
	}
	b.Run("upload", func(b *testing.B) {
		for b.Loop() {
			if upload() == "" {
				b.Fatal("not taken in")
			}
		}
	})
}
