package main

import (
	"bufio"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
)

// unload gives back what starting took: of the heap what is free, and of the
// program's file all that is mapped. A start reads half of the file once, and the
// system would count it as the program's memory until it is short of some. What is
// needed again comes back by itself, a page at a time, from the system's cache.
func unload() {
	debug.FreeOSMemory()
	name, err := os.Executable()
	if err != nil {
		return // then it stays until the system wants it
	}
	maps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer func() { _ = maps.Close() }()
	var mapping []string
	lines := bufio.NewScanner(maps)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) >= 5 && strings.Contains(fields[0], "-"):
			mapping = fields
		case len(fields) == 3 && fields[0] == "Anonymous:" && fields[1] == "0":
			unmap(mapping, name)
		}
	}
}

// unmap unloads one line of proc_pid_maps(5), if it is of the named file and nobody
// can write there. It must be as it is in the file, since that is what comes back.
func unmap(mapping []string, name string) {
	if len(mapping) < 6 || mapping[5] != name || !strings.HasPrefix(mapping[1], "r-") {
		return
	}
	from, to, _ := strings.Cut(mapping[0], "-")
	start, err := strconv.ParseUint(from, 16, 64)
	if err != nil {
		return
	}
	end, err := strconv.ParseUint(to, 16, 64)
	if err != nil {
		return
	}
	// It is advice: where it is not taken, nothing is different.
	_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, uintptr(start), uintptr(end-start), syscall.MADV_DONTNEED)
}
