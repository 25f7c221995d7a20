package server

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
)

// phoneKiosk tells the document's script that many people use one tablet.
type phoneKiosk struct {
	// Idle is after how many seconds without a touch everything is taken away.
	Idle int `json:"idle"`
}

// kiosk shows the document for a tablet that many people use one after the
// other, to who knows a group's code of the wave: kiosk=CODE. With no code it
// asks for one, which is where reloading the page leads to, whose address holds
// none. What is there is kept nowhere on the way.
func (s *Server) kiosk(c echo.Context, wave *store.LiveWave, lang, with string) error {
	c.Set(languageKey, lang)
	if !wave.Kiosk {
		return failure.New(failure.Forbidden, "error.no_kiosk", "slug", wave.Slug)
	}
	f := s.form(wave, lang, with)
	code, idle := c.QueryParam("kiosk"), idleSeconds(c.QueryParam("idle"))
	if response.Plain(code) == "" {
		page := &kioskPage{frame: f.frame, With: with, Idle: idle}
		page.Title, page.Languages, page.Beside = f.T("respondent.kiosk.title"), nil, nil
		return s.page(c, http.StatusOK, "kiosk", page)
	}
	found, owner, err := s.config.Waves.Code(c.Request().Context(), code)
	switch {
	case err != nil:
		return err
	case owner.ID != wave.ID:
		return failure.New(failure.NotFound, "error.unknown_code")
	case !found.Shared: // it would be used up by the first person
		return failure.New(failure.Invalid, "error.kiosk_code")
	}
	if f.Code, err = s.carried(c.Request().Context(), code, f.frame); err != nil {
		return err
	}
	f.Kiosk = true
	f.empty()
	f.Phone.Kiosk = &phoneKiosk{Idle: idle}
	return s.page(c, http.StatusOK, "survey", f)
}

// kioskPage asks staff for the code.
type kioskPage struct {
	*frame
	With string
	Idle int
}

// idleSeconds reads how long a tablet may lie untouched: a minute unless said
// otherwise, but neither so short that nobody could read nor so long that the
// next person comes first.
func idleSeconds(asked string) int {
	const usual, least, most = 60, 20, 600
	seconds, err := strconv.Atoi(asked)
	if err != nil {
		return usual
	}
	return min(max(seconds, least), most)
}
