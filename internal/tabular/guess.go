package tabular

import (
	"slices"
	"strings"
)

// Guess finds the columns that fill the targets: by their names, then by what
// stands in them. Each column fills one target at most. What is left out is for
// a person to say.
func Guess(targets []Target, header Row, rows []Row) Mapping {
	g := &guess{header: header, rows: rows, taken: map[int]bool{}, mapping: Mapping{Columns: map[string][]int{}}}
	for i := range header.Cells {
		g.names = append(g.names, Loose(header.Cells[i]))
	}
	for _, target := range targets {
		for _, name := range append(slices.Clone(target.Synonyms), target.Key) {
			if g.byName(target, Loose(name)) {
				break
			}
		}
	}
	for _, target := range targets {
		if len(g.mapping.Columns[target.Key]) == 0 {
			g.byContent(target)
		}
	}
	for _, target := range targets {
		if len(g.mapping.Columns[target.Instead]) > 0 {
			delete(g.mapping.Columns, target.Key)
		}
	}
	return g.mapping
}

type guess struct {
	header  Row
	names   []string
	rows    []Row
	taken   map[int]bool
	mapping Mapping
}

// byName takes the column of that name, and those that go on with it: "name 1",
// "name 2", "name 3".
func (g *guess) byName(target Target, name string) bool {
	at := g.column(name)
	if at < 0 && target.pieces() > 1 {
		name += " 1"
		at = g.column(name)
	}
	if at < 0 {
		return false
	}
	columns := []int{at}
	if stem, numbered := strings.CutSuffix(name, " 1"); numbered {
		for piece := 2; piece <= target.pieces(); piece++ {
			if next := g.column(stem + " " + string(rune('0'+piece))); next >= 0 {
				columns = append(columns, next)
			}
		}
	}
	g.take(target, columns...)
	return true
}

func (g *guess) column(name string) int {
	if name == "" {
		return -1
	}
	for at, one := range g.names {
		if one == name && !g.taken[at] {
			return at
		}
	}
	return -1
}

func (g *guess) take(target Target, columns ...int) {
	g.mapping.Columns[target.Key] = columns
	for _, at := range columns {
		g.taken[at] = true
	}
}

// enough is the share of a column's filled cells, in percent, that must be right
// for the column to be guessed by them.
const enough = 80

// byContent takes the first free column whose cells are nearly all of the
// target's kind, where that kind can be told from others.
func (g *guess) byContent(target Target) {
	if target.Quiet {
		return
	}
	mapped := mappedTarget{Target: target, index: target.choices(), chosen: map[string]string{}}
	for at := range g.header.Cells {
		if g.taken[at] {
			continue
		}
		if g.fits(&mapped, at) {
			g.take(target, at)
			return
		}
	}
}

func (g *guess) fits(target *mappedTarget, at int) bool {
	filled, right := 0, 0
	seen := make(map[string]bool)
	for _, row := range g.rows {
		text := clean(row.Cell(at))
		if text == "" {
			continue
		}
		filled++
		field, trouble := target.read([]string{text}, at+1)
		good := trouble == ""
		switch {
		case target.chooses():
			good = field.Known
		case target.Kind == OfficialValue && target.Required && target.Digits == 0:
			// Any word is a possible number: one has digits, and stands once.
			good = good && strings.ContainsAny(text, "0123456789") && !seen[text]
			seen[text] = true
		case target.Kind == EmailValue:
		default:
			return false // any text is a text, and any number a number, of a place on a map for example
		}
		if good {
			right++
		}
	}
	return filled > 0 && filled*2 >= len(g.rows) && right*100 >= filled*enough
}
