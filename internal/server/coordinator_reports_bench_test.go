package server

import (
	"bytes"
	"context"
	"testing"

	"bedarfslotse/internal/report"
)

// BenchmarkReport builds a report of a wave that teachers answered, some seventy
// blocks, and writes it as DOCX. It has to stay below 3 s for 60 blocks.
func BenchmarkReport(b *testing.B) {
	d := newTestDesk(b)
	ctx := context.Background()
	d.answered(b, "town", "schools", 0)
	wave, err := d.db.Wave(ctx, "town")
	if err != nil {
		b.Fatal(err)
	}
	if err := d.db.ReleaseWave(ctx, "anna", wave); err != nil {
		b.Fatal(err)
	}
	if wave, err = d.db.Wave(ctx, "town"); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		document, err := d.BuildReport(ctx, wave, "de")
		if err != nil {
			b.Fatal(err)
		}
		var content bytes.Buffer
		if err := report.WriteDOCX(&content, document, d.config.Catalogue.Localizer("de")); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(document.Blocks)), "blocks")
		charts := 0
		for _, one := range document.Blocks {
			if one.Kind == report.ChartBlock {
				charts++
			}
		}
		b.ReportMetric(float64(charts), "charts")
	}
}
