package coding

import (
	"cmp"
	"hash/maphash"
	"math"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Characters in a row that texts are compared by. They need no knowledge of the
// language, find the stem in words that inflect at both ends, and work where
// nobody writes capitals or spaces as we do.
const (
	shortest = 3
	longest  = 4
)

// buckets is how many different rows of characters are kept apart; a few that
// fall together do no harm.
const buckets = 1 << 15

// nearestTexts is how many similar texts are asked, and leastLikeness from which
// cosine on a text is similar at all.
const (
	nearestTexts  = 5
	leastLikeness = 0.15
)

// Sketch is what a text is compared by: how often it has each row of characters.
type Sketch []feature

type feature struct {
	bucket uint32
	count  float32 // dampened: 1 + ln of how often
}

// Sketcher makes sketches that can be compared with each other. It is safe for
// concurrent use.
type Sketcher struct{ seed maphash.Seed }

// NewSketcher makes one.
func NewSketcher() *Sketcher { return &Sketcher{maphash.MakeSeed()} }

// Sketch makes the sketch of a text: of its words in small letters, without
// digits and marks, each with a border on both sides.
func (s *Sketcher) Sketch(text string) Sketch {
	words := strings.FieldsFunc(strings.ToLower(norm.NFKC.String(text)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
	var found []uint32
	for _, word := range words {
		word = " " + word + " "
		starts := make([]int, 0, len(word)+1)
		for at := range word {
			starts = append(starts, at)
		}
		starts = append(starts, len(word))
		for size := shortest; size <= longest; size++ {
			for at := 0; at+size < len(starts); at++ {
				found = append(found, uint32(maphash.String(s.seed, word[starts[at]:starts[at+size]])%buckets))
			}
		}
	}
	slices.Sort(found)
	var sketch Sketch
	for len(found) > 0 {
		often := 1
		for often < len(found) && found[often] == found[0] {
			often++
		}
		sketch = append(sketch, feature{found[0], float32(1 + math.Log(float64(often)))})
		found = found[often:]
	}
	return sketch
}

// Tagged is a text that somebody has coded.
type Tagged struct {
	Sketch Sketch
	Tags   Tags
}

// Suggestion is a tag that similar texts have. It is never given by itself.
type Suggestion struct {
	Tag     string
	With    int     // how many of the nearest texts have the tag
	Nearest int     // how many were near enough to be asked, 1 to 5
	Weight  float64 // their share by likeness, in (0, 1]
}

// Suggest returns the tags of the nearest among tagged texts, the weightiest
// first: by the cosine of TF–IDF vectors (term counts dampened by 1 + ln, inverse
// document frequency ln((1+N)/(1+n)) + 1 among the tagged ones and the text
// itself; Salton & Buckley 1988, Inf. Process. Manag. 24:513–523).
func Suggest(text Sketch, tagged []Tagged) []Suggestion {
	weights := inverse(text, tagged)
	own := make([]float32, buckets)
	square := float32(0)
	for _, one := range text {
		own[one.bucket] = one.count * weights[one.bucket]
		square += own[one.bucket] * own[one.bucket]
	}
	if square == 0 {
		return nil
	}
	type near struct {
		likeness float64
		tags     Tags
	}
	var nearest []near
	for _, other := range tagged {
		product, length := float32(0), float32(0)
		for _, one := range other.Sketch {
			weight := one.count * weights[one.bucket]
			length += weight * weight
			product += weight * own[one.bucket]
		}
		if length > 0 {
			if likeness := float64(product) / math.Sqrt(float64(square)*float64(length)); likeness >= leastLikeness {
				nearest = append(nearest, near{likeness, other.Tags})
			}
		}
	}
	slices.SortStableFunc(nearest, func(a, b near) int { return cmp.Compare(b.likeness, a.likeness) })
	nearest = nearest[:min(len(nearest), nearestTexts)]
	byTag, sum := map[string]*Suggestion{}, 0.0
	for _, one := range nearest {
		sum += one.likeness
		for _, tag := range one.tags {
			if byTag[tag] == nil {
				byTag[tag] = &Suggestion{Tag: tag, Nearest: len(nearest)}
			}
			byTag[tag].With++
			byTag[tag].Weight += one.likeness
		}
	}
	var all []Suggestion
	for _, one := range byTag {
		one.Weight = min(one.Weight/sum, 1)
		all = append(all, *one)
	}
	slices.SortFunc(all, func(a, b Suggestion) int { return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Tag, b.Tag)) })
	return all
}

// inverse is the inverse document frequency of every bucket that occurs.
func inverse(text Sketch, tagged []Tagged) []float32 {
	counts := make([]float32, buckets)
	for _, one := range text {
		counts[one.bucket]++
	}
	for _, other := range tagged {
		for _, one := range other.Sketch {
			counts[one.bucket]++
		}
	}
	all := float64(len(tagged) + 1)
	for at, count := range counts {
		if count > 0 {
			counts[at] = float32(math.Log((1+all)/(1+float64(count))) + 1)
		}
	}
	return counts
}
