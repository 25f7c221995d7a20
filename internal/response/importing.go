package response

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
)

// Importer turns the rows of a table that another program (or our own export)
// wrote into answers. It maps the columns to the survey once and is then fed
// row by row. It is not safe for concurrent use.
//
// What does not fit is never dropped in silence: a column that the survey does
// not have is a finding of [NewImporter], a cell that does not fit is an
// [Aside] of its row, and what concerns whole columns is told by
// [Importer.Findings] when the table has been read. Nothing is required of an
// imported row, and constraints and choice filters are only reported: the
// answers were given to a form that accepted them.
type Importer struct {
	version *survey.Version
	options ImportOptions
	header  []string // how findings and asides call the columns
	slots   []slot
	ids     []int // columns that may name a row, the best first
	process map[string]int
	labels  map[*survey.ChoiceList]map[string]string
	judged  []judged // the elements whose answers are judged, with a column each
	seen    map[[16]byte]int
	tallies map[tallyKey]*tally

	source   Source
	meanings []string // of each column, "" for those that are not read
}

// ImportOptions are what the table does not say itself.
type ImportOptions struct {
	File string    // name put into findings
	Line int       // line of the header, put into findings
	Now  time.Time // what today() gives for rows that do not say their day
	// Mapping says for each column what it is to be read as, in place of its
	// header; "" leaves it out without a word. nil reads what the headers say.
	Mapping []string
}

// Imported is one row of the table.
type Imported struct {
	Line int
	// ExternalID names the row for good, so that the same row is stored once
	// however often its file is imported. It is the id that the collecting
	// program gave the response (_uuid, meta/instanceID, KEY, _id). In a file
	// without any it is made from the row's cells and its number among equal
	// rows: the same file again gives the same ids, one with another column or
	// a corrected cell does not.
	ExternalID string
	Answers    *Answers
	// What the table says about the process, all empty or 0 when it does not.
	Day                                          string // 2006-01-02
	Language, Area, InstitutionType, Institution string
	Duration                                     uint8 // class of METHODS 12
	// Aside are the cells that do not fit, at most one per column.
	Aside []Aside
}

// Aside is a cell, or the part of one, that does not fit the survey.
type Aside struct {
	Line   int
	Column int    // counted from 1
	Name   string // header of the column; no two columns have the same
	Value  string // what does not fit, as it stands in the table
	Key    string // key of the reason: "finding."+Key is the sentence
	Params failure.Params
}

// Empty tells that the row says nothing at all.
func (row *Imported) Empty() bool {
	return !row.Answers.Any(Anonymous) && !row.Answers.Any(Attributed) && len(row.Aside) == 0
}

// NewImporter maps a header to the elements of a survey. The findings name the
// columns that are not read; they are fatal when no column is a question.
func NewImporter(version *survey.Version, header []string, options ImportOptions) (*Importer, failure.Findings) {
	im := &Importer{version: version, options: options, process: map[string]int{},
		labels: map[*survey.ChoiceList]map[string]string{}, seen: map[[16]byte]int{}, tallies: map[tallyKey]*tally{}}
	im.header, im.source, im.meanings = columnNames(header), sourceOf(version, header), make([]string, len(header))
	findings := im.mapColumns(header)
	im.findJudged()
	if len(im.slots) == 0 {
		findings = append(findings, failure.Finding{Severity: failure.Fatal, Key: "import.no_question",
			File: options.File, Line: options.Line, Params: failure.Params{"survey": version.ID}})
	}
	return im, findings
}

// columnNames makes what the columns are called: their header, with the number
// behind it where there is none or an earlier column has the same.
func columnNames(header []string) []string {
	names := make([]string, len(header))
	seen := make(map[string]bool, len(header))
	for i, name := range header {
		name = strings.TrimSpace(clip(name))
		for name == "" || seen[name] {
			name = strings.TrimSpace(name + " #" + strconv.Itoa(i+1))
		}
		names[i], seen[name] = name, true
	}
	return names
}

