//go:build linux || darwin

package main

import (
	"io/fs"
	"os"
	"syscall"
)

// ownerOf is whose a file is, and who runs this program.
func ownerOf(info fs.FileInfo) (owner, mine int, known bool) {
	stat, known := info.Sys().(*syscall.Stat_t)
	if !known {
		return 0, 0, false
	}
	return int(stat.Uid), os.Getuid(), true
}

// openFiles is how many files the program may have open.
func openFiles() (int, bool) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, false
	}
	return int(min(limit.Cur, 1<<31-1)), true
}
