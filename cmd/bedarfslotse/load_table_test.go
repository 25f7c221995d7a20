package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Between these lines of the document the figures of load, and what came of the
// soak, are written anew.
const (
	loadBegin = "<!-- load: begin (written by `make load`) -->"
	loadEnd   = "<!-- load: end -->"
	soakBegin = "<!-- soak: begin (written by `make load`) -->"
	soakEnd   = "<!-- soak: end -->"
)

// loadTable is what the tests of load found.
var loadTable loadFigures

type loadFigures struct {
	mu    sync.Mutex
	rows  []loadRow
	facts map[string]map[string]float64 // by what they are about
	soaks []string
}

func (f *loadFigures) enter(row loadRow) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rows = append(f.rows, row)
}

func (f *loadFigures) set(name string, values map[string]float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.facts == nil {
		f.facts = map[string]map[string]float64{}
	}
	f.facts[name] = values
}

// soaked keeps what came of a long run.
func (f *loadFigures) soaked(rate float64, r *benchReport, others map[string]int, early, late heapSize, most int) {
	did := make([]string, 0, len(others))
	for _, name := range slices.Sorted(maps.Keys(others)) {
		did = append(did, fmt.Sprintf("%d %s", others[name], name))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.soaks = append(f.soaks, fmt.Sprintf("- **Soak**: %.0f respondents a second for %.0f minutes, with %s meanwhile: %d came, %d stored, %d errors; "+
		"half waited up to %.1f ms, 99 %% up to %.1f ms, the longest %.0f ms. Memory in use without the columns %.1f MB before and %.1f MB after it, "+
		"the columns %.1f MB and %.1f MB (%.0f bytes an answer); %d MB of the machine's memory at most.\n",
		rate, r.Seconds/60, strings.Join(did, ", "), r.Came, r.Stored, r.Came-r.Stored, r.Millis["p50"], r.Millis["p99"], r.Millis["max"],
		early.rest()/1e6, late.rest()/1e6, early.columns/1e6, late.columns/1e6, late.columns/float64(max(r.Stored, 1)), most>>20))
}

// text is all of it as Markdown.
func (f *loadFigures) text() string {
	var b strings.Builder
	if figures := f.facts["throughput"]; figures != nil {
		fmt.Fprintf(&b, "- **Throughput** of 32 phones that send as fast as they can: %.0f answers a second; a handler that only decodes and stores "+
			"in groups %.0f, the ratio in the same seconds %.2f; one that only decodes %.0f.\n", figures["complete/s"], figures["commit/s"], figures["complete:commit"], figures["decode/s"])
	}
	if figures := f.facts["start"]; figures != nil {
		fmt.Fprintf(&b, "- **Start** with 1 000 000 answers: ready after %.2f s.\n", figures["seconds"])
	}
	if before, after, rested := f.facts["before"], f.facts["after"], f.facts["rested"]; before != nil && after != nil && rested != nil {
		fmt.Fprintf(&b, "- **Idle memory** with the demonstration's answers: %.0f MB before the first chart, %.0f MB of them the program's own and the others "+
			"parts of its file, which the system takes back when it needs them; %.0f MB after the first chart, %.0f MB of them its own; "+
			"a minute later %.0f MB, %.0f MB of them its own.\n",
			before["own"]+before["file"], before["own"], after["own"]+after["file"], after["own"], rested["own"]+rested["file"], rested["own"])
	}
	b.WriteString("\n" + f.sizing())
	return b.String()
}

// sizing is the table of runs of `bench`.
func (f *loadFigures) sizing() string {
	var b strings.Builder
	b.WriteString("| database | cores | respondents a second | each opens the form | stored | median | 99 % | longest | cores busy | memory |\n" +
		"| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	rows := slices.Clone(f.rows)
	slices.SortStableFunc(rows, func(a, b loadRow) int {
		return cmp.Or(-cmp.Compare(a.engine, b.engine), cmp.Compare(a.cores, b.cores), cmp.Compare(a.report.Rate, b.report.Rate))
	})
	for _, row := range rows {
		pages := map[bool]string{true: "yes", false: "no"}[row.pages]
		r := row.report
		fmt.Fprintf(&b, "| %s | %d | %.0f | %s | %d of %d | %.1f ms | %.1f ms | %.0f ms | %.2f | %d MB |\n", row.engine, row.cores, r.Rate, pages, r.Stored, r.Came,
			r.Millis["p50"], r.Millis["p99"], r.Millis["max"], row.busy, row.memory>>20)
	}
	return b.String()
}
