package raster

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// node is an element.
type node struct {
	name       string
	attributes map[string]string
	children   []*node
	drawn      path // its shape, once it was read
}

// parse reads the elements and finds those with ids.
func parse(svg []byte) (*node, map[string]*node, error) {
	root, ids := &node{name: "g"}, map[string]*node{}
	stack := []*node{root}
	decoder := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return root, ids, nil
		}
		if err != nil {
			return nil, nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			n := &node{name: t.Name.Local, attributes: make(map[string]string, len(t.Attr))}
			for _, a := range t.Attr {
				n.attributes[a.Name.Local] = a.Value
			}
			if id := n.attributes["id"]; id != "" {
				ids[id] = n
			}
			parent := stack[len(stack)-1]
			parent.children = append(parent.children, n)
			stack = append(stack, n)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		}
	}
}

// number reads an attribute, 0 when it is absent.
func (n *node) number(name string) float64 {
	value, err := strconv.ParseFloat(strings.TrimSuffix(n.attributes[name], "px"), 64)
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		return 0
	}
	return value
}

// inherit adds the element's own attributes to what it has from above.
func (n *node) inherit(m Matrix, s style) (Matrix, style, error) {
	if text := n.attributes["transform"]; text != "" {
		own, err := parseTransform(text)
		if err != nil {
			return m, s, err
		}
		m = m.times(own)
	}
	set := func(name string, into *string) {
		if value := n.attributes[name]; value != "" {
			*into = value
		}
	}
	setNumber := func(name string, into *float64) {
		if n.attributes[name] != "" {
			*into = n.number(name)
		}
	}
	set("fill", &s.fill)
	set("stroke", &s.stroke)
	set("stroke-linecap", &s.cap)
	set("stroke-linejoin", &s.join)
	setNumber("fill-opacity", &s.fillOpacity)
	setNumber("stroke-opacity", &s.strokeOpacity)
	setNumber("stroke-width", &s.width)
	setNumber("stroke-dashoffset", &s.dashOffset)
	if n.attributes["opacity"] != "" {
		s.opacity *= n.number("opacity")
	}
	if text := n.attributes["stroke-dasharray"]; text != "" {
		var err error
		if s.dashes, err = parseDashes(text); err != nil {
			return m, s, err
		}
	}
	return m, s, nil
}

func parseDashes(text string) ([]float64, error) {
	if text == "none" {
		return nil, nil
	}
	dashes, err := numbers(text)
	sum := 0.0
	for _, d := range dashes {
		if d < 0 {
			return nil, fmt.Errorf("dashes %q", text)
		}
		sum += d
	}
	if err != nil || sum <= 0 {
		return nil, fmt.Errorf("dashes %q", text)
	}
	if len(dashes)%2 == 1 {
		dashes = append(dashes, dashes...)
	}
	return dashes, nil
}

// reference returns the id in url(#id), "" for anything else.
func reference(text string) string {
	id, found := strings.CutPrefix(text, "url(#")
	if !found {
		return ""
	}
	return strings.TrimSuffix(id, ")")
}

var (
	function   = regexp.MustCompile(`([a-zA-Z]+)\s*\(([^)]*)\)`)
	anyNumber  = regexp.MustCompile(`[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?`)
	notNumbers = regexp.MustCompile(`[^\s,]`)
)

// numbers reads numbers apart by spaces, commas or signs.
func numbers(text string) ([]float64, error) {
	if rest := notNumbers.FindString(anyNumber.ReplaceAllString(text, "")); rest != "" {
		return nil, fmt.Errorf("%q in %q is no number", rest, text)
	}
	var all []float64
	for _, found := range anyNumber.FindAllString(text, -1) {
		value, err := strconv.ParseFloat(found, 64)
		if err != nil {
			return nil, err
		}
		all = append(all, value)
	}
	return all, nil
}

// parseTransform reads a list of translate, scale, rotate and matrix.
func parseTransform(text string) (Matrix, error) {
	m := Matrix{A: 1, D: 1}
	for _, found := range function.FindAllStringSubmatch(text, -1) {
		v, err := numbers(found[2])
		if err != nil {
			return m, err
		}
		n := len(v)
		switch name := found[1]; {
		case name == "translate" && n == 1:
			m = m.times(Matrix{1, 0, 0, 1, v[0], 0})
		case name == "translate" && n == 2:
			m = m.times(Matrix{1, 0, 0, 1, v[0], v[1]})
		case name == "scale" && n == 1:
			m = m.times(Matrix{v[0], 0, 0, v[0], 0, 0})
		case name == "scale" && n == 2:
			m = m.times(Matrix{v[0], 0, 0, v[1], 0, 0})
		case name == "rotate" && (n == 1 || n == 3):
			sin, cos := math.Sincos(v[0] * math.Pi / 180)
			turn := Matrix{cos, sin, -sin, cos, 0, 0}
			if n == 3 {
				turn = Matrix{1, 0, 0, 1, v[1], v[2]}.times(turn).times(Matrix{1, 0, 0, 1, -v[1], -v[2]})
			}
			m = m.times(turn)
		case name == "matrix" && n == 6:
			m = m.times(Matrix{v[0], v[1], v[2], v[3], v[4], v[5]})
		default:
			return m, fmt.Errorf("transform %q is not known", found[0])
		}
	}
	return m, nil
}
