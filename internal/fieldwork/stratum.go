package fieldwork

import (
	"cmp"
	"slices"

	"bedarfslotse/internal/failure"
)

// Stratum is a part of a wave's population: those of an area, of a type of
// institution, of one institution, or of a meeting of these.
type Stratum struct {
	Area            string // key, "" for all
	InstitutionType string // slug, "" for all
	Institution     string // official number, "" for all
	Population      int    // how many could answer; 0 when not known
	Target          int    // how many answers are wanted; 0 for no target
}

// maxPopulation is more than live in the largest state.
const maxPopulation = 20_000_000

// CheckStrata returns what is wrong with the strata of a wave: numbers that
// cannot be, or the same part twice.
func CheckStrata(strata []Stratum) error {
	seen := map[Stratum]bool{}
	for _, one := range strata {
		if one.Population < 0 || one.Population > maxPopulation {
			return failure.New(failure.Invalid, "error.bad_population", "population", one.Population)
		}
		if one.Target < 0 || one.Target > maxPopulation {
			return failure.New(failure.Invalid, "error.bad_target", "target", one.Target)
		}
		if one.Population > 0 && one.Target > one.Population {
			return failure.New(failure.Invalid, "error.target_above_population", "target", one.Target, "population", one.Population)
		}
		part := Stratum{Area: one.Area, InstitutionType: one.InstitutionType, Institution: one.Institution}
		if seen[part] && part == (Stratum{}) {
			return failure.New(failure.Invalid, "error.stratum_unnamed")
		}
		if seen[part] {
			return failure.New(failure.Invalid, "error.stratum_twice",
				"stratum", cmp.Or(one.Institution, one.InstitutionType, one.Area))
		}
		seen[part] = true
	}
	return nil
}

// PopulationOf is the sum over the strata; 0 when none states a population.
func PopulationOf(strata []Stratum) int {
	sum := 0
	for _, one := range strata {
		sum += one.Population
	}
	return sum
}

// Proposals lists by what [ProposeStrata] divides.
func Proposals() []string { return []string{"area", "type", "institution"} }

// ProposeStrata divides the population of institutions, one of [Proposals]: by
// area, by area and type of institution, or by institution. Pupils says that
// their numbers of pupils are the population, where the register knows them; a
// part in which one of them is not known has none, as its sum would be too
// small.
func ProposeStrata(institutions []Institution, by string, pupils bool) []Stratum {
	var strata []Stratum
	places, unknown := map[Stratum]int{}, map[int]bool{}
	for _, one := range institutions {
		part := Stratum{Area: one.Area}
		if by != "area" {
			part.InstitutionType = one.Type
		}
		if by == "institution" {
			part.Institution = one.Number
		}
		at, known := places[part]
		if !known {
			at = len(strata)
			places[part] = at
			strata = append(strata, part)
		}
		switch {
		case !pupils:
		case one.Pupils == nil:
			unknown[at] = true
		default:
			strata[at].Population += *one.Pupils
		}
	}
	for at := range unknown {
		strata[at].Population = 0
	}
	slices.SortStableFunc(strata, func(a, b Stratum) int {
		return cmp.Or(cmp.Compare(a.Area, b.Area), cmp.Compare(a.InstitutionType, b.InstitutionType))
	})
	return strata
}
