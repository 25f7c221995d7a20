package tabular

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math"
)

// sampleBytes is how much of a text is looked at before it is read, and the
// size of the buffers.
const sampleBytes = 64 << 10

// detectSeparator finds the sign between cells from the start of a text: the
// one that splits most lines into equally many cells, more than one of them,
// the header among them. Quotation marks count: "a,b";"c" has no comma to split
// at, and a sign after which quoted cells come out broken is the wrong one. A
// text that no sign splits has one column, for which the comma does as well as
// any: then split is false.
func detectSeparator(sample []byte) (best byte, split bool) {
	best = ','
	highest := 0.0
	for _, candidate := range []byte{',', ';', '\t', '|'} {
		if score := separatorScore(sample, candidate); score > highest {
			best, highest = candidate, score
		}
	}
	return best, highest > 0
}

// separatorScore is higher the better a sign splits the sample, 0 when it does
// not. The share of rows with the commonest width counts squared, the width by
// its logarithm: regularity says more than many columns.
func separatorScore(sample []byte, separator byte) float64 {
	scanner := newScanner(bufio.NewReader(bytes.NewReader(sample)), separator, 1, nil)
	widths := make(map[int]int)
	header, rows, last := 0, 0, 0
	for {
		row, err := scanner.next()
		if errors.Is(err, errTooManyColumns) {
			return 0
		}
		if err != nil {
			// A sample may end inside quotation marks: judge what came before.
			if !errors.Is(err, io.EOF) && rows < 2 && len(sample) < sampleBytes {
				return 0
			}
			break
		}
		rows, last = rows+1, len(row.Cells)
		if rows == 1 {
			header = last
		}
		widths[last]++
	}
	if rows > 2 && len(sample) >= sampleBytes {
		widths[last]-- // the sample may end inside its last row
		rows--
	}
	common, count := 0, 0
	for width, n := range widths {
		if n > count || n == count && width > common {
			common, count = width, n
		}
	}
	if header < 2 || common < 2 {
		return 0
	}
	share := float64(count) / float64(rows)
	broken := min(1, float64(scanner.strays)/float64(rows))
	return share * share * math.Log2(float64(common)) * (1 - broken)
}
