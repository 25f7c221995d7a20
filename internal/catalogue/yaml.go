package catalogue

import (
	"errors"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"bedarfslotse/internal/failure"
)

// Catalogues are small; larger or deeper ones are a mistake or an attack.
const (
	maxBytes   = 1 << 20
	maxNesting = 32
)

// document walks the syntax tree of a YAML file. Decoding into structs with
// yaml.Strict() would stop at the first error; here unknown keys, duplicate
// keys, wrong types and missing keys are all reported, each at its place.
type document struct {
	file     string
	root     ast.Node
	findings failure.Findings
}

// newDocument parses content. After a finding the root is nil, on which all
// methods do nothing.
func newDocument(file string, content []byte) *document {
	d := &document{file: file}
	if len(content) > maxBytes || nesting(content) > maxNesting {
		d.add(0, 0, "catalogue.too_large")
		return d
	}
	parsed, err := parser.ParseBytes(content, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		line, column, message := 0, 0, err.Error()
		var located yaml.Error
		if errors.As(err, &located) {
			message = located.GetMessage()
			if token := located.GetToken(); token != nil && token.Position != nil {
				line, column = token.Position.Line, token.Position.Column
			}
		}
		d.add(line, column, "catalogue.not_yaml", "detail", message)
		return d
	}
	if len(parsed.Docs) != 1 || parsed.Docs[0].Body == nil {
		d.add(0, 0, "catalogue.not_one_document")
		return d
	}
	d.root = parsed.Docs[0].Body
	return d
}

// nesting bounds how deep flow collections and indentation can nest, from
// above: the parser calls itself for every level.
func nesting(content []byte) int {
	deepest, open := 0, 0
	for _, c := range content {
		switch c {
		case '[', '{':
			open++
			deepest = max(deepest, open)
		case ']', '}':
			open = max(0, open-1) // one in a text closes nothing
		}
	}
	for line := range strings.Lines(string(content)) {
		// "- - - -" nests without brackets; two columns are one level at least.
		deepest = max(deepest, (len(line)-len(strings.TrimLeft(line, " -")))/2)
	}
	return deepest
}

func (d *document) add(line, column int, key string, pairs ...any) {
	d.findings = append(d.findings, failure.Finding{Severity: failure.Fatal, Key: key, File: d.file,
		Params: failure.New("", "", pairs...).Params, Line: line, Column: column})
}

// find reports something about a node.
func (d *document) find(at ast.Node, key string, pairs ...any) {
	switch n := at.(type) { // a mapping's own token is its first colon
	case *ast.MappingNode:
		if len(n.Values) > 0 {
			at = n.Values[0].Key
		}
	case *ast.MappingValueNode:
		at = n.Key
	}
	line, column := 0, 0
	if token := at.GetToken(); token != nil && token.Position != nil {
		line, column = token.Position.Line, token.Position.Column
	}
	d.add(line, column, key, pairs...)
}

// pairs calls visit for every entry of a mapping, without the second ones of
// keys that stand there twice.
func (d *document) pairs(node ast.Node, visit func(key string, at, value ast.Node)) {
	var entries []*ast.MappingValueNode
	switch n := node.(type) {
	case nil:
		return
	case *ast.MappingNode:
		entries = n.Values
	case *ast.MappingValueNode:
		entries = []*ast.MappingValueNode{n}
	default:
		d.find(node, "catalogue.want_mapping")
		return
	}
	seen := make(map[string]bool, len(entries))
	for _, entry := range entries {
		key := entry.Key.String()
		if named, ok := scalar(entry.Key); ok {
			key = named
		}
		if seen[key] {
			d.find(entry.Key, "catalogue.duplicate_entry", "key", key)
			continue
		}
		seen[key] = true
		visit(key, entry.Key, entry.Value)
	}
}

// fields reads a mapping whose keys are known; required ones must be there.
func (d *document) fields(node ast.Node, known map[string]func(ast.Node), required ...string) {
	if node == nil {
		return
	}
	found, before := make(map[string]bool), len(d.findings)
	d.pairs(node, func(key string, at, value ast.Node) {
		read, ok := known[key]
		if !ok {
			d.find(at, "catalogue.unknown_entry", "key", key)
			return
		}
		found[key] = true
		read(value)
	})
	if len(found) == 0 && len(d.findings) > before {
		return // no mapping at all, or nothing of it was understood
	}
	for _, key := range required {
		if !found[key] {
			d.find(node, "catalogue.missing_entry", "key", key)
		}
	}
}

// items calls visit for every item of a sequence.
func (d *document) items(node ast.Node, visit func(ast.Node)) {
	sequence, ok := node.(*ast.SequenceNode)
	if !ok {
		d.find(node, "catalogue.want_sequence")
		return
	}
	for _, item := range sequence.Values {
		visit(item)
	}
}

// text reads a scalar that must not be empty.
func (d *document) text(into *string) func(ast.Node) {
	return func(node ast.Node) {
		value, ok := scalar(node)
		if value = strings.TrimSpace(value); !ok || value == "" {
			d.find(node, "catalogue.want_text")
			return
		}
		*into = value
	}
}

// texts reads a text in several languages.
func (d *document) texts(into *map[string]string, required ...string) func(ast.Node) {
	return func(node ast.Node) {
		texts := make(map[string]string)
		d.pairs(node, func(language string, _, value ast.Node) {
			text := ""
			d.text(&text)(value)
			texts[language] = text
		})
		for _, language := range required {
			if _, ok := texts[language]; !ok && isMapping(node) {
				d.find(node, "catalogue.missing_language", "language", language)
			}
		}
		*into = texts
	}
}

func isMapping(node ast.Node) bool {
	return slices.Contains([]ast.NodeType{ast.MappingType, ast.MappingValueType}, node.Type())
}

// scalar returns a scalar as it is written: 05562 keeps its zero.
func scalar(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	return "", false
}
