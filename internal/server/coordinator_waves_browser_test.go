package server

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testbrowser"
)

// respond stores answers to a wave, nothing but the consent given.
func (d *testDesk) respond(t testing.TB, wave *store.LiveWave, code, language string, from, n int) {
	t.Helper()
	for i := from; i < from+n; i++ {
		fields := map[string][]string{}
		answers, _ := response.Read(wave.Version, fields)
		answers.Settle(d.now, true)
		_, err := d.db.Accept(context.Background(), wave, store.Submission{ID: fmt.Sprintf("%s-%08d-abcdefgh", wave.Slug, i), Fields: fields,
			Answers: answers, Language: language, Duration: uint8(1 + i%4), Code: code})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// collected is a closed wave and one that repeats it, with answers in both from
// two schools.
func (d *testDesk) collected(t *testing.T, id, slug string) *store.LiveWave {
	t.Helper()
	ctx := context.Background()
	must(0, d.db.PutInstitutions(ctx, "anna", []fieldwork.Institution{
		{Number: "1", Name: "Gesamtschule am Park mit einem langen amtlichen Namen", Type: "gesamtschule", TypeLabel: "Gesamtschule", Area: own, Pupils: pupils(60)},
		{Number: "2", Name: "Grundschule am See", Type: "grundschule", TypeLabel: "Grundschule", Area: inside, Pupils: pupils(40)},
	}))(t)
	population := 100
	wave := func(slug, previous string, count int) *store.LiveWave {
		made := must(d.db.OpenWave(ctx, "anna", fieldwork.Wave{Slug: slug, Area: own, K: 5, Institutions: true, Access: fieldwork.ByGroupCode,
			Population: &population, Previous: previous}, shipped(t, id)))(t)
		must(0, d.db.SetStrata(ctx, "anna", made, []fieldwork.Stratum{{Area: own, InstitutionType: "gesamtschule", Population: 60, Target: 12},
			{Area: inside, InstitutionType: "grundschule", Population: 40}}))(t)
		for i, carried := range []fieldwork.Carried{{Area: own, InstitutionType: "gesamtschule", Institution: "1"}, {Area: inside, InstitutionType: "grundschule", Institution: "2"}} {
			code := must(d.db.CreateCodes(ctx, "anna", made, carried, true, 1))(t)[0]
			d.respond(t, made, code, []string{"de", "en"}[i], 100*i, count/(i+1))
			d.now = d.now.AddDate(0, 0, 1)
		}
		return made
	}
	first := wave(slug+"-1", "", 16)
	must(0, d.db.CloseWave(ctx, "anna", first))(t)
	return wave(slug, first.ID, 24)
}

func pupils(n int) *int { return &n }

// TestBrowserDeskWaves looks for barriers on every page of a wave, on a phone
// and at a desk, in both languages.
func TestBrowserDeskWaves(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lang   string
		device testbrowser.Option
	}{
		"de, small":   {"de", testbrowser.Small},
		"en, desktop": {"en", testbrowser.Desktop},
	} {
		t.Run(name, func(t *testing.T) {
			d := newTestDesk(t)
			d.person(t, "anna", account.Grant{Role: account.Administrator})
			d.collected(t, "schools", "schools-2026")
			d.collected(t, "families", "families-2026")
			p := testbrowser.New(t, test.device, testbrowser.Language(test.lang))
			address := listen(t, d.testServer)
			seen := func(state string) {
				t.Helper()
				look(t, p, strings.ReplaceAll("waves "+name+" "+state, "/", "-"))
				p.CheckBarriers()
				if wide := p.Sideways(); wide > 0 {
					t.Errorf("%s is %d px too wide", state, wide)
				}
				if small := p.SmallTargets(24); len(small) > 0 {
					t.Errorf("%s: too small: %v", state, small)
				}
			}
			p.Open(address + "/manage/waves/new")
			p.Fill("#name", "anna")
			p.Fill("#password", deskPassword)
			p.Follow(func() { p.Click("main button") })
			seen("new")
			p.Follow(func() { p.Click("main form button") })
			seen("prepared")
			at := p.URL()
			for _, page := range []string{"/settings", "/population", "/population?by=type", "/codes", "/end", "/returns"} {
				p.Open(at + page)
				seen(page)
			}
			p.Open(at + "/settings")
			p.Fill("#k", "viele")
			p.Allow("status of 422")
			p.Follow(func() { p.Click("main form > button") })
			p.WaitFor("#k-problem")
			seen("settings with a mistake")
			p.Open(at + "/codes")
			p.Follow(func() { p.Click("main form button") })
			p.WaitFor(".wave-codes code")
			seen("codes made")
			for _, slug := range []string{"schools-2026", "families-2026"} {
				for _, page := range []string{"", "/settings", "/returns", "/results", "/public", "/codes"} {
					p.Open(address + "/manage/waves/" + slug + page)
					seen(slug + page)
				}
			}
			p.Open(address + "/manage/waves/families-2026-1/public") // closed
			seen("public")
			p.Click("[name=question]")
			p.Allow("status of 422")
			p.Follow(func() { p.Click(".publish .button") })
			seen("public with a mistake")
			p.Click("#understood")
			p.Follow(func() { p.Click(".publish .button") })
			seen("public chosen")
			p.Open(address + "/manage/")
			seen("overview")
		})
	}
}

// TestBrowserWaveByKeyboard leads a wave from nothing to the next one by keys
// alone, in both languages.
func TestBrowserWaveByKeyboard(t *testing.T) {
	t.Parallel()
	words := map[string]map[string]string{
		"de": {"prepare": "Welle vorbereiten", "open": "Welle öffnen", "pause": "Welle anhalten", "resume": "Welle fortsetzen", "extend": "Letzten Tag speichern",
			"end": "Welle abschließen …", "tick": "Ich habe das gelesen und schließe die Welle ab.", "close": "Welle abschließen",
			"repeat": "Als nächste Welle wiederholen", "new": "Neue Welle", "save": "Einstellungen speichern"},
		"en": {"prepare": "Prepare the wave", "open": "Open the wave", "pause": "Pause the wave", "resume": "Resume the wave", "extend": "Save the last day",
			"end": "Close the wave …", "tick": "I have read this and close the wave.", "close": "Close the wave",
			"repeat": "Repeat as the next wave", "new": "New wave", "save": "Save the settings"},
	}
	for lang, word := range words {
		t.Run(lang, func(t *testing.T) {
			d := newTestDesk(t)
			d.person(t, "carla", account.Grant{Role: account.Coordinator, Area: own})
			p := testbrowser.New(t, testbrowser.Desktop, testbrowser.Language(lang))
			address := listen(t, d.testServer)
			slug := ""
			press := func(role, name string) {
				t.Helper()
				p.TabTo(role, name, 90)
				p.Follow(func() { p.Press(testbrowser.Enter) })
			}
			stands := func(state fieldwork.State) *store.LiveWave {
				t.Helper()
				d.now = d.now.Add(time.Second) // what was read of the wave is no longer fresh
				wave := must(d.db.Wave(context.Background(), slug))(t)
				if wave.State != state {
					t.Fatalf("the wave is %s, not %s", wave.State, state)
				}
				p.Reload()
				return wave
			}
			p.Open(address + "/manage/")
			p.Fill("#name", "carla")
			p.Fill("#password", deskPassword)
			p.Follow(func() { p.Press(testbrowser.Enter) })
			press("link", word["new"])
			press("button", word["prepare"])
			slug = p.URL()[strings.LastIndex(p.URL(), "/")+1:]
			stands(fieldwork.Prepared)
			press("button", word["open"])
			stands(fieldwork.Open)
			press("button", word["pause"])
			stands(fieldwork.Paused)
			press("button", word["resume"])
			stands(fieldwork.Open)
			// The order in which a date is typed is the browser's own affair.
			testbrowser.Eval[string](p, `document.querySelector("#until").value = "2026-06-30"`)
			press("button", word["extend"])
			if wave := stands(fieldwork.Open); wave.Until != "2026-06-30" {
				t.Errorf("the wave runs until %q", wave.Until)
			}
			press("link", word["end"])
			p.TabTo("checkbox", word["tick"], 40)
			p.Press(testbrowser.Space)
			press("button", word["close"])
			stands(fieldwork.Closed)
			press("button", word["repeat"])
			p.WaitFor("#contact")
			press("button", word["save"])
			next := must(d.db.Wave(context.Background(), slug+"-2"))(t)
			if next.State != fieldwork.Prepared || next.Previous == "" {
				t.Errorf("the next wave is %+v", next.Wave)
			}
		})
	}
}
