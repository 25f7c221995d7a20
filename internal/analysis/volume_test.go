package analysis

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"bedarfslotse/internal/analysis/internal/packed"
	"bedarfslotse/internal/analysis/internal/raw"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testinput"
)

const (
	volumeRows      = 1_000_000
	volumeQuestions = 40
)

// volumeSurvey has forty questions in a mixture as real surveys have it.
func volumeSurvey() *survey.Survey {
	s := &survey.Survey{ID: "volume", Version: "1", Language: "en", Languages: []string{"en"}, Title: text("Volume"),
		Choices: []*survey.ChoiceList{choices("few", many("f", 6)...), choices("some", many("s", 12)...),
			choices("more", many("m", 20)...), choices("towns", many("t", 300)...), scaleList("scale", 5)}}
	add := func(n int, kind survey.Type, list string) {
		for range n {
			name := fmt.Sprintf("q%d", len(s.Nodes))
			s.Nodes = append(s.Nodes, &survey.Node{Type: kind, Name: name, List: list, Label: text(name)})
		}
	}
	add(14, survey.SelectOne, "scale")
	add(10, survey.SelectOne, "few")
	add(1, survey.SelectOne, "towns")
	add(3, survey.SelectMultiple, "few")
	add(2, survey.SelectMultiple, "some")
	add(1, survey.SelectMultiple, "more")
	add(4, survey.Integer, "")
	add(1, survey.Decimal, "")
	add(2, survey.Date, "")
	add(2, survey.TextType, "")
	return s
}

// volume is a million encoded responses, in large chunks and in tiny ones.
type volume struct {
	schema *Schema
	large  [][]byte // of MaxChunkRows rows
	tiny   [][]byte // 60 000 of 16 rows
}

// madeVolume makes the volume once per process.
var madeVolume = sync.OnceValue(func() *volume { return makeVolume(volumeSurvey()) })

func makeVolume(s *survey.Survey) *volume {
	version, findings := survey.Compile(s)
	if findings.Fatal() {
		panic(findings.Error())
	}
	v := &volume{schema: NewSchema(version)}
	if n := len(version.Elements); n != volumeQuestions {
		panic(fmt.Sprint("questions: ", n))
	}
	random := rand.New(rand.NewPCG(1, 40))
	rows := make([]*Row, MaxChunkRows)
	for i := range rows {
		rows[i] = v.schema.NewRow()
	}
	for first := 0; first < volumeRows; first += MaxChunkRows {
		part := rows[:min(MaxChunkRows, volumeRows-first)]
		for _, row := range part {
			fillRow(v.schema, row, random)
		}
		v.large = append(v.large, must(v.schema.Encode(nil, uint64(first+1), part, nil)))
	}
	for i := range 60_000 {
		from := 16 * (i % (MaxChunkRows / 16))
		v.tiny = append(v.tiny, must(v.schema.Encode(nil, uint64(16*i+1), rows[from:from+16], nil)))
	}
	return v
}

func fillRow(s *Schema, row *Row, random *rand.Rand) {
	row.Reset()
	row.Key, row.Day, row.Duration = random.Uint64(), uint16(9000+random.IntN(60)), uint8(1+random.IntN(6))
	row.Language = []string{"de", "ar", "uk", "tr", "en"}[random.IntN(5)]
	row.Area, row.InstitutionType = "area"+strconv.Itoa(random.IntN(15)), "type"+strconv.Itoa(random.IntN(8))
	for _, e := range s.version.Elements {
		state := Given
		if n := random.IntN(20); n < 2 {
			state = State(n)
		}
		values := []string{"x"}
		switch e.Type {
		case survey.SelectOne:
			values[0] = e.Choices.Choices[random.IntN(len(e.Choices.Choices))].Name
		case survey.Rank:
			values = values[:0]
			for _, at := range random.Perm(len(e.Choices.Choices)) {
				values = append(values, e.Choices.Choices[at].Name)
			}
		case survey.SelectMultiple:
			values = values[:0]
			for _, choice := range e.Choices.Choices {
				if random.IntN(3) == 0 {
					values = append(values, choice.Name)
				}
			}
		case survey.Integer:
			values[0] = strconv.Itoa(random.IntN(60))
		case survey.Decimal:
			values[0] = strconv.FormatFloat(float64(random.IntN(1000))/10, 'f', 1, 64)
		case survey.Date:
			values[0] = fmt.Sprintf("20%02d-%02d-01", 10+random.IntN(16), 1+random.IntN(12))
		}
		if err := row.Set(Main, e, state, values...); err != nil {
			panic(err)
		}
	}
}

func (v *volume) load(tb testing.TB, chunks [][]byte) *Columns {
	columns := NewColumns(v.schema)
	for _, chunk := range chunks {
		if err := columns.Load(chunk); err != nil {
			tb.Fatal(err)
		}
	}
	return columns
}

