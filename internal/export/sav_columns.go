package export

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"bedarfslotse/internal/failure"
)

// savCells turns one variable's cells into the columns of a system file.
type savCells struct {
	variable *variable
	columns  []*savColumn
	coding   *coding
}

// coding gives categories their numbers.
type coding struct {
	numbers []float64 // by category
	missing []float64
	lowest  bool // missing are all up to missing[0]
}

// newCoding numbers categories: with their own names where all are whole
// numbers, else 1, 2, 3 … in the order of the survey. SPSS knows at most three
// missing values or a span of them: where "don't know" and the like are more, or
// names are no numbers, they are −1, −2, −3 … instead.
func newCoding(categories []category) *coding {
	c := &coding{numbers: make([]float64, len(categories))}
	named, count := true, 0
	for i, one := range categories {
		number, err := strconv.ParseInt(one.value, 10, 32)
		named = named && err == nil && strconv.FormatInt(number, 10) == one.value
		c.numbers[i] = float64(number)
		if one.missing {
			count++
		}
	}
	next, nextMissing := 1.0, -1.0
	for i, one := range categories {
		switch {
		case named && count <= 3:
		case one.missing:
			c.numbers[i] = nextMissing
			nextMissing--
		default:
			c.numbers[i] = next
			next++
		}
		if one.missing {
			c.missing = append(c.missing, c.numbers[i])
		}
	}
	if len(c.missing) > 3 {
		c.missing, c.lowest = []float64{-1}, true
	}
	return c
}

// savNames gives columns names that are new.
type savNames struct{ taken map[string]bool }

func newSavNames() *savNames { return &savNames{taken: map[string]bool{}} }

// name makes a name of at most 64 bytes that SPSS takes: letters, digits and
// . _ $ # @, beginning with a letter or, as SPSS does itself where it imports
// another, with an @; no word of its language, no dot at the end.
func (n *savNames) name(wanted string) string {
	name := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) && r < utf8.RuneSelf || strings.ContainsRune("._$#@", r) {
			return r
		}
		return '_'
	}, wanted)
	if first, _ := utf8.DecodeRuneInString(name); !unicode.IsLetter(first) {
		name = "@" + name
	}
	if slices.Contains([]string{"ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH"}, strings.ToUpper(name)) {
		name = "@" + name
	}
	name = strings.TrimRight(cutBytes(name, savName), ".")
	for number, base := 2, name; n.taken[strings.ToLower(name)]; number++ {
		suffix := "_" + strconv.Itoa(number)
		name = cutBytes(base, savName-len(suffix)) + suffix
	}
	n.taken[strings.ToLower(name)] = true
	return name
}

// maxSavColumns is how many variables SPSS takes, and short names have letters for.
const maxSavColumns = 32_767

// newSavDictionary plans the columns of a table.
func newSavDictionary(d *document, t *table) (*savDictionary, []*savCells, error) {
	dictionary := &savDictionary{title: d.labels.of(d.version.Title, d.version.ID), now: d.output.Now, cases: t.rows}
	if t.repeat != nil {
		dictionary.title = d.labels.of(t.repeat.Label, t.repeat.Name)
	}
	names, sets := newSavNames(), newSavNames()
	var all []*savCells
	for _, v := range t.variables {
		cells := newSavCells(v, names)
		for _, c := range cells.columns {
			dictionary.columns = append(dictionary.columns, c)
			c.short = "@" + base36(len(dictionary.columns))
		}
		if set, ok := cells.set(sets); ok {
			dictionary.sets = append(dictionary.sets, set)
		}
		all = append(all, cells)
	}
	if len(dictionary.columns) > maxSavColumns {
		return nil, nil, failure.New(failure.TooLarge, "error.export_variables", "variables", maxSavColumns)
	}
	return dictionary, all, nil
}

const (
	nominal int32 = iota + 1
	ordinal
	continuous
)

// newSavCells makes the columns of one variable.
func newSavCells(v *variable, names *savNames) *savCells {
	s := &savCells{variable: v}
	plain := func(format [3]byte, measure int32) {
		s.columns = []*savColumn{{name: names.name(v.name), label: v.label, format: format, measure: measure}}
	}
	switch v.kind {
	case numberKind:
		digits := len(strconv.FormatFloat(math.Trunc(v.largest), 'f', -1, 64)) + 1 // and a sign
		decimals := min(v.fractions, 16)
		plain([3]byte{5, byte(min(max(digits+decimals+1, 8), 40)), byte(decimals)}, continuous)
		if v.reference != noReference {
			s.columns[0].measure = nominal
		}
		for _, one := range v.categories {
			if number, ok := exactNumber(one.value); ok {
				s.columns[0].labels = append(s.columns[0].labels, savLabel{number, one.label})
			}
		}
	case yearKind:
		plain([3]byte{5, 8, 0}, continuous)
	case dateKind:
		plain([3]byte{38, 10, 0}, continuous) // SDATE10, yyyy/mm/dd
	case monthKind:
		plain([3]byte{28, 8, 0}, continuous) // MOYR8
	case timeKind:
		plain([3]byte{21, 5, 0}, continuous) // TIME5, hh:mm
	case dateTimeKind:
		plain([3]byte{22, 17, 0}, continuous) // DATETIME17
	case choiceKind:
		plain([3]byte{5, 8, 0}, nominal)
		s.code(s.columns[0])
	case choicesKind:
		s.dichotomies(names)
	case orderKind:
		s.places(names)
	default:
		s.strings(names)
	}
	return s
}

