package analysis

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/survey"
)

// arrival is a respondent in the snapshot tests: which questions they answered.
type arrival struct {
	key      uint64
	change   uint64
	imported uint32
	answered map[string]bool // children, importance, state
}

// fieldwork is a wave that a test drives.
type fieldwork struct {
	t        *rapid.T
	schema   *Schema
	columns  *Columns
	snapshot *Snapshot
	k        int
	present  map[uint64]arrival
	next     uint64
	key      uint64
	imports  uint32
	// Shown is, by unit, the keys of the respondents that its table counts.
	shown map[string]map[uint64]bool
}

func (f *fieldwork) commit(n int, imported uint32) {
	var rows []*Row
	for range n {
		f.key++
		a := arrival{key: f.key, change: f.next + uint64(len(rows)), imported: imported, answered: map[string]bool{}}
		row := f.schema.NewRow()
		row.Key, row.Import = a.key, imported
		for _, name := range []string{"children", "importance", "state"} {
			if rapid.IntRange(0, 3).Draw(f.t, name) == 0 {
				continue
			}
			a.answered[name] = true
			choice := map[string][]string{"children": {"yes", "no"}, "importance": {"s1", "s4"}, "state": {"s2", "s5"}}[name]
			if err := row.Set(Main, f.schema.version.Element(name), Given, rapid.SampledFrom(choice).Draw(f.t, "answer")); err != nil {
				f.t.Fatal(err)
			}
		}
		f.present[a.key] = a
		rows = append(rows, row)
	}
	f.load(must(f.schema.Encode(nil, f.next, rows, nil)))
	f.next += uint64(n)
}

// withdraw takes k or more respondents out, as the store hands them over.
func (f *fieldwork) withdraw(n int) {
	keys := slices.Sorted(maps.Keys(f.present))
	if len(keys) < n {
		return
	}
	gone := rapid.SliceOfNDistinct(rapid.SampledFrom(keys), n, n, rapid.ID[uint64]).Draw(f.t, "gone")
	f.load(must(f.schema.Encode(nil, f.next, nil, gone)))
	f.next += uint64(n)
	for _, key := range gone {
		delete(f.present, key)
	}
}

func (f *fieldwork) load(chunk []byte) {
	if err := f.columns.Load(chunk); err != nil {
		f.t.Fatal(err)
	}
}

// inBase are the respondents that a unit's tables would count at these limits.
func (f *fieldwork) inBase(unit string, online, imported uint64) map[uint64]bool {
	keys := map[uint64]bool{}
	for key, a := range f.present {
		inside := a.change <= online
		if a.imported > 0 {
			inside = a.change <= imported
		}
		counts := unit == "all" || unit == "children" && a.answered["children"] ||
			unit == "pair" && a.answered["importance"] && a.answered["state"]
		if inside && counts {
			keys[key] = true
		}
	}
	return keys
}

// units are the state of a snapshot by the names that the tests use.
func (f *fieldwork) units(s *Snapshot) map[string]storedUnit {
	out := map[string]storedUnit{"all": s.tables.All}
	for i, unit := range f.schema.units {
		switch unit[0].element.Name {
		case "children":
			out["children"] = s.tables.Units[i]
		case "importance":
			out["pair"] = s.tables.Units[i]
		}
	}
	return out
}

