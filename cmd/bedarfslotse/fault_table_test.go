package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// reliabilityVariable names the environment variable with the path of the document
// into which the table of faults is written: `make faults` sets it.
const reliabilityVariable = "BEDARFSLOTSE_RELIABILITY"

// Between these lines of the document the table is written anew.
const (
	faultsBegin = "<!-- faults: begin (written by `make faults`) -->"
	faultsEnd   = "<!-- faults: end -->"
)

// writeFindings writes what the tests found into the document: those that ran.
func writeFindings(path string) error {
	for _, one := range []struct {
		is                 bool
		begins, ends, text string
	}{
		{len(faultTable.rows) > 0, faultsBegin, faultsEnd, faultRows(faultTable.rows)},
		{len(loadTable.rows) > 0, loadBegin, loadEnd, loadTable.text()},
		{len(loadTable.soaks) > 0, soakBegin, soakEnd, strings.Join(loadTable.soaks, "")},
	} {
		if !one.is {
			continue
		}
		if err := writeBetween(path, one.begins, one.ends, one.text); err != nil {
			return err
		}
	}
	return nil
}

// writeBetween writes text between two lines of a document, and where it was found.
func writeBetween(path, begins, ends, text string) error {
	document, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, is := strings.Cut(string(document), begins)
	_, after, over := strings.Cut(rest, ends)
	if !is || !over {
		return fmt.Errorf("%s has no place between %s and %s", path, begins, ends)
	}
	where, err := faultMachine()
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(before+begins+"\n"+where+"\n"+text+ends+after), 0o644)
}

// faultRows are the rows as Markdown; those of one fault become one.
func faultRows(rows []faultRow) string {
	var merged []faultRow
	at := map[[2]string]int{}
	for _, row := range rows {
		key := [2]string{row.Fault, row.Engine}
		n, known := at[key]
		if !known {
			at[key] = len(merged)
			merged = append(merged, row)
			continue
		}
		one := &merged[n]
		one.Tried += row.Tried
		one.Acknowledged += row.Acknowledged
		one.Found += row.Found
		one.Lost += row.Lost
		one.Double += row.Double
		one.Note = row.Note
	}
	slices.SortFunc(merged, func(a, b faultRow) int { // not as they happened to end
		return cmp.Or(strings.Compare(b.Engine, a.Engine), strings.Compare(a.Fault, b.Fault))
	})
	var b strings.Builder
	b.WriteString("| fault | database | times | acknowledged | found | lost | doubled | what was seen |\n| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |\n")
	for _, row := range merged {
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %d | %d | %s |\n", row.Fault, row.Engine, row.Tried, row.Acknowledged, row.Found, row.Lost, row.Double, row.Note)
	}
	return b.String()
}

// faultMachine says when, of what and on what the faults were tried.
func faultMachine() (string, error) {
	commit, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return "", fmt.Errorf("git: %w", err)
	}
	rate, err := syncRate()
	if err != nil {
		return "", err
	}
	pool, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return "", err
	}
	var lite string
	err = errors.Join(pool.QueryRowContext(context.Background(), "SELECT sqlite_version()").Scan(&lite), pool.Close())
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s, commit %s; %d cores, %.0f syncs to disk a second; SQLite %s, PostgreSQL %s, %s\n", time.Now().UTC().Format(time.DateOnly),
		strings.TrimSpace(string(commit)), runtime.NumCPU(), rate, lite, postgresVersion(), runtime.Version()), nil
}

// syncRate is how often in a second 4 KB can be forced to the disk.
func syncRate() (rate float64, err error) {
	folder, err := os.MkdirTemp("", "bedarfslotse-sync-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	file, err := os.Create(filepath.Join(folder, "file"))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	began, count := time.Now(), 0
	for ; time.Since(began) < time.Second; count++ {
		if _, err := file.WriteAt(make([]byte, 4096), 0); err != nil {
			return 0, err
		}
		if err := file.Sync(); err != nil {
			return 0, err
		}
	}
	return float64(count) / time.Since(began).Seconds(), nil
}

// postgresVersion is that of the newest server on the machine.
func postgresVersion() string {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return "(none)"
	}
	said, err := exec.Command(found[len(found)-1], "--version").Output()
	if err != nil {
		return err.Error()
	}
	fields := strings.Fields(string(said))
	return fields[min(2, len(fields)-1)]
}
