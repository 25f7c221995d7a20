package server

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/tabular"
	"bedarfslotse/internal/testinput"
)

// uploaded puts a file into the store as an upload would and returns the path of
// its pages.
func (v *visit) uploaded(t *testing.T, i mapper, content string) string {
	t.Helper()
	file := &mapperFile{Upload: store.Upload{User: v.name, Purpose: i.purpose, File: "a.csv", Data: []byte(content)}}
	if err := file.guess(i.targets(), tabular.Reading{}); err != nil {
		t.Fatal(err)
	}
	file.Settings = must(file.settings())(t)
	return i.page + "/import/" + must(v.db.PutUpload(context.Background(), file.Upload))(t)
}

// placesRules is who may use the pages about places.
func placesRules() map[string]rule {
	anywhere := relations()
	who := []account.Role{account.Administrator, account.Coordinator}
	reach := []string{whole, above, own}
	get := func(path string) func(*testing.T, *visit) int {
		return func(_ *testing.T, v *visit) int { return v.get(path).Code }
	}
	school := func(t *testing.T, v *visit) string {
		one := fieldwork.Institution{Number: "100037", Name: "Schule", Area: own}
		if err := v.db.PutInstitutions(context.Background(), account.CommandLine, []fieldwork.Institution{one}); err != nil {
			t.Fatal(err)
		}
		return "/manage/institutions/edit?number=100037"
	}
	group := func(t *testing.T, v *visit) string {
		return must(v.db.AddGroup(context.Background(), "anna", "Projektschulen", own))(t)
	}
	space := func(t *testing.T, v *visit) string {
		ctx := context.Background()
		_, revision, err := v.db.Areas(ctx)
		if err == nil {
			err = v.db.PutAreas(ctx, account.Entry{Actor: "anna", Action: account.AreaAdded}, revision,
				[]catalogue.Area{{Key: "stadt-neu", Parent: own, Name: "Neu", Level: catalogue.Sozialraum}}, v.checkAreas)
		}
		if err != nil {
			t.Fatal(err)
		}
		v.now = v.now.Add(areasFresh)
		return "/manage/areas/stadt-neu"
	}
	rules := map[string]rule{
		"GET /manage/institutions": {200, who, anywhere, get("/manage/institutions")},
		"POST /manage/institutions/members": {303, who, reach, func(t *testing.T, v *visit) int {
			school(t, v)
			return v.post("/manage/institutions/members", "into", group(t, v), "number", "100037", "do", "join").Code
		}},
		"GET /manage/institutions/new": {200, who, anywhere, get("/manage/institutions/new")},
		"POST /manage/institutions/new": {422, who, reach, func(_ *testing.T, v *visit) int {
			return v.post("/manage/institutions/new", "area", own).Code // nameless
		}},
		"GET /manage/institutions/edit":  {200, who, reach, func(t *testing.T, v *visit) int { return v.get(school(t, v)).Code }},
		"POST /manage/institutions/edit": {422, who, reach, func(t *testing.T, v *visit) int { return v.post(school(t, v)).Code }},
		"GET /manage/groups":             {200, who, anywhere, get("/manage/groups")},
		"POST /manage/groups": {303, who, reach, func(_ *testing.T, v *visit) int {
			return v.post("/manage/groups", "name", "Pilotschulen", "area", own).Code
		}},
		"GET /manage/groups/:id": {200, who, reach, func(t *testing.T, v *visit) int { return v.get("/manage/groups/" + group(t, v)).Code }},
		"POST /manage/groups/:id/name": {303, who, reach, func(t *testing.T, v *visit) int {
			return v.post("/manage/groups/"+group(t, v)+"/name", "name", "Pilotschulen").Code
		}},
		"POST /manage/groups/:id/remove": {303, who, reach, func(t *testing.T, v *visit) int {
			return v.post("/manage/groups/" + group(t, v) + "/remove").Code
		}},
		"GET /manage/areas": {200, who, anywhere, get("/manage/areas")},
		"POST /manage/areas": {422, who, reach, func(_ *testing.T, v *visit) int {
			return v.post("/manage/areas", "parent", own).Code // nameless
		}},
		"GET /manage/areas/:key":         {200, who, []string{whole, above, own}, func(t *testing.T, v *visit) int { return v.get(space(t, v)).Code }},
		"POST /manage/areas/:key/name":   {303, who, reach, func(t *testing.T, v *visit) int { return v.post(space(t, v)+"/name", "name", "Neuer").Code }},
		"POST /manage/areas/:key/remove": {303, who, reach, func(t *testing.T, v *visit) int { return v.post(space(t, v) + "/remove").Code }},
	}
	const table = "Nummer;Name;Stadt\n1;A;Stadt\n"
	mapperRules(rules, "/manage/institutions", table, who, func(v *visit) mapper { return v.institutionImporter() })
	mapperRules(rules, "/manage/areas", table, who, func(v *visit) mapper { return v.areaImporter() })
	return rules
}

