package xlsform

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// element is any element of an XForm.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []*element `xml:",any"`
	Text     string     `xml:",chardata"`
}

func (e *element) attr(name string) (string, bool) {
	for _, one := range e.Attrs {
		if one.Name.Local == name {
			return one.Value, true
		}
	}
	return "", false
}

func (e *element) all(name string) []*element {
	var found []*element
	for _, child := range e.Children {
		if child.XMLName.Local == name {
			found = append(found, child)
		}
	}
	return found
}

func (e *element) first(path ...string) *element {
	for _, name := range path {
		found := e.all(name)
		if len(found) == 0 {
			return nil
		}
		e = found[0]
	}
	return e
}

// form is what the comparison takes from a recorded XForm.
type form struct {
	nodes     []string                     // paths of questions and groups below the root, in document order
	binds     map[string]map[string]string // path → property → expression
	triggered map[string]string            // path → what is computed when a trigger changes
	lists     map[string][]string          // names of the choices, by list
	languages []string
}

func readForm(t *testing.T, text string) form {
	t.Helper()
	var root element
	if err := xml.Unmarshal([]byte(text), &root); err != nil {
		t.Fatal(err)
	}
	model := root.first("head", "model")
	f := form{binds: map[string]map[string]string{}, lists: map[string][]string{}, triggered: map[string]string{}}
	var top string
	for i, instance := range model.all("instance") {
		if i == 0 {
			top = instance.Children[0].XMLName.Local
			f.walk(instance.Children[0], "")
			continue
		}
		id, _ := instance.attr("id")
		if list := instance.first("root"); list != nil {
			for _, item := range list.all("item") {
				if name := item.first("name"); name != nil {
					f.lists[id] = append(f.lists[id], name.Text)
				}
			}
		}
	}
	for _, bind := range model.all("bind") {
		at, _ := bind.attr("nodeset")
		values := map[string]string{}
		for _, property := range []string{"relevant", "constraint", "calculate", "required"} {
			if value, ok := bind.attr(property); ok {
				values[property] = value
			}
		}
		f.binds[strings.TrimPrefix(at, "/"+top)] = values
	}
	if texts := model.first("itext"); texts != nil {
		for _, translation := range texts.all("translation") {
			language, _ := translation.attr("lang")
			f.languages = append(f.languages, language)
		}
	}
	f.setvalues(root.first("body"), "/"+top)
	return f
}

// setvalues collects what is computed when the answer around it changes.
func (f *form) setvalues(e *element, top string) {
	for _, child := range e.Children {
		event, _ := child.attr("event")
		if at, ok := child.attr("ref"); ok && child.XMLName.Local == "setvalue" && event == "xforms-value-changed" {
			f.triggered[strings.TrimPrefix(at, top)], _ = child.attr("value")
		}
		f.setvalues(child, top)
	}
}

// walk collects the paths of an instance; of a repeat, the template is the
// same as its first instance.
func (f *form) walk(e *element, path string) {
	for _, child := range e.Children {
		at := path + "/" + child.XMLName.Local
		if path == "" && child.XMLName.Local == "meta" || slices.Contains(f.nodes, at) {
			continue
		}
		f.nodes = append(f.nodes, at)
		f.walk(child, at)
	}
}

// compare tells the first thing in which a survey differs from a recorded
// XForm, "" when there is none. What has been left out with a finding that names it
// is not missed.
func compare(t *testing.T, xform string, s *survey.Survey, found failure.Findings) string {
	t.Helper()
	f := readForm(t, xform)
	named := refused(found)
	var paths []string
	nodes := map[string]*survey.Node{}
	var walk func(list []*survey.Node, path string)
	walk = func(list []*survey.Node, path string) {
		for _, node := range list {
			at := path + "/" + node.Name
			paths = append(paths, at)
			nodes[at] = node
			walk(node.Children, at)
		}
	}
	walk(s.Nodes, "")
	for _, at := range f.nodes {
		if repeat := nodes[strings.TrimSuffix(at, "_count")]; repeat != nil && repeat.RepeatCount != "" && nodes[at] == nil {
			continue // where the converter keeps what repeat_count gives
		}
		if strings.Contains(at, "/reserved_name_for_field_list_labels_") {
			continue // what the converter makes for the head of a table-list
		}
		if nodes[at] == nil && !excused(at, named) {
			return fmt.Sprintf("the question %s is missing (there are %s)", at, strings.Join(paths, " "))
		}
	}
	for _, at := range paths {
		if !slices.Contains(f.nodes, at) {
			return fmt.Sprintf("there is a question %s too many", at)
		}
	}
	for _, at := range paths {
		if differs := f.compareBind(at, nodes[at], named); differs != "" {
			return differs
		}
	}
	for _, node := range nodes {
		if want, ok := f.lists[node.List]; ok && node.List != "" {
			if got := choiceNames(s.List(node.List)); !slices.Equal(got, want) {
				return fmt.Sprintf("the list %s has %q, want %q", node.List, got, want)
			}
		}
	}
	return f.compareLanguages(s)
}

