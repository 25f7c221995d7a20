package charts

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/go-text/typesetting/bidi"
	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
)

// em is the size at which texts are shaped: glyphs and advances are counted in
// thousandths of the font size, whatever units a font has itself.
const em = 1000

// typesetter shapes texts with the shipped fonts. It belongs to one renderer's
// worker and is not safe for concurrent use.
type typesetter struct {
	faces     []*font.Face
	shaper    shaping.HarfbuzzShaper
	segmenter shaping.Segmenter
	paragraph bidi.Paragraph
	// The charts of a wave repeat their texts, so what was shaped is remembered,
	// up to a bound.
	shaped   map[string]shapedLine
	outlines map[glyph]string
}

// shapedLine is a text set on one line.
type shapedLine struct {
	glyphs  []glyph
	advance int
}

// mostShaped bounds what a typesetter remembers: a few hundred kilobytes.
const mostShaped = 2048

// glyph is one outline at its place on the line, in thousandths of the font
// size, y growing upwards.
type glyph struct {
	face int
	id   font.GID
	x, y int
}

// parseFonts reads the fonts once; what it returns may be shared.
func parseFonts(files [][]byte) ([]*font.Font, error) {
	if len(files) == 0 {
		return nil, errors.New("no fonts given")
	}
	fonts := make([]*font.Font, len(files))
	for i, file := range files {
		face, err := font.ParseTTF(bytes.NewReader(file))
		if err != nil {
			return nil, fmt.Errorf("font %d: %w", i+1, err)
		}
		fonts[i] = face.Font
	}
	return fonts, nil
}

func newTypesetter(fonts []*font.Font) *typesetter {
	t := &typesetter{shaped: map[string]shapedLine{}, outlines: map[glyph]string{}}
	for _, f := range fonts {
		t.faces = append(t.faces, font.NewFace(f))
	}
	return t
}

// ResolveFace returns the first face that has the character, else the first,
// whose empty box shows that it lacks one.
func (t *typesetter) ResolveFace(r rune) *font.Face {
	for _, face := range t.faces {
		if _, found := face.NominalGlyph(r); found {
			return face
		}
	}
	return t.faces[0]
}

func (t *typesetter) faceIndex(face *font.Face) int {
	for i, known := range t.faces {
		if known == face {
			return i
		}
	}
	return 0
}

// width returns a text's width at a font size in pixels.
func (t *typesetter) width(text string, size float64) float64 {
	_, advance := t.shape(text)
	return float64(advance) / em * size
}

// shape sets a text on one line and returns its glyphs from left to right, not
// to be changed, and its width.
func (t *typesetter) shape(text string) (glyphs []glyph, advance int) {
	line, known := t.shaped[text]
	if !known {
		line.glyphs, line.advance = t.set(text)
		if len(t.shaped) >= mostShaped {
			clear(t.shaped)
		}
		t.shaped[text] = line
	}
	return line.glyphs, line.advance
}

// set sets one line of text on a left-to-right ground, as a browser does
// with our charts, and returns its glyphs from left to right and its width. A
// line that is one right-to-left isolate is set on a right-to-left ground,
// which looks the same.
func (t *typesetter) set(text string) (glyphs []glyph, advance int) {
	ground := bidi.LeftToRight
	if inner, found := strings.CutPrefix(text, rightIsolate); found && strings.HasSuffix(inner, endIsolate) {
		text, ground = strings.TrimSuffix(inner, endIsolate), bidi.RightToLeft
	}
	runes := []rune(text)
	if len(runes) == 0 {
		return nil, 0
	}
	runs, levels := t.levelRuns(runes, ground)
	var outputs []shaping.Output
	var outputLevels []bidi.Level
	for i, run := range runs {
		for _, input := range t.segmenter.Split(run, t) {
			outputs = append(outputs, t.shaper.Shape(input))
			outputLevels = append(outputLevels, levels[i])
		}
	}
	x := fixed.Int26_6(0)
	for _, at := range visualOrder(outputLevels) {
		face := t.faceIndex(outputs[at].Face)
		for _, g := range outputs[at].Glyphs {
			glyphs = append(glyphs, glyph{face: face, id: g.GlyphID,
				x: (x + g.XOffset).Round(), y: g.YOffset.Round()})
			x += g.Advance
		}
	}
	return glyphs, x.Round()
}

