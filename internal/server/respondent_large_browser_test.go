package server

import (
	"testing"
	"time"

	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testbrowser"
	"bedarfslotse/internal/testform"
	"bedarfslotse/internal/xlsform"
)

func largeForm(t *testing.T) *survey.Version {
	t.Helper()
	read, found := xlsform.Read("large.xlsx", testform.Large(t), xlsform.Options{})
	if found.Fatal() {
		t.Fatal(found)
	}
	return compiled(t, read)
}

// respond changes one answer repeatedly and tells the milliseconds that the
// page computed for each change, in ascending order.
const respond = `((control, values) => {
	const taken = [];
	for (let at = 0; at < 21; at++) {
		const value = values[at % values.length];
		const found = document.getElementsByName(control);
		const node = [...found].find((one) => one.type === "radio" && one.value === value) ?? found[0];
		if (node.type === "radio") node.checked = true;
		else node.value = value;
		const begun = performance.now();
		node.dispatchEvent(new Event("input", {bubbles: true}));
		taken.push(performance.now() - begun);
	}
	return taken.sort((a, b) => a - b);
})`

// TestBrowserLarge answers a form of 2 000 questions and 10 000 choices on a
// phone with a quarter of this machine's speed. It prints what that takes and
// looks at what comes out of it.
func TestBrowserLarge(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.open(t, "large", largeForm(t))
	begun := time.Now()
	size := s.get("/s/large?lang=ar").Body.Len()
	made := time.Since(begun)
	t.Logf("document: %d bytes, %d compressed, made in %v", size, s.get("/s/large?lang=ar", "Accept-Encoding", "gzip").Body.Len(), made)
	p := testbrowser.New(t, testbrowser.Phone, testbrowser.Slower(4))
	p.Open(listen(t, s) + "/s/large?lang=ar")
	p.WaitFor(forward)
	t.Logf("%.0f ms until the first answer, %d elements", testbrowser.Eval[float64](p, `performance.now()`),
		testbrowser.Eval[int](p, `document.querySelectorAll("*").length`))
	for _, one := range []struct{ what, control, values string }{
		{"a number on which little rests", "s50_q6", `["20", "21"]`},
		{"a number on which fifty calculations rest", "s0_q1", `["20", "21"]`},
		{"a choice on which a section rests", "s0_q0", `["c9", "c3"]`},
		{"a place's state", "s5_q17", `["state3", "state4"]`},
		{"a place's county", "s5_q18", `["county19", "county3"]`},
	} {
		taken := testbrowser.Eval[[]float64](p, respond+`("`+one.control+`", `+one.values+`)`)
		t.Logf("%s: %.1f ms, %.1f at least, %.1f at most", one.what, taken[len(taken)/2], taken[0], taken[len(taken)-1])
	}
	for what, is := range map[string]string{
		"the condition of section 6 does not follow":  `document.querySelector("[data-name=s6]").hidden`,
		"the places are not those of the county":      `[...document.getElementsByName("s5_q19")[0].options].every((one) => !one.value || one.value.slice(5) % 400 === 19)`,
		"the county's places are not offered":         `document.getElementsByName("s5_q19")[0].options.length === 20`,
		"a list that nothing fits yet is in the page": `document.getElementsByName("s15_q19")[0].options.length === 1`,
	} {
		if !testbrowser.Eval[bool](p, is) {
			t.Error(what)
		}
	}
}

// TestBrowserNarrowed lets the phone bring the choices that fit, also in entries
// and after the page was loaded again.
func TestBrowserNarrowed(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.open(t, "towns", towns(t))
	p := testbrowser.New(t, testbrowser.Phone)
	p.Open(listen(t, s) + "/s/towns?lang=de")
	offered := func(control, want string) {
		t.Helper()
		p.Wait(`[...document.getElementsByName("` + control + `")[0].options].map((one) => one.value).join(" ") === "` + want + `"`)
	}
	chosen := func(control string) string {
		t.Helper()
		return testbrowser.Eval[string](p, `document.getElementsByName("`+control+`")[0].value`)
	}
	choose := func(control, value string) {
		t.Helper()
		testbrowser.Eval[bool](p, `(() => {
			const select = document.getElementsByName("`+control+`")[0];
			select.value = "`+value+`";
			return select.dispatchEvent(new Event("change", {bubbles: true}));
		})()`)
	}
	p.Click(forward)
	offered("town", "")
	p.Click("label:has(input[name=county][value=c1])")
	offered("town", " t1 t7 t10 t13 t16 t19 t22 t25 t28")
	barriers(t, p)
	choose("town", "t7")
	if text := testbrowser.Eval[string](p, `document.getElementsByName("town")[0].selectedOptions[0].text`); text != "Ort <7>" {
		t.Errorf("the label reads %q", text)
	}
	p.Click(forward)
	p.Click("label:has(input[name='children[0].where'][value=c0])")
	offered("children[0].born", " t0 t3 t6 t9 t12 t15 t18 t21 t24 t27")
	choose("children[0].born", "t9")
	p.Click(".add")
	p.Click("label:has(input[name='children[1].where'][value=c2])")
	offered("children[1].born", " t2 t5 t8 t11 t14 t17 t20 t23 t26 t29")
	choose("children[1].born", "t29")
	p.Click(".steps .button.secondary") // saves
	p.Follow(func() { testbrowser.Eval[bool](p, `(location.reload(), true)`) })
	p.WaitFor(".shown #c-town") // the draft is taken up
	if a, b, c := chosen("town"), chosen("children[0].born"), chosen("children[1].born"); a != "t7" || b != "t9" || c != "t29" {
		t.Errorf("after loading again: %s, %s, %s", a, b, c)
	}
	p.Click("label:has(input[name=county][value=c0])")
	offered("town", " t0 t3 t6 t9 t12 t15 t18 t21 t24 t27")
	if got := chosen("town"); got != "" {
		t.Errorf("a town of another county stays: %s", got)
	}
	choose("town", "t3")
	p.Click(forward)
	p.Click(forward)
	p.WaitFor(receiptShown)
	if one := s.memory.only(t); !sameJSON(t, one.anonymous,
		`{"county":"c0","town":"t3","children":[{"where":"c0","born":"t9"},{"where":"c2","born":"t29"}]}`) {
		t.Errorf("stored %s", one.anonymous)
	}
}

// TestBrowserNamesOfProperties asks questions whose names a form's own
// properties bear.
func TestBrowserNamesOfProperties(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.open(t, "names", fromYAML(t, `
id: names
language: de
title: Namen
questions:
  - {type: text, name: action, label: A}
  - {type: text, name: elements, label: B, relevant: "${action} != ''"}
  - {type: text, name: children, label: C}
  - {type: text, name: contains, label: D}
  - {type: text, name: classList, label: E}
`))
	p := testbrowser.New(t, testbrowser.Phone)
	p.Open(listen(t, s) + "/s/names?lang=de")
	p.Click(forward)
	for _, name := range []string{"action", "elements", "children", "contains", "classList"} {
		p.WaitFor("#c-" + name)
		p.Fill("#c-"+name, "x")
	}
	p.Click(forward)
	p.WaitFor(receiptShown)
	if one := s.memory.only(t); !sameJSON(t, one.anonymous, `{"action":"x","elements":"x","children":"x","contains":"x","classList":"x"}`) {
		t.Errorf("stored %s", one.anonymous)
	}
}
