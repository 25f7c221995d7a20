package server

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// trial marks a respondent's document as one to try out: what is sent by it goes
// to Action and is stored nowhere, neither here nor on the phone.
type trial struct {
	Action, CSRF string
	// Ribbon is what stands above the document, in the coordinator's language.
	Ribbon, Name, Language, Direction string
	Again                             string // address of the empty document
	Of                                string // the language of the survey's texts
}

// trialPage shows the answers of a trial as they would be stored.
type trialPage struct {
	*frame
	Trial   *trial
	Parts   []reviewPart
	Dropped []reviewAnswer
	Records []trialRecord
	Lead    string
}

// trialRecord is one of the two records that a response is stored as.
type trialRecord struct{ Title, Content string }

// unusablePage says why a survey cannot be tried out.
type unusablePage struct {
	*deskFrame
	Findings []findingLine
}

// spoken is what a coordinator reads beside a survey whose language the address
// names: as the page around it says, else as the browser does.
func (s *Server) spoken(c echo.Context) *i18n.Localizer {
	tag := c.QueryParam("speak")
	if !slices.Contains(deskLanguages(), tag) {
		tag = i18n.Match(c.Request().Header.Get("Accept-Language"), deskLanguages())
	}
	return s.config.Catalogue.Localizer(tag)
}

// framed lets the coordinators' own pages show what is answered in a frame.
func framed(c echo.Context) {
	policy := strings.Replace(contentSecurity, "frame-ancestors 'none'", "frame-ancestors 'self'", 1)
	c.Response().Header().Set("Content-Security-Policy", policy)
}

// preview shows the respondent's document of a survey to try it out.
func (s *Server) preview(c echo.Context) error {
	framed(c)
	wave, page, err := s.triedWave(c)
	if err != nil {
		return err
	}
	if page != nil {
		return s.page(c, http.StatusOK, "desk-unusable", page)
	}
	lang := c.QueryParam("lang")
	if !slices.Contains(wave.Version.Languages, lang) {
		lang = wave.Version.Language
	}
	with := c.QueryParam("with")
	if with == lang || !slices.Contains(wave.Version.Languages, with) {
		with = ""
	}
	f := s.tried(c, wave, lang, with).empty()
	f.Phone.Trial = true
	return s.page(c, http.StatusOK, "survey", f)
}

// triedWave makes a wave of the survey that nobody else sees; the page says why
// it cannot be answered, nil where it can.
func (s *Server) triedWave(c echo.Context) (*store.LiveWave, *unusablePage, error) {
	of, err := s.shownSurvey(c)
	if err != nil {
		return nil, nil, err
	}
	version, findings := survey.Compile(of.Clone())
	if version == nil {
		page := &unusablePage{deskFrame: s.deskFrame(c, "workshop.preview.unusable")}
		page.Localizer = s.spoken(c)
		page.Title = page.T("workshop.preview.unusable")
		page.Findings = findingLines(page.Localizer, fatal(findings), nil)
		return nil, page, nil
	}
	now := s.config.Now().Format("2006-01-02")
	return &store.LiveWave{Wave: fieldwork.Wave{Slug: "test", SurveyID: of.ID, State: fieldwork.Open, Opened: now, K: 5}, Version: version}, nil, nil
}

// tried is the respondent's document of a trial.
func (s *Server) tried(c echo.Context, wave *store.LiveWave, lang, with string) *form {
	f := s.form(wave, lang, with)
	words := s.spoken(c)
	address := &url.URL{Path: c.Request().URL.Path, RawQuery: url.Values{"speak": {words.Language()}}.Encode()}
	f.Trial = &trial{Action: address.String(), Ribbon: words.T("workshop.preview.ribbon"), Name: words.T("workshop.preview.test"), Language: words.Language(), Direction: words.Direction(),
		Again: changed(address, "lang", lang), Of: lang}
	f.Trial.CSRF, _ = c.Get(middleware.DefaultCSRFConfig.ContextKey).(string)
	f.speakPair(wave.Version.Languages, address, with)
	return f
}

// trial judges what was filled in and shows it as it would be stored. Nothing is
// stored.
func (s *Server) trial(c echo.Context) error {
	framed(c)
	wave, page, err := s.triedWave(c)
	if err != nil {
		return err
	}
	if page != nil {
		return s.page(c, http.StatusOK, "desk-unusable", page)
	}
	posted, err := c.FormParams() // the guard against forged requests has read the body
	if err != nil {
		return failure.New(failure.Invalid, "error.broken_request").Because(err)
	}
	body := url.Values{}
	for name, values := range posted {
		if name != csrfField && name != "speak" {
			body[name] = values
		}
	}
	given, err := readGiven(body.Encode())
	if err != nil {
		return err
	}
	sub := &submission{wave: wave, given: given, lang: wave.Version.Language}
	if lang := given.control("lang"); slices.Contains(wave.Version.Languages, lang) {
		sub.lang = lang
	}
	f := s.tried(c, wave, sub.lang, "")
	f.Languages, f.Beside = nil, nil // another language would lose what was typed
	f.now = s.respondentTime(sub)
	if given.asks(":add") || given.asks(":remove") || given.asks(":edit") {
		return s.page(c, http.StatusOK, "survey", f.changedBy(sub))
	}
	answers, problems := s.check(sub)
	problems = slices.DeleteFunc(problems, func(p response.Problem) bool { return p.Name == "submission_id" })
	if len(problems) > 0 {
		return s.page(c, http.StatusUnprocessableEntity, "survey", f.again(given, answers, problems))
	}
	return s.page(c, http.StatusOK, "trial", s.trialPage(c, f, sub, answers))
}

// trialPage shows the answers for people, and as the records that they would be.
func (s *Server) trialPage(c echo.Context, f *form, sub *submission, answers *response.Answers) *trialPage {
	words := s.spoken(c)
	f.given, f.answers = sub.given, answers
	review := &reviewPage{frame: f.frame}
	r := &reviewer{form: f, page: review}
	r.list(answers.Top(), sub.wave.Version.Top)
	r.institution()
	page := &trialPage{frame: s.frame(nil, words), Trial: f.Trial, Dropped: review.Dropped}
	page.Languages, page.Title, page.Lead = nil, words.T("workshop.trial.title"), words.T("workshop.trial.text")
	page.frame.Trial = f.Trial
	page.Parts = slices.DeleteFunc(review.Parts, func(p reviewPart) bool { return len(p.Answers) == 0 })
	for _, part := range []struct {
		part response.Part
		key  string
	}{{response.Anonymous, "anonymous"}, {response.Attributed, "attributed"}} {
		if part.part == response.Attributed && !answers.Any(response.Attributed) {
			continue
		}
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, answers.AppendJSON(nil, part.part), "", "  "); err == nil {
			page.Records = append(page.Records, trialRecord{words.T("workshop.trial." + part.key), pretty.String()})
		}
	}
	return page
}
