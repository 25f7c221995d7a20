package server

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/coding"
	"bedarfslotse/internal/report"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testbrowser"
)

// everything is a desk with something on every page: figures of groups, free texts
// with tags and quotes, an import, accounts.
func everything(t *testing.T) (*testDesk, *store.LiveWave) {
	t.Helper()
	d, ctx := explored(t), context.Background()
	wave := must(d.db.Wave(ctx, "town"))(t)
	for i, one := range browsedTexts() {
		language, body, _ := strings.Cut(one, ":")
		fields := map[string][]string{"most_helpful": {body}}
		answers, problems := response.Read(wave.Version, fields)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if _, err := d.db.Accept(ctx, wave, store.Submission{ID: "submission-0000000" + string(rune('0'+i)), Fields: fields, Answers: answers, Language: language}); err != nil {
			t.Fatal(err)
		}
	}
	d.now = d.now.Add(24 * time.Hour)
	d.fillBook(t, wave)
	label := func(text string) map[string]string { return map[string]string{"de": text, "en": text} }
	ages := analysis.Variable{Name: "young", Label: label("Jung"), Definition: analysis.Definition{Kind: analysis.Recode, Source: "child_ages",
		Categories: []analysis.Merged{{Name: "below_ten", Label: label("unter zehn"), Choices: []string{"age_3_5", "age_6_9"}}}}}
	if err := d.db.SaveVariable(ctx, "anna", wave, 0, ages); err != nil {
		t.Fatal(err)
	}
	d.weigh(t) // and releases
	d.indicated(t)
	d.answered(t, "later", "families", 2)
	wave = must(d.db.Wave(ctx, "town"))(t)
	for i, one := range must(d.db.OpenTexts(ctx, wave))(t).For("anna", "most_helpful", nil) {
		tags := coding.NewTags("german")
		if err := d.db.SaveText(ctx, "cem", wave, one, &tags, store.TextWork{}); err != nil {
			t.Fatal(err)
		}
		// The first is proposed, the second sent back, the third released.
		quote := coding.Quote{Body: coding.Quotable(one.Body, nil), Translation: "Unterricht"}
		id := must(d.db.ProposeQuote(ctx, "cem", wave, one, "", 0, quote))(t)
		var err error
		switch i {
		case 1:
			err = d.db.SendQuoteBack(ctx, "anna", wave, id, 1, "Bitte kürzer.")
		case 2:
			err = d.db.ReleaseQuote(ctx, "anna", wave, one, id, 1)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.db.DrawTexts(ctx, "anna", wave, "most_helpful", 3); err != nil {
		t.Fatal(err)
	}
	return d, wave
}

// pageSamples are addresses with something to see, where those of the permission
// matrix show nothing.
func pageSamples(t *testing.T, v *visit, wave *store.LiveWave) map[string]string {
	t.Helper()
	ctx := context.Background()
	arabic, quote := v.textAt(t, wave, "نريد"), ""
	for _, one := range v.quotes(t, wave) {
		if one.State == coding.QuoteProposed {
			quote = one.ID
		}
	}
	v.entry(t, "/stakeholders")
	written := v.post(reportPages, "wave", "town", "language", "de", "step", "Rat", "person", "").Header().Get("Location")
	work := v.reported(t, written)
	chart := work.Blocks[slices.IndexFunc(work.Blocks, func(b report.Block) bool { return b.Chart != nil && b.Chart.Drawn() })].ID
	return map[string]string{
		reportPages + "/:report":                                 written,
		reportPages + "/:report/preview":                         written + "/preview",
		reportPages + "/:report/pictures/:block":                 written + "/pictures/" + chart,
		reportPages + "/:report/blocks/:block/refresh":           written + "/blocks/" + chart + "/refresh",
		"/manage/concept/offers/stated/:wave/:statement/:stated": v.stateOffers(t),
		"/manage/concept/stakeholders/charts/:picture":           stakeholdersPath + "/charts/wide.svg",
		"/manage/concept/network/charts/:graph/:picture":         networkPath + "/charts/actors/wide.svg",
		gapPath + "/cell":                                        gapPath + "/cell?field=language_support&column=0",
		gapPath + "/pictures/:picture":                           gapPath + "/pictures/wide.svg",
		needsPath + "/:chart/:picture":                           needsPath + "/ranking/wide.svg",
		"/manage/waves/:slug/explore":                            "/manage/waves/town/explore?question=imp_language_support&by=area",
		"/manage/waves/:slug/explore/:picture":                   "/manage/waves/town/explore/wide.svg?question=imp_language_support&by=area",
		"/manage/waves/:slug/compare/:picture":                   "/manage/waves/town/compare/wide.svg?with=later",
		"/manage/waves/:slug/charts/:picture":                    "/manage/waves/town/charts/child_ages.de.wide.svg",
		"/manage/waves/:slug/imports/:number/undo":               "/manage/waves/town/imports/1/undo",
		"/manage/waves/:slug/texts/of/:question/:text":           arabic,
		"/manage/waves/:slug/texts/of/:question/:text/quote":     arabic + "/quote",
		"/manage/waves/:slug/texts/quotes/:quote":                quotePages + "/" + quote,
		"/manage/waves/:slug/variables/of/:name":                 "/manage/waves/town/variables/of/young",
		"/manage/concept/indicators":                             "/manage/concept/indicators?area=stadt",
		"/manage/concept/indicators/of/:key":                     "/manage/concept/indicators/of/language_support_need?area=stadt",
		"/manage/concept/indicators/of/:key/:chart/:picture":     "/manage/concept/indicators/of/language_support_need/time/wide.svg?area=stadt",
		"/manage/concept/progress":                               "/manage/concept/progress?area=stadt",
		"/manage/invitations/:secret":                            "/manage/invitations/" + must(v.db.Invite(ctx, "anna", "", account.Grant{Role: account.Viewer, Area: own}))(t),
		"/manage/reset/:secret":                                  "/manage/reset/" + must(v.db.AllowReset(ctx, "anna", "vera"))(t),
	}
}

// noPages are the routes that are no page to somebody signed in to a desk that is
// set up: what they answer.
func noPages() map[string]int {
	return map[string]int{
		"/manage/setup/:token":                        http.StatusNotFound, // there is an account
		"/manage/sign-in/code":                        http.StatusSeeOther, // nobody is half signed in
		"/manage/sign-in/openid/callback":             http.StatusNotFound, // there is no provider
		"/manage/waves/:slug/import/:upload/rows.csv": http.StatusGone,     // there are no verdicts on its rows
		"/manage/waves/:slug/texts/of/:question":      http.StatusSeeOther, // to a text
	}
}

// deskPages are the addresses of one page for every route under /manage that
// answers with one, walked from what the server listens to.
func deskPages(t *testing.T, v *visit, wave *store.LiveWave) map[string]string {
	t.Helper()
	rules, known, none, pages := permissionMatrix(), pageSamples(t, v, wave), noPages(), map[string]string{}
	for _, route := range v.echo.Routes() {
		if route.Method != http.MethodGet || route.Path != "/manage" && !strings.HasPrefix(route.Path, "/manage/") {
			continue
		}
		address := known[route.Path]
		if route.Path == "/manage/waves/:slug/import/:upload" { // begun now: of many files of one person the oldest go
			begun := v.upload(t, "/manage/waves/town/import", "answers.csv", []byte("Nummer;Alter der Kinder\n1;age_3_5\n2;age_6_9\n"))
			address = begun.Header().Get("Location")
		}
		if address == "" {
			address = route.Path
			if rule, there := rules["GET "+route.Path]; there {
				rule.request(t, v)
				address = v.last
			}
		}
		got := v.get(address)
		is := strings.HasPrefix(got.Header().Get("Content-Type"), "text/html")
		switch want, named := none[route.Path]; {
		case named && got.Code != want:
			t.Errorf("%s: %d, want %d", route.Path, got.Code, want)
		case named:
		case is && got.Code == http.StatusOK:
			pages[route.Path] = address
		case is || got.Code >= 300 && got.Code < 400:
			t.Errorf("%s has no sample that shows its page: %s answers %d", route.Path, address, got.Code)
		}
	}
	return pages
}

// TestBrowserEveryDeskPage opens every page behind the sign-in, in both languages:
// axe-core finds nothing at a desk, and nothing is too wide on a phone.
func TestBrowserEveryDeskPage(t *testing.T) {
	t.Parallel()
	d, wave := everything(t)
	v := d.sign(t, "anna")
	v.name = "anna"
	pages, address := deskPages(t, v, wave), listen(t, d.testServer)
	if len(pages) < 50 {
		t.Errorf("only %d pages are known", len(pages))
	}
	for _, lang := range deskLanguages() {
		p := d.atDesk(t, address, "anna", "/manage/", testbrowser.Desktop, testbrowser.Language(lang))
		for _, route := range slices.Sorted(maps.Keys(pages)) {
			p.Open(address + pages[route])
			preview := strings.HasSuffix(route, "/preview") // is in a language of the survey
			if got := testbrowser.Eval[string](p, `document.documentElement.lang`); got != lang && !preview {
				t.Errorf("%s is in %q, want %q", route, got, lang)
			}
			testbrowser.Eval[bool](p, `document.querySelectorAll('main details').forEach((one) => { one.open = true; }), true`)
			for _, found := range p.Axe() {
				t.Errorf("%s (%s): %s", route, lang, found)
			}
			p.Resize(360, 740)
			if wide := p.Sideways(); wide > 0 {
				t.Errorf("%s (%s) is %d px too wide at 360 px", route, lang, wide)
			}
			p.Resize(1280, 900)
		}
	}
}
