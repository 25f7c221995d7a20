package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"math"
	mathrand "math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"bedarfslotse/internal/failure"
)

// benchCommand asks how much an installation bears. It is an open model: people
// come at their own rate, whether the service keeps up or not, and the time that
// somebody waited counts from when they came. A closed loop of so many clients
// would come more slowly to a slow service, and make it look quick (Schroeder,
// Wierman & Harchol-Balter 2006).
type benchCommand struct {
	library
	URL    string        `name:"url" required:"" placeholder:"ADDRESS" help:"Address of a wave that is there for the test, as https://…/s/SLUG. Its answers are stored like any others."`
	Survey string        `required:"" placeholder:"ID|PATH" help:"The survey that the wave asks, by which answers are made up."`
	Rate   float64       `default:"20" help:"Respondents in a second, on average; they come by chance (Poisson)."`
	For    time.Duration `default:"30s" help:"How long they come."`
	Pages  bool          `help:"Each opens the form first."`
	Most   int           `default:"2000" help:"How many may be under way at once; who comes beyond is counted, and goes away."`
	Format string        `default:"text" enum:"text,json" help:"${enum}."`
	Yes    bool          `help:"Also for an address that is not this machine's."`
}

// Run lets respondents come, and prints how they fared.
func (c *benchCommand) Run(ctx context.Context, p *program) error {
	address, err := url.Parse(c.URL)
	if err != nil || address.Host == "" || !strings.HasPrefix(address.Path, "/s/") || c.Rate <= 0 || c.For <= 0 || c.Most < 1 {
		return failure.New(failure.Invalid, "bench.bad", "address", c.URL)
	}
	if here, err := netip.ParseAddr(address.Hostname()); !c.Yes && address.Hostname() != "localhost" && (err != nil || !here.IsLoopback()) {
		return failure.New(failure.Invalid, "bench.elsewhere", "host", address.Hostname())
	}
	version, err := c.shipped(c.Survey)
	if err == nil && version == nil { // then it is a path
		var findings failure.Findings
		if version, findings, err = readSurvey(c.Survey); err == nil && version == nil {
			err = findings
		}
	}
	if err != nil {
		return err
	}
	s := &sampler{random: newRandom(7), version: version}
	bodies := make([]url.Values, 500)
	for at := range bodies {
		fields, _ := s.answers()
		if bodies[at] = fields; len(fields) == 0 {
			bodies[at] = url.Values{}
		}
	}
	run := &benchRun{benchCommand: c, bodies: bodies, client: benchClient(c.Most), clock: time.Now}
	run.come(ctx, p.stderr)
	return run.report().print(p, c.Format)
}

// benchClient holds as many connections as respondents may be under way.
func benchClient(most int) *http.Client {
	return &http.Client{Timeout: benchPatience, Transport: &http.Transport{MaxIdleConns: most, MaxIdleConnsPerHost: most, IdleConnTimeout: benchRest}}
}

// benchRest is how long a connection may rest before it is given up. Services and
// proxies do so after a minute or two; who sends something in that very moment hears
// nothing, and a browser would send it again.
const benchRest = 20 * time.Second

// benchPatience is how long a respondent waits for an answer.
const benchPatience = 30 * time.Second

// benchRun is one run with what came of it.
type benchRun struct {
	*benchCommand
	bodies []url.Values
	client *http.Client
	clock  func() time.Time

	mu       sync.Mutex
	took     []time.Duration // of those who were answered with success, from when they came
	statuses map[int]int
	failed   map[string]int
	came     int
	turned   int // away, as too many were under way
	lasted   time.Duration
}

