package baseline

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"slices"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/tabular"
)

// IndicatorReader imports figures from tables as German authorities publish them.
// A table is long, with a column of values, or wide: columns are named after
// periods ("2023", "Schuljahr 2023/24 (‰)"), areas or indicators, and every such
// column holds values. What could be two numbers is refused, never guessed.
type IndicatorReader struct {
	Areas      *catalogue.Areas
	Indicators []Indicator
	// May tells for which areas whoever imports may bring figures; nil allows all.
	May func(area string) bool
}

// ImportedValue is a value with its place in the file.
type ImportedValue struct {
	Indicator string // key
	Value
	Line, Column int
}

// IndicatorImport is what an import found.
type IndicatorImport struct {
	Values   []ImportedValue // in the order of the file
	Source   Source          // without id and day of import
	Missing  int             // fields that say there is no figure
	Outside  int             // rows about areas that are none of ours
	Merged   int             // values that stand there twice, alike
	Findings failure.Findings
}

// Targets lists what a table of figures may hold.
func (r IndicatorReader) Targets() []tabular.Target {
	return IndicatorTargets(r.Areas, r.Indicators)
}

// Take imports a file through a mapping. A field that cannot be read is a fatal
// finding with its line and column, and the rest goes on. The error is
// [failure.Findings] when the whole file is unusable.
func (r IndicatorReader) Take(content []byte, file string, reading tabular.Reading, mapping tabular.Mapping) (*IndicatorImport, error) {
	run, err := r.open(content, file, reading, mapping)
	if err != nil {
		return nil, err
	}
	if err := run.read(); err != nil {
		return nil, err
	}
	if err := run.plan(); err != nil {
		return nil, err
	}
	for at := range run.rows {
		run.row(&run.rows[at])
	}
	run.finish()
	return &run.result, nil
}

// indicatorRow is a row of the table with what the mapping makes of it.
type indicatorRow struct {
	tabular.Record
	raw  tabular.Row
	area catalogue.Area
}

// valueColumn is a column that holds values.
type valueColumn struct {
	at        int // from 0
	indicator string
	area      catalogue.Area
	period    Period
	head      string   // name with what stands below it
	units     []string // that the head names
	sign      byte     // before decimals
	mixed     bool
	shares    bool // all values lie within 0 and 1, and some between
}

// indicatorRun is one import under way.
type indicatorRun struct {
	IndicatorReader
	*tabular.Mapped
	table    *followed
	file     string
	sheet    string
	mapping  tabular.Mapping
	title    []string // units that lines above the header name
	rows     []indicatorRow
	columns  []valueColumn
	byKey    map[string]Indicator
	siblings map[string]map[string]bool // towns in the table by county
	placed   map[[3]string]int          // index in the result by indicator, area and period
	refused  map[[3]string]bool         // that stand there twice and differ
	own      failure.Findings
	result   IndicatorImport
}

// followed keeps the row that was read last, whose cells a record does not have.
type followed struct {
	tabular.Table
	last tabular.Row
}

func (f *followed) Rows() iter.Seq2[tabular.Row, error] {
	return func(yield func(tabular.Row, error) bool) {
		for row, err := range f.Table.Rows() {
			if f.last = row; !yield(row, err) {
				return
			}
		}
	}
}

func (r IndicatorReader) open(content []byte, file string, reading tabular.Reading, mapping tabular.Mapping) (*indicatorRun, error) {
	preview, err := tabular.Inspect(content, file, reading, r.Targets(), 0)
	if err != nil {
		return nil, err
	}
	table, err := tabular.OpenTable(bytes.NewReader(content), reading.Options(file))
	if err != nil {
		return nil, err
	}
	tap := &followed{Table: table}
	mapped, err := mapping.Open(tap, r.Targets(), file, reading.Sheet)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	run := &indicatorRun{IndicatorReader: r, Mapped: mapped, table: tap, file: file, sheet: reading.Sheet, mapping: mapping,
		byKey: map[string]Indicator{}, siblings: map[string]map[string]bool{}, placed: map[[3]string]int{}, refused: map[[3]string]bool{},
		result: IndicatorImport{Source: Source{File: file, SHA256: hex.EncodeToString(sum[:])}}}
	for _, one := range r.Indicators {
		run.byKey[one.Key] = one
	}
	for _, row := range preview.Top {
		if row.Line < table.Header().Line {
			for _, text := range row.Cells {
				run.title = append(run.title, unitsIn(text)...)
			}
		}
	}
	// Titles often name several things; only one unit of parts says something.
	slices.Sort(run.title)
	run.title = slices.DeleteFunc(slices.Compact(run.title), func(unit string) bool { return unit == string(Count) })
	if len(run.title) > 1 {
		run.title = nil
	}
	return run, nil
}

