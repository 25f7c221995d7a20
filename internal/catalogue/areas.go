package catalogue

import (
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"bedarfslotse/internal/failure"
)

// Level is how large an area is.
type Level string

// The levels, from large to small.
const (
	Kreis      Level = "kreis"      // county
	Stadt      Level = "stadt"      // town, within a Kreis or kreisfrei
	Sozialraum Level = "sozialraum" // planning area within a town
)

// Levels returns all levels from large to small.
func Levels() []Level { return []Level{Kreis, Stadt, Sozialraum} }

// Area is a place that figures are broken down by.
type Area struct {
	Key    string // lower-case ASCII slug, stable
	Parent string // key of the area it lies in, "" at the top
	Name   string // German name
	Level  Level
	// AGS is the official municipality key (Amtlicher Gemeindeschlüssel), text
	// with its leading zero: 8 digits for a Stadt, 5 for a Kreis, "" where there
	// is none, as for a Sozialraum.
	AGS string
}

// Areas is a forest of areas. It is immutable and safe for concurrent use.
type Areas struct {
	version  string
	list     []Area // parents before children, else in the order given
	byKey    map[string]int
	byAGS    map[string]int
	children map[string][]int // by parent's key; "" holds the roots
}

var (
	keyPattern = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	agsPattern = regexp.MustCompile(`^[0-9]{5}([0-9]{3})?$`)
)

// ReadAreas reads areas from YAML. Findings name line and column, all of them
// at once; the areas are nil when one of them is fatal. file is only put into
// the findings.
func ReadAreas(file string, content []byte) (*Areas, failure.Findings) {
	doc := newDocument(file, content)
	areas := &Areas{}
	var list []Area
	var places []ast.Node
	doc.fields(doc.root, map[string]func(ast.Node){
		"version": doc.text(&areas.version),
		"areas": func(node ast.Node) {
			doc.items(node, func(item ast.Node) {
				var area Area
				doc.fields(item, map[string]func(ast.Node){
					"key": doc.text(&area.Key), "parent": doc.text(&area.Parent), "name": doc.text(&area.Name),
					"level": doc.text((*string)(&area.Level)), "ags": doc.text(&area.AGS),
				}, "key", "name", "level")
				list, places = append(list, area), append(places, item)
			})
		},
	}, "version", "areas")
	if len(doc.findings) == 0 {
		areas.build(list, func(at int, key string, pairs ...any) { doc.find(places[at], key, pairs...) })
	}
	if doc.findings.Sort(); doc.findings.Fatal() {
		return nil, doc.findings
	}
	return areas, doc.findings
}

// NewAreas makes a forest of areas that come from elsewhere, for example from
// the store. The findings name no place; the areas are nil when there are any.
func NewAreas(list []Area) (*Areas, failure.Findings) {
	areas := &Areas{}
	var findings failure.Findings
	areas.build(list, func(_ int, key string, pairs ...any) {
		findings = append(findings, failure.Finding{Severity: failure.Fatal, Key: key, Params: failure.New("", "", pairs...).Params})
	})
	if len(findings) > 0 {
		return nil, findings
	}
	return areas, nil
}

// build checks the list, reporting what is wrong with the area of an index,
// and orders it.
func (a *Areas) build(list []Area, report func(at int, key string, pairs ...any)) {
	a.byKey, a.byAGS, a.children = map[string]int{}, map[string]int{}, map[string][]int{}
	given, seen := make(map[string]Area, len(list)), make(map[string]string)
	for at, area := range list {
		if _, twice := given[area.Key]; twice {
			report(at, "catalogue.duplicate_key", "key", area.Key)
		}
		given[area.Key] = area
		if first, twice := seen[area.AGS]; twice && area.AGS != "" {
			report(at, "catalogue.duplicate_ags", "ags", area.AGS, "key", area.Key, "first", first)
		}
		seen[area.AGS] = area.Key
	}
	for at, area := range list {
		check(area, given, func(key string, pairs ...any) { report(at, key, pairs...) })
	}
	below := make(map[string][]Area)
	for _, area := range list {
		below[area.Parent] = append(below[area.Parent], area)
	}
	a.add(below, "")
}

