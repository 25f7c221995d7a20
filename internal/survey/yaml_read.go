package survey

import (
	"errors"
	"strconv"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"bedarfslotse/internal/failure"
)

// maxYAML bounds what is parsed: the largest shipped file is a hundredth of it.
const maxYAML = 4 << 20

// maxDepth bounds nesting, so that a hostile file cannot exhaust the stack.
const maxDepth = 64

// ReadYAML reads one survey file. The file may carry its translations in a
// section of that name. Findings name line and column, all of them at once; the
// survey is nil when the text is not YAML at all.
func ReadYAML(name string, content []byte) (*Survey, failure.Findings) {
	r := &yamlReader{file: name}
	root := r.parse(content)
	if root == nil {
		return nil, r.findings
	}
	s := &Survey{}
	var source, translations ast.Node
	var duplicates bool
	r.fields(root, map[string]func(ast.Node){
		"id":                      r.into(&s.ID),
		"version":                 r.into(&s.Version),
		"language":                r.into(&s.Language),
		"audience":                r.into(&s.Audience),
		"style":                   r.into(&s.Style),
		"title":                   func(n ast.Node) { source = n; s.Title = r.text(n) },
		"description":             func(n ast.Node) { s.Description = r.text(n) },
		"allow_choice_duplicates": r.intoBool(&duplicates),

		"choices":      func(n ast.Node) { s.Choices = r.choiceLists(n) },
		"questions":    func(n ast.Node) { s.Nodes = r.nodes(n, 0) },
		"translations": func(n ast.Node) { translations = n },
	})
	for key, value := range map[string]string{"id": s.ID, "language": s.Language} {
		if value == "" {
			r.find(root, failure.Fatal, "survey.missing_key", "key", key)
		}
	}
	if source == nil {
		r.find(root, failure.Fatal, "survey.missing_key", "key", "title")
	}
	s.nameSource()
	s.Languages = []string{s.Language}
	if duplicates {
		s.allowDuplicates()
	}
	if translations != nil {
		r.each(translations, func(tag string, _, value ast.Node) { r.translation(value, s, tag) })
	}
	r.findings.Sort()
	return s, r.findings
}

// ReadTranslation reads one language's file into the survey. What it
// translates must exist; texts without a translation are told by [Check].
func ReadTranslation(s *Survey, name string, content []byte) failure.Findings {
	r := &yamlReader{file: name}
	if root := r.parse(content); root != nil {
		r.translation(root, s, "")
	}
	r.findings.Sort()
	return r.findings
}

// nameSource moves the texts that were read without a language to the source
// language, which the file may name after them.
func (s *Survey) nameSource() {
	move := func(t Text) {
		if phrase, ok := t[""]; ok {
			delete(t, "")
			t[s.Language] = phrase
		}
	}
	move(s.Title)
	move(s.Description)
	for _, list := range s.Choices {
		for _, choice := range list.Choices {
			move(choice.Label)
		}
	}
	s.Walk(func(node *Node) bool {
		for _, t := range node.texts() {
			move(*t.text)
		}
		return true
	})
}

type namedText struct {
	name string
	text *Text
}

// texts lists the node's translatable texts by their YAML names.
func (n *Node) texts() []namedText {
	return []namedText{
		{"label", &n.Label}, {"hint", &n.Hint}, {"guidance_hint", &n.GuidanceHint},
		{"required_message", &n.RequiredMessage}, {"constraint_message", &n.ConstraintMessage},
	}
}

// yamlReader walks the syntax tree itself instead of decoding into structs:
// the decoder stops at its first error.
type yamlReader struct {
	file     string
	findings failure.Findings
}

func (r *yamlReader) find(at ast.Node, severity failure.Severity, key string, pairs ...any) {
	one := failure.Finding{Severity: severity, Key: key, File: r.file, Params: failure.New("", "", pairs...).Params}
	if token := at.GetToken(); token != nil && token.Position != nil {
		one.Line, one.Column = token.Position.Line, token.Position.Column
	}
	r.findings = append(r.findings, one)
}

