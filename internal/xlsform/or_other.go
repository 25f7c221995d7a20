package xlsform

import (
	"slices"
	"strings"

	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
)

// otherChoice is the name that XLSForm gives the choice of or_other.
const otherChoice = "other"

// other honours or_other as the reference converter does: the list gets a
// choice "other" unless it has one, and a text question follows that asks for
// it. The author is told, since the survey then holds more than the sheet.
// It returns nil when it cannot be done.
func (r *reader) other(row tabular.Row, kind rowType, name string) *survey.Node {
	at := r.survey.at(row, "type")
	if cleanText(r.survey.cell(row, "choice_filter")) != "" {
		// The added choice would have no value in the filter's columns.
		r.fatal(r.survey.at(row, "choice_filter"), keyOrOtherFilter, "name", name)
		return nil
	}
	list := r.lists[kind.list]
	if list == nil || name == "" {
		return nil // told where the list or the name is missing
	}
	position := survey.Position{Sheet: at.sheet, Line: at.line, Column: at.col}
	if !slices.ContainsFunc(list.Choices, func(c *survey.Choice) bool { return c.Name == otherChoice }) {
		list.Choices = append(list.Choices, &survey.Choice{Name: otherChoice, Position: list.Position,
			Label: r.generated(func(w otherWords) string { return w.choice })})
	}
	question := &survey.Node{
		Type: survey.TextType, Name: name + "_other", Position: position,
		Label:    r.generated(func(w otherWords) string { return w.question }),
		Relevant: "selected(${" + name + "}, '" + otherChoice + "')",
	}
	var lacking []string
	for _, tag := range r.languages.all {
		if question.Label[tag].Text == "" {
			lacking = append(lacking, tag)
		}
	}
	r.warn(at, keyOrOther, "name", question.Name, "list", kind.list, "languages", strings.Join(lacking, ", "))
	return question
}

// generated makes a text in those of the survey's languages in which this
// package knows the words. They are drafts like any translation.
func (r *reader) generated(pick func(otherWords) string) survey.Text {
	text := survey.Text{}
	for _, tag := range r.languages.all {
		words, ok := wordsForOther(tag)
		if !ok {
			continue
		}
		phrase := survey.Phrase{Text: pick(words)}
		if tag != r.languages.source {
			phrase.State = survey.Draft
		}
		text[tag] = phrase
	}
	return text
}

// otherWords are part of the survey, like every label, and not of the
// interface; that is why they stand here and not in the message catalogue.
type otherWords struct{ choice, question string }

func wordsForOther(tag string) (otherWords, bool) {
	language, _, _ := strings.Cut(tag, "-")
	switch language {
	case "de":
		return otherWords{"Sonstiges", "Bitte angeben:"}, true
	case "en", "und":
		return otherWords{"Other", "Please specify:"}, true
	case "fr":
		return otherWords{"Autre", "Veuillez préciser :"}, true
	case "ar":
		return otherWords{"أخرى", "يرجى التحديد:"}, true
	case "uk":
		return otherWords{"Інше", "Будь ласка, уточніть:"}, true
	case "ru":
		return otherWords{"Другое", "Пожалуйста, уточните:"}, true
	case "tr":
		return otherWords{"Diğer", "Lütfen belirtin:"}, true
	case "pl":
		return otherWords{"Inne", "Proszę podać:"}, true
	}
	return otherWords{}, false
}
