package response

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
)

// fill reads the cells that speak of one question.
func (im *Importer) fill(s *slot, row tabular.Row, out *Imported) {
	raw := ""
	if s.whole >= 0 {
		raw = strings.TrimSpace(tabular.Rearm(row.Cell(s.whole)))
	}
	var values []string
	var rest, key string
	switch {
	case raw == "" && len(s.ticks) == 0:
		return
	case raw == "":
		values = im.ticked(s, row, out)
	case !s.element.Type.Answered():
		rest, key = raw, "import.takes_no_answer"
	default:
		values, rest, key = im.convert(s.element, raw)
		im.compare(s, row, values)
	}
	column := s.column()
	if len(values) > 0 {
		if problem := out.Answers.put(s, values); problem != "" {
			rest, key = raw, problem
		}
	}
	if rest != "" && !(missing(rest) && s.element.Type != survey.TextType) {
		im.setAside(out, column, rest, key)
	}
}

// put gives a slot its values; the key tells why it does not take them.
func (a *Answers) put(s *slot, values []string) string {
	in := a.root
	for i, repeat := range around(s.element) {
		if in = a.instance(in, repeat, s.at[i]); in == nil {
			return "import.too_many_instances"
		}
	}
	in.set(s.element, values)
	c := in.cell(s.element)
	if c.problem == nil {
		return ""
	}
	key := "import." + strings.TrimPrefix(c.problem.Key, "respondent.problem.")
	c.problem = nil
	return key
}

// around returns the repeats around an element, outermost first.
func around(e *survey.Element) []*survey.Element {
	var repeats []*survey.Element
	for repeat := e.Within; repeat != nil; repeat = repeat.Within {
		repeats = append(repeats, repeat)
	}
	slices.Reverse(repeats)
	return repeats
}

// convert turns a cell into values that [normalise] takes. What is left over,
// with the key of the reason, is to be set aside.
func (im *Importer) convert(e *survey.Element, cell string) (values []string, rest, key string) {
	switch e.Type {
	case survey.SelectOne:
		if name := im.choice(e, cell); name != "" {
			return []string{name}, "", ""
		}
		return nil, cell, "import.unknown_choice"
	case survey.SelectMultiple:
		values, rest = im.choices(e, cell)
		return values, rest, "import.unknown_choice"
	case survey.Integer:
		whole, key := wholeNumber(cell)
		if key != "" {
			return nil, cell, key
		}
		return []string{whole}, "", ""
	case survey.Date:
		if e.Precision() == survey.Day {
			cell = dayOf(cell)
		}
		return []string{cell}, "", ""
	case survey.Acknowledge:
		yes, known := truth(cell)
		switch {
		case !known:
			return nil, cell, "import.not_yes_or_no"
		case !yes:
			return nil, "", ""
		}
	}
	return []string{cell}, "", ""
}

// missing recognises how R and older KoboToolbox exports write an empty cell.
// In a text question it may be what somebody wrote.
func missing(cell string) bool {
	switch cell {
	case "NA", "N/A", "n/a", "#N/A":
		return true
	}
	return false
}

// truth reads the ways in which programs write yes and no.
func truth(cell string) (yes, known bool) {
	switch strings.ToLower(strings.TrimSpace(cell)) {
	case "true", "1", "1.0", "yes", "y", "ok", "x", "wahr", "ja":
		return true, true
	case "false", "0", "0.0", "no", "n", "falsch", "nein":
		return false, true
	}
	return false, false
}

// wholeNumber accepts 1.0 and 1e+06 besides plain digits. 1.000 may be one or
// one thousand, so it is neither.
func wholeNumber(cell string) (text, key string) {
	text = Digits(cell)
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || number != math.Trunc(number) || !strings.ContainsAny(text, ".eE") {
		if thousands(text) {
			return "", "import.ambiguous_number"
		}
		return cell, "" // for normalise to judge
	}
	switch {
	case thousands(text):
		return "", "import.ambiguous_number"
	case math.Abs(number) > maxInteger:
		return "", "import.number_too_large"
	}
	return strconv.FormatInt(int64(number), 10), ""
}

// thousands tells whether a number looks like groups of three digits.
func thousands(text string) bool {
	head, rest, found := strings.Cut(strings.ReplaceAll(strings.TrimLeft(text, "+-"), ",", "."), ".")
	if !found || len(head) == 0 || len(head) > 3 || strings.Trim(head, "0123456789") != "" || head == "0" {
		return false
	}
	for group := range strings.SplitSeq(rest, ".") {
		if len(group) != 3 || strings.Trim(group, "0123456789") != "" {
			return false
		}
	}
	return true
}

// dayOf takes the day from a time of day, as it was where the answer was given,
// and understands 6.7.2021. Anything else is for normalise to judge.
func dayOf(cell string) string {
	text := Digits(cell)
	if len(text) > 10 && (text[10] == 'T' || text[10] == ' ') && strings.Trim(text[11:], "0123456789:.+-Z") == "" {
		return text[:10]
	}
	if day, err := time.Parse("2.1.2006", text); err == nil {
		return day.Format(time.DateOnly)
	}
	return text
}

