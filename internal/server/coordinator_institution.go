package server

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/tabular"
)

type institutionPage struct {
	*deskFrame
	Action                      string
	New                         bool
	Was                         string // what the form was made from
	Number, Name, Label, Email  string
	Pupils, SocialIndex, Period string
	Closed                      string // day
	IsClosed                    bool
	AGS                         string
	Types, Areas                []option
	Problem                     string
	Wrong                       string // name of the field that the problem is about
}

// fingerprint tells two states of what a form shows apart: texts, numbers, and
// lists and structures of them.
func fingerprint(state any) string {
	text, err := json.Marshal(state)
	if err != nil { // such can always be written
		panic(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

func (s *Server) newInstitution(c echo.Context) error {
	return s.page(c, http.StatusOK, "desk-institution", s.institutionPage(c, fieldwork.Institution{}, true))
}

func (s *Server) editInstitution(c echo.Context) error {
	one, err := s.desk.Office.Institution(c.Request().Context(), c.QueryParam("number"))
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-institution", s.institutionPage(c, one, false))
}

func (s *Server) institutionPage(c echo.Context, one fieldwork.Institution, adding bool) *institutionPage {
	title, action := "places.institution.edit", "/manage/institutions/edit?number="+c.QueryParam("number")
	if adding {
		title, action = "places.institution.new", "/manage/institutions/new"
	}
	user, _ := visitor(c)
	page := &institutionPage{deskFrame: s.deskFrame(c, title), Action: onward(c, action), New: adding, Was: fingerprint(one),
		Number: one.Number, Name: one.Name, Email: one.Email, Period: one.Period, Closed: one.Closed, IsClosed: one.Closed != "", AGS: one.AGS}
	if one.Pupils != nil {
		page.Pupils = strconv.Itoa(*one.Pupils)
	}
	if one.SocialIndex != nil {
		page.SocialIndex = strconv.Itoa(*one.SocialIndex)
	}
	none := page.T("places.institution.other_type")
	if one.Type == "" {
		page.Label = one.TypeLabel
	}
	page.Types, page.Areas = s.typeOptions(one.Type, none), s.placeOptions(user, one.Area, page.T("places.no_area"))
	return page
}

// readInstitution reads the form over a stored institution; field names what is
// wrong.
func (s *Server) readInstitution(c echo.Context, stored fieldwork.Institution) (one fieldwork.Institution, field string, err error) {
	one = stored
	text := func(name string) string { return strings.Join(strings.Fields(c.FormValue(name)), " ") }
	one.Name, one.Email, one.Period, one.Area = text("name"), text("email"), text("period"), c.FormValue("area")
	if known, ok := s.desk.Types.Get(c.FormValue("type")); ok {
		one.Type, one.TypeLabel = known.Slug, known.Label
	} else {
		one.Type, one.TypeLabel = "", text("label")
	}
	bad := func(name, key string, pairs ...any) (fieldwork.Institution, string, error) {
		return one, name, failure.New(failure.Invalid, key, pairs...)
	}
	if _, known := s.desk.Areas.Get(one.Area); one.Area != "" && !known {
		return bad("area", "error.unknown_area", "area", one.Area)
	}
	if one.Name == "" {
		return bad("name", "places.problem.name")
	}
	for name, value := range map[string]string{"name": one.Name, "label": one.TypeLabel, "period": one.Period, "email": one.Email} {
		if utf8.RuneCountInString(value) > tabular.MaxText {
			return bad(name, "places.problem.long", "limit", tabular.MaxText)
		}
	}
	if one.Email != "" && !tabular.ValidEmail(one.Email) {
		return bad("email", "places.problem.email")
	}
	var ok bool
	if one.Pupils, ok = readWhole(text("pupils"), 0, fieldwork.MaxPupils); !ok {
		return bad("pupils", "places.problem.whole", "least", 0, "most", fieldwork.MaxPupils)
	}
	if one.SocialIndex, ok = readWhole(text("social_index"), 1, fieldwork.MaxSocialIndex); !ok {
		return bad("social_index", "places.problem.whole", "least", 1, "most", fieldwork.MaxSocialIndex)
	}
	switch {
	case c.FormValue("closed") == "":
		one.Closed = ""
	case one.Closed == "":
		one.Closed = s.config.Now().Format("2006-01-02")
	}
	if area, known := s.desk.Areas.Get(one.Area); known {
		one.AGS = cmp.Or(s.townKey(area.Key), one.AGS)
	}
	return one, "", nil
}

// townKey returns the municipality key of the town that an area is or lies in.
func (s *Server) townKey(key string) string {
	area, _ := s.desk.Areas.Get(key)
	for _, one := range append(s.desk.Areas.Ancestors(key), area) {
		if len(one.AGS) == 8 {
			return one.AGS
		}
	}
	return ""
}

// readWhole reads a whole number that may be left out.
func readWhole(text string, least, most int) (*int, bool) {
	if text == "" {
		return nil, true
	}
	number, _, ok := tabular.Number(text, true)
	value := int(number)
	return &value, ok && value >= least && value <= most
}

func (s *Server) addInstitution(c echo.Context) error {
	return s.saveInstitution(c, strings.TrimSpace(c.FormValue("number")), true)
}

func (s *Server) changeInstitution(c echo.Context) error {
	return s.saveInstitution(c, c.QueryParam("number"), false)
}

// saveInstitution stores what the form says, if nobody changed the institution
// since it was made.
func (s *Server) saveInstitution(c echo.Context, number string, adding bool) error {
	user, _ := visitor(c)
	var typed fieldwork.Institution
	field := ""
	err := s.desk.Office.ChangeInstitution(c.Request().Context(), number, func(stored fieldwork.Institution) (fieldwork.Institution, account.Entry, error) {
		entry := account.Entry{Actor: user.Name, Action: account.InstitutionChanged, Subject: number}
		var err error
		if typed, field, err = s.readInstitution(c, stored); err != nil {
			return typed, entry, err
		}
		switch {
		case adding && !tabular.ValidOfficial(number):
			field = "number"
			return typed, entry, failure.New(failure.Invalid, "places.problem.number")
		case adding && stored.Number != "":
			field = "number"
			return typed, entry, failure.New(failure.Conflict, "places.problem.number_taken")
		case !adding && c.FormValue("was") != fingerprint(stored):
			return typed, entry, failure.New(failure.Conflict, "error.changed_meanwhile")
		case !s.mayPlaces(user)(typed.Area) || !adding && !s.mayPlaces(user)(stored.Area):
			return typed, entry, failure.New(failure.Forbidden, "error.forbidden")
		}
		typed.Number = number
		changes := typed.Since(stored)
		if adding {
			entry.Action, typed.Source = account.InstitutionAdded, fieldwork.SourceDesk
			entry.Effect = typed.Name
		} else {
			entry.Effect = inWords(changes)
		}
		entry.Area = s.desk.Areas.Common([]string{typed.Area, cmp.Or(stored.Area, typed.Area)})
		return typed, entry, nil
	})
	code := failure.CodeOf(err)
	if code == failure.Invalid || code == failure.Conflict {
		page := s.institutionPage(c, typed, adding)
		page.Number, page.Was = number, c.FormValue("was")
		page.Pupils, page.SocialIndex = c.FormValue("pupils"), c.FormValue("social_index")
		page.Problem, page.Wrong = sentence(page.Localizer, failure.As(err)), field
		return s.page(c, status(code), "desk-institution", page)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, onward(c, "/manage/institutions?saved=1"))
}

// inWords writes changes for the audit log: "name: A → B; closed:  → 2026-03-01".
func inWords(changes []fieldwork.FieldChange) string {
	texts := make([]string, len(changes))
	for at, one := range changes {
		texts[at] = one.Field + ": " + one.Old + " → " + one.New
	}
	return strings.Join(texts, "; ")
}
