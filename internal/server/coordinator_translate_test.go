package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// translateRules are the rows of the matrix for the pages of translators.
func translateRules() map[string]rule {
	translators := []account.Role{account.Administrator, account.Coordinator, account.Translator}
	editors := translators[:2]
	reach := []string{whole, above, own}
	some := func(t *testing.T, v *visit) string { return v.translated(t, "shared_understanding").path }
	at := func(rest string) func(*testing.T, *visit) int {
		return func(t *testing.T, v *visit) int { return v.get(some(t, v) + rest).Code }
	}
	to := func(rest string, pairs ...string) func(*testing.T, *visit) int {
		return func(t *testing.T, v *visit) int { return v.post(some(t, v)+rest, pairs...).Code }
	}
	return map[string]rule{
		"GET /manage/translations":                  {200, translators, relations(), func(_ *testing.T, v *visit) int { return v.get("/manage/translations").Code }},
		"GET /manage/surveys/:id/translate":         {200, translators, reach, at("/translate")},
		"POST /manage/surveys/:id/translate":        {303, translators, reach, to("/translate")},
		"GET /manage/surveys/:id/translate/file":    {200, translators, reach, at("/translate/file?as=xliff")},
		"POST /manage/surveys/:id/translate/import": {422, translators, reach, to("/translate/import")}, // there is no file
		"POST /manage/surveys/:id/translate/take":   {303, translators, reach, to("/translate/take")},
		"GET /manage/surveys/:id/languages":         {200, translators, reach, at("/languages")},
		"POST /manage/surveys/:id/languages":        {303, translators, reach, to("/languages", "language", "so")},
		"GET /manage/surveys/:id/languages/:tag":    {200, editors, reach, at("/languages/en")},
		"POST /manage/surveys/:id/languages/:tag":   {303, editors, reach, to("/languages/en", "do", "source")},
	}
}

// translated is a working copy at the translation desk.
type translated struct {
	*testDesk
	id, path string
}

// translated makes a working copy of a shipped survey for the town.
func (d *testDesk) translated(t testing.TB, source string) translated {
	t.Helper()
	s := shipped(t, source).Survey.Clone()
	s.ID = fmt.Sprint("survey", time.Now().UnixNano())
	w, err := d.db.AddWorking(context.Background(), "anna", own, s)
	if err != nil {
		t.Fatal(err)
	}
	return translated{d, w.ID, "/manage/surveys/" + w.ID}
}

// phrase is what is stored of a text in one language.
func (w translated) phrase(t testing.TB, key, language string) survey.Phrase {
	t.Helper()
	now, err := w.db.Working(context.Background(), w.id)
	if err != nil {
		t.Fatal(err)
	}
	place, known := now.Survey.TextAt(key)
	if !known {
		t.Fatal("no such text: " + key)
	}
	return (*place.Text)[language]
}

