package response

import (
	"encoding/json"
	"fmt"

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
	a := New(version)
	if err := a.root.fromJSON(a, document); err != nil {
		return nil, fmt.Errorf("read stored answers: %w", err)
	}
	return a, nil
}

func (in *instance) fromJSON(a *Answers, document []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(document, &members); err != nil {
		return err
	}
	for name, value := range members {
		e := a.Version.Element(name)
		if e == nil || e.Within != in.repeat {
			return fmt.Errorf("the survey has no question %s here", name)
		}
		switch e.Type {
		case survey.Repeat:
			var instances []json.RawMessage
			if err := json.Unmarshal(value, &instances); err != nil {
				return err
			}
			for i, one := range instances {
				child := a.instance(in, e, i)
				if child == nil {
					return fmt.Errorf("too many instances of %s", name)
				}
				if err := child.fromJSON(a, one); err != nil {
					return err
				}
			}
		case survey.SelectMultiple:
			var values []string
			if err := json.Unmarshal(value, &values); err != nil {
				return err
			}
			in.set(e, values)
		default:
			var text string
			if err := json.Unmarshal(value, &text); err != nil {
				return err
			}
			in.set(e, []string{text})
		}
	}
	return nil
}
