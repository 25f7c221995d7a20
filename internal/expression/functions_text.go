package expression

import (
	"encoding/base64"
	"math"
	"strings"
	"unicode/utf8"
)

// maxResult is the longest text, in bytes, that functions put together: far
// above what an answer may hold, far below what could hurt. The rest is cut.
const maxResult = 200_000

// textFunction knows the functions that return texts or judge them.
func textFunction(name string) function {
	switch name {
	case "base64-decode":
		return function{least: 1, most: 1, apply: decodeBase64}
	case "concat":
		return function{least: 1, most: -1, apply: concat}
	case "contains":
		return function{least: 2, most: 2, apply: contains}
	case "digest":
		return function{least: 2, most: 3, apply: digest, check: checkDigest}
	case "ends-with":
		return function{least: 2, most: 2, apply: endsWith}
	case "join":
		return function{least: 2, most: -1, apply: joinAll}
	case "normalize-space":
		return function{most: 1, selfDefault: true, apply: normalizeSpace}
	case "starts-with":
		return function{least: 2, most: 2, apply: startsWith}
	case "string":
		return function{most: 1, selfDefault: true, apply: toText}
	case "string-length":
		return function{most: 1, selfDefault: true, apply: textLength}
	case "substr":
		return function{least: 2, most: 3, apply: substr}
	case "substring":
		return function{least: 2, most: 3, apply: substring}
	case "substring-after":
		return function{least: 2, most: 2, apply: substringAfter}
	case "substring-before":
		return function{least: 2, most: 2, apply: substringBefore}
	case "translate":
		return function{least: 3, most: 3, apply: translate}
	case "uuid":
		return function{most: 1, volatile: true, apply: uuid}
	}
	return function{}
}

func endsWith(call *node, env Env) Value {
	return Bool(strings.HasSuffix(call.textOf(0, env), call.textOf(1, env)))
}

// joinTexts joins all arguments from the first on, each node of a node-set by
// itself.
func joinTexts(args []*node, separator string, env Env) Value {
	var out strings.Builder
	pieces := 0
	add := func(text string) bool {
		if pieces++; pieces > 1 {
			out.WriteString(separator)
		}
		out.WriteString(text)
		return out.Len() <= maxResult
	}
	for _, arg := range args {
		value := arg.eval(env)
		count := 1
		if value.kind == KindNodes {
			count = value.count()
		}
		for i := range count {
			text := value.Text()
			if value.kind == KindNodes {
				text = value.node(i)
			}
			if !add(text) {
				return String(strings.ToValidUTF8(out.String()[:maxResult], ""))
			}
		}
	}
	return String(out.String())
}

// joinAll is join(): its first argument stands between the others; ODK.
func joinAll(call *node, env Env) Value {
	return joinTexts(call.args[1:], call.textOf(0, env), env)
}

// normalizeSpace cuts white space at both ends and makes one space of more.
func normalizeSpace(call *node, env Env) Value {
	return String(strings.Join(strings.FieldsFunc(call.argument(env).Text(), isListSpace), " "))
}

// substring takes the characters of which the position, counted from 1, is at
// least round(second) and below round(second) + round(third).
func substring(call *node, env Env) Value {
	text := call.textOf(0, env)
	from := roundWhole(call.args[1].asNumber(env))
	to := math.Inf(1)
	if len(call.args) == 3 {
		to = from + roundWhole(call.args[2].asNumber(env))
	}
	return String(cut(text, from-1, to-1))
}

// substr takes the characters from the second argument, counted from 0, up to
// but without the third; negative ones count from the end; ODK.
func substr(call *node, env Env) Value {
	text := call.textOf(0, env)
	length := float64(utf8.RuneCountInString(text))
	place := func(i int) float64 {
		at := math.Trunc(call.args[i].asNumber(env))
		if at < 0 {
			return math.Max(0, length+at)
		}
		return at
	}
	to := length
	if len(call.args) == 3 {
		to = place(2)
	}
	return String(cut(text, place(1), to))
}

// cut returns the characters whose place, counted from 0, is at least from and
// below to; with NaN none.
func cut(text string, from, to float64) string {
	start, end, place := len(text), len(text), 0.0
	if math.IsNaN(from) || math.IsNaN(to) || from >= to {
		return ""
	}
	for i := range text {
		if place >= from && start == len(text) {
			start = i
		}
		if place >= to {
			end = i
			break
		}
		place++
	}
	return text[min(start, end):end]
}

func substringAfter(call *node, env Env) Value {
	_, after, _ := strings.Cut(call.textOf(0, env), call.textOf(1, env))
	return String(after)
}

func substringBefore(call *node, env Env) Value {
	before, _, found := strings.Cut(call.textOf(0, env), call.textOf(1, env))
	if !found {
		before = ""
	}
	return String(before)
}

// translate replaces each character of the second argument by that in the same
// place of the third, and removes those without one there.
func translate(call *node, env Env) Value {
	to := []rune(call.textOf(2, env))
	table := map[rune]rune{}
	place := 0
	for _, r := range call.textOf(1, env) {
		if _, known := table[r]; !known { // the first occurrence counts
			table[r] = -1
			if place < len(to) {
				table[r] = to[place]
			}
		}
		place++
	}
	return String(strings.Map(func(r rune) rune {
		if instead, known := table[r]; known {
			return instead
		}
		return r
	}, call.textOf(0, env)))
}

// decodeBase64 returns the text that base 64 stands for, "" where it is none or
// what it stands for is no text in UTF-8; ODK. Padding may be missing.
func decodeBase64(call *node, env Env) Value {
	text := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n\f", r) {
			return -1
		}
		return r
	}, call.textOf(0, env))
	if len(text)%4 == 0 {
		text = strings.TrimSuffix(strings.TrimSuffix(text, "="), "=")
	}
	decoded, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || !utf8.Valid(decoded) {
		return String("")
	}
	return String(string(decoded))
}

// uuid draws an identifier: of RFC 9562, version 4, or with an argument so many
// digits and small letters; ODK.
func uuid(call *node, env Env) Value {
	const longest = 1000
	digit := func(base float64) byte { return "0123456789abcdefghijklmnopqrstuvwxyz"[int(env.Random()*base)] }
	if len(call.args) == 1 {
		length := call.args[0].asNumber(env)
		var out []byte
		for i := 0; float64(i) < math.Min(longest, math.Trunc(length)); i++ {
			out = append(out, digit(36))
		}
		return String(string(out))
	}
	out := []byte("xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx")
	for i, c := range out {
		switch c {
		case 'x':
			out[i] = digit(16)
		case 'y':
			out[i] = "89ab"[int(env.Random()*4)]
		}
	}
	return String(string(out))
}
