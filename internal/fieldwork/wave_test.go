package fieldwork_test

import (
	"regexp"
	"testing"
	"time"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
)

func at(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return t.Add(12 * time.Hour)
}

func TestAskingAndAccepting(t *testing.T) {
	open := fieldwork.Wave{State: fieldwork.Open, Opened: "2026-03-01", Until: "2026-03-31"}
	endless := fieldwork.Wave{State: fieldwork.Open, Opened: "2026-03-01"}
	closed := fieldwork.Wave{State: fieldwork.Closed, Opened: "2026-03-01", Until: "2026-03-31"}
	for _, test := range []struct {
		wave                       fieldwork.Wave
		day                        string
		asking, accepting, overdue bool
	}{
		{open, "2026-03-01", true, true, false},
		{open, "2026-03-31", true, true, false},
		{open, "2026-04-01", false, true, false},
		{open, "2026-04-07", false, true, false},
		{open, "2026-04-08", false, false, true},
		{endless, "2036-01-01", true, true, false},
		{closed, "2026-03-15", false, false, false},
	} {
		asking, accepting, overdue := test.wave.Asking(at(test.day)), test.wave.Accepting(at(test.day)), test.wave.Overdue(at(test.day))
		if asking != test.asking || accepting != test.accepting || overdue != test.overdue {
			t.Errorf("%s until %q on %s: asking %v, accepting %v, overdue %v", test.wave.State, test.wave.Until, test.day, asking, accepting, overdue)
		}
	}
}

func TestRespondentTimeIsThePhonesInsideTheWave(t *testing.T) {
	wave := fieldwork.Wave{State: fieldwork.Open, Opened: "2026-03-01", Until: "2026-03-31"}
	server := at("2026-03-20")
	for phone, want := range map[string]string{
		"2026-03-18": "2026-03-18", // answered offline two days ago
		"2026-03-21": "2026-03-21", // a phone beyond the date line
		"2026-03-28": "2026-03-20", // a clock that runs a week ahead
		"2010-01-01": "2026-03-20", // a clock that never was set
		"2026-04-02": "2026-03-20",
	} {
		if got := wave.RespondentTime(at(phone), server).Format(time.DateOnly); got != want {
			t.Errorf("phone %s: %s, want %s", phone, got, want)
		}
	}
	if got := wave.RespondentTime(time.Time{}, server); !got.Equal(server.Truncate(24 * time.Hour)) {
		t.Errorf("no phone's time: %s, want the server's day without its time", got)
	}
}

func TestValidate(t *testing.T) {
	areas, findings := catalogue.NewAreas([]catalogue.Area{{Key: "bochum", Name: "Bochum", Level: catalogue.Stadt, AGS: "05911000"}})
	if findings.Fatal() {
		t.Fatal(findings)
	}
	good := fieldwork.Wave{Slug: "families-2026", K: 5, Opened: "2026-03-01", Until: "2026-03-31", Area: "bochum"}
	if err := good.Validate(areas); err != nil {
		t.Fatalf("a good wave: %v", err)
	}
	none := 0
	for name, change := range map[string]func(*fieldwork.Wave){
		"error.bad_slug":          func(w *fieldwork.Wave) { w.Slug = "Über/.." },
		"error.k_too_small":       func(w *fieldwork.Wave) { w.K = 2 },
		"error.bad_population":    func(w *fieldwork.Wave) { w.Population = &none },
		"error.unknown_area":      func(w *fieldwork.Wave) { w.Area = "atlantis" },
		"error.bad_day":           func(w *fieldwork.Wave) { w.Until = "31.03.2026" },
		"error.ends_before_start": func(w *fieldwork.Wave) { w.Until = "2026-02-28" },
		"error.area_outside":      func(w *fieldwork.Wave) { w.Areas = "bochum herne" },
		"error.bad_breakdown":     func(w *fieldwork.Wave) { w.Breakdown = "area shoe_size" },
	} {
		wave := good
		change(&wave)
		if got := failure.As(wave.Validate(areas)); got == nil || got.Key != name {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestTakes: a wave reaches its area with all below it, or the chosen areas with
// all below them.
func TestTakes(t *testing.T) {
	parents := map[string]string{"bochum": "kreis", "herne": "kreis", "wattenscheid": "bochum", "westenfeld": "wattenscheid"}
	contains := func(outer, inner string) bool {
		for ; inner != ""; inner = parents[inner] {
			if inner == outer {
				return true
			}
		}
		return false
	}
	for _, test := range []struct {
		area, areas string
		takes, not  []string
	}{
		{"", "", []string{"", "kreis", "bochum", "westenfeld"}, nil},
		{"bochum", "", []string{"bochum", "wattenscheid", "westenfeld"}, []string{"", "kreis", "herne"}},
		{"kreis", "wattenscheid herne", []string{"wattenscheid", "westenfeld", "herne"}, []string{"", "kreis", "bochum"}},
		{"", "herne", []string{"herne"}, []string{"", "kreis", "bochum"}},
	} {
		w := fieldwork.Wave{Area: test.area, Areas: test.areas}
		for _, area := range test.takes {
			if !w.Takes(area, contains) {
				t.Errorf("%q (%q) does not take %q", test.area, test.areas, area)
			}
		}
		for _, area := range test.not {
			if w.Takes(area, contains) {
				t.Errorf("%q (%q) takes %q", test.area, test.areas, area)
			}
		}
	}
}

func TestNewCode(t *testing.T) {
	form := regexp.MustCompile(`^[A-HJKMNP-TV-Z2-9]{5}-[A-HJKMNP-TV-Z2-9]{5}$`)
	seen := map[string]bool{}
	for range 1000 {
		code := fieldwork.NewCode()
		if !form.MatchString(code) || seen[code] {
			t.Fatalf("code %q, seen before: %v", code, seen[code])
		}
		seen[code] = true
	}
}
