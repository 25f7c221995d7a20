package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"bedarfslotse/internal/account"
)

type userCommands struct {
	Add userAdd `cmd:"" help:"Add an account; the password is read from standard input."`
}

type userAdd struct {
	database
	Name string `arg:"" help:"The name to sign in with."`
	Role string `default:"coordinator" enum:"administrator,coordinator,translator,coder,viewer" help:"What the person may do."`
}

// Run adds the account.
func (c *userAdd) Run(ctx context.Context, p *program) error {
	line, err := bufio.NewReader(p.stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read password: %w", err)
	}
	password := strings.TrimRight(line, "\r\n")
	user := account.User{Name: c.Name, Role: account.Role(c.Role)}
	if err := account.Validate(user, password); err != nil {
		return err
	}
	db, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	defer p.close(db)
	return db.AddUser(ctx, user, account.NewHasher(1).Hash(password))
}

type tokenCommands struct {
	Create tokenCreate `cmd:"" help:"Make a token for the interface and print it."`
}

type tokenCreate struct {
	database
	Role string `required:"" enum:"administrator,coordinator,translator,coder,viewer" help:"What the token may do."`
}

// Run prints only the token.
func (c *tokenCreate) Run(ctx context.Context, p *program) error {
	db, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	defer p.close(db)
	token, err := db.CreateToken(ctx, account.Role(c.Role))
	if err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, token)
	return nil
}
