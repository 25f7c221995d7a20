package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"bedarfslotse/internal/response"
	"bedarfslotse/internal/testinput"
)

// handedOver starts the program as a process of its own with a listener that was
// opened for it, as systemd does, and returns when it says that it is ready.
func handedOver(t *testing.T, path string, listener *os.File, more ...string) *exec.Cmd {
	t.Helper()
	folder, err := os.MkdirTemp("", "n") // short: such a path may have a hundred characters
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	heard, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(folder, "s"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = heard.Close() }()
	// The number of the process is known to itself alone, as it is to systemd's child.
	words := append([]string{"-c", `LISTEN_PID=$$ exec "$0" "$@"`, os.Args[0], "serve", "--db", path, "--addr", "127.0.0.1:1", "--rate-limit", "0", "--log-level", "error"}, more...)
	command := exec.Command("/bin/sh", words...)
	command.Env = append(os.Environ(), asProgram+"=1", "LISTEN_FDS=1", "NOTIFY_SOCKET="+filepath.Join(folder, "s"))
	command.ExtraFiles, command.Stderr = []*os.File{listener}, os.Stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() })
	said := make([]byte, 100)
	n, err := heard.Read(said)
	if err != nil || string(said[:n]) != "READY=1" {
		t.Fatalf("it says %q, %v", said[:n], err)
	}
	return command
}

// TestHeavyRestartUnderLoad restarts the program while phones send: its listener stays,
// so none of them is refused or loses an answer.
func TestHeavyRestartUnderLoad(t *testing.T) {
	restarts := 3
	if testinput.Long() {
		restarts = 20
	}
	path := filepath.Join(t.TempDir(), "x.db")
	succeed(t, "wave", "open", "--db", path, "--survey", "families", "--slug", "w")
	age := childAges(t)[0]
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	running := handedOver(t, path, file)

	var sent, stored sync.Map
	var count atomic.Int64
	enough := make(chan struct{}, 1)
	stop := make(chan struct{})
	var phones sync.WaitGroup
	for phone := range 8 {
		phones.Go(func() {
			// Every phone is another one: no connection is kept.
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				fields := family(fmt.Sprintf("restart-%04d-%06d", phone, n))
				fields.Set("child_ages", age)
				sent.Store(fields.Get("submission_id"), true)
				answer, err := client.PostForm("http://"+listener.Addr().String()+"/s/w", fields)
				if err != nil {
					t.Errorf("refused: %v", err)
					return
				}
				_ = answer.Body.Close()
				if answer.StatusCode != http.StatusCreated {
					t.Errorf("status %d", answer.StatusCode)
					return
				}
				stored.Store(response.Receipt(fields.Get("submission_id")), true)
				if count.Add(1)%50 == 0 {
					select {
					case enough <- struct{}{}:
					default:
					}
				}
			}
		})
	}
	for range restarts {
		<-enough // in the middle of the load
		if err := running.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := running.Wait(); err != nil {
			t.Errorf("it ended with %v", err)
		}
		running = handedOver(t, path, file)
	}
	<-enough
	close(stop)
	phones.Wait()
	if err := running.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := running.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	receipts := map[string]bool{}
	stored.Range(func(key, _ any) bool { receipts[key.(string)] = true; return true })
	rows := strings.Count(succeed(t, "responses", "export", "--db", path, "--wave", "w", "--full"), "\n") - 1
	if rows != len(receipts) || lostOf(t, path, receipts) != 0 {
		t.Errorf("%d acknowledged, %d stored", len(receipts), rows)
	}
	t.Logf("%d restarts, %d sent, %d acknowledged, %d stored, none refused", restarts, count.Load(), len(receipts), rows)
}

// lostOf counts the receipts that no stored response has, of a program that ended.
func lostOf(t *testing.T, path string, receipts map[string]bool) int {
	t.Helper()
	if _, err := os.Stat(path + "-wal"); errors.Is(err, fs.ErrNotExist) { // emptied and removed at the end
		if err := os.WriteFile(path+"-wal", nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return lost(t, path, receipts)
}

// TestSlowAnswerFinishes: a response that is half sent when the program is told to
// stop is stored and acknowledged.
func TestSlowAnswerFinishes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	succeed(t, "wave", "open", "--db", path, "--survey", "families", "--slug", "w")
	process, address := serveProcess(t, path, "127.0.0.1:0")
	fields := family("slow-phone-000001")
	fields.Set("child_ages", childAges(t)[0])
	body := fields.Encode()
	connection, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	if _, err := fmt.Fprintf(connection, "POST /s/w HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nExpect: 100-continue\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", len(body)); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(connection)
	if line, err := reader.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") { // it is being read
		t.Fatalf("%q %v", line, err)
	}
	if _, err := io.WriteString(connection, body[:10]); err != nil {
		t.Fatal(err)
	}
	if err := process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for { // it takes nobody new from now on
		other, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
		if err != nil {
			break
		}
		_ = other.Close()
	}
	if _, err := io.WriteString(connection, body[10:]); err != nil {
		t.Fatal(err)
	}
	if _, err := reader.ReadString('\n'); err != nil { // the empty line
		t.Fatal(err)
	}
	if status, err := readAnswer(reader); err != nil || status != http.StatusCreated {
		t.Fatalf("status %d, %v", status, err)
	}
	if state, err := process.Wait(); err == nil && !state.Success() {
		t.Errorf("it ended with %v", state)
	}
	if n := lostOf(t, path, map[string]bool{response.Receipt("slow-phone-000001"): true}); n != 0 {
		t.Error("what was acknowledged is lost")
	}
}

// TestInherit: only what was meant for this process, and only one that listens.
func TestInherit(t *testing.T) {
	own := fmt.Sprint(os.Getpid())
	for name, c := range map[string]struct {
		env  map[string]string
		says string
	}{
		"nothing":           {map[string]string{}, ""},
		"another process's": {map[string]string{"LISTEN_PID": "1", "LISTEN_FDS": "1"}, ""},
		"none":              {map[string]string{"LISTEN_PID": own, "LISTEN_FDS": "0"}, ""},
		"two":               {map[string]string{"LISTEN_PID": own, "LISTEN_FDS": "2"}, "operate.listeners"},
	} {
		t.Run(name, func(t *testing.T) {
			listener, err := (&program{env: func(name string) string { return c.env[name] }}).inherit()
			if listener != nil || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v %v", listener, err)
			}
		})
	}
}
