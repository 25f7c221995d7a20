// Package failure holds the errors that the program may show to people.
//
// An [Error] has a code, which the edge turns into an HTTP status or an exit
// code, and a message key with parameters, which the edge turns into a
// sentence in the reader's language. The cause it wraps is for the log only.
package failure

import (
	"errors"
	"fmt"
	"maps"
	"strings"
)

// Code says what kind of failure it is, independent of any protocol.
type Code string

// The codes. Whatever is not one of these is Internal.
const (
	Invalid      Code = "invalid"      // the input breaks a rule that its sender can mend
	Unauthorized Code = "unauthorized" // nobody is signed in, or the token is wrong
	Forbidden    Code = "forbidden"    // signed in, but without the right to do it
	NotFound     Code = "not_found"    // there is no such thing
	Conflict     Code = "conflict"     // it contradicts what is already stored
	Gone         Code = "gone"         // it was there and is over for good
	TooLarge     Code = "too_large"    // more than the program is willing to read
	TooMany      Code = "too_many"     // too often in too short a time
	Unavailable  Code = "unavailable"  // right now not possible; trying again later helps
	Internal     Code = "internal"     // our fault
)

// Params are the values that a message's placeholders take. Values are data,
// never sentences.
type Params map[string]any

// Error is a failure that can be explained to the person who caused it.
type Error struct {
	Code   Code
	Key    string // message key, for example "error.wave_closed"
	Params Params // may be nil
	Text   string // English text for logs; of [Errorf] also for the command line
	cause  error
}

// New makes a failure whose sentence stands in the message catalogue under key.
// Pairs alternate parameter name and value.
func New(code Code, key string, pairs ...any) *Error {
	params := make(Params, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		params[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return &Error{Code: code, Key: key, Params: params, Text: describe(key, params)}
}

// Errorf makes a failure with an English text of its own, for the command line
// and for developers. At the edge of the web such a failure shows the general
// sentence of its code. A %w in the format is kept as the cause.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Key: "error." + string(code), Text: err.Error(), cause: errors.Unwrap(err)}
}

// Described tells whether the failure has a text of its own beside its key, as
// those of [Errorf] have.
func (e *Error) Described() bool { return e.Text != describe(e.Key, e.Params) }

// Because returns a copy of e that wraps cause.
func (e *Error) Because(cause error) *Error {
	copied := *e
	copied.Params = maps.Clone(e.Params)
	copied.cause = cause
	return &copied
}

// Error returns the English text, followed by the cause.
func (e *Error) Error() string {
	if e.cause == nil || strings.Contains(e.Text, e.cause.Error()) {
		return e.Text
	}
	return e.Text + ": " + e.cause.Error()
}

// Unwrap returns the cause, which is never shown to visitors.
func (e *Error) Unwrap() error { return e.cause }

// CodeOf returns the code of the first failure in err's chain, Internal when
// there is none, and "" for a nil error.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var failed *Error
	if errors.As(err, &failed) {
		return failed.Code
	}
	return Internal
}

// As returns the first failure in err's chain, or a general Internal one that
// wraps err. It returns nil for nil.
func As(err error) *Error {
	if err == nil {
		return nil
	}
	var failed *Error
	if errors.As(err, &failed) {
		return failed
	}
	return &Error{Code: Internal, Key: "error.internal", Text: "internal error", cause: err}
}

func describe(key string, params Params) string {
	if len(params) == 0 {
		return key
	}
	return fmt.Sprintf("%s %v", key, map[string]any(params))
}
