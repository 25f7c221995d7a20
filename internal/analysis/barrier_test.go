package analysis

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// inside are the packages whose types hold what has passed no disclosure
// control. The compiler lets nobody outside this package import them; these
// tests see to it that this package hands none of them out.
func inside(t *testing.T) map[string]bool {
	t.Helper()
	folders, err := filepath.Glob("internal/*")
	if err != nil || len(folders) < 5 {
		t.Fatalf("%v, %v", folders, err)
	}
	names := map[string]bool{}
	for _, folder := range folders {
		names[filepath.Base(folder)] = true
	}
	return names
}

// handedOut calls visit for the types of all exported functions, methods and
// fields of a file.
func handedOut(file *ast.File, visit func(name string, types ast.Node)) {
	for _, declared := range file.Decls {
		switch d := declared.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() {
				visit(d.Name.Name, d.Type)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				one, ok := spec.(*ast.TypeSpec)
				if !ok || !one.Name.IsExported() {
					continue
				}
				fields, ok := one.Type.(*ast.StructType)
				if !ok {
					visit(one.Name.Name, one.Type)
					continue
				}
				for _, field := range fields.Fields.List {
					if len(field.Names) == 0 || field.Names[0].IsExported() {
						visit(one.Name.Name, field.Type)
					}
				}
			}
		}
	}
}

func TestNothingRawIsHandedOut(t *testing.T) {
	packages, checked := inside(t), 0
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		handedOut(file, func(of string, types ast.Node) {
			checked++
			ast.Inspect(types, func(n ast.Node) bool {
				if from, ok := n.(*ast.SelectorExpr); ok {
					if room, ok := from.X.(*ast.Ident); ok && packages[room.Name] {
						t.Errorf("%s: %s hands out %s.%s", name, of, room.Name, from.Sel.Name)
					}
				}
				return true
			})
		})
	}
	if checked < 100 {
		t.Errorf("only %d types were looked at", checked)
	}
}

// TestRawCountsAreNotPrinted: neither by fmt, which prints fields that are not
// exported, nor as JSON.
func TestRawCountsAreNotPrinted(t *testing.T) {
	s, x := closedWave(t, 1, 137, 3)
	row := s.schema.NewRow()
	course := s.release.Course(true)
	for _, one := range []any{s.release, s.snapshot, x, s.columns, row, course, &course, *s.release, Chunk{}} {
		name := reflect.Indirect(reflect.ValueOf(one)).Type().String()
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
			if got := fmt.Sprintf(verb, one); got != name {
				t.Errorf("%s of %s prints %s", verb, name, got)
			}
		}
	}
	for _, one := range []any{s.release, s.snapshot, x, s.columns} {
		if text, err := json.Marshal(one); err == nil && strings.ContainsAny(string(text), "0123456789") {
			t.Errorf("%T as JSON is %s", one, text)
		}
	}
}
