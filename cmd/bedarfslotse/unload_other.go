//go:build !linux

package main

import "runtime/debug"

// unload gives back what starting took of the heap.
func unload() { debug.FreeOSMemory() }
