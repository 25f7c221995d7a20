package report

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// passage is a paragraph or the item of a list.
type passage struct {
	list  listKind
	depth int // of the list, from 1
	// number of an item in its list, from 1, and start tells that the list begins
	// with it; further paragraphs of an item have the number 0.
	number int
	start  bool
	quoted bool
	runs   []run
}

type listKind string

const (
	noList   listKind = ""
	bullets  listKind = "ul"
	numbered listKind = "ol"
)

// run is a piece of text in one style.
type run struct {
	text             string
	strong, emphasis bool
	link             string // absolute address, "" for none
	breaks           bool   // a line ends behind it
}

// read turns Markdown into passages: paragraphs, lists, emphasis and links.
// Everything else becomes text: headings strong paragraphs, pictures their
// description, HTML itself as it was typed. So nothing in it does anything, and
// nothing is lost.
func read(markdown string) []passage {
	source := []byte(clean(markdown))
	r := &reader{source: source}
	r.blocks(goldmark.DefaultParser().Parse(text.NewReader(source)), passage{})
	return r.passages
}

type reader struct {
	source   []byte
	passages []passage
}

// blocks reads the blocks in a node, all with the frame that is around them.
func (r *reader) blocks(parent ast.Node, frame passage) {
	for node := parent.FirstChild(); node != nil; node = node.NextSibling() {
		switch n := node.(type) {
		case *ast.List:
			r.list(n, frame)
		case *ast.Blockquote:
			inside := frame
			inside.quoted = true
			r.blocks(n, inside)
		case *ast.Heading:
			r.add(frame, r.inline(n, run{strong: true}))
		case *ast.ThematicBreak:
		case *ast.CodeBlock, *ast.FencedCodeBlock, *ast.HTMLBlock:
			r.add(frame, r.lines(n))
		default:
			r.add(frame, r.inline(n, run{}))
		}
		frame.number, frame.start = 0, false // what follows in an item is no item of its own
	}
}

func (r *reader) add(frame passage, runs []run) {
	if !slices.ContainsFunc(runs, func(one run) bool { return strings.TrimSpace(one.text) != "" }) {
		return
	}
	frame.runs = runs
	r.passages = append(r.passages, frame)
}

func (r *reader) list(list *ast.List, frame passage) {
	kind, number := bullets, 1
	if list.IsOrdered() {
		kind = numbered
	}
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		inside := frame
		inside.list, inside.depth = kind, min(frame.depth+1, deepestList)
		inside.number, inside.start = number, number == 1
		r.blocks(item, inside)
		number++
	}
}

// lines are those of a block whose text is not read.
func (r *reader) lines(node ast.Node) []run {
	var runs []run
	lines := node.Lines()
	for i := range lines.Len() {
		line := lines.At(i)
		runs = append(runs, run{text: strings.TrimRight(string(line.Value(r.source)), "\r\n"), breaks: i < lines.Len()-1})
	}
	if block, is := node.(*ast.HTMLBlock); is && block.HasClosure() {
		if len(runs) > 0 {
			runs[len(runs)-1].breaks = true
		}
		runs = append(runs, run{text: strings.TrimRight(string(block.ClosureLine.Value(r.source)), "\r\n")})
	}
	return runs
}

// inline reads the text in a node, in the style that is around it.
func (r *reader) inline(parent ast.Node, style run) []run {
	var runs []run
	for node := parent.FirstChild(); node != nil; node = node.NextSibling() {
		inside := style
		switch n := node.(type) {
		case *ast.Text:
			inside.text, inside.breaks = unescape(string(n.Segment.Value(r.source))), n.HardLineBreak()
			if n.SoftLineBreak() && !inside.breaks {
				inside.text += " "
			}
			runs = append(runs, inside)
		case *ast.String:
			inside.text = string(n.Value)
			runs = append(runs, inside)
		case *ast.CodeSpan:
			runs = append(runs, r.inline(n, inside)...)
		case *ast.RawHTML:
			for i := range n.Segments.Len() {
				segment := n.Segments.At(i)
				inside.text += string(segment.Value(r.source))
			}
			runs = append(runs, inside)
		case *ast.Emphasis:
			inside.strong = style.strong || n.Level > 1
			inside.emphasis = style.emphasis || n.Level == 1
			runs = append(runs, r.inline(n, inside)...)
		case *ast.Link:
			inside.link = webAddress(string(n.Destination))
			runs = append(runs, r.inline(n, inside)...)
		case *ast.AutoLink:
			inside.text = string(n.Label(r.source))
			inside.link = webAddress(string(n.URL(r.source)))
			runs = append(runs, inside)
		default:
			runs = append(runs, r.inline(n, inside)...)
		}
	}
	return runs
}

// webAddress is an address that a report may link to, "" for all others.
func webAddress(address string) string {
	address = html.UnescapeString(strings.TrimSpace(address))
	parsed, err := url.Parse(address)
	if err != nil || !slices.Contains([]string{"http", "https", "mailto"}, strings.ToLower(parsed.Scheme)) {
		return ""
	}
	if parsed.Scheme != "mailto" && parsed.Host == "" {
		return ""
	}
	return parsed.String()
}

var escaped = regexp.MustCompile(`\\([!-/:-@\[-` + "`" + `{-~])`)

// unescape does what the parser leaves to who renders: escaped signs and
// character references.
func unescape(text string) string {
	return clean(html.UnescapeString(escaped.ReplaceAllString(text, "$1")))
}

// clean takes out of a text what XML cannot hold, and with it what no reader
// could see: control characters, halves of surrogates, broken UTF-8.
func clean(text string) string {
	valid := strings.ToValidUTF8(text, "\uFFFD")
	return strings.Map(func(sign rune) rune {
		switch {
		case sign == '\t' || sign == '\n' || sign == '\r':
			return sign
		case sign < 0x20 || sign == 0x7F || sign >= 0x80 && sign < 0xA0 || sign == 0xFFFE || sign == 0xFFFF || sign > 0x10FFFF:
			return -1
		}
		return sign
	}, valid)
}
