//go:build !linux

package writeout

import "os"

// out does nothing: the system chooses when.
func out(*os.File, int64, int64) error { return nil }
