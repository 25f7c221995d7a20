package survey_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/survey"
)

const compared = `id: t
language: de
title: T
choices:
  l:
    - {name: a, label: Ja, score: 1}
    - {name: b, label: Nein, score: 2}
questions:
  - {type: select_one l, name: q, label: Frage, hint: Hinweis}
  - {type: integer, name: n, label: Zahl, relevant: "${q} = 'a'"}
  - {type: note, name: hello, label: Hallo}
  - type: repeat
    name: r
    label: Kinder
    questions:
      - {type: text, name: child, label: Kind}
translations:
  en:
    questions:
      q: {label: {text: Question}}
`

func TestCompareNamesEveryKindOfChange(t *testing.T) {
	for name, test := range map[string]struct {
		change []string // pairs: what is replaced by what
		want   []string
	}{
		"nothing":               {nil, nil},
		"another title":         {[]string{"title: T", "title: U"}, nil},
		"a further language":    {[]string{"  en:", "  uk: {questions: {q: {label: {text: Питання}}}}\n  en:"}, nil},
		"words of the source":   {[]string{"Frage", "Fragen"}, []string{"reworded q label [de]"}},
		"words of a language":   {[]string{"Question", "Query"}, []string{"reworded q label [en]"}},
		"a hint that went":      {[]string{", hint: Hinweis", ""}, []string{"reworded q hint [de]"}},
		"a condition":           {[]string{"= 'a'", "= 'b'"}, []string{"rules_changed n relevant []"}},
		"words of a choice":     {[]string{"label: Nein", "label: Nö"}, []string{"reworded q b [de]"}},
		"another choice":        {[]string{"name: b", "name: c"}, []string{"choices_changed q c []", "choices_changed q b []"}},
		"another score":         {[]string{"score: 1}", "score: 3}"}, []string{"choices_changed q a []"}},
		"no answer counted":     {[]string{"score: 2}", "substantive: false}"}, []string{"choices_changed q b []"}},
		"a question came":       {[]string{"  - {type: note", "  - {type: date, name: d, label: D}\n  - {type: note"}, []string{"added d  []"}},
		"a question went":       {[]string{"  - {type: note, name: hello, label: Hallo}\n", ""}, []string{"removed hello  []"}},
		"another type":          {[]string{"type: integer", "type: decimal"}, []string{"type_changed n type [] breaks"}},
		"a note asks":           {[]string{"type: note", "type: text"}, []string{"type_changed hello type []"}},
		"many answers from one": {[]string{"type: repeat", "type: group"}, []string{"type_changed r type [] breaks", "type_changed child type [] breaks"}},
	} {
		t.Run(name, func(t *testing.T) {
			before, findings := read(compared)
			after, more := read(strings.NewReplacer(test.change...).Replace(compared))
			if before == nil || after == nil {
				t.Fatal(findings, more)
			}
			var got []string
			for _, one := range survey.Compare(before, after) {
				line := fmt.Sprintf("%s %s %s %v", one.Kind, one.Name, one.What, one.Languages)
				if one.Breaks {
					line += " breaks"
				}
				got = append(got, line)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if back := survey.Compare(after, before); len(back) != len(got) {
				t.Errorf("%d changes back, %d there", len(back), len(got))
			}
		})
	}
}

// What is added one way is removed the other way.
func TestCompareMirrors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) *survey.Version {
			text := "id: t\nlanguage: de\ntitle: T\nquestions:\n"
			for _, name := range []string{"a", "b", "c", "d"} {
				if kind := rapid.SampledFrom([]string{"", "text", "integer", "note"}).Draw(t, label+name); kind != "" {
					text += "  - {type: " + kind + ", name: " + name + ", label: L}\n"
				}
			}
			version, findings := read(text + "  - {type: note, name: last, label: L}\n")
			if version == nil {
				t.Fatal(findings)
			}
			return version
		}
		names := func(changes survey.Changes, kind survey.ChangeKind) []string {
			var list []string
			for _, one := range changes {
				if one.Kind == kind {
					list = append(list, one.Name)
				}
			}
			return list
		}
		before, after := draw("before "), draw("after ")
		there, back := survey.Compare(before, after), survey.Compare(after, before)
		for _, pair := range [][2]survey.ChangeKind{{survey.Added, survey.Removed}, {survey.Removed, survey.Added}, {survey.Retyped, survey.Retyped}} {
			if a, b := names(there, pair[0]), names(back, pair[1]); !slices.Equal(a, b) {
				t.Fatalf("%s %v there, %s %v back", pair[0], a, pair[1], b)
			}
		}
	})
}
