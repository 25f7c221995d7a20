package charts_test

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/testbrowser"
	"bedarfslotse/internal/testinput"
)

var chartPage = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="{{.Lang}}" dir="{{.Direction}}"><head><meta charset="utf-8"><title>Charts</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><link rel="stylesheet" href="/page.css">
<script type="module" src="/charts.js"></script></head>
<body><main><h1>Charts</h1>{{range .Figures}}
<figure data-chart data-echarts="{{$.Script}}">
<img src="/{{.Name}}.svg" alt="{{.Wide.Summary}}" width="{{.Wide.Width}}" height="{{.Wide.Height}}">
<script type="application/json" data-width="{{.Wide.Width}}" data-height="{{.Wide.Height}}">{{.WideJSON}}</script>
<script type="application/json" data-width="{{.Narrow.Width}}" data-height="{{.Narrow.Height}}">{{.NarrowJSON}}</script>
<figcaption>{{.Wide.Title}}</figcaption></figure>{{end}}</main></body></html>`))

const pageStyle = `body{margin:0;background:#fff;color:#1f2328;font-family:system-ui,sans-serif}
@media (prefers-color-scheme:dark){body{background:#16191d;color:#e6edf3}}
figure{margin:1rem 0}img{max-width:100%;height:auto}[hidden]{display:none}`

type pageFigure struct {
	Name                 string
	Wide, Narrow         charts.Chart
	WideJSON, NarrowJSON template.JS
}

// chartServer serves a page with the examples of one language under the
// content security policy of the program. Without a script the library's
// address answers 404.
func chartServer(t *testing.T, lang string, withLibrary bool) string {
	t.Helper()
	root := testinput.Root(t)
	files := map[string][]byte{
		"/charts.js": read(t, filepath.Join(root, "web", "assets", "charts.js")),
		"/page.css":  []byte(pageStyle),
	}
	if withLibrary {
		files["/echarts.min.js"] = read(t, filepath.Join(root, "web", "vendor", "echarts.min.js"))
	}
	drawer, localizer := renderer(t), words(t, lang)
	page := struct {
		Lang, Direction, Script string
		Figures                 []pageFigure
	}{lang, localizer.Direction(), "/echarts.min.js", nil}
	for _, e := range examples() {
		if e.lang != lang || strings.Contains(e.name, "narrow") {
			continue
		}
		f := pageFigure{Name: e.name, Wide: charts.Build(e.figure, e.element, localizer),
			Narrow: charts.Build(e.figure, e.element, localizer, charts.Width(charts.Narrow))}
		f.WideJSON, f.NarrowJSON = template.JS(f.Wide.Options), template.JS(f.Narrow.Options)
		picture, err := drawer.SVG(context.Background(), f.Wide, charts.Light)
		if err != nil {
			t.Fatalf("draw: %v", err)
		}
		files["/"+e.name+".svg"] = picture
		page.Figures = append(page.Figures, f)
	}
	var document bytes.Buffer
	if err := chartPage.Execute(&document, page); err != nil {
		t.Fatalf("write page: %v", err)
	}
	files["/"] = document.Bytes()
	return serveFiles(t, files)
}

func serveFiles(t *testing.T, files map[string][]byte) string {
	t.Helper()
	kinds := map[string]string{".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", "": "text/html; charset=utf-8"}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, found := files[r.URL.Path]
		if !found {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", kinds[filepath.Ext(r.URL.Path)])
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:")
		_, _ = w.Write(content)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// live scrolls through the page and counts the charts that came alive.
const live = `(async () => {
	for (const figure of document.querySelectorAll("figure")) {
		figure.scrollIntoView();
		for (let i = 0; i < 200 && !figure.querySelector(".chart-live canvas"); i++) await new Promise(r => setTimeout(r, 20));
	}
	return document.querySelectorAll(".chart-live canvas").length;
})()`

func TestBrowserChartsComeAlive(t *testing.T) {
	screens := map[string][]testbrowser.Option{
		"de desktop":      {testbrowser.Desktop},
		"de phone dark":   {testbrowser.Phone, testbrowser.Dark, testbrowser.ReducedMotion},
		"ar phone":        {testbrowser.Phone},
		"ar desktop dark": {testbrowser.Desktop, testbrowser.Dark},
	}
	for name, screen := range screens {
		t.Run(name, func(t *testing.T) {
			lang, _, _ := strings.Cut(name, " ")
			page := testbrowser.New(t, screen...) // a breach of the policy or an error on the console fails the test
			page.Open(chartServer(t, lang, true))
			figures := testbrowser.Eval[int](page, `document.querySelectorAll("figure").length`)
			if alive := testbrowser.Eval[int](page, live); alive != figures || figures == 0 {
				t.Errorf("%d of %d charts alive", alive, figures)
			}
			if wide := testbrowser.Eval[bool](page, `document.documentElement.scrollWidth > innerWidth`); wide {
				t.Error("the page scrolls sideways")
			}
			label := testbrowser.Eval[string](page, `document.querySelector(".chart-live").getAttribute("aria-label")`)
			if alt := testbrowser.Eval[string](page, `document.querySelector("img").alt`); label != alt {
				t.Errorf("the live chart is described as %q, the picture as %q", label, alt)
			}
			page.CheckBarriers()
			if folder := os.Getenv("CHARTS_LOOK"); folder != "" {
				page.Screenshot(filepath.Join(folder, fmt.Sprintf("live-%s.png", strings.ReplaceAll(name, " ", "-"))))
			}
		})
	}
}

// Without the library the pictures stay where they are.
func TestBrowserPicturesStayWithoutLibrary(t *testing.T) {
	page := testbrowser.New(t, testbrowser.Desktop)
	page.Allow("404|echarts|chart:")
	page.Open(chartServer(t, "de", false))
	page.Wait(`performance.getEntriesByName(location.origin + "/echarts.min.js").length > 0`)
	if hidden := testbrowser.Eval[int](page, `[...document.images].filter(i => i.hidden || !i.complete || !i.naturalWidth).length`); hidden != 0 {
		t.Errorf("%d pictures are gone", hidden)
	}
}
