package notify

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bedarfslotse/internal/failure"
)

func loopback() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

// TestSign holds the signature against the example of Standard Webhooks.
func TestSign(t *testing.T) {
	got, err := Sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; err != nil || got != want {
		t.Errorf("the signature is %s, want %s (%v)", got, want, err)
	}
	if _, err := Sign("whsec_!", "x", time.Now(), nil); err == nil {
		t.Error("a secret that is none signs")
	}
	if one, other := NewSecret(), NewSecret(); one == other || !strings.HasPrefix(one, "whsec_") {
		t.Errorf("secrets %s and %s", one, other)
	}
}

// TestReachable: what is not public is refused, in every notation.
func TestReachable(t *testing.T) {
	for text, want := range map[string]bool{
		"8.8.8.8": true, "2a00:1450:4001::1": true, "::ffff:8.8.8.8": true,
		"127.0.0.1": false, "127.8.8.8": false, "::1": false, "0.0.0.0": false, "::": false, "0.1.2.3": false,
		"10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "100.64.0.1": false, "169.254.169.254": false, "fe80::1": false,
		"fe80::1%eth0": false, "fc00::1": false, "fec0::1": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "64:ff9b::7f00:1": false,
		"2002:7f00:1::": false, "224.0.0.1": false, "ff02::1": false, "255.255.255.255": false, "240.0.0.1": false, "198.18.0.1": false, "192.0.2.1": false,
	} {
		if got := reachable(netip.MustParseAddr(text), nil); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
	if !reachable(netip.MustParseAddr("10.1.2.3"), []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}) || reachable(netip.MustParseAddr("10.2.2.3"), []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}) {
		t.Error("an allowed network is not what is reached")
	}
}

func TestCheckURL(t *testing.T) {
	for text, want := range map[string]failure.Code{
		"https://example.org/x?y=1": "", "http://example.org:8080": "", "ftp://example.org": failure.Invalid, "https://": failure.Invalid, "example.org": failure.Invalid,
		"https://a:b@example.org": failure.Invalid, "file:///etc/passwd": failure.Invalid, "https://example.org/#x": failure.Invalid, "": failure.Invalid, "https://[": failure.Invalid,
		"https://example.org/" + strings.Repeat("x", 2000): failure.Invalid,
	} {
		if got := failure.CodeOf(CheckURL(text)); got != want {
			t.Errorf("%.40s: %q", text, got)
		}
	}
}

// TestSend: a receiver can check what it gets; nothing leads past the addresses
// that are allowed, no receiver holds the sender up.
func TestSend(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	secret := NewSecret()
	inside := 0
	secretPlace := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inside++ }))
	defer secretPlace.Close()
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		at, _ := strconv.ParseInt(r.Header.Get("Webhook-Timestamp"), 10, 64)
		signed, err := Sign(secret, r.Header.Get("Webhook-Id"), time.Unix(at, 0), body)
		switch {
		case err != nil || signed != r.Header.Get("Webhook-Signature") || string(body) != `{"a":1}` || r.Header.Get("Webhook-Id") != "msg_1":
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/redirect":
			http.Redirect(w, r, secretPlace.URL, http.StatusTemporaryRedirect)
		case r.URL.Path == "/gone":
			w.WriteHeader(http.StatusGone)
		case r.URL.Path == "/endless":
			for range 100_000 {
				if _, err := w.Write(make([]byte, 1<<10)); err != nil {
					return
				}
			}
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	}))
	defer receiver.Close()
	sender := NewHookSender(HookOptions{Allowed: loopback(), Now: func() time.Time { return now }})
	send := func(s *HookSender, url string) HookOutcome {
		return s.Send(context.Background(), Delivery{URL: url, Secret: secret, EventID: "msg_1", Body: []byte(`{"a":1}`)})
	}
	for path, want := range map[string]HookOutcome{
		"/": {Status: 204}, "/redirect": {Status: 307, Problem: HookAnswered}, "/gone": {Status: 410, Problem: HookAnswered}, "/endless": {Status: 200},
	} {
		if got := send(sender, receiver.URL+path); got != want {
			t.Errorf("%s: %+v", path, got)
		}
	}
	strict := NewHookSender(HookOptions{})
	_, port, _ := strings.Cut(strings.TrimPrefix(receiver.URL, "http://"), ":")
	for _, url := range []string{receiver.URL, "http://localhost:" + port, "http://[::ffff:127.0.0.1]:" + port, "http://0.0.0.0:" + port, "http://169.254.169.254/latest"} {
		if got := send(strict, url); got.Problem != HookRefused {
			t.Errorf("%s: %+v", url, got)
		}
	}
	if inside != 0 {
		t.Errorf("the redirection was followed %d times", inside)
	}
	receiver.Close()
	if got := send(sender, receiver.URL); got.Problem != HookUnreachable || got.Status != 0 {
		t.Errorf("nobody there: %+v", got)
	}
}

// queue is one in memory.
type queue struct {
	mu      sync.Mutex
	due     []Delivery
	settled []HookOutcome
	err     error
}

func (q *queue) Spread(context.Context) error { return q.err }

func (q *queue) Due(_ context.Context, limit int) ([]Delivery, error) {
	n := min(limit, len(q.due))
	due := q.due[:n]
	q.due = q.due[n:]
	return due, nil
}

func (q *queue) Settle(_ context.Context, _ Delivery, outcome HookOutcome) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.settled = append(q.settled, outcome)
	return nil
}

// TestRound sends everything that is due, also when it is more than goes at once.
func TestRound(t *testing.T) {
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer receiver.Close()
	q := &queue{}
	for range 3*atOnce + 1 {
		q.due = append(q.due, Delivery{URL: receiver.URL, Secret: NewSecret(), EventID: "msg"})
	}
	courier := &HookCourier{Queue: q, Sender: NewHookSender(HookOptions{Allowed: loopback()}), Logger: slog.New(slog.DiscardHandler), Every: time.Millisecond}
	if err := courier.Round(context.Background()); err != nil || len(q.settled) != 3*atOnce+1 {
		t.Errorf("%d are settled, %v", len(q.settled), err)
	}
	for _, one := range q.settled {
		if !one.Taken() {
			t.Errorf("not taken: %+v", one)
		}
	}
	q.err = errors.New("no database")
	if err := courier.Round(context.Background()); err == nil {
		t.Error("what went wrong is not told")
	}
	sum := time.Duration(0)
	for _, pause := range Pauses() {
		sum += pause
	}
	if sum < 47*time.Hour || sum > 49*time.Hour {
		t.Errorf("given up after %s", sum)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); courier.Run(ctx) }()
	stop()
	<-done
}
