package server

import (
	"io"
	"net/http"
	"regexp"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
)

// draftLimit is how many bytes a draft set aside may have: what is posted at
// most, packed by nothing, with the seal around it.
const draftLimit = 256 << 10

// draftID is what a phone makes of the respondent's code: 128 bits that say
// nothing about the key.
var draftID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// draftOf finds the wave and the id of a draft that was set aside.
func (s *Server) draftOf(c echo.Context) (*store.LiveWave, string, error) {
	if err := s.limiter.check(s.client(c.Request())); err != nil {
		return nil, "", err
	}
	id := c.Param("id")
	if !draftID.MatchString(id) {
		return nil, "", failure.New(failure.NotFound, "error.unknown_draft")
	}
	wave, err := s.publicWave(c, c.Param("slug"))
	if err != nil {
		return nil, "", err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return wave, id, nil
}

// keepDraft keeps a draft that the phone has encrypted. The server cannot read
// it: the key is made from the code, which stays with the respondent.
func (s *Server) keepDraft(c echo.Context) error {
	wave, id, err := s.draftOf(c)
	if err != nil {
		return err
	}
	if !wave.Accepting(s.config.Now()) {
		return failure.New(failure.Gone, "error.wave_closed")
	}
	data, err := io.ReadAll(c.Request().Body)
	if tells(err) {
		return err
	}
	if err != nil || len(data) == 0 {
		return failure.New(failure.Invalid, "error.broken_request").Because(err)
	}
	last, err := s.config.Waves.KeepDraft(c.Request().Context(), wave, id, data)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, keptDraft{Last: last})
}

// keptDraft tells the last day on which a draft is kept.
type keptDraft struct {
	Last string `json:"last"`
}

// draft gives a draft back as it came.
func (s *Server) draft(c echo.Context) error {
	wave, id, err := s.draftOf(c)
	if err != nil {
		return err
	}
	data, err := s.config.Waves.Draft(c.Request().Context(), wave, id)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, echo.MIMEOctetStream, data)
}

// forgetDraft deletes a draft, after it was taken up or sent.
func (s *Server) forgetDraft(c echo.Context) error {
	wave, id, err := s.draftOf(c)
	if err != nil {
		return err
	}
	if err := s.config.Waves.ForgetDraft(c.Request().Context(), wave, id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
