package response

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// The columns that our exports put beside the questions; see [ProcessColumn].
const (
	ColumnDay             = "day"
	ColumnLanguage        = "language"
	ColumnArea            = "area"
	ColumnInstitutionType = "institution_type"
	ColumnInstitution     = "institution"
	ColumnDuration        = "duration"
)

// ProcessColumn returns the header of a column that is no question's: the name
// behind an underscore, as KoboToolbox and ODK mark theirs, or behind as many
// as it takes not to be called like a question.
func ProcessColumn(version *survey.Version, name string) string {
	for {
		if name = "_" + name; version.Element(name) == nil {
			return name
		}
	}
}

// slot is one question's place in a row, with the columns that speak of it.
type slot struct {
	element *survey.Element
	at      []int  // numbers of the instances around it, outermost first
	whole   int    // column with the whole answer, −1 when there is none
	ticks   []tick // columns with one choice of a select_multiple each
}

// tick is the column of one choice; choice is "" when the survey lacks it, and
// label what the header calls it.
type tick struct {
	column int
	choice string
	label  string
}

// column returns the column by which findings name the slot.
func (s *slot) column() int {
	if s.whole >= 0 {
		return s.whole
	}
	return s.ticks[0].column
}

// target is what a column name may mean.
type target struct {
	element *survey.Element
	choice  *survey.Choice // of a select_multiple, nil for the whole question
	path    string         // the names, joined by "/"
}

// directory finds targets by the names that other programs give columns.
type directory struct {
	byName  map[string][]target
	byBare  map[string][]target // the same without underscores, which LimeSurvey's codes cannot hold
	byLabel map[string][]target
}

// newDirectory lists every element by its name, with any number of the groups
// around it before it, and by its label in each language; choices of
// select_multiple behind their question in the same ways.
func newDirectory(version *survey.Version) *directory {
	d := &directory{byName: map[string][]target{}, byBare: map[string][]target{}, byLabel: map[string][]target{}}
	for _, e := range version.Elements {
		path := e.Name
		d.addName(target{element: e, path: path})
		for around := e.Parent; around != nil; around = around.Parent {
			path = around.Name + "/" + path
			d.addName(target{element: e, path: path})
		}
		for language, phrase := range e.Label {
			d.addLabel(target{element: e}, phrase.Text)
			if e.Type != survey.SelectMultiple {
				continue
			}
			for _, choice := range e.Choices.Choices {
				if label := choice.Label[language].Text; label != "" {
					d.addLabel(target{element: e, choice: choice}, phrase.Text+"/"+label)
				}
			}
		}
	}
	return d
}

func (d *directory) addName(t target) {
	key := pathKey(t.path)
	d.byName[key] = append(d.byName[key], t)
	d.byBare[bare(key)] = append(d.byBare[bare(key)], t)
	if t.element.Type != survey.SelectMultiple || t.choice != nil {
		return
	}
	for _, choice := range t.element.Choices.Choices {
		d.addName(target{element: t.element, choice: choice, path: t.path + "/" + choice.Name})
	}
}

// addLabel ignores that a label has the same text in two languages.
func (d *directory) addLabel(t target, label string) {
	key := fold(label)
	same := func(o target) bool { return o.element == t.element && o.choice == t.choice }
	if key != "" && !slices.ContainsFunc(d.byLabel[key], same) {
		d.byLabel[key] = append(d.byLabel[key], t)
	}
}

// pathKey brings the ways to write a path to one: group/name, group.name,
// group-name, group:name, repeat[0].name, and what R makes of them.
func pathKey(name string) string {
	return strings.Join(strings.FieldsFunc(norm.NFC.String(name), func(r rune) bool {
		return r != '_' && !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	}), "/")
}

// bare is a key without underscores.
func bare(key string) string { return strings.ReplaceAll(key, "_", "") }

// fold brings labels that look the same to one form.
func fold(label string) string {
	return strings.ToLower(strings.Join(strings.Fields(norm.NFC.String(label)), " "))
}

// meaning is what a header turned out to mean.
type meaning struct {
	target
	numbered bool  // the header says which instance
	at       []int // then the numbers, outermost first
}