// check reports what is wrong with one area. A parent is always of a larger
// level, so no area can lie within itself.
func check(area Area, given map[string]Area, report func(key string, pairs ...any)) {
	if !keyPattern.MatchString(area.Key) {
		report("catalogue.bad_key", "key", area.Key)
	}
	level := slices.Index(Levels(), area.Level)
	if level < 0 {
		report("catalogue.unknown_level", "level", string(area.Level), "key", area.Key)
	}
	if area.AGS != "" && !agsPattern.MatchString(area.AGS) {
		report("catalogue.bad_ags", "ags", area.AGS, "key", area.Key)
	}
	if area.Parent == "" {
		return
	}
	parent, known := given[area.Parent]
	switch {
	case !known:
		report("catalogue.unknown_parent", "parent", area.Parent, "key", area.Key)
	case level >= 0 && slices.Index(Levels(), parent.Level) >= level:
		report("catalogue.parent_not_larger", "parent", area.Parent, "key", area.Key)
	case area.AGS != "" && !strings.HasPrefix(area.AGS, parent.AGS):
		report("catalogue.ags_outside_parent", "ags", area.AGS, "key", area.Key, "parent", area.Parent)
	}
}

// add appends the children of a parent, each followed by its own.
func (a *Areas) add(below map[string][]Area, parent string) {
	for _, area := range below[parent] {
		if _, twice := a.byKey[area.Key]; twice || area.Key == "" {
			continue // reported already
		}
		at := len(a.list)
		a.list = append(a.list, area)
		a.byKey[area.Key] = at
		a.children[parent] = append(a.children[parent], at)
		if area.AGS != "" {
			a.byAGS[area.AGS] = at
		}
		a.add(below, area.Key)
	}
}

// Version names the state of the data.
func (a *Areas) Version() string { return a.version }

// All returns all areas, each followed by those within it.
func (a *Areas) All() []Area { return slices.Clone(a.list) }

// Get returns the area with a key.
func (a *Areas) Get(key string) (Area, bool) {
	at, ok := a.byKey[key]
	if !ok {
		return Area{}, false
	}
	return a.list[at], true
}

// ByAGS returns the area that a municipality key belongs to: the one with
// exactly this key, else the Kreis that its first five digits name.
func (a *Areas) ByAGS(ags string) (Area, bool) {
	at, ok := a.byAGS[ags]
	if !ok && len(ags) == 8 {
		at, ok = a.byAGS[ags[:5]]
	}
	if !ok {
		return Area{}, false
	}
	return a.list[at], true
}

// Roots returns the areas that lie in no other.
func (a *Areas) Roots() []Area { return a.Children("") }

// Children returns the areas directly within an area.
func (a *Areas) Children(key string) []Area {
	found := make([]Area, 0, len(a.children[key]))
	for _, at := range a.children[key] {
		found = append(found, a.list[at])
	}
	return found
}

// Ancestors returns the areas that an area lies in, the nearest first.
func (a *Areas) Ancestors(key string) []Area {
	var found []Area
	area, ok := a.Get(key)
	for ok && area.Parent != "" {
		if area, ok = a.Get(area.Parent); ok {
			found = append(found, area)
		}
	}
	return found
}

// Descendants returns all areas within an area, each followed by its own.
func (a *Areas) Descendants(key string) []Area {
	var found []Area
	for _, child := range a.Children(key) {
		found = append(append(found, child), a.Descendants(child.Key)...)
	}
	return found
}

// Contains tells whether inner is outer or lies within it. Nothing contains or
// lies within an unknown area.
func (a *Areas) Contains(outer, inner string) bool {
	for area, ok := a.Get(inner); ok; area, ok = a.Get(area.Parent) {
		if area.Key == outer {
			return true
		}
	}
	return false
}

// AtLevel returns all areas of a level.
func (a *Areas) AtLevel(level Level) []Area {
	var found []Area
	for _, area := range a.list {
		if area.Level == level {
			found = append(found, area)
		}
	}
	return found
}
