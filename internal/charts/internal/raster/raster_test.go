package raster_test

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/charts/internal/raster"
)

// painted paints the content of an SVG of 100 × 100 onto white.
func painted(t testing.TB, content string) *image.RGBA {
	t.Helper()
	canvas := image.NewRGBA(image.Rect(0, 0, 100, 100))
	draw.Draw(canvas, canvas.Bounds(), image.White, image.Point{}, draw.Src)
	if err := raster.Draw(canvas, []byte(`<svg xmlns="http://www.w3.org/2000/svg">`+content+`</svg>`), raster.Scaled(1, 0, 0)); err != nil {
		t.Fatalf("%s: %v", content, err)
	}
	return canvas
}

// area is how many pixels are covered with black.
func area(canvas *image.RGBA) float64 {
	sum := 0.0
	for i := 0; i < len(canvas.Pix); i += 4 {
		sum += 1 - float64(canvas.Pix[i])/255
	}
	return sum
}

func TestAreas(t *testing.T) {
	for _, test := range []struct {
		name, content string
		want          float64
	}{
		{"a box", `<rect x="10" y="20" width="30" height="40"/>`, 1200},
		{"half a pixel", `<rect x="10.5" y="20" width="1" height="10"/>`, 10},
		{"a disc", `<circle cx="50" cy="50" r="20"/>`, math.Pi * 400},
		{"an ellipse", `<ellipse cx="50" cy="50" rx="30" ry="10"/>`, math.Pi * 300},
		{"a round box", `<rect x="10" y="10" width="40" height="40" rx="10"/>`, 1600 - (4-math.Pi)*100},
		{"two arcs", `<path d="M30 50A20 20 0 0 1 70 50A20 20 0 0 1 30 50Z"/>`, math.Pi * 400},
		{"nearly one arc", `<path d="M70 50A20 20 0 1 1 70 49.9998"/>`, math.Pi * 400},
		{"a hole", `<path d="M10 10H60V60H10ZM20 20V50H50V20Z"/>`, 2500 - 900},
		{"small letters", `<path d="m10 10h20v20h-20zm40 0l20 0l0 20l-20 0z"/>`, 800},
		{"a square curve", `<path d="M0 50Q50 0 100 50Z"/>`, 100 * 50 * 2 / 3 / 2},
		{"a cubic curve", `<path d="M0 50C0 0 100 0 100 50Z"/>`, 100 * 50 * 0.6},
		{"a triangle", `<polygon points="10,10 50,10 10,50"/>`, 800},
		{"a line", `<line x1="10" y1="50" x2="90" y2="50" stroke="#000" stroke-width="4"/>`, 320},
		{"a dashed line", `<path d="M10 50L90 50" fill="none" stroke="#000" stroke-width="4" stroke-dasharray="6 2"/>`, 240},
		{"dashes that begin later", `<path d="M10 50L90 50" fill="none" stroke="#000" stroke-width="4" stroke-dasharray="40 40" stroke-dashoffset="20"/>`, 160},
		{"an outline", `<rect x="20" y="20" width="40" height="40" fill="none" stroke="#000" stroke-width="4"/>`, 44*44 - 36*36},
		{"a cut corner", `<polyline points="20,20 60,20 60,60" fill="none" stroke="#000" stroke-width="4"/>`, 80*4 - 4 + 4},
		{"a round end", `<path d="M20 50L60 50" fill="none" stroke="#000" stroke-width="8" stroke-linecap="round"/>`, 320 + math.Pi*16},
		{"a square end", `<path d="M20 50L60 50" fill="none" stroke="#000" stroke-width="8" stroke-linecap="square"/>`, 384},
		{"half to be seen through", `<g opacity="0.5"><rect width="20" height="20" fill-opacity="0.5"/></g>`, 100},
		{"nothing", `<rect width="20" height="20" fill="none"/><rect width="0" height="20"/>`, 0},
		{"a turn", `<rect x="-5" y="-5" width="10" height="10" transform="translate(50 50) rotate(45)"/>`, 100},
		{"a matrix", `<rect width="10" height="10" transform="matrix(2,0,0,3,5,5)"/>`, 600},
		{"a turn round a point", `<rect x="40" y="40" width="20" height="10" transform="rotate(90,50,50)"/>`, 200},
		{"used twice", `<defs><path id="a" d="M0 0H10V10H0Z"/></defs><g transform="scale(2 -2) translate(0 -40)"><use href="#a" x="0" y="0"/><use href="#a" x="20" y="5"/></g>`, 800},
		{"tiles", `<defs><pattern id="p" patternUnits="userSpaceOnUse" width="10" height="10"><rect width="5" height="10"/></pattern></defs><rect x="20" y="20" width="40" height="40" fill="url(#p)"/>`, 800},
		{"turned tiles", `<defs><pattern id="p" patternUnits="userSpaceOnUse" width="4" height="4" patternTransform="rotate(45)"><rect width="2" height="4"/></pattern></defs><rect x="10" y="10" width="80" height="80" fill="url(#p)"/>`, 3200},
		{"what reaches out of a tile is cut off", `<defs><pattern id="p" patternUnits="userSpaceOnUse" width="10" height="10"><g><path d="M-5 -5H2V15H-5Z M8 0H30V10H8Z"/></g></pattern></defs><rect width="100" height="100" fill="url(#p)"/>`, 4000},
		{"lines in tiles", `<defs><pattern id="p" patternUnits="userSpaceOnUse" width="10" height="10"><path d="M0 5L10 5" stroke="#000" stroke-width="2" fill="none"/></pattern></defs><rect width="100" height="100" fill="url(#p)"/>`, 2000},
		{"a clip", `<defs><clipPath id="c"><path d="M0 0H30V100H0Z"/></clipPath></defs><g clip-path="url(#c)"><rect x="10" y="10" width="40" height="40"/></g>`, 800},
		{"outside", `<rect x="-500" y="-500" width="510" height="510"/>`, 100},
		{"a title is not drawn", `<title>a</title><desc>b</desc>`, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := area(painted(t, test.content)); math.Abs(got-test.want) > 2+test.want*0.01 {
				t.Errorf("%.1f pixels, want %.1f", got, test.want)
			}
		})
	}
}

