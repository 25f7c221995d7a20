package analysis

import "fmt"

// What holds counts that have not passed disclosure control prints its name and
// nothing else, whatever the verb: fmt would also print fields that are not
// exported.

// Format prints nothing of a snapshot.
func (Snapshot) Format(f fmt.State, _ rune) { fmt.Fprint(f, "analysis.Snapshot") }

// Format prints nothing of a release.
func (Release) Format(f fmt.State, _ rune) { fmt.Fprint(f, "analysis.Release") }

// Format prints nothing of an explorer.
func (Explorer) Format(f fmt.State, _ rune) { fmt.Fprint(f, "analysis.Explorer") }

// Format prints nothing of columns.
func (Columns) Format(f fmt.State, _ rune) { fmt.Fprint(f, "analysis.Columns") }

// Format prints nothing of a course, which holds exact counts by part.
func (Course) Format(f fmt.State, _ rune) { fmt.Fprint(f, "analysis.Course") }

// Format prints nothing of a chunk.
func (Chunk) Format(f fmt.State, _ rune) { fmt.Fprint(f, "analysis.Chunk") }

// Format prints nothing of a row.
func (Row) Format(f fmt.State, _ rune) { fmt.Fprint(f, "analysis.Row") }
