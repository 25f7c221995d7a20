package server

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

type versionsPage struct {
	*deskFrame
	ID, SurveyID string
	Name         caption
	Revision     int64
	Editable     bool
	Steps        []stepView
	Older        int64 // the number before which older steps begin, 0 for none
	Next         string
	Answered     string // wave under which answers lie, "" for none
	Fixed        string // the version that was just fixed
	Wave         string // where a wave with it is set up
	Problem      string
	Findings     []findingLine
}

// stepView is one state in the history.
type stepView struct {
	store.Step
	When    string
	Changes []string
}

// stepsOnPage is how many states are listed at once.
const stepsOnPage = 40

// surveyVersions lists the history of a working copy.
func (s *Server) surveyVersions(c echo.Context) error {
	page, err := s.versionsPage(c)
	if err != nil {
		return err
	}
	if fixed := c.QueryParam("fixed"); fixed != "" {
		for _, one := range page.Steps {
			if one.Version == fixed {
				page.Fixed, page.Wave = fixed, waveAddress(page.SurveyID, page.Query)
			}
		}
	}
	return s.page(c, http.StatusOK, "desk-versions", page)
}

// waveAddress is where a wave with the newest version of a survey is set up.
func waveAddress(id, query string) string {
	address := "/manage/waves/new?survey=" + url.QueryEscape(id)
	if query != "" {
		address += "&" + strings.TrimPrefix(query, "?")
	}
	return address
}

func (s *Server) versionsPage(c echo.Context) (*versionsPage, error) {
	w, err := s.working(c)
	if err != nil {
		return nil, err
	}
	page := &versionsPage{deskFrame: s.deskFrame(c, "workshop.versions.title"), ID: w.ID, SurveyID: w.SurveyID, Revision: w.Revision, Editable: s.mayEdit(c, w.Area)}
	page.Name = said(w.Survey.Title, page.Localizer, w.Survey)
	page.Title = page.T("workshop.versions.of", "title", page.Name.Text)
	steps, err := s.desk.Office.WorkingSteps(c.Request().Context(), w.ID, numberOf(c.QueryParam("before")), stepsOnPage)
	if err != nil {
		return nil, err
	}
	for _, one := range steps {
		page.Steps = append(page.Steps, stepView{one, page.Time(one.Stored), changesInWords(page.Localizer, one, w.Survey)})
	}
	if len(steps) == stepsOnPage {
		page.Older = steps[len(steps)-1].Number
	}
	answered, err := s.answeredBefore(c.Request().Context(), w.SurveyID)
	if err != nil {
		return nil, err
	}
	page.Next = nextVersion(w.WorkingSummary.Version, w.Survey.Version)
	if len(answered) > 0 {
		page.Answered = answered[0].Slug
	}
	return page, nil
}

// nextVersion is the name of the version after the last one that was fixed.
func nextVersion(last, present string) string {
	if last == "" {
		return present
	}
	number, err := strconv.Atoi(last)
	if err != nil {
		return last + ".1"
	}
	return strconv.Itoa(number + 1)
}

// changesInWords says what a step changed.
func changesInWords(words *i18n.Localizer, step store.Step, of *survey.Survey) []string {
	if step.Number == 1 {
		return []string{words.T("workshop.change.first")}
	}
	var lines []string
	for _, one := range step.Changes {
		name := one.Name
		if node := of.Node(name); node != nil {
			if label := (reader{chain: []string{of.Language}}).captionOf(node.Label).Text; label != "" {
				name = label
			}
		}
		what := one.What
		if key := "workshop.text." + what; words.T(key) != key {
			what = words.T(key)
		} else if one.Kind == survey.Reruled || one.Kind == survey.Relooked {
			if key := "workshop.property." + what; words.T(key) != key {
				what = words.T(key)
			}
		}
		languages := make([]string, len(one.Languages))
		for at, tag := range one.Languages {
			languages[at] = i18n.NativeName(tag)
		}
		key := "workshop.change." + string(one.Kind)
		if one.Name == "" && one.Kind == survey.Reworded {
			key = "workshop.change.survey_reworded"
		}
		lines = append(lines, words.T(key, "name", words.Isolate(name), "what", words.Isolate(what), "languages", strings.Join(languages, ", ")))
	}
	if step.More > 0 {
		lines = append(lines, words.N("workshop.change.more", step.More))
	}
	return lines
}

// fixSurvey makes the present content a version for waves, or goes back to an
// earlier content.
func (s *Server) fixSurvey(c echo.Context) error {
	w, err := s.working(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	ctx, office := c.Request().Context(), s.desk.Office
	if step := numberOf(c.FormValue("restore")); step > 0 {
		old, err := office.WorkingStep(ctx, w.ID, step)
		if err != nil {
			return err
		}
		_, err = office.ChangeWorking(ctx, user.Name, w.ID, numberOf(c.FormValue("revision")), func(of *survey.Survey) error {
			*of = *old
			return nil
		})
		if err != nil {
			return s.versionsProblem(c, err)
		}
		return c.Redirect(http.StatusSeeOther, s.editorAddress(c, w.ID, "", "restored"))
	}
	name, err := s.fix(c, w, user.Name, numberOf(c.FormValue("revision")))
	if err != nil {
		return s.versionsProblem(c, err)
	}
	query := url.Values{"fixed": {name}}
	if chosen := c.QueryParam("lang"); chosen != "" {
		query.Set("lang", s.deskWords(c).Language())
	}
	return c.Redirect(http.StatusSeeOther, "/manage/surveys/"+w.ID+"/versions?"+query.Encode())
}

// fix gives the present content a version's name and stores it for waves. What
// would make earlier answers unreadable is refused.
func (s *Server) fix(c echo.Context, w *store.Working, actor string, revision int64) (string, error) {
	ctx, office := c.Request().Context(), s.desk.Office
	judged, err := s.judgeWorking(ctx, w)
	if err != nil {
		return "", err
	}
	// Answers may have come in since the survey was judged.
	answered, err := s.answeredBefore(ctx, w.SurveyID)
	if err != nil {
		return "", err
	}
	if broken := brokenBy(answered, judged.version); len(broken) > 0 {
		return "", broken
	}
	if judged.findings.Fatal() {
		return "", fatal(judged.findings)
	}
	name := nextVersion(w.WorkingSummary.Version, w.Survey.Version)
	named, err := office.ChangeWorking(ctx, actor, w.ID, revision, func(of *survey.Survey) error {
		of.Version = name
		return nil
	})
	if err != nil {
		return "", err
	}
	version, err := office.FixWorking(ctx, actor, w.ID, named.Revision)
	if err != nil {
		return "", err
	}
	return version.Version, nil
}

// versionsProblem says beside the history why something was not done.
func (s *Server) versionsProblem(c echo.Context, err error) error {
	var findings failure.Findings
	unusable := errors.As(err, &findings)
	if code := failure.CodeOf(err); !unusable && code != failure.Conflict && code != failure.Invalid {
		return err
	}
	c.Set(workingKey, nil)
	page, failed := s.versionsPage(c)
	if failed != nil {
		return failed
	}
	if unusable {
		page.Problem = page.N("workshop.versions.unusable", len(findings))
		page.Findings = findingLines(page.Localizer, findings, make([]string, len(findings)))
		return s.page(c, http.StatusUnprocessableEntity, "desk-versions", page)
	}
	page.Problem = sentence(page.Localizer, failure.As(err))
	return s.page(c, status(failure.CodeOf(err)), "desk-versions", page)
}
