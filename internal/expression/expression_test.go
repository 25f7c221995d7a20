package expression

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func mustParse(t testing.TB, source string) *Tree {
	t.Helper()
	tree, err := Parse(source)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return tree
}

// TestPublishedForms parses what authors of published forms wrote.
func TestPublishedForms(t *testing.T) {
	text, err := os.ReadFile("testdata/published.json")
	if err != nil {
		t.Fatal(err)
	}
	var forms []struct {
		File        string
		Expressions []struct {
			Row                   int
			Column, Expr, Refused string
		}
	}
	if err := json.Unmarshal(text, &forms); err != nil {
		t.Fatal(err)
	}
	for _, form := range forms {
		for _, one := range form.Expressions {
			tree, err := Parse(one.Expr)
			var refused *Error
			switch {
			case errors.As(err, &refused) && refused.Key != one.Refused:
				t.Errorf("%s row %d, %s: %v in %q", form.File, one.Row, one.Column, err, one.Expr)
			case err == nil && one.Refused != "":
				t.Errorf("%s row %d, %s: parses, listed as %s", form.File, one.Row, one.Column, one.Refused)
			case err == nil && one.Column != "choice_filter" && len(tree.Columns()) > 0:
				t.Errorf("%s row %d, %s: bare names %v", form.File, one.Row, one.Column, tree.Columns())
			}
		}
		t.Logf("%s: %d expressions", form.File, len(form.Expressions))
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		source     string
		references string
		columns    string
		self       bool
	}{
		{"1 + 2", "", "", false},
		{"${b} = 1 or ${a} = 2 or ${b} = 3", "b a", "", false},
		{"if(${a}, ${b}, coalesce(${c}, ${a}))", "a b c", "", false},
		{"district = ${d} and kind != 'x' and district", "d", "district kind", false},
		{". > ${a}", "a", "", true},
		{"string-length() < 5", "", "", true},
		{"string-length(${a}) < 5", "a", "", false},
		{"number() > 1", "", "", true},
		{"'${a} .'", "", "", false},
		{"-(-a)", "", "a", false},
	} {
		tree := mustParse(t, c.source)
		if got := strings.Join(tree.References(), " "); got != c.references {
			t.Errorf("%s: references %q, want %q", c.source, got, c.references)
		}
		if got := strings.Join(tree.Columns(), " "); got != c.columns {
			t.Errorf("%s: columns %q, want %q", c.source, got, c.columns)
		}
		if tree.UsesSelf() != c.self {
			t.Errorf("%s: uses self %v, want %v", c.source, tree.UsesSelf(), c.self)
		}
		if tree.Source() != c.source {
			t.Errorf("%s: source %q", c.source, tree.Source())
		}
	}
	tree := mustParse(t, "${a} = ${b}")
	tree.References()[0] = "z"
	if got := tree.References(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("a caller changed the tree: %v", got)
	}
}

func TestString(t *testing.T) {
	for source, want := range map[string]string{
		" 1+2*3 ":                "1 + 2 * 3",
		"(1+2)*3":                "(1 + 2) * 3",
		"((1+2)+3)":              "1 + 2 + 3",
		"1-(2-3)":                "1 - (2 - 3)",
		"(1-2)+3":                "1 - 2 + 3",
		"-(1+2)":                 "-(1 + 2)",
		"-1*2":                   "-1 * 2",
		"--1":                    "--1",
		"(-a)-b":                 "-a - b",
		"(1=2)=3":                "1 = 2 = 3",
		"1=(2=3)":                "1 = (2 = 3)",
		"1 or (2 or 3)":          "1 or (2 or 3)",
		"1 and (2 or 3)":         "1 and (2 or 3)",
		"“it's”":                 `"it's"`,
		"‘a’":                    "'a'",
		"selected( ${ a } ,'x')": "selected(${a}, 'x')",
		"true()":                 "true()",
		".50":                    "0.5",
		"a div div div b":        "a div div div b",
	} {
		if got := mustParse(t, source).String(); got != want {
			t.Errorf("%s: printed %s, want %s", source, got, want)
		}
	}
}

