package export

import (
	"context"
	"io"
	"iter"
	"strconv"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
)

// Record is one stored response on its way out. Its answers are settled, so
// that what was not asked is known.
type Record struct {
	Day                                          string // 2006-01-02
	Language, Area, InstitutionType, Institution string
	Duration                                     uint8 // class of METHODS 12, 0 unknown
	Answers                                      *response.Answers
}

// FullOptions are the choices that a full export leaves.
type FullOptions struct {
	Output
	// Areas gives areas their names, where labels are written; nil leaves their
	// keys.
	Areas *catalogue.Areas
}

// Full writes everything that is stored of the anonymous answers, a row per
// response in the order in which they come: what is known of the process in
// columns of [response.ProcessColumn], then a column per question. Statements
// in an institution's name lie apart from the answers and are not part of it.
//
// In a [CSV] the instances of repeats stand beside each other, as many columns
// as the longest has; imported again it gives the same responses; only
// instances without any answer at the end of a repeat have no cell to come back
// from. In all other formats each repeat is a table of its own, a row per
// instance, that refers to the rows of the table around it by their numbers.
//
// Where columns have to be measured first, the records are ranged over twice.
// No more than one of them is held at a time. Full returns the number of rows,
// the error of the context, the records or the writer, [failure.Invalid] for
// what the options cannot mean, and [failure.Conflict] when other records came
// the second time than the first.
func Full(ctx context.Context, w io.Writer, v *survey.Version, records iter.Seq2[Record, error], options FullOptions) (rows int, err error) {
	format, err := options.format()
	if err != nil {
		return 0, err
	}
	d, err := newDocument(v, options.Output, true)
	if err != nil {
		return 0, err
	}
	d.labels.areas = options.Areas
	l := newLayout(d, format.wide)
	watch := &watched{progress: options.Progress}
	if format.measured || l.repeats {
		if err := watch.each(ctx, records, l.measure); err != nil {
			return 0, err
		}
		watch.total = 2 * watch.done
	}
	l.settle()
	err = d.write(w, format, func(put func(int, []string) error) error {
		err := watch.each(ctx, records, func(record *Record) error {
			rows++
			return l.rows(record, put)
		})
		if err == nil && format.measured && rows != d.tables[0].rows {
			err = errChanged()
		}
		return err
	})
	watch.total = watch.done
	if err == nil {
		watch.tell()
	}
	return rows, err
}

func processColumns() []string {
	return []string{response.ColumnDay, response.ColumnLanguage, response.ColumnArea,
		response.ColumnInstitutionType, response.ColumnInstitution, response.ColumnDuration}
}

// appendProcess appends the cells of [processColumns].
func appendProcess(cells []string, record *Record) []string {
	return append(cells, record.Day, record.Language, record.Area, record.InstitutionType, record.Institution, durationText(record.Duration))
}

func durationText(class uint8) string {
	if class == 0 {
		return ""
	}
	return strconv.Itoa(int(class))
}

// exported tells whether an element, or what is inside it, has columns.
func exported(e *survey.Element) bool {
	return !e.Attributed && (e.Type.Contains() || e.Type.Answered())
}

// layout makes the rows of the tables from responses.
type layout struct {
	d       *document
	wide    bool
	repeats bool                    // there are some
	of      map[*survey.Element]int // the table of a repeat; nil for that of responses
	widest  map[*survey.Element]int // wide: instances of each repeat
	cells   [][]string              // of each table, used again for every row
	next    []int                   // number of each table's next row
}

func newLayout(d *document, wide bool) *layout {
	l := &layout{d: d, wide: wide, of: map[*survey.Element]int{}, widest: map[*survey.Element]int{}}
	for _, e := range d.version.Elements {
		l.repeats = l.repeats || e.Type == survey.Repeat && exported(e)
	}
	l.add(nil)
	return l
}

// add makes the table of a repeat, or that of the responses. What columns a
// wide one has is known only when all is measured.
func (l *layout) add(repeat *survey.Element) {
	t := &table{name: responsesTable, repeat: repeat}
	l.of[repeat] = len(l.d.tables)
	l.d.tables, l.cells, l.next = append(l.d.tables, t), append(l.cells, nil), append(l.next, 0)
	if l.wide {
		return
	}
	v, words := l.d.version, l.d.labels
	elements := v.Top
	if repeat == nil {
		t.variables = append(t.variables, keyVariable(v, rowColumn, words, ownKey))
		for _, name := range processColumns() {
			t.variables = append(t.variables, processVariable(v, name, words))
		}
	} else {
		t.name, elements = repeat.Name, repeat.Children
		t.variables = append(t.variables, keyVariable(v, instanceColumn, words, ownKey), keyVariable(v, rowColumn, words, responseKey))
		if repeat.Within != nil {
			t.variables = append(t.variables, keyVariable(v, parentColumn, words, parentKey))
		}
		t.variables = append(t.variables, keyVariable(v, numberColumn, words, noReference))
	}
	l.questions(t, elements)
}

// The columns that number rows: of responses, of instances among all of their
// repeat, of the instance around, and of instances in their response.
const (
	rowColumn      = "row"
	instanceColumn = "instance"
	parentColumn   = "parent"
	numberColumn   = "number"
)

func (l *layout) questions(t *table, elements []*survey.Element) {
	for _, e := range elements {
		switch {
		case !exported(e):
		case e.Type == survey.Group:
			l.questions(t, e.Children)
		case e.Type == survey.Repeat:
			l.add(e)
		default:
			t.variables = append(t.variables, newVariable(e, e.Name, l.d.labels))
		}
	}
}

