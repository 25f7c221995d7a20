package server

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bedarfslotse/internal/testinput"
)

func TestStrip(t *testing.T) {
	for _, test := range []struct{ name, source, want string }{
		{"a.js", "// What it is for.\n\n  const a = 1; // one, and more\n", "const a = 1;\n"},
		{"a.js", "/** Tells\n * more\n */\nlet b; /* short */\n/* c */ c();\n", "let b; /* short */\nc();\n"},
		{"a.js", "f('http://a // b'); // it's kept\n", "f('http://a // b'); // it's kept\n"},
		{"a.js", "const r = /[ // ]/;\n", "const r = /[ // ]/;\n"},
		{"a.js", "const t = `a // b`;\n", "const t = `a // b`;\n"},
		{"a.js", "return\n// nothing\n5\n", "return\n5\n"},
		{"a.css", "/* Why:\n   because. */\n\na { b: c; /* d */ }\n", "a { b: c;   }\n"},
		{"a.css", `a::after { content: "/* no */"; } /* it's` + "\n*/\n  b { c: d }", "a::after { content: \"/* no */\"; }\nb { c: d }\n"},
		{"a.svg", "<!-- // a -->\n  <svg/>", "<!-- // a -->\n  <svg/>"},
	} {
		if got := string(stripped(test.name, []byte(test.source))); got != test.want {
			t.Errorf("%s: %q became %q, want %q", test.name, test.source, got, test.want)
		}
	}
}

// TestStripAssets holds our scripts to what stripping rests on, and lets Node
// read what is left of them.
func TestStripAssets(t *testing.T) {
	files, err := filepath.Glob("../../web/assets/*.js")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	node, missing := exec.LookPath("node")
	if missing != nil && testinput.Required("node") {
		t.Fatal(missing)
	}
	folder := t.TempDir()
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for at, line := range strings.Split(string(source), "\n") {
			if strings.Count(line, "`")%2 != 0 {
				t.Errorf("%s:%d: a template goes over several lines; stripping does not understand that", file, at+1)
			}
		}
		left := stripped(file, source)
		if len(left) == 0 || len(left) >= len(source) {
			t.Errorf("%s: of %d bytes %d are left", file, len(source), len(left))
		}
		copied := filepath.Join(folder, strings.TrimSuffix(filepath.Base(file), ".js")+".mjs")
		if err := os.WriteFile(copied, left, 0o600); err != nil {
			t.Fatal(err)
		}
		if missing == nil {
			if said, err := exec.Command(node, "--check", copied).CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", file, err, said)
			}
		}
	}
}
