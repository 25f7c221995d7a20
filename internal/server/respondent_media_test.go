package server

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"bedarfslotse/internal/survey"
)

// illustratedSurvey has pictures and sounds wherever there may be one.
const illustratedSurvey = `
id: pictures
language: de
title: Mit Bildern
choices:
  way:
    - {name: bus, label: Bus, media: {image: {"": bus.png, ar: bus_ar.png}, big-image: big.png, audio: {de: bus_de.wav, ar: bus_ar.wav}}}
    - {name: foot, label: zu Fuß, media: {image: foot.svg}}
    - {name: bike, media: {image: bike.png}}
    - {name: none, label: weiß nicht, substantive: false}
  face: [{name: good, label: gut, score: 2, media: {image: good.svg}}, {name: bad, label: schlecht, score: 1, media: {image: bad.svg}}]
questions:
  - type: group
    name: road
    label: Ihr Weg
    media: {image: road.png}
    questions:
      - {type: note, name: hello, label: Willkommen, media: {audio: hello.wav}}
      - {type: select_one way, name: how, label: Wie kommen Sie her?, appearance: columns-2 no-buttons, media: {image: how.png, big-image: big.png, audio: {de: how_de.wav}}}
      - {type: select_multiple way, name: also, label: Wie noch?, appearance: minimal}
  - type: group
    name: further
    label: Weiteres
    questions:
      - {type: text, name: wordless, media: {image: how.png}}
      - {type: select_one way, name: heard, appearance: autocomplete, media: {audio: hello.wav}}
      - {type: rank way, name: order, label: Reihenfolge}
  - type: group
    name: faces
    label: Wie war es?
    appearance: table-list
    questions:
      - {type: select_one face, name: food, label: Das Essen}
      - {type: select_one face, name: rooms, label: Die Räume, media: {image: how.png}}
translations:
  ar:
    title: {text: مع صور}
    questions:
      road: {label: {text: طريقكم}}
      how: {label: {text: كيف تأتون؟}}
    choices: {way: {bus: {label: {text: حافلة}}, foot: {label: {text: مشيا}}, none: {label: {text: لا أعرف}}}}
`

// mediaFiles are the files of the survey above, made here.
func mediaFiles(t testing.TB) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for at, name := range []string{"bus.png", "bus_ar.png", "bike.png", "road.png", "how.png", "big.png"} {
		wide := 240 + 40*at
		painted := image.NewRGBA(image.Rect(0, 0, wide, 180))
		for i := range wide * 180 {
			painted.Set(i%wide, i/wide, color.RGBA{uint8(40 * at), uint8(i / wide), uint8(255 - i%wide/2), 255})
		}
		var out bytes.Buffer
		if err := png.Encode(&out, painted); err != nil {
			t.Fatal(err)
		}
		files["media/"+name] = &fstest.MapFile{Data: out.Bytes()}
	}
	for at, name := range []string{"foot.svg", "good.svg", "bad.svg"} {
		files["media/"+name] = &fstest.MapFile{Data: fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">`+
			`<circle cx="32" cy="32" r="28" fill="none" stroke="#000" stroke-width="4"/><path d="M18 %d q14 %d 28 0" fill="none" stroke="#000" stroke-width="4"/></svg>`, 40, []int{0, 20, -20}[at])}
	}
	for at, name := range []string{"bus_de.wav", "bus_ar.wav", "hello.wav", "how_de.wav"} {
		files["media/"+name] = &fstest.MapFile{Data: wav(2000 + at)}
	}
	return files
}

// wav is so many samples of silence, 8 000 a second.
func wav(samples int) []byte {
	var out bytes.Buffer
	out.WriteString("RIFF")
	_ = binary.Write(&out, binary.LittleEndian, uint32(36+samples))
	out.WriteString("WAVEfmt ")
	for _, field := range []any{uint32(16), uint16(1), uint16(1), uint32(8000), uint32(8000), uint16(1), uint16(8)} {
		_ = binary.Write(&out, binary.LittleEndian, field)
	}
	out.WriteString("data")
	_ = binary.Write(&out, binary.LittleEndian, uint32(samples))
	out.Write(bytes.Repeat([]byte{128}, samples))
	return out.Bytes()
}

func illustratedVersion(t testing.TB) *survey.Version {
	t.Helper()
	read, findings := survey.ReadYAML("pictures.yaml", []byte(illustratedSurvey))
	if findings = append(findings, survey.ReadFiles(read, mediaFiles(t), "pictures.yaml")...); len(findings) > 0 {
		t.Fatal(findings)
	}
	return compiled(t, read)
}

// part returns what stands in a text between two others.
func part(t *testing.T, text, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, from)
	found, _, closed := strings.Cut(rest, to)
	if !ok || !closed {
		t.Fatalf("there is nothing between %q and %q", from, to)
	}
	return found
}

