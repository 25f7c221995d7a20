package disclosure

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func values(list ...float64) []Value {
	var out []Value
	for _, v := range list { // rising
		if n := len(out); n > 0 && out[n-1].Value == v {
			out[n-1].Rows++
			out[n-1].Holders++
			continue
		}
		out = append(out, Value{v, 1, 1})
	}
	return out
}

func TestClasses(t *testing.T) {
	cases := map[string]struct {
		values []float64
		want   string // from, to, rows, below, above
	}{
		"ages": {[]float64{21, 22, 23, 24, 25, 31, 32, 33, 34, 35, 61, 62, 63, 64, 65},
			"[{20 39 10 false false} {40 59 0 false false} {60 79 5 false false}]"},
		"one far away": {[]float64{1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 9000}, "[{3 3 6 true false} {4 4 5 false true}]"},
		"all the same": {[]float64{7, 7, 7, 7, 7}, "[{7 7 5 false false}]"},
		"too few":      {[]float64{1, 2, 3, 4}, "[]"},
		"fractions": {[]float64{0.1, 0.2, 0.2, 0.3, 0.3, 0.4, 0.7, 0.8, 0.8, 0.9, 1, 1.1},
			"[{0.2 0.4 5 true false} {0.4 1 7 false true}]"},
		"none in between": {[]float64{-30, -30, -30, -30, -30, 500, 500, 500, 500, 500},
			"[{-200 -1 5 false false} {0 199 0 false false} {200 399 0 false false} {400 599 5 false false}]"},
		"beyond all bounds": {[]float64{-1e308, -1e308, -1e308, -1e308, -1e308, 1e308, 1e308, 1e308, 1e308, 1e308}, ""},
		"hardly apart":      {[]float64{0, 0, 0, 0, 0, 5e-324, 5e-324, 5e-324, 5e-324, 5e-324}, ""},
	}
	for name, c := range cases {
		classes, _ := Guard{K: 5}.Classes(values(c.values...), false, nil)
		if got := fmt.Sprint(classes); c.want != "" && got != c.want {
			t.Errorf("%s: %s\nwant %s", name, got, c.want)
		}
	}
}

func TestClassesHoldNobodyOrEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := Guard{K: rapid.IntRange(2, 8).Draw(t, "k")}
		repeated := rapid.Bool().Draw(t, "repeated")
		var list []Value
		at, holders := rapid.Float64Range(-1e6, 1e6).Draw(t, "first"), 0
		for range rapid.IntRange(1, 40).Draw(t, "distinct") {
			rows := rapid.IntRange(1, 6).Draw(t, "rows")
			held := rows
			if repeated {
				held = rapid.IntRange(1, rows).Draw(t, "holders")
			}
			list = append(list, Value{at, rows, held})
			holders += held
			at += rapid.Float64Range(0.001, 1000).Draw(t, "step")
		}
		classes, whole := g.Classes(list, repeated, nil)
		if holders < g.K {
			if len(classes) > 0 {
				t.Fatalf("%d respondents, classes %v", holders, classes)
			}
			return
		}
		rows, index := 0, 0
		for _, class := range classes {
			inside, most := 0, 0
			for index < len(list) && (list[index].Value < class.To || class.Above || whole && list[index].Value == class.To) {
				inside += list[index].Rows
				most = max(most, list[index].Holders)
				index++
			}
			if inside != class.Rows {
				t.Fatalf("class %+v holds %d rows", class, inside)
			}
			if !repeated && Guard.Small(g, inside) || repeated && len(classes) > 1 && inside > 0 && most < g.K {
				t.Fatalf("class %+v rests on too few", class)
			}
			rows += inside
		}
		total := 0
		for _, v := range list {
			total += v.Rows
		}
		if rows != total {
			t.Fatalf("classes hold %d of %d rows: %v of %v", rows, total, classes, list)
		}
	})
}

func TestDominated(t *testing.T) {
	cases := []struct {
		values []float64
		want   bool
	}{
		{[]float64{0, 0, 0, 0, 0}, false},
		{[]float64{1, 1, 1, 1, 1}, false},
		{[]float64{1, 2, 3, 200, 1000}, true}, // 6 < 100
		{[]float64{30, 30, 40, 200, 1000}, false},
		{[]float64{1, 1, 1, 500, 500}, true},
	}
	for _, c := range cases {
		if got := Dominated(values(c.values...)); got != c.want {
			t.Errorf("%v: %v", c.values, got)
		}
	}
}
