package notify_test

import (
	"context"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/notify"
	"bedarfslotse/internal/testmail"
)

func mailer(t *testing.T, server *testmail.Server, mode notify.TLSMode) *notify.Mailer {
	t.Helper()
	settings := notify.SMTP{Host: server.Host, Port: server.Port, TLS: mode, From: "Bildungsbüro <bildung@example.org>", Roots: server.Roots}
	if mode != notify.NoTLS {
		settings.User, settings.Password = testmail.User, testmail.Password
	}
	made, err := notify.NewMailer(settings)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func message(to string) notify.Message {
	return notify.Message{Key: notify.Key{Wave: "w", Mailing: 1, Institution: "100001"}, ID: "one@example.org", To: to,
		ReplyTo: "anna@example.org", Subject: "Umfrage für Eltern – bitte weitersagen", Text: "Guten Tag,\n\nhier ist die Adresse: https://example.org/s/x\n", Attempts: 1}
}

// TestSend hands a message over by each kind of connection.
func TestSend(t *testing.T) {
	for mode, server := range map[notify.TLSMode]testmail.Mode{notify.NoTLS: testmail.Plain, notify.StartTLS: testmail.StartTLS, notify.ImplicitTLS: testmail.ImplicitTLS} {
		t.Run(string(mode), func(t *testing.T) {
			server := testmail.Start(t, server)
			if got := mailer(t, server, mode).Send(context.Background(), message("schule@example.org")); got != (notify.Outcome{State: notify.Sent}) {
				t.Fatalf("%+v", got)
			}
			received := server.Received()
			if len(received) != 1 || received[0].To != "schule@example.org" || received[0].From != "bildung@example.org" {
				t.Fatalf("%+v", received)
			}
			if secret := mode != notify.NoTLS; received[0].Encrypted != secret || (received[0].User == testmail.User) != secret {
				t.Errorf("encrypted %v, signed in as %q", received[0].Encrypted, received[0].User)
			}
			for name, want := range map[string]string{"Message-Id": "<one@example.org>", "Reply-To": "<anna@example.org>", "To": "<schule@example.org>",
				"Precedence": "bulk"} {
				if got := received[0].Header(t, name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(received[0].Header(t, "Subject"))
			if err != nil || subject != message("").Subject {
				t.Errorf("the subject is %q, %v", subject, err)
			}
			parsed, err := mail.ReadMessage(strings.NewReader(string(received[0].Raw)))
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(quotedprintable.NewReader(parsed.Body))
			if got := strings.ReplaceAll(string(body), "\r\n", "\n"); err != nil || strings.TrimSpace(got) != strings.TrimSpace(message("").Text) {
				t.Errorf("the text is %q, %v", got, err)
			}
		})
	}
}

// TestUntrusted: neither a certificate of somebody else's nor a server that does
// not encrypt gets the password or the message.
func TestUntrusted(t *testing.T) {
	server := testmail.Start(t, testmail.StartTLS)
	server.Roots = nil // the system's
	if got := mailer(t, server, notify.StartTLS).Send(context.Background(), message("a@example.org")); got.State != notify.Queued || !strings.Contains(got.Reason, "certificate") {
		t.Errorf("a foreign certificate: %+v", got)
	}
	plain := testmail.Start(t, testmail.Plain)
	if got := mailer(t, plain, notify.StartTLS).Send(context.Background(), message("a@example.org")); got.State != notify.Queued {
		t.Errorf("a server without encryption: %+v", got)
	}
	if taken := append(server.Received(), plain.Received()...); len(taken) > 0 {
		t.Errorf("taken all the same: %+v", taken)
	}
}

// TestRefusals: what is refused for good is not tried again, what is put off is,
// and what may have been taken is left to a person.
func TestRefusals(t *testing.T) {
	server := testmail.Start(t, testmail.Plain)
	server.Recipient = func(address string, _ int) error {
		switch address {
		case "nobody@example.org":
			return &testmail.Refusal{Code: 550, EnhancedCode: testmail.Code{5, 1, 1}, Message: "no such user here"}
		case "blocked@example.org":
			return &testmail.Refusal{Code: 550, EnhancedCode: testmail.Code{5, 7, 1}, Message: "we do not like you"}
		case "grey@example.org":
			return &testmail.Refusal{Code: 451, EnhancedCode: testmail.Code{4, 7, 1}, Message: "come back later"}
		}
		return nil
	}
	server.Dies = func(address string, _ int) testmail.Moment {
		switch address {
		case "early@example.org":
			return testmail.AtRecipient
		case "late@example.org":
			return testmail.AfterMessage
		}
		return testmail.Never
	}
	m := mailer(t, server, notify.NoTLS)
	for address, want := range map[string]notify.Outcome{
		"nobody@example.org":  {State: notify.Failed, Reason: "no such user here", Dead: true},
		"blocked@example.org": {State: notify.Failed, Reason: "we do not like you"},
		"grey@example.org":    {State: notify.Queued, Reason: "come back later", After: time.Minute},
		"early@example.org":   {State: notify.Queued, Reason: "", After: time.Minute},
		"late@example.org":    {State: notify.Unclear},
	} {
		got := m.Send(context.Background(), message(address))
		if got.State != want.State || got.Dead != want.Dead || got.After != want.After || !strings.Contains(got.Reason, want.Reason) || got.Reason == "" {
			t.Errorf("%s: %+v, want %+v", address, got, want)
		}
	}
	last := message("grey@example.org")
	for last.Attempts = 2; last.Attempts <= 7; last.Attempts++ {
		if got := m.Send(context.Background(), last); got.State != notify.Queued || got.After <= time.Minute {
			t.Errorf("attempt %d: %+v", last.Attempts, got)
		}
	}
	if got := m.Send(context.Background(), last); got.State != notify.Failed || got.Dead {
		t.Errorf("after a day: %+v", got)
	}
	unreachable, err := notify.NewMailer(notify.SMTP{Host: "127.0.0.1", Port: 1, TLS: notify.NoTLS, From: "a@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	if got := unreachable.Send(context.Background(), message("a@example.org")); got.State != notify.Queued || got.Reason == "" {
		t.Errorf("without a server: %+v", got)
	}
}

// TestHeaderInjection: nothing that a person or a register gives can begin a
// header of its own or add a recipient.
func TestHeaderInjection(t *testing.T) {
	server := testmail.Start(t, testmail.Plain)
	m := mailer(t, server, notify.NoTLS)
	for what, change := range map[string]func(*notify.Message){
		"subject":   func(m *notify.Message) { m.Subject = "Hallo\r\nBcc: alle@example.org" },
		"subject 2": func(m *notify.Message) { m.Subject = "Hallo\nBcc: alle@example.org" },
		"to":        func(m *notify.Message) { m.To = "a@example.org\r\nBcc: alle@example.org" },
		"two":       func(m *notify.Message) { m.To = "a@example.org, alle@example.org" },
		"reply":     func(m *notify.Message) { m.ReplyTo = "a@example.org\r\nBcc: alle@example.org" },
		"id":        func(m *notify.Message) { m.ID = "x@y>\r\nBcc: alle@example.org" },
	} {
		bad := message("a@example.org")
		change(&bad)
		if got := m.Send(context.Background(), bad); got.State != notify.Failed {
			t.Errorf("%s: %+v", what, got)
		}
	}
	odd := message("a@example.org")
	odd.Text = "Bcc: alle@example.org\r\n\r\n.\r\nMAIL FROM:<x@example.org>\r\n"
	odd.Subject = "=?utf-8?q?x=0D=0ABcc:_alle@example.org?="
	if got := m.Send(context.Background(), odd); got.State != notify.Sent {
		t.Fatalf("%+v", got)
	}
	received := server.Received()
	if len(received) != 1 || received[0].To != "a@example.org" || received[0].Header(t, "Bcc") != "" {
		t.Errorf("taken: %+v", received)
	}
	for _, from := range []string{"", "nobody", "a@example.org\r\nBcc: b@example.org", "a@example.org, b@example.org"} {
		if _, err := notify.NewMailer(notify.SMTP{Host: "localhost", Port: 25, TLS: notify.NoTLS, From: from}); failure.CodeOf(err) != failure.Invalid {
			t.Errorf("the sender %q: %v", from, err)
		}
	}
}

func TestSettings(t *testing.T) {
	good := notify.SMTP{Host: "localhost", Port: 25, TLS: notify.NoTLS, From: "a@example.org"}
	for what, change := range map[string]func(*notify.SMTP){
		"no host":     func(s *notify.SMTP) { s.Host = "" },
		"a port":      func(s *notify.SMTP) { s.Port = 70000 },
		"a mode":      func(s *notify.SMTP) { s.TLS = "maybe" },
		"no password": func(s *notify.SMTP) { s.User = "x" },
		"no user":     func(s *notify.SMTP) { s.Password = "x" },
	} {
		bad := good
		change(&bad)
		if _, err := notify.NewMailer(bad); failure.CodeOf(err) != failure.Invalid {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := notify.NewMailer(good); err != nil {
		t.Error(err)
	}
}
