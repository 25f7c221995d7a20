// Package coding is the reading of free texts by people: the code book of a wave,
// what in a text points at a person, and which tags similar texts were given.
package coding

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"bedarfslotse/internal/failure"
)

// Tag is one thing that texts of a wave may speak of.
type Tag struct {
	Name       string // [a-z][a-z0-9_]*, at most [MaxName] characters; never changes
	Label      string // what coders read, 1 to [MaxLabel] characters
	Definition string // when to give it and when not, at most [MaxWords] characters
	Example    string // a text made up for it, at most [MaxWords] characters
	Field      string // key of a field of action, "" for none
}

// Limits of a code book.
const (
	MaxTags  = 200 // more than anybody keeps apart
	MaxName  = 40
	MaxLabel = 80
	MaxWords = 1000
)

var tagName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// Tidy returns the tag without white space around its words. One without a name
// gets it from its label: such a name is free in the book.
func (t Tag) Tidy(book Book) Tag {
	for _, words := range []*string{&t.Name, &t.Label, &t.Definition, &t.Example, &t.Field} {
		*words = tidy(*words)
	}
	t.Label = strings.Join(strings.Fields(t.Label), " ")
	if t.Name == "" {
		t.Name = book.free(t.Label)
	}
	return t
}

// tidy is a text as it is stored: without white space around it, its lines ended
// as the web's forms do not.
func tidy(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
}

// Check tells what is wrong with a tag by itself: failure.Invalid.
func (t Tag) Check() error {
	length := utf8.RuneCountInString
	switch {
	case !tagName.MatchString(t.Name):
		return failure.New(failure.Invalid, "error.tag_name", "name", t.Name, "limit", MaxName)
	case t.Label == "" || length(t.Label) > MaxLabel:
		return failure.New(failure.Invalid, "error.tag_label", "limit", MaxLabel)
	case length(t.Definition) > MaxWords || length(t.Example) > MaxWords:
		return failure.New(failure.Invalid, "error.tag_words", "limit", MaxWords)
	}
	return nil
}

// Book is the code book of a wave, in the order in which its tags are shown.
type Book []Tag

// Tag returns the tag of a name.
func (b Book) Tag(name string) (Tag, bool) {
	at := slices.IndexFunc(b, func(one Tag) bool { return one.Name == name })
	if at < 0 {
		return Tag{}, false
	}
	return b[at], true
}

// Sort puts the tags in the order in which they are shown: those of one field of
// action together, then by label.
func (b Book) Sort() {
	slices.SortFunc(b, func(a, b Tag) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(strings.ToLower(a.Label), strings.ToLower(b.Label)), cmp.Compare(a.Name, b.Name))
	})
}

// Fits tells whether a tag may be added, or stand in the place of the one that
// has its name: failure.Invalid for what is wrong with it, failure.Conflict when
// another has its label or the book is full.
func (b Book) Fits(tag Tag) error {
	if err := tag.Check(); err != nil {
		return err
	}
	if _, known := b.Tag(tag.Name); !known && len(b) >= MaxTags {
		return failure.New(failure.Conflict, "error.book_full", "limit", MaxTags)
	}
	for _, one := range b {
		if one.Name != tag.Name && strings.EqualFold(one.Label, tag.Label) {
			return failure.New(failure.Conflict, "error.tag_twice", "label", one.Label)
		}
	}
	return nil
}

// free makes a name of a label that no tag has: its ASCII letters and digits,
// German umlauts written out; "tag" where nothing is left.
func (b Book) free(label string) string {
	var made strings.Builder
	spelled := strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss").Replace(strings.ToLower(label))
	for _, r := range spelled {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			made.WriteRune(r)
		case made.Len() > 0 && !strings.HasSuffix(made.String(), "_"):
			made.WriteByte('_')
		}
	}
	base := strings.Trim(made.String(), "_")
	if base == "" || base[0] < 'a' {
		base = strings.TrimSuffix("tag_"+base, "_")
	}
	base = strings.TrimSuffix(base[:min(len(base), MaxName-4)], "_") // room for a number
	name := base
	for number := 2; ; number++ {
		if _, taken := b.Tag(name); !taken {
			return name
		}
		name = base + "_" + decimal(number)
	}
}

// Tags are the names of the tags that somebody gave a text, sorted, each once.
// None at all says that no tag of the book fits.
type Tags []string

// NewTags sorts names.
func NewTags(names ...string) Tags {
	return slices.Compact(slices.Sorted(slices.Values(names)))
}

// ReadTags reads what [Tags.String] wrote.
func ReadTags(stored string) Tags { return NewTags(strings.Fields(stored)...) }

// String writes the names with spaces between them.
func (t Tags) String() string { return strings.Join(t, " ") }

// Has tells whether a tag is among them.
func (t Tags) Has(name string) bool { _, found := slices.BinarySearch(t, name); return found }

// Renamed puts one tag in the place of another, into none where into is "", and
// tells whether that changed anything.
func (t Tags) Renamed(from, into string) (Tags, bool) {
	if !t.Has(from) {
		return t, false
	}
	left := slices.DeleteFunc(slices.Clone(t), func(one string) bool { return one == from })
	if into != "" {
		left = append(left, into)
	}
	return NewTags(left...), true
}
