package survey

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"bedarfslotse/internal/expression"
	"bedarfslotse/internal/failure"
)

// Compile makes a survey ready for work. The findings hold everything that is
// wrong with it; the version is nil when any of them is fatal. Findings carry
// the positions of the nodes; file and sheet are the caller's to add.
func Compile(s *Survey) (*Version, failure.Findings) {
	version, findings := Outline(s)
	if findings.Fatal() {
		return nil, findings
	}
	version.Hash = hash(s)
	return version, findings
}

// Outline is [Compile] for a survey at which somebody is still working: the
// version is there whatever the findings say, as far as the survey can be
// understood. It serves to show and to compare; nobody must be asked with it
// where a finding is fatal.
func Outline(s *Survey) (*Version, failure.Findings) {
	c := &compiler{version: &Version{Survey: s, byName: map[string]*Element{}}, lists: map[string]*ChoiceList{}}
	c.settings(s)
	for _, list := range s.Choices {
		c.list(list)
	}
	c.version.Top = c.elements(s.Nodes, nil)
	c.spacedChoices()
	for _, element := range c.version.Elements {
		c.choicesFrom(element)
		c.references(element)
		c.triggers(element)
	}
	if !c.findings.Fatal() {
		c.order()
	}
	c.findings.Sort()
	return c.version, c.findings
}

// hash covers the whole document; JSON writes map keys sorted.
func hash(s *Survey) string {
	document, err := json.Marshal(s)
	if err != nil { // only types of this package, none of which can fail
		panic(err)
	}
	sum := sha256.Sum256(document)
	return hex.EncodeToString(sum[:])
}

type compiler struct {
	version  *Version
	lists    map[string]*ChoiceList
	findings failure.Findings

	suggested int
}

func (c *compiler) find(at Position, key string, pairs ...any) {
	c.findings = append(c.findings, failure.Finding{Severity: failure.Fatal, Key: key,
		Params: failure.New("", "", pairs...).Params, Sheet: at.Sheet, Line: at.Line, Column: at.Column})
}

func (c *compiler) warn(at Position, key string, pairs ...any) {
	c.find(at, key, pairs...)
	c.findings[len(c.findings)-1].Severity = failure.Warning
}

