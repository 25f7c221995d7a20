// Package fieldwork is the collecting of answers: waves, the institutions they
// reach, access codes and returns.
package fieldwork

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
)

// Wave is one period of collecting with one version of a survey. Two waves
// that are equal as Go values are the same in every respect.
type Wave struct {
	ID         string
	Slug       string
	SurveyID   string
	SurveyHash string
	State      State
	Area       string // key of the area it is about, "" when open to all
	// Areas are the keys of the areas below it that take part, separated by
	// spaces; "" for all of them. See [Wave.Takes].
	Areas string
	// Breakdown is the order in which figures of groups are divided, names of
	// [Breakdowns] separated by spaces; "" for the order listed there.
	Breakdown  string
	Opened     string // first day for answers; "" while prepared and undecided
	Until      string // last day for new answers, "" without end
	Closed     string // day, "" while open
	K          int    // smallest publishable group
	Population *int   // how many could answer, nil when not known
	// Institutions tells that responses keep the institution that their access
	// code names. Intervals then account for schools answering alike (METHODS 2);
	// the respondent is told before the start.
	Institutions bool
	Kiosk        bool
	ProofOfWork  bool
	Access       Access // by which door respondents come
	// Languages are the tags offered to respondents, separated by spaces; "" for
	// all of the survey's. See [Wave.Offered].
	Languages string
	// PublicQuestions are the names of the questions whose figures everybody may
	// read, separated by spaces, "" for none; see [Wave.Published]. PublicLicence
	// is the id of the licence of their data, of [Licences].
	PublicQuestions, PublicLicence string
	Purpose                        string
	LegalBasis                     string
	// The mandate: who ordered the survey, on which day, and under which
	// reference, such as a council's printed paper.
	Mandate, MandateDay, MandateReference string
	Contact                               string
	Helpline                              string // where somebody finds help whom the questions trouble
	Retention                             string // last day on which single responses are kept
	// The days on which the school supervision and the staff council were told
	// of the wave; "" for not yet.
	Supervision, Council string
	Previous             string // id of the wave that this one repeats, "" for none
	Sample               bool   // made-up answers of the demonstration
	Release              int    // the newest release, 0 before the first
	// Deleted is the day on which the single responses were deleted at the end of
	// retention, "" while they are kept; only figures are left since.
	Deleted string
	// Revision grows with every change of the settings, so that two people who
	// change them at once do not undo each other unseen.
	Revision int
}

// State is a wave's stage of life.
type State string

// The states of a wave, in the order of its life.
const (
	// Prepared waves are seen at the desk only; everything may still change.
	Prepared State = "prepared"
	// Open waves are answered.
	Open State = "open"
	// Paused waves ask nobody anew; answers that wait on phones are still taken.
	Paused State = "paused"
	// Closed waves take nothing more, for good; their figures are released.
	Closed State = "closed"
)

// Access is how respondents come to a wave.
type Access string

// The ways to a wave.
const (
	// ByLink lets everybody in who has the address; codes may carry over more.
	ByLink Access = "link"
	// ByGroupCode wants a code that a group shares, such as a school's.
	ByGroupCode Access = "group"
	// BySingleCode wants a code that is good for one response.
	BySingleCode Access = "single"
)

// Accesses lists every access.
func Accesses() []Access { return []Access{ByLink, ByGroupCode, BySingleCode} }

// NeedsCode tells whether nobody may answer without an access code.
func (w *Wave) NeedsCode() bool { return w.Access == ByGroupCode || w.Access == BySingleCode }

// Breakdowns lists the variables by which a wave's figures are divided, in the
// usual order: each is divided within those before it (METHODS 5.2).
func Breakdowns() []string { return []string{"area", "institution_type"} }

// Divided is the order in which the wave's figures are divided.
func (w *Wave) Divided() []string {
	if chosen := strings.Fields(w.Breakdown); len(chosen) > 0 {
		return chosen
	}
	return Breakdowns()
}

// Takes tells whether an area takes part in the wave, "" being the place of what
// lies nowhere. Contains tells whether one area lies in another or is the same.
func (w *Wave) Takes(area string, contains func(outer, inner string) bool) bool {
	chosen := strings.Fields(w.Areas)
	if len(chosen) == 0 {
		return w.Area == "" || area != "" && contains(w.Area, area)
	}
	return area != "" && slices.ContainsFunc(chosen, func(one string) bool { return contains(one, area) })
}

// Grace is how long after a wave's last day answers that waited on a phone
// without network are still taken (DESIGN 2.4).
const Grace = 7 * 24 * time.Hour

// DefaultK is the smallest publishable group unless the wave says otherwise.
const DefaultK = 5

var slugForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Validate returns what is wrong with a wave's settings.
func (w *Wave) Validate(areas *catalogue.Areas) error {
	switch {
	case !slugForm.MatchString(w.Slug) || len(w.Slug) > 60 || w.Slug == "new": // a page of the desk
		return failure.New(failure.Invalid, "error.bad_slug", "slug", w.Slug)
	case w.K < 3:
		return failure.New(failure.Invalid, "error.k_too_small", "k", w.K)
	case w.Population != nil && *w.Population < 1:
		return failure.New(failure.Invalid, "error.bad_population", "population", *w.Population)
	}
	if w.Access != "" && !slices.Contains(Accesses(), w.Access) {
		return failure.New(failure.Invalid, "error.bad_access", "access", string(w.Access))
	}
	if _, known := areas.Get(w.Area); w.Area != "" && !known {
		return UnknownArea(areas, w.Area)
	}
	for _, key := range strings.Fields(w.Areas) {
		if _, known := areas.Get(key); !known || w.Area != "" && !areas.Contains(w.Area, key) {
			return failure.New(failure.Invalid, "error.area_outside", "area", key, "setting", string(SettingAreas))
		}
	}
	for _, one := range strings.Fields(w.Breakdown) {
		if !slices.Contains(Breakdowns(), one) {
			return failure.New(failure.Invalid, "error.bad_breakdown", "name", one, "setting", string(SettingBreakdown))
		}
	}
	for _, day := range []string{w.Opened, w.Until, w.Retention, w.MandateDay, w.Supervision, w.Council} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			return failure.New(failure.Invalid, "error.bad_day", "day", day)
		}
	}
	if w.Retention != "" && w.Retention < max(w.Opened, w.Until) {
		return failure.New(failure.Invalid, "error.retention_too_short", "day", w.Retention)
	}
	if w.Until != "" && w.Until < w.Opened {
		return failure.New(failure.Invalid, "error.ends_before_start", "day", w.Until)
	}
	return nil
}

// UnknownArea is the failure for an area that does not exist; it names those
// that do.
func UnknownArea(areas *catalogue.Areas, key string) *failure.Error {
	keys := make([]string, 0, len(areas.All()))
	for _, area := range areas.All() {
		keys = append(keys, area.Key)
	}
	return failure.New(failure.NotFound, "error.unknown_area", "area", key, "areas", strings.Join(keys, ", "))
}

// Asking tells whether the survey is shown to new respondents on a day.
func (w *Wave) Asking(day time.Time) bool { return w.State == Open && w.within(day) }

// within tells whether a day lies in the period for new answers.
func (w *Wave) within(day time.Time) bool {
	text := day.Format(time.DateOnly)
	return w.Opened <= text && (w.Until == "" || text <= w.Until)
}

// Silence is the message key of the sentence that tells a respondent why the
// survey asks nobody on a day; "" where it asks.
func (w *Wave) Silence(day time.Time) string {
	switch {
	case w.Asking(day):
		return ""
	case w.State == Paused && (w.Until == "" || day.Format(time.DateOnly) <= w.Until):
		return "error.wave_paused"
	case w.State == Open && day.Format(time.DateOnly) < w.Opened:
		return "error.wave_not_begun"
	}
	return "error.wave_closed"
}

// Living tells whether the wave still takes answers, be it only those that wait
// on phones, and imports.
func (w *Wave) Living() bool { return w.State == Open || w.State == Paused }

// Accepting tells whether answers are taken on a day: within the wave's days and
// for the time of grace after them, also while it is paused: whoever answered
// before must not lose it.
func (w *Wave) Accepting(day time.Time) bool {
	begun := w.Opened <= day.Format(time.DateOnly)
	return w.Living() && begun && !w.Overdue(day)
}

// Overdue tells whether the time of grace is over and the wave closes by itself, at
// the latest when retention ends: what came then could not be kept.
func (w *Wave) Overdue(day time.Time) bool {
	late := w.Until != "" && day.Add(-Grace).Format(time.DateOnly) > w.Until
	return w.Living() && (late || w.Expired(day))
}

// Expired tells whether the last day is over on which single responses are kept.
func (w *Wave) Expired(day time.Time) bool {
	return w.Retention != "" && day.Format(time.DateOnly) > w.Retention
}

// Offered are the languages in which the wave is offered, of those that its
// survey speaks and in their order; all of them where none is chosen.
func (w *Wave) Offered(spoken []string) []string {
	chosen := strings.Fields(w.Languages)
	offered := slices.DeleteFunc(slices.Clone(spoken), func(tag string) bool { return !slices.Contains(chosen, tag) })
	if len(offered) == 0 {
		return spoken
	}
	return offered
}

// RespondentTime is what today() and now() give: the phone's day if it lies
// inside the wave, else the server's, at midnight. A calculation may be stored,
// the time of day must not be (DESIGN 2.4).
func (w *Wave) RespondentTime(phone, server time.Time) time.Time {
	day := phone.Format(time.DateOnly)
	if phone.IsZero() || day < w.Opened || w.Until != "" && day > w.Until || phone.After(server.Add(36*time.Hour)) {
		phone = server
	}
	year, month, date := phone.Date()
	return time.Date(year, month, date, 0, 0, 0, 0, phone.Location())
}
