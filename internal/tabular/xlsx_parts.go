package tabular

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

const (
	maxDepth         = 256     // elements inside one another; real parts stay below 20
	maxSharedStrings = 4 << 20 // Excel files with more are not tables that people look at
	defaultWorkbook  = "xl/workbook.xml"
)

var errTooDeep = errors.New("the XML is nested too deeply")

// partReader walks one XML part. It counts depth, because the decoder keeps
// every open element in memory.
type partReader struct {
	*xml.Decoder
	raw   io.ReadCloser
	depth int
}

func (a *archive) walk(name string) (*partReader, error) {
	raw, err := a.open(name)
	if err != nil {
		return nil, err
	}
	return &partReader{Decoder: xml.NewDecoder(raw), raw: raw}, nil
}

// next returns the next token; io.EOF only after a complete document.
func (p *partReader) next() (xml.Token, error) {
	token, err := p.Token()
	if err != nil {
		return nil, err
	}
	switch token.(type) {
	case xml.StartElement:
		if p.depth++; p.depth > maxDepth {
			return nil, errTooDeep
		}
	case xml.EndElement:
		p.depth--
	}
	return token, nil
}

// finish reads what is left, so that the checksum of the part gets verified,
// and closes it.
func (p *partReader) finish() error {
	_, err := io.Copy(io.Discard, p.raw)
	return errors.Join(err, p.raw.Close())
}

// text collects the characters up to the end of the element just opened.
func (p *partReader) text() (string, error) {
	var text strings.Builder // comments may cut the text into any number of pieces
	for outer := p.depth; p.depth >= outer; {
		token, err := p.next()
		if err != nil {
			return "", err
		}
		if characters, ok := token.(xml.CharData); ok {
			text.Write(characters)
		}
	}
	return text.String(), nil
}

// elements calls visit for every opened element of a part.
func (a *archive) elements(name string, visit func(*partReader, xml.StartElement) error) error {
	part, err := a.walk(name)
	if err != nil {
		return err
	}
	for {
		token, err := part.next()
		if errors.Is(err, io.EOF) {
			return part.finish()
		}
		if err != nil {
			return errors.Join(fmt.Errorf("part %s: %w", name, err), part.raw.Close())
		}
		if start, ok := token.(xml.StartElement); ok {
			if err := visit(part, start); err != nil {
				return errors.Join(fmt.Errorf("part %s: %w", name, err), part.raw.Close())
			}
		}
	}
}

