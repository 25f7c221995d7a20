package xlsform

import (
	"cmp"
	"slices"

	"bedarfslotse/internal/failure"
)

// maxAlike is how many findings of one kind are listed one by one; the rest is
// counted. A sheet filled by accident has a million wrong cells, and nobody
// reads more than a few.
const maxAlike = 500

// recorder collects the findings of one reading.
type recorder struct {
	file   string
	list   failure.Findings
	counts map[string]int
}

// place is a cell: the sheet, its row from 1, the column from 1 (0 when the
// row or the sheet as a whole is meant), and the text that stands there.
type place struct {
	sheet     string
	line, col int
	cell      string
}

func (r *recorder) fatal(at place, key string, pairs ...any) {
	r.add(failure.Finding{Severity: failure.Fatal, Key: key, Params: params(pairs),
		Sheet: at.sheet, Line: at.line, Column: at.col, Cell: at.cell})
}

func (r *recorder) warn(at place, key string, pairs ...any) {
	r.add(failure.Finding{Severity: failure.Warning, Key: key, Params: params(pairs),
		Sheet: at.sheet, Line: at.line, Column: at.col, Cell: at.cell})
}

func (r *recorder) add(one failure.Finding) {
	if r.counts == nil {
		r.counts = map[string]int{}
	}
	// Counted by severity too, so that warnings never push out an error.
	kind := string(one.Severity) + " " + one.Key
	r.counts[kind]++
	if r.counts[kind] > maxAlike {
		return
	}
	one.File, one.Cell = r.file, shorten(one.Cell)
	r.list = append(r.list, one)
}

// all returns the findings in the order of the sheets, and for each kind of
// which there are too many, one that says how many are not listed.
func (r *recorder) all() failure.Findings {
	found := slices.Clone(r.list)
	found.Sort()
	for _, severity := range []failure.Severity{failure.Fatal, failure.Warning} {
		var more failure.Findings
		for kind, count := range r.counts {
			key := kind[len(string(severity))+1:]
			if count > maxAlike && kind == string(severity)+" "+key {
				more = append(more, failure.Finding{Severity: severity, Key: keyMore, File: r.file,
					Params: failure.Params{"count": count - maxAlike, "kind": key}})
			}
		}
		slices.SortFunc(more, func(a, b failure.Finding) int {
			return cmp.Compare(a.Params["kind"].(string), b.Params["kind"].(string))
		})
		found = append(found, more...)
	}
	return found
}

// once tells whether something is said for the first time.
func (r *reader) once(what string) bool {
	first := !r.said[what]
	r.said[what] = true
	return first
}

func params(pairs []any) failure.Params {
	if len(pairs) == 0 {
		return nil
	}
	return failure.New("", "", pairs...).Params
}

// shorten keeps a finding readable when a cell holds a novel.
func shorten(cell string) string {
	const longest = 120
	runes := 0
	for i := range cell {
		if runes == longest {
			return cell[:i] + "…"
		}
		runes++
	}
	return cell
}
