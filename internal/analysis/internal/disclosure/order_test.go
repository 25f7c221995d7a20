package disclosure

import (
	"fmt"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// permutations lists the orders of n choices: order[place] is a choice.
func permutations(n int) [][]int {
	if n == 0 {
		return [][]int{{}}
	}
	var all [][]int
	for _, shorter := range permutations(n - 1) {
		for at := range n {
			order := append([]int(nil), shorter[:at]...)
			all = append(all, append(append(order, n-1), shorter[at:]...))
		}
	}
	return all
}

// placesOf counts by choice and place; given[i] respondents gave order i.
func placesOf(n int, orders [][]int, given []int) [][]int {
	places := make([][]int, n)
	for i := range places {
		places[i] = make([]int, n)
	}
	for i, order := range orders {
		for place, choice := range order {
			places[choice][place] += given[i]
		}
	}
	return places
}

// eachTable calls visit with every table of whole numbers whose rows and columns
// add up to base. Each of them is one of orders (Birkhoff).
func eachTable(n, base int, visit func([][]int)) {
	table, left := make([][]int, n), make([]int, n)
	zero, full := make([]int, n), make([]int, n)
	for i := range table {
		table[i], left[i], full[i] = make([]int, n), base, base
	}
	var fill func(row int)
	fill = func(row int) {
		if row == n-1 {
			copy(table[row], left)
			visit(table)
			return
		}
		compositions(zero, append([]int(nil), left...), base, func(cells []int) bool {
			copy(table[row], cells)
			for i := range left {
				left[i] -= table[row][i]
			}
			fill(row + 1)
			for i := range left {
				left[i] += table[row][i]
			}
			return true
		})
	}
	fill(0)
}

// attackHiddenOrder tries, where not all places are shown, all tables that agree
// with the base, with the first places shown, and with not all being shown. It
// returns a cell that is known to hold 1 to k−1.
func attackHiddenOrder(g Guard, base int, places [][]int) string {
	first, all := g.Order(Orders{Base: base, Places: places}, nil)
	if all {
		return ""
	}
	n := len(places)
	most := make([][]int, n)
	for i := range most {
		most[i] = make([]int, n)
	}
	eachTable(n, base, func(table [][]int) {
		for i, row := range table {
			if !first.Whole && (!first.Hidden[i] && row[0] != places[i][0] || first.Hidden[i] && row[0] == 0) {
				return
			}
		}
		if _, shown := g.Order(Orders{Base: base, Places: table}, nil); shown {
			return
		}
		for i, row := range table {
			for place, count := range row {
				most[i][place] = max(most[i][place], count)
			}
		}
	})
	for i, row := range places {
		for place, count := range row {
			if g.Small(count) && most[i][place] < g.K {
				return fmt.Sprintf("k %d, base %d, %v: choice %d at place %d is at most %d", g.K, base, places, i, place, most[i][place])
			}
		}
	}
	return ""
}

func drawOrders(t *rapid.T, orders [][]int, most int) []int {
	given := make([]int, len(orders))
	for range rapid.IntRange(1, len(orders)).Draw(t, "different") {
		given[rapid.IntRange(0, len(orders)-1).Draw(t, "order")] += rapid.IntRange(1, most).Draw(t, "given")
	}
	return given
}

func TestHiddenOrdersWithstand(t *testing.T) {
	for n, most := range map[int]int{2: 6, 3: 4} {
		orders := permutations(n)
		rapid.Check(t, func(t *rapid.T) {
			g := Guard{K: rapid.IntRange(2, 5).Draw(t, "k")}
			given := drawOrders(t, orders, most)
			if sum(given) < g.K {
				t.Skip("fewer than k: nothing is shown")
			}
			if leak := attackHiddenOrder(g, sum(given), placesOf(n, orders, given)); leak != "" {
				t.Fatal(leak)
			}
		})
	}
}

// rank is the rank of a matrix over the rational numbers.
func rank(rows [][]int64) int {
	matrix := make([][]*big.Rat, len(rows))
	for i, row := range rows {
		for _, cell := range row {
			matrix[i] = append(matrix[i], new(big.Rat).SetInt64(cell))
		}
	}
	rank := 0
	for column := 0; len(matrix) > 0 && column < len(matrix[0]) && rank < len(matrix); column++ {
		pivot := rank
		for pivot < len(matrix) && matrix[pivot][column].Sign() == 0 {
			pivot++
		}
		if pivot == len(matrix) {
			continue
		}
		matrix[rank], matrix[pivot] = matrix[pivot], matrix[rank]
		for i := rank + 1; i < len(matrix); i++ {
			factor := new(big.Rat).Quo(matrix[i][column], matrix[rank][column])
			for at := column; at < len(matrix[i]); at++ {
				matrix[i][at].Sub(matrix[i][at], new(big.Rat).Mul(factor, matrix[rank][at]))
			}
		}
		rank++
	}
	return rank
}

// attackSpan looks for a set of 1 to k−1 respondents, by the orders they gave,
// whose number is a sum or difference of what is shown: the base and, where
// hidden says nothing else, the counts by choice and place. Zeros shown rule
// orders out.
func attackSpan(g Guard, n int, orders [][]int, given []int, hidden func(choice, place int) bool) string {
	places := placesOf(n, orders, given)
	var allowed []int
	for i, order := range orders {
		possible := true
		for place, choice := range order {
			possible = possible && (hidden(choice, place) || places[choice][place] > 0)
		}
		if possible {
			allowed = append(allowed, i)
		}
	}
	known := [][]int64{make([]int64, len(allowed))}
	for at := range allowed {
		known[0][at] = 1
	}
	for choice := range n {
		for place := range n {
			if hidden(choice, place) {
				continue
			}
			row := make([]int64, len(allowed))
			for at, i := range allowed {
				if orders[i][place] == choice {
					row[at] = 1
				}
			}
			known = append(known, row)
		}
	}
	before := rank(known)
	for set := 1; set < 1<<len(allowed); set++ {
		row, count := make([]int64, len(allowed)), 0
		for at, i := range allowed {
			if set>>at&1 == 1 {
				row[at] = 1
				count += given[i]
			}
		}
		if g.Small(count) && rank(append(known[:len(known):len(known)], row)) == before {
			return fmt.Sprintf("k %d, given %v: %d orders %b are made out", g.K, given, count, set)
		}
	}
	return ""
}

func TestShownOrdersWithstand(t *testing.T) {
	for _, n := range []int{2, 3, 4} {
		orders, shown := permutations(n), 0
		rapid.Check(t, func(t *rapid.T) {
			g := Guard{K: rapid.IntRange(2, 5).Draw(t, "k")}
			given := make([]int, len(orders))
			for range rapid.IntRange(1, 5).Draw(t, "different") {
				given[rapid.IntRange(0, len(orders)-1).Draw(t, "order")] += rapid.IntRange(1, 9).Draw(t, "given")
			}
			places := placesOf(n, orders, given)
			_, all := g.Order(Orders{Base: sum(given), Places: places}, nil)
			if !all {
				return
			}
			shown++
			if leak := attackSpan(g, n, orders, given, func(int, int) bool { return false }); leak != "" {
				t.Fatal(leak)
			}
		})
		if shown < 20 {
			t.Errorf("only %d tables of %d choices were shown", shown, n)
		}
	}
}

// TestOrdersFallWithoutTheRule shows that the attacks above can succeed: when
// all is shown, and when only the small cells are hidden.
func TestOrdersFallWithoutTheRule(t *testing.T) {
	g, orders := Guard{K: 5}, permutations(3)
	given := []int{7, 9, 3, 8, 0, 6}
	places := placesOf(3, orders, given)
	if _, all := g.Order(Orders{Base: sum(given), Places: places}, nil); !all {
		t.Fatalf("%v is not shown", places)
	}
	given[2], given[1] = 0, 2
	places = placesOf(3, orders, given)
	if attackSpan(g, 3, orders, given, func(int, int) bool { return false }) == "" {
		t.Error("the whole table withstood the attack")
	}
	if attackSpan(g, 3, orders, given, func(c, p int) bool { return g.Small(places[c][p]) }) == "" {
		t.Error("hiding the small cells alone withstood the attack")
	}
}

// attackLaterOrder knows all places of an earlier table and what is shown of a
// later one, in which every count is at least as high.
func attackLaterOrder(g Guard, base int, before, after [][]int, told bool) string {
	first, all := g.Order(Orders{Base: base, Places: after, Told: told}, nil)
	if all {
		return ""
	}
	most := placesOf(len(after), nil, nil)
	eachTable(len(after), base, func(table [][]int) {
		for i, row := range table {
			for place, count := range row {
				if count < before[i][place] || place == 0 && !first.Whole && !first.Hidden[i] && count != after[i][0] {
					return
				}
			}
		}
		for i, row := range table {
			for place, count := range row {
				most[i][place] = max(most[i][place], count)
			}
		}
	})
	for i, row := range after {
		for place, count := range row {
			if g.Small(count) && most[i][place] < g.K {
				return fmt.Sprintf("k %d, %v then %v: choice %d at place %d is at most %d", g.K, before, after, i, place, most[i][place])
			}
		}
	}
	return ""
}

func TestLaterOrdersWithstand(t *testing.T) {
	orders, leaks, tried := permutations(3), 0, 0
	rapid.Check(t, func(t *rapid.T) {
		g := Guard{K: rapid.IntRange(2, 3).Draw(t, "k")}
		given := make([]int, len(orders))
		for range rapid.IntRange(2, 4).Draw(t, "different") {
			given[rapid.IntRange(0, len(orders)-1).Draw(t, "order")] += g.K + rapid.IntRange(0, 1).Draw(t, "given")
		}
		before := placesOf(3, orders, given)
		if _, all := g.Order(Orders{Base: sum(given), Places: before}, nil); !all {
			t.Skip("not shown")
		}
		for range rapid.IntRange(g.K, g.K+2).Draw(t, "more") {
			given[rapid.IntRange(0, len(orders)-1).Draw(t, "order")]++
		}
		after := placesOf(3, orders, given)
		if leak := attackLaterOrder(g, sum(given), before, after, true); leak != "" {
			t.Fatal(leak)
		}
		tried++
		if attackLaterOrder(g, sum(given), before, after, false) != "" {
			leaks++
		}
	})
	if leaks == 0 {
		t.Errorf("of %d later tables none would have told too much without regard to the one before", tried)
	}
}
