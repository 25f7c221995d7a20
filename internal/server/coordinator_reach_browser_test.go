package server

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/notify"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testbrowser"
)

// served is the address under which the world sees the desk of these tests.
const served = "https://umfrage.bochum.example"

// newReachDesk is a desk with two schools, a wave for families by link, one by
// group codes, one for schools, and somebody who coordinates.
func newReachDesk(t testing.TB) *testDesk {
	t.Helper()
	ctx := context.Background()
	d := newTestDesk(t)
	err := d.db.PutInstitutions(ctx, account.CommandLine, []fieldwork.Institution{
		{Number: "100001", Name: "Grundschule am Park", Type: "grundschule", TypeLabel: "Grundschule", Area: own, Email: "park@example.org"},
		{Number: "100002", Name: "Anne-Frank-Gesamtschule mit einem recht langen Namen, Sekundarstufen I und II", Type: "gesamtschule", TypeLabel: "Gesamtschule", Area: inside, Email: "frank@example.org"},
		{Number: "100003", Name: "Grundschule ohne Post", Type: "grundschule", TypeLabel: "Grundschule", Area: own},
		{Number: "200001", Name: "Schule nebenan", Type: "grundschule", TypeLabel: "Grundschule", Area: foreign, Email: "nebenan@example.org"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, wave := range []struct {
		survey string
		fieldwork.Wave
	}{
		{"families", fieldwork.Wave{Slug: "familien-2026", Institutions: true}},
		{"families", fieldwork.Wave{Slug: "familien-code", Access: fieldwork.ByGroupCode}},
		{"schools", fieldwork.Wave{Slug: "schulen-2026", Institutions: true}},
	} {
		wave.Area, wave.K, wave.Until, wave.Purpose = own, 5, "2026-04-30", "Integrationskonzept der Stadt 2027"
		wave.Mandate, wave.Contact = "Rat der Stadt", "Kommunales Integrationszentrum, 0234 910-1234, ki@bochum.example"
		if _, err := d.db.OpenWave(ctx, account.CommandLine, wave.Wave, shipped(t, wave.survey)); err != nil {
			t.Fatal(err)
		}
	}
	d.config.BaseURL, d.config.Controller.Name = served, "Stadt Bochum, Regionales Bildungsbüro"
	d.person(t, "cem", account.Grant{Role: account.Coordinator, Area: own})
	return d
}

// signInto signs somebody in by the page.
func signInto(p *testbrowser.Page, address, name string) {
	p.Open(address + "/manage/sign-in")
	p.Fill("#name", name)
	p.Fill("#password", deskPassword)
	p.Follow(func() { p.Click("main button") })
}

// paper is what a browser's window has to be as wide as so that the lines break as
// on A4 between its margins of 12 mm, in CSS pixels.
const paper = 703

// TestBrowserPrintedForm prints posters, letters and questionnaires: nothing is cut
// off, every sheet is one page of the right size, and its picture leads where
// the address beside it does.
func TestBrowserPrintedForm(t *testing.T) {
	t.Parallel()
	d := newReachDesk(t)
	address := listen(t, d.testServer)
	p := testbrowser.New(t, testbrowser.Screen(paper, 1000))
	signInto(p, address, "cem")
	all := "in=" + strings.Join(i18n.Respondents(), "&in=")
	for _, test := range []struct {
		path   string
		sheets int // 0 for a questionnaire
		size   string
	}{
		{"familien-2026/reach/poster?in=de&institution=100002", 1, "210×297"},
		{"familien-2026/reach/poster?in=ar&in=ti&in=fa&in=de-simple", 4, "210×297"},
		{"familien-2026/reach/poster?in=de&in=ar&together=1", 1, "210×297"},
		{"familien-2026/reach/poster?in=de&in=ar&in=ti&in=fa&in=uk&in=tr&together=1&institution=100001", 1, "210×297"},
		{"familien-2026/reach/poster?together=1&institution=100002&" + all, 1, "210×297"},
		{"familien-2026/reach/poster?together=1&size=a5&" + all, 1, "148×210"},
		{"familien-2026/reach/poster?in=ti&size=a5&institution=*", 3, "148×210"},
		{"familien-2026/reach/letter?institution=100002&" + all, 17, "210×297"},
		{"familien-2026/reach/letter?size=a5&" + all, 17, "148×210"},
		{"schulen-2026/reach/letter?in=de&in=en", 2, "210×297"},
		{"familien-2026/reach/questionnaire?in=de&institution=100001", 0, "210×297"},
		{"familien-2026/reach/questionnaire?in=ar", 0, "210×297"},
		{"familien-2026/reach/questionnaire?in=ti", 0, "210×297"},
		{"familien-2026/reach/questionnaire?in=fa", 0, "210×297"},
		{"schulen-2026/reach/questionnaire?in=de", 0, "210×297"},
	} {
		name := strings.NewReplacer("/", " ", "?", " ", "&", " ", "=", "-", "*", "each").Replace(strings.TrimSuffix(test.path, all))
		t.Run(name, func(t *testing.T) {
			p.Open(address + "/manage/waves/" + test.path)
			p.Print(true)
			defer p.Print(false)
			if test.size == "148×210" { // the measure shrinks with the paper
				p.Resize(496, 1000)
				defer p.Resize(paper, 1000)
			}
			if wide := p.Sideways(); wide > 0 {
				t.Errorf("%d px too wide: %v", wide, testbrowser.Eval[[]string](p, `[...document.querySelectorAll("main *")].filter((one) => {
					const box = one.getBoundingClientRect();
					return box.left < -1 || box.right > document.documentElement.clientWidth + 1;
				}).map((one) => one.outerHTML.slice(0, 200))`))
			}
			if cut := p.Clipped(""); len(cut) > 0 {
				t.Errorf("cut off: %v", cut)
			}
			look(t, p, "paper "+name)
			printed := p.PDF()
			save(t, "paper "+name, printed)
			if got := printed.Sizes(); !slices.Equal(got, []string{test.size}) {
				t.Errorf("printed on %v, not %s", got, test.size)
			}
			if got := printed.Pages(); got != test.sheets && test.sheets > 0 || got < 2 && test.sheets == 0 {
				t.Errorf("%d sheets are printed on %d pages", test.sheets, got)
			}
			tree := p.Tree()
			if test.sheets == 0 {
				checkQuestionnaire(t, p, tree)
				return
			}
			if got := len(tree.All("image")); got != test.sheets {
				t.Errorf("%d pictures on %d sheets", got, test.sheets)
			}
			checkDoors(t, p, test.sheets, "/s/")
		})
	}
}

// checkDoors reads the picture of every sheet and compares it with the address
// printed below.
func checkDoors(t *testing.T, p *testbrowser.Page, sheets int, path string) {
	t.Helper()
	for at := range sheets {
		sheet := fmt.Sprintf("main > section:nth-of-type(%d) ", at+1)
		printed := p.Text(sheet + ".address")
		if !strings.HasPrefix(served, "https://"+strings.Split(printed, "/")[0]) || !strings.Contains(printed, path) {
			t.Errorf("sheet %d: the address is %q", at+1, printed)
		}
		if got := readQR(t, p.Picture(sheet+".qr", 4)); got != "https://"+printed {
			t.Errorf("sheet %d: the picture says %q, the paper %q", at+1, got, printed)
		}
	}
}

// readQR reads a QR code from a picture.
func readQR(t *testing.T, picture []byte) string {
	t.Helper()
	decoded, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(decoded)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		t.Fatalf("the picture cannot be read: %v", err)
	}
	return result.GetText()
}

// checkQuestionnaire: what is asked is there with a number, and no question goes
// over two pages: each is lower than a page.
func checkQuestionnaire(t *testing.T, p *testbrowser.Page, tree testbrowser.Tree) {
	t.Helper()
	numbers := testbrowser.Eval[[]string](p, `[...document.querySelectorAll(".no")].map((one) => one.innerText.trim())`)
	for at, number := range numbers {
		if western(number) != fmt.Sprint(at+1) {
			t.Errorf("question %d has the number %q", at+1, number)
		}
	}
	if len(numbers) < 15 {
		t.Errorf("only %d questions", len(numbers))
	}
	tall := testbrowser.Eval[[]string](p, `[...document.querySelectorAll(".question, tr, .head")].filter((one) => one.getBoundingClientRect().height > 900 ||
		getComputedStyle(one).breakInside !== "avoid").map((one) => one.className + " " + one.innerText.slice(0, 40))`)
	if len(tall) > 0 {
		t.Errorf("may be torn apart: %v", tall)
	}
	if len(tree.All("table")) == 0 || len(tree.All("heading")) < 3 {
		t.Errorf("a table and headings are missing:\n%s", tree)
	}
	for _, want := range []string{"only", "box"} {
		if !testbrowser.Eval[bool](p, `document.querySelector(".`+want+`") !== null`) {
			t.Errorf("nothing of the class %s", want)
		}
	}
}

// western writes the digits of Arabic and Persian as our own.
func western(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '٠' && r <= '٩':
			return r - '٠' + '0'
		case r >= '۰' && r <= '۹':
			return r - '۰' + '0'
		}
		return r
	}, text)
}

