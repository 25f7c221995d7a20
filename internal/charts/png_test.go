package charts_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bedarfslotse/internal/charts"
)

// painted reads a PNG.
func painted(t testing.TB, content []byte) image.Image {
	t.Helper()
	found, err := png.Decode(bytes.NewReader(content))
	if err != nil {
		t.Fatalf("no PNG: %v", err)
	}
	return found
}

// TestHeavyPNG paints every kind of chart, those of ECharts too.
func TestHeavyPNG(t *testing.T) {
	drawer := renderer(t)
	paint := func(name string, chart charts.Chart, theme charts.Theme) {
		content, err := drawer.PNG(context.Background(), chart, theme, 2)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		found := painted(t, content)
		if size := found.Bounds().Size(); size != (image.Point{2 * chart.Width, 2 * chart.Height}) {
			t.Errorf("%s: %v for a chart of %d × %d", name, size, chart.Width, chart.Height)
		}
		if folder := os.Getenv("CHARTS_LOOK"); folder != "" {
			keep(t, filepath.Join(folder, name+"-"+string(theme)+".png"), content)
		}
	}
	for _, e := range examples() {
		paint(e.name, charts.Build(e.figure, e.element, words(t, e.lang), e.options...), charts.Light)
	}
	for _, e := range groupedExamples() {
		if e.options == nil {
			continue // the browser test compares wide ones too
		}
		paint(e.name, e.build(words(t, e.lang), e.options...), charts.Dark)
	}
	if _, err := drawer.PNG(context.Background(), charts.Chart{}, charts.Light, 2); !errors.Is(err, charts.ErrNothingToDraw) {
		t.Errorf("an empty chart: %v", err)
	}
}

func TestHeavySlides(t *testing.T) {
	drawer := renderer(t)
	slides := map[string]func(charts.Option) charts.Chart{}
	for _, e := range groupedExamples() {
		if e.options == nil && (e.lang == "ar") == strings.HasPrefix(e.name, "p") { // each kind once
			slides[e.name] = func(width charts.Option) charts.Chart { return e.build(words(t, e.lang), width) }
		}
	}
	_, one := example1(t, "multiple-de")
	slides["single-de"] = func(width charts.Option) charts.Chart {
		return charts.Build(one.figure, one.element, words(t, "de"), width)
	}
	for name, chart := range slides {
		content, err := drawer.Slide(context.Background(), charts.Slide{Chart: chart,
			Source: "Quelle: Befragung der Familien im Landkreis, Frühjahr 2026 (Bedarfslotse)", Date: "28.11.2026"}, charts.Light)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if size := painted(t, content).Bounds().Size(); size != (image.Point{charts.SlideWidth, charts.SlideHeight}) {
			t.Errorf("%s: a slide of %v", name, size)
		}
		if folder := os.Getenv("CHARTS_LOOK"); folder != "" {
			keep(t, filepath.Join(folder, "slide-"+name+".png"), content)
		}
	}
}
