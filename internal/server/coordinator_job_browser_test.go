package server

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/notify"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testbrowser"
)

// wholeJob is a coordinator on the way from the mandate to the exported answers,
// by keys alone.
type wholeJob struct {
	*testDesk
	t       *testing.T
	p       *testbrowser.Page
	words   *i18n.Localizer
	address string
	source  *survey.Version // the survey of the library
	title   string          // of the copy
	first   string          // the first question that must be answered
	foreign string          // a language that the survey is translated into
	slug    string
}

// TestBrowserWholeJob goes the whole way, once with a survey of families, of whom
// nothing is told below five, and once with one of schools, of which it is: a
// survey is copied, edited, translated, fixed as a version, asked under a mandate,
// put up on a poster, answered seven times in three languages, brought back to
// mind, closed and exported. Whoever goes the way uses no mouse and meets no
// barrier.
func TestBrowserWholeJob(t *testing.T) {
	t.Parallel()
	for _, one := range []struct{ lang, source, first, foreign string }{
		{"de", "families", "child_ages", "ar"},
		{"en", "schools", "role", "uk"},
	} {
		t.Run(one.lang+" "+one.source, func(t *testing.T) {
			j := &wholeJob{testDesk: newTestDesk(t), t: t, source: shipped(t, one.source), first: one.first, foreign: one.foreign}
			j.config.BaseURL, j.desk.Mail = served, "Büro <buero@example.org>"
			j.person(t, "carla", account.Grant{Role: account.Coordinator, Area: own})
			if err := j.db.PutInstitutions(context.Background(), account.CommandLine, j.schools()); err != nil {
				t.Fatal(err)
			}
			j.words = j.config.Catalogue.Localizer(one.lang)
			j.p = testbrowser.New(t, testbrowser.Desktop, testbrowser.Language(one.lang))
			j.address = listen(t, j.testServer)
			j.signIn()
			j.copySurvey()
			j.edit()
			j.translate()
			j.fix()
			j.prepare()
			j.openWave()
			j.population()
			j.poster()
			j.answer()
			j.closeWave()
			j.export()
		})
	}
}

// to moves the focus on to a control of a name out of the catalogue.
func (j *wholeJob) to(role, key string, pairs ...any) {
	j.t.Helper()
	j.p.TabTo(role, j.words.T(key, pairs...), 200)
}

// press follows a link or sends a form.
func (j *wholeJob) press(role, key string, pairs ...any) {
	j.t.Helper()
	j.to(role, key, pairs...)
	j.p.Follow(func() { j.p.Press(testbrowser.Enter) })
	j.seen(key)
}

// seen looks for barriers on the page as it is after a step.
func (j *wholeJob) seen(state string) {
	j.t.Helper()
	look(j.t, j.p, "job "+j.words.Language()+" "+state)
	j.p.CheckBarriers()
	if wide := j.p.Sideways(); wide > 0 {
		j.t.Errorf("%s: the page is %d px too wide", state, wide)
	}
}

func (j *wholeJob) signIn() {
	j.p.Open(j.address + "/manage/")
	j.to("textbox", "desk.sign_in.name")
	j.p.Type("carla")
	j.p.Press(testbrowser.Tab)
	j.p.Type(deskPassword)
	j.press("button", "desk.sign_in.button")
}

func (j *wholeJob) copySurvey() {
	j.press("link", "workshop.nav")
	j.p.TabTo("DisclosureTriangle", j.words.T("workshop.copy")+" : "+titleIn(j.source.Survey, j.words)+" ("+j.source.ID+")", 200)
	j.p.Press(testbrowser.Enter)
	j.to("textbox", "workshop.copy.title")
	j.title = "Umfrage der Stadt 2026"
	j.p.Type(j.title)
	j.press("button", "workshop.copy.button")
	j.p.WaitFor("#outline")
}

const edited = " (bei Ihnen)"

// copied is the working copy as it is stored.
func (j *wholeJob) copied() (string, *survey.Survey) {
	j.t.Helper()
	all := must(j.db.Workings(context.Background()))(j.t)
	if len(all) != 1 {
		j.t.Fatalf("%d working copies", len(all))
	}
	return all[0].ID, must(j.db.Working(context.Background(), all[0].ID))(j.t).Survey
}

// edit adds to the text of the first question that must be answered.
func (j *wholeJob) edit() {
	j.p.TabTo("link", j.source.Element(j.first).Label[j.source.Language].Text, 200)
	j.p.Press(testbrowser.Enter)
	j.p.Wait(fmt.Sprintf(`document.querySelector('[data-autosave]')?.elements.node.value === %q`, j.first))
	const seen = `document.querySelector('[data-autosave]').elements.seen.value`
	before := testbrowser.Eval[string](j.p, seen)
	if got := j.p.Focused(); got.Role != "textbox" || got.Name != j.words.T("workshop.text.label") {
		j.t.Fatalf("opening a question leads to %v", got)
	}
	j.p.Press(testbrowser.End)
	j.p.Type(edited)
	j.p.Wait(fmt.Sprintf(`%s !== %q`, seen, before))
	j.seen("edited")
	if _, s := j.copied(); !strings.HasSuffix(s.Node(j.first).Label[s.Language].Text, edited) {
		j.t.Errorf("the question is %q", s.Node(j.first).Label[s.Language].Text)
	}
}

