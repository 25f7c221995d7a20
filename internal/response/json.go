package response

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// Part chooses between the two records that one submission becomes.
type Part bool

// The anonymous answers and the statements in the institution's name are kept
// apart from the start (DESIGN section 6).
const (
	Anonymous  Part = false
	Attributed Part = true
)

// AppendJSON appends the answers of one part as the JSON object that is
// stored: names in the order of the survey, a string per answer, an array for
// select_multiple, an array of objects for a repeat. What has no answer is left
// out.
func (a *Answers) AppendJSON(dst []byte, part Part) []byte {
	return a.root.appendJSON(dst, a.Version.Top, part)
}

// Any tells whether the part has any answer.
func (a *Answers) Any(part Part) bool {
	found := false
	for _, e := range a.Version.Elements {
		if e.Attributed == bool(part) && e.Type.Asked() {
			a.root.each(e, func(in *instance) { found = found || in.cell(e).values != nil })
		}
	}
	return found
}

func (in *instance) appendJSON(dst []byte, elements []*survey.Element, part Part) []byte {
	dst = append(dst, '{')
	start := len(dst)
	dst = in.appendMembers(dst, start, elements, part)
	return append(dst, '}')
}

func (in *instance) appendMembers(dst []byte, start int, elements []*survey.Element, part Part) []byte {
	for _, e := range elements {
		if e.Type == survey.Group {
			dst = in.appendMembers(dst, start, e.Children, part)
			continue
		}
		c := in.cell(e)
		if e.Attributed != bool(part) || c.irrelevant || c.values == nil && len(c.instances) == 0 {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, e.Name), ':')
		switch {
		case e.Type == survey.Repeat:
			dst = append(dst, '[')
			for i, child := range c.instances {
				if i > 0 {
					dst = append(dst, ',')
				}
				dst = child.appendJSON(dst, e.Children, part)
			}
			dst = append(dst, ']')
		case e.Type == survey.SelectMultiple:
			dst = append(dst, '[')
			for i, value := range c.values {
				if i > 0 {
					dst = append(dst, ',')
				}
				dst = appendString(dst, value)
			}
			dst = append(dst, ']')
		default:
			dst = appendString(dst, c.values[0])
		}
	}
	return dst
}

// appendString appends a JSON string. Answers are almost always plain ASCII;
// everything else is left to the standard library.
func appendString(dst []byte, text string) []byte {
	for i := range len(text) {
		if b := text[i]; b < ' ' || b > '~' || b == '"' || b == '\\' || b == '<' || b == '>' || b == '&' {
			quoted, err := json.Marshal(text)
			if err != nil { // strings always have a JSON form
				panic(err)
			}
			return append(dst, quoted...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, text...)
	return append(dst, '"')
}

// FromJSON reads back what [Answers.AppendJSON] wrote. Relevance is not stored:
// [Answers.Settle], keeping what is given, tells "not asked" from "no answer".
func FromJSON(version *survey.Version, document []byte) (*Answers, error) {
	if answers, ok := readStored(version, document); ok {
		return answers, nil
	}
	r := &jsonReader{answers: New(version)}
	if r.object(r.answers.root, document, ""); len(r.problems) > 0 {
		first := r.problems[0]
		return nil, fmt.Errorf("read stored answers: %s: %s %v", first.Name, first.Key, first.Params)
	}
	return r.answers, nil
}

// TypedJSON reads answers in the shape of [Answers.AppendJSON] that a person
// has typed: numbers may stand without quotes, several choices in one text, null
// is no answer. It returns everything that is wrong, sorted by name ("child[1].age"
// in the second instance of child), values that are not of their question's type
// included.
func TypedJSON(version *survey.Version, document []byte) (*Answers, []Problem) {
	r := &jsonReader{answers: New(version), typed: true}
	r.object(r.answers.root, document, "")
	for _, e := range version.Elements {
		r.answers.root.each(e, func(in *instance) {
			if c := in.cell(e); c.problem != nil {
				problem := *c.problem
				problem.Name = in.prefix() + e.Name
				r.problems = append(r.problems, problem)
			}
		})
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int { return cmp.Compare(a.Name, b.Name) })
	return r.answers, r.problems
}

type jsonReader struct {
	answers  *Answers
	typed    bool // by a person, not stored by us
	problems []Problem
}

func (r *jsonReader) find(name, key string, pairs ...any) {
	if len(r.problems) < maxProblems {
		r.problems = append(r.problems, Problem{Name: name, Key: key, Params: failure.New("", "", append(pairs, "name", name)...).Params})
	}
}

// object reads the members of the survey or of one instance of a repeat.
func (r *jsonReader) object(in *instance, document []byte, path string) {
	var members map[string]json.RawMessage
	err := json.Unmarshal(document, &members)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		r.find(path, "answers.syntax", "character", syntax.Offset, "near", near(document, syntax.Offset))
		return
	case err != nil || members == nil:
		r.find(path, "answers.want_object", "found", clip(string(document)))
		return
	}
	for name, value := range members {
		r.member(in, name, value, path+name)
	}
}

// near returns what stands before a fault.
func near(document []byte, offset int64) string {
	end := max(0, min(int(offset), len(document)))
	return clip(string(document[max(0, end-20):end]))
}

func (r *jsonReader) member(in *instance, name string, value json.RawMessage, path string) {
	version := r.answers.Version
	e := version.Element(name)
	switch {
	case e == nil:
		r.find(path, "answers.unknown", "suggestion", version.Nearest(name))
		return
	case e.Within != in.repeat && e.Within != nil:
		r.find(path, "answers.inside_repeat", "repeat", e.Within.Name)
		return
	case e.Within != in.repeat:
		r.find(path, "answers.outside_repeat")
		return
	case e.Type == survey.Repeat:
		r.instances(in, e, value, path)
		return
	case !e.Type.Answered():
		r.find(path, "answers.no_answer", "type", string(e.Type))
		return
	}
	values, ok := r.values(e, value)
	if !ok {
		key := "answers.want_text"
		if e.Type == survey.SelectMultiple {
			key = "answers.want_list"
		}
		r.find(path, key, "found", clip(string(value)))
		return
	}
	in.set(e, values)
}

func (r *jsonReader) instances(in *instance, e *survey.Element, value json.RawMessage, path string) {
	var instances []json.RawMessage
	if err := json.Unmarshal(value, &instances); err != nil {
		r.find(path, "answers.want_instances", "found", clip(string(value)))
		return
	}
	for i, one := range instances {
		child := r.answers.instance(in, e, i)
		if child == nil {
			r.find(path, "answers.too_many", "limit", MaxInstances)
			return
		}
		r.object(child, one, path+"["+strconv.Itoa(i)+"].")
	}
}

// values reads one answer: a text, or a list of texts for select_multiple.
func (r *jsonReader) values(e *survey.Element, value json.RawMessage) (values []string, ok bool) {
	var text string
	if e.Type == survey.SelectMultiple {
		if json.Unmarshal(value, &values) == nil {
			return values, true
		}
		if r.typed && json.Unmarshal(value, &text) == nil {
			return strings.Fields(text), true
		}
		return nil, false
	}
	if json.Unmarshal(value, &text) == nil {
		return []string{text}, true
	}
	var number json.Number
	if r.typed && json.Unmarshal(value, &number) == nil {
		return []string{number.String()}, true
	}
	if r.typed && e.Type == survey.Rank && json.Unmarshal(value, &values) == nil {
		return []string{strings.Join(values, " ")}, true
	}
	return nil, false
}
