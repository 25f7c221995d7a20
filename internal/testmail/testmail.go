// Package testmail is an SMTP server for tests: a real one on a port of its own,
// which takes messages, refuses them, puts them off, or dies in the middle, as
// the test says for each address.
package testmail

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/mail"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Received is a message that the server took.
type Received struct {
	From, To  string
	User      string // who had signed in, "" for nobody
	Encrypted bool
	Raw       []byte
}

// Header parses the message and returns one of its headers, decoded.
func (r Received) Header(t testing.TB, name string) string {
	t.Helper()
	parsed, err := mail.ReadMessage(bytes.NewReader(r.Raw))
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Header.Get(name)
}

// Server is a running server. Its fields are set before the first connection.
type Server struct {
	Host string
	Port int
	// Roots trusts the server's certificate.
	Roots *x509.CertPool
	// Recipient is asked for every recipient; an error, of type [Refusal] or any,
	// refuses. nil lets all pass.
	Recipient func(address string, attempt int) error
	// Dies tells when to cut the connection off: at RCPT, or after the whole
	// message has arrived and before saying so. nil for never.
	Dies func(address string, attempt int) Moment

	mu       sync.Mutex
	received []Received
	attempts map[string]int
}

// Refusal is an answer to a command, such as 550 5.1.1.
type Refusal = smtp.SMTPError

// Code is an enhanced status code.
type Code = smtp.EnhancedCode

// Moment is when a connection is cut off.
type Moment int

// The moments.
const (
	Never Moment = iota
	AtRecipient
	AfterMessage
)

// The account by which one signs in.
const (
	User     = "post@example.org"
	Password = "sieben Hasen graben Möhren"
)

// Mode is how the server encrypts.
type Mode int

// The modes: not at all, after STARTTLS, from the first byte on.
const (
	Plain Mode = iota
	StartTLS
	ImplicitTLS
)

// Start runs a server until the test ends. With encryption it wants a sign-in.
func Start(t testing.TB, mode Mode) *Server {
	t.Helper()
	s := &Server{attempts: map[string]int{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Host = "127.0.0.1"
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	s.Port, _ = strconv.Atoi(port)
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{server: s, conn: c, signIn: mode != Plain}, nil
	}))
	server.Domain, server.ReadTimeout, server.WriteTimeout = "mx.example.org", 20*time.Second, 20*time.Second
	server.ErrorLog = quiet{}
	if mode != Plain {
		certificate, roots := certificate(t)
		s.Roots = roots
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
		if mode == ImplicitTLS {
			listener = tls.NewListener(listener, server.TLSConfig)
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // ends with the listener
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return s
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// Received returns what the server took, in order.
func (s *Server) Received() []Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Received(nil), s.received...)
}

// Attempts tells how often somebody tried to write to an address.
func (s *Server) Attempts(address string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.attempts[address]
}

type session struct {
	server         *Server
	conn           *smtp.Conn
	signIn         bool
	user, from, to string
	attempt        int
}

func (s *session) AuthMechanisms() []string {
	if s.signIn {
		return []string{sasl.Plain}
	}
	return nil
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != User || password != Password {
			return smtp.ErrAuthFailed
		}
		s.user = user
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.signIn && s.user == "" {
		return smtp.ErrAuthRequired
	}
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.server.mu.Lock()
	s.server.attempts[to]++
	s.to, s.attempt = to, s.server.attempts[to]
	s.server.mu.Unlock()
	if s.dies() == AtRecipient {
		return s.conn.Conn().Close()
	}
	if s.server.Recipient != nil {
		return s.server.Recipient(to, s.attempt)
	}
	return nil
}

func (s *session) dies() Moment {
	if s.server.Dies == nil {
		return Never
	}
	return s.server.Dies(s.to, s.attempt)
}

func (s *session) Data(in io.Reader) error {
	raw, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	_, encrypted := s.conn.TLSConnectionState()
	s.server.mu.Lock()
	s.server.received = append(s.server.received, Received{From: s.from, To: s.to, User: s.user, Encrypted: encrypted, Raw: raw})
	s.server.mu.Unlock()
	if s.dies() == AfterMessage {
		return s.conn.Conn().Close()
	}
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// certificate makes one for 127.0.0.1 that only the returned pool trusts.
func certificate(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mx.example.org"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	made, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(made)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{made}, PrivateKey: key}, roots
}
