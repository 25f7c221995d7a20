package testbrowser

import "time"

// Option sets up a page before it is opened.
type Option func(*settings)

type settings struct {
	width, height int64   // CSS pixels
	scale         float64 // device pixels per CSS pixel
	touch         bool    // a phone: touch instead of mouse, mobile viewport
	language      string  // Accept-Language and navigator.languages
	scriptless    bool
	dark          bool
	reducedMotion bool
	forcedColors  bool
	looked, held  time.Duration // before a click, and while it is pressed
	slower        float64       // how many times, 0 for as fast as the machine is
	bytesASecond  float64       // of the network in each direction, 0 for as fast as it is
	latency       time.Duration
}

// Phone is a common small telephone: 360×740 CSS pixels, two device pixels
// each, touch.
func Phone(s *settings) { s.width, s.height, s.scale, s.touch = 360, 740, 2, true }

// Small is the narrowest screen that has to work: 320×568, touch. It is also
// what a desktop of 1280 pixels shows at 400 % zoom (WCAG 1.4.10).
func Small(s *settings) { s.width, s.height, s.scale, s.touch = 320, 568, 2, true }

// Desktop is 1280×900 with a mouse. It is the default.
func Desktop(s *settings) { s.width, s.height, s.scale, s.touch = 1280, 900, 1, false }

// Language sets what the browser asks for, for example "ar" or "de,en;q=0.5".
// The default is "de".
func Language(tags string) Option { return func(s *settings) { s.language = tags } }

// NoScript turns the page's JavaScript off. The harness's own questions run in a
// world of their own and still work, see [Eval] and [Page.Axe].
func NoScript(s *settings) { s.scriptless = true }

// Dark prefers the dark colour scheme.
func Dark(s *settings) { s.dark = true }

// ReducedMotion prefers less movement.
func ReducedMotion(s *settings) { s.reducedMotion = true }

// ForcedColors lets the reader's few colours replace those of the page, as
// Windows' contrast themes do.
func ForcedColors(s *settings) { s.forcedColors = true }

// Screen sets the size in CSS pixels: a tablet, or a telephone laid on its side.
func Screen(width, height int64) Option {
	return func(s *settings) { s.width, s.height = width, height }
}

// Slower makes the page's processor so many times slower, as a phone's is
// beside a desk's.
func Slower(times float64) Option { return func(s *settings) { s.slower = times } }

// Network makes the network carry so many kilobits a second in each direction,
// and each answer begin that much later.
func Network(kilobits float64, latency time.Duration) Option {
	return func(s *settings) { s.bytesASecond, s.latency = kilobits*1000/8, latency }
}

// Unhurried clicks as a person does, to measure what one waits for: it looks for
// half a second first, and its finger stays for 80 ms.
func Unhurried(s *settings) { s.looked, s.held = 500*time.Millisecond, 80*time.Millisecond }