func BenchmarkEncode(b *testing.B) {
	v := madeVolume()
	random := rand.New(rand.NewPCG(2, 40))
	for _, n := range []int{1, 16, 256} {
		rows := make([]*Row, n)
		for i := range rows {
			rows[i] = v.schema.NewRow()
			fillRow(v.schema, rows[i], random)
		}
		b.Run(fmt.Sprintf("rows=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			var dst []byte
			for b.Loop() {
				dst = must(v.schema.Encode(dst[:0], 1, rows, nil))
			}
			b.ReportMetric(float64(len(dst))/float64(n), "B/row")
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	v := madeVolume()
	b.Run("large", func(b *testing.B) {
		for b.Loop() {
			v.load(b, v.large)
		}
	})
	b.Run("tiny", func(b *testing.B) {
		for b.Loop() {
			v.load(b, v.tiny)
		}
	})
}

func marginals(s *Schema, view *packed.View) int {
	tables := make([]raw.Table, len(s.questions))
	parallel(len(tables), func(i int) { tables[i] = raw.Frequencies(view, s.questions[i].raw, raw.All()) })
	sum := 0
	for _, table := range tables {
		sum += table.Base.Rows + table.NoAnswer.Rows + table.NotAsked.Rows + table.Apart.Rows
	}
	return sum
}

func BenchmarkMarginals(b *testing.B) {
	v := madeVolume()
	view := v.load(b, v.large).memory.View()
	for b.Loop() {
		if n := marginals(v.schema, view); n != volumeRows*volumeQuestions {
			b.Fatalf("%d answers", n)
		}
	}
}

// BenchmarkOrders compares what a million orders of twelve choices cost beside
// as many single choices and sets of them.
func BenchmarkOrders(b *testing.B) {
	list := func(name string) *survey.ChoiceList {
		return choices(name, append(many("c", 11), map[string]string{"some": "c11", "apart": "dont_know"}[name])...)
	}
	s := &survey.Survey{ID: "orders", Version: "1", Language: "en", Languages: []string{"en"}, Title: text("Orders"),
		Choices: []*survey.ChoiceList{list("some"), list("apart")}}
	for name, kind := range map[string]survey.Type{"one": survey.SelectOne, "several": survey.SelectMultiple, "order": survey.Rank} {
		s.Nodes = append(s.Nodes, &survey.Node{Type: kind, Name: name, List: "some", Label: text(name)})
	}
	s.Nodes = append(s.Nodes, &survey.Node{Type: survey.Rank, Name: "apart", List: "apart", Label: text("apart")})
	version, findings := survey.Compile(s)
	if findings.Fatal() {
		b.Fatal(findings)
	}
	schema, random := NewSchema(version), rand.New(rand.NewPCG(1, 40))
	columns, rows := NewColumns(schema), make([]*Row, 50_000)
	for first := 0; first < volumeRows; first += len(rows) {
		for i := range rows {
			rows[i] = schema.NewRow()
			fillRow(schema, rows[i], random)
		}
		if err := columns.Load(must(schema.Encode(nil, uint64(first+1), rows, nil))); err != nil {
			b.Fatal(err)
		}
	}
	view := columns.memory.View()
	for _, q := range schema.questions {
		b.Run(q.element.Name, func(b *testing.B) {
			for b.Loop() {
				if t := raw.Frequencies(view, q.raw, raw.All()); t.Base.Rows+t.NoAnswer.Rows+t.NotAsked.Rows+t.Apart.Rows != volumeRows {
					b.Fatalf("%+v", t)
				}
			}
		})
	}
}

// BenchmarkAdvance is what a page costs that asks for the snapshot after a few
// more responses: nothing may move, and everything has to be looked at.
func BenchmarkAdvance(b *testing.B) {
	v := madeVolume()
	columns := v.load(b, v.large)
	first, _ := NewSnapshot(v.schema, 5).Advance(columns)
	row := v.schema.NewRow()
	fillRow(v.schema, row, rand.New(rand.NewPCG(3, 40)))
	if err := columns.Load(must(v.schema.Encode(nil, volumeRows+1, []*Row{row}, nil))); err != nil {
		b.Fatal(err)
	}
	b.Run("nothing new", func(b *testing.B) {
		for b.Loop() {
			first.Advance(columns)
		}
	})
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			NewSnapshot(v.schema, 5).Advance(columns)
		}
	})
}

// TestVolumeMemory holds the aims of part 1 for a million responses to forty
// questions. It takes a while and wants a quiet machine, so it asks to be
// called for.
func TestVolumeMemory(t *testing.T) {
	testinput.Volume(t)
	v := madeVolume()
	inUse := func() uint64 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	for name, chunks := range map[string][][]byte{"large": v.large, "tiny": v.tiny} {
		before := inUse()
		begin := time.Now()
		columns := v.load(t, chunks)
		took := time.Since(begin)
		grown := float64(inUse()-before) / 1e6
		rows := columns.memory.View().Rows
		t.Logf("%s chunks: %d rows loaded in %v, %.1f MB", name, rows, took, grown)
		if grown > 100 {
			t.Errorf("%s: %.1f MB", name, grown)
		}
		runtime.KeepAlive(columns)
	}
}
