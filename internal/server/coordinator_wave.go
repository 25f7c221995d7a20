package server

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
)

type wavePage struct {
	*waveFrame
	State    string // of the wave, as its own page's text keys end
	Sentence string // what the state means
	Facts    []fact
	Address  string // for respondents, "" while nobody can use it
	Concerns []concern
	Until    string
	Closable bool
	Previous string // slug of the wave that this one repeats
	Problem  string
}

// concern is one line of the check list.
type concern struct {
	Text    string
	Address string // of the setting that mends it, "" where none does
}

// wavePage is the wave's own page: how it stands, what comes next, what is
// missing.
func (s *Server) wavePage(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	return s.showWave(c, wave, http.StatusOK, nil)
}

// showWave shows the wave's page, with what went wrong, nil for nothing.
func (s *Server) showWave(c echo.Context, wave *store.LiveWave, status int, problem error) error {
	ctx := c.Request().Context()
	f := s.waveFrame(c, wave, "waves.wave.title")
	page := &wavePage{waveFrame: f, State: string(wave.State), Until: wave.Until, Closable: wave.Living()}
	if problem != nil {
		page.Problem = sentence(f.Localizer, failure.As(problem))
	}
	page.Sentence = f.T("waves.state."+string(wave.State)+"_text", "from", f.Date(wave.Opened), "day", f.Date(wave.Closed))
	if wave.Deleted != "" {
		page.Sentence += " " + f.T("waves.deleted", "day", f.Date(wave.Deleted))
	}
	if wave.Living() && wave.Silence(s.config.Now()) == "error.wave_not_begun" {
		page.Sentence = f.T("waves.state.waiting_text", "from", f.Date(wave.Opened))
	}
	if wave.Living() && wave.Until != "" && s.config.Now().Format(time.DateOnly) > wave.Until {
		page.Sentence = f.T("waves.state.grace_text", "day", f.Date(wave.Until))
	}
	if wave.Living() {
		page.Address = s.origin(c) + "/s/" + wave.Slug
	}
	returns, err := s.desk.Office.Returns(ctx, wave)
	if err != nil {
		return err
	}
	page.Facts = s.waveFacts(f.deskFrame, wave, returns)
	if page.Previous, err = s.slugOfWave(ctx, wave.Previous); err != nil {
		return err
	}
	concerns, err := s.concernsOf(ctx, wave)
	if err != nil {
		return err
	}
	for _, one := range concerns {
		page.Concerns = append(page.Concerns, s.concern(f, one))
	}
	return s.page(c, status, "desk-wave-page", page)
}

// concernsOf is the check list of a wave; empty once it is closed.
func (s *Server) concernsOf(ctx context.Context, wave *store.LiveWave) ([]fieldwork.Concern, error) {
	if wave.State == fieldwork.Closed {
		return nil, nil
	}
	strata, err := s.desk.Office.Strata(ctx, wave.ID)
	if err != nil {
		return nil, err
	}
	return wave.Concerns(fieldwork.Facts{Audience: catalogue.Audience(wave.Version.Audience), Languages: wave.Version.Completeness(),
		Strata: strata, Today: s.config.Now().Format(time.DateOnly)}), nil
}

// concernInWords says one line of the check list.
func concernInWords(words *i18n.Localizer, one fieldwork.Concern) string {
	params := failure.Params{}
	for name, value := range one.Params {
		params[name] = value
		if tags, isText := value.(string); isText && name == "languages" {
			params[name] = i18n.NativeNames(strings.Fields(tags))
		}
	}
	return say(words, one.Key, params)
}

// concern is one line of the check list, with where to mend it.
func (s *Server) concern(f *waveFrame, one fieldwork.Concern) concern {
	told := concern{Text: concernInWords(f.Localizer, one)}
	if one.Setting == "" {
		return told
	}
	told.Address = "/manage/waves/" + f.Slug + "/settings" + f.Query + "#" + string(one.Setting)
	if one.Setting == fieldwork.SettingPopulation {
		told.Address = "/manage/waves/" + f.Slug + "/population" + f.Query
	}
	return told
}

func (s *Server) waveFacts(f *deskFrame, wave *store.LiveWave, returns int) []fact {
	period := f.T("waves.undecided")
	switch {
	case wave.Opened != "" && wave.Until != "":
		period = f.T("desk.overview.from_to", "from", f.Date(wave.Opened), "to", f.Date(wave.Until))
	case wave.Opened != "":
		period = f.T("desk.overview.from", "from", f.Date(wave.Opened))
	case wave.Until != "":
		period = f.T("waves.up_to", "to", f.Date(wave.Until))
	}
	facts := []fact{
		{f.T("waves.setting.survey"), titleOf(wave, f.Localizer) + " (" + wave.Version.Survey.Version + ")"},
		{f.T("waves.setting.area"), s.areaName(f.Localizer, wave.Area)},
		{f.T("desk.overview.period"), period},
		{f.T("waves.setting.access"), f.T("waves.access." + string(wave.Access))},
	}
	if wave.Areas != "" {
		names := strings.Fields(wave.Areas)
		for i, key := range names {
			names[i] = s.areaName(f.Localizer, key)
		}
		facts = slices.Insert(facts, 2, fact{f.T("waves.setting.areas"), strings.Join(names, ", ")})
	}
	if wave.State != fieldwork.Prepared {
		facts = append(facts, fact{f.T("desk.overview.returns"), returnsInWords(f.Localizer, wave, returns)})
	}
	return facts
}

