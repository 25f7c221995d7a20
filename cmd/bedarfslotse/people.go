package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/export"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
)

type userCommands struct {
	Add   userAdd   `cmd:"" help:"Add an account; the password is read from standard input."`
	Reset userReset `cmd:"" help:"Make a link by which somebody sets a new password, once."`
	Data  userData  `cmd:"" help:"Print all that is stored about an account, as JSON."`
}

type userData struct {
	database
	Name string `arg:"" help:"The account."`
}

// Run prints what the account's owner may ask for.
func (c *userData) Run(ctx context.Context, p *program) error {
	db, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	defer p.close(db)
	held, err := db.Holdings(ctx, c.Name)
	if err != nil {
		return err
	}
	printed := json.NewEncoder(p.stdout)
	printed.SetIndent("", "  ")
	return printed.Encode(held)
}

type userReset struct {
	database
	Name string `arg:"" help:"The account."`
}

// Run prints the path of the link, for when nobody is left who could make one at
// the desk.
func (c *userReset) Run(ctx context.Context, p *program) error {
	db, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	defer p.close(db)
	secret, err := db.AllowReset(ctx, p.actor(), c.Name)
	if err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, "/manage/reset/"+secret)
	return nil
}

type userAdd struct {
	database
	Name string `arg:"" help:"The name to sign in with."`
	Role string `default:"coordinator" enum:"administrator,coordinator,translator,coder,viewer" help:"What the person may do."`
	Area string `placeholder:"KEY" help:"Area that the role is for, with all below it; everywhere when left out."`
	Mail string `name:"email" placeholder:"ADDRESS" help:"E-mail address."`
}

// Run adds the account.
func (c *userAdd) Run(ctx context.Context, p *program) error {
	line, err := bufio.NewReader(p.stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read password: %w", err)
	}
	password := strings.TrimRight(line, "\r\n")
	user := account.User{Name: c.Name, Email: c.Mail, Grants: []account.Grant{{Role: account.Role(c.Role), Area: c.Area}}}
	if err := account.Validate(user); err != nil {
		return err
	}
	if err := account.CheckPassword(user, password); err != nil {
		return err
	}
	db, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	defer p.close(db)
	if err := knownArea(ctx, db, c.Area); err != nil {
		return err
	}
	return db.AddUser(ctx, p.actor(), user, account.NewHasher(1).Hash(password))
}

type tokenCommands struct {
	Create tokenCreate `cmd:"" help:"Make a token for the interface and print it."`
}

type tokenCreate struct {
	database
	Role    string   `required:"" enum:"administrator,coordinator,translator,coder,viewer" help:"What the token may do."`
	Area    string   `placeholder:"KEY" help:"Area that the token is for, with all below it; everywhere when left out."`
	Name    string   `placeholder:"TEXT" help:"What the token is for, as the audit log names it."`
	Scope   []string `placeholder:"NAME" help:"What it is for, such as results:read; everything that its role may when left out."`
	Expires string   `placeholder:"DATE" help:"Last day on which it is good, as 2026-12-31."`
}

// Run prints only the token.
func (c *tokenCreate) Run(ctx context.Context, p *program) error {
	if _, err := time.Parse(time.DateOnly, c.Expires); c.Expires != "" && err != nil {
		return failure.New(failure.Invalid, "error.bad_day", "day", c.Expires)
	}
	scopes := make([]account.Scope, len(c.Scope))
	for i, name := range c.Scope {
		if scopes[i] = account.Scope(name); !slices.Contains(account.Scopes(), scopes[i]) {
			return failure.New(failure.Invalid, "command.bad_scope", "scope", name, "scopes", fmt.Sprint(account.Scopes()))
		}
	}
	db, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	defer p.close(db)
	if err := knownArea(ctx, db, c.Area); err != nil {
		return err
	}
	token, err := db.CreateToken(ctx, p.actor(), store.Token{Name: c.Name, Expires: c.Expires, Scopes: scopes,
		Grant: account.Grant{Role: account.Role(c.Role), Area: c.Area}})
	if err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, token)
	return nil
}

// knownArea fails for an area that does not exist; "" is everywhere.
func knownArea(ctx context.Context, db *store.DB, key string) error {
	known, err := areas(ctx, db)
	if err != nil {
		return err
	}
	return isKnown(known, key)
}

// isKnown fails for a key that is neither "" nor an area's.
func isKnown(known *catalogue.Areas, key string) error {
	if _, found := known.Get(key); key != "" && !found {
		return fieldwork.UnknownArea(known, key)
	}
	return nil
}

type auditCommand struct {
	database
	List bool `help:"Print the lines as CSV."`
}

// Run checks the chain of the audit log; what it found goes to standard error,
// the lines to standard output.
func (c *auditCommand) Run(ctx context.Context, p *program) error {
	db, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	defer p.close(db)
	out := io.Discard
	if c.List {
		out = p.stdout
	}
	count := 0
	table := export.NewList(out, store.AuditHead()...)
	err = db.VerifyAudit(ctx, func(line store.Audited) error {
		count++
		return table.Row(line.Cells()...)
	})
	if err := errors.Join(err, table.Flush()); err != nil {
		return err
	}
	fmt.Fprintln(p.stderr, p.words.N("command.audit_whole", count))
	return nil
}
