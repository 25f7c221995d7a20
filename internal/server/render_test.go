package server

import (
	"html/template"
	"path/filepath"
	"testing"
)

// TestTemplatesAreDefinedOnce: of two templates of one name the last one read
// would stand for both.
func TestTemplatesAreDefinedOnce(t *testing.T) {
	files := must(filepath.Glob("../../web/templates/*.html"))(t)
	if len(files) == 0 {
		t.Fatal("there are no templates")
	}
	in := map[string]string{}
	for _, file := range files {
		for _, one := range must(template.New("").Funcs(templateFuncs()).ParseFiles(file))(t).Templates() {
			if one.Tree == nil || one.Name() == filepath.Base(file) {
				continue // the set, and the file itself
			}
			if first := in[one.Name()]; first != "" {
				t.Errorf("%q is defined in %s and in %s", one.Name(), first, file)
			}
			in[one.Name()] = file
		}
	}
}
