package survey

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"bedarfslotse/internal/failure"
)

// Bounds of a file that comes from outside.
const (
	MaxHandover = 16 << 20 // bytes of a file
	MaxUnits    = 20_000   // of a handover
	maxXMLDepth = 64
	maxXMLNodes = 1_000_000
)

// ReadXLIFF reads what a translator's tool made of a file of [WriteXLIFF], or of
// any XLIFF 2.0 to 2.2 whose units have our ids. Units may come in any order,
// in groups and several files, split into segments whose translations are in
// another order; inline codes may have lost what they stand for, if the source
// still tells. What is wrong with one unit is its Trouble. failure.Invalid for
// what is no such file, failure.TooLarge.
//
// Entities that a file defines are not read: it cannot make itself larger.
func ReadXLIFF(r io.Reader) (Handover, error) {
	content, err := io.ReadAll(io.LimitReader(r, MaxHandover+1))
	if err != nil {
		return Handover{}, fmt.Errorf("read XLIFF: %w", err)
	}
	if len(content) > MaxHandover {
		return Handover{}, failure.New(failure.TooLarge, "error.handover_large", "limit", MaxHandover>>20)
	}
	root, err := readXML(content)
	if err != nil {
		return Handover{}, err
	}
	version := root.attribute("version")
	switch {
	case root.name.Local != "xliff":
		return Handover{}, failure.New(failure.Invalid, "error.xliff_none")
	case root.name.Space != xliffSpace && !strings.HasPrefix(version, "2."):
		return Handover{}, failure.New(failure.Invalid, "error.xliff_version", "version", cmp.Or(version, "1"))
	}
	h := Handover{Source: root.attribute("srcLang"), Target: root.attribute("trgLang")}
	for _, file := range root.all("file") {
		h.Survey = cmp.Or(h.Survey, file.attribute("original"))
		file.units(func(unit *xmlNode) { h.Units = append(h.Units, readUnit(unit)) })
	}
	if len(h.Units) > MaxUnits {
		return Handover{}, failure.New(failure.TooLarge, "error.handover_units", "limit", MaxUnits)
	}
	if len(h.Units) == 0 {
		return Handover{}, failure.New(failure.Invalid, "error.handover_empty")
	}
	return h, nil
}

// xmlNode is an element, or a text, which has no name.
type xmlNode struct {
	name     xml.Name
	attrs    []xml.Attr
	text     string
	children []*xmlNode
}

func readXML(content []byte) (*xmlNode, error) {
	text := transform.NewReader(bytes.NewReader(content), unicode.BOMOverride(encoding.Nop.NewDecoder()))
	decoder := xml.NewDecoder(text)
	decoder.CharsetReader = func(label string, input io.Reader) (io.Reader, error) {
		if strings.HasPrefix(strings.ToLower(label), "utf-16") { // by its byte order mark it is UTF-8 already
			return input, nil
		}
		known, err := htmlindex.Get(label)
		if err != nil {
			return nil, err
		}
		return known.NewDecoder().Reader(input), nil
	}
	root := &xmlNode{}
	open, count := []*xmlNode{root}, 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			line, _ := decoder.InputPos()
			return nil, failure.New(failure.Invalid, "error.xliff_unreadable", "line", line).Because(err)
		}
		if count++; count > maxXMLNodes || len(open) > maxXMLDepth {
			return nil, failure.New(failure.TooLarge, "error.xliff_bounds")
		}
		inside := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			node := &xmlNode{name: token.Name, attrs: slices.Clone(token.Attr)}
			inside.children = append(inside.children, node)
			open = append(open, node)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			inside.children = append(inside.children, &xmlNode{text: string(token)})
		}
	}
	for _, node := range root.children {
		if node.name.Local != "" {
			return node, nil
		}
	}
	return nil, failure.New(failure.Invalid, "error.xliff_none")
}

func (n *xmlNode) attribute(name string) string {
	for _, one := range n.attrs {
		if one.Name.Local == name {
			return one.Value
		}
	}
	return ""
}

// all lists the children of a name.
func (n *xmlNode) all(name string) []*xmlNode {
	var found []*xmlNode
	for _, child := range n.children {
		if child.name.Local == name {
			found = append(found, child)
		}
	}
	return found
}

// below lists the elements of a name at any depth.
func (n *xmlNode) below(name string) []*xmlNode {
	var found []*xmlNode
	for _, child := range n.children {
		if child.name.Local == name {
			found = append(found, child)
		}
		found = append(found, child.below(name)...)
	}
	return found
}

// plain is all text inside.
func (n *xmlNode) plain() string {
	text := n.text
	for _, child := range n.children {
		text += child.plain()
	}
	return text
}

// units visits the units of a file, those in groups included.
func (n *xmlNode) units(visit func(*xmlNode)) {
	for _, child := range n.children {
		switch child.name.Local {
		case "unit":
			visit(child)
		case "group":
			child.units(visit)
		}
	}
}

