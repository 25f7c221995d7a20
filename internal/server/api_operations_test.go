package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/jobs"
	"bedarfslotse/internal/notify"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// request is one that should go well.
type request struct {
	target, body, kind string
}

const jsonType = "application/json"

// apiWorld makes examples of requests, each of things of its own.
type apiWorld struct {
	*testDesk
	made int
}

func (w *apiWorld) name(word string) string {
	w.made++
	return fmt.Sprintf("%s-%d", word, w.made)
}

// prepared makes a wave of the town that was not opened yet.
func (w *apiWorld) prepared(t *testing.T) *store.LiveWave {
	return must(w.db.PrepareWave(context.Background(), "anna", fieldwork.Wave{Slug: w.name("plan"), Area: own, K: 5, Access: fieldwork.ByLink}, shipped(t, "families")))(t)
}

func (w *apiWorld) opened(t *testing.T) *store.LiveWave { return w.wave(t, w.name("open"), own) }

func (w *apiWorld) working(t *testing.T) *store.Working {
	made := shipped(t, "families").Survey.Clone()
	made.ID = strings.ReplaceAll(w.name("copy"), "-", "_")
	return must(w.db.AddWorking(context.Background(), "anna", own, made))(t)
}

func (w *apiWorld) yaml(t *testing.T) string {
	return string(must(survey.WriteYAML(shipped(t, "families").Survey.Clone()))(t))
}

// job is one that the owner began, with a result.
func (w *apiWorld) job(t *testing.T, owner string) string {
	job := must(w.desk.Jobs.Start(jobs.Task{Owner: owner, Permission: account.ManageData, Subject: account.Subject{Area: own}, Title: jobs.Say("jobs.title"),
		Work: func(_ context.Context, report *jobs.Report) error {
			file, err := report.File("a.csv", "text/csv; charset=utf-8")
			if err == nil {
				_, err = file.Write([]byte("a,b\r\n"))
			}
			return err
		}}))(t)
	job.Wait(context.Background())
	return apiPath + "/jobs/" + job.ID
}

