package server

import (
	"context"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/coding"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testinput"
)

// codingRules are the rows of the matrix for the pages of those who code texts.
func codingRules() map[string]rule {
	coders := []account.Role{account.Administrator, account.Coordinator, account.Coder}
	reach := []string{whole, above, own}
	get := func(path string) func(*testing.T, *visit) int {
		return func(_ *testing.T, v *visit) int { return v.get("/manage/waves/town/texts" + path).Code }
	}
	post := func(path string, pairs ...string) func(*testing.T, *visit) int {
		return func(_ *testing.T, v *visit) int { return v.post("/manage/waves/town/texts"+path, pairs...).Code }
	}
	return map[string]rule{
		"GET /manage/waves/:slug/texts":                           {200, coders, reach, get("")},
		"GET /manage/waves/:slug/texts/book":                      {200, coders, reach, get("/book")},
		"POST /manage/waves/:slug/texts/book":                     {422, coders, reach, post("/book")},                          // there is no label
		"POST /manage/waves/:slug/texts/book/:name":               {422, coders, reach, post("/book/german")},                   // nobody is sure
		"GET /manage/waves/:slug/texts/of/:question":              {303, coders, reach, get("/of/most_helpful")},                // back: nobody has answered
		"POST /manage/waves/:slug/texts/of/:question/sample":      {422, coders, reach, post("/of/most_helpful/sample")},        // of no texts
		"GET /manage/waves/:slug/texts/of/:question/:text":        {404, coders, reach, get("/of/most_helpful/0")},              // there is none such
		"POST /manage/waves/:slug/texts/of/:question/:text":       {404, coders, reach, post("/of/most_helpful/0", "tag", "x")}, // nor here
		"GET /manage/waves/:slug/texts/of/:question/:text/quote":  {404, coders, reach, get("/of/most_helpful/0/quote")},
		"POST /manage/waves/:slug/texts/of/:question/:text/quote": {404, coders, reach, post("/of/most_helpful/0/quote", "body", "x")},
		"GET /manage/waves/:slug/texts/quotes":                    {200, coders, reach, get("/quotes")},
		"GET /manage/waves/:slug/texts/quotes/:quote":             {404, coders, reach, get("/quotes/0")}, // nobody has proposed one
		"POST /manage/waves/:slug/texts/quotes/:quote":            {404, coders, reach, post("/quotes/0", "do", "release")},
	}
}

// coders is a desk with a wave of the town in which families have written texts,
// each with its language before it, and with two coders.
func coders(t testing.TB, texts ...string) (d *testDesk, wave *store.LiveWave) {
	t.Helper()
	d = newTestDesk(t)
	wave = d.wave(t, "town", own)
	for i, one := range texts {
		language, body, _ := strings.Cut(one, ":")
		fields := map[string][]string{"most_helpful": {body}}
		answers, problems := response.Read(wave.Version, fields)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		_, err := d.db.Accept(context.Background(), wave, store.Submission{ID: fmt.Sprintf("submission-%08d", i), Fields: fields, Answers: answers, Language: language})
		if err != nil {
			t.Fatal(err)
		}
	}
	d.now = d.now.Add(24 * time.Hour)
	d.person(t, "ben", account.Grant{Role: account.Coder, Area: own})
	d.person(t, "cem", account.Grant{Role: account.Coder, Area: own})
	return d, wave
}

// tag puts a tag into the code book.
func (d *testDesk) tag(t testing.TB, wave *store.LiveWave, name, label string) {
	t.Helper()
	if _, err := d.db.SaveTag(context.Background(), "anna", wave, nil, coding.Tag{Name: name, Label: label}); err != nil {
		t.Fatal(err)
	}
}

const mostHelpful = "/manage/waves/town/texts/of/most_helpful"

// code opens the page of the text that begins so and returns its address.
func (v *visit) textAt(t testing.TB, wave *store.LiveWave, beginning string) string {
	t.Helper()
	texts, err := v.db.OpenTexts(context.Background(), wave)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range texts.For("anybody", "most_helpful", nil) {
		if strings.HasPrefix(one.Body, beginning) {
			return mostHelpful + "/" + one.ID
		}
	}
	t.Fatalf("no text begins with %q", beginning)
	return ""
}

