package fieldwork

import (
	"strconv"
	"strings"

	"bedarfslotse/internal/failure"
)

// Setting is one thing that a coordinator settles about a wave, by the name of
// its column in the store.
type Setting string

// The settings.
const (
	SettingSlug         Setting = "slug"
	SettingSurvey       Setting = "survey"
	SettingArea         Setting = "area"
	SettingAreas        Setting = "areas"
	SettingBreakdown    Setting = "breakdown"
	SettingOpened       Setting = "opened"
	SettingUntil        Setting = "until"
	SettingK            Setting = "k"
	SettingPopulation   Setting = "population"
	SettingInstitutions Setting = "institutions"
	SettingKiosk        Setting = "kiosk"
	SettingProofOfWork  Setting = "proof_of_work"
	SettingAccess       Setting = "access"
	SettingLanguages    Setting = "languages"
	SettingPurpose      Setting = "purpose"
	SettingLegalBasis   Setting = "legal_basis"
	SettingMandate      Setting = "mandate"
	SettingMandateDay   Setting = "mandate_day"
	SettingReference    Setting = "mandate_reference"
	SettingContact      Setting = "contact"
	SettingHelpline     Setting = "helpline"
	SettingRetention    Setting = "retention"
	SettingSupervision  Setting = "supervision"
	SettingCouncil      Setting = "council"
	SettingPrevious     Setting = "previous"
)

// setting is how one is read as text, and what holds it fast.
type setting struct {
	name Setting
	text func(*Wave) string
	// firm tells, of a wave that is no longer only prepared, why the setting
	// stays; "" where it may change. It is the end of a message key.
	firm func(*Wave) string
}

// settings lists all of them in the order in which people read them.
func settings() []setting {
	flag := func(value func(*Wave) bool) func(*Wave) string {
		return func(w *Wave) string { return strconv.FormatBool(value(w)) }
	}
	always := func(*Wave) string { return "" }
	opened := func(why string) func(*Wave) string { return func(*Wave) string { return why } }
	living := func(w *Wave) string {
		if w.State == Closed {
			return "closed"
		}
		return ""
	}
	// What was told to respondents stays; what was left out may be told later.
	told := func(text func(*Wave) string) func(*Wave) string {
		return func(w *Wave) string {
			if text(w) != "" {
				return "told"
			}
			return living(w)
		}
	}
	purpose, basis := func(w *Wave) string { return w.Purpose }, func(w *Wave) string { return w.LegalBasis }
	return []setting{
		{SettingSlug, func(w *Wave) string { return w.Slug }, opened("address")},
		{SettingSurvey, func(w *Wave) string { return strings.TrimSpace(w.SurveyID + " " + w.SurveyHash) }, opened("survey")},
		{SettingArea, func(w *Wave) string { return w.Area }, opened("carried")},
		{SettingAreas, func(w *Wave) string { return w.Areas }, living},
		{SettingOpened, func(w *Wave) string { return w.Opened }, opened("begun")},
		{SettingUntil, func(w *Wave) string { return w.Until }, living},
		{SettingPurpose, purpose, told(purpose)},
		{SettingMandate, func(w *Wave) string { return w.Mandate }, always},
		{SettingMandateDay, func(w *Wave) string { return w.MandateDay }, always},
		{SettingReference, func(w *Wave) string { return w.MandateReference }, always},
		{SettingLegalBasis, basis, told(basis)},
		{SettingContact, func(w *Wave) string { return w.Contact }, always},
		{SettingHelpline, func(w *Wave) string { return w.Helpline }, always},
		{SettingRetention, func(w *Wave) string { return w.Retention }, always}, // never later: see Change
		{SettingK, func(w *Wave) string { return strconv.Itoa(w.K) }, opened("told")},
		{SettingBreakdown, func(w *Wave) string { return w.Breakdown }, opened("told")},
		{SettingAccess, func(w *Wave) string { return string(w.Access) }, opened("access")},
		{SettingInstitutions, flag(func(w *Wave) bool { return w.Institutions }), opened("told")},
		{SettingLanguages, func(w *Wave) string { return w.Languages }, living},
		{SettingKiosk, flag(func(w *Wave) bool { return w.Kiosk }), living},
		{SettingProofOfWork, flag(func(w *Wave) bool { return w.ProofOfWork }), living},
		{SettingPopulation, func(w *Wave) string { return populationText(w.Population) }, always},
		{SettingSupervision, func(w *Wave) string { return w.Supervision }, always},
		{SettingCouncil, func(w *Wave) string { return w.Council }, always},
		{SettingPrevious, func(w *Wave) string { return w.Previous }, always},
	}
}

