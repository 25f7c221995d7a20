package failure

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestPanicked(t *testing.T) {
	for name, c := range map[string]struct {
		throw      func()
		want, hide string
	}{
		"text":    {func() { panic("mutter@example.org") }, "panic: string", "mutter"},
		"error":   {func() { panic(fmt.Errorf("answer %q", "geheim")) }, "panic: *", "geheim"},
		"other":   {func() { panic(errors.New("geheim")) }, "panic: *errors.errorString", "geheim"},
		"runtime": {func() { var none []int; _ = none[len(name(3))] }, "panic: runtime error: index out of range [3] with length 0", "\x00"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				err := Panicked(recover())
				if !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), c.hide) {
					t.Errorf("%v, want %s…", err, c.want)
				}
				if !strings.Contains(err.Error(), "panic_test.go") {
					t.Errorf("%v does not say where", err)
				}
			}()
			c.throw()
		})
	}
}

func name(length int) string { return strings.Repeat("x", length) }