// shown is what a page says of the text, without markup.
func shown(t testing.TB, page string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, `id="text" `)
	_, rest, _ = strings.Cut(rest, ">")
	text, _, closed := strings.Cut(rest, "</p>")
	if !found || !closed {
		t.Fatal("the page shows no text")
	}
	return html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(text, ""))
}

// TestCodingOfTexts leads a coder through all texts of a question: nothing but text and
// language is shown, each is coded once, and the end is told.
func TestCodingOfTexts(t *testing.T) {
	d, wave := coders(t, "de:Mehr Deutschkurse <am Abend>", "ar:دروس للأمهات", "ti:ትምህርቲ ቋንቋ")
	d.tag(t, wave, "german", "Deutsch lernen")
	v := d.sign(t, "ben")
	if list := v.get("/manage/waves/town/texts").Body.String(); !strings.Contains(list, "coded by you: 0 of 3") || !strings.Contains(list, "Was würde Ihren Kindern am meisten helfen?") && !strings.Contains(list, "What would help your children most?") {
		t.Errorf("the list says %s", list)
	}
	seen := map[string]bool{}
	at := v.get(mostHelpful).Header().Get("Location")
	for range 3 {
		page := v.get(at)
		body := page.Body.String()
		if page.Code != 200 || page.Header().Get("Cache-Control") != "no-store" {
			t.Fatalf("%s: %d %s", at, page.Code, page.Header().Get("Cache-Control"))
		}
		seen[shown(t, body)] = true
		if strings.Contains(body, "2026-") {
			t.Error("the page tells a day")
		}
		at = v.post(at, "tag", "german", "revision", "0").Header().Get("Location")
	}
	if len(seen) != 3 || !seen["Mehr Deutschkurse <am Abend>"] || !seen["دروس للأمهات"] {
		t.Errorf("shown were %v", seen)
	}
	if at != "/manage/waves/town/texts?done=most_helpful" {
		t.Errorf("at the end it goes to %s", at)
	}
	if body := v.get(at).Body.String(); !strings.Contains(body, "read and coded all 3 texts") || !strings.Contains(body, "coded by you: 3 of 3") {
		t.Errorf("at the end: %s", body)
	}
	arabic := v.get(v.textAt(t, wave, "دروس")).Body.String()
	if !strings.Contains(arabic, `dir="auto" lang="ar"`) || !strings.Contains(arabic, "العربية") || !strings.Contains(arabic, `value="german" accesskey="1" data-digit="1" checked`) {
		t.Errorf("the Arabic text: %s", arabic)
	}
	log, err := d.db.AuditLog(context.Background(), 0, 50, func(string) bool { return true })
	reads := 0
	for _, line := range log {
		if line.Action == account.TextsRead {
			reads++
		}
	}
	if err != nil || reads != 1 {
		t.Errorf("%d lines tell of reading, %v", reads, err)
	}
}

