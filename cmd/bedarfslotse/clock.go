package main

import "time"

const (
	// jump is by how much more or less than the time that passed a clock may change
	// before it counts as put forwards or back.
	jump = 10 * time.Minute
	// settling is how long a clock has to run evenly after a jump before what
	// cannot be undone is done by it: time for somebody to put it right.
	settling = time.Hour
)

// steadiness watches a clock by the time that really passes.
type steadiness struct {
	wall   time.Time // what the clock said last
	passed time.Time // when that was, by a clock that nobody sets
	jumped time.Time // when it last jumped, by that clock; zero for never
}

// look compares a clock with the time that passed since the last look, and tells by
// how much it jumped. passed carries Go's monotonic reading, as time.Now does.
func (s *steadiness) look(wall, passed time.Time) (by time.Duration) {
	wall = wall.Round(0) // what was set, without the monotonic reading
	if !s.passed.IsZero() {
		if by = wall.Sub(s.wall) - passed.Sub(s.passed); by.Abs() < jump {
			by = 0
		} else {
			s.jumped = passed
		}
	}
	s.wall, s.passed = wall, passed
	return by
}

// steady tells whether the clock may decide what cannot be undone.
func (s *steadiness) steady() bool {
	return s.jumped.IsZero() || s.passed.Sub(s.jumped) >= settling
}
