package testbrowser

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/emulation"
)

// axeSource is axe-core 4.14.1, unchanged; see testdata/axe.LICENSE.
//
//go:embed testdata/axe.min.js
var axeSource string

// Violation is one rule that a page breaks, at one element.
type Violation struct {
	Rule   string // such as color-contrast
	Impact string // minor, moderate, serious or critical
	Help   string // what the rule asks for
	Target string // CSS selector of the element
	HTML   string // its markup, shortened by axe-core
	Mend   string // what would mend it
}

// String shows a violation on a few lines.
func (v Violation) String() string {
	return fmt.Sprintf("%s (%s): %s\n  at   %s\n  html %s\n  mend %s",
		v.Rule, v.Impact, v.Help, v.Target, v.HTML, strings.ReplaceAll(v.Mend, "\n", "\n       "))
}

// axeRun asks for the success criteria of WCAG 2.2 A and AA and for axe-core's
// best practices, and flattens the answer to one entry per element.
const axeRun = `axe.run(document, {
	runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
	resultTypes: ["violations"],
}).then(result => result.violations.flatMap(rule => rule.nodes.map(node => ({
	Rule: rule.id, Impact: node.impact ?? rule.impact ?? "", Help: rule.help,
	Target: node.target.flat().join(" "), HTML: node.html, Mend: node.failureSummary ?? "",
}))))`

// Axe checks the page as it is now and returns what axe-core finds wrong, empty
// when nothing. axe-core runs in the harness's own world (see [Eval]): the
// content security policy does not keep it out and the page cannot disturb it.
// It does not look into iframes.
//
// axe-core waits for timers, which [NoScript] stops. So scripts are allowed for
// the time of the check; those of the document, passed over when it was read,
// are not run after the event, and <noscript> stays as it is.
func (p *Page) Axe() []Violation {
	p.t.Helper()
	if p.settings.scriptless {
		p.allowScript(true)
		defer p.allowScript(false)
	}
	if !Eval[bool](p, `typeof axe === "object"`) {
		Eval[bool](p, axeSource+"\n;true")
	}
	return Eval[[]Violation](p, axeRun)
}

// CheckBarriers reports everything that [Page.Axe] finds as an error of the
// test.
func (p *Page) CheckBarriers() {
	p.t.Helper()
	for _, violation := range p.Axe() {
		p.t.Errorf("barrier on %s: %s", p.records.document(), violation)
	}
}

func (p *Page) allowScript(allowed bool) {
	p.t.Helper()
	run(p, "switch JavaScript", step(emulation.SetScriptExecutionDisabled,
		emulation.SetScriptExecutionDisabledParams{Value: !allowed}))
}
