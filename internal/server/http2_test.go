package server

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// encrypted serves by HTTP/2 with the limits of [Server.HTTP].
func encrypted(t *testing.T, s *testServer) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(s)
	server.Config, server.EnableHTTP2 = s.HTTP(), true
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// frames is a connection of HTTP/2 on which a test says what no client of Go's does.
type frames struct {
	*http2.Framer
	conn *tls.Conn
	next uint32 // stream
}

func speak(server *httptest.Server) (*frames, error) {
	config := server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	config.NextProtos = []string{"h2"}
	conn, err := tls.Dial("tcp", server.Listener.Addr().String(), config)
	if err != nil {
		return nil, err
	}
	f := &frames{Framer: http2.NewFramer(conn, conn), conn: conn, next: 1}
	f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	if err = conn.SetDeadline(time.Now().Add(time.Minute)); err == nil {
		_, err = conn.Write([]byte(http2.ClientPreface))
	}
	if err == nil {
		err = f.WriteSettings()
	}
	return f, err
}

// ask opens a stream with a request, and returns its number.
func (f *frames) ask(method, path string, ended bool, more ...string) (uint32, error) {
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	fields := append([]string{":method", method, ":scheme", "https", ":authority", "x.example.org", ":path", path}, more...)
	for i := 0; i < len(fields); i += 2 {
		if err := encoder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1], Sensitive: true}); err != nil {
			return 0, err
		}
	}
	id := f.next
	f.next += 2
	first := block.Next(frameBytes)
	err := f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: first, EndStream: ended, EndHeaders: block.Len() == 0})
	for err == nil && block.Len() > 0 {
		part := block.Next(frameBytes)
		err = f.WriteContinuation(id, block.Len() == 0, part)
	}
	return id, err
}

// blocking adds a route whose handler works on, whatever becomes of its visitor, until
// the test lets it.
func (s *testServer) blocking() (atWork *atomic.Int64, goOn func()) {
	atWork, end := new(atomic.Int64), make(chan struct{})
	s.register([]route{{method: http.MethodGet, path: "/work", permission: Public, handler: func(c echo.Context) error {
		atWork.Add(1)
		<-end
		return c.String(http.StatusOK, "done")
	}}})
	return atWork, sync.OnceFunc(func() { close(end) })
}

// TestStreamsAreBounded: what one connection of HTTP/2 may open, send and hold.
func TestStreamsAreBounded(t *testing.T) {
	s := newTestServer(t)
	atWork, goOn := s.blocking()
	f := must(speak(encrypted(t, s)))(t)
	defer func() { _ = f.conn.Close() }()
	defer goOn()
	for range 150 {
		if _, err := f.ask(http.MethodGet, "/work", true); err != nil {
			t.Fatal(err)
		}
	}
	refused, told := 0, map[http2.SettingID]uint32{}
	for refused < 50 {
		frame, err := f.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			_ = frame.ForeachSetting(func(one http2.Setting) error { told[one.ID] = one.Val; return nil })
		case *http2.RSTStreamFrame:
			refused++
		}
	}
	for id, most := range map[http2.SettingID]uint32{http2.SettingMaxConcurrentStreams: 100, http2.SettingMaxFrameSize: 16 << 10,
		http2.SettingInitialWindowSize: 64 << 10, http2.SettingMaxHeaderListSize: 17 << 10} {
		if got, says := told[id]; !says || got > most {
			t.Errorf("%v is %d, want at most %d", id, got, most)
		}
	}
	if got := atWork.Load(); got > 100 {
		t.Errorf("%d requests are worked on", got)
	}
	goOn()
	for answered := 0; answered < 100; {
		frame, err := f.ReadFrame()
		if err != nil {
			t.Fatalf("after %d answers: %v", answered, err)
		}
		if data, is := frame.(*http2.DataFrame); is && data.StreamEnded() {
			answered++
		}
	}
	var many []string
	for range 180 {
		many = append(many, "x-a", strings.Repeat("x", 95))
	}
	long, err := f.ask(http.MethodGet, "/privacy", true, many...)
	if err != nil {
		t.Fatal(err)
	}
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		if head, is := frame.(*http2.MetaHeadersFrame); is && head.StreamID == long {
			if got := head.PseudoValue("status"); got != "431" {
				t.Errorf("headers of 17 KB: %s", got)
			}
			return
		}
	}
}

// flood opens requests and drops each at once ("rapid reset"), until it is told to go
// or the test has enough of it, and returns what it was told.
func (f *frames) flood(path string, enough <-chan struct{}) http2.ErrCode {
	told := make(chan http2.ErrCode, 1)
	go func() {
		for {
			frame, err := f.ReadFrame()
			var stream http2.StreamError
			if last, is := frame.(*http2.GoAwayFrame); is {
				told <- last.ErrCode
				return
			}
			if err != nil && !errors.As(err, &stream) {
				told <- http2.ErrCodeNo
				return
			}
		}
	}()
	defer func() { _ = f.conn.Close() }()
	for {
		select {
		case why := <-told:
			return why
		case <-enough:
			return http2.ErrCodeNo
		default:
		}
		id, err := f.ask(http.MethodGet, path, true)
		if err == nil {
			err = f.WriteRSTStream(id, http2.ErrCodeCancel)
		}
		if err != nil {
			return <-told
		}
	}
}

// TestRapidReset: who opens requests and drops them without end cannot keep the others
// from being served: they are cut off where the work piles up.
func TestRapidReset(t *testing.T) {
	const connections = 10
	s := newTestServer(t)
	atWork, goOn := s.blocking()
	server := encrypted(t, s)
	defer goOn()
	var costly, cheap sync.WaitGroup
	for range connections { // each until its connection ends, after a minute at most
		f := must(speak(server))(t)
		costly.Go(func() {
			if why := f.flood("/work", nil); why != http2.ErrCodeEnhanceYourCalm {
				t.Errorf("a flood of costly requests is told %v", why)
			}
		})
	}
	enough := make(chan struct{})
	for range 2 { // of what is done before the next one comes
		f := must(speak(server))(t)
		cheap.Go(func() { f.flood("/s/families?lang=ar", enough) })
	}
	client := server.Client()
	client.Timeout = 20 * time.Second
	slowest := time.Duration(0)
	for range 50 {
		began := time.Now()
		answer, err := client.Get(server.URL + "/s/families?lang=ar")
		if err != nil {
			t.Fatal(err)
		}
		if _ = answer.Body.Close(); answer.StatusCode != http.StatusOK || answer.ProtoMajor != 2 {
			t.Errorf("%s %s", answer.Status, answer.Proto)
		}
		slowest = max(slowest, time.Since(began))
	}
	close(enough)
	cheap.Wait()
	costly.Wait()
	if got := atWork.Load(); got == 0 || got > connections*streamsAtOnce {
		t.Errorf("%d requests are worked on", got)
	}
	t.Logf("an honest visitor waited %v at most; %d requests were worked on", slowest, atWork.Load())
}
