package server

import (
	"cmp"
	"html"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
)

// longest is how many choices are shown all at once; of more, a phone's own
// list is the better way to find one.
const longest = 20

// shape gives a question's control its form.
func (f *form) shape(b *block, e *survey.Element, values []string, prefix string) {
	switch e.Type {
	case survey.SelectOne:
		if narrowed(e) {
			b.Dropdown, b.Narrowed = true, true
			b.Choices = f.fitting(e, values, prefix)
			return
		}
		b.Choices = f.choices(b.Control, e, values)
		if !illustratedChoices(b.Choices) { // a list that opens could not show them
			b.Typed = e.Typed()
			b.Dropdown = !b.Typed && (looks(e, "minimal") || looks(e, "autocomplete") || looks(e, "search") || len(e.Choices.Choices) > longest)
		}
		b.Fixed = e.ReadOnly && !b.Typed
		if at := e.ChoiceIndex(b.Value); b.Typed && at >= 0 {
			b.Value = b.Choices[at].Label.First()
		}
	case survey.SelectMultiple:
		b.Choices = f.choices(b.Control, e, values)
	case survey.Rank:
		f.places(b, e, values)
	case survey.TypeRange:
		f.rangeOf(b, e)
	case survey.Integer:
		b.Mode = "numeric"
	case survey.Decimal:
		b.Mode = "decimal"
	case survey.TextType:
		if looks(e, "numbers") {
			b.Mode = "numeric"
		}
	case survey.Date:
		f.date(b, e)
	case survey.Time:
		b.Input = "time"
	case survey.DateTime:
		b.Input = "datetime-local"
	default:
	}
}

func illustratedChoices(choices []choice) bool {
	return slices.ContainsFunc(choices, func(one choice) bool { return one.Picture != nil || one.Sound != nil })
}

// fromAnswers offers the answers to another question, in a list that grows with
// them.
func (f *form) fromAnswers(b *block, e *survey.Element, prefix string) {
	b.Dropdown, b.Fixed = true, e.ReadOnly
	b.From = cmp.Or(f.plain(e.ChoicesFrom.Label), e.ChoicesFrom.Name)
	place, known := f.settled().At(prefix)
	if !known {
		return
	}
	for _, answer := range f.settled().AnswersFor(place, e, f.now) {
		label := template.HTML(html.EscapeString(f.show(e.ChoicesFrom, []string{answer}))) //nolint:gosec // escaped
		b.Choices = append(b.Choices, choice{Name: answer, Label: fragment{Lead: label}, Checked: answer == b.Value})
	}
}

// date asks for a day, a month or a year.
func (f *form) date(b *block, e *survey.Element) {
	cut := func(digits int) string {
		if _, err := time.Parse(time.DateOnly, response.Digits(b.Value)); err != nil {
			return b.Value
		}
		return response.Digits(b.Value)[:digits]
	}
	switch e.Precision() {
	case survey.Year:
		b.Mode, b.Value = "numeric", cut(len("2026"))
	case survey.Month:
		b.Input, b.Value = "month", cut(len("2026-03"))
	default:
		b.Input = "date"
	}
}

// rangeOf shows the numbers of a range side by side where they are few, in a
// list that opens where its author wants that, else as a number to type, to
// which a phone adds a slider.
func (f *form) rangeOf(b *block, e *survey.Element) {
	b.Dropdown = numbersListed(e)
	if numberTyped(e) {
		b.Range, b.Mode = e.Range, "decimal"
		if e.Range.Whole() && e.Range.Low()[0] != '-' { // keyboards for whole numbers have no minus
			b.Mode = "numeric"
		}
		if !e.ReadOnly {
			b.Marks = f.marks(e)
		}
		for _, one := range e.Range.Labels {
			b.Ticks = append(b.Ticks, choice{Name: one.Name, Label: f.text(one.Label, f.value(""))})
		}
		return
	}
	b.Layout = "scale"
	switch {
	case looks(e, "rating"):
		b.Layout = "scale rating"
	case looks(e, "vertical"):
		b.Layout = ""
	}
	for at := range e.Range.Len() {
		value := e.Range.At(at)
		b.Choices = append(b.Choices, choice{Name: value, Label: f.step(e.Range, value, b.Dropdown), Checked: value == b.Value})
	}
}

