package server

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

type paperPage struct {
	*waveFrame
	Living               bool
	Stored               string // what was stored just now, in words
	Number, Institution  string // as typed
	Asked                bool   // an institution may be named
	InstitutionProblem   string
	Sheets, Areas        []option // languages of paper forms; areas within the wave's
	Lines                []paperLine
	Problem              string
	Confirm, Replace     bool   // offers to store it as it stands on the sheet; instead of what is stored
	Differ               string // in what two typings differ
	Phone                *phone
	WhatWrong, WhatNotOn string // sentences for the script
}

// paperLine is a question to be typed, a heading, or a button for one more
// instance of a repeat.
type paperLine struct {
	Heading string // of a group or an instance; the rest is then empty
	Add     string // the repeat of which one more is to be had

	ID, Name, Label  string // of the control
	Item, Prefix     string // name of the question, and the instance around it
	Choices          []paperChoice
	Several, Ordered bool
	Text             bool   // in people's own words
	Kind             string // what to type, in words
	Value, Problem   string
}

// paperChoice is a choice with the number by which it is typed.
type paperChoice struct{ Number, Name, Label string }

// paperForm is what somebody typed.
type paperForm struct {
	number, institution, language, area string
	confirmed, replace                  bool
	add                                 string
	typed                               map[string]string // by control
}

// paper shows the form to type; to its script it tells whether a sheet of that
// number is stored.
func (s *Server) paper(c echo.Context) error {
	ctx := c.Request().Context()
	wave, err := s.desk.Office.Wave(ctx, c.Param("slug"))
	if err != nil {
		return err
	}
	if wantsJSON(c.Request()) {
		stored, err := s.sheetStored(ctx, wave, strings.TrimSpace(c.QueryParam("number")))
		if err != nil {
			return err
		}
		return writeJSON(c, http.StatusOK, map[string]any{"stored": stored})
	}
	form := &paperForm{language: c.QueryParam("sheet"), area: c.QueryParam("area"), institution: c.QueryParam("institution"), typed: map[string]string{}}
	page := s.paperPage(c, wave, form)
	if c.QueryParam("stored") != "" {
		page.Stored = page.T("outlets.paper.stored", "number", page.Isolate(strings.TrimSpace(c.QueryParam("stored"))))
	}
	if c.QueryParam("stored") == unnumbered {
		page.Stored = page.T("outlets.paper.stored_one")
	}
	return s.page(c, http.StatusOK, "desk-paper", page)
}

// unnumbered stands in the address for a sheet without a number.
const unnumbered = "-"

func (s *Server) sheetStored(ctx context.Context, wave *store.LiveWave, number string) (bool, error) {
	if number == "" {
		return false, nil
	}
	_, err := s.desk.Office.Sheet(ctx, wave, number)
	if failure.CodeOf(err) == failure.NotFound {
		return false, nil
	}
	return err == nil, err
}

func (s *Server) paperPage(c echo.Context, wave *store.LiveWave, form *paperForm) *paperPage {
	page := &paperPage{waveFrame: s.waveFrame(c, wave, "outlets.paper.title"), Living: wave.Living(), Number: form.number, Institution: form.institution}
	page.Asked = wave.Institutions || slices.ContainsFunc(wave.Version.Elements, func(e *survey.Element) bool { return e.Attributed })
	for _, tag := range wave.Version.Languages {
		page.Sheets = append(page.Sheets, option{tag, i18n.NativeName(tag), tag == labelLanguage(wave, form.language)})
	}
	page.Areas = s.areasWithin(wave, form.area, page.T("outlets.paper.whole_area"))
	page.WhatWrong, page.WhatNotOn = page.T("outlets.paper.no_choice"), page.T("outlets.paper.typed_before")
	made := s.form(wave, labelLanguage(wave, page.Language()), "")
	page.Phone = made.phone()
	w := &paperWriter{page: page, reader: made.reader, form: form}
	w.write(wave.Version.Top, "")
	return page
}

