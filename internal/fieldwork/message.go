package fieldwork

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"bedarfslotse/internal/failure"
)

// Purpose is why institutions are written to.
type Purpose string

// The purposes.
const (
	Invitation Purpose = "invitation"
	Reminder   Purpose = "reminder"
)

// Purposes lists every purpose.
func Purposes() []Purpose { return []Purpose{Invitation, Reminder} }

// MessageText is what institutions are written: a subject and a text, both with
// placeholders.
type MessageText struct {
	Subject, Body string
	ReplyTo       string // address, "" for the sender's
}

// Placeholder stands in a message's text for what differs between waves and
// institutions.
type Placeholder string

// The placeholders. CodeLink makes a group code for the institution when its
// message is sent; like every code it is kept as a hash only.
const (
	InstitutionName Placeholder = "{institution}"
	SurveyTitle     Placeholder = "{survey}"
	SurveyLink      Placeholder = "{link}"
	CodeLink        Placeholder = "{code}"
	LastDay         Placeholder = "{until}"
	WaveContact     Placeholder = "{contact}"
)

// Placeholders lists every placeholder.
func Placeholders() []Placeholder {
	return []Placeholder{InstitutionName, SurveyTitle, SurveyLink, CodeLink, LastDay, WaveContact}
}

// The longest texts of a message, in characters.
const (
	MaxSubject = 200
	MaxBody    = 10_000
)

var placeholderForm = regexp.MustCompile(`\{[^{}\s]*\}`)

// Validate returns what is wrong with the text: failure.Invalid with the field at
// fault as parameter "field".
func (t MessageText) Validate() error {
	bad := func(field, key string, pairs ...any) error {
		return failure.New(failure.Invalid, key, append(pairs, "field", field)...)
	}
	switch {
	case strings.TrimSpace(t.Subject) == "":
		return bad("subject", "error.message_empty")
	case strings.TrimSpace(t.Body) == "":
		return bad("body", "error.message_empty")
	case utf8.RuneCountInString(t.Subject) > MaxSubject:
		return bad("subject", "error.message_long", "limit", MaxSubject)
	case utf8.RuneCountInString(t.Body) > MaxBody:
		return bad("body", "error.message_long", "limit", MaxBody)
	case strings.ContainsFunc(t.Subject, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return bad("subject", "error.not_one_line")
	}
	for field, text := range map[string]string{"subject": t.Subject, "body": t.Body} {
		for _, found := range placeholderForm.FindAllString(text, -1) {
			if !slices.Contains(Placeholders(), Placeholder(found)) {
				return bad(field, "error.unknown_placeholder", "placeholder", found)
			}
		}
	}
	if strings.Contains(t.Subject, string(CodeLink)) {
		return bad("subject", "error.code_in_subject")
	}
	return nil
}

// Fill sets values in for placeholders. Values that look like placeholders
// themselves stay as they are.
func (t MessageText) Fill(values map[Placeholder]string) MessageText {
	pairs := make([]string, 0, 2*len(values))
	for placeholder, value := range values {
		pairs = append(pairs, string(placeholder), value)
	}
	set := strings.NewReplacer(pairs...)
	return MessageText{Subject: strings.Join(strings.Fields(set.Replace(t.Subject)), " "), Body: set.Replace(t.Body), ReplyTo: t.ReplyTo}
}

// Carries tells whether a placeholder stands in the text.
func (t MessageText) Carries(placeholder Placeholder) bool {
	return strings.Contains(t.Subject+"\n"+t.Body, string(placeholder))
}
