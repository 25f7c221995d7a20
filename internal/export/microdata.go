package export

import (
	"context"
	crand "crypto/rand"
	"io"
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
)

// MicrodataOptions say what the export is for.
type MicrodataOptions struct {
	Output
	// K is the wave's smallest publishable group; 0 is 5.
	K int
	// Identifying are the variables by which somebody could be recognised that
	// the purpose needs, at most [MaxIdentifying]: area, institution_type,
	// language, day, duration, names of identifying questions, and names of
	// repeats, which stand for their number of instances. Where a question has
	// the name of one of the first five, those are called as in the file, with
	// an underscore in front.
	Identifying []string
	// Sensitive are the sensitive questions that the purpose names.
	Sensitive []string
	// FreeText adds what was written in answer to opinion questions, for people
	// with the right to code it.
	FreeText bool
	// Rand gives the order and the numbers of the rows; nil takes the
	// system's randomness.
	Rand *rand.Rand
}

// Check returns what is wrong with the options for a survey, as [Microdata] does
// before it reads anything; [failure.Invalid].
func (o MicrodataOptions) Check(v *survey.Version, areas *catalogue.Areas) error {
	_, err := newMicrodata(v, areas, o)
	return err
}

// MaxIdentifying is how many identifying variables one export may hold
// (METHODS 5.7).
const MaxIdentifying = 5

const defaultK = 5

// MicrodataReport says what became of the variables, for the page and the
// audit log.
type MicrodataReport struct {
	Rows int
	// Identifying are the variables that were chosen, in the file's order.
	Identifying []Variable
	// LeftOut are the questions that are not in the file.
	LeftOut []LeftOut
}

// Variable is an identifying variable as it is in the file.
type Variable struct {
	Name string
	// Joined are the categories, as the file names them, that stand for
	// several values. "*" stands for all: the variable then says nothing.
	Joined []string
}

// LeftOut is a question that is not in the file.
type LeftOut struct {
	Name   string
	Reason string // message key: one of the Reason constants
}

// The reasons for leaving a question out.
const (
	ReasonIdentifying = "export.left_out.identifying" // not among the variables chosen
	ReasonSensitive   = "export.left_out.sensitive"   // not named by the purpose
	ReasonFreeText    = "export.left_out.free_text"
	ReasonAttributed  = "export.left_out.attributed" // given in an institution's name
	ReasonRepeat      = "export.left_out.repeat"     // several answers per response
	// ReasonAsked: to whom the question was put would tell an answer that is
	// not in the file, of fewer than k people or of a sensitive kind.
	ReasonAsked = "export.left_out.asked"
)

// Microdata writes one row per response in which nobody can be recognised
// (METHODS 5.7): the identifying variables of the options, coarsened until
// every combination of them has at least k rows, and the opinion questions.
// Rows are in random order and bear random numbers.
//
// A question that was not put to everybody says by its blanks what its
// relevance rests on. Where that is no opinion, the pattern of who was asked
// must have k rows in every combination as well, or the question is left out.
//
// It fails with [failure.Forbidden] when there are fewer than k responses,
// with [failure.Invalid] when the options name what cannot be chosen, and with
// the error of the context, the records or the writer. Nothing is written before all records
// are read; they are kept as small codes, four bytes per cell.
func Microdata(ctx context.Context, w io.Writer, v *survey.Version, areas *catalogue.Areas, records iter.Seq2[Record, error], options MicrodataOptions) (MicrodataReport, error) {
	if options.K <= 0 {
		options.K = defaultK
	}
	m, err := newMicrodata(v, areas, options)
	if err != nil {
		return MicrodataReport{}, err
	}
	if err := m.collect(ctx, records); err != nil {
		return MicrodataReport{}, err
	}
	if m.rows < options.K {
		return MicrodataReport{}, failure.New(failure.Forbidden, "error.export_too_few", "k", options.K)
	}
	if err := m.coarsen(ctx); err != nil {
		return MicrodataReport{}, err
	}
	m.guard()
	return m.report(), m.write(ctx, w)
}

// microdata is one export on its way.
type microdata struct {
	version   *survey.Version
	areas     *catalogue.Areas
	options   MicrodataOptions
	format    format
	document  *document
	watch     *watched
	columns   []*column
	variables []*coarse // the identifying ones among the columns
	leftOut   []LeftOut
	rows      int
}

// newMicrodata decides which columns there are.
func newMicrodata(v *survey.Version, areas *catalogue.Areas, options MicrodataOptions) (*microdata, error) {
	m := &microdata{version: v, areas: areas, options: options, watch: &watched{progress: options.Progress}}
	var err error
	if m.format, err = options.format(); err != nil {
		return nil, err
	}
	if m.document, err = newDocument(v, options.Output, false); err != nil {
		return nil, err
	}
	m.document.labels.areas = areas
	chosen := slices.Compact(slices.Sorted(slices.Values(options.Identifying)))
	if len(chosen) > MaxIdentifying {
		return nil, failure.New(failure.Invalid, "error.export_too_many_identifying", "count", len(chosen), "limit", MaxIdentifying)
	}
	take := func(name string) bool {
		at, found := slices.BinarySearch(chosen, name)
		if found {
			chosen = slices.Delete(chosen, at, at+1)
		}
		return found
	}
	for _, name := range []string{response.ColumnArea, response.ColumnInstitutionType, response.ColumnLanguage,
		response.ColumnDay, response.ColumnDuration} {
		shown := response.ProcessColumn(v, name)
		if take(shown) || v.Element(name) == nil && take(name) {
			m.identify(&column{name: shown, process: name})
		}
	}
	sensitive := slices.Clone(options.Sensitive)
	m.chooseQuestions(take, func(name string) bool {
		before := len(sensitive)
		sensitive = slices.DeleteFunc(sensitive, func(one string) bool { return one == name })
		return len(sensitive) < before
	})
	if len(chosen) > 0 {
		return nil, failure.New(failure.Invalid, "error.export_not_identifying", "name", chosen[0])
	}
	if len(sensitive) > 0 {
		return nil, failure.New(failure.Invalid, "error.export_not_sensitive", "name", sensitive[0])
	}
	return m, nil
}