// numbersListed tells whether a range is shown as a list that opens.
func numbersListed(e *survey.Element) bool { return looks(e, "picker") && e.Range.Len() <= 200 }

// numberTyped tells whether the number of a range is typed: there are too many
// to stand side by side.
func numberTyped(e *survey.Element) bool {
	return e.ReadOnly || e.Range.Len() > 11 && !numbersListed(e)
}

// step is a number of a range with the words that stand at it.
func (f *form) step(r *survey.Range, value string, listed bool) fragment {
	number := html.EscapeString(f.Decimal(value))
	words := f.text(r.Label(value), f.value(""))
	switch {
	case words.Empty():
		return fragment{Lead: template.HTML(number)} //nolint:gosec // escaped
	case listed: // lists that open show no markup
		return fragment{Lead: template.HTML(number + " (" + html.EscapeString(plainText(words)) + ")"), Lang: words.Lang, Dir: words.Dir} //nolint:gosec // escaped
	}
	return fragment{Lead: template.HTML(number+" <small>") + words.Lead + "</small>", Lang: words.Lang, Dir: words.Dir} //nolint:gosec // escaped, and made safe
}

// mark is a tick under a slider.
type mark struct {
	At     string // where, in per cent from where reading begins
	Number string // "" for a tick alone
}

// marks are the ticks of a range: as far apart as its author wants, else one for
// each number, but no more than can be told apart on a phone. Numbers stand at
// all of few, and at both ends of many.
func (f *form) marks(e *survey.Element) []mark {
	const most, numbered = 41, 6
	r := e.Range
	across := int64(r.Len()-1) * r.Step
	interval := r.Interval
	if interval == 0 {
		interval = r.Step
	}
	if steps := across / interval; steps >= most { // fewer, and one at the end
		parts := int64(most - 1)
		for steps%parts != 0 {
			parts--
		}
		interval *= steps / parts
	}
	ticks := across/interval + 1
	if looks(e, "no-ticks") {
		interval, ticks = across, 2
	}
	var marks []mark
	for at := int64(0); at <= across; at += interval {
		one := mark{At: strconv.FormatFloat(100*float64(at)/float64(across), 'f', 2, 64)}
		if last := at+interval > across; at == 0 || last || ticks <= numbered {
			one.Number = f.Decimal(r.At(int(at / r.Step)))
		}
		marks = append(marks, one)
	}
	return marks
}

// Decimal writes a number as the page's language does.
func (f *frame) Decimal(number string) string {
	value, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return number
	}
	_, decimals, _ := strings.Cut(number, ".")
	return f.Number(value, len(decimals))
}

// places asks for the place of each choice.
func (f *form) places(b *block, e *survey.Element, values []string) {
	b.Choices = f.choices(b.Control, e, nil)
	words := strings.Fields(strings.Join(values, " "))
	for place, word := range words {
		name := word
		if e.ChoiceIndex(word) < 0 {
			digits, rest, _ := strings.Cut(word, ":")
			given, err := strconv.Atoi(digits)
			if err != nil {
				continue
			}
			place, name = given-1, rest
		}
		if at := e.ChoiceIndex(name); at >= 0 {
			b.Choices[at].Place = place + 1
		}
	}
	for place := range b.Choices {
		b.Places = append(b.Places, place+1)
	}
}

// mostColumns is how many columns of choices the style sheet knows.
const mostColumns = 10

// layoutOf names how choices stand where there is room.
func layoutOf(e *survey.Element) string {
	for _, word := range strings.Fields(e.Appearance) {
		switch word {
		case "likert":
			return "likert"
		case "horizontal", "horizontal-compact", "compact", "columns", "columns-pack", "list":
			return "side"
		}
		if columns, ok := strings.CutPrefix(word, "columns-"); ok {
			if number, err := strconv.Atoi(columns); err == nil && number >= 1 && number <= mostColumns {
				return "side side-" + strconv.Itoa(number)
			}
		}
	}
	return ""
}
