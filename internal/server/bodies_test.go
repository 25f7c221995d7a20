package server

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bedarfslotse/internal/failure"
)

// TestManyBodies: what many send together is bounded; small bodies always pass.
func TestManyBodies(t *testing.T) {
	var all atomic.Int64
	body := func(size int) *limitedBody {
		return &limitedBody{ReadCloser: io.NopCloser(strings.NewReader(strings.Repeat("x", size))), left: bodyLimit, limit: bodyLimit, all: &all}
	}
	var bodies []*limitedBody
	refused := 0
	for range 100 {
		one := body(bodyLimit)
		bodies = append(bodies, one)
		switch _, err := io.ReadAll(one); failure.CodeOf(err) {
		case failure.Unavailable:
			refused++
		case "":
		default:
			t.Fatal(err)
		}
	}
	if fit := 100 - refused; fit < 60 || fit > 70 {
		t.Errorf("%d whole bodies of 1 MB at once, want about 64", fit)
	}
	if _, err := io.ReadAll(body(freeBody)); err != nil {
		t.Errorf("a small body beside them: %v", err)
	}
	for _, one := range bodies {
		one.release()
	}
	if left := all.Load(); left != 0 {
		t.Errorf("%d bytes left", left)
	}
	if _, err := io.ReadAll(body(bodyLimit + 1)); failure.CodeOf(err) != failure.TooLarge {
		t.Errorf("too large: %v", err)
	}
}

// TestPatient: a slow body does not use up the time that the work has.
func TestPatient(t *testing.T) {
	short := newPatient(t.Context(), time.Millisecond)
	<-short.Done()
	if !errors.Is(short.Err(), context.DeadlineExceeded) {
		t.Errorf("patience over: %v", short.Err())
	}
	short.extend(time.Hour)
	if short.Err() == nil {
		t.Error("what is over came back")
	}
	long := newPatient(t.Context(), time.Hour)
	child, cancel := context.WithTimeout(long, time.Hour)
	defer cancel()
	long.patience = time.Millisecond
	long.extend(0)
	<-child.Done()
	if !errors.Is(child.Err(), context.DeadlineExceeded) {
		t.Errorf("its child: %v", child.Err())
	}
	parent, leave := context.WithCancel(t.Context())
	gone := newPatient(parent, time.Hour)
	leave()
	if <-gone.Done(); !errors.Is(gone.Err(), context.Canceled) {
		t.Errorf("the visitor left: %v", gone.Err())
	}
	gone.end()
}