// areasWithin lists a wave's area, called whole, and those inside it; none where
// there is nothing to choose.
func (s *Server) areasWithin(wave *store.LiveWave, chosen, whole string) []option {
	areas := []option{{wave.Area, whole, chosen == wave.Area}}
	for _, area := range s.partsOf(wave) {
		areas = append(areas, option{area.Key, s.areaPath(area), area.Key == chosen})
	}
	if len(areas) == 1 {
		return nil
	}
	return areas
}

// insideWave tells whether answers of a wave may carry an area: its own, or one
// that takes part.
func (s *Server) insideWave(wave *store.LiveWave, area string) bool {
	_, known := s.desk.Areas.Get(area)
	return area == wave.Area || known && wave.Takes(area, s.desk.Areas.Contains)
}

// partsOf lists the areas below a wave's own that take part in it.
func (s *Server) partsOf(wave *store.LiveWave) []catalogue.Area {
	return slices.DeleteFunc(s.desk.Areas.All(), func(one catalogue.Area) bool {
		return one.Key == wave.Area || !wave.Takes(one.Key, s.desk.Areas.Contains)
	})
}

// paperWriter makes the lines of the form.
type paperWriter struct {
	page   *paperPage
	reader reader
	form   *paperForm
}

func (w *paperWriter) label(text survey.Text) string {
	return plainText(w.reader.text(text, func(string) string { return unknown }))
}

func (w *paperWriter) write(elements []*survey.Element, prefix string) {
	for _, e := range elements {
		switch {
		case e.Type == survey.Group:
			if heading := w.label(e.Label); heading != "" {
				w.page.Lines = append(w.page.Lines, paperLine{Heading: heading})
			}
			w.write(e.Children, prefix)
		case e.Type == survey.Repeat:
			for i := range w.instances(prefix + e.Name) {
				heading := w.label(e.Label) + " " + w.page.deskFrame.Number(float64(i+1), 0)
				w.page.Lines = append(w.page.Lines, paperLine{Heading: strings.TrimSpace(heading)})
				w.write(e.Children, prefix+e.Name+"["+strconv.Itoa(i)+"].")
			}
			w.page.Lines = append(w.page.Lines, paperLine{Add: prefix + e.Name, Label: w.label(e.Label)})
		case e.Type.Asked() && e.Type.Answered() && !e.LabelsOnly():
			w.page.Lines = append(w.page.Lines, w.line(e, prefix))
		}
	}
}

// instances is how many instances of a repeat the form has: as many as were
// typed in, one at least, and one more where that was asked for.
func (w *paperWriter) instances(name string) int {
	count := 1
	for control := range w.form.typed {
		if number, _, inside := instanceOf(control, name); inside {
			count = max(count, number+1)
		}
	}
	if w.form.add == name {
		count++
	}
	return min(count, response.MaxInstances)
}

func (w *paperWriter) line(e *survey.Element, prefix string) paperLine {
	line := paperLine{Name: prefix + e.Name, ID: controlID(prefix + e.Name), Label: w.label(e.Label), Item: e.Name, Prefix: prefix,
		Several: e.Type == survey.SelectMultiple, Ordered: e.Type == survey.Rank, Text: e.Type == survey.TextType, Value: w.form.typed[prefix+e.Name]}
	if line.Label == "" {
		line.Label = e.Name
	}
	kind := string(e.Type)
	if e.Choices != nil && e.ChoicesFrom == nil {
		for at, choice := range e.Choices.Choices {
			line.Choices = append(line.Choices, paperChoice{strconv.Itoa(at + 1), choice.Name, w.label(choice.Label)})
		}
	}
	if e.Type == survey.Date && e.Precision() != survey.Day {
		kind = string(e.Precision())
	}
	if key := "outlets.paper.kind." + kind; w.page.T(key) != key {
		line.Kind = w.page.T(key)
	}
	return line
}

// readPaper reads the form.
func readPaper(c echo.Context) (*paperForm, error) {
	values, err := c.FormParams()
	if err != nil {
		return nil, failure.New(failure.Invalid, "error.invalid").Because(err)
	}
	form := &paperForm{number: strings.TrimSpace(values.Get(":number")), institution: strings.TrimSpace(values.Get(":institution")),
		language: values.Get(":sheet"), area: values.Get(":area"), confirmed: values.Get(":confirm") == "1", replace: values.Get(":replace") == "1",
		add: values.Get(":add"), typed: map[string]string{}}
	for name, all := range values {
		if !response.Control(name) && name != csrfField && len(all) > 0 && strings.TrimSpace(all[0]) != "" {
			form.typed[name] = all[0]
		}
	}
	return form, nil
}

