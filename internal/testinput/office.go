package testinput

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Office lets LibreOffice convert files to a format ("xls", "xlsx", "pdf") and
// returns the content of each, in their order. Where it is not installed the test is
// skipped and says so, unless it is required ("libreoffice").
func Office(t testing.TB, format string, files ...string) [][]byte {
	t.Helper()
	program, err := exec.LookPath("soffice")
	switch {
	case err != nil && Required("libreoffice"):
		t.Fatal("LibreOffice is not installed: .ci/install-tools")
	case err != nil:
		t.Skip("skipped: LibreOffice is not installed (soffice, Debian's libreoffice-calc-nogui and libreoffice-writer-nogui)")
	}
	// Converting takes seconds; whoever hangs for minutes will not come back.
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	out := t.TempDir()
	// A profile of its own, since two of them cannot share one.
	arguments := []string{"-env:UserInstallation=file://" + filepath.ToSlash(t.TempDir()), "--headless", "--convert-to", format, "--outdir", out}
	said, err := exec.CommandContext(ctx, program, append(arguments, files...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("soffice: %v\n%s", err, said)
	}
	converted := make([][]byte, len(files))
	for i, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)) + "." + format
		if converted[i], err = os.ReadFile(filepath.Join(out, name)); err != nil {
			t.Fatalf("soffice: %v\n%s", err, said)
		}
	}
	return converted
}
