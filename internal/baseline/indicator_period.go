package baseline

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Period is the time that a value is about.
type Period struct {
	Label      string // "2024", "2024/25", "2024-Q3", "2024-09" or "2024-12-31"
	start, end time.Time
}

var (
	// periodWords may stand before a period and say nothing more.
	periodWords = regexp.MustCompile(`(?i)^(?:schuljahr|kita-?jahr|kindergartenjahr|berichtsjahr|haushaltsjahr|jahr|year|school year|stichtag|stand|am|zum|sj|kj)[.:]?\s+`)
	yearOnly    = regexp.MustCompile(`^(\d{4})$`)
	schoolYear  = regexp.MustCompile(`^(\d{4})\s*/\s*(\d{2}|\d{4})$`)
	quarter     = regexp.MustCompile(`(?i)^(?:(\d{4})\s*[-/ ]\s*Q\s*([1-4])|Q\s*([1-4])\s*[-/ ]\s*(\d{4})|([1-4])\.\s*Quartal\s+(\d{4}))$`)
	monthFirst  = regexp.MustCompile(`^(\d{1,2})[/.](\d{4})$`)
	monthLast   = regexp.MustCompile(`^(\d{4})-(\d{2})$`)
	germanDay   = regexp.MustCompile(`^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})$`)
	isoDay      = regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})(?:T00:00:00)?$`)
	dayAndMonth = regexp.MustCompile(`^(\d{1,2})\.\s?(\d{1,2})\.$`)
)

// The years that figures can be about.
const (
	firstYear = 1900
	lastYear  = 2199
)

// ParsePeriod reads a period as German statistics write it: a year, a school year
// ("2024/25"), a quarter, a month or a day, with a word such as "Schuljahr" before
// it or not. ok is false for what is none or could be two: "2011-12" is the
// month, never the school year.
func ParsePeriod(text string) (p Period, ok bool) {
	text = strings.Join(strings.Fields(text), " ")
	for found := periodWords.FindString(text); found != ""; found = periodWords.FindString(text) {
		text = text[len(found):]
	}
	if day, ok := ParseDay(text); ok {
		start, _ := time.Parse(time.DateOnly, day)
		return Period{day, start, start}, true
	}
	if m := yearOnly.FindStringSubmatch(text); m != nil {
		return months(m[1], number(m[1]), 1, 12)
	}
	if m := schoolYear.FindStringSubmatch(text); m != nil {
		first, last := number(m[1]), number(m[2])
		if len(m[2]) == 4 && last != first+1 || len(m[2]) == 2 && last != (first+1)%100 {
			return p, false
		}
		return months(fmt.Sprintf("%d/%02d", first, (first+1)%100), first, 8, 12)
	}
	if m := quarter.FindStringSubmatch(text); m != nil {
		year, q := number(m[1]+m[4]+m[6]), number(m[2]+m[3]+m[5])
		return months(fmt.Sprintf("%d-Q%d", year, q), year, 3*q-2, 3)
	}
	year, month := 0, 0
	if m := monthFirst.FindStringSubmatch(text); m != nil {
		month, year = number(m[1]), number(m[2])
	} else if m := monthLast.FindStringSubmatch(text); m != nil {
		year, month = number(m[1]), number(m[2])
	}
	if month < 1 || month > 12 {
		return p, false
	}
	return months(fmt.Sprintf("%d-%02d", year, month), year, month, 1)
}

// months is a period of so many months from the first of one on.
func months(label string, year, month, count int) (Period, bool) {
	if year < firstYear || year > lastYear {
		return Period{}, false
	}
	start := time.Date(year, time.Month(month), 1, 0, 0, 0, 0, time.UTC)
	return Period{label, start, start.AddDate(0, count, -1)}, true
}

func number(text string) int {
	n, _ := strconv.Atoi(text) // of digits that a pattern has matched
	return n
}

// ParseDay reads a day as 31.12.2024 or 2024-12-31.
func ParseDay(text string) (day string, ok bool) {
	text = strings.TrimSpace(text)
	year, month, dom := 0, 0, 0
	if m := germanDay.FindStringSubmatch(text); m != nil {
		dom, month, year = number(m[1]), number(m[2]), number(m[3])
	} else if m := isoDay.FindStringSubmatch(text); m != nil {
		year, month, dom = number(m[1]), number(m[2]), number(m[3])
	}
	at := time.Date(year, time.Month(month), dom, 0, 0, 0, 0, time.UTC)
	if year < firstYear || year > lastYear || at.Day() != dom || int(at.Month()) != month {
		return "", false
	}
	return at.Format(time.DateOnly), true
}

// grace is how long after its end a period's reference day may lie: figures of a
// year are often those of the first of January after it.
const grace = 31

// Has tells whether a day can be the period's reference day: it lies in it or at
// most a month behind.
func (p Period) Has(day string) bool {
	at, err := time.Parse(time.DateOnly, day)
	return err == nil && !at.Before(p.start) && !at.After(p.end.AddDate(0, 0, grace))
}

// ReferenceDay finds the period's reference day: a whole day that it can have, or
// a day without year ("31.12."), which becomes the first such day of the period.
// Of a period that is a day, "" is that day.
func (p Period) ReferenceDay(text string) (day string, ok bool) {
	text = strings.TrimSpace(text)
	for found := periodWords.FindString(text); found != ""; found = periodWords.FindString(text) {
		text = text[len(found):]
	}
	if text == "" && p.start.Equal(p.end) {
		return p.Label, true
	}
	if day, ok := ParseDay(text); ok {
		return day, p.Has(day)
	}
	m := dayAndMonth.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	for year := p.start.Year(); year <= p.end.Year()+1; year++ {
		if day, ok := ParseDay(m[1] + "." + m[2] + "." + strconv.Itoa(year)); ok && p.Has(day) {
			return day, true
		}
	}
	return "", false
}
