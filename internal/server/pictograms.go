package server

import (
	"encoding/xml"
	"fmt"
	"html/template"
	"io/fs"
	"slices"
	"strings"
)

// pictogramFile holds all pictograms as symbols, among the assets.
const pictogramFile = "pictograms.svg"

// pictogram is a small drawing beside a text that says the same.
type pictogram struct {
	Name   string
	Turns  bool          // with the reading direction
	Symbol template.HTML // what draws it, once for each document
}

// loadPictograms reads the drawings, by name.
func loadPictograms(room fs.FS) (map[string]*pictogram, error) {
	content, err := fs.ReadFile(room, pictogramFile)
	if err != nil {
		return nil, fmt.Errorf("read pictograms: %w", err)
	}
	var sheet struct {
		Symbols []struct {
			ID    string `xml:"id,attr"`
			View  string `xml:"viewBox,attr"`
			Way   string `xml:"data-way,attr"`
			Inner string `xml:",innerxml"`
		} `xml:"symbol"`
	}
	if err := xml.Unmarshal(content, &sheet); err != nil {
		return nil, fmt.Errorf("read pictograms: %w", err)
	}
	drawn := map[string]*pictogram{}
	for _, one := range sheet.Symbols {
		name := strings.TrimPrefix(one.ID, "p-")
		drawn[name] = &pictogram{Name: name, Turns: one.Way != "",
			Symbol: template.HTML(`<symbol id="` + one.ID + `" viewBox="` + one.View + `">` + one.Inner + `</symbol>`)} //nolint:gosec // our own file
	}
	return drawn, nil
}

// Pictograms lists the names of the pictograms that surveys may use, sorted;
// assets is the room that [Config.Assets] is.
func Pictograms(assets fs.FS) ([]string, error) {
	drawn, err := loadPictograms(assets)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(drawn))
	for name := range drawn {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}

// pictogram finds a drawing by its name and sees to it that the document holds
// it; nil for a name that nobody has drawn.
func (f *form) pictogram(name string) *pictogram {
	one := f.drawn[name]
	if one != nil && !slices.Contains(f.Pictograms, one) {
		f.Pictograms = append(f.Pictograms, one)
	}
	return one
}
