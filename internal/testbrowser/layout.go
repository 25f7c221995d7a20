package testbrowser

import (
	"encoding/json"

	"github.com/chromedp/cdproto/emulation"
)

// Print lays the page out as on paper, or as on the screen again.
func (p *Page) Print(paper bool) {
	p.t.Helper()
	params := emulation.SetEmulatedMediaParams{Features: p.settings.features()}
	if paper {
		params.Media = "print"
	}
	run(p, "lay out for print", step(emulation.SetEmulatedMedia, params))
}

// SpaceText sets the text as wide as a reader may who needs it so (WCAG 1.4.12),
// or as it was. The content security policy does not keep it out.
func (p *Page) SpaceText(wide bool) {
	p.t.Helper()
	rules := ""
	if wide {
		rules = `* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
			p { margin-block-end: 2em !important; }`
	}
	quoted, _ := json.Marshal(rules) // a string can always be written
	Eval[bool](p, `(() => {
		globalThis.spacing ??= new CSSStyleSheet();
		if (!document.adoptedStyleSheets.includes(spacing)) document.adoptedStyleSheets.push(spacing);
		spacing.replaceSync(`+string(quoted)+`);
		return true;
	})()`)
}

// describe names an element in a message of the functions below.
const describe = `const describe = (node) => {
	const box = node.getBoundingClientRect();
	const text = (node.innerText || node.ariaLabel || node.name || "").trim().slice(0, 40);
	return node.localName + (node.className ? "." + String(node.className).replaceAll(" ", ".") : "") +
		" " + JSON.stringify(text) + " " + Math.round(box.width) + "×" + Math.round(box.height);
};
const seen = (node) => node.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
	node.getBoundingClientRect().width > 1 && node.getBoundingClientRect().height > 1;
`

// Sideways returns how many CSS pixels the page is wider than the screen.
func (p *Page) Sideways() int {
	p.t.Helper()
	return Eval[int](p, `document.documentElement.scrollWidth - document.documentElement.clientWidth`)
}

// Clipped lists the visible elements whose content is larger than they are and
// therefore cut off, or runs over what stands beside it. Left out is what
// scrolls by design (text boxes, and elements that match the selector, "" for
// none).
func (p *Page) Clipped(except string) []string {
	p.t.Helper()
	quoted, _ := json.Marshal(except)
	return Eval[[]string](p, `(() => {`+describe+`
		const except = `+string(quoted)+`;
		return [...document.body.querySelectorAll("*")].filter((node) => {
			if (!seen(node) || node.closest("svg, audio, select, datalist, progress, textarea, input") || (except && node.closest(except))) return false;
			if (node.clientWidth === 0) return false; // a piece of a line
			return node.scrollWidth > node.clientWidth + 1 ||
				(getComputedStyle(node).overflowY !== "visible" && node.scrollHeight > node.clientHeight + 1);
		}).map(describe);
	})()`)
}

// SmallTargets lists the visible controls that a finger can hardly hit: less
// than that many CSS pixels wide or high. A radio button or tick box counts with
// its label. Links inside a sentence are let off, as WCAG 2.5.5 does: those
// laid out inline beside other text.
func (p *Page) SmallTargets(least int) []string {
	p.t.Helper()
	quoted, _ := json.Marshal(least)
	return Eval[[]string](p, `(() => {`+describe+`
		const least = `+string(quoted)+` - .5; // the browser rounds to device pixels
		const controls = "a[href], button, input:not([type=hidden]), select, textarea, summary, audio, [role=button], [tabindex='0']";
		const inSentence = (node) => node.localName === "a" && getComputedStyle(node).display === "inline" &&
			node.parentElement.innerText.trim().length > node.innerText.trim().length;
		const target = (node) => (["radio", "checkbox"].includes(node.type) && node.closest("label")) || node;
		return [...new Set([...document.querySelectorAll(controls)].filter((node) => !inSentence(node)).map(target))].filter((node) => {
			const { width, height } = node.getBoundingClientRect();
			return seen(node) && !node.closest("[aria-hidden=true]") && (width < least || height < least);
		}).map(describe);
	})()`)
}

// Moving lists the elements that change by more than a hundredth of a second's
// transition or animation, and those that scroll smoothly. With
// [ReducedMotion] there should be none.
func (p *Page) Moving() []string {
	p.t.Helper()
	return Eval[[]string](p, `(() => {`+describe+`
		const seconds = (list) => Math.max(...list.split(",").map((one) => parseFloat(one) * (one.trim().endsWith("ms") ? .001 : 1)));
		return [...document.querySelectorAll("*")].filter((node) => ["", "::before", "::after"].some((part) => {
			const style = getComputedStyle(node, part || null);
			return seconds(style.transitionDuration) > .01 || style.scrollBehavior === "smooth" ||
				(style.animationName !== "none" && seconds(style.animationDuration) > .01);
		})).map(describe);
	})()`)
}

// Resize gives the screen another size in CSS pixels, as turning a telephone
// does.
func (p *Page) Resize(width, height int64) {
	p.t.Helper()
	p.settings.width, p.settings.height = width, height
	run(p, "resize the screen", step(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: p.settings.scale, Mobile: p.settings.touch,
	}))
}
