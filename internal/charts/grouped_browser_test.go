package charts_test

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"image"
	"image/draw"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/testbrowser"
)

// groupedPage shows charts as the explorer's page without JavaScript does.
var groupedPage = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="{{.Lang}}" dir="{{.Direction}}"><head><meta charset="utf-8"><title>Charts</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><link rel="stylesheet" href="/page.css"></head>
<body><main><h1>Charts</h1>{{range .Figures}}
<h2>{{.Wide.Title}}</h2><p>{{.Wide.Summary}}</p>
<figure dir="ltr"><picture>
<source media="(max-width: 46rem) and (prefers-color-scheme: dark)" srcset="/{{.Name}}.narrow.dark.svg">
<source media="(max-width: 46rem)" srcset="/{{.Name}}.narrow.svg">
<source media="(prefers-color-scheme: dark)" srcset="/{{.Name}}.dark.svg">
<img id="{{.Name}}" src="/{{.Name}}.svg" alt="{{.Wide.Summary}}"></picture></figure>
<div class="scroll" tabindex="0" role="region" aria-label="{{.Wide.Table.Caption}} ({{.Name}})"><table><caption>{{.Wide.Table.Caption}}</caption>
<thead><tr>{{range .Wide.Table.Header}}<th scope="col">{{.}}</th>{{end}}</tr></thead>
<tbody>{{range .Wide.Table.Rows}}<tr><th scope="row">{{.Label}}</th>{{range .Cells}}<td>{{.}}</td>{{end}}</tr>{{end}}</tbody></table></div>{{end}}</main></body></html>`))

const groupedStyle = pageStyle + `main{padding:16px}figure{margin:1rem 0}picture{display:block}.scroll{overflow-x:auto}`

// groupedServer serves the grouped examples of one language.
func groupedServer(t *testing.T, lang string) string {
	t.Helper()
	drawer, localizer := renderer(t), words(t, lang)
	files := map[string][]byte{"/page.css": []byte(groupedStyle)}
	page := struct {
		Lang, Direction string
		Figures         []pageFigure
	}{lang, localizer.Direction(), nil}
	for _, e := range groupedExamples() {
		if e.lang != lang || e.options != nil {
			continue
		}
		f := pageFigure{Name: e.name, Wide: e.build(localizer), Narrow: e.build(localizer, charts.Width(charts.Narrow))}
		for end, chart := range map[string]charts.Chart{"": f.Wide, ".narrow": f.Narrow} {
			for more, theme := range map[string]charts.Theme{"": charts.Light, ".dark": charts.Dark} {
				picture, err := drawer.SVG(context.Background(), chart, theme)
				if err != nil {
					t.Fatalf("draw: %v", err)
				}
				files["/"+e.name+end+more+".svg"] = picture
			}
		}
		page.Figures = append(page.Figures, f)
	}
	var document bytes.Buffer
	if err := groupedPage.Execute(&document, page); err != nil {
		t.Fatalf("write page: %v", err)
	}
	files["/"] = document.Bytes()
	return serveFiles(t, files)
}

func TestBrowserGroupedCharts(t *testing.T) {
	for _, lang := range []string{"de", "ar"} {
		address := groupedServer(t, lang)
		screens := map[string][]testbrowser.Option{"phone": {testbrowser.Phone}, "phone dark": {testbrowser.Phone, testbrowser.Dark}, "desktop": {testbrowser.Desktop, testbrowser.NoScript}}
		for name, screen := range screens {
			t.Run(lang+" "+name, func(t *testing.T) {
				page := testbrowser.New(t, screen...)
				page.Open(address)
				const count = `document.images.length`
				const broken = `[...document.images].filter(i => !i.complete || !i.naturalWidth).map(i => i.id)`
				if n := testbrowser.Eval[int](page, count); n < 10 {
					t.Fatalf("%d pictures", n)
				}
				if lost := testbrowser.Eval[[]string](page, broken); len(lost) > 0 {
					t.Errorf("pictures that do not load: %q", lost)
				}
				// The smallest words are 12 pixels of the picture's own size.
				small := testbrowser.Eval[[]string](page, `[...document.images].filter(i => i.getBoundingClientRect().width / i.naturalWidth * 12 < 11).map(i => i.id)`)
				if len(small) > 0 {
					t.Errorf("words below 11 pixels in %q", small)
				}
				wide := testbrowser.Eval[[]string](page, `[...document.images].filter(i => (i.naturalWidth > 400) === (innerWidth < 500)).map(i => i.id)`)
				if len(wide) > 0 {
					t.Errorf("pictures for another screen: %q", wide)
				}
				if by := page.Sideways(); by > 0 {
					t.Errorf("the page scrolls sideways by %d pixels", by)
				}
				page.CheckBarriers()
				if folder := os.Getenv("CHARTS_LOOK"); folder != "" {
					page.Screenshot(filepath.Join(folder, fmt.Sprintf("grouped-%s-%s.png", lang, strings.ReplaceAll(name, " ", "-"))))
				}
			})
		}
	}
}

// pixelsOf returns an opaque picture's pixels, four bytes each.
func pixelsOf(picture image.Image) []byte {
	canvas := image.NewRGBA(image.Rectangle{Max: picture.Bounds().Size()})
	draw.Draw(canvas, canvas.Bounds(), picture, picture.Bounds().Min, draw.Src)
	return canvas.Pix
}

// difference compares two pictures: the mean difference of a channel, of 255,
// and the share of pixels that are off by more than a third.
func difference(a, b image.Image) (mean, far float64) {
	size := a.Bounds().Size()
	sum, off := 0.0, 0
	one, other := pixelsOf(a), pixelsOf(b)
	for i := 0; i < len(one); i += 4 {
		most := 0.0
		for j := range 3 {
			d := math.Abs(float64(one[i+j]) - float64(other[i+j]))
			sum += d
			most = max(most, d)
		}
		if most > 85 {
			off++
		}
	}
	pixels := float64(size.X * size.Y)
	return sum / pixels / 3, float64(off) / pixels
}

// The PNG made here shows what a browser makes of the SVG, of grouped charts and
// of ECharts'.
func TestBrowserPNGLikeChromium(t *testing.T) {
	drawer := renderer(t)
	shown := map[string]charts.Chart{}
	for _, e := range groupedExamples() {
		if (e.lang == "de") == (e.options == nil) { // wide in one direction, narrow in the other
			shown[e.name] = e.build(words(t, e.lang), e.options...)
		}
	}
	for _, e := range examples() {
		if !slices.Contains([]string{"scale-de", "range-ar", "numbers-de", "order-ar", "withheld-de", "multiple-ti"}, e.name) {
			continue
		}
		shown[e.name] = charts.Build(e.figure, e.element, words(t, e.lang), e.options...)
	}
	files := map[string][]byte{"/page.css": []byte(pageStyle + "img{display:block;margin:0;max-width:none}")}
	var list strings.Builder
	for name, chart := range shown {
		picture, err := drawer.SVG(context.Background(), chart, charts.Light)
		if err != nil {
			t.Fatalf("draw: %v", err)
		}
		files["/"+name+".svg"] = picture
		fmt.Fprintf(&list, `<img id="%s" src="/%s.svg" alt="" width="%d" height="%d">`, name, name, chart.Width, chart.Height)
	}
	files["/"] = []byte(`<!doctype html><html lang="de"><meta charset="utf-8"><title>Charts</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/page.css"><body>` + list.String())
	page := testbrowser.New(t, testbrowser.Desktop)
	page.Open(serveFiles(t, files))
	page.Wait(`[...document.images].every(i => i.complete && i.naturalWidth)`)
	for name, chart := range shown {
		content, err := drawer.PNG(context.Background(), chart, charts.Light, 2)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		ours, theirs := painted(t, content), painted(t, page.Picture("#"+name, 2))
		if ours.Bounds().Size() != theirs.Bounds().Size() {
			t.Errorf("%s: %v here, %v in Chromium", name, ours.Bounds().Size(), theirs.Bounds().Size())
			continue
		}
		mean, far := difference(ours, theirs)
		if mean > 1 || far > 0.004 {
			t.Errorf("%s: %.2f of 255 off on average, %.2f %% of the pixels far off", name, mean, 100*far)
		}
	}
}