// mapperRules adds the pages of an import of tables under a page.
func mapperRules(rules map[string]rule, page, table string, who []account.Role, importer func(*visit) mapper) {
	anywhere, base := relations(), page+"/import"
	// What one has uploaded is one's own: it is gone for everybody else.
	at := func(method, path string) func(*testing.T, *visit) int {
		return func(t *testing.T, v *visit) int {
			if v.testDesk == nil {
				return http.StatusUnauthorized
			}
			file := v.uploaded(t, importer(v), table)
			if method == http.MethodGet {
				return v.get(file + path).Code
			}
			return v.post(file + path).Code
		}
	}
	rules["GET "+base] = rule{200, who, anywhere, func(_ *testing.T, v *visit) int { return v.get(base).Code }}
	rules["POST "+base] = rule{422, who, anywhere, func(_ *testing.T, v *visit) int { return v.post(base).Code }} // no file
	rules["GET "+base+"/:id"] = rule{200, who, anywhere, at(http.MethodGet, "")}
	rules["POST "+base+"/:id/reading"] = rule{303, who, anywhere, at(http.MethodPost, "/reading")}
	rules["POST "+base+"/:id/mapping"] = rule{303, who, anywhere, at(http.MethodPost, "/mapping")}
	rules["GET "+base+"/:id/changes"] = rule{200, who, anywhere, at(http.MethodGet, "/changes")}
	rules["POST "+base+"/:id/changes"] = rule{409, who, anywhere, at(http.MethodPost, "/changes")} // nobody has seen them
	rules["POST "+base+"/:id/discard"] = rule{303, who, anywhere, at(http.MethodPost, "/discard")}
}

// TestPlacesWords: both languages have the same words, with the same
// placeholders, and every word that pages and code name.
func TestPlacesWords(t *testing.T) {
	for _, room := range []string{"places", "mapper"} {
		german, english := testinput.Phrases(t, room, "de"), testinput.Phrases(t, room, "en")
		for key, forms := range german {
			for form, text := range forms {
				if other := english[key][form]; other == "" || !slices.Equal(testinput.Placeholders(text), testinput.Placeholders(other)) {
					t.Errorf("%s (%s): %q and %q", key, form, text, other)
				}
			}
		}
		if len(german) != len(english) {
			t.Errorf("%s: %d German words, %d English", room, len(german), len(english))
		}
		used := regexp.MustCompile(`"((?:places|mapper)\.[a-z_.]*[a-z])"`)
		files := append(must(filepath.Glob("coordinator_*.go"))(t), must(filepath.Glob("../../web/templates/desk_*.html"))(t)...)
		for _, file := range files {
			for _, found := range used.FindAllStringSubmatch(string(must(os.ReadFile(file))(t)), -1) {
				if strings.HasPrefix(found[1], room+".") && german[found[1]] == nil {
					t.Errorf("%s: no words for %s", file, found[1])
				}
			}
		}
	}
	d := newTestDesk(t)
	words := d.config.Catalogue.Localizer("en")
	for _, i := range []mapper{d.institutionImporter(), d.areaImporter()} {
		for _, target := range i.targets() {
			if words.T(target.Label) == target.Label {
				t.Errorf("no words for %s", target.Label)
			}
			if key := "mapper." + i.purpose + ".as_written." + target.Key; len(target.Choices) > 0 && words.T(key) == key {
				t.Errorf("no words for %s", key)
			}
		}
	}
	for _, action := range account.Actions() {
		if key := "desk.audit.action." + string(action); words.T(key) == key {
			t.Errorf("no words for %s", key)
		}
	}
}

