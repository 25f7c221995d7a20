package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
)

// bodyLimit is how many bytes the program reads of a body unless a route says
// otherwise: a whole survey of long texts fits many times.
const bodyLimit = 1 << 20

// drainLimit is how much of a body that is too large is read and thrown away,
// so that the sender gets to read the answer: a connection closed while one
// side still sends loses it.
const drainLimit = 32 << 20

const (
	// freeBody is how much of a body everybody may send: more than a survey's
	// answers usually are.
	freeBody = 64 << 10
	// bodiesAtOnce is how much more all bodies under way may be together, so that
	// many who send much, and slowly, cannot fill the memory.
	bodiesAtOnce = 64 << 20
)

// requestPatience is how long a request may take once its body is there: a
// database that hangs must not pile up visitors. Respondents wait shorter, since
// their phones keep what they said and send it again.
const (
	requestPatience    = 30 * time.Second
	respondentPatience = 20 * time.Second
)

// patienceFor is how long a request for a route may take.
func patienceFor(path string) time.Duration {
	if strings.HasPrefix(path, deskPath) || strings.HasPrefix(path, apiPath) {
		return requestPatience
	}
	return respondentPatience
}

// patient is the context of a request. Its time begins anew when the body is
// there, which over a bad network takes longer than anything else.
type patient struct {
	context.Context //nolint:containedctx // this is a context

	patience time.Duration
	timer    *time.Timer
	leave    func() bool // ends hearing of the visitor's leaving
	done     chan struct{}

	mu  sync.Mutex
	err error // why it is over
}

func newPatient(parent context.Context, patience time.Duration) *patient {
	p := &patient{Context: parent, patience: patience, done: make(chan struct{})}
	p.timer = time.AfterFunc(patience, func() { p.over(context.DeadlineExceeded) })
	p.leave = context.AfterFunc(parent, func() { p.over(parent.Err()) })
	return p
}

func (p *patient) over(why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = why
		close(p.done)
	}
}

// Done is closed when it is over.
func (p *patient) Done() <-chan struct{} { return p.done }

// Err tells the end of patience from a visitor who left.
func (p *patient) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// extend begins the time anew, with so much more. Where it is over it stays so.
func (p *patient) extend(more time.Duration) {
	if p.timer.Stop() {
		p.timer.Reset(p.patience + more)
	}
}

func (p *patient) end() {
	p.timer.Stop()
	p.leave()
	p.over(context.Canceled)
}

// limited keeps a handler from reading more than limit bytes of the body, sent
// whole or in chunks; 0 means [bodyLimit]. Only files, which are larger than that,
// may take as long as the server lets anything take.
func (s *Server) limited(next echo.HandlerFunc, limit int64) echo.HandlerFunc {
	if limit == 0 {
		limit = bodyLimit
	}
	takes := s.formTime
	if limit > bodyLimit {
		takes = readTime
	}
	return func(c echo.Context) error {
		request := c.Request()
		if request.Body == nil || request.Body == http.NoBody {
			return next(c)
		}
		if request.ContentLength > limit+drainLimit { // nobody waits for the end of that
			c.Response().Header().Set("Connection", "close")
			return tooLarge(limit)
		}
		body := &limitedBody{ReadCloser: request.Body, left: limit, limit: limit, all: &s.bodies}
		// It fails in tests without a connection. It ends with the body: work may take longer.
		_ = http.NewResponseController(c.Response()).SetReadDeadline(time.Now().Add(takes))
		if waits, ok := request.Context().(*patient); ok {
			waits.extend(takes)
			body.there = func() { waits.extend(0) }
		}
		defer body.release()
		request.Body = body
		return next(c)
	}
}

// limitedBody fails with TooLarge after so many bytes, and with Unavailable where
// all bodies under way are too much, or where it takes too long.
type limitedBody struct {
	io.ReadCloser
	left, limit int64
	counted     int64         // of all
	all         *atomic.Int64 // how much all bodies are beyond what is free
	there       func()        // told when the whole body is there; may be nil
}

func (b *limitedBody) Read(into []byte) (int, error) {
	if b.left < 0 {
		return 0, tooLarge(b.limit)
	}
	if int64(len(into)) > b.left+1 {
		into = into[:b.left+1] // one more tells "just enough" from "too much"
	}
	n, err := b.ReadCloser.Read(into)
	if b.left -= int64(n); b.left < 0 {
		_, _ = io.CopyN(io.Discard, b.ReadCloser, drainLimit) // whatever comes of it, the answer is the same
		return 0, tooLarge(b.limit)
	}
	if more := b.limit - b.left - freeBody - b.counted; more > 0 {
		b.counted += more
		if b.all.Add(more) > bodiesAtOnce {
			return 0, failure.New(failure.Unavailable, "error.unavailable")
		}
	}
	if err != nil && b.there != nil {
		b.there()
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = failure.New(failure.Unavailable, "error.unavailable").Because(err)
	}
	return n, err
}

// release lets others send as much.
func (b *limitedBody) release() { b.all.Add(-b.counted) }

// tells whether an error in reading a body has a sentence of its own for the sender;
// else their network broke.
func tells(err error) bool {
	code := failure.CodeOf(err)
	return code == failure.TooLarge || code == failure.Unavailable
}

func tooLarge(limit int64) error {
	return failure.New(failure.TooLarge, "error.too_large", "limit", limit>>10)
}
