package xlsform

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
)

// texts reads one text of a row in all its languages.
//
// A translation of which nobody says otherwise is a draft. The columns
// state::{language} and source_hash::{language} say otherwise: one word for all
// texts of the row, or "label=reviewed hint=draft" where they differ. A bare
// source_hash is that of the label.
func (r *reader) texts(s *sheet, row tabular.Row, key string) survey.Text {
	var texts survey.Text
	for _, c := range s.by[key] {
		at := s.place(row, c)
		text := cleanText(at.cell)
		if text == "" {
			continue
		}
		if hasControls(at.cell) {
			r.warn(at, keyControlCharacter)
		}
		phrase := survey.Phrase{Text: text}
		if tag := r.languages.tag(c); tag != r.languages.source {
			phrase.State, phrase.Source = r.state(s, row, key, tag), r.about(s, row, "source_hash", key, tag)
		}
		if texts == nil {
			texts = survey.Text{}
		}
		texts[r.languages.tag(c)] = phrase
	}
	return texts
}

func (r *reader) state(s *sheet, row tabular.Row, key, tag string) survey.TranslationState {
	switch state := survey.TranslationState(r.about(s, row, "state", key, tag)); state {
	case survey.Draft, survey.Reviewed:
		return state
	case "":
		return survey.Draft
	default:
		if c := r.inLanguage(s, "state", tag); c != nil && r.once(fmt.Sprint("state ", s.name, row.Line, c.at)) {
			r.warn(s.place(row, c), keyBadState, "state", string(state))
		}
		return survey.Draft
	}
}

// about reads what the column state or source_hash of a language says about
// one text of the row.
func (r *reader) about(s *sheet, row tabular.Row, column, key, tag string) string {
	c := r.inLanguage(s, column, tag)
	if c == nil {
		return ""
	}
	bare := ""
	for _, word := range strings.Fields(cleanText(row.Cell(c.at))) {
		name, value, paired := strings.Cut(word, "=")
		switch {
		case paired && name == key:
			return value
		case !paired && (column == "state" || key == "label" || key == "form_title"):
			bare = word
		}
	}
	return bare
}

func (r *reader) inLanguage(s *sheet, key, tag string) *column {
	for _, c := range s.by[key] {
		if r.languages.tag(c) == tag {
			return c
		}
	}
	return nil
}

// mediaOf reads the pictures and sounds of a row. What names no language is
// the same in all of them.
func (r *reader) mediaOf(s *sheet, row tabular.Row) survey.Media {
	var media survey.Media
	for _, c := range slices.Concat(s.by[survey.Image], s.by[survey.BigImage], s.by[survey.Audio]) {
		file := cleanWord(row.Cell(c.at))
		if file == "" {
			continue
		}
		if media == nil {
			media = survey.Media{}
		}
		if media[c.key] == nil {
			media[c.key] = map[string]string{}
		}
		tag := ""
		if c.language != "" {
			tag = r.languages.tag(c)
		}
		media[c.key][tag] = file
		if r.once("media " + c.key + " " + file) {
			r.addFile(s.place(row, c), c.key, file)
		}
	}
	return media
}

// addFile reads a picture or sound from beside the form.
func (r *reader) addFile(at place, kind, name string) {
	if one := r.out.AddFile(r.options.Files, r.file, kind, name); one != nil {
		one.Sheet, one.Line, one.Column, one.Cell = at.sheet, at.line, at.col, at.cell
		r.add(*one)
	}
}

// columnName is what an expression can call a column by.
var columnName = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_.-]*$`)