// code puts the categories on a column.
func (s *savCells) code(c *savColumn) {
	if s.coding == nil {
		s.coding = newCoding(s.variable.categories)
	}
	var codes strings.Builder
	for i, one := range s.variable.categories {
		number := s.coding.numbers[i]
		c.labels = append(c.labels, savLabel{number, one.label})
		line := strconv.FormatFloat(number, 'f', -1, 64) + " = " + one.value
		codes.WriteString("'" + strings.Join(strings.Fields(line), " ") + "'\n")
	}
	c.codes, c.missing, c.lowest = codes.String(), s.coding.missing, s.coding.lowest
	if s.variable.scale {
		c.measure = ordinal
	}
}

// dichotomies makes a column per choice that is 1 where it was ticked and 0
// where others were.
func (s *savCells) dichotomies(names *savNames) {
	for _, one := range s.variable.categories {
		s.columns = append(s.columns, &savColumn{name: names.name(s.variable.name + "_" + one.value), label: one.label,
			format: [3]byte{5, 8, 0}, measure: nominal})
	}
}

// places makes a column per place of an order.
func (s *savCells) places(names *savNames) {
	for place := range s.variable.categories {
		number := strconv.Itoa(place + 1)
		c := &savColumn{name: names.name(s.variable.name + "_" + number), label: number + ". " + s.variable.label,
			format: [3]byte{5, 8, 0}, measure: nominal}
		s.code(c)
		s.columns = append(s.columns, c)
	}
}

// strings makes the string columns of a text, several where one cannot be long
// enough.
func (s *savCells) strings(names *savNames) {
	for rest := max(s.variable.longest, 1); rest > 0; {
		width := min(rest, savString)
		c := &savColumn{name: names.name(s.variable.name), label: s.variable.label, width: width, measure: nominal}
		s.columns = append(s.columns, c)
		// The next column has up to three bytes less to take, as no character is split.
		if rest -= width; rest > 0 {
			rest += utf8.UTFMax - 1
		}
	}
}

// set returns the multiple response set that the columns are.
func (s *savCells) set(names *savNames) (savSet, bool) {
	if s.variable.kind != choicesKind && s.variable.kind != orderKind || len(s.columns) < 2 {
		return savSet{}, false
	}
	set := savSet{name: "$" + cutBytes(strings.TrimLeft(names.name(s.variable.name), "@"), savName-1), label: s.variable.label,
		dichotomies: s.variable.kind == choicesKind}
	for _, c := range s.columns {
		set.members = append(set.members, c.short)
	}
	return set, true
}

// put writes a cell; false when it does not fit what was measured.
func (s *savCells) put(out *savData, cell string) bool {
	v := s.variable
	switch {
	case v.kind == textKind:
		for _, c := range s.columns {
			part := cutBytes(cell, c.width)
			out.text(c, part)
			cell = cell[len(part):]
		}
		return cell == ""
	case cell == "":
		for range s.columns {
			out.number(systemMissing)
		}
		return true
	case v.kind == choicesKind:
		return s.putChoices(out, cell)
	case v.kind == orderKind:
		return s.putOrder(out, cell)
	}
	number, ok := s.number(cell)
	out.number(number)
	return ok
}

// number is what a cell becomes in a single column.
func (s *savCells) number(cell string) (float64, bool) {
	switch s.variable.kind {
	case numberKind:
		number, ok := exactNumber(cell)
		if math.IsNaN(number) {
			number = systemMissing
		}
		return number, ok
	case choiceKind:
		at := s.variable.category(cell)
		if at < 0 {
			return systemMissing, false
		}
		return s.coding.numbers[at], true
	}
	at, ok := s.variable.moment(cell)
	switch s.variable.kind {
	case yearKind:
		return float64(at.Year()), ok
	case timeKind:
		return float64(at.Hour()*3600 + at.Minute()*60), ok
	}
	return float64(at.Unix() - gregorian().Unix()), ok
}

func (s *savCells) putChoices(out *savData, cell string) bool {
	ticked := map[int]bool{}
	for name := range strings.FieldsSeq(cell) {
		at := s.variable.category(name)
		if at < 0 {
			return false
		}
		ticked[at] = true
	}
	for at := range s.columns {
		if ticked[at] {
			out.number(1)
		} else {
			out.number(0)
		}
	}
	return true
}

func (s *savCells) putOrder(out *savData, cell string) bool {
	names := strings.Fields(cell)
	for place := range s.columns {
		if place >= len(names) {
			out.number(systemMissing)
			continue
		}
		at := s.variable.category(names[place])
		if at < 0 {
			return false
		}
		out.number(s.coding.numbers[at])
	}
	return len(names) <= len(s.columns)
}
