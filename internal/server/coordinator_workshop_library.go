package server

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/xlsform"
)

type libraryPage struct {
	*deskFrame
	Shipped, Own []libraryRow
	Stored       []libraryRow // what the command line brought in
	Areas        []option     // where the visitor may add surveys; none where they may not
	Audiences    []option
	Sources      []option // languages to begin a survey in
	Problem      string
	Findings     []findingLine // of a file that could not be imported
}

// libraryRow is one survey in the list.
type libraryRow struct {
	ID, SurveyID     string
	Title            caption
	Audience, Area   string
	Version          string
	Questions        int
	Languages        []speech
	Drafts, Stale    int // translations, in all languages together
	Missing          int
	Waves            []usedIn
	Author, Changed  string
	Editable, Shared bool
}

// rowCard is a survey of the list with what its template needs.
type rowCard struct {
	*deskFrame
	Row   libraryRow
	Areas []option
}

// Row gives the template of one survey what it needs.
func (p *libraryPage) Row(row libraryRow) rowCard { return rowCard{p.deskFrame, row, p.Areas} }

// Spoken gives the template of the languages what it needs.
func (r rowCard) Spoken() spokenLanguages { return spokenLanguages{r.deskFrame, r.Row.Languages} }

// Export gives the menu of files what it needs.
func (r rowCard) Export() exportMenu {
	return exportMenu{r.deskFrame, r.Row.ID, r.Row.Title.Text + " (" + r.Row.SurveyID + ")"}
}

// usedIn is a wave with a survey.
type usedIn struct {
	Slug, State string
	Readable    bool
}

// surveyLibrary lists the shipped surveys and those of the visitor's areas.
func (s *Server) surveyLibrary(c echo.Context) error {
	page, err := s.libraryPage(c)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-surveys", page)
}

