package server

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"bedarfslotse/internal/expression"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// nodeValues is what the form of a question or group holds: read from the survey
// when the form is shown, from the form when it is sent.
type nodeValues struct {
	Seen  string // fingerprint of what was read, to notice another's change
	Name  string
	Type  survey.Type
	List  string
	Texts map[string]string // in the source language, by YAML names
	survey.Settings
	Relevant, Constraint condition
	Field, As            string
	Parameter            map[string]string
	Choices              []choiceValues
	Fresh                string // new choices, one a line
	// shown are the names of what the form had: what it had not stays as it is.
	shown map[string]bool
}

// choiceValues is one line of the form of a list.
type choiceValues struct {
	Key, Label, Pictogram, Score string
	Apart                        bool // no answer in substance
}

// condition is an expression, picked as rows where it has that form.
type condition struct {
	Picked     bool // by rows, as opposed to written
	Any        bool
	Rows       []expression.Row
	Expression string
}

// textNames are the texts of a question by their YAML names.
func textNames() []string {
	return []string{"label", "hint", "guidance_hint", "required_message", "constraint_message"}
}

// textOf returns one text of a node.
func textOf(node *survey.Node, name string) *survey.Text {
	switch name {
	case "label":
		return &node.Label
	case "hint":
		return &node.Hint
	case "guidance_hint":
		return &node.GuidanceHint
	case "required_message":
		return &node.RequiredMessage
	default:
		return &node.ConstraintMessage
	}
}

// valuesOf reads a node for its form.
func valuesOf(of *survey.Survey, node *survey.Node) nodeValues {
	v := nodeValues{Seen: nodeState(of, node), Name: node.Name, Type: node.Type, List: node.List, Texts: map[string]string{},
		Settings: node.Settings(), Relevant: conditionOf(node.Relevant), Constraint: conditionOf(node.Constraint), Parameter: map[string]string{}}
	for _, name := range textNames() {
		v.Texts[name] = (*textOf(node, name))[of.Language].Text
	}
	if node.Measures != nil {
		v.Field, v.As = node.Measures.Field, string(node.Measures.As)
	}
	for _, name := range survey.ParameterNames(node.Type) {
		v.Parameter[name] = node.Parameter(name)
	}
	if list := of.List(node.List); list != nil && node.Type.Selects() {
		for at, key := range list.Keys() {
			choice := list.Choices[at]
			one := choiceValues{Key: key, Label: choice.Label[of.Language].Text, Pictogram: choice.Pictogram, Apart: choice.NonSubstantive}
			if choice.Score != nil {
				one.Score = strconv.Itoa(*choice.Score)
			}
			v.Choices = append(v.Choices, one)
		}
	}
	return v
}

func conditionOf(source string) condition {
	c := condition{Expression: source, Picked: source == ""}
	if tree, err := expression.Parse(source); err == nil {
		if rows, ok := tree.Rows(); ok {
			c.Picked, c.Any, c.Rows = true, rows.Any, rows.Rows
		}
	}
	return c
}

// nodeState covers what the form of a node shows: the node without those that
// it holds, and its choices.
func nodeState(of *survey.Survey, node *survey.Node) string {
	alone := *node
	alone.Children = nil
	return fingerprint([]any{of.Language, alone, of.List(node.List)})
}

