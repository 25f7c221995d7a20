package survey

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

var equalsSign = regexp.MustCompile(`\s*=\s*`)

// splitParameters reads "key=value key=value", separated by spaces, commas or
// semicolons. Keys are case-insensitive, as in XLSForm; ok is false when the
// text is anything else.
func splitParameters(text string) (parameters map[string]string, ok bool) {
	parameters = map[string]string{}
	words := strings.FieldsFunc(equalsSign.ReplaceAllString(text, "="), func(r rune) bool {
		return unicode.IsSpace(r) || r == ',' || r == ';'
	})
	for _, word := range words {
		key, value, paired := strings.Cut(word, "=")
		if !paired || key == "" || value == "" || strings.Contains(value, "=") {
			return nil, false
		}
		parameters[strings.ToLower(key)] = value
	}
	return parameters, true
}

// Range says which numbers a question of type range offers: Start, Start+Step
// and so on as far as End, downwards when End is the smaller. Sources: the
// XLSForm reference, "Range"; where a parameter is missing, 1, 10 and 1.
type Range struct {
	// Start, End and Step in units of 10^-Decimals, so that counting is exact.
	// Step is positive.
	Start, End, Step int64
	Decimals         int
	// Interval is the distance between the ticks under a slider, in the same
	// units; 0 when its author leaves it to the page. Placeholder is where the
	// slider stands before it was moved, "" for its beginning.
	Interval    int64
	Placeholder string
	// Labels are the words that stand at some of its numbers.
	Labels []*Choice
}

// Label returns the words at a number, written as answers are stored; nil for
// none.
func (r *Range) Label(number string) Text {
	at, given := r.units(number)
	for _, choice := range r.Labels {
		if units, ok := r.units(choice.Name); given && ok && units == at {
			return choice.Label
		}
	}
	return nil
}

// maxRange bounds the ends of a range and maxDecimals its places, so that every
// value in units of its last place is a whole number that a float64 holds.
const (
	maxRange    = 1e9
	maxDecimals = 6
)

// Whole tells whether all numbers of the range are whole.
func (r *Range) Whole() bool { return r.Decimals == 0 }

// Len is how many numbers the range has.
func (r *Range) Len() int { return int(distance(r.Start, r.End)/r.Step) + 1 }

// Same tells whether both have the same numbers in the same order.
func (r *Range) Same(other *Range) bool {
	return r.Len() == other.Len() && r.At(0) == other.At(0) && r.At(1) == other.At(1)
}

// At returns the number at a place, written as answers are stored.
func (r *Range) At(place int) string {
	step := r.Step
	if r.End < r.Start {
		step = -step
	}
	return r.text(r.Start + int64(place)*step)
}

// Low and High are the smallest and the largest number of the range.
func (r *Range) Low() string { return r.text(r.ends()[0]) }

// High is the largest number; see Low.
func (r *Range) High() string { return r.text(r.ends()[1]) }

// StepText is the step, written as a number.
func (r *Range) StepText() string { return r.text(r.Step) }

func (r *Range) ends() [2]int64 {
	last := r.Start + int64(r.Len()-1)*r.Step
	if r.End < r.Start {
		last = r.Start - int64(r.Len()-1)*r.Step
	}
	return [2]int64{min(r.Start, last), max(r.Start, last)}
}

func (r *Range) text(units int64) string {
	return strconv.FormatFloat(float64(units)/math.Pow10(r.Decimals), 'f', -1, 64)
}

// Has tells whether a number, written as answers are stored, is of the range.
func (r *Range) Has(number string) bool {
	units, ok := r.units(number)
	ends := r.ends()
	return ok && units >= ends[0] && units <= ends[1] && distance(units, r.Start)%r.Step == 0
}

// Place returns the place of a number of the range, from 0 as [Range.At] counts
// them; −1 when it has no such number.
func (r *Range) Place(number string) int {
	if !r.Has(number) {
		return -1
	}
	units, _ := r.units(number)
	return int(distance(units, r.Start) / r.Step)
}

// units counts a number in units of the last place; not ok when it has more.
func (r *Range) units(number string) (int64, bool) {
	value, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(value) || math.Abs(value) > 2*maxRange || places(number) > r.Decimals {
		return 0, false
	}
	return int64(math.Round(value * math.Pow10(r.Decimals))), true
}

func distance(a, b int64) int64 { return max(a, b) - min(a, b) }

// places counts the decimals that a number is written with, without trailing
// zeros.
func places(number string) int {
	_, decimals, _ := strings.Cut(number, ".")
	return len(strings.TrimRight(decimals, "0"))
}

// rangeParameters are those of the XLSForm reference. The last three are about
// how a slider looks.
func rangeParameters() []string {
	return []string{"start", "end", "step", "tick_interval", "placeholder", "tick_labelset"}
}

// parameters reads what a question's parameters mean for its type.
func (c *compiler) parameters(e *Element) {
	if e.Type != TypeRange && e.Parameters == "" {
		return
	}
	found, ok := splitParameters(e.Parameters)
	if !ok {
		if e.Type == TypeRange || e.Type == TextType || e.Type.Selects() {
			c.find(e.Place("parameters"), "survey.parameters_malformed", "name", e.Name, "parameters", e.Parameters)
		}
		return
	}
	switch {
	case e.Type == TypeRange:
		c.rangeOf(e, found)
	case e.Node.Type.Selects():
		c.randomize(e, found)
	case e.Type == TextType:
		c.rows(e, found)
	}
}

// unknownParameter tells about a parameter that the question's type lacks.
func (c *compiler) unknownParameter(e *Element, key string, known ...string) {
	c.find(e.Place("parameters"), "survey.parameter_unknown", "name", e.Name, "parameter", key,
		"known", strings.Join(known, ", "), "suggestion", nearest(key, known))
}

