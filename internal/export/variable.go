package export

import (
	"cmp"
	"strconv"
	"strings"

	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
)

// newVariable describes a question's column.
func newVariable(e *survey.Element, name string, l *labels) *variable {
	v := &variable{name: name, element: e, label: l.of(e.Label, e.Name), kind: kindOf(e)}
	switch {
	case v.chosen() && e.Type == survey.Acknowledge:
		v.categories = []category{{value: response.AcknowledgeValue, label: l.word("export.acknowledged")}}
	case v.chosen():
		v.categories = categoriesOf(e.Choices.Choices, l)
		v.scale = e.Scale > 0
	case e.Range != nil:
		v.categories = rangeLabels(e.Range, l)
	}
	return v
}

// kindOf tells what a question's answers are. What is calculated is taken for a
// number until it turns out to be none.
func kindOf(e *survey.Element) kind {
	switch e.Type {
	case survey.Integer, survey.Decimal, survey.TypeRange, survey.Calculate, survey.Repeat:
		return numberKind
	case survey.SelectOne, survey.Acknowledge:
		return choiceKind
	case survey.SelectMultiple:
		return choicesKind
	case survey.Rank:
		return orderKind
	case survey.Date:
		return dateKind
	case survey.Time:
		return timeKind
	case survey.DateTime:
		return dateTimeKind
	default:
		return textKind
	}
}

// categoriesOf lists choices; of those that share a name the first counts.
func categoriesOf(choices []*survey.Choice, l *labels) []category {
	var list []category
	known := map[string]bool{}
	for _, choice := range choices {
		if !known[choice.Name] {
			known[choice.Name] = true
			list = append(list, category{value: choice.Name, label: l.of(choice.Label, choice.Name), missing: choice.NonSubstantive})
		}
	}
	return list
}

// rangeLabels lists the numbers of a range that have words.
func rangeLabels(r *survey.Range, l *labels) []category {
	var list []category
	for at := 0; len(r.Labels) > 0 && at < r.Len(); at++ {
		if words := r.Label(r.At(at)); words != nil {
			list = append(list, category{value: r.At(at), label: l.of(words, r.At(at))})
		}
	}
	return list
}

// processVariable describes a column that is no question's.
func processVariable(version *survey.Version, name string, l *labels) *variable {
	v := &variable{name: response.ProcessColumn(version, name), label: l.word("export.variable." + name)}
	switch name {
	case response.ColumnDay:
		v.kind = dateKind
	case response.ColumnLanguage:
		v.kind, v.open = choiceKind, i18n.NativeName
	case response.ColumnArea:
		v.kind, v.open = choiceKind, func(key string) string {
			if l.areas != nil {
				if area, ok := l.areas.Get(key); ok {
					return area.Name
				}
			}
			return key
		}
	case response.ColumnInstitutionType:
		v.kind, v.open = choiceKind, func(value string) string { return value }
	case response.ColumnDuration:
		v.kind, v.scale = choiceKind, true
		for class := range durationClasses {
			value := strconv.Itoa(class + 1)
			v.categories = append(v.categories, category{value: value, label: l.word("export.duration." + value)})
		}
	}
	return v
}

// durationClasses is how many doubling classes there are (METHODS 12).
const durationClasses = 6

// keyVariable describes a column that numbers rows, of this table or another.
func keyVariable(version *survey.Version, name string, l *labels, part reference) *variable {
	return &variable{name: response.ProcessColumn(version, name), label: l.word("export.variable." + name),
		kind: numberKind, reference: part}
}

// coarsened makes the variable of an identifying column what its categories
// became: a choice among them, where some stand for several values.
func (v *variable) coarsened(now *level, l *labels) {
	label := func(value string) string {
		if at := v.category(value); at >= 0 {
			return v.categories[at].label
		}
		if v.open != nil {
			return v.open(value)
		}
		return value
	}
	var joined []category
	for _, name := range now.names {
		if name == "" {
			continue
		}
		parts := []string{name}
		if v.kind != choiceKind && v.kind != orderKind || v.category(name) < 0 {
			parts = strings.Split(name, " + ")
		}
		for i, part := range parts {
			switch part {
			case blank:
				parts[i] = l.word("export.blank")
			case everything:
				parts[i] = l.word("export.everything")
			default:
				parts[i] = label(part)
			}
		}
		at := v.category(name)
		joined = append(joined, category{value: name, label: strings.Join(parts, " + "), missing: at >= 0 && v.categories[at].missing})
	}
	ordered := v.scale || !v.chosen() && v.kind != textKind
	v.kind, v.categories, v.open, v.index = choiceKind, joined, nil, nil
	v.scale = ordered && len(joined) > 1
}

// cutTo makes a date's kind that of its precision, where only that is shown.
func (v *variable) cutTo(precision survey.Precision) {
	switch precision {
	case survey.Month:
		v.kind = monthKind
	case survey.Year:
		v.kind = yearKind
	}
}

// labelOf returns a value's label, the value itself where it has none.
func (v *variable) labelOf(value string) string {
	if at := v.category(value); at >= 0 {
		return cmp.Or(v.categories[at].label, value)
	}
	return value
}
