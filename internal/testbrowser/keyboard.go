package testbrowser

import (
	"fmt"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Key is a key, or a key held together with Shift or Alt.
type Key string

// The keys that a journey without a mouse needs.
const (
	Tab        Key = "Tab"
	ShiftTab   Key = "Shift+Tab"
	Enter      Key = "Enter"
	Space      Key = "Space"
	Escape     Key = "Escape"
	ArrowUp    Key = "ArrowUp"
	ArrowDown  Key = "ArrowDown"
	ArrowLeft  Key = "ArrowLeft"
	ArrowRight Key = "ArrowRight"
	Home       Key = "Home"
	End        Key = "End"
	Backspace  Key = "Backspace"
	Delete     Key = "Delete"

	CtrlEnter      Key = "Ctrl+Enter"
	CtrlShiftEnter Key = "Ctrl+Shift+Enter"
	AltUp          Key = "Alt+ArrowUp"
	AltDown        Key = "Alt+ArrowDown"
)

// Press presses and releases keys one after the other.
func (p *Page) Press(keys ...Key) {
	p.t.Helper()
	for _, key := range keys {
		var options []chromedp.KeyOption
		switch key {
		case ShiftTab:
			options = append(options, chromedp.KeyModifiers(kb.ModifierShift))
		case CtrlEnter:
			options = append(options, chromedp.KeyModifiers(kb.ModifierCtrl))
		case CtrlShiftEnter:
			options = append(options, chromedp.KeyModifiers(kb.ModifierCtrl|kb.ModifierShift))
		case AltUp, AltDown:
			options = append(options, chromedp.KeyModifiers(kb.ModifierAlt))
		}
		run(p, "press "+string(key), chromedp.KeyEvent(key.code(), options...))
	}
}

func (k Key) code() string {
	switch k {
	case Tab, ShiftTab:
		return kb.Tab
	case Enter, CtrlEnter, CtrlShiftEnter:
		return kb.Enter
	case Space:
		return " "
	case Escape:
		return kb.Escape
	case ArrowUp, AltUp:
		return kb.ArrowUp
	case ArrowDown, AltDown:
		return kb.ArrowDown
	case ArrowLeft:
		return kb.ArrowLeft
	case ArrowRight:
		return kb.ArrowRight
	case Home:
		return kb.Home
	case End:
		return kb.End
	case Backspace:
		return kb.Backspace
	case Delete:
		return kb.Delete
	}
	panic(fmt.Sprintf("testbrowser: there is no key %q", string(k)))
}

// Type writes text where the focus is: key by key what a plain keyboard has,
// and through an input method what it has not.
func (p *Page) Type(text string) {
	p.t.Helper()
	for _, r := range text {
		if ' ' <= r && r <= '~' {
			run(p, "type", chromedp.KeyEvent(string(r)))
		} else {
			p.insert(string(r))
		}
	}
}

// TabTo presses Tab until the focus is on an element of that role and
// accessible name, and fails the test when it has not come there after limit
// presses. It returns how many it took.
func (p *Page) TabTo(role, name string, limit int) int {
	p.t.Helper()
	var seen []string
	for pressed := 1; pressed <= limit; pressed++ {
		p.Press(Tab)
		focused := p.Focused()
		if focused.Role == role && focused.Name == name {
			return pressed
		}
		seen = append(seen, focused.Role+" "+focused.Name)
	}
	p.t.Fatalf("testbrowser: %d times Tab did not lead to %s %q but to %q", limit, role, name, seen)
	return 0
}