func TestJSON(t *testing.T) {
	for source, want := range map[string]string{
		"${age} = 3":            `["=",["ref","age"],3]`,
		". != 'x'":              `["!=",["self"],"x"]`,
		"district = ${d}":       `["=",["col","district"],["ref","d"]]`,
		"1 + 2 + 3 - 4":         `["-",["+",1,2,3],4]`,
		"-1 div 2 mod 3":        `["mod",["div",["neg",1],2],3]`,
		"a or b and c":          `["or",["col","a"],["and",["col","b"],["col","c"]]]`,
		"not(today() < .)":      `["not",["\u003c",["today"],["self"]]]`,
		`regex(., '\d+')`:       `["regex",["self"],"^(?:[0-9]+)$","u"]`,
		"regex(., '(?i)a\tb')":  `["regex",["self"],"^(?:a\\u{9}b)$","iu"]`,
		"regex(., ${p})":        `["regex",["self"],["ref","p"]]`,
		"'</script>'":           `"\u003c/script\u003e"`,
		"100000000000000000000": `100000000000000000000`,
	} {
		got, err := json.Marshal(mustParse(t, source))
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", source, got, err, want)
		}
	}
}

func TestLimits(t *testing.T) {
	for name, c := range map[string]struct {
		source string
		key    string // "" when it must parse
		offset int
	}{
		"longest":           {strings.Repeat(" ", MaxLength-1) + "1", "", 0},
		"too long":          {strings.Repeat(" ", MaxLength) + "1", "expression.too_long", MaxLength},
		"deepest brackets":  {strings.Repeat("(", MaxDepth-1) + "1" + strings.Repeat(")", MaxDepth-1), "", 0},
		"too many brackets": {strings.Repeat("(", MaxDepth) + "1" + strings.Repeat(")", MaxDepth), "expression.too_deep", MaxDepth},
		"endless brackets":  {strings.Repeat("(", MaxLength), "expression.too_deep", MaxDepth},
		"endless calls":     {strings.Repeat("not(", MaxLength/4), "expression.too_deep", 4 * MaxDepth},
		"endless minus":     {strings.Repeat("-", MaxLength), "expression.too_deep", MaxDepth},
		"long sum":          {"1" + strings.Repeat("+1", MaxLength/2-1), "", 0},
		"long or":           {"a" + strings.Repeat(" or a", MaxLength/5-1), "", 0},
		"long mixed sum":    {"1" + strings.Repeat("+1-1", MaxDepth), "expression.too_deep", 2*MaxDepth - 1},
		"many comparisons":  {"1" + strings.Repeat("=1", MaxDepth), "expression.too_deep", 2*MaxDepth - 1},
		"broken UTF-8":      {"'ä\xff'", "expression.invalid_utf8", 3},
		"replacement sign":  {"'\ufffd'", "", 0},
		"long pattern":      {"regex(., '" + strings.Repeat("a", 1001) + "')", "expression.regex_too_long", 1010},
	} {
		tree, err := Parse(c.source)
		if c.key == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else {
				tree.Evaluate(&caseEnv{})
			}
			continue
		}
		var refused *Error
		if !errors.As(err, &refused) || refused.Key != c.key || refused.Offset != c.offset {
			t.Errorf("%s: got %v, want %s at byte %d", name, err, c.key, c.offset)
		}
	}
}

// TestConcurrent lets the race detector watch one tree, with its cache of
// computed patterns, evaluated from several goroutines.
func TestConcurrent(t *testing.T) {
	tree := mustParse(t, "regex(., ${p}) and selected(${m}, 'b')")
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			pattern, self := "[0-9]+", "12"
			if i%2 == 0 {
				pattern, self = "[a-z]+", "ab"
			}
			env := &caseEnv{ItSelf: &self, Values: map[string][]string{"p": {pattern}, "m": {"a b"}}}
			for range 200 {
				if !tree.Truth(env) {
					t.Errorf("%s does not fit %s", self, pattern)
					return
				}
			}
		})
	}
	group.Wait()
}

func TestValues(t *testing.T) {
	var zero Value
	if zero.Kind() != KindString || zero.Text() != "" || zero.Bool() {
		t.Errorf("the zero Value is %v", zero)
	}
	for _, c := range []struct {
		value Value
		kind  Kind
		text  string
		truth bool
	}{
		{Number(1), KindNumber, "1", true},
		{String("x"), KindString, "x", true},
		{Bool(false), KindBool, "false", false},
		{Node(""), KindNodes, "", false},
		{Nodes(nil), KindNodes, "", false},
		{Nodes([]string{"", "b"}), KindNodes, "", true},
	} {
		if c.value.Kind() != c.kind || c.value.Text() != c.text || c.value.Bool() != c.truth {
			t.Errorf("%v: kind %d, text %q, bool %v", c, c.value.Kind(), c.value.Text(), c.value.Bool())
		}
	}
}

