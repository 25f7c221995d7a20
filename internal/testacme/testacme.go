// Package testacme is a certificate authority for tests: Pebble, which Let's Encrypt
// keeps for trying out clients of ACME (RFC 8555), within the test's own process. It
// looks for real whether a name belongs to who asks, at ports that the test names, and
// finds every name on this machine.
//
// Pebble is under the Mozilla Public License 2.0. Tests use it unchanged; it is no
// part of the program.
package testacme

import (
	"crypto/x509"
	"encoding/pem"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
)

// Authority is a running authority.
type Authority struct {
	Directory string         // the address to give to a client
	Trust     string         // file with the certificate by which the directory is served
	Roots     *x509.CertPool // trusts what the authority certifies, and nothing else

	mu    sync.Mutex
	asked []string
}

// lifetime is how long a certificate is good, in seconds: 90 days, as is usual.
const lifetime = 90 * 24 * 60 * 60

// Start runs an authority until the test ends. It looks at these ports of this machine
// whether a name belongs to who asks.
func Start(t *testing.T, httpPort, tlsPort int) *Authority {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")      // else it waits some seconds before it looks
	t.Setenv("PEBBLE_WFE_NONCEREJECT", "0") // else it refuses some good requests by chance
	t.Setenv("PEBBLE_VA_ALWAYS_VALID", "")  // it has to look
	said := log.New(t.Output(), "authority: ", 0)
	store := db.NewMemoryStore()
	signer := ca.New(said, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "for tests", ValidityPeriod: lifetime}})
	front := wfe.New(said, store, va.New(said, httpPort, tlsPort, false, resolver(t), store), signer, []string{"authority.example.org"}, false, false, 0, 0)
	a := &Authority{Roots: x509.NewCertPool()}
	handler := front.Handler()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		a.asked = append(a.asked, r.URL.Path)
		a.mu.Unlock()
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	if !a.Roots.AppendCertsFromPEM(signer.GetRootCert(0).PEM()) {
		t.Fatal("the authority's root cannot be read")
	}
	a.Directory, a.Trust = server.URL+wfe.DirectoryPath, filepath.Join(t.TempDir(), "directory.pem")
	if err := os.WriteFile(a.Trust, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

// Asked tells how often somebody asked the authority for anything.
func (a *Authority) Asked() int { return a.count("/") }

// Orders tells how often somebody asked for a certificate.
func (a *Authority) Orders() int { return a.count("/order-plz") }

// Issued tells how many certificates somebody fetched.
func (a *Authority) Issued() int { return a.count("/certZ/") }

func (a *Authority) count(prefix string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	count := 0
	for _, path := range a.asked {
		if strings.HasPrefix(path, prefix) {
			count++
		}
	}
	return count
}

// resolver runs a name server that finds every name on this machine.
func resolver(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{Listener: listener, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, question *dns.Msg) {
		answer := new(dns.Msg).SetReply(question)
		if asked := question.Question[0]; asked.Qtype == dns.TypeA {
			answer.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: asked.Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.IPv4(127, 0, 0, 1)}}
		}
		_ = w.WriteMsg(answer) // who asked notices
	})}
	done := make(chan struct{})
	started := make(chan struct{})
	server.NotifyStartedFunc = func() { close(started) }
	go func() {
		defer close(done)
		_ = server.ActivateAndServe() // ends with the listener
	}()
	<-started
	t.Cleanup(func() {
		_ = server.Shutdown()
		<-done
	})
	return listener.Addr().String()
}
