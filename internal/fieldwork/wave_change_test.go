package fieldwork_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/survey"
)

// settled is a wave about which everything is settled.
func settled(state fieldwork.State) fieldwork.Wave {
	population := 300
	return fieldwork.Wave{ID: "1", Slug: "families-2026", SurveyID: "families", SurveyHash: "a", State: state, Area: "bochum",
		Opened: "2026-03-01", Until: "2026-03-31", K: 5, Population: &population, Access: fieldwork.ByLink,
		Purpose: "Ausgangslage", LegalBasis: "Art. 6", Mandate: "Rat", MandateDay: "2026-01-15", Contact: "KI", Helpline: "115",
		Retention: "2026-12-31", Supervision: "2026-02-01", Council: "2026-02-02"}
}

// TestWhatMayStillChange tries every change in every state.
func TestWhatMayStillChange(t *testing.T) {
	more := 400
	for _, test := range []struct {
		name                 string
		change               func(*fieldwork.Wave)
		open, closed, paused string // the reason for which it is refused, "" where it passes
	}{
		{"slug", func(w *fieldwork.Wave) { w.Slug = "other" }, "address", "address", "address"},
		{"survey", func(w *fieldwork.Wave) { w.SurveyHash = "b" }, "survey", "survey", "survey"},
		{"area", func(w *fieldwork.Wave) { w.Area = "marl" }, "carried", "carried", "carried"},
		{"first day", func(w *fieldwork.Wave) { w.Opened = "2026-03-02" }, "begun", "begun", "begun"},
		{"extend", func(w *fieldwork.Wave) { w.Until = "2026-04-30" }, "", "closed", ""},
		{"for good", func(w *fieldwork.Wave) { w.Until = "" }, "", "closed", ""},
		{"end yesterday", func(w *fieldwork.Wave) { w.Until = "2026-03-09" }, "past", "closed", "past"},
		{"k", func(w *fieldwork.Wave) { w.K = 3 }, "told", "told", "told"},
		{"access", func(w *fieldwork.Wave) { w.Access = fieldwork.BySingleCode }, "access", "access", "access"},
		{"institutions", func(w *fieldwork.Wave) { w.Institutions = true }, "told", "told", "told"},
		{"purpose", func(w *fieldwork.Wave) { w.Purpose = "Werbung" }, "told", "told", "told"},
		{"legal basis", func(w *fieldwork.Wave) { w.LegalBasis = "" }, "told", "told", "told"},
		{"mandate", func(w *fieldwork.Wave) { w.MandateReference = "Drs. 12" }, "", "", ""},
		{"contact", func(w *fieldwork.Wave) { w.Contact = "RBB" }, "", "", ""},
		{"languages", func(w *fieldwork.Wave) { w.Languages = "de uk" }, "", "closed", ""},
		{"kiosk", func(w *fieldwork.Wave) { w.Kiosk = true }, "", "closed", ""},
		{"keep longer", func(w *fieldwork.Wave) { w.Retention = "2027-01-01" }, "retention", "retention", "retention"},
		{"keep for good", func(w *fieldwork.Wave) { w.Retention = "" }, "retention", "retention", "retention"},
		{"keep shorter", func(w *fieldwork.Wave) { w.Retention = "2026-06-30" }, "", "", ""},
		{"population", func(w *fieldwork.Wave) { w.Population = &more }, "", "", ""},
	} {
		for state, want := range map[fieldwork.State]string{fieldwork.Prepared: "", fieldwork.Open: test.open, fieldwork.Paused: test.paused, fieldwork.Closed: test.closed} {
			wave := settled(state)
			next := wave
			test.change(&next)
			changes, err := wave.Change(&next, "2026-03-10")
			switch {
			case want == "" && (err != nil || len(changes) != 1):
				t.Errorf("%s while %s: %v, %v", test.name, state, changes, err)
			case want != "" && (failure.CodeOf(err) != failure.Conflict || failure.As(err).Key != "waves.firm."+want):
				t.Errorf("%s while %s: %v, want %s", test.name, state, err, want)
			}
			if err == nil && wave.Firm(changes[0].Setting) != "" {
				t.Errorf("%s while %s: firm, and changed all the same", test.name, state)
			}
		}
	}
	bare := fieldwork.Wave{State: fieldwork.Open}
	filled := bare
	filled.Purpose, filled.LegalBasis, filled.Retention = "Ausgangslage", "Art. 6", "2026-12-31"
	if _, err := bare.Change(&filled, "2026-03-10"); err != nil {
		t.Errorf("telling later what was left out: %v", err)
	}
	longer := settled(fieldwork.Open)
	longer.Until = "2026-04-30"
	before := settled(fieldwork.Open)
	if got := before.Differences(&longer); len(got) != 1 || got[0].String() != "until 2026-03-31 → 2026-04-30" {
		t.Errorf("the difference is told as %v", got)
	}
}