func TestDocumentShowsPicturesAndSounds(t *testing.T) {
	s := newTestServer(t)
	version := illustratedVersion(t)
	s.open(t, "pictures", version)
	at := func(name string) string { return "/media/" + version.Files[name].Hash }
	german, arabic := s.get("/s/pictures?lang=de").Body.String(), s.get("/s/pictures?lang=ar").Body.String()
	question := part(t, german, `data-name="how"`, "</fieldset>")
	for _, want := range []string{
		`<img src="` + at("how.png") + `" alt="" width="400" height="180" loading="lazy"`,
		`<a class="larger" href="` + at("big.png") + `" target="_blank" rel="noopener">Bild vergrößern</a>`,
		`<audio controls preload="none" src="` + at("how_de.wav") + `" aria-label="Anhören: Wie kommen Sie her?">`,
		`class="choices gallery side side-2"`,
		`aria-labelledby="o-how-0"`, `<span id="o-how-0"><img src="` + at("bus.png") + `" alt=""`,
		`<img src="` + at("bike.png") + `" alt="bike"`, `src="` + at("bus_de.wav") + `" aria-label="Anhören: Bus"`,
		`<img src="` + at("foot.svg") + `" alt="" width="64" height="64"`,
	} {
		if !strings.Contains(question, want) {
			t.Errorf("the question lacks %s", want)
		}
	}
	if !strings.Contains(part(t, german, `data-name="road"`, `data-name="how"`), at("road.png")) ||
		!strings.Contains(part(t, german, `data-name="hello"`, `data-name="how"`), at("hello.wav")) {
		t.Error("the group or the note lacks what belongs to it")
	}
	if strings.Contains(part(t, german, `data-name="also"`, "</fieldset>"), "<select") || strings.Contains(german, "<datalist") {
		t.Error("a list that opens cannot show pictures")
	}
	if !strings.Contains(german, `<label for="c-wordless"><span class="label"><img src="`+at("how.png")+`" alt="wordless"`) ||
		strings.Count(part(t, german, `data-name="wordless"`, "<input"), "<img") != 1 {
		t.Error("a question that is only a picture is named by it, once")
	}
	if !strings.Contains(german, `<span class="unseen">heard</span>`) {
		t.Error("a question that is only a sound has no name")
	}
	question = part(t, arabic, `data-name="how"`, "</fieldset>")
	if !strings.Contains(question, at("bus_ar.png")) || !strings.Contains(question, at("bus_ar.wav")) || !strings.Contains(question, at("how_de.wav")) ||
		strings.Contains(question, at("bus.png")) {
		t.Error("in Arabic there are other files, and German ones where there is none")
	}
}

func TestMediaAreServedForEver(t *testing.T) {
	s := newTestServer(t)
	version := illustratedVersion(t)
	s.open(t, "pictures", version)
	at := func(name string) string { return "/media/" + version.Files[name].Hash }
	for name, kind := range map[string]string{"bus.png": "image/png", "foot.svg": "image/svg+xml", "hello.wav": "audio/wav"} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			answer := s.do(method, at(name), "")
			header := answer.Header()
			body := version.Content(version.Files[name].Hash)
			if answer.Code != 200 || header.Get("Content-Type") != kind || method == http.MethodGet && !bytes.Equal(answer.Body.Bytes(), body) ||
				header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Cross-Origin-Resource-Policy") != "same-origin" ||
				header.Get("Cache-Control") != "public, max-age=31536000, immutable" || len(header.Values("Set-Cookie")) > 0 {
				t.Errorf("%s %s: %d, %d bytes, %v", method, name, answer.Code, answer.Body.Len(), header)
			}
			tag := header.Get("Etag")
			if again := s.get(at(name), "If-None-Match", tag); tag == "" || again.Code != 304 || again.Body.Len() > 0 {
				t.Errorf("%s with %s: %d", name, tag, again.Code)
			}
		}
	}
	sound := version.Content(version.Files["hello.wav"].Hash)
	answer := s.get(at("hello.wav"), "Range", "bytes=10-19")
	if answer.Code != 206 || !bytes.Equal(answer.Body.Bytes(), sound[10:20]) || answer.Header().Get("Content-Range") != fmt.Sprintf("bytes 10-19/%d", len(sound)) {
		t.Errorf("a piece: %d %v", answer.Code, answer.Header())
	}
	if answer := s.get(at("hello.wav"), "Range", "bytes=999999-"); answer.Code != 416 {
		t.Errorf("a piece beyond the end: %d", answer.Code)
	}
	drawing := s.get(at("foot.svg"), "Accept-Encoding", "gzip").Header()
	if drawing.Get("Content-Security-Policy") != "default-src 'none'; style-src 'unsafe-inline'; sandbox" || drawing.Get("Content-Encoding") != "gzip" {
		t.Errorf("a drawing by itself: %v", drawing)
	}
	for _, wrong := range []string{strings.Repeat("0", 64), "x", strings.ToUpper(version.Files["bus.png"].Hash), "..%2f..%2fetc%2fpasswd"} {
		if answer := s.get("/media/" + wrong); answer.Code != 404 || strings.Contains(answer.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", wrong, answer.Code, answer.Header())
		}
	}
}

func TestMediaMemoryIsBounded(t *testing.T) {
	shelf := &mediaShelf{}
	for i := range 10 {
		hash := fmt.Sprint(i)
		one, err := shelf.get(hash, func() (*asset, error) { return newMedia("image/png", make([]byte, mediaMemory/4)), nil })
		if err != nil || len(one.plain) != mediaMemory/4 || shelf.files[hash] != one || shelf.size > mediaMemory || len(shelf.files) > 4 {
			t.Fatalf("after %d files: %d kept, %d bytes, %v", i+1, len(shelf.files), shelf.size, err)
		}
	}
}