// advance moves the snapshot on and checks every step.
func (f *fieldwork) advance() {
	before := f.units(f.snapshot)
	next, changed := f.snapshot.Advance(f.columns)
	if again, _ := f.snapshot.Advance(f.columns); changed && fmt.Sprint(must(again.MarshalBinary())) != fmt.Sprint(must(next.MarshalBinary())) {
		f.t.Fatal("the same columns and snapshot give another")
	}
	f.snapshot = must(ReadSnapshot(f.schema, must(next.MarshalBinary())))
	for name, unit := range f.units(f.snapshot) {
		old := before[name]
		if unit.Limit.Online < old.Limit.Online || unit.Limit.Import < old.Limit.Import {
			f.t.Fatalf("%s moved backwards", name)
		}
		if unit.Limit == old.Limit && unit.Removed == old.Removed && unit.shown() == old.shown() {
			continue
		}
		now := f.inBase(name, uint64(unit.Limit.Online), uint64(unit.Limit.Import))
		f.step(name, f.shown[name], now)
		f.shown[name] = now
		if unit.shown() != len(now) && !(len(now) < f.k && unit.shown() == 0) {
			f.t.Fatalf("%s shows %d, counts %d", name, unit.shown(), len(now))
		}
		f.lag(name, unit, old)
	}
}

// step checks that two tables shown one after the other differ by 0 or at least
// k answers.
func (f *fieldwork) step(name string, before, now map[uint64]bool) {
	different := 0
	for key := range before {
		if !now[key] {
			different++
		}
	}
	for key := range now {
		if !before[key] {
			different++
		}
	}
	if 0 < different && different < f.k {
		f.t.Fatalf("%s moved by %d answers", name, different)
	}
}

// lag checks that a step by online answers left the latest k out.
func (f *fieldwork) lag(name string, unit, old storedUnit) {
	if unit.Limit.Online == old.Limit.Online {
		return
	}
	all, inside := f.inBase(name, ^uint64(0), 0), f.inBase(name, uint64(unit.Limit.Online), 0)
	if len(all)-len(inside) != f.k {
		f.t.Fatalf("%s leaves out %d online answers", name, len(all)-len(inside))
	}
}

func newFieldwork(t *rapid.T, schema *Schema) *fieldwork {
	f := &fieldwork{t: t, schema: schema, columns: NewColumns(schema), next: 1,
		k: rapid.IntRange(2, 6).Draw(t, "k"), present: map[uint64]arrival{}, shown: map[string]map[uint64]bool{}}
	f.snapshot = NewSnapshot(schema, f.k)
	return f
}

func (f *fieldwork) event() {
	switch rapid.IntRange(0, 5).Draw(f.t, "event") {
	case 0:
		f.imports++
		f.commit(rapid.IntRange(1, 12).Draw(f.t, "imported"), f.imports)
	case 1:
		f.withdraw(rapid.IntRange(f.k, f.k+2).Draw(f.t, "withdrawn"))
	default:
		f.commit(rapid.IntRange(1, 5).Draw(f.t, "arrived"), 0)
	}
}

// TestSnapshotMovesByNoneOrK drives random waves and compares every two tables
// shown one after the other, the release at the end included.
func TestSnapshotMovesByNoneOrK(t *testing.T) {
	schema := NewSchema(compiled(t, everyKind()))
	rapid.Check(t, func(t *rapid.T) {
		f := newFieldwork(t, schema)
		for range rapid.IntRange(1, 25).Draw(t, "events") {
			f.event()
			f.advance()
		}
		release := must(ReadRelease(schema, must(Close(f.columns, f.snapshot, nil, Breakdown{}).MarshalBinary())))
		for name, unit := range f.units(&Snapshot{release.tables}) {
			if unit.Limit == f.units(f.snapshot)[name].Limit {
				continue // the table shown before stands
			}
			now := f.inBase(name, ^uint64(0), ^uint64(0))
			if len(f.shown[name]) >= f.k {
				f.step(name, f.shown[name], now)
			}
			if unit.shown() != len(now) && len(now) >= f.k {
				t.Fatalf("%s: the release shows %d of %d", name, unit.shown(), len(now))
			}
		}
	})
}

