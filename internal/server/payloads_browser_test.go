package server

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/store/storetest"
	"bedarfslotse/internal/testbrowser"
)

// payloads are what somebody might write in order to run a script in the browser of
// whoever reads it, to break out of an attribute, a script block, a picture or a
// table, or to send the reader elsewhere.
func payloads() []string {
	return []string{
		`<img data-pwned src=x onerror="window.pwned=1">`,
		`"><script data-pwned>window.pwned=1</script>`,
		`' onmouseover='window.pwned=1' data-pwned='`,
		`" onfocus="window.pwned=1" autofocus data-pwned="`,
		`</textarea></title></style><svg data-pwned onload=window.pwned=1>`,
		`</script><script data-pwned>window.pwned=1</script>`,
		`[x](javascript:window.pwned=1) ![x](https://elsewhere.example/x.png)`,
		`<iframe data-pwned srcdoc="<script>parent.pwned=1</script>"></iframe>`,
		`<style data-pwned>*{display:none}</style><link data-pwned rel=stylesheet href=//elsewhere.example/x.css>`,
		`{{constructor.constructor('window.pwned=1')()}} ${window.pwned=1} {b|<img data-pwned>}`,
		`]]><script data-pwned xmlns="http://www.w3.org/1999/xhtml">window.pwned=1</script>`,
		`<!-- --!><math><mi data-pwned xlink:href="javascript:window.pwned=1">`,
		"\u202e<a data-pwned href=data:text/html,x>\u2028window.pwned=1",
		`&lt;b data-pwned&gt; &#60;img data-pwned src=x onerror=window.pwned=1&#62; %3Cscript data-pwned%3E`,
	}
}

// byPeople are the columns in which people's words stand, by table, and byProgram all
// others: a new column has to be put into one of the two.
func byPeople() map[string]string {
	return map[string]string{
		"areas": "name", "audit": "", "coding_tags": "label definition example", "coding_texts": "translation",
		"concepts": "client ordered reference lead steering parent neighbours", "documents": "title issuer link note",
		"import_asides": "value", "imports": "file", "indicator_sources": "title publisher licence file", "indicator_targets": "note",
		"indicators": "label_de label_en source note", "institution_groups": "name", "institutions": "name type_label source search",
		"mailings": "subject body", "measures": "title reason responsible steps", "message_texts": "subject body", "messages": "name reason",
		"notes": "title body source", "offers": "title provider funding contact source", "own_words": "body", "passkeys": "name",
		"quotes": "body translation reason", "report_approvals": "note", "report_blocks": "body", "report_comments": "body",
		"reports": "title subtitle", "responses": "answers", "sessions": "device", "stakeholders": "name contact note", "statements": "name answers",
		"surveys": "document", "ties": "from_name to_name source", "tokens": "name", "translation_comments": "body", "uploads": "file",
		"variables": "label_de label_en definition", "waves": "purpose legal_basis mandate mandate_reference contact helpline", "workings": "summary",
	}
}

