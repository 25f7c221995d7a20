package charts_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"bedarfslotse/internal/charts"
)

// TestGroupedPictures draws every layout in both directions and themes. With
// CHARTS_LOOK set to a folder it leaves the pictures there, to be looked at.
func TestGroupedPictures(t *testing.T) {
	drawer := renderer(t)
	for _, e := range groupedExamples() {
		t.Run(e.name, func(t *testing.T) {
			chart := e.build(words(t, e.lang), e.options...)
			if !chart.Drawn() {
				t.Fatal("nothing is drawn")
			}
			for _, theme := range []charts.Theme{charts.Light, charts.Dark} {
				picture, err := drawer.SVG(context.Background(), chart, theme)
				if err != nil {
					t.Fatalf("draw: %v", err)
				}
				checkPicture(t, picture, chart)
				if folder := os.Getenv("CHARTS_LOOK"); folder != "" {
					keep(t, filepath.Join(folder, e.name+"-"+string(theme)+".svg"), picture)
				}
			}
		})
	}
}