const threeRows = "Schulnummer;Name;Ort;E-Mail\n001;Erste;Stadt;eins@schule.example\n002;Zweite;Andere Stadt;\n003;Dritte;Dortmund;\n"

// TestImportOfInstitutions leads a table from the upload to the register as a
// coordinator of one town: what is not theirs is refused with the reason, and who
// saw an older register is told so.
func TestImportOfInstitutions(t *testing.T) {
	d := newTestDesk(t)
	ctx := context.Background()
	d.person(t, "wiebke", account.Grant{Role: account.Coordinator, Area: own})
	v := d.sign(t, "wiebke")
	if err := d.db.PutInstitutions(ctx, account.CommandLine, []fieldwork.Institution{{Number: "004", Name: "Vierte", Area: own}, {Number: "001", Name: "Alte", Area: own, Email: "alt@schule.example"}}); err != nil {
		t.Fatal(err)
	}
	got := v.upload(t, "/manage/institutions/import", "schulen.csv", []byte(threeRows))
	path := got.Header().Get("Location")
	if got.Code != http.StatusSeeOther {
		t.Fatalf("upload: %d %s", got.Code, got.Body)
	}
	page := v.get(path).Body.String()
	for _, want := range []string{"Schulnummer", "001 · 002 · 003", "Dortmund", "eins@schule.example"} {
		if !strings.Contains(page, want) {
			t.Errorf("the preview does not show %q", want)
		}
	}
	changes := v.get(path + "/changes").Body.String()
	for _, want := range []string{`id="sum-new">0<`, `id="sum-changed">1<`, `id="sum-outside">1<`, `id="sum-refused">1<`, `id="sum-absent">1<`,
		"<del>Alte</del> → <ins>Erste</ins>", "Line 3: Zweite (002) lies in an area whose institutions are not yours to manage: Kreis · Andere Stadt."} {
		if !strings.Contains(changes, want) {
			t.Errorf("the changes do not show %q", want)
		}
	}
	state := key(t, changes, `name="state" value="`, `"`)
	if err := d.db.PutInstitutions(ctx, account.CommandLine, []fieldwork.Institution{{Number: "005", Name: "Fünfte", Area: foreign}}); err != nil {
		t.Fatal(err)
	}
	if got := v.post(path+"/changes", "state", state); got.Code != http.StatusConflict || !strings.Contains(got.Body.String(), "in the meantime") {
		t.Errorf("an older register: %d", got.Code)
	}
	state = key(t, v.get(path+"/changes").Body.String(), `name="state" value="`, `"`)
	if got := v.post(path+"/changes", "state", state, "tick", "004", "tick", "005"); got.Code != http.StatusSeeOther {
		t.Fatalf("applying: %d %s", got.Code, got.Body)
	}
	for number, want := range map[string]string{"001": "Erste eins@schule.example ", "004": "Vierte  " + d.now.Format("2006-01-02"), "005": "Fünfte  "} {
		one := must(d.db.Institution(ctx, number))(t)
		if got := one.Name + " " + one.Email + " " + one.Closed; got != want {
			t.Errorf("%s is %q, want %q", number, got, want)
		}
	}
	if got := v.get(path).Code; got != http.StatusGone {
		t.Errorf("the file after it was taken over: %d", got)
	}
	lines := must(d.db.AuditLog(ctx, 0, 1, func(string) bool { return true }))(t)
	if one := lines[0].Entry; one.Action != account.RegisterImported || one.Area != own || one.Effect != "0 added, 1 changed, 1 closed" || one.Subject != "schulen.csv" {
		t.Errorf("audited %+v", one)
	}
}

