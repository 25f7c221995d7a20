package main

import (
	"context"
	"os"
	"strings"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/notify"
	"bedarfslotse/internal/store"
)

// mailServer is where e-mail to institutions is handed over. The password is
// no flag of its own: everybody on the machine could read it there.
type mailServer struct {
	Host         string `placeholder:"HOST" help:"Mail server for e-mails to institutions; without it none are sent."`
	Port         int    `default:"587" placeholder:"PORT" help:"Its port."`
	TLS          string `name:"tls" default:"starttls" enum:"starttls,tls,none" placeholder:"MODE" help:"Encryption: starttls (port 587), tls (port 465), none (only on this machine)."`
	User         string `placeholder:"NAME" help:"Name to sign in with, where the server wants one. The password is in BEDARFSLOTSE_SMTP_PASSWORD or in a file."`
	PasswordFile string `placeholder:"PATH" help:"File that holds the password."`
	From         string `placeholder:"ADDRESS" help:"Sender: an address, or \"Name <address>\"."`
}

// sender is whom e-mails come from, "" when none are sent.
func (m *mailServer) sender() string {
	if m.Host == "" {
		return ""
	}
	return m.From
}

// mailer checks the settings; nil without a server.
func (m *mailServer) mailer(env func(string) string) (*notify.Mailer, error) {
	if m.Host == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	password := env("BEDARFSLOTSE_SMTP_PASSWORD")
	if m.PasswordFile != "" {
		content, err := os.ReadFile(m.PasswordFile)
		if err != nil {
			return nil, failure.New(failure.Invalid, "error.smtp_password_file", "file", m.PasswordFile).Because(err)
		}
		password = strings.TrimRight(string(content), "\r\n")
	}
	return notify.NewMailer(notify.SMTP{Host: m.Host, Port: m.Port, TLS: notify.TLSMode(m.TLS), User: m.User, Password: password, From: m.From})
}

// carryMail sends what is in the queue until the context ends.
func (p *program) carryMail(ctx context.Context, db *store.DB, mailer *notify.Mailer) {
	if mailer == nil {
		return
	}
	(&notify.Courier{Queue: db, Mailer: mailer, Logger: p.logger()}).Run(ctx)
}
