package server

import (
	"cmp"
	"html"
	"html/template"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"bedarfslotse/internal/survey"
)

// block is a part of the respondent's document: a page, a group, a repeat, an
// instance, a matrix or a question.
type block struct {
	*frame
	Kind     string // names the template "block-" + Kind
	Name     string // of the element; "" for a page of loose questions
	Control  string // name of the control: Name with the prefix of its instance
	Type     survey.Type
	Label    fragment
	Hint     fragment
	Guidance fragment // more, for who wants to read it
	illustrated
	Pictogram  *pictogram // nil for none
	Speechless bool       // a question without words, which its picture or sound asks
	Above      fragment   // of a page: the label of the group around it
	Required   bool       // always; a condition is the phone's to judge
	Problem    string
	Children   []*block
	Level      int // of the heading of a group or repeat, 3 to 5

	Attributed  bool   // the page is given in the institution's name
	Statement   bool   // and is the first one that is, which says so at length
	Explained   bool   // and the survey's own note says so first
	AsksName    bool   // and no question of the survey asks for that name
	Institution string // the name, known from a code

	Multiline bool
	ReadOnly  bool
	Dropdown  bool   // choices in a list that opens
	From      string // the question whose answers are the choices
	Fixed     bool   // a choice is shown and cannot be changed
	Narrowed  bool   // of the choices only those are in the document that fit the answers so far
	Typed     bool   // a choice is typed, with proposals
	Mode      string
	Input     string        // the type of the input, where it is not text
	Range     *survey.Range // of a number typed or slid to
	Marks     []mark        // under its slider
	Ticks     []choice      // the words at some of its numbers
	Layout    string        // how choices stand on a wide screen, "" for below one another
	Value     string
	Choices   []choice
	Places    []int // in an order of the choices, from 1
	Columns   int   // of a matrix: how many choices stand side by side, 0 for a list
	Number    int   // of an instance, from 1
	Counted   bool
	Focus     bool // gets the focus when the document opens
}

// Pictured tells whether any of the choices is a picture.
func (b *block) Pictured() bool {
	return slices.ContainsFunc(b.Choices, func(one choice) bool { return one.Picture != nil })
}

// Single tells whether one of the choices is to be chosen.
func (b *block) Single() bool { return b.Type == survey.SelectOne || b.Type == survey.TypeRange }

// Many tells whether the choices are so many that a wide screen shows them in
// two columns.
func (b *block) Many() bool { return len(b.Choices) > 9 && b.Layout == "" && !b.Pictured() }

// choice is one answer to choose.
type choice struct {
	Name    string
	Label   fragment
	Checked bool
	Apart   bool // "don't know" and the like: last, in whatever order
	Place   int  // in an order of the choices, from 1; 0 for none
	illustrated
	Pictogram *pictogram // nil for none, and where there is a picture
	// LabelID is the id of the label where more than the label stands beside the
	// control, which must not be read out as its name; else "".
	LabelID string
}

// Plain returns the label without markup.
func (c choice) Plain() string { return plainText(c.Label) }

// ID is the id of the block's (first) control.
func (b *block) ID() string { return controlID(b.Control) }

func controlID(control string) string { return "c-" + control }

// Describes lists the ids of what explains the control, "" for nothing.
func (b *block) Describes() string {
	var ids []string
	if !b.Hint.Empty() || b.Label.Rest != "" && b.Label.Lead != "" {
		ids = append(ids, "h-"+b.Control)
	}
	if b.Range != nil {
		ids = append(ids, "r-"+b.Control)
	}
	if b.From != "" {
		ids = append(ids, "f-"+b.Control)
	}
	if len(b.Ticks) > 0 {
		ids = append(ids, "t-"+b.Control)
	}
	if b.Problem != "" {
		ids = append(ids, "p-"+b.Control)
	}
	return strings.Join(ids, " ")
}

// pages divides elements into pages: a group is one, and so is a run of
// questions that stand in no group. A large group is divided in turn, unless its author wants it together
// (field-list).
func (f *form) pages(elements []*survey.Element, prefix string, above fragment) []*block {
	const run = 5 // loose questions on one page
	var pages []*block
	var loose *block
	for _, e := range elements {
		if e.Type.Contains() {
			loose = nil
			pages = append(pages, f.container(e, prefix, above))
			continue
		}
		child := f.question(e, prefix)
		if loose == nil || asked(loose.Children) >= run && e.Type.Asked() {
			loose = &block{frame: f.frame, Kind: "page", Above: above}
			f.attribute(loose, e)
			pages = append(pages, loose)
		}
		loose.Children = append(loose.Children, child)
	}
	return pages
}

func asked(blocks []*block) int {
	count := 0
	for _, b := range blocks {
		if b.Type.Asked() {
			count++
		}
	}
	return count
}

