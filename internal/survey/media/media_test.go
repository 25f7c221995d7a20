package media_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey/media"
)

// key returns the key of a refusal, "" when there was none.
func key(err error) string {
	var refused *failure.Error
	if errors.As(err, &refused) {
		return strings.TrimPrefix(refused.Key, "survey.media_")
	}
	return ""
}

func painted(t testing.TB, wide, high int, encode func(*bytes.Buffer, image.Image) error) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := encode(&out, image.NewGray(image.Rect(0, 0, wide, high))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asPNG(out *bytes.Buffer, one image.Image) error { return png.Encode(out, one) }

// box is one box of an MP4 file.
func box(kind, content string) string {
	return fmt.Sprintf("\x00\x00%c%c%s%s", (len(content)+8)>>8, (len(content)+8)&255, kind, content)
}

func track(handler string) string {
	return box("moov", box("trak", box("mdia", box("hdlr", strings.Repeat("\x00", 8)+handler+strings.Repeat("\x00", 13)))))
}

func oggPage(packet string) string {
	return "OggS" + strings.Repeat("\x00", 22) + "\x01" + string(rune(len(packet))) + packet
}

func TestInspectGoesByTheContent(t *testing.T) {
	const frame = "\xff\xfb\x50\xc4"
	// One white pixel, as the reference encoder writes it.
	webp, err := base64.StdEncoding.DecodeString("UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAwA0JaQAA3AA/vuUAAA=")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		content    []byte
		kind       string
		wide, high int
		refused    string
	}{
		"PNG":  {content: painted(t, 20, 10, asPNG), kind: media.PNG, wide: 20, high: 10},
		"JPEG": {content: painted(t, 20, 10, func(out *bytes.Buffer, one image.Image) error { return jpeg.Encode(out, one, nil) }), kind: media.JPEG, wide: 20, high: 10},
		"GIF":  {content: painted(t, 20, 10, func(out *bytes.Buffer, one image.Image) error { return gif.Encode(out, one, nil) }), kind: media.GIF, wide: 20, high: 10},
		"WebP": {content: webp, kind: media.WebP, wide: 1, high: 1},
		"SVG": {content: []byte("\xef\xbb\xbf<?xml version=\"1.0\"?><!-- by hand --><!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"x\">\n" +
			`<svg xmlns="http://www.w3.org/2000/svg" width="10mm" height="96"/>`), kind: media.SVG, wide: 38, high: 96},
		"MP3":                    {content: []byte(frame + "xxxx"), kind: media.MP3},
		"MP3 with a tag":         {content: []byte("ID3\x04\x00\x00\x00\x00\x01\x00" + strings.Repeat("t", 128) + "\x00\x00" + frame), kind: media.MP3},
		"a tag and nothing":      {content: []byte("ID3\x04\x00\x00\x00\x00\x01\x00" + strings.Repeat("t", 128)), refused: "unknown"},
		"AAC":                    {content: []byte("\xff\xf1\x50\x80\x02\x1f\xfc"), kind: media.AAC},
		"M4A":                    {content: []byte(box("ftyp", "M4A \x00\x00\x00\x00") + track("soun")), kind: media.MP4},
		"MP4 with pictures":      {content: []byte(box("ftyp", "isom\x00\x00\x00\x00") + track("soun") + track("vide")), refused: "video"},
		"MP4 without tracks":     {content: []byte(box("ftyp", "avif\x00\x00\x00\x00")), refused: "unknown"},
		"Opus":                   {content: []byte(oggPage("OpusHead\x01")), kind: media.Ogg},
		"Vorbis":                 {content: []byte(oggPage("\x01vorbis\x00")), kind: media.Ogg},
		"Theora":                 {content: []byte(oggPage("\x80theora")), refused: "video"},
		"WAV":                    {content: []byte("RIFF\x24\x00\x00\x00WAVEfmt "), kind: media.WAV},
		"AVI":                    {content: []byte("RIFF\x24\x00\x00\x00AVI LIST"), refused: "video"},
		"WebM":                   {content: []byte("\x1a\x45\xdf\xa3\x01"), refused: "video"},
		"nothing":                {refused: "unknown"},
		"a page":                 {content: []byte("<!DOCTYPE html><html><svg></svg></html>"), refused: "unknown"},
		"text":                   {content: []byte("<svg is what I like"), refused: "unknown"},
		"PDF":                    {content: []byte("%PDF-1.7"), refused: "unknown"},
		"a spreadsheet":          {content: []byte("PK\x03\x04"), refused: "unknown"},
		"half a PNG head":        {content: painted(t, 20, 10, asPNG)[:20], refused: "damaged"},
		"too many pixels":        {content: painted(t, 4097, 1, asPNG), refused: "pixels"},
		"the most pixels":        {content: painted(t, 4096, 1, asPNG), kind: media.PNG, wide: 4096, high: 1},
		"too many bytes":         {content: append(painted(t, 20, 10, asPNG), make([]byte, media.MaxImage)...), refused: "large"},
		"a sound of many bytes":  {content: append([]byte(frame), make([]byte, media.MaxImage)...), kind: media.MP3},
		"a sound of too many":    {content: append([]byte(frame), make([]byte, media.MaxSound)...), refused: "large"},
		"a drawing of too many":  {content: append([]byte(`<svg xmlns="http://www.w3.org/2000/svg">`), bytes.Repeat([]byte(" "), media.MaxImage)...), refused: "large"},
		"a PNG called something": {content: append(painted(t, 3, 3, asPNG), "<script>alert(1)</script>"...), kind: media.PNG, wide: 3, high: 3},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := media.Inspect(test.content)
			if key(err) != test.refused || err == nil && (file.Type != test.kind || file.Width != test.wide || file.Height != test.high ||
				file.Size != len(test.content) || len(file.Hash) != 64) {
				t.Errorf("got %+v and %v", file, err)
			}
		})
	}
}

