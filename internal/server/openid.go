package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
)

// OpenIDConfig is how somebody may sign in by a provider of identities (OpenID
// Connect 1.0, authorisation code with PKCE). Without an issuer there is none.
type OpenIDConfig struct {
	Issuer       string // address of the provider, as it calls itself
	ClientID     string
	ClientSecret string
	Label        string // what readers know the provider by
	// NameClaim and GroupsClaim name what the provider says of somebody: what the
	// account is to be called, and the groups that Mappings are about.
	NameClaim, GroupsClaim string
	Scopes                 []string // beside "openid"
	Mappings               []account.Mapping
	// TwoFactors trusts the provider to ask for two factors where it does not say
	// so itself (amr "mfa", RFC 8176).
	TwoFactors bool
}

// openID talks to the provider. It asks for the provider's addresses and keys
// only when somebody signs in, so that the service starts without it.
type openID struct {
	OpenIDConfig
	callback string // our address to which the provider sends people back
	now      func() time.Time
	client   *http.Client

	mu    sync.Mutex
	found *oidc.Provider // nil until it was reached once
}

// openIDPatience is how long the provider may take to answer.
const openIDPatience = 10 * time.Second

func newOpenID(config OpenIDConfig, callback string, now func() time.Time) *openID {
	return &openID{OpenIDConfig: config, callback: callback, now: now, client: &http.Client{Timeout: openIDPatience}}
}

// provider returns the provider's addresses; failure.Unavailable.
func (o *openID) provider(ctx context.Context) (*oidc.Provider, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.found != nil {
		return o.found, nil
	}
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, o.client), o.Issuer)
	if err != nil {
		return nil, o.away(err)
	}
	o.found = found
	return found, nil
}

func (o *openID) away(err error) error {
	return failure.New(failure.Unavailable, "error.openid_away", "provider", o.Label).Because(err)
}

func (o *openID) wrong(err error) error {
	return failure.New(failure.Unauthorized, "error.openid_wrong", "provider", o.Label).Because(err)
}

func (o *openID) oauth(provider *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: o.ClientID, ClientSecret: o.ClientSecret, Endpoint: provider.Endpoint(), RedirectURL: o.callback,
		Scopes: append([]string{oidc.ScopeOpenID}, o.Scopes...)}
}

// errand is somebody on the way to the provider and back. It is kept in their
// session and is good for one return.
type errand struct {
	State, Nonce, Verifier string
	Next                   string
	Again                  bool   // they must show at the provider that it is still them
	Link                   string // account to which their identity is to be added
	Invitation             string // secret of the invitation that they follow
	At                     int64  // seconds since 1970
}

// leave returns where somebody goes to sign in, and what to keep until they are
// back.
func (o *openID) leave(ctx context.Context, sent errand) (string, errand, error) {
	provider, err := o.provider(ctx)
	if err != nil {
		return "", sent, err
	}
	sent.State, sent.Nonce, sent.Verifier, sent.At = rand.Text(), rand.Text(), oauth2.GenerateVerifier(), o.now().Unix()
	options := []oauth2.AuthCodeOption{oidc.Nonce(sent.Nonce), oauth2.S256ChallengeOption(sent.Verifier)}
	if sent.Again {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return o.oauth(provider).AuthCodeURL(sent.State, options...), sent, nil
}

// returned is what the provider says of somebody who is back.
type returned struct {
	account.Vouched
	Proven time.Time // when they signed in at the provider, zero where it does not say
	Strong bool      // by two factors
}

// claims are those of an ID token that have a fixed name.
type claims struct {
	AuthorizedParty string   `json:"azp"`
	AuthTime        int64    `json:"auth_time"`
	Means           []string `json:"amr"`
}

// back exchanges the code that somebody brought for what the provider says of
// them. failure.Unauthorized when it is not for them, for us or for now,
// failure.Unavailable when the provider does not answer.
func (o *openID) back(ctx context.Context, sent errand, code string) (returned, error) {
	provider, err := o.provider(ctx)
	if err != nil {
		return returned{}, err
	}
	ctx = oidc.ClientContext(ctx, o.client)
	token, err := o.oauth(provider).Exchange(ctx, code, oauth2.VerifierOption(sent.Verifier))
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused) && refused.Response.StatusCode < http.StatusInternalServerError:
		return returned{}, o.wrong(err)
	case err != nil:
		return returned{}, o.away(err)
	}
	raw, _ := token.Extra("id_token").(string)
	verified, err := provider.Verifier(&oidc.Config{ClientID: o.ClientID, Now: o.now}).Verify(ctx, raw)
	if err != nil {
		return returned{}, o.wrong(err)
	}
	var fixed claims
	said := map[string]any{}
	if err := errors.Join(verified.Claims(&fixed), verified.Claims(&said)); err != nil {
		return returned{}, o.wrong(err)
	}
	switch {
	case !sameToken(sent.Nonce, verified.Nonce):
		return returned{}, o.wrong(errors.New("the nonce is another's"))
	case fixed.AuthorizedParty != "" && fixed.AuthorizedParty != o.ClientID, fixed.AuthorizedParty == "" && len(verified.Audience) > 1:
		return returned{}, o.wrong(fmt.Errorf("the token is for %q of %q", fixed.AuthorizedParty, verified.Audience))
	}
	if err := o.complete(ctx, provider, token, verified.Subject, said); err != nil {
		return returned{}, err
	}
	return o.read(verified, fixed, said), nil
}

// complete adds what only the provider's user info says, where something is
// missing.
func (o *openID) complete(ctx context.Context, provider *oidc.Provider, token *oauth2.Token, subject string, said map[string]any) error {
	_, named := said[o.NameClaim]
	_, grouped := said[o.GroupsClaim]
	if provider.UserInfoEndpoint() == "" || named && (grouped || len(o.Mappings) == 0) {
		return nil
	}
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return o.away(err)
	}
	if info.Subject != subject { // OpenID Connect Core 5.3.2
		return o.wrong(fmt.Errorf("the user info is about %q", info.Subject))
	}
	more := map[string]any{}
	if err := info.Claims(&more); err != nil {
		return o.wrong(err)
	}
	for name, value := range more {
		if _, known := said[name]; !known {
			said[name] = value
		}
	}
	return nil
}

func (o *openID) read(verified *oidc.IDToken, fixed claims, said map[string]any) returned {
	one := returned{Strong: o.TwoFactors || slices.Contains(fixed.Means, "mfa")}
	one.Issuer, one.Subject = verified.Issuer, verified.Subject
	one.Name, _ = said[o.NameClaim].(string)
	if checked := said["email_verified"]; checked == true || checked == "true" { // some providers write a text
		one.Email, _ = said["email"].(string)
	}
	one.Grants = account.MapGroups(o.Mappings, texts(said[o.GroupsClaim]))
	if fixed.AuthTime > 0 {
		one.Proven = time.Unix(fixed.AuthTime, 0)
	}
	return one
}

// texts reads a claim that is a text or a list of them.
func texts(claim any) []string {
	var all []string
	switch value := claim.(type) {
	case string:
		all = append(all, value)
	case []any:
		for _, one := range value {
			if text, ok := one.(string); ok {
				all = append(all, text)
			}
		}
	}
	return all
}