// maxSheetNumber is the greatest length, in bytes, of the number on a sheet.
const maxSheetNumber = 60

// typeSheet stores a typed sheet and shows the form for the next one, or says
// what is wrong.
func (s *Server) typeSheet(c echo.Context) error {
	ctx := c.Request().Context()
	wave, err := s.desk.Office.Wave(ctx, c.Param("slug"))
	if err != nil {
		return err
	}
	form, err := readPaper(c)
	if err != nil {
		return err
	}
	if form.add != "" {
		return s.page(c, http.StatusOK, "desk-paper", s.paperPage(c, wave, form))
	}
	check, err := s.checkSheet(ctx, wave, form)
	if err != nil {
		return err
	}
	if page := s.sheetProblems(c, wave, form, check); page != nil {
		return s.page(c, http.StatusUnprocessableEntity, "desk-paper", page)
	}
	user, _ := visitor(c)
	check.sheet.Number = form.number
	err = s.desk.Office.AddSheet(ctx, user.Name, wave, check.sheet, form.replace)
	if failure.CodeOf(err) == failure.Conflict {
		page, failed := s.secondTyping(c, wave, form, check.sheet.Answers)
		if failed != nil {
			return failed
		}
		return s.page(c, http.StatusConflict, "desk-paper", page)
	}
	if err != nil {
		return err
	}
	stored := form.number
	if stored == "" {
		stored = unnumbered
	}
	return c.Redirect(http.StatusSeeOther, s.kept(c, "/manage/waves/"+wave.Slug+"/paper", "stored", stored, "sheet", form.language,
		"area", form.area, "institution", form.institution))
}

// checkedSheet is a sheet and what is to be said about it.
type checkedSheet struct {
	sheet       store.Sheet
	problems    []response.Problem // to be mended
	missing     []response.Problem // required, and perhaps left blank on the paper
	dropped     []string           // controls that are not asked under these circumstances
	institution string             // message key of what is wrong with the institution
}

// checkSheet judges a sheet as it judges what a phone sends, save that paper
// forces nobody to answer.
func (s *Server) checkSheet(ctx context.Context, wave *store.LiveWave, form *paperForm) (checkedSheet, error) {
	var out checkedSheet
	fields := map[string][]string{}
	for name, typed := range form.typed {
		element := wave.Version.Element(name[strings.LastIndexByte(name, '.')+1:])
		if element == nil { // told by Read
			fields[name] = []string{typed}
			continue
		}
		values, ok := response.Typed(element, typed)
		if !ok {
			out.problems = append(out.problems, response.Problem{Name: name, Element: element, Key: "outlets.paper.no_choice"})
			continue
		}
		fields[name] = values
	}
	answers, unknown := response.Read(wave.Version, fields)
	answers.Language = labelLanguage(wave, form.language)
	out.problems = append(out.problems, unknown...)
	for _, one := range answers.Check(s.config.Now()) {
		switch {
		case slices.ContainsFunc(out.problems, func(known response.Problem) bool { return known.Name == one.Name }):
		case one.Key == "respondent.problem.required":
			out.missing = append(out.missing, one)
		default:
			out.problems = append(out.problems, one)
		}
	}
	for name := range fields {
		prefix := name[:strings.LastIndexByte(name, '.')+1]
		place, known := answers.At(prefix)
		if e := wave.Version.Element(strings.TrimPrefix(name, prefix)); known && e != nil && len(fields[name]) > 0 && !place.Relevant(e) {
			out.dropped = append(out.dropped, name)
		}
	}
	slices.Sort(out.dropped)
	out.sheet = store.Sheet{Carried: fieldwork.Carried{Area: wave.Area}, Language: answers.Language, Answers: answers}
	return out, s.place(ctx, wave, form, &out)
}

