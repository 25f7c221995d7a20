package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is which program this is.
type version struct {
	Version  string // of the module, "(devel)" where none was tagged
	Revision string // of the sources, "" where they were in no repository
	Modified bool   // whether they were changed since
	Go       string
}

// readVersion reads what the compiler wrote down.
func readVersion() version {
	v := version{Version: "(devel)", Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	for _, one := range info.Settings {
		switch one.Key {
		case "vcs.revision":
			v.Revision = one.Value
		case "vcs.modified":
			v.Modified = one.Value == "true"
		}
	}
	return v
}

type versionCommand struct{}

// Run prints which program this is.
func (versionCommand) Run(p *program) error {
	v := readVersion()
	line := "bedarfslotse " + v.Version
	if v.Revision != "" {
		line += " " + v.Revision
	}
	if v.Modified {
		line += "+"
	}
	_, err := fmt.Fprintf(p.stdout, "%s %s %s/%s\n", line, v.Go, runtime.GOOS, runtime.GOARCH)
	return err
}
