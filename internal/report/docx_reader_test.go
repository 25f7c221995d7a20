package report

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// readDocx is what a reader of a DOCX finds in it.
type readDocx struct {
	headings   []string // "1 Titel"
	paragraphs []string
	alts       []string
	links      []string
	tables     []readTable
	instructs  []string
	rightward  []string // texts of runs that run from right to left
	files      map[string][]byte
}

type readTable struct {
	caption    string
	headerRows int
	rows       [][]string
}

// openDocx opens a document as a word processor would: every part has to be
// well-formed XML, every relationship has to lead somewhere, and every part has to
// have a content type.
func openDocx(t testing.TB, content []byte) *readDocx {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	d := &readDocx{files: map[string][]byte{}}
	for _, file := range archive.File {
		opened, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		if d.files[file.Name], err = io.ReadAll(opened); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file.Name, ".xml") || strings.HasSuffix(file.Name, ".rels") {
			wellFormed(t, file.Name, d.files[file.Name])
		}
	}
	d.relationships(t)
	d.read(t)
	return d
}

func wellFormed(t testing.TB, name string, content []byte) {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(content))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func (d *readDocx) relationships(t testing.TB) {
	t.Helper()
	var all struct {
		Relationship []struct {
			ID         string `xml:"Id,attr"`
			Target     string `xml:"Target,attr"`
			TargetMode string `xml:"TargetMode,attr"`
		}
	}
	if err := xml.Unmarshal(d.files["word/_rels/document.xml.rels"], &all); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, one := range all.Relationship {
		known[one.ID] = true
		if one.TargetMode == "External" {
			d.links = append(d.links, one.Target)
		} else if d.files["word/"+one.Target] == nil {
			t.Errorf("%s leads to %s, which is not there", one.ID, one.Target)
		}
	}
	for _, attribute := range []string{"r:id=\"", "r:embed=\""} {
		for _, rest := range strings.Split(string(d.files["word/document.xml"]), attribute)[1:] {
			if id, _, _ := strings.Cut(rest, `"`); !known[id] {
				t.Errorf("%s is no relationship", id)
			}
		}
	}
	for name := range d.files {
		at := strings.LastIndex(name, ".")
		if types := string(d.files["[Content_Types].xml"]); !strings.Contains(types, `PartName="/`+name+`"`) && !strings.Contains(types, `Extension="`+name[at+1:]+`"`) {
			t.Errorf("%s has no content type", name)
		}
	}
}

// read walks the body.
func (d *readDocx) read(t testing.TB) {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(d.files["word/document.xml"]))
	var style string
	var words, cell strings.Builder
	inTable, rtl := false, false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		switch element := token.(type) {
		case xml.StartElement:
			switch element.Name.Local {
			case "p":
				style = ""
				words.Reset()
			case "pStyle":
				style = attribute(element, "val")
			case "docPr":
				d.alts = append(d.alts, attribute(element, "descr"))
			case "tbl":
				inTable = true
				d.tables = append(d.tables, readTable{})
			case "tblCaption":
				d.tables[len(d.tables)-1].caption = attribute(element, "val")
			case "tblHeader":
				d.tables[len(d.tables)-1].headerRows++
			case "tr":
				last := &d.tables[len(d.tables)-1]
				last.rows = append(last.rows, nil)
			case "tc":
				cell.Reset()
			case "r":
				rtl = false
			case "rtl":
				rtl = true
			case "t", "instrText":
				text := element.Name.Local == "t"
				content, err := decoder.Token()
				if err != nil {
					t.Fatal(err)
				}
				if data, is := content.(xml.CharData); is && text {
					words.Write(data)
					cell.Write(data)
					if rtl {
						d.rightward = append(d.rightward, string(data))
					}
				} else if is {
					d.instructs = append(d.instructs, strings.TrimSpace(string(data)))
				}
			}
		case xml.EndElement:
			switch element.Name.Local {
			case "p":
				if level, is := strings.CutPrefix(style, "Heading"); is {
					d.headings = append(d.headings, level+" "+words.String())
				}
				if !inTable {
					d.paragraphs = append(d.paragraphs, words.String())
				}
			case "tc":
				last := &d.tables[len(d.tables)-1]
				last.rows[len(last.rows)-1] = append(last.rows[len(last.rows)-1], cell.String())
			case "tbl":
				inTable = false
			}
		}
	}
}

func attribute(element xml.StartElement, name string) string {
	for _, one := range element.Attr {
		if one.Name.Local == name {
			return one.Value
		}
	}
	return ""
}
