// Package fieldwork is the collecting of answers: waves, the institutions they
// reach, access codes and returns.
package fieldwork

import (
	"regexp"
	"strings"
	"time"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
)

// Wave is one period of collecting with one version of a survey.
type Wave struct {
	ID         string
	Slug       string
	SurveyID   string
	SurveyHash string
	State      State
	Area       string // key of the area it is about, "" when open to all
	Opened     string // day
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
	Purpose      string
	LegalBasis   string
	Mandate      string
	Contact      string
	Retention    string // last day on which single responses are kept
	Sample       bool   // made-up answers of the demonstration
	Release      int    // the newest release, 0 before the first
}

// State is a wave's stage of life.
type State string

// The states of a wave.
const (
	Open   State = "open"
	Closed State = "closed"
)

// Grace is how long after a wave's last day answers that waited on a phone
// without network are still taken (DESIGN 2.4).
const Grace = 7 * 24 * time.Hour

// DefaultK is the smallest publishable group unless the wave says otherwise.
const DefaultK = 5

var slugForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Validate returns what is wrong with a wave about to be opened.
func (w *Wave) Validate(areas *catalogue.Areas) error {
	switch {
	case !slugForm.MatchString(w.Slug) || len(w.Slug) > 60:
		return failure.New(failure.Invalid, "error.bad_slug", "slug", w.Slug)
	case w.K < 3:
		return failure.New(failure.Invalid, "error.k_too_small", "k", w.K)
	case w.Population != nil && *w.Population < 1:
		return failure.New(failure.Invalid, "error.bad_population", "population", *w.Population)
	}
	if _, known := areas.Get(w.Area); w.Area != "" && !known {
		return UnknownArea(areas, w.Area)
	}
	for _, day := range []string{w.Until, w.Retention} {
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
func (w *Wave) Asking(day time.Time) bool {
	return w.State == Open && (w.Until == "" || day.Format(time.DateOnly) <= w.Until)
}

// Accepting tells whether answers are taken on a day: while asking, and for
// the time of grace after it.
func (w *Wave) Accepting(day time.Time) bool {
	return w.Asking(day.Add(-Grace)) || w.Asking(day)
}

// Overdue tells whether the time of grace is over and the wave closes by itself.
func (w *Wave) Overdue(day time.Time) bool { return w.State == Open && !w.Accepting(day) }

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
