package server

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"
)

// TestUsher: of too many connections the one that has asked for nothing for longest
// goes, and never one that is being served.
func TestUsher(t *testing.T) {
	u := newUsher(3)
	serving, goOn := make(chan struct{}), make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u.ask(r.Context())
		if r.URL.Path == "/slow" {
			close(serving)
			<-goOn
		}
		_, _ = io.WriteString(w, "ok")
	}))
	server.Config.ConnState, server.Config.ConnContext = u.watch, u.attach
	server.Start()
	defer server.Close()
	connect := func(says string) net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if _, err := io.WriteString(conn, says); err != nil {
			t.Fatal(err)
		}
		return conn
	}
	const whole = " HTTP/1.1\r\nHost: x\r\n\r\n"
	answered := func(conn net.Conn) {
		t.Helper()
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%v, %v", answer, err)
		}
		_ = answer.Body.Close()
	}
	slow := connect("GET /slow" + whole)
	<-serving
	half := connect("GET /half HTTP/1.1\r\nHo")
	for range 5 { // each makes room for itself
		answered(connect("GET /" + whole))
	}
	if err := half.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := half.Read(make([]byte, 1)); !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the connection that asked for nothing: %v", err)
	}
	close(goOn)
	answered(slow)
}
