package expression_test

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/expression"
)

// TestRowsAreReadFromTheTree: what consists of comparisons is read as rows,
// however it is written, and what does not is left to who knows expressions.
func TestRowsAreReadFromTheTree(t *testing.T) {
	for source, want := range map[string]*expression.Rows{
		"${a}='x'": {Rows: []expression.Row{{Question: "a", Operator: "=", Value: "x", Literal: "text"}}},
		"selected(${a}, 'x') or not( selected(${b},\"y\") ) or . != ''": {Any: true, Rows: []expression.Row{
			{Question: "a", Operator: "selected", Value: "x", Literal: "text"}, {Question: "b", Operator: "not_selected", Value: "y", Literal: "text"},
			{Operator: "answered", Literal: "text"}}},
		". >= 0 and (. <= -2.5)":                  {Rows: []expression.Row{{Operator: ">=", Value: "0", Literal: "number"}, {Operator: "<=", Value: "-2.5", Literal: "number"}}},
		"${d} < date('2026-03-01')":               {Rows: []expression.Row{{Question: "d", Operator: "<", Value: "2026-03-01", Literal: "date"}}},
		"${a} = 'x' and ${b} = 'y' or ${c} = 'z'": nil,
		"5 < ${a}": nil, "${a} + 1 > 2": nil, "not(${a} = 'x')": nil, "true()": nil, "${a} = ${b}": nil, "${a} < ''": nil,
		"selected(${a}, ${b})": nil, "count-selected(.) > 1": nil, "'x' = 'x'": nil,
	} {
		tree, err := expression.Parse(source)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		rows, ok := tree.Rows()
		if ok != (want != nil) || ok && !reflect.DeepEqual(rows, *want) {
			t.Errorf("%s: %+v %v", source, rows, ok)
		}
	}
}

// TestRowsAreWrittenAndReadBack holds for whatever can be picked.
func TestRowsAreWrittenAndReadBack(t *testing.T) {
	value := rapid.OneOf(rapid.StringMatching(`[a-zäß ${}()]{1,6}`), rapid.SampledFrom([]string{"it's", `"x"`, "and", "12", "عربي"}))
	rapid.Check(t, func(t *rapid.T) {
		rows := expression.Rows{Any: rapid.Bool().Draw(t, "any")}
		for range rapid.IntRange(1, 5).Draw(t, "rows") {
			row := expression.Row{Question: rapid.SampledFrom([]string{"", "a", "b-1"}).Draw(t, "question"),
				Operator: rapid.SampledFrom(expression.Operators()).Draw(t, "operator"), Literal: expression.TextLiteral}
			switch {
			case !row.Operator.Compares():
			case row.Operator == expression.Selected || row.Operator == expression.NotSelected || rapid.Bool().Draw(t, "text"):
				row.Value = value.Draw(t, "value")
			case rapid.Bool().Draw(t, "date"):
				row.Value, row.Literal = "2026-03-01", expression.DateLiteral
			default:
				row.Value, row.Literal = rapid.SampledFrom([]string{"0", "-3", "2.5"}).Draw(t, "number"), expression.NumberLiteral
			}
			rows.Rows = append(rows.Rows, row)
		}
		if len(rows.Rows) == 1 {
			rows.Any = false // one comparison is neither
		}
		source, err := rows.Source()
		if err != nil {
			t.Fatal(err)
		}
		tree, err := expression.Parse(source)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		if got, ok := tree.Rows(); !ok || !reflect.DeepEqual(got, rows) {
			t.Fatalf("%s: %+v, not %+v", source, got, rows)
		}
	})
}

func TestRowsThatCannotBeWritten(t *testing.T) {
	for _, row := range []expression.Row{
		{Question: "a", Operator: "=", Value: `it's "so"`, Literal: "text"}, {Question: "a", Operator: ">", Value: "many", Literal: "number"},
		{Question: "a", Operator: "=", Literal: "text"}, {Question: "a", Operator: "~", Value: "1", Literal: "text"},
	} {
		if source, err := (expression.Rows{Rows: []expression.Row{row}}).Source(); err == nil {
			t.Errorf("%+v is %s", row, source)
		}
	}
}

func TestRename(t *testing.T) {
	for source, want := range map[string]string{
		"${a} = 'a' and  selected(${ a }, 'x')":     "${new} = 'a' and  selected(${ new }, 'x')",
		"jr:choice-name(${a}, '${a}')":              "jr:choice-name(${new}, '${new}')",
		"count(${child}[a > 1]) + ${a}":             "count(${child}[new > 1]) + ${new}",
		"${aa} = 'a'":                               "${aa} = 'a'",
		"instance('list')/root/item[name = ${a}]":   "instance('list')/root/item[name = ${new}]",
		"string-length(${a}) > 2 or ../a = '${aa}'": "string-length(${new}) > 2 or ../new = '${aa}'",
	} {
		if got, err := expression.Rename(source, "a", "new"); err != nil || got != want {
			t.Errorf("%s: %s %v, not %s", source, got, err, want)
		}
	}
	if _, err := expression.Rename("${a", "a", "b"); err == nil {
		t.Error("what cannot be read was renamed")
	}
}
