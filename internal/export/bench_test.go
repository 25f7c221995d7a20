package export_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net/url"
	"runtime"
	"testing"

	"bedarfslotse/internal/export"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
)

// stored makes n records of families one after the other from JSON, as the
// store yields them.
func stored(b testing.TB, v *survey.Version, n int) iter.Seq2[export.Record, error] {
	random := rand.New(rand.NewPCG(5, 5))
	var documents [][]byte
	for range 1000 {
		fields := url.Values{}
		for _, e := range v.Elements {
			switch {
			case e.Type == survey.SelectOne:
				fields[e.Name] = []string{e.Choices.Choices[random.IntN(len(e.Choices.Choices))].Name}
			case e.Type == survey.SelectMultiple:
				at := random.IntN(len(e.Choices.Choices) - 1)
				fields[e.Name] = []string{e.Choices.Choices[at].Name, e.Choices.Choices[at+1].Name}
			}
		}
		answers, _ := response.Read(v, fields)
		answers.Check(noon)
		documents = append(documents, answers.AppendJSON(nil, response.Anonymous))
	}
	areas := []string{"marl-nord", "marl-sued", "herten", "bochum"}
	return func(yield func(export.Record, error) bool) {
		for i := range n {
			answers, err := response.FromJSON(v, documents[i%len(documents)])
			if err == nil {
				answers.Settle(noon, true)
			}
			one := export.Record{Day: fmt.Sprintf("2026-03-%02d", 1+i%28), Language: v.Languages[i%len(v.Languages)],
				Area: areas[i*i%len(areas)], Duration: uint8(i % 7), Answers: answers}
			if !yield(one, err) {
				return
			}
		}
	}
}

const benchRows = 100_000

func BenchmarkFull(b *testing.B) {
	v := manyColumns(b)
	for _, format := range formats {
		b.Run(string(format), func(b *testing.B) {
			for b.Loop() {
				options := export.FullOptions{Output: export.Output{Format: format, Words: words(b)}}
				if _, err := export.Full(context.Background(), io.Discard, v, stored(b, v, benchRows), options); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*benchRows), "µs/row")
		})
	}
}

// peak notes how much memory is held when the first row is written.
type peak struct{ bytes uint64 }

func (p *peak) Write(content []byte) (int, error) {
	if p.bytes == 0 {
		runtime.GC()
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		p.bytes = now.HeapAlloc
	}
	return len(content), nil
}

// manyColumns is a survey of 40 questions, half of them with several answers.
func manyColumns(tb testing.TB) *survey.Version {
	text := "id: wide\nlanguage: de\nversion: \"1\"\ntitle: T\nchoices:\n  l:\n"
	for i := range 12 {
		text += fmt.Sprintf("    - {name: c%d, label: C%d}\n", i, i)
	}
	text += "questions:\n"
	for i := range 40 {
		text += fmt.Sprintf("  - {type: select_%s l, name: q%d, label: Q, measures: {field: health, as: need}}\n",
			[]string{"one", "multiple"}[i%2], i)
	}
	return compiled(tb, text)
}

func BenchmarkMicrodata(b *testing.B) {
	v, areas := families(b), someAreas(b)
	wide := manyColumns(b)
	for _, c := range []struct {
		name    string
		version *survey.Version
		chosen  []string
	}{
		{"families", v, []string{"area", "language", "day", "child_ages", "arrival"}},
		{"40 questions", wide, []string{"area", "language", "day", "duration"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var out peak
			for b.Loop() {
				options := export.MicrodataOptions{K: 5, Identifying: c.chosen, Rand: rand.New(rand.NewPCG(1, 1))}
				if _, err := export.Microdata(context.Background(), &out, c.version, areas, stored(b, c.version, benchRows), options); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*benchRows), "µs/row")
			b.ReportMetric(float64(out.bytes)/(1<<20), "MB-held")
		})
	}
}