// parse returns the top mapping, nil after a finding.
func (r *yamlReader) parse(content []byte) ast.Node {
	if len(content) > maxYAML {
		r.findings = append(r.findings, failure.Finding{Severity: failure.Fatal, Key: "survey.too_large",
			File: r.file, Params: failure.Params{"megabytes": maxYAML >> 20}})
		return nil
	}
	if line, deep := tooDeep(content); deep {
		r.findings = append(r.findings, failure.Finding{Severity: failure.Fatal, Key: "survey.too_deep",
			File: r.file, Line: line, Params: failure.Params{"levels": maxDepth}})
		return nil
	}
	file, err := parser.ParseBytes(content, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.findings = append(r.findings, syntaxFinding(r.file, err))
		return nil
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		r.findings = append(r.findings, failure.Finding{Severity: failure.Fatal, Key: "survey.not_one_document", File: r.file})
		return nil
	}
	return file.Docs[0].Body
}

func syntaxFinding(file string, err error) failure.Finding {
	one := failure.Finding{Severity: failure.Fatal, Key: "survey.yaml_syntax", File: file}
	var located yaml.Error
	if errors.As(err, &located) {
		one.Params = failure.Params{"reason": located.GetMessage()}
		if token := located.GetToken(); token != nil && token.Position != nil {
			one.Line, one.Column = token.Position.Line, token.Position.Column
		}
		return one
	}
	one.Params = failure.Params{"reason": err.Error()}
	return one
}

// tooDeep looks at indentation and brackets without parsing: the parser
// recurses, and a recursion without bound cannot be caught.
func tooDeep(content []byte) (line int, deep bool) {
	line, brackets, dashes, atStart := 1, 0, 0, true
	for _, b := range content {
		switch {
		case b == '\n':
			line, dashes, atStart = line+1, 0, true
			continue
		case b == '[' || b == '{':
			brackets++
		case b == ']' || b == '}':
			brackets = max(0, brackets-1)
		case atStart && (b == '-' || b == '?'):
			dashes++
		case b != ' ':
			atStart = false
		}
		if brackets > maxDepth || dashes > maxDepth {
			return line, true
		}
	}
	return 0, false
}

// each visits the pairs of a mapping.
func (r *yamlReader) each(node ast.Node, visit func(key string, at, value ast.Node)) {
	var pairs []*ast.MappingValueNode
	switch n := node.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	case *ast.NullNode:
		return
	default:
		r.find(node, failure.Fatal, "survey.want_mapping")
		return
	}
	seen := map[string]bool{}
	for _, pair := range pairs {
		key, ok := scalar(pair.Key)
		switch {
		case !ok:
			r.find(pair.Key, failure.Fatal, "survey.want_plain_key")
		case seen[key]:
			r.find(pair.Key, failure.Fatal, "survey.duplicate_key", "key", key)
		default:
			seen[key] = true
			visit(key, pair.Key, pair.Value)
		}
	}
}

// fields reads a mapping whose keys are known.
func (r *yamlReader) fields(node ast.Node, known map[string]func(ast.Node)) {
	r.each(node, func(key string, at, value ast.Node) {
		if read := known[key]; read != nil {
			read(value)
			return
		}
		names := make([]string, 0, len(known))
		for name := range known {
			names = append(names, name)
		}
		r.find(at, failure.Fatal, "survey.unknown_key", "key", key, "suggestion", nearest(key, names))
	})
}

func (r *yamlReader) items(node ast.Node, visit func(ast.Node)) {
	switch n := node.(type) {
	case *ast.SequenceNode:
		for _, item := range n.Values {
			visit(item)
		}
	case *ast.NullNode:
	default:
		r.find(node, failure.Fatal, "survey.want_list")
	}
}

// scalar returns the text of a plain value as its author typed it.
func scalar(node any) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.NullNode:
		return "", true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.(ast.Node).GetToken().Value, true
	}
	return "", false
}

func (r *yamlReader) scalar(node ast.Node) string {
	value, ok := scalar(node)
	if !ok {
		r.find(node, failure.Fatal, "survey.want_text")
	}
	return value
}

func (r *yamlReader) into(target *string) func(ast.Node) {
	return func(node ast.Node) { *target = r.scalar(node) }
}

func (r *yamlReader) intoBool(target *bool) func(ast.Node) {
	return func(node ast.Node) { *target = r.boolean(node) }
}

func (r *yamlReader) boolean(node ast.Node) bool {
	value, err := strconv.ParseBool(r.scalar(node))
	if err != nil {
		r.find(node, failure.Fatal, "survey.want_boolean")
	}
	return value
}

// text reads a text in the source language, which may not be known yet.
func (r *yamlReader) text(node ast.Node) Text {
	return Text{"": Phrase{Text: r.scalar(node)}}
}