// readValues reads the form of a node. Rows of a condition without what they
// need are left out: somebody is not done with them yet.
func readValues(form url.Values, of *survey.Survey) nodeValues {
	get := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	v := nodeValues{Seen: get("seen"), Name: get("name"), Type: survey.Type(get("type")), List: get("list"), Texts: map[string]string{},
		Field: get("field"), As: get("as"), Parameter: map[string]string{}, Fresh: form.Get("choices.fresh"), shown: map[string]bool{}}
	for name := range form {
		v.shown[name] = true
	}
	for _, box := range form["shown"] { // a box that is not ticked is not sent
		v.shown[box] = true
	}
	for _, name := range textNames() {
		if form.Has("text." + name) {
			v.Texts[name] = form.Get("text." + name)
		}
	}
	v.Settings = survey.Settings{Required: get("required"), Calculation: get("calculation"), Default: get("default"), ChoiceFilter: get("choice_filter"),
		RepeatCount: get("repeat_count"), Appearance: get("appearance"), Pictogram: get("pictogram"), ReadOnly: form.Has("read_only"),
		Sensitive: form.Has("sensitive"), Attributed: form.Has("attributed")}
	v.Relevant, v.Constraint = readCondition(form, "relevant", of, nil), readCondition(form, "constraint", of, of.Node(get("node")))
	for name := range form {
		if parameter, ok := strings.CutPrefix(name, "parameter."); ok {
			v.Parameter[parameter] = get(name)
		}
	}
	apart := form["choice.apart"]
	for at, key := range form["choice.key"] {
		nth := func(name string) string {
			if values := form["choice."+name]; at < len(values) {
				return strings.TrimSpace(values[at])
			}
			return ""
		}
		v.Choices = append(v.Choices, choiceValues{Key: key, Label: nth("label"), Pictogram: nth("pictogram"), Score: nth("score"), Apart: slices.Contains(apart, key)})
	}
	return v
}

// readCondition reads rows or an expression; self is the question whose answer a
// constraint judges, nil for other conditions.
func readCondition(form url.Values, name string, of *survey.Survey, self *survey.Node) condition {
	c := condition{Picked: form.Get(name+".how") != "expression", Any: form.Get(name+".join") == "any", Expression: strings.TrimSpace(form.Get(name + ".expression"))}
	if !c.Picked {
		return c
	}
	for at, operator := range form[name+".operator"] {
		nth := func(part string) string {
			if values := form[name+"."+part]; at < len(values) {
				return strings.TrimSpace(values[at])
			}
			return ""
		}
		row := expression.Row{Operator: expression.Operator(operator), Question: nth("question"), Value: nth("value"), Literal: expression.TextLiteral}
		node := self
		if self == nil {
			node = of.Node(row.Question)
		}
		if node == nil || operator == "" {
			continue
		}
		if question, choice, ok := strings.Cut(nth("choice"), "/"); ok && node.Type.Selects() && question == node.Name {
			row.Value = choice
		}
		if row.Operator.Compares() && row.Value == "" {
			continue
		}
		c.Rows = append(c.Rows, fitting(row, node))
	}
	return c
}

// fitting writes a row as the type of its question wants it.
func fitting(row expression.Row, node *survey.Node) expression.Row {
	switch {
	case !row.Operator.Compares():
		row.Value = ""
	case node.Type == survey.Integer || node.Type == survey.Decimal || node.Type == survey.TypeRange:
		row.Literal, row.Value = expression.NumberLiteral, strings.Replace(row.Value, ",", ".", 1)
	case node.Type == survey.Date:
		row.Literal = expression.DateLiteral
	case node.Type == survey.SelectMultiple && row.Operator == expression.Equal:
		row.Operator = expression.Selected
	case node.Type == survey.SelectMultiple && row.Operator == expression.NotEqual:
		row.Operator = expression.NotSelected
	}
	return row
}

// source is the condition as an expression.
func (c condition) source() (string, error) {
	if !c.Picked {
		return c.Expression, nil
	}
	return sourceOf(expression.Rows{Any: c.Any, Rows: c.Rows})
}

func sourceOf(rows expression.Rows) (string, error) {
	text, err := rows.Source()
	if wrong := (*expression.Error)(nil); asError(err, &wrong) {
		return "", &failure.Error{Code: failure.Invalid, Key: "finding." + wrong.Key, Params: wrong.Params, Text: wrong.Error()}
	}
	return text, err
}