// chooseQuestions goes through the survey; the functions take a name from the
// lists of what was asked for.
func (m *microdata) chooseQuestions(identifying, sensitive func(name string) bool) {
	natures := newNatures(m.version, m.options.Sensitive)
	for _, e := range m.version.Elements {
		nature := natures.of(e)
		reason := ""
		switch {
		case e.Type == survey.Repeat && e.Within == nil && !nature.attributed && identifying(e.Name):
			m.identify(&column{name: e.Name, element: e})
			continue
		case !e.Type.Answered():
			continue
		case nature.attributed:
			reason = ReasonAttributed
		case e.Within != nil:
			reason = ReasonRepeat
		case nature.sensitive && !sensitive(e.Name):
			reason = ReasonSensitive
		case nature.text && (!m.options.FreeText || nature.identifying):
			reason = ReasonFreeText
		case nature.identifying && !nature.text && identifying(e.Name):
			m.identify(&column{name: e.Name, element: e})
			continue
		case nature.identifying:
			reason = ReasonIdentifying
		case nature.asked >= sensitiveSource:
			reason = ReasonAsked
		}
		if reason != "" {
			m.leftOut = append(m.leftOut, LeftOut{Name: e.Name, Reason: reason})
			continue
		}
		m.columns = append(m.columns, &column{name: e.Name, element: e, guarded: nature.asked > opinionSource})
	}
}

// identify adds an identifying variable.
func (m *microdata) identify(c *column) {
	m.columns = append(m.columns, c)
	m.variables = append(m.variables, &coarse{column: c})
}

// collect packs the records into the columns.
func (m *microdata) collect(ctx context.Context, records iter.Seq2[Record, error]) error {
	for _, c := range m.columns {
		c.prepare()
	}
	err := m.watch.each(ctx, records, func(record *Record) error {
		for _, c := range m.columns {
			c.add(record)
		}
		m.rows++
		return nil
	})
	m.watch.total = 2 * m.rows
	return err
}

// guard leaves out the questions by whose blanks fewer than k people, or what
// was not to be told of them, could be made out.
func (m *microdata) guard() {
	classes := m.classes()
	m.columns = slices.DeleteFunc(m.columns, func(c *column) bool {
		if !c.guarded {
			return false
		}
		refined := make([]uint32, m.rows)
		sizes := map[[2]uint32]uint32{} // (class, asked) → new class
		var counts []int
		for row, class := range classes {
			key := [2]uint32{class, min(c.codes[row], 1)}
			next, known := sizes[key]
			if !known {
				next = uint32(len(counts))
				sizes[key], counts = next, append(counts, 0)
			}
			counts[next]++
			refined[row] = next
		}
		if slices.Min(counts) < m.options.K {
			m.leftOut = append(m.leftOut, LeftOut{Name: c.name, Reason: ReasonAsked})
			return true
		}
		classes = refined
		return false
	})
}

// report says what the file holds.
func (m *microdata) report() MicrodataReport {
	report := MicrodataReport{Rows: m.rows, LeftOut: m.leftOut}
	for _, one := range m.variables {
		report.Identifying = append(report.Identifying, Variable{Name: one.column.name, Joined: one.joined()})
	}
	return report
}

// table describes the columns as they are in the end.
func (m *microdata) table() *table {
	words := m.document.labels
	number := keyVariable(m.version, rowColumn, words, ownKey)
	number.largest = float64(m.rows)
	t := &table{name: responsesTable, rows: m.rows, variables: []*variable{number}}
	for _, c := range m.columns {
		var v *variable
		if c.process != "" {
			v = processVariable(m.version, c.process, words)
		} else {
			v = newVariable(c.element, c.name, words)
			v.cutTo(c.element.Precision())
		}
		at := slices.IndexFunc(m.variables, func(one *coarse) bool { return one.column == c })
		if at >= 0 && len(m.variables[at].joined()) > 0 {
			v.coarsened(m.variables[at].now, words)
		}
		for code := int(noAnswer) + 1; code < len(c.shown); code++ {
			v.measure(c.shown[code])
		}
		v.blanks = c.blanks
		t.variables = append(t.variables, v)
	}
	return t
}

// write writes the rows in random order under random numbers.
func (m *microdata) write(ctx context.Context, w io.Writer) error {
	random := m.options.Rand
	if random == nil {
		var seed [32]byte
		_, _ = crand.Read(seed[:])               // never fails
		random = rand.New(rand.NewChaCha8(seed)) //nolint:gosec // a strong generator with the system's seed
	}
	m.document.tables = []*table{m.table()}
	numbers := random.Perm(m.rows)
	cells := make([]string, 1+len(m.columns))
	err := m.document.write(w, m.format, func(put func(int, []string) error) error {
		for _, row := range random.Perm(m.rows) {
			cells[0] = strconv.Itoa(numbers[row] + 1)
			for i, c := range m.columns {
				cells[i+1] = c.shown[c.codes[row]]
			}
			if err := put(0, cells); err != nil {
				return err
			}
			if err := m.watch.count(ctx); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	if err == nil {
		m.watch.tell()
	}
	return err
}
