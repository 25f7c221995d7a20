package main

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testinput"
)

// disk is a file system of a test's own, which nobody else on the machine sees: it
// lives in the mount namespace of a shell that waits for its end.
type disk struct {
	t      *testing.T
	folder string // its path for those inside
	keeper int    // process in the namespace
}

// mounted runs a script that mounts something at "$1", in a mount namespace of its
// own. Where that is forbidden the test is skipped, and fails in the long form.
func mounted(t *testing.T, script string, arguments ...string) *disk {
	t.Helper()
	d := &disk{t: t, folder: filepath.Join(t.TempDir(), "disk")}
	if err := os.Mkdir(d.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("/bin/sh", append([]string{"-c", script + ` && echo mounted && read -r _`, "sh", d.folder}, arguments...)...)
	command.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	log := &lines{}
	command.Stderr = log
	lifeline, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	line := ""
	if err = command.Start(); err == nil {
		t.Cleanup(func() {
			_ = lifeline.Close()
			_ = command.Wait()
		})
		line, err = bufio.NewReader(out).ReadString('\n')
	}
	if err != nil || line != "mounted\n" {
		if testinput.Long() {
			t.Fatalf("mount: %v\n%s", err, log)
		}
		t.Skipf("skipped: this process may not mount file systems: %v\n%s", err, log)
	}
	d.keeper = command.Process.Pid
	return d
}

// inside are the words before a command that make it run in the namespace.
func (d *disk) inside() []string {
	return []string{"nsenter", fmt.Sprintf("--mount=/proc/%d/ns/mnt", d.keeper), "--"}
}

// run runs a command inside.
func (d *disk) run(words ...string) error {
	words = append(d.inside(), words...)
	if output, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", words, err, output)
	}
	return nil
}

func (d *disk) must(words ...string) {
	d.t.Helper()
	if err := d.run(words...); err != nil {
		d.t.Fatal(err)
	}
}

// outside is the path of a file on the disk for the test itself.
func (d *disk) outside(name string) string {
	return fmt.Sprintf("/proc/%d/root%s", d.keeper, filepath.Join(d.folder, name))
}

// bring copies a database onto the disk and returns its path there.
func (d *disk) bring(db string) string {
	d.t.Helper()
	d.must("cp", db, filepath.Join(d.folder, "x.db"))
	d.must("sync")
	return filepath.Join(d.folder, "x.db")
}

// fetchDB copies the database from the disk, for counting.
func (d *disk) fetchDB() string {
	d.t.Helper()
	copied := filepath.Join(d.t.TempDir(), "copy.db")
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(d.outside("x.db" + suffix))
		if err == nil {
			err = os.WriteFile(copied+suffix, content, 0o600)
		}
		if err != nil && (suffix == "" || !errors.Is(err, os.ErrNotExist)) {
			d.t.Fatal(err)
		}
	}
	return copied
}

// leave fills the disk until just less than so much is free.
func (d *disk) leave(room uint64) {
	d.t.Helper()
	ballast := d.ballast()
	defer func() { _ = ballast.Close() }()
	for d.room() >= room {
		if _, err := ballast.Write(make([]byte, 256<<10)); err != nil {
			d.t.Fatal(err)
		}
	}
}

// room is how much is free.
func (d *disk) room() uint64 {
	d.t.Helper()
	room, err := store.RoomAt(d.outside(""))
	if err != nil {
		d.t.Fatal(err)
	}
	return room.Free
}

// ballast is a file that takes room.
func (d *disk) ballast() *os.File {
	d.t.Helper()
	ballast, err := os.Create(d.outside("ballast"))
	if err != nil {
		d.t.Fatal(err)
	}
	return ballast
}

// fill leaves no byte free.
func (d *disk) fill() {
	d.t.Helper()
	ballast := d.ballast()
	defer func() { _ = ballast.Close() }()
	// Most of it at once: what is stored until the end takes room as well.
	err := syscall.Fallocate(int(ballast.Fd()), 0, 0, int64(d.room()*9/10))
	if err != nil {
		d.t.Fatalf("fill the disk: %v", err)
	}
	if _, err := ballast.Seek(0, io.SeekEnd); err != nil {
		d.t.Fatal(err)
	}
	for size := 1 << 20; size > 0; { // large pieces first
		if _, err = ballast.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		d.t.Fatalf("fill the disk: %v", err)
	}
}

// TestHeavyFaultDiskFull: without space answers are refused with a sentence, all
// else goes on, and when there is space again so does the taking of answers.
func TestHeavyFaultDiskFull(t *testing.T) {
	// The log of changes takes 250 MB of it at worst.
	d := mounted(t, `mount -t tmpfs -o size=512m tmpfs "$1"`)
	program := serveWith(t, d.bring(waveFile(t)), d.inside())
	tried := times(3, 30)
	p := ring(t, "full", 8, program.address)
	for n := range tried {
		p.more(20)
		d.fill()
		p.trouble(24) // three for each phone
		readable(t, program.address)
		for again := 0; !pageRefused(t, program.address, fmt.Sprintf("full-page-%07d", 1000*n+again)); again++ {
			p.trouble(24) // the program had found room within its log of changes
		}
		if status, _ := fetch(t, http.DefaultClient, program.address+"/readyz", nil); status != http.StatusServiceUnavailable {
			t.Errorf("readiness: %d", status)
		}
		if err := os.Remove(d.outside("ballast")); err != nil {
			t.Fatal(err)
		}
	}
	p.more(20)
	p.finish()
	if status, _ := fetch(t, http.DefaultClient, program.address+"/readyz", nil); status != http.StatusOK {
		t.Errorf("readiness in the end: %d", status)
	}
	p.settle(d.fetchDB(), "disk full", tried, "503 while full; pages go on; recovers by itself")
}