func TestSizeOfDrawings(t *testing.T) {
	for attributes, want := range map[string][2]int{
		`width="10" height="20"`: {10, 20}, `width="72pt" height="1in"`: {96, 96}, `viewBox="0 0 30.4 40"`: {30, 40}, `width="100%" height="100%" viewBox="0,0,5,6"`: {5, 6},
		``: {0, 0}, `width="10"`: {0, 0}, `width="-3" height="1e99"`: {0, 0}, `width="NaN" height="Inf"`: {0, 0},
	} {
		file, err := media.Inspect([]byte(`<svg xmlns="http://www.w3.org/2000/svg" ` + attributes + `/>`))
		if err != nil || [2]int{file.Width, file.Height} != want {
			t.Errorf("%s: %d × %d, %v", attributes, file.Width, file.Height, err)
		}
	}
}

func svg(inside string) []byte {
	return []byte(`<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">` + inside + `</svg>`)
}

// TestDrawingsOnlyDraw holds what drawings have been made to do elsewhere.
func TestDrawingsOnlyDraw(t *testing.T) {
	for inside, want := range map[string]string{
		`<path d="M0 0h9"/><g style="fill:url(#a)"><title>T</title></g><linearGradient id="a"><stop offset="0"/></linearGradient>`: "",
		`<style><![CDATA[.a{fill:#f00;stroke:url(#a)}]]></style><use xlink:href="#a" href="#a"/>`:                                  "",
		`<sodipodi:namedview xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd" showgrid="false"/>`:               "",
		`<script>alert(1)</script>`: "svg_active", `<s:script xmlns:s="http://www.w3.org/2000/svg">x</s:script>`: "svg_active",
		`<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>`: "svg_active",
		`<h:script xmlns:h="http://www.w3.org/1999/xhtml">alert(1)</h:script>`:         "svg_active",
		`<x:y xmlns:x="http://www.w3.org/2001/xml-events"/>`:                           "svg_active",
		`<g onload="alert(1)"/>`: "svg_active", `<g OnClick="x"/>`: "svg_active", `<g ONMOUSEOVER="x"/>`: "svg_active",
		`<a href="https://example.org"><path/></a>`:                              "svg_active",
		`<animate attributeName="href" to="javascript:alert(1)"/>`:               "svg_active",
		`<set attributeName="onload" to="x"/>`:                                   "svg_active",
		`<image href="https://example.org/x.png"/>`:                              "svg_active",
		`<image href="data:image/svg+xml;base64,PHN2Zy8+"/>`:                     "svg_active",
		`<filter><feImage href="https://example.org/x.png"/></filter>`:           "svg_active",
		`<iframe src="https://example.org"/>`:                                    "svg_active",
		`<use href="https://example.org/x.svg#a"/>`:                              "svg_outside",
		`<use xlink:href=" data:image/svg+xml,x"/>`:                              "svg_outside",
		`<use xlink:href="java&#x73;cript:alert(1)"/>`:                           "svg_outside",
		`<g xml:base="https://example.org"/>`:                                    "svg_outside",
		`<path fill="url(https://example.org/x)"/>`:                              "svg_outside",
		`<path fill="url( 'https://example.org/x' )"/>`:                          "svg_outside",
		`<path fill="URL(//example.org)"/>`:                                      "svg_outside",
		`<path fill="u\72l(//example.org)"/>`:                                    "svg_outside",
		`<path style="background:url(//example.org)"/>`:                          "svg_outside",
		`<style>@import "https://example.org/x.css";</style>`:                    "svg_outside",
		`<style>@im<!-- -->port "https://example.org/x.css";</style>`:            "svg_outside",
		`<style>@font-face{font-family:x;src:url(#x)}</style>`:                   "svg_outside",
		`<style>a{background:image-set("https://example.org/x.png" 1x)}</style>`: "svg_outside",
		`<style>@\69mport "https://example.org/x.css";</style>`:                  "svg_outside",
		`<?xml-stylesheet href="https://example.org/x.css"?>`:                    "svg_outside",
		`<path>`:                         "svg_broken",
		`&laugh;`:                        "svg_broken",
		`</svg><svg>`:                    "svg_broken",
		`<path d="M0 0/>`:                "svg_broken",
		`<g id="a"><use href="#a"/></g>`: "svg_heavy",
		`<pattern id="a"><path fill="url(#a)"/></pattern>`:               "svg_heavy",
		strings.Repeat("<g>", 200) + strings.Repeat("</g>", 200):         "svg_heavy",
		strings.Repeat("<g/>", 20_001):                                   "svg_heavy",
		laughs("use", `<use href="#%[1]s"/><use href="#%[1]s"/>`):        "svg_heavy",
		laughs("mask", `<g mask="url(#%[1]s)"/><g mask="url(#%[1]s)"/>`): "svg_heavy",
	} {
		if _, err := media.Inspect(svg(inside)); key(err) != want {
			t.Errorf("%.80s: %v, want %q", inside, err, want)
		}
	}
	for whole, want := range map[string]string{
		`<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg">&b;</svg>`:  "svg_active",
		`<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg">&x;</svg>`: "svg_active",
		`<svg><path/></svg>`:                          "svg_broken",
		`<svg xmlns="http://www.w3.org/1999/xhtml"/>`: "svg_broken",
		`<?xml version="1.0" encoding="UTF-16"?><svg xmlns="http://www.w3.org/2000/svg"/>`: "unknown",
		`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`:                      "svg_active",
	} {
		if _, err := media.Inspect([]byte(whole)); key(err) != want {
			t.Errorf("%s: %v, want %q", whole, err, want)
		}
	}
}

// laughs draws each level twice by the next.
func laughs(element, twice string) string {
	text := `<path id="l0"/>`
	for level := range 30 {
		text += fmt.Sprintf(`<g id="l%d">%s</g>`, level+1, fmt.Sprintf(twice, fmt.Sprint("l", level)))
	}
	return text + "<!-- " + element + " -->"
}

func FuzzInspect(f *testing.F) {
	f.Add(svg(`<style>@im<!-- -->port "x"</style><use href="#a"/>`))
	f.Add([]byte("ID3\x04\x00\x00\x7f\x7f\x7f\x7f"))
	f.Add([]byte("OggS" + strings.Repeat("\x00", 22) + "\xff"))
	f.Add([]byte(box("ftyp", "isom\x00\x00\x00\x00") + track("vide")))
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := media.Inspect(content)
		if (err == nil) != (file.Type != "") || err != nil && key(err) == "" {
			t.Fatalf("%+v, %v", file, err)
		}
	})
}
