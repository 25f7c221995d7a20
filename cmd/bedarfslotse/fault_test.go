package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bedarfslotse/internal/testinput"
)

// faultPatience bounds every wait of the tests of faults.
const faultPatience = 2 * time.Minute

// times is how often a fault is tried, in the short form and in the long one.
func times(short, long int) int {
	if testinput.Long() {
		return long
	}
	return short
}

// running is the program as a process of its own.
type running struct {
	*os.Process
	address string
	said    *bufio.Reader // what it writes on standard output
	log     *lines
}

// lines is what a process writes, to be read while it does.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// serveWith starts the program as a process of its own on a database. wrapper
// stands before its command, such as nsenter.
func serveWith(t *testing.T, db string, wrapper []string, more ...string) *running {
	t.Helper()
	words := append(append([]string{}, wrapper...), os.Args[0], "serve", "--db", db, "--addr", "127.0.0.1:0", "--rate-limit", "0")
	words = append(words, more...)
	return launch(t, exec.Command(words[0], words[1:]...), "http://")
}

// memory is how many bytes of memory a process has, as the kernel names them:
// VmRSS now, VmHWM at most so far.
func (r *running) memory(t *testing.T, name string) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.Pid))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(name + `:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Fatalf("no %s in\n%s", name, status)
	}
	kilobytes, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}

// phones are respondents who do as the program's own page does: they send each
// submission, with the same id, until they are told that it is stored.
type phones struct {
	t      *testing.T
	name   string
	client *http.Client
	stop   chan struct{}
	done   sync.WaitGroup

	mu           sync.Mutex
	addresses    []string
	sent         int
	acknowledged map[string]bool // ids
	open         []url.Values    // sent, not acknowledged
	refused      int             // answers 503
	cut          int             // no answer
	slowest      time.Duration   // until an answer that was not lost
	complained   bool
}

// ring lets so many phones send to a wave "w", in turn to the addresses, until hang.
func ring(t *testing.T, name string, count int, addresses ...string) *phones {
	t.Helper()
	p := &phones{t: t, name: name, stop: make(chan struct{}), addresses: addresses, acknowledged: map[string]bool{},
		client: &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: count}}}
	age := childAges(t)[0]
	for phone := range count {
		p.done.Go(func() {
			for n := 0; ; n++ {
				fields := family(fmt.Sprintf("fault-%s-%02d-%07d", name, phone, n))
				fields.Set("child_ages", age)
				fields.Set("most_helpful", fields.Get("submission_id"))
				if !p.deliver(fields, phone) {
					return
				}
			}
		})
	}
	t.Cleanup(func() {
		p.hang()
		p.client.CloseIdleConnections()
	})
	return p
}

// deliver sends until it is acknowledged; false when the phones are to stop.
func (p *phones) deliver(fields url.Values, at int) bool {
	p.mu.Lock()
	p.sent++
	p.mu.Unlock()
	for ; ; at++ {
		select {
		case <-p.stop:
			p.mu.Lock()
			p.open = append(p.open, fields)
			p.mu.Unlock()
			return false
		default:
		}
		p.mu.Lock()
		address := p.addresses[at%len(p.addresses)]
		p.mu.Unlock()
		if p.try(address, fields) {
			return true
		}
		pause := time.NewTimer(50 * time.Millisecond) // as a phone does, only shorter
		select {
		case <-p.stop:
			pause.Stop()
		case <-pause.C:
		}
	}
}

// try sends once and tells whether it was acknowledged.
func (p *phones) try(address string, fields url.Values) bool {
	began := time.Now()
	request, err := http.NewRequest(http.MethodPost, address+"/s/w", strings.NewReader(fields.Encode()))
	if err != nil {
		p.t.Error(err)
		return true
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	answer, err := p.client.Do(request)
	if err != nil {
		p.mu.Lock()
		p.cut++
		p.mu.Unlock()
		return false
	}
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slowest = max(p.slowest, time.Since(began))
	switch answer.StatusCode {
	case http.StatusCreated, http.StatusOK:
		if err != nil { // cut off after its first line: the phone does not know
			p.cut++
			return false
		}
		p.acknowledged[fields.Get("submission_id")] = true
		return true
	case http.StatusServiceUnavailable:
		p.refused++
		if answer.Header.Get("Retry-After") == "" || !regexp.MustCompile(`\p{Arabic}{3}`).Match(body) {
			p.complain("503 without a time or a sentence in Arabic: %s\n%v", body, answer.Header)
		}
	default:
		p.complain("status %d: %.300s", answer.StatusCode, body)
	}
	return false
}

// complain fails the test, and says only once why: phones are many.
func (p *phones) complain(format string, values ...any) {
	if !p.complained {
		p.t.Errorf(format, values...)
	}
	p.complained = true
}

// counts are how many were acknowledged, refused and cut off so far.
func (p *phones) counts() (acknowledged, refused, cut int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.acknowledged), p.refused, p.cut
}

// more waits until so many more have been acknowledged.
func (p *phones) more(count int) {
	p.t.Helper()
	before, _, _ := p.counts()
	eventually(p.t, fmt.Sprintf("%d more responses", count), func() bool {
		now, _, _ := p.counts()
		return now >= before+count
	})
}

// trouble waits until so many more have been refused or cut off.
func (p *phones) trouble(count int) {
	p.t.Helper()
	_, refused, cut := p.counts()
	eventually(p.t, fmt.Sprintf("%d more responses refused", count), func() bool {
		_, r, c := p.counts()
		return r+c >= refused+cut+count
	})
}

// redirect lets the phones send elsewhere from now on.
func (p *phones) redirect(addresses ...string) {
	p.mu.Lock()
	p.addresses = addresses
	p.mu.Unlock()
}

// hang stops the phones.
func (p *phones) hang() {
	p.mu.Lock()
	select {
	case <-p.stop:
	default:
		close(p.stop)
	}
	p.mu.Unlock()
	p.done.Wait()
}

// finish stops the phones and sends what is open until it is acknowledged, as
// their outboxes do.
func (p *phones) finish() {
	p.t.Helper()
	p.hang()
	for _, fields := range p.open {
		eventually(p.t, "the outbox", func() bool { return p.try(p.addresses[0], fields) })
	}
	p.open = nil
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), faultPatience)
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for !holds() {
		select {
		case <-look.C:
		case <-ctx.Done():
			t.Fatalf("%s: not within %v", what, faultPatience)
		}
	}
}

// faultRow is a row of the table in docs/reliability.md.
type faultRow struct {
	Fault, Engine                            string
	Tried, Acknowledged, Found, Lost, Double int
	Note                                     string
}

// faultTable is what the tests of faults found.
var faultTable struct {
	mu   sync.Mutex
	rows []faultRow
}

// settle finishes the phones, counts what is stored, fails the test where
// anything is lost or doubled, and adds a row to the table.
func (p *phones) settle(db, fault string, tried int, note string) {
	p.t.Helper()
	p.finish()
	row := faultRow{Fault: fault, Engine: "SQLite", Tried: tried, Acknowledged: len(p.acknowledged), Note: note}
	if strings.Contains(db, "://") {
		row.Engine = "PostgreSQL"
	}
	stored := storedMarks(p.t, db, p.name)
	for id := range p.acknowledged {
		if stored[id] == 0 {
			row.Lost++
		} else {
			row.Found++
		}
	}
	for id, count := range stored {
		row.Double += count - 1
		if !p.acknowledged[id] {
			p.t.Errorf("%s is stored and was acknowledged to nobody", id)
		}
	}
	p.t.Logf("%+v; %d sent, %d refused, %d cut, slowest answer %v", row, p.sent, p.refused, p.cut, p.slowest)
	if row.Lost > 0 || row.Double > 0 || row.Acknowledged == 0 || row.Acknowledged != p.sent {
		p.t.Errorf("%s: of %d sent %d acknowledged, %d lost, %d doubled", fault, p.sent, row.Acknowledged, row.Lost, row.Double)
	}
	enter(p.t, row)
}

// enter adds a row to the table.
func enter(t *testing.T, row faultRow) {
	t.Helper()
	faultTable.mu.Lock()
	defer faultTable.mu.Unlock()
	faultTable.rows = append(faultTable.rows, row)
}

// storedMarks counts by what stands in the answers how often each submission is
// stored.
func storedMarks(t *testing.T, db, name string) map[string]int {
	t.Helper()
	driver, address := "pgx", db
	if !strings.Contains(db, "://") {
		driver, address = "sqlite", "file:"+db
	}
	pool, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pool.Close() }()
	rows, err := pool.QueryContext(t.Context(), `SELECT answers FROM responses`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	marks := map[string]int{}
	pattern := regexp.MustCompile(`fault-` + name + `-\d{2,}-\d{7}`)
	for rows.Next() {
		var answers string
		if err := rows.Scan(&answers); err != nil {
			t.Fatal(err)
		}
		if !json.Valid([]byte(answers)) {
			t.Fatalf("broken answers: %s", answers)
		}
		if mark := pattern.FindString(answers); mark != "" { // else it is of other phones
			marks[mark]++
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return marks
}

// readable checks that pages are served: the survey, from memory or the database.
func readable(t *testing.T, address string) {
	t.Helper()
	for _, path := range []string{"/healthz", "/s/w?lang=ar"} {
		if status, _ := fetch(t, http.DefaultClient, address+path, nil); status != http.StatusOK {
			t.Errorf("%s: %d", path, status)
		}
	}
}

// refusedPage checks what a respondent without JavaScript reads while nothing can
// be stored.
func refusedPage(t *testing.T, address, id string) {
	t.Helper()
	if !pageRefused(t, address, id) {
		t.Error("a form was taken while nothing can be stored")
	}
}

// pageRefused sends a form and tells whether it was refused, which is to be in words
// that its sender reads.
func pageRefused(t *testing.T, address, id string) bool {
	t.Helper()
	fields := family(id)
	fields.Set("child_ages", childAges(t)[0])
	status, page := fetch(t, http.DefaultClient, address+"/s/w", fields)
	if status == http.StatusCreated {
		return false
	}
	if status != http.StatusServiceUnavailable || !strings.Contains(page, `lang="ar"`) || !regexp.MustCompile(`\p{Arabic}{3}`).MatchString(page) {
		t.Errorf("a form while nothing can be stored: %d\n%.400s", status, page)
	}
	return true
}

// newWave makes a database with a wave in it.
func newWave(t *testing.T, db string) string {
	t.Helper()
	succeed(t, "wave", "open", "--db", db, "--survey", "families", "--slug", "w")
	return db
}

func waveFile(t *testing.T) string {
	t.Helper()
	return newWave(t, filepath.Join(t.TempDir(), "x.db"))
}
