package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/catalogue"
)

// TestOpenIDFlags: what is missing or wrong is said before the service starts; the
// secret comes from a file or from the environment and is no flag.
func TestOpenIDFlags(t *testing.T) {
	db := "--db=" + filepath.Join(t.TempDir(), "x.db")
	base, client, issuer := "--base-url=https://desk.example", "--oidc-client-id=desk", "--oidc-issuer=https://id.example"
	for says, flags := range map[string][]string{
		"Give --base-url":             {issuer, client},
		"--oidc-client-id is missing": {issuer, base},
		"is no provider's address":    {"--oidc-issuer=http://id.example", base, client},
		"is no mapping":               {issuer, base, client, "--oidc-grant=readers"},
		"king":                        {issuer, base, client, "--oidc-grant=readers=king"},
		"atlantis":                    {issuer, base, client, "--oidc-grant=readers=viewer:atlantis"},
		"no such file":                {issuer, base, client, "--oidc-client-secret-file=/nowhere"},
		"unknown flag":                {issuer, base, client, "--oidc-client-secret=x"},
	} {
		_, said, exit := command(t, "", append([]string{"serve", db, "--addr", "127.0.0.1:0"}, flags...)...)
		if exit == 0 || !strings.Contains(said, says) {
			t.Errorf("%v: %d, %s", flags, exit, said)
		}
	}
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("from the file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &program{env: func(name string) string {
		return map[string]string{"BEDARFSLOTSE_OIDC_CLIENT_SECRET": "from outside"}[name]
	}}
	known, findings := catalogue.NewAreas([]catalogue.Area{{Key: "bochum", Name: "Bochum", Level: catalogue.Kreis}})
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	given := openID{Issuer: "https://id.example/realm", ClientID: "desk", Grant: []string{"CN=KI,OU=Amt=coordinator:bochum", "readers=viewer"}}
	config, err := given.config(p, "https://desk.example", known)
	if err != nil || config.ClientSecret != "from outside" || config.Label != "id.example" {
		t.Errorf("%+v %v", config, err)
	}
	want := []account.Mapping{{Group: "CN=KI,OU=Amt", Grant: account.Grant{Role: account.Coordinator, Area: "bochum"}}, {Group: "readers", Grant: account.Grant{Role: account.Viewer}}}
	if !slices.Equal(config.Mappings, want) {
		t.Errorf("mappings %+v", config.Mappings)
	}
	given.ClientSecretFile, given.Label = file, "Amt"
	if config, err = given.config(p, "https://desk.example", known); err != nil || config.ClientSecret != "from the file" || config.Label != "Amt" {
		t.Errorf("%+v %v", config, err)
	}
}

// TestUserReset prints a link for when nobody can sign in to make one.
func TestUserReset(t *testing.T) {
	db := "--db=" + filepath.Join(t.TempDir(), "x.db")
	if _, said, exit := command(t, "vier Esel lesen Zeitung\n", "user", "add", db, "anna", "--role", "administrator"); exit != 0 {
		t.Fatal(said)
	}
	if link := succeed(t, "user", "reset", db, "anna"); !strings.HasPrefix(link, "/manage/reset/") || len(strings.TrimSpace(link)) < 40 {
		t.Errorf("the link %s", link)
	}
	if _, said, exit := command(t, "", "user", "reset", db, "nobody"); exit == 0 || !strings.Contains(said, "nobody") {
		t.Errorf("of nobody: %d %s", exit, said)
	}
}