// source rewords a text in the source language, as the workshop does.
func (w translated) source(t testing.TB, key, text string) {
	t.Helper()
	_, err := w.db.ChangeWorking(context.Background(), "wiebke", w.id, 0, func(s *survey.Survey) error {
		place, _ := s.TextAt(key)
		s.SetText(place.Text, s.Language, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// form reads what a page holds of the text of a key, as the pairs of a form.
func textForm(t testing.TB, page, key string) (at string, fields map[string]string) {
	t.Helper()
	before, rest, found := strings.Cut(page, `" value="`+key+`"><input type="hidden" name="seen-`)
	if !found {
		t.Fatalf("the page has no text %s", key)
	}
	at = before[strings.LastIndex(before, `"key-`)+len(`"key-`):]
	value := func(name string) string {
		_, after, found := strings.Cut(rest, name+"-"+at+`" value="`)
		if name == "seen" {
			_, after, found = strings.Cut(rest, `value="`)
		}
		if !found {
			t.Fatalf("%s has no field %s", key, name)
		}
		text, _, _ := strings.Cut(after, `"`)
		return text
	}
	return at, map[string]string{"key": key, "seen": value("seen"), "made": value("made"), "was": value("was")}
}

// pairs writes fields with their row's number.
func pairs(at string, fields map[string]string, more ...string) []string {
	var all []string
	for name, value := range fields {
		all = append(all, name+"-"+at, value)
	}
	for i := 0; i+1 < len(more); i += 2 {
		all = append(all, more[i]+"-"+at, more[i+1])
	}
	return all
}

func translators(t testing.TB) (d *testDesk, ben, cem *visit) {
	d = newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	d.person(t, "ben", account.Grant{Role: account.Translator, Area: own})
	d.person(t, "cem", account.Grant{Role: account.Coordinator, Area: own})
	return d, d.sign(t, "ben"), d.sign(t, "cem")
}

// TestTranslateByForm leads a text through the page without a script.
func TestTranslateByForm(t *testing.T) {
	d, ben, cem := translators(t)
	w := d.translated(t, "families")
	if got := (&visit{testDesk: d}).post("/manage/sign-in", "name", "ben", "password", deskPassword).Header().Get("Location"); got != "/manage/translations" {
		t.Errorf("a translator begins at %s", got)
	}
	list := ben.get("/manage/translations").Body.String()
	if !strings.Contains(list, "/manage/surveys/"+w.id+"/translate?lang=en&amp;to=ar") {
		t.Error("the list does not lead to Arabic")
	}
	address := w.path + "/translate?to=ar&from=en"
	const key = "q/arrival/label"
	page := ben.get(address).Body.String()
	for _, want := range []string{`lang="ar" dir="rtl"`, "Mother or father", "choice · of respondent", "Page 1 of"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	find := address + "&q=arrival"
	at, fields := textForm(t, ben.get(find).Body.String(), key)
	if got := ben.post(find, pairs(at, fields, "text", w.phrase(t, key, "ar").Text)...); got.Code != http.StatusSeeOther || !strings.HasSuffix(got.Header().Get("Location"), "saved=0") {
		t.Errorf("an untouched page: %d %s", got.Code, got.Header().Get("Location"))
	}
	if got := ben.post(find, pairs(at, fields, "text", " متى؟ ", "reviewed", "yes")...); got.Code != http.StatusSeeOther || !strings.HasSuffix(got.Header().Get("Location"), "q=arrival&saved=1&to=ar") && !strings.Contains(got.Header().Get("Location"), "saved=1") {
		t.Errorf("saving: %d %s", got.Code, got.Header().Get("Location"))
	}
	if got := w.phrase(t, key, "ar"); got.Text != "متى؟" || got.State != survey.Reviewed {
		t.Errorf("stored is %+v", got)
	}
	// Cem still has the page of before.
	got := cem.post(find, pairs(at, fields, "text", "منذ متى؟", "comment", "Wann genau?")...)
	body := got.Body.String()
	if got.Code != http.StatusConflict || !strings.Contains(body, "متى؟") || !strings.Contains(body, "منذ متى؟") || !strings.Contains(body, "last: ben") {
		t.Errorf("overwriting: %d", got.Code)
	}
	at, fields = textForm(t, body, key)
	if got := cem.post(find, pairs(at, fields, "text", "منذ متى؟", "clash", "yes")...); got.Code != http.StatusConflict || w.phrase(t, key, "ar").Text != "متى؟" {
		t.Errorf("without a choice: %d", got.Code)
	}
	if got := cem.post(find, pairs(at, fields, "text", "منذ متى؟", "clash", "yes", "keep", "theirs")...); got.Code != http.StatusSeeOther || w.phrase(t, key, "ar").Text != "متى؟" {
		t.Errorf("keeping theirs: %d", got.Code)
	}
	if got := cem.post(find, pairs(at, fields, "text", "منذ متى أنتم هنا؟", "clash", "yes", "keep", "mine")...); got.Code != http.StatusSeeOther || w.phrase(t, key, "ar").Text != "منذ متى أنتم هنا؟" {
		t.Errorf("storing mine: %d", got.Code)
	}
	comments, err := d.db.Comments(context.Background(), w.id, "ar")
	if err != nil || len(comments) != 1 || comments[0].Body != "Wann genau?" || comments[0].Author != "cem" {
		t.Fatalf("comments: %v %+v", err, comments)
	}
	if open := ben.get(address + "&state=open").Body.String(); !strings.Contains(open, "Wann genau?") || strings.Contains(open, "q/respondent/label") {
		t.Error("the filter of comments shows something else")
	}
	if got := ben.post(address, "settle", comments[0].ID); got.Code != http.StatusSeeOther {
		t.Errorf("settling: %d", got.Code)
	}
	if comments, _ = d.db.Comments(context.Background(), w.id, "ar"); comments[0].Resolver != "ben" {
		t.Errorf("settled by %q", comments[0].Resolver)
	}
}

// TestStaleAtTheDesk: the source is changed while somebody translates it.
func TestStaleAtTheDesk(t *testing.T) {
	d, ben, _ := translators(t)
	w := d.translated(t, "families")
	const key = "q/arrival/label"
	find := w.path + "/translate?to=tr&q=arrival"
	at, fields := textForm(t, ben.get(find).Body.String(), key)
	before := w.phrase(t, key, "tr").Text
	w.source(t, key, "Seit welchem Jahr leben Sie hier?")
	if got := w.phrase(t, key, "tr"); got.Text != before || got.Standing("Seit welchem Jahr leben Sie hier?") != survey.Outdated {
		t.Errorf("the translation is %+v", got)
	}
	stale := ben.get(w.path + "/translate?to=tr&state=stale&from=en").Body.String()
	if !strings.Contains(stale, before) || !strings.Contains(stale, "Seit welchem Jahr leben Sie hier?") || strings.Count(stale, `class="tr-row"`) != 1 {
		t.Error("the page of stale texts shows something else")
	}
	if got := ben.post(find, pairs(at, fields, "text", "Ne zamandan beri?")...); got.Code != http.StatusSeeOther {
		t.Errorf("saving: %d", got.Code)
	}
	if got := w.phrase(t, key, "tr"); got.Text != "Ne zamandan beri?" || got.Standing("Seit welchem Jahr leben Sie hier?") != survey.Outdated {
		t.Errorf("a translation of the old source is %+v", got)
	}
	at, fields = textForm(t, ben.get(find).Body.String(), key)
	ben.post(find, pairs(at, fields, "text", "Ne zamandan beri?", "reviewed", "yes")...)
	if got := w.phrase(t, key, "tr"); got.Standing("Seit welchem Jahr leben Sie hier?") != survey.Approved {
		t.Errorf("one that still fits is %+v", got)
	}
}

// TestTranslateByScript: what a page's script gets.
func TestTranslateByScript(t *testing.T) {
	d, ben, cem := translators(t)
	w := d.translated(t, "families")
	const key = "q/arrival/label"
	find := w.path + "/translate?to=uk&q=arrival"
	at, fields := textForm(t, ben.get(find).Body.String(), key)
	type answer struct {
		Rows     map[string]savedRow
		Progress string
	}
	save := func(v *visit, more ...string) (found answer) {
		t.Helper()
		values := url.Values{}
		all := pairs(at, fields, more...)
		for i := 0; i+1 < len(all); i += 2 {
			values.Set(all[i], all[i+1])
		}
		got := v.do(http.MethodPost, find, values.Encode(), "Cookie", v.cookie, "Content-Type", formType, "Sec-Fetch-Site", "same-origin", "Accept-Language", "en", "Accept", "application/json")
		if err := json.Unmarshal(got.Body.Bytes(), &found); err != nil || got.Code != 200 {
			t.Fatal(got.Code, err, got.Body)
		}
		return found
	}
	first := save(ben, "text", "Коли **?")
	if row := first.Rows[at]; row.Clash || row.Text != "Коли **?" || row.Seen != survey.Sight("Коли **?") || row.Reviewed ||
		!strings.Contains(row.Parts["tr-facts"], "Emphasised passages") || !strings.Contains(first.Progress, "texts translated") {
		t.Errorf("%+v %s", row, first.Progress)
	}
	second := save(cem, "text", "Відколи?")
	if row := second.Rows[at]; !row.Clash || !strings.Contains(row.Parts["tr-facts"], "Коли **?") || !strings.Contains(row.Parts["tr-facts"], `value="theirs"`) || row.Seen != survey.Sight("Коли **?") {
		t.Errorf("%+v", row)
	}
	fields["seen"] = second.Rows[at].Seen
	if row := save(cem, "text", "Відколи?", "clash", "yes", "keep", "mine").Rows[at]; row.Clash || w.phrase(t, key, "uk").Text != "Відколи?" {
		t.Errorf("%+v", row)
	}
	fields["key"] = "q/gone/label"
	if got := ben.post(find, pairs(at, fields, "text", "x")...); got.Code != http.StatusNotFound {
		t.Errorf("a text that is gone: %d", got.Code)
	}
}

// TestTranslateEscapes: whatever is typed, the page shows it and runs nothing.
func TestTranslateEscapes(t *testing.T) {
	d, ben, _ := translators(t)
	w := d.translated(t, "families")
	find := w.path + "/translate?to=ar&q=arrival"
	at, fields := textForm(t, ben.get(find).Body.String(), "q/arrival/label")
	ben.post(find, pairs(at, fields, "text", `</textarea><script>alert(1)</script> **x** [a](javascript:alert(1))`, "comment", `<img src=x onerror=alert(1)>`)...)
	page := ben.get(find).Body.String()
	for _, bad := range []string{"<script>alert", "<img src=x", `href="javascript`} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	if !strings.Contains(page, "<strong>x</strong>") {
		t.Error("the page does not show the markup")
	}
}

func TestLanguagesOfASurvey(t *testing.T) {
	d, ben, cem := translators(t)
	w := d.translated(t, "families")
	stored := func() *store.Working {
		now, err := d.db.Working(context.Background(), w.id)
		if err != nil {
			t.Fatal(err)
		}
		return now
	}
	add := func(tag string) *httptest.ResponseRecorder {
		return ben.post(w.path+"/languages", "language", "ar", "tag", tag)
	}
	if got := add("so"); got.Code != http.StatusSeeOther || !strings.Contains(got.Header().Get("Location"), "to=so") {
		t.Errorf("Somali: %d", got.Code)
	}
	if page := ben.get(w.path + "/translate?to=so").Body.String(); !strings.Contains(page, "0 of ") || !strings.Contains(page, `lang="so"`) {
		t.Error("the page for Somali shows something else")
	}
	for tag, want := range map[string]string{"klingonisch": "no language tag", "": "already a language", "so": "already", "../../x": "no language tag"} {
		if got := add(tag); got.Code != 422 || !strings.Contains(got.Body.String(), want) {
			t.Errorf("%q: %d", tag, got.Code)
		}
	}
	texts := stored().Survey.Of("ar").Texts
	page := cem.get(w.path + "/languages/ar").Body.String()
	if !strings.Contains(page, strconv.Itoa(texts)+" translated texts") {
		t.Error("the page does not say what is lost")
	}
	if got := cem.post(w.path+"/languages/ar", "do", "remove", "typed", "tr"); got.Code != 422 || stored().Survey.Of("ar").Texts != texts {
		t.Errorf("without typing: %d", got.Code)
	}
	if got := cem.post(w.path+"/languages/ar", "do", "remove", "typed", "ar"); got.Code != http.StatusSeeOther || stored().Survey.Of("ar").Texts != 0 {
		t.Errorf("removing: %d", got.Code)
	}
	if got := ben.get(w.path + "/translate?to=ar").Code; got != http.StatusNotFound {
		t.Errorf("translating into what is gone: %d", got)
	}
	first := stored().Survey
	for _, tag := range []string{"uk", "de"} {
		if got := cem.post(w.path+"/languages/"+tag, "do", "source"); got.Code != http.StatusSeeOther || stored().Survey.Language != tag {
			t.Errorf("%s as the source: %d", tag, got.Code)
		}
		for _, language := range first.Languages {
			if now := stored().Survey.Of(language).Texts; now != first.Of(language).Texts {
				t.Errorf("%s has %d texts when %s is the source", language, now, tag)
			}
		}
	}
	if got := cem.post(w.path+"/languages/de", "do", "source").Code; got != http.StatusNotFound {
		t.Errorf("the source as the source: %d", got)
	}
}

// BenchmarkTranslateText saves one text of the survey with the most languages,
// beside 30 others. What the pages take is measured by BenchmarkDeskPages.
func BenchmarkTranslateText(b *testing.B) {
	d, ben, _ := translators(b)
	w := d.translated(b, "families")
	for range 30 {
		d.translated(b, "shared_understanding")
	}
	at, fields := textForm(b, ben.get(w.path+"/translate?to=ar&q=arrival").Body.String(), "q/arrival/label")
	for step := 0; b.Loop(); step++ {
		text := fmt.Sprint("x", step)
		if code := ben.post(w.path+"/translate?to=ar", pairs(at, fields, "text", text)...).Code; code != http.StatusSeeOther && code != http.StatusOK {
			b.Fatal(code)
		}
		fields["seen"] = survey.Sight(text)
	}
}
