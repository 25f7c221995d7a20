package server

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/coding"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
)

type bookPage struct {
	*waveFrame
	Back, Action  string
	Tags          []*bookTag
	New           *bookTag
	Problem, Done string
}

// bookTag is one tag with the forms that change it.
type bookTag struct {
	*bookPage
	coding.Tag
	Was    coding.Tag // as it is stored
	At     string     // by which its fields are named; "new" for the new one
	Fields []optionGroup
	Into   []option
	Given  string // how often it was given
	Merge  string // where the form for merging goes
	Open   bool   // something about it is wrong
	// Overtaken tells that another has changed it: what is stored is shown too.
	Overtaken bool
}

// codeBook shows the tags of a wave.
func (s *Server) codeBook(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	page, err := s.bookPage(c, wave)
	if err != nil {
		return err
	}
	if tag := slices.IndexFunc(page.Tags, func(one *bookTag) bool { return one.Name == c.QueryParam("saved") }); tag >= 0 {
		page.Done = page.T("coding.book.changed", "label", page.Tags[tag].Label)
	}
	if tag := slices.IndexFunc(page.Tags, func(one *bookTag) bool { return one.Name == c.QueryParam("added") }); tag >= 0 {
		page.Done = page.T("coding.book.added", "label", page.Tags[tag].Label)
	}
	if count, err := strconv.Atoi(c.QueryParam("rewritten")); err == nil && count >= 0 {
		page.Done = page.N("coding.book.rewritten", count)
	}
	return s.page(c, http.StatusOK, "desk-code-book", page)
}

func (s *Server) bookPage(c echo.Context, wave *store.LiveWave) (*bookPage, error) {
	ctx := c.Request().Context()
	book, err := s.desk.Office.Book(ctx, wave.ID)
	if err != nil {
		return nil, err
	}
	all, err := s.desk.Office.Codings(ctx, wave.ID, "")
	if err != nil {
		return nil, err
	}
	page := &bookPage{waveFrame: s.waveFrame(c, wave, "coding.book.title"), Back: textsAddress(c, wave), Action: textsAddress(c, wave, "book")}
	for _, tag := range book {
		count := 0
		for _, one := range all {
			if one.Tags.Has(tag.Name) {
				count++
			}
		}
		one := s.bookTag(page, tag, tag.Name)
		one.Given, one.Merge = page.T("coding.unused"), textsAddress(c, wave, "book", tag.Name)
		if count > 0 {
			one.Given = page.N("coding.book.count", count)
		}
		for _, other := range book {
			if other.Name != tag.Name {
				one.Into = append(one.Into, option{Value: other.Name, Label: other.Label})
			}
		}
		page.Tags = append(page.Tags, one)
	}
	page.New = s.bookTag(page, coding.Tag{}, "new")
	return page, nil
}

func (s *Server) bookTag(page *bookPage, tag coding.Tag, at string) *bookTag {
	return &bookTag{bookPage: page, Tag: tag, Was: tag, At: at, Fields: s.fields(page.Localizer, tag.Field, func(string) bool { return true })}
}

// saveTag adds a tag, or changes the one that the form names. What the form saw of
// it comes with it, so that nobody undoes unawares what another has done.
func (s *Server) saveTag(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	form, err := c.FormParams()
	if err != nil {
		return brokenForm(err)
	}
	read := func(prefix string) coding.Tag {
		return coding.Tag{Name: form.Get("name"), Label: form.Get(prefix + "label"), Definition: form.Get(prefix + "definition"),
			Example: form.Get(prefix + "example"), Field: form.Get(prefix + "field")}
	}
	tag, seen := read(""), (*coding.Tag)(nil)
	if tag.Name != "" {
		was := read("was_").Tidy(nil)
		seen = &was
	}
	user, _ := visitor(c)
	saved, wrong := coding.Tag{}, s.knownField(tag.Field)
	if wrong == nil {
		saved, wrong = s.desk.Office.SaveTag(c.Request().Context(), user.Name, wave, seen, tag)
	}
	if code := failure.CodeOf(wrong); code == failure.Invalid || code == failure.Conflict {
		return s.wrongTag(c, wave, tag.Name, &tag, wrong)
	}
	if wrong != nil {
		return wrong
	}
	word := "saved"
	if seen == nil {
		word = "added"
	}
	return c.Redirect(http.StatusSeeOther, with(textsAddress(c, wave, "book"), word, saved.Name))
}

// knownField refuses a field of action that there is not.
func (s *Server) knownField(key string) error {
	if key == "" {
		return nil
	}
	if s.desk.Fields != nil {
		if _, known := s.desk.Fields.Get(key); known {
			return nil
		}
	}
	return failure.New(failure.Invalid, "error.unknown_field_of_action", "field", key)
}

// wrongTag shows the book again with what is wrong, and with what was typed about
// a tag, nil for nothing: beside what is stored of it now, and seen from here on.
func (s *Server) wrongTag(c echo.Context, wave *store.LiveWave, name string, typed *coding.Tag, wrong error) error {
	page, err := s.bookPage(c, wave)
	if err != nil {
		return err
	}
	page.Problem = sentence(page.Localizer, failure.As(wrong))
	at := slices.IndexFunc(page.Tags, func(one *bookTag) bool { return one.Name == name })
	switch {
	case at >= 0:
		one := page.Tags[at]
		one.Open = true
		if typed != nil {
			one.Tag = *typed
			one.Fields = s.fields(page.Localizer, typed.Field, func(string) bool { return true })
			one.Overtaken = failure.CodeOf(wrong) == failure.Conflict
		}
	case typed != nil:
		page.New = s.bookTag(page, *typed, "new")
	}
	return s.page(c, status(failure.CodeOf(wrong)), "desk-code-book", page)
}

// mergeTag puts another tag in the place of one, or none.
func (s *Server) mergeTag(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	changed, wrong := 0, error(failure.New(failure.Invalid, "error.merge_unsure"))
	if c.FormValue("sure") != "" {
		changed, wrong = s.desk.Office.RemoveTag(c.Request().Context(), user.Name, wave, c.Param("name"), c.FormValue("into"))
	}
	if failure.CodeOf(wrong) == failure.Invalid {
		return s.wrongTag(c, wave, c.Param("name"), nil, wrong)
	}
	if wrong != nil {
		return wrong
	}
	return c.Redirect(http.StatusSeeOther, with(textsAddress(c, wave, "book"), "rewritten", strconv.Itoa(changed)))
}
