package failure

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
)

// Panicked is the error of a panic, with where it came from. Of what was thrown
// only the words of the runtime are told: others may hold what somebody wrote.
func Panicked(thrown any) error {
	var ours runtime.Error
	if err, ok := thrown.(error); ok && errors.As(err, &ours) {
		return fmt.Errorf("panic: %w\n%s", ours, debug.Stack())
	}
	return fmt.Errorf("panic: %T\n%s", thrown, debug.Stack())
}
