package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	mail "github.com/wneessen/go-mail"

	"bedarfslotse/internal/failure"
)

// SMTP is how to reach the server that takes messages.
type SMTP struct {
	Host           string
	Port           int
	User, Password string  // both "" to send without signing in
	TLS            TLSMode // how the connection is kept secret
	From           string  // "Name <address>" or an address
	// Roots are the authorities trusted for the server's certificate; nil for the
	// system's.
	Roots *x509.CertPool
}

// TLSMode says how a connection is kept secret.
type TLSMode string

// The modes: encrypted after a first word in the clear (port 587), from the
// first byte on (port 465), or not at all, for a server on the same machine.
const (
	StartTLS    TLSMode = "starttls"
	ImplicitTLS TLSMode = "tls"
	NoTLS       TLSMode = "none"
)

// Mailer hands messages to an SMTP server. It is safe for concurrent use.
type Mailer struct {
	settings SMTP
	options  []mail.Option
}

// patience is how long one message may take, from dialling to the server's last
// word.
const patience = time.Minute

// NewMailer checks the settings. It does not reach for the server yet.
func NewMailer(settings SMTP) (*Mailer, error) {
	if _, err := CheckAddress(settings.From); err != nil || !OneLine(settings.From) {
		return nil, failure.New(failure.Invalid, "error.bad_sender", "address", settings.From).Because(err)
	}
	if settings.User == "" && settings.Password != "" || settings.User != "" && settings.Password == "" {
		return nil, failure.New(failure.Invalid, "error.half_sign_in")
	}
	m := &Mailer{settings: settings, options: []mail.Option{mail.WithPort(settings.Port), mail.WithTimeout(patience / 2),
		mail.WithTLSConfig(&tls.Config{ServerName: settings.Host, MinVersion: tls.VersionTLS12, RootCAs: settings.Roots})}}
	switch settings.TLS {
	case StartTLS:
		m.options = append(m.options, mail.WithTLSPolicy(mail.TLSMandatory))
	case ImplicitTLS:
		m.options = append(m.options, mail.WithSSL())
	case NoTLS:
		m.options = append(m.options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		return nil, failure.New(failure.Invalid, "error.bad_tls_mode", "mode", string(settings.TLS))
	}
	if settings.User != "" {
		m.options = append(m.options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(settings.User), mail.WithPassword(settings.Password))
	}
	if _, err := mail.NewClient(settings.Host, m.options...); err != nil {
		return nil, failure.New(failure.Invalid, "error.bad_smtp").Because(err)
	}
	return m, nil
}

// From is the sender that messages have.
func (m *Mailer) From() string { return m.settings.From }

// Send hands one message over and tells what became of it.
func (m *Mailer) Send(ctx context.Context, message Message) Outcome {
	letter, err := m.letter(message)
	if err != nil {
		return Outcome{State: Failed, Reason: clip(err.Error())}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	client, err := mail.NewClient(m.settings.Host, m.options...)
	if err == nil {
		err = client.DialAndSendWithContext(ctx, letter)
	}
	if err == nil || letter.IsDelivered() { // what goes wrong after that is of no matter
		return Outcome{State: Sent}
	}
	return outcome(err, message.Attempts)
}

// letter writes the message. Everything that ends up in a header is either
// checked to be one line or encoded by the library; both hold alone.
func (m *Mailer) letter(message Message) (*mail.Msg, error) {
	if !OneLine(message.Subject) || !OneLine(message.ID) {
		return nil, failure.New(failure.Invalid, "error.not_one_line")
	}
	to, err := CheckAddress(message.To)
	if err != nil {
		return nil, err
	}
	letter := mail.NewMsg()
	if err := errors.Join(letter.From(m.settings.From), letter.To(to)); err != nil {
		return nil, err
	}
	if message.ReplyTo != "" {
		reply, err := CheckAddress(message.ReplyTo)
		if err == nil {
			err = letter.ReplyTo(reply)
		}
		if err != nil {
			return nil, err
		}
	}
	letter.Subject(message.Subject)
	letter.SetDate()
	letter.SetMessageIDWithValue(message.ID)
	letter.SetBulk()
	letter.SetBodyString(mail.TypeTextPlain, message.Text)
	return letter, nil
}

// outcome reads an error of a delivery. A refusal for good ends it, and so does
// a connection that broke when the message may have been taken; all else is
// tried again.
func outcome(err error, attempts int) Outcome {
	result := Outcome{State: Queued, Reason: clip(err.Error())}
	var refused *mail.SendError
	if errors.As(err, &refused) {
		result.Reason = clip(lastWords(refused))
		code := refused.ErrorCode()
		switch {
		case code >= 500:
			result.State = Failed
			result.Dead = refused.Reason == mail.ErrSMTPRcptTo && noMailbox(code, refused.EnhancedStatusCode())
		case refused.Reason == mail.ErrSMTPDataClose && code == 0:
			result.State = Unclear
		}
	}
	if result.State == Queued {
		waits := waits()
		if attempts > len(waits) {
			result.State = Failed
			return result
		}
		result.After = waits[max(attempts, 1)-1]
	}
	return result
}

// noMailbox tells whether a refusal says that there is nobody at the address
// (RFC 3463, X.1.x), and not only that this message is not wanted.
func noMailbox(code int, enhanced string) bool {
	if enhanced != "" {
		return strings.HasPrefix(enhanced, "5.1.")
	}
	return code == 550 || code == 551 || code == 553
}

// waits are the times between attempts: about a day in all, which is how long
// servers that put off unknown senders or are being repaired take at most.
func waits() []time.Duration {
	return []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour}
}

// lastWords is what the server said, without what the library says around it.
func lastWords(refused *mail.SendError) string {
	text := refused.Error()
	if _, after, found := strings.Cut(text, ": "); found {
		text = after
	}
	text, _, _ = strings.Cut(text, ", affected ")
	return fmt.Sprintf("%s (%s)", text, refused.Reason)
}

// clip keeps what others wrote fit for a line of a table.
func clip(text string) string {
	const most = 300
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return isControl(r) || r == ' ' }), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// Reach connects to the server, encrypted as the settings say, signs in, and
// takes leave without sending anything.
func (m *Mailer) Reach(ctx context.Context) error {
	client, err := mail.NewClient(m.settings.Host, m.options...)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience/4)
	defer cancel()
	if err := client.DialWithContext(ctx); err != nil {
		return err
	}
	return client.Close()
}
