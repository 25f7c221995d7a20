package charts

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"math"

	"bedarfslotse/internal/charts/internal/raster"
)

// mostPixels bounds a PNG: some 100 MB of memory while it is painted.
const mostPixels = 24_000_000

// PNG paints the same picture as [Renderer.SVG] as pixels, so many times larger
// than its size in CSS pixels (1 to 4; less where the picture would become too
// large). It needs no browser. Errors are those of SVG.
func (r *Renderer) PNG(ctx context.Context, chart Chart, theme Theme, scale float64) ([]byte, error) {
	_, png, err := r.Both(ctx, chart, theme, scale)
	return png, err
}

// Both draws a chart as SVG and paints the same as PNG, for documents that carry
// one for screens and paper and one for who cannot draw the first. Scale and errors
// are those of [Renderer.PNG].
func (r *Renderer) Both(ctx context.Context, chart Chart, theme Theme, scale float64) (svg, png []byte, err error) {
	if svg, err = r.SVG(ctx, chart, theme); err != nil {
		return nil, nil, err
	}
	png, err = r.paintPNG(ctx, chart, svg, theme, scale)
	return svg, png, err
}

func (r *Renderer) paintPNG(ctx context.Context, chart Chart, svg []byte, theme Theme, scale float64) ([]byte, error) {
	scale = min(max(scale, 1), 4)
	if pixels := float64(chart.Width) * float64(chart.Height); pixels*scale*scale > mostPixels {
		scale = math.Sqrt(mostPixels / pixels)
	}
	release, err := r.slot(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	canvas, err := newCanvas(int(float64(chart.Width)*scale+0.5), int(float64(chart.Height)*scale+0.5), theme)
	if err != nil {
		return nil, err
	}
	if err := raster.Draw(canvas, svg, raster.Scaled(scale, 0, 0)); err != nil {
		return nil, fmt.Errorf("paint chart %s: %w", chart.ID, err)
	}
	return encodePNG(canvas)
}

// newCanvas is an empty image on the theme's ground.
func newCanvas(width, height int, theme Theme) (*image.RGBA, error) {
	colours, err := paletteOf(theme)
	if err != nil {
		return nil, fmt.Errorf("read themes: %w", err)
	}
	canvas := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(canvas, canvas.Bounds(), image.NewUniform(colours.roles[ground].opaque()), image.Point{}, draw.Src)
	return canvas, nil
}

func encodePNG(canvas image.Image) ([]byte, error) {
	var out bytes.Buffer
	if err := png.Encode(&out, canvas); err != nil {
		return nil, fmt.Errorf("write PNG: %w", err)
	}
	return out.Bytes(), nil
}

// The size of a slide in pixels, that of common projectors.
const (
	SlideWidth  = 1920
	SlideHeight = 1080
)

// Slide is a picture that can be put on a screen as it is.
type Slide struct {
	// Chart builds the chart for a width in CSS pixels. It is asked for several
	// and the one is taken whose words become largest.
	Chart func(width Option) Chart
	// Source says where the figures come from: the wave, in words. Date is the
	// day of the figures as readers write it.
	Source, Date string
}

// Slide paints a chart with its title and sentence above, and source and date
// below; the base stands under the chart. Errors are those of [Renderer.SVG].
func (r *Renderer) Slide(ctx context.Context, slide Slide, theme Theme) ([]byte, error) {
	chart := slide.Chart(Width(DefaultWidth))
	if !chart.Drawn() {
		return nil, ErrNothingToDraw
	}
	frame, top, bottom := slide.frame(chart)
	const side = slideMargin
	room, high := float64(SlideWidth-2*side), bottom-top
	best := 0.0
	for width := 480; width <= widest; width += 80 {
		one := slide.Chart(Width(width))
		if !one.Drawn() {
			continue
		}
		if scale := min(room/float64(one.Width), high/float64(one.Height)); scale > best {
			chart, best = one, scale
		}
	}
	svg, err := r.SVG(ctx, chart, theme)
	if err != nil {
		return nil, err
	}
	around, err := r.SVG(ctx, frame, theme)
	if err != nil {
		return nil, err
	}
	release, err := r.slot(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	canvas, err := newCanvas(SlideWidth, SlideHeight, theme)
	if err != nil {
		return nil, err
	}
	if err := raster.Draw(canvas, around, raster.Scaled(1, 0, 0)); err != nil {
		return nil, fmt.Errorf("paint the frame of chart %s: %w", chart.ID, err)
	}
	x := (SlideWidth - float64(chart.Width)*best) / 2
	y := top + (high-float64(chart.Height)*best)/2
	if err := raster.Draw(canvas, svg, raster.Scaled(best, x, y)); err != nil {
		return nil, fmt.Errorf("paint chart %s: %w", chart.ID, err)
	}
	return encodePNG(canvas)
}

// slideMargin is the free edge of a slide.
const slideMargin = 80

// frame is what stands around the chart on a slide, as a picture of its own, and
// between which heights the chart has its place.
func (s Slide) frame(chart Chart) (frame Chart, top, bottom float64) {
	const titleSize, sentenceSize, sourceSize, longest = 44, 26, 24, 4
	right := chart.Direction == "rtl"
	w := &scene{width: SlideWidth, height: slideMargin - 20}
	room := float64(SlideWidth - 2*slideMargin)
	paragraph := func(text string, size float64, fill paint, most int) {
		for _, line := range wrap(text, room, size, most) {
			w.text(slideMargin, w.height+size*0.65, start, size, fill, directed([]string{line}, right))
			w.height += size * 1.3
		}
	}
	paragraph(chart.Title, titleSize, ink, 2)
	w.height += 8
	// A sentence that is too long is cut where a sentence ends, never within.
	if text := leading(chart.Summary, room, sentenceSize, longest); text != "" {
		paragraph(text, sentenceSize, muted, longest)
	}
	bottom = SlideHeight - slideMargin - 10
	foot := SlideHeight - slideMargin + sourceSize*0.9
	w.line(slideMargin, foot-sourceSize, SlideWidth-slideMargin, foot-sourceSize, 1.5, rule)
	date := textWidth(s.Date, sourceSize)
	for _, line := range wrap(plain(s.Source), room-date-2*margin, sourceSize, 1) {
		w.text(slideMargin, foot, start, sourceSize, muted, directed([]string{line}, right))
	}
	w.text(SlideWidth-slideMargin, foot, end, sourceSize, muted, directed([]string{plain(s.Date)}, right))
	top, w.height = w.height+24, SlideHeight
	if right {
		w.mirror()
	}
	frame = Chart{ID: chart.ID + "-slide", Title: chart.Title, Language: chart.Language, Direction: chart.Direction,
		Summary: chart.Summary, Width: SlideWidth, Height: SlideHeight, scene: w}
	return frame, top, bottom
}

// leading returns the first sentences of a text that fit into so many lines.
func leading(text string, width, size float64, most int) string {
	runes := []rune(text)
	for end := len(runes); end > 0; end-- {
		if end < len(runes) && (runes[end] != ' ' || !endsSentence(runes[end-1])) {
			continue
		}
		if part := string(runes[:end]); len(wrap(part, width, size, most+1)) <= most {
			return part
		}
	}
	return ""
}

func endsSentence(r rune) bool { return r == '.' || r == '؟' || r == '。' || r == '።' }
