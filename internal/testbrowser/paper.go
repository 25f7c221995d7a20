package testbrowser

import (
	"context"
	"regexp"
	"strconv"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// PDF is a page as the browser prints it.
type PDF []byte

// PDF prints the page on the paper that its style sheets ask for.
func (p *Page) PDF() PDF {
	p.t.Helper()
	yes := true
	result := run(p, "print", func(ctx context.Context, t *chromedp.Target) (page.PrintToPDFResult, error) {
		return cdp.Call(ctx, t, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: &yes, PrintBackground: &yes})
	})
	return result.Data
}

// Chromium writes the objects of its PDFs in the clear; only the streams of
// drawing are packed.
var (
	pdfPage = regexp.MustCompile(`/Type\s*/Page\b[^s]`)
	pdfBox  = regexp.MustCompile(`/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)\s*\]`)
)

// Pages is how many pages the print has.
func (d PDF) Pages() int { return len(pdfPage.FindAll(d, -1)) }

// Sizes are the different sizes of its pages in millimetres, rounded, as
// "210×297".
func (d PDF) Sizes() []string {
	var sizes []string
	seen := map[string]bool{}
	for _, found := range pdfBox.FindAllSubmatch(d, -1) {
		size := millimetres(found[1]) + "×" + millimetres(found[2])
		if !seen[size] {
			sizes = append(sizes, size)
		}
		seen[size] = true
	}
	return sizes
}

func millimetres(points []byte) string {
	value, err := strconv.ParseFloat(string(points), 64)
	if err != nil {
		return "?"
	}
	return strconv.Itoa(int(value*25.4/72 + 0.5))
}

// Picture is what the first element that the CSS selector matches looks like, as
// PNG, so many times larger than on the screen.
func (p *Page) Picture(selector string, scale float64) []byte {
	p.t.Helper()
	return run(p, "take a picture of "+selector, chromedp.ScreenshotScale(chromedp.CSS(selector), scale))
}