// Row reads one row. A row of blank cells gives a response without any answer;
// callers that do not want those ask [tabular.Row.Blank] first.
func (im *Importer) Row(row tabular.Row) Imported {
	out := Imported{Line: row.Line, Answers: New(im.version), ExternalID: im.identify(row)}
	im.readProcess(row, &out)
	for i := range im.slots {
		im.fill(&im.slots[i], row, &out)
	}
	out.Answers.compact()
	now := im.options.Now
	if day, err := time.ParseInLocation(time.DateOnly, out.Day, now.Location()); err == nil {
		now = day
	}
	out.Answers.Settle(now, true)
	im.judge(out.Answers, row.Line, now)
	for _, one := range out.Aside {
		im.tally("import.set_aside", one.Column-1, row.Line)
	}
	return out
}

// identify returns the row's id.
func (im *Importer) identify(row tabular.Row) string {
	for _, column := range im.ids {
		id := strings.TrimPrefix(strings.TrimSpace(row.Cell(column)), "uuid:")
		if id == "" {
			continue
		}
		if im.count(sha256.Sum256([]byte(id))) > 1 {
			im.tally("import.repeated_id", column, row.Line)
		}
		return id
	}
	hash := sha256.New()
	for i, cell := range row.Cells {
		if strings.TrimSpace(cell) != "" && i < len(im.header) {
			hash.Write([]byte(im.header[i] + "\x00" + cell + "\x00"))
		}
	}
	var sum [sha256.Size]byte
	hash.Sum(sum[:0])
	return "row-" + hex.EncodeToString(sum[:16]) + "-" + strconv.Itoa(im.count(sum))
}

// count tells for the how manieth time this sum is seen.
func (im *Importer) count(sum [sha256.Size]byte) int {
	key := [16]byte(sum[:16])
	im.seen[key]++
	return im.seen[key]
}

// setAside keeps a cell that does not fit.
func (im *Importer) setAside(out *Imported, column int, value, key string) {
	out.Aside = append(out.Aside, Aside{Line: out.Line, Column: column + 1, Name: im.header[column], Value: value, Key: key,
		Params: failure.Params{"name": im.header[column], "value": clip(value)}})
}

// judged is an element with rules beyond its type.
type judged struct {
	element *survey.Element
	column  int
}

func (im *Importer) findJudged() {
	seen := map[*survey.Element]bool{}
	for i := range im.slots {
		e := im.slots[i].element
		if (e.Constraint != nil || e.ChoiceFilter != nil) && !seen[e] {
			seen[e] = true
			im.judged = append(im.judged, judged{e, im.slots[i].column()})
		}
	}
}

// judge counts the answers that the survey as it stands would have refused.
func (im *Importer) judge(answers *Answers, line int, now time.Time) {
	scope := answers.scope(now)
	for _, one := range im.judged {
		answers.root.each(one.element, func(in *instance) {
			if in.cell(one.element).values == nil {
				return
			}
			switch problem := in.judge(scope, one.element); {
			case problem == nil:
			case problem.Key == "respondent.problem.constraint":
				im.tally("import.constraint", one.column, line)
			case problem.Key == "respondent.problem.choice_not_offered":
				im.tally("import.choice_not_offered", one.column, line)
			}
		})
	}
}

// tally counts how often one thing was noticed in one column.
type tally struct{ rows, first, last int }

type tallyKey struct {
	key    string
	column int
}

func (im *Importer) tally(key string, column, line int) {
	at := tallyKey{key, column}
	one := im.tallies[at]
	if one == nil {
		one = &tally{first: line}
		im.tallies[at] = one
	}
	if one.last != line { // several instances of a repeat are one row
		one.rows++
		one.last = line
	}
}

// Findings tells what was noticed in the rows read so far, once per column with
// the number of rows and the first line.
func (im *Importer) Findings() failure.Findings {
	findings := make(failure.Findings, 0, len(im.tallies))
	for at, one := range im.tallies {
		finding := im.finding(at.key, at.column)
		finding.Line = one.first
		finding.Params["count"], finding.Params["line"] = one.rows, one.first
		findings = append(findings, finding)
	}
	slices.SortFunc(findings, func(a, b failure.Finding) int {
		return cmp.Or(cmp.Compare(a.Column, b.Column), cmp.Compare(a.Key, b.Key))
	})
	return findings
}

// finding makes a warning about a column.
func (im *Importer) finding(key string, column int) failure.Finding {
	return failure.Finding{Severity: failure.Warning, Key: key, File: im.options.File, Line: im.options.Line,
		Column: column + 1, Params: failure.Params{"name": im.header[column], "column": column + 1}}
}
