package export

import (
	"fmt"
	"io"
	"iter"
	"strconv"

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
	BOM bool // begin with a byte order mark, without which Excel guesses wrong
}

// Full writes everything that is stored of the anonymous answers, a row per
// response in the order in which they come: what is known of the process in
// columns of [response.ProcessColumn], then a column per question. Imported
// again it gives the same responses; only instances without any answer at the
// end of a repeat have no cell to come back from. Statements in an
// institution's name lie apart from the answers and are not part of it.
//
// A survey with repeats needs as many columns as its longest repeat has
// instances, so its records are ranged over twice. Full returns the number of
// rows, the error of the records or of the writer, and [failure.Conflict] when
// the second time a longer repeat came.
func Full(w io.Writer, v *survey.Version, records iter.Seq2[Record, error], options FullOptions) (rows int, err error) {
	columns, err := layOut(v, records)
	if err != nil {
		return 0, err
	}
	out := newCSV(w, options.BOM)
	for _, name := range processColumns() {
		out.cell(response.ProcessColumn(v, name))
	}
	columns.header(out, v.Top, "")
	out.end()
	for record, err := range records {
		if err != nil {
			return rows, fmt.Errorf("export responses: %w", err)
		}
		out.process(&record)
		if !columns.row(out, v.Top, record.Answers.Top()) {
			return rows, failure.New(failure.Conflict, "error.export_changed")
		}
		out.end()
		if rows++; out.err != nil {
			break
		}
	}
	if err := out.flush(); err != nil {
		return rows, fmt.Errorf("write export: %w", err)
	}
	return rows, nil
}

func processColumns() []string {
	return []string{response.ColumnDay, response.ColumnLanguage, response.ColumnArea,
		response.ColumnInstitutionType, response.ColumnInstitution, response.ColumnDuration}
}

// process writes the cells of [processColumns].
func (w *csvWriter) process(record *Record) {
	w.cell(record.Day)
	w.cell(record.Language)
	w.cell(record.Area)
	w.cell(record.InstitutionType)
	w.cell(record.Institution)
	w.cell(durationText(record.Duration))
}

func durationText(class uint8) string {
	if class == 0 {
		return ""
	}
	return strconv.Itoa(int(class))
}

// layout knows how many instances of each repeat have columns.
type layout struct{ instances map[*survey.Element]int }

// exported tells whether an element, or what is inside it, has columns.
func exported(e *survey.Element) bool {
	return !e.Attributed && (e.Type.Contains() || e.Type.Answered())
}

func layOut(v *survey.Version, records iter.Seq2[Record, error]) (*layout, error) {
	l := &layout{instances: map[*survey.Element]int{}}
	repeats := false
	for _, e := range v.Elements {
		repeats = repeats || e.Type == survey.Repeat && exported(e)
	}
	if !repeats {
		return l, nil
	}
	for record, err := range records {
		if err != nil {
			return nil, fmt.Errorf("measure repeats: %w", err)
		}
		l.measure(v.Top, record.Answers.Top())
	}
	return l, nil
}

func (l *layout) measure(elements []*survey.Element, place response.Place) {
	for _, e := range elements {
		switch {
		case !exported(e):
		case e.Type == survey.Group:
			l.measure(e.Children, place)
		case e.Type == survey.Repeat:
			instances := place.Instances(e)
			l.instances[e] = max(l.instances[e], len(instances))
			for _, inside := range instances {
				l.measure(e.Children, inside)
			}
		}
	}
}

// header writes the names of the columns.
func (l *layout) header(out *csvWriter, elements []*survey.Element, prefix string) {
	for _, e := range elements {
		switch {
		case !exported(e):
		case e.Type == survey.Group:
			l.header(out, e.Children, prefix)
		case e.Type == survey.Repeat:
			for i := range l.instances[e] {
				l.header(out, e.Children, prefix+e.Name+"["+strconv.Itoa(i)+"].")
			}
		default:
			out.cell(prefix + e.Name)
		}
	}
}

// row writes the answers at one place; false when a repeat has more instances
// than columns.
func (l *layout) row(out *csvWriter, elements []*survey.Element, place response.Place) bool {
	for _, e := range elements {
		switch {
		case !exported(e):
		case e.Type == survey.Group:
			if !l.row(out, e.Children, place) {
				return false
			}
		case e.Type == survey.Repeat:
			instances := place.Instances(e)
			if len(instances) > l.instances[e] {
				return false
			}
			for _, inside := range instances {
				if !l.row(out, e.Children, inside) {
					return false
				}
			}
			out.blanks((l.instances[e] - len(instances)) * l.width(e.Children))
		default:
			out.cell(place.Text(e))
		}
	}
	return true
}

// width counts the columns of the elements.
func (l *layout) width(elements []*survey.Element) int {
	width := 0
	for _, e := range elements {
		switch {
		case !exported(e):
		case e.Type == survey.Group:
			width += l.width(e.Children)
		case e.Type == survey.Repeat:
			width += l.instances[e] * l.width(e.Children)
		default:
			width++
		}
	}
	return width
}
