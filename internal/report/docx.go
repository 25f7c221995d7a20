package report

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"bedarfslotse/internal/i18n"
)

// WriteDOCX writes a report as a document of Office Open XML (ECMA-376,
// transitional): headings, lists, captions and tables by their own styles, so that
// who goes on writing in it finds everything where word processors look for it.
// The same report gives the same bytes.
func WriteDOCX(w io.Writer, d Document, words *i18n.Localizer) error {
	x := &docx{layout: newLayout(&d, words), links: map[string]string{}}
	x.front()
	for i := range d.Blocks {
		x.block(&d.Blocks[i])
	}
	archive := zip.NewWriter(w)
	day, err := time.Parse(time.DateOnly, d.Meta.Day)
	if err != nil || day.Year() < 1980 { // the first year that an archive knows
		day = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)
	}
	for _, part := range x.parts(day) {
		header := &zip.FileHeader{Name: part.name, Method: zip.Deflate, Modified: day}
		if strings.HasSuffix(part.name, ".png") {
			header.Method = zip.Store // is packed already
		}
		file, err := archive.CreateHeader(header)
		if err != nil {
			return fmt.Errorf("write %s: %w", part.name, err)
		}
		if _, err := file.Write(part.content); err != nil {
			return fmt.Errorf("write %s: %w", part.name, err)
		}
	}
	return archive.Close()
}

// part is a file in the archive.
type part struct {
	name    string
	content []byte
}

// docx collects the body of a document.
type docx struct {
	*layout
	body          bytes.Buffer
	relationships []relationship
	links         map[string]string // relationship by address
	media         []part
	drawings      int
	lists         []listKind // numbering instances, the first has the number 1
}

// relationship leads from the document to another part or address.
type relationship struct {
	id, kind, target string
	outside          bool
}

const officeRelationships = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"

func (x *docx) relate(kind, target string, outside bool) string {
	id := fmt.Sprintf("rId%d", len(x.relationships)+firstRelationship)
	x.relationships = append(x.relationships, relationship{id, officeRelationships + kind, target, outside})
	return id
}

// write puts XML into the body; texts among the arguments have to be escaped.
func (x *docx) write(format string, arguments ...any) { fmt.Fprintf(&x.body, format, arguments...) }

// escape writes a text as XML.
func escape(text string) string {
	var out strings.Builder
	_ = xml.EscapeText(&out, []byte(clean(text))) // a builder takes everything
	return out.String()
}

// front writes the title and the contents.
func (x *docx) front() {
	if x.Sample() {
		x.paragraph("Sample", x.Say("report.sample"))
	}
	x.paragraph("Title", x.Title())
	if x.Subtitle() != "" {
		x.paragraph("Subtitle", x.Subtitle())
	}
	x.paragraph("Day", x.Day())
	if x.HasContents() {
		x.contents()
	}
}

// paragraph writes a line in a style.
func (x *docx) paragraph(style, text string) {
	x.write(`<w:p><w:pPr><w:pStyle w:val="%s"/></w:pPr>%s</w:p>`, style, textRun("", text))
}

// textRun is a piece of text; properties are XML.
func textRun(properties, text string) string {
	if properties != "" {
		properties = "<w:rPr>" + properties + "</w:rPr>"
	}
	return `<w:r>` + properties + `<w:t xml:space="preserve">` + escape(text) + `</w:t></w:r>`
}

// contents writes the table of contents: a field that word processors fill anew,
// with what they find until then.
func (x *docx) contents() {
	x.paragraph("ContentsHeading", x.Say("report.contents"))
	for i, entry := range x.Contents {
		x.write(`<w:p><w:pPr><w:pStyle w:val="TOC%d"/></w:pPr>`, entry.Level)
		if i == 0 {
			x.write(`<w:r><w:fldChar w:fldCharType="begin" w:dirty="true"/></w:r>` +
				`<w:r><w:instrText xml:space="preserve"> TOC \o "1-3" \h \z \u </w:instrText></w:r>` +
				`<w:r><w:fldChar w:fldCharType="separate"/></w:r>`)
		}
		x.write(`<w:hyperlink w:anchor="%s" w:history="1">%s</w:hyperlink>`, bookmark(i), textRun("", entry.Text))
		if i == len(x.Contents)-1 {
			x.write(`<w:r><w:fldChar w:fldCharType="end"/></w:r>`)
		}
		x.write(`</w:p>`)
	}
}

// bookmark is the name of a heading's place.
func bookmark(at int) string { return fmt.Sprintf("_Toc%06d", at+1) }