func populationText(population *int) string {
	if population == nil {
		return ""
	}
	return strconv.Itoa(*population)
}

// Firm tells why a setting stays as it is in the wave's present state, as a
// message key; "" where it may change.
func (w *Wave) Firm(name Setting) string {
	if w.State == Prepared {
		return ""
	}
	for _, one := range settings() {
		if one.name != name {
			continue
		}
		if why := one.firm(w); why != "" {
			return "waves.firm." + why
		}
	}
	return ""
}

// Difference is one setting that two waves do not share.
type Difference struct {
	Setting Setting
	From    string
	To      string
}

// String writes the difference for the audit log: "until 2026-05-01 → 2026-06-01".
func (d Difference) String() string {
	return strings.TrimSpace(string(d.Setting)+" "+d.From) + " → " + d.To
}

// Differences lists the settings in which next differs.
func (w *Wave) Differences(next *Wave) []Difference {
	var found []Difference
	for _, one := range settings() {
		if from, to := one.text(w), one.text(next); from != to {
			found = append(found, Difference{one.name, from, to})
		}
	}
	return found
}

// Change checks that a wave may become next, by what its state lets change, and
// returns what differs. today is the day of the change. It fails with Conflict,
// naming the reason; the setting is the parameter "setting".
func (w *Wave) Change(next *Wave, today string) ([]Difference, error) {
	changes := w.Differences(next)
	for _, one := range changes {
		if why := w.Firm(one.Setting); why != "" {
			return nil, refused(why, one.Setting)
		}
	}
	if w.State == Prepared {
		return changes, nil
	}
	switch {
	case w.Retention != "" && (next.Retention == "" || next.Retention > w.Retention):
		return nil, refused("waves.firm.retention", SettingRetention)
	case next.Until != w.Until && next.Until != "" && next.Until < today:
		return nil, refused("waves.firm.past", SettingUntil)
	}
	return changes, nil
}

func refused(why string, name Setting) error {
	return failure.New(failure.Conflict, why, "setting", string(name))
}

// Move brings the wave into another state on a day; failure.Conflict when that
// does not follow on its present one. Closing is not among them: it does more
// than set a state.
func (w *Wave) Move(to State, today string) error {
	switch {
	case to == Open && w.State == Prepared:
		w.Opened = max(w.Opened, today)
		if w.Until != "" && w.Until < w.Opened {
			return failure.New(failure.Conflict, "error.ends_before_start", "day", w.Until)
		}
	case to == Open && w.State == Paused, to == Paused && w.State == Open:
	default:
		return failure.New(failure.Conflict, "waves.no_move", "from", string(w.State), "to", string(to))
	}
	w.State = to
	return nil
}

// Next is a wave that asks the same again: all settings copied, without the days
// of this one, those on which others were told of it, and what is public of it.
func (w *Wave) Next(slug string) Wave {
	next := *w
	next.ID, next.Slug, next.State, next.Previous = "", slug, Prepared, w.ID
	next.Opened, next.Until, next.Closed, next.Retention = "", "", "", ""
	next.Supervision, next.Council = "", ""
	next.PublicQuestions, next.PublicLicence = "", ""
	next.Release, next.Revision = 0, 0
	return next
}
