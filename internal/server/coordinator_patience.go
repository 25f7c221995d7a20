package server

import (
	"crypto/sha256"
	"sync"
	"time"

	"bedarfslotse/internal/failure"
)

// patience makes whoever guesses wait: longer with every wrong guess, never for
// good. It remembers hashes only, and nothing that a restart would keep.
type patience struct {
	free int           // wrong guesses that cost nothing
	most time.Duration // the longest wait
	now  func() time.Time

	mu    sync.Mutex
	tries map[[sha256.Size]byte]tried
}

type tried struct {
	wrong int
	until time.Time // before then no guess is looked at
}

// forgetful is how long after the last wait wrong guesses are forgotten.
const forgetful = time.Hour

// crowded is from how many on what is over is swept out.
const crowded = 10_000

func newPatience(free int, most time.Duration, now func() time.Time) *patience {
	return &patience{free: free, most: most, now: now, tries: map[[sha256.Size]byte]tried{}}
}

// check fails as long as a guess under the name has to wait.
func (p *patience) check(name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	wait := p.tries[sha256.Sum256([]byte(name))].until.Sub(p.now())
	if wait > 0 && wait <= p.most { // a longer one is of a clock that was put back
		return tooMany{failure.New(failure.TooMany, "error.too_many"), wait}
	}
	return nil
}

// wrong notes a wrong guess: the next one waits one second, then two, four …
func (p *patience) wrong(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if len(p.tries) >= crowded {
		p.sweep(now)
	}
	key := sha256.Sum256([]byte(name))
	one := p.tries[key]
	if now.Sub(one.until) > forgetful {
		one.wrong = 0
	}
	one.wrong++
	one.until = now
	if over := one.wrong - p.free; over > 0 {
		one.until = now.Add(min(p.most, time.Second<<min(over-1, 20)))
	}
	p.tries[key] = one
}

// right forgets the wrong guesses under a name.
func (p *patience) right(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.tries, sha256.Sum256([]byte(name)))
}

// sweep lets go of what is over; when that is not enough, of everything: an
// attacker who fills the memory gains a few guesses, not the memory.
func (p *patience) sweep(now time.Time) {
	for key, one := range p.tries {
		if now.Sub(one.until) > forgetful {
			delete(p.tries, key)
		}
	}
	if len(p.tries) >= crowded {
		clear(p.tries)
	}
}