// TestSnapshotSteps is the rule of METHODS 5.4 by hand, with k = 5.
func TestSnapshotSteps(t *testing.T) {
	schema := NewSchema(compiled(t, everyKind()))
	columns, snapshot := NewColumns(schema), NewSnapshot(schema, 5)
	next := uint64(1)
	arrive := func(n int, imported uint32) {
		var rows []*Row
		for i := range n {
			row := schema.NewRow()
			row.Key, row.Import = next+uint64(i), imported
			set(t, row, "children", []string{"yes", "no"}[i%2])
			rows = append(rows, row)
		}
		if err := columns.Load(must(schema.Encode(nil, next, rows, nil))); err != nil {
			t.Fatal(err)
		}
		next += uint64(n)
	}
	steps := []struct {
		online, imported int
		want             any
	}{
		{9, 0, "hidden"}, // 4 beside the 5 left out
		{1, 0, 5}, {4, 0, 5}, {1, 0, 10},
		{0, 3, 10}, // a file of three waits
		{0, 2, 15}, // two more: five imported
		{0, 6, 21}, {4, 0, 21}, {1, 0, 26},
	}
	for i, step := range steps {
		if step.online > 0 {
			arrive(step.online, 0)
		}
		if step.imported > 0 {
			arrive(step.imported, uint32(i+1))
		}
		snapshot, _ = snapshot.Advance(columns)
		results := snapshot.Results(Options{})
		if got := value(results.N); fmt.Sprint(got) != fmt.Sprint(step.want) {
			t.Errorf("step %d: n is %v, want %v", i, got, step.want)
		}
		if got := figureOf(t, results, "children").Base; fmt.Sprint(value(got)) != fmt.Sprint(step.want) {
			t.Errorf("step %d: base is %v, want %v", i, value(got), step.want)
		}
	}
	release := Close(columns, snapshot, nil, Breakdown{})
	if got := release.Results(Options{}); got.N == nil || *got.N != 31 || got.Open {
		t.Errorf("the release has n = %v", value(got.N))
	}
}

// TestReleaseKeepsWhatDiffersByFew: three more imported answers than the
// snapshot shows are too few to show the difference.
func TestReleaseKeepsWhatDiffersByFew(t *testing.T) {
	schema := NewSchema(compiled(t, everyKind()))
	columns := NewColumns(schema)
	add := func(first uint64, n int, imported uint32) {
		var rows []*Row
		for i := range n {
			row := schema.NewRow()
			row.Key, row.Import = first+uint64(i), imported
			set(t, row, "children", []string{"yes", "no"}[i%2])
			rows = append(rows, row)
		}
		if err := columns.Load(must(schema.Encode(nil, first, rows, nil))); err != nil {
			t.Fatal(err)
		}
	}
	add(1, 20, 1)
	snapshot, _ := NewSnapshot(schema, 5).Advance(columns)
	add(21, 3, 2)
	if got := Close(columns, snapshot, nil, Breakdown{}).Results(Options{}); *got.N != 20 || *figureOf(t, got, "children").Base != 20 {
		t.Errorf("n = %d, base %v", *got.N, value(figureOf(t, got, "children").Base))
	}
	add(24, 2, 3)
	if got := Close(columns, snapshot, nil, Breakdown{}).Results(Options{}); *got.N != 25 {
		t.Errorf("n = %d, want all 25", *got.N)
	}
}

func TestStoredTablesRefuse(t *testing.T) {
	schema := NewSchema(compiled(t, everyKind()))
	other := everyKind()
	other.Nodes = slices.DeleteFunc(other.Nodes, func(n *survey.Node) bool { return n.Name == "village" })
	written := must(NewSnapshot(schema, 5).MarshalBinary())
	if _, err := ReadSnapshot(NewSchema(compiled(t, other)), written); !errors.Is(err, ErrOtherSchema) {
		t.Errorf("another survey's snapshot: %v", err)
	}
	for _, damaged := range []string{"", "{}", "null", `{"format":1,"fingerprint":"` + schema.Fingerprint() + `","k":5}`} {
		if _, err := ReadRelease(schema, []byte(damaged)); err == nil {
			t.Errorf("%q is read as a release", damaged)
		}
	}
}
