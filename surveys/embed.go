// Package surveys holds the shipped instruments, a read-only library.
package surveys

import "embed"

// FS holds one folder per instrument.
//
//go:embed */*.yaml
var FS embed.FS
