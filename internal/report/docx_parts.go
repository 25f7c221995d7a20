package report

import (
	_ "embed"
	"fmt"
	"strings"
	"time"
)

//go:embed styles.xml
var wordStyles string

// firstRelationship is the number from which on the body's relationships count;
// those before lead to the parts that every document has.
const firstRelationship = 10

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

// parts are the files of the document, in a fixed order.
func (x *docx) parts(day time.Time) []part {
	list := []part{
		{"[Content_Types].xml", []byte(xmlHead + contentTypes)},
		{"_rels/.rels", []byte(xmlHead + rootRelationships)},
		{"docProps/core.xml", []byte(x.core(day))},
		{"docProps/app.xml", []byte(xmlHead + `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Application>Bedarfslotse</Application></Properties>`)},
		{"word/document.xml", []byte(x.main())},
		{"word/_rels/document.xml.rels", []byte(x.rels())},
		{"word/styles.xml", []byte(xmlHead + strings.ReplaceAll(wordStyles, "LANGUAGE", locale(x.Language())))},
		{"word/numbering.xml", []byte(x.numbering())},
		{"word/settings.xml", []byte(xmlHead + `<w:settings xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:defaultTabStop w:val="708"/><w:updateFields w:val="true"/><w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat><w:themeFontLang w:val="` + locale(x.Language()) + `" w:bidi="ar-SA"/></w:settings>`)},
		{"word/footer1.xml", []byte(x.footer())},
	}
	return append(list, x.media...)
}

// locale is a language as word processors name it.
func locale(language string) string {
	switch base, _, _ := strings.Cut(language, "-"); base {
	case "de":
		return "de-DE"
	case "en":
		return "en-GB"
	}
	return language
}

const contentTypes = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
	`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
	`<Default Extension="xml" ContentType="application/xml"/>` +
	`<Default Extension="png" ContentType="image/png"/><Default Extension="svg" ContentType="image/svg+xml"/>` +
	`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>` +
	`<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>` +
	`<Override PartName="/word/numbering.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.numbering+xml"/>` +
	`<Override PartName="/word/settings.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml"/>` +
	`<Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/>` +
	`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>` +
	`<Override PartName="/docProps/app.xml" ContentType="application/vnd.openxmlformats-officedocument.extended-properties+xml"/></Types>`

const rootRelationships = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
	`<Relationship Id="rId1" Type="` + officeRelationships + `officeDocument" Target="word/document.xml"/>` +
	`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/>` +
	`<Relationship Id="rId3" Type="` + officeRelationships + `extended-properties" Target="docProps/app.xml"/></Relationships>`

// core is what file managers and readers know of the document.
func (x *docx) core(day time.Time) string {
	stamp := day.UTC().Format(time.RFC3339)
	return xmlHead + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` +
		`<dc:title>` + escape(x.Title()) + `</dc:title><dc:subject>` + escape(x.document.Meta.Subject) + `</dc:subject><dc:creator>` + escape(x.Author()) + `</dc:creator>` +
		`<dc:language>` + locale(x.Language()) + `</dc:language>` +
		`<dcterms:created xsi:type="dcterms:W3CDTF">` + stamp + `</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">` + stamp + `</dcterms:modified></cp:coreProperties>`
}

const namespaces = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" ` +
	`xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"`

// main is the document itself.
func (x *docx) main() string {
	bidi := ""
	if x.Direction() == "rtl" {
		bidi = "<w:bidi/>"
	}
	return xmlHead + `<w:document ` + namespaces + `><w:body>` + x.body.String() +
		fmt.Sprintf(`<w:sectPr><w:footerReference w:type="default" r:id="rId4"/><w:pgSz w:w="%d" w:h="%d"/><w:pgMar w:top="%d" w:right="%d" w:bottom="%d" w:left="%d" w:header="624" w:footer="624" w:gutter="0"/>%s</w:sectPr></w:body></w:document>`,
			pageWidth, pageHeight, pageMargin, pageMargin, pageMargin, pageMargin, bidi)
}

func (x *docx) rels() string {
	var out strings.Builder
	out.WriteString(xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`)
	fixed := []relationship{{"rId1", officeRelationships + "styles", "styles.xml", false}, {"rId2", officeRelationships + "numbering", "numbering.xml", false},
		{"rId3", officeRelationships + "settings", "settings.xml", false}, {"rId4", officeRelationships + "footer", "footer1.xml", false}}
	for _, one := range append(fixed, x.relationships...) {
		mode := ""
		if one.outside {
			mode = ` TargetMode="External"`
		}
		fmt.Fprintf(&out, `<Relationship Id="%s" Type="%s" Target="%s"%s/>`, one.id, one.kind, escape(one.target), mode)
	}
	out.WriteString(`</Relationships>`)
	return out.String()
}

// numbering defines one list with signs and one with numbers, and an instance for
// each list of the document, so that every list counts from one.
func (x *docx) numbering() string {
	var out strings.Builder
	out.WriteString(xmlHead + `<w:numbering ` + namespaces + `>`)
	for at, kind := range []listKind{bullets, numbered} {
		fmt.Fprintf(&out, `<w:abstractNum w:abstractNumId="%d"><w:multiLevelType w:val="hybridMultilevel"/>`, at)
		for level := range deepestList {
			format, text := "bullet", "•"
			if level%2 == 1 {
				text = "–"
			}
			if kind == numbered {
				format, text = "decimal", fmt.Sprintf("%%%d.", level+1)
			}
			fmt.Fprintf(&out, `<w:lvl w:ilvl="%d"><w:start w:val="1"/><w:numFmt w:val="%s"/><w:lvlText w:val="%s"/><w:lvlJc w:val="left"/><w:pPr><w:ind w:left="%d" w:hanging="%d"/></w:pPr></w:lvl>`,
				level, format, text, (level+1)*listIndent, listIndent)
		}
		out.WriteString(`</w:abstractNum>`)
	}
	for i, kind := range x.lists {
		which, restart := 0, ""
		if kind == numbered {
			which, restart = 1, `<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>`
		}
		fmt.Fprintf(&out, `<w:num w:numId="%d"><w:abstractNumId w:val="%d"/>%s</w:num>`, i+1, which, restart)
	}
	out.WriteString(`</w:numbering>`)
	return out.String()
}

// footer has the title and the page's number.
func (x *docx) footer() string {
	const mark = "\x01"
	field := func(code string) string {
		return `<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> ` + code + ` </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>`
	}
	pieces := strings.Split(x.T("report.page", "page", mark, "pages", mark), mark)
	line := ""
	for i, piece := range pieces {
		line += textRun("", piece)
		if i < len(pieces)-1 {
			line += field([]string{"PAGE", "NUMPAGES"}[min(i, 1)])
		}
	}
	return xmlHead + `<w:ftr ` + namespaces + `><w:p><w:pPr><w:pStyle w:val="Footer"/><w:tabs><w:tab w:val="right" w:pos="` + fmt.Sprint(textWidth) + `"/></w:tabs></w:pPr>` +
		textRun("", x.Title()) + `<w:r><w:tab/></w:r>` + line + `</w:p></w:ftr>`
}
