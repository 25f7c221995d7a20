package response

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"bedarfslotse/internal/survey"
)

// The bounds of one submission. They are far above what an honest respondent
// needs and far below what could hurt.
const (
	MaxText      = 20_000 // characters of one text answer
	MaxInstances = 200    // instances of one repeat
	maxPlaces    = 2_000  // instances of all repeats together: nested ones multiply
	maxProblems  = 100    // unknown names that are told one by one
)

// Control reports whether a posted name is one of the document's own and not a
// question's. Names with a colon can be no question's name.
func Control(name string) bool {
	switch name {
	case "submission_id", "version", "lang", "code":
		return true
	}
	return strings.HasPrefix(name, ":")
}

// Read fills answers from the fields of the respondent's document: one name per
// question, repeated for select_multiple, "repeat[0].question" inside repeats.
// It returns a problem for every name that the survey does not have, the first
// hundred in alphabetical order. What is wrong with values is kept with them
// until [Answers.Check].
func Read(version *survey.Version, fields map[string][]string) (*Answers, []Problem) {
	a := New(version)
	var problems []Problem
	names := make([]string, 0, len(fields))
	for name := range fields {
		if !Control(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		in, element, problem := a.locate(name)
		if problem != "" {
			if len(problems) == maxProblems {
				break
			}
			problems = append(problems, Problem{Name: clip(name), Key: problem, Params: map[string]any{"name": clip(name)}})
			continue
		}
		in.set(element, fields[name])
	}
	a.compact()
	return a, problems
}

// clip keeps what is quoted back short and valid.
func clip(text string) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "�"), "�")
	if utf8.RuneCountInString(text) > 80 {
		return string([]rune(text)[:79]) + "…"
	}
	return text
}

// locate finds the cell that a control name speaks of, making the instances on
// the way. The last result is a message key when there is no such cell.
func (a *Answers) locate(name string) (*instance, *survey.Element, string) {
	in := a.root
	for {
		step, rest, nested := strings.Cut(name, "].")
		if !nested {
			element := a.Version.Element(name)
			if element == nil || element.Within != in.repeat || !element.Type.Answered() {
				return nil, nil, "respondent.problem.unknown_question"
			}
			return in, element, ""
		}
		repeatName, digits, ok := strings.Cut(step, "[")
		repeat := a.Version.Element(repeatName)
		number, counted := index(digits)
		if !ok || !counted || repeat == nil || repeat.Type != survey.Repeat || repeat.Within != in.repeat {
			return nil, nil, "respondent.problem.unknown_question"
		}
		if number < MaxInstances {
			in, name = a.instance(in, repeat, number), rest
		}
		if number >= MaxInstances || in == nil {
			return nil, nil, "respondent.problem.too_many_instances"
		}
	}
}

// index reads the number of an instance in its one way of writing, so that no
// two names speak of the same cell. Whatever is too large to count is
// MaxInstances.
func index(digits string) (number int, ok bool) {
	if digits == "" || strings.Trim(digits, "0123456789") != "" || len(digits) > 1 && digits[0] == '0' {
		return 0, false
	}
	number, err := strconv.Atoi(digits)
	if err != nil {
		return MaxInstances, true
	}
	return number, true
}

// instance returns an instance of a repeat, making it and the places of those
// before it; nil when it would be one too many.
func (a *Answers) instance(in *instance, repeat *survey.Element, number int) *instance {
	cell := in.cell(repeat)
	if number < len(cell.instances) && cell.instances[number] != nil {
		return cell.instances[number]
	}
	if number >= MaxInstances || a.places >= maxPlaces {
		return nil
	}
	a.places++
	for len(cell.instances) <= number {
		cell.instances = append(cell.instances, nil)
	}
	cell.instances[number] = newInstance(a.Version, repeat, in)
	cell.instances[number].number = number
	return cell.instances[number]
}

// At returns the place of the controls with that prefix, such as
// "children[2].". An instance in which nothing was said yet is made up for the
// occasion and leaves the answers as they are. The result is false when the
// survey has no such place.
func (a *Answers) At(prefix string) (Place, bool) {
	in := a.root
	for prefix != "" {
		step, rest, _ := strings.Cut(prefix, "].")
		name, digits, _ := strings.Cut(step, "[")
		repeat := a.Version.Element(name)
		number, counted := index(digits)
		if !counted || repeat == nil || repeat.Type != survey.Repeat || repeat.Within != in.repeat {
			return Place{}, false
		}
		if known := in.cell(repeat).instances; number < len(known) {
			in = known[number]
		} else {
			in = newInstance(a.Version, repeat, in)
		}
		prefix = rest
	}
	return Place{in}, true
}

// Add appends an instance to a repeat. It returns the zero Place, and adds
// none, when there are [MaxInstances] already or too many in all repeats.
func (a *Answers) Add(at Place, repeat *survey.Element) Place {
	return Place{a.instance(at.in, repeat, len(at.in.cell(repeat).instances))}
}

// Set gives the element at this place its values, normalised; see [Place.Fits].
func (p Place) Set(e *survey.Element, values ...string) { p.in.set(e, values) }

// Fits tells whether the element's value is of its type; an answer that is not
// counts as none.
func (p Place) Fits(e *survey.Element) bool { return p.in.cell(e).problem == nil }

func (in *instance) set(e *survey.Element, raw []string) {
	c := in.cell(e)
	values, key, params := normalise(e, raw)
	c.values, c.problem = values, nil
	if key != "" {
		c.values = nil
		c.problem = &Problem{Element: e, Key: key, Params: params}
	}
	c.text = ""
	if len(c.values) == 1 {
		c.text = c.values[0]
	} else if len(c.values) > 1 {
		c.text = strings.Join(c.values, " ")
	}
}

// compact closes gaps that missing indexes left and drops instances in which
// nothing was said.
func (a *Answers) compact() { a.root.compact() }

func (in *instance) compact() {
	for i := range in.cells {
		c := &in.cells[i]
		if c.instances == nil {
			continue
		}
		kept := c.instances[:0]
		for _, child := range c.instances {
			if child == nil {
				continue
			}
			child.compact()
			if child.empty() {
				continue
			}
			child.number = len(kept)
			kept = append(kept, child)
		}
		c.instances = kept
	}
}

func (in *instance) empty() bool {
	for i := range in.cells {
		if c := &in.cells[i]; c.values != nil || c.problem != nil || len(c.instances) > 0 {
			return false
		}
	}
	return true
}

func (in *instance) prefix() string {
	if in.repeat == nil {
		return ""
	}
	return in.parent.prefix() + in.repeat.Name + "[" + strconv.Itoa(in.number) + "]."
}
