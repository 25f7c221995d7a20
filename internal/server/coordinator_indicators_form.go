package server

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/tabular"
)

// indicatorFormPage asks for what an indicator is.
type indicatorFormPage struct {
	*deskFrame
	Action, Back                 string
	New                          bool
	Key, German, English         string
	Source, Note, AgeFrom, AgeTo string
	Public                       bool
	Revision                     int64
	Units, Fields, Directions    []option
	Problem                      string
	Lost                         string // what removing it loses
	Remove                       string
	All                          int64 // revision of all indicators, for removing
}

func (s *Server) newIndicator(c echo.Context) error {
	return s.page(c, http.StatusOK, "desk-indicator-form", s.indicatorForm(c, baseline.Indicator{Unit: baseline.Count, Direction: baseline.Higher, Public: true}))
}

func (s *Server) editIndicator(c echo.Context) error {
	page, err := s.editPage(c)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-indicator-form", page)
}

func (s *Server) editPage(c echo.Context) (*indicatorFormPage, error) {
	book, one, err := s.findIndicator(c)
	if err != nil {
		return nil, err
	}
	page := s.indicatorForm(c, one.Indicator)
	page.Remove, page.All = indicatorPages+"/of/"+one.Key+"/remove"+page.Query, book.Revision
	page.Lost = page.T("indicators.lost", "values", len(one.Values), "targets", len(one.Targets))
	return page, nil
}

func (s *Server) indicatorForm(c echo.Context, one baseline.Indicator) *indicatorFormPage {
	page := &indicatorFormPage{deskFrame: s.deskFrame(c, "indicators.edit"), New: one.Revision == 0, Key: one.Key, German: one.Label["de"], English: one.Label["en"],
		Source: one.Source, Note: one.Note, Public: one.Public, Revision: one.Revision}
	page.Back, page.Action = indicatorPages+"/of/"+one.Key+page.Query, indicatorPages+"/of/"+one.Key+"/edit"+page.Query
	if page.New {
		page.Title, page.Back, page.Action = page.T("indicators.new"), indicatorPages+page.Query, indicatorPages+"/new"+page.Query
	}
	if one.Age != nil {
		page.AgeFrom, page.AgeTo = strconv.Itoa(one.Age.From), strconv.Itoa(one.Age.To)
	}
	for _, unit := range baseline.Units() {
		page.Units = append(page.Units, option{string(unit), page.T("indicators.unit." + string(unit)), unit == one.Unit})
	}
	for _, direction := range baseline.Directions() {
		page.Directions = append(page.Directions, option{string(direction), page.T("indicators.direction." + string(direction)), direction == one.Direction})
	}
	page.Fields = s.fieldOptions(page.Localizer, "", one.Field)
	return page
}

// typedIndicator reads the form; its key comes from its name where none is given.
func (s *Server) typedIndicator(c echo.Context) (baseline.Indicator, error) {
	text := func(name string) string { return strings.Join(strings.Fields(c.FormValue(name)), " ") }
	one := baseline.Indicator{Key: text("key"), Label: map[string]string{"de": text("label_de"), "en": text("label_en")}, Unit: baseline.Unit(text("unit")),
		Field: text("field"), Direction: baseline.Direction(text("direction")), Source: text("source"), Note: text("note"), Public: c.FormValue("public") != ""}
	one.Revision, _ = strconv.ParseInt(c.FormValue("revision"), 10, 64) // nothing adds
	if one.Key == "" {
		one.Key = keyOf(one.Label["de"])
	}
	if text("age_from") != "" || text("age_to") != "" {
		from, _, fine := tabular.Number(text("age_from"), true)
		to, _, well := tabular.Number(text("age_to"), true)
		if !fine || !well || from < 0 || to > baseline.MaxAge {
			return one, failure.New(failure.Invalid, "indicators.problem.age", "most", baseline.MaxAge)
		}
		one.Age = &baseline.Ages{From: int(from), To: int(to)}
	}
	if s.desk.Fields != nil {
		if _, known := s.desk.Fields.Get(one.Field); !known {
			return one, failure.New(failure.Invalid, "indicators.problem.field")
		}
	}
	return one, nil
}

// keyOf makes a key from a name: "Plätze je 100 Kinder" is plaetze_je_100_kinder.
func keyOf(name string) string {
	var key strings.Builder
	for _, r := range strings.ReplaceAll(tabular.Loose(name), " ", "_") {
		if r == '_' && key.Len() > 0 || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' && key.Len() > 0 {
			key.WriteRune(r)
		}
	}
	text := key.String()
	for strings.Contains(text, "__") {
		text = strings.ReplaceAll(text, "__", "_")
	}
	return strings.Trim(text[:min(len(text), baseline.MaxIndicatorKey)], "_")
}

func (s *Server) addIndicator(c echo.Context) error {
	one, err := s.typedIndicator(c)
	one.Revision = 0
	return s.saveIndicator(c, one, err)
}

