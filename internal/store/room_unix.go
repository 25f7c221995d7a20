//go:build linux || darwin

package store

import "syscall"

// RoomAt returns the room of the disk that a folder is on.
func RoomAt(folder string) (Room, error) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(folder, &stat); err != nil {
		return Room{}, err
	}
	size := uint64(stat.Bsize) // of another type on each system
	return Room{Free: stat.Bavail * size, Total: stat.Blocks * size}, nil
}
