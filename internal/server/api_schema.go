package server

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bedarfslotse/internal/failure"
)

// schema is the part of JSON Schema (draft 2020-12, which OpenAPI 3.1 speaks)
// that the interface is described with. What is described is what is checked:
// requests are judged by it before a handler sees them.
type schema struct {
	Ref         string             `json:"$ref,omitempty"`
	Description string             `json:"description,omitempty"`
	Type        any                `json:"type,omitempty"` // a name, or several
	Properties  map[string]*schema `json:"properties,omitempty"`
	Required    []string           `json:"required,omitempty"`
	Additional  any                `json:"additionalProperties,omitempty"` // false, or a schema
	Items       *schema            `json:"items,omitempty"`
	MaxItems    *int               `json:"maxItems,omitempty"`
	Enum        []any              `json:"enum,omitempty"`
	Minimum     *int               `json:"minimum,omitempty"`
	Maximum     *int               `json:"maximum,omitempty"`
	MinLength   *int               `json:"minLength,omitempty"`
	MaxLength   *int               `json:"maxLength,omitempty"`
	Format      string             `json:"format,omitempty"`
	AnyOf       []*schema          `json:"anyOf,omitempty"`
}

// described is a type that says itself how it looks in JSON.
type described interface{ describe(*schemas) *schema }

// schemas makes schemas of Go types and keeps those with a name of their own.
type schemas struct{ named map[string]*schema }

const schemaPlace = "#/components/schemas/"

// of is the schema of a type as encoding/json writes it.
func (s *schemas) of(t reflect.Type) *schema {
	if one, ok := reflect.Zero(t).Interface().(described); ok {
		return one.describe(s)
	}
	switch {
	case t.Implements(reflect.TypeFor[json.Marshaler]()):
		return &schema{}
	case t == reflect.TypeFor[time.Time]():
		return &schema{Type: "string", Format: "date-time"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return orNull(s.of(t.Elem()))
	case reflect.Bool:
		return &schema{Type: "boolean"}
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Uint8, reflect.Uint64:
		return &schema{Type: "integer"}
	case reflect.Float64:
		return &schema{Type: "number"}
	case reflect.String:
		return &schema{Type: "string"}
	case reflect.Slice:
		return &schema{Type: "array", Items: s.of(t.Elem())}
	case reflect.Map:
		return &schema{Type: "object", Additional: s.of(t.Elem())}
	case reflect.Struct:
		return s.object(t)
	}
	return &schema{}
}

// orNull is the schema of what may be missing.
func orNull(of *schema) *schema {
	if name, plain := of.Type.(string); plain && of.Enum == nil {
		nullable := *of
		nullable.Type = []string{name, "null"}
		return &nullable
	}
	return &schema{AnyOf: []*schema{of, {Type: "null"}}}
}

// object is the schema of a struct: by its name where it has one.
func (s *schemas) object(t reflect.Type) *schema {
	name := schemaName(t)
	if name == "" {
		made := &schema{}
		s.fill(made, t)
		return made
	}
	if _, known := s.named[name]; !known {
		made := &schema{}
		s.named[name] = made // before it is filled: types may hold themselves
		s.fill(made, t)
	}
	return &schema{Ref: schemaPlace + name}
}

// schemaName is what a type is called in the document: apiWave is Wave, and a
// type of another package has that package's name before its own.
func schemaName(t reflect.Type) string {
	name, of, generic := strings.Cut(t.Name(), "[")
	if name == "" {
		return ""
	}
	if short, own := strings.CutPrefix(name, "api"); own {
		name = short
	} else {
		room := t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:]
		name = strings.ToUpper(room[:1]) + room[1:] + name
	}
	if generic {
		of = strings.TrimSuffix(of, "]")
		name = strings.TrimPrefix(of[strings.LastIndexByte(of, '.')+1:], "api") + name
	}
	return name
}

// fill describes the fields of a struct. Of an answer every field is there that
// is not left out when empty; of a request those with the tag need.
func (s *schemas) fill(into *schema, t reflect.Type) {
	into.Type, into.Additional = "object", false
	if into.Properties == nil {
		into.Properties = map[string]*schema{}
	}
	asked := strings.HasSuffix(t.Name(), "Request")
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Anonymous {
			s.fill(into, field.Type)
			continue
		}
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || !field.IsExported() {
			continue
		}
		one := s.of(field.Type)
		if one.Ref != "" && field.Tag.Get("doc") != "" {
			one = &schema{Ref: one.Ref}
		}
		one.annotate(field.Tag)
		into.Properties[name] = one
		left := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
		if !asked && !left || field.Tag.Get("need") == "yes" {
			into.Required = append(into.Required, name)
		}
	}
	slices.Sort(into.Required)
}

