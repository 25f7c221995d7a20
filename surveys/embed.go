// Package surveys holds the shipped instruments, a read-only library.
package surveys

import "embed"

// FS holds one folder per instrument, with its pictures and sounds.
//
//go:embed families schools shared_understanding young_people youth_services
var FS embed.FS
