package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bedarfslotse/internal/testinput"
	"bedarfslotse/internal/testpostgres"
)

// usableP99 is how long one in a hundred respondents may wait where the service
// counts as keeping up.
const usableP99 = 50.0 // ms

// loadRow is one run of `bench`, for the sizing table.
type loadRow struct {
	engine string
	cores  int
	pages  bool // the form was opened first
	report *benchReport
	busy   float64 // cores that the program used on average, without the database's
	memory int     // bytes at most
}

// usable tells whether the service kept up.
func (r loadRow) usable() bool {
	return r.report.Stored == r.report.Came && r.report.Millis["p99"] <= usableP99
}

// comes lets respondents come to the wave "w" of a program.
func comes(t *testing.T, program *running, rate float64, long time.Duration, pages bool) *benchReport {
	t.Helper()
	run := benchTo(t, program, rate, long, pages)
	run.come(t.Context(), io.Discard)
	run.client.CloseIdleConnections()
	return run.report()
}

func benchTo(t *testing.T, program *running, rate float64, long time.Duration, pages bool) *benchRun {
	t.Helper()
	bodies := make([]url.Values, 500)
	for at := range bodies {
		bodies[at] = sampleFamily(t)
	}
	command := &benchCommand{URL: program.address + "/s/w", Rate: rate, For: long, Pages: pages, Most: 2000}
	return &benchRun{benchCommand: command, bodies: bodies, client: benchClient(command.Most), clock: time.Now}
}

// sampleFamily returns made-up answers to the families survey.
var sampleFamily = func() func(t testing.TB) url.Values {
	var mu sync.Mutex
	var s *sampler
	return func(t testing.TB) url.Values {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if s == nil {
			version, _, err := readSurvey("../../surveys/families")
			if err != nil {
				t.Fatal(err)
			}
			s = &sampler{random: newRandom(7), version: version}
		}
		fields, _ := s.answers()
		if fields == nil {
			fields = url.Values{}
		}
		return fields
	}
}()

// measured is comes with what it cost the program.
func measured(t *testing.T, program *running, engine string, cores int, rate float64, long time.Duration, pages bool) loadRow {
	t.Helper()
	before, began := program.cpu(t), time.Now()
	row := loadRow{engine: engine, cores: cores, pages: pages, report: comes(t, program, rate, long, pages)}
	row.busy = (program.cpu(t) - before).Seconds() / time.Since(began).Seconds()
	row.memory = program.memory(t, "VmHWM")
	t.Logf("%s, %d cores, %.0f/s: %d of %d stored, %v, busy %.2f, %d MB", engine, cores, rate, row.report.Stored, row.report.Came, row.report.Millis, row.busy, row.memory>>20)
	return row
}

// cpu is the processor time a process took so far.
func (r *running) cpu(t *testing.T) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // a name may hold spaces
	fields := strings.Fields(rest)
	ticks := 0
	for _, at := range []int{11, 12} { // utime and stime, proc(5)
		one, err := strconv.Atoi(fields[at])
		if err != nil {
			t.Fatal(err)
		}
		ticks += one
	}
	return time.Duration(ticks) * 10 * time.Millisecond // USER_HZ is 100 on every Linux Go runs on
}

// TestHeavyLoadSizing: what comes is stored. In its long form it climbs until the
// program, on one core and on two, does not keep up any more.
func TestHeavyLoadSizing(t *testing.T) {
	rates, long := []float64{50}, time.Second
	if testinput.Long() {
		rates, long = []float64{10, 100, 400, 1600, 3200}, 10*time.Second
	}
	for _, cores := range []int{1, runtime.NumCPU()} {
		var pinned []string
		if pin, err := exec.LookPath("taskset"); err == nil && cores == 1 {
			pinned = []string{pin, "--cpu-list", "0"}
		} else if cores == 1 {
			continue
		}
		for engine, db := range loadDatabases(t) {
			t.Run(fmt.Sprintf("%s on %d", engine, cores), func(t *testing.T) {
				program := serveWith(t, newWave(t, db(t)), pinned)
				for _, rate := range rates {
					for _, pages := range []bool{false, true} {
						row := measured(t, program, engine, cores, rate, long, pages)
						loadTable.enter(row)
						if rate == rates[0] && row.report.Stored < row.report.Came {
							t.Errorf("%+v", row.report)
						}
						if !row.usable() && !pages {
							return
						}
					}
				}
			})
		}
	}
}

// loadDatabases are the databases to put under load. That of CI's short form is
// SQLite, since PostgreSQL's start takes longer than the test.
func loadDatabases(t *testing.T) map[string]func(*testing.T) string {
	t.Helper()
	all := map[string]func(*testing.T) string{"SQLite": func(t *testing.T) string { return filepath.Join(t.TempDir(), "x.db") }}
	if testinput.Long() {
		all["PostgreSQL"] = func(t *testing.T) string { return testpostgres.URL(t) }
	}
	return all
}

// capacity climbs until a program does not keep up any more, twice in a row, and
// returns the highest rate at which it did.
func capacity(t *testing.T, program *running) (rate float64) {
	t.Helper()
	long := time.Second
	if testinput.Long() {
		long = 10 * time.Second
	}
	for next := 100.0; next < 20_000; next *= 2 {
		usable := false
		for try := 0; try < 2 && !usable; try++ {
			usable = measured(t, program, "SQLite", runtime.NumCPU(), next, long, false).usable()
		}
		if !usable {
			break
		}
		rate = next
	}
	return max(rate, 50)
}