// block writes one block.
func (x *docx) block(b *Block) {
	switch b.Kind {
	case Heading:
		x.heading(b)
	case MethodBox:
		x.passages(x.document.markdown(b), "Box")
	case ChartBlock:
		x.chart(b)
	case TableBlock, MatrixBlock, IndicatorList:
		x.passages(x.document.markdown(b), "")
		x.grided(b)
	case QuoteBlock:
		x.quote(b)
	case SourceList:
		list := x.list(bullets)
		for _, line := range x.sources(b) {
			x.write(`<w:p><w:pPr><w:pStyle w:val="ListParagraph"/><w:numPr><w:ilvl w:val="0"/><w:numId w:val="%d"/></w:numPr></w:pPr>%s</w:p>`, list, textRun("", line))
		}
	default:
		x.passages(x.document.markdown(b), "")
	}
}

func (x *docx) heading(b *Block) {
	for i, entry := range x.Contents {
		if entry.block != b {
			continue
		}
		x.write(`<w:p><w:pPr><w:pStyle w:val="Heading%d"/></w:pPr><w:bookmarkStart w:id="%d" w:name="%s"/>%s<w:bookmarkEnd w:id="%d"/></w:p>`,
			entry.Level, i, bookmark(i), textRun("", entry.Text), i)
	}
}

// grided writes the table of a block with what belongs below it.
func (x *docx) grided(b *Block) {
	grid := x.grid(b)
	if grid == nil {
		return
	}
	x.numbered("report.table", "report.table_word", x.numbers[b].table, grid.caption, true)
	x.table(grid)
	x.after(b, grid.notes)
}

// after writes notes and facts below figures.
func (x *docx) after(b *Block, notes []string) {
	for _, note := range notes {
		x.paragraph("Note", x.printed(note))
	}
	facts := x.facts(b)
	if len(facts) == 0 {
		return
	}
	x.write(`<w:p><w:pPr><w:pStyle w:val="Facts"/></w:pPr>`)
	for i, one := range facts {
		text := one.Text
		if i > 0 {
			x.write("%s", textRun("", " · "))
		}
		if one.Link != "" {
			x.write(`<w:hyperlink r:id="%s" w:history="1">%s</w:hyperlink>`, x.link(one.Link), textRun(`<w:rStyle w:val="Hyperlink"/>`, text))
			continue
		}
		x.write("%s", textRun("", text))
	}
	x.write(`</w:p>`)
}

// link is the relationship of an address outside.
func (x *docx) link(address string) string {
	id, known := x.links[address]
	if !known {
		id = x.relate("hyperlink", address, true)
		x.links[address] = id
	}
	return id
}

// numbered writes a caption whose number is a field, so that it counts on when
// something is put in before it. The phrase has the number in its middle.
func (x *docx) numbered(phrase, word string, number int, caption string, keep bool) {
	const mark = "\x01"
	full := typeset(x.T(phrase, "number", mark, "caption", strings.Join(strings.Fields(clean(caption)), " ")), x.Language())
	before, behind, _ := strings.Cut(full, mark)
	next := ""
	if keep {
		next = "<w:keepNext/>"
	}
	x.write(`<w:p><w:pPr><w:pStyle w:val="Caption"/>%s</w:pPr>%s<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> SEQ %s \* ARABIC </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>%s<w:r><w:fldChar w:fldCharType="end"/></w:r>%s</w:p>`,
		next, textRun("", before), escape(x.T(word)), textRun("", fmt.Sprint(number)), textRun("", behind))
}

// chart writes a picture with its caption, its sentence, and in the full version
// its table.
func (x *docx) chart(b *Block) {
	chart := b.Chart
	if chart == nil {
		return
	}
	if chart.Drawn() {
		x.picture(chart)
		x.numbered("report.figure", "report.figure_word", x.numbers[b].figure, chart.Caption, false)
	}
	if plain := x.document.markdown(b); plain != "" {
		x.passages(plain, "")
	} else if !x.Short() {
		x.paragraph("BodyText", x.printed(chart.Alt))
	}
	if grid := x.grid(b); grid != nil {
		x.grided(b)
		return
	}
	x.after(b, nil)
}

// quote writes what somebody said, each language in its own direction.
func (x *docx) quote(b *Block) {
	q := b.Quote
	if q == nil {
		return
	}
	x.write(`<w:p><w:pPr><w:pStyle w:val="Quote"/></w:pPr>%s</w:p>`, textRun("", x.quoted(q)))
	if q.Original == "" || q.Language == "" {
		return
	}
	x.paragraph("Note", x.translated(q))
	text, language := strings.Join(strings.Fields(clean(q.Original)), " "), escape(q.Language)
	if i18n.Direction(q.Language) == "rtl" {
		x.write(`<w:p><w:pPr><w:pStyle w:val="Quote"/><w:pBdr><w:left w:val="nil"/><w:right w:val="single" w:sz="18" w:space="8" w:color="1B1B1B"/></w:pBdr><w:bidi/></w:pPr>%s</w:p>`, textRun(`<w:rtl/><w:lang w:bidi="`+language+`"/>`, text))
		return
	}
	x.write(`<w:p><w:pPr><w:pStyle w:val="Quote"/></w:pPr>%s</w:p>`, textRun(`<w:lang w:val="`+language+`"/>`, text))
}