// rows reads how many lines a question for text is high.
func (c *compiler) rows(e *Element, found map[string]string) {
	for _, key := range sortedKeys(found) {
		if key != "rows" {
			c.unknownParameter(e, key, "rows")
		} else if strings.Trim(found[key], "0123456789") != "" {
			c.find(e.Place("parameters"), "survey.parameter_number", "name", e.Name, "parameter", key, "value", found[key])
		}
	}
}

func (c *compiler) rangeOf(e *Element, found map[string]string) {
	at := e.Place("parameters")
	numbers := map[string]string{"start": "1", "end": "10", "step": "1"}
	decimals, wrong := 0, false
	for _, key := range sortedKeys(found) {
		value := found[key]
		if !slices.Contains(rangeParameters(), key) {
			c.unknownParameter(e, key, rangeParameters()...)
			wrong = true
			continue
		}
		if !e.ticks() && slices.Contains(rangeParameters()[3:], key) {
			c.find(at, "survey.parameter_appearance", "name", e.Name, "parameter", key, "appearance", e.Appearance)
			wrong = true
		}
		if key == "tick_labelset" {
			continue
		}
		number, err := strconv.ParseFloat(value, 64)
		if err != nil || math.IsNaN(number) || math.Abs(number) > maxRange || strings.ContainsAny(value, "xXpPeE_") || places(value) > maxDecimals {
			c.find(at, "survey.parameter_number", "name", e.Name, "parameter", key, "value", value)
			wrong = true
			continue
		}
		numbers[key] = value
		decimals = max(decimals, places(value))
	}
	if wrong {
		return
	}
	r := &Range{Decimals: decimals}
	units := map[string]int64{}
	for key, value := range numbers {
		units[key], _ = r.units(value)
	}
	r.Start, r.End, r.Step = units["start"], units["end"], distance(units["step"], 0)
	if key := r.misfit(units); key != "" {
		c.find(at, key, "name", e.Name, "parameters", e.Parameters)
		return
	}
	r.Interval = distance(units["tick_interval"], 0)
	if _, placed := units["placeholder"]; placed {
		r.Placeholder = r.text(units["placeholder"])
	}
	e.Range = r
	if list := found["tick_labelset"]; list != "" {
		c.tickLabels(e, list)
	}
}

// ticks tells whether a range looks like a slider, the only thing that ticks and
// a placeholder can stand on.
func (e *Element) ticks() bool {
	return !slices.ContainsFunc(strings.Fields(e.Appearance), func(word string) bool {
		width, wide := strings.CutPrefix(word, "w")
		return word != "vertical" && word != "no-ticks" && !(wide && strings.Trim(width, "0123456789") == "")
	})
}

// tickLabels checks the list whose choices name points of a range: each is one
// of its numbers, and where no ticks are drawn, one of its ends.
func (c *compiler) tickLabels(e *Element, name string) {
	list := c.lists[name]
	if list == nil {
		c.find(e.Place("parameters"), "survey.unknown_list", "list", name, "name", e.Name,
			"suggestion", nearest(name, slices.Collect(maps.Keys(c.lists))))
		return
	}
	ends := e.Range.ends()
	for _, choice := range list.Choices {
		units, ok := e.Range.units(choice.Name)
		end := units == e.Range.Start || units == e.Range.End
		if !ok || units < ends[0] || units > ends[1] || e.Looks("no-ticks") && !end {
			c.find(e.Place("parameters"), "survey.range_labels", "name", e.Name, "choice", choice.Name, "list", name)
			return
		}
	}
	e.Range.Labels = list.Choices
}

// misfit names what is wrong with the numbers together, "" for nothing.
func (r *Range) misfit(units map[string]int64) string {
	tick, ticked := units["tick_interval"]
	placeholder, placed := units["placeholder"]
	switch {
	case r.Step == 0 || ticked && tick == 0:
		return "survey.range_zero"
	case r.Start == r.End || r.Step > distance(r.Start, r.End) || ticked && distance(tick, 0) > distance(r.Start, r.End):
		return "survey.range_empty"
	case ticked && tick%r.Step != 0 || placed && distance(placeholder, r.Start)%r.Step != 0:
		return "survey.range_step"
	case placed && (placeholder < min(r.Start, r.End) || placeholder > max(r.Start, r.End)):
		return "survey.range_outside"
	}
	return ""
}

// randomize reads "randomize=true seed=…" of a question with choices. The seed
// is a number or a question's value.
func (c *compiler) randomize(e *Element, found map[string]string) {
	at := e.Place("parameters")
	for _, key := range sortedKeys(found) {
		switch key {
		case "randomize":
			switch strings.ToLower(found[key]) {
			case "true":
				e.Randomize = true
			case "false":
			default:
				c.find(at, "survey.parameter_boolean", "name", e.Name, "parameter", key, "value", found[key])
			}
		case "seed":
			if seed, err := strconv.ParseFloat(found[key], 64); err != nil && !strings.HasPrefix(found[key], "${") || math.IsNaN(seed) {
				c.find(at, "survey.parameter_number", "name", e.Name, "parameter", key, "value", found[key])
				continue
			}
			e.Seed = c.parse(e, "parameters", found[key])
		case "value", "label": // the columns of the file that the list is called after
			if !strings.HasSuffix(e.List, ".csv") {
				c.unknownParameter(e, key, "randomize", "seed")
			}
		default:
			c.unknownParameter(e, key, "randomize", "seed")
		}
	}
	if found["seed"] != "" && !e.Randomize {
		c.find(at, "survey.parameter_seed", "name", e.Name)
	}
}