// TestHeavyLoadThroughput sets the program beside a handler that only decodes and
// stores; it has no bound, since a busy machine is no mistake of the program.
func TestHeavyLoadThroughput(t *testing.T) {
	if !testinput.Long() {
		t.Skip("BenchmarkResponses as part of `make load`")
	}
	if err := flag.Set("test.benchtime", "5x"); err != nil {
		t.Fatal(err)
	}
	loadTable.set("throughput", testing.Benchmark(BenchmarkResponses).Extra)
}

// TestHeavyLoadStart starts the demonstration anew on what it has stored, and
// looks at its memory before and after the first chart.
func TestHeavyLoadStart(t *testing.T) {
	folder := t.TempDir()
	demonstration(t, folder, usualResponses) // fills the database
	idle := demonstration(t, folder, usualResponses)
	time.Sleep(settled + time.Second) // until what the start took is given back
	before := memoryParts(t, idle)
	browser := signedIn(t, idle.address, demoAccount, demoAccount)
	picture := regexp.MustCompile(`src="(/manage/waves/families/charts/[^"]+\.svg)"`).FindStringSubmatch(pageOf(t, browser, idle.address+"/manage/waves/families/results"))
	if picture == nil {
		t.Fatal("no chart among the results")
	}
	pageOf(t, browser, idle.address+picture[1])
	after := memoryParts(t, idle)
	t.Logf("memory in MB: before the first chart %v, after it %v", before, after)
	loadTable.set("before", before)
	loadTable.set("after", after)
	// Far more than usual; the test's own binary is larger than the program.
	if before["own"]+before["file"] > 110 || after["own"]+after["file"] > 200 {
		t.Errorf("memory in MB: before the first chart %v, after it %v", before, after)
	}
	if !testinput.Long() {
		return
	}
	time.Sleep(65 * time.Second) // until what drew the chart has left
	rested := memoryParts(t, idle)
	t.Logf("memory in MB a minute after the chart: %v", rested)
	loadTable.set("rested", rested)
	if err := idle.Process.Signal(os.Interrupt); err != nil { // one demonstration at a time
		t.Fatal(err)
	}
	if _, err := idle.Process.Wait(); err != nil {
		t.Fatal(err)
	}
	demonstration(t, folder, 1_000_000)
	began := time.Now()
	demonstration(t, folder, 1_000_000)
	took := time.Since(began)
	t.Logf("ready in %v with 1 000 000 answers", took)
	loadTable.set("start", map[string]float64{"seconds": took.Seconds()})
	if took > 2*time.Second {
		t.Errorf("ready after %v", took)
	}
}

// demonstration runs `demo` in a folder until it is ready.
func demonstration(t *testing.T, folder string, responses int) *running {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, "demo", "--addr", "127.0.0.1:0", "--responses", strconv.Itoa(responses))
	command.Dir = folder
	return launch(t, command, "http://")
}

// memoryParts is the memory of a process in MB: its own, which nothing else can
// use, and the parts of the program's file that are in memory at the moment,
// which the system shares and takes away when it needs them.
func memoryParts(t *testing.T, program *running) map[string]float64 {
	t.Helper()
	return map[string]float64{"own": float64(program.memory(t, "RssAnon")) / 1e6, "file": float64(program.memory(t, "RssFile")) / 1e6}
}

// signedIn returns a browser that somebody signed in with.
func signedIn(t *testing.T, address, name, password string) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	form := url.Values{"_csrf": {hiddenValue(t, pageOf(t, browser, address+"/manage/sign-in"), "_csrf")}, "name": {name}, "password": {password}}
	if status, page := fetch(t, browser, address+"/manage/sign-in", form); status != http.StatusOK || strings.Contains(page, `name="password"`) {
		t.Fatalf("sign in: %d", status)
	}
	return browser
}

// pageOf returns a page that must be there.
func pageOf(t *testing.T, browser *http.Client, address string) string {
	t.Helper()
	status, page := fetch(t, browser, address, nil)
	if status != http.StatusOK {
		t.Fatalf("%s: %d", address, status)
	}
	return page
}

// launch starts the program and waits until it says an address that begins so.
func launch(t *testing.T, command *exec.Cmd, begins string) *running {
	t.Helper()
	command.Env = append(os.Environ(), asProgram+"=1", "BEDARFSLOTSE_LANGUAGE=en")
	one := &running{log: &lines{}}
	command.Stderr = one.log
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill() // if it is alive
		_ = command.Wait()
		if t.Failed() {
			t.Logf("the program said:\n%.4000s", one.log)
		}
	})
	one.Process, one.said = command.Process, bufio.NewReader(out)
	one.address = one.next(t, begins)
	return one
}

// next returns the next address that the program says and that begins so.
func (r *running) next(t *testing.T, begins string) string {
	t.Helper()
	for {
		line, err := r.said.ReadString('\n')
		if at := strings.Index(line, begins); at >= 0 {
			return strings.Fields(line[at:])[0]
		}
		if err != nil {
			t.Fatalf("the program says %q, %v", line, err)
		}
	}
}
