package analysis

import (
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/analysis/internal/packed"
	"bedarfslotse/internal/analysis/internal/raw"
)

// copied is an extra column that says what a stored one says.
func copied(view *packed.View, column int) packed.Extra {
	field := view.Layout.Tables[0].Fields[column]
	extra := packed.Extra{Field: field, Numbers: view.Numbers(0, column)}
	extra.Fill = func(s *packed.Segment, to []uint64) {
		from := &s.Tables[0].Columns[column]
		for row := range s.Rows {
			for w := range field.Words() {
				to[row*field.Words()+w] = from.At(row)
				if from.W64 != nil {
					to[row*field.Words()+w] = from.W64[row*field.Words()+w]
				}
			}
		}
	}
	return extra
}

// TestExtraColumns: whatever counts a stored column counts an extra one that
// says the same, in the same way.
func TestExtraColumns(t *testing.T) {
	schema := NewSchema(compiled(t, everyKind()))
	rapid.Check(t, func(t *rapid.T) {
		columns, rows := NewColumns(schema), []*Row(nil)
		for key := range rapid.IntRange(1, 80).Draw(t, "n") {
			rows = append(rows, drawRespondent(t, uint64(key+1)).row(schema))
		}
		if err := columns.Load(must(schema.Encode(nil, 1, rows, nil))); err != nil {
			t.Fatal(err)
		}
		view := columns.memory.View()
		var extras []packed.Extra
		for _, q := range schema.questions {
			if q.raw.Table == 0 && q.kind != Order && q.raw.Pair < 0 {
				extras = append(extras, copied(view, q.raw.Column))
			}
		}
		more := must(view.With(extras...))
		by := raw.Lookup{Column: packed.LanguageColumn, Choice: -1, N: len(view.Names(packed.LanguageColumn))}
		for code := range by.N {
			by.Of = append(by.Of, uint16(code))
		}
		groups := raw.NewGroups(view, raw.All(), 1)
		groups.Divide(view, by)
		at := len(view.Layout.Tables[0].Fields)
		for _, q := range schema.questions {
			if q.raw.Table > 0 || q.kind == Order || q.raw.Pair >= 0 {
				continue
			}
			extra := q.raw
			extra.Column = at
			at++
			classes := make([]int, len(view.Numbers(0, q.raw.Column)))
			if q.kind == Months {
				classes = make([]int, q.raw.Codes)
			}
			equal(t, raw.Frequencies(view, q.raw, raw.All()), raw.Frequencies(more, extra, raw.All()))
			equal(t, raw.Grouped(view, q.raw, groups, classes, true), raw.Grouped(more, extra, groups, classes, true))
			if q.raw.Form == raw.Choice {
				codes := packed.FirstCode + q.raw.Codes
				equal(t, raw.Codes(view, q.raw.Column, codes, raw.All()), raw.Codes(more, extra.Column, codes, raw.All()))
			}
			if q.raw.Form == raw.Choices {
				stored, beside := raw.NewGroups(view, raw.All(), 1), raw.NewGroups(more, raw.All(), 1)
				stored.Divide(view, raw.Lookup{Column: q.raw.Column, Choice: q.raw.Codes - 1, N: 2})
				beside.Divide(more, raw.Lookup{Column: extra.Column, Choice: q.raw.Codes - 1, N: 2})
				equal(t, stored, beside)
			}
		}
		if len(view.Layout.Tables[0].Fields) != at-len(extras) || view.Rows != more.Rows {
			t.Fatal("the view itself has changed")
		}
	})
}

func equal[T any](t interface{ Fatalf(string, ...any) }, want, got T) {
	if !reflect.DeepEqual(want, got) {
		t.Fatalf("%v, want %v", got, want)
	}
}

// TestExtraByKey: single choices and sets of many choices, known by record key.
func TestExtraByKey(t *testing.T) {
	columns := withInstitutions(t, []string{"a", "b", "c", "d"}, []int{1, 2, 3, 4})
	view := columns.memory.View()
	stored := len(view.Layout.Tables[0].Fields)
	more := must(view.With(
		packed.ByKey(packed.Field{Name: "tag", Form: packed.Codes, Limit: 4}, map[uint64][]uint64{1: {2}, 2: {3}, 3: {3}, 9: {2}}),
		packed.ByKey(packed.Field{Name: "tags", Form: packed.Sets, Limit: 70}, map[uint64][]uint64{1: {3, 0}, 2: {1, 1 << 6}, 4: {1, 0}}),
		packed.Recoded(packed.Field{Name: "high", Form: packed.Codes, Limit: 4}, columns.schema.questions[0].raw.Column, []uint64{0, 1, 2, 2, 3, 3, 3}),
	))
	tag := raw.Frequencies(more, raw.Question{Column: stored, Form: raw.Choice, Codes: 2, Pair: -1}, raw.All())
	equal(t, []int{1, 2, 3, 1}, []int{tag.Cells[0].Rows, tag.Cells[1].Rows, tag.Base.Rows, tag.NotAsked.Rows})
	tags := raw.Frequencies(more, raw.Question{Column: stored + 1, Form: raw.Choices, Codes: 70, Pair: -1}, raw.All())
	equal(t, []int{1, 1, 2, 1, 1}, []int{tags.Cells[0].Rows, tags.Cells[69].Rows, tags.Base.Rows, tags.NoAnswer.Rows, tags.NotAsked.Rows})
	high := raw.Frequencies(more, raw.Question{Column: stored + 2, Form: raw.Choice, Codes: 2, Pair: -1}, raw.All())
	equal(t, []int{2, 2}, []int{high.Cells[0].Rows, high.Cells[1].Rows})

	for name, extra := range map[string]packed.Extra{
		"code":   packed.ByKey(packed.Field{Name: "x", Form: packed.Codes, Limit: 4}, map[uint64][]uint64{1: {4}}),
		"number": {Field: packed.Field{Form: packed.Numbers}, Fill: func(_ *packed.Segment, to []uint64) { to[0] = packed.FirstNumber }},
		"choice": packed.ByKey(packed.Field{Name: "x", Form: packed.Sets, Limit: 3}, map[uint64][]uint64{1: {1 << 4}}),
		"set":    packed.ByKey(packed.Field{Name: "x", Form: packed.Sets, Limit: 3}, map[uint64][]uint64{1: {2}}),
		"names":  packed.ByKey(packed.Field{Name: "x", Form: packed.Names}, nil),
	} {
		if _, err := view.With(extra); err == nil {
			t.Errorf("%s: a value out of range is taken", name)
		}
	}
}

// BenchmarkExtra compares an extra column with counting the column it is made
// from.
func BenchmarkExtra(b *testing.B) {
	v := madeVolume()
	view := v.load(b, v.large).memory.View()
	q := v.schema.questions[0].raw
	field := packed.Field{Name: "extra", Form: packed.Codes, Limit: 4}
	of := []uint64{0, 1, 2, 2, 3, 3, 3}
	for _, n := range []int{1, 10} {
		var extras []packed.Extra
		for range n {
			extras = append(extras, packed.Recoded(field, q.Column, of))
		}
		b.Run(fmt.Sprintf("columns=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				must(view.With(extras...))
			}
		})
	}
	b.Run("count=stored", func(b *testing.B) {
		for b.Loop() {
			raw.Frequencies(view, q, raw.All())
		}
	})
	more := must(view.With(packed.Recoded(field, q.Column, of)))
	q.Column, q.Codes = len(view.Layout.Tables[0].Fields), 2
	b.Run("count=extra", func(b *testing.B) {
		for b.Loop() {
			raw.Frequencies(more, q, raw.All())
		}
	})
}
