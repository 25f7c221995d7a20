package main

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bedarfslotse/internal/testinput"
)

// TestHeavyLoadSoak lets respondents come at half of what the program keeps up
// with, while somebody reads charts and backups are made, which goes on while that
// is found out as well: everybody is stored, and the memory grows by what the
// answers themselves take.
func TestHeavyLoadSoak(t *testing.T) {
	long, every := 20*time.Second, time.Second
	if testinput.Long() {
		long, every = 30*time.Minute, 20*time.Second
	}
	path := waveFile(t)
	if _, said, exit := command(t, "drei kluge Katzen\n", "user", "add", "--db", path, "--role", "administrator", "anna"); exit != 0 {
		t.Fatal(said)
	}
	program := serveWith(t, path, nil, "--metrics-addr", "127.0.0.1:0", "--pprof")
	figures := program.next(t, "http://")
	comes(t, program, 50, time.Second, true) // what is read once is, and there is something to show
	around := &bystanders{t: t, stop: make(chan struct{}), times: map[string]int{}}
	browser := signedIn(t, program.address, "anna", "drei kluge Katzen")
	backup := filepath.Join(t.TempDir(), "backup.tar.zst")
	around.often(every, "looks at charts", func() error { return readCharts(browser, program.address) })
	around.often(12*every, "backups", func() error { return backUp(path, backup) })
	rate := capacity(t, program) / 2
	if !testinput.Long() {
		rate = min(rate, 100) // the machine may be busy with other tests the next moment
	}

	before, early := countStored(t, path), inUse(t, browser, program.address, figures)
	report := comes(t, program, rate, long, false)
	around.leave()
	late := inUse(t, browser, program.address, figures)
	t.Logf("%.0f/s for %v: %d came, %d stored, %v; memory in use %v, then %v; %v", rate, long, report.Came, report.Stored, report.Millis, early, late, around.times)
	loadTable.soaked(rate, report, around.times, early, late, program.memory(t, "VmHWM"))
	if found := countStored(t, path) - before; report.Stored != report.Came || found != report.Stored {
		t.Errorf("%d came, %d were told to be stored, %d are; %v %v", report.Came, report.Stored, found, report.Statuses, report.Failed)
	}
	if grown := late.rest() - early.rest(); grown > 15e6 {
		t.Errorf("memory grew by %.1f MB beside the columns: %v, then %v", grown/1e6, early, late)
	}
	if testinput.Long() && report.Millis["p99"] > usableP99 {
		t.Errorf("one in a hundred waits %v ms", report.Millis["p99"])
	}
}

// inUse is the memory in use when somebody has just looked at charts.
func inUse(t *testing.T, browser *http.Client, address, figures string) heapSize {
	t.Helper()
	err := readCharts(browser, address)
	if err != nil {
		t.Fatal(err)
	}
	size, err := liveHeap(figures)
	if err != nil {
		t.Fatal(err)
	}
	return size
}

// bystanders do what others do meanwhile.
type bystanders struct {
	t    *testing.T
	stop chan struct{}
	done sync.WaitGroup

	mu    sync.Mutex
	times map[string]int // how often each was done
}

// often does something at once, and again and again until they leave.
func (b *bystanders) often(every time.Duration, name string, do func() error) {
	b.done.Go(func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			if err := do(); err != nil {
				b.t.Errorf("%s: %v", name, err)
				return
			}
			b.mu.Lock()
			b.times[name]++
			b.mu.Unlock()
			select {
			case <-b.stop:
				return
			case <-ticker.C:
			}
		}
	})
}

func (b *bystanders) leave() {
	close(b.stop)
	b.done.Wait()
}

// readCharts looks at the results and draws two of them.
func readCharts(browser *http.Client, address string) error {
	page, err := openPage(browser, address+"/manage/waves/w/results")
	if err != nil {
		return err
	}
	found := regexp.MustCompile(`src="(/manage/waves/w/charts/[^"]+\.svg)"`).FindAllStringSubmatch(page, 2)
	if len(found) == 0 {
		return errors.New("no charts among the results")
	}
	for _, one := range found {
		if _, err = openPage(browser, address+one[1]); err != nil {
			return err
		}
	}
	return nil
}

func openPage(browser *http.Client, address string) (string, error) {
	answer, err := browser.Get(address)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", address, answer.Status)
	}
	return string(body), err
}

func backUp(db, file string) error {
	if err := os.RemoveAll(file); err != nil {
		return err
	}
	// A process of its own, as an administrator's is.
	if said, err := itself("backup", "--db", db, file).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, said)
	}
	return nil
}

func countStored(t *testing.T, db string) (count int) {
	t.Helper()
	pool, err := sql.Open("sqlite", "file:"+db)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pool.Close() }()
	if err := pool.QueryRowContext(t.Context(), `SELECT count(*) FROM responses`).Scan(&count); err != nil {
		t.Fatal(err)
	}
	return count
}

// heapSize is the memory that is in use, in bytes.
type heapSize struct{ all, columns float64 }

// rest is what is in use beside the columns, which grow with the answers.
func (h heapSize) rest() float64 { return h.all - h.columns }

func (h heapSize) String() string { return fmt.Sprintf("%.0f+%.1f MB", h.rest()/1e6, h.columns/1e6) }

// liveHeap asks the program how much memory is in use, after a collection.
func liveHeap(figures string) (size heapSize, err error) {
	profile, err := openPage(http.DefaultClient, strings.TrimSuffix(figures, "/metrics")+"/debug/pprof/heap?gc=1&debug=1")
	if err != nil {
		return size, err
	}
	text, err := openPage(http.DefaultClient, figures)
	if err != nil {
		return size, err
	}
	var one, two error
	size.all, one = lineNumber(profile, "# HeapAlloc = ")
	size.columns, two = lineNumber(text, "bedarfslotse_columns_bytes ")
	return size, errors.Join(one, two)
}

// lineNumber returns what stands in a line behind its beginning.
func lineNumber(text, begins string) (float64, error) {
	_, rest, found := strings.Cut("\n"+text, "\n"+begins)
	line, _, _ := strings.Cut(rest, "\n")
	value, err := strconv.ParseFloat(line, 64)
	if !found || err != nil {
		return 0, fmt.Errorf("no line %q with a number", begins)
	}
	return value, nil
}