// container makes a group or repeat a page, or several.
func (f *form) container(e *survey.Element, prefix string, above fragment) *block {
	label := f.text(e.Label, f.value(prefix))
	if e.Type == survey.Group && divided(e) {
		if label.Empty() {
			label = above
		}
		chapter := &block{frame: f.frame, Kind: "chapter", Name: e.Name, Children: f.pages(e.Children, prefix, label)}
		chapter.lead(f.illustrate(e.Media, label, ""))
		return chapter
	}
	page := &block{frame: f.frame, Kind: "page", Name: e.Name, Label: label, Above: above,
		illustrated: f.illustrate(e.Media, label, "")}
	if e.Type == survey.Repeat {
		page.Name = ""
		page.Children = []*block{f.repeat(e, prefix, 3)}
		page.Label, page.illustrated = fragment{}, illustrated{}
	} else {
		page.Children = f.inside(e, prefix, 3)
	}
	f.attribute(page, e)
	return page
}

// lead puts what illustrates a chapter at the beginning of its first page.
func (b *block) lead(with illustrated) {
	first := b
	for first.Kind == "chapter" && len(first.Children) > 0 {
		first = first.Children[0]
	}
	if first.Kind == "page" && with != (illustrated{}) {
		first.Children = slices.Insert(first.Children, 0, &block{frame: b.frame, Kind: "illustration", illustrated: with})
	}
}

// divided tells whether a group is too much for one page.
func divided(e *survey.Element) bool {
	if looks(e, "field-list") || looks(e, "table-list") {
		return false
	}
	groups, questions, nested := false, 0, 0
	for _, child := range e.Children {
		groups = groups || child.Type.Contains()
		nested += len(child.Children)
		if child.Type.Asked() {
			questions++
		}
	}
	return groups && nested > 8 || questions > 12
}

// attribute marks the page of a group that is given in the institution's name.
func (f *form) attribute(page *block, e *survey.Element) {
	if !e.Attributed {
		return
	}
	page.Attributed, page.Statement, f.stated = true, !f.stated, true
	if !page.Statement {
		return
	}
	page.Explained = e.Type == survey.Note || len(e.Children) > 0 && e.Children[0].Type == survey.Note
	if f.Code != nil {
		page.Institution = f.Code.Institution
	}
	if page.Institution == "" && !slices.ContainsFunc(f.wave.Version.Elements, asksInstitution) {
		page.AsksName, page.Value = true, f.Institution
	}
}

// inside makes the blocks of what a group or an instance holds.
func (f *form) inside(e *survey.Element, prefix string, level int) []*block {
	if e.Matrix() {
		return []*block{f.matrix(e, prefix)}
	}
	blocks := make([]*block, 0, len(e.Children))
	for at := 0; at < len(e.Children); at++ {
		child := e.Children[at]
		if rows := survey.MatrixRows(e.Children[at:]); len(rows) > 1 {
			blocks = append(blocks, f.rows(rows, prefix))
			at += len(rows) - 1
			continue
		}
		switch child.Type {
		case survey.Group:
			blocks = append(blocks, &block{frame: f.frame, Kind: "group", Name: child.Name, Control: prefix + child.Name,
				Label: f.text(child.Label, f.value(prefix)), Level: level, Children: f.inside(child, prefix, min(5, level+1))})
			last := blocks[len(blocks)-1]
			last.illustrated = f.illustrate(child.Media, last.Label, "")
		case survey.Repeat:
			blocks = append(blocks, f.repeat(child, prefix, level))
		default:
			if f.Code != nil && f.Code.Institution != "" && asksInstitution(child) {
				continue // the code says it
			}
			blocks = append(blocks, f.question(child, prefix))
		}
	}
	return blocks
}

func (f *form) repeat(e *survey.Element, prefix string, level int) *block {
	f.HasRepeats = true
	b := &block{frame: f.frame, Kind: "repeat", Name: e.Name, Control: prefix + e.Name, Type: e.Type,
		Label: f.text(e.Label, f.value(prefix)), Level: level, Counted: e.RepeatCount != nil}
	b.illustrated = f.illustrate(e.Media, b.Label, "")
	for number := range f.instances(b.Control) {
		inside := b.Control + "[" + strconv.Itoa(number) + "]."
		instance := &block{frame: f.frame, Kind: "instance", Name: e.Name, Control: strings.TrimSuffix(inside, "."),
			Label: b.Label, Number: number + 1, Counted: b.Counted, Level: min(5, level+1),
			Children: f.inside(e, inside, min(5, level+1))}
		if inside == f.focused {
			focusFirst(instance.Children)
		}
		b.Children = append(b.Children, instance)
	}
	return b
}

// focusFirst gives the focus to the first control among the blocks.
func focusFirst(blocks []*block) bool {
	for _, b := range blocks {
		if b.Type.Asked() {
			b.Focus = true
			return true
		}
		if focusFirst(b.Children) {
			return true
		}
	}
	return false
}

// widest is how many choices fit side by side on a wide screen.
const widest = 7

func (f *form) matrix(e *survey.Element, prefix string) *block {
	return f.rows(e.Children, prefix)
}

