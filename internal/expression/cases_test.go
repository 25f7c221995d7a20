package expression

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"maps"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// update rewrites testdata/trees.json and modules.json, from which the phone's
// tests take the trees and what they need, so that they run without Go.
var update = flag.Bool("update", false, "rewrite testdata/trees.json and modules.json")

// sharedCases is testdata/cases.json; web/tests/expression.test.mjs reads it too.
type sharedCases struct {
	Cases  []valueCase `json:"cases"`
	Errors []errorCase `json:"errors"`
}

type valueCase struct {
	Expr string  `json:"expr"`
	Env  caseEnv `json:"env"`
	Want any     `json:"want"`
	Kind string  `json:"kind"`
	Why  string  `json:"why"`
}

type errorCase struct {
	Expr   string         `json:"expr"`
	Key    string         `json:"key"`
	Offset int            `json:"offset"`
	Params map[string]any `json:"params"`
	Why    string         `json:"why"`
}

type caseEnv struct {
	Values  map[string][]string `json:"values"`
	ItSelf  *string             `json:"self"`
	Columns map[string][]string `json:"columns"`
	Time    time.Time           `json:"now"`

	Data      *caseNode                      `json:"data"`      // the survey's answers
	At        []int                          `json:"at"`        // where the expression stands: a child of a child …
	Instances map[string][]map[string]string `json:"instances"` // items of lists
	Labels    map[string]map[string]string   `json:"labels"`    // of questions' choices
	Texts     map[string]string              `json:"texts"`     // by identifier
	Draws     []float64                      `json:"random"`    // what random() gives, in turn

	missing []string // what the expression asked for and the case does not give
}

func (e *caseEnv) Reference(name string) Value {
	if e.Data != nil {
		return valueOf(e.Find(name, e.Place()))
	}
	return e.nodes("${"+name+"}", e.Values, name)
}

func (e *caseEnv) Column(name string) Value { return e.nodes(name, e.Columns, name) }

func (e *caseEnv) Self() Value {
	if e.ItSelf == nil && e.At != nil {
		return Node(e.Place().Text())
	}
	if e.ItSelf == nil {
		e.missing = append(e.missing, ".")
		return Node("")
	}
	return Node(*e.ItSelf)
}

func (e *caseEnv) Now() time.Time {
	if e.Time.IsZero() {
		e.missing = append(e.missing, "now")
	}
	return e.Time
}

// nodes makes one node in the way hosts do, several as a list.
func (e *caseEnv) nodes(shown string, from map[string][]string, name string) Value {
	texts, ok := from[name]
	if !ok {
		e.missing = append(e.missing, shown)
	}
	if len(texts) == 1 {
		return Node(texts[0])
	}
	return Nodes(texts)
}

func readCases(t testing.TB) sharedCases {
	t.Helper()
	text, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases sharedCases
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

func TestCases(t *testing.T) {
	cases := readCases(t).Cases
	if len(cases) < 1162 {
		t.Fatalf("only %d cases", len(cases))
	}
	for _, c := range cases {
		if c.Why == "" {
			t.Errorf("%s: without a reason", c.Expr)
		}
		tree, err := Parse(c.Expr)
		if err != nil {
			t.Errorf("%s (%s): %v", c.Expr, c.Why, err)
			continue
		}
		got := tree.Evaluate(&c.Env)
		if !got.is(c.Kind, c.Want) {
			t.Errorf("%s (%s): got %s %q, want %s %v", c.Expr, c.Why, got.kindName(), got.Text(), c.Kind, c.Want)
		}
		if truth := tree.Truth(&c.Env); truth != got.Bool() {
			t.Errorf("%s: Truth is %v, the value as a boolean %v", c.Expr, truth, got.Bool())
		}
		if len(c.Env.missing) > 0 {
			t.Errorf("%s: the case does not give %v", c.Expr, c.Env.missing)
		}
	}
	t.Logf("%d cases", len(cases))
}

func (v Value) kindName() string {
	return [...]string{KindString: "string", KindNumber: "number", KindBool: "boolean", KindNodes: "nodes"}[v.kind]
}

// is compares with a wanted value as JSON knows it; NaN and the infinities are
// written as strings.
func (v Value) is(kind string, want any) bool {
	if v.kindName() != kind {
		return false
	}
	switch want := want.(type) {
	case float64:
		return v.kind == KindNumber && v.number == want
	case bool:
		return v.kind == KindBool && v.truth == want
	case string:
		if kind == "number" {
			return want == formatNumber(v.number) && (math.IsNaN(v.number) || math.IsInf(v.number, 0))
		}
		return v.text == want
	case []any:
		if v.count() != len(want) {
			return false
		}
		for i := range want {
			if v.node(i) != want[i] {
				return false
			}
		}
		return true
	}
	return false
}

func TestErrorCases(t *testing.T) {
	cases := readCases(t).Errors
	for _, c := range cases {
		tree, err := Parse(c.Expr)
		if err == nil {
			t.Errorf("%s (%s): parses to %s", c.Expr, c.Why, tree)
			continue
		}
		var refused *Error
		if !errors.As(err, &refused) {
			t.Errorf("%s: %T is no *Error", c.Expr, err)
			continue
		}
		if refused.Key != c.Key || refused.Offset != c.Offset {
			t.Errorf("%s (%s): got %v, want %s at byte %d", c.Expr, c.Why, err, c.Key, c.Offset)
		}
		if got := throughJSON(t, refused.Params); !reflect.DeepEqual(got, c.Params) && len(got)+len(c.Params) > 0 {
			t.Errorf("%s: params %v, want %v", c.Expr, got, c.Params)
		}
	}
	t.Logf("%d cases", len(cases))
}

func throughJSON(t *testing.T, params map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]any
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

// TestTrees keeps testdata/trees.json and modules.json current: one line for each
// expression, in the second only those that need a module.
func TestTrees(t *testing.T) {
	trees, modules := map[string]string{}, map[string]string{}
	for _, c := range readCases(t).Cases {
		tree, err := Parse(c.Expr)
		if err != nil {
			t.Errorf("%s: %v", c.Expr, err)
			continue
		}
		encoded, err := tree.MarshalJSON()
		if err != nil || !json.Valid(encoded) {
			t.Errorf("%s: %v in %s", c.Expr, err, encoded)
		}
		trees[c.Expr] = string(encoded)
		if needed := tree.Modules(); len(needed) > 0 {
			modules[c.Expr] = `["` + strings.Join(needed, `", "`) + `"]`
		}
	}
	upToDate(t, "testdata/trees.json", trees)
	upToDate(t, "testdata/modules.json", modules)
}

// upToDate compares a file with JSON by expression, or writes it.
func upToDate(t *testing.T, path string, byExpression map[string]string) {
	t.Helper()
	lines := []string{}
	for _, expr := range slices.Sorted(maps.Keys(byExpression)) {
		key, err := json.Marshal(expr)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(key)+": "+byExpression[expr])
	}
	want := "{\n" + strings.Join(lines, ",\n") + "\n}\n"
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not current: go test ./internal/expression -run TestTrees -update", path)
	}
}
