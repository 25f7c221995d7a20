//go:build !linux && !darwin

package store

import "errors"

// RoomAt cannot tell here.
func RoomAt(string) (Room, error) { return Room{}, errors.ErrUnsupported }