func TestMoves(t *testing.T) {
	for _, test := range []struct {
		from, to fieldwork.State
		may      bool
	}{
		{fieldwork.Prepared, fieldwork.Open, true}, {fieldwork.Open, fieldwork.Paused, true}, {fieldwork.Paused, fieldwork.Open, true},
		{fieldwork.Prepared, fieldwork.Paused, false}, {fieldwork.Open, fieldwork.Open, false}, {fieldwork.Open, fieldwork.Prepared, false},
		{fieldwork.Closed, fieldwork.Open, false}, {fieldwork.Paused, fieldwork.Closed, false}, {fieldwork.Paused, fieldwork.Paused, false},
	} {
		wave := settled(test.from)
		err := wave.Move(test.to, "2026-03-10")
		if (err == nil) != test.may || test.may && wave.State != test.to || !test.may && failure.CodeOf(err) != failure.Conflict {
			t.Errorf("from %s to %s: %v, now %s", test.from, test.to, err, wave.State)
		}
	}
	for opened, want := range map[string]string{"": "2026-03-10", "2026-03-01": "2026-03-10", "2026-03-20": "2026-03-20"} {
		wave := settled(fieldwork.Prepared)
		wave.Opened = opened
		if err := wave.Move(fieldwork.Open, "2026-03-10"); err != nil || wave.Opened != want {
			t.Errorf("opened from %q: %q, %v", opened, wave.Opened, err)
		}
	}
	late := settled(fieldwork.Prepared)
	if err := late.Move(fieldwork.Open, "2026-04-01"); failure.CodeOf(err) != failure.Conflict || late.State != fieldwork.Prepared && err == nil {
		t.Errorf("opened after its end: %v", err)
	}
}

// TestPausedWavesTakeWhatWaitsOnPhones: nobody is asked anew, and nothing that
// was answered before is lost.
func TestPausedWavesTakeWhatWaitsOnPhones(t *testing.T) {
	wave := settled(fieldwork.Paused)
	if day := at("2026-03-15"); wave.Asking(day) || !wave.Accepting(day) || wave.Silence(day) != "error.wave_paused" || wave.Overdue(day) {
		t.Errorf("while paused: asking %v, accepting %v, %s", wave.Asking(day), wave.Accepting(day), wave.Silence(day))
	}
	if day := at("2026-04-08"); wave.Accepting(day) || !wave.Overdue(day) || wave.Silence(day) != "error.wave_closed" {
		t.Errorf("long after: accepting %v, overdue %v, %s", wave.Accepting(day), wave.Overdue(day), wave.Silence(day))
	}
	wave.State = fieldwork.Open
	if day := at("2026-02-28"); wave.Asking(day) || wave.Accepting(day) || wave.Silence(day) != "error.wave_not_begun" {
		t.Errorf("before its first day: asking %v, accepting %v, %s", wave.Asking(day), wave.Accepting(day), wave.Silence(day))
	}
	wave.Opened, wave.Until = "2026-03-01", "2026-03-02"
	if !wave.Accepting(at("2026-03-05")) {
		t.Error("a wave of two days has no time of grace")
	}
}

func TestOfferedLanguages(t *testing.T) {
	spoken := []string{"de", "ar", "uk"}
	for chosen, want := range map[string]string{"": "de ar uk", "uk de": "de uk", "uk tr": "uk", "tr": "de ar uk"} {
		wave := fieldwork.Wave{Languages: chosen}
		if got := strings.Join(wave.Offered(spoken), " "); got != want {
			t.Errorf("%q offers %s, want %s", chosen, got, want)
		}
	}
	if strings.Join(spoken, " ") != "de ar uk" {
		t.Errorf("the survey now speaks %v", spoken)
	}
}

func TestNextWave(t *testing.T) {
	wave := settled(fieldwork.Closed)
	wave.Closed, wave.Release, wave.Revision = "2026-04-08", 1, 9
	next := wave.Next("families-2027")
	want := settled(fieldwork.Prepared)
	want.ID, want.Slug, want.Previous, want.Opened, want.Until, want.Retention, want.Supervision, want.Council = "", "families-2027", "1", "", "", "", "", ""
	want.Population = wave.Population
	if next != want {
		t.Errorf("%+v\nwant %+v", next, want)
	}
}

