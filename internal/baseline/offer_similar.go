package baseline

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"bedarfslotse/internal/tabular"
)

// ActorKey brings the name of a provider or partner to the form in which names are
// compared: small letters without accents, ä as ae, no punctuation, without the
// legal form ("e.V.", "gGmbH").
func ActorKey(name string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(tabular.Loose(name)))
	words := strings.Fields(plain)
	all := words
	for again := true; again && len(words) > 0; {
		again = false
		for _, form := range legalForms() {
			if at := len(words) - len(form); at > 0 && slices.Equal(words[at:], form) {
				words, again = words[:at], true
			}
		}
	}
	if len(words) == 0 {
		words = all
	}
	return strings.Join(words, " ")
}

// legalForms are the words at the end of a name that say what kind of body
// somebody is, and not who.
func legalForms() [][]string {
	return [][]string{
		{"e", "v"}, {"ev"}, {"eingetragener", "verein"}, {"gemeinnuetziger", "verein"},
		{"gemeinnuetzige", "gmbh"}, {"ggmbh"}, {"g", "gmbh"}, {"gmbh"}, {"mbh"}, {"gug"}, {"ug"}, {"haftungsbeschraenkt"},
		{"ag"}, {"gag"}, {"eg"}, {"e", "g"}, {"geg"}, {"kdoer"}, {"k", "d", "oe", "r"}, {"koerperschaft", "des", "oeffentlichen", "rechts"},
		{"aoer"}, {"a", "oe", "r"}, {"gbr"}, {"gmbh", "co", "kg"}, {"kg"},
	}
}

// Similarity compares two names by the groups of three letters that their words
// consist of: the share of those in both among those in either (Jaccard), from 0
// for nothing alike to 1 for the same.
func Similarity(a, b string) float64 { return trigramsOf(ActorKey(a)).jaccard(trigramsOf(ActorKey(b))) }

// trigrams are the different groups of three letters of a text, sorted.
type trigrams []string

func trigramsOf(key string) trigrams {
	var found trigrams
	for _, word := range strings.Fields(key) {
		letters := []rune("  " + word + " ")
		for at := range len(letters) - 2 {
			found = append(found, string(letters[at:at+3]))
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func (t trigrams) jaccard(other trigrams) float64 {
	both := 0
	for i, j := 0, 0; i < len(t) && j < len(other); {
		switch c := cmp.Compare(t[i], other[j]); {
		case c == 0:
			both, i, j = both+1, i+1, j+1
		case c < 0:
			i++
		default:
			j++
		}
	}
	either := len(t) + len(other) - both
	if either == 0 {
		return 0
	}
	return float64(both) / float64(either)
}

// Twins are two offers that may be the same one, written down twice.
type Twins struct {
	First, Last string  // ids, in the order of the list
	Alike       float64 // from 0 to 1
}

// How much alike titles and providers of the same offer are at least, and both
// together.
const (
	leastTitle    = 0.4
	leastProvider = 0.3
	leastAlike    = 0.6
)

// Duplicates suggests which offers may be the same one, the most alike first. A
// person decides: two groups of one course look like this as well.
func Duplicates(offers []Offer, within Within) []Twins {
	var found []Twins
	signs := signsOf(offers)
	for i := range offers {
		for j := i + 1; j < len(offers); j++ {
			if alike := signs[i].alike(&signs[j]); alike >= leastAlike && len(commonAreas(offers[i].Areas, offers[j].Areas, within)) > 0 {
				found = append(found, Twins{offers[i].ID, offers[j].ID, alike})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Twins) int { return cmp.Compare(b.Alike, a.Alike) })
	return found
}

// LikelyDuplicates lists the offers that one may be a second entry of, the most
// alike first; areas do not count, as those of a new entry may be unknown.
func LikelyDuplicates(one Offer, offers []Offer) []Twins {
	var found []Twins
	own := signsOf([]Offer{one})[0]
	signs := signsOf(offers)
	for at := range offers {
		if alike := own.alike(&signs[at]); alike >= leastAlike && offers[at].ID != one.ID {
			found = append(found, Twins{one.ID, offers[at].ID, alike})
		}
	}
	slices.SortStableFunc(found, func(a, b Twins) int { return cmp.Compare(b.Alike, a.Alike) })
	return found
}

// signs are by what offers are compared.
type signs struct{ title, provider trigrams }

func signsOf(offers []Offer) []signs {
	all := make([]signs, len(offers))
	for at := range offers {
		all[at] = signs{trigramsOf(ActorKey(offers[at].Title)), trigramsOf(ActorKey(offers[at].Provider))}
	}
	return all
}

func (s *signs) alike(other *signs) float64 {
	// Sets of very different size are unlike whatever is in them.
	if small, large := min(len(s.title), len(other.title)), max(len(s.title), len(other.title)); float64(small) < leastTitle*float64(large) {
		return 0
	}
	title := s.title.jaccard(other.title)
	if title < leastTitle {
		return 0
	}
	provider := s.provider.jaccard(other.provider)
	if provider < leastProvider {
		return 0
	}
	return (title + provider) / 2
}

// Merge makes one offer of two: what the first does not know it takes from the
// other, fields, audiences, areas and languages are those of both.
func (o Offer) Merge(other Offer) Offer {
	o.Fields, o.Areas = union(o.Fields, other.Fields), union(o.Areas, other.Areas)
	o.Languages = union(o.Languages, other.Languages)
	if len(o.Audiences) > 0 && len(other.Audiences) > 0 {
		o.Audiences = union(o.Audiences, other.Audiences)
	} else if len(o.Audiences) == 0 {
		o.Audiences = slices.Clone(other.Audiences)
	}
	if !o.Ages.Limited() {
		o.Ages = other.Ages
	}
	if o.Places == nil {
		o.Places = other.Places
	}
	o.Cost, o.Start, o.End = cmp.Or(o.Cost, other.Cost), cmp.Or(o.Start, other.Start), cmp.Or(o.End, other.End)
	if o.Funding == "" {
		o.Funding, o.FundingEnd = other.Funding, cmp.Or(o.FundingEnd, other.FundingEnd)
	}
	o.Contact = cmp.Or(o.Contact, other.Contact)
	o.Confirmed = max(o.Confirmed, other.Confirmed)
	if other.Source != "" && other.Source != o.Source {
		o.Source = strings.TrimPrefix(o.Source+"; "+other.Source, "; ")
	}
	return o
}

func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, one := range b {
		if !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all
}
