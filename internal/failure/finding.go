package failure

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity tells whether a finding stops the work.
type Severity string

// Fatal makes the input unusable; a Warning is told and tolerated; a Hint is
// advice on what is not wrong.
const (
	Fatal   Severity = "error"
	Warning Severity = "warning"
	Hint    Severity = "hint"
)

// Finding is one thing that is wrong with a file that somebody wrote: where it
// is, and the key of the sentences that say what is wrong ("finding."+Key) and
// how to mend it ("finding."+Key+".cure").
type Finding struct {
	Severity Severity
	Key      string
	Params   Params
	File     string
	Sheet    string // of a spreadsheet
	Line     int    // line, or row of a sheet, counted from 1; 0 when unknown
	Column   int    // counted from 1; 0 when unknown
	Cell     string // the offending text as it stands there
}

// Findings are all findings of one input, so that an author mends them in one go.
type Findings []Finding

// Fatal tells whether any finding makes the input unusable.
func (f Findings) Fatal() bool {
	return slices.ContainsFunc(f, func(one Finding) bool { return one.Severity == Fatal })
}

// Sort orders findings by file, sheet, line and column, keeping equal ones in
// the order in which they were found.
func (f Findings) Sort() {
	slices.SortStableFunc(f, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Sheet, b.Sheet),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// Error makes the findings an error for callers that can go no further. The
// text is a short English one; readers get the sentences of the catalogue.
func (f Findings) Error() string {
	if len(f) == 0 {
		return "no findings"
	}
	first := f[0]
	return fmt.Sprintf("%d findings, the first: %s:%s:%d:%d %s %v",
		len(f), first.File, first.Sheet, first.Line, first.Column, first.Key, map[string]any(first.Params))
}

// Label is the message key of a name that stands inside another message; the
// edge puts the name in its place.
type Label string