// TestHeavyFaultLittleRoom: with less room than the program relies on it says that it
// is not ready and why, so that somebody looks after the disk while answers are still
// taken; with room again it is ready by itself.
func TestHeavyFaultLittleRoom(t *testing.T) {
	d := mounted(t, `mount -t tmpfs -o size=96m tmpfs "$1"`)
	program := serveWith(t, d.bring(waveFile(t)), d.inside())
	p := ring(t, "tight", 2, program.address)
	ready := func(when string, status int, says string) {
		t.Helper()
		if got, said := fetch(t, http.DefaultClient, program.address+"/readyz", nil); got != status || !strings.HasPrefix(said, says) {
			t.Errorf("%s, with %d bytes of room: %d %q, want %d %q", when, d.room(), got, said, status, says)
		}
	}
	tried := times(2, 10)
	for range tried {
		p.more(20)
		ready("before", http.StatusOK, "ready\n")
		d.leave(store.LeastRoom)
		ready("with little room", http.StatusServiceUnavailable, "the disk of the database is full: 3") // 31 MiB, while phones write
		_, refused, cut := p.counts()
		p.more(20)
		if _, r, c := p.counts(); r != refused || c != cut {
			t.Errorf("with little room %d answers were refused, %d cut off", r-refused, c-cut)
		}
		readable(t, program.address)
		if err := os.Remove(d.outside("ballast")); err != nil {
			t.Fatal(err)
		}
		ready("afterwards", http.StatusOK, "ready\n")
	}
	p.finish()
	p.settle(d.fetchDB(), "less than 32 MB free on the disk", tried, "not ready, and says why; answers are taken all the same; ready again by itself")
}

// breakDisk makes an ext4 file system read-only as an error of its disk does. It is
// still at that moment: where the error meets a commit, Linux 6.18 now and then
// answers fsync with success and drops what was to be synced, which no program can
// notice.
const breakDisk = `
device=$(basename "$(findmnt -no SOURCE "$1")")
fsfreeze -f "$1" && echo 1 > /sys/fs/ext4/"$device"/trigger_fs_error
fsfreeze -u "$1"`

// TestHeavyFaultReadOnly: the kernel makes a file system read-only when its disk
// fails. Answers are refused, pages go on; after a repair the program starts again
// with all that it acknowledged.
func TestHeavyFaultReadOnly(t *testing.T) {
	image := filepath.Join(t.TempDir(), "image")
	d := mounted(t, `truncate -s 64M "$2" && mkfs.ext4 -q -F "$2" && mount -o loop,errors=remount-ro "$2" "$1"`, image)
	path := d.bring(waveFile(t))
	tried := times(2, 10)
	program := serveWith(t, path, d.inside())
	p := ring(t, "readonly", 8, program.address)
	for n := range tried {
		p.more(20)
		d.must("sh", "-c", breakDisk, "sh", d.folder)
		p.trouble(24)
		readable(t, program.address)
		refusedPage(t, program.address, fmt.Sprintf("readonly-page-%07d", n))
		if err := program.Kill(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "unmount", func() bool { return d.run("umount", d.folder) == nil })
		// 1 means that errors were found and mended.
		d.must("sh", "-c", `e2fsck -p "$1" >&2; test $? -le 1`, "sh", image)
		d.must("mount", "-o", "loop,errors=remount-ro", image, d.folder)
		program = serveWith(t, path, d.inside())
		p.redirect(program.address)
	}
	p.more(20)
	p.finish()
	p.settle(d.fetchDB(), "disk becomes read-only", tried, "503 while so; pages go on; after a repair a restart")
}

// asLocker makes the test's own binary hold a lock on a database until its input
// ends.
const asLocker = "BEDARFSLOTSE_TEST_AS_LOCKER"

func lockDatabase(path string) error {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(60000)")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("BEGIN EXCLUSIVE"); err != nil {
		return err
	}
	fmt.Println("locked")
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, db.Close())
}

// TestHeavyFaultLocked: another process holds the database for longer than the
// program waits.
func TestHeavyFaultLocked(t *testing.T) {
	t.Parallel() // it mostly waits
	path := waveFile(t)
	program := serveWith(t, path, nil)
	tried := times(1, 5)
	p := ring(t, "locked", 8, program.address)
	for range tried {
		p.more(20)
		locker := exec.Command(os.Args[0])
		locker.Env = append(os.Environ(), asLocker+"="+path)
		hold, err := locker.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := locker.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := locker.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "locked\n" {
			t.Fatalf("%q, %v", line, err)
		}
		p.trouble(8)
		readable(t, program.address)
		if err := hold.Close(); err != nil {
			t.Fatal(err)
		}
		if err := locker.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	p.more(20)
	p.finish()
	if p.slowest > 20*time.Second {
		t.Errorf("somebody waited %v", p.slowest)
	}
	p.settle(path, "database locked by another process", tried, fmt.Sprintf("503 after %s at most; pages go on; recovers by itself", p.slowest.Round(time.Second)))
}

// TestHeavyFaultKilled kills the serving program under load, again and again.
func TestHeavyFaultKilled(t *testing.T) {
	path := waveFile(t)
	tried := times(5, 50)
	program := serveWith(t, path, nil)
	p := ring(t, "killed", 8, program.address)
	for n := range tried {
		p.more(20 + n*7%100) // somewhere in the middle of the load
		if err := program.Kill(); err != nil {
			t.Fatal(err)
		}
		program = serveWith(t, path, nil)
		p.redirect(program.address)
	}
	p.more(20)
	p.finish()
	if strings.Contains(program.log.String(), "level=ERROR") {
		t.Errorf("the program complains:\n%s", program.log)
	}
	p.settle(path, "kill -9 under load", tried, "starts again in the same state")
}