func byProgram() map[string]string {
	return map[string]string{
		"areas": "id parent level ags", "audit": "at actor action subject area effect hash", "audit_head": "hash", "chunks": "wave_id",
		"codes": "wave_id area institution_type institution", "coding_samples": "wave_id text question", "coding_sittings": "wave_id question reader began",
		"coding_tags": "wave_id name field", "coding_texts": "wave_id text marks author", "codings": "wave_id text coder question tags", "concepts": "id",
		"dead_addresses": "address reason day", "deliveries": "webhook event_id state due problem tried", "documents": "id area fields", "drafts": "wave_id id last",
		"events": "id event area body created", "facts": "name value", "grants": "user_name role area", "identities": "issuer subject user_name created",
		"import_asides": "wave_id name reason", "imports": "wave_id hash day kind actor undone", "indicator_sources": "id day sha256 imported",
		"indicator_targets": "indicator area due baseline_day set_on", "indicator_values": "indicator area period day source", "indicators": "id unit field direction",
		"institution_groups": "id area", "institution_members": "group_id number", "institutions": "number type area ags period email closed",
		"invitations": "email role area inviter expires", "mailings": "wave_id purpose reply_to given origin actor made",
		"jobs": "id owner since renewed document", "job_parts": "job", "leases": "name holder until",
		"measures": "id field area audience due status offer indicator question", "media": "hash type stored", "message_texts": "wave_id purpose reply_to",
		"messages": "wave_id institution address message_id state due changed", "milestones": "wave_id", "notes": "id kind day area fields questions",
		"offer_decisions": "wave_id statement stated offer", "offer_links": "offer made expires",
		"offers": "id fields audiences areas languages cost starts ends funding_end status confirmed", "own_words": "id area author day",
		"passkeys": "number user_name credential created used", "quotes": "wave_id id text question language state author judge", "releases": "wave_id day", "remains": "wave_id",
		"report_approvals": "report_id actor at", "report_blocks": "report_id id svg", "report_comments": "report_id id block author at resolved",
		"reports": "id wave_id area language author changed steps state", "resets": "user_name expires", "responses": "wave_id day language area institution_type institution",
		"responses_shuffled": "wave_id day language area institution_type institution answers", "revisions": "name", "sessions": "token expiry user_name began",
		"spares": "user_name", "stakeholders": "id area stance", "statements": "wave_id institution", "strata": "wave_id area institution_type institution",
		"surveys": "id hash version stored", "ties": "id frequency kind area", "tokens": "role created area expires id owner scopes used", "tombstones": "wave_id",
		"translation_comments": "id working key language author stored resolver resolved", "translation_sittings": "working language author began",
		"uploads": "id user_name purpose settings expires", "users": "name password role created email second handle", "variable_cuts": "wave_id source cut",
		"variables": "wave_id name source cut",
		"waves": "id slug survey_id survey_hash state area opened until closed retention access languages mandate_day supervision council previous areas breakdown " +
			"public_questions public_licence deleted",
		"webhooks": "id area url events secret author created", "withdrawals": "wave_id day", "working_steps": "working author stored changes version",
		"workings": "id area survey author stored",
	}
}

// columnsOf spells the columns of a list out.
func columnsOf(tables map[string]string) (columns []string) {
	for table, names := range tables {
		for _, name := range strings.Fields(names) {
			columns = append(columns, table+"."+name)
		}
	}
	slices.Sort(columns)
	return columns
}

// poisoner puts one payload after the other behind what people wrote; of JSON
// behind the words in it.
func poisoner() func(column, text string) string {
	at, all := 0, payloads()
	next := func(text string) string { at++; return text + " " + all[at%len(all)] }
	words := []string{"text", "plain", "de", "en", "caption", "alt", "note", "title", "label", "body", "most_helpful", "offer_title", "institution_name", "offer_area",
		"partner_name", "Text"}
	var walk func(value any) any
	walk = func(value any) any {
		switch value := value.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(value)) {
				if text, is := value[key].(string); is && slices.Contains(words, key) {
					value[key] = next(text)
				} else {
					value[key] = walk(value[key])
				}
			}
		case []any:
			for i := range value {
				value[i] = walk(value[i])
			}
		}
		return value
	}
	return func(column, text string) string {
		var value any
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if (strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")) && decoder.Decode(&value) == nil {
			changed, err := json.Marshal(walk(value))
			if err == nil {
				return string(changed)
			}
		}
		if column == "documents.link" {
			return "javascript:window.pwned=1//" + text
		}
		return next(text)
	}
}

