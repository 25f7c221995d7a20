package testbrowser

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// Node is one node of the accessibility tree: what a screen reader is told.
type Node struct {
	Depth       int // levels below the document among the nodes shown
	Role        string
	Name        string
	Description string
	Value       string
	// States holds the other properties by their protocol names, such as
	// checked, expanded, invalid, required, disabled, level, focused; false
	// and empty ones are left out.
	States map[string]string
}

// String shows a node in one line: role "name" = value (states).
func (n Node) String() string {
	text := fmt.Sprintf("%s %q", n.Role, n.Name)
	if n.Value != "" {
		text += fmt.Sprintf(" = %q", n.Value)
	}
	if n.Description != "" {
		text += fmt.Sprintf(" — %q", n.Description)
	}
	for _, name := range slices.Sorted(maps.Keys(n.States)) {
		text += " " + name + ":" + n.States[name]
	}
	return text
}

// Tree is the accessibility tree in reading order.
type Tree []Node

// String shows the tree, one node a line, indented.
func (t Tree) String() string {
	var text strings.Builder
	for _, node := range t {
		fmt.Fprintf(&text, "%s%s\n", strings.Repeat("  ", node.Depth), node)
	}
	return text.String()
}

// Find returns the first node of that role and name.
func (t Tree) Find(role, name string) (Node, bool) {
	for _, node := range t {
		if node.Role == role && node.Name == name {
			return node, true
		}
	}
	return Node{}, false
}

// All returns the nodes of a role.
func (t Tree) All(role string) []Node {
	return slices.DeleteFunc(slices.Clone(t), func(node Node) bool { return node.Role != role })
}

// Tree returns the accessibility tree without the nodes that assistive
// technology does not see or that only carry layout. It needs no JavaScript.
func (p *Page) Tree() Tree {
	p.t.Helper()
	run(p, "turn on the accessibility tree", step(accessibility.Enable, cdp.Empty{}))
	result := run(p, "read the accessibility tree", func(ctx context.Context, t *chromedp.Target) (accessibility.GetFullAXTreeResult, error) {
		return cdp.Call(ctx, t, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	})
	byID := make(map[accessibility.NodeID]*accessibility.Node, len(result.Nodes))
	for _, node := range result.Nodes {
		byID[node.NodeID] = node
	}
	var tree Tree
	var visit func(id accessibility.NodeID, depth int)
	visit = func(id accessibility.NodeID, depth int) {
		node := byID[id]
		if node == nil {
			return
		}
		if !node.Ignored && !layoutOnly(text(node.Role)) {
			tree = append(tree, convert(node, depth))
			depth++
		}
		for _, child := range node.ChildIDs {
			visit(child, depth)
		}
	}
	if len(result.Nodes) > 0 {
		visit(result.Nodes[0].NodeID, 0)
	}
	return tree
}

// Focused returns the node that has the keyboard's focus; the document itself
// when nothing in it has.
func (p *Page) Focused() Node {
	p.t.Helper()
	var focused Node
	for _, node := range p.Tree() {
		if node.States["focused"] == "true" {
			focused = node // a control comes after the document, which has the property too
		}
	}
	return focused
}

func convert(node *accessibility.Node, depth int) Node {
	converted := Node{
		Depth: depth, Role: text(node.Role), Name: text(node.Name),
		Description: text(node.Description), Value: text(node.Value), States: map[string]string{},
	}
	for _, property := range node.Properties {
		value := text(property.Value)
		if value != "" && value != "false" {
			converted.States[string(property.Name)] = value
		}
	}
	return converted
}

// layoutOnly names the roles that repeat their parent's text or say nothing.
func layoutOnly(role string) bool {
	return slices.Contains([]string{"none", "generic", "InlineTextBox", "LineBreak"}, role)
}

func text(value *accessibility.Value) string {
	if value == nil || len(value.Value) == 0 {
		return ""
	}
	var decoded any
	if err := json.Unmarshal(value.Value, &decoded); err != nil {
		return string(value.Value)
	}
	return fmt.Sprint(decoded)
}
