package main

import (
	"net/url"
	"os"
	"strings"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/server"
)

// openID is a provider of identities by which people may sign in.
type openID struct {
	Issuer           string   `placeholder:"URL" help:"OpenID Connect provider by which people may sign in, as it calls itself."`
	ClientID         string   `name:"client-id" placeholder:"TEXT" help:"What the provider knows this service by."`
	ClientSecretFile string   `placeholder:"PATH" help:"File with the secret that this service shares with the provider; or the variable BEDARFSLOTSE_OIDC_CLIENT_SECRET."`
	Label            string   `placeholder:"TEXT" help:"What people know the provider by; the name of its host when not given."`
	NameClaim        string   `default:"preferred_username" placeholder:"CLAIM" help:"What of the provider's words a new account is named after."`
	GroupsClaim      string   `default:"groups" placeholder:"CLAIM" help:"Where the provider says in which groups somebody is."`
	Scopes           []string `default:"profile,email" placeholder:"SCOPE,…" help:"What the provider is asked for, beside openid."`
	Grant            []string `sep:"none" placeholder:"GROUP=ROLE[:AREA]" help:"Role, for an area or everywhere, of whoever is in a group at the provider; may be given several times. They get an account when they first sign in; all others need an invitation."`
	TwoFactors       bool     `help:"The provider always asks for two factors, though it does not say so (amr)."`
}

// config returns what the server needs, or what is missing.
func (o openID) config(p *program, baseURL string, known *catalogue.Areas) (server.OpenIDConfig, error) {
	if o.Issuer == "" {
		return server.OpenIDConfig{}, nil
	}
	issuer, err := url.Parse(o.Issuer)
	if err != nil || issuer.Host == "" || issuer.Scheme != "https" && issuer.Hostname() != "localhost" && issuer.Hostname() != "127.0.0.1" {
		return server.OpenIDConfig{}, failure.New(failure.Invalid, "command.oidc_issuer", "address", o.Issuer)
	}
	switch {
	case baseURL == "":
		return server.OpenIDConfig{}, failure.New(failure.Invalid, "command.oidc_base_url")
	case o.ClientID == "":
		return server.OpenIDConfig{}, failure.New(failure.Invalid, "command.oidc_client")
	}
	config := server.OpenIDConfig{Issuer: o.Issuer, ClientID: o.ClientID, ClientSecret: p.env("BEDARFSLOTSE_OIDC_CLIENT_SECRET"),
		Label: o.Label, NameClaim: o.NameClaim, GroupsClaim: o.GroupsClaim, Scopes: o.Scopes, TwoFactors: o.TwoFactors}
	if config.Label == "" {
		config.Label = issuer.Hostname()
	}
	if o.ClientSecretFile != "" {
		content, err := os.ReadFile(o.ClientSecretFile)
		if err != nil {
			return config, failure.Errorf(failure.NotFound, "%w", err)
		}
		config.ClientSecret = strings.TrimSpace(string(content))
	}
	for _, text := range o.Grant {
		rule, err := account.ParseMapping(text)
		if err == nil {
			err = isKnown(known, rule.Grant.Area)
		}
		if err != nil {
			return config, err
		}
		config.Mappings = append(config.Mappings, rule)
	}
	return config, nil
}
