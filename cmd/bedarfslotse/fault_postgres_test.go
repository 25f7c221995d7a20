package main

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bedarfslotse/internal/testpostgres"
)

// hosts is the address of several servers of which one takes what is written.
func hosts(all ...string) string {
	return "postgres://postgres@" + strings.Join(all, ",") + "/postgres?sslmode=disable&target_session_attrs=read-write"
}

// TestHeavyFaultPostgresKilled: PostgreSQL loses its power and comes back.
func TestHeavyFaultPostgresKilled(t *testing.T) {
	cluster := testpostgres.Own(t)
	program := serveWith(t, newWave(t, cluster.URL()), nil)
	tried := times(3, 20)
	p := ring(t, "pgkilled", 8, program.address)
	for n := range tried {
		p.more(20)
		cluster.Kill()
		p.trouble(24)
		readable(t, program.address)
		refusedPage(t, program.address, fmt.Sprintf("pgkilled-page-%07d", n))
		cluster.Restart()
	}
	p.more(20)
	p.settle(cluster.URL(), "PostgreSQL killed and restarted under load", tried, fmt.Sprintf("503 after %s at most; recovers by itself", rounded(p.slowest)))
}

func rounded(d time.Duration) string {
	if d < time.Second {
		return d.Round(10 * time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}

// TestHeavyFaultFailover: two instances of the program, the primary dies under
// load, the synchronous standby takes over. What was acknowledged is there.
func TestHeavyFaultFailover(t *testing.T) {
	tried := times(1, 5)
	for n := range tried {
		primary := testpostgres.Own(t)
		newWave(t, primary.URL())
		standby := primary.Standby()
		both := hosts(primary.Host(), standby.Host())
		one, two := serveWith(t, both, nil), serveWith(t, both, nil)
		p := ring(t, fmt.Sprintf("failover%d", n), 12, one.address, two.address)
		p.more(100 + 40*n)
		primary.Kill()
		p.trouble(12)
		readable(t, one.address)
		standby.Promote()
		p.more(50)
		p.settle(standby.URL(), "primary killed under load, synchronous standby promoted, two instances", 1,
			fmt.Sprintf("503 after %s at most; both instances follow by themselves", rounded(p.slowest)))
		_, _ = one.Process.Kill(), two.Process.Kill()
	}
}

// TestHeavyFaultStandbyHangs: the standby hangs, so that the primary has what the
// standby has not; then the primary dies. Whatever the program gave up waiting for
// it must not acknowledge, also not as a repetition that it finds at the primary.
func TestHeavyFaultStandbyHangs(t *testing.T) {
	t.Parallel() // it mostly waits
	primary := testpostgres.Own(t)
	newWave(t, primary.URL())
	standby := primary.Standby()
	program := serveWith(t, hosts(primary.Host(), standby.Host()), nil)
	p := ring(t, "hangs", 1, program.address) // one, so that none waits for another's batch
	p.more(50)
	standby.Signal(syscall.SIGSTOP)
	p.trouble(1)
	before, _, _ := p.counts()
	p.trouble(1) // it sends the same again, which the primary shows by now
	if now, _, _ := p.counts(); now != before {
		t.Errorf("%d were acknowledged while the standby hung", now-before)
	}
	primary.Kill()
	standby.Signal(syscall.SIGCONT)
	standby.Promote()
	p.more(50)
	if p.slowest > 25*time.Second {
		t.Errorf("somebody waited %v", p.slowest)
	}
	p.settle(standby.URL(), "standby hangs, then the primary dies", 1, fmt.Sprintf("503 after %s at most; what only the primary had is not acknowledged", rounded(p.slowest)))
}

// network is a way between the program and its database that a test cuts.
type network struct {
	t        *testing.T
	listener net.Listener
	target   string

	mu    sync.Mutex
	state string // "open", "silent", "closed"
	moved chan struct{}
	pairs map[*net.TCPConn]*net.TCPConn
}

func newNetwork(t *testing.T, target string) *network {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &network{t: t, listener: listener, target: target, state: "open", moved: make(chan struct{}), pairs: map[*net.TCPConn]*net.TCPConn{}}
	var carrying sync.WaitGroup
	carrying.Go(func() {
		for {
			here, err := listener.Accept()
			if err != nil {
				return
			}
			carrying.Go(func() { n.carry(here.(*net.TCPConn)) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		n.cut(true)
		n.set("closed")
		carrying.Wait()
	})
	return n
}

// set changes how the network is: open, silent (nothing arrives, nobody is told) or
// closed (whoever connects is turned away).
func (n *network) set(state string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.state = state
	close(n.moved)
	n.moved = make(chan struct{})
}

// cut ends all connections: with a reset, or without a word to the program.
func (n *network) cut(reset bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for here, there := range n.pairs {
		if reset {
			_ = here.SetLinger(0)
			_ = here.Close()
		}
		_ = there.SetLinger(0)
		_ = there.Close()
	}
	if reset {
		clear(n.pairs)
	}
}

// pass waits until bytes may pass; false when the network is closed.
func (n *network) pass() bool {
	for {
		n.mu.Lock()
		state, moved := n.state, n.moved
		n.mu.Unlock()
		switch state {
		case "open":
			return true
		case "closed":
			return false
		}
		<-moved
	}
}

func (n *network) carry(here *net.TCPConn) {
	if !n.pass() {
		_ = here.Close()
		return
	}
	there, err := net.Dial("tcp", n.target)
	if err != nil {
		_ = here.Close()
		return
	}
	n.mu.Lock()
	n.pairs[here] = there.(*net.TCPConn)
	n.mu.Unlock()
	var both sync.WaitGroup
	copying := func(to, from net.Conn) {
		part := make([]byte, 32<<10)
		for {
			count, err := from.Read(part)
			if err != nil || !n.pass() {
				break
			}
			if _, err := to.Write(part[:count]); err != nil {
				break
			}
		}
		n.mu.Lock()
		state := n.state
		n.mu.Unlock()
		if state == "silent" && !n.pass() { // nobody is told before
			return
		}
		_, _ = here.Close(), there.Close()
	}
	both.Go(func() { copying(there, here) })
	both.Go(func() { copying(here, there) })
	both.Wait()
	n.mu.Lock()
	delete(n.pairs, here)
	n.mu.Unlock()
}

// TestHeavyFaultNetwork cuts the network between the program and its database:
// connections are reset, nothing arrives any more, or the other end is gone without
// a word.
func TestHeavyFaultNetwork(t *testing.T) {
	t.Parallel() // it mostly waits
	for _, one := range []struct {
		name, fault string
		cut, mend   func(*network)
	}{
		{"reset", "network to PostgreSQL: connections reset, none accepted",
			func(n *network) { n.set("closed"); n.cut(true) }, func(n *network) { n.set("open") }},
		{"silent", "network to PostgreSQL: nothing arrives for a while",
			func(n *network) { n.set("silent") }, func(n *network) { n.set("open") }},
		{"halfopen", "network to PostgreSQL: half-open connections",
			func(n *network) { n.set("silent"); n.cut(false) }, func(n *network) { n.set("open"); n.cut(true) }},
	} {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			cluster := testpostgres.Own(t)
			newWave(t, cluster.URL())
			between := newNetwork(t, cluster.Host())
			program := serveWith(t, hosts(between.listener.Addr().String()), nil)
			tried := times(1, 5)
			p := ring(t, one.name, 8, program.address)
			for range tried {
				p.more(20)
				one.cut(between)
				p.trouble(16)
				if status, _ := fetch(t, http.DefaultClient, program.address+"/healthz", nil); status != http.StatusOK {
					t.Errorf("health: %d", status)
				}
				one.mend(between)
			}
			p.more(20)
			p.finish()
			if p.slowest > 25*time.Second {
				t.Errorf("somebody waited %v", p.slowest)
			}
			p.settle(cluster.URL(), one.fault, tried, fmt.Sprintf("503 after %s at most; recovers by itself", rounded(p.slowest)))
		})
	}
}
