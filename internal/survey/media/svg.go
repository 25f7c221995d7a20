package media

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"bedarfslotse/internal/failure"
)

const svgSpace = "http://www.w3.org/2000/svg"

// How much a drawing may hold, so that no phone is kept busy by one.
const (
	maxDepth    = 100
	maxElements = 20_000
	maxDrawn    = 200_000 // elements with those drawn again by reference
)

// svgRoot tells whether a content begins as SVG does: its first element, which
// comments, a declaration and a document type may precede, is svg.
func svgRoot(content []byte) bool {
	decoder := newDecoder(content)
	for {
		token, err := decoder.RawToken()
		if err != nil {
			return false
		}
		switch token := token.(type) {
		case xml.StartElement:
			return token.Name.Local == "svg"
		case xml.CharData:
			if len(bytes.TrimSpace(token)) > 0 {
				return false
			}
		}
	}
}

func newDecoder(content []byte) *xml.Decoder {
	return xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))))
}

// drawing checks that an SVG only draws: it is refused, not mended, when it
// holds anything that runs, or fetches something, or stands for more than it
// says. The size is that of the root, 0 when it names none.
func drawing(content []byte) (width, height int, err error) {
	d := &drawn{byID: map[string]*part{}}
	decoder := newDecoder(content)
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = d.token(token)
		}
		if err != nil {
			var known *failure.Error
			if !errors.As(err, &known) {
				known = failure.New(failure.Invalid, "survey.media_svg_broken", "reason", err.Error())
			}
			return 0, 0, known
		}
	}
	if d.root == nil {
		return 0, 0, failure.New(failure.Invalid, "survey.media_svg_broken", "reason", "no root element")
	}
	if _, ok := d.count(d.root, 0); !ok {
		return 0, 0, failure.New(failure.TooLarge, "survey.media_svg_heavy", "limit", maxDrawn)
	}
	width, height = d.root.size()
	return width, height, nil
}

// part is an element of a drawing.
type part struct {
	attributes []xml.Attr
	children   []*part
	uses       []string // the ids of what it draws again
	style      []byte   // its text, nil unless it is a style sheet
	counted    int      // how many elements it comes to, 0 before it was counted
	counting   bool
}

type drawn struct {
	root     *part
	open     []*part
	byID     map[string]*part
	elements int
}

func active(what string) error {
	return failure.New(failure.Invalid, "survey.media_svg_active", "what", what)
}

func outside(what string) error {
	return failure.New(failure.Invalid, "survey.media_svg_outside", "what", what)
}

func (d *drawn) token(token xml.Token) error {
	switch token := token.(type) {
	case xml.StartElement:
		return d.begin(token)
	case xml.EndElement:
		last := d.open[len(d.open)-1]
		d.open = d.open[:len(d.open)-1]
		return checkStyle(string(last.style)) // as a whole: a comment may split a word
	case xml.CharData:
		if len(d.open) > 0 && d.open[len(d.open)-1].style != nil {
			last := d.open[len(d.open)-1]
			last.style = append(last.style, token...)
		}
	case xml.ProcInst:
		if token.Target != "xml" {
			return outside("<?" + token.Target + "?>")
		}
	case xml.Directive:
		if bytes.ContainsAny(token, "[") || bytes.Contains(bytes.ToUpper(token), []byte("ENTITY")) {
			return active("<!ENTITY>")
		}
	}
	return nil
}

func (d *drawn) begin(element xml.StartElement) error {
	name := element.Name
	switch {
	case d.root == nil && (name.Space != svgSpace || name.Local != "svg"):
		return failure.New(failure.Invalid, "survey.media_svg_broken", "reason", `xmlns="`+svgSpace+`"`)
	case d.root != nil && len(d.open) == 0:
		return failure.New(failure.Invalid, "survey.media_svg_broken", "reason", "<"+name.Local+">")
	case name.Space == svgSpace && !slices.Contains(drawingElements(), name.Local),
		name.Space != svgSpace && !slices.Contains(editorSpaces(), name.Space):
		return active("<" + name.Local + ">")
	}
	one := &part{attributes: element.Attr}
	if name.Local == "style" {
		one.style = []byte{}
	}
	if d.elements++; d.elements > maxElements || len(d.open) >= maxDepth {
		return failure.New(failure.TooLarge, "survey.media_svg_heavy", "limit", maxElements)
	}
	for _, attribute := range element.Attr {
		if err := checkAttribute(attribute); err != nil {
			return err
		}
		value := strings.TrimSpace(attribute.Value)
		if attribute.Name.Local == "id" && attribute.Name.Space == "" && d.byID[value] == nil {
			d.byID[value] = one
		}
		if attribute.Name.Local == "href" {
			one.uses = append(one.uses, strings.TrimPrefix(value, "#"))
		}
		for _, found := range ownURL.FindAllStringSubmatch(value, -1) {
			one.uses = append(one.uses, found[1])
		}
	}
	if d.root == nil {
		d.root = one
	} else {
		around := d.open[len(d.open)-1]
		around.children = append(around.children, one)
	}
	d.open = append(d.open, one)
	return nil
}

