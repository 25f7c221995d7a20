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

// plain returns a text without markup, for plain sentences.
func (r reader) plain(text survey.Text) string { return r.caption(text).Text }

// plainText takes the markup off a text.
func plainText(f fragment) string {
	text := tags.ReplaceAllString(blocks.ReplaceAllString(string(f.whole()), " "), "")
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
}

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
	return f
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
	if err := markdown().Convert([]byte(source), &out); err != nil { // a buffer does not fail
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
