package tabular

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// formats knows how the numbers of a workbook are to be read.
type formats struct {
	from1904 bool     // dates count from 1904-01-01, as old Macs did
	styles   []format // by style number
}

// format is what matters of a number format.
type format struct {
	date, clock, elapsed bool
	percent              bool // a hundredth is shown as 1%
	zeros                int  // least number of digits, from formats like 00000
}

// classify reads a number format: the built-in ones by number (ECMA-376 part 1,
// section 18.8.30, with the East Asian date formats), others by their code.
func classify(id int, code string) format {
	if code != "" {
		return classifyCode(code)
	}
	switch {
	case id == 9, id == 10:
		return format{percent: true}
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58:
		return format{date: true}
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id == 45, id == 47, id == 55, id == 56:
		return format{clock: true}
	case id == 22:
		return format{date: true, clock: true}
	case id == 46:
		return format{elapsed: true}
	}
	return format{}
}

func classifyCode(code string) format {
	var found format
	bare, months := bareCode(code, &found)
	if zeros := strings.Trim(bare, "0"); zeros == "" && len(bare) > 1 {
		found.zeros = len(bare)
	}
	if strings.Contains(strings.ToLower(bare), "general") {
		return format{}
	}
	found.percent = strings.Contains(bare, "%")
	found.date = strings.ContainsAny(bare, "yYdD") || months && !strings.ContainsAny(bare, "hHsS")
	found.clock = strings.ContainsAny(bare, "hHsS")
	if found.elapsed {
		found.date, found.clock = false, false
	}
	return found
}

// bareCode strips quoted text, escaped characters and bracketed parts from the
// first section of a format code, and tells whether an m is left.
func bareCode(code string, found *format) (bare string, months bool) {
	var out []byte
scan:
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case ';':
			break scan
		case '\\', '_', '*':
			i++
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				break scan
			}
			i += end + 1
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				break scan
			}
			inside := strings.ToLower(code[i+1 : i+end])
			if inside != "" && strings.Trim(inside, inside[:1]) == "" && strings.ContainsAny(inside, "hms") {
				found.elapsed = true // [h], [mm], [ss]
			}
			i += end
		default:
			out = append(out, c)
		}
	}
	return string(out), strings.ContainsAny(string(out), "mM")
}

// number writes a stored number as its author sees it. It returns false, with
// the text unchanged, when the text is no number.
func (f formats) number(raw string, style int) (string, bool) {
	value, err := strconv.ParseFloat(strings.TrimSpace(raw), 64)
	if err != nil || math.IsInf(value, 0) || math.IsNaN(value) {
		return raw, false
	}
	return f.show(value, style), true
}

// show writes a finite number as the format of its style says.
func (f formats) show(value float64, style int) string {
	var how format
	if style >= 0 && style < len(f.styles) {
		how = f.styles[style]
	}
	const latest = 2958466 // the day after 9999-12-31
	switch {
	case how.elapsed && value >= 0 && value < latest:
		seconds := int64(math.Round(value * 24 * 60 * 60))
		return strconv.FormatInt(seconds/3600, 10) + time.Unix(seconds%3600, 0).UTC().Format(":04:05")
	case (how.date || how.clock) && value >= 0 && value < latest:
		return f.moment(value, how)
	}
	if how.percent {
		return plain(value*100) + "%"
	}
	text := plain(value)
	if missing := how.zeros - len(text); missing > 0 && value >= 0 && value == math.Trunc(value) {
		text = strings.Repeat("0", missing) + text
	}
	return text
}

// moment writes a serial day number as ISO date, time or both.
func (f formats) moment(serial float64, how format) string {
	days := math.Floor(serial)
	seconds := math.Round((serial - days) * 24 * 60 * 60)
	if seconds == 24*60*60 {
		days, seconds = days+1, 0
	}
	clock := time.Unix(int64(seconds), 0).UTC().Format("15:04:05")
	if how.clock && !how.date && days == 0 {
		return clock
	}
	date := f.day(int(days))
	if how.clock {
		return date + "T" + clock
	}
	return date
}

// day writes a serial day. Excel's 1900 calendar has a 29 February that never
// was (day 60), so days before it are one off.
func (f formats) day(serial int) string {
	start := time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case f.from1904:
		start = time.Date(1904, time.January, 1, 0, 0, 0, 0, time.UTC)
	case serial == 60:
		return "1900-02-29"
	case serial < 60:
		start = start.AddDate(0, 0, 1)
	}
	return start.AddDate(0, 0, serial).Format(time.DateOnly)
}

// plain writes a number with the 15 significant digits that spreadsheets show,
// so that 0.1+0.2 reads 0.3 and 1.0 reads 1.
func plain(value float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(value, 'g', 15, 64), 64)
	if err != nil {
		rounded = value
	}
	if size := math.Abs(rounded); size != 0 && (size >= 1e21 || size < 1e-9) {
		return strconv.FormatFloat(rounded, 'E', -1, 64)
	}
	return strconv.FormatFloat(rounded+0, 'f', -1, 64) // +0 turns -0 into 0
}
