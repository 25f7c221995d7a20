package response

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"bedarfslotse/internal/survey"
)

// storedReader reads the one form in which [Answers.AppendJSON] writes, several
// times as fast as encoding/json does: an export reads every response of a
// wave. Whatever is written in another way it leaves to [jsonReader].
type storedReader struct {
	answers *Answers
	rest    []byte
}

// readStored returns false when the document is not just as we write it, or is
// wrong in any way.
func readStored(version *survey.Version, document []byte) (*Answers, bool) {
	r := &storedReader{answers: New(version), rest: document}
	ok := utf8.Valid(document) && r.object(r.answers.root) && len(r.rest) == 0
	return r.answers, ok
}

// take takes one sign, if it is the next.
func (r *storedReader) take(sign byte) bool {
	if len(r.rest) == 0 || r.rest[0] != sign {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

// list reads what stands between two brackets, with commas between.
func (r *storedReader) list(open, shut byte, one func() bool) bool {
	if !r.take(open) {
		return false
	}
	if r.take(shut) {
		return true
	}
	for one() {
		if !r.take(',') {
			return r.take(shut)
		}
	}
	return false
}

func (r *storedReader) object(in *instance) bool {
	return r.list('{', '}', func() bool {
		name, ok := r.text()
		return ok && r.take(':') && r.member(in, r.answers.Version.Element(name))
	})
}

// member reads the value of one element, which must not have one yet.
func (r *storedReader) member(in *instance, e *survey.Element) bool {
	switch {
	case e == nil || e.Within != in.repeat:
		return false
	case e.Type == survey.Repeat:
		number := 0
		return in.cell(e).instances == nil && r.list('[', ']', func() bool {
			child := r.answers.instance(in, e, number)
			number++
			return child != nil && r.object(child)
		})
	case !e.Type.Answered() || in.cell(e).values != nil:
		return false
	case e.Type == survey.SelectMultiple:
		var values []string
		read := r.list('[', ']', func() bool {
			value, ok := r.text()
			values = append(values, value)
			return ok
		})
		in.set(e, values)
		return read
	}
	value, ok := r.text()
	in.set(e, []string{value})
	return ok
}

// text reads a string. What has an escape goes to the standard library.
func (r *storedReader) text() (string, bool) {
	if len(r.rest) == 0 || r.rest[0] != '"' {
		return "", false
	}
	end := 1
	for {
		at := bytes.IndexByte(r.rest[end:], '"')
		if at < 0 {
			return "", false
		}
		end += at + 1
		if !escapes(r.rest[1 : end-1]) {
			break
		}
	}
	quoted := r.rest[:end]
	r.rest = r.rest[end:]
	for _, b := range quoted {
		if b < ' ' || b == '\\' {
			var text string
			err := json.Unmarshal(quoted, &text)
			return text, err == nil
		}
	}
	return string(quoted[1 : end-1]), true
}

// escapes tells whether the text ends in a backslash that makes the next sign
// part of the text: in an odd number of them.
func escapes(text []byte) bool {
	return (len(text)-len(bytes.TrimRight(text, `\`)))%2 == 1
}
