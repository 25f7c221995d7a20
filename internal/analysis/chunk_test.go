package analysis

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/analysis/internal/packed"
	"bedarfslotse/internal/survey"
)

// drawn is one respondent as the tests remember it, apart from the columns.
type drawn struct {
	key      uint64
	imported uint32
	language string
	children string // "" is no answer
	school   string // "-" is not asked
	speaks   []string
	members  string
	arrived  string
	ages     []int
}

func drawRespondent(t *rapid.T, key uint64) drawn {
	d := drawn{key: key,
		imported: rapid.Uint32Range(0, 2).Draw(t, "import"),
		language: rapid.SampledFrom([]string{"", "de", "ar", "uk"}).Draw(t, "language"),
		children: rapid.SampledFrom([]string{"", "yes", "no"}).Draw(t, "children"),
		school:   rapid.SampledFrom([]string{"-", "", "primary", "high", "dont_know"}).Draw(t, "school"),
		members:  strconv.Itoa(rapid.IntRange(-2, 6).Draw(t, "members")),
		arrived:  fmt.Sprintf("20%02d-%02d-15", rapid.IntRange(10, 12).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month")),
		ages:     rapid.SliceOfN(rapid.IntRange(0, 5), 0, 3).Draw(t, "ages"),
	}
	for _, at := range rapid.SliceOfNDistinct(rapid.IntRange(0, 89), 0, 4, rapid.ID[int]).Draw(t, "speaks") {
		d.speaks = append(d.speaks, fmt.Sprintf("l%d", at))
	}
	return d
}

func (d drawn) row(s *Schema) *Row {
	row := s.NewRow()
	row.Key, row.Import, row.Language, row.Day, row.Duration = d.key, d.imported, d.language, 9000, 2
	v := s.version
	state := func(value string) State {
		switch value {
		case "-":
			return NotAsked
		case "":
			return NoAnswer
		}
		return Given
	}
	for name, value := range map[string]string{"children": d.children, "school": d.school,
		"members": d.members, "arrived": d.arrived} {
		if err := row.Set(Main, v.Element(name), state(value), value); err != nil {
			panic(err)
		}
	}
	if err := row.Set(Main, v.Element("speaks"), Given, d.speaks...); err != nil {
		panic(err)
	}
	for _, age := range d.ages {
		if err := row.Set(row.Add(v.Element("child")), v.Element("age"), Given, strconv.Itoa(age)); err != nil {
			panic(err)
		}
	}
	return row
}

// read takes the respondents out of a view again.
func read(s *Schema, view *packed.View) map[uint64]drawn {
	out := make(map[uint64]drawn)
	place := func(name string) place { return s.places[s.version.Element(name).Index] }
	choice := func(name string, code uint64) string {
		if code < packed.FirstCode {
			return []string{"-", ""}[code]
		}
		return s.version.Element(name).Choices.Choices[code-packed.FirstCode].Name
	}
	for _, segment := range view.Segments {
		main := segment.Tables[0].Columns
		for i := range segment.Rows {
			d := drawn{key: main[packed.KeyColumn].W64[i], imported: main[packed.ImportColumn].W32[i],
				language: view.Names(packed.LanguageColumn)[main[packed.LanguageColumn].At(i)],
				children: choice("children", main[place("children").column].At(i)),
				school:   choice("school", main[place("school").column].At(i))}
			members := view.Numbers(0, place("members").column)
			d.members = fmt.Sprint(members[main[place("members").column].At(i)-packed.FirstNumber])
			month := int(main[place("arrived").column].At(i)) - packed.FirstCode
			d.arrived = monthName(month) + "-15"
			speaks := main[place("speaks").column]
			for at := range 90 {
				if speaks.W64[2*i+(at+1)/64]>>((at+1)%64)&1 == 1 {
					d.speaks = append(d.speaks, fmt.Sprintf("l%d", at))
				}
			}
			child := segment.Tables[place("age").table]
			ages := view.Numbers(place("age").table, place("age").column)
			for row, owner := range child.Owners {
				if int(owner) == i {
					d.ages = append(d.ages, int(ages[child.Columns[place("age").column].At(row)-packed.FirstNumber]))
				}
			}
			out[d.key] = d
		}
	}
	return out
}

func same(a, b drawn) bool {
	slices.Sort(a.speaks)
	slices.Sort(b.speaks)
	slices.Sort(a.ages)
	slices.Sort(b.ages)
	return fmt.Sprint(a) == fmt.Sprint(b)
}

// TestColumnsHoldWhatWasEncoded sends random respondents through chunks in
// random batches, with withdrawals and merges in between, and reads them back.
func TestColumnsHoldWhatWasEncoded(t *testing.T) {
	schema := NewSchema(compiled(t, everyKind()))
	rapid.Check(t, func(t *rapid.T) {
		want := make(map[uint64]drawn)
		var chunks [][]byte
		next, key := uint64(1), uint64(0)
		for range rapid.IntRange(1, 6).Draw(t, "commits") {
			var rows []*Row
			for range rapid.IntRange(0, 9).Draw(t, "rows") {
				key += 1 << 33
				d := drawRespondent(t, key)
				want[key] = d
				rows = append(rows, d.row(schema))
			}
			var removals []uint64
			if key > 0 && rapid.Bool().Draw(t, "withdraw") {
				gone := (rapid.Uint64Range(1, key>>33).Draw(t, "which")) << 33
				if _, there := want[gone]; there && !slices.ContainsFunc(rows, func(r *Row) bool { return r.Key == gone }) {
					removals = append(removals, gone)
					delete(want, gone)
				}
			}
			if len(rows)+len(removals) == 0 {
				continue
			}
			chunks = append(chunks, must(schema.Encode(nil, next, rows, removals)))
			next += uint64(len(rows) + len(removals))
		}
		if len(chunks) > 0 && rapid.Bool().Draw(t, "merge") {
			from := rapid.IntRange(0, len(chunks)-1).Draw(t, "from")
			to := rapid.IntRange(from+1, len(chunks)).Draw(t, "to")
			options := MergeOptions{}
			if from == 0 && to == len(chunks) && rapid.Bool().Draw(t, "close") {
				options = MergeOptions{Shuffle: rand.New(rand.NewPCG(1, 2)), ClearChanges: true}
			}
			merged := must(Merge(schema, chunks[from:to], options))
			chunks = slices.Concat(chunks[:from:from], [][]byte{merged}, chunks[to:])
		}
		columns := NewColumns(schema)
		for i, chunk := range chunks {
			var err error
			if i%2 == 0 {
				err = columns.Load(chunk)
			} else {
				err = columns.Apply(must(Decode(schema, chunk)))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		got := read(schema, columns.memory.View())
		if len(got) != len(want) {
			t.Fatalf("%d respondents, want %d", len(got), len(want))
		}
		for key, d := range want {
			if !same(got[key], d) {
				t.Fatalf("respondent %d:\n got %v\nwant %v", key, got[key], d)
			}
		}
	})
}

func TestDecodeRefuses(t *testing.T) {
	schema := NewSchema(compiled(t, everyKind()))
	whole := must(schema.Encode(nil, 1, []*Row{drawn{key: 7, children: "yes", school: "-", members: "3", arrived: "2011-05-15"}.row(schema)}, []uint64{9}))
	other := everyKind()
	other.Choices[0].Choices = append(other.Choices[0].Choices, &survey.Choice{Name: "maybe", Label: text("maybe")})
	cases := map[string]struct {
		data   []byte
		schema *Schema
		want   error
	}{
		"empty":         {nil, schema, ErrDamaged},
		"another":       {[]byte("no chunk at all, just some text"), schema, ErrDamaged},
		"cut":           {whole[:len(whole)-5], schema, ErrDamaged},
		"flipped":       {append(slices.Clone(whole[:40]), append([]byte{whole[40] ^ 1}, whole[41:]...)...), schema, ErrDamaged},
		"more":          {append(slices.Clone(whole), 0), schema, ErrDamaged},
		"other choices": {whole, NewSchema(compiled(t, other)), ErrOtherSchema},
	}
	for name, c := range cases {
		if _, err := Decode(c.schema, c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if chunk, err := Decode(schema, whole); err != nil || chunk.Rows() != 1 || chunk.Removals() != 1 {
		t.Errorf("whole chunk: %v", err)
	}
}

func TestLabelsDoNotChangeTheFingerprint(t *testing.T) {
	before := NewSchema(compiled(t, everyKind())).Fingerprint()
	relabelled := everyKind()
	relabelled.Choices[0].Choices[0].Label = text("certainly")
	if got := NewSchema(compiled(t, relabelled)).Fingerprint(); got != before {
		t.Error("a label changed the fingerprint: every chunk would be rebuilt for a typing error")
	}
	reordered := everyKind()
	slices.Reverse(reordered.Choices[0].Choices)
	if got := NewSchema(compiled(t, reordered)).Fingerprint(); got == before {
		t.Error("another order of choices has the same fingerprint: answers would be read as others")
	}
}

// TestColumnsGoOnAfterMerges lets columns follow to some place, merges chunks around
// it, and lets them go on: they are as if they had followed from the beginning.
func TestColumnsGoOnAfterMerges(t *testing.T) {
	schema := NewSchema(compiled(t, everyKind()))
	rapid.Check(t, func(t *rapid.T) {
		var chunks [][]byte
		var here []uint64 // keys
		next := uint64(1)
		for commit := range rapid.IntRange(2, 7).Draw(t, "commits") {
			var rows []*Row
			for range rapid.IntRange(1, 5).Draw(t, "rows") {
				key := next + uint64(len(rows))
				rows = append(rows, drawRespondent(t, key).row(schema))
			}
			var removals []uint64
			if len(here) > 0 && rapid.Bool().Draw(t, fmt.Sprint("withdraw", commit)) {
				at := rapid.IntRange(0, len(here)-1).Draw(t, "which")
				removals = []uint64{here[at]}
				here = slices.Delete(here, at, at+1)
			}
			for i := range rows {
				here = append(here, next+uint64(i))
			}
			chunks = append(chunks, must(schema.Encode(nil, next, rows, removals)))
			next += uint64(len(rows) + len(removals) + rapid.IntRange(0, 2).Draw(t, "gap"))
		}
		followed, whole := NewColumns(schema), NewColumns(schema)
		load := func(columns *Columns, chunks [][]byte) {
			for i, chunk := range chunks {
				err := columns.Load(chunk)
				if i%2 == 0 {
					err = columns.Apply(must(Decode(schema, chunk))) // once more
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		load(whole, chunks)
		load(followed, chunks[:rapid.IntRange(0, len(chunks)).Draw(t, "followed")])
		from := rapid.IntRange(0, len(chunks)-1).Draw(t, "from")
		to := rapid.IntRange(from+1, len(chunks)).Draw(t, "to")
		load(followed, slices.Concat(chunks[:from:from], [][]byte{must(Merge(schema, chunks[from:to], MergeOptions{}))}, chunks[to:]))
		got, want := read(schema, followed.memory.View()), read(schema, whole.memory.View())
		if followed.Change() != whole.Change() || len(got) != len(want) || len(got) != len(here) {
			t.Fatalf("%d respondents at change %d, want %d at %d", len(got), followed.Change(), len(want), whole.Change())
		}
		for key, d := range want {
			if !same(got[key], d) {
				t.Fatalf("respondent %d:\n got %v\nwant %v", key, got[key], d)
			}
		}
	})
}

// TestFullSegmentsKeepNoRoom looks at the memory of segments that no row comes to
// any more, those of repeats included, whose number of rows nobody knows ahead.
func TestFullSegmentsKeepNoRoom(t *testing.T) {
	schema := NewSchema(compiled(t, everyKind()))
	small := make([]*Row, 25_000)
	for i := range small {
		one := drawn{key: uint64(i + 1), members: strconv.Itoa(i % 7), arrived: "2011-05-15", ages: make([]int, i%3)}
		small[i] = one.row(schema)
	}
	large := slices.Repeat(small, 2)
	columns, next := NewColumns(schema), uint64(1)
	for _, rows := range [][]*Row{small, small, small, large} {
		if err := columns.Load(must(schema.Encode(nil, next, rows, nil))); err != nil {
			t.Fatal(err)
		}
		next += uint64(len(rows))
	}
	needed, held, full := 0, 0, 0
	count := func(length, capacity, width int) { needed, held = needed+length*width, held+capacity*width }
	for _, segment := range columns.memory.View().Segments {
		if segment.Rows < len(large) {
			continue
		}
		full++
		for _, table := range segment.Tables {
			count(len(table.Owners), cap(table.Owners), 4)
			for _, c := range table.Columns {
				count(len(c.W8), cap(c.W8), 1)
				count(len(c.W16), cap(c.W16), 2)
				count(len(c.W32), cap(c.W32), 4)
				count(len(c.W64), cap(c.W64), 8)
			}
		}
	}
	if full != 2 || held > needed+needed/16 {
		t.Errorf("%d full segments hold %d bytes for %d of values", full, held, needed)
	}
}

func TestSetRefuses(t *testing.T) {
	schema := NewSchema(compiled(t, everyKind()))
	cases := []struct {
		question string
		values   []string
		wrong    bool
	}{
		{"children", []string{"perhaps"}, true},
		{"children", []string{"yes"}, false},
		{"speaks", []string{"l1", "klingon"}, true},
		{"members", []string{"many"}, true},
		{"members", []string{"1e3"}, false},
		{"arrived", []string{"2026-02-30"}, true},
		{"arrived", []string{"9999-01-01"}, true},
		{"computed", []string{"a text"}, false},
		{"offer", []string{"anything"}, false}, // attributed: no column
		{"age", []string{"3"}, true},           // in a repeat, set in the main table
	}
	for _, c := range cases {
		err := schema.NewRow().Set(Main, schema.version.Element(c.question), Given, c.values...)
		if (err != nil) != c.wrong {
			t.Errorf("%s %q: %v", c.question, c.values, err)
		}
	}
	if schema.Has(schema.version.Element("offer")) || schema.NewRow().Add(schema.version.Element("offers")) != Main {
		t.Error("attributed answers have columns")
	}
	if math.Float64bits(math.Copysign(0, -1)) == 0 || packed.NumberWord(math.Copysign(0, -1)) != packed.NumberWord(0) {
		t.Error("0 and −0 are two numbers")
	}
}

func FuzzDecode(f *testing.F) {
	schema := NewSchema(compiled(f, everyKind()))
	row := drawn{key: 7, children: "yes", school: "-", members: "3", arrived: "2011-05-15", ages: []int{1, 2}}
	seed := must(schema.Encode(nil, 1, []*Row{row.row(schema), row.row(schema)}, []uint64{9}))
	f.Add(seed)
	f.Fuzz(func(t *testing.T, data []byte) {
		sealed := packed.Seal(data) // else the check sum would turn nearly everything away
		for _, bytes := range [][]byte{data, sealed} {
			chunk, err := Decode(schema, bytes)
			if err != nil {
				continue
			}
			columns := NewColumns(schema)
			if err := columns.Apply(chunk); err != nil {
				t.Fatal(err)
			}
			NewSnapshot(schema, 5).Advance(columns)
			if _, err := Merge(schema, [][]byte{bytes}, MergeOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