// webhook is one of the town.
func (d *testDesk) webhook(t *testing.T) store.Webhook {
	t.Helper()
	for _, one := range must(d.db.Webhooks(context.Background()))(t) { // there may only be so many
		if err := d.db.RemoveWebhook(context.Background(), "anna", one); err != nil {
			t.Fatal(err)
		}
	}
	made, _, err := d.db.AddWebhook(context.Background(), "anna", store.Webhook{Area: own, URL: "https://hooks.example.org/x?secret=1", Events: notify.Events()})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// delivery is a message that waits.
func (d *testDesk) delivery(t *testing.T) (hook, event string) {
	t.Helper()
	spread := func() {
		if err := d.db.HookQueue(d.desk.Areas.Contains).Spread(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	spread() // what was before
	hook = d.webhook(t).ID
	d.wave(t, strings.ToLower("told-"+hook[:12]), own)
	spread()
	sent := must(d.db.Deliveries(context.Background(), hook))(t)
	if len(sent) != 1 {
		t.Fatalf("%d messages wait", len(sent))
	}
	return hook, sent[0].EventID
}

// example is a request of the operation that should go well for whoever may do
// it in the town; owner is who asks.
func (w *apiWorld) example(t *testing.T, id, owner string) request {
	of := func(wave *store.LiveWave, path string) string { return apiPath + "/waves/" + wave.Slug + path }
	worked := func(path string) string { return apiPath + "/workings/" + w.working(t).ID + path }
	town := func(path string) request { return request{target: apiPath + "/waves/town" + path} }
	switch id {
	case "listSurveys":
		return request{target: apiPath + "/surveys?limit=1"}
	case "readSurvey":
		return request{target: apiPath + "/surveys/families"}
	case "readSurveyFile":
		return request{target: apiPath + "/surveys/families/file?as=yaml"}
	case "checkSurvey":
		return request{target: apiPath + "/surveys/check", body: w.yaml(t), kind: surveyFiles()[0]}
	case "listWorkings":
		return request{target: apiPath + "/workings"}
	case "importWorking":
		return request{target: apiPath + "/workings?area=" + own, body: w.yaml(t), kind: surveyFiles()[0]}
	case "copyWorking":
		return request{target: apiPath + "/workings/copies", body: `{"source":"shipped:families","area":"` + own + `","title":"Eine Kopie"}`, kind: jsonType}
	case "readWorking", "deleteWorking", "replaceWorking":
		one := request{target: worked("")}
		if id == "replaceWorking" {
			one.body, one.kind = w.yaml(t), surveyFiles()[0]
		}
		return one
	case "readWorkingFile":
		return request{target: worked("/file?as=xlsx")}
	case "fixWorking":
		return request{target: worked("/versions")}
	case "undoWorking", "redoWorking":
		one := w.working(t)
		must(w.db.ChangeWorking(context.Background(), "anna", one.ID, 0, func(s *survey.Survey) error { s.Style = "pages"; return nil }))(t)
		if id == "redoWorking" {
			must(w.db.UndoWorking(context.Background(), "anna", one.ID, 0))(t)
		}
		return request{target: apiPath + "/workings/" + one.ID + "/" + strings.TrimSuffix(id, "Working")}
	case "listWaves":
		return request{target: apiPath + "/waves?limit=2"}
	case "createWave":
		return request{target: apiPath + "/waves", kind: jsonType, body: fmt.Sprintf(`{"survey":"families","area":%q,"slug":%q,"until":"2031-05-01","k":6,
			"population":120,"languages":["de","ar"],"kiosk":true,"purpose":"Bedarf der Familien"}`, own, w.name("new"))}
	case "readWave":
		return town("")
	case "changeWave":
		return request{target: of(w.opened(t), ""), body: `{"until":"2031-05-01","contact":"bildung@example.org","population":null}`, kind: "application/merge-patch+json"}
	case "discardWave":
		return request{target: of(w.prepared(t), "")}
	case "openWave":
		return request{target: of(w.prepared(t), "/open")}
	case "pauseWave", "releaseWave", "closeWave", "repeatWave":
		return request{target: of(w.opened(t), "/"+strings.TrimSuffix(id, "Wave"))}
	case "resumeWave":
		wave := w.opened(t)
		if err := w.db.MoveWave(context.Background(), "anna", wave.Slug, fieldwork.Paused); err != nil {
			t.Fatal(err)
		}
		return request{target: of(wave, "/resume")}
	case "readChecklist":
		return town("/checklist")
	case "readStrata":
		return town("/strata")
	case "replaceStrata":
		return request{target: of(w.opened(t), "/strata"), kind: jsonType, body: `{"strata":[{"area":"raum","institution_type":"","institution":"","population":80,"target":40}]}`}
	case "countCodes":
		return town("/codes")
	case "createCodes":
		return request{target: of(w.opened(t), "/codes"), body: `{"area":"raum","kind":"single","count":3}`, kind: jsonType}
	case "readReturns":
		return town("/returns")
	case "readResults":
		return town("/results")
	case "listVariables":
		return town("/variables?limit=1")
	case "saveVariable":
		return request{target: of(w.opened(t), "/variables/late"), kind: jsonType, body: `{"kind":"recode","source":"arrival","label":{"de":"Später","en":"Later"},
			"categories":[{"name":"recent","label":{"en":"recently"},"choices":["under_1_year","years_1_2"]}]}`}
	case "removeVariable":
		wave := w.opened(t)
		label := map[string]string{"en": "Needs"}
		if err := w.db.SaveVariable(context.Background(), "anna", wave, 0, analysis.Variable{Name: "needs", Label: label,
			Definition: analysis.Definition{Kind: analysis.Band, Source: "imp_language_support", Limits: []string{"3"}}}); err != nil {
			t.Fatal(err)
		}
		return request{target: of(wave, "/variables/needs")}
	case "startExport":
		return request{target: of(w.opened(t), "/exports"), body: `{"format":"csv","purpose":"Auswertung","identifying":["area"]}`, kind: jsonType}
	case "listImports":
		return town("/imports")
	case "readImport", "undoImport":
		wave := w.opened(t)
		must(w.db.Import(context.Background(), "anna", wave, store.File{Name: "a.csv", Hash: "00"}, oneRow(t, wave)))(t)
		return request{target: of(wave, "/imports/1")}
	case "listJobs":
		return request{target: apiPath + "/jobs"}
	case "readJob":
		return request{target: w.job(t, owner)}
	case "readJobFile":
		return request{target: w.job(t, owner) + "/file"}
	case "cancelJob":
		return request{target: w.job(t, owner) + "/cancel"}
	case "listWebhooks":
		return request{target: apiPath + "/webhooks"}
	case "createWebhook":
		return request{target: apiPath + "/webhooks", kind: jsonType, body: `{"area":"` + own + `","url":"https://hooks.example.org/x","events":["wave.opened","wave.closed"]}`}
	case "readWebhook", "removeWebhook", "listDeliveries":
		path := map[string]string{"listDeliveries": "/deliveries"}[id]
		return request{target: apiPath + "/webhooks/" + w.webhook(t).ID + path}
	case "enableWebhook":
		return request{target: apiPath + "/webhooks/" + w.webhook(t).ID, body: `{"enabled":false}`, kind: jsonType}
	case "resendDelivery":
		hook, event := w.delivery(t)
		return request{target: apiPath + "/webhooks/" + hook + "/deliveries/" + event + "/resend"}
	case "readToken":
		return request{target: apiPath + "/token"}
	}
	t.Fatalf("there is no example of %s", id)
	return request{}
}

// oneRow is an import of one row.
func oneRow(t *testing.T, wave *store.LiveWave) iter.Seq2[store.Imported, error] {
	t.Helper()
	answers, problems := response.Read(wave.Version, url.Values{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return func(yield func(store.Imported, error) bool) {
		yield(store.Imported{ExternalID: "1", Answers: answers}, nil)
	}
}

// ask sends an example with a token.
func (w *apiWorld) ask(o operation, one request, token string, headers ...string) *httptest.ResponseRecorder {
	if token != "" {
		headers = append(headers, "Authorization", "Bearer "+token)
	}
	if one.kind != "" {
		headers = append(headers, "Content-Type", one.kind)
	}
	return w.do(o.method, one.target, one.body, headers...)
}

// token makes a token of the command line for a role, and says who it stands for.
func (w *apiWorld) token(t *testing.T, grant account.Grant, scopes ...account.Scope) (token, owner string) {
	t.Helper()
	name := w.name("token")
	return must(w.db.CreateToken(context.Background(), "anna", store.Token{Name: name, Grant: grant, Scopes: scopes}))(t), "token " + name
}

func newAPIWorld(t *testing.T) *apiWorld {
	w := &apiWorld{testDesk: newTestDesk(t)}
	w.desk.calls = newLimiter(0, w.config.Now)
	w.wave(t, "town", own)
	return w
}

// selfPortrait is the document that the server describes itself with.
type selfPortrait struct {
	raw      any
	compiler *jsonschema.Compiler
}

const documentPlace = "test:///openapi.json"

func (w *apiWorld) portrait(t *testing.T) *selfPortrait {
	got := w.get(apiPath + "/openapi.json")
	if got.Code != http.StatusOK {
		t.Fatalf("the document: %d %s", got.Code, got.Body)
	}
	raw := must(jsonschema.UnmarshalJSON(bytes.NewReader(got.Body.Bytes())))(t)
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	if err := compiler.AddResource(documentPlace, raw); err != nil {
		t.Fatal(err)
	}
	return &selfPortrait{raw, compiler}
}

// at is a part of the document.
func (d *selfPortrait) at(names ...string) any {
	part := d.raw
	for _, name := range names {
		fields, _ := part.(map[string]any)
		part = fields[name]
	}
	return part
}

// check holds an answer against what the document says of it.
func (d *selfPortrait) check(t *testing.T, o operation, got *httptest.ResponseRecorder) {
	t.Helper()
	path, method := pathParameter.ReplaceAllString(o.path, "{$1}"), strings.ToLower(o.method)
	code := fmt.Sprint(got.Code)
	response := d.at("paths", path, method, "responses", code)
	if response == nil {
		t.Errorf("%s: %d is not documented: %s", o.id, got.Code, got.Body)
		return
	}
	kind, _, _ := strings.Cut(got.Header().Get("Content-Type"), ";")
	content, _ := d.at("paths", path, method, "responses", code, "content").(map[string]any)
	if len(content) == 0 {
		if got.Body.Len() > 0 {
			t.Errorf("%s: %d has a body that is not documented: %s", o.id, got.Code, got.Body)
		}
		return
	}
	if content[kind] == nil {
		t.Errorf("%s: %d comes as %q, documented are %v", o.id, got.Code, kind, slices.Collect(maps.Keys(content)))
		return
	}
	if kind != jsonType && kind != problemType {
		return
	}
	escaped := strings.NewReplacer("~", "~0", "/", "~1")
	place := fmt.Sprintf("%s#/paths/%s/%s/responses/%s/content/%s/schema", documentPlace,
		url.PathEscape(escaped.Replace(path)), method, code, url.PathEscape(escaped.Replace(kind)))
	compiled, err := d.compiler.Compile(place)
	if err != nil {
		t.Fatal(err)
	}
	value := must(jsonschema.UnmarshalJSON(got.Body))(t)
	if err := compiled.Validate(value); err != nil {
		t.Errorf("%s: %d: %v", o.id, got.Code, err)
	}
}

// TestAPIDocument holds the document against the schema of OpenAPI 3.1 and against
// the routes: none is missing, none made up.
func TestAPIDocument(t *testing.T) {
	w := newAPIWorld(t)
	d := w.portrait(t)
	file := must(os.Open("testdata/openapi-3.1.schema.json"))(t)
	defer func() { _ = file.Close() }() // was only read
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("test:///meta.json", must(jsonschema.UnmarshalJSON(file))(t)); err != nil {
		t.Fatal(err)
	}
	meta, err := compiler.Compile("test:///meta.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := meta.Validate(d.raw); err != nil {
		t.Errorf("%#v", err)
	}
	for name := range d.at("components", "schemas").(map[string]any) {
		if _, err := d.compiler.Compile(documentPlace + "#/components/schemas/" + name); err != nil {
			t.Errorf("the schema %s: %v", name, err)
		}
	}
	documented := map[string]bool{}
	for path, methods := range d.at("paths").(map[string]any) {
		for method := range methods.(map[string]any) {
			documented[strings.ToUpper(method)+" "+path] = true
		}
	}
	routed := map[string]bool{}
	for _, one := range w.echo.Routes() {
		if strings.HasPrefix(one.Path, "/api") && one.Method != http.MethodHead {
			routed[one.Method+" "+pathParameter.ReplaceAllString(one.Path, "{$1}")] = true
		}
	}
	if !maps.Equal(documented, routed) {
		t.Errorf("documented are %v\nrouted are %v", documented, routed)
	}
	ids := map[string]bool{}
	for _, o := range w.operations() {
		if ids[o.id] || o.summary == "" || o.room == "" || o.permission == Public || o.id != "readToken" && o.scope == "" {
			t.Errorf("%s is there twice, or lacks a summary, a room, a permission or a scope", o.id)
		}
		ids[o.id] = true
	}
	for _, header := range []string{w.get(apiPath + "/openapi.json").Header().Get("Etag"), "*"} {
		if got := w.get(apiPath+"/openapi.json", "If-None-Match", header); got.Code != http.StatusNotModified {
			t.Errorf("the document again: %d", got.Code)
		}
	}
}

// TestEveryOperation asks for each operation as it should be asked, with a token
// for just its scope, and holds the answer against the document; then with a token
// for each other scope and with none.
func TestEveryOperation(t *testing.T) {
	w := newAPIWorld(t)
	d := w.portrait(t)
	admin := account.Grant{Role: account.Administrator}
	for _, o := range w.operations() {
		scopes := []account.Scope{o.scope}
		if o.scope == "" {
			scopes = nil
		}
		token, owner := w.token(t, admin, scopes...)
		one := w.example(t, o.id, owner)
		for _, scope := range account.Scopes() {
			other, _ := w.token(t, admin, scope)
			if scope == o.scope || o.scope == "" {
				continue
			}
			got := w.ask(o, one, other)
			if got.Code != http.StatusForbidden || !strings.Contains(got.Body.String(), `"key":"error.out_of_scope"`) {
				t.Errorf("%s with a token for %s: %d %s", o.id, scope, got.Code, got.Body)
			}
		}
		got := w.ask(o, one, "")
		if d.check(t, o, got); got.Code != http.StatusUnauthorized || got.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%s without a token: %d", o.id, got.Code)
		}
		got = w.ask(o, one, token)
		body := got.Body.String()
		if d.check(t, o, got); got.Code != o.status {
			t.Errorf("%s: %d, not %d: %s", o.id, got.Code, o.status, body)
			continue
		}
		if o.located && w.ask(operation{route: route{method: http.MethodGet}}, request{target: got.Header().Get("Location")}, must(w.db.CreateToken(context.Background(), "anna",
			store.Token{Grant: admin}))(t)).Code == http.StatusNotFound && o.id != "startExport" {
			t.Errorf("%s: nothing is at %q", o.id, got.Header().Get("Location"))
		}
		if tag := got.Header().Get("Etag"); o.answer != nil && (tag == "") != o.fresh {
			t.Errorf("%s has the tag %q", o.id, tag)
		} else if tag != "" {
			again := w.ask(o, one, token, "If-None-Match", `"other", `+tag)
			if d.check(t, o, again); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
				t.Errorf("%s again: %d", o.id, again.Code)
			}
		}
		if o.fresh && got.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept: %q", o.id, got.Header().Get("Cache-Control"))
		}
	}
}

// TestNothingBrokenPasses sends to every operation what its description forbids,
// and what is no request at all. The answer is always a problem below 500.
func TestNothingBrokenPasses(t *testing.T) {
	w := newAPIWorld(t)
	d := w.portrait(t)
	token, owner := w.token(t, account.Grant{Role: account.Administrator})
	known := &schemas{named: map[string]*schema{}}
	for _, o := range w.operations() {
		good := w.example(t, o.id, owner)
		refused := func(what string, one request) {
			got := w.ask(o, one, token)
			if got.Code < 400 || got.Code >= 500 {
				t.Errorf("%s with %s: %d %s", o.id, what, got.Code, got.Body)
				return
			}
			d.check(t, o, got)
		}
		if strings.Contains(good.target, "?") {
			refused("an unknown parameter", request{target: good.target + "&unheard=1", body: good.body, kind: good.kind})
		} else {
			refused("an unknown parameter", request{target: good.target + "?unheard=1", body: good.body, kind: good.kind})
		}
		for _, parameter := range o.query {
			path, _, _ := strings.Cut(good.target, "?")
			for _, value := range wrongValues(known, parameter.kind) {
				text, isText := value.(string)
				if !isText {
					text = fmt.Sprint(value)
				}
				if parameter.kind.Type == "string" && parameter.kind.Enum == nil && len(text) < 200 {
					continue // any short text is one
				}
				refused(parameter.name+"="+text, request{target: path + "?" + url.Values{parameter.name: {text}}.Encode(), body: good.body, kind: good.kind})
			}
		}
		if strings.Contains(o.path, ":") {
			for _, value := range []string{"%00", "..%2f..", "%ff%fe", strings.Repeat("x", 5000), "nobody", "%E2%80%AE", "-1", "999999999999999999999"} {
				target := pathParameter.ReplaceAllString(o.path, value)
				if _, query, _ := strings.Cut(good.target, "?"); query != "" {
					target += "?" + query
				}
				refused("the name "+value[:min(len(value), 20)], request{target: target, body: good.body, kind: good.kind})
			}
		}
		switch {
		case o.body != nil:
			refused("no body", request{target: good.target, kind: jsonType})
			refused("another kind of body", request{target: good.target, body: good.body, kind: "text/plain"})
			for _, text := range []string{"{", "[]", "null", `"x"`, "1", "{}{}", "\xff\xfe", good.body + "x", strings.Repeat("[", 100000)} {
				refused("the body "+text[:min(len(text), 20)], request{target: good.target, body: text, kind: jsonType})
			}
			refused("too much", request{target: good.target, body: `{"a":"` + strings.Repeat("x", bodyLimit) + `"}`, kind: jsonType})
			for what, body := range wrongBodies(t, known, known.of(o.body), good.body) {
				refused(what, request{target: good.target, body: body, kind: jsonType})
			}
		case o.files != nil && o.id != "checkSurvey": // which tells what is wrong in its answer
			refused("another kind of body", request{target: good.target, body: good.body, kind: "text/plain"})
			for _, kind := range o.files {
				for _, text := range []string{"", "\x00\x01", "PK\x03\x04 and no more", "{", "a: [", "<html>", strings.Repeat("- ", 50000)} {
					refused(kind+" "+text[:min(len(text), 20)], request{target: good.target, body: text, kind: kind})
				}
			}
		}
	}
}

// wrongBodies are a body with one thing in it that is not as described.
func wrongBodies(t *testing.T, known *schemas, of *schema, good string) map[string]string {
	resolved := known.named[strings.TrimPrefix(of.Ref, schemaPlace)]
	all := map[string]string{}
	with := func(what string, change func(map[string]any)) {
		body := map[string]any{}
		if err := json.Unmarshal([]byte(good), &body); err != nil {
			t.Fatal(err)
		}
		change(body)
		all[what] = string(must(json.Marshal(body))(t))
	}
	with("an unknown field", func(body map[string]any) { body["unheard"] = 1 })
	for _, name := range resolved.Required {
		with("no "+name, func(body map[string]any) { delete(body, name) })
	}
	for name, kind := range resolved.Properties {
		for i, value := range wrongValues(known, kind) {
			with(fmt.Sprintf("%s wrong (%d: %.40v)", name, i, value), func(body map[string]any) { body[name] = value })
		}
	}
	return all
}

// wrongValues are values that a schema forbids.
func wrongValues(known *schemas, of *schema) []any {
	for of.Ref != "" {
		of = known.named[strings.TrimPrefix(of.Ref, schemaPlace)]
	}
	var wrong []any
	for _, value := range []any{nil, true, "text", 1, 1.5, []any{}, map[string]any{}} {
		kind := reflect.TypeOf(value)
		name := "null"
		if kind != nil {
			name = map[reflect.Kind]string{reflect.Bool: "boolean", reflect.String: "string", reflect.Int: "integer", reflect.Float64: "number", reflect.Slice: "array", reflect.Map: "object"}[kind.Kind()]
		}
		if !of.takes(name) {
			wrong = append(wrong, value)
		}
	}
	if of.Enum != nil {
		wrong = append(wrong, "unheard")
	}
	if of.Minimum != nil {
		wrong = append(wrong, *of.Minimum-1)
	}
	if of.Maximum != nil {
		wrong = append(wrong, *of.Maximum+1, json.Number("1e300"))
	}
	if of.takes("integer") {
		wrong = append(wrong, json.Number("99999999999999999999"))
	}
	if of.MaxLength != nil {
		wrong = append(wrong, strings.Repeat("ä", *of.MaxLength+1))
	}
	if of.Format == "date" {
		wrong = append(wrong, "2026-02-30", "tomorrow")
	}
	if of.takes("string") {
		wrong = append(wrong, "a\x00b")
	}
	if of.Items != nil {
		if of.MaxItems != nil {
			wrong = append(wrong, make([]any, *of.MaxItems+1))
		}
		for _, value := range wrongValues(known, of.Items) {
			wrong = append(wrong, []any{value})
		}
	}
	return wrong
}

// apiRules says who may use the operations, in which areas.
func apiRules() map[string]rule {
	all, anywhere, reach := account.Roles(), relations(), []string{whole, above, own}
	coordinators := []account.Role{account.Administrator, account.Coordinator}
	authors := append([]account.Role{account.Translator}, coordinators...)
	readers := append([]account.Role{account.Viewer}, coordinators...)
	who := map[string]rule{}
	give := func(roles []account.Role, areas []string, ids ...string) {
		for _, id := range ids {
			who[id] = rule{roles: roles, areas: areas}
		}
	}
	give(authors, anywhere, "listSurveys", "readSurvey", "readSurveyFile", "checkSurvey", "listWorkings")
	give(authors, reach, "readWorking", "readWorkingFile")
	give(coordinators, reach, "importWorking", "copyWorking", "replaceWorking", "undoWorking", "redoWorking", "fixWorking", "deleteWorking",
		"createWave", "readWave", "changeWave", "discardWave", "openWave", "pauseWave", "resumeWave", "releaseWave", "closeWave", "repeatWave", "readChecklist",
		"readStrata", "replaceStrata", "countCodes", "createCodes", "readReturns", "saveVariable", "removeVariable", "startExport", "listImports", "readImport", "undoImport",
		"readJob", "readJobFile", "cancelJob", "createWebhook", "readWebhook", "enableWebhook", "removeWebhook", "listDeliveries", "resendDelivery")
	give(coordinators, anywhere, "listWaves", "listWebhooks")
	give(readers, reach, "readResults", "listVariables")
	give(all, anywhere, "listJobs", "readToken")
	rules := map[string]rule{}
	var world *apiWorld
	tokens := map[string][2]string{} // each principal asks with one
	for _, o := range (&Server{}).operations() {
		one := who[o.id] // of what is not there, nobody
		one.status = o.status
		one.request = func(t *testing.T, v *visit) int {
			if world == nil || world.testDesk != v.testDesk {
				world, tokens = &apiWorld{testDesk: v.testDesk}, map[string][2]string{}
				world.desk.calls = newLimiter(0, v.config.Now)
			}
			role, area, named := strings.Cut(v.name, ".")
			if _, known := tokens[v.name]; named && !known {
				token, owner := world.token(t, account.Grant{Role: account.Role(role), Area: area})
				tokens[v.name] = [2]string{token, owner}
			}
			of := tokens[v.name]
			return world.ask(o, world.example(t, o.id, of[1]), of[0]).Code
		}
		rules[o.method+" "+o.path] = one
	}
	return rules
}

var spaces = regexp.MustCompile(`\s+`)

// TestMatching: what was changed in the meantime is not overwritten, lists come in
// pages, addresses say what they take.
func TestMatching(t *testing.T) {
	w := newAPIWorld(t)
	token, _ := w.token(t, account.Grant{Role: account.Administrator})
	auth := []string{"Authorization", "Bearer " + token, "Content-Type", jsonType}
	read := func(target string, headers ...string) *httptest.ResponseRecorder {
		return w.get(target, append(slices.Clone(auth), headers...)...)
	}
	change := func(body, tag string) *httptest.ResponseRecorder {
		return w.do(http.MethodPatch, apiPath+"/waves/town", body, append(slices.Clone(auth), "If-Match", tag)...)
	}
	tag := read(apiPath + "/waves/town").Header().Get("Etag")
	if got := change(`{"contact":"eins@example.org"}`, tag); got.Code != http.StatusOK {
		t.Errorf("the first change: %d %s", got.Code, got.Body)
	}
	if got := change(`{"contact":"zwei@example.org"}`, tag); got.Code != http.StatusPreconditionFailed || !strings.Contains(got.Body.String(), `"key":"api.changed"`) {
		t.Errorf("a change of what changed: %d %s", got.Code, got.Body)
	}
	if got := change(`{"contact":"drei@example.org"}`, "*"); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), "drei@") {
		t.Errorf("a change of whatever is there: %d %s", got.Code, got.Body)
	}
	if got := change(`{"k":7}`, "*"); got.Code != http.StatusConflict {
		t.Errorf("k of an open wave: %d %s", got.Code, got.Body)
	}
	if got := change(`{"areas":["raum"]}`, "*"); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), `"areas":["raum"]`) {
		t.Errorf("areas that take part: %d %s", got.Code, got.Body)
	}
	if got := change(`{"areas":["mond"]}`, "*"); got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body.String(), `"pointer":"/areas"`) {
		t.Errorf("areas that there are not: %d %s", got.Code, got.Body)
	}
	if got := change(`{"area":"mond"}`, "*"); got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body.String(), `"pointer":"/area"`) {
		t.Errorf("an area that there is not: %d %s", got.Code, got.Body)
	}
	for range 4 {
		w.opened(t)
	}
	seen := map[string]bool{}
	for next, pagesRead := "start", 0; next != "" && pagesRead < 10; pagesRead++ {
		query := url.Values{"limit": {"2"}}
		if next != "start" {
			query.Set("after", next)
		}
		got := read(apiPath + "/waves?" + query.Encode())
		var list apiList[apiWave]
		if err := json.Unmarshal(got.Body.Bytes(), &list); err != nil || len(list.Items) == 0 || len(list.Items) > 2 {
			t.Fatalf("a page: %v %s", err, got.Body)
		}
		for _, one := range list.Items {
			if seen[one.Slug] {
				t.Errorf("%s is on two pages", one.Slug)
			}
			seen[one.Slug] = true
		}
		if next = list.Next; (next == "") != (got.Header().Get("Link") == "") {
			t.Errorf("next is %q, the link %q", next, got.Header().Get("Link"))
		}
	}
	if len(seen) != 5 {
		t.Errorf("%d waves on all pages", len(seen))
	}
	for method, want := range map[string]int{http.MethodPut: http.StatusMethodNotAllowed, http.MethodOptions: http.StatusNoContent, http.MethodHead: http.StatusOK} {
		got := w.do(method, apiPath+"/waves/town", "", auth...)
		allowed := strings.Split(spaces.ReplaceAllString(got.Header().Get("Allow"), ""), ",")
		slices.Sort(allowed)
		if got.Code != want || method != http.MethodHead && !slices.Equal(allowed, []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH"}) {
			t.Errorf("%s: %d, allowed are %q", method, got.Code, got.Header().Get("Allow"))
		}
		if method == http.MethodPut && got.Header().Get("Content-Type") != problemType {
			t.Errorf("PUT is refused as %s", got.Header().Get("Content-Type"))
		}
	}
	if got := w.get(apiPath + "/nowhere"); got.Code != http.StatusNotFound || got.Header().Get("Content-Type") != problemType {
		t.Errorf("nowhere: %d %s", got.Code, got.Header().Get("Content-Type"))
	}
	w.desk.calls = newLimiter(2, w.config.Now)
	other, _ := w.token(t, account.Grant{Role: account.Administrator})
	for _, want := range []int{200, 200, 429} {
		got := read(apiPath + "/token")
		if got.Code != want || want == 429 && got.Header().Get("Retry-After") == "" {
			t.Errorf("asking often: %d, want %d", got.Code, want)
		}
	}
	if got := w.get(apiPath+"/token", "Authorization", "Bearer "+other); got.Code != http.StatusOK {
		t.Errorf("another token waits as well: %d", got.Code)
	}
	german := w.get(apiPath+"/waves/nowhere", "Authorization", "Bearer "+other, "Accept-Language", "de")
	if !strings.Contains(german.Body.String(), "Diese Umfrage gibt es nicht.") || german.Header().Get("Content-Language") != "de" {
		t.Errorf("in German: %s %s", german.Header().Get("Content-Language"), german.Body)
	}
}
