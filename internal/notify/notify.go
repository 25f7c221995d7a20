// Package notify writes to institutions by e-mail: it hands messages to an SMTP
// server, tells what became of each, and reads the reports that come back. It
// never writes to respondents, whose addresses nobody asks for.
package notify

import (
	"net/mail"
	"strings"
	"time"

	"bedarfslotse/internal/failure"
)

// Key says which message it is: one institution's of one mailing of a wave.
type Key struct {
	Wave        string // id
	Mailing     int
	Institution string // official number
}

// Message is one e-mail, ready to be sent.
type Message struct {
	Key
	ID       string // what the header Message-ID holds, without the angle brackets; the same with every attempt
	To       string // address
	ReplyTo  string // address, "" for the sender's
	Subject  string
	Text     string
	Attempts int // this one included
}

// State is how far a message is.
type State string

// The states of a message. Unclear is what nobody can know: the connection broke
// after the whole message was handed over and before the server said that it has
// it. It is not sent again unless a person wants it.
const (
	Queued   State = "queued"
	Sending  State = "sending"
	Sent     State = "sent"
	Failed   State = "failed"
	Bounced  State = "bounced"
	Unclear  State = "unclear"
	Canceled State = "canceled"
)

// States lists every state in the order in which messages go through them.
func States() []State { return []State{Queued, Sending, Sent, Failed, Bounced, Unclear, Canceled} }

// Outcome is what became of an attempt.
type Outcome struct {
	State  State         // Sent, Failed, Unclear, or Queued for another attempt
	After  time.Duration // how long to wait before that
	Reason string        // in the words of the server, "" when sent
	// Dead tells that there is nobody at the address, which is then not written
	// to again.
	Dead bool
}

// CheckAddress returns the plain address of an e-mail address as people type it:
// "Schule <a@b.de>" gives "a@b.de". failure.Invalid when it is none, or more
// than one.
func CheckAddress(text string) (string, error) {
	parsed, err := mail.ParseAddress(strings.TrimSpace(text))
	if err != nil || strings.ContainsFunc(parsed.Address, isControl) || len(parsed.Address) > maxAddress {
		return "", failure.New(failure.Invalid, "error.bad_address", "address", text).Because(err)
	}
	return parsed.Address, nil
}

// maxAddress is the greatest length of an address in bytes (RFC 5321, 4.5.3.1.3).
const maxAddress = 254

// isControl tells characters that have no place in a header: with them somebody
// could end it and begin another.
func isControl(r rune) bool { return r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' }

// FoldAddress is an address as it is compared: the part before the @ may by the
// letter of the standard differ by case, but at no provider does.
func FoldAddress(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

// OneLine tells whether a text fits into a header: no line breaks and no other
// control characters.
func OneLine(text string) bool { return !strings.ContainsFunc(text, isControl) }