// measure notes what a record holds.
func (l *layout) measure(record *Record) error {
	if l.wide {
		l.measureRepeats(l.d.version.Top, record.Answers.Top())
		return nil
	}
	return l.rows(record, func(at int, cells []string) error {
		t := l.d.tables[at]
		t.rows++
		for i, cell := range cells {
			t.variables[i].measure(cell)
		}
		return nil
	})
}

func (l *layout) measureRepeats(elements []*survey.Element, place response.Place) {
	for _, e := range elements {
		switch {
		case !exported(e):
		case e.Type == survey.Group:
			l.measureRepeats(e.Children, place)
		case e.Type == survey.Repeat:
			instances := place.Instances(e)
			l.widest[e] = max(l.widest[e], len(instances))
			for _, inside := range instances {
				l.measureRepeats(e.Children, inside)
			}
		}
	}
}

// settle begins the writing, with all that there is to know.
func (l *layout) settle() {
	clear(l.next)
	if !l.wide {
		return
	}
	t := l.d.tables[0]
	for _, name := range processColumns() {
		t.variables = append(t.variables, processVariable(l.d.version, name, l.d.labels))
	}
	l.beside(t, l.d.version.Top, "")
}

// beside adds the columns of a wide table.
func (l *layout) beside(t *table, elements []*survey.Element, prefix string) {
	for _, e := range elements {
		switch {
		case !exported(e):
		case e.Type == survey.Group:
			l.beside(t, e.Children, prefix)
		case e.Type == survey.Repeat:
			for i := range l.widest[e] {
				l.beside(t, e.Children, prefix+e.Name+"["+strconv.Itoa(i)+"].")
			}
		default:
			t.variables = append(t.variables, &variable{name: prefix + e.Name, element: e})
		}
	}
}

// rows puts the rows of one response into the tables, each before those inside
// it.
func (l *layout) rows(record *Record, put func(table int, cells []string) error) error {
	if l.wide {
		cells, ok := l.wideRow(appendProcess(l.cells[0][:0], record), l.d.version.Top, record.Answers.Top())
		l.cells[0] = cells
		if !ok {
			return errChanged()
		}
		return put(0, cells)
	}
	l.next[0]++
	row := strconv.Itoa(l.next[0])
	cells := appendProcess(append(l.cells[0][:0], row), record)
	return l.long(0, cells, l.d.version.Top, record.Answers.Top(), row, "", put)
}

// errChanged says that what was measured is no longer all there is.
func errChanged() error { return failure.New(failure.Conflict, "error.export_changed") }

// long puts a row and the rows of the repeats inside it. row numbers the
// response and parent the instance around, "" where there is none.
func (l *layout) long(table int, cells []string, elements []*survey.Element, place response.Place, row, parent string,
	put func(int, []string) error) error {
	l.cells[table] = appendAnswers(cells, elements, place)
	if err := put(table, l.cells[table]); err != nil {
		return err
	}
	return l.inside(elements, place, row, parent, put)
}

func (l *layout) inside(elements []*survey.Element, place response.Place, row, parent string, put func(int, []string) error) error {
	for _, e := range elements {
		if !exported(e) {
			continue
		}
		if e.Type == survey.Group {
			if err := l.inside(e.Children, place, row, parent, put); err != nil {
				return err
			}
		}
		if e.Type != survey.Repeat {
			continue
		}
		table := l.of[e]
		for number, inside := range place.Instances(e) {
			l.next[table]++
			own := strconv.Itoa(l.next[table])
			cells := append(l.cells[table][:0], own, row)
			if e.Within != nil {
				cells = append(cells, parent)
			}
			cells = append(cells, strconv.Itoa(number+1))
			if err := l.long(table, cells, e.Children, inside, row, own, put); err != nil {
				return err
			}
		}
	}
	return nil
}

// appendAnswers appends the answers at one place, without those of repeats.
func appendAnswers(cells []string, elements []*survey.Element, place response.Place) []string {
	for _, e := range elements {
		switch {
		case !exported(e), e.Type == survey.Repeat:
		case e.Type == survey.Group:
			cells = appendAnswers(cells, e.Children, place)
		default:
			cells = append(cells, place.Text(e))
		}
	}
	return cells
}

// wideRow appends the answers at one place; false when a repeat has more
// instances than columns.
func (l *layout) wideRow(cells []string, elements []*survey.Element, place response.Place) ([]string, bool) {
	ok := true
	for _, e := range elements {
		switch {
		case !exported(e):
		case e.Type == survey.Group:
			cells, ok = l.wideRow(cells, e.Children, place)
		case e.Type == survey.Repeat:
			instances := place.Instances(e)
			if len(instances) > l.widest[e] {
				return cells, false
			}
			for _, inside := range instances {
				if cells, ok = l.wideRow(cells, e.Children, inside); !ok {
					return cells, false
				}
			}
			cells = append(cells, make([]string, (l.widest[e]-len(instances))*l.width(e.Children))...)
		default:
			cells = append(cells, place.Text(e))
		}
		if !ok {
			return cells, false
		}
	}
	return cells, true
}

// width counts the columns of the elements in a wide table.
func (l *layout) width(elements []*survey.Element) int {
	width := 0
	for _, e := range elements {
		switch {
		case !exported(e):
		case e.Type == survey.Group:
			width += l.width(e.Children)
		case e.Type == survey.Repeat:
			width += l.widest[e] * l.width(e.Children)
		default:
			width++
		}
	}
	return width
}
