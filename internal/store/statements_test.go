package store

import (
	"testing"

	"pgregory.net/rapid"
)

func TestPortionsAreFewPowersOfTwo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(0, 1000).Draw(t, "rows")
		sum := 0
		for i, size := range portions(rows, rowsPerInsert) {
			if size < 1 || size > rowsPerInsert || size&(size-1) != 0 {
				t.Fatalf("portion %d of %d rows is %d", i, rows, size)
			}
			sum += size
		}
		if sum != rows {
			t.Fatalf("portions of %d rows add up to %d", rows, sum)
		}
	})
}
