package report

import (
	"fmt"
	"strings"
)

// passages writes Markdown, all of it in a style where that is not "".
func (x *docx) passages(markdown, style string) {
	var open []int // numbering instances of the lists around
	for _, one := range read(markdown) {
		if len(open) > one.depth {
			open = open[:one.depth]
		}
		if one.start && len(open) == one.depth {
			open = open[:one.depth-1]
		}
		for len(open) < one.depth {
			open = append(open, x.list(one.list))
		}
		x.write(`<w:p><w:pPr><w:pStyle w:val="%s"/>%s</w:pPr>%s</w:p>`, passageStyle(one, style), numbering(one, open), x.runs(one.runs))
	}
}

func passageStyle(one passage, style string) string {
	switch {
	case style != "":
		return style
	case one.quoted:
		return "Quote"
	case one.depth > 0:
		return "ListParagraph"
	}
	return "BodyText"
}

// deepestList is the last level that lists have; those further inside stand on it.
const deepestList = 3

// numbering says at which level of which list a passage stands.
func numbering(one passage, open []int) string {
	if one.depth == 0 || len(open) == 0 {
		return ""
	}
	level := one.depth - 1
	if one.number == 0 { // goes on with an item
		return fmt.Sprintf(`<w:ind w:left="%d"/>`, (level+1)*listIndent)
	}
	return fmt.Sprintf(`<w:numPr><w:ilvl w:val="%d"/><w:numId w:val="%d"/></w:numPr>`, level, open[len(open)-1])
}

// list begins a list that counts from one, and returns its number.
func (x *docx) list(kind listKind) int {
	x.lists = append(x.lists, kind)
	return len(x.lists)
}

// runs writes the pieces of a paragraph.
func (x *docx) runs(runs []run) string {
	var out strings.Builder
	for _, one := range x.typeset(runs) {
		properties := ""
		if one.link != "" {
			properties += `<w:rStyle w:val="Hyperlink"/>`
		}
		if one.strong {
			properties += "<w:b/><w:bCs/>"
		}
		if one.emphasis {
			properties += "<w:i/><w:iCs/>"
		}
		text := textRun(properties, one.text)
		if one.link != "" {
			text = `<w:hyperlink r:id="` + x.link(one.link) + `" w:history="1">` + text + `</w:hyperlink>`
		}
		out.WriteString(text)
		if one.breaks {
			out.WriteString("<w:r><w:br/></w:r>")
		}
	}
	return out.String()
}

// Sizes of the page in twentieths of a point: A4 with margins of 2.2 cm.
const (
	pageWidth  = 11906
	pageHeight = 16838
	pageMargin = 1247
	textWidth  = pageWidth - 2*pageMargin
	listIndent = 360
)

// table writes a grid. Its head is repeated on every page.
func (x *docx) table(g *grid) {
	columns := columnWidths(g)
	x.write(`<w:tbl><w:tblPr><w:tblStyle w:val="Figures"/><w:tblW w:w="%d" w:type="dxa"/><w:tblLayout w:type="fixed"/><w:tblLook w:val="04A0" w:firstRow="1" w:lastRow="0" w:firstColumn="1" w:lastColumn="0" w:noHBand="0" w:noVBand="1"/><w:tblCaption w:val="%s"/></w:tblPr><w:tblGrid>`,
		textWidth, escape(x.printed(g.caption)))
	for _, width := range columns {
		x.write(`<w:gridCol w:w="%d"/>`, width)
	}
	x.write(`</w:tblGrid><w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>`)
	for i, head := range g.header {
		x.write(`<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/><w:shd w:val="clear" w:color="auto" w:fill="E8EDF1"/></w:tcPr><w:p><w:pPr><w:pStyle w:val="TableHead"/><w:keepNext/></w:pPr>%s</w:p></w:tc>`,
			columns[i], textRun("", x.printed(head)))
	}
	x.write(`</w:tr>`)
	for _, row := range g.rows {
		x.write(`<w:tr><w:trPr><w:cantSplit/></w:trPr>`)
		for i, cell := range row {
			shade := ""
			if fill := cell.Tone.fill(); fill != "" {
				shade = `<w:shd w:val="clear" w:color="auto" w:fill="` + fill + `"/>`
			}
			text := textRun("", cell.Text)
			if cell.More != "" {
				text += `<w:r><w:br/></w:r>` + textRun("", cell.More)
			}
			x.write(`<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/>%s</w:tcPr><w:p><w:pPr><w:pStyle w:val="TableText"/></w:pPr>%s</w:p></w:tc>`, columns[i], shade, text)
		}
		x.write(`</w:tr>`)
	}
	x.write(`</w:tbl>`)
}