// TestMappingIsKept: another way to read guesses anew, chosen columns and
// meanings stay, and what cannot be read is told with its place.
func TestMappingIsKept(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	v := d.sign(t, "anna")
	latin := []byte("Kitas in Stadt;;\nKennzahl;Wie sie hei\xdft;Sorte\n07;Kita M\xfcnchhausen;Kitas der Kirche\n08;Kita S\xfcd;Kitas der Kirche\n")
	path := v.upload(t, "/manage/institutions/import", `C:\Listen\kitas.csv`, latin).Header().Get("Location")
	page := v.get(path).Body.String()
	if !strings.Contains(page, "Kita Münchhausen") || !strings.Contains(page, "<p>kitas.csv has been read") || !strings.Contains(page, "Windows-1252") {
		t.Error("the preview is not what the file says")
	}
	if got := v.get(path + "/changes"); got.Code != http.StatusOK && got.Code != http.StatusUnprocessableEntity {
		t.Errorf("changes of a guess: %d", got.Code)
	}
	send := []string{"column.number", "0", "column.name", "1", "column.name", "", "column.name", "", "column.type", "2", "fixed.town", own}
	if got := v.post(path+"/mapping", append(send, "next", "again")...).Header().Get("Location"); got != path {
		t.Errorf("shown again at %s", got)
	}
	page = v.get(path).Body.String()
	if !strings.Contains(page, `name="text.type" value="Kitas der Kirche"`) {
		t.Fatal("nobody asks what the unknown type means")
	}
	send = append(send, "text.type", "Kitas der Kirche", "means.type", "kindertageseinrichtung", "next", "changes")
	if got := v.post(path+"/mapping", send...).Header().Get("Location"); got != path+"/changes" {
		t.Errorf("went on to %s", got)
	}
	state := key(t, v.get(path+"/changes").Body.String(), `name="state" value="`, `"`)
	if got := v.post(path+"/changes", "state", state).Header().Get("Location"); got != "/manage/institutions?added=2" {
		t.Errorf("after applying: %s", got)
	}
	if one := must(d.db.Institution(context.Background(), "07"))(t); one.Type != "kindertageseinrichtung" || one.Name != "Kita Münchhausen" || one.Area != own {
		t.Errorf("stored %+v", one)
	}
	for name, content := range map[string]string{"picture": "\x89PNG\r\n\x1a\n", "quote": "a;b\n\"x;y\n", "zip": "PK\x03\x04 no more"} {
		got := v.upload(t, "/manage/institutions/import", name, []byte(content))
		if got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body.String(), "desk-finding") {
			t.Errorf("%s: %d %s", name, got.Code, got.Header().Get("Location"))
		}
	}
	if got := v.upload(t, "/manage/institutions/import", "large.csv", bytes.Repeat([]byte("x"), store.MaxUploadSize+1)); got.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", got.Code)
	}
}

