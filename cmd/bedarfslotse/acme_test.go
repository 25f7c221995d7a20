package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"bedarfslotse/internal/testacme"
)

// certifiedName is the name for which certificates are fetched.
const certifiedName = "umfrage.example.org"

// opened returns a listener on a port of its own, as a file for another process, and
// the port.
func opened(t *testing.T) (file *os.File, port int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tcp := listener.(*net.TCPListener)
	t.Cleanup(func() { _ = tcp.Close() })
	if file, err = tcp.File(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file, tcp.Addr().(*net.TCPAddr).Port
}

// closedPort is a port at which nobody listens.
func closedPort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port
}

// visitTLS asks the program at a port by the name of the service, as a browser does
// that trusts these roots, and returns the certificate that it was shown.
func visitTLS(t *testing.T, roots *x509.CertPool, port int) *x509.Certificate {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		}}
	defer transport.CloseIdleConnections()
	answer, err := (&http.Client{Transport: transport}).Get("https://" + certifiedName + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK || answer.ProtoMajor != 2 || answer.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("status %d by %s, %v", answer.StatusCode, answer.Proto, answer.Header)
	}
	return answer.TLS.PeerCertificates[0]
}

// TestCertificateByACME: the program gets a certificate from an authority that looks
// for itself whether the name is ours, at the port of HTTPS, or where that leads
// elsewhere at the one of HTTP. Its visitors trust it. Started again it uses the
// certificate that it kept, and asks nobody.
func TestCertificateByACME(t *testing.T) {
	t.Run("at the port of HTTPS", func(t *testing.T) {
		file, port := opened(t)
		certified(t, testacme.Start(t, closedPort(t), port), file, port, "off")
	})
	t.Run("at the port of HTTP", func(t *testing.T) {
		file, port := opened(t)
		web := net.JoinHostPort("127.0.0.1", strconv.Itoa(closedPort(t)))
		certified(t, testacme.Start(t, inFront(t, web), closedPort(t)), file, port, web)
	})
}

// inFront returns a port that leads to an address as port 80 does: at another port an
// authority would name that one in its requests, and be refused.
func inFront(t *testing.T, address string) int {
	t.Helper()
	server := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: address})
		r.Out.Host, _, _ = net.SplitHostPort(r.In.Host)
	}})
	t.Cleanup(server.Close)
	return server.Listener.Addr().(*net.TCPAddr).Port
}

func certified(t *testing.T, authority *testacme.Authority, file *os.File, port int, acmeHTTP string) {
	t.Helper()
	t.Setenv("SSL_CERT_FILE", authority.Trust) // for the program, which has to trust the directory
	path := filepath.Join(t.TempDir(), "x.db")
	options := []string{"--acme-domain", certifiedName, "--acme-server", authority.Directory, "--acme-http", acmeHTTP, "--acme-email", "edv@example.org"}
	running := handedOver(t, path, file, options...)
	if asked := authority.Asked(); asked != 0 {
		t.Errorf("asked %d times before anybody came", asked)
	}
	first := visitTLS(t, authority.Roots, port)
	if err := first.VerifyHostname(certifiedName); err != nil || authority.Issued() != 1 {
		t.Errorf("for %v, of %d: %v", first.DNSNames, authority.Issued(), err)
	}
	if acmeHTTP != "off" {
		leadsToHTTPS(t, acmeHTTP)
	}
	checkKept(t, filepath.Join(filepath.Dir(path), "acme"))
	ordered := authority.Orders()
	if err := running.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := running.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}

	handedOver(t, path, file, options...)
	if again := visitTLS(t, authority.Roots, port); !again.Equal(first) {
		t.Errorf("started again it shows certificate %v, not %v", again.SerialNumber, first.SerialNumber)
	}
	if authority.Orders() != ordered || authority.Issued() != 1 {
		t.Errorf("started again it ordered %d more, of which it fetched %d", authority.Orders()-ordered, authority.Issued()-1)
	}
}

// leadsToHTTPS checks what a visitor in clear is told.
func leadsToHTTPS(t *testing.T, address string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, "http://"+address+"/s/w?lang=ar", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = certifiedName
	answer, err := visitor().client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if to := answer.Header.Get("Location"); answer.StatusCode != http.StatusFound || to != "https://"+certifiedName+"/s/w?lang=ar" {
		t.Errorf("in clear: %d, to %q", answer.StatusCode, to)
	}
}

// checkKept: the certificate and its key are kept, for the program alone, and nothing
// of how the authority was answered.
func checkKept(t *testing.T, folder string) {
	t.Helper()
	var names []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %04o", path, info.Mode().Perm())
		}
		if path != folder {
			names = append(names, entry.Name())
		}
		return nil
	})
	if got := strings.Join(names, " "); err != nil || got != "acme_account+key "+certifiedName {
		t.Errorf("kept are %s, %v", got, err)
	}
}