// apply writes the form into the survey. Another's change of the same question
// since the form was shown is a failure.Conflict; nothing is lost by it.
func (v nodeValues) apply(of *survey.Survey, name string) error {
	node := of.Node(name)
	if node == nil {
		return failure.New(failure.NotFound, "error.edit_unknown", "name", name)
	}
	if v.Seen != "" && v.Seen != nodeState(of, node) {
		return failure.New(failure.Conflict, "error.edit_meanwhile", "name", name)
	}
	settings, err := v.settings(node)
	if err != nil {
		return err
	}
	if err := of.Set(name, settings); err != nil {
		return err
	}
	for text, words := range v.Texts {
		of.SetText(textOf(node, text), of.Language, words)
	}
	if err := v.applyChoices(of, node); err != nil {
		return err
	}
	if err := v.applyType(of, node); err != nil {
		return err
	}
	if v.Name != "" {
		return of.Rename(name, v.Name)
	}
	return nil
}

// settings are those of the node with what the form had.
func (v nodeValues) settings(node *survey.Node) (survey.Settings, error) {
	to := node.Settings()
	for name, one := range map[string]struct {
		into *string
		from string
	}{
		"required": {&to.Required, v.Required}, "calculation": {&to.Calculation, v.Calculation}, "default": {&to.Default, v.Default},
		"choice_filter": {&to.ChoiceFilter, v.ChoiceFilter}, "repeat_count": {&to.RepeatCount, v.RepeatCount},
		"appearance": {&to.Appearance, v.Appearance}, "pictogram": {&to.Pictogram, v.Pictogram},
	} {
		if v.shown[name] {
			*one.into = one.from
		}
	}
	for name, one := range map[string]struct {
		into *bool
		from bool
	}{
		"read_only": {&to.ReadOnly, v.ReadOnly}, "sensitive": {&to.Sensitive, v.Sensitive}, "attributed": {&to.Attributed, v.Attributed},
	} {
		if v.shown[name] {
			*one.into = one.from
		}
	}
	for parameter, value := range v.Parameter {
		to.Parameters = survey.WithParameter(to.Parameters, parameter, value)
	}
	if v.shown["field"] {
		to.Measures = nil
		if v.Field != "" && v.As != "" {
			to.Measures = &survey.Measure{Field: v.Field, As: survey.Aspect(v.As)}
		}
	}
	var err error
	if v.shown["relevant.how"] {
		to.Relevant, err = v.Relevant.source()
	}
	if v.shown["constraint.how"] && err == nil {
		to.Constraint, err = v.Constraint.source()
	}
	return to, err
}

func (v nodeValues) applyType(of *survey.Survey, node *survey.Node) error {
	if v.Type == "" {
		return nil
	}
	list := v.List
	if v.Type.Selects() && of.List(list) == nil {
		if list = node.List; of.List(list) == nil {
			made, err := of.AddList(node.Name, strings.Split(v.Fresh, "\n"))
			if err != nil {
				return err
			}
			list = made
		}
	}
	return of.Retype(node.Name, v.Type, list)
}

func (v nodeValues) applyChoices(of *survey.Survey, node *survey.Node) error {
	list := of.List(node.List)
	if list == nil || !node.Type.Selects() {
		return nil
	}
	keys := list.Keys()
	for _, one := range v.Choices {
		at := slices.Index(keys, one.Key)
		if at < 0 {
			continue // another has deleted it: then the fingerprint says so
		}
		choice := list.Choices[at]
		of.SetText(&choice.Label, of.Language, one.Label)
		choice.Pictogram, choice.NonSubstantive, choice.Score = one.Pictogram, one.Apart, nil
		if one.Score != "" {
			score, err := strconv.Atoi(one.Score)
			if err != nil || score < 1 || score > 1000 {
				return failure.New(failure.Invalid, "error.edit_score", "score", one.Score)
			}
			choice.Score = &score
		}
	}
	for label := range strings.Lines(v.Fresh) {
		if err := of.AddChoice(list.Name, label); err != nil {
			return err
		}
	}
	return nil
}
