package survey

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// XLIFF is the format in which translators' tools take texts. A unit is one text
// with one segment. ${name} is an inline code, which tools keep whole; Markdown
// stays in the text. What tools need not know (the fingerprints by which we see
// what changed meanwhile) stands in the metadata module, which they must keep.
//
// Source: OASIS, XLIFF Version 2.1 (2018).

const (
	xliffSpace   = "urn:oasis:names:tc:xliff:document:2.0" // of all versions 2.x
	metaSpace    = "urn:oasis:names:tc:xliff:metadata:2.0"
	xliffVersion = "2.1"
	// Our own words inside: the prefix of sub-states, the category of metadata and
	// the categories of notes.
	xliffPrefix = "bedarfslotse"
	metaSource  = "source-fingerprint"
	metaTarget  = "target-fingerprint"
	noteContext = "context"
	noteComment = "comment"
)

type xliffDocument struct {
	XMLName xml.Name  `xml:"xliff"`
	Space   string    `xml:"xmlns,attr"`
	Meta    string    `xml:"xmlns:mda,attr"`
	Version string    `xml:"version,attr"`
	Source  string    `xml:"srcLang,attr"`
	Target  string    `xml:"trgLang,attr"`
	File    xliffFile `xml:"file"`
}

type xliffFile struct {
	ID       string      `xml:"id,attr"`
	Original string      `xml:"original,attr"`
	Space    string      `xml:"xml:space,attr"`
	Units    []xliffUnit `xml:"unit"`
}

type xliffUnit struct {
	ID       string       `xml:"id,attr"`
	Name     string       `xml:"name,attr"`
	Meta     xliffMeta    `xml:"mda:metadata"`
	Notes    []xliffNote  `xml:"notes>note"`
	Original []xliffData  `xml:"originalData>data"`
	Segment  xliffSegment `xml:"segment"`
}

type xliffMeta struct {
	Group struct {
		Category string          `xml:"category,attr"`
		Entries  []xliffMetaText `xml:"mda:meta"`
	} `xml:"mda:metaGroup"`
}

type xliffMetaText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

type xliffNote struct {
	Category string `xml:"category,attr"`
	Text     string `xml:",chardata"`
}

type xliffData struct {
	ID   string `xml:"id,attr"`
	Text string `xml:",chardata"`
}

type xliffSegment struct {
	State    string      `xml:"state,attr"`
	SubState string      `xml:"subState,attr,omitempty"`
	Source   xliffInline `xml:"source"`
	Target   *xliffInline
}

type xliffInline struct {
	XMLName xml.Name
	Content string `xml:",innerxml"`
}

