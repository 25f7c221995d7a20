package server

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

type releasePage struct {
	*waveFrame
	Returns string
	Before  string // how many releases there are already, in words; "" for none
	Problem string
}

// releasing shows what it means to release the figures of a wave's groups while
// it is open.
func (s *Server) releasing(c echo.Context) error { return s.showRelease(c, http.StatusOK, "") }

func (s *Server) showRelease(c echo.Context, status int, problem string) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	page := &releasePage{waveFrame: s.waveFrame(c, wave, "waves.release.title")}
	returns, err := s.desk.Office.Returns(c.Request().Context(), wave)
	if err != nil {
		return err
	}
	page.Returns = returnsInWords(page.Localizer, wave, returns)
	if wave.Release > 0 {
		page.Before = page.N("waves.release.before", wave.Release)
	}
	if problem != "" {
		page.Problem = page.T(problem)
	}
	return s.page(c, status, "desk-wave-release", page)
}

// releaseWave releases the figures. Whoever does it ticks that they read what it
// costs.
func (s *Server) releaseWave(c echo.Context) error {
	if c.FormValue("understood") != "yes" {
		return s.showRelease(c, http.StatusUnprocessableEntity, "waves.end.tick")
	}
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	return s.waveMoved(c, s.desk.Office.ReleaseWave(c.Request().Context(), user.Name, wave))
}