// come lets respondents come until the time is over, and waits for those under way.
func (r *benchRun) come(ctx context.Context, progress io.Writer) {
	r.statuses, r.failed = map[int]int{}, map[string]int{}
	chance := mathrand.New(mathrand.NewPCG(2026, 1129)) //nolint:gosec // when somebody comes is no secret
	room := make(chan struct{}, r.Most)
	prefix := strings.ToLower(rand.Text())
	began := r.clock()
	told, due := began, began
	var under sync.WaitGroup
	for ctx.Err() == nil {
		due = due.Add(time.Duration(chance.ExpFloat64() / r.Rate * float64(time.Second)))
		if due.Sub(began) > r.For {
			break
		}
		if !wait(ctx, due.Sub(r.clock())) {
			break
		}
		if now := r.clock(); now.Sub(told) >= 5*time.Second {
			told = now
			fmt.Fprintf(progress, "%s: %d\n", now.Sub(began).Round(time.Second), r.came)
		}
		r.came++
		select {
		case room <- struct{}{}:
		default:
			r.turned++
			continue
		}
		came, number := due, r.came
		under.Go(func() {
			defer func() { <-room }()
			r.respond(ctx, came, prefix+"-"+strconv.Itoa(number), r.bodies[number%len(r.bodies)])
		})
	}
	under.Wait()
	r.lasted = r.clock().Sub(began)
}

// wait waits so long, and tells whether the context is still there.
func wait(ctx context.Context, long time.Duration) bool {
	if long <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// respond is one respondent, who came at that time.
func (r *benchRun) respond(ctx context.Context, came time.Time, id string, answers url.Values) {
	status, err := 0, error(nil)
	if r.Pages {
		status, err = r.ask(ctx, http.MethodGet, r.URL, "")
	}
	if err == nil && status < http.StatusBadRequest {
		fields := maps.Clone(answers)
		fields.Set("submission_id", id)
		status, err = r.ask(ctx, http.MethodPost, r.URL, fields.Encode())
	}
	took := r.clock().Sub(came)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err != nil:
		r.failed[reasonOf(err)]++
	default:
		if r.statuses[status]++; status == http.StatusCreated || status == http.StatusOK {
			r.took = append(r.took, took)
		}
	}
}

func (r *benchRun) ask(ctx context.Context, method, address, body string) (status int, err error) {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Accept", "application/json")
	}
	answer, err := r.client.Do(request)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	return answer.StatusCode, err
}

// reasonOf is the innermost reason of an error, so that equal ones are counted
// together.
func reasonOf(err error) string {
	text := err.Error()
	if at := strings.LastIndex(text, ": "); at >= 0 {
		text = text[at+2:]
	}
	return text
}

// benchReport is what a run says; times are milliseconds.
type benchReport struct {
	Rate     float64            `json:"rate"`     // wanted, in a second
	Seconds  float64            `json:"seconds"`  // until the last was answered
	Came     int                `json:"came"`     // respondents
	Stored   int                `json:"stored"`   // those who were told so
	Turned   int                `json:"turned"`   // away by this command, as too many were under way
	Achieved float64            `json:"achieved"` // stored in a second
	Statuses map[string]int     `json:"statuses"`
	Failed   map[string]int     `json:"failed"`
	Millis   map[string]float64 `json:"ms"` // p50, p90, p99, p99.9, max
	Buckets  []benchBucket      `json:"histogram"`
}

// benchBucket is how many took up to so long, and longer than the bucket before.
type benchBucket struct {
	UpTo  float64 `json:"up_to_ms"`
	Count int     `json:"count"`
}

func (r *benchRun) report() *benchReport {
	slices.Sort(r.took)
	report := &benchReport{Rate: r.Rate, Seconds: r.lasted.Seconds(), Came: r.came, Stored: len(r.took), Turned: r.turned,
		Achieved: float64(len(r.took)) / r.lasted.Seconds(), Statuses: map[string]int{}, Failed: r.failed, Millis: map[string]float64{}}
	for status, count := range r.statuses {
		report.Statuses[strconv.Itoa(status)] = count
	}
	if len(r.took) == 0 {
		return report
	}
	for name, share := range map[string]float64{"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "max": 1} {
		report.Millis[name] = millis(r.took[max(int(math.Ceil(share*float64(len(r.took))))-1, 0)])
	}
	at := 0
	for upTo := 0.25; at < len(r.took); upTo *= 2 { // doubling from a quarter of a millisecond
		count := 0
		for ; at < len(r.took) && millis(r.took[at]) <= upTo; at++ {
			count++
		}
		if count > 0 || len(report.Buckets) > 0 {
			report.Buckets = append(report.Buckets, benchBucket{upTo, count})
		}
	}
	return report
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
