package server

import (
	"bytes"
	"html"
	"html/template"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	render "github.com/yuin/goldmark/renderer/html"

	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/survey"
)

// reader speaks a survey's texts in one language, falling back along the
// language's chain and in the end to the survey's source language.
type reader struct {
	tag   string
	chain []string
	// beside speaks every text a second time, in another language, for a reader
	// and an interpreter who look at one screen; nil for most.
	beside *reader
}

func newReader(tag, source string) reader {
	return reader{tag: tag, chain: append(i18n.Chain(tag), source)}
}

// caption is a text without markup, with its language if that is not the page's.
type caption struct{ Text, Lang, Dir string }

// caption returns a text without markup, for titles.
func (r reader) caption(text survey.Text) caption {
	f := r.text(text, func(string) string { return unknown })
	return caption{plainText(f), f.Lang, f.Dir}
}

// with returns a reader that says every text in a second language as well, ""
// for none.
func (r reader) with(tag, source string) reader {
	if tag != "" {
		second := newReader(tag, source)
		r.beside = &second
	}
	return r
}

// plain returns a text without markup, for plain sentences.
func (r reader) plain(text survey.Text) string { return r.caption(text).Text }

// plainText takes the markup off a text. Where markup has no place, the second
// language comes after a dot, isolated: a text that runs the other way must not
// move what stands before it.
func plainText(f fragment) string {
	if second := f.Second(); second != "" {
		return f.First() + secondOpen + second + secondShut
	}
	return bare(f.whole())
}

// secondOpen and secondShut stand around the second language in plain text; the
// document's script looks for them (respond.js).
const secondOpen, secondShut = " · \u2068", "\u2069"

func bare(markup template.HTML) string {
	text := tags.ReplaceAllString(blocks.ReplaceAllString(string(markup), " "), "")
	return strings.Join(strings.Fields(html.UnescapeString(text)), " ")
}

var (
	blocks = regexp.MustCompile(`</?(?:p|br|ul|ol|li)\b[^>]*>`)
	tags   = regexp.MustCompile(`<[^>]*>`)
)

// fragment is a text of the survey, its markup made safe.
type fragment struct {
	Lead template.HTML // the first paragraph, without its tag: fits into a label
	Rest template.HTML // what follows it, as blocks
	// Lang and Dir are set when the text is not in the page's language.
	Lang, Dir string
	// first and second are the text in the two languages of a pair, where Lead
	// and Rest hold both.
	first, second template.HTML
}

// First returns the text in the reader's language without markup.
func (f fragment) First() string {
	if f.second == "" {
		return bare(f.whole())
	}
	return bare(f.first)
}

// Second returns the text in the second language without markup, "" where there
// is none.
func (f fragment) Second() string { return bare(f.second) }

// Plain returns the text without markup, in both languages where there are two.
func (f fragment) Plain() string { return plainText(f) }

// Empty tells whether there is nothing to show.
func (f fragment) Empty() bool { return f.Lead == "" && f.Rest == "" }

func (f fragment) whole() template.HTML {
	if f.Lead == "" {
		return f.Rest
	}
	return "<p>" + f.Lead + "</p>" + f.Rest
}

// Whole returns the text as blocks.
func (f fragment) Whole() template.HTML { return f.whole() }

// text returns a text with ${name} replaced by what value gives.
func (r reader) text(text survey.Text, value func(name string) string) fragment {
	found, tag := text.In(r.chain...)
	if found == "" {
		return fragment{}
	}
	f := markup(found, value)
	if tag != r.tag {
		f.Lang, f.Dir = tag, i18n.Direction(tag)
	}
	if r.beside == nil {
		return f
	}
	if second, other := text.In(r.beside.chain...); second != "" && other != tag {
		return pair(f, markup(second, value), other)
	}
	return f
}

// pair puts the second language's text beside the first, lead to lead and rest
// to rest.
func pair(f, second fragment, tag string) fragment {
	both := func(element string, one, other template.HTML) template.HTML {
		if other == "" {
			return one
		}
		in := func(attributes string, content template.HTML) template.HTML {
			return template.HTML("<"+element+attributes+">") + content + template.HTML("</"+element+">") //nolint:gosec // no text of anybody's
		}
		also := ` class="also" lang="` + template.HTMLEscapeString(tag) + `" dir="` + i18n.Direction(tag) + `"`
		return in(` class="pair"`, in("", one)+" "+in(also, other))
	}
	joined := fragment{Lead: both("span", f.Lead, second.Lead), Rest: both("div", f.Rest, second.Rest),
		Lang: f.Lang, Dir: f.Dir, first: f.whole(), second: second.whole()}
	return joined
}

// unknown stands in a text for an answer that is not known yet.
const unknown = "…"

var reference = regexp.MustCompile(`\$\{\s*([^{}]+?)\s*\}`)

// markup renders Markdown and the few tags that spreadsheets hold. The
// references are set in after the cleaning, so that an answer can neither bring
// markup along nor become part of it.
func markup(source string, value func(name string) string) fragment {
	var names []string
	source = strings.NewReplacer(open, "", shut, "").Replace(source)
	source = reference.ReplaceAllStringFunc(source, func(found string) string {
		names = append(names, reference.FindStringSubmatch(found)[1])
		return open + strconv.Itoa(len(names)-1) + shut
	})
	var out bytes.Buffer
	if err := markdown().Convert([]byte(survey.Markdown(source)), &out); err != nil { // a buffer does not fail
		panic(err)
	}
	safe := strings.TrimSpace(policy().Sanitize(out.String()))
	for i, name := range names {
		set := `<span class="ref" dir="auto" data-ref="` + template.HTMLEscapeString(name) + `">` +
			template.HTMLEscapeString(value(name)) + `</span>`
		safe = strings.ReplaceAll(safe, open+strconv.Itoa(i)+shut, set)
	}
	if lead, rest, ok := strings.Cut(safe, "</p>"); ok && strings.HasPrefix(lead, "<p>") {
		return fragment{Lead: template.HTML(lead[len("<p>"):]), Rest: template.HTML(strings.TrimSpace(rest))} //nolint:gosec // sanitised above
	}
	return fragment{Rest: template.HTML(safe)} //nolint:gosec // sanitised above
}

// open and shut mark the place of a reference. They are of Unicode's private
// use area and are taken out of every source first.
const open, shut = "\uE000", "\uE001"

// markdown returns the one Markdown reader. Raw HTML is let through to the
// policy, which knows what is harmless.
//
//nolint:gochecknoglobals // immutable, and costly to make
var markdown = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(goldmark.WithRendererOptions(render.WithUnsafe(), render.WithHardWraps()))
})

// policy is what may stay of a text's markup: emphasis, lists, line breaks and
// links over https. No pictures, no attributes, nothing that loads.
//
//nolint:gochecknoglobals // immutable, and costly to make
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "strong", "b", "em", "i", "u", "sub", "sup", "ul", "ol", "li", "code")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("https", "mailto", "tel")
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	return p
})
