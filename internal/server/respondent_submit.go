package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// submission is one POST of a respondent's document on its way.
type submission struct {
	wave  *store.LiveWave
	given *given
	id    string // "" when there is none, or none that is good
	lang  string
	with  string // the second language of the document it comes from, "" for none
	code  string
}

// submit takes what a respondent's document sends. A phone's script sends
// everything at once, with a submission id. Without JavaScript the first POST
// leads to a page to look everything over, which carries the id.
func (s *Server) submit(c echo.Context) error {
	if err := s.limiter.check(s.client(c.Request())); err != nil {
		return err
	}
	wave, err := s.publicWave(c, c.Param("slug"))
	if err != nil {
		return err
	}
	sub, err := readSubmission(c, wave)
	if err != nil {
		return err
	}
	c.Set(languageKey, sub.lang)
	switch {
	case wantsJSON(c.Request()):
		return s.take(c, sub)
	case sub.given.asks(":add"), sub.given.asks(":remove"), sub.given.asks(":edit"):
		return s.change(c, sub)
	case sub.id == "":
		return s.review(c, sub)
	default:
		return s.take(c, sub)
	}
}

func readSubmission(c echo.Context, wave *store.LiveWave) (*submission, error) {
	kind, _, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if err != nil || kind != echo.MIMEApplicationForm {
		return nil, failure.New(failure.Invalid, "error.not_a_form")
	}
	body, err := io.ReadAll(c.Request().Body)
	if tells(err) {
		return nil, err
	}
	if err != nil { // the phone went away, or its network did
		return nil, failure.New(failure.Invalid, "error.broken_request").Because(err)
	}
	given, err := readGiven(string(body))
	if err != nil {
		return nil, err
	}
	sub := &submission{wave: wave, given: given, code: given.control("code"), lang: wave.Version.Language}
	if id := given.control("submission_id"); response.ValidSubmissionID(id) {
		sub.id = id
	}
	if lang := given.control("lang"); slices.Contains(wave.Version.Languages, lang) {
		sub.lang = lang
	}
	if with := given.control(":with"); with != sub.lang && slices.Contains(wave.Version.Languages, with) {
		sub.with = with
	}
	return sub, nil
}

// take stores a submission, or says why not. A submission that was stored
// before is never refused: its code is used by now and its wave perhaps closed,
// and the phone that asks again must hear that all is well. The store knows
// repetitions among what is good; only before refusing it is asked for them.
func (s *Server) take(c echo.Context, sub *submission) error {
	ctx := c.Request().Context()
	accepting := sub.wave.Accepting(s.config.Now())
	answers, problems := s.check(sub)
	problems = append(problems, s.suspicions(sub, wantsJSON(c.Request()))...)
	if !accepting || len(problems) > 0 {
		outcome, repeated, err := s.repeated(ctx, sub)
		switch {
		case err != nil:
			return err
		case repeated:
			return s.thank(c, sub, outcome)
		case !accepting:
			return failure.New(failure.Gone, "error.wave_closed")
		}
		return s.refuse(c, sub, answers, problems)
	}
	outcome, err := s.config.Waves.Accept(ctx, sub.wave, store.Submission{
		ID: sub.id, Fields: sub.given.posted, Answers: answers, Language: sub.lang,
		Duration: sub.given.duration(), Code: sub.code, Institution: sub.given.institution(sub.wave.Version),
	})
	if problem := badCode(err); problem != nil {
		return s.refuse(c, sub, answers, []response.Problem{*problem})
	}
	if err != nil {
		return fmt.Errorf("accept response: %w", err)
	}
	return s.thank(c, sub, outcome)
}

// repeated tells whether the submission was stored before.
func (s *Server) repeated(ctx context.Context, sub *submission) (store.Outcome, bool, error) {
	if sub.id == "" {
		return store.Outcome{}, false, nil
	}
	return s.config.Waves.Repeated(ctx, sub.wave, sub.id, response.ContentHash(sub.given.posted))
}

const badCodeKey = "respondent.problem.bad_code"

func badCode(err error) *response.Problem {
	var failed *failure.Error
	if errors.As(err, &failed) && failed.Key == badCodeKey {
		return &response.Problem{Name: "code", Key: badCodeKey}
	}
	return nil
}

// check reads and judges the answers, and the document's own controls.
func (s *Server) check(sub *submission) (*response.Answers, []response.Problem) {
	version, given := sub.wave.Version, sub.given
	var problems []response.Problem
	add := func(name, key string) { problems = append(problems, response.Problem{Name: name, Key: key}) }
	posted := given.control("version")
	if given.garbled("version") || posted != "" && !isVersion(version.Hash, version.Survey.Version, posted) {
		add("version", "respondent.problem.bad_version")
	}
	if given.asks("lang") && given.control("lang") != sub.lang {
		add("lang", "respondent.problem.bad_language")
	}
	if given.garbled("code") {
		add("code", badCodeKey)
	}
	if sub.id == "" {
		add("submission_id", "respondent.problem.bad_submission_id")
	}
	answers, unknown := response.Read(version, given.posted)
	answers.Language = sub.lang
	found := slices.Concat(problems, unknown, answers.Check(s.respondentTime(sub)))
	if sub.code == "" && answers.Any(response.Attributed) && given.institution(version) == "" {
		// A statement in nobody's name is of no use to anybody.
		found = append(found, response.Problem{Name: institutionControl(version), Key: "respondent.problem.required",
			Element: version.Element(institutionControl(version))})
	}
	return answers, found
}

