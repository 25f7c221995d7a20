package server

import (
	"fmt"
	"html/template"
	"image"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// qrCode draws a text as a QR code that prints at any size: dark squares on a
// light ground with the four modules of margin that readers need, also on dark
// pages. label says what it is.
func qrCode(text, label string) (template.HTML, error) {
	const margin = 4
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("draw a QR code: %w", err)
	}
	var path strings.Builder
	size := code.Bounds().Dx()
	for y := range size {
		run := 0 // dark squares beside each other are one shape
		for x := range size + 1 {
			if x < size && dark(code, x, y) {
				run++
				continue
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x-run+margin, y+margin, run, run)
			}
			run = 0
		}
	}
	whole := size + 2*margin
	return template.HTML(fmt.Sprintf( //nolint:gosec // numbers, and a label that is escaped
		`<svg class="qr" viewBox="0 0 %d %d" role="img" aria-label="%s" shape-rendering="crispEdges"><rect class="ground" width="%d" height="%d"/><path d="%s"/></svg>`,
		whole, whole, template.HTMLEscapeString(label), whole, whole, path.String())), nil
}

func dark(code image.Image, x, y int) bool {
	red, _, _, _ := code.At(x, y).RGBA()
	return red == 0
}
