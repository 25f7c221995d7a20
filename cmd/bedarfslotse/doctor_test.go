package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/testmail"
	"bedarfslotse/internal/testpostgres"
)

// examined runs the doctor and returns how everything is, and the exit code.
func examined(t *testing.T, arguments ...string) (map[string]diagnosis, int) {
	t.Helper()
	out, said, exit := command(t, "", append([]string{"doctor", "--format", "json"}, arguments...)...)
	var list []diagnosis
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatalf("%v: %s%s", err, out, said)
	}
	seen := map[string]diagnosis{}
	for _, one := range list {
		if strings.Contains(one.Seen+one.Do, "doctor.") || strings.Contains(one.Seen+one.Do, "<no value>") || (one.Do == "") != (one.State == well) {
			t.Errorf("%+v", one)
		}
		if before, twice := seen[one.Check]; !twice || before.State == well {
			seen[one.Check] = one
		}
	}
	return seen, exit
}

func TestDoctorFindsNothing(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		if !strings.HasPrefix(dsn, "postgres") {
			if err := os.Chmod(filepath.Dir(dsn), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		address := start(t, "serve", "--db", dsn, "--addr", "127.0.0.1:0")
		seen, exit := examined(t, "--db", dsn, "--base-url", address)
		if exit != 0 {
			t.Errorf("exit %d: %v", exit, seen)
		}
		for check, want := range map[string]health{"database": well, "schema": well, "clock": well, "mail": well, "secrets": well, "backup": warning, "address": warning} {
			if seen[check].State != want {
				t.Errorf("%s: %+v, want %s", check, seen[check], want)
			}
		}
	})
}

func TestDoctorFinds(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "x.db")
	succeed(t, "wave", "open", "--db", path, "--survey", "families", "--slug", "w")
	other := start(t, "serve", "--db", filepath.Join(t.TempDir(), "other.db"), "--addr", "127.0.0.1:0")
	start(t, "serve", "--db", path, "--addr", "127.0.0.1:0") // so that the installation has a name
	stranger := httptest.NewServer(http.NotFoundHandler())
	defer stranger.Close()
	secret, garbage := filepath.Join(folder, "secret"), filepath.Join(folder, "garbage.db")
	for name, content := range map[string]string{secret: "geheim\n", garbage: strings.Repeat("no database ", 1000)} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		prepare   func() error
		arguments []string
		check     string
		says, do  string
	}{
		"open folder":     {func() error { return os.Chmod(folder, 0o755) }, nil, "files", "0755", "chmod 0700"},
		"open file":       {func() error { return os.Chmod(path, 0o644) }, nil, "files", "0644", "chmod 0600"},
		"no database":     {nil, []string{"--db", filepath.Join(folder, "none.db")}, "database", "none.db", "--db"},
		"no SQLite":       {nil, []string{"--db", garbage}, "database", "does not answer", "--db"},
		"no PostgreSQL":   {nil, []string{"--db", "postgres://x@127.0.0.1:1/x?connect_timeout=1"}, "database", "does not answer", "PostgreSQL runs"},
		"open secret":     {func() error { return os.Chmod(secret, 0o644) }, []string{"--smtp-password-file", secret}, "secrets", "0644", "chmod"},
		"nobody there":    {nil, []string{"--base-url", "http://127.0.0.1:1"}, "address", "cannot be reached", "DNS"},
		"somebody else":   {nil, []string{"--base-url", stranger.URL}, "address", "status 404", "proxy"},
		"another of ours": {nil, []string{"--base-url", other}, "address", "another installation", "--db"},
		"no mail server":  {nil, []string{"--smtp-host", "127.0.0.1", "--smtp-port", "1", "--smtp-from", "a@example.org"}, "mail", "127.0.0.1:1", "firewall"},
		"half a server":   {nil, []string{"--smtp-host", "127.0.0.1", "--smtp-from", "nobody"}, "mail", "nobody", "--smtp-from"},
	} {
		t.Run(name, func(t *testing.T) {
			for name, mode := range map[string]os.FileMode{folder: 0o700, path: 0o600, secret: 0o600} {
				if err := os.Chmod(name, mode); err != nil {
					t.Fatal(err)
				}
			}
			if c.prepare != nil {
				if err := c.prepare(); err != nil {
					t.Fatal(err)
				}
			}
			arguments := c.arguments
			if !slices.Contains(arguments, "--db") {
				arguments = append(arguments, "--db", path)
			}
			seen, exit := examined(t, arguments...)
			if one := seen[c.check]; exit != 1 || one.State != problem || !strings.Contains(one.Seen, c.says) || !strings.Contains(one.Do, c.do) {
				t.Errorf("exit %d, %+v", exit, one)
			}
		})
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	out, _, _ := command(t, "", "doctor", "--db", path)
	if !strings.Contains(out, "problem  files: ") || !strings.Contains(out, "         → chmod") {
		t.Errorf("in words: %s", out)
	}
}

