package main

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// gate lets connections in until the program is to stop. [http.Server.Shutdown]
// alone cuts off those that were let in but not listened to yet, each perhaps a
// response; behind a gate they are heard first. Where the listener is inherited,
// whoever comes later waits for the next program.
type gate struct {
	net.Listener
	parked chan struct{} // closed when nobody is let in any more, and all who were are known
	open   chan struct{} // closed with the listener

	mu     sync.Mutex
	shut   bool
	fresh  map[net.Conn]struct{} // let in, but no request of theirs was read
	silent chan struct{}         // closed when there are none any more, nil while nobody waits
	closed sync.Once
}

func newGate(listener net.Listener) *gate {
	return &gate{Listener: listener, parked: make(chan struct{}), open: make(chan struct{}), fresh: map[net.Conn]struct{}{}}
}

// Accept lets one connection in. When the gate is shut it waits for its end, since
// the server takes an error for the end of the world.
func (g *gate) Accept() (net.Conn, error) {
	connection, err := g.Listener.Accept()
	g.mu.Lock()
	shut := g.shut
	g.mu.Unlock()
	if err != nil && shut {
		close(g.parked)
		<-g.open
		return nil, net.ErrClosed
	}
	return connection, err
}

// Close closes the listener.
func (g *gate) Close() error {
	g.closed.Do(func() { close(g.open) })
	return g.Listener.Close()
}

// visitorKey is where a request finds its connection.
type visitorKey struct{}

// guard makes a server tell the gate who was heard. That is when the handler runs:
// the server calls a connection active a moment before it looks whether it is to
// stop, and then it would still be cut off.
func (g *gate) guard(web *http.Server) {
	told, attached := web.ConnState, web.ConnContext
	web.ConnState = func(connection net.Conn, state http.ConnState) {
		if told != nil {
			told(connection, state)
		}
		switch state {
		case http.StateNew:
			g.mu.Lock()
			g.fresh[connection] = struct{}{}
			g.mu.Unlock()
		case http.StateIdle, http.StateHijacked, http.StateClosed:
			g.heard(connection)
		}
	}
	web.ConnContext = func(ctx context.Context, connection net.Conn) context.Context {
		if attached != nil {
			ctx = attached(ctx, connection)
		}
		return context.WithValue(ctx, visitorKey{}, connection)
	}
	handler := web.Handler
	web.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if connection, is := r.Context().Value(visitorKey{}).(net.Conn); is {
			g.heard(connection)
		}
		handler.ServeHTTP(w, r)
	})
}

func (g *gate) heard(connection net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.fresh, connection)
	if len(g.fresh) == 0 && g.silent != nil {
		close(g.silent)
		g.silent = nil
	}
}

// drain shuts the gate and waits until the requests of all who are inside are
// read, or the context ends: some open a connection and say nothing.
func (g *gate) drain(ctx context.Context) {
	stoppable, is := g.Listener.(interface{ SetDeadline(time.Time) error })
	g.mu.Lock()
	g.shut = true
	g.mu.Unlock()
	if !is || stoppable.SetDeadline(time.Unix(1, 0)) != nil {
		return
	}
	select {
	case <-g.parked:
	case <-ctx.Done():
		return
	}
	g.mu.Lock()
	silent := make(chan struct{})
	if g.silent = silent; len(g.fresh) == 0 {
		close(silent)
		g.silent = nil
	}
	g.mu.Unlock()
	select {
	case <-silent:
	case <-ctx.Done():
	}
}