// levelRuns splits a text where its bidirectional level changes.
func (t *typesetter) levelRuns(runes []rune, ground bidi.Direction) (runs []shaping.Input, levels []bidi.Level) {
	add := func(start, end int, level bidi.Level) {
		if start == end {
			return
		}
		direction := di.DirectionLTR
		if level%2 != 0 {
			direction = di.DirectionRTL
		}
		runs = append(runs, shaping.Input{
			Text: runes, RunStart: start, RunEnd: end, Direction: direction, Size: fixed.I(em),
		})
		levels = append(levels, level)
	}
	found := t.paragraph.Segment(runes, ground)
	for i := range found.NumRuns() {
		run := found.Run(i)
		if ground == bidi.RightToLeft || !run.IsLeftToRight() {
			add(run.Start, run.End, run.Level)
			continue
		}
		// The library joins runs of levels 0 and 2. On a left-to-right ground
		// level 2 is a number beside right-to-left text, which moves with it.
		first, last := run.Start, run.End
		if i > 0 {
			first += leadingNumber(runes[run.Start:run.End])
		}
		if i < found.NumRuns()-1 {
			last -= trailingArabicNumber(runes[first:run.End])
		}
		add(run.Start, first, 2)
		add(first, last, 0)
		add(last, run.End, 2)
	}
	return runs, levels
}

// leadingNumber returns the length of the number at the start of a text, its
// inner separators and its per cent or currency sign included (rules W4 and W5
// of the Unicode bidirectional algorithm, UAX 9); 0 when there is none.
func leadingNumber(runes []rune) int {
	end, digits := 0, false
	for i, r := range runes {
		switch {
		case unicode.Is(unicode.Nd, r):
			end, digits = i+1, true
		case strings.ContainsRune("%٪‰$€#°", r):
			if end == i {
				end = i + 1
			}
		case !strings.ContainsRune(".,:/٫٬", r):
			if digits {
				return end
			}
			return 0
		}
	}
	if digits {
		return end
	}
	return 0
}

// trailingArabicNumber returns the length of the number in Arabic digits at the
// end of a text: unlike other digits they never join left-to-right text.
func trailingArabicNumber(runes []rune) int {
	start := len(runes)
	for i := len(runes) - 1; i >= 0; i-- {
		switch r := runes[i]; {
		case r >= '٠' && r <= '٩':
			start = i
		case !strings.ContainsRune("٫٬,.", r):
			return len(runes) - start
		}
	}
	return len(runes) - start
}

// visualOrder is rule L2 of the Unicode bidirectional algorithm (UAX 9), over
// runs instead of characters: from the highest level to the lowest odd one,
// every stretch of runs at that level or above is turned round.
func visualOrder(levels []bidi.Level) []int {
	order := make([]int, len(levels))
	highest := bidi.Level(0)
	for i, level := range levels {
		order[i] = i
		highest = max(highest, level)
	}
	for level := highest; level > 0; level-- {
		for start := 0; start < len(order); start++ {
			end := start
			for end < len(order) && levels[order[end]] >= level {
				end++
			}
			for i, j := start, end-1; i < j; i, j = i+1, j-1 {
				order[i], order[j] = order[j], order[i]
			}
			start = max(start, end)
		}
	}
	return order
}

// outline returns a glyph as an SVG path in thousandths of the font size; "" for
// one without ink.
func (t *typesetter) outline(g glyph) string {
	g.x, g.y = 0, 0
	path, known := t.outlines[g]
	if !known {
		path = t.drawOutline(g)
		if len(t.outlines) >= mostShaped {
			clear(t.outlines)
		}
		t.outlines[g] = path
	}
	return path
}

func (t *typesetter) drawOutline(g glyph) string {
	face := t.faces[g.face]
	shape, found := face.GlyphDataOutline(g.id)
	if !found || len(shape.Segments) == 0 {
		return ""
	}
	scale := float32(em) / float32(face.Upem())
	var path []byte
	for _, segment := range shape.Segments {
		switch segment.Op {
		case opentype.SegmentOpMoveTo:
			if len(path) > 0 {
				path = append(path, 'Z')
			}
			path = append(path, 'M')
		case opentype.SegmentOpLineTo:
			path = append(path, 'L')
		case opentype.SegmentOpQuadTo:
			path = append(path, 'Q')
		case opentype.SegmentOpCubeTo:
			path = append(path, 'C')
		}
		for i, p := range segment.ArgsSlice() {
			if i > 0 {
				path = append(path, ' ')
			}
			path = strconv.AppendInt(path, int64(roundHalf(p.X*scale)), 10)
			path = append(path, ' ')
			path = strconv.AppendInt(path, int64(roundHalf(p.Y*scale)), 10)
		}
	}
	return string(append(path, 'Z'))
}

func roundHalf(v float32) int {
	if v < 0 {
		return -int(0.5 - v)
	}
	return int(v + 0.5)
}

// extents returns how far the first font reaches above and below the baseline,
// both positive, in em: ECharts centres texts between the two.
func (t *typesetter) extents() (ascent, descent float64) {
	metrics, found := t.faces[0].FontHExtents()
	if !found {
		return 0.8, 0.2
	}
	upem := float64(t.faces[0].Upem())
	return float64(metrics.Ascender) / upem, -float64(metrics.Descender) / upem
}
