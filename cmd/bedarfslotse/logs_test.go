package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestDiscreet: what others say is told without whom it is about.
func TestDiscreet(t *testing.T) {
	for said, want := range map[string]string{
		`550 5.1.1 <amina.müller+x@example.org>: User unknown`:              `550 5.1.1 <[e-mail]>: User unknown`,
		`Post "https://user:pw@hooks.example.org/T0/geheim?token=abc": EOF`: `Post "https://hooks.example.org": EOF`,
		`http: TLS handshake error from 203.0.113.7:51234: EOF`:             `http: TLS handshake error from [address]:51234: EOF`,
		`read tcp [::1]:8080->[2001:db8:77:beef::7]:51234: i/o timeout`:     `read tcp [::1]:8080->[[address]]:51234: i/o timeout`,
		`dial tcp 127.0.0.1:5432: connect: connection refused`:              `dial tcp 127.0.0.1:5432: connect: connection refused`,
		`2026-11-29 06:13:16: SQLITE_BUSY (5): database is locked`:          `2026-11-29 06:13:16: SQLITE_BUSY (5): database is locked`,
		`/s/:slug/drafts/:id`:   `/s/:slug/drafts/:id`,
		`a%40b.example and c@d`: `[e-mail] and [e-mail]`,
	} {
		var out bytes.Buffer
		logger := slog.New(logging{LogFormat: "json"}.handler(&out))
		logger.With("with", said).WithGroup("g").Error(said, slog.Any("error", fmt.Errorf("x: %w", errors.New(said))), slog.Group("in", slog.String("text", said)))
		var line struct {
			Msg, With string
			G         struct {
				Error string
				In    struct{ Text string }
			}
		}
		if err := json.Unmarshal(out.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		for _, got := range []string{line.Msg, line.With, strings.TrimPrefix(line.G.Error, "x: "), line.G.In.Text} {
			if got != want {
				t.Errorf("%s\nis told as %s\nwant       %s", said, got, want)
			}
		}
	}
}

// TestLogFormat: machines read JSON, people text, and both from the level asked for.
func TestLogFormat(t *testing.T) {
	for format, json := range map[string]bool{"json": true, "auto": true, "text": false, "": false} {
		var out bytes.Buffer
		logger := slog.New(logging{LogFormat: format, LogLevel: "warn"}.handler(&out))
		logger.Info("unheard")
		logger.Warn("heard")
		if strings.HasPrefix(out.String(), "{") != json || strings.Contains(out.String(), "unheard") || !strings.Contains(out.String(), "heard") {
			t.Errorf("%q: %s", format, &out)
		}
	}
}

// BenchmarkLogLine is what a request pays for its line.
func BenchmarkLogLine(b *testing.B) {
	logger := slog.New(logging{LogFormat: "json"}.handler(&bytes.Buffer{}))
	for b.Loop() {
		logger.LogAttrs(b.Context(), slog.LevelInfo, "request", slog.String("id", "f3b2a1c09d8e"), slog.String("method", "POST"),
			slog.String("route", "/s/:slug"), slog.Int("status", 201), slog.Int64("bytes", 321), slog.Duration("took", 1234567))
	}
}