// rows shows questions with the same choices below one another.
func (f *form) rows(elements []*survey.Element, prefix string) *block {
	b := &block{frame: f.frame, Kind: "matrix"}
	for _, child := range elements {
		row := f.question(child, prefix)
		if child.Type.Selects() && !child.LabelsOnly() {
			row.Kind, row.Dropdown, row.Typed, row.Fixed = "row", false, false, false
			b.Choices = row.Choices
		}
		if child.LabelsOnly() {
			row.Kind = "head"
		}
		b.Children = append(b.Children, row)
	}
	if len(b.Choices) <= widest {
		b.Columns = len(b.Choices)
	}
	return b
}

// question makes the block of a single question.
func (f *form) question(e *survey.Element, prefix string) *block {
	b := &block{
		frame: f.frame, Kind: kind(e), Name: e.Name, Control: prefix + e.Name, Type: e.Type,
		Label: f.text(e.Label, f.value(prefix)), Hint: f.text(e.Hint, f.value(prefix)), Guidance: f.text(e.GuidanceHint, f.value(prefix)),
		Required: e.Node.Required == "yes", ReadOnly: e.ReadOnly, Multiline: looks(e, "multiline") || looks(e, "w4"), Layout: layoutOf(e),
	}
	b.illustrated = f.illustrate(e.Media, b.Label, cmp.Or(plainText(b.Hint), e.Name))
	b.Pictogram = f.pictogram(e.Pictogram)
	b.Speechless = e.Type.Asked() && !e.LabelsOnly() && b.Label.Empty() && b.illustrated != (illustrated{})
	b.Problem = f.problems[b.Control]
	b.Focus = f.asked != "" && b.Control == f.asked
	values := f.valuesOf(b.Control)
	if e.Calculation != nil && e.ReadOnly {
		if host, ok := f.host(prefix, e); ok { // nobody could have typed it
			values = host.Values(e)
		}
	}
	if len(values) > 0 {
		b.Value = values[0]
	}
	if e.ChoicesFrom != nil {
		f.fromAnswers(b, e, prefix)
	} else {
		f.shape(b, e, values, prefix)
	}
	return b
}

// kind names the template of a question.
func kind(e *survey.Element) string {
	switch {
	case e.ChoicesFrom != nil:
		return "select"
	case e.Node.Type == survey.Note: // also one that computes
		return string(survey.Note)
	}
	switch e.Type {
	case survey.SelectOne, survey.SelectMultiple:
		if e.LabelsOnly() {
			return "note"
		}
		return "select"
	case survey.Acknowledge, survey.Hidden, survey.Calculate, survey.Rank, survey.TypeRange:
		return string(e.Type)
	default:
		return "text"
	}
}

// valuesOf returns what a control shows: what was sent, in a fresh instance
// and in the empty document the default.
func (f *form) valuesOf(control string) []string {
	fresh := f.given == nil || f.added != "" && strings.HasPrefix(control, f.added)
	if !fresh {
		return f.given.values(control)
	}
	return f.defaults[instanceNumber.ReplaceAllString(control, "[0]")]
}

// instanceNumber is the number of an instance in the name of a control.
var instanceNumber = regexp.MustCompile(`\[\d+\]`)

func (f *form) choices(control string, e *survey.Element, values []string) []choice {
	choices := make([]choice, 0, len(e.Choices.Choices))
	for at, one := range e.Choices.Choices {
		shown := f.choice(one, values)
		shown.Label = f.choiceLabel(one)
		shown.illustrated = f.illustrate(one.Media, shown.Label, one.Name)
		if shown.Picture == nil {
			shown.Pictogram = f.pictogram(one.Pictogram)
		}
		if shown.Label.Empty() && (shown.Picture == nil || e.Type == survey.Rank || e.ReadOnly || e.LabelsOnly()) {
			shown.Label = named(one)
		}
		if shown.Sound != nil || shown.Picture != nil && shown.Picture.Large != "" {
			shown.LabelID = "o-" + control + "-" + strconv.Itoa(at)
		}
		choices = append(choices, shown)
	}
	return choices
}

func (f *form) choice(one *survey.Choice, values []string) choice {
	label := f.choiceLabel(one)
	if label.Empty() {
		label = named(one)
	}
	return choice{Name: one.Name, Apart: one.NonSubstantive, Label: label, Checked: slices.Contains(values, one.Name)}
}

// choiceLabel is rendered once: many questions may share a list.
func (f *form) choiceLabel(one *survey.Choice) fragment {
	label, known := f.labels[one]
	if !known {
		label = f.text(one.Label, f.value(""))
		f.labels[one] = label
	}
	return label
}

// named shows a choice by its name, for want of a label.
func named(one *survey.Choice) fragment {
	return fragment{Lead: template.HTML(html.EscapeString(one.Name))} //nolint:gosec // escaped
}

// outer takes the last instance off a prefix: "a[0].b[1]." becomes "a[0].".
func outer(prefix string) string {
	return prefix[:strings.LastIndex(strings.TrimSuffix(prefix, "."), ".")+1]
}
