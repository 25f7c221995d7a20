package server

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"

	"bedarfslotse/internal/failure"
)

// window is the time over which submissions of one address are counted.
const window = 10 * time.Minute

// limiter counts submissions by address without keeping addresses: the key is
// a hash under a salt that lives in memory and for a day at most.
type limiter struct {
	limit int
	now   func() time.Time

	mu      sync.Mutex
	day     string
	salt    [32]byte
	buckets map[[8]byte]bucket
	swept   time.Time
}

// bucket holds what is left of an address's allowance; it refills evenly.
type bucket struct {
	left float64
	at   time.Time
}

func newLimiter(limit int, now func() time.Time) *limiter {
	return &limiter{limit: limit, now: now, buckets: map[[8]byte]bucket{}}
}

// allow takes one from the address's allowance and tells whether there was one
// left; if not, how long to wait.
func (l *limiter) allow(address netip.Addr) (bool, time.Duration) {
	return l.take(addressBytes(address))
}

// take takes one from the allowance of whoever has the mark.
func (l *limiter) take(mark []byte) (bool, time.Duration) {
	if l.limit <= 0 {
		return true, 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.renew(now)
	key := l.key(mark)
	perSecond := float64(l.limit) / window.Seconds()
	b, known := l.buckets[key]
	if !known {
		b = bucket{left: float64(l.limit), at: now}
	}
	b.left = min(float64(l.limit), b.left+max(0, now.Sub(b.at).Seconds())*perSecond)
	b.at = now
	allowed := b.left >= 1
	if allowed {
		b.left--
	}
	l.buckets[key] = b
	return allowed, time.Duration((1 - min(1, b.left)) / perSecond * float64(time.Second))
}

// check takes one from the address's allowance, and fails when there was none left.
func (l *limiter) check(address netip.Addr) error {
	return patiently(l.allow(address))
}

// checkText is check for what has a name instead of an address.
func (l *limiter) checkText(name string) error { return patiently(l.take([]byte(name))) }

func patiently(allowed bool, wait time.Duration) error {
	if !allowed {
		return tooMany{failure.New(failure.TooMany, "error.too_many"), wait}
	}
	return nil
}

// renew throws the salt away with the day, and full buckets once a window.
func (l *limiter) renew(now time.Time) {
	if day := now.UTC().Format(time.DateOnly); day != l.day {
		l.day, l.buckets = day, map[[8]byte]bucket{}
		if _, err := rand.Read(l.salt[:]); err != nil { // never fails since Go 1.24
			panic(err)
		}
	}
	if now.Sub(l.swept).Abs() < window {
		return
	}
	l.swept = now
	for key, b := range l.buckets {
		if now.Sub(b.at) >= window {
			delete(l.buckets, key)
		}
	}
}

// addressBytes is what counts of an address: of IPv6 its /64, which is what one
// line has.
func addressBytes(address netip.Addr) []byte {
	if address.Is6() {
		if network, err := address.WithZone("").Prefix(64); err == nil {
			address = network.Addr()
		}
	}
	raw, _ := address.MarshalBinary() // never fails
	return raw
}

// key hashes a mark.
func (l *limiter) key(mark []byte) (key [8]byte) {
	mac := hmac.New(sha256.New, l.salt[:])
	mac.Write(mark)
	copy(key[:], mac.Sum(nil))
	return key
}
