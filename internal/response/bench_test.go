package response_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
	"bedarfslotse/internal/testform"
	"bedarfslotse/internal/testinput"
	"bedarfslotse/internal/xlsform"
)

func families(t testing.TB) *survey.Version {
	t.Helper()
	read, found, err := survey.ReadDir(os.DirFS(filepath.Join(testinput.Root(t), "surveys")), "families")
	if err != nil || found.Fatal() {
		t.Fatal(err, found)
	}
	version, found := survey.Compile(read)
	if found.Fatal() {
		t.Fatal(found)
	}
	return version
}

// typical is what a parent with two children sends.
func typical(t testing.TB, v *survey.Version) map[string][]string {
	t.Helper()
	fields := map[string][]string{"submission_id": {"0123456789abcdef"}, "version": {v.Hash}, "lang": {"ar"}, ":day": {"2026-03-05"}}
	for _, e := range v.Elements {
		switch e.Type {
		case survey.SelectOne:
			fields[e.Name] = []string{e.Choices.Choices[e.Index%len(e.Choices.Choices)].Name}
		case survey.SelectMultiple:
			fields[e.Name] = []string{e.Choices.Choices[1].Name, e.Choices.Choices[2].Name}
		case survey.TextType:
			fields[e.Name] = []string{"مكان في الروضة ودورة لغة قريبة من البيت"}
		}
	}
	answers, problems := response.Read(v, fields)
	if problems = append(problems, answers.Check(noon())...); len(problems) > 0 {
		t.Fatal(listed(problems))
	}
	return fields
}

// BenchmarkCheck is all that the server computes for one response before it is
// stored: reading the fields, checking, the stored JSON.
func BenchmarkCheck(b *testing.B) {
	v := families(b)
	fields := typical(b, v)
	buffer := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		answers, _ := response.Read(v, fields)
		if problems := answers.Check(noon()); len(problems) > 0 {
			b.Fatal(problems)
		}
		buffer = answers.AppendJSON(buffer[:0], response.Anonymous)
	}
}

func BenchmarkFromJSON(b *testing.B) {
	v := families(b)
	answers, _ := response.Read(v, typical(b, v))
	answers.Check(noon())
	stored := answers.AppendJSON(nil, response.Anonymous)
	b.ReportAllocs()
	for b.Loop() {
		again, err := response.FromJSON(v, stored)
		if err != nil {
			b.Fatal(err)
		}
		again.Settle(noon(), true)
	}
}

func BenchmarkImport(b *testing.B) {
	v := reachSurvey(b)
	content := testinput.Read(b, reachCSV)
	rows := 0
	for b.Loop() {
		table, err := tabular.OpenTable(bytes.NewReader(content), tabular.Options{})
		if err != nil {
			b.Fatal(err)
		}
		im, _ := response.NewImporter(v, table.Header().Cells, response.ImportOptions{Now: noon()})
		for row, err := range table.Rows() {
			if err != nil {
				b.Fatal(err)
			}
			im.Row(row)
			rows++
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(rows), "µs/row")
}

// large is the form of testform with an answer to every question, and three
// entries in every repeat.
func large(b *testing.B) (*survey.Version, *response.Answers) {
	b.Helper()
	read, found := xlsform.Read("large.xlsx", testform.Large(b), xlsform.Options{})
	if found.Fatal() {
		b.Fatal(found)
	}
	version, found := survey.Compile(read)
	if version == nil {
		b.Fatal(found)
	}
	answers := response.New(version)
	var fill func(at response.Place, elements []*survey.Element)
	fill = func(at response.Place, elements []*survey.Element) {
		for _, e := range elements {
			switch {
			case e.Type == survey.Repeat:
				for range 3 {
					fill(answers.Add(at, e), e.Children)
				}
			case e.Type == survey.Group:
				fill(at, e.Children)
			case e.Type.Asked():
				at.Set(e, testform.Answer(string(e.Type), e.List, e.Index)...)
			}
		}
	}
	fill(answers.Top(), version.Top)
	return version, answers
}

// BenchmarkRecompute evaluates all conditions, calculations, constraints and
// choice filters of a large form after one answer has changed: one on which
// little rests, or one on which a chain of fifty calculations does.
func BenchmarkRecompute(b *testing.B) {
	for name, changed := range map[string]string{"little": "s50_q6", "chain": "s0_q1"} {
		b.Run(name, func(b *testing.B) {
			version, answers := large(b)
			e := version.Element(changed)
			b.ReportAllocs()
			relevant, number := 0, 20
			for b.Loop() {
				number = 41 - number
				answers.Top().Set(e, strconv.Itoa(number))
				if problems := answers.Check(noon()); len(problems) > 0 {
					b.Fatal(listed(problems))
				}
			}
			for _, one := range version.Elements {
				if one.Within == nil && answers.Top().Relevant(one) {
					relevant++
				}
			}
			b.ReportMetric(float64(relevant), "relevant")
		})
	}
}