// TestAreasAreAdded: below one's own town, by form and by table; shipped ones
// stay, used ones are not removed.
func TestAreasAreAdded(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "wiebke", account.Grant{Role: account.Coordinator, Area: own})
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	v, anna := d.sign(t, "wiebke"), d.sign(t, "anna")
	if got := v.post("/manage/areas", "parent", own, "name", "Süd-Ost"); got.Code != http.StatusSeeOther {
		t.Fatalf("adding: %d %s", got.Code, got.Body)
	}
	if area, known := d.desk.Areas.Get("stadt-sued-ost"); !known || area.Level != catalogue.Sozialraum || area.Name != "Süd-Ost" {
		t.Errorf("added %+v", area)
	}
	for what, got := range map[string]int{
		"the same again":    v.post("/manage/areas", "parent", own, "name", "süd ost").Code,
		"below the part":    v.post("/manage/areas", "parent", "stadt-sued-ost", "name", "Ecke").Code,
		"with a key":        v.post("/manage/areas", "parent", own, "name", "Nord", "ags", "05911000").Code,
		"a twice given key": anna.post("/manage/areas", "parent", "", "name", "Neustadt", "ags", "123").Code,
	} {
		if got != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", what, got)
		}
	}
	if got := v.get("/manage/areas/" + own).Code; got != http.StatusNotFound {
		t.Errorf("a shipped area: %d", got)
	}
	path := v.upload(t, "/manage/areas/import", "raeume.csv", []byte("Sozialraum,Stadt\nSüd-Ost,Stadt\nMitte,Stadt\nMitte,stadt\nWeit,Andere Stadt\n")).Header().Get("Location")
	changes := v.get(path + "/changes").Body.String()
	for _, want := range []string{`id="sum-new">1<`, `id="sum-same">1<`, `id="sum-refused">1<`, "where areas are not yours"} {
		if !strings.Contains(changes, want) {
			t.Errorf("the changes do not show %q", want)
		}
	}
	if got := v.post(path+"/changes", "state", key(t, changes, `name="state" value="`, `"`)).Header().Get("Location"); got != "/manage/areas?added=1" {
		t.Errorf("after applying: %s", got)
	}
	if err := d.db.PutInstitutions(context.Background(), account.CommandLine, []fieldwork.Institution{{Number: "1", Name: "Schule", Area: "stadt-mitte"}}); err != nil {
		t.Fatal(err)
	}
	if got := v.post("/manage/areas/stadt-mitte/remove"); got.Code != http.StatusConflict || !strings.Contains(got.Body.String(), "belongs to this area still") {
		t.Errorf("removing a used one: %d", got.Code)
	}
	if got := v.post("/manage/areas/stadt-sued-ost/name", "name", "Südost").Code; got != http.StatusSeeOther {
		t.Errorf("renaming: %d", got)
	}
	if got := v.post("/manage/areas/stadt-sued-ost/remove").Code; got != http.StatusSeeOther {
		t.Errorf("removing: %d", got)
	}
	if _, known := d.desk.Areas.Get("stadt-sued-ost"); known {
		t.Error("a removed area is known still")
	}
	if got := anna.get("/manage/institutions?area=stadt").Body.String(); !strings.Contains(got, "Stadt · Mitte") {
		t.Error("what lies in a part of the town is not found in the town")
	}
}

// TestInstitutionIsEdited: by one person at a time, in their area only.
func TestInstitutionIsEdited(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "wiebke", account.Grant{Role: account.Coordinator, Area: own})
	v := d.sign(t, "wiebke")
	form := func(more ...string) []string {
		return append([]string{"number", "47/11", "name", "Jugendhaus", "type", "jugendeinrichtung", "area", own, "email", "haus@stadt.example"}, more...)
	}
	if got := v.post("/manage/institutions/new", form()...); got.Code != http.StatusSeeOther {
		t.Fatalf("adding: %d %s", got.Code, got.Body)
	}
	if got := v.post("/manage/institutions/new", form()...).Code; got != http.StatusConflict {
		t.Errorf("the number again: %d", got)
	}
	path := "/manage/institutions/edit?number=47%2F11"
	was := key(t, v.get(path).Body.String(), `name="was" value="`, `"`)
	for what, bad := range map[string][]string{"e-mail": {"email", "haus"}, "pupils": {"pupils", "viele"}, "index": {"social_index", "10"}, "name": {"name", " "}} {
		values := append([]string{"was", was}, bad...)
		if bad[0] != "name" {
			values = append(values, "name", "Jugendhaus")
		}
		if got := v.post(path, append(values, "area", own)...); got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body.String(), `aria-invalid="true"`) {
			t.Errorf("%s: %d", what, got.Code)
		}
	}
	if got := v.post(path, "was", was, "name", "Jugendhaus", "area", foreign).Code; got != http.StatusForbidden {
		t.Errorf("into another town: %d", got)
	}
	if got := v.post(path, form("was", was, "pupils", "1.200", "closed", "1")...).Code; got != http.StatusSeeOther {
		t.Errorf("changing: %d", got)
	}
	if got := v.post(path, form("was", was)...); got.Code != http.StatusConflict || !strings.Contains(got.Body.String(), "in the meantime") {
		t.Errorf("what somebody else changed: %d", got.Code)
	}
	one := must(d.db.Institution(context.Background(), "47/11"))(t)
	text, _ := json.Marshal(one)
	if *one.Pupils != 1200 || one.Closed != d.now.Format("2006-01-02") || one.TypeLabel != "Jugendeinrichtung" || one.Source != fieldwork.SourceDesk {
		t.Errorf("stored %s", text)
	}
	if body := v.get("/manage/institutions").Body.String(); strings.Contains(body, "Jugendhaus") {
		t.Error("a closed institution is offered")
	}
	if body := v.get("/manage/institutions?closed=1&text=jugend").Body.String(); !strings.Contains(body, "Jugendhaus") {
		t.Error("a closed institution is not found among the closed")
	}
}

