package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// crowd are connections that somebody holds open.
type crowd struct {
	t     *testing.T
	conns []net.Conn
}

// gather opens connections and says something on each.
func gather(t *testing.T, address string, count int, says func(int) string) *crowd {
	t.Helper()
	c := &crowd{t: t}
	t.Cleanup(c.leave)
	for n := range count {
		conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
		if err != nil {
			t.Fatalf("connection %d: %v", n, err)
		}
		c.conns = append(c.conns, conn)
		if text := says(n); text != "" {
			_, _ = io.WriteString(conn, text) // the server may have had enough of it
		}
	}
	return c
}

func (c *crowd) leave() {
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}

// hostile is a way to keep a server from its work.
type hostile struct {
	name, fault string
	count       int
	says        func(int) string
}

const formHead = "POST /s/w HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"

// allowedConnections is how many connections a test may hold beside the program's
// own end of them.
func allowedConnections(t *testing.T, wanted int) int {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if most := int(limit.Cur) - 500; wanted > most {
		t.Logf("only %d connections instead of %d: the system allows %d open files", most, wanted, limit.Cur)
		return most
	}
	return wanted
}

// TestHeavyFaultSlowClients: whatever others hold open or send, an honest phone is
// answered, and the memory is bounded.
func TestHeavyFaultSlowClients(t *testing.T) {
	for _, one := range []hostile{
		{"idle", "idle connections", allowedConnections(t, times(2000, 10_000)), func(int) string { return "" }},
		{"headers", "slow headers (slowloris)", times(500, 2000), func(int) string { return "POST /s/w HTTP/1.1\r\nHost: x\r\nX-A: " }},
		{"bodies", "slow bodies", times(500, 2000), func(int) string { return formHead + "Content-Length: 5000\r\n\r\nlang=ar&child" }},
		{"uploads", "uploads of 1 MB that stop before their end", times(200, 1000), func(int) string {
			return formHead + "Content-Length: 1048576\r\n\r\na=" + strings.Repeat("x", 1<<20-100)
		}},
	} {
		t.Run(one.name, func(t *testing.T) {
			path := waveFile(t)
			program := serveWith(t, path, nil)
			p := ring(t, one.name, 2, program.address)
			p.more(20)
			before := program.memory(t, "VmRSS")
			others := gather(t, program.address, one.count, one.says)
			p.slowestSince()
			p.more(100)
			latency := p.slowestSince()
			readable(t, program.address)
			most := program.memory(t, "VmHWM")
			others.leave()
			if most > 400<<20 || latency > 2*time.Second {
				t.Errorf("%s: %d MB, an honest phone waits %v", one.name, most>>20, latency)
			}
			p.settle(path, one.fault, one.count, fmt.Sprintf("memory %d MB before, %d MB at most; an honest phone waits %s at most", before>>20, most>>20, rounded(latency)))
		})
	}
}

// slowestSince returns the longest that a phone waited, and begins anew.
func (p *phones) slowestSince() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	slowest := p.slowest
	p.slowest = 0
	return slowest
}

// endless is a body of so many bytes that exist only when they are read.
type endless struct {
	left, sent int64
}

func (e *endless) Read(into []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(into)), e.left)
	for i := range into[:n] {
		into[i] = 'x'
	}
	e.left -= n
	e.sent += n
	return int(n), nil
}

// announcedBody says that 1 GB is to come, and listens before it sends it.
func announcedBody(t *testing.T, address string) (status int) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, formHead+"Content-Length: 1073741824\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// chunkedBody sends 1 GB in chunks, and returns how much of it was taken.
func chunkedBody(t *testing.T, address string) (status int, sent int64) {
	t.Helper()
	body := &endless{left: 1 << 30}
	request, err := http.NewRequest(http.MethodPost, address+"/s/w", struct{ io.Reader }{body})
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer.StatusCode, body.sent
}

// TestHeavyFaultLargeBodies sends bodies of 1 GB, with and without saying so before.
func TestHeavyFaultLargeBodies(t *testing.T) {
	path := waveFile(t)
	program := serveWith(t, path, nil)
	p := ring(t, "large", 2, program.address)
	p.more(20)
	tried := times(4, 20)
	var read []int64
	for n := range tried {
		status, sent := announcedBody(t, program.address), int64(0)
		if n%2 == 1 {
			status, sent = chunkedBody(t, program.address)
		}
		if status != http.StatusRequestEntityTooLarge {
			t.Errorf("body %d: status %d", n, status)
		}
		read = append(read, sent)
	}
	p.more(20)
	most, sent := program.memory(t, "VmHWM"), slices.Max(read)
	if most > 200<<20 || sent > 64<<20 {
		t.Errorf("%d MB of memory, %d MB read", most>>20, sent>>20)
	}
	p.settle(path, "bodies of 1 GB", tried, fmt.Sprintf("413 after %d MB at most; memory %d MB at most", sent>>20, most>>20))
}

// TestHeavyFaultHeaderFlood sends headers without end.
func TestHeavyFaultHeaderFlood(t *testing.T) {
	path := waveFile(t)
	program := serveWith(t, path, nil)
	p := ring(t, "flood", 2, program.address)
	p.more(20)
	tried := times(50, 500)
	var sending sync.WaitGroup
	slots := make(chan struct{}, 16)
	for range tried {
		slots <- struct{}{}
		sending.Go(func() {
			defer func() { <-slots }()
			conn, err := net.Dial("tcp", strings.TrimPrefix(program.address, "http://"))
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = conn.Close() }()
			// Just more than the limit, so that nothing unread resets the answer away.
			_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n"+strings.Repeat("X-A: "+strings.Repeat("x", 95)+"\r\n", 210))
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Error(err)
				return
			}
			if _ = answer.Body.Close(); answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
				t.Errorf("status %d", answer.StatusCode)
			}
		})
	}
	sending.Wait()
	p.more(20)
	most := program.memory(t, "VmHWM")
	if most > 200<<20 {
		t.Errorf("%d MB of memory", most>>20)
	}
	p.settle(path, "floods of headers", tried, fmt.Sprintf("431; memory %d MB at most", most>>20))
}
