package fieldwork

import (
	"cmp"
	"fmt"
	"slices"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
)

// RegisterChanges are what an import would do to the register.
type RegisterChanges struct {
	New     []Institution
	Changed []InstitutionChange
	Same    int           // institutions of the file that the register has just so
	Absent  []Institution // open ones that the file could have and has not; they stay
	Refused []RefusedInstitution
}

// InstitutionChange is an institution of the register that an import changes.
type InstitutionChange struct {
	Old, New Institution
	Fields   []FieldChange
}

// FieldChange is one thing that changes about an institution.
type FieldChange struct {
	Field    string // one of the Field constants
	Old, New string // "" for nothing; of types the label, of areas the key
}

// RefusedInstitution is an institution of the file that whoever imports it has no
// right to.
type RefusedInstitution struct {
	Institution
	Line  int
	Key   string // of the reason, as of a finding
	Where string // key of the area that is not theirs
}

// Stored returns what has to be stored, closed the institutions of the given
// numbers among those that are absent.
func (c RegisterChanges) Stored(closing map[string]bool, day string) []Institution {
	stored := append([]Institution(nil), c.New...)
	for _, one := range c.Changed {
		stored = append(stored, one.New)
	}
	for _, one := range c.Absent {
		if closing[one.Number] {
			one.Closed = day
			stored = append(stored, one)
		}
	}
	return stored
}

// Against compares an import with the register. What the file does not say, or
// leaves blank, stays as the register has it. may tells for which areas whoever
// imports has the right to change institutions; "" is no area.
func (i *InstitutionImport) Against(register []Institution, areas *catalogue.Areas, may func(area string) bool) RegisterChanges {
	var changes RegisterChanges
	stored := make(map[string]Institution, len(register))
	for _, one := range register {
		stored[one.Number] = one
	}
	given := make(map[string]bool, len(i.Institutions))
	reach := make(map[[2]string]bool) // types and areas that the file has
	for at, one := range i.Institutions {
		given[one.Number] = true
		old, known := stored[one.Number]
		if known {
			one = one.over(old, areas)
			one.Closed = ""
		}
		switch {
		case !may(one.Area):
			changes.Refused = append(changes.Refused, RefusedInstitution{one, i.Lines[at], "institution.foreign_area", one.Area})
			continue
		case known && !may(old.Area):
			changes.Refused = append(changes.Refused, RefusedInstitution{one, i.Lines[at], "institution.foreign_stored", old.Area})
			continue
		}
		reach[[2]string{kind(one), one.Area}] = true
		for _, outer := range areas.Ancestors(one.Area) {
			if outer.Level != catalogue.Kreis {
				reach[[2]string{kind(one), outer.Key}] = true
			}
		}
		fields := one.Since(old)
		switch {
		case !known:
			changes.New = append(changes.New, one)
		case len(fields) == 0:
			changes.Same++
		default:
			changes.Changed = append(changes.Changed, InstitutionChange{old, one, fields})
		}
	}
	for _, one := range register {
		if !given[one.Number] && one.Closed == "" && may(one.Area) && covers(reach, one, areas) {
			changes.Absent = append(changes.Absent, one)
		}
	}
	return changes
}

// covers tells whether a file that reaches so far could have the institution: it
// has others of its type in its town or part of a town.
func covers(reach map[[2]string]bool, one Institution, areas *catalogue.Areas) bool {
	if reach[[2]string{kind(one), one.Area}] {
		return true
	}
	for _, outer := range areas.Ancestors(one.Area) {
		if outer.Level != catalogue.Kreis && reach[[2]string{kind(one), outer.Key}] {
			return true
		}
	}
	return false
}

func kind(one Institution) string { return cmp.Or(one.Type, one.TypeLabel) }

// Finding says why an institution is refused; area is the name of the area that is
// not theirs.
func (r RefusedInstitution) Finding(file, area string) failure.Finding {
	return failure.Finding{Severity: failure.Fatal, Key: r.Key, File: file, Line: r.Line, Cell: r.Number,
		Params: failure.Params{"number": r.Number, "name": r.Name, "area": area}}
}

// over returns the institution with what it lacks taken from an older state. A
// known type is not given up for a text, nor a part of a town for the town.
func (i Institution) over(old Institution, areas *catalogue.Areas) Institution {
	i.Name = cmp.Or(i.Name, old.Name)
	if i.Name == i.Number { // a name that is none
		i.Name = cmp.Or(old.Name, i.Name)
	}
	if i.Type == "" && (old.Type != "" || i.TypeLabel == "") {
		i.Type, i.TypeLabel = old.Type, old.TypeLabel
	}
	if i.Area == "" || areas.Contains(i.Area, old.Area) {
		i.Area = old.Area
	}
	i.AGS, i.Period, i.Email, i.Closed = cmp.Or(i.AGS, old.AGS), cmp.Or(i.Period, old.Period), cmp.Or(i.Email, old.Email), cmp.Or(i.Closed, old.Closed)
	if i.Pupils == nil {
		i.Pupils = old.Pupils
	}
	if i.SocialIndex == nil {
		i.SocialIndex = old.SocialIndex
	}
	return i
}

// Since lists what is different from an older state, where it was read from
// aside.
func (i Institution) Since(old Institution) []FieldChange {
	var changes []FieldChange
	for _, one := range []FieldChange{
		{FieldName, old.Name, i.Name}, {FieldType, old.TypeLabel, i.TypeLabel}, {FieldArea, old.Area, i.Area}, {FieldAGS, old.AGS, i.AGS},
		{FieldEmail, old.Email, i.Email}, {FieldPupils, optional(old.Pupils), optional(i.Pupils)},
		{FieldSocialIndex, optional(old.SocialIndex), optional(i.SocialIndex)}, {FieldPeriod, old.Period, i.Period},
		{FieldClosed, old.Closed, i.Closed},
	} {
		if one.Old != one.New || one.Field == FieldType && old.Type != i.Type {
			changes = append(changes, one)
		}
	}
	return changes
}

// Summary counts changes for the audit log.
func (c RegisterChanges) Summary(closed int) string {
	return fmt.Sprintf("%d added, %d changed, %d closed", len(c.New), len(c.Changed), closed)
}

// CommonArea is the smallest area that all of the institutions lie in, "" when
// there is none.
func CommonArea(institutions []Institution, areas *catalogue.Areas) string {
	keys := make([]string, 0, len(institutions))
	for _, one := range institutions {
		if !slices.Contains(keys, one.Area) {
			keys = append(keys, one.Area)
		}
	}
	return areas.Common(keys)
}