// TestDoctorSendsMail: with --mail-to a test e-mail arrives; else the doctor says what
// the server said and what to do, in both languages.
func TestDoctorSendsMail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	succeed(t, "wave", "open", "--db", path, "--survey", "families", "--slug", "w")
	if err := os.Chmod(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	mails, encrypted := testmail.Start(t, testmail.Plain), testmail.Start(t, testmail.StartTLS)
	mails.Recipient = func(address string, _ int) error {
		switch address {
		case "nobody@example.org":
			return &testmail.Refusal{Code: 550, EnhancedCode: testmail.Code{5, 1, 1}, Message: "no such user"}
		case "later@example.org":
			return &testmail.Refusal{Code: 451, EnhancedCode: testmail.Code{4, 7, 1}, Message: "come back later"}
		}
		return nil
	}
	const check, reach = "Check sender (--smtp-from) and recipient", "Check name, port, --smtp-tls, sign-in and firewall."
	at := func(s *testmail.Server) []string {
		return []string{"--smtp-host", s.Host, "--smtp-port", fmt.Sprint(s.Port), "--smtp-from", "Büro <buero@example.org>"}
	}
	for name, c := range map[string]struct {
		server    []string
		tls, to   string
		state     health
		says, do  string
		exit, got int
	}{
		"arrives":              {at(mails), "none", "edv@example.org", well, "on its way to edv@example.org", "", 0, 1},
		"only reached":         {at(mails), "none", "", well, "Nothing was sent", "", 0, 0},
		"nobody of that name":  {at(mails), "none", "nobody@example.org", problem, "no such user", check, 1, 0},
		"put off":              {at(mails), "none", "later@example.org", problem, "come back later", check, 1, 0},
		"no address":           {at(mails), "none", "nobody", problem, mails.Host, check, 1, 0},
		"no encryption there":  {at(mails), "starttls", "edv@example.org", problem, "STARTTLS", reach, 1, 0},
		"an unknown authority": {at(encrypted), "starttls", "edv@example.org", problem, "unknown authority", reach, 1, 0},
		"no server":            {[]string{"--smtp-host", "127.0.0.1", "--smtp-port", "1", "--smtp-from", "a@example.org"}, "none", "edv@example.org", problem, "127.0.0.1:1", reach, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(mails.Received())
			arguments := append([]string{"--db", path, "--smtp-tls", c.tls}, c.server...)
			if c.to != "" {
				arguments = append(arguments, "--mail-to", c.to)
			}
			seen, exit := examined(t, arguments...)
			if one := seen["mail"]; exit != c.exit || one.State != c.state || !strings.Contains(one.Seen, c.says) || !strings.HasPrefix(one.Do, c.do) {
				t.Errorf("exit %d, %+v", exit, one)
			}
			if got := len(mails.Received()) - before; got != c.got {
				t.Errorf("%d e-mails arrived", got)
			}
		})
	}
	for _, one := range mails.Received() {
		if one.To != "edv@example.org" || one.From != "buero@example.org" || one.Header(t, "Subject") != "A test by Bedarfslotse" {
			t.Errorf("from %s to %s:\n%s", one.From, one.To, one.Raw)
		}
	}
	if got := len(encrypted.Received()); got != 0 {
		t.Errorf("a server that nobody vouches for got %d", got)
	}
}

// TestSecretsAreRefused: a password on the command line is in everybody's sight.
func TestSecretsAreRefused(t *testing.T) {
	for argument, refused := range map[string]bool{
		"--db=postgres://user:geheim@127.0.0.1:1/x":            true,
		"--db=postgresql://user@127.0.0.1:1/x?password=geheim": true,
		"--db=postgres://user@127.0.0.1:1/x?connect_timeout=1": false,
	} {
		_, said, exit := command(t, "", "wave", "list", argument)
		if exit != 1 || strings.Contains(said, "PGPASSFILE") != refused || strings.Contains(said, "geheim") {
			t.Errorf("%s: exit %d, %s", argument, exit, said)
		}
	}
}

// TestDoctorSpeaksBoth: every sentence of a finding has one that says what to do.
func TestDoctorSpeaksBoth(t *testing.T) {
	for _, language := range []string{"de", "en"} {
		content, err := os.ReadFile("../../locales/doctor." + language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		words := map[string]string{}
		if err := json.Unmarshal(content, &words); err != nil {
			t.Fatal(err)
		}
		for key := range maps.Keys(words) {
			if base, is := strings.CutSuffix(key, "_do"); is && words[base] == "" {
				t.Errorf("%s: %s answers nothing", language, key)
			}
		}
	}
}