// find looks a header up. The key is that of a finding when it means nothing
// or several things.
func (d *directory) find(header string) (meaning, string) {
	if len(header) > maxHeader {
		return meaning{}, "import.unknown_column"
	}
	key := pathKey(header)
	if targets := d.byName[key]; len(targets) > 0 {
		one, ok := narrow(targets, header)
		return meaning{target: one}, unless(ok, "import.ambiguous_column")
	}
	if m, key, found := d.findNumbered(key); found {
		return m, key
	}
	switch targets := d.byLabel[fold(header)]; len(targets) {
	case 0:
		if targets := d.byBare[bare(key)]; len(targets) == 1 {
			return meaning{target: targets[0]}, ""
		}
		return meaning{}, "import.unknown_column"
	case 1:
		return meaning{target: targets[0]}, ""
	}
	return meaning{}, "import.ambiguous_column"
}

func unless(ok bool, key string) string {
	if ok {
		return ""
	}
	return key
}

// findNumbered understands repeat/0/name: a segment of digits before the last
// one numbers an instance of the repeat before it, since no name is a number.
func (d *directory) findNumbered(key string) (meaning, string, bool) {
	segments := strings.Split(key, "/")
	var at []int
	var repeats []string
	from := 0
	for i, segment := range segments[:len(segments)-1] {
		if strings.Trim(segment, "0123456789") != "" {
			continue
		}
		number, err := strconv.Atoi(segment)
		if err != nil || number >= MaxInstances {
			number = MaxInstances
		}
		at, repeats = append(at, number), append(repeats, strings.Join(segments[from:i], "/"))
		from = i + 1
	}
	if len(at) == 0 {
		return meaning{}, "", false
	}
	tail := strings.Join(segments[from:], "/")
	for _, t := range d.byName[tail] {
		if !numbers(t.element, repeats) {
			continue
		}
		if slices.Contains(at, MaxInstances) {
			return meaning{}, "import.too_many_instances", true
		}
		return meaning{target: t, numbered: true, at: at}, "", true
	}
	return meaning{}, "", false
}

// numbers tells whether the paths before the numbers end in the names of the
// repeats around e, outermost first.
func numbers(e *survey.Element, paths []string) bool {
	around := e.Within
	for i := len(paths) - 1; i >= 0; i-- {
		if around == nil || !strings.HasSuffix("/"+paths[i], "/"+pathKey(around.Name)) {
			return false
		}
		around = around.Within
	}
	return around == nil
}

// narrow chooses between targets with the same key: the one that is written
// exactly so, then a question rather than a choice.
func narrow(targets []target, header string) (target, bool) {
	for _, good := range []func(target) bool{
		func(t target) bool { return t.path == header },
		func(t target) bool { return strings.ReplaceAll(t.path, "/", ".") == header },
		func(t target) bool { return t.choice == nil },
		func(target) bool { return true },
	} {
		fitting := slices.DeleteFunc(slices.Clone(targets), func(t target) bool { return !good(t) })
		if len(fitting) == 1 {
			return fitting[0], true
		}
	}
	return target{}, false
}

// mapColumns fills slots, ids and process columns from the header.
func (im *Importer) mapColumns(header []string) failure.Findings {
	mapping := &mapping{im: im, directory: newDirectory(im.version), slots: map[string]int{}, times: map[target]int{}}
	ids := map[int]int{} // rank → column
	for i, name := range header {
		if im.options.Mapping != nil {
			if name = ""; i < len(im.options.Mapping) {
				name = im.options.Mapping[i]
			}
			if name == "" {
				continue
			}
		}
		name = cleanHeader(name)
		if im.version.Element(name) == nil {
			if rank := im.idRank(name); rank >= 0 && ids[rank] == 0 {
				ids[rank], im.meanings[i] = i+1, name
				continue
			}
			if mapping.processColumn(name, i) {
				continue
			}
		}
		mapping.column(name, i)
	}
	for rank := range len(idColumns()) + 1 {
		if column := ids[rank]; column > 0 {
			im.ids = append(im.ids, column-1)
		}
	}
	return mapping.findings
}

// cleanHeader removes what nobody sees.
func cleanHeader(name string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '\ufeff' || r == '\u200e' || r == '\u200f' {
			return -1
		}
		return r
	}, norm.NFC.String(name)))
}

// idColumns are the headers under which KoboToolbox, ODK Central and ODK's
// older servers name a response, those that are unique everywhere first. R puts
// an X before names that begin with an underscore.
func idColumns() []string {
	return []string{"_uuid", "meta/instanceID", "instanceID", "KEY", "_id"}
}

