package main

import (
	"context"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"regexp"
	"strings"
)

// logging is how the program tells what it does. What it tells goes to standard
// error, where systemd and containers pick it up.
type logging struct {
	LogFormat string `default:"auto" enum:"auto,text,json" placeholder:"FORMAT" help:"How the log is written: text, json, or auto: text on a terminal, else json."`
	LogLevel  string `default:"info" enum:"debug,info,warn,error" placeholder:"LEVEL" help:"From which level on: debug, info (with a line for each request), warn, error."`
}

// level is the level of that name.
func (l logging) level() slog.Level {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.LogLevel)); err != nil { // "" of commands without the flag
		return slog.LevelInfo
	}
	return level
}

// handler writes the log to w.
func (l logging) handler(w io.Writer) slog.Handler {
	options := &slog.HandlerOptions{Level: l.level()}
	if l.LogFormat == "json" || l.LogFormat == "auto" && !terminal(w) {
		return discreet{slog.NewJSONHandler(w, options), newPatterns()}
	}
	return discreet{slog.NewTextHandler(w, options), newPatterns()}
}

// terminal tells whether somebody sits there and reads.
func terminal(w io.Writer) bool {
	file, is := w.(*os.File)
	if !is {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (p *program) logger() *slog.Logger { return slog.New(p.logs.handler(p.stderr)) }

// discreet is the second wall: the program's own lines hold nothing personal, but
// errors quote what others say, a mail server an address, a client of HTTP the
// whole address of a webhook, the web server who sent garbage.
type discreet struct {
	slog.Handler
	patterns *patterns
}

func (d discreet) Handle(ctx context.Context, record slog.Record) error {
	quiet := slog.NewRecord(record.Time, record.Level, d.hush(record.Message), record.PC)
	record.Attrs(func(a slog.Attr) bool {
		quiet.AddAttrs(d.hushed(a))
		return true
	})
	return d.Handler.Handle(ctx, quiet)
}

func (d discreet) WithAttrs(attrs []slog.Attr) slog.Handler {
	quiet := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		quiet[i] = d.hushed(a)
	}
	return discreet{d.Handler.WithAttrs(quiet), d.patterns}
}

func (d discreet) WithGroup(name string) slog.Handler {
	return discreet{d.Handler.WithGroup(name), d.patterns}
}

func (d discreet) hushed(a slog.Attr) slog.Attr {
	switch value := a.Value.Resolve(); value.Kind() {
	case slog.KindString:
		return slog.String(a.Key, d.hush(value.String()))
	case slog.KindGroup:
		group := make([]slog.Attr, len(value.Group()))
		for i, one := range value.Group() {
			group[i] = d.hushed(one)
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(group...)}
	case slog.KindAny:
		if err, is := value.Any().(error); is {
			return slog.String(a.Key, d.hush(err.Error()))
		}
	}
	return a
}

// hush takes e-mail addresses, what follows the host in an address of the web,
// and addresses of other machines out of a text.
func (d discreet) hush(text string) string {
	if !strings.ContainsAny(text, "@") && !strings.Contains(text, "://") && strings.Count(text, ".") < 3 && strings.Count(text, ":") < 2 {
		return text // most lines
	}
	text = d.patterns.web.ReplaceAllString(text, "$1$2")
	text = d.patterns.mail.ReplaceAllString(text, "[e-mail]")
	return d.patterns.machine.ReplaceAllStringFunc(text, func(found string) string {
		address, err := netip.ParseAddr(found)
		if err != nil || address.IsLoopback() || address.IsUnspecified() { // a time of day, or this machine
			return found
		}
		return "[address]"
	})
}

// patterns are what is taken out of texts.
type patterns struct{ web, mail, machine *regexp.Regexp }

func newPatterns() *patterns {
	return &patterns{
		web:     regexp.MustCompile(`(\w+://)(?:[^\s/"'@]*@)?([^\s/"'?#]+)[^\s"']*`),
		mail:    regexp.MustCompile(`[\pL\pN._%+'-]+(?:@|%40)[\pL\pN-]+(?:\.[\pL\pN-]+)*`),
		machine: regexp.MustCompile(`[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}`),
	}
}
