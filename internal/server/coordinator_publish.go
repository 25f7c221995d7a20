package server

import (
	"context"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// Publishing is what the page on public results needs of the store.
type Publishing interface {
	// PublishResults lets everybody read the figures of some questions; of none,
	// it takes back what was public. failure.Conflict without a release,
	// failure.Invalid for what cannot be published.
	PublishResults(ctx context.Context, actor string, wave *store.LiveWave, questions []string, licence string) error
	// PublicResults returns what everybody may read; failure.NotFound for nothing.
	PublicResults(ctx context.Context, wave *store.LiveWave) (*store.PublicResults, error)
}

// publishRoutes lists the page on which somebody decides what everybody may read
// of a wave.
func (s *Server) publishRoutes() []route {
	at := func(method string, handler echo.HandlerFunc) route {
		return route{method: method, path: "/manage/waves/:slug/public", permission: account.ManageWaves, about: s.aboutWave, handler: s.desk.csrf(handler)}
	}
	return []route{at(http.MethodGet, s.publishing), at(http.MethodPost, s.publish)}
}

type publishPage struct {
	*waveFrame
	Released bool
	Living   bool   // it can be released now
	Address  string // of the public page, "" while there is none
	Sections []publishSection
	Licences []option
	Problem  string
}

// publishSection is one group of the survey with the questions that may be
// published.
type publishSection struct {
	Title     string
	Questions []publishChoice
}

type publishChoice struct {
	option
	Note string // what of it is hidden, or that it is sensitive
}

func (s *Server) publishing(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	return s.showPublishing(c, wave, http.StatusOK, nil, wave.Published(), wave.PublicLicence)
}

// showPublishing shows the page with what is chosen, and with what went wrong, nil
// for nothing.
func (s *Server) showPublishing(c echo.Context, wave *store.LiveWave, status int, wrong *failure.Error, chosen []string, licence string) error {
	page := &publishPage{waveFrame: s.waveFrame(c, wave, "publish.title"), Released: wave.Released(), Living: wave.Living()}
	if wrong != nil {
		page.Problem = sentence(page.Localizer, wrong)
	}
	if len(wave.Published()) > 0 {
		page.Address = s.origin(c) + resultsPath + wave.Slug
	}
	for _, one := range fieldwork.Licences() {
		page.Licences = append(page.Licences, option{one.ID, one.Name, one.ID == licence})
	}
	results, err := s.desk.Office.Results(c.Request().Context(), wave)
	if err != nil {
		return err
	}
	var current *survey.Element
	for _, figure := range results.Figures {
		element := wave.Version.Element(figure.Question)
		if !wave.Schema.Publishes(figure.Question) {
			continue
		}
		if len(page.Sections) == 0 || element.Parent != current {
			current = element.Parent
			page.Sections = append(page.Sections, publishSection{Title: groupTitle(current, wave, page.Localizer)})
		}
		label, _ := element.Label.In(readingOrder(page.Localizer, wave.Version.Survey)...)
		last := &page.Sections[len(page.Sections)-1]
		last.Questions = append(last.Questions, publishChoice{
			option{figure.Question, charts.Plain(label), slices.Contains(chosen, figure.Question)}, page.publishNote(figure)})
	}
	return s.page(c, status, "desk-publish", page)
}

// publishNote says what one should know before choosing a question.
func (p *publishPage) publishNote(figure analysis.Figure) string {
	switch {
	case figure.Base == nil || figure.Withheld == analysis.WholeTable:
		return p.T("publish.note_nothing")
	case figure.Role == survey.Sensitive:
		return p.T("publish.note_sensitive")
	case figure.Withheld == analysis.SmallCells:
		return p.T("publish.note_some")
	}
	return ""
}

// publish stores what was chosen. Whoever does it ticks that they read what it
// means; taking back needs no tick.
func (s *Server) publish(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	form, err := c.FormParams()
	if err != nil {
		return failure.New(failure.Invalid, "error.invalid").Because(err)
	}
	questions, licence := form["question"], form.Get("licence")
	if form.Get("none") == "yes" {
		questions = nil
	}
	if len(questions) > 0 && form.Get("understood") != "yes" {
		return s.showPublishing(c, wave, http.StatusUnprocessableEntity, failure.New(failure.Invalid, "waves.end.tick"), questions, licence)
	}
	user, _ := visitor(c)
	err = s.desk.Office.PublishResults(c.Request().Context(), user.Name, wave, questions, licence)
	if code := failure.CodeOf(err); code == failure.Conflict || code == failure.Invalid {
		return s.showPublishing(c, wave, http.StatusUnprocessableEntity, failure.As(err), questions, licence)
	}
	if err != nil {
		return err
	}
	return s.toWave(c, wave.Slug, "/public")
}