// poisoned is a desk on which every text that people wrote is hostile, with the
// addresses of all that can be read there.
func poisoned(t *testing.T) (*testDesk, []string) {
	t.Helper()
	d, wave := everything(t)
	v := d.sign(t, "anna")
	v.name = "anna"
	samples, rules := pageSamples(t, v, wave), permissionMatrix()
	for _, path := range []string{"/measures", "/documents", "/notes", "/network/ties", "/record"} {
		d.entry(t, path)
	}
	offer := d.offer(t, own, func(o *baseline.Offer) { o.Public = true })
	v.post("/manage/concept/questions/1", "area", own, "text", "Unsere eigenen Worte.", "revision", "0")
	// Whatever the matrix of permissions tries fills the rest of the desk; what takes
	// away stays undone.
	takes := regexp.MustCompile(`/end|close|delete|remove|discard|undo|withdraw|sign-out|password|sessions|DELETE|/reset|setup|clear|/state|/pause|/disabled|/grants|/second|/release$`)
	var addresses []string
	for _, path := range slices.Sorted(maps.Keys(rules)) {
		if takes.MatchString(path) {
			continue
		}
		method, route, _ := strings.Cut(path, " ")
		v.last = samples[route]
		if v.last == "" || method != http.MethodGet {
			rules[path].request(t, v)
		}
		if method == http.MethodGet && strings.HasPrefix(route, "/manage") {
			addresses = append(addresses, v.last)
		}
	}
	if err := d.db.PublishResults(context.Background(), "anna", must(d.db.Wave(context.Background(), "town"))(t), []string{"child_ages"}, "CC0-1.0"); err != nil {
		t.Fatal(err)
	}
	if err := d.db.SetDirectory(context.Background(), "anna", store.Directory{Open: true, Languages: []string{"de", "ar"}}); err != nil {
		t.Fatal(err)
	}
	secret := must(d.db.AskProvider(context.Background(), account.Entry{Actor: "anna", Area: own}, offer))(t)
	addresses = append(addresses, "/", "/s/town?lang=de", "/s/town?lang=ar", "/s/youth?lang=de", "/privacy?wave=town&lang=de", "/results/town?lang=de",
		"/offers?lang=de", "/offers?lang=ar", "/offers/confirm/"+secret)
	changed := storetest.Poison(t, d.path, columnsOf(byPeople()), poisoner())
	for _, column := range columnsOf(byPeople()) {
		// What waits for a mail server, an authenticator or a file with mistakes is
		// shown by the same templates as its neighbours.
		table, _, _ := strings.Cut(column, ".")
		if changed[column] == 0 && !slices.Contains([]string{"coding_texts", "import_asides", "message_texts", "messages", "passkeys", "tokens", "translation_comments"}, table) {
			t.Errorf("nobody wrote into %s", column)
		}
	}
	again := deskOver(t, d.path)
	again.now = d.now
	return again, addresses
}

// TestBrowserPayloads opens every page and every file with texts that try to run a
// script: none runs, none becomes a part of a page, none leads elsewhere, and no
// cell of a table becomes a formula.
func TestBrowserPayloads(t *testing.T) {
	t.Parallel()
	d, addresses := poisoned(t)
	missing := storetest.TextColumns(t, d.path)
	missing = slices.DeleteFunc(missing, func(name string) bool {
		return slices.Contains(columnsOf(byPeople()), name) || slices.Contains(columnsOf(byProgram()), name)
	})
	if len(missing) > 0 {
		t.Errorf("say of these columns whether people write into them: %v", missing)
	}
	v, address := d.sign(t, "anna"), listen(t, d.testServer)
	p := d.atDesk(t, address, "anna", "/manage/", testbrowser.Desktop, testbrowser.Language("de"))
	p.Allow("/") // pictures of what is hidden answer 404: only scripts and other origins count here
	carrying, files := 0, 0
	for _, one := range addresses {
		got := v.get(one)
		if got.Code != http.StatusOK {
			continue
		}
		if !strings.HasPrefix(got.Header().Get("Content-Type"), "text/html") {
			files++
			checkFile(t, one, got.Header(), got.Body.Bytes())
			continue
		}
		p.Open(address + one)
		if found := testbrowser.Eval[string](p, lookForPayloads); found != "" {
			t.Errorf("%s:\n%s", one, found)
		}
		if testbrowser.Eval[bool](p, `document.documentElement.textContent.includes("window.pwned")`) {
			carrying++
		}
	}
	for _, problem := range p.Problems() {
		if strings.Contains(problem, "elsewhere.example") || strings.Contains(problem, "Content Security Policy") {
			t.Error(problem)
		}
	}
	t.Logf("%d addresses, %d pages show what was written, %d files", len(addresses), carrying, files)
	if carrying < 60 || files < 15 {
		t.Errorf("only %d pages and %d files were tried", carrying, files)
	}
}

