package server

import (
	"encoding/xml"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/survey"
)

// usedPictograms lists the names that the shipped surveys use, with repetitions.
func usedPictograms(t *testing.T) []string {
	t.Helper()
	folders, err := os.ReadDir("../../surveys")
	if err != nil {
		t.Fatal(err)
	}
	var used []string
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		version := shipped(t, folder.Name())
		for _, list := range version.Choices {
			for _, choice := range list.Choices {
				used = append(used, choice.Pictogram)
			}
		}
		version.Walk(func(node *survey.Node) bool {
			used = append(used, node.Pictogram)
			return true
		})
	}
	return slices.DeleteFunc(used, func(name string) bool { return name == "" })
}

// TestPictogramsDrawn: every pictogram that a shipped survey names is drawn, and
// every one that is drawn is used.
func TestPictogramsDrawn(t *testing.T) {
	drawn, err := Pictograms(os.DirFS("../../web/assets"))
	if err != nil {
		t.Fatal(err)
	}
	used := usedPictograms(t)
	slices.Sort(used)
	used = slices.Compact(used)
	if len(used) < 50 {
		t.Errorf("only %d pictograms are used: %v", len(used), used)
	}
	if !slices.Equal(used, drawn) {
		t.Errorf("used  %v\ndrawn %v", used, drawn)
	}
}

// TestPictogramsPlain: the drawings are plain paths of one style, each with an
// id of its own, and small.
func TestPictogramsPlain(t *testing.T) {
	content, err := os.ReadFile("../../web/assets/pictograms.svg")
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	decoder := xml.NewDecoder(strings.NewReader(string(content)))
	for {
		token, err := decoder.Token()
		if err != nil {
			break
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		attributes := map[string]string{}
		for _, one := range start.Attr {
			attributes[one.Name.Local] = one.Value
		}
		switch start.Name.Local {
		case "svg":
			if attributes["stroke"] != "currentColor" || attributes["fill"] != "none" {
				t.Errorf("the sheet is drawn with %v", attributes)
			}
		case "symbol":
			if id := attributes["id"]; ids[id] || !regexp.MustCompile(`^p-[a-z]+(_[a-z0-9]+)*$`).MatchString(id) || attributes["viewBox"] != "0 0 24 24" {
				t.Errorf("symbol %v", attributes)
			}
			ids[attributes["id"]] = true
		case "path":
			if len(attributes) != 1 || len(attributes["d"]) > 260 || !regexp.MustCompile(`^M[-MmZzLlHhVvCcSsQqTtAa0-9. ]+$`).MatchString(attributes["d"]) {
				t.Errorf("path %v", attributes)
			}
		default:
			t.Errorf("<%s> in the drawings", start.Name.Local)
		}
	}
	if len(ids) == 0 {
		t.Error("nothing is drawn")
	}
}

// TestPictogramsInDocument: a document brings each drawing it shows once, and
// only those; a name that nobody has drawn leaves no hole.
func TestPictogramsInDocument(t *testing.T) {
	s := newTestServer(t)
	page := s.get("/s/families?lang=de").Body.String()
	for _, name := range usedPictograms(t) {
		shown, brought := strings.Contains(page, `href="#p-`+name+`"`), strings.Count(page, `<symbol id="p-`+name+`"`)
		if shown != (brought == 1) || brought > 1 {
			t.Errorf("%s: shown %v, brought %d times", name, shown, brought)
		}
	}
	if !strings.Contains(page, `<svg class="picto turns" aria-hidden="true"><use href="#p-level_1"/></svg>`) {
		t.Error("a level does not turn with the reading direction")
	}
	s.open(t, "strange", fromYAML(t, `
id: strange
language: de
title: Seltsam
choices:
  way: [{name: a, label: A, pictogram: distanse}, {name: b, label: B, pictogram: money}]
questions:
  - {type: select_one way, name: way, label: Weg, pictogram: nothing_like_it}
  - {type: text, name: why, label: Warum, pictogram: language}
`))
	page = s.get("/s/strange?lang=de").Body.String()
	if strings.Count(page, "<use ") != 2 || strings.Count(page, "<symbol ") != 2 || strings.Contains(page, "distanse") {
		t.Errorf("unknown names leave traces: %s", page)
	}
}