func (im *Importer) idRank(name string) int {
	if im.source == LimeSurvey && strings.EqualFold(name, limeID) {
		return len(idColumns())
	}
	return slices.Index(idColumns(), pathKey(strings.TrimPrefix(name, plainX(name))))
}

// plainX returns the X that R put before an underscore.
func plainX(name string) string {
	if strings.HasPrefix(name, "X_") {
		return "X"
	}
	return ""
}

// mapping is the state of one [Importer.mapColumns].
type mapping struct {
	im        *Importer
	directory *directory
	slots     map[string]int // by element and instance numbers
	times     map[target]int // how often a header without a number came
	findings  failure.Findings
}

// processColumn takes the columns of our own exports, and Kobo's day.
func (m *mapping) processColumn(name string, column int) bool {
	name = strings.TrimPrefix(name, plainX(name))
	meant := ""
	if m.im.source == LimeSurvey {
		meant = limeColumns()[strings.ToLower(name)]
	}
	if name == "_submission_time" {
		meant = ColumnDay
	}
	if _, known := m.im.process[meant]; known {
		meant = ""
	}
	for _, kind := range []string{ColumnDay, ColumnLanguage, ColumnArea, ColumnInstitutionType, ColumnInstitution, ColumnDuration} {
		if own := ProcessColumn(m.im.version, kind); name == own || meant == kind {
			m.im.process[kind], m.im.meanings[column] = column, own
			return true
		}
	}
	return false
}

func (m *mapping) column(name string, column int) {
	if name == "" {
		m.find("import.unnamed_column", column)
		return
	}
	found, key := m.directory.find(name)
	if key == "import.unknown_column" {
		if q, label := m.unknownChoice(name); q.element != nil {
			m.find("import.unknown_choice_column", column)
			s := m.slot(q)
			s.ticks = append(s.ticks, tick{column: column, label: label})
			m.im.meanings[column] = name
			return
		}
	}
	if key != "" {
		m.find(key, column)
		return
	}
	s := m.slot(found)
	switch {
	case s == nil:
		m.find("import.too_many_instances", column)
	case found.choice != nil:
		s.ticks = append(s.ticks, tick{column: column, choice: found.choice.Name, label: found.choice.Name})
		m.im.meanings[column] = columnName(found.element, s.at, found.choice)
	case s.whole >= 0:
		m.find("import.duplicate_column", column)
	default:
		s.whole = column
		m.im.meanings[column] = columnName(found.element, s.at, nil)
	}
}

// maxHeader bounds, in bytes, the headers in which a meaning is looked for;
// labels in any script are far shorter.
const maxHeader = 2000

// unknownChoice recognises the column of a choice that the survey's question
// does not have. The choice's name may hold a few separators itself.
func (m *mapping) unknownChoice(name string) (meaning, string) {
	i := len(name)
	for range 4 {
		if i = strings.LastIndexAny(name[:i], "/."); i <= 0 {
			break
		}
		q, key := m.directory.find(name[:i])
		if key == "" && q.choice == nil && q.element.Type == survey.SelectMultiple {
			return q, name[i+1:]
		}
	}
	return meaning{}, ""
}

// slot returns the slot of a question, nil when there are too many instances.
// Columns inside repeats that say no number are numbered as they come.
func (m *mapping) slot(found meaning) *slot {
	at := found.at
	if !found.numbered {
		for around := found.element.Within; around != nil; around = around.Within {
			at = append(at, 0)
		}
		times := target{element: found.element, choice: found.choice}
		if len(at) > 0 {
			at[len(at)-1] = m.times[times]
		}
		if m.times[times]++; m.times[times] > MaxInstances {
			return nil
		}
	}
	key := strconv.Itoa(found.element.Index)
	for _, number := range at {
		key += "/" + strconv.Itoa(number)
	}
	index, known := m.slots[key]
	if !known {
		index = len(m.im.slots)
		m.slots[key] = index
		m.im.slots = append(m.im.slots, slot{element: found.element, at: at, whole: -1})
	}
	return &m.im.slots[index]
}

func (m *mapping) find(key string, column int) {
	m.findings = append(m.findings, m.im.finding(key, column))
}