// WriteXLIFF writes a handover as XLIFF 2.1.
func WriteXLIFF(w io.Writer, h Handover) error {
	document := xliffDocument{Space: xliffSpace, Meta: metaSpace, Version: xliffVersion, Source: h.Source, Target: h.Target,
		File: xliffFile{ID: "survey", Original: h.Survey, Space: "preserve"}}
	for _, one := range h.Units {
		document.File.Units = append(document.File.Units, xliffUnitOf(one))
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return fmt.Errorf("write XLIFF: %w", err)
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", " ")
	if err := encoder.Encode(document); err != nil {
		return fmt.Errorf("write XLIFF: %w", err)
	}
	return nil
}

func xliffUnitOf(u Unit) xliffUnit {
	out := xliffUnit{ID: unitID(u.Key), Name: clean(u.Name)}
	out.Meta.Group.Category = xliffPrefix
	out.Meta.Group.Entries = []xliffMetaText{{metaSource, u.SourcePrint}, {metaTarget, u.Seen}}
	for _, text := range u.Context {
		out.Notes = append(out.Notes, xliffNote{noteContext, clean(text)})
	}
	for _, text := range u.Comments {
		out.Notes = append(out.Notes, xliffNote{noteComment, clean(text)})
	}
	codes := &xliffCodes{}
	out.Segment.State, out.Segment.SubState = xliffState(u.Standing)
	out.Segment.Source.Content = codes.write(u.Source)
	codes.target()
	if u.Translation != "" {
		out.Segment.Target = &xliffInline{XMLName: xml.Name{Local: "target"}, Content: codes.write(u.Translation)}
	}
	out.Original = codes.data
	return out
}

// xliffState says how far a unit is. What is stale is work to do, though it has
// a translation.
func xliffState(standing Standing) (state, subState string) {
	switch standing {
	case Approved:
		return "reviewed", ""
	case Unreviewed:
		return "translated", ""
	case Outdated:
		return "initial", xliffPrefix + ":" + string(Outdated)
	}
	return "initial", ""
}

// xliffCodes numbers the inline codes of a unit. A placeholder has one number in
// source and target; where it stands several times, each time another.
type xliffCodes struct {
	data     []xliffData
	inSource []string // the placeholders by their numbers, from 1
	inTarget bool
	used     map[int]bool // numbers in the text that is being written
	next     int
}

func (c *xliffCodes) target() { c.inTarget = true }

// write returns a text as XML with its placeholders as codes.
func (c *xliffCodes) write(text string) string {
	var out strings.Builder
	c.used = map[int]bool{}
	done := 0
	for _, at := range textReference.FindAllStringIndex(text, -1) {
		code := text[at[0]:at[1]]
		if clean(code) != code { // no attribute can hold it: it stays a part of the text
			continue
		}
		escape(&out, text[done:at[0]])
		out.WriteString(`<ph id="` + fmt.Sprint(c.number(code)) + `" canCopy="no" canDelete="no" dataRef="` + c.dataOf(code) + `" disp="`)
		attribute(&out, code)
		out.WriteString(`" equiv="`)
		attribute(&out, code)
		out.WriteString(`"/>`)
		done = at[1]
	}
	escape(&out, text[done:])
	return out.String()
}

// number of a code: in the target that of the same code in the source.
func (c *xliffCodes) number(code string) int {
	if c.inTarget {
		for at, one := range c.inSource {
			if one == code && !c.used[at+1] {
				c.used[at+1] = true
				return at + 1
			}
		}
	}
	c.next++
	if !c.inTarget {
		c.inSource = append(c.inSource, code)
	}
	c.used[c.next] = true
	return c.next
}

func (c *xliffCodes) dataOf(code string) string {
	for _, one := range c.data {
		if one.Text == code {
			return one.ID
		}
	}
	id := "d" + fmt.Sprint(len(c.data)+1)
	c.data = append(c.data, xliffData{id, code})
	return id
}

// escape writes a text as XML. Signs that XML cannot hold become <cp>.
func escape(out *strings.Builder, text string) {
	var run bytes.Buffer
	flush := func() {
		_ = xml.EscapeText(out, run.Bytes()) // a builder does not fail
		run.Reset()
	}
	for at, sign := range text {
		if _, size := utf8.DecodeRuneInString(text[at:]); inXML(sign) && !(sign == utf8.RuneError && size == 1) {
			run.WriteRune(sign)
			continue
		}
		flush()
		fmt.Fprintf(out, `<cp hex="%04X"/>`, sign)
	}
	flush()
}

func attribute(out *strings.Builder, text string) { _ = xml.EscapeText(out, []byte(clean(text))) }

// clean takes out what XML cannot hold.
func clean(text string) string {
	return strings.Map(func(sign rune) rune {
		if !inXML(sign) {
			return -1
		}
		return sign
	}, text)
}

// inXML tells whether XML 1.0 may hold a sign.
func inXML(sign rune) bool {
	return sign == '\t' || sign == '\n' || sign == '\r' || sign >= 0x20 && sign <= 0xd7ff || sign >= 0xe000 && sign <= 0xfffd || sign >= 0x10000
}
