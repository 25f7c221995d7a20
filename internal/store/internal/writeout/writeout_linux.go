package writeout

import (
	"os"
	"syscall"
)

// The flags of Linux's sync_file_range, which package syscall does not name.
const (
	waitBefore = 1
	write      = 2
	waitAfter  = 4
)

// out has the disk write a part of a file and waits for it. Nothing else of the
// file system is written, as fsync would.
func out(file *os.File, at, size int64) error {
	return syscall.SyncFileRange(int(file.Fd()), at, size, waitBefore|write|waitAfter)
}