func (s *Server) changeIndicator(c echo.Context) error {
	one, err := s.typedIndicator(c)
	if one.Key = c.Param("key"); one.Revision <= 0 {
		return failure.New(failure.Conflict, "error.changed_meanwhile")
	}
	return s.saveIndicator(c, one, err)
}

func (s *Server) saveIndicator(c echo.Context, one baseline.Indicator, err error) error {
	user, _ := visitor(c)
	if err == nil {
		err = s.desk.Office.SaveIndicator(c.Request().Context(), user.Name, one)
	}
	if code := failure.CodeOf(err); code == failure.Invalid || code == failure.Conflict {
		page := s.indicatorForm(c, one)
		page.Problem = sentence(page.Localizer, failure.As(err))
		page.AgeFrom, page.AgeTo = c.FormValue("age_from"), c.FormValue("age_to")
		return s.page(c, status(code), "desk-indicator-form", page)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, onward(c, indicatorPages+"/of/"+one.Key+"?saved=1"))
}

// removeIndicator takes an indicator away. Whose figures and targets go with it
// must be those of the visitor's areas, and they must have been told.
func (s *Server) removeIndicator(c echo.Context) error {
	book, err := s.desk.Office.Indicators(c.Request().Context(), s.desk.Areas) // with what the visitor may not see
	if err != nil {
		return err
	}
	one := book.Find(c.Param("key"))
	if one == nil {
		return failure.New(failure.NotFound, "error.unknown_indicator", "key", c.Param("key"))
	}
	user, _ := visitor(c)
	may := s.mayConcept(user)
	if slices.ContainsFunc(one.Values, func(v baseline.Value) bool { return !may(v.Area) }) ||
		slices.ContainsFunc(one.Targets, func(t baseline.Target) bool { return !may(t.Area) }) {
		return failure.New(failure.Forbidden, "error.forbidden")
	}
	seen, _ := strconv.ParseInt(c.FormValue("revision"), 10, 64)
	switch {
	case c.FormValue("sure") != "yes":
		err = failure.New(failure.Invalid, "indicators.problem.sure")
	case seen != book.Revision:
		err = failure.New(failure.Conflict, "error.changed_meanwhile")
	default:
		err = s.desk.Office.RemoveIndicator(c.Request().Context(), user.Name, seen, one.Key)
	}
	if code := failure.CodeOf(err); code == failure.Invalid || code == failure.Conflict {
		page, failed := s.editPage(c)
		if failed != nil {
			return failed
		}
		page.Problem = sentence(page.Localizer, failure.As(err))
		return s.page(c, status(code), "desk-indicator-form", page)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, onward(c, indicatorPages+"?removed=1"))
}

// suggestionsPage offers the indicators that municipalities use.
type suggestionsPage struct {
	*deskFrame
	Sections []suggestionSection
	Problem  string
}

type suggestionSection struct {
	Title string
	Rows  []suggestionRow
}

type suggestionRow struct {
	Key, Name, Unit, Direction, Source, Caveat string
	Known                                      bool // it is among the indicators already
}

func (s *Server) suggestions(c echo.Context) error {
	page, err := s.suggestionsPage(c)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-suggestions", page)
}

func (s *Server) suggestionsPage(c echo.Context) (*suggestionsPage, error) {
	book, err := s.book(c)
	if err != nil {
		return nil, err
	}
	page := &suggestionsPage{deskFrame: s.deskFrame(c, "indicators.catalogue.title")}
	byField := map[string][]indicatorRow{}
	for _, one := range s.desk.Indicators {
		byField[one.Field] = append(byField[one.Field], indicatorRow{})
	}
	for _, field := range s.fieldOrder(byField) {
		section := suggestionSection{Title: s.fieldName(page.Localizer, field)}
		for _, one := range s.desk.Indicators {
			if one.Field != field {
				continue
			}
			section.Rows = append(section.Rows, suggestionRow{Key: one.Key, Name: inLanguage(one.Label, page.Language()), Unit: page.T("indicators.unit." + one.Unit),
				Direction: page.T("indicators.direction." + one.Direction), Source: inLanguage(one.Source, page.Language()),
				Caveat: inLanguage(one.Caveat, page.Language()), Known: book.Find(one.Key) != nil})
		}
		page.Sections = append(page.Sections, section)
	}
	return page, nil
}

func inLanguage(texts map[string]string, language string) string {
	if text := texts[language]; text != "" {
		return text
	}
	return texts["de"]
}

// takeSuggestions adds the ticked indicators, without figures.
func (s *Server) takeSuggestions(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return failure.New(failure.Invalid, "error.invalid").Because(err)
	}
	book, err := s.book(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	language, count := s.deskWords(c).Language(), 0
	for _, one := range s.desk.Indicators {
		if !slices.Contains(form["key"], one.Key) || book.Find(one.Key) != nil {
			continue
		}
		if err := s.desk.Office.SaveIndicator(c.Request().Context(), user.Name, baseline.Suggested(one, language)); err != nil {
			return err
		}
		count++
	}
	return c.Redirect(http.StatusSeeOther, onward(c, indicatorPages+"?added="+strconv.Itoa(count)))
}
