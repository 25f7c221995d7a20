package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
)

// TestManyBodies: what many send together is bounded; small bodies always pass.
func TestManyBodies(t *testing.T) {
	var all atomic.Int64
	body := func(size int) *limitedBody {
		return &limitedBody{ReadCloser: io.NopCloser(strings.NewReader(strings.Repeat("x", size))), left: bodyLimit, limit: bodyLimit, all: &all}
	}
	var bodies []*limitedBody
	refused := 0
	for range 100 {
		one := body(bodyLimit)
		bodies = append(bodies, one)
		switch _, err := io.ReadAll(one); failure.CodeOf(err) {
		case failure.Unavailable:
			refused++
		case "":
		default:
			t.Fatal(err)
		}
	}
	if fit := 100 - refused; fit < 60 || fit > 70 {
		t.Errorf("%d whole bodies of 1 MB at once, want about 64", fit)
	}
	if _, err := io.ReadAll(body(freeBody)); err != nil {
		t.Errorf("a small body beside them: %v", err)
	}
	for _, one := range bodies {
		one.release()
	}
	if left := all.Load(); left != 0 {
		t.Errorf("%d bytes left", left)
	}
	if _, err := io.ReadAll(body(bodyLimit + 1)); failure.CodeOf(err) != failure.TooLarge {
		t.Errorf("too large: %v", err)
	}
}

// TestBodiesTakeTheirTime: a form has less time than a file, by either HTTP; whoever
// is too slow is told to come again, and keeps nobody. Work may take longer than that.
func TestBodiesTakeTheirTime(t *testing.T) {
	s := newTestServer(t)
	s.formTime = 500 * time.Millisecond
	work := make(chan struct{})
	read := func(c echo.Context) error {
		got, err := io.ReadAll(c.Request().Body)
		if err != nil {
			if c.Request().ProtoMajor == 1 { // which takes it for a visitor who left, a moment later
				<-c.Request().Context().Done()
			}
			if c.Path() == "/careless" {
				err = errors.New("something else")
			}
			return err
		}
		if string(got) == "work" {
			<-work
		}
		return errors.Join(c.Request().Context().Err(), c.String(http.StatusOK, string(got)))
	}
	s.register([]route{
		{method: http.MethodPost, path: "/form", permission: Public, handler: read},
		{method: http.MethodPost, path: "/careless", permission: Public, handler: read},
		{method: http.MethodPost, path: "/file", permission: Public, handler: read, limit: bodyLimit + 1},
	})
	server := httptest.NewUnstartedServer(s)
	server.Config, server.EnableHTTP2 = s.HTTP(), true
	server.StartTLS()
	defer server.Close()
	send := func(version int, path string, late <-chan struct{}, body string) (answered, retry string) {
		t.Helper()
		transport := server.Client().Transport.(*http.Transport).Clone()
		if transport.ForceAttemptHTTP2 = version == 2; version == 1 {
			transport.TLSClientConfig.NextProtos, transport.Protocols = []string{"http/1.1"}, nil
		}
		defer transport.CloseIdleConnections()
		out, in := io.Pipe()
		go func() {
			_, _ = io.WriteString(in, body[:1])
			<-late
			_, _ = io.WriteString(in, body[1:])
			_ = in.Close()
		}()
		answer, err := (&http.Client{Transport: transport}).Post(server.URL+path, formType, out)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			_ = answer.Body.Close()
			_ = out.Close()
		}()
		if answer.ProtoMajor != version {
			t.Fatalf("asked by %s", answer.Proto)
		}
		said := must(io.ReadAll(answer.Body))(t)
		if answer.StatusCode != http.StatusOK {
			return answer.Status, answer.Header.Get("Retry-After")
		}
		return string(said), ""
	}
	after := func(d time.Duration) <-chan struct{} {
		passed := make(chan struct{})
		time.AfterFunc(d, func() { close(passed) })
		return passed
	}
	for _, version := range []int{1, 2} {
		if got, retry := send(version, "/form", nil, "never"); got != "503 Service Unavailable" || retry == "" {
			t.Errorf("HTTP/%d, a form that never ends: %q, %q", version, got, retry)
		}
		if got, _ := send(version, "/careless", nil, "never"); !strings.HasPrefix(got, map[int]string{1: "408 ", 2: "500 "}[version]) {
			t.Errorf("HTTP/%d, a form that never ends, of which a handler says something else: %q", version, got)
		}
		if got, _ := send(version, "/file", after(2*s.formTime), "late"); got != "late" {
			t.Errorf("HTTP/%d, a file that takes longer than a form may: %q", version, got)
		}
		time.AfterFunc(2*s.formTime, func() { work <- struct{}{} })
		if got, _ := send(version, "/form", after(0), "work"); got != "work" {
			t.Errorf("HTTP/%d, a form that is worked on for longer: %q", version, got)
		}
	}
}

// TestFullOfBodies: where all bodies under way are too much, whoever sends a long one
// is told to come again, not that it arrived damaged.
func TestFullOfBodies(t *testing.T) {
	s := newTestServer(t)
	fields := family()
	fields.Set("most_helpful", strings.Repeat("x", 2*freeBody))
	s.bodies.Store(bodiesAtOnce)
	if got := s.send("families", fields); got.Code != http.StatusServiceUnavailable || got.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v", got.Code, got.Header())
	}
	if left := s.bodies.Load(); left != bodiesAtOnce {
		t.Errorf("%d bytes are counted afterwards", left)
	}
	if got := s.send("families", family()); got.Code != http.StatusCreated {
		t.Errorf("a short one: %d %s", got.Code, got.Body)
	}
}

// TestPatient: a slow body does not use up the time that the work has.
func TestPatient(t *testing.T) {
	short := newPatient(t.Context(), time.Millisecond)
	<-short.Done()
	if !errors.Is(short.Err(), context.DeadlineExceeded) {
		t.Errorf("patience over: %v", short.Err())
	}
	short.extend(time.Hour)
	if short.Err() == nil {
		t.Error("what is over came back")
	}
	long := newPatient(t.Context(), time.Hour)
	child, cancel := context.WithTimeout(long, time.Hour)
	defer cancel()
	long.patience = time.Millisecond
	long.extend(0)
	<-child.Done()
	if !errors.Is(child.Err(), context.DeadlineExceeded) {
		t.Errorf("its child: %v", child.Err())
	}
	parent, leave := context.WithCancel(t.Context())
	gone := newPatient(parent, time.Hour)
	leave()
	if <-gone.Done(); !errors.Is(gone.Err(), context.Canceled) {
		t.Errorf("the visitor left: %v", gone.Err())
	}
	gone.end()
}