// TestCodingRedacts: what was found is marked, what is confirmed is gone from the
// text for all, and words typed by hand go too.
func TestCodingRedacts(t *testing.T) {
	const body = "Frau Müller hilft, Tel. 0176 1234567. Amal auch."
	d, wave := coders(t, "de:"+body)
	v := d.sign(t, "ben")
	at := v.textAt(t, wave, "Frau")
	page := v.get(at).Body.String()
	if !strings.Contains(page, "<mark>Müller</mark>") || !strings.Contains(page, "<mark>0176 1234567</mark>") || shown(t, page) != body {
		t.Errorf("before: %s", shown(t, page))
	}
	name, number := "mark-5-12", "mark-25-37"
	for _, field := range []string{name, number} {
		if !strings.Contains(page, `name="`+field+`"`) {
			t.Fatalf("no %s in %s", field, page)
		}
	}
	got := v.post(at, "do", "work", name, "keep", number, "redact", "words", "Amal", "translation", "Ms …", "revision", "0")
	if got.Code != 303 || got.Header().Get("Location") != at+"?saved=work" {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	other := d.sign(t, "cem").get(at).Body.String()
	if text := shown(t, other); text != "Frau Müller hilft, Tel. […]. […] auch." || strings.Contains(other, "<mark>") || !strings.Contains(other, ">Ms …</textarea>") {
		t.Errorf("after: %s", text)
	}
	if list := v.get("/manage/waves/town/texts").Body.String(); !strings.Contains(list, "coded by you: 0 of 1") {
		t.Error("redacting counts as coding")
	}
	for what, form := range map[string][]string{
		"words that are not there": {"words", "Sara"}, "a place outside": {"mark-5-999", "redact"}, "no place": {"mark-x", "redact"}, "through a letter": {"mark-6-7", "redact"},
	} {
		got := v.post(at, append(form, "revision", "1", "translation", "kept")...)
		if got.Code != 422 || !strings.Contains(got.Body.String(), ">kept</textarea>") {
			t.Errorf("%s: %d", what, got.Code)
		}
	}
}

// TestCodingTogether: who is late with what is of all sees both, and loses nothing.
func TestCodingTogether(t *testing.T) {
	d, wave := coders(t, "de:Mehr Deutschkurse")
	d.tag(t, wave, "german", "Deutsch lernen")
	d.tag(t, wave, "sport", "Sport")
	ben, cem := d.sign(t, "ben"), d.sign(t, "cem")
	at := ben.textAt(t, wave, "Mehr")
	if got := ben.post(at, "translation", "More German", "revision", "0", "tag", "german"); got.Code != 303 {
		t.Fatal(got.Code)
	}
	late := cem.post(at, "translation", "German classes", "revision", "0", "tag", "sport")
	page := late.Body.String()
	if late.Code != 409 || !strings.Contains(page, "More German") || !strings.Contains(page, ">German classes</textarea>") || !strings.Contains(page, `value="sport" accesskey="2" data-digit="2" checked`) ||
		!strings.Contains(page, `name="revision" value="1"`) || !strings.Contains(page, "ben has changed") {
		t.Errorf("%d %s", late.Code, page)
	}
	if all, _ := d.db.Codings(context.Background(), wave.ID, ""); len(all) != 1 {
		t.Errorf("stored are %+v", all)
	}
	if got := cem.post(at, "translation", "German classes", "revision", "1", "tag", "sport"); got.Code != 303 {
		t.Errorf("once more: %d", got.Code)
	}
	if body := ben.get(at).Body.String(); !strings.Contains(body, `value="german" accesskey="1" data-digit="1" checked`) || strings.Contains(body, `value="sport" accesskey="2" data-digit="2" checked`) {
		t.Error("ben sees the tags of another")
	}
	// A tag goes while somebody has it before them.
	if _, err := d.db.RemoveTag(context.Background(), "anna", wave, "sport", ""); err != nil {
		t.Fatal(err)
	}
	gone := cem.post(at, "translation", "German classes", "revision", "2", "tag", "sport", "tag", "german")
	if body := gone.Body.String(); gone.Code != 409 || !strings.Contains(body, "“sport” any more") || !strings.Contains(body, `value="german" accesskey="1" data-digit="1" checked`) {
		t.Errorf("%d %s", gone.Code, body)
	}
}

// TestCodingSuggests: tags of similar texts of the same language, with their why,
// never ticked, and none in the sample.
func TestCodingSuggests(t *testing.T) {
	d, wave := coders(t, "de:Mehr Deutschkurse am Abend", "de:Deutschkurse für Mütter", "ar:دروس للأمهات", "de:Deutschkurs mit Kinderbetreuung")
	d.tag(t, wave, "german", "Deutsch lernen")
	ben, cem := d.sign(t, "ben"), d.sign(t, "cem")
	at := ben.textAt(t, wave, "Deutschkurs mit")
	if body := ben.get(at).Body.String(); !strings.Contains(body, "There is no similar text") {
		t.Error("it suggests before anybody has coded")
	}
	for _, beginning := range []string{"Mehr", "Deutschkurse"} {
		ben.post(ben.textAt(t, wave, beginning), "tag", "german", "revision", "0")
	}
	body := cem.get(at).Body.String()
	if !strings.Contains(body, "Deutsch lernen: with 2 of 2 similar texts") || strings.Contains(body, "checked> <kbd") {
		t.Errorf("it suggests %s", body)
	}
	if body := cem.get(cem.textAt(t, wave, "دروس")).Body.String(); !strings.Contains(body, "There is no similar text") {
		t.Error("a text of another language is similar")
	}
	if _, err := d.db.DrawTexts(context.Background(), "ben", wave, "most_helpful", 4); err != nil {
		t.Fatal(err)
	}
	if body := cem.get(at).Body.String(); strings.Contains(body, " similar texts") || !strings.Contains(body, "shared sample") {
		t.Error("it suggests in the sample")
	}
}

// TestCodingAgreement: κ of two coders in the sample, in words where there is none.
func TestCodingAgreement(t *testing.T) {
	var texts []string
	for i := range 20 {
		texts = append(texts, fmt.Sprintf("de:Text %02d", i))
	}
	d, wave := coders(t, texts...)
	d.tag(t, wave, "german", "Deutsch lernen")
	d.tag(t, wave, "sport", "Sport")
	v := d.sign(t, "ben")
	for _, wrong := range []string{"", "0", "21", "viele"} {
		if got := v.post(mostHelpful+"/sample", "size", wrong); got.Code != 422 || !strings.Contains(got.Body.String(), "from 1 to 20") {
			t.Errorf("a sample of %q: %d", wrong, got.Code)
		}
	}
	if got := v.post(mostHelpful+"/sample", "size", "20"); got.Code != 303 || !strings.Contains(v.get(got.Header().Get("Location")).Body.String(), "now has 20 texts") {
		t.Errorf("the sample: %d", got.Code)
	}
	if got := v.post(mostHelpful+"/sample", "size", "5"); got.Code != 422 || !strings.Contains(got.Body.String(), "cannot become smaller") {
		t.Errorf("a smaller one: %d", got.Code)
	}
	open, err := d.db.OpenTexts(context.Background(), wave)
	if err != nil {
		t.Fatal(err)
	}
	// As in Cohen's table: 8 and 6 alike, 2 and 4 not: κ = 0.4.
	for i, one := range open.For("anybody", "most_helpful", nil) {
		for coder, with := range map[string]bool{"ben": i < 10, "cem": i < 8 || i >= 16} {
			tags := coding.NewTags()
			if with {
				tags = coding.NewTags("german")
			}
			if err := d.db.SaveText(context.Background(), coder, wave, one, &tags, store.TextWork{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	body := v.get("/manage/waves/town/texts").Body.String()
	for _, want := range []string{"κ = 0.40 (95%: ", "not computable", "Cohen’s kappa", "that nobody has read the same texts yet"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(body, "Krippendorff") {
		t.Error("α of two coders")
	}
	d.person(t, "dora", account.Grant{Role: account.Coder, Area: own})
	tags := coding.NewTags("german")
	if err := d.db.SaveText(context.Background(), "dora", wave, open.For("anybody", "most_helpful", nil)[0], &tags, store.TextWork{}); err != nil {
		t.Fatal(err)
	}
	if body := v.get("/manage/waves/town/texts?lang=de").Body.String(); !strings.Contains(body, "α = 0,") || strings.Contains(body, "κ = ") || !strings.Contains(body, "nicht berechenbar") {
		t.Error("three coders have no α")
	}
}

// TestCodeBookPage: tags are added, changed, merged; what is wrong is said and
// what was typed stays.
func TestCodingBook(t *testing.T) {
	d, wave := coders(t, "de:Mehr Deutschkurse")
	v := d.sign(t, "ben")
	const book = "/manage/waves/town/texts/book"
	add := v.post(book, "label", "Deutsch lernen", "definition", "Kurse", "example", "Ein Kurs", "field", "language_support")
	if add.Code != 303 || !strings.Contains(v.get(add.Header().Get("Location")).Body.String(), "“Deutsch lernen” is added") {
		t.Fatalf("adding: %d %s", add.Code, add.Header().Get("Location"))
	}
	was := []string{"name", "deutsch_lernen", "was_label", "Deutsch lernen", "was_definition", "Kurse", "was_example", "Ein Kurs", "was_field", "language_support"}
	if got := v.post(book, append(was, "label", "Deutsch", "definition", "Alle Kurse")...); got.Code != 303 || !strings.Contains(v.get(got.Header().Get("Location")).Body.String(), "“Deutsch” is changed") {
		t.Errorf("changing: %d", got.Code)
	}
	got := v.post(book, append(was, "label", "Sprache")...)
	if body := got.Body.String(); got.Code != 409 || !strings.Contains(body, `value="Sprache"`) || !strings.Contains(body, `name="was_label" value="Deutsch"`) || !strings.Contains(body, "What is stored now") {
		t.Errorf("late: %d", got.Code)
	}
	for what, form := range map[string][]string{"no label": {"definition", "getippt"}, "no such field": {"label", "X", "field", "nothing", "definition", "getippt"}} {
		if got := v.post(book, form...); got.Code != 422 || !strings.Contains(got.Body.String(), ">getippt</textarea>") {
			t.Errorf("%s: %d", what, got.Code)
		}
	}
	d.tag(t, wave, "sport", "Sport")
	at := v.textAt(t, wave, "Mehr")
	v.post(at, "tag", "sport", "revision", "0")
	if got := v.post(book+"/sport", "into", "deutsch_lernen"); got.Code != 422 || !strings.Contains(got.Body.String(), "Confirm") {
		t.Errorf("unsure: %d", got.Code)
	}
	if got := v.post(book+"/sport", "into", "sport", "sure", "yes"); got.Code != 422 {
		t.Errorf("into itself: %d", got.Code)
	}
	if got := v.post(book+"/nothing", "sure", "yes"); got.Code != 404 {
		t.Errorf("an unknown one: %d", got.Code)
	}
	merge := v.post(book+"/sport", "into", "deutsch_lernen", "sure", "yes")
	if merge.Code != 303 || !strings.Contains(v.get(merge.Header().Get("Location")).Body.String(), "One coding was changed") {
		t.Errorf("merging: %d", merge.Code)
	}
	if all, _ := d.db.Codings(context.Background(), wave.ID, ""); len(all) != 1 || all[0].Tags.String() != "deutsch_lernen" {
		t.Errorf("%+v", all)
	}
}

// TestCodingWithdrawn: a text whose response is withdrawn while somebody reads it
// is said to be gone.
func TestCodingWithdrawn(t *testing.T) {
	d, wave := coders(t, "de:Mehr Deutschkurse", "de:Sport")
	v := d.sign(t, "ben")
	at := v.textAt(t, wave, "Mehr")
	if err := d.db.Withdraw(context.Background(), response.Receipt("submission-00000000")); err != nil {
		t.Fatal(err)
	}
	if read, written := v.get(at), v.post(at, "revision", "0"); read.Code != 404 || written.Code != 404 || !strings.Contains(read.Body.String(), "withdrawn") {
		t.Errorf("%d, %d", read.Code, written.Code)
	}
	if got := v.get("/manage/waves/town/texts/of/respondent").Code; got != 404 {
		t.Errorf("a question with choices: %d", got)
	}
}

// TestCodingWords: the pages say nothing that has no words, and there are no words
// that nothing says; both languages have the same placeholders.
func TestCodingWords(t *testing.T) {
	german, english := testinput.Phrases(t, "coding", "de"), testinput.Phrases(t, "coding", "en")
	literal := regexp.MustCompile(`"(coding\.[a-z_.]*[a-z]|error\.[a-z_]+)"`)
	used := map[string]bool{}
	for _, pattern := range []string{"internal/server/coordinator_*.go", "internal/coding/*.go", "internal/store/coding*.go", "internal/store/quotes.go", "internal/store/tagged.go", "web/templates/desk*.html"} {
		files, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, found := range literal.FindAllStringSubmatch(string(content), -1) {
				used[found[1]] = true
				if key := found[1]; strings.HasPrefix(key, "coding.") && key != "coding.css" && key != "coding.js" && german[key] == nil {
					t.Errorf("%s says %s, which has no words", file, key)
				}
			}
		}
	}
	for _, kind := range coding.Kinds() {
		used["coding.kind."+string(kind)] = true
	}
	for _, state := range coding.QuoteStates() {
		used["coding.quotes."+string(state)], used["coding.quote.about."+string(state)], used["coding.quote.done."+string(state)] = true, true, true
	}
	used["coding.quote.done.removed"] = true
	for _, action := range account.Actions() {
		used["desk.audit.action."+string(action)] = true
	}
	for key, forms := range german {
		if !used[key] {
			t.Errorf("nothing says %s", key)
		}
		for form, text := range forms {
			other := english[key][form]
			if text == "" || other == "" || fmt.Sprint(testinput.Placeholders(text)) != fmt.Sprint(testinput.Placeholders(other)) && form == "other" {
				t.Errorf("%s (%s): %q, %q", key, form, text, other)
			}
		}
	}
	if len(german) != len(english) || len(german) < 100 {
		t.Errorf("%d words in German, %d in English", len(german), len(english))
	}
}