// TestManyJoinAGroup: those that are ticked, or all that the filter finds, and
// none that is not theirs.
func TestManyJoinAGroup(t *testing.T) {
	d := newTestDesk(t)
	ctx := context.Background()
	d.person(t, "wiebke", account.Grant{Role: account.Coordinator, Area: own})
	v := d.sign(t, "wiebke")
	var list []fieldwork.Institution
	for number, area := range map[string]string{"1": own, "2": own, "3": inside, "4": foreign} {
		list = append(list, fieldwork.Institution{Number: number, Name: "Schule " + number, Type: "grundschule", Area: area})
	}
	list = append(list, fieldwork.Institution{Number: "5", Name: "Kita", Area: own})
	if err := d.db.PutInstitutions(ctx, account.CommandLine, list); err != nil {
		t.Fatal(err)
	}
	group := must(d.db.AddGroup(ctx, "anna", "Projektschulen", own))(t)
	page := v.get("/manage/institutions?text=schule&lang=en").Body.String()
	action := strings.ReplaceAll(key(t, page, `method="post" action="/manage/institutions/members`, `"`), "&amp;", "&")
	members := func() string {
		found, _, err := d.db.FindInstitutions(ctx, store.InstitutionFilter{Group: group})
		var numbers []string
		for _, one := range found {
			numbers = append(numbers, one.Number)
		}
		return strings.Join(slices.Sorted(slices.Values(numbers)), " ") + must("", err)(t)
	}
	for _, test := range []struct {
		form []string
		next string
		want string
	}{
		{[]string{"number", "1", "number", "4", "do", "join"}, "/manage/institutions?joined=1&text=schule&lang=en", "1"},
		{[]string{"all", "1", "do", "join"}, "/manage/institutions?joined=2&text=schule&lang=en", "1 2 3"},
		{[]string{"number", "2", "number", "5", "do", "leave"}, "/manage/institutions?left=1&text=schule&lang=en", "1 3"},
	} {
		got := v.post("/manage/institutions/members"+action, append(test.form, "into", group)...)
		if next := got.Header().Get("Location"); next != test.next || members() != test.want {
			t.Errorf("%v: %d to %s; members %s, want %s", test.form, got.Code, next, members(), test.want)
		}
	}
	if got := v.post("/manage/institutions/members"+action, "into", group); got.Code != http.StatusUnprocessableEntity {
		t.Errorf("nothing ticked: %d", got.Code)
	}
	if got := v.post("/manage/groups/" + group + "/remove").Header().Get("Location"); got != "/manage/groups?removed=1" {
		t.Errorf("removed, to %s", got)
	}
}
