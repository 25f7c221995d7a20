package i18n

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// messages are those of one language.
type messages struct {
	fsys  fs.FS
	files []string
	tag   language.Tag // under which go-i18n knows its plural rules

	once  sync.Once
	keys  map[string]string // key → text; "" where localizer makes it
	wrong error

	// localizer makes the messages with placeholders or plural forms. They are one
	// in five: the others are kept as text, which takes a tenth of the memory and
	// of the time.
	localizer *goi18n.Localizer
}

// read reads the files; what is wrong with them is kept.
func (m *messages) read() {
	// One bundle per language with itself as default: a shared bundle would never
	// choose de-simple beside de, and would fall back to a language of its own
	// choosing where our chain says another.
	bundle := goi18n.NewBundle(m.tag)
	m.keys = map[string]string{}
	var wrong []error
	for _, name := range m.files {
		wrong = append(wrong, m.readFile(bundle, name))
	}
	m.wrong = errors.Join(wrong...)
	m.localizer = goi18n.NewLocalizer(bundle, m.tag.String())
}

func (m *messages) readFile(bundle *goi18n.Bundle, name string) error {
	content, err := fs.ReadFile(m.fsys, name)
	if err != nil {
		return fmt.Errorf("read message file: %w", err)
	}
	file, err := goi18n.ParseMessageFileBytes(content, name, nil)
	if err != nil {
		return fmt.Errorf("message file %s: %w", name, err)
	}
	for _, message := range file.Messages {
		if _, twice := m.keys[message.ID]; twice {
			return fmt.Errorf("message file %s: %s stands in another file of the language too", name, message.ID)
		}
		if plain(message) {
			m.keys[message.ID] = message.Other
			continue
		}
		m.keys[message.ID] = ""
		if err := bundle.AddMessages(m.tag, message); err != nil {
			return fmt.Errorf("message file %s: %w", name, err)
		}
	}
	return nil
}

// plain tells whether a message is the same whatever is put into it.
func plain(m *goi18n.Message) bool {
	return m.Zero+m.One+m.Two+m.Few+m.Many == "" && m.Other != "" && m.LeftDelim == "" && !strings.Contains(m.Other, "{{")
}

// get returns a message, or false where the language does not have it.
func (m *messages) get(key string, what func() *goi18n.LocalizeConfig) (text string, found bool) {
	m.once.Do(m.read)
	text, found = m.keys[key]
	if !found || text != "" {
		return text, found
	}
	// go-i18n returns the fallback's text and an error together: only a text
	// without an error is one of this language.
	text, err := m.localizer.Localize(what())
	return text, err == nil
}
