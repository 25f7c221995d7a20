package charts

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// outlined writes ECharts' SVG anew: only the elements and attributes that a
// drawing needs, every text as outlines, ids that belong to this chart alone.
func outlined(drawn string, chart Chart, setter *typesetter) ([]byte, error) {
	w := &svgWriter{prefix: chart.ID, setter: setter, ids: map[string]string{}, glyphs: map[glyph]string{}}
	decoder := xml.NewDecoder(strings.NewReader(drawn))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read ECharts' SVG: %w", err)
		}
		if err := w.token(decoder, token); err != nil {
			return nil, err
		}
	}
	return w.document(chart), nil
}

// painted writes a scene of our own.
func painted(s *scene, chart Chart, colours *palette, setter *typesetter) ([]byte, error) {
	w := &svgWriter{prefix: chart.ID, setter: setter, glyphs: map[glyph]string{}}
	for i := range s.marks {
		if err := w.mark(&s.marks[i], colours); err != nil {
			return nil, err
		}
	}
	return w.document(chart), nil
}

// svgWriter collects the body of the new picture.
type svgWriter struct {
	prefix string
	setter *typesetter
	body   bytes.Buffer
	ids    map[string]string // ECharts' ids → ours
	glyphs map[glyph]string  // outlines by glyph at 0, 0 → our id
	paths  []string          // the definitions of glyphs, in order of first use
}

// drawable are the elements that may pass.
func drawable(name string) bool {
	switch name {
	case "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "defs", "pattern", "clipPath",
		"linearGradient", "radialGradient", "stop":
		return true
	}
	return false
}

// drawing attributes that may pass; all others (classes, event hints, ECharts'
// own data) are left out.
func passes(name string) bool {
	switch name {
	case "id", "d", "x", "y", "width", "height", "cx", "cy", "r", "rx", "ry", "x1", "y1", "x2", "y2", "points",
		"transform", "opacity", "fill", "fill-opacity", "fill-rule", "clip-path", "clip-rule", "offset",
		"stop-color", "stop-opacity", "patternUnits", "patternTransform", "patternContentUnits", "gradientUnits",
		"stroke", "stroke-width", "stroke-opacity", "stroke-linecap", "stroke-linejoin", "stroke-dasharray",
		"stroke-dashoffset", "stroke-miterlimit":
		return true
	}
	return false
}

func (w *svgWriter) token(decoder *xml.Decoder, token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		switch name := t.Name.Local; {
		case name == "svg":
			return nil // document writes its own
		case name == "style":
			return decoder.Skip() // hover effects only
		case name == "text":
			return w.text(decoder, t)
		case drawable(name):
			return w.open(name, t.Attr)
		default:
			return fmt.Errorf("ECharts drew an element %q that is not known to be safe", name)
		}
	case xml.EndElement:
		if drawable(t.Name.Local) {
			fmt.Fprintf(&w.body, "</%s>", t.Name.Local)
		}
	}
	return nil
}

func (w *svgWriter) open(name string, attributes []xml.Attr) error {
	w.body.WriteByte('<')
	w.body.WriteString(name)
	for _, attribute := range attributes {
		if attribute.Name.Space != "" || !passes(attribute.Name.Local) {
			continue
		}
		value, err := w.value(attribute)
		if err != nil {
			return err
		}
		fmt.Fprintf(&w.body, ` %s="%s"`, attribute.Name.Local, html.EscapeString(value))
	}
	w.body.WriteByte('>')
	return nil
}

var localReference = regexp.MustCompile(`^url\(#([\w-]+)\)$`)

// value renames ids and what refers to them, and refuses references elsewhere.
func (w *svgWriter) value(attribute xml.Attr) (string, error) {
	value := attribute.Value
	if attribute.Name.Local == "id" {
		return w.id(value), nil
	}
	if found := localReference.FindStringSubmatch(value); found != nil {
		return "url(#" + w.id(found[1]) + ")", nil
	}
	if strings.Contains(value, "url(") || strings.Contains(value, ":") {
		return "", fmt.Errorf("ECharts wrote a reference %q", value)
	}
	// Numbers stay as they are: ECharts draws a circle as an arc whose ends are
	// 0.0002 pixels apart, and rounding would close it to nothing.
	return value, nil
}

// id returns our name for one of ECharts' ids, which count on through the life
// of a machine and would make equal charts unequal.
func (w *svgWriter) id(theirs string) string {
	if _, known := w.ids[theirs]; !known {
		w.ids[theirs] = w.prefix + "-d" + strconv.Itoa(len(w.ids))
	}
	return w.ids[theirs]
}

// short writes a number with at most two decimals.
func short(value float64) string {
	return strconv.FormatFloat(math.Round(value*100)/100, 'f', -1, 64)
}

// text replaces a text element by the outlines of its glyphs.
func (w *svgWriter) text(decoder *xml.Decoder, start xml.StartElement) error {
	var content struct {
		Text string `xml:",chardata"`
	}
	if err := decoder.DecodeElement(&content, &start); err != nil {
		return fmt.Errorf("read ECharts' SVG: %w", err)
	}
	attributes := map[string]string{}
	for _, attribute := range start.Attr {
		attributes[attribute.Name.Local] = attribute.Value
	}
	glyphs, advance := w.setter.shape(content.Text)
	size := float64(smallSize)
	if found := fontSize.FindStringSubmatch(attributes["style"]); found != nil {
		size, _ = strconv.ParseFloat(found[1], 64)
	}
	x, y := number(attributes["x"]), number(attributes["y"])
	switch attributes["text-anchor"] {
	case "middle":
		x -= float64(advance) / em * size / 2
	case "end":
		x -= float64(advance) / em * size
	}
	y += w.baseline(attributes["dominant-baseline"]) * size
	return w.glyphRun(glyphs, attributes, x, y, size)
}

