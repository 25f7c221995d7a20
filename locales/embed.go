// Package locales holds the words of the interface: one JSON file per room of
// the house and language, named {room}.{language}.json.
package locales

import "embed"

// FS holds every message file.
//
//go:embed *.json
var FS embed.FS
