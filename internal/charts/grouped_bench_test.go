package charts_test

import (
	"context"
	"testing"

	"bedarfslotse/internal/charts"
)

// BenchmarkGrouped draws eight groups of seven choices: the chart and its
// picture.
func BenchmarkGrouped(b *testing.B) {
	drawer, localizer := renderer(b), words(b, "de")
	for _, e := range groupedExamples() {
		if e.lang != "de" || e.options != nil {
			continue
		}
		chart := e.build(localizer)
		b.Run(e.name+"/build", func(b *testing.B) {
			for b.Loop() {
				e.build(localizer)
			}
		})
		b.Run(e.name+"/draw", func(b *testing.B) {
			for b.Loop() {
				if _, err := drawer.SVG(context.Background(), chart, charts.Light); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(e.name+"/png", func(b *testing.B) {
			for b.Loop() {
				if _, err := drawer.PNG(context.Background(), chart, charts.Light, 2); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