func (s *Server) libraryPage(c echo.Context) (*libraryPage, error) {
	ctx := c.Request().Context()
	user, _ := visitor(c)
	page := &libraryPage{deskFrame: s.deskFrame(c, "workshop.library.title")}
	waves, err := s.desk.Office.Waves(ctx)
	if err != nil {
		return nil, err
	}
	used := map[string][]usedIn{}
	for _, wave := range waves {
		if s.concerns(user, wave) {
			used[wave.SurveyID] = append(used[wave.SurveyID], usedIn{Slug: wave.Slug, State: page.T("workshop.wave." + string(wave.State)),
				Readable: user.May(account.ReadResults, subjectOf(wave), s.desk.Areas.Contains)})
		}
	}
	shipped, err := s.desk.workshop.shipped()
	if err != nil {
		return nil, err
	}
	for _, one := range shipped {
		row := libraryRow{ID: shippedPrefix + one.ID, SurveyID: one.ID, Version: one.Version, Waves: used[one.ID]}
		row.summarise(page.Localizer, one, store.Summarise(one, one.Version))
		page.Shipped = append(page.Shipped, row)
	}
	own, err := s.desk.Office.Workings(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.listStored(ctx, page, own, used); err != nil {
		return nil, err
	}
	for _, one := range own {
		if !user.May(account.TranslateSurveys, account.Subject{Area: one.Area}, s.desk.Areas.Contains) {
			continue
		}
		row := libraryRow{ID: one.ID, SurveyID: one.SurveyID, Area: s.areaName(page.Localizer, one.Area), Version: one.Version,
			Waves: used[one.SurveyID], Author: one.Author, Changed: page.Time(one.Stored), Editable: s.mayEdit(c, one.Area)}
		row.summarise(page.Localizer, &survey.Survey{Languages: tagsOf(one.Languages)}, one.WorkingSummary)
		page.Own = append(page.Own, row)
	}
	s.offerPlaces(page, user)
	return page, nil
}

// listStored lists the surveys that the command line brought in: they belong to
// nobody, and are not those that a working copy or the library made.
func (s *Server) listStored(ctx context.Context, page *libraryPage, own []store.WorkingInfo, used map[string][]usedIn) error {
	headings, err := s.desk.Office.Headings(ctx)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, one := range own {
		known[one.SurveyID] = true
	}
	for _, one := range page.Shipped {
		known[one.SurveyID] = true
	}
	for _, one := range headings {
		if known[one.ID] {
			continue
		}
		row := libraryRow{ID: storedPrefix + one.ID, SurveyID: one.ID, Version: one.Version, Waves: used[one.ID],
			Title: said(one.Title, page.Localizer, &survey.Survey{Languages: one.Languages})}
		if one.Audience != "" {
			row.Audience = page.T("desk.audience." + one.Audience)
		}
		page.Stored = append(page.Stored, row)
	}
	return nil
}

func tagsOf(all []survey.Completeness) []string {
	tags := make([]string, len(all))
	for at, one := range all {
		tags[at] = one.Language
	}
	return tags
}

func (r *libraryRow) summarise(words *i18n.Localizer, of *survey.Survey, summary store.WorkingSummary) {
	r.Title, r.Questions = said(summary.Title, words, of), summary.Questions
	if r.Title.Text == "" {
		r.Title.Text = r.SurveyID
	}
	if summary.Audience != "" {
		r.Audience = words.T("desk.audience." + summary.Audience)
	}
	r.Languages = speeches(words, summary.Languages)
	for _, one := range summary.Languages {
		r.Drafts, r.Stale, r.Missing = r.Drafts+one.Draft, r.Stale+one.Stale, r.Missing+one.Needed-one.Present
	}
}

// offerPlaces lists what a new survey may belong to and begin in.
func (s *Server) offerPlaces(page *libraryPage, user account.User) {
	offer := func(key, name string) {
		if user.May(account.EditSurveys, account.Subject{Area: key}, s.desk.Areas.Contains) {
			page.Areas = append(page.Areas, option{Value: key, Label: name})
		}
	}
	offer("", page.T("desk.area.all"))
	for _, area := range s.desk.Areas.All() {
		offer(area.Key, s.areaPath(area))
	}
	page.Audiences = audiences(page.Localizer, "")
	for _, tag := range i18n.Respondents() {
		page.Sources = append(page.Sources, option{Value: tag, Label: i18n.NativeName(tag), Chosen: tag == page.Language()})
	}
}

func audiences(words *i18n.Localizer, chosen string) []option {
	list := []option{{Value: "", Label: words.T("workshop.audience.any"), Chosen: chosen == ""}}
	for _, audience := range catalogue.Audiences() {
		list = append(list, option{string(audience), words.T("desk.audience." + string(audience)), string(audience) == chosen})
	}
	return list
}

// addSurvey makes a working copy of another survey, or an empty one.
func (s *Server) addSurvey(c echo.Context) error {
	made, err := s.newSurvey(c)
	if err != nil {
		return s.libraryProblem(c, err, nil)
	}
	return s.keepSurvey(c, made)
}

// newSurvey makes the survey that a form asks for.
func (s *Server) newSurvey(c echo.Context) (*survey.Survey, error) {
	title := strings.TrimSpace(c.FormValue("title"))
	if len(title) > maxTitle {
		return nil, failure.New(failure.Invalid, "error.invalid")
	}
	source := c.FormValue("source")
	if source == "" {
		tag := c.FormValue("language")
		if title == "" || !slices.Contains(i18n.Respondents(), tag) {
			return nil, failure.New(failure.Invalid, "error.edit_title")
		}
		made := &survey.Survey{Version: "1", Language: tag, Languages: []string{tag}, Audience: c.FormValue("audience"), Title: survey.Text{tag: {Text: title}}}
		made.ID = made.FreeName(title)
		return made, checkAudience(made.Audience)
	}
	of, err := s.copied(c, source)
	if err != nil {
		return nil, err
	}
	made := of.Clone()
	if title != "" {
		made.SetText(&made.Title, made.Language, title)
	}
	return made, nil
}

// maxTitle is how many bytes the title of a new survey may have.
const maxTitle = 500

func checkAudience(audience string) error {
	if audience != "" && !catalogue.Audience(audience).Valid() {
		return failure.New(failure.Invalid, "error.edit_audience", "audience", audience)
	}
	return nil
}

// copied returns the survey to copy, with its pictures and sounds, if the
// visitor may see it.
func (s *Server) copied(c echo.Context, id string) (*survey.Survey, error) {
	if one, err := s.librarySurvey(c.Request().Context(), id); one != nil || err != nil {
		return one, err
	}
	w, err := s.desk.Office.Working(c.Request().Context(), id)
	if err != nil {
		return nil, err
	}
	user, _ := visitor(c)
	if !user.May(account.TranslateSurveys, account.Subject{Area: w.Area}, s.desk.Areas.Contains) {
		return nil, failure.New(failure.Forbidden, "error.forbidden")
	}
	return w.Survey, nil
}

// keepSurvey stores a new working copy and opens it. Its id is made new where
// another survey has it, so that answers to both are never mixed.
func (s *Server) keepSurvey(c echo.Context, made *survey.Survey) error {
	w, err := s.storeSurvey(c, c.FormValue("area"), made)
	if err != nil {
		return s.libraryProblem(c, err, nil)
	}
	return c.Redirect(http.StatusSeeOther, "/manage/surveys/"+w.ID+s.deskFrame(c, "workshop.library.title").Query)
}

// storeSurvey stores a new working copy for an area.
func (s *Server) storeSurvey(c echo.Context, area string, made *survey.Survey) (*store.Working, error) {
	user, _ := visitor(c)
	if _, known := s.desk.Areas.Get(area); area != "" && !known {
		return nil, failure.New(failure.Invalid, "error.unknown_area_chosen", "area", area)
	}
	taken, err := s.takenIDs(c)
	if err != nil {
		return nil, err
	}
	base := made.ID
	for number := 2; taken[made.ID]; number++ {
		made.ID = fmt.Sprintf("%s_%d", base, number)
	}
	return s.desk.Office.AddWorking(c.Request().Context(), user.Name, area, made)
}

// takenIDs are the ids that a survey of the visitor's must not have: those of the
// library, of working copies, and of waves that others have opened, with which
// nobody's answers must be mixed.
func (s *Server) takenIDs(c echo.Context) (map[string]bool, error) {
	ctx := c.Request().Context()
	taken := map[string]bool{}
	shipped, err := s.desk.workshop.shipped()
	if err != nil {
		return nil, err
	}
	for _, one := range shipped {
		taken[one.ID] = true
	}
	workings, err := s.desk.Office.Workings(ctx)
	if err != nil {
		return nil, err
	}
	for _, one := range workings {
		taken[one.SurveyID] = true
	}
	waves, err := s.desk.Office.Waves(ctx)
	for _, one := range waves {
		if !s.mayEdit(c, one.Area) {
			taken[one.SurveyID] = true
		}
	}
	return taken, err
}

// libraryProblem says on the list of surveys what is wrong with what was asked.
func (s *Server) libraryProblem(c echo.Context, err error, findings failure.Findings) error {
	if code := failure.CodeOf(err); err != nil && code != failure.Invalid && code != failure.Conflict && code != failure.TooLarge {
		return err
	}
	page, failed := s.libraryPage(c)
	if failed != nil {
		return failed
	}
	if err != nil {
		page.Problem = sentence(page.Localizer, failure.As(err))
	} else {
		page.Problem = page.N("workshop.import.failed", len(fatal(findings)))
	}
	page.Findings = findingLines(page.Localizer, findings, nil)
	return s.page(c, http.StatusUnprocessableEntity, "desk-surveys", page)
}

func fatal(findings failure.Findings) failure.Findings {
	return slices.DeleteFunc(slices.Clone(findings), func(one failure.Finding) bool { return one.Severity != failure.Fatal })
}

// importSurvey makes a working copy of a file.
func (s *Server) importSurvey(c echo.Context) error {
	header, err := c.FormFile("file")
	if failure.CodeOf(err) == failure.TooLarge {
		return s.libraryProblem(c, err, nil)
	}
	if err != nil || header.Size == 0 {
		return s.libraryProblem(c, failure.New(failure.Invalid, "error.import_no_file"), nil)
	}
	file, err := header.Open()
	if err != nil {
		return failure.New(failure.Invalid, "error.broken_request").Because(err)
	}
	defer func() { _ = file.Close() }() // was only read
	content, err := io.ReadAll(io.LimitReader(file, importLimit))
	if err != nil {
		return failure.New(failure.Invalid, "error.broken_request").Because(err)
	}
	made, findings := xlsform.ReadAny(header.Filename, content, xlsform.Options{Known: s.known()})
	if made == nil || findings.Fatal() {
		return s.libraryProblem(c, nil, fatal(findings))
	}
	return s.keepSurvey(c, made)
}

// known is what surveys may name.
func (s *Server) known() survey.Known {
	known := survey.Known{}
	if s.desk.Fields != nil {
		known.Fields = s.desk.Fields.Keys()
	}
	for name := range s.pictograms {
		known.Pictograms = append(known.Pictograms, name)
	}
	slices.Sort(known.Pictograms)
	return known
}

// surveyFile sends a survey as a file: YAML, an XLSForm, or a zip with pictures
// and sounds to share with others. All hold all languages and their states.
func (s *Server) surveyFile(c echo.Context) error {
	of, err := s.shownSurvey(c)
	if err != nil {
		return err
	}
	return s.sendSurvey(c, of)
}

// sendSurvey sends a survey as the file that the parameter as asks for.
func (s *Server) sendSurvey(c echo.Context, of *survey.Survey) error {
	of = of.Clone()
	var err error
	var content []byte
	kind, ending := "application/yaml", ".yaml"
	switch c.QueryParam("as") {
	case "yaml":
		content, err = survey.WriteYAML(of)
	case "xlsx":
		kind, ending = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"
		content, err = xlsform.Write(of)
	case "zip":
		kind, ending = "application/zip", ".zip"
		if err = of.LoadContents(func(hash string) ([]byte, error) {
			one, err := s.desk.Office.Media(c.Request().Context(), hash)
			if err != nil {
				return nil, err
			}
			return one.Data, nil
		}); err == nil {
			content, err = survey.WriteBundle(of)
		}
	default:
		return failure.New(failure.NotFound, "error.not_found")
	}
	if err != nil {
		return s.notWritten(c, err)
	}
	header := c.Response().Header()
	header.Set("Cache-Control", "no-store")
	header.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": of.ID + ending}))
	return c.Blob(http.StatusOK, kind, content)
}

// notWritten says what of a survey a kind of file cannot hold.
func (s *Server) notWritten(c echo.Context, err error) error {
	var findings failure.Findings
	if !asError(err, &findings) {
		return err
	}
	words := s.deskWords(c)
	lines := findingLines(words, findings, nil)
	return failure.New(failure.Invalid, "error.export_lost", "what", lines[0].Text).Because(err)
}
