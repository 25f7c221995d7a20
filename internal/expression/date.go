package expression

import (
	"math"
	"strconv"
	"time"
)

const (
	dateLayout     = "2006-01-02"
	dateTimeLayout = "2006-01-02T15:04:05.000-07:00"
	secondsPerDay  = 24 * 60 * 60
)

// parseDate returns the days from 1970-01-01 to a date or date-time of ISO
// 8601, NaN for everything else. A date-time gives a fraction of the day by
// the clock that wrote it: its offset is not applied, so that now() lies on
// today() and the server and the phone agree wherever they stand.
func parseDate(text string) float64 {
	if len(text) < len(dateLayout) {
		return math.NaN()
	}
	day, ok := dayNumber(text[:len(dateLayout)])
	if !ok {
		return math.NaN()
	}
	if len(text) == len(dateLayout) {
		return float64(day)
	}
	if text[len(dateLayout)] != 'T' {
		return math.NaN()
	}
	seconds, ok := clockSeconds(text[len(dateLayout)+1:])
	if !ok {
		return math.NaN()
	}
	return float64(day) + seconds/secondsPerDay
}

// dayNumber reads YYYY-MM-DD of the proleptic Gregorian calendar.
func dayNumber(text string) (int64, bool) {
	year, okYear := digits(text[0:4])
	month, okMonth := digits(text[5:7])
	day, okDay := digits(text[8:10])
	if !okYear || !okMonth || !okDay || text[4] != '-' || text[7] != '-' {
		return 0, false
	}
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	// time.Date carries an overflow on: 30 February would become 2 March.
	if date.Day() != day || int(date.Month()) != month {
		return 0, false
	}
	return date.Unix() / secondsPerDay, true
}

// clockSeconds reads HH:MM, HH:MM:SS or HH:MM:SS.fff, followed by nothing, Z
// or an offset ±HH:MM, and returns the seconds since midnight.
func clockSeconds(text string) (float64, bool) {
	if len(text) < 5 || text[2] != ':' {
		return 0, false
	}
	hour, okHour := digits(text[0:2])
	minute, okMinute := digits(text[3:5])
	if !okHour || !okMinute || hour > 23 || minute > 59 {
		return 0, false
	}
	seconds, rest := float64(hour*3600+minute*60), text[5:]
	if len(rest) >= 3 && rest[0] == ':' {
		end := 3
		if len(rest) > 3 && rest[3] == '.' {
			for end = 4; end < len(rest) && rest[end] >= '0' && rest[end] <= '9'; {
				end++
			}
		}
		second, err := strconv.ParseFloat(rest[1:end], 64)
		if _, ok := digits(rest[1:3]); !ok || end == 4 || err != nil || second >= 60 {
			return 0, false
		}
		seconds, rest = seconds+second, rest[end:]
	}
	return seconds, rest == "" || rest == "Z" || isOffset(rest)
}

func isOffset(text string) bool {
	if len(text) != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':' {
		return false
	}
	_, okHour := digits(text[1:3])
	_, okMinute := digits(text[4:6])
	return okHour && okMinute
}

// digits reads a number made of ASCII digits only.
func digits(text string) (int, bool) {
	number := 0
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		number = number*10 + int(text[i]-'0')
	}
	return number, true
}