var (
	surveyID     = regexp.MustCompile(`^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$`)
	questionName = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_.-]*$`)
)

// Reserved lists the names that the respondent's document uses itself, so that
// no question may have them.
func Reserved() []string { return []string{"submission_id", "version", "lang", "code"} }

func (c *compiler) settings(s *Survey) {
	if !surveyID.MatchString(s.ID) {
		c.find(Position{Line: 1, Column: 1}, "survey.bad_id", "id", s.ID)
	}
	if len(s.Nodes) == 0 {
		c.find(Position{Line: 1, Column: 1}, "survey.empty")
	}
	if s.Version == "" {
		s.Version = "1"
	}
}

func (c *compiler) list(list *ChoiceList) {
	if c.lists[list.Name] != nil {
		c.find(list.Position, "survey.duplicate_list", "list", list.Name)
		return
	}
	c.lists[list.Name] = list
	if len(list.Choices) == 0 {
		c.find(list.Position, "survey.empty_list", "list", list.Name)
	}
	seen := map[string]bool{}
	for _, choice := range list.Choices {
		switch {
		case choice.Name == "":
			c.find(choice.Position, "survey.choice_without_name", "list", list.Name)
		case seen[choice.Name] && !list.AllowDuplicates:
			c.find(choice.Position, "survey.duplicate_choice", "list", list.Name, "choice", choice.Name)
		}
		if len(choice.Label) == 0 {
			c.warn(choice.Position, "survey.choice_without_label", "list", list.Name, "choice", choice.Name)
		}
		seen[choice.Name] = true
	}
}

func (c *compiler) elements(nodes []*Node, parent *Element) []*Element {
	var elements []*Element
	for _, node := range nodes {
		elements = append(elements, c.element(node, parent))
	}
	return elements
}

func (c *compiler) element(node *Node, parent *Element) *Element {
	e := &Element{Node: node, Type: node.answerType(), Index: len(c.version.Elements), Parent: parent, Attributed: node.Attributed}
	if parent != nil {
		e.Within = parent.Within
		if parent.Type == Repeat {
			e.Within = parent
		}
		e.Attributed = e.Attributed || parent.Attributed
	}
	c.version.Elements = append(c.version.Elements, e)
	c.name(e)
	c.kind(e)
	c.parameters(e)
	e.Relevant = c.parse(e, "relevant", node.Relevant)
	e.Constraint = c.parse(e, "constraint", node.Constraint)
	e.Calculation = c.parse(e, "calculation", node.Calculation)
	e.ChoiceFilter = c.parse(e, "choice_filter", node.ChoiceFilter)
	e.RepeatCount = c.parse(e, "repeat_count", node.RepeatCount)
	if node.Required != "yes" {
		e.Required = c.parse(e, "required", node.Required)
	}
	if DynamicDefault(node.Default) {
		e.Default = c.parse(e, "default", node.Default)
	}
	e.Children = c.elements(node.Children, e)
	e.End = len(c.version.Elements)
	return e
}

func (c *compiler) name(e *Element) {
	switch {
	case e.Name == "":
		c.find(e.Position, "survey.node_without_name", "type", string(e.Type))
		return
	case !questionName.MatchString(e.Name):
		c.find(e.Place("name"), "survey.bad_name", "name", e.Name)
	case slices.Contains(Reserved(), e.Name):
		c.find(e.Place("name"), "survey.reserved_name", "name", e.Name)
	}
	if other := c.version.byName[e.Name]; other != nil {
		c.find(e.Place("name"), "survey.duplicate_name", "name", e.Name, "line", other.Position.Line)
		return
	}
	c.version.byName[e.Name] = e
}

func (c *compiler) kind(e *Element) {
	if !slices.Contains(Types(), e.Node.Type) {
		names := make([]string, 0, len(Types()))
		for _, t := range Types() {
			names = append(names, string(t))
		}
		c.find(e.Place("type"), "survey.unknown_type", "type", string(e.Type), "name", e.Name,
			"suggestion", nearest(string(e.Type), names))
		return
	}
	switch {
	case e.Type.Selects(): // from a list
		c.selects(e)
	case e.Type.Contains() && len(e.Node.Children) == 0:
		c.warn(e.Position, "survey.empty_group", "name", e.Name)
	case e.Type == Calculate && e.Node.Calculation == "" && e.Node.Default == "":
		c.find(e.Position, "survey.calculate_without_calculation", "name", e.Name)
	}
	if e.Node.Attributed && e.Within != nil && !e.Within.Attributed {
		c.find(e.Place("attributed"), "survey.attributed_in_repeat", "name", e.Name, "repeat", e.Within.Name)
	}
	if !e.Type.Contains() && len(e.Node.Children) > 0 {
		c.find(e.Place("questions"), "survey.questions_in_question", "name", e.Name)
	}
	if e.Node.Type.Asked() && len(e.Label) == 0 && len(e.Hint) == 0 && len(e.Media) == 0 {
		c.warn(e.Position, "survey.question_without_label", "name", e.Name)
	}
}

func (c *compiler) selects(e *Element) {
	e.Choices = c.lists[e.List]
	if e.Choices == nil {
		names := make([]string, 0, len(c.lists))
		for name := range c.lists {
			names = append(names, name)
		}
		c.find(e.Place("type"), "survey.unknown_list", "list", e.List, "name", e.Name,
			"suggestion", nearest(e.List, names))
		return
	}
	e.indexChoices()
	e.readLabels()
	if e.Type == SelectOne {
		e.Scale = e.Choices.Scale()
	}
}

func (c *compiler) parse(e *Element, property, source string) *expression.Tree {
	if strings.TrimSpace(source) == "" {
		return nil
	}
	tree, err := expression.Parse(source)
	var wrong *expression.Error
	if errors.As(err, &wrong) {
		params := failure.Params{"question": e.Name, "property": property, "expression": source}
		for key, value := range wrong.Params {
			params[key] = value
		}
		at := e.Place(property)
		c.findings = append(c.findings, failure.Finding{Severity: failure.Fatal, Key: wrong.Key, Params: params,
			Sheet: at.Sheet, Line: at.Line, Column: at.Column, Cell: source})
		return nil
	}
	return tree
}

// references checks that what the expressions name exists.
func (c *compiler) references(e *Element) {
	e.Expressions(func(property string, tree *expression.Tree) {
		c.spacedItems(e, property, tree)
		c.named(e, property, tree)
	})
}

func (c *compiler) named(e *Element, property string, tree *expression.Tree) {
	for _, name := range tree.References() {
		if c.version.byName[name] == nil {
			c.find(e.Place(property), "survey.unknown_reference", "reference", name, "name", e.Name,
				"property", property, "suggestion", c.suggest(name))
		}
	}
	for _, lookup := range tree.Instances() {
		c.lookup(e, property, lookup)
	}
	for _, column := range tree.Columns() {
		known := property == "choice_filter" && e.Choices != nil &&
			(column == "name" || column == "label" || slices.Contains(e.Choices.Columns, column))
		if !known {
			c.find(e.Place(property), "survey.unknown_column", "column", column, "name", e.Name, "property", property)
		}
	}
}

// Unknown tells what an expression names that the survey does not have, where
// the expression is not one of the survey's own. In the findings it is called
// by the name given.
func (v *Version) Unknown(tree *expression.Tree, name string) failure.Findings {
	c := &compiler{version: v, lists: make(map[string]*ChoiceList, len(v.Choices))}
	for _, list := range v.Choices {
		c.lists[list.Name] = list
	}
	c.named(&Element{Node: &Node{Name: v.ID}}, name, tree)
	return c.findings
}

// Nearest returns the question or group that a wrong name most likely means,
// "" when none is near.
func (v *Version) Nearest(name string) string {
	c := &compiler{version: v}
	return c.suggest(name)
}

// lookup checks that a list that instance() or pulldata() reads exists, with
// the columns that are read of it.
func (c *compiler) lookup(e *Element, property string, lookup expression.Lookup) {
	list := c.lists[lookup.Name]
	if list == nil {
		c.find(e.Place(property), "survey.unknown_list", "list", lookup.Name, "name", e.Name,
			"suggestion", nearest(lookup.Name, slices.Collect(maps.Keys(c.lists))))
		return
	}
	for _, column := range lookup.Columns {
		if !slices.Contains([]string{"name", "label", "itextId"}, column) && !slices.Contains(list.Columns, column) {
			c.find(e.Place(property), "survey.unknown_column", "column", column, "name", e.Name, "property", property)
		}
	}
}

// triggers finds the questions that a calculation waits for. Commas that
// separate nothing are let pass, as other readers of XLSForm do.
func (c *compiler) triggers(e *Element) {
	if e.Node.Trigger == "" {
		return
	}
	at := e.Place("trigger")
	var triggers []*Element
	for part := range strings.SplitSeq(e.Node.Trigger, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		match := onlyReference.FindStringSubmatch(part)
		if match == nil {
			c.find(at, "survey.bad_trigger", "name", e.Name, "trigger", part)
			continue
		}
		on := c.version.byName[match[1]]
		switch {
		case on == nil || on.Type.Contains():
			c.find(at, "survey.unknown_reference", "reference", match[1], "name", e.Name, "property", "trigger", "suggestion", c.suggest(match[1]))
		case !on.seen():
			c.find(at, "survey.trigger_unseen", "name", e.Name, "reference", match[1])
		case !slices.Contains(triggers, on):
			triggers = append(triggers, on)
		}
	}
	if !e.Type.Answered() || e.Node.Calculation == "" {
		c.warn(at, "survey.trigger_without_calculation", "name", e.Name)
		return
	}
	e.Triggers = triggers
}

var onlyReference = regexp.MustCompile(`^\$\{\s*([^{}$]*?)\s*\}$`)

// seen tells whether respondents see a question, so that they can set off what
// waits for it: it is no calculation, and has words of its own or is answered.
func (e *Element) seen() bool {
	return e.Type.Asked() && (len(e.Label) > 0 || len(e.Hint) > 0 || e.Node.Calculation == "")
}

// maxSuggestions bounds how many wrong references get one: each is compared
// with every name, and a hostile survey has many of both.
const maxSuggestions = 50

// suggest returns the question that a wrong reference most likely means.
func (c *compiler) suggest(name string) string {
	if c.suggested++; c.suggested > maxSuggestions {
		return ""
	}
	names := make([]string, 0, len(c.version.byName))
	for name := range c.version.byName {
		names = append(names, name)
	}
	return nearest(name, names)
}

// Expressions visits the element's expressions by their property, in a fixed
// order.
func (e *Element) Expressions(visit func(property string, tree *expression.Tree)) {
	for _, one := range []struct {
		property string
		tree     *expression.Tree
	}{
		{"relevant", e.Relevant}, {"required", e.Required}, {"constraint", e.Constraint},
		{"calculation", e.Calculation}, {"default", e.Default},
		{"choice_filter", e.ChoiceFilter}, {"repeat_count", e.RepeatCount}, {"parameters", e.Seed},
	} {
		if one.tree != nil {
			visit(one.property, one.tree)
		}
	}
}

// order sorts the elements so that each comes after its container and after
// what its relevance and value rest on. Constraints and required conditions
// judge a value without changing one, so they cannot close a ring.
func (c *compiler) order() {
	const unseen, open, done = 0, 1, 2
	state := make([]int, len(c.version.Elements))
	var trail []*Element
	var visit func(e *Element)
	visit = func(e *Element) {
		switch state[e.Index] {
		case done:
			return
		case open:
			c.ring(trail[slices.Index(trail, e):])
			return
		}
		state[e.Index] = open
		trail = append(trail, e)
		if e.Parent != nil {
			visit(e.Parent)
		}
		for _, on := range c.dependencies(e) {
			visit(on)
		}
		trail = trail[:len(trail)-1]
		state[e.Index] = done
		c.version.ordered = append(c.version.ordered, e)
	}
	for _, e := range c.version.Elements {
		visit(e)
	}
}

func (c *compiler) dependencies(e *Element) []*Element {
	var on []*Element
	if e.ChoicesFrom != nil {
		on = append(on, e.ChoicesFrom)
	}
	for _, tree := range []*expression.Tree{e.Relevant, e.Calculation, e.RepeatCount, e.ChoiceFilter} {
		if tree == nil {
			continue
		}
		for _, name := range tree.References() {
			// A repeat's condition may look at itself and at siblings: what it is
			// inside of, or what is counted, is no value that rests on another.
			if other := c.version.byName[name]; !other.Type.Contains() || !other.Holds(e) {
				on = append(on, other)
			}
		}
	}
	return on
}

// Holds tells whether another element stands inside this one.
func (e *Element) Holds(other *Element) bool { return other.Index > e.Index && other.Index < e.End }

func (c *compiler) ring(ring []*Element) {
	names := make([]string, 0, len(ring)+1)
	for _, e := range ring {
		names = append(names, e.Name)
	}
	names = append(names, ring[0].Name)
	c.find(ring[0].Position, "survey.cycle", "ring", strings.Join(names, " → "))
}
