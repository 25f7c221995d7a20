package catalogue

import (
	"slices"
	"strconv"

	"github.com/goccy/go-yaml/ast"

	"bedarfslotse/internal/failure"
)

// Suggestion is an indicator that German municipalities use. Nobody has measured
// it yet: it is taken over with its words and then filled.
type Suggestion struct {
	Key       string            // like a field's
	Label     map[string]string // by language tag; has de and en
	Unit      string            // one of the units that [ReadSuggestions] knows
	Field     string            // key of its field of action
	Direction string            // one of the directions that [ReadSuggestions] knows
	Source    map[string]string // who usually has the figures; has de and en
	Caveat    map[string]string // what to beware of; has de and en
	Public    bool              // whether anybody may read the usual source
	AgeFrom   int               // youngest of the people counted, in completed years
	AgeTo     int               // oldest; -1 when it is not about an age
}

// ReadSuggestions reads the catalogue of indicators from YAML. fields are the
// fields of action, units and directions the words that there are for those.
// Findings name line and column, all of them at once; there are no suggestions
// when one of them is fatal. file is only put into the findings.
func ReadSuggestions(file string, content []byte, fields *Fields, units, directions []string) ([]Suggestion, failure.Findings) {
	r := &suggestionReader{document: newDocument(file, content), fields: fields, units: units, directions: directions, seen: map[string]bool{}}
	version := ""
	r.document.fields(r.root, map[string]func(ast.Node){
		"version":    r.text(&version),
		"indicators": func(node ast.Node) { r.items(node, r.read) },
	}, "version", "indicators")
	if r.findings.Sort(); r.findings.Fatal() {
		return nil, r.findings
	}
	return r.list, r.findings
}

type suggestionReader struct {
	*document
	fields            *Fields
	units, directions []string
	seen              map[string]bool
	list              []Suggestion
}

func (r *suggestionReader) read(item ast.Node) {
	one := Suggestion{AgeTo: -1}
	public := ""
	r.document.fields(item, map[string]func(ast.Node){
		"key":       r.text(&one.Key),
		"label":     r.texts(&one.Label, requiredLanguages()...),
		"unit":      r.oneOf(&one.Unit, r.units),
		"field":     r.oneOf(&one.Field, r.fields.Keys()),
		"direction": r.oneOf(&one.Direction, r.directions),
		"source":    r.texts(&one.Source, requiredLanguages()...),
		"caveat":    r.texts(&one.Caveat, requiredLanguages()...),
		"public":    r.oneOf(&public, []string{"true", "false"}),
		"age_from":  r.age(&one.AgeFrom),
		"age_to":    r.age(&one.AgeTo),
	}, "key", "label", "unit", "field", "direction", "source", "caveat", "public")
	one.Public = public == "true"
	checkKey(r.document, item, one.Key, r.seen)
	if one.AgeTo >= 0 && one.AgeTo < one.AgeFrom {
		r.find(item, "catalogue.bad_ages", "from", one.AgeFrom, "to", one.AgeTo)
	}
	r.list = append(r.list, one)
}

// oneOf reads one of several words.
func (r *suggestionReader) oneOf(into *string, known []string) func(ast.Node) {
	return func(node ast.Node) {
		text := ""
		r.text(&text)(node)
		if text != "" && !slices.Contains(known, text) {
			r.find(node, "catalogue.unknown_word", "word", text)
			return
		}
		*into = text
	}
}

func (r *suggestionReader) age(into *int) func(ast.Node) {
	return func(node ast.Node) {
		text := ""
		r.text(&text)(node)
		years, err := strconv.Atoi(text)
		if err != nil || years < 0 || years > 120 {
			r.find(node, "catalogue.bad_age", "age", text)
			return
		}
		*into = years
	}
}