// TestFunctionNames keeps the list of names and the functions together.
func TestFunctionNames(t *testing.T) {
	for name := range strings.FieldsSeq(workingFunctions) {
		if functionNamed(name) == nil {
			t.Errorf("%s() is listed and cannot be evaluated", name)
		}
	}
	for name := range strings.FieldsSeq(markupFunctions + declinedFunctions + nodeTests) {
		if functionNamed(name) != nil {
			t.Errorf("%s() can be evaluated and is listed as refused", name)
		}
	}
}

// TestError pins the text for logs.
func TestError(t *testing.T) {
	_, err := Parse("1 + frobnicate()")
	if want := "expression.unknown_function at byte 4 map[name:frobnicate]"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err = Parse(""); err == nil || err.Error() != "expression.empty at byte 0" {
		t.Errorf("got %v", err)
	}
}

var sink bool // keeps the compiler from dropping what benchmarks measure

// row is an Env as a host on the hot path has it: answers in a slice.
type row struct {
	names []string
	texts []string
	self  string
	now   time.Time
}

func (r *row) Reference(name string) Value {
	for i := range r.names {
		if r.names[i] == name {
			return Node(r.texts[i])
		}
	}
	return Node("")
}

func (r *row) Self() Value         { return Node(r.self) }
func (r *row) Column(string) Value { return Node("") }
func (r *row) Now() time.Time      { return r.now }

func (r *row) Place() Place                  { return nil }
func (r *row) Find(string, Place) []Place    { return nil }
func (r *row) Instance(string) Place         { return nil }
func (r *row) Label(_, choice string) string { return choice }
func (r *row) Text(id string) string         { return id }
func (r *row) Random() float64               { return 0.5 }

func BenchmarkTruth(b *testing.B) {
	env := &row{
		names: []string{"age", "kind", "water_sources", "born"},
		texts: []string{"34", "school", "piped tap borehole other", "1991-05-17"},
		self:  "name@stadt.example",
		now:   time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC),
	}
	for _, c := range []struct{ name, source string }{
		{"equal", "${kind} = 'school'"},
		{"range", "${age} > 17 and ${age} < 120"},
		{"selected", "selected(${water_sources}, 'other')"},
		{"exclusive", "not(selected(${water_sources},'dont_know') and count-selected(${water_sources})>1)"},
		{"or8", "selected(${water_sources},'a') or selected(${water_sources},'b') or selected(${water_sources},'c') or selected(${kind},'d') or selected(${kind},'e') or selected(${kind},'f') or selected(${kind},'g') or selected(${kind},'h')"},
		{"sum", "${age} < (${age} + ${age} * 2 - 1)"},
		{"date", "${born} <= '2026-03-01'"},
		{"today", "${born} <= today()"},
		{"regex", `regex(., '^[^@\s]+@[^@\s]+\.[^@\s]+$')`},
	} {
		b.Run(c.name, func(b *testing.B) {
			tree := mustParse(b, c.source)
			b.ReportAllocs()
			for b.Loop() {
				sink = tree.Truth(env)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		tree := mustParse(b, "(not(selected(., 'prefer_not_answer')) and not(selected(., 'dont_know'))) or count-selected(.) = 1")
		sink = tree.UsesSelf()
	}
}

// TestTruthAllocates holds the hot path to no allocation at all.
func TestTruthAllocates(t *testing.T) {
	env := &row{names: []string{"a", "m"}, texts: []string{"7", "x y z"}, self: "2026-01-02"}
	for _, source := range []string{
		"${a} = '7' and ${a} > 3", "selected(${m}, 'z') or count-selected(${m}) > 5", "not(${a} != 7)",
		". < '2026-03-01'", "string-length(.) < 20 and starts-with(., '20')", "coalesce(${x}, ${a}) = 7",
		`regex(., '\d{4}-\d\d-\d\d')`, "if(${a} = '', 1, ${a} * 2) = 14",
	} {
		tree := mustParse(t, source)
		if !tree.Truth(env) {
			t.Errorf("%s is false", source)
		}
		if got := testing.AllocsPerRun(100, func() { sink = tree.Truth(env) }); got != 0 {
			t.Errorf("%s: %v allocations", source, got)
		}
	}
}
