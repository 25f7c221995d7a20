package xlsform

import (
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
)

// nesting puts the rows between begin and end into their groups.
type nesting struct {
	reader *reader
	top    []*survey.Node
	open   []frame
}

// frame is a group or repeat that has begun and not yet ended.
type frame struct {
	node *survey.Node
	kind rowType
	at   place
}

func (n *nesting) add(node *survey.Node) {
	if node == nil {
		return
	}
	if len(n.open) == 0 {
		n.top = append(n.top, node)
		return
	}
	inner := n.open[len(n.open)-1].node
	inner.Children = append(inner.Children, node)
}

// lose notes that the innermost group lacks one of its rows.
func (n *nesting) lose() {
	if len(n.open) > 0 {
		n.reader.shrunk[n.open[len(n.open)-1].node] = true
	}
}

func (n *nesting) begin(row tabular.Row, kind rowType, node *survey.Node) {
	at := n.reader.survey.at(row, "type")
	if len(n.open) < maxDepth {
		n.add(node)
	} else if len(n.open) == maxDepth {
		n.reader.fatal(at, keyTooDeep, "levels", maxDepth)
	}
	n.open = append(n.open, frame{node: node, kind: kind, at: at})
}

// end closes the innermost group. When that is one of the other kind, the end
// of it was forgotten if a group of the right kind is open around it, and
// otherwise one of the two words is wrong; both rows are named.
func (n *nesting) end(row tabular.Row, kind rowType, name string) {
	r := n.reader
	at := r.survey.at(row, "type")
	if len(n.open) == 0 {
		r.fatal(at, keyEndWithoutBegin, "type", kind.word, "name", name)
		return
	}
	last := len(n.open) - 1
	match := last
	for match >= 0 && n.open[match].kind.typ != kind.typ {
		match--
	}
	if match != last {
		inner := n.open[last]
		r.fatal(at, keyEndMismatch, "type", kind.word, "begin", inner.kind.word, "begin_row", inner.at.line,
			"name", inner.node.Name)
		match = max(match, 0)
		if n.open[match].kind.typ != kind.typ { // no such group is open at all
			match = last
		}
	}
	if name != "" && n.open[match].node.Name != "" && name != n.open[match].node.Name {
		r.warn(r.survey.at(row, "name"), keyEndName, "name", name, "begin", n.open[match].node.Name,
			"begin_row", n.open[match].at.line)
	}
	n.open = n.open[:match]
}

// finish tells what was never closed.
func (n *nesting) finish() {
	for _, one := range n.open {
		n.reader.fatal(one.at, keyBeginWithoutEnd, "type", one.kind.word, "name", one.node.Name,
			"end", "end_"+string(one.kind.typ))
	}
}