// baseline returns how far below the given point the baseline lies, in em.
func (w *svgWriter) baseline(dominant string) float64 {
	ascent, descent := w.setter.extents()
	switch dominant {
	case "central", "middle":
		return (ascent - descent) / 2
	case "hanging", "text-before-edge":
		return ascent
	case "text-after-edge":
		return -descent
	default:
		return 0
	}
}

func (w *svgWriter) glyphRun(glyphs []glyph, attributes map[string]string, x, y, size float64) error {
	var uses bytes.Buffer
	for _, g := range glyphs {
		if id := w.define(g); id != "" {
			fmt.Fprintf(&uses, `<use href="#%s" x="%d" y="%d"/>`, id, g.x, g.y)
		}
	}
	if uses.Len() == 0 {
		return nil
	}
	scale := strconv.FormatFloat(size/em, 'f', -1, 64)
	transform := fmt.Sprintf("translate(%s %s) scale(%s -%s)", short(x), short(y), scale, scale)
	if outer := attributes["transform"]; outer != "" {
		transform = outer + " " + transform
	}
	run := []xml.Attr{{Name: xml.Name{Local: "transform"}, Value: transform}}
	for _, name := range []string{"fill", "fill-opacity", "opacity"} {
		if value := attributes[name]; value != "" {
			run = append(run, xml.Attr{Name: xml.Name{Local: name}, Value: value})
		}
	}
	if err := w.open("g", run); err != nil {
		return err
	}
	w.body.Write(uses.Bytes())
	w.body.WriteString("</g>")
	return nil
}

// mark writes one mark of a scene.
func (w *svgWriter) mark(m *mark, colours *palette) error {
	switch m.kind {
	case box:
		fmt.Fprintf(&w.body, `<rect x="%s" y="%s" width="%s" height="%s"%s/>`, short(m.x), short(m.y), short(m.w), short(m.h), m.paints(colours))
		w.hatching(m, colours)
	case line, dashes:
		broken := ""
		if m.kind == dashes {
			broken = ` stroke-dasharray="4 3"`
		}
		fmt.Fprintf(&w.body, `<line x1="%s" y1="%s" x2="%s" y2="%s"%s%s/>`, short(m.x), short(m.y), short(m.x+m.w), short(m.y+m.h), m.paints(colours), broken)
	case disc:
		fmt.Fprintf(&w.body, `<circle cx="%s" cy="%s" r="%s"%s/>`, short(m.x), short(m.y), short(m.w), m.paints(colours))
	case diamond:
		fmt.Fprintf(&w.body, `<path d="M%s %sL%s %sL%s %sL%s %sZ"%s/>`, short(m.x), short(m.y-m.h), short(m.x+m.w), short(m.y),
			short(m.x), short(m.y+m.h), short(m.x-m.w), short(m.y), m.paints(colours))
	case words:
		glyphs, advance := w.setter.shape(m.text)
		x := m.x - float64(m.anchor)/2*float64(advance)/em*m.size
		y := m.y + w.baseline("central")*m.size
		return w.glyphRun(glyphs, map[string]string{"fill": m.fill.on(colours).hex()}, x, y, m.size)
	}
	return nil
}

// paints writes a mark's colours as attributes.
func (m *mark) paints(colours *palette) string {
	text := ` fill="none"`
	if m.fill != nil {
		text = fmt.Sprintf(` fill="%s"`, m.fill.on(colours).hex())
	}
	if m.stroke != nil {
		text += fmt.Sprintf(` stroke="%s" stroke-width="%s"`, m.stroke.on(colours).hex(), short(m.thick))
	}
	return text
}

// hatching writes a mark's pattern in its colour, a little nearer to that of
// words on it.
func (w *svgWriter) hatching(m *mark, colours *palette) {
	lines := m.hatching()
	if len(lines) == 0 {
		return
	}
	w.body.WriteString(`<path d="`)
	for _, l := range lines {
		fmt.Fprintf(&w.body, "M%s %sL%s %s", short(l[0]), short(l[1]), short(l[2]), short(l[3]))
	}
	fill := m.fill.on(colours)
	fmt.Fprintf(&w.body, `" fill="none" stroke="%s" stroke-width="1.2"/>`, fill.mix(fill.inkColour(), 0.35).hex())
}

// define returns the id of a glyph's outline; "" when it has no ink.
func (w *svgWriter) define(g glyph) string {
	g.x, g.y = 0, 0
	if id, known := w.glyphs[g]; known {
		return id
	}
	path := w.setter.outline(g)
	if path == "" {
		w.glyphs[g] = ""
		return ""
	}
	id := w.prefix + "-g" + strconv.Itoa(len(w.paths))
	w.glyphs[g] = id
	w.paths = append(w.paths, fmt.Sprintf(`<path id="%s" d="%s"/>`, id, path))
	return id
}

func number(text string) float64 {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return value
}

// document puts the picture together.
func (w *svgWriter) document(chart Chart) []byte {
	var out bytes.Buffer
	title, description := w.prefix+"-title", w.prefix+"-desc"
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-labelledby="%s %s" xml:lang="%s" direction="%s">`,
		chart.Width, chart.Height, chart.Width, chart.Height, title, description,
		html.EscapeString(chart.Language), html.EscapeString(chart.Direction))
	fmt.Fprintf(&out, `<title id="%s">%s</title><desc id="%s">%s</desc>`,
		title, html.EscapeString(chart.Title), description, html.EscapeString(chart.Summary))
	out.WriteString("<defs>")
	for _, path := range w.paths {
		out.WriteString(path)
	}
	out.WriteString("</defs>")
	out.Write(w.body.Bytes())
	out.WriteString("</svg>\n")
	return out.Bytes()
}
