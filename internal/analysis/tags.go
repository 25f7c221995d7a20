package analysis

import (
	"fmt"
	"slices"

	"bedarfslotse/internal/analysis/internal/packed"
	"bedarfslotse/internal/analysis/internal/raw"
	"bedarfslotse/internal/survey"
)

// Tagged is what those who coded the free texts of one question say of them. It
// becomes a variable with several choices, the tags:
//
//   - In its base is whose text somebody has coded; who wrote in several rows of a
//     repeat has the tags of all of them. [TagNone] is the choice of those whom no
//     tag fits; [TagOpen], outside the base, of those whose texts nobody has coded
//     yet. "Not asked" and "no answer" are those of the question.
//   - It is an opinion, or sensitive where the question is (METHODS 5.1).
//   - Since texts are coded after a release, and coded otherwise later on, its
//     figures are perturbed everywhere, also of the whole wave.
//   - The codings of a withdrawn response go at once: until its other codes leave
//     the figures it counts as not coded.
type Tagged struct {
	Question string // a question with free texts
	Label    survey.Text
	// Tags are the choices in their order; their names do not begin with "_".
	Tags []survey.Choice
	// None and Open are the words for [TagNone] and [TagOpen].
	None, Open survey.Text
	// Given are the names of the tags by record key; there for whoever's text is
	// coded, without any where none fits. Names that are none of the tags are
	// passed over.
	Given map[uint64][]string
}

// The choices of a variable of tags that are none of the code book's.
const (
	TagNone = "_none"
	TagOpen = "_open"
)

const tagsPrefix = "tags_"

// TagsVariable is the name of the variable of a question's tags: "tags_" and the
// question's name, with a number behind it where the survey has a question of
// that name or another variable is called so.
func (s *Schema) TagsVariable(question string) string {
	name := tagsPrefix + question
	for number := 2; s.version.Element(name) != nil || slices.Contains(reserved(), name); number++ {
		name = fmt.Sprintf("%s%s_%d", tagsPrefix, question, number)
	}
	return name
}

// ofTags tells whether a name is kept for the tags of a question.
func (s *Schema) ofTags(name string) bool {
	return slices.ContainsFunc(s.questions, func(q *question) bool { return q.kind == Answered && s.TagsVariable(q.element.Name) == name })
}

// WithTags returns the variables with those of tags beside them; c may be nil.
// What is no question with free texts is passed over.
func (s *Schema) WithTags(c *Calculated, all ...Tagged) *Calculated {
	with := &Calculated{}
	if c != nil {
		*with = *c
		with.questions = slices.Clone(c.questions)
	}
	for _, one := range all {
		if text := s.question(one.Question); text != nil && text.kind == Answered && len(one.Tags) > 0 {
			with.questions = append(with.questions, s.tagged(text, one))
		}
	}
	return with
}

// tagged makes the question that tags are counted as.
func (s *Schema) tagged(text *question, t Tagged) *question {
	role := survey.Opinion
	if text.role == survey.Sensitive {
		role = survey.Sensitive
	}
	name := s.TagsVariable(t.Question)
	list := &survey.ChoiceList{Name: name}
	for _, tag := range append(slices.Clone(t.Tags), survey.Choice{Name: TagNone, Label: t.None}, survey.Choice{Name: TagOpen, Label: t.Open, NonSubstantive: true}) {
		list.Choices = append(list.Choices, &tag)
	}
	substantive := slices.Repeat([]bool{true}, len(list.Choices))
	substantive[len(substantive)-1] = false
	node := &survey.Node{Type: survey.SelectMultiple, Name: name, List: name, Label: t.Label, Sensitive: role == survey.Sensitive}
	return &question{element: survey.NewVariable(node, list), kind: Multiple, role: role, guarded: text.guarded,
		raw:     raw.Question{Form: raw.Choices, Codes: len(list.Choices), Substantive: substantive, Pair: -1},
		derived: &derived{text: text, given: t.sets(list)}}
}

// sets are the sets of choices as columns have them, by record key.
func (t *Tagged) sets(list *survey.ChoiceList) map[uint64][]uint64 {
	field := packed.Field{Form: packed.Sets, Limit: uint32(len(list.Choices))}
	at := map[string]int{}
	for i, choice := range list.Choices {
		at[choice.Name] = i
	}
	sets := make(map[uint64][]uint64, len(t.Given))
	for key, names := range t.Given {
		set, fits := make([]uint64, field.Words()), false
		set[0] = packed.Asked
		for _, name := range names {
			if choice, known := at[name]; known && name != TagOpen && name != TagNone {
				fits = true
				packed.Tick(set, choice)
			}
		}
		if !fits {
			packed.Tick(set, at[TagNone])
		}
		sets[key] = set
	}
	return sets
}

// tags is the column of a variable of tags.
func (q *question) tags(field packed.Field) packed.Extra {
	text, given, words, open := q.derived.text.raw, q.derived.given, field.Words(), q.raw.Codes-1
	return packed.Extra{Field: field, Fill: func(s *packed.Segment, to []uint64) {
		for row, state := range states(s, text) {
			set := to[row*words : (row+1)*words]
			tags, coded := given[s.Tables[0].Columns[packed.KeyColumn].W64[row]]
			switch {
			case coded:
				copy(set, tags)
			case state >= packed.FirstCode:
				set[0] = packed.Asked
				packed.Tick(set, open)
			case state == packed.NoAnswer:
				set[0] = packed.Asked
			}
		}
	}}
}

// states are what respondents did with a question with free texts: in a repeat,
// whether any of its rows was asked and answered.
func states(s *packed.Segment, text raw.Question) []uint64 {
	of := make([]uint64, s.Rows)
	column := &s.Tables[text.Table].Columns[text.Column]
	if text.Table == 0 {
		for row := range of {
			of[row] = column.At(row)
		}
		return of
	}
	for row, owner := range s.Tables[text.Table].Owners {
		of[owner] = max(of[owner], column.At(row))
	}
	return of
}