// choice finds the name of a choice that a cell means: by its name, by a label
// that only this choice has, by its number written as a decimal.
func (im *Importer) choice(e *survey.Element, cell string) string {
	if e.ChoiceIndex(cell) >= 0 {
		return cell
	}
	if composed := norm.NFC.String(cell); e.ChoiceIndex(composed) >= 0 {
		return composed
	}
	if name := im.labelled(e.Choices)[fold(cell)]; name != "" {
		return name
	}
	if number, ok := strings.CutSuffix(cell, ".0"); ok && e.ChoiceIndex(number) >= 0 {
		return number
	}
	return ""
}

// labelled returns the names of a list's choices by their folded labels in all
// languages; "" stands for a label that several choices have.
func (im *Importer) labelled(list *survey.ChoiceList) map[string]string {
	if names, ok := im.labels[list]; ok {
		return names
	}
	names := map[string]string{}
	for _, choice := range list.Choices {
		for _, phrase := range choice.Label {
			key := fold(phrase.Text)
			if other, taken := names[key]; taken && other != choice.Name {
				names[key] = ""
				continue
			}
			names[key] = choice.Name
		}
	}
	im.labels[list] = names
	return names
}

// choices takes a joined cell apart; rest are the words that mean no choice.
func (im *Importer) choices(e *survey.Element, cell string) (names []string, rest string) {
	words := strings.Fields(cell)
	var unknown []string
	for _, word := range words {
		if name := im.choice(e, word); name != "" {
			names = append(names, name)
		} else {
			unknown = append(unknown, word)
		}
	}
	if len(unknown) == 0 {
		return names, ""
	}
	// Labels may hold spaces themselves.
	if whole, ok := im.segment(e, words); ok {
		return whole, ""
	}
	return names, strings.Join(unknown, " ")
}

// longestLabel bounds, in words, what segment tries.
const longestLabel = 40

// segment divides words completely into names and labels, longer ones first.
func (im *Importer) segment(e *survey.Element, words []string) ([]string, bool) {
	type step struct {
		end  int
		name string
	}
	ways := make([]step, len(words)+1) // from a word on; end 0: there is none
	ways[len(words)].end = -1
	for from := len(words) - 1; from >= 0; from-- {
		for end := min(len(words), from+longestLabel); end > from && ways[from].end == 0; end-- {
			if ways[end].end == 0 {
				continue
			}
			if name := im.choice(e, strings.Join(words[from:end], " ")); name != "" {
				ways[from] = step{end, name}
			}
		}
	}
	if ways[0].end == 0 {
		return nil, false
	}
	var names []string
	for at := 0; at < len(words); at = ways[at].end {
		names = append(names, ways[at].name)
	}
	return names, true
}

// ticked reads a select_multiple from its one column per choice.
func (im *Importer) ticked(s *slot, row tabular.Row, out *Imported) []string {
	var names []string
	for _, t := range s.ticks {
		cell := strings.TrimSpace(row.Cell(t.column))
		yes, known := truth(cell)
		switch {
		case cell == "" || missing(cell):
		case !known:
			im.setAside(out, t.column, cell, "import.not_yes_or_no")
		case yes && t.choice == "":
			im.setAside(out, t.column, t.label, "import.unknown_choice")
		case yes:
			names = append(names, t.choice)
		}
	}
	return names
}

// compare notices when the joined column and the single ones disagree.
func (im *Importer) compare(s *slot, row tabular.Row, names []string) {
	for _, t := range s.ticks {
		yes, known := truth(row.Cell(t.column))
		if known && t.choice != "" && yes != slices.Contains(names, t.choice) {
			im.tally("import.disagreement", s.whole, row.Line)
			return
		}
	}
}

// readProcess reads what the table says about the process.
func (im *Importer) readProcess(row tabular.Row, out *Imported) {
	for kind, column := range im.process {
		cell := strings.TrimSpace(tabular.Rearm(row.Cell(column)))
		if cell == "" {
			continue
		}
		switch kind {
		case ColumnDay:
			if days, key, _ := date(survey.Day, dayOf(cell)); key == "" {
				if out.Day = days[0]; out.Day == unknownDay && im.source == LimeSurvey {
					out.Day = ""
				}
			} else {
				im.setAside(out, column, cell, "import.not_a_date")
			}
		case ColumnLanguage:
			if slices.Contains(im.version.Languages, cell) {
				out.Language = cell
			} else {
				im.setAside(out, column, cell, "import.unknown_language")
			}
		case ColumnDuration:
			if class, err := strconv.ParseUint(cell, 10, 8); err == nil && class <= 6 {
				out.Duration = uint8(class)
			} else {
				im.setAside(out, column, cell, "import.not_a_duration")
			}
		case ColumnArea:
			out.Area = cell
		case ColumnInstitutionType:
			out.InstitutionType = cell
		case ColumnInstitution:
			out.Institution = cell
		}
	}
}
