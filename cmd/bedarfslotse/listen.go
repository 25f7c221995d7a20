package main

import (
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"syscall"

	"bedarfslotse/internal/failure"
)

// firstInherited is the number of the first listener that systemd hands over.
const firstInherited = 3

// inherit returns the listener that systemd, or whoever starts the program like
// it, opened for it (sd_listen_fds): then connections wait while one program stops
// and the next one starts, instead of being refused. It returns nil where there
// is none.
func (p *program) inherit() (net.Listener, error) {
	if p.env("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		return nil, nil //nolint:nilnil // there is none
	}
	n, _ := strconv.Atoi(p.env("LISTEN_FDS")) // what is no number is none
	switch {
	case n < 1:
		return nil, nil //nolint:nilnil // there is none
	case n > 1:
		return nil, failure.New(failure.Invalid, "operate.listeners", "count", n)
	}
	syscall.CloseOnExec(firstInherited)
	file := os.NewFile(firstInherited, "LISTEN_FD_3")
	listener, err := net.FileListener(file)
	if closing := file.Close(); err == nil { // a copy serves
		err = closing
	}
	if err != nil {
		return nil, failure.New(failure.Invalid, "operate.inherited").Because(err)
	}
	return listener, nil
}

// listen is the inherited listener, or one of its own.
func (p *program) listen(ctx context.Context, address string) (net.Listener, error) {
	listener, err := p.inherit()
	if err != nil || listener != nil {
		return listener, err
	}
	listener, err = new(net.ListenConfig).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, failure.New(failure.Unavailable, "operate.address_in_use", "address", address)
	}
	if err != nil {
		return nil, failure.Errorf(failure.Unavailable, "%w", err)
	}
	return listener, nil
}

// notify tells systemd how far the program is (sd_notify); nothing where nobody
// wants to know. What goes wrong is systemd's to notice.
func (p *program) notify(state string) {
	path := p.env("NOTIFY_SOCKET")
	if path == "" {
		return
	}
	connection, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"}) // "@…" is an abstract one
	if err != nil {
		return
	}
	_, _ = connection.Write([]byte(state))
	_ = connection.Close()
}
