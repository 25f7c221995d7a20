package server

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/jobs"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/store/storetest"
	"bedarfslotse/internal/survey"

	"golang.org/x/crypto/argon2"
)

// testDesk is a server with the coordinators' pages over a real store. Its areas
// are kreis ⊃ stadt ⊃ raum, and andere beside stadt.
type testDesk struct {
	*testServer
	db   *store.DB
	path string // of the database
	hash string // of deskPassword
}

// deskPassword is the password of every account that sign makes.
const deskPassword = "vier Esel lesen Zeitung"

func newTestDesk(t testing.TB, change ...func(*Config, *DeskConfig)) *testDesk {
	t.Helper()
	return deskOver(t, filepath.Join(t.TempDir(), "desk.db"), change...)
}

// deskOver is a desk over the database of a file.
func deskOver(t testing.TB, path string, change ...func(*Config, *DeskConfig)) *testDesk {
	t.Helper()
	d := &testDesk{path: path}
	now := func() time.Time { return d.now }
	var err error
	d.testServer = &testServer{now: today()}
	storetest.Prepare(t, path)
	if d.db, err = store.Open(context.Background(), path, store.Options{Now: now, Places: d.places, Words: d.inEvery}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.db.Close() })
	var config DeskConfig
	served := newEmptyServer(t, func(c *Config) {
		c.Waves, c.Now = d.db, now
		for _, one := range change {
			one(c, &config)
		}
	})
	served.memory, d.testServer.Server = nil, served.Server
	areas, findings := catalogue.NewAreas([]catalogue.Area{
		{Key: "kreis", Name: "Kreis", Level: catalogue.Kreis}, {Key: "stadt", Parent: "kreis", Name: "Stadt", Level: catalogue.Stadt},
		{Key: "andere", Parent: "kreis", Name: "Andere Stadt", Level: catalogue.Stadt},
		{Key: "raum", Parent: "stadt", Name: "Raum", Level: catalogue.Sozialraum},
	})
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	config.Office, config.Sessions, config.Hasher, config.Areas = d.db, d.db.Sessions(), account.NewHasher(2), areas
	config.Charts = allCharts()
	office := jobs.New(jobs.Options{Now: now, Folder: t.TempDir()})
	t.Cleanup(office.Close)
	config.Jobs = office
	content, err := os.ReadFile("../../data/fields_of_action.yaml")
	if err != nil {
		t.Fatal(err)
	}
	fields, findings := catalogue.ReadFields("fields_of_action.yaml", content)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	if content, err = os.ReadFile("../../data/indicators.yaml"); err != nil {
		t.Fatal(err)
	}
	if config.Indicators, findings = baseline.Suggestions("indicators.yaml", content, fields); len(findings) > 0 {
		t.Fatal(findings)
	}
	config.Surveys, config.Fields = os.DirFS("../../surveys"), fields
	config.Types = institutionTypes(t)
	d.OpenDesk(config)
	d.hash = quickHash(deskPassword)
	return d
}

// quickHash is a hash that costs next to nothing to check: its cost stands in it.
func quickHash(password string) string {
	salt, encode := make([]byte, 16), base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=8,t=1,p=1$%s$%s", argon2.Version, encode(salt), encode(argon2.IDKey([]byte(password), salt, 1, 8, 1, 32)))
}

// allCharts draws for every desk, as one does for all requests: starting ECharts
// takes longer than most pictures.
var allCharts = sync.OnceValue(func() *charts.Renderer { return charts.NewRenderer(shippedECharts, shippedFonts) })

// inEvery says a phrase in every language of the desk.
func (d *testDesk) inEvery(key string) survey.Text {
	text := survey.Text{}
	for _, language := range deskLanguages() {
		text[language] = survey.Phrase{Text: d.config.Catalogue.Localizer(language).T(key)}
	}
	return text
}

// places are the areas and types of institution of the desk.
func (d *testDesk) places(context.Context, *store.DB) ([]catalogue.Area, []string, error) {
	var types []string
	for _, one := range d.desk.Types.All() {
		types = append(types, one.Slug)
	}
	return d.desk.Areas.All(), types, nil
}