func TestColours(t *testing.T) {
	for text, want := range map[string]color.RGBA{
		"#f00": {255, 0, 0, 255}, "#2d6bad": {45, 107, 173, 255}, "rgb(1, 2,3)": {1, 2, 3, 255}, "rgba(0,0,0,0.5)": {127, 127, 127, 255}, "transparent": {255, 255, 255, 255},
	} {
		got := painted(t, `<rect width="100" height="100" fill="`+text+`"/>`).RGBAAt(50, 50)
		if d := int(got.R) - int(want.R); d < -1 || d > 1 || got.A != 255 {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

// What it does not know it refuses, so that no part of a chart gets lost.
func TestUnknownIsRefused(t *testing.T) {
	for _, content := range []string{
		`<text>a</text>`, `<image/>`, `<foreignObject/>`, `<path d="M0 0S1 1 2 2"/>`, `<path d="M0 x"/>`, `<path d="M0"/>`, `<path d="Z5"/>`,
		`<rect width="9" height="9" fill="red"/>`, `<rect width="9" height="9" fill="#12"/>`, `<rect width="9" height="9" fill="url(#no)"/>`,
		`<use href="#no"/>`, `<g clip-path="url(#no)"/>`, `<g transform="skewX(3)"/>`, `<g transform="scale(x)"/>`, `<line x2="9" y2="9" stroke="#000" stroke-dasharray="0"/>`,
		`<polygon points="1,a"/>`, `<g>`, `<defs><pattern id="p"/></defs><rect width="9" height="9" fill="url(#p)"/>`,
		`<defs><g id="a"><use href="#a"/></g></defs><use href="#a"/>`,
	} {
		canvas := image.NewRGBA(image.Rect(0, 0, 20, 20))
		if err := raster.Draw(canvas, []byte("<svg>"+content+"</svg>"), raster.Scaled(1, 0, 0)); err == nil {
			t.Errorf("%s: no error", content)
		}
	}
}

// No path makes it stumble or hang.
func TestAnyPath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d strings.Builder
		for range rapid.IntRange(0, 12).Draw(t, "commands") {
			command := rapid.SampledFrom([]string{"M 2", "L 2", "l 2", "H 1", "v 1", "C 6", "q 4", "A 7", "a 7", "Z 0", "z 0"}).Draw(t, "command")
			var name string
			var count int
			_, _ = fmt.Sscan(command, &name, &count)
			d.WriteString(name)
			for range count {
				fmt.Fprintf(&d, " %g", rapid.SampledFrom([]float64{0, 1, -1, 50, 50.0001, 1e-9, 1e9, -1e300, 33.3}).Draw(t, "number"))
			}
		}
		canvas := image.NewRGBA(image.Rect(0, 0, 30, 30))
		svg := fmt.Sprintf(`<svg><path d="%s" stroke="#123456" stroke-width="3" stroke-dasharray="5 3"/></svg>`, d.String())
		if err := raster.Draw(canvas, []byte(svg), raster.Scaled(1.5, 0, 0)); err != nil {
			t.Fatalf("%s: %v", svg, err)
		}
	})
}