// translate translates what was edited.
func (j *wholeJob) translate() {
	// The question that is open holds many controls; the way back is short.
	for j.p.Focused().Name != j.words.T("translate.nav") {
		j.p.Press(testbrowser.ShiftTab)
	}
	j.p.Follow(func() { j.p.Press(testbrowser.Enter) })
	j.seen("translations")
	if _, s := j.copied(); !slices.Contains(s.Languages, j.foreign) {
		j.p.TabTo("link", j.words.T("translate.languages.link")+": "+titleIn(s, j.words)+" ("+s.ID+")", 60)
		j.p.Follow(func() { j.p.Press(testbrowser.Enter) })
		j.seen("languages")
		j.to("textbox", "translate.languages.tag")
		j.p.Type(j.foreign)
		j.press("button", "translate.languages.button")
	} else {
		j.p.TabTo("link", i18n.NativeName(j.foreign), 60)
		j.p.Follow(func() { j.p.Press(testbrowser.Enter) })
	}
	j.seen("translating")
	j.to("textbox", "translate.field", "name", j.first+"/label", "language", j.words.T("translate.name."+j.foreign))
	testbrowser.Eval[bool](j.p, `document.activeElement.select(), true`)
	const text = "Переклад"
	j.p.Type(text)
	j.p.Press(testbrowser.CtrlShiftEnter)
	j.p.Wait(`document.getElementById('status').textContent === document.getElementById('texts').dataset.saved`)
	j.seen("translated")
	if _, s := j.copied(); s.Node(j.first).Label[j.foreign].Text != text || s.Node(j.first).Label[j.foreign].State != survey.Reviewed {
		j.t.Errorf("the translation is %+v", s.Node(j.first).Label[j.foreign])
	}
}

// fix makes a version of the survey.
func (j *wholeJob) fix() {
	j.p.Reload() // the focus is amid hundreds of texts
	j.press("link", "workshop.nav")
	_, s := j.copied()
	j.p.TabTo("link", titleIn(s, j.words), 200)
	j.p.Follow(func() { j.p.Press(testbrowser.Enter) })
	j.press("link", "workshop.versions.link")
	j.press("button", "workshop.versions.fix", "version", "1")
}

const contact = "Kommunales Integrationszentrum, 0234 12345"

// prepare sets a wave up with the version, and writes the mandate down.
func (j *wholeJob) prepare() {
	j.press("link", "workshop.versions.wave")
	j.press("button", "waves.new.button")
	at := must(url.Parse(j.p.URL()))(j.t)
	j.slug = path.Base(at.Path)
	j.press("link", "waves.tab.settings")
	j.to("textbox", "waves.setting.purpose")
	j.p.Type("Angebote planen")
	j.to("textbox", "waves.setting.mandate")
	j.p.Type("Rat der Stadt")
	// The order in which a date is typed is the browser's own affair.
	testbrowser.Eval[string](j.p, `document.querySelector("#mandate_day").value = "2026-02-12"`)
	j.to("textbox", "waves.setting.mandate_reference")
	j.p.Type("Drucksache 17/2026")
	j.to("textbox", "waves.setting.contact")
	j.p.Type(contact)
	j.to("textbox", "waves.setting.k")
	testbrowser.Eval[bool](j.p, `document.activeElement.select(), true`)
	j.p.Type("5")
	j.press("button", "waves.settings.save")
	wave := j.wave()
	if wave.Mandate != "Rat der Stadt" || wave.MandateDay != "2026-02-12" || wave.MandateReference != "Drucksache 17/2026" || wave.K != 5 {
		j.t.Errorf("the wave is %+v", wave.Wave)
	}
	if got := wave.Version.Title[wave.Version.Language].Text; got != j.title {
		j.t.Errorf("the wave is about %q", got)
	}
}

// wave is the wave as it is stored.
func (j *wholeJob) wave() *store.LiveWave {
	j.t.Helper()
	j.now = j.now.Add(time.Second) // what was read of the wave is no longer fresh
	return must(j.db.Wave(context.Background(), j.slug))(j.t)
}

func (j *wholeJob) openWave() {
	j.press("link", "waves.tab.overview")
	j.press("button", "waves.open.button")
	if !j.wave().Asking(j.now) {
		j.t.Fatal("the wave does not ask")
	}
}

