package catalogue

import (
	"bytes"
	"strconv"
	"strings"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/tabular"
)

// NewKey makes the key of a new area from its name: "bochum-wattenscheid" for a
// part of Bochum, a number behind it when there is one of that key already.
func (a *Areas) NewKey(parent Area, name string) string { return a.newKey(parent, name, nil) }

func (a *Areas) newKey(parent Area, name string, taken map[string]bool) string {
	const longest = 60
	var letters strings.Builder
	for _, r := range strings.ReplaceAll(tabular.Loose(name), " ", "-") {
		if r == '-' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			letters.WriteRune(r)
		}
	}
	var words []string
	if parent.Level == Stadt {
		words = []string{parent.Key}
	}
	for _, word := range strings.Split(letters.String(), "-") {
		if word != "" {
			words = append(words, word)
		}
	}
	key := strings.Join(words, "-")
	if key = strings.TrimRight(key[:min(len(key), longest)], "-"); !keyPattern.MatchString(key) {
		key = strings.TrimRight("gebiet-"+key, "-")
	}
	free := key
	for at := 2; ; at++ {
		if _, known := a.Get(free); !known && !taken[free] {
			return free
		}
		free = key + "-" + strconv.Itoa(at)
	}
}

// LevelWithin returns the level of areas directly within an area: towns lie in
// counties, planning areas in towns. At the top, an official key of five digits
// makes a county. "" is returned where nothing can lie.
func LevelWithin(parent Area, ags string) Level {
	switch {
	case parent.Level == Kreis:
		return Stadt
	case parent.Level == Stadt:
		return Sozialraum
	case parent.Key != "":
		return ""
	case len(ags) == 5:
		return Kreis
	}
	return Stadt
}

// Named returns the area directly within another one that has a name, whatever
// its case and punctuation.
func (a *Areas) Named(parent, name string) (Area, bool) {
	for _, one := range a.Children(parent) {
		if tabular.Loose(one.Name) == tabular.Loose(name) {
			return one, true
		}
	}
	return Area{}, false
}

// Keys of the things that a table can tell of areas.
const (
	FieldName   = "name"
	FieldParent = "parent"
	FieldKey    = "key"
)

// MaxAreaName is the most characters of an area's name.
const MaxAreaName = 100

// AreaTargets lists what a table of areas to add may hold.
func AreaTargets(areas *Areas) []tabular.Target {
	var parents []tabular.Choice
	for _, one := range areas.All() {
		if one.Level != Sozialraum {
			choice := tabular.Choice{Key: one.Key, Label: one.Name}
			if one.AGS != "" {
				choice.Synonyms = []string{one.AGS, strings.TrimPrefix(one.AGS, "0")}
			}
			parents = append(parents, choice)
		}
	}
	return []tabular.Target{
		{Key: FieldName, Label: "places.area.name", Kind: tabular.TextValue, Required: true,
			Synonyms: []string{"Sozialraum", "Bezeichnung", "Name", "Stadtteil", "Ortsteil", "Stadtbezirk", "Planungsraum", "Gebiet", "Area"}},
		{Key: FieldParent, Label: "places.area.parent", Kind: tabular.AreaValue, Required: true, Fixed: true, Choices: parents,
			Synonyms: []string{"Stadt", "Gemeinde", "Kommune", "Ort", "Kreis", "Gehört zu", "Gemeindeschlüssel", "Amtlicher Gemeindeschlüssel", "Town"}},
		{Key: FieldKey, Label: "places.area.key", Kind: tabular.TextValue, Quiet: true},
	}
}

// AreaImport is what a table of areas would change.
type AreaImport struct {
	New      []Area
	Renamed  []AreaRenamed
	Same     int
	Findings failure.Findings // of rows that are refused, and of what was odd
}

// AreaRenamed is an area of the municipality's own that gets another name.
type AreaRenamed struct{ Old, New Area }

// Changed returns what has to be stored.
func (i *AreaImport) Changed() []Area {
	changed := append([]Area(nil), i.New...)
	for _, one := range i.Renamed {
		changed = append(changed, one.New)
	}
	return changed
}

// ReadAreaTable reads a table of areas through a mapping and compares it with the
// areas that there are. An area is told by its key where the table has keys, else
// by its name within its parent. may tells below which areas whoever imports may
// add some. The error is [failure.Findings] when the file is unusable.
func ReadAreaTable(areas *Areas, content []byte, file string, reading tabular.Reading, mapping tabular.Mapping, may func(parent string) bool) (*AreaImport, error) {
	table, err := tabular.OpenTable(bytes.NewReader(content), reading.Options(file))
	if err != nil {
		return nil, err
	}
	mapped, err := mapping.Open(table, AreaTargets(areas), file, reading.Sheet)
	if err != nil {
		return nil, err
	}
	run := &areaReading{Mapped: mapped, areas: areas, may: may, taken: map[string]bool{}, seen: map[string]int{}}
	for row, err := range mapped.Rows() {
		if err != nil {
			return nil, err
		}
		if !row.Refused {
			run.add(row)
		}
	}
	run.result.Findings = mapped.Findings()
	return &run.result, nil
}

type areaReading struct {
	*tabular.Mapped
	areas  *Areas
	may    func(string) bool
	taken  map[string]bool // keys given out in this reading
	seen   map[string]int  // lines by parent and name
	result AreaImport
}

func (r *areaReading) add(row tabular.Record) {
	name, key := row.Text(FieldName), row.Text(FieldKey)
	parent, _ := r.areas.Get(row.Text(FieldParent))
	refuse := func(reason string, params failure.Params) { r.Note(failure.Fatal, reason, row, FieldName, params) }
	if !r.may(parent.Key) {
		refuse("catalogue.foreign_area", failure.Params{"name": name, "parent": parent.Name})
		return
	}
	if len([]rune(name)) > MaxAreaName {
		refuse("catalogue.name_long", failure.Params{"limit": MaxAreaName})
		return
	}
	place := parent.Key + "\x00" + tabular.Loose(name)
	if first, twice := r.seen[place]; twice {
		r.Note(failure.Warning, "catalogue.area_twice", row, FieldName, failure.Params{"name": name, "first": first})
		return
	}
	r.seen[place] = row.Line
	known, found := r.areas.Get(key)
	if !found {
		known, found = r.areas.Named(parent.Key, name)
	}
	switch {
	case !found:
		one := Area{Key: key, Parent: parent.Key, Name: name, Level: LevelWithin(parent, "")}
		if !keyPattern.MatchString(key) || r.taken[key] {
			one.Key = r.areas.newKey(parent, name, r.taken)
		}
		r.taken[one.Key] = true
		r.result.New = append(r.result.New, one)
	case known.Parent != parent.Key:
		refuse("catalogue.area_moved", failure.Params{"name": name, "parent": parent.Name, "key": known.Key})
	case known.Name == name || r.areas.Shipped(known.Key):
		r.result.Same++
	default:
		next := known
		next.Name = name
		r.result.Renamed = append(r.result.Renamed, AreaRenamed{known, next})
	}
}
