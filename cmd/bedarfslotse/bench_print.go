package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"bedarfslotse/internal/failure"
)

// print writes the report, and fails when not everybody who came was stored.
func (r *benchReport) print(p *program, format string) error {
	if format == "json" {
		printed := json.NewEncoder(p.stdout)
		printed.SetIndent("", "  ")
		if err := printed.Encode(r); err != nil {
			return err
		}
	} else {
		r.inWords(p)
	}
	if r.Stored < r.Came {
		return failure.New(failure.Unavailable, "bench.not_all", "stored", r.Stored, "came", r.Came)
	}
	return nil
}

func (r *benchReport) inWords(p *program) {
	number := func(value float64, decimals int) string { return p.words.Number(value, decimals) }
	fmt.Fprintln(p.stdout, p.words.T("bench.came", "came", number(float64(r.Came), 0), "seconds", number(r.Seconds, 1), "rate", number(r.Rate, 1)))
	fmt.Fprintln(p.stdout, p.words.T("bench.stored", "stored", number(float64(r.Stored), 0), "achieved", number(r.Achieved, 1)))
	if r.Turned > 0 {
		fmt.Fprintln(p.stdout, p.words.T("bench.turned", "count", number(float64(r.Turned), 0)))
	}
	for _, status := range slices.Sorted(maps.Keys(r.Statuses)) {
		fmt.Fprintln(p.stdout, p.words.T("bench.status", "status", status, "count", number(float64(r.Statuses[status]), 0)))
	}
	if r.Statuses[strconv.Itoa(http.StatusTooManyRequests)] > 0 { // all of them come from one address
		fmt.Fprintln(p.stdout, p.words.T("bench.limited"))
	}
	for _, reason := range slices.Sorted(maps.Keys(r.Failed)) {
		fmt.Fprintln(p.stdout, p.words.T("bench.failed", "reason", reason, "count", number(float64(r.Failed[reason]), 0)))
	}
	table := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', tabwriter.AlignRight)
	for _, name := range []string{"p50", "p90", "p99", "p99.9", "max"} {
		if value, is := r.Millis[name]; is {
			fmt.Fprintf(table, "%s\t%s ms\t\n", name, number(value, 2))
		}
	}
	most := 1
	for _, one := range r.Buckets {
		most = max(most, one.Count)
	}
	for _, one := range r.Buckets {
		fmt.Fprintf(table, "≤ %s ms\t%s\t %s\n", number(one.UpTo, 2), number(float64(one.Count), 0), strings.Repeat("▇", (40*one.Count+most-1)/most))
	}
	_ = table.Flush()
}