// schools are the institutions of the area.
func (*wholeJob) schools() []fieldwork.Institution {
	return []fieldwork.Institution{
		{Number: "100001", Name: "Grundschule am Park", Type: "grundschule", TypeLabel: "Grundschule", Area: own, Pupils: pupils(210), Email: "park@example.org"},
		{Number: "100002", Name: "Gesamtschule Nord", Type: "gesamtschule", TypeLabel: "Gesamtschule", Area: inside, Pupils: pupils(900), Email: "nord@example.org"},
	}
}

// population takes the parts over from the register and says how many answers are
// hoped for from each school.
func (j *wholeJob) population() {
	j.press("link", "waves.tab.population")
	j.press("link", "waves.population.by_institution")
	for _, school := range j.schools() {
		j.to("textbox", "waves.population.target_of", "part", school.Name)
		j.p.Type("10")
	}
	j.press("button", "waves.population.save")
	strata := must(j.db.Strata(context.Background(), j.wave().ID))(j.t)
	if len(strata) != 2 || strata[0].Target != 10 || strata[1].Target != 10 {
		j.t.Errorf("the parts are %+v", strata)
	}
}

// poster prints the poster of one school.
func (j *wholeJob) poster() {
	j.press("link", "reach.title")
	j.to("combobox", "reach.institution")
	j.p.Type(j.schools()[0].Name)
	j.press("button", "reach.poster.button")
	if printed := j.p.PDF(); printed.Pages() != 1 || !slices.Equal(printed.Sizes(), []string{"210×297"}) {
		j.t.Errorf("the poster is printed on %d pages of %v", printed.Pages(), printed.Sizes())
	}
	if text := j.p.Text("main"); !strings.Contains(text, j.schools()[0].Name) {
		j.t.Errorf("the poster does not name the school: %s", text)
	}
	checkDoors(j.t, j.p, 1, "/s/"+j.slug)
	testbrowser.Eval[bool](j.p, `addEventListener("beforeprint", () => { document.documentElement.dataset.printed = "yes"; }), true`)
	j.to("button", "reach.print")
	j.p.Press(testbrowser.Enter)
	j.p.Wait(`document.documentElement.dataset.printed === "yes"`) // the dialogue stays open until the page is left
}

// remind writes to the schools that are below their target.
func (j *wholeJob) remind() {
	j.p.Open(j.address + "/manage/waves/" + j.slug + "/reach?lang=" + j.words.Language())
	j.press("link", "reach.mail.title")
	j.press("link", "reach.mail.write", "purpose", j.words.T("reach.mail.reminder"))
	j.to("checkbox", "reach.mail.confirm")
	j.p.Press(testbrowser.Space)
	j.p.TabTo("button", j.words.N("reach.mail.send", len(j.schools())), 60)
	j.p.Follow(func() { j.p.Press(testbrowser.Enter) })
	j.seen("reminded")
	reminded := map[string]bool{}
	for {
		message, due, err := j.db.NextMessage(context.Background())
		if err != nil {
			j.t.Fatal(err)
		}
		if !due {
			break
		}
		reminded[message.To] = strings.Contains(message.Text, served+"/s/"+j.slug)
		if err := j.db.MessageDone(context.Background(), message.Key, notify.Outcome{State: notify.Sent}); err != nil {
			j.t.Fatal(err)
		}
	}
	if !maps.Equal(reminded, map[string]bool{"park@example.org": true, "nord@example.org": true}) {
		j.t.Errorf("reminded, with the address of the survey: %v", reminded)
	}
}

// answer gives seven answers in three languages, one of them in a browser, and
// looks at the returns on the way.
func (j *wholeJob) answer() {
	few := j.source.Audience == "families"
	j.byKeyboard()
	j.returns(1, few)
	for i, lang := range []string{j.foreign, "en", "de", j.foreign, "en", "de"} {
		if i == 3 {
			j.remind()
		}
		j.byPost(lang, i)
	}
	j.returns(7, few)
}

// choice is the first answer to the first question.
func (j *wholeJob) choice() *survey.Choice { return j.source.Element(j.first).Choices.Choices[0] }

