package survey

import "slices"

// answerType is what a node's answer is treated as; see [Element].
func (n *Node) answerType() Type {
	switch {
	case n.Type == Note && n.Calculation != "":
		return Calculate
	case n.Type.Selects() && n.FromAnswers() != "":
		return TextType
	}
	return n.Type
}

// FromAnswers is the name of the question whose answers are the choices, where
// the list is written as ${name}; "" for every other list.
func (n *Node) FromAnswers() string {
	if match := onlyReference.FindStringSubmatch(n.List); match != nil {
		return match[1]
	}
	return ""
}

// choicesFrom finds the question whose answers are another's choices. It stands
// in a repeat, and one of its answers can be read as a whole: one out of several
// is joined with the others by spaces.
func (c *compiler) choicesFrom(e *Element) {
	name := e.Node.FromAnswers()
	if name == "" || !e.Node.Type.Selects() {
		return
	}
	at := e.Place("type")
	from := c.version.byName[name]
	switch {
	case e.Node.Type != SelectOne:
		c.find(at, "survey.choices_from_several", "name", e.Name, "type", string(e.Node.Type), "reference", name)
	case from == nil:
		c.find(at, "survey.unknown_reference", "reference", name, "name", e.Name, "property", "type", "suggestion", c.suggest(name))
	case !slices.Contains([]Type{TextType, Integer, Decimal, TypeRange, Date, Time, DateTime, SelectOne, Calculate, Hidden}, from.Type) || from == e:
		c.find(at, "survey.choices_from_type", "name", e.Name, "reference", name, "type", string(from.Node.Type))
	case from.Within == nil:
		c.find(at, "survey.choices_from_single", "name", e.Name, "reference", name)
	case from.Attributed != e.Attributed:
		// One of the two records would hold what belongs in the other.
		c.find(at, "survey.choices_from_attributed", "name", e.Name, "reference", name)
	default:
		e.ChoicesFrom = from
	}
}