// load reads everything but the sheets: their names, the shared texts and the
// number formats.
func (x *xlsx) load() error {
	main := x.mainPart()
	targets, err := x.relations(main)
	if err != nil {
		return err
	}
	taken := make(map[string]bool)
	err = x.parts.elements(main, func(_ *partReader, start xml.StartElement) error {
		switch start.Name.Local {
		case "workbookPr":
			x.formats.from1904 = truth(attribute(start, "date1904"))
		case "sheet":
			target := targets.byID[attribute(start, "id")]
			if target.kind != "worksheet" {
				return nil // chart and dialog sheets hold no cells
			}
			if taken[target.part] {
				return errSharedPart // one part shown a million times would be read as often
			}
			taken[target.part] = true
			state := attribute(start, "state")
			x.book.sheets = append(x.book.sheets, &Sheet{Name: attribute(start, "name"), Hidden: state != "" && state != "visible",
				book: x.book, walk: x.walker(target.part)})
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case len(x.book.sheets) == 0:
		return fatal(keyNoSheets, x.book.file, "", 0, 0, nil)
	}
	if part, ok := targets.first["sharedStrings"]; ok {
		if err := x.loadStrings(part); err != nil {
			return err
		}
	}
	if part, ok := targets.first["styles"]; ok {
		return x.loadStyles(part)
	}
	return nil
}

var errSharedPart = errors.New("two sheets share one part")

// relation is where a relationship id leads.
type relation struct{ kind, part string }

// relations are the relationships of one part.
type relations struct {
	byID  map[string]relation
	first map[string]string // part by kind, for kinds that occur once
}

// mainPart finds the workbook's part, which nearly always has the same name.
func (x *xlsx) mainPart() string {
	main := defaultWorkbook
	// A missing or broken list is no reason to give up: the default may exist.
	_ = x.parts.elements("_rels/.rels", func(_ *partReader, start xml.StartElement) error {
		if kind := path.Base(attribute(start, "Type")); kind == "officeDocument" {
			main = strings.TrimPrefix(attribute(start, "Target"), "/")
		}
		return nil
	})
	return main
}

// relations reads the relationships of a part.
func (x *xlsx) relations(part string) (relations, error) {
	found := relations{byID: make(map[string]relation), first: make(map[string]string)}
	dir, base := path.Split(part)
	err := x.parts.elements(dir+"_rels/"+base+".rels", func(_ *partReader, start xml.StartElement) error {
		if start.Name.Local != "Relationship" {
			return nil
		}
		target := attribute(start, "Target")
		if strings.HasPrefix(target, "/") {
			target = strings.TrimPrefix(target, "/")
		} else {
			target = path.Join(dir, target)
		}
		one := relation{kind: path.Base(attribute(start, "Type")), part: target}
		found.byID[attribute(start, "Id")] = one
		if _, twice := found.first[one.kind]; !twice {
			found.first[one.kind] = target
		}
		return nil
	})
	return found, err
}

// loadStrings reads the texts that cells refer to by number.
func (x *xlsx) loadStrings(part string) error {
	err := x.parts.elements(part, func(p *partReader, start xml.StartElement) error {
		if start.Name.Local != "si" {
			return nil
		}
		if len(x.strings) == maxSharedStrings {
			return fatal(keyTooManyCells, x.book.file, "", 0, 0, nil)
		}
		text, err := richText(p)
		x.strings = append(x.strings, text)
		return err
	})
	if errors.Is(err, errNoPart) {
		return nil // some writers announce the part and leave it out when there is no text
	}
	return err
}

// richText reads a string item: its runs joined, formatting and phonetic
// readings left aside.
func richText(p *partReader) (string, error) {
	var text strings.Builder
	for outer := p.depth; p.depth >= outer; {
		token, err := p.next()
		if err != nil {
			return "", err
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "t" && start.Name.Local != "rPh" {
			continue
		}
		run, err := p.text()
		if err != nil {
			return "", err
		}
		if start.Name.Local == "t" {
			text.WriteString(run)
		}
	}
	return unescape(text.String()), nil
}

// loadStyles reads the number format of every cell style.
func (x *xlsx) loadStyles(part string) error {
	custom := make(map[int]string)
	inCells := false
	err := x.parts.elements(part, func(_ *partReader, start xml.StartElement) error {
		switch start.Name.Local {
		case "numFmt":
			if id, err := strconv.Atoi(attribute(start, "numFmtId")); err == nil {
				custom[id] = attribute(start, "formatCode")
			}
		case "cellXfs", "cellStyleXfs", "cellStyles", "dxfs":
			inCells = start.Name.Local == "cellXfs"
		case "xf":
			if inCells {
				id, _ := strconv.Atoi(attribute(start, "numFmtId")) // 0 is "General"
				x.formats.styles = append(x.formats.styles, classify(id, custom[id]))
			}
		}
		return nil
	})
	if errors.Is(err, errNoPart) {
		return nil
	}
	return err
}

func attribute(start xml.StartElement, name string) string {
	for _, attr := range start.Attr {
		if attr.Name.Local == name {
			return attr.Value
		}
	}
	return ""
}

func truth(value string) bool { return value == "1" || value == "true" }

// unescape turns _x000D_ back into the character that XML could not hold
// (ECMA-376 part 1, section 22.9.2.19).
func unescape(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	var out strings.Builder
	for {
		at := strings.Index(text, "_x")
		if at < 0 || len(text) < at+7 {
			break
		}
		code, err := strconv.ParseUint(text[at+2:at+6], 16, 16)
		if err != nil || text[at+6] != '_' || code == 0 || code >= 0xD800 && code <= 0xDFFF {
			out.WriteString(text[:at+2])
			text = text[at+2:]
			continue
		}
		out.WriteString(text[:at])
		out.WriteRune(rune(code))
		text = text[at+7:]
	}
	return out.String() + text
}
