package server

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/survey"
)

// edit is one thing that a form of the editor asks for.
type edit struct {
	form url.Values
	do   string // what a button asks for; its object behind a colon
	what string
	open string // what is open afterwards: a question, or [openSettings]
	said string // key of the sentence that tells what was done
}

// openSettings is what is open while title and languages are edited; no question
// can have that name.
const openSettings = ":survey"

// editSurvey does what a form of the editor asks for and shows the editor again.
func (s *Server) editSurvey(c echo.Context) error {
	w, err := s.working(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	form, err := c.FormParams()
	if err != nil {
		return failure.New(failure.Invalid, "error.invalid").Because(err)
	}
	if err := s.freeID(c, w.SurveyID, strings.TrimSpace(form.Get("id"))); err != nil {
		return s.editorProblem(c, &edit{form: form}, failure.As(err))
	}
	e := &edit{form: form, open: form.Get("node"), said: "saved"}
	e.do, e.what, _ = strings.Cut(form.Get("do"), ":")
	ctx, office := c.Request().Context(), s.desk.Office
	switch e.do {
	case "undo", "redo":
		travel := office.UndoWorking
		if e.do == "redo" {
			travel = office.RedoWorking
		}
		e.said, e.open = e.do+"ne", ""
		w, err = travel(ctx, user.Name, w.ID, numberOf(form.Get("revision")))
	case "pair":
		w, err = office.ChangeWorking(ctx, user.Name, w.ID, 0, func(of *survey.Survey) error { return s.addPair(e, of) })
	default:
		w, err = office.ChangeWorking(ctx, user.Name, w.ID, 0, e.apply)
	}
	switch failure.CodeOf(err) {
	case failure.Invalid, failure.Conflict, failure.NotFound:
		return s.editorProblem(c, e, failure.As(err))
	}
	if err != nil {
		return err
	}
	c.Set(workingKey, w)
	return c.Redirect(http.StatusSeeOther, s.editorAddress(c, w.ID, e.open, e.said))
}

// freeID tells whether a survey may have another id.
func (s *Server) freeID(c echo.Context, from, to string) error {
	if to == "" || to == from {
		return nil
	}
	taken, err := s.takenIDs(c)
	if err == nil && taken[to] {
		err = failure.New(failure.Conflict, "error.working_exists", "survey", to)
	}
	return err
}

// editorAddress leads to the editor with something open in it.
func (s *Server) editorAddress(c echo.Context, id, open, said string) string {
	query := url.Values{}
	for name, value := range map[string]string{"open": open, "said": said, "show": c.FormValue("show")} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if chosen := c.QueryParam("lang"); slices.Contains(deskLanguages(), chosen) {
		query.Set("lang", chosen)
	}
	address := url.URL{Path: "/manage/surveys/" + id, RawQuery: query.Encode()}
	if open != "" {
		address.Fragment = "editing"
	}
	return address.String()
}

// apply does the edit to a survey. What stands in the form of the question that
// is open is saved with whatever button is pressed, so that nothing typed is
// lost.
func (e *edit) apply(of *survey.Survey) error {
	switch e.form.Get("form") {
	case "settings":
		return e.settings(of)
	case "add":
		return e.add(of)
	case "node":
		if err := e.node(of); err != nil {
			return err
		}
	}
	return e.step(of)
}

// node saves the form of a question.
func (e *edit) node(of *survey.Survey) error {
	name := e.form.Get("node")
	if e.do == "theirs" { // after a conflict: the other's change stays
		return nil
	}
	values := readValues(e.form, of)
	if e.do == "mine" {
		values.Seen = ""
	}
	if err := values.apply(of, name); err != nil {
		return err
	}
	if values.Name != "" {
		e.open = values.Name
	}
	return nil
}

// step does what a button asks for, beside saving.
func (e *edit) step(of *survey.Survey) (err error) {
	name := e.open
	list, key, _ := strings.Cut(e.what, "/")
	switch e.do {
	case "up", "down", "in", "out":
		e.said = "moved"
		return of.Shift(e.named(), survey.Way(e.do))
	case "move":
		e.said = "moved"
		return of.Move(e.form.Get("moved"), survey.Place{In: e.form.Get("into"), Before: e.form.Get("before")})
	case "duplicate":
		e.said = "duplicated"
		e.open, err = of.Duplicate(name)
	case "wrap":
		e.said = "wrapped"
		e.open, err = of.Wrap(name)
	case "delete":
		e.said, e.open = "deleted", ""
		return of.Remove(name)
	case "own-list":
		_, err = of.OwnList(name)
	case "choice-up":
		return of.ShiftChoice(list, key, survey.Up)
	case "choice-down":
		return of.ShiftChoice(list, key, survey.Down)
	case "choice-delete":
		e.said = "deleted"
		return of.RemoveChoice(list, key)
	case "clear-text":
		if place, ok := of.TextAt("q/" + name + "/" + e.what); ok {
			*place.Text = nil
		}
	}
	return err
}

// named is the question that a button of the list of questions names, else the
// open one.
func (e *edit) named() string {
	if e.what != "" {
		return e.what
	}
	return e.open
}

// settings saves title, audience and languages of the survey.
func (e *edit) settings(of *survey.Survey) error {
	e.open = openSettings
	if seen := e.form.Get("seen"); seen != "" && seen != settingsPrint(of) && e.do != "mine" {
		if e.do == "theirs" {
			return nil
		}
		return failure.New(failure.Conflict, "error.edit_meanwhile", "name", of.ID)
	}
	if strings.TrimSpace(e.form.Get("text.title")) == "" || len(e.form.Get("text.title")) > maxTitle {
		return failure.New(failure.Invalid, "error.edit_title")
	}
	if err := checkAudience(e.form.Get("audience")); err != nil {
		return err
	}
	of.SetText(&of.Title, of.Language, e.form.Get("text.title"))
	of.SetText(&of.Description, of.Language, e.form.Get("text.description"))
	of.Audience = e.form.Get("audience")
	if id := strings.TrimSpace(e.form.Get("id")); id != "" {
		of.ID = id
	}
	for _, tag := range e.form["add_language"] {
		if slices.Contains(i18n.Respondents(), tag) {
			of.AddLanguage(tag)
		}
	}
	if tag := e.form.Get("language"); tag != "" && !of.SetLanguage(tag) {
		return failure.New(failure.Invalid, "error.edit_language", "language", tag)
	}
	return nil
}

// add puts a new question, note or group at the place that the form names.
func (e *edit) add(of *survey.Survey) error {
	e.said = "added"
	kind := survey.Type(e.form.Get("type"))
	if !slices.Contains(survey.Types(), kind) {
		return failure.New(failure.Invalid, "error.edit_type", "type", string(kind))
	}
	label := strings.TrimSpace(e.form.Get("label"))
	if label == "" {
		return failure.New(failure.Invalid, "error.edit_label")
	}
	node := &survey.Node{Type: kind, Name: of.FreeName(label)}
	of.SetText(&node.Label, of.Language, label)
	switch list := e.form.Get("list"); {
	case !kind.Selects():
	case of.List(list) != nil:
		node.List = list
	default:
		choices := strings.TrimSpace(e.form.Get("choices"))
		if choices == "" {
			return failure.New(failure.Invalid, "error.edit_choices")
		}
		made, err := of.AddList(node.Name+"_choices", strings.Split(choices, "\n"))
		if err != nil {
			return err
		}
		node.List = made
	}
	switch kind {
	case survey.TypeRange:
		node.Parameters = "end=10 start=0 step=1"
	case survey.Calculate:
		node.Calculation, node.Label = "''", nil // to be written next
	}
	e.open = node.Name
	into, before, _ := strings.Cut(e.form.Get("place"), "/")
	return of.Insert(node, survey.Place{In: into, Before: before})
}

// addPair adds two questions about a field of action.
func (s *Server) addPair(e *edit, of *survey.Survey) error {
	e.said = "paired"
	key := e.form.Get("field")
	if s.desk.Fields == nil {
		return failure.New(failure.NotFound, "error.not_found")
	}
	field, known := s.desk.Fields.Get(key)
	if !known {
		return failure.New(failure.Invalid, "error.edit_field")
	}
	library, err := s.desk.workshop.shipped()
	if err != nil {
		return err
	}
	pair, ok := survey.PairFrom(append([]*survey.Survey{of}, library...), of.Audience, key, field.Label)
	if !ok {
		return failure.New(failure.Invalid, "error.edit_field")
	}
	names, err := of.AddPair(pair)
	e.open = names[0]
	return err
}

// settingsPrint covers what the form of the settings shows.
func settingsPrint(of *survey.Survey) string {
	return nodeState(&survey.Survey{Language: of.Language}, &survey.Node{Name: of.ID, Label: of.Title, Hint: of.Description, Default: of.Audience,
		Appearance: strings.Join(of.Languages, " ")})
}

// numberOf reads a number of a form, 0 for none.
func numberOf(text string) int64 {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 0 {
		return 0
	}
	return number
}