// columnWidths shares the page's width: each column gets what its longest word
// needs, and of what is left as much as its longest text is longer than that.
func columnWidths(g *grid) []int {
	const letter, padding, longest = 105, 190, 60 // a letter of the table's size and the cell's edges
	least, wanted := make([]int, len(g.header)), make([]int, len(g.header))
	needed, more := 0, 0
	for i, head := range g.header {
		word, text := measure(head)
		for _, row := range g.rows {
			for _, cell := range []string{row[i].Text, row[i].More} {
				longestWord, all := measure(cell)
				word, text = max(word, longestWord), max(text, all)
			}
		}
		least[i] = min(word, longest)*letter + padding
		wanted[i] = max(min(text, longest)*letter+padding-least[i], 1)
		needed, more = needed+least[i], more+wanted[i]
	}
	widths, left := make([]int, len(g.header)), textWidth
	for i := range widths {
		if needed >= textWidth {
			widths[i] = least[i] * textWidth / needed
		} else {
			widths[i] = least[i] + wanted[i]*(textWidth-needed)/more
		}
		left -= widths[i]
	}
	if len(widths) > 0 {
		widths[0] += left
	}
	return widths
}

// measure counts the letters of a text's longest word, and of the text.
func measure(text string) (word, all int) {
	for _, one := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '-' || r == '/' }) {
		word = max(word, len([]rune(one)))
	}
	return word, len([]rune(text))
}

// fill is the colour of a tone behind dark text.
func (t Tone) fill() string {
	switch t {
	case Good:
		return "DCEFDC"
	case Mild:
		return "F4F1D5"
	case Warning:
		return "FBE3C4"
	case Urgent:
		return "F7CFC9"
	case Unclear:
		return "ECECEC"
	}
	return ""
}

// Sizes of pictures in English metric units.
const (
	emuPerPixel = 9525
	emuPerTwip  = 635
	tallest     = 7_200_000 // 20 cm
	// shortWidth is the width of pictures in the short version, so that two pages
	// hold it: 13 cm.
	shortWidth = 4_680_000
)

// picture writes a chart as PNG, with the SVG for those who can draw that.
func (x *docx) picture(chart *Chart) {
	x.drawings++
	name := fmt.Sprintf("image%d", x.drawings)
	x.media = append(x.media, part{"word/media/" + name + ".png", chart.PNG}, part{"word/media/" + name + ".svg", chart.SVG})
	pixels, vector := x.relate("image", "media/"+name+".png", false), x.relate("image", "media/"+name+".svg", false)
	widest := textWidth * emuPerTwip
	if x.Short() {
		widest = shortWidth
	}
	width := min(chart.Width*emuPerPixel, widest)
	height := width * chart.Height / chart.Width
	if height > tallest {
		width, height = width*tallest/height, tallest
	}
	x.write(`<w:p><w:pPr><w:pStyle w:val="Picture"/><w:keepNext/></w:pPr><w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="%d" cy="%d"/><wp:docPr id="%d" name="%s" descr="%s"/><wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/></wp:cNvGraphicFramePr><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr><pic:cNvPr id="%d" name="%s.png" descr="%s"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="%s"><a:extLst><a:ext uri="{96DAC541-7B7A-43D3-8B79-37D633B846F1}"><asvg:svgBlip xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main" r:embed="%s"/></a:ext></a:extLst></a:blip><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="%d" cy="%d"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`,
		width, height, x.drawings, escape(x.T("report.figure_word"))+fmt.Sprint(" ", x.drawings), escape(x.printed(chart.Alt)),
		x.drawings, name, escape(x.printed(chart.Alt)), pixels, vector, width, height)
}