// annotate adds what a field's tags say: doc, enum, min, max, length (in
// characters, at most), items (at most) and format.
func (s *schema) annotate(tag reflect.StructTag) {
	number := func(name string) *int {
		if n, err := strconv.Atoi(tag.Get(name)); err == nil {
			return &n
		}
		return nil
	}
	s.Description, s.Format = tag.Get("doc"), firstOf(tag.Get("format"), s.Format)
	s.Minimum, s.Maximum, s.MaxLength, s.MaxItems = number("min"), number("max"), number("length"), number("items")
	if tag.Get("need") == "yes" && s.Type == "string" {
		one := 1
		s.MinLength = &one
	}
	if names := tag.Get("enum"); names != "" {
		into := s
		if s.Items != nil {
			into = s.Items
		}
		for name := range strings.SplitSeq(names, ",") {
			into.Enum = append(into.Enum, name)
		}
	}
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// misfit is one thing in a request that is not as described.
type misfit struct {
	pointer string // where: a JSON pointer, or the name of a parameter
	cause   *failure.Error
}

// unfit is the error of a request that is not as described.
type unfit []misfit

func (u unfit) Error() string {
	return fmt.Sprintf("%d things are not as described, the first: %s: %s", len(u), u[0].pointer, u[0].cause.Text)
}

// mostMisfits is how many are told at once.
const mostMisfits = 50

// judge finds what of a decoded value is not as described; numbers are
// [json.Number].
func (s *schemas) judge(of *schema, value any, pointer string) (found unfit) {
	add := func(at, key string, pairs ...any) {
		found = append(found, misfit{at, failure.New(failure.Invalid, key, pairs...)})
	}
	for of.Ref != "" {
		of = s.named[strings.TrimPrefix(of.Ref, schemaPlace)]
	}
	if len(of.AnyOf) > 0 {
		if value == nil {
			return nil
		}
		return s.judge(of.AnyOf[0], value, pointer)
	}
	if !of.takes(kindOf(value)) {
		add(pointer, "api.body.type", "want", strings.Join(of.types(), ", "))
		return found
	}
	switch value := value.(type) {
	case map[string]any:
		for _, name := range of.Required {
			if _, sent := value[name]; !sent {
				add(pointer+"/"+name, "api.body.missing")
			}
		}
		for name, one := range value {
			inner, known := of.Properties[name]
			if !known {
				inner, known = of.Additional.(*schema)
			}
			if !known {
				add(pointer+"/"+escapePointer(name), "api.body.unknown")
				continue
			}
			found = append(found, s.judge(inner, one, pointer+"/"+escapePointer(name))...)
		}
	case []any:
		if of.MaxItems != nil && len(value) > *of.MaxItems {
			add(pointer, "api.body.items", "most", *of.MaxItems)
			return found
		}
		for i, one := range value {
			if found = append(found, s.judge(of.Items, one, pointer+"/"+strconv.Itoa(i))...); len(found) > mostMisfits {
				break
			}
		}
	case string, json.Number:
		if key, pairs := of.refuses(value); key != "" {
			add(pointer, key, pairs...)
		}
	}
	if len(found) > mostMisfits {
		found = found[:mostMisfits]
	}
	return found
}

// escapePointer writes a name as a part of a JSON pointer (RFC 6901), not longer
// than anybody reads.
func escapePointer(name string) string {
	if len(name) > 80 {
		name = strings.ToValidUTF8(name[:80], "") + "…"
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// kindOf is the type of a decoded value as JSON Schema calls it.
func kindOf(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		if _, err := strconv.ParseInt(string(value), 10, 64); err == nil {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	}
	return "object"
}

func (s *schema) types() []string {
	switch names := s.Type.(type) {
	case string:
		return []string{names}
	case []string:
		return names
	}
	return nil
}

func (s *schema) takes(kind string) bool {
	types := s.types()
	return types == nil || slices.Contains(types, kind) || kind == "integer" && slices.Contains(types, "number")
}

// refuses tells why a text or number is not as described: a message key with its
// parameters, "" where it is.
func (s *schema) refuses(value any) (key string, pairs []any) {
	switch value := value.(type) {
	case string:
		length := utf8.RuneCountInString(value)
		switch {
		case s.Enum != nil && !slices.Contains(s.Enum, any(value)):
			names := make([]string, len(s.Enum))
			for i, one := range s.Enum {
				names[i] = fmt.Sprint(one)
			}
			return "api.body.enum", []any{"names", strings.Join(names, ", ")}
		case s.MinLength != nil && length < *s.MinLength:
			return "api.body.missing", nil
		case s.MaxLength != nil && length > *s.MaxLength:
			return "api.body.length", []any{"most", *s.MaxLength}
		case strings.ContainsRune(value, 0):
			return "api.body.zero", nil // no database keeps it
		case s.Format == "date" && value != "" && !goodDay(value):
			return "error.bad_day", []any{"day", value}
		}
	case json.Number:
		n, err := strconv.ParseInt(string(value), 10, 64)
		if err != nil {
			break
		}
		if s.Minimum != nil && n < int64(*s.Minimum) {
			return "api.body.least", []any{"least", *s.Minimum}
		}
		if s.Maximum != nil && n > int64(*s.Maximum) {
			return "api.body.most", []any{"most", *s.Maximum}
		}
	}
	return "", nil
}