// refused lists the names in findings that say what is not honoured.
func refused(found failure.Findings) map[string]bool {
	named := map[string]bool{}
	for _, one := range found {
		switch one.Key {
		case keyDeclinedDevice, keyDeclinedPlace, keyDeclinedScope, keyDeclinedTime, keyDeclinedTrace, keyDeclinedUpload, keyChoiceFileMissing,
			keyCalculationDeclined, keyGroupEmptied, keyDefaultDeclined, keyRowDisabled:
			if name, ok := one.Params["name"].(string); ok {
				named[name] = true
			}
		}
	}
	return named
}

func excused(path string, named map[string]bool) bool {
	return slices.ContainsFunc(strings.Split(path, "/"), func(name string) bool { return named[name] })
}

func choiceNames(list *survey.ChoiceList) []string {
	if list == nil {
		return nil
	}
	var names []string
	for _, choice := range list.Choices {
		names = append(names, choice.Name)
	}
	return names
}

func (f *form) compareBind(at string, node *survey.Node, named map[string]bool) string {
	required := node.Required
	if required == "yes" {
		required = "true()"
	}
	for property, got := range map[string]string{
		"relevant": node.Relevant, "constraint": node.Constraint, "calculate": node.Calculation, "required": required,
	} {
		want := f.binds[at][property]
		if property == "calculate" && node.Trigger != "" {
			want = f.triggered[at]
		}
		if property == "required" && (want == "false()" || want == "no") {
			want = ""
		}
		if a, b := normalExpression(got), normalExpression(want); a != b && !excused("/"+node.Name, named) {
			return fmt.Sprintf("%s of %s is %q, want %q", property, at, a, b)
		}
	}
	return ""
}

var (
	formPath = regexp.MustCompile(`(?:current\(\)/)?(?:\.\./)+[\pL_][\pL\pN_.-]*(?:/[\pL_][\pL\pN_.-]*)*|/[\pL_][\pL\pN_.-]*(?:/[\pL_][\pL\pN_.-]*)+`)
	spaces   = regexp.MustCompile(`\s+`)
	nearSign = regexp.MustCompile(`\s*([(),=<>+*\[\]!])\s*`)
)

// normalExpression writes references in one way, since the recorded form has
// them as paths, and takes spaces out that mean nothing.
func normalExpression(source string) string {
	source = reference.ReplaceAllStringFunc(source, func(match string) string {
		return " ${" + reference.FindStringSubmatch(match)[1] + "} "
	})
	source = formPath.ReplaceAllStringFunc(source, func(path string) string {
		return " ${" + path[strings.LastIndex(path, "/")+1:] + "} "
	})
	source = spaces.ReplaceAllString(strings.TrimSpace(source), " ")
	return nearSign.ReplaceAllString(source, "$1")
}

func (f *form) compareLanguages(s *survey.Survey) string {
	var want []string
	plain := len(f.languages) == 0
	for _, name := range f.languages {
		if name == "default" {
			plain = true
			continue
		}
		tag, _ := languageTag(name)
		if !slices.Contains(want, tag) {
			want = append(want, tag)
		}
	}
	var got []string
	for _, tag := range s.Languages {
		if tag != s.Language || !plain || slices.Contains(want, tag) {
			got = append(got, tag)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		return fmt.Sprintf("the languages are %q, want %q", got, want)
	}
	return ""
}
