package server

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
	"syscall"
)

// usher keeps room for whoever comes next: of more connections than there may be it
// closes the one that has asked for nothing for longest, be it idle or half through
// its headers. A browser opens it again when it needs it. A limit that kept
// newcomers waiting would let idle connections lock everybody out.
type usher struct {
	most int

	mu     sync.Mutex
	idle   *list.List // of net.Conn: those that ask for nothing, the longest first
	place  map[net.Conn]*list.Element
	open   int // all connections
	closed int // how many this has closed
}

func newUsher(most int) *usher {
	return &usher{most: most, idle: list.New(), place: map[net.Conn]*list.Element{}}
}

const (
	// mostIdle is how many connections there may be: each takes some 20 KB.
	mostIdle = 8192
	// otherFiles is how many files the program opens beside connections.
	otherFiles = 128
)

// mostConnections is how many connections there may be in this process.
func mostConnections() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > mostIdle+otherFiles {
		return mostIdle
	}
	return int(limit.Cur) - min(otherFiles, int(limit.Cur)/2)
}

type connKey struct{}

// attach tells a connection's requests which it is; see [http.Server.ConnContext].
func (u *usher) attach(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}

// ask notes that a whole request has come.
func (u *usher) ask(ctx context.Context) {
	if conn, ok := ctx.Value(connKey{}).(net.Conn); ok {
		u.mu.Lock()
		u.forget(conn)
		u.mu.Unlock()
	}
}

// watch is told how connections are; see [http.Server.ConnState].
func (u *usher) watch(conn net.Conn, state http.ConnState) {
	u.mu.Lock()
	var longest net.Conn
	switch state {
	case http.StateNew:
		if u.open++; u.open > u.most {
			longest = conn // where all the others are at work
			if front := u.idle.Front(); front != nil {
				longest = front.Value.(net.Conn) //nolint:forcetypeassert // nothing else is in the list
				u.forget(longest)
			}
			u.closed++
		}
		if longest != conn {
			u.place[conn] = u.idle.PushBack(conn)
		}
	case http.StateIdle:
		u.forget(conn)
		u.place[conn] = u.idle.PushBack(conn)
	case http.StateClosed, http.StateHijacked:
		u.forget(conn)
		u.open--
	case http.StateActive: // the first byte of a request, which is none yet
	}
	u.mu.Unlock()
	if longest != nil {
		_ = longest.Close() // the server notices and tells
	}
}

// forget takes a connection out of those that ask for nothing; the lock is held.
func (u *usher) forget(conn net.Conn) {
	if at := u.place[conn]; at != nil {
		u.idle.Remove(at)
		delete(u.place, conn)
	}
}