// save keeps a print where pictures are kept, if they are.
func save(t *testing.T, name string, printed testbrowser.PDF) {
	t.Helper()
	folder := os.Getenv(testbrowser.ScreenshotVariable)
	if folder == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(folder, strings.NewReplacer(" ", "-", ",", "").Replace(name)+".pdf"), printed, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestBrowserCodes makes cards and posters with codes by the page; each picture
// leads to an address that lets somebody in.
func TestBrowserCodes(t *testing.T) {
	t.Parallel()
	d := newReachDesk(t)
	address := listen(t, d.testServer)
	p := testbrowser.New(t, testbrowser.Screen(paper, 1000))
	signInto(p, address, "cem")
	p.Open(address + "/manage/waves/familien-code/reach")
	for _, tag := range []string{"de", "ar", "ti", "fa"} {
		p.Click("form[action*='codes'] input[value='" + tag + "']")
	}
	p.Fill("#count", "10")
	p.Click("form[action*='codes'] input[name='shared']") // single-use ones
	p.Follow(func() { p.Click("form[action*='codes'] button") })
	p.Print(true)
	if cut := p.Clipped(""); len(cut) > 0 {
		t.Errorf("cut off: %v", cut)
	}
	look(t, p, "cards")
	printed := p.PDF()
	save(t, "cards", printed)
	if printed.Pages() != 2 || !slices.Equal(printed.Sizes(), []string{"210×297"}) {
		t.Errorf("ten cards are printed on %d pages of %v", printed.Pages(), printed.Sizes())
	}
	codes := testbrowser.Eval[[]string](p, `[...document.querySelectorAll(".card .code")].map((one) => one.innerText.trim())`)
	if len(codes) != 10 {
		t.Fatalf("%d cards", len(codes))
	}
	for at, code := range codes {
		card := fmt.Sprintf(".card:nth-child(%d) ", at+1)
		if got := readQR(t, p.Picture(card+".qr", 4)); got != served+"/q/"+code || p.Text(card+".address") != strings.TrimPrefix(got, "https://") {
			t.Errorf("card %d: %q, %q, %q", at+1, got, code, p.Text(card+".address"))
		}
		found, wave, err := d.db.Code(context.Background(), code)
		if err != nil || wave.Slug != "familien-code" || found.Shared || found.Carried != (fieldwork.Carried{Area: own}) {
			t.Errorf("%s: %+v, %v", code, found, err)
		}
	}
	p.Print(false)
	p.Open(address + "/manage/waves/familien-code/reach")
	p.Click("form[action*='codes'] input[value='ar']")
	p.Click("form[action*='codes'] input[value='poster']")
	testbrowser.Eval[bool](p, `document.getElementById("codes-institution").value = "100002", true`)
	p.Follow(func() { p.Click("form[action*='codes'] button") })
	checkDoors(t, p, 1, "/q/")
	look(t, p, "poster with a code")
	code := p.Text(".code bdi")
	found, _, err := d.db.Code(context.Background(), code)
	if err != nil || !found.Shared || found.Carried != (fieldwork.Carried{Area: inside, InstitutionType: "gesamtschule", Institution: "100002"}) {
		t.Errorf("%s: %+v, %v", code, found, err)
	}
}

// TestBrowserReach looks for barriers on every page about reaching people, on a
// phone and at a desk, in both languages, without scripts too.
func TestBrowserReach(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lang    string
		options []testbrowser.Option
	}{
		"de, small":   {"de", []testbrowser.Option{testbrowser.Small}},
		"en, desktop": {"en", []testbrowser.Option{testbrowser.Desktop}},
		"no script":   {"de", []testbrowser.Option{testbrowser.Phone, testbrowser.NoScript}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newReachDesk(t)
			d.desk.Mail = "Bildungsbüro <bildung@example.org>"
			p := testbrowser.New(t, append(test.options, testbrowser.Language(test.lang))...)
			address := listen(t, d.testServer)
			seen := func(state string) {
				t.Helper()
				look(t, p, "reach "+name+" "+state)
				p.CheckBarriers()
				if wide := p.Sideways(); wide > 0 {
					t.Errorf("%s is %d px too wide", state, wide)
				}
			}
			signInto(p, address, "cem")
			base := address + "/manage/waves/familien-2026/reach"
			p.Open(base)
			seen("hub")
			p.Open(base + "/messenger")
			seen("messenger")
			for _, path := range []string{"/poster?in=ar&in=de&together=1", "/letter?in=fa", "/questionnaire?in=ti"} {
				p.Open(base + path)
				seen("screen of" + strings.ReplaceAll(path, "/", " "))
			}
			p.Open(base + "/mail")
			seen("mail")
			p.Open(base + "/mail/invitation")
			seen("invitation")
			p.Fill("#subject", "Für {institution} {falsch}")
			p.Allow("status of 422")
			p.Follow(func() { p.Click("form[action$='invitation'] button") })
			seen("invitation with a mistake")
			p.Fill("#subject", "Für {institution}")
			p.Follow(func() { p.Click("form[action$='invitation'] button") })
			seen("invitation saved")
			p.Click("input[name='confirmed']")
			p.Follow(func() { p.Click("form[action$='send'] button") })
			seen("mailing under way")
			finish(t, d.db)
			p.Open(base + "/mailings/1")
			seen("mailing done")
			p.Open(base + "/mail")
			p.Fill("#report", "Subject: x\n\ny")
			p.Follow(func() { p.Click("form[action$='bounces'] button") })
			seen("mail with a mistake")
		})
	}
}

// finish says that the first message of a queue was sent and all others refused.
func finish(t *testing.T, db *store.DB) {
	t.Helper()
	for outcome := (notify.Outcome{State: notify.Sent}); ; outcome = (notify.Outcome{State: notify.Failed, Reason: "550 5.1.1 unknown user", Dead: true}) {
		message, due, err := db.NextMessage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if !due {
			return
		}
		if err := db.MessageDone(context.Background(), message.Key, outcome); err != nil {
			t.Fatal(err)
		}
	}
}
