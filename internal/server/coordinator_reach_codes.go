package server

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
)

// mostCards is how many codes are made at a time from the desk: more would be
// more paper than anybody cuts.
const mostCards = 2000

// cardLanguages is how many languages fit on a card.
const cardLanguages = 4

// makeCodeSheets makes access codes and shows them on what is to be printed, the only
// time that they can be read.
func (s *Server) makeCodeSheets(c echo.Context) error {
	p, err := s.printing(c)
	if err != nil {
		return err
	}
	page, err := s.codeSheets(c, p)
	if failure.CodeOf(err) == failure.Invalid {
		return s.hub(c, http.StatusUnprocessableEntity, sentence(s.deskWords(c), failure.As(err)))
	}
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "paper", page)
}

func (s *Server) codeSheets(c echo.Context, p *printing) (*sheetPage, error) {
	kind := c.FormValue("print")
	switch {
	case kind != "cards" && kind != "poster" && kind != "letter":
		return nil, failure.New(failure.Invalid, "error.invalid")
	case !p.wave.Accepting(s.config.Now()) && p.wave.State != fieldwork.Prepared:
		return nil, failure.New(failure.Invalid, "error.wave_closed")
	}
	if kind == "cards" {
		return s.cards(c, p)
	}
	p.together = p.together && kind == "poster"
	page := s.sheetPage(c, p, kind)
	page.Once = true
	var err error
	page.Sheets, err = p.sheets(s.voices(p), func(institution fieldwork.Institution) (door, error) {
		doors, err := s.newDoors(c, p.wave, institution, true, 1)
		if err != nil {
			return door{}, err
		}
		return doors[0], nil
	})
	return page, err
}

// cards makes single-use or group codes on cards to cut, on sheets of their own
// for each institution.
func (s *Server) cards(c echo.Context, p *printing) (*sheetPage, error) {
	count, err := strconv.Atoi(strings.TrimSpace(c.FormValue("count")))
	if err != nil || count < 1 || count*len(p.institutions) > mostCards {
		return nil, failure.New(failure.Invalid, "error.bad_code_count", "limit", mostCards)
	}
	if len(p.tongues) > cardLanguages {
		return nil, failure.New(failure.Invalid, "error.too_many_card_languages", "limit", cardLanguages)
	}
	p.small = false
	page := s.sheetPage(c, p, "cards")
	page.Once = true
	shared := c.FormValue("shared") != ""
	voices := s.voices(p)
	for _, institution := range p.institutions {
		doors, err := s.newDoors(c, p.wave, institution, shared, count)
		if err != nil {
			return nil, err
		}
		page.Sheets = append(page.Sheets, &sheet{voice: voices[0], Voices: voices, Institution: institution.Name, Doors: doors, Single: !shared})
	}
	return page, nil
}

// newDoors makes codes that carry an institution, or the wave's area for none.
func (s *Server) newDoors(c echo.Context, wave *store.LiveWave, institution fieldwork.Institution, shared bool, count int) ([]door, error) {
	user, _ := visitor(c)
	carried := fieldwork.Carried{Area: wave.Area}
	if institution.Number != "" {
		carried = fieldwork.Carried{Area: institution.Area, InstitutionType: institution.Type, Institution: institution.Number}
	}
	codes, err := s.desk.Office.CreateCodes(c.Request().Context(), user.Name, wave, carried, shared, count)
	if err != nil {
		return nil, err
	}
	doors := make([]door, len(codes))
	for at, code := range codes {
		if doors[at], err = newDoor(s.origin(c), wave.Slug, code); err != nil {
			return nil, err
		}
	}
	return doors, nil
}
