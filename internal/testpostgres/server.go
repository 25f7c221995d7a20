package testpostgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

var errMissing = errors.New("no PostgreSQL server found in /usr/lib/postgresql/*/bin or PATH")

// supervise starts the server, once more for each line that it reads, until its
// standard input is closed; then it ends the server and removes its folder. The
// other end of that input belongs to the test process, and the kernel closes it
// whenever that process ends: after a failed test, a time-out or kill -9 alike.
// SIGQUIT is PostgreSQL's immediate shutdown; nobody needs the data any more. It
// is the shell that waits, and not a goroutine, because a killed process runs no
// more goroutines.
const supervise = `
folder=$1; shift
"$@" </dev/null >>"$folder/log" 2>&1 &
server=$!
while read -r _; do
	wait "$server"
	"$@" </dev/null >>"$folder/log" 2>&1 &
	server=$!
done
kill -QUIT "$server" 2>/dev/null
wait "$server"
rm -rf "$folder"
`

// server is one running PostgreSQL that listens on 127.0.0.1 and on a socket
// in its own folder, and trusts whoever reaches it there.
type server struct {
	folder string
	port   int
	// lifeline holds the server up: closing it ends the server. It is kept
	// here so that the garbage collector does not close it early.
	lifeline io.WriteCloser
}

// start makes a fresh cluster and runs it. The chosen port can be taken by
// another process before PostgreSQL gets it, so it tries more than once.
func start(durable bool) (*server, error) {
	binaries, err := findBinaries()
	if err != nil {
		return nil, err
	}
	owner, err := unprivileged()
	if err != nil {
		return nil, err
	}
	var failures []error
	for range 3 {
		running, err := startOnce(binaries, owner, durable)
		if err == nil {
			return running, nil
		}
		failures = append(failures, err)
	}
	return nil, errors.Join(failures...)
}

func startOnce(binaries string, owner *syscall.SysProcAttr, durable bool) (*server, error) {
	folder, err := ownFolder(owner)
	if err != nil {
		return nil, err
	}
	if err := initialise(binaries, folder, owner); err != nil {
		_ = os.RemoveAll(folder)
		return nil, err
	}
	return launch(binaries, folder, owner, durable)
}

// ownFolder makes a folder for a server.
func ownFolder(owner *syscall.SysProcAttr) (string, error) {
	folder, err := os.MkdirTemp("", "bedarfslotse-postgres-")
	if err != nil {
		return "", err
	}
	if owner.Credential != nil {
		err = os.Chown(folder, int(owner.Credential.Uid), int(owner.Credential.Gid))
	}
	return folder, err
}

// launch runs the cluster in a folder.
func launch(binaries, folder string, owner *syscall.SysProcAttr, durable bool) (*server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	command := exec.Command("/bin/sh", slices.Concat([]string{"-c", supervise, "sh", folder},
		serverCommand(binaries, folder, port, durable))...)
	command.Dir = folder
	command.SysProcAttr = owner
	lifeline, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		_ = os.RemoveAll(folder)
		return nil, fmt.Errorf("start the supervising shell: %w", err)
	}
	running := &server{folder: folder, port: port, lifeline: lifeline}
	if err := running.await(); err != nil {
		_ = lifeline.Close()
		return nil, errors.Join(err, command.Wait())
	}
	return running, nil
}

func initialise(binaries, folder string, owner *syscall.SysProcAttr) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, filepath.Join(binaries, "initdb"),
		"--pgdata", filepath.Join(folder, "data"), "--username=postgres", "--auth=trust", "--no-sync",
		"--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=de-DE")
	command.Dir = folder
	command.SysProcAttr = owner
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, output)
	}
	return nil
}

func serverCommand(binaries, folder string, port int, durable bool) []string {
	settings := []string{
		"listen_addresses=127.0.0.1",
		"port=" + strconv.Itoa(port),
		"unix_socket_directories=" + folder,
		"synchronous_commit=on",
		"max_connections=200",
		"shared_buffers=32MB",
		"timezone=UTC",
		"log_timezone=UTC",
		"fsync=" + strconv.FormatBool(durable),
		"full_page_writes=" + strconv.FormatBool(durable),
	}
	if len(folder) > 90 { // the kernel allows about 107 bytes for a socket's path
		settings = append(settings, "unix_socket_directories=")
	}
	command := []string{filepath.Join(binaries, "postgres"), "-D", filepath.Join(folder, "data")}
	for _, setting := range settings {
		command = append(command, "-c", setting)
	}
	return command
}

// await returns as soon as the server lets somebody in.
func (s *server) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	pause := time.NewTicker(20 * time.Millisecond)
	defer pause.Stop()
	for {
		connection, err := pgx.Connect(ctx, s.url("postgres"))
		if err == nil {
			return s.own(ctx, connection)
		}
		if strings.Contains(s.log(), "could not create any TCP/IP sockets") {
			return fmt.Errorf("port %d was taken by somebody else", s.port)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server did not start within %v: %w\n%s", patience, err, s.log())
		case <-pause.C:
		}
	}
}

// own makes sure that the server which answered is ours and not another one
// that was quicker to take the port.
func (s *server) own(ctx context.Context, connection *pgx.Conn) error {
	var data string
	err := connection.QueryRow(ctx, "SHOW data_directory").Scan(&data)
	if err == nil && data != filepath.Join(s.folder, "data") {
		err = fmt.Errorf("port %d belongs to a server in %s", s.port, data)
	}
	return errors.Join(err, connection.Close(ctx))
}

func (s *server) url(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

func (s *server) log() string {
	text, err := os.ReadFile(filepath.Join(s.folder, "log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// findBinaries returns the folder of the newest installed server. Debian keeps
// initdb and postgres out of PATH.
func findBinaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		newest := slices.MaxFunc(found, func(a, b string) int { return cmp.Compare(release(a), release(b)) })
		return filepath.Dir(newest), nil
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	return "", errMissing
}

// release reads 15 out of /usr/lib/postgresql/15/bin/initdb; what is not a
// number counts as oldest.
func release(initdb string) float64 {
	number, err := strconv.ParseFloat(filepath.Base(filepath.Dir(filepath.Dir(initdb))), 64)
	if err != nil {
		return 0
	}
	return number
}

// unprivileged tells how to start PostgreSQL, which refuses to run as root: as
// the user postgres when this process is root, and otherwise as we are. The
// process group of its own keeps a Ctrl-C at the terminal from ending the
// server before the tests that use it have cleaned up.
func unprivileged() (*syscall.SysProcAttr, error) {
	attributes := &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() != 0 {
		return attributes, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("running as root needs the user postgres: %w", err)
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attributes, nil
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		return 0, fmt.Errorf("unexpected address %v", listener.Addr())
	}
	return address.Port, listener.Close()
}
