package catalogue

import (
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

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

// Areas is a forest of areas: those that are shipped, and those that [Areas.Add]
// adds to them. It is safe for concurrent use; each method sees one state.
type Areas struct {
	version string
	shipped []Area
	now     atomic.Pointer[forest]
}

// forest is one state of the areas. It is immutable.
type forest struct {
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
		areas.ship(list, func(at int, key string, pairs ...any) { doc.find(places[at], key, pairs...) })
	}
	if doc.findings.Sort(); doc.findings.Fatal() {
		return nil, doc.findings
	}
	return areas, doc.findings
}

// NewAreas makes a forest of areas that come from elsewhere. The findings name no
// place; the areas are nil when there are any.
func NewAreas(list []Area) (*Areas, failure.Findings) {
	areas := &Areas{}
	var findings failure.Findings
	areas.ship(list, collect(&findings))
	if len(findings) > 0 {
		return nil, findings
	}
	return areas, nil
}

// collect reports into findings that name no place.
func collect(findings *failure.Findings) func(int, string, ...any) {
	return func(_ int, key string, pairs ...any) {
		*findings = append(*findings, failure.Finding{Severity: failure.Fatal, Key: key, Params: failure.New("", "", pairs...).Params})
	}
}

func (a *Areas) ship(list []Area, report func(at int, key string, pairs ...any)) {
	a.shipped = list
	a.now.Store(plant(list, report))
}

// Add makes the areas those that are shipped and the added ones, in place of
// what was added before. Added ones that contradict the shipped ones, as may
// happen when those grow, or each other are left out; findings name them.
func (a *Areas) Add(added []Area) failure.Findings {
	grown, findings := a.With(added)
	if len(findings) > 0 {
		grown = a.withFitting(added)
	}
	a.now.Store(grown.now.Load())
	return findings
}

// withFitting adds areas one by one, the larger ones first.
func (a *Areas) withFitting(added []Area) *Areas {
	grown, _ := a.With(nil)
	var fitting []Area
	for _, level := range Levels() {
		for _, one := range added {
			if one.Level != level {
				continue
			}
			if next, findings := a.With(append(slices.Clone(fitting), one)); len(findings) == 0 {
				grown, fitting = next, append(fitting, one)
			}
		}
	}
	return grown
}

// With returns the areas as they were if these were added; nil, and findings,
// when they contradict themselves or what is shipped.
func (a *Areas) With(added []Area) (*Areas, failure.Findings) {
	var findings failure.Findings
	grown := &Areas{version: a.version, shipped: a.shipped}
	grown.now.Store(plant(slices.Concat(a.shipped, added), collect(&findings)))
	if len(findings) > 0 {
		return nil, findings
	}
	return grown, nil
}

// Shipped tells whether an area is one of those that are shipped.
func (a *Areas) Shipped(key string) bool {
	return slices.ContainsFunc(a.shipped, func(one Area) bool { return one.Key == key })
}

// plant checks the list, reporting what is wrong with the area of an index,
// and orders it.
func plant(list []Area, report func(at int, key string, pairs ...any)) *forest {
	f := &forest{byKey: map[string]int{}, byAGS: map[string]int{}, children: map[string][]int{}}
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
	f.add(below, "")
	return f
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
func (f *forest) add(below map[string][]Area, parent string) {
	for _, area := range below[parent] {
		if _, twice := f.byKey[area.Key]; twice || area.Key == "" {
			continue // reported already
		}
		at := len(f.list)
		f.list = append(f.list, area)
		f.byKey[area.Key] = at
		f.children[parent] = append(f.children[parent], at)
		if area.AGS != "" {
			f.byAGS[area.AGS] = at
		}
		f.add(below, area.Key)
	}
}

// Version names the state of the shipped data.
func (a *Areas) Version() string { return a.version }

// All returns all areas, each followed by those within it.
func (a *Areas) All() []Area { return slices.Clone(a.now.Load().list) }

// Get returns the area with a key.
func (a *Areas) Get(key string) (Area, bool) { return a.now.Load().get(key) }

func (f *forest) get(key string) (Area, bool) {
	at, ok := f.byKey[key]
	if !ok {
		return Area{}, false
	}
	return f.list[at], true
}

// ByAGS returns the area that a municipality key belongs to: the one with
// exactly this key, else the Kreis that its first five digits name.
func (a *Areas) ByAGS(ags string) (Area, bool) {
	f := a.now.Load()
	at, ok := f.byAGS[ags]
	if !ok && len(ags) == 8 {
		at, ok = f.byAGS[ags[:5]]
	}
	if !ok {
		return Area{}, false
	}
	return f.list[at], true
}

// Roots returns the areas that lie in no other.
func (a *Areas) Roots() []Area { return a.Children("") }

// Children returns the areas directly within an area.
func (a *Areas) Children(key string) []Area { return a.now.Load().within(key) }

func (f *forest) within(key string) []Area {
	found := make([]Area, 0, len(f.children[key]))
	for _, at := range f.children[key] {
		found = append(found, f.list[at])
	}
	return found
}

// Ancestors returns the areas that an area lies in, the nearest first.
func (a *Areas) Ancestors(key string) []Area {
	f := a.now.Load()
	var found []Area
	area, ok := f.get(key)
	for ok && area.Parent != "" {
		if area, ok = f.get(area.Parent); ok {
			found = append(found, area)
		}
	}
	return found
}

// Descendants returns all areas within an area, each followed by its own.
func (a *Areas) Descendants(key string) []Area { return a.now.Load().descendants(key) }

func (f *forest) descendants(key string) []Area {
	var found []Area
	for _, child := range f.within(key) {
		found = append(append(found, child), f.descendants(child.Key)...)
	}
	return found
}

// Contains tells whether inner is outer or lies within it. Nothing contains or
// lies within an unknown area.
func (a *Areas) Contains(outer, inner string) bool {
	f := a.now.Load()
	for area, ok := f.get(inner); ok; area, ok = f.get(area.Parent) {
		if area.Key == outer {
			return true
		}
	}
	return false
}

// Common returns the key of the smallest area that all of the others lie in, ""
// when there is none.
func (a *Areas) Common(keys []string) string {
	if len(keys) == 0 {
		return ""
	}
	first, _ := a.Get(keys[0])
	for _, outer := range append([]Area{first}, a.Ancestors(keys[0])...) {
		if !slices.ContainsFunc(keys, func(key string) bool { return !a.Contains(outer.Key, key) }) {
			return outer.Key
		}
	}
	return ""
}

// AtLevel returns all areas of a level.
func (a *Areas) AtLevel(level Level) []Area {
	return slices.DeleteFunc(a.All(), func(area Area) bool { return area.Level != level })
}