func TestStrata(t *testing.T) {
	good := []fieldwork.Stratum{{Area: "bochum", Population: 200, Target: 40}, {Area: "bochum", InstitutionType: "gymnasium", Population: 100}, {Area: "marl"}}
	if err := fieldwork.CheckStrata(good); err != nil || fieldwork.PopulationOf(good) != 300 {
		t.Errorf("%v, %d", err, fieldwork.PopulationOf(good))
	}
	for key, bad := range map[string]fieldwork.Stratum{
		"error.bad_population": {Population: -1}, "error.bad_target": {Target: -1}, "error.target_above_population": {Population: 3, Target: 4},
		"error.stratum_twice": {Area: "bochum", Target: 1},
	} {
		if err := failure.As(fieldwork.CheckStrata(append(slices.Clone(good), bad))); err == nil || err.Key != key {
			t.Errorf("%+v: %v, want %s", bad, err, key)
		}
	}
	if err := failure.As(fieldwork.CheckStrata([]fieldwork.Stratum{{Target: 1}, {Target: 2}})); err == nil || err.Key != "error.stratum_unnamed" {
		t.Errorf("two parts without a name: %v", err)
	}
}

func TestConcerns(t *testing.T) {
	complete := []survey.Completeness{{Language: "de", Needed: 10, Present: 10}, {Language: "ar", Needed: 10, Present: 8, Draft: 3, Stale: 1}}
	keys := func(wave fieldwork.Wave, facts fieldwork.Facts) string {
		var keys []string
		for _, one := range wave.Concerns(facts) {
			keys = append(keys, strings.TrimPrefix(one.Key, "waves.check."))
		}
		return strings.Join(keys, " ")
	}
	facts := fieldwork.Facts{Audience: catalogue.Families, Languages: complete[:1], Today: "2026-02-20"}
	with := func(change func(*fieldwork.Wave)) fieldwork.Wave {
		wave := settled(fieldwork.Prepared)
		change(&wave)
		return wave
	}
	for _, test := range []struct {
		wave  fieldwork.Wave
		facts fieldwork.Facts
		want  string
	}{
		{settled(fieldwork.Prepared), facts, ""},
		{fieldwork.Wave{K: 3, State: fieldwork.Prepared}, facts, "contact purpose legal_basis mandate retention k_small population supervision helpline no_end"},
		{with(func(w *fieldwork.Wave) { w.Council, w.Supervision = "", "" }), fieldwork.Facts{Audience: catalogue.YouthServices, Today: "2026-02-20"}, "k_colleagues council"},
		{with(func(w *fieldwork.Wave) { w.Council, w.Supervision = "", "" }), fieldwork.Facts{Audience: catalogue.Schools, Today: "2026-02-20"}, "k_colleagues supervision council"},
		{settled(fieldwork.Prepared), fieldwork.Facts{Audience: catalogue.Families, Languages: complete, Today: "2026-02-20"}, "missing_texts stale_texts draft_texts"},
		{with(func(w *fieldwork.Wave) { w.Languages = "de" }), fieldwork.Facts{Audience: catalogue.Families, Languages: complete, Today: "2026-02-20"}, ""},
		{settled(fieldwork.Prepared), fieldwork.Facts{Audience: catalogue.Families, Today: "2026-03-28"}, "short"},
		{settled(fieldwork.Prepared), fieldwork.Facts{Audience: catalogue.Families, Today: "2026-04-01"}, "over"},
		{settled(fieldwork.Prepared), fieldwork.Facts{Audience: catalogue.Families, Today: "2026-02-20", Strata: []fieldwork.Stratum{{Area: "a", Population: 300}, {Area: "b"}}}, "strata"},
	} {
		if got := keys(test.wave, test.facts); got != test.want {
			t.Errorf("%+v\n has %s\nwant %s", test.wave, got, test.want)
		}
	}
	short := settled(fieldwork.Prepared)
	for _, one := range short.Concerns(fieldwork.Facts{Audience: catalogue.Families, Today: "2026-03-31"}) {
		if fmt.Sprint(one.Params["count"]) != "1" {
			t.Errorf("the last day alone counts as %v", one.Params)
		}
	}
}