// xliffPart is a segment of a unit, or what stands between two.
type xliffPart struct {
	source, target string
	translated     bool
	state          int // its place among the states
	order          int // of the translation
}

// readUnit reads one unit, its parts put together.
func readUnit(unit *xmlNode) Unit {
	u := Unit{Key: unit.attribute("id"), Name: unit.attribute("name"), Standing: Missing}
	u.readNotes(unit)
	codes := xliffReading{data: map[string]string{}, inSource: map[string]string{}}
	for _, one := range unit.below("data") {
		codes.data[one.attribute("id")] = codes.inline(one, false)
	}
	parts := codes.parts(unit)
	translated, state := 0, len(xliffStates())
	for _, part := range parts {
		u.Source += part.source
		if part.translated {
			translated++
		}
		if strings.TrimSpace(part.source) != "" {
			state = min(state, part.state)
		}
	}
	if translated == 0 {
		return u
	}
	slices.SortStableFunc(parts, func(a, b xliffPart) int { return cmp.Compare(a.order, b.order) })
	for _, part := range parts {
		if !part.translated && strings.TrimSpace(part.source) != "" {
			u.Trouble = "translate.unit_partial"
		}
		if !part.translated { // white space between two segments
			part.target = part.source
		}
		u.Translation += part.target
	}
	if codes.lost && u.Trouble == "" {
		u.Trouble = "translate.unit_code"
	}
	if strings.TrimSpace(u.Translation) != "" {
		u.Standing = Unreviewed
		if state >= slices.Index(xliffStates(), "reviewed") && state < len(xliffStates()) {
			u.Standing = Approved
		}
	}
	return u
}

// xliffStates lists the states of a segment, from the first to the last.
func xliffStates() []string { return []string{"initial", "translated", "reviewed", "final"} }

// readNotes reads what is said about a unit, and the fingerprints.
func (u *Unit) readNotes(unit *xmlNode) {
	for _, notes := range unit.all("notes") {
		for _, note := range notes.all("note") {
			switch text := Tidy(note.plain()); {
			case text == "":
			case note.attribute("category") == noteContext:
				u.Context = append(u.Context, text)
			default:
				u.Comments = append(u.Comments, text)
			}
		}
	}
	known := 0
	for _, metadata := range unit.all("metadata") {
		for _, one := range metadata.below("meta") {
			switch one.attribute("type") {
			case metaSource:
				u.SourcePrint = strings.TrimSpace(one.plain())
				known |= 1
			case metaTarget:
				u.Seen = strings.TrimSpace(one.plain())
				known |= 2
			}
		}
	}
	u.Traced = known == 3
}

// xliffReading resolves the inline codes of a unit.
type xliffReading struct {
	data     map[string]string // what codes stand for, by the id of the data
	inSource map[string]string // and by their own id in the source
	lost     bool              // there was one of which nothing tells it
}

func (c *xliffReading) parts(unit *xmlNode) []xliffPart {
	var parts []xliffPart
	for _, child := range unit.children {
		if child.name.Local != "segment" && child.name.Local != "ignorable" {
			continue
		}
		part := xliffPart{order: len(parts) + 1, state: max(0, slices.Index(xliffStates(), child.attribute("state")))}
		for _, source := range child.all("source") {
			part.source = c.inline(source, true)
		}
		for _, target := range child.all("target") {
			part.target = c.inline(target, false)
			part.translated = strings.TrimSpace(part.target) != "" || strings.TrimSpace(part.source) == ""
			if at, err := strconv.Atoi(target.attribute("order")); err == nil {
				part.order = at
			}
		}
		parts = append(parts, part)
	}
	return parts
}

// inline is the text of an element, with what its codes stand for.
func (c *xliffReading) inline(n *xmlNode, source bool) string {
	var out strings.Builder
	for _, child := range n.children {
		switch child.name.Local {
		case "":
			out.WriteString(child.text)
		case "cp":
			if sign, err := strconv.ParseUint(child.attribute("hex"), 16, 21); err == nil {
				out.WriteRune(rune(sign))
			}
		case "ph":
			out.WriteString(c.code(child, source))
		case "pc":
			out.WriteString(c.data[child.attribute("dataRefStart")])
			out.WriteString(c.inline(child, source))
			out.WriteString(c.data[child.attribute("dataRefEnd")])
		case "sc", "ec":
			out.WriteString(c.data[child.attribute("dataRef")])
		default: // annotations
			out.WriteString(c.inline(child, source))
		}
	}
	return out.String()
}

// code is what a placeholder stands for: by its data, its own words, or the
// code of the same id in the source.
func (c *xliffReading) code(n *xmlNode, source bool) string {
	id := n.attribute("id")
	text := cmp.Or(c.data[n.attribute("dataRef")], n.attribute("equiv"), n.attribute("disp"), c.inSource[id])
	if source {
		c.inSource[id] = text
	}
	if text == "" {
		c.lost = true
	}
	return text
}
