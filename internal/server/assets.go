package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
)

// assets are the files that pages load. All share one version in their
// address, so that a module finds its neighbours by relative imports and a
// browser may keep each file for ever.
type assets struct {
	version string
	files   map[string]assetFile
}

// assetFile reads or makes an asset when it is first asked for.
type assetFile func() (*asset, error)

// asset is one file, compressed when it is first asked for that way.
type asset struct {
	kind       string
	plain      []byte
	compressed func() []byte // nil where compressing does not pay
}

// loadAssets finds our own files, which are stripped for the way to the phone, and
// those of others, which stay as they were published (nil for none). made are
// files that are made from something else, by name; madeOf says which version
// of it.
func loadAssets(made map[string]func() ([]byte, error), madeOf string, own, others fs.FS) (*assets, error) {
	a := &assets{files: map[string]assetFile{}}
	for name, content := range made {
		a.add(name, content)
	}
	sum := sha256.New()
	fmt.Fprintln(sum, madeOf)
	if info, is := debug.ReadBuildInfo(); is { // the program decides how they are stripped and made
		fmt.Fprintln(sum, info.Main.Version)
	}
	for _, room := range []fs.FS{own, others} {
		if room == nil {
			continue
		}
		names, err := fs.Glob(room, "*.*")
		if err != nil {
			return nil, fmt.Errorf("list assets: %w", err)
		}
		for _, name := range names {
			a.add(name, func() ([]byte, error) {
				content, err := fs.ReadFile(room, name)
				if err == nil && room == own {
					content = stripped(name, content)
				}
				return content, err
			})
			content, err := fs.ReadFile(room, name) // only to know its version
			if err != nil {
				return nil, fmt.Errorf("read asset: %w", err)
			}
			fmt.Fprintln(sum, name, len(content))
			sum.Write(content)
		}
	}
	a.version = hex.EncodeToString(sum.Sum(nil)[:6])
	return a, nil
}

func (a *assets) add(name string, read func() ([]byte, error)) {
	a.files[name] = sync.OnceValues(func() (*asset, error) {
		content, err := read()
		if err != nil {
			return nil, fmt.Errorf("read asset %s: %w", name, err)
		}
		return newMedia(contentType(name), content), nil
	})
}

// newMedia makes an asset of a known type.
func newMedia(kind string, content []byte) *asset {
	one := &asset{kind: kind, plain: content}
	if strings.HasPrefix(one.kind, "text/") || strings.Contains(one.kind, "svg") || strings.Contains(one.kind, "json") {
		one.compressed = sync.OnceValue(func() []byte { return compress(content, gzip.BestCompression) })
	}
	return one
}

// contentType names the type of a file. What the system's tables say differs
// between machines, and browsers are strict about modules.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json":
		return "application/json"
	case ".png":
		return "image/png"
	}
	return "text/plain; charset=utf-8"
}

// link returns the address of an asset.
func (a *assets) link(name string) (string, error) {
	if a.files[name] == nil {
		return "", fmt.Errorf("there is no asset %s", name)
	}
	return "/assets/" + a.version + "/" + name, nil
}

// announce names the files of a respondent's document in the head of the
// response: a slow phone asks for them before it has read the document, which
// saves it some 0.2 s at 400 kbit/s. parts are the scripts that not every survey
// needs.
func (a *assets) announce(header http.Header, parts []string) error {
	link := func(name, how string) error {
		address, err := a.link(name)
		if err == nil {
			header.Add("Link", "<"+address+">; rel="+how)
		}
		return err
	}
	err := link("style.css", "preload; as=style")
	for _, script := range append([]string{"respond", "expression"}, parts...) {
		err = errors.Join(err, link(script+".js", "modulepreload"))
	}
	return err
}

func (a *assets) get(name string) (*asset, error) {
	file := a.files[name]
	if file == nil {
		return nil, failure.New(failure.NotFound, "error.not_found")
	}
	return file()
}

func (a *assets) serve(c echo.Context) error {
	one, err := a.get(c.Param("name"))
	if err != nil {
		return err
	}
	header := c.Response().Header()
	if c.Param("version") == a.version {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		// An older document asks for a file of its time: today's is the best
		// there is, but must not be kept under that address.
		header.Set("Cache-Control", "no-cache")
	}
	return one.write(c)
}

func (one *asset) write(c echo.Context) error {
	if one.compressed == nil {
		return c.Blob(http.StatusOK, one.kind, one.plain)
	}
	return writeEither(c, http.StatusOK, one.kind, one.plain, one.compressed)
}

func (s *Server) favicon(c echo.Context) error {
	one, err := s.assets.get("icon.svg")
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=86400")
	return one.write(c)
}

// robots keeps access codes and everything behind the sign-in out of search
// engines.
func (s *Server) robots(c echo.Context) error {
	return c.String(http.StatusOK, "User-agent: *\nDisallow: /q/\nDisallow: /manage\nDisallow: /api/\n")
}

// writeEither writes the compressed body to who can read it, else the plain one.
func writeEither(c echo.Context, status int, kind string, plain []byte, compressed func() []byte) error {
	header := c.Response().Header()
	header.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
	if acceptsGzip(c.Request()) {
		header.Set(echo.HeaderContentEncoding, "gzip")
		return c.Blob(status, kind, compressed())
	}
	return c.Blob(status, kind, plain)
}

// acceptsGzip tells whether the client can unpack gzip.
func acceptsGzip(r *http.Request) bool {
	for _, one := range strings.Split(strings.Join(r.Header.Values(echo.HeaderAcceptEncoding), ","), ",") {
		coding, quality, _ := strings.Cut(strings.ReplaceAll(one, " ", ""), ";")
		if strings.EqualFold(coding, "gzip") || coding == "*" {
			return strings.Trim(strings.TrimPrefix(strings.ToLower(quality), "q="), "0.") != "" || quality == ""
		}
	}
	return false
}

// compress packs content; level as in compress/gzip.
func compress(content []byte, level int) []byte {
	var out bytes.Buffer
	writer, err := gzip.NewWriterLevel(&out, level)
	if err == nil {
		_, err = writer.Write(content)
	}
	if err == nil {
		err = writer.Close()
	}
	if err != nil { // only a wrong level or a failing writer, and a buffer does not fail
		panic(err)
	}
	return out.Bytes()
}

// pack compresses a page that is made for one visitor, with writers that are
// used again: a fresh one takes 800 kB.
type packer struct{ pool sync.Pool }

func (p *packer) pack(content []byte) []byte {
	writer, ok := p.pool.Get().(*gzip.Writer)
	if !ok {
		writer = gzip.NewWriter(io.Discard)
	}
	defer p.pool.Put(writer)
	var out bytes.Buffer
	writer.Reset(&out)
	_, _ = writer.Write(content) // a buffer does not fail
	_ = writer.Close()
	return out.Bytes()
}
