package fieldwork

import (
	"slices"
	"strings"
)

// Published lists the questions whose figures everybody may read, in the
// survey's order; none where the wave is not public.
func (w *Wave) Published() []string { return strings.Fields(w.PublicQuestions) }

// Released tells whether there are figures that stand, as the wave was closed or
// released before.
func (w *Wave) Released() bool { return w.State == Closed || w.Release > 0 }

// Licence is one under which open data are published.
type Licence struct {
	// ID is that of the SPDX list, or of GovData where SPDX has none.
	ID string
	// Name is what the licence calls itself; it is not translated.
	Name string
	// Address is where its text stands.
	Address string
}

// Licences lists those that may be chosen, the usual one first: those that
// GovData recommends for German administrations, and their international twins.
func Licences() []Licence {
	return []Licence{
		{"dl-de/by-2-0", "Datenlizenz Deutschland – Namensnennung – Version 2.0", "https://www.govdata.de/dl-de/by-2-0"},
		{"dl-de/zero-2-0", "Datenlizenz Deutschland – Zero – Version 2.0", "https://www.govdata.de/dl-de/zero-2-0"},
		{"CC-BY-4.0", "Creative Commons Attribution 4.0 International", "https://creativecommons.org/licenses/by/4.0/"},
		{"CC0-1.0", "Creative Commons Zero 1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/"},
	}
}

// LicenceOf finds a licence by its id; not ok when it is none of [Licences].
func LicenceOf(id string) (one Licence, ok bool) {
	all := Licences()
	at := slices.IndexFunc(all, func(one Licence) bool { return one.ID == id })
	if at < 0 {
		return Licence{}, false
	}
	return all[at], true
}
