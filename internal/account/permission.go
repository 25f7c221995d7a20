package account

import "slices"

// Permission is one thing that a route asks for.
type Permission string

// The permissions that routes declare. Those of the second group are about an
// area: who has one has it for the areas of their grants and all below.
const (
	SeeDesk Permission = "see_desk" // whoever has an account

	ReadResults  Permission = "read_results"  // charts, tables and reports
	ManageWaves  Permission = "manage_waves"  // open, pause, extend, close; codes
	ReadReturns  Permission = "read_returns"  // who has answered, as process data
	ManageData   Permission = "manage_data"   // import and export responses
	ManagePlaces Permission = "manage_places" // areas, institutions and their groups
	CodeTexts    Permission = "code_texts"    // read and code free texts
	// ManageConcept is about what the concept is made of: indicators, offers,
	// measures, networks, stakeholders, evidence and papers.
	ManageConcept Permission = "manage_concept"
	ManagePeople  Permission = "manage_people" // accounts, invitations and tokens
	ReadAudit     Permission = "read_audit"    // who did what

	// Surveys and their texts are shared by all areas.
	EditSurveys      Permission = "edit_surveys"
	TranslateSurveys Permission = "translate_surveys"
)

// Permissions lists every permission.
func Permissions() []Permission {
	return []Permission{SeeDesk, ReadResults, ManageWaves, ReadReturns, ManageData, ManagePlaces, CodeTexts, ManageConcept,
		ManagePeople, ReadAudit, EditSurveys, TranslateSurveys}
}

// May tells whether the role has the permission, in the areas it is granted
// for.
func (r Role) May(permission Permission) bool {
	switch r {
	case Administrator:
		return slices.Contains(Permissions(), permission)
	case Coordinator:
		return slices.Contains(Permissions(), permission) && permission != ManagePeople && permission != ReadAudit
	case Translator:
		return permission == SeeDesk || permission == TranslateSurveys
	case Coder:
		return permission == SeeDesk || permission == CodeTexts
	case Viewer:
		return permission == SeeDesk || permission == ReadResults
	}
	return false
}

// Grant lets somebody act in a role for an area and all below it; for every
// area where Area is "".
type Grant struct {
	Role Role
	Area string // key in the catalogue
}

// Subject is what a permission is asked for.
type Subject struct {
	// Area is the key of the area that it is about; "" for what is about all
	// areas, which only a grant for all areas reaches.
	Area string
	// Published tells that what is asked for is published as a whole: who may
	// read results of a part of the area may then read this as well.
	Published bool
}

// Within tells whether an area is another one or lies in it;
// [bedarfslotse/internal/catalogue.Areas.Contains] does.
type Within func(outer, inner string) bool

// Has tells whether the user has the permission for any area at all: enough for
// pages that show only what is theirs.
func (u User) Has(permission Permission) bool {
	return slices.ContainsFunc(u.Grants, func(g Grant) bool { return g.Role.May(permission) })
}

// May tells whether the user has the permission for the subject. A coordinator
// of a town has it for the town and its parts; of the county's figures they may
// read what is published.
func (u User) May(permission Permission, about Subject, within Within) bool {
	return slices.ContainsFunc(u.Grants, func(g Grant) bool {
		if !g.Role.May(permission) {
			return false
		}
		return g.reaches(about.Area, within) ||
			permission == ReadResults && about.Published && (about.Area == "" || within(about.Area, g.Area))
	})
}

func (g Grant) reaches(area string, within Within) bool {
	return g.Area == "" || area != "" && within(g.Area, area)
}

// AreaOf is the area that grants have in common, "" where they have none: then
// they are about all areas.
func AreaOf(grants []Grant) string {
	for _, grant := range grants {
		if grant.Area != grants[0].Area {
			return ""
		}
	}
	if len(grants) == 0 {
		return ""
	}
	return grants[0].Area
}

// Covers tells whether whoever has these grants may give another one: an
// administrator gives roles for the areas that they administer.
func (u User) Covers(other Grant, within Within) bool {
	return u.May(ManagePeople, Subject{Area: other.Area}, within)
}
