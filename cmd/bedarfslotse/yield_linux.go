package main

import (
	"os"
	"strconv"
	"syscall"
)

// yield gives other processes precedence over this one from now on, as nice(1)
// does: a backup takes what the service leaves. A priority belongs to a thread on
// Linux; threads to come have that of the one which starts them.
func yield() {
	const niceness = 10
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return // then it takes its share
	}
	for _, one := range threads {
		id, err := strconv.Atoi(one.Name())
		if err != nil {
			continue
		}
		// The system call returns 20 less the niceness.
		if now, err := syscall.Getpriority(syscall.PRIO_PROCESS, id); err == nil && 20-now < niceness {
			_ = syscall.Setpriority(syscall.PRIO_PROCESS, id, niceness)
		}
	}
}
