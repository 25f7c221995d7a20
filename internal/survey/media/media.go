// Package media looks at pictures and sounds that authors put beside a survey:
// what they are, how large, and whether they are safe to show. It goes by the
// content, never by the name.
package media

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	_ "image/gif"  // reads the head of GIF
	_ "image/jpeg" // of JPEG
	_ "image/png"  // of PNG
	"strings"

	_ "golang.org/x/image/webp" // of WebP

	"bedarfslotse/internal/failure"
)

// What a survey may hold, in bytes and pixels. A phone with two bars of network
// has to load a picture, and has to unpack all its pixels in memory.
const (
	MaxImage  = 2 << 20
	MaxSound  = 10 << 20
	MaxSurvey = 100 << 20 // all files of a survey together
	maxSide   = 4096      // of a picture
)

// File says what a file is. It is part of the survey's document, so that a
// version of a survey stays the same in its pictures too.
type File struct {
	Hash string `json:"hash"` // hexadecimal SHA-256 of the content
	Type string `json:"type"` // MIME type
	Size int    `json:"size"` // in bytes
	// Width and Height are those of a picture in pixels, so that a page keeps
	// the room free for it; 0 when a drawing names none.
	Width  int `json:"width,omitempty"`
	Height int `json:"height,omitempty"`
}

// The MIME types of what is shown.
const (
	PNG  = "image/png"
	JPEG = "image/jpeg"
	GIF  = "image/gif"
	WebP = "image/webp"
	SVG  = "image/svg+xml"
	MP3  = "audio/mpeg"
	AAC  = "audio/aac"
	MP4  = "audio/mp4"
	Ogg  = "audio/ogg"
	WAV  = "audio/wav"
)

// Picture tells whether the file is a picture; else it is a sound.
func (f File) Picture() bool { return strings.HasPrefix(f.Type, "image/") }

// Inspect tells what a content is. It fails with failure.Invalid or
// failure.TooLarge, and a key of the sentences that say why, when the content
// is nothing that respondents can be shown.
func Inspect(content []byte) (File, error) {
	kind := detect(content)
	switch kind {
	case "":
		return File{}, failure.New(failure.Invalid, "survey.media_unknown")
	case video:
		return File{}, failure.New(failure.Invalid, "survey.media_video")
	}
	sum := sha256.Sum256(content)
	file := File{Hash: hex.EncodeToString(sum[:]), Type: kind, Size: len(content)}
	limit := MaxSound
	if file.Picture() {
		limit = MaxImage
	}
	if len(content) > limit {
		return File{}, TooLarge(len(content), limit)
	}
	var err error
	switch {
	case kind == SVG:
		file.Width, file.Height, err = drawing(content)
	case file.Picture():
		file.Width, file.Height, err = raster(content)
	}
	if err != nil {
		return File{}, err
	}
	return file, nil
}

// TooLarge is the failure of a file that is larger than its kind may be.
func TooLarge(size, limit int) error {
	return failure.New(failure.TooLarge, "survey.media_large", "megabytes", fmt.Sprintf("%.1f", float64(size)/(1<<20)), "limit", limit>>20)
}

// raster reads the size of a picture made of pixels from its head.
func raster(content []byte) (width, height int, err error) {
	head, _, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil || head.Width < 1 || head.Height < 1 {
		return 0, 0, failure.New(failure.Invalid, "survey.media_damaged").Because(cmp.Or(err, image.ErrFormat))
	}
	if head.Width > maxSide || head.Height > maxSide {
		return 0, 0, failure.New(failure.TooLarge, "survey.media_pixels", "width", head.Width, "height", head.Height, "limit", maxSide)
	}
	return head.Width, head.Height, nil
}
