package main

import (
	"bufio"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4" //nolint:depguard // the bare handler to compare with
)

// connections is how many phones send at the same time.
const connections = 32

// BenchmarkResponses compares, in one run on one machine, three servers that
// take the same submissions of the families survey over HTTP on loopback: one
// that only decodes the body, one that decodes it and commits it raw and
// durably in groups, and the program, which checks, packs and stores it. One
// iteration gives each of them a second; the figures are medians.
func BenchmarkResponses(b *testing.B) {
	servers := []struct{ name, address string }{
		{"decode", serveEcho(b, func(url.Values) error { return nil })},
		{"commit", serveEcho(b, groupCommit(b))},
		{"complete", strings.TrimPrefix(completeServer(b), "http://")},
	}
	bodies := familyBodies(b)
	rates := map[string][]float64{}
	var ratios []float64
	for round := 0; b.Loop(); round++ {
		last := map[string]float64{}
		for _, one := range servers {
			last[one.name] = send(b, one.address, bodies, fmt.Sprintf("%s-%d", one.name, round), time.Second)
			rates[one.name] = append(rates[one.name], last[one.name])
		}
		ratios = append(ratios, last["complete"]/last["commit"])
	}
	for _, one := range servers {
		b.ReportMetric(median(rates[one.name]), one.name+"/s")
	}
	b.ReportMetric(median(ratios), "complete:commit")
	b.ReportMetric(0, "ns/op")
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

func completeServer(b *testing.B) string {
	db := "--db=" + filepath.Join(b.TempDir(), "complete.db")
	succeed(b, "wave", "open", db, "--survey", "families", "--slug", "families")
	return start(b, "serve", db, "--addr", "127.0.0.1:0", "--rate-limit", "0")
}

// serveEcho answers POST /s/families on loopback with a bare echo handler.
func serveEcho(b *testing.B, keep func(url.Values) error) string {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.POST("/s/families", func(c echo.Context) error {
		form, err := c.FormParams()
		if err == nil {
			err = keep(form)
		}
		if err != nil {
			return err
		}
		return c.JSON(http.StatusCreated, map[string]string{"receipt": form.Get("submission_id")})
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: e, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	b.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String()
}

// groupCommit returns a function that stores the raw body and comes back when
// it is durable. Whatever has gathered while a commit ran goes into the next.
func groupCommit(b *testing.B) func(url.Values) error {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "raw.db")+
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE TABLE raw (id TEXT NOT NULL PRIMARY KEY, body TEXT NOT NULL)`); err != nil {
		b.Fatal(err)
	}
	type waiting struct {
		form url.Values
		done chan error
	}
	queue := make(chan waiting, 1024)
	b.Cleanup(func() { close(queue); _ = db.Close() })
	commit := func(batch []waiting) error {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		insert, err := tx.Prepare(`INSERT INTO raw (id, body) VALUES ($1, $2)`)
		if err != nil {
			return err
		}
		defer func() { _ = insert.Close() }()
		for _, one := range batch {
			if _, err := insert.Exec(one.form.Get("submission_id"), one.form.Encode()); err != nil {
				return err
			}
		}
		return tx.Commit()
	}
	go func() {
		for first := range queue {
			batch := []waiting{first}
			for len(queue) > 0 && len(batch) < maxRawBatch {
				batch = append(batch, <-queue)
			}
			err := commit(batch)
			for _, one := range batch {
				one.done <- err
			}
		}
	}()
	return func(form url.Values) error {
		done := make(chan error, 1)
		queue <- waiting{form, done}
		return <-done
	}
}

const maxRawBatch = 256

// familyBodies are complete answers to the families survey, without their ids.
func familyBodies(b *testing.B) []string {
	version, _, err := readSurvey("../../surveys/families")
	if err != nil {
		b.Fatal(err)
	}
	s := &sampler{random: newRandom(7), version: version}
	bodies := make([]string, 200)
	for i := range bodies {
		fields, _ := s.answers()
		bodies[i] = url.Values(fields).Encode() + "&lang=ar"
	}
	return bodies
}

// send lets phones post for a while and returns answers per second. The phones
// are as cheap as they can be, since they share the machine with the server.
func send(b *testing.B, address string, bodies []string, prefix string, duration time.Duration) float64 {
	var answered atomic.Int64
	var group sync.WaitGroup
	started := time.Now()
	deadline := started.Add(duration)
	for phone := range connections {
		group.Go(func() {
			n, err := phoneLoop(address, bodies, fmt.Sprintf("%s-%04d", prefix, phone), deadline)
			if err != nil {
				b.Error(err)
			}
			answered.Add(n)
		})
	}
	group.Wait()
	return float64(answered.Load()) / time.Since(started).Seconds()
}

func phoneLoop(address string, bodies []string, prefix string, deadline time.Time) (int64, error) {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return 0, err
	}
	defer func() { _ = connection.Close() }()
	reader := bufio.NewReader(connection)
	var answered int64
	for time.Now().Before(deadline) {
		body := bodies[int(answered)%len(bodies)] + "&submission_id=" + prefix + "-" + strconv.FormatInt(1_000_000+answered, 10)
		if _, err := fmt.Fprintf(connection, "POST /s/families HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n"+
			"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
			return answered, err
		}
		status, err := readAnswer(reader)
		if err != nil {
			return answered, err
		}
		if status != http.StatusCreated {
			return answered, fmt.Errorf("answer %d has status %d", answered, status)
		}
		answered++
	}
	return answered, nil
}

// readAnswer reads one answer without building what nobody looks at.
func readAnswer(reader *bufio.Reader) (status int, err error) {
	length := 0
	for line := 0; ; line++ {
		text, err := reader.ReadString('\n')
		if err != nil {
			return 0, err
		}
		text = strings.TrimSpace(text)
		name, value, _ := strings.Cut(text, ": ")
		switch {
		case line == 0:
			if _, err := fmt.Sscanf(text, "HTTP/1.1 %d", &status); err != nil {
				return 0, err
			}
		case text == "":
			_, err := io.CopyN(io.Discard, reader, int64(length))
			return status, err
		case strings.EqualFold(name, "Content-Length"):
			if length, err = strconv.Atoi(value); err != nil {
				return 0, err
			}
		}
	}
}
