// Package notify writes to people by e-mail and to programs by webhooks.
package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"bedarfslotse/internal/failure"
)

// Event is something that others may want to be told of.
type Event string

// The events that there are.
const (
	WaveOpened       Event = "wave.opened"
	WavePaused       Event = "wave.paused"
	WaveResumed      Event = "wave.resumed"
	WaveClosed       Event = "wave.closed"
	ReturnsMilestone Event = "returns.milestone"
	ReleasePublished Event = "release.published"
	ImportFinished   Event = "import.finished"
)

// Events lists every event.
func Events() []Event {
	return []Event{WaveOpened, WavePaused, WaveResumed, WaveClosed, ReturnsMilestone, ReleasePublished, ImportFinished}
}

// Delivery is one message to one receiver.
type Delivery struct {
	Webhook  string // its id
	URL      string
	Secret   string
	EventID  string // the same in every attempt, so that a receiver knows it again
	Body     []byte
	Attempts int // so far
}

// HookOutcome is what became of an attempt.
type HookOutcome struct {
	Status  int    // that the receiver answered with, 0 for none
	Problem string // end of a message key under webhooks.problem, "" when it was taken
}

// Taken tells whether the receiver has the message.
func (o HookOutcome) Taken() bool { return o.Problem == "" }

// The problems of an attempt.
const (
	HookAnswered    = "http"            // with a status that is no success
	HookRefused     = "refused_address" // it leads into a network that is not allowed
	HookUnreachable = "unreachable"
)

// Pauses are how long the next attempt waits after each that failed; after the
// last one the message is given up. Together they are two days.
func Pauses() []time.Duration {
	return []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 16 * time.Hour}
}

// NewSecret makes a secret in the form of Standard Webhooks.
func NewSecret() string {
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil { // never fails since Go 1.24
		panic(err)
	}
	return secretPrefix + base64.StdEncoding.EncodeToString(raw)
}

const secretPrefix = "whsec_"

// Sign is the signature of a message as Standard Webhooks has it: version 1, an
// HMAC-SHA256 of id, time and body under the secret's bytes.
func Sign(secret, id string, at time.Time, body []byte) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil {
		return "", fmt.Errorf("read the secret of a webhook: %w", err)
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.", id, at.Unix())
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

// CheckURL fails with failure.Invalid for an address that nothing can be sent
// to. Where its host lies is known only when something is sent.
func CheckURL(text string) error {
	address, err := url.Parse(text)
	wrong := err != nil || address.Scheme != "https" && address.Scheme != "http" || address.Hostname() == "" || address.User != nil || address.Fragment != "" || len(text) > 2000
	if wrong {
		return failure.New(failure.Invalid, "error.bad_webhook_address", "url", text)
	}
	return nil
}

// HookOptions of [NewHookSender].
type HookOptions struct {
	// Allowed are networks that messages may go to although they are not public.
	Allowed []netip.Prefix
	Now     func() time.Time // the clock; [time.Now] when nil
}

// HookSender sends messages. It goes to public addresses alone, whatever name or
// redirection leads elsewhere: a webhook must not reach into the network that the
// program runs in.
type HookSender struct {
	client *http.Client
	now    func() time.Time
}

// sendTime is how long one attempt may take, and answerBytes how much of the
// answer is read, so that the connection can be used again.
const (
	sendTime    = 15 * time.Second
	answerBytes = 16 << 10
)

var errAddress = errors.New("the address is not allowed")

// NewHookSender returns a sender.
func NewHookSender(options HookOptions) *HookSender {
	if options.Now == nil {
		options.Now = time.Now
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		// The address is that of the connection, after every name was looked up.
		target, err := netip.ParseAddrPort(address)
		if err != nil || !reachable(target.Addr(), options.Allowed) {
			return errAddress
		}
		return nil
	}}
	transport := &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 10 * time.Second,
		MaxResponseHeaderBytes: 32 << 10, MaxIdleConns: 10, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true} // without a proxy: that would look up names itself
	return &HookSender{now: options.Now, client: &http.Client{Transport: transport, Timeout: sendTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// withheld are networks that are not public though they look so.
func withheld() []string {
	return []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
	}
}

// reachable tells whether messages may go to an address.
func reachable(address netip.Addr, allowed []netip.Prefix) bool {
	address = address.Unmap().WithZone("")
	if slices.ContainsFunc(allowed, func(one netip.Prefix) bool { return one.Contains(address) }) {
		return true
	}
	if !address.IsGlobalUnicast() || address.IsPrivate() {
		return false
	}
	return !slices.ContainsFunc(withheld(), func(one string) bool { return netip.MustParsePrefix(one).Contains(address) })
}

// Send makes one attempt.
func (s *HookSender) Send(ctx context.Context, d Delivery) HookOutcome {
	at := s.now()
	signature, err := Sign(d.Secret, d.EventID, at, d.Body)
	if err != nil {
		return HookOutcome{Problem: HookUnreachable}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(d.Body))
	if err != nil {
		return HookOutcome{Problem: HookUnreachable}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Bedarfslotse")
	request.Header.Set("Webhook-Id", d.EventID)
	request.Header.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	request.Header.Set("Webhook-Signature", signature)
	answer, err := s.client.Do(request)
	if errors.Is(err, errAddress) {
		return HookOutcome{Problem: HookRefused}
	}
	if err != nil {
		return HookOutcome{Problem: HookUnreachable}
	}
	defer func() { _ = answer.Body.Close() }() // nothing is expected of it
	_, _ = io.CopyN(io.Discard, answer.Body, answerBytes)
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return HookOutcome{Status: answer.StatusCode, Problem: HookAnswered}
	}
	return HookOutcome{Status: answer.StatusCode}
}