// count returns how many elements are drawn for one; false when it draws itself
// or comes to too many.
func (d *drawn) count(one *part, depth int) (int, bool) {
	if one.counted > 0 {
		return one.counted, true
	}
	if one.counting || depth > maxElements {
		return 0, false
	}
	one.counting = true
	defer func() { one.counting = false }()
	total := 1
	parts := slices.Clone(one.children)
	for _, id := range one.uses {
		if again := d.byID[id]; again != nil {
			parts = append(parts, again)
		}
	}
	for _, inside := range parts {
		number, ok := d.count(inside, depth+1)
		if total += number; !ok || total > maxDrawn {
			return 0, false
		}
	}
	one.counted = total
	return total, true
}

// checkAttribute refuses what runs and what leads out of the drawing.
func checkAttribute(attribute xml.Attr) error {
	local, value := strings.ToLower(attribute.Name.Local), strings.TrimSpace(attribute.Value)
	switch {
	case attribute.Name.Space == "xmlns" || local == "xmlns":
		return nil
	case strings.HasPrefix(local, "on"):
		return active(attribute.Name.Local)
	case attribute.Name.Space == "" && local == "style",
		attribute.Name.Space == "" && strings.Contains(value, `\`) && strings.Contains(value, "("):
		return checkStyle(value)
	case local == "href" || local == "src" || local == "base":
		if !strings.HasPrefix(value, "#") {
			return outside(attribute.Name.Local)
		}
	}
	return checkURLs(value)
}

var (
	styleURL = regexp.MustCompile(`(?i)url\s*\(\s*["']?\s*`)
	ownURL   = regexp.MustCompile(`(?i)url\s*\(\s*["']?\s*#([^"')\s]+)`)
)

// checkURLs lets a value refer to parts of the drawing only.
func checkURLs(value string) error {
	for _, at := range styleURL.FindAllStringIndex(value, -1) {
		if !strings.HasPrefix(value[at[1]:], "#") {
			return outside("url(…)")
		}
	}
	return nil
}

// checkStyle refuses what a style sheet can fetch or run. A backslash could
// spell any of it so that nobody sees it.
func checkStyle(style string) error {
	lower := strings.ToLower(style)
	for _, word := range []string{"@import", "@font-face", "@namespace", "image-set", "src(", "expression(", "javascript:", "behavior", "-moz-binding", `\`} {
		if strings.Contains(lower, word) {
			return outside(word)
		}
	}
	return checkURLs(style)
}

// drawingElements lists the elements that only draw. Scripts, links, animation
// (which can change a link), embedded pictures and foreign content are not among
// them.
func drawingElements() []string {
	return []string{
		"svg", "g", "defs", "symbol", "use", "switch", "view", "title", "desc", "metadata", "style",
		"path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "textPath",
		"linearGradient", "radialGradient", "stop", "clipPath", "mask", "pattern", "marker", "filter",
		"feBlend", "feColorMatrix", "feComponentTransfer", "feComposite", "feConvolveMatrix", "feDiffuseLighting",
		"feDisplacementMap", "feDistantLight", "feDropShadow", "feFlood", "feFuncA", "feFuncB", "feFuncG", "feFuncR",
		"feGaussianBlur", "feMerge", "feMergeNode", "feMorphology", "feOffset", "fePointLight", "feSpecularLighting",
		"feSpotLight", "feTile", "feTurbulence",
	}
}

// editorSpaces lists the namespaces in which drawing programs keep notes of
// their own, which browsers do not look at.
func editorSpaces() []string {
	return []string{
		"http://www.inkscape.org/namespaces/inkscape", "http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd",
		"http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://creativecommons.org/ns#", "http://web.resource.org/cc/",
		"http://purl.org/dc/elements/1.1/", "http://www.bohemiancoding.com/sketch/ns", "http://www.serif.com/",
	}
}

// size returns the root's width and height in pixels, from its viewBox where
// it names no lengths.
func (p *part) size() (width, height int) {
	given := map[string]string{}
	for _, attribute := range p.attributes {
		if attribute.Name.Space == "" {
			given[attribute.Name.Local] = strings.TrimSpace(attribute.Value)
		}
	}
	width, height = length(given["width"]), length(given["height"])
	box := strings.FieldsFunc(given["viewBox"], func(c rune) bool { return c == ' ' || c == ',' || c == '\n' || c == '\t' })
	if (width == 0 || height == 0) && len(box) == 4 {
		width, height = length(box[2]), length(box[3])
	}
	if width == 0 || height == 0 {
		return 0, 0
	}
	return width, height
}

// length reads a length in pixels or points; 0 for what depends on the page.
func length(text string) int {
	factor := 1.0
	for unit, pixels := range map[string]float64{"px": 1, "pt": 4.0 / 3, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96} {
		if number, ok := strings.CutSuffix(text, unit); ok {
			text, factor = number, pixels
			break
		}
	}
	value, err := strconv.ParseFloat(text, 64)
	if value *= factor; err != nil || math.IsNaN(value) || value < 0.5 || value > maxSide {
		return 0
	}
	return int(math.Round(value))
}
