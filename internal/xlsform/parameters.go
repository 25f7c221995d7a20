package xlsform

import (
	"math/big"
	"regexp"
	"slices"
	"strings"

	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
)

var (
	parameterGap = regexp.MustCompile(`[\s,;]+`)
	parameter    = regexp.MustCompile(`^([^=]+)=([^=]+)$`)
	equalsSign   = regexp.MustCompile(`\s*=\s*`)
	decimal      = regexp.MustCompile(`^[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})$`)
)

// checkParameters checks what a row's parameters say, by its type (word, as
// [term] folds it), and tells whether that could be understood. Keys do not
// depend on case; pairs may be separated by spaces, commas or semicolons.
func (r *reader) checkParameters(row tabular.Row, word string) bool {
	at := r.survey.at(row, "parameters")
	text := cleanWord(at.cell)
	if text == "" && word != "range" {
		return true
	}
	var known []string
	switch word {
	case "range":
		known = []string{"start", "end", "step", "tick_interval", "placeholder", "tick_labelset"}
	case "select_one", "select_multiple", "rank", "select_one_external":
		known = []string{"randomize", "seed"}
	case "text":
		known = []string{"rows"}
	default:
		return true
	}
	values, ok := r.parameterPairs(at, text, known)
	switch {
	case !ok:
		return false
	case word == "range":
		return r.checkRange(row, at, values)
	case word == "text":
		if rows := values["rows"]; rows != "" && strings.Trim(rows, "0123456789") != "" {
			r.fatal(at, keyParameterNumber, "parameter", "rows", "whole", true)
			return false
		}
		return true
	default:
		return r.checkRandomize(at, values)
	}
}

func (r *reader) parameterPairs(at place, text string, known []string) (map[string]string, bool) {
	values := map[string]string{}
	for _, word := range parameterGap.Split(equalsSign.ReplaceAllString(text, "="), -1) {
		if word == "" {
			continue
		}
		match := parameter.FindStringSubmatch(word)
		if match == nil {
			r.fatal(at, keyParameterForm, "parameter", word)
			return nil, false
		}
		key := strings.ToLower(match[1])
		if !slices.Contains(known, key) {
			r.fatal(at, keyParameterUnknown, "parameter", match[1], "known", strings.Join(known, ", "),
				"suggestion", nearest(key, known))
			return nil, false
		}
		values[key] = match[2]
	}
	return values, true
}

func (r *reader) checkRandomize(at place, values map[string]string) bool {
	randomize, seed := strings.ToLower(values["randomize"]), values["seed"]
	switch {
	case randomize != "" && randomize != "true" && randomize != "false":
		r.fatal(at, keyParameterRandomize, "value", values["randomize"])
	case seed != "" && randomize != "true":
		r.fatal(at, keyParameterSeed)
	case seed != "" && !decimal.MatchString(seed) && !reference.MatchString(seed):
		r.fatal(at, keyParameterNumber, "parameter", "seed", "whole", false)
	default:
		return true
	}
	return false
}

// checkRange checks the numbers of a range question. Fractions are compared
// exactly: 0.6 is a multiple of 0.1.
func (r *reader) checkRange(row tabular.Row, at place, values map[string]string) bool {
	numbers := map[string]*big.Rat{"start": big.NewRat(1, 1), "end": big.NewRat(10, 1), "step": big.NewRat(1, 1)}
	for _, name := range []string{"start", "end", "step", "tick_interval", "placeholder"} {
		value, given := values[name]
		if !given {
			continue
		}
		number, ok := new(big.Rat).SetString(value)
		switch {
		case !decimal.MatchString(value) || !ok:
			r.fatal(at, keyParameterNumber, "parameter", name, "whole", false)
			return false
		case number.Sign() == 0 && (name == "step" || name == "tick_interval"):
			r.fatal(at, keyParameterZero, "parameter", name)
			return false
		}
		numbers[name] = number
	}
	low, high := numbers["start"], numbers["end"]
	if low.Cmp(high) > 0 {
		low, high = high, low
	}
	between := func(n *big.Rat) bool { return n.Cmp(low) >= 0 && n.Cmp(high) <= 0 }
	appearance := cleanWord(r.survey.cell(row, "appearance"))
	ticks := slices.Contains([]string{"", "vertical", "no-ticks", "vertical no-ticks", "no-ticks vertical"}, appearance)
	for _, name := range []string{"tick_interval", "placeholder", "tick_labelset"} {
		if values[name] != "" && !ticks {
			r.fatal(at, keyParameterAppearance, "parameter", name, "appearance", appearance)
			return false
		}
	}
	if n := numbers["placeholder"]; n != nil && !between(n) {
		r.fatal(at, keyParameterBetween, "parameter", "placeholder", "value", values["placeholder"],
			"low", low.RatString(), "high", high.RatString())
		return false
	}
	if n := numbers["tick_interval"]; n != nil && !new(big.Rat).Quo(n, numbers["step"]).IsInt() {
		r.fatal(at, keyParameterMultiple, "parameter", "tick_interval", "of", "step")
		return false
	}
	return r.checkTickLabels(at, values["tick_labelset"], between,
		func(n *big.Rat) bool {
			return !strings.Contains(appearance, "no-ticks") || n.Cmp(low) == 0 || n.Cmp(high) == 0
		})
}

// checkTickLabels checks the list whose choices name points of a range: each
// must be a number on it, and where no ticks are drawn, one of its ends.
func (r *reader) checkTickLabels(at place, name string, between, drawn func(*big.Rat) bool) bool {
	if name == "" {
		return true
	}
	list := r.lists[name]
	if list == nil {
		r.fatal(at, "survey.unknown_list", "list", name, "name", "tick_labelset", "suggestion", "")
		return false
	}
	return !slices.ContainsFunc(list.Choices, func(choice *survey.Choice) bool {
		n, ok := new(big.Rat).SetString(choice.Name)
		if decimal.MatchString(choice.Name) && ok && between(n) && drawn(n) {
			return false
		}
		r.fatal(at, keyParameterLabels, "choice", choice.Name, "list", name)
		return true
	})
}
