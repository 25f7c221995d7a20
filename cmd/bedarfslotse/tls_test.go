package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/acme/autocert"
)

// certify writes a certificate of that serial number for this machine and its key.
func certify(t *testing.T, folder string, serial int64) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: signed}, key: {Type: "PRIVATE KEY", Bytes: encoded}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestEncrypted(t *testing.T) {
	folder := t.TempDir()
	cert, key := certify(t, folder, 1)
	db := "--db=" + filepath.Join(folder, "x.db")
	address := strings.TrimPrefix(start(t, "serve", db, "--addr", "127.0.0.1:0", "--base-url", "https://survey.example.org", "--tls-cert", cert, "--tls-key", key), "http://")
	config := &tls.Config{InsecureSkipVerify: true}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}}
	answer, err := client.Get("https://" + address + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.ProtoMajor != 2 || answer.TLS.Version != tls.VersionTLS13 || answer.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%s, TLS %x, %v", answer.Proto, answer.TLS.Version, answer.Header)
	}
	if _, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	plain, err := http.Get("http://" + address + "/healthz") // Go answers 400 in clear
	if err != nil {
		t.Fatal(err)
	}
	_ = plain.Body.Close()
	if plain.StatusCode != http.StatusBadRequest || plain.Header.Get("Strict-Transport-Security") != "" {
		t.Errorf("in clear: %d %v", plain.StatusCode, plain.Header)
	}
}

// TestCertificateIsReadAgain: a renewed certificate is used by the next handshake;
// half a pair is not, and the old one serves on.
func TestCertificateIsReadAgain(t *testing.T) {
	folder := t.TempDir()
	cert, key := certify(t, folder, 1)
	files := &certificateFiles{cert: cert, key: key, logger: slog.New(slog.DiscardHandler)}
	if err := files.load(); err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		files.looked = time.Time{} // as after a second
		pair, err := files.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf.SerialNumber.Int64()
	}
	later := func(path string, by time.Duration) {
		if err := os.Chtimes(path, time.Now().Add(by), time.Now().Add(by)); err != nil {
			t.Fatal(err)
		}
	}
	if got := serial(); got != 1 {
		t.Errorf("at first: %d", got)
	}
	old, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	certify(t, folder, 2)
	fresh, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, old, 0o600); err != nil {
		t.Fatal(err)
	}
	later(cert, time.Minute)
	if got := serial(); got != 1 {
		t.Errorf("with half of the new pair: %d", got)
	}
	if err := os.WriteFile(key, fresh, 0o600); err != nil {
		t.Fatal(err)
	}
	later(key, 2*time.Minute)
	if got := serial(); got != 2 {
		t.Errorf("with the new pair: %d", got)
	}
}

func TestEncryptionIsSetUpWhole(t *testing.T) {
	folder := t.TempDir()
	cert, key := certify(t, folder, 1)
	db := "--db=" + filepath.Join(folder, "x.db")
	for name, c := range map[string]struct {
		arguments []string
		says      string
	}{
		"without a key":        {[]string{"--base-url", "https://x", "--tls-cert", cert}, "--tls-key"},
		"both ways":            {[]string{"--base-url", "https://x", "--tls-cert", cert, "--tls-key", key, "--acme-domain", "x"}, "--acme-domain"},
		"without an address":   {[]string{"--tls-cert", cert, "--tls-key", key}, "--base-url"},
		"an address in clear":  {[]string{"--base-url", "http://x", "--tls-cert", cert, "--tls-key", key}, "https://"},
		"a file that is not":   {[]string{"--base-url", "https://x", "--tls-cert", cert, "--tls-key", filepath.Join(folder, "none")}, "none"},
		"a key of another":     {[]string{"--base-url", "https://x", "--tls-cert", cert, "--tls-key", cert}, "belong together"},
		"an authority in vain": {[]string{"--acme-domain", "survey.example.org", "--acme-http", "256.0.0.1:80"}, "256.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, said, exit := command(t, "", append([]string{"serve", db, "--addr", "127.0.0.1:0"}, c.arguments...)...)
			if exit != 1 || !strings.Contains(said, c.says) {
				t.Errorf("exit %d, %s", exit, said)
			}
		})
	}
}

// TestACMEOnlyForOwnNames: for other names nobody is asked, and certificates lie
// beside the database.
func TestACMEOnlyForOwnNames(t *testing.T) {
	e := &encryption{ACMEDomain: []string{"survey.example.org"}, ACMEServer: "https://127.0.0.1:1/"}
	manager := e.manager("/var/lib/bedarfslotse/bedarfslotse.db")
	if manager.Cache != autocert.DirCache("/var/lib/bedarfslotse/acme") {
		t.Errorf("certificates lie in %v", manager.Cache)
	}
	_, err := manager.GetCertificate(&tls.ClientHelloInfo{ServerName: "other.example.org"})
	if err == nil || !strings.Contains(err.Error(), "not configured") {
		t.Errorf("for another name: %v", err)
	}
}
