package store_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testpostgres"
)

// lease asks for the lease of one name.
func lease(t *testing.T, db *store.DB, want bool, when string) {
	t.Helper()
	if got, err := db.Lease(t.Context(), "house", time.Minute); err != nil || got != want {
		t.Errorf("%s: %v, %v; want %v", when, got, err, want)
	}
}

func TestLease(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		c := newClock()
		one, two := open(t, dsn, c), open(t, dsn, c)
		lease(t, one, true, "free")
		lease(t, two, false, "held by another")
		c.advance(50 * time.Second)
		lease(t, one, true, "renewed")
		c.advance(50 * time.Second)
		lease(t, two, false, "renewed by another")
		c.advance(20 * time.Second)
		lease(t, two, true, "its holder died")
		lease(t, one, false, "lost")
		c.advance(-24 * time.Hour)
		lease(t, one, true, "the clock went back a day")
		c.advance(365 * 24 * time.Hour)
		lease(t, two, true, "the clock went forwards a year")
		if err := two.EndLeases(t.Context()); err != nil {
			t.Fatal(err)
		}
		lease(t, one, true, "its holder stopped")
	})
}

// TestLeaseIsForOne: of many that ask at the same moment one gets it.
func TestLeaseIsForOne(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		c := newClock()
		var holders atomic.Int32
		var asking sync.WaitGroup
		for range 8 {
			db := open(t, dsn, c)
			asking.Go(func() {
				if got, err := db.Lease(t.Context(), "once", time.Minute); err != nil {
					t.Error(err)
				} else if got {
					holders.Add(1)
				}
			})
		}
		asking.Wait()
		if holders.Load() != 1 {
			t.Errorf("%d hold it", holders.Load())
		}
	})
}

// TestSetupToken: all instances print the same address, until there is an account.
func TestSetupToken(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		one, two := open(t, dsn, newClock()), open(t, dsn, newClock())
		token := func(db *store.DB) string {
			t.Helper()
			got, err := db.SetupToken(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		first := token(one)
		if len(first) < 26 || token(two) != first || token(one) != first {
			t.Errorf("%q, %q, %q", first, token(two), token(one))
		}
		user := account.User{Name: "ada", Grants: []account.Grant{{Role: account.Administrator}}}
		if err := one.AddUser(t.Context(), "ada", user, "hash"); err != nil {
			t.Fatal(err)
		}
		if left := token(two); left != "" {
			t.Errorf("with an account: %q", left)
		}
		if fact, err := one.Fact(t.Context(), "setup"); err != nil || fact != "" {
			t.Errorf("left: %q, %v", fact, err)
		}
	})
}
