package xlsform

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// lost reads a written file back and tells the first thing that is not as it
// was, nil when all is.
func lost(s *survey.Survey, content []byte) error {
	read, found := Read(s.ID+".xlsx", content, Options{})
	if read == nil {
		return found
	}
	// Reading compiles, which gives a version to what has none.
	wanted := *s
	wanted.Files = nil // they lie beside the sheets, not in them
	if wanted.Version == "" {
		wanted.Version = read.Version
	}
	path := difference("", document(&wanted), document(read))
	if path == "" {
		return nil
	}
	return failure.Findings{{Severity: failure.Fatal, Key: keyCannotWrite, File: s.ID, Params: failure.Params{"place": path}}}
}

// document is the survey as plain maps and lists, without positions.
func document(s *survey.Survey) any {
	content, err := json.Marshal(s)
	if err != nil { // only types of the survey package, none of which can fail
		panic(err)
	}
	var value any
	if err := json.Unmarshal(content, &value); err != nil {
		panic(err)
	}
	return value
}

// difference returns where two documents first differ, as names joined by
// slashes, and "" when they are the same.
func difference(path string, a, b any) string {
	switch a := a.(type) {
	case map[string]any:
		other, ok := b.(map[string]any)
		if !ok {
			return path
		}
		keys := map[string]bool{}
		for _, document := range []map[string]any{a, other} {
			for key := range document {
				keys[key] = true
			}
		}
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if at := difference(path+"/"+key, a[key], other[key]); at != "" {
				return at
			}
		}
		return ""
	case []any:
		other, ok := b.([]any)
		if !ok {
			return path
		}
		for i := range min(len(a), len(other)) {
			if at := difference(path+"/"+nameOf(a[i], i), a[i], other[i]); at != "" {
				return at
			}
		}
		if len(a) != len(other) {
			return path
		}
		return ""
	}
	if a != b {
		return path
	}
	return ""
}

// nameOf is the name of a thing in a list, or its number.
func nameOf(value any, i int) string {
	if thing, ok := value.(map[string]any); ok {
		if name, ok := thing["name"].(string); ok && name != "" {
			return name
		}
	}
	return fmt.Sprint(i + 1)
}
