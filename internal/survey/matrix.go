package survey

// Matrix tells whether a group's questions all choose from one list, so that they
// can stand below one another in columns.
func (e *Element) Matrix() bool {
	if e.Type != Group || !e.Looks("table-list") {
		return false
	}
	list := ""
	for _, child := range e.Children {
		switch {
		case child.Node.Type == Note:
		case !child.Type.Selects() || child.Type == Rank || child.ChoiceFilter != nil || list != "" && child.List != list:
			return false
		default:
			list = child.List
		}
	}
	return list != ""
}

// MatrixRows returns the questions at the beginning of a list that are to stand
// as rows below one head: with choices of one list, and an appearance that shows
// only the labels or leaves them away.
func MatrixRows(elements []*Element) []*Element {
	bare := false
	for at, e := range elements {
		unlabelled := e.Looks("label") || e.Looks("list-nolabel")
		if e.Type != SelectOne && e.Type != SelectMultiple || e.ChoiceFilter != nil || e.List != elements[0].List ||
			!unlabelled && !(bare && e.Looks("list")) {
			return elements[:at]
		}
		bare = true
	}
	return elements
}

// Matrices lists the rows of every matrix of the survey: questions that stand
// below one another under the same choices. Heads, which ask nothing, are no
// rows.
func (v *Version) Matrices() [][]*Element {
	var all [][]*Element
	add := func(elements []*Element) {
		var rows []*Element
		for _, e := range elements {
			if e.Type.Selects() && !e.LabelsOnly() {
				rows = append(rows, e)
			}
		}
		all = append(all, rows)
	}
	var search func(elements []*Element)
	search = func(elements []*Element) {
		for at := 0; at < len(elements); at++ {
			e := elements[at]
			if e.Matrix() {
				add(e.Children)
				continue
			}
			search(e.Children)
			if rows := MatrixRows(elements[at:]); len(rows) > 1 {
				add(rows)
				at += len(rows) - 1
			}
		}
	}
	search(v.Top)
	return all
}
