package export_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"bedarfslotse/internal/export"
	"bedarfslotse/internal/testinput"
)

// held is the most memory, in bytes, that was in use at any look: at reports of
// progress, and while the file is written.
type held struct {
	before, most, written uint64
}

func newHeld() *held {
	h := &held{}
	h.before = inUse()
	return h
}

// inUse leaves garbage out.
func inUse() uint64 {
	runtime.GC()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	return now.HeapAlloc
}

func (h *held) look(done, _ int) {
	if done%16384 == 0 {
		h.most = max(h.most, inUse())
	}
}

// Write throws a file away.
func (h *held) Write(content []byte) (int, error) {
	before := h.written
	if h.written += uint64(len(content)); before>>22 != h.written>>22 {
		h.most = max(h.most, inUse())
	}
	return len(content), nil
}

func (h *held) megabytes() float64 {
	return float64(max(h.most, h.before)-h.before) / (1 << 20)
}

// TestVolumeExports writes 100 000 responses × 40 questions in every format. It
// prints the times, of which those of the CSV are to be at most 3 s, and fails
// when more than 64 MB are held, which a workbook's buffers and, of microdata,
// four bytes a cell come near to; the rows themselves would be more.
func TestVolumeExports(t *testing.T) {
	testinput.Volume(t)
	v := manyColumns(t)
	began := time.Now()
	for _, err := range stored(t, v, benchRows) {
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("reading the %d responses from JSON alone: %v", benchRows, time.Since(began).Round(time.Millisecond))
	for _, format := range formats {
		for _, micro := range []bool{false, true} {
			memory := newHeld()
			output := export.Output{Format: format, Words: words(t), Progress: memory.look}
			began := time.Now()
			var rows int
			var err error
			if micro {
				var report export.MicrodataReport
				report, err = export.Microdata(context.Background(), memory, v, someAreas(t), stored(t, v, benchRows), export.MicrodataOptions{
					K: 5, Identifying: []string{"area", "language", "day", "duration"}, Rand: rand.New(rand.NewPCG(1, 1)), Output: output})
				rows = report.Rows
			} else {
				rows, err = export.Full(context.Background(), memory, v, stored(t, v, benchRows), export.FullOptions{Output: output})
			}
			t.Logf("%s, microdata %t: %v, %.1f MB written, %.0f MB held", format, micro, time.Since(began).Round(time.Millisecond),
				float64(memory.written)/1e6, memory.megabytes())
			if err != nil || rows != benchRows || memory.most == 0 {
				t.Fatal(rows, err)
			}
			if memory.megabytes() > 64 {
				t.Errorf("%s, microdata %t holds %.0f MB", format, micro, memory.megabytes())
			}
		}
	}
}
