// Package testform makes a questionnaire larger than any that is known, for
// benchmarks and tests of quantity.
package testform

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// What [Large] holds.
const (
	Questions = 2_000  // that are asked
	Choices   = 10_000 // in all lists
	Depth     = 50     // of the longest chains of calculations
)

const (
	sections   = 100
	each       = Questions / sections
	links      = 5   // calculations in a section
	chained    = 10  // sections that a chain goes through
	states     = 16  // the first list of the cascade
	counties   = 400 // the second
	places     = 7_584
	lists      = 200
	listLength = 10
)

// Languages are those of the form's texts.
func Languages() []string { return []string{"de", "en", "ar", "uk", "tr"} }

// Large returns an XLSForm, the same one each time: 2 000 questions in 100
// sections, 10 000 choices, five languages. Every second question has a
// condition; chains of calculations are 50 deep and lead through ten sections.
// Every tenth section has a repeat, and every tenth asks for a place by three
// lists of which each narrows the next, the last one of 7 584 choices.
//
// Section 7 is named s7, its questions s7_q0 to s7_q19, its calculations s7_c0
// to s7_c4, its repeat s7_r and its places s7_q17 to s7_q19.
func Large(t testing.TB) []byte {
	t.Helper()
	file := excelize.NewFile()
	defer func() { _ = file.Close() }() // holds nothing outside of memory
	if err := file.SetSheetName("Sheet1", "survey"); err != nil {
		t.Fatal(err)
	}
	write(t, file, "survey", surveyRows())
	write(t, file, "choices", choiceRows())
	write(t, file, "settings", [][]string{{"form_id", "form_title", "default_language"}, {"large", "Large", "de"}})
	var content bytes.Buffer
	if _, err := file.WriteTo(&content); err != nil {
		t.Fatal(err)
	}
	return content.Bytes()
}

func write(t testing.TB, file *excelize.File, sheet string, rows [][]string) {
	t.Helper()
	if _, err := file.NewSheet(sheet); err != nil {
		t.Fatal(err)
	}
	stream, err := file.NewStreamWriter(sheet)
	if err != nil {
		t.Fatal(err)
	}
	for at, row := range rows {
		cells := make([]any, len(row))
		for i, text := range row {
			if text != "" {
				cells[i] = text
			}
		}
		if err := stream.SetRow(fmt.Sprintf("A%d", at+1), cells); err != nil {
			t.Fatal(err)
		}
	}
	if err := stream.Flush(); err != nil {
		t.Fatal(err)
	}
}

// The texts of a question and of a choice in the five languages.
func questionTexts() []string {
	return []string{"Wie gut kommen Sie mit dem zurecht, was Punkt %d angeht?", "How well do you get along with what point %d is about?",
		"إلى أي مدى تتدبرون أموركم في ما يخص النقطة %d؟", "Наскільки добре ви даєте собі раду з пунктом %d?", "%d. maddeyle ilgili ne kadar iyi idare ediyorsunuz?"}
}

func choiceTexts() []string {
	return []string{"Möglichkeit %d", "Possibility %d", "الإمكانية %d", "Можливість %d", "Olasılık %d"}
}

func translated(texts []string, number int) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = fmt.Sprintf(text, number)
	}
	return out
}

// row is one row of the survey sheet without its texts.
type row struct{ kind, name, relevant, constraint, calculation, filter, required, appearance string }

func surveyRows() [][]string {
	header := []string{"type", "name", "relevant", "constraint", "calculation", "choice_filter", "required", "appearance"}
	for _, column := range []string{"label", "hint"} {
		for _, tag := range Languages() {
			header = append(header, column+"::"+tag)
		}
	}
	rows := [][]string{header}
	for s := range sections {
		for at, r := range section(s) {
			cells := []string{r.kind, r.name, r.relevant, r.constraint, r.calculation, r.filter, r.required, r.appearance}
			if !strings.HasPrefix(r.kind, "end") && r.kind != "calculate" {
				cells = append(cells, translated(questionTexts(), s*100+at)...)
			}
			if at%4 == 1 && r.kind != "calculate" {
				cells = append(cells, translated(choiceTexts(), at)...)
			}
			rows = append(rows, cells)
		}
	}
	return rows
}

// section returns the rows of one section.
func section(s int) []row {
	name := fmt.Sprintf("s%d", s)
	begin := row{kind: "begin group", name: name}
	if s%7 == 6 {
		begin.relevant = fmt.Sprintf("${s%d_q0} != 'c9'", s-6)
	}
	rows := []row{begin}
	for q := range each - 3 {
		if s%10 == 3 && q == 10 {
			rows = append(rows, row{kind: "begin repeat", name: name + "_r"})
		}
		rows = append(rows, question(s, q))
		if s%10 == 3 && q == 15 {
			rows = append(rows, row{kind: "calculate", name: name + "_inner", calculation: fmt.Sprintf("${%[1]s_q11} * 2 + ${%[1]s_q1}", name)},
				row{kind: "end repeat"}, row{kind: "calculate", name: name + "_sum", calculation: fmt.Sprintf("sum(${%s_inner})", name)})
		}
	}
	rows = append(rows, last(s)...)
	for link := range links {
		from := fmt.Sprintf("if(${%[1]s_q1} = '', 0, ${%[1]s_q1})", name) // where the chain begins
		switch {
		case link > 0:
			from = fmt.Sprintf("${%s_c%d}", name, link-1)
		case s%chained > 0:
			from = fmt.Sprintf("${s%d_c%d}", s-1, links-1)
		}
		rows = append(rows, row{kind: "calculate", name: fmt.Sprintf("%s_c%d", name, link),
			calculation: fmt.Sprintf("%s + if(selected(${%s_q2}, 'c%d'), %d, 1)", from, name, link, link+2)})
	}
	return append(rows, row{kind: "end group"})
}

