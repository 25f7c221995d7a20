package server

import (
	"slices"
	"strings"

	"bedarfslotse/internal/expression"
	"bedarfslotse/internal/survey"
)

// nodeForm is the form of a question or group that is open.
type nodeForm struct {
	nodeValues
	page      *editorPage
	Old       string // the name that it has
	Container bool
	Asked     bool
	Selects   bool
	TypeWord  string
	TextAreas []textArea
	Types     []option
	Lists     []option
	Sharing   []string // other questions with the same list
	Logic     []conditionForm
	Fields    []optionGroup
	Aspects   []option
	Looks     []option
	Extra     []fact // parameters: name and value
	Drawings  []option
	Lines     []choiceForm
	TooMany   bool // choices, for a form
	Ways      []survey.Way
	Users     []string // those that refer to it
	Lost      int      // texts that go with it, in all languages
	Within    int      // questions inside
	Findings  []findingLine
	Orphans   []textArea // translations of a text that is gone
	Must      []option
}

// Page gives templates of parts what the page has.
func (f *nodeForm) Page() *editorPage { return f.page }

// Can tells whether it can be moved that way.
func (f *nodeForm) Can(way string) bool { return slices.Contains(f.Ways, survey.Way(way)) }

// textArea is one text of a question.
type textArea struct {
	Name, Label, Text string
	Rows              int
	Secondary         bool // rarely needed
}

// choiceForm is one line of a list.
type choiceForm struct {
	choiceValues
	Drawings    []option
	First, Last bool
	Number      string
	page        *editorPage
	List        string
	Strange     bool // its pictogram is none of ours
}

// Page gives the template of a line what the page has.
func (f choiceForm) Page() *editorPage { return f.page }

// conditionForm is a condition to pick or to write.
type conditionForm struct {
	condition
	Name  string // relevant, constraint
	Lines []rowForm
	Self  bool // it judges the answer at hand
	page  *editorPage
}

// Page gives the template what the page has.
func (f conditionForm) Page() *editorPage { return f.page }

type rowForm struct {
	Number    string
	Questions []option
	Operators []option
	Choices   []optionGroup
	Value     string
	Name      string
	Self      bool
	page      *editorPage
}

// Page gives the template what the page has.
func (f rowForm) Page() *editorPage { return f.page }

// mostLines is how many choices are edited in the browser.
const mostLines = 150

// nodeForm builds the form of a node; typed is a form that was refused.
func (s *Server) nodeForm(page *editorPage, of *survey.Survey, node *survey.Node, typed *edit) *nodeForm {
	f := &nodeForm{nodeValues: valuesOf(of, node), page: page, Old: node.Name, Container: node.Type.Contains(), Asked: node.Type.Asked(), Selects: node.Type.Selects(),
		TypeWord: page.T("workshop.type." + string(node.Type)), Ways: of.Ways(node.Name), Users: of.Users(node.Name)}
	if typed != nil && typed.form.Get("form") == "node" && typed.form.Get("node") == node.Name {
		kept := readValues(typed.form, of)
		if kept.Type == "" {
			kept.Type = node.Type
		}
		f.nodeValues = kept
	}
	for _, name := range textNames() {
		f.text(of, node, name)
	}
	f.types(of)
	f.logic(of, node)
	f.measured(s)
	f.looks(node)
	f.drawings(s)
	f.choiceLines()
	f.loss(of, node)
	for _, one := range page.Findings {
		if one.Owner == node.Name || one.List != "" && one.List == node.List {
			f.Findings = append(f.Findings, one)
		}
	}
	return f
}

// text adds a text that a node of this type can have, and the translations of
// one that is no longer there.
func (f *nodeForm) text(of *survey.Survey, node *survey.Node, name string) {
	fits := map[string]bool{"label": node.Type != survey.Calculate && node.Type != survey.Hidden, "hint": node.Type.Asked() || node.Type == survey.Note,
		"guidance_hint": node.Type.Asked() || node.Type == survey.Note, "required_message": node.Type.Asked(), "constraint_message": false}[name]
	area := textArea{Name: name, Label: f.page.T("workshop.text." + name), Text: f.Texts[name], Rows: 2, Secondary: name != "label" && name != "hint" && f.Texts[name] == ""}
	if name == "label" && node.Type == survey.Note {
		area.Rows = 5
	}
	if fits || area.Text != "" && name != "constraint_message" {
		f.TextAreas = append(f.TextAreas, area)
	}
	if text := *textOf(node, name); text[of.Language].Text == "" && len(text) > 0 {
		f.Orphans = append(f.Orphans, area)
	}
}

// types lists what the node can be made, and the lists that it can use.
func (f *nodeForm) types(of *survey.Survey) {
	for _, kind := range survey.Types() {
		if kind.Contains() == f.Container {
			f.Types = append(f.Types, option{string(kind), f.page.T("workshop.type." + string(kind)), kind == f.Type})
		}
	}
	f.Lists = f.page.lists(of, f.List)
	for _, name := range of.Sharing(f.List) {
		if node := of.Node(name); f.Selects && name != f.Old && node != nil {
			f.Sharing = append(f.Sharing, f.page.named(of, node))
		}
	}
	for _, value := range []string{"", "yes"} {
		f.Must = append(f.Must, option{value, f.page.T("workshop.must." + map[string]string{"": "no", "yes": "yes"}[value]), f.Required == value})
	}
	if f.Required != "" && f.Required != "yes" {
		f.Must = append(f.Must, option{f.Required, f.page.T("workshop.must.when", "expression", f.Required), true})
	}
}

