package survey

// NewVariable makes an element that no survey asks: a variable that follows from
// answers, with the words of a question, so that it is shown like one. Choices
// are nil where it has none. It is part of no version and has no index.
func NewVariable(node *Node, choices *ChoiceList) *Element {
	e := &Element{Node: node, Type: node.Type, Index: -1, Choices: choices}
	if choices != nil {
		e.indexChoices()
	}
	return e
}

// indexChoices prepares [Element.ChoiceIndex].
func (e *Element) indexChoices() {
	e.choiceAt = make(map[string]int, len(e.Choices.Choices))
	for i, choice := range e.Choices.Choices {
		if _, known := e.choiceAt[choice.Name]; !known {
			e.choiceAt[choice.Name] = i
		}
	}
}
