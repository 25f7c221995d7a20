package charts

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"image/color"
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

// palette is a theme's colours for drawings of our own.
type palette struct {
	roles     [second + 1]rgb
	low, high rgb // the ends of the sequential scale, for a share of nothing and of the most
}

// paletteOf takes the palette from the theme's file, so that both ways of
// drawing have the same colours.
func paletteOf(theme Theme) (*palette, error) {
	text, err := themeOf(theme)
	if err != nil {
		return nil, err
	}
	type line struct {
		LineStyle struct{ Color string } `json:"lineStyle"`
	}
	var file struct {
		Color     []string
		TextStyle struct{ Color string } `json:"textStyle"`
		Title     struct {
			TextStyle struct{ Color string } `json:"textStyle"`
		}
		ValueAxis struct {
			AxisLine  line `json:"axisLine"`
			SplitLine line `json:"splitLine"`
		} `json:"valueAxis"`
		Bar struct {
			ItemStyle struct {
				BorderColor string `json:"borderColor"`
			} `json:"itemStyle"`
		}
		DarkMode bool `json:"darkMode"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	p := &palette{low: rgb{232, 240, 250}, high: rgb{14, 62, 117}}
	other := "#b35806"
	if file.DarkMode {
		p.low, p.high, other = rgb{31, 41, 54}, rgb{158, 203, 250}, "#e69a54"
	}
	for r, text := range map[role]string{
		ground: file.Bar.ItemStyle.BorderColor, ink: file.TextStyle.Color, muted: file.Title.TextStyle.Color,
		rule: file.ValueAxis.AxisLine.LineStyle.Color, grid: file.ValueAxis.SplitLine.LineStyle.Color,
		accent: file.Color[0], second: other,
	} {
		if p.roles[r], err = parseColour(text); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// parseColour reads #rrggbb.
func parseColour(text string) (rgb, error) {
	var r, g, b uint8
	if _, err := fmt.Sscanf(text, "#%02x%02x%02x", &r, &g, &b); err != nil || len(text) != 7 {
		return rgb{}, fmt.Errorf("%q is no colour like #2d6bad", text)
	}
	return rgb{float64(r), float64(g), float64(b)}, nil
}

// categorical are the colours of choices without order: of all that were tried
// on a grid, seven that stay furthest apart for every common kind of colour
// blindness (see the test).
func categorical() []rgb {
	return []rgb{{68, 85, 170}, {255, 170, 85}, {119, 51, 0}, {170, 221, 255}, {0, 153, 136}, {153, 119, 0}, {153, 136, 238}}
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
		colours[i] = anchors[low].mix(anchors[low+1], part)
	}
	return colours
}

// mix is the colour that lies part of the way to another.
func (c rgb) mix(to rgb, part float64) rgb {
	return rgb{c.r + (to.r-c.r)*part, c.g + (to.g-c.g)*part, c.b + (to.b-c.b)*part}
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

func (c rgb) hex() string {
	return fmt.Sprintf("#%02x%02x%02x", int(c.r+0.5), int(c.g+0.5), int(c.b+0.5))
}

// opaque is the colour as image takes it.
func (c rgb) opaque() color.RGBA {
	return color.RGBA{uint8(c.r + 0.5), uint8(c.g + 0.5), uint8(c.b + 0.5), 255}
}

// ink is black or white, whichever has the greater contrast to the colour.
func (c rgb) ink() string { return c.inkColour().hex() }

func (c rgb) inkColour() rgb {
	light := c.luminance() + 0.05
	if 1.05/light > light/0.05 {
		return rgb{255, 255, 255}
	}
	return rgb{}
}