// question returns a question of a section; those with odd numbers have a
// condition.
func question(s, q int) row {
	name := func(number int) string { return fmt.Sprintf("s%d_q%d", s, number) }
	list := (s*each + q) % lists
	r := row{name: name(q)}
	switch {
	case q == 1 || q%5 == 1:
		r.kind, r.constraint = "integer", ". >= 0 and . < 120"
	case q == 2 || q%5 == 2:
		r.kind, r.constraint = fmt.Sprintf("select_multiple list%d", list), "not(selected(., 'c0') and count-selected(.) > 1)"
	case q%5 == 3:
		r.kind, r.constraint = "text", `string-length(.) < 500 and regex(., '\S.*')`
	case q%5 == 4:
		r.kind, r.constraint = "date", ". <= today()"
	default:
		r.kind = fmt.Sprintf("select_one list%d", list)
	}
	if q%6 == 0 {
		r.required = "yes"
	}
	if q%2 == 1 && q > 1 {
		r.relevant = []string{
			fmt.Sprintf("selected(${%s}, 'c%d')", name(2), q%listLength),
			fmt.Sprintf("${%s} > 17 and ${%s} != ''", name(1), name(0)),
			fmt.Sprintf("${%s} = 'c%d' or ${%s} = 'c%d'", name(0), q%listLength, name(0), (q+1)%listLength),
			fmt.Sprintf("count-selected(${%s}) > 1 and not(selected(${%s}, 'c0'))", name(2), name(2)),
			fmt.Sprintf("${%s} != '' and (${%s} < 3 or ${%s} >= 60)", name(1), name(1), name(1)),
		}[q/2%5]
	}
	if q == 1 && s > 0 {
		r.relevant = fmt.Sprintf("${s%d_q0} != 'c8'", s-1)
	}
	return r
}

// last returns the last three questions of a section: in every tenth, the place.
func last(s int) []row {
	if s%10 != 5 {
		return []row{question(s, each-3), question(s, each-2), question(s, each-1)}
	}
	name := func(number int) string { return fmt.Sprintf("s%d_q%d", s, number) }
	return []row{
		{kind: "select_one state", name: name(17), relevant: fmt.Sprintf("${%s} != 'c7'", name(0))},
		{kind: "select_one county", name: name(18), relevant: fmt.Sprintf("${%s} != ''", name(17)), filter: fmt.Sprintf("state = ${%s}", name(17))},
		{kind: "select_one place", name: name(19), relevant: fmt.Sprintf("${%s} != ''", name(18)), filter: fmt.Sprintf("county = ${%s}", name(18))},
	}
}

func choiceRows() [][]string {
	rows := [][]string{append([]string{"list_name", "name", "state", "county"}, labels()...)}
	add := func(list, name, state, county string) {
		rows = append(rows, append([]string{list, name, state, county}, translated(choiceTexts(), len(rows))...))
	}
	for i := range states {
		add("state", fmt.Sprintf("state%d", i), "", "")
	}
	for i := range counties {
		add("county", fmt.Sprintf("county%d", i), fmt.Sprintf("state%d", i%states), "")
	}
	for i := range places {
		add("place", fmt.Sprintf("place%d", i), "", fmt.Sprintf("county%d", i%counties))
	}
	for list := range lists {
		for i := range listLength {
			add(fmt.Sprintf("list%d", list), fmt.Sprintf("c%d", i), "", "")
		}
	}
	return rows
}

func labels() []string {
	var header []string
	for _, tag := range Languages() {
		header = append(header, "label::"+tag)
	}
	return header
}

// Answer returns an answer that fits a question of [Large] by its type and
// list, as a respondent fills it in who answers all that is asked.
func Answer(kind, list string, number int) []string {
	switch kind {
	case "select_one":
		switch list {
		case "state":
			return []string{"state3"}
		case "county":
			return []string{"county19"} // in state3
		case "place":
			return []string{"place819"} // in county19
		}
		return []string{fmt.Sprintf("c%d", number%7)}
	case "select_multiple":
		return []string{"c1", fmt.Sprintf("c%d", 2+number%8)}
	case "integer":
		return []string{fmt.Sprint(18 + number%80)}
	case "text":
		return []string{"مكان في الروضة قريب من البيت"}
	case "date":
		return []string{"2019-05-17"}
	}
	return nil
}
