package export

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"bedarfslotse/internal/survey"
)

// table is one sheet or file of an export: a row per response, or per instance
// of a repeat.
type table struct {
	name      string          // "responses", or the repeat's
	file      string          // the name in a zip, without its end; see [fileNames]
	repeat    *survey.Element // nil for the responses themselves
	variables []*variable
	rows      int // how many were measured
}

// responsesTable is the name of the table of responses.
const responsesTable = "responses"

// fileNames names the tables' files: in small letters, digits, dots, dashes and
// underscores, which every zip and every data package takes.
func fileNames(tables []*table) {
	taken := map[string]bool{}
	for _, t := range tables {
		name := strings.Map(func(r rune) rune {
			if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '.' || r == '_') {
				return unicode.ToLower(r)
			}
			return '_'
		}, t.name)
		t.file = name
		for number := 2; taken[t.file]; number++ {
			t.file = name + "_" + strconv.Itoa(number)
		}
		taken[t.file] = true
	}
}

// variable is one column.
type variable struct {
	name       string          // as in the header of a CSV
	label      string          // in the export's language
	element    *survey.Element // nil for columns that are no question's
	kind       kind
	categories []category // of kinds that choose, and of numbers that have labels
	scale      bool       // the categories stand in an order
	reference  reference
	// open lets the categories be whatever values come, named by this.
	open func(value string) string

	index map[string]int // of the categories, by value
	extent
}

// kind is what a column's cells are.
type kind uint8

const (
	textKind     kind = iota
	numberKind        // a decimal with a point
	choiceKind        // the name of one of the categories
	choicesKind       // names of categories with spaces between them
	orderKind         // all categories in an order, with spaces between them
	dateKind          // 2006-01-02
	monthKind         // 2006-01
	yearKind          // 2006
	timeKind          // 15:04
	dateTimeKind      // 2006-01-02T15:04
)

// category is one value with its label.
type category struct {
	value, label string
	missing      bool // "don't know" and the like
}

// reference is a column's part in the keys between tables.
type reference uint8

const (
	noReference reference = iota
	ownKey                // numbers the rows of its table
	responseKey           // the row of the response, in the table of a repeat
	parentKey             // the row of the instance around, in that of a repeat in a repeat
)

// extent is what was measured of a variable's cells.
type extent struct {
	longest   int             // bytes
	units     int             // UTF-16 units of the longest text, where that is long
	blanks    bool            // some cell is empty
	misfit    bool            // some cell is not of the kind
	fractions int             // decimal places of numbers
	largest   float64         // absolute value of numbers
	seen      map[string]bool // values, where categories are open
}

// maxOpen is how many values open categories may have before they are texts.
const maxOpen = 1000

// longText is how many bytes a text has at least before its UTF-16 units matter.
const longText = 16_000

// measure notes what one cell holds.
func (v *variable) measure(cell string) {
	if cell == "" {
		v.blanks = true
		return
	}
	if len(cell) > v.longest {
		v.longest = len(cell)
	}
	if len(cell) >= longText {
		v.units = max(v.units, utf16Units(cell))
	}
	if v.open != nil && len(v.seen) <= maxOpen {
		if v.seen == nil {
			v.seen = map[string]bool{}
		}
		v.seen[cell] = true
	}
	if v.misfit || v.kind == textKind {
		return
	}
	v.misfit = !v.fits(cell)
}

// fits tells whether a cell is of the variable's kind, and measures numbers.
func (v *variable) fits(cell string) bool {
	switch v.kind {
	case numberKind:
		number, ok := exactNumber(cell)
		if ok && !math.IsNaN(number) {
			v.largest = max(v.largest, math.Abs(number))
			if _, fraction, found := strings.Cut(cell, "."); found {
				v.fractions = max(v.fractions, len(fraction))
			}
		}
		return ok
	case choiceKind:
		return v.open != nil || v.category(cell) >= 0
	case choicesKind, orderKind:
		names := strings.Fields(cell)
		if v.kind == orderKind && len(names) > len(v.categories) {
			return false
		}
		return !slices.ContainsFunc(names, func(name string) bool { return v.category(name) < 0 })
	case textKind:
		return true
	default:
		_, ok := v.moment(cell)
		return ok
	}
}

// exactNumber reads a number that a float64 holds to its last digit, or NaN,
// which stands for what could not be computed.
func exactNumber(text string) (float64, bool) {
	if text == "NaN" {
		return math.NaN(), true
	}
	number, err := strconv.ParseFloat(text, 64)
	whole := !strings.ContainsAny(text, ".eE")
	leading := len(text) > 1 && text[0] == '0' && text[1] != '.'
	return number, err == nil && !math.IsInf(number, 0) && !leading && (!whole || math.Abs(number) <= 1<<53)
}

// category returns the place of a value among the categories, −1 if it has none.
func (v *variable) category(value string) int {
	if v.index == nil {
		v.index = make(map[string]int, len(v.categories))
		for at, one := range v.categories {
			v.index[one.value] = at
		}
	}
	if at, known := v.index[value]; known {
		return at
	}
	return -1
}

// layout is how the variable's moments are written; "" for all other kinds.
func (v *variable) layout() string {
	switch v.kind {
	case dateKind:
		return time.DateOnly
	case monthKind:
		return "2006-01"
	case yearKind:
		return "2006"
	case timeKind:
		return "15:04"
	case dateTimeKind:
		return "2006-01-02T15:04"
	default:
		return ""
	}
}

// gregorian is the first day that SPSS knows, on which its seconds begin.
func gregorian() time.Time { return time.Date(1582, time.October, 14, 0, 0, 0, 0, time.UTC) }

// moment reads a cell of a kind that is a time of some precision.
func (v *variable) moment(cell string) (time.Time, bool) {
	at, err := time.Parse(v.layout(), cell)
	return at, err == nil && (v.kind == timeKind || v.kind == yearKind || at.After(gregorian()))
}

// settle decides what the variable is: what does not fit is text, and open
// categories are those that came. Without measuring nothing is known.
func (v *variable) settle(measured bool) {
	if v.open != nil && measured {
		for _, value := range slices.Sorted(maps.Keys(v.seen)) {
			v.categories = append(v.categories, category{value: value, label: v.open(value)})
		}
		if len(v.categories) > maxOpen {
			v.misfit = true
		}
	}
	if v.misfit {
		v.kind, v.categories = textKind, nil
	}
	v.index = nil
}

// utf16Units counts as Excel does.
func utf16Units(text string) int {
	units := 0
	for _, r := range text {
		if units++; r > 0xffff {
			units++
		}
	}
	return units
}

// chosen tells whether the kind has categories.
func (v *variable) chosen() bool {
	return v.kind == choiceKind || v.kind == choicesKind || v.kind == orderKind
}
