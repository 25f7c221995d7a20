package server

import (
	"context"
	"crypto/rand"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/notify"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
)

// reachRules is who may use the pages by which people are reached.
func reachRules() map[string]rule {
	editors := []account.Role{account.Administrator, account.Coordinator}
	reach := []string{whole, above, own}
	const base = "/manage/waves/town/reach"
	get := func(path string) func(*testing.T, *visit) int {
		return func(_ *testing.T, v *visit) int { return v.get(base + path).Code }
	}
	post := func(path string, pairs ...string) func(*testing.T, *visit) int {
		return func(_ *testing.T, v *visit) int { return v.post(base+path, pairs...).Code }
	}
	// mailing makes one of the wave to act on.
	mailing := func(t *testing.T, v *visit) string {
		ctx := context.Background()
		wave := must(v.db.Wave(ctx, "town"))(t)
		number := len(must(v.db.Mailings(ctx, wave))(t)) + 1
		err := v.db.QueueMailing(ctx, wave, store.Mailing{Number: number, Purpose: fieldwork.Invitation, Actor: "anna"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return base + "/mailings/" + strconv.Itoa(number)
	}
	path := "/manage/waves/:slug/reach"
	return map[string]rule{
		"GET " + path:                          {200, editors, reach, get("")},
		"GET " + path + "/poster":              {200, editors, reach, get("/poster?in=de")},
		"GET " + path + "/letter":              {200, editors, reach, get("/letter?in=de")},
		"GET " + path + "/questionnaire":       {200, editors, reach, get("/questionnaire?in=de")},
		"GET " + path + "/messenger":           {200, editors, reach, get("/messenger")},
		"POST " + path + "/codes":              {422, editors, reach, post("/codes", "print", "cards", "count", "0")},
		"GET " + path + "/mail":                {200, editors, reach, get("/mail")},
		"GET " + path + "/mail/:purpose":       {200, editors, reach, get("/mail/reminder")},
		"POST " + path + "/mail/:purpose":      {422, editors, reach, post("/mail/invitation", "subject", "", "body", "x")},
		"POST " + path + "/mail/:purpose/send": {422, editors, reach, post("/mail/invitation/send", "number", "1")}, // nobody is there
		"GET " + path + "/mailings/:number":    {200, editors, reach, func(t *testing.T, v *visit) int { return v.get(mailing(t, v)).Code }},
		"POST " + path + "/mailings/:number/again": {303, editors, reach, func(t *testing.T, v *visit) int {
			return v.post(mailing(t, v) + "/again").Code
		}},
		"POST " + path + "/mailings/:number/cancel": {303, editors, reach, func(t *testing.T, v *visit) int {
			return v.post(mailing(t, v) + "/cancel").Code
		}},
		"POST " + path + "/bounces": {422, editors, reach, post("/bounces", "report", "x")},
	}
}

// TestMailToInstitutions leads from the first text to a bounce that was read, by
// the pages alone.
func TestMailToInstitutions(t *testing.T) {
	d := newReachDesk(t)
	ctx := context.Background()
	v := d.sign(t, "cem")
	const base = "/manage/waves/schulen-2026/reach"
	page := v.get(base + "/mail/invitation").Body.String()
	if !strings.Contains(page, "No mail server is set up") || strings.Contains(page, "Send to") {
		t.Error("without a server for e-mail there is a button to send")
	}
	if got := v.post(base+"/mail/invitation/send", "number", "1", "confirmed", "1").Code; got != 422 {
		t.Errorf("sending without a server: %d", got)
	}
	d.desk.Mail = "Büro <buero@example.org>"
	for what, form := range map[string][2]string{"{nobody}": {"Für {nobody}", "x"}, "{code}": {"Ihr {code}", "x"}, "": {"", "x"},
		"missing": {"x", " "}, "Bcc": {"x\r\nBcc: alle@example.org", "x"}} {
		if got := v.post(base+"/mail/invitation", "subject", form[0], "body", form[1]); got.Code != 422 || !strings.Contains(got.Body.String(), "aria-invalid") {
			t.Errorf("a text with %q: %d", what, got.Code)
		}
	}
	if got := v.post(base+"/mail/invitation", "subject", "x", "body", "y", "reply", "a@b.de, c@d.de").Code; got != 422 {
		t.Errorf("two addresses for replies: %d", got)
	}
	if got := v.post(base+"/mail/invitation", "subject", "Für {institution}", "body", "Bis {until}: {code}\r\n{contact}", "reply", "cem@example.org").Code; got != 303 {
		t.Fatalf("saving: %d", got)
	}
	page = v.get(base + "/mail/invitation").Body.String()
	for _, want := range []string{"Für Anne-Frank", served + "/q/CODE", "Bis 30/04/2026", "Send to 2 institutions", "1 institution has no e-mail address"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "nebenan") {
		t.Error("the town beside is written to")
	}
	send := func(confirmed string) int {
		return v.post(base+"/mail/invitation/send", "number", "1", "confirmed", confirmed).Code
	}
	if first, second, third := send(""), send("1"), send("1"); first != 422 || second != 303 || third != 422 {
		t.Errorf("unconfirmed %d, confirmed %d, once more %d", first, second, third)
	}
	message, due, err := d.db.NextMessage(ctx)
	if err != nil || !due || message.ReplyTo != "cem@example.org" || strings.Contains(message.Text, "{") || !strings.Contains(message.Text, served+"/q/") {
		t.Fatalf("%+v, %v, %v", message, due, err)
	}
	if err := d.db.MessageDone(ctx, message.Key, notify.Outcome{State: notify.Sent}); err != nil {
		t.Fatal(err)
	}
	page = v.get(base + "/mailings/1").Body.String()
	if !strings.Contains(page, "1 of 2 done") || !strings.Contains(page, "park@example.org") {
		t.Error("the progress is not told")
	}
	if page := v.get(base + "/mail/invitation").Body.String(); strings.Contains(page, "Send to") || !strings.Contains(page, "2 institutions have the invitation already") {
		t.Error("an institution is invited twice")
	}
	report := "Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a\n\n" +
		"Final-Recipient: rfc822; " + message.To + "\nAction: failed\nStatus: 5.1.1\n\n--x--\n"
	if got := v.post(base+"/bounces", "report", report); got.Code != 200 || !strings.Contains(got.Body.String(), "Marked as undeliverable") {
		t.Errorf("a bounce: %d", got.Code)
	}
	if got := v.post("/manage/waves/familien-2026/reach/bounces", "report", report).Code; got != 422 {
		t.Errorf("another wave's bounce: %d", got)
	}
	if page := v.get(base + "/mail/invitation").Body.String(); !strings.Contains(page, "An earlier e-mail to 1 institution came back") {
		t.Error("a dead address is not told")
	}
	if got := v.post(base + "/mailings/1/cancel").Code; got != 303 {
		t.Errorf("canceling: %d", got)
	}
	for path, want := range map[string]int{"/mailings/2": 404, "/mailings/x": 404, "/mail/flattery": 404, "/poster?in=xx": 422, "/poster?institution=200001": 404} {
		if got := v.get(base + path).Code; got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}

// TestReminders: schools below their target are reminded, exactly; of families
// nothing shows where fewer than k have answered.
func TestReminders(t *testing.T) {
	d := newReachDesk(t)
	ctx := context.Background()
	v := d.sign(t, "cem")
	d.desk.Mail = "Büro <buero@example.org>"
	for _, test := range []struct {
		slug     string
		target   int
		answers  map[string]int // by institution
		reminded []string
	}{
		{"schulen-2026", 2, map[string]int{"100001": 2, "100002": 1}, []string{"100002"}},
		{"schulen-2026", 3, nil, []string{"100001", "100002"}},
		// k is 5, and of families the latest five answers are left out of what is
		// shown: 4 and 9 look like none, 15 like 10.
		{"familien-2026", 3, map[string]int{"100001": 4}, []string{"100001", "100002"}},
		{"familien-2026", 3, map[string]int{"100001": 5}, []string{"100001", "100002"}},
		{"familien-2026", 3, map[string]int{"100001": 6}, []string{"100002"}},
		{"familien-2026", 12, nil, []string{"100001", "100002"}},
		{"familien-2026", 8, nil, []string{"100002"}},
	} {
		wave := must(d.db.Wave(ctx, test.slug))(t)
		strata := []fieldwork.Stratum{{InstitutionType: "grundschule", Target: 1}, {Institution: "100001", Target: test.target}, {Institution: "100002", Target: test.target}}
		if err := d.db.SetStrata(ctx, "cem", wave, strata); err != nil {
			t.Fatal(err)
		}
		for institution, count := range test.answers {
			answer(t, d, wave, institution, count)
		}
		d.now = d.now.Add(time.Second)
		page := v.get("/manage/waves/" + test.slug + "/reach/mail/reminder").Body.String()
		if want := "Send to " + strconv.Itoa(len(test.reminded)) + " institution"; !strings.Contains(page, want) {
			t.Errorf("%s, target %d, %v more: the page lacks %q", test.slug, test.target, test.answers, want)
		}
		if strings.Contains(page, "100001") || strings.Contains(page, "100002") {
			t.Errorf("%s: the page names who is reminded by number", test.slug)
		}
	}
	if got := v.post("/manage/waves/familien-2026/reach/mail/reminder/send", "number", "1", "confirmed", "1").Code; got != 303 {
		t.Fatalf("sending: %d", got)
	}
	page := v.get("/manage/waves/familien-2026/reach/mailings/1").Body.String()
	if strings.Contains(page, "Anne-Frank") || !strings.Contains(page, "1 waiting") {
		t.Error("the list says who is below a target")
	}
	if page := v.get("/manage/waves/familien-code/reach/mail/reminder").Body.String(); !strings.Contains(page, "No targets are set") || strings.Contains(page, "Send to") {
		t.Error("without targets somebody is reminded")
	}
}

// answer gives so many answers with a group code of an institution.
func answer(t *testing.T, d *testDesk, wave *store.LiveWave, institution string, count int) {
	t.Helper()
	ctx := context.Background()
	one := must(d.db.Institution(ctx, institution))(t)
	codes := must(d.db.CreateCodes(ctx, "cem", wave, fieldwork.Carried{Area: one.Area, InstitutionType: one.Type, Institution: one.Number}, true, 1))(t)
	for range count {
		fields := map[string][]string{}
		answers, _ := response.Read(wave.Version, fields)
		if _, err := d.db.Accept(ctx, wave, store.Submission{ID: rand.Text(), Fields: fields, Answers: answers, Language: "de", Code: codes[0]}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMessenger: in every language the text fits and leads to the survey in that
// language.
func TestMessenger(t *testing.T) {
	d := newReachDesk(t)
	v := d.sign(t, "cem")
	page := v.get("/manage/waves/familien-2026/reach/messenger").Body.String()
	wave := must(d.db.Wave(context.Background(), "familien-2026"))(t)
	for _, tag := range i18n.Respondents() {
		link := served + "/s/familien-2026?lang=" + tag
		text := d.voice(wave, tag).messenger(link)
		if length := len([]rune(text)); length > 500 || length < 150 || !strings.HasSuffix(text, "\n"+link) {
			t.Errorf("%s: %d characters: %s", tag, length, text)
		}
		if !strings.Contains(page, link+"</textarea>") {
			t.Errorf("the page has no text in %s", tag)
		}
	}
	long := fieldwork.Wave{Slug: "long"}
	text := (&voice{frame: d.voice(wave, "de").frame, Survey: caption{Text: strings.Repeat("Titel ", 70)}}).messenger(served + "/s/" + long.Slug)
	if len([]rune(text)) > 500 || !strings.HasSuffix(text, served+"/s/long") {
		t.Errorf("a long title gives %d characters", len([]rune(text)))
	}
}

// TestPaperConditions says for whom questions are, in words.
func TestPaperConditions(t *testing.T) {
	version := fromYAML(t, `
id: paper
version: "1"
language: de
title: Papier
choices:
  yes_no: [{name: "yes", label: ja}, {name: "no", label: nein}]
  grades: [{name: "1", label: sehr gut}, {name: "2", label: gut}, {name: "3", label: mittel}]
questions:
  - {type: select_one yes_no, name: a, label: A}
  - {type: select_multiple yes_no, name: b, label: B}
  - {type: integer, name: c, label: C}
  - {type: select_one grades, name: d, label: D}
  - {type: calculate, name: sum, calculation: "${c} + 1"}
  - {type: text, name: q1, label: Q, relevant: "${a} = 'yes'"}
  - {type: text, name: q2, label: Q, relevant: "selected(${b}, 'yes') and ${c} > 3"}
  - {type: text, name: q3, label: Q, relevant: "${d} <= 2"}
  - {type: text, name: q4, label: Q, relevant: "${a} = '' or not(selected(${b}, 'no')) and ${c} != ''"}
  - {type: text, name: q5, label: Q, relevant: "${sum} > 3"}
  - {type: text, name: q6, label: Q, relevant: "${c} = 7"}
`)
	d := newTestDesk(t)
	form := d.printedForm(&store.LiveWave{Version: version}, "de")
	var said []string
	for _, block := range form.Blocks {
		if block.Label.Plain() == "Q" {
			said = append(said, block.Only)
		}
	}
	want := []string{
		"Nur wenn: bei Frage 1 ist angekreuzt: ja",
		"Nur wenn: bei Frage 2 ist angekreuzt: ja und die Zahl bei Frage 3 ist > 3",
		"Nur wenn: bei Frage 4 ist angekreuzt: sehr gut / gut",
		"Nur wenn: Frage 1 ist nicht beantwortet oder (bei Frage 2 ist nicht angekreuzt: nein und Frage 3 ist beantwortet)",
		"Das ist nicht für alle. Wenn es für Sie nicht passt, lassen Sie es bitte leer.",
		"Nur wenn: die Zahl bei Frage 3 ist = 7",
	}
	if !slices.Equal(said, want) {
		t.Errorf("said %q", said)
	}
}