// respondentTime is what today() and now() give for a submission.
func (s *Server) respondentTime(sub *submission) time.Time {
	now := s.config.Now()
	return sub.wave.RespondentTime(sub.given.day(now), now)
}

// institutionControl is the name of the control that asks in whose name the
// statements are given.
func institutionControl(version *survey.Version) string {
	for _, e := range version.Elements {
		if asksInstitution(e) {
			return e.Name
		}
	}
	return ":institution"
}

// isVersion tells whether posted means this version: the number its author
// gave it, or the beginning of the hash, as documents carry it.
func isVersion(hash, number, posted string) bool {
	return posted == number || len(posted) >= 16 && strings.HasPrefix(hash, posted)
}

// refuse says what is wrong: to a script by control, else as the document
// again, with everything as it was typed.
func (s *Server) refuse(c echo.Context, sub *submission, answers *response.Answers, problems []response.Problem) error {
	if wantsJSON(c.Request()) {
		f := s.form(sub.wave, sub.lang, sub.with)
		f.given, f.answers = sub.given, answers
		told := make([]problem, len(problems))
		for i, one := range problems {
			told[i] = problem{Name: one.Name, Message: f.explain(one)}
		}
		return &invalid{problems: told}
	}
	f, err := s.filled(c, sub)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusUnprocessableEntity, "survey", f.again(sub.given, answers, problems))
}

// filled makes the document for a code that may be no good.
func (s *Server) filled(c echo.Context, sub *submission) (*form, error) {
	f := s.form(sub.wave, sub.lang, sub.with)
	banner, err := s.carried(c.Request().Context(), sub.code, f.frame)
	if err != nil && failure.CodeOf(err) != failure.NotFound {
		return nil, err
	}
	f.Code, f.Languages, f.Beside = banner, nil, nil // another language would lose what was typed
	f.now = s.respondentTime(sub)
	return f, nil
}

// neighbour is the prefix of the instance that took the place of a removed one,
// or of the one before it: where the reader goes on.
func neighbour(g *given, removed string) string {
	at := strings.LastIndexByte(removed, '[')
	if at < 0 {
		return ""
	}
	repeat := removed[:at]
	number, err := strconv.Atoi(strings.TrimSuffix(removed[at+1:], "]"))
	if err != nil {
		return ""
	}
	number = min(number, max(0, g.instances(repeat)-1))
	return repeat + "[" + strconv.Itoa(number) + "]."
}

// change shows the document again, with one instance more or less or as it is.
func (s *Server) change(c echo.Context, sub *submission) error {
	f, err := s.filled(c, sub)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "survey", f.changedBy(sub))
}

// changedBy fills the document with what was sent, one instance more or less.
func (f *form) changedBy(sub *submission) *form {
	if instance := sub.given.control(":remove"); instance != "" {
		sub.given.remove(strings.TrimSuffix(instance, "]"))
		f.focused = neighbour(sub.given, instance)
	}
	if repeat := sub.given.control(":add"); repeat != "" && sub.given.instances(repeat) < response.MaxInstances {
		f.added = sub.given.add(repeat)
		f.focused = f.added
	}
	answers, _ := response.Read(sub.wave.Version, sub.given.fields) // what is wrong is told when it is sent
	answers.Language = sub.lang
	answers.Settle(f.now, false)
	if asked := sub.given.control(":edit"); asked != "1" {
		f.asked = asked
	}
	return f.again(sub.given, answers, nil)
}

type receipt struct {
	Receipt          string `json:"receipt"`
	StatementReceipt string `json:"statement_receipt,omitempty"`
}

// thank tells that the response is stored, and its receipt.
func (s *Server) thank(c echo.Context, sub *submission, outcome store.Outcome) error {
	statusCode := http.StatusCreated
	if outcome.Repeated {
		statusCode = http.StatusOK
	}
	told := receipt{outcome.Receipt, outcome.StatementReceipt}
	if wantsJSON(c.Request()) {
		return writeJSON(c, statusCode, told)
	}
	page := &thanksPage{frame: s.form(sub.wave, sub.lang, "").frame, receipt: told}
	page.Title, page.Languages, page.Beside = page.T("respondent.thanks.title"), nil, nil
	return s.page(c, statusCode, "thanks", page)
}

type thanksPage struct {
	*frame
	receipt
}

// Thanks is the page that the phone shows after sending, its receipts still
// to be filled in.
func (f *form) Thanks() *thanksPage { return &thanksPage{frame: f.frame} }