// byKeyboard answers the first question in the browser and sends.
func (j *wholeJob) byKeyboard() {
	lang := j.source.Language
	p := testbrowser.New(j.t, testbrowser.Phone, testbrowser.Language(lang))
	p.Open(j.address + "/s/" + j.slug + "?lang=" + lang)
	const onward = ".steps .button:first-child"
	p.WaitFor(onward)
	p.CheckBarriers()
	p.TabTo("button", p.Text(onward), 60)
	p.Press(testbrowser.Enter)
	p.WaitFor(".page.shown")
	p.CheckBarriers()
	role := "radio"
	if j.source.Element(j.first).Type == survey.SelectMultiple {
		role = "checkbox"
	}
	label := j.choice().Label[lang].Text
	if !strings.Contains(p.Text(".page.shown"), edited) {
		j.t.Errorf("the page does not ask what was edited: %s", p.Text(".page.shown"))
	}
	p.TabTo(role, label, 60)
	p.Press(testbrowser.Space)
	send := j.config.Catalogue.Localizer(lang).T("respondent.send")
	for p.Text(onward) != send {
		before := p.Text(".progress")
		p.TabTo("button", p.Text(onward), 100)
		p.Press(testbrowser.Enter)
		p.Wait(fmt.Sprintf(`document.querySelector('.progress').textContent.trim() !== %q`, before))
	}
	p.CheckBarriers()
	p.TabTo("button", send, 100)
	p.Press(testbrowser.Enter)
	p.WaitFor(".receipt")
	p.CheckBarriers()
}

// byPost answers as a browser without scripts does: the page, the review, sent.
func (j *wholeJob) byPost(lang string, number int) {
	j.t.Helper()
	values := url.Values{"lang": {lang}, j.first: {j.choice().Name}, "imp_language_support": {strconv.Itoa(1 + number%5)}}
	send := func() string {
		got := j.do(http.MethodPost, "/s/"+j.slug, values.Encode(), "Content-Type", formType)
		if got.Code >= 400 {
			j.t.Fatalf("answering in %s: %d %s", lang, got.Code, got.Body)
		}
		return got.Body.String()
	}
	review := send()
	for _, name := range []string{"submission_id", reviewedControl} {
		values.Set(name, key(j.t, review, `name="`+name+`" value="`, `"`))
	}
	values.Set(":confirm", "1")
	send()
}

var belowFive = regexp.MustCompile(`(?m)^[1-4]\b`)

// returns reads the page of returns after so many answers.
func (j *wholeJob) returns(count int, few bool) {
	j.t.Helper()
	j.now = j.now.Add(time.Second)
	j.p.Open(j.address + "/manage/waves/" + j.slug + "?lang=" + j.words.Language())
	j.press("link", "waves.tab.returns")
	want := j.words.N("desk.returns", count)
	if few && count < 5 {
		want = j.words.T("desk.returns.few", "k", "5")
	}
	if got := j.p.Text(".desk-n"); got != want {
		j.t.Errorf("the returns are %q, not %q", got, want)
	}
	cells := testbrowser.Eval[string](j.p, `[...document.querySelectorAll('.wave-numbers td')].map(cell => cell.textContent.trim()).join('\n')`)
	if few && belowFive.MatchString(cells) {
		j.t.Errorf("groups below five are counted: %q", cells)
	}
	if !few && !slices.Contains(strings.Split(cells, "\n"), strconv.Itoa(count)) {
		j.t.Errorf("how many answered is process data, but not told: %q", cells)
	}
}

func (j *wholeJob) closeWave() {
	j.press("link", "waves.tab.overview")
	j.press("link", "waves.close.link")
	j.to("checkbox", "waves.close.understood")
	j.p.Press(testbrowser.Space)
	j.press("button", "waves.close.button")
	if wave := j.wave(); wave.Living() {
		j.t.Fatalf("the wave is %s", wave.State)
	}
	j.press("link", "waves.tab.results")
}

// export downloads the answers and reads the workbook.
func (j *wholeJob) export() {
	j.press("link", "outlets.tab.export")
	j.to("textbox", "outlets.export.purpose")
	j.p.Type("Bericht an den Rat")
	wave := j.wave()
	asked, _ := wave.Version.Element(j.first).Label.In(j.words.Language())
	j.p.TabTo("checkbox", asked, 60)
	j.p.Press(testbrowser.Space)
	j.seen("what to export")
	file, name := j.p.Download(func() {
		j.to("button", "outlets.export.button")
		j.p.Press(testbrowser.Enter)
	})
	j.p.WaitFor(".desk-done")
	j.seen("exported")
	if !strings.HasPrefix(name, j.slug) || !strings.HasSuffix(name, ".xlsx") {
		j.t.Errorf("the file is called %s", name)
	}
	book, err := excelize.OpenFile(file)
	if err != nil {
		j.t.Fatal(err)
	}
	defer func() { _ = book.Close() }() // it is only read
	rows := must(book.GetRows(book.GetSheetName(0)))(j.t)
	if len(rows) != 1+7 {
		j.t.Errorf("%d rows: %q", len(rows), rows)
	}
	text := ""
	for _, sheet := range book.GetSheetList() {
		for _, row := range must(book.GetRows(sheet))(j.t) {
			text += strings.Join(row, "\t") + "\n"
		}
	}
	for _, want := range []string{"imp_language_support", asked} {
		if !strings.Contains(text, want) {
			j.t.Errorf("the workbook does not say %q", want)
		}
	}
}