// lookForPayloads says what of a payload became part of the page.
const lookForPayloads = `(() => {
	const found = [];
	if (window.pwned) found.push("a script ran");
	for (const one of document.querySelectorAll("[data-pwned]")) found.push(one.outerHTML.slice(0, 200));
	for (const one of document.querySelectorAll("*")) for (const {name, value} of one.attributes) {
		if (name.startsWith("on") || /^(href|src|action|formaction|xlink:href|srcdoc|style)$/.test(name) && /^\s*(javascript|vbscript|data:text)/i.test(value)) {
			found.push(name + "=" + value.slice(0, 100));
		}
		if (/^(href|src|action|formaction)$/.test(name) && one.localName !== "a" && /elsewhere\.example/.test(value)) found.push(one.outerHTML.slice(0, 200));
	}
	return found.join("\n");
})()`

// checkFile looks into what is no page.
func checkFile(t *testing.T, address string, header http.Header, content []byte) {
	t.Helper()
	kind, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	if header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s: a browser may take it for something else", address)
	}
	switch {
	case kind == "image/svg+xml" || strings.HasSuffix(kind, "xml"):
		checkXML(t, address, content)
	case kind == "text/csv":
		checkCells(t, address, content)
	case bytes.HasPrefix(content, []byte("PK\x03\x04")):
		archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			t.Errorf("%s: %v", address, err)
			return
		}
		for _, file := range archive.File {
			if strings.HasSuffix(file.Name, ".xml") || strings.HasSuffix(file.Name, ".rels") {
				part, err := file.Open()
				if err != nil {
					t.Fatal(err)
				}
				inside, err := io.ReadAll(part)
				_ = part.Close()
				if err != nil {
					t.Fatal(err)
				}
				checkXML(t, address+" "+file.Name, inside)
			}
		}
	case kind == "application/json" || kind == "application/problem+json":
		if !json.Valid(content) {
			t.Errorf("%s: broken JSON", address)
		}
	}
}

// checkXML fails on parts that a payload made, and on XML that it broke.
func checkXML(t *testing.T, address string, content []byte) {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(content))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Errorf("%s: %v", address, err)
			return
		}
		start, is := token.(xml.StartElement)
		if !is {
			continue
		}
		if start.Name.Local == "script" || start.Name.Local == "f" && strings.Contains(address, "worksheets") {
			t.Errorf("%s: an element %s", address, start.Name.Local)
		}
		for _, one := range start.Attr {
			if one.Name.Local == "data-pwned" || strings.HasPrefix(one.Name.Local, "on") || one.Name.Local == "href" && strings.HasPrefix(one.Value, "javascript:") ||
				one.Name.Local == "Target" && strings.HasPrefix(one.Value, "javascript:") {
				t.Errorf("%s: %s=%q in %s", address, one.Name.Local, one.Value, start.Name.Local)
			}
		}
	}
}

// checkCells fails on cells that a spreadsheet would compute.
func checkCells(t *testing.T, address string, content []byte) {
	t.Helper()
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff"))))
	reader.FieldsPerRecord, reader.LazyQuotes = -1, true
	if line, _, _ := bytes.Cut(content, []byte("\n")); bytes.Count(line, []byte(";")) > bytes.Count(line, []byte(",")) {
		reader.Comma = ';'
	}
	rows, err := reader.ReadAll()
	if err != nil {
		t.Errorf("%s: %v", address, err)
	}
	number := regexp.MustCompile(`^[-+][0-9.,]+$`)
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) && cell != "-" && !number.MatchString(cell) {
				t.Errorf("%s: the cell %q is a formula", address, cell)
			}
		}
	}
}
