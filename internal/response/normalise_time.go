package response

import (
	"regexp"
	"strings"
	"time"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// The one form in which times are stored. Seconds are not asked for; what an
// import brings of them is dropped, as is the offset: the hour that somebody
// named is the hour on their clock.
const (
	layoutTime     = "15:04"
	layoutDateTime = "2006-01-02T15:04"
)

// date reads a day, or as much of one as the question asks for. A month may
// also be written as 03/2026 or 3.2026.
func date(precision survey.Precision, text string) ([]string, string, failure.Params) {
	text = Digits(text)
	day, err := time.Parse(time.DateOnly, text)
	key := "respondent.problem.not_a_date"
	switch precision {
	case survey.Year:
		key = "respondent.problem.not_a_year"
		if err != nil {
			day, err = time.Parse("2006", text)
		}
		day = time.Date(day.Year(), time.January, 1, 0, 0, 0, 0, time.UTC)
	case survey.Month:
		key = "respondent.problem.not_a_month"
		for _, layout := range []string{"2006-01", "1/2006", "1.2006"} {
			if err != nil {
				day, err = time.Parse(layout, text)
			}
		}
		day = time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, time.UTC)
	case survey.Day:
	}
	if err != nil || day.Year() < 1900 || day.Year() > 2200 {
		return nil, key, nil
	}
	return []string{day.Format(time.DateOnly)}, "", nil
}

// clockTime is a time of day: hours and minutes, and what may follow them.
var clockTime = regexp.MustCompile(`^(\d{1,2})[:.](\d{2})(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?$`)

func clock(text string) ([]string, string, failure.Params) {
	found := clockTime.FindStringSubmatch(Digits(text))
	if found == nil {
		return nil, "respondent.problem.not_a_time", nil
	}
	at, err := time.Parse("15:4", found[1]+":"+found[2])
	if err != nil {
		return nil, "respondent.problem.not_a_time", nil
	}
	return []string{at.Format(layoutTime)}, "", nil
}

func dateTime(text string) ([]string, string, failure.Params) {
	day, hour, found := strings.Cut(strings.Replace(Digits(text), " ", "T", 1), "T")
	days, wrongDay, _ := date(survey.Day, day)
	hours, wrongHour, _ := clock(hour)
	if !found || wrongDay != "" || wrongHour != "" {
		return nil, "respondent.problem.not_a_date_time", nil
	}
	return []string{days[0] + "T" + hours[0]}, "", nil
}
