// Package catalogue holds what every part of the program sorts by: the areas
// of the municipalities, the fields of action (Themenfelder) and the audiences.
// All of it is data that a municipality may edit; the package reads it, refuses
// what contradicts itself and names every place where it does.
package catalogue

import "slices"

// Audience is a group of people that a survey addresses or an offer is for.
type Audience string

// The audiences.
const (
	Schools        Audience = "schools"
	YouthServices  Audience = "youth_services"
	Families       Audience = "families"
	YoungPeople    Audience = "young_people"
	Administration Audience = "administration"
	CivilSociety   Audience = "civil_society"
)

// Audiences returns all audiences in the order in which they are shown.
func Audiences() []Audience {
	return []Audience{Schools, YouthServices, Families, YoungPeople, Administration, CivilSociety}
}

// Valid tells whether a is one of the audiences.
func (a Audience) Valid() bool { return slices.Contains(Audiences(), a) }

// Professional tells whether the audience answers in the line of its work.
// Whether an institution of such an audience has answered is process data,
// counted from one; of families and young people it is not.
func (a Audience) Professional() bool {
	return a.Valid() && a != Families && a != YoungPeople
}