// maxIndicatorRows bounds what is held at once.
const maxIndicatorRows = 200_000

func (r *indicatorRun) read() error {
	for record, err := range r.Rows() {
		if err != nil {
			return err
		}
		if len(r.rows) == maxIndicatorRows {
			return failure.Findings{r.finding(failure.Fatal, "indicators.too_many_rows", record.Line, 0, "", failure.Params{"limit": maxIndicatorRows})}
		}
		row := indicatorRow{Record: record, raw: r.table.last}
		if field := record.Fields[FieldArea]; field.Known {
			row.area, _ = r.Areas.Get(field.Text)
			if r.siblings[row.area.Parent] == nil {
				r.siblings[row.area.Parent] = map[string]bool{}
			}
			r.siblings[row.area.Parent][row.area.Key] = true
		}
		r.cite(record)
		r.rows = append(r.rows, row)
	}
	return nil
}

// cite takes what a row says of the source. A file is one source: what another row
// says otherwise is told.
func (r *indicatorRun) cite(row tabular.Record) {
	source := &r.result.Source
	for key, into := range map[string]*string{FieldTitle: &source.Title, FieldPublisher: &source.Publisher, FieldLicence: &source.Licence} {
		field, given := row.Fields[key]
		switch {
		case !given || field.Text == *into:
		case *into == "":
			*into = field.Text
		default:
			r.find(failure.Warning, "indicators.other_source", row.Line, field.Column, field.Text, failure.Params{"kept": *into})
		}
	}
}

func (r *indicatorRun) finding(severity failure.Severity, key string, line, column int, text string, params failure.Params) failure.Finding {
	return failure.Finding{Severity: severity, Key: key, Params: params, File: r.file, Sheet: r.sheet, Line: line, Column: column, Cell: text}
}

func (r *indicatorRun) find(severity failure.Severity, key string, line, column int, text string, params failure.Params) {
	const most = 1000 // of one kind, as the column mapper keeps
	if len(r.own) < 20*most {
		r.own = append(r.own, r.finding(severity, key, line, column, text, params))
	}
}

// finish drops what stood there twice and differed, and puts the findings in order.
func (r *indicatorRun) finish() {
	r.result.Values = slices.DeleteFunc(r.result.Values, func(one ImportedValue) bool {
		return r.refused[[3]string{one.Indicator, one.Area, one.Period}]
	})
	for _, one := range r.result.Values {
		r.result.Source.Day = max(r.result.Source.Day, one.Day)
	}
	r.result.Source.Title = cmp.Or(r.result.Source.Title, r.file)
	r.result.Findings = append(r.Findings(), r.own...)
	r.result.Findings.Sort()
}

// keep takes a value into the result.
func (r *indicatorRun) keep(indicator string, v Value, line, column int, text string) {
	place := [3]string{indicator, v.Area, v.Period}
	at, twice := r.placed[place]
	if !twice {
		r.placed[place] = len(r.result.Values)
		r.result.Values = append(r.result.Values, ImportedValue{indicator, v, line, column})
		return
	}
	first := r.result.Values[at]
	if SameValue(first.Value, v) {
		r.result.Merged++
		return
	}
	r.refused[place] = true
	r.find(failure.Fatal, "indicators.twice", line, column, text, failure.Params{"line": first.Line, "column": first.Column})
}

// SameValue tells whether two figures say the same, whatever their source.
func SameValue(a, b Value) bool {
	same := func(x, y *int64) bool { return x == nil && y == nil || x != nil && y != nil && *x == *y }
	near := func(x, y *float64) bool { return x == nil && y == nil || x != nil && y != nil && *x == *y }
	return a.Area == b.Area && a.Period == b.Period && a.Day == b.Day && a.Value == b.Value &&
		same(a.Numerator, b.Numerator) && same(a.Denominator, b.Denominator) && near(a.Low, b.Low) && near(a.High, b.High)
}
