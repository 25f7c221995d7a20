package expression

import (
	"math"
	"slices"
	"strings"
)

// use is what conditions look at in one answer. Answers that do not differ in
// it need not be told apart.
type use struct {
	texts   []string  // it is compared with for equality; "" also asks whether there is one
	numbers []float64 // it is compared with as a number
	listed  []string  // names that it is asked to hold, by selected()
	counted bool      // by count-selected()
	whole   bool      // used in any other way
}

func (u *use) add(other *use) {
	u.texts = append(u.texts, other.texts...)
	u.numbers = append(u.numbers, other.numbers...)
	u.listed = append(u.listed, other.listed...)
	u.counted = u.counted || other.counted
	u.whole = u.whole || other.whole
}

const (
	maxNames   = 256 // of a list, to be tried one by one
	maxSubsets = 10  // names of a list whose combinations are tried
	// maxPoint is up to where numbers are told apart with a unit to spare.
	maxPoint = 1e9
)

// values returns answers of which one is like every possible answer in all that
// is looked at; false when there are too many, or when it cannot be said.
func (u *use) values(d Domain) ([]string, bool) {
	var values []string
	if !d.Answered {
		values = append(values, "")
	}
	switch d.Form {
	case OneOf:
		names, ok := u.ofNames(d.Names)
		return append(values, names...), ok
	case SomeOf:
		sets, ok := u.subsets(d.Names)
		return append(values, sets...), ok
	}
	texts, ok := u.anyTexts()
	return append(values, texts...), ok
}

// ofNames returns the names to tell apart: all, or of a long list those that
// are named and one of the others.
func (u *use) ofNames(names []string) ([]string, bool) {
	if u.whole || len(u.numbers) > 0 || u.counted || len(names) <= 8 {
		return names, len(names) <= maxNames
	}
	named, other := u.named(names)
	if other != "" {
		named = append(named, other)
	}
	return named, true
}

// named returns the names that the conditions name, and one of the others.
func (u *use) named(names []string) (named []string, other string) {
	for _, name := range names {
		switch {
		case slices.Contains(u.texts, name) || slices.Contains(u.listed, name):
			named = append(named, name)
		case other == "":
			other = name
		}
	}
	return named, other
}

// subsets returns every choice of several names that is told apart. What rests
// on the order of names cannot be tried.
func (u *use) subsets(names []string) ([]string, bool) {
	if len(names) == 0 {
		return nil, true
	}
	several := func(text string) bool { return countListed(text) > 1 }
	if u.whole || len(u.numbers) > 0 || slices.ContainsFunc(u.texts, several) || slices.ContainsFunc(u.listed, several) {
		return nil, false
	}
	if !u.counted {
		named, other := u.named(names)
		if other != "" {
			named = append(named, other)
		}
		names = named
	}
	if len(names) > maxSubsets {
		return nil, false
	}
	sets := make([]string, 0, 1<<len(names))
	for bits := 1; bits < 1<<len(names); bits++ {
		var chosen []string
		for i, name := range names {
			if bits&(1<<i) != 0 {
				chosen = append(chosen, name)
			}
		}
		sets = append(sets, strings.Join(chosen, " "))
	}
	return sets, true
}

// anyTexts returns the texts named, one that is neither named nor a number, and
// a number at and between all that the answer is compared with.
func (u *use) anyTexts() ([]string, bool) {
	if u.whole || u.counted || len(u.listed) > 0 {
		return nil, false
	}
	var texts []string
	for _, text := range u.texts {
		if text != "" && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	other := "?"
	for slices.Contains(texts, other) {
		other += "?"
	}
	found := append(slices.Clone(texts), other)
	points, ok := aroundPoints(u.numbers)
	for _, point := range points {
		written := formatNumber(point)
		for slices.Contains(texts, written) { // the same number, otherwise written
			if rest, negative := strings.CutPrefix(written, "-"); negative {
				written = "-0" + rest
			} else {
				written = "0" + written
			}
		}
		found = append(found, written)
	}
	return found, ok
}

// aroundPoints returns the numbers, sorted, with one in every gap and at both ends;
// false when they lie too far out or too close together.
func aroundPoints(numbers []float64) ([]float64, bool) {
	var sorted []float64
	for _, number := range numbers {
		if math.Abs(number) > maxPoint {
			return nil, false
		}
		if !math.IsNaN(number) { // nothing compares with what is no number
			sorted = append(sorted, number)
		}
	}
	if len(sorted) == 0 {
		return nil, true
	}
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	points := []float64{sorted[0] - 1}
	for i, number := range sorted {
		points = append(points, number)
		if i+1 == len(sorted) {
			break
		}
		middle := number + (sorted[i+1]-number)/2
		if middle <= number || middle >= sorted[i+1] {
			return nil, false
		}
		points = append(points, middle)
	}
	return append(points, sorted[len(sorted)-1]+1), true
}

// Comparison is an answer compared with a text or number as it stands in an
// expression, by =, != or selected().
type Comparison struct {
	Question string // "" for the question at hand, "."
	Text     string
	Number   bool // it is a number: "01" equals 1
}

// Comparisons lists them in order of appearance, each once. What stands inside
// paths is left out.
func (t *Tree) Comparisons() []Comparison {
	var found []Comparison
	add := func(answer, other *node, listed bool) {
		if answer.op != opReference && answer.op != opSelf {
			return
		}
		one := Comparison{Question: answer.text, Text: other.text}
		switch number, isNumber := numeral(other); {
		case isNumber && !listed:
			one.Text, one.Number = formatNumber(number), true
		case other.op != opText:
			return
		case listed:
			one.Text = strings.Trim(one.Text, whitespace)
		}
		if one.Text != "" && !slices.Contains(found, one) {
			found = append(found, one)
		}
	}
	var visit func(n *node)
	visit = func(n *node) {
		switch {
		case n.op == opPath || n.op == opUnion:
			return
		case n.op == opEqual || n.op == opNotEqual:
			add(n.args[0], n.args[1], false)
			add(n.args[1], n.args[0], false)
		case n.op == opCall && n.function.name == "selected":
			add(n.args[0], n.args[1], true)
		}
		for _, arg := range n.args {
			visit(arg)
		}
	}
	visit(t.root)
	return found
}

// Equals tells whether an answer of one name fulfils the comparison.
func (c Comparison) Equals(name string) bool {
	if c.Number {
		return parseNumber(name) == parseNumber(c.Text)
	}
	return name == c.Text
}
