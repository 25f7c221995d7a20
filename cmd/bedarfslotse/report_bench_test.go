package main

import (
	"bytes"
	"context"
	"io"
	"testing"

	"bedarfslotse/internal/report"
)

// BenchmarkReport builds a report of all that schools were asked, some seventy
// blocks of which about fifty are charts, and writes it as DOCX. 60
// blocks may take 3 s on two idle cores.
func BenchmarkReport(b *testing.B) {
	ctx, path := context.Background(), sampled(b, 400)
	p := &program{stdout: io.Discard, stderr: b.Output(), env: func(string) string { return "" }}
	if exit := p.run(ctx, []string{"--help"}); exit != 0 {
		b.Fatal(exit)
	}
	db, err := database{DB: path}.open(ctx, p)
	if err != nil {
		b.Fatal(err)
	}
	defer p.close(db)
	wave, err := db.Wave(ctx, "schools-2025")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		document, err := p.report(ctx, db, &reportCommand{Lang: "de"}, wave)
		if err != nil {
			b.Fatal(err)
		}
		var content bytes.Buffer
		if err := report.WriteDOCX(&content, document, p.all.Localizer("de")); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(document.Blocks)), "blocks")
		b.ReportMetric(float64(content.Len()), "bytes")
	}
}