// slugOfWave finds the address of a wave by its id; "" for none.
func (s *Server) slugOfWave(ctx context.Context, id string) (string, error) {
	previous, err := s.waveByID(ctx, id)
	if previous == nil {
		return "", err
	}
	return previous.Slug, nil
}

// waveByID finds a wave by its id; nil for none.
func (s *Server) waveByID(ctx context.Context, id string) (*store.LiveWave, error) {
	if id == "" {
		return nil, nil //nolint:nilnil // a wave need not repeat another
	}
	waves, err := s.desk.Office.Waves(ctx)
	if err != nil {
		return nil, err
	}
	for _, wave := range waves {
		if wave.ID == id {
			return wave, nil
		}
	}
	return nil, nil //nolint:nilnil // it was discarded
}

// moveWave opens, pauses or resumes. What the check list says prevents nothing.
func (s *Server) moveWave(c echo.Context) error {
	user, _ := visitor(c)
	err := s.desk.Office.MoveWave(c.Request().Context(), user.Name, c.Param("slug"), fieldwork.State(c.FormValue("to")))
	return s.waveMoved(c, err)
}

// waveMoved goes back to the wave's page, or says on it what does not go.
func (s *Server) waveMoved(c echo.Context, err error) error {
	if code := failure.CodeOf(err); code == failure.Conflict || code == failure.Invalid {
		wave, failed := s.waveOf(c)
		if failed != nil {
			return failed
		}
		return s.showWave(c, wave, http.StatusUnprocessableEntity, err)
	}
	if err != nil {
		return err
	}
	return s.toWave(c, c.Param("slug"), "")
}

// extendWave sets another last day.
func (s *Server) extendWave(c echo.Context) error {
	ctx := c.Request().Context()
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	err = s.desk.Office.ChangeWave(ctx, user.Name, wave.Slug, wave.Revision, nil, func(next *fieldwork.Wave) error {
		next.Until = c.FormValue("until")
		return next.Validate(s.desk.Areas)
	})
	return s.waveMoved(c, err)
}

type endPage struct {
	*waveFrame
	Prepared bool
	Returns  string
	Problem  string
}

// endPage says what closing or discarding does before it is done.
func (s *Server) endPage(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	return s.showEnd(c, wave, http.StatusOK, "")
}

func (s *Server) showEnd(c echo.Context, wave *store.LiveWave, status int, problem string) error {
	title := "waves.close.title"
	if wave.State == fieldwork.Prepared {
		title = "waves.discard.title"
	}
	page := &endPage{waveFrame: s.waveFrame(c, wave, title), Prepared: wave.State == fieldwork.Prepared}
	returns, err := s.desk.Office.Returns(c.Request().Context(), wave)
	if err != nil {
		return err
	}
	page.Returns = returnsInWords(page.Localizer, wave, returns)
	if problem != "" {
		page.Problem = page.T(problem)
	}
	return s.page(c, status, "desk-wave-end", page)
}

// endWave closes a wave, or discards one that was never opened. Whoever does it
// ticks that they read what it means.
func (s *Server) endWave(c echo.Context) error {
	ctx := c.Request().Context()
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	if c.FormValue("understood") != "yes" {
		return s.showEnd(c, wave, http.StatusUnprocessableEntity, "waves.end.tick")
	}
	user, _ := visitor(c)
	if wave.State != fieldwork.Prepared {
		return s.waveMoved(c, s.desk.Office.CloseWave(ctx, user.Name, wave))
	}
	if err := s.desk.Office.DiscardWave(ctx, user.Name, wave.Slug); err != nil {
		return s.waveMoved(c, err)
	}
	return c.Redirect(http.StatusSeeOther, "/manage/")
}

// repeatWave prepares the next wave with this one's settings and population.
func (s *Server) repeatWave(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	made, err := s.prepareNext(c.Request().Context(), user, wave)
	if err != nil {
		return s.waveMoved(c, err)
	}
	return s.toWave(c, made.Slug, "/settings")
}

// prepareNext prepares a wave with the settings, the population and the calculated
// variables of another.
func (s *Server) prepareNext(ctx context.Context, user account.User, wave *store.LiveWave) (*store.LiveWave, error) {
	slug, err := s.freeSlug(ctx, wave.SurveyID, wave.Area)
	if err != nil {
		return nil, err
	}
	strata, err := s.desk.Office.Strata(ctx, wave.ID)
	if err != nil {
		return nil, err
	}
	made, err := s.desk.Office.PrepareWave(ctx, user.Name, wave.Next(slug), wave.Version)
	if err == nil && len(strata) > 0 {
		err = s.desk.Office.SetStrata(ctx, user.Name, made, strata)
	}
	for _, v := range wave.Calculated.Variables() {
		if err == nil && wave.Calculated.Problem(v.Name) == nil {
			err = s.desk.Office.SaveVariable(ctx, user.Name, made, 0, v)
		}
	}
	return made, err
}
