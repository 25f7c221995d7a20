// Package i18n gives the interface its words, numbers and directions.
//
// The messages of a language are read when somebody first asks for one. A
// [Localizer] belongs to one request or one document and travels in the page's
// data, never in shared templates.
package i18n

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// Catalogue holds the messages of all languages. It is safe for concurrent use.
type Catalogue struct {
	languages map[string]*messages // by tag
	version   func() (string, error)
}

// Load finds every file named {room}.{tag}.json at the top of fsys. The tag is
// ours (DESIGN section 5); two that go-i18n has no plural rules for are mapped
// to their nearest relative. What the files hold is read later, a language at a
// time: most installations never show most of them. [Catalogue.Check] reads all.
func Load(fsys fs.FS) (*Catalogue, error) {
	entries, err := fs.Glob(fsys, "*.json")
	if err != nil {
		return nil, fmt.Errorf("list message files: %w", err)
	}
	catalogue := &Catalogue{languages: map[string]*messages{}}
	for _, name := range entries {
		parts := strings.Split(strings.TrimSuffix(path.Base(name), ".json"), ".")
		if len(parts) != 2 {
			return nil, fmt.Errorf("message file %s: the name must be room.language.json", name)
		}
		one := catalogue.languages[parts[1]]
		if one == nil {
			one = &messages{fsys: fsys, tag: pluralTag(parts[1])}
			catalogue.languages[parts[1]] = one
		}
		one.files = append(one.files, name)
	}
	catalogue.version = sync.OnceValues(catalogue.digest)
	return catalogue, nil
}

// Check reads the messages of all languages and returns what is wrong with them:
// files that cannot be read, and keys that stand in two files of a language. A
// program that was built with such files shows the messages of the others.
func (c *Catalogue) Check() error {
	var all []error
	for _, tag := range c.Languages() {
		one := c.languages[tag]
		one.once.Do(one.read)
		all = append(all, one.wrong)
	}
	return errors.Join(all...)
}

// pluralTag returns the tag under which go-i18n knows the plural rules of ours.
func pluralTag(tag string) language.Tag {
	switch tag {
	case "kmr": // Kurmanji
		return language.MustParse("ku")
	case "de-simple":
		return language.German
	}
	return language.Make(tag)
}

// Version returns a digest of all message files, which changes when any does.
func (c *Catalogue) Version() (string, error) { return c.version() }

func (c *Catalogue) digest() (string, error) {
	sum := sha256.New()
	for _, tag := range c.Languages() {
		for _, name := range c.languages[tag].files {
			content, err := fs.ReadFile(c.languages[tag].fsys, name)
			if err != nil {
				return "", fmt.Errorf("read message file: %w", err)
			}
			fmt.Fprintln(sum, name, len(content))
			sum.Write(content)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Has tells whether the catalogue has messages in the language.
func (c *Catalogue) Has(tag string) bool { return c.languages[tag] != nil }

// Languages returns the tags of all languages, sorted.
func (c *Catalogue) Languages() []string { return slices.Sorted(maps.Keys(c.languages)) }

// Keys returns the message keys of one language, sorted.
func (c *Catalogue) Keys(tag string) []string {
	one := c.languages[tag]
	if one == nil {
		return nil
	}
	one.once.Do(one.read)
	return slices.Sorted(maps.Keys(one.keys))
}

// Localizer returns the words for a language, falling back message by message
// along [Chain].
func (c *Catalogue) Localizer(tag string) *Localizer {
	chain := Chain(tag)
	localizer := &Localizer{tag: tag, chain: make([]*messages, 0, len(chain))}
	for _, step := range chain {
		if found := c.languages[step]; found != nil {
			localizer.chain = append(localizer.chain, found)
		}
	}
	return localizer
}

// Localizer speaks one language. It is safe for concurrent use.
type Localizer struct {
	tag   string
	chain []*messages
}

// Language returns the precise tag the localizer was asked for.
func (l *Localizer) Language() string { return l.tag }

// Direction returns "rtl" or "ltr" from the language's script.
func (l *Localizer) Direction() string { return Direction(l.tag) }

// Isolate returns a text of unknown direction so that it can stand inside a
// message: between the marks that keep it and what is around it from changing
// each other's order (Unicode FSI and PDI) where the language is written from
// the right; else as it is.
func (l *Localizer) Isolate(text string) string {
	if text == "" || l.Direction() != "rtl" {
		return text
	}
	return "\u2068" + text + "\u2069"
}

// T returns the message under key. Pairs alternate placeholder and value. A
// message that no language of the chain has comes back as its key, so that the
// gap is seen.
func (l *Localizer) T(key string, pairs ...any) string {
	return l.find(key, func() *goi18n.LocalizeConfig {
		return &goi18n.LocalizeConfig{MessageID: key, TemplateData: params(pairs)}
	})
}

// N returns the plural form of the message for count, which the message may
// name as {{.Count}}; it is written in the reader's digits.
func (l *Localizer) N(key string, count int, pairs ...any) string {
	return l.find(key, func() *goi18n.LocalizeConfig {
		data := params(pairs)
		data["Count"] = l.Number(float64(count), 0)
		return &goi18n.LocalizeConfig{MessageID: key, TemplateData: data, PluralCount: count}
	})
}

// find returns the message of the first language that has it. what it is made of
// is asked for only where something has to be put into it.
func (l *Localizer) find(key string, what func() *goi18n.LocalizeConfig) string {
	for at, step := range l.chain {
		text, found := step.get(key, what)
		if found && at > 0 { // in English or German
			return l.Isolate(text)
		}
		if found {
			return text
		}
	}
	return key
}

func params(pairs []any) map[string]any {
	data := make(map[string]any, len(pairs)/2+1)
	for i := 0; i+1 < len(pairs); i += 2 {
		data[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return data
}
