package server

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// typedRow is what a form says about one text.
type typedRow struct {
	at                    string // its number in the names of the fields
	key, text, seen, made string
	reviewed, was         bool   // now, and when the page was made
	clashed               bool   // two texts were shown
	keep                  string // and which was chosen of them
	comment               string
}

// typedRows reads the texts of a form, in the order of their numbers.
func typedRows(form url.Values) []typedRow {
	var numbers []int
	for name := range form {
		if number, found := strings.CutPrefix(name, "key-"); found {
			if at, err := strconv.Atoi(number); err == nil && strconv.Itoa(at) == number {
				numbers = append(numbers, at)
			}
		}
	}
	slices.Sort(numbers)
	rows := make([]typedRow, len(numbers))
	for i, number := range numbers {
		at := strconv.Itoa(number)
		rows[i] = typedRow{at: at, key: form.Get("key-" + at), text: form.Get("text-" + at), seen: form.Get("seen-" + at), made: form.Get("made-" + at),
			reviewed: form.Get("reviewed-"+at) != "", was: form.Get("was-"+at) != "", clashed: form.Get("clash-"+at) != "",
			keep: form.Get("keep-" + at), comment: survey.Tidy(form.Get("comment-" + at))}
	}
	return rows
}

// changed tells whether somebody did anything with the text.
func (r typedRow) changed() bool {
	return survey.Sight(r.text) != r.seen || r.reviewed != r.was
}

// The choices between two texts.
const (
	keepMine   = "mine"
	keepTheirs = "theirs"
)

// open tells whether two texts were shown and none of them was chosen.
func (r typedRow) open() bool { return r.clashed && r.keep != keepMine && r.keep != keepTheirs }

// saveTranslations stores the texts of a form that were changed, its comments,
// and that a comment is settled. Where another was quicker both texts are shown.
// A script gets what has become of its text as JSON.
func (s *Server) saveTranslations(c echo.Context) error {
	w, err := s.working(c)
	if err != nil {
		return err
	}
	_, to, err := pairOf(c, w.Survey)
	if err != nil {
		return err
	}
	form, err := c.FormParams()
	if err != nil {
		return brokenForm(err)
	}
	user, _ := visitor(c)
	rows := typedRows(form)
	var all []survey.Rendering
	clashes := map[string]typedRow{}
	for _, row := range rows {
		switch {
		case row.open():
			clashes[row.key] = row
		case row.keep != keepTheirs && row.changed():
			all = append(all, survey.Rendering{Key: row.key, Language: to, Text: row.text, Reviewed: row.reviewed, Seen: row.seen, Source: row.made})
		}
	}
	saved := 0
	if len(all) > 0 {
		var overtaken []survey.Rendering
		if w, overtaken, err = s.desk.Office.Translate(c.Request().Context(), user.Name, w.ID, to, all); err != nil {
			return err
		}
		saved = len(all) - len(overtaken)
		c.Set(workingKey, w)
		for _, one := range overtaken {
			clashes[one.Key] = rows[slices.IndexFunc(rows, func(row typedRow) bool { return row.key == one.Key })]
		}
	}
	if err := s.say(c, w.ID, to, rows, form.Get("settle")); err != nil {
		return err
	}
	page, err := s.translatePage(c, w)
	if err != nil {
		return err
	}
	if wantsJSON(c.Request()) {
		return s.savedRows(c, page, w.Survey, rows, clashes)
	}
	if len(clashes) > 0 {
		page.clash(w, clashes)
		return s.page(c, http.StatusConflict, "desk-translate", page)
	}
	return c.Redirect(http.StatusSeeOther, page.Action+"&saved="+strconv.Itoa(saved))
}

// brokenForm is the failure of a form that cannot be read.
func brokenForm(err error) error {
	if failure.CodeOf(err) == failure.TooLarge {
		return err
	}
	return failure.New(failure.Invalid, "error.broken_request").Because(err)
}

// say stores what a form comments, and that a comment is settled.
func (s *Server) say(c echo.Context, id, language string, rows []typedRow, settled string) error {
	ctx := c.Request().Context()
	user, _ := visitor(c)
	var comments []store.Comment
	for _, row := range rows {
		if row.comment != "" {
			comments = append(comments, store.Comment{Key: row.key, Language: language, Body: row.comment})
		}
	}
	if len(comments) > 0 {
		if err := s.desk.Office.AddComments(ctx, user.Name, id, comments...); err != nil {
			return err
		}
	}
	if settled == "" {
		return nil
	}
	return s.desk.Office.ResolveComment(ctx, user.Name, id, settled)
}

// clash leaves of the rows those at which another was quicker, with both texts.
func (p *translatePage) clash(w *store.Working, clashes map[string]typedRow) {
	p.Problem = p.N("translate.conflict", len(clashes))
	p.Rows = slices.DeleteFunc(p.Rows, func(row *translateRow) bool {
		_, clashed := clashes[row.Key]
		return !clashed
	})
	for at, row := range p.Rows {
		row.At = at
		row.clash(w, clashes[row.Key])
	}
}

// clash shows what somebody typed beside what is stored.
func (r *translateRow) clash(w *store.Working, typed typedRow) {
	r.Theirs = &theirs{Text: r.Text, Author: w.Author, Time: r.Time(w.Stored)}
	r.Text = survey.Tidy(typed.text)
	r.settle(w.Survey)
}

// savedRow tells a script what has become of one text.
type savedRow struct {
	Key string `json:"key"`
	// Text is what is stored, Seen and Made are the fingerprints for the next
	// time. Made and Shown are of the source as it is now.
	Text     string `json:"text"`
	Seen     string `json:"seen"`
	Made     string `json:"made"`
	Reviewed bool   `json:"reviewed"`
	Clash    bool   `json:"clash"`
	// Parts of the page, by their class.
	Parts map[string]string `json:"parts"`
}

// savedRows answers a script.
func (s *Server) savedRows(c echo.Context, page *translatePage, of *survey.Survey, typed []typedRow, clashes map[string]typedRow) error {
	byKey := map[string]*translateRow{}
	for _, row := range page.Rows {
		byKey[row.Key] = row
	}
	w, err := s.working(c)
	if err != nil {
		return err
	}
	answer := struct {
		Rows     map[string]savedRow `json:"rows"`
		Progress string              `json:"progress"`
		Filters  string              `json:"filters"`
	}{Rows: map[string]savedRow{}}
	part := func(name string, data any) string {
		if err != nil {
			return ""
		}
		var body []byte
		body, err = s.templates.render(name, data)
		return string(body)
	}
	for _, one := range typed {
		row := byKey[one.key]
		if row == nil {
			return failure.New(failure.NotFound, "error.translate_unknown", "key", one.key)
		}
		row.At, _ = strconv.Atoi(one.at)
		saved := savedRow{Key: row.Key, Text: row.Text, Seen: row.Seen, Made: row.Made, Reviewed: row.Reviewed()}
		if typed, clashed := clashes[row.Key]; clashed {
			saved.Clash = true
			row.clash(w, typed)
		} else {
			row.settle(of)
		}
		saved.Parts = map[string]string{"tr-facts": part("translate-facts", row), "tr-source": part("translate-source", row), "tr-said": part("translate-said", row),
			"tr-heard": part("translate-heard", row)}
		answer.Rows[one.at] = saved
	}
	page.filters()
	answer.Progress, answer.Filters = part("translate-progress", page), part("translate-filters", page)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, answer)
}
