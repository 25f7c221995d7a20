package expression

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// caseNode is a node of a case's data: [name, text] or [name, [child, child…]].
type caseNode struct {
	name, text string
	children   []*caseNode
	parent     *caseNode
}

func (c *caseNode) UnmarshalJSON(text []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil {
		return err
	}
	if len(parts) != 2 {
		return fmt.Errorf("%s is no node", text)
	}
	if err := json.Unmarshal(parts[0], &c.name); err != nil {
		return err
	}
	if json.Unmarshal(parts[1], &c.text) == nil {
		return nil
	}
	if err := json.Unmarshal(parts[1], &c.children); err != nil {
		return err
	}
	for _, child := range c.children {
		child.parent = c
	}
	return nil
}

func (c *caseNode) Name() string { return c.name }
func (c *caseNode) Text() string { return c.text }

func (c *caseNode) Parent() Place {
	if c.parent == nil {
		return nil
	}
	return c.parent
}

func (c *caseNode) Position() int {
	if c.parent == nil {
		return 1
	}
	return slices.Index(c.parent.Children(c.name), Place(c)) + 1
}

func (c *caseNode) Children(name string) []Place {
	var found []Place
	for _, child := range c.children {
		if name == "*" || name == child.name {
			found = append(found, child)
		}
	}
	return found
}

func (c *caseNode) Column(name string) Value { return valueOf(c.Children(name)) }

// below returns all nodes of a name inside a node.
func (c *caseNode) below(name string) []Place {
	var found []Place
	for _, child := range c.children {
		if child.name == name {
			found = append(found, child)
		}
		found = append(found, child.below(name)...)
	}
	return found
}

func (e *caseEnv) Place() Place {
	if e.Data == nil {
		return nil
	}
	at := e.Data
	for _, i := range e.At {
		at = at.children[i]
	}
	return at
}

func (e *caseEnv) Find(name string, from Place) []Place {
	at, known := from.(*caseNode)
	for ; known && at != nil; at = at.parent {
		if found := at.below(name); len(found) > 0 {
			return found
		}
	}
	e.missing = append(e.missing, "${"+name+"}")
	return nil
}

func (e *caseEnv) Instance(name string) Place {
	items, known := e.Instances[name]
	if !known {
		e.missing = append(e.missing, name)
		return nil
	}
	list := &caseNode{name: "root"}
	for _, columns := range items {
		item := &caseNode{name: "item", parent: list}
		for _, column := range slices.Sorted(maps.Keys(columns)) {
			item.children = append(item.children, &caseNode{name: column, text: columns[column], parent: item})
		}
		list.children = append(list.children, item)
	}
	return list
}

func (e *caseEnv) Label(question, choice string) string { return e.Labels[question][choice] }

func (e *caseEnv) Text(id string) string { return e.Texts[id] }

func (e *caseEnv) Random() float64 {
	if len(e.Draws) == 0 {
		e.missing = append(e.missing, "random")
		return 0
	}
	drawn := e.Draws[0]
	e.Draws = append(slices.Clone(e.Draws[1:]), drawn) // in turn, from the start again
	return drawn
}