// place finds out where a sheet comes from.
func (s *Server) place(ctx context.Context, wave *store.LiveWave, form *paperForm, out *checkedSheet) error {
	if s.insideWave(wave, form.area) {
		out.sheet.Area = form.area
	}
	if form.institution == "" {
		if out.sheet.Answers.Any(response.Attributed) {
			out.institution = "outlets.paper.no_institution"
		}
		return nil
	}
	out.sheet.Speaker = form.institution
	if s.config.Institution == nil {
		return nil
	}
	found, err := s.config.Institution(ctx, form.institution)
	switch {
	case failure.CodeOf(err) == failure.NotFound && strings.Trim(form.institution, "0123456789") == "":
		out.institution = "outlets.paper.unknown_institution"
	case failure.CodeOf(err) == failure.NotFound: // a name
	case err != nil:
		return err
	default:
		out.sheet.Speaker, out.sheet.InstitutionType = found.Name, found.Type
		if wave.Institutions {
			out.sheet.Institution = found.Number
		}
		if s.insideWave(wave, found.Area) {
			out.sheet.Area = found.Area
		}
	}
	return nil
}

// sheetProblems is the form again with what is wrong; nil when nothing is.
func (s *Server) sheetProblems(c echo.Context, wave *store.LiveWave, form *paperForm, check checkedSheet) *paperPage {
	soft := len(check.missing) + len(check.dropped)
	if len(form.number) > maxSheetNumber {
		check.problems = append(check.problems, response.Problem{Name: ":number", Key: "outlets.paper.number_too_long"})
	}
	if len(check.problems) == 0 && check.institution == "" && (soft == 0 || form.confirmed) && wave.Living() && len(form.typed) > 0 {
		return nil
	}
	page := s.paperPage(c, wave, form)
	explain := s.form(wave, labelLanguage(wave, page.Language()), "")
	told := map[string]string{}
	for _, one := range slices.Concat(check.problems, check.missing) {
		told[one.Name] = explain.explain(one)
		if strings.HasPrefix(one.Key, "outlets.") {
			told[one.Name] = page.T(one.Key)
		}
		page.Problem = page.T("outlets.paper.wrong")
		if one.Element == nil {
			page.Problem = told[one.Name] // about no line
		}
	}
	for _, name := range check.dropped {
		told[name], page.Problem = page.T("outlets.paper.not_asked"), page.T("outlets.paper.wrong")
	}
	for at := range page.Lines {
		page.Lines[at].Problem = told[page.Lines[at].Name]
		if page.Lines[at].Name == "" {
			page.Lines[at].Problem = ""
		}
	}
	if check.institution != "" {
		page.InstitutionProblem, page.Problem = page.T(check.institution), page.T("outlets.paper.wrong")
	}
	switch {
	case len(form.typed) == 0:
		page.Problem = page.T("outlets.paper.blank")
	case len(check.problems) == 0 && check.institution == "" && soft > 0:
		page.Confirm, page.Problem = true, page.T("outlets.paper.confirm")
	}
	return page
}

// secondTyping says that a sheet is stored, and in what the two typings differ:
// never what the other one says, which is for whoever has the sheet to see.
func (s *Server) secondTyping(c echo.Context, wave *store.LiveWave, form *paperForm, typed *response.Answers) (*paperPage, error) {
	stored, err := s.desk.Office.Sheet(c.Request().Context(), wave, form.number)
	if err != nil {
		return nil, err
	}
	page := s.paperPage(c, wave, form)
	page.Replace, page.Problem = true, page.T("outlets.paper.typed_before")
	page.Differ = page.T("outlets.paper.alike")
	if differ := differing(stored, typed, page.Lines); len(differ) > 0 {
		page.Differ = page.T("outlets.paper.differ", "questions", strings.Join(differ, "; "))
	}
	return page, nil
}

// differing lists the labels of the lines whose answers are not the same.
func differing(a, b *response.Answers, lines []paperLine) []string {
	var labels []string
	for _, line := range lines {
		if line.Name == "" {
			continue
		}
		e := a.Version.Element(line.Item)
		one, _ := a.At(line.Prefix)
		other, _ := b.At(line.Prefix)
		if !e.Attributed && one.Text(e) != other.Text(e) {
			labels = append(labels, line.Label)
		}
	}
	return labels
}
