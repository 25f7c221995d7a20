// Package testoracle reads the values that an independent program computed and
// that tests compare with.
package testoracle

import (
	"encoding/csv"
	"os"
	"strconv"
	"testing"
)

// Case is one line of computed values.
type Case struct {
	Name   string
	Values []float64
}

// Read reads a CSV file with a header, a name in the first column and numbers in
// the others; lines may differ in length.
func Read(t *testing.T, path string) []Case {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	reader := csv.NewReader(file)
	reader.FieldsPerRecord = -1
	records, err := reader.ReadAll()
	if err != nil || len(records) < 2 {
		t.Fatalf("%s: %d lines, %v", path, len(records), err)
	}
	cases := make([]Case, 0, len(records))
	for _, record := range records[1:] {
		c := Case{Name: record[0]}
		for _, cell := range record[1:] {
			v, err := strconv.ParseFloat(cell, 64)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			c.Values = append(c.Values, v)
		}
		cases = append(cases, c)
	}
	return cases
}

// Near says whether two numbers differ by at most the relative error, or, near
// 0, by a thousandth of it.
func Near(got, want, relative float64) bool {
	difference, size := got-want, want
	if difference < 0 {
		difference = -difference
	}
	if size < 0 {
		size = -size
	}
	return difference <= relative*max(size, 1e-3)
}
