// Package i18n gives the interface its words, numbers and directions.
//
// Message files are read once, at start. A [Localizer] belongs to one request
// or one document and travels in the page's data, never in shared templates.
package i18n

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// Catalogue holds the messages of all languages. It is immutable after [Load]
// and safe for concurrent use.
type Catalogue struct {
	localizers map[string]*goi18n.Localizer
	keys       map[string]map[string]bool // tag → keys
}

// Load reads every file named {room}.{tag}.json at the top of fsys. The tag is
// ours (DESIGN section 5); two that go-i18n has no plural rules for are mapped
// to their nearest relative.
func Load(fsys fs.FS) (*Catalogue, error) {
	entries, err := fs.Glob(fsys, "*.json")
	if err != nil {
		return nil, fmt.Errorf("list message files: %w", err)
	}
	bundles := map[string]*goi18n.Bundle{}
	catalogue := &Catalogue{localizers: map[string]*goi18n.Localizer{}, keys: map[string]map[string]bool{}}
	for _, name := range entries {
		parts := strings.Split(strings.TrimSuffix(path.Base(name), ".json"), ".")
		if len(parts) != 2 {
			return nil, fmt.Errorf("message file %s: the name must be room.language.json", name)
		}
		tag := parts[1]
		if bundles[tag] == nil {
			// One bundle per language with itself as default: a shared bundle
			// would never choose de-simple beside de, and would fall back to a
			// language of its own choosing where our chain says another.
			bundle := goi18n.NewBundle(pluralTag(tag))
			bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
			bundles[tag] = bundle
			catalogue.keys[tag] = map[string]bool{}
		}
		content, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read message file: %w", err)
		}
		file, err := bundles[tag].ParseMessageFileBytes(content, parts[0]+"."+pluralTag(tag).String()+".json")
		if err != nil {
			return nil, fmt.Errorf("message file %s: %w", name, err)
		}
		for _, message := range file.Messages {
			if catalogue.keys[tag][message.ID] {
				return nil, fmt.Errorf("message file %s: %s stands in another file of the language too", name, message.ID)
			}
			catalogue.keys[tag][message.ID] = true
		}
	}
	for tag, bundle := range bundles {
		catalogue.localizers[tag] = goi18n.NewLocalizer(bundle, pluralTag(tag).String())
	}
	return catalogue, nil
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

// Has tells whether the catalogue has messages in the language.
func (c *Catalogue) Has(tag string) bool { return c.localizers[tag] != nil }

// Languages returns the tags of all languages, sorted.
func (c *Catalogue) Languages() []string {
	tags := make([]string, 0, len(c.localizers))
	for tag := range c.localizers {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	return tags
}

// Keys returns the message keys of one language, sorted.
func (c *Catalogue) Keys(tag string) []string {
	keys := make([]string, 0, len(c.keys[tag]))
	for key := range c.keys[tag] {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Localizer returns the words for a language, falling back message by message
// along [Chain].
func (c *Catalogue) Localizer(tag string) *Localizer {
	chain := Chain(tag)
	localizer := &Localizer{tag: tag, chain: make([]*goi18n.Localizer, 0, len(chain))}
	for _, step := range chain {
		if found := c.localizers[step]; found != nil {
			localizer.chain = append(localizer.chain, found)
		}
	}
	return localizer
}

// Localizer speaks one language. It is safe for concurrent use.
type Localizer struct {
	tag   string
	chain []*goi18n.Localizer
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
	return l.find(&goi18n.LocalizeConfig{MessageID: key, TemplateData: params(pairs)})
}

// N returns the plural form of the message for count, which the message may
// name as {{.Count}}; it is written in the reader's digits.
func (l *Localizer) N(key string, count int, pairs ...any) string {
	data := params(pairs)
	data["Count"] = l.Number(float64(count), 0)
	return l.find(&goi18n.LocalizeConfig{MessageID: key, TemplateData: data, PluralCount: count})
}

func (l *Localizer) find(config *goi18n.LocalizeConfig) string {
	for at, localizer := range l.chain {
		// go-i18n returns the fallback's text and an error together: only a
		// text without an error is one of this language.
		text, err := localizer.Localize(config)
		var missing *goi18n.MessageNotFoundErr
		if err == nil && at > 0 { // in English or German
			return l.Isolate(text)
		}
		if err == nil {
			return text
		}
		if !errors.As(err, &missing) {
			break
		}
	}
	return config.MessageID
}

func params(pairs []any) map[string]any {
	data := make(map[string]any, len(pairs)/2+1)
	for i := 0; i+1 < len(pairs); i += 2 {
		data[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return data
}
