package analysis

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"bedarfslotse/internal/analysis/internal/packed"
	"bedarfslotse/internal/analysis/internal/raw"
	"bedarfslotse/internal/survey"
)

// State says what became of a question for one respondent (METHODS 1). The
// fourth state, a non-substantive answer such as "don't know", is an answer
// here: the choice itself says what it is.
type State uint8

// The states.
const (
	NotAsked State = iota // the question was not relevant
	NoAnswer              // it was relevant and stayed empty
	Given                 // it was answered
)

// Row is one accepted response on its way into a chunk: what is known of the
// process, and the answers as codes. Make one with [Schema.NewRow]; it may be
// used again after [Row.Reset]. A row is not safe for concurrent use.
type Row struct {
	// Key is the record key of METHODS 5.6: the first 8 bytes of
	// HMAC-SHA-256(salt of the wave, response id). It also names the row when
	// the response is withdrawn.
	Key uint64
	// Day counts from 2000-01-01; see [Day].
	Day uint16
	// Duration is the doubling class of METHODS 12, 0 when not known: 1 for up
	// to 2 minutes, then 4, 8, 16, 32, and 6 for longer.
	Duration uint8
	// Import is the number of the imported file within the wave, counted from
	// 1; 0 for a response that arrived online.
	Import uint32
	// What the access code or the wave carries over; empty when not known.
	Language, Area, InstitutionType, Institution string

	schema *Schema
	packed *packed.Row
}

// Main is the instance number of the main table, for questions outside repeats.
const Main = -1

// Day counts the days from 2000-01-01 to the day of t, as [Row.Day] has them;
// days before and after the range of 179 years become its ends.
func Day(t time.Time) uint16 {
	y, m, d := t.Date()
	days := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Sub(epoch()).Hours() / 24
	return uint16(min(max(days, 0), math.MaxUint16))
}

func epoch() time.Time { return time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC) }

// NewRow returns a row in which no question was asked.
func (s *Schema) NewRow() *Row {
	return &Row{schema: s, packed: s.layout.NewRow()}
}

// Reset empties the row for the next response.
func (r *Row) Reset() {
	kept := Row{schema: r.schema, packed: r.packed}
	kept.packed.Reset()
	*r = kept
}

// Add begins an instance of a repeat and returns its number for [Row.Set]. It
// returns [Main] for a repeat without columns (an attributed one); what is then
// set for its questions is ignored.
func (r *Row) Add(repeat *survey.Element) int {
	table, ok := r.schema.repeats[repeat]
	if !ok {
		return Main
	}
	return r.packed.Add(table)
}

// Set stores the answer to one question: in the given instance for a question
// inside a repeat, in [Main] for any other. Values are normalised as responses
// store them: choice names, numbers with a decimal point, dates as 2006-01-02,
// times as 15:04, an order as names with spaces between them, any text. Of a
// time only the hour is kept, of a date only the month. With state Given and no
// values the state is NoAnswer. Questions without a column are ignored.
//
// An error says that a value is none of the question's; the row then holds "no
// answer" for it.
func (r *Row) Set(instance int, e *survey.Element, state State, values ...string) error {
	at := r.schema.places[e.Index]
	if !at.found {
		return nil
	}
	if (instance >= 0) != (at.table > 0) || instance >= 0 && r.packed.TableOf(instance) != at.table {
		return fmt.Errorf("question %s: instance %d is not of its repeat", e.Name, instance)
	}
	if e.Type == survey.Rank {
		return r.setOrder(instance, at.column, e, state, values)
	}
	words := r.packed.Value(instance, at.column)
	clear(words)
	switch {
	case state == NotAsked:
		return nil
	case state == NoAnswer || len(values) == 0:
		words[0] = packed.NoAnswer // also the "asked" bit of a set
		return nil
	case e.Type == survey.SelectMultiple:
		return setMultiple(words, e, values)
	}
	code, err := codeOf(e, values[0])
	if err != nil {
		words[0] = packed.NoAnswer
		return fmt.Errorf("question %s: %w", e.Name, err)
	}
	words[0] = code
	return nil
}

func setMultiple(words []uint64, e *survey.Element, values []string) error {
	words[0] = packed.Asked
	var failed error
	for _, name := range values {
		choice := e.ChoiceIndex(name)
		if choice < 0 {
			failed = fmt.Errorf("question %s: no choice %q", e.Name, name)
			continue
		}
		words[(choice+1)/64] |= 1 << ((choice + 1) % 64)
	}
	return failed
}

// setOrder stores at which place each choice was put.
func (r *Row) setOrder(instance, first int, e *survey.Element, state State, values []string) error {
	all := func(code uint64) {
		for i := range e.Choices.Choices {
			r.packed.Value(instance, first+i)[0] = code
		}
	}
	order := strings.Fields(strings.Join(values, " "))
	switch {
	case state == NotAsked:
		all(packed.NotAsked)
		return nil
	case state == NoAnswer || len(order) == 0:
		all(packed.NoAnswer)
		return nil
	}
	all(raw.LeftOut)
	for place, name := range order {
		choice := e.ChoiceIndex(name)
		if choice < 0 || r.packed.Value(instance, first+choice)[0] != raw.LeftOut {
			all(packed.NoAnswer)
			return fmt.Errorf("question %s: %q is no order of its choices", e.Name, strings.Join(order, " "))
		}
		r.packed.Value(instance, first+choice)[0] = uint64(raw.FirstPlace + place)
	}
	return nil
}

func codeOf(e *survey.Element, value string) (uint64, error) {
	if value == "" {
		return packed.NoAnswer, nil
	}
	switch e.Type {
	case survey.SelectOne:
		choice := e.ChoiceIndex(value)
		if choice < 0 {
			return 0, fmt.Errorf("no choice %q", value)
		}
		return uint64(packed.FirstCode + choice), nil
	case survey.Time:
		at, err := time.Parse("15:04", value)
		if err != nil {
			return 0, fmt.Errorf("%q is no time", value)
		}
		return packed.NumberWord(float64(at.Hour())), nil
	case survey.Integer, survey.Decimal, survey.TypeRange, survey.Calculate:
		if stepped(e) {
			at := e.Range.Place(value)
			if at < 0 {
				return 0, fmt.Errorf("%q is no number of the range", value)
			}
			return uint64(packed.FirstCode + at), nil
		}
		number, err := strconv.ParseFloat(value, 64)
		if err == nil && !math.IsNaN(number) && !math.IsInf(number, 0) {
			return packed.NumberWord(number), nil
		}
		if e.Type == survey.Calculate { // a calculation may well yield a text
			return packed.SpecialNumber(packed.OtherNumber), nil
		}
		return 0, fmt.Errorf("%q is no number", value)
	case survey.Date, survey.DateTime:
		value, _, _ = strings.Cut(value, "T")
		day, err := time.Parse(time.DateOnly, value)
		if err != nil || day.Year() >= maxYear {
			return 0, fmt.Errorf("%q is no date", value)
		}
		return uint64(packed.FirstCode + 12*day.Year() + int(day.Month()) - 1), nil
	default:
		return packed.FirstCode, nil
	}
}
