package server

import (
	"context"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/coding"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
)

const quotePages = "/manage/waves/town/texts/quotes"

// quotes lists what is stored of a wave's quotes.
func (d *testDesk) quotes(t testing.TB, wave *store.LiveWave) []store.Quote {
	t.Helper()
	all, err := d.db.Quotes(context.Background(), wave.ID)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestQuoteByTwoPeople leads a quote over the pages: proposed by one, sent back and
// released by another, each told what the other did.
func TestQuoteByTwoPeople(t *testing.T) {
	d, wave := coders(t, "ar:نريد دروسا في المساء، رقمي 01761234567", "de:Mehr Sport. Frau Müller hilft.")
	ben, cem := d.sign(t, "ben"), d.sign(t, "cem")
	at := ben.textAt(t, wave, "نريد")
	if page := ben.get(at).Body.String(); !strings.Contains(page, `href="`+at+`/quote"`) {
		t.Fatal("the text's page does not lead to its quote")
	}
	form := ben.get(at + "/quote").Body.String()
	if !strings.Contains(form, `lang="ar" dir="rtl"`) || !strings.Contains(form, "نريد دروسا في المساء، رقمي […]</textarea>") || !strings.Contains(form, `name="translation"`) {
		t.Errorf("the form: %s", form)
	}
	if german := ben.get(ben.textAt(t, wave, "Mehr") + "/quote").Body.String(); strings.Contains(german, `name="translation"`) || !strings.Contains(german, "Frau […] hilft.</textarea>") {
		t.Error("German is to be translated into German, or the name stands")
	}
	for what, pairs := range map[string][]string{
		"no translation":      {"body", "نريد دروسا"},
		"a telephone":         {"body", "نريد دروسا في المساء، رقمي 01761234567", "translation", "Unterricht"},
		"not of the text":     {"body", "نريد", "translation", "Frau Schulz will Unterricht"},
		"words not there":     {"body", "نريد دروسا", "translation", "Unterricht", "words", "مساء"},
		"nothing":             {"body", "", "translation", "Unterricht"},
		"release of no quote": {"do", "release", "body", "", "translation", "Unterricht"},
	} {
		got := ben.post(at+"/quote", pairs...)
		if body := got.Body.String(); got.Code != 422 || !strings.Contains(body, `id="problem"`) || !strings.Contains(body, `aria-invalid="true"`) {
			t.Errorf("%s: %d", what, got.Code)
		}
	}
	proposal := ben.post(at+"/quote", "do", "propose", "body", "نريد دروسا في المساء", "words", "المساء", "translation", "Wir wollen Unterricht am […]")
	if proposal.Code != 303 || proposal.Header().Get("Location") != at+"?saved=quote" {
		t.Fatalf("proposing: %d %s", proposal.Code, proposal.Body)
	}
	if page := ben.get(at + "?saved=quote").Body.String(); !strings.Contains(page, "a second person has to release it") || !strings.Contains(page, "نريد دروسا في […]</q>") {
		t.Error("the text's page does not tell of its quote")
	}
	all := d.quotes(t, wave)
	if len(all) != 1 || all[0].Body != "نريد دروسا في […]" || all[0].State != coding.QuoteProposed {
		t.Fatalf("%+v", all)
	}
	one := quotePages + "/" + all[0].ID
	if own := ben.get(one).Body.String(); strings.Contains(own, `value="release"`) || !strings.Contains(own, "Only another person") {
		t.Error("ben is offered to release his own")
	}
	if got := ben.post(one, "do", "release", "revision", "1"); got.Code != 403 {
		t.Errorf("ben releases his own: %d", got.Code)
	}
	if list := cem.get("/manage/waves/town/texts").Body.String(); !strings.Contains(list, "one waits to be released") {
		t.Error("nobody is told that a quote waits")
	}
	if page := cem.get(one).Body.String(); !strings.Contains(page, `value="release"`) || !strings.Contains(page, `<blockquote class="cd-words" id="quote-`+all[0].ID+`" lang="ar" dir="rtl">`) {
		t.Errorf("cem is not offered to release it: %s", page)
	}
	if got := cem.post(one, "do", "return", "revision", "1", "reason", " "); got.Code != 422 || !strings.Contains(got.Body.String(), "Write a reason") {
		t.Errorf("back without a reason: %d", got.Code)
	}
	if got := cem.post(one, "do", "return", "revision", "1", "reason", "Bitte <kürzer>"); got.Header().Get("Location") != quotePages+"?done=returned" {
		t.Errorf("back: %d %s", got.Code, got.Header().Get("Location"))
	}
	if list := ben.get(quotePages).Body.String(); !strings.Contains(list, "Bitte &lt;kürzer&gt;") || !strings.Contains(list, "Sent back (1)") {
		t.Errorf("ben reads %s", list)
	}
	if got := cem.post(one, "do", "release", "revision", "1"); got.Code != 409 {
		t.Errorf("release of what is no longer so: %d", got.Code)
	}
	if got := ben.post(one, "do", "propose", "revision", "2", "body", "نريد دروسا", "translation", "Wir wollen Unterricht"); got.Header().Get("Location") != quotePages+"?done=proposed" {
		t.Errorf("again: %d %s", got.Code, got.Body)
	}
	if got := cem.post(one, "do", "release", "revision", "3"); got.Header().Get("Location") != quotePages+"?done=released" {
		t.Errorf("release: %d %s", got.Code, got.Body)
	}
	if list := ben.get(quotePages + "?done=released&lang=de").Body.String(); !strings.Contains(list, "Freigegeben (1)") || !strings.Contains(list, "freigegeben von") || !strings.Contains(list, "Das Zitat ist freigegeben.") {
		t.Errorf("ben reads %s", list)
	}
	if got := ben.post(one, "do", "remove", "sure", "yes", "revision", "4"); got.Code != 409 {
		t.Errorf("removing what is released: %d", got.Code)
	}
	released, err := d.db.ReleasedQuotes(context.Background(), wave, store.QuoteFilter{Question: "most_helpful"})
	if err != nil || len(released) != 1 || released[0].Text != "Wir wollen Unterricht" || released[0].Original != "" {
		t.Errorf("released are %+v, %v", released, err)
	}
	log, err := d.db.AuditLog(context.Background(), 0, 50, func(string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	acts := ""
	for _, line := range log {
		if strings.HasPrefix(string(line.Action), "quote.") {
			acts = line.Actor + " " + string(line.Action) + "\n" + acts
		}
		for _, secret := range []string{"نريد", "Unterricht", "kürzer"} {
			if strings.Contains(line.Effect, secret) {
				t.Errorf("the log says %q", line.Effect)
			}
		}
	}
	if acts != "ben quote.proposed\ncem quote.returned\nben quote.proposed\ncem quote.released\n" {
		t.Errorf("the log says\n%s", acts)
	}
}

// TestQuoteRemoved: who is sure removes what is not released, and a withdrawn
// response takes its quotes with it.
func TestQuoteRemoved(t *testing.T) {
	d, wave := coders(t, "de:Mehr Deutschkurse", "de:Sport")
	d.person(t, "cora", account.Grant{Role: account.Coordinator, Area: own})
	ben, cora := d.sign(t, "ben"), d.sign(t, "cora")
	for _, beginning := range []string{"Mehr", "Sport"} {
		if got := ben.post(ben.textAt(t, wave, beginning)+"/quote", "body", beginning); got.Code != 303 {
			t.Fatalf("%s: %d", beginning, got.Code)
		}
		if got := ben.post(ben.textAt(t, wave, beginning)+"/quote", "body", beginning); got.Code != 409 {
			t.Errorf("%s twice: %d", beginning, got.Code)
		}
	}
	mehr, sport := "", ""
	for _, one := range d.quotes(t, wave) {
		if one.Body == "Mehr" {
			mehr = quotePages + "/" + one.ID
		} else {
			sport = quotePages + "/" + one.ID
		}
	}
	if got := ben.post(sport, "do", "remove", "revision", "1"); got.Code != 422 || !strings.Contains(got.Body.String(), "Confirm") {
		t.Errorf("unsure: %d", got.Code)
	}
	if got := ben.post(sport, "do", "remove", "sure", "yes", "revision", "1"); got.Header().Get("Location") != quotePages+"?done=removed" {
		t.Errorf("removing: %d", got.Code)
	}
	if got := ben.get(sport).Code; got != 404 {
		t.Errorf("what is removed: %d", got)
	}
	if got := cora.post(mehr, "do", "release", "revision", "1"); got.Code != 303 {
		t.Errorf("a coordinator releases: %d", got.Code)
	}
	if err := d.db.Withdraw(context.Background(), response.Receipt("submission-00000000")); err != nil {
		t.Fatal(err)
	}
	if read, written, left := ben.get(mehr), cora.post(mehr, "do", "return", "reason", "x", "revision", "2"), d.quotes(t, wave); read.Code != 404 || written.Code != 404 || len(left) != 0 {
		t.Errorf("after withdrawing: %d, %d, %+v", read.Code, written.Code, left)
	}
}