// institutionTypes are those that the program ships.
func institutionTypes(t testing.TB) *fieldwork.InstitutionTypes {
	t.Helper()
	var tables []fieldwork.NamedTable
	for _, name := range []string{"nrw/school_types.csv", "institution_types.csv"} {
		content, err := os.ReadFile(filepath.Join("../../data", name))
		if err != nil {
			t.Fatal(err)
		}
		tables = append(tables, fieldwork.NamedTable{File: name, Content: content})
	}
	types, err := fieldwork.ReadInstitutionTypes(tables...)
	if err != nil {
		t.Fatal(err)
	}
	return types
}

// wave opens a wave of the survey families about an area.
func (d *testDesk) wave(t testing.TB, slug, area string) *store.LiveWave {
	t.Helper()
	wave, err := d.db.OpenWave(context.Background(), account.CommandLine, fieldwork.Wave{Slug: slug, Area: area, K: 5}, shipped(t, "families"))
	if err != nil {
		t.Fatal(err)
	}
	return wave
}

// person makes an account.
func (d *testDesk) person(t testing.TB, name string, grants ...account.Grant) account.User {
	t.Helper()
	user := account.User{Name: name, Grants: grants}
	if err := d.db.AddUser(context.Background(), account.CommandLine, user, d.hash); err != nil {
		t.Fatal(err)
	}
	return user
}

// visit is a browser at the desk.
type visit struct {
	*testDesk
	name, cookie string
	last         string    // what was got last
	sent         [3]string // what was sent last: method, path and body
}

// again is the same person in a new session; nobody stays nobody.
func (v *visit) again(t testing.TB) *visit {
	if v.name == "" {
		return v
	}
	anew := v.sign(t, v.name)
	anew.name = v.name
	return anew
}

// sign signs an account in.
func (d *testDesk) sign(t testing.TB, name string) *visit {
	t.Helper()
	v := &visit{testDesk: d}
	if got := v.post("/manage/sign-in", "name", name, "password", deskPassword); got.Code != http.StatusSeeOther {
		t.Fatalf("signing in as %s: %d %s", name, got.Code, got.Body)
	}
	return v
}

// post sends a form as a page of the same origin does; pairs alternate name and
// value.
func (v *visit) post(path string, pairs ...string) *httptest.ResponseRecorder {
	values := url.Values{}
	for at := 0; at+1 < len(pairs); at += 2 {
		values.Add(pairs[at], pairs[at+1])
	}
	return v.send(http.MethodPost, path, values.Encode())
}

func (v *visit) get(path string) *httptest.ResponseRecorder {
	v.last = path
	return v.send(http.MethodGet, path, "")
}

func (v *visit) send(method, path, body string) *httptest.ResponseRecorder {
	v.sent = [3]string{method, path, body}
	got := v.do(method, path, body, "Cookie", v.cookie, "Content-Type", formType, "Sec-Fetch-Site", "same-origin", "Accept-Language", "en")
	for _, cookie := range got.Result().Cookies() {
		if cookie.Name == v.desk.sessions.Cookie.Name {
			v.cookie = cookie.Name + "=" + cookie.Value
		}
	}
	return got
}

// key finds the last part of an address in a page, between two texts.
func key(t testing.TB, page, before, after string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, before)
	value, _, closed := strings.Cut(rest, after)
	if !found || !closed {
		t.Fatalf("the page has no %s…%s", before, after)
	}
	return value
}

func shippedECharts() ([]byte, error) { return os.ReadFile("../../web/vendor/echarts.min.js") }

func shippedFonts() (fonts [][]byte, err error) {
	for _, name := range []string{"noto-sans.ttf", "noto-sans-arabic.ttf", "noto-sans-ethiopic.ttf", "noto-sans-math.ttf"} {
		font, err := os.ReadFile("../../web/fonts/" + name)
		if err != nil {
			return nil, err
		}
		fonts = append(fonts, font)
	}
	return fonts, nil
}
