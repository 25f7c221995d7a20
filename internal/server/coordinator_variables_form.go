package server

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// localizer is the reader's words.
type localizer = *i18n.Localizer

// variableForm is a variable as its form shows it.
type variableForm struct {
	VariableName    string
	Revision        int // 0 for a new one
	Kind, Source    string
	Made            string // how it follows from questions, in words
	German, English string
	Choices         []choiceSlot
	Categories      []categorySlot
	Limits          string
	LimitsHint      string
	Items           []itemSlot
}

// choiceSlot says into which category a choice goes.
type choiceSlot struct {
	At    int
	Label string
	Into  []option
}

// categorySlot is a category that choices can be put into.
type categorySlot struct {
	At              int
	German, English string
}

// itemSlot is a scale that may be an item of an index.
type itemSlot struct {
	Name, Label     string
	Chosen, Reverse bool
}

// Bounds of how many categories a form has.
const (
	fewestSlots = 2
	mostSlots   = 12
)

func (s *Server) variableForm(f *waveFrame, wave *store.LiveWave, v analysis.Variable, revision int) variableForm {
	form := variableForm{VariableName: v.Name, Revision: revision, Kind: string(v.Kind), Source: v.Source, Made: s.madeOf(f.Localizer, wave, v),
		German: v.Label["de"], English: v.Label["en"]}
	switch v.Kind {
	case analysis.Recode:
		s.slots(&form, f, wave, v)
	case analysis.Band:
		form.Limits = strings.Join(v.Limits, " ")
		form.LimitsHint = f.T("variables.limits_hint")
		if e := wave.Version.Element(v.Source); e != nil && (e.Type == survey.Date || e.Type == survey.DateTime) {
			form.LimitsHint = f.T("variables.limits_hint_date")
		}
	case analysis.Index:
		for _, e := range wave.Schema.Sources(v.Kind) {
			slot := itemSlot{Name: e.Name, Label: s.elementName(f.Localizer, wave, e) + " " + f.T("variables.steps", "m", f.Number(float64(stepsOf(e)), 0))}
			for _, item := range v.Items {
				if item.Question == e.Name {
					slot.Chosen, slot.Reverse = true, item.Reversed
				}
			}
			form.Items = append(form.Items, slot)
		}
	}
	return form
}

// stepsOf is how many steps a scale has.
func stepsOf(e *survey.Element) int {
	if e.Range != nil {
		return e.Range.Len()
	}
	return e.Scale
}

// slots fills the part of the form in which choices are put into categories.
func (s *Server) slots(form *variableForm, f *waveFrame, wave *store.LiveWave, v analysis.Variable) {
	choices := wave.Schema.Mergeable(v.Source)
	slots := min(max(len(choices)-1, fewestSlots), mostSlots)
	for at := range slots {
		slot := categorySlot{At: at + 1}
		if category, ok := categoryIn(v, choices, slot.At); ok {
			slot.German, slot.English = category.Label["de"], category.Label["en"]
		}
		form.Categories = append(form.Categories, slot)
	}
	for at, name := range choices {
		slot := choiceSlot{At: at, Label: s.valueName(f.Localizer, wave, v.Source, name)}
		into := 0
		for _, one := range form.Categories {
			if category, ok := categoryIn(v, choices, one.At); ok && slices.Contains(category.Choices, name) {
				into = one.At
			}
		}
		slot.Into = append(slot.Into, option{"", f.T("variables.alone"), into == 0})
		for _, one := range form.Categories {
			slot.Into = append(slot.Into, option{strconv.Itoa(one.At), f.T("variables.category", "number", f.Number(float64(one.At), 0)), into == one.At})
		}
		form.Choices = append(form.Choices, slot)
	}
}

// categoryIn is the category in a slot of the form.
func categoryIn(v analysis.Variable, choices []string, at int) (analysis.Merged, bool) {
	name := slotName(choices, at)
	i := slices.IndexFunc(v.Categories, func(one analysis.Merged) bool { return one.Name == name })
	if i < 0 {
		return analysis.Merged{}, false
	}
	return v.Categories[i], true
}

// slotName is the name of the category in a slot: one that no choice has.
func slotName(choices []string, at int) string {
	name := fmt.Sprint("c", at)
	for slices.Contains(choices, name) {
		name = "c" + name
	}
	return name
}

// readVariable reads the form. The name is not read: it does not change.
func (s *Server) readVariable(wave *store.LiveWave, form url.Values) (analysis.Variable, error) {
	v := analysis.Variable{Label: map[string]string{"de": tidyWords(form.Get("label_de")), "en": tidyWords(form.Get("label_en"))}}
	v.Kind, v.Source = analysis.Calculation(form.Get("kind")), form.Get("source")
	switch v.Kind {
	case analysis.Recode:
		choices := wave.Schema.Mergeable(v.Source)
		for at := 1; at <= mostSlots; at++ {
			number := strconv.Itoa(at)
			category := analysis.Merged{Name: slotName(choices, at),
				Label: map[string]string{"de": tidyWords(form.Get("category_de_" + number)), "en": tidyWords(form.Get("category_en_" + number))}}
			for i, name := range choices {
				if form.Get("choice_"+strconv.Itoa(i)) == number {
					category.Choices = append(category.Choices, name)
				}
			}
			if len(category.Choices) > 0 {
				v.Categories = append(v.Categories, category)
			} else if category.Label["de"]+category.Label["en"] != "" {
				return v, failure.New(failure.Invalid, "error.variable_category_unused", "number", at)
			}
		}
	case analysis.Band:
		v.Limits = strings.FieldsFunc(form.Get("limits"), func(r rune) bool { return r == ' ' || r == ';' || r == '\t' || r == '\n' || r == '\r' || r == '\u00a0' })
	case analysis.Index:
		v.Source = ""
		for _, name := range form["item"] {
			v.Items = append(v.Items, analysis.Item{Question: name, Reversed: slices.Contains(form["reversed"], name)})
		}
	}
	return v, nil
}

// tidyWords is a text without white space around its words.
func tidyWords(text string) string { return strings.Join(strings.Fields(text), " ") }
