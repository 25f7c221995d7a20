package charts

import (
	_ "embed"
	"encoding/json"
	"math"
)

// Theme is the colours of a chart's ground, lines and words. The options carry
// none of these, so that one set of options serves both.
type Theme string

// The themes.
const (
	Light Theme = "light"
	Dark  Theme = "dark"
)

// themes.json holds both themes as ECharts takes them. charts.js carries the
// same two for charts in the page; a test compares them.
//
//go:embed themes.json
var themesFile []byte

// themeOf returns the theme as JSON, the light one for a name nobody knows.
func themeOf(theme Theme) (json.RawMessage, error) {
	var all map[Theme]json.RawMessage
	if err := json.Unmarshal(themesFile, &all); err != nil {
		return nil, err
	}
	if found, ok := all[theme]; ok {
		return found, nil
	}
	return all[Light], nil
}

// diverging are the anchors of the ramp for scales, from the low end over a
// neutral middle to the high one: orange and blue stay apart for every common
// kind of colour blindness, and all have a contrast to white and to the dark
// ground at which their edges can be seen.
func diverging() []rgb {
	return []rgb{{179, 88, 6}, {226, 150, 82}, {168, 172, 180}, {121, 169, 217}, {45, 107, 173}}
}

type rgb struct{ r, g, b float64 }

// ramp returns n colours evenly spread over the diverging ramp.
func ramp(n int) []rgb {
	anchors := diverging()
	colours := make([]rgb, n)
	for i := range colours {
		at := float64(len(anchors)-1) / 2
		if n > 1 {
			at = float64(i) * float64(len(anchors)-1) / float64(n-1)
		}
		low := min(int(at), len(anchors)-2)
		part := at - float64(low)
		from, to := anchors[low], anchors[low+1]
		colours[i] = rgb{from.r + (to.r-from.r)*part, from.g + (to.g-from.g)*part, from.b + (to.b-from.b)*part}
	}
	return colours
}

// luminance is the relative luminance of WCAG 2.2, 0 for black to 1 for white.
func (c rgb) luminance() float64 {
	linear := func(channel float64) float64 {
		if channel /= 255; channel > 0.04045 {
			return math.Pow((channel+0.055)/1.055, 2.4)
		}
		return channel / 12.92
	}
	return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b)
}
