package server

import (
	"bytes"
	"cmp"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// mediaMemory bounds what is kept of pictures and sounds, in bytes: players ask
// for one sound in many pieces, and a class asks for one picture at once.
const mediaMemory = 64 << 20

// mediaShelf keeps pictures and sounds that were asked for, by hash.
type mediaShelf struct {
	mu    sync.Mutex
	files map[string]*asset
	size  int
}

func (m *mediaShelf) get(hash string, load func() (*asset, error)) (*asset, error) {
	m.mu.Lock()
	one := m.files[hash]
	m.mu.Unlock()
	if one != nil {
		return one, nil
	}
	one, err := load()
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.size += len(one.plain); m.files == nil || m.size > mediaMemory {
		m.files, m.size = map[string]*asset{}, len(one.plain) // simpler than keeping track of what is old
	}
	m.files[hash] = one
	return one, nil
}

var mediaHash = regexp.MustCompile(`^[0-9a-f]{64}$`)

// drawingSecurity lets nothing run or load when a drawing is opened by itself.
const drawingSecurity = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

// media serves a picture or sound of a survey. Its address says what is in it,
// so it may be kept for ever.
func (s *Server) media(c echo.Context) error {
	hash := c.Param("hash")
	if !mediaHash.MatchString(hash) {
		return failure.New(failure.NotFound, "error.not_found")
	}
	one, err := s.shelf.get(hash, func() (*asset, error) {
		stored, err := s.config.Waves.Media(c.Request().Context(), hash)
		if err != nil {
			return nil, err
		}
		return newMedia(stored.Type, stored.Data), nil
	})
	if err != nil {
		return err
	}
	header := c.Response().Header()
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set(echo.HeaderContentType, one.kind)
	if one.compressed == nil {
		header.Set("Etag", `"`+hash+`"`)
		http.ServeContent(c.Response(), c.Request(), "", time.Time{}, bytes.NewReader(one.plain))
		return nil
	}
	header.Set("Content-Security-Policy", drawingSecurity)
	header.Set("Etag", `W/"`+hash+`"`) // weak: packed or not, it is the same drawing
	if matches(c.Request().Header.Get("If-None-Match"), `"`+hash+`"`) {
		header.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
		return c.NoContent(http.StatusNotModified)
	}
	return one.write(c)
}

// picture is what a text is illustrated by.
type picture struct {
	Address string
	Alt     string // "" where a text beside it says the same
	Width   int    // in pixels, 0 when not known
	Height  int
	Large   string // address of the picture that it enlarges to, "" for none
	Enlarge string // what the link there says
}

// sound is a recording of a text.
type sound struct {
	Address string
	Of      string // the text that it speaks, plain
	Listen  string // what the player is called
}

// illustrated is what stands beside a text; both are nil for most.
type illustrated struct {
	Picture *picture
	Sound   *sound
}

// illustrate finds the picture and the sound of a text in the reader's language.
// name is what the picture shows where there is no text beside it.
func (f *form) illustrate(of survey.Media, label fragment, name string) (with illustrated) {
	if len(of) == 0 {
		return with
	}
	text := plainText(label)
	if file, ok := f.wave.Version.MediaFile(of, survey.Image, f.spoken()...); ok {
		with.Picture = &picture{Address: mediaAddress(file), Width: file.Width, Height: file.Height}
		if text == "" {
			with.Picture.Alt = name
		}
		if large, ok := f.wave.Version.MediaFile(of, survey.BigImage, f.spoken()...); ok {
			with.Picture.Large, with.Picture.Enlarge = mediaAddress(large), f.T("respondent.larger")
		}
	}
	if file, ok := f.wave.Version.MediaFile(of, survey.Audio, f.spoken()...); ok {
		with.Sound = &sound{Address: mediaAddress(file), Of: cmp.Or(text, name), Listen: f.T("respondent.listen", "Text", cmp.Or(text, name))}
	}
	return with
}

func mediaAddress(file survey.File) string { return "/media/" + file.Hash }

// spoken lists the languages in which a picture or sound may come: the reader's
// own, then what is meant for all, then what the texts fall back to.
func (r reader) spoken() []string {
	base, _, _ := strings.Cut(r.tag, "-")
	own := 0
	for own < len(r.chain) && (r.chain[own] == r.tag || r.chain[own] == base) {
		own++
	}
	return append(append(append([]string{}, r.chain[:own]...), ""), r.chain[own:]...)
}