// logic offers the conditions: when it is asked, and which answers are taken.
func (f *nodeForm) logic(of *survey.Survey, node *survey.Node) {
	f.Logic = []conditionForm{f.conditionForm(of, "relevant", f.Relevant, nil)}
	if node.Type.Asked() {
		f.Logic = append(f.Logic, f.conditionForm(of, "constraint", f.Constraint, node))
	}
}

// spareRows is how many empty rows a condition has to fill in.
const spareRows = 1

func (f *nodeForm) conditionForm(of *survey.Survey, name string, c condition, self *survey.Node) conditionForm {
	made := conditionForm{condition: c, Name: name, Self: self != nil, page: f.page}
	if c.Expression == "" && c.Picked && len(c.Rows) > 0 {
		if source, err := c.source(); err == nil {
			made.Expression = source
		}
	}
	for at := range len(c.Rows) + spareRows {
		row := expression.Row{}
		if at < len(c.Rows) {
			row = c.Rows[at]
		}
		made.Lines = append(made.Lines, f.rowForm(of, name, at, row, self))
	}
	return made
}

func (f *nodeForm) rowForm(of *survey.Survey, name string, at int, row expression.Row, self *survey.Node) rowForm {
	line := rowForm{Number: f.page.Number(float64(at+1), 0), Operators: operators(f.page.Localizer, row.Operator), Name: name, Self: self != nil, page: f.page, Value: row.Value}
	offer := func(node *survey.Node) {
		list := of.List(node.List)
		if !node.Type.Selects() || list == nil || len(list.Choices) > mostLines {
			return
		}
		group := optionGroup{Label: f.page.named(of, node)}
		for _, choice := range list.Choices {
			label := choice.Label[of.Language].Text
			if label == "" {
				label = choice.Name
			}
			chosen := row.Value == choice.Name && (self != nil || row.Question == node.Name) && row.Operator.Compares()
			group.Options = append(group.Options, option{node.Name + "/" + choice.Name, label, chosen})
			if chosen {
				line.Value = ""
			}
		}
		line.Choices = append(line.Choices, group)
	}
	if self != nil {
		offer(self)
		return line
	}
	of.Walk(func(node *survey.Node) bool {
		if node.Type.Answered() && node.Name != f.Old {
			line.Questions = append(line.Questions, option{node.Name, f.page.named(of, node), node.Name == row.Question})
			offer(node)
		}
		return true
	})
	return line
}

func (f *nodeForm) measured(s *Server) {
	if !f.Asked {
		return
	}
	f.Fields = s.fields(f.page.Localizer, f.Field, func(string) bool { return true })
	for _, aspect := range survey.Aspects() {
		f.Aspects = append(f.Aspects, option{string(aspect), f.page.T("workshop.aspect." + string(aspect)), string(aspect) == f.As})
	}
}

// looks offers the appearances and parameters that the type allows; one that the
// survey brought along stays.
func (f *nodeForm) looks(node *survey.Node) {
	known := survey.Appearances(node.Type)
	if len(known) > 0 || f.Appearance != "" {
		f.Looks = append(f.Looks, option{"", f.page.T("workshop.look.usual"), f.Appearance == ""})
	}
	for _, look := range known {
		f.Looks = append(f.Looks, option{look, f.page.T("workshop.look." + look), look == f.Appearance})
	}
	if f.Appearance != "" && !slices.Contains(known, f.Appearance) {
		f.Looks = append(f.Looks, option{f.Appearance, f.Appearance, true})
	}
	for _, name := range survey.ParameterNames(node.Type) {
		f.Extra = append(f.Extra, fact{name, f.Parameter[name]})
	}
}

// drawings offers the pictograms, and draws those that are chosen.
func (f *nodeForm) drawings(s *Server) {
	f.Drawings = f.page.drawings(s, f.Pictogram)
	shown := map[string]bool{f.Pictogram: true}
	for _, one := range f.Choices {
		shown[one.Pictogram] = true
	}
	names := s.known().Pictograms
	for _, name := range names {
		if shown[name] || f.Asked || f.Container {
			f.page.Symbols = append(f.page.Symbols, s.pictograms[name].Symbol)
		}
	}
}

func (p *editorPage) drawings(s *Server, chosen string) []option {
	list := []option{{"", p.T("workshop.pictogram.none"), chosen == ""}}
	for _, name := range s.known().Pictograms {
		list = append(list, option{name, strings.ReplaceAll(name, "_", " "), name == chosen})
	}
	if chosen != "" && s.pictograms[chosen] == nil {
		list = append(list, option{chosen, chosen, true})
	}
	for at, one := range list {
		if key := "workshop.pictogram." + one.Value; one.Value != "" && p.T(key) != key {
			list[at].Label = p.T(key)
		}
	}
	return list
}

func (f *nodeForm) choiceLines() {
	if f.TooMany = len(f.Choices) > mostLines; f.TooMany {
		return
	}
	for at, one := range f.Choices {
		f.Lines = append(f.Lines, choiceForm{choiceValues: one, First: at == 0, Last: at == len(f.Choices)-1, Number: f.page.Number(float64(at+1), 0),
			page: f.page, List: f.List, Drawings: f.Drawings,
			Strange: !slices.ContainsFunc(f.Drawings, func(o option) bool { return o.Value == one.Pictogram })})
	}
}

// loss counts what goes with the node when it is deleted.
func (f *nodeForm) loss(of *survey.Survey, node *survey.Node) {
	part := &survey.Survey{Language: of.Language, Nodes: []*survey.Node{node}}
	for _, one := range part.Texts() {
		f.Lost += len(*one.Text)
	}
	part.Walk(func(n *survey.Node) bool {
		if n != node {
			f.Within++
		}
		return true
	})
}
