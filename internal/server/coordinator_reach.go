package server

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/notify"
	"bedarfslotse/internal/store"
)

// Outreach is what the pages by which people are reached need of the store.
type Outreach interface {
	Institution(ctx context.Context, number string) (fieldwork.Institution, error)
	// FindInstitutions returns institutions by area and name, and how many fit.
	FindInstitutions(ctx context.Context, filter store.InstitutionFilter) (found []fieldwork.Institution, total int, err error)
	// CreateCodes makes access codes, which nobody can read again.
	CreateCodes(ctx context.Context, actor string, wave *store.LiveWave, carried fieldwork.Carried, shared bool, count int) ([]string, error)
	// Strata returns the parts of a wave's population with their targets.
	Strata(ctx context.Context, waveID string) ([]fieldwork.Stratum, error)
	// Course tells how the collecting goes, as far as it may be shown.
	Course(ctx context.Context, wave *store.LiveWave) (analysis.Course, error)

	MessageText(ctx context.Context, wave *store.LiveWave, purpose fieldwork.Purpose) (text fieldwork.MessageText, saved bool, err error)
	SaveMessageText(ctx context.Context, actor string, wave *store.LiveWave, purpose fieldwork.Purpose, text fieldwork.MessageText) error
	// QueueMailing puts messages into the queue; failure.Conflict when the
	// mailing was made already.
	QueueMailing(ctx context.Context, wave *store.LiveWave, mailing store.Mailing, recipients []store.Recipient) error
	// Mailings returns a wave's mailings, the newest first.
	Mailings(ctx context.Context, wave *store.LiveWave) ([]store.Mailing, error)
	Messages(ctx context.Context, wave *store.LiveWave, mailing int) ([]store.SentMessage, error)
	// Written returns the institutions that a message of that purpose went to,
	// or is on its way to.
	Written(ctx context.Context, wave *store.LiveWave, purpose fieldwork.Purpose) (map[string]bool, error)
	CancelMailing(ctx context.Context, actor string, wave *store.LiveWave, mailing int) (int, error)
	ResendMessages(ctx context.Context, actor string, wave *store.LiveWave, mailing int, recipients []store.Recipient) (int, error)
	// RecordBounces marks messages that came back; failure.NotFound when none is
	// the wave's.
	RecordBounces(ctx context.Context, actor string, wave *store.LiveWave, bounces []notify.Bounce) (names []string, err error)
	// DeadAddresses returns the addresses at which there is nobody.
	DeadAddresses(ctx context.Context) (map[string]string, error)
}

// reachRoutes lists the pages by which people are reached.
func (s *Server) reachRoutes() []route {
	csrf := s.desk.csrf
	at := func(method, path string, handler echo.HandlerFunc) route {
		return route{method: method, path: "/manage/waves/:slug/reach" + path, permission: account.ManageWaves, about: s.aboutWave, handler: handler}
	}
	bounces := at(http.MethodPost, "/bounces", csrf(s.readBounces))
	bounces.limit = bounceLimit
	return []route{
		at(http.MethodGet, "", csrf(s.reach)),
		at(http.MethodGet, "/poster", s.poster),
		at(http.MethodGet, "/letter", s.letter),
		at(http.MethodGet, "/questionnaire", s.questionnaire),
		at(http.MethodGet, "/messenger", csrf(s.messenger)),
		at(http.MethodPost, "/codes", csrf(uncompressed(s.makeCodeSheets))),
		at(http.MethodGet, "/mail", csrf(s.mail)),
		at(http.MethodGet, "/mail/:purpose", csrf(s.mailText)),
		at(http.MethodPost, "/mail/:purpose", csrf(s.saveMailText)),
		at(http.MethodPost, "/mail/:purpose/send", csrf(s.sendMail)),
		at(http.MethodGet, "/mailings/:number", csrf(s.mailing)),
		at(http.MethodPost, "/mailings/:number/again", csrf(s.resend)),
		at(http.MethodPost, "/mailings/:number/cancel", csrf(s.cancelMailing)),
		bounces,
	}
}

// bounceLimit is how long a report that came back may be: it may hold the whole
// message.
const bounceLimit = 1 << 20

// reachPage is the frame of the pages of one wave about reaching people.
type reachPage struct {
	*waveFrame
}

// At is the address of another of these pages.
func (p *reachPage) At(path string) string {
	return "/manage/waves/" + p.Slug + "/reach" + path + p.Query
}

func (s *Server) reachPage(c echo.Context, title string) (*reachPage, *store.LiveWave, error) {
	wave, err := s.desk.Office.Wave(c.Request().Context(), c.Param("slug"))
	if err != nil {
		return nil, nil, err
	}
	return &reachPage{s.waveFrame(c, wave, title)}, wave, nil
}

type hubPage struct {
	*reachPage
	Institutions []option
	Tongues      []sheetTongue
	NeedsCode    bool
	Shared       bool // the wave is answered with group codes
	ByMail       bool // a server for e-mail is set up
	Problem      string
	MostCodes    string
}

// sheetTongue is a language to choose.
type sheetTongue struct {
	Tag, Name, Direction string
	Chosen               bool
}

// reach shows everything by which people can be reached.
func (s *Server) reach(c echo.Context) error {
	return s.hub(c, http.StatusOK, "")
}

func (s *Server) hub(c echo.Context, status int, problem string) error {
	base, wave, err := s.reachPage(c, "reach.title")
	if err != nil {
		return err
	}
	institutions, err := s.institutionsOf(c.Request().Context(), wave)
	if err != nil {
		return err
	}
	page := &hubPage{reachPage: base, NeedsCode: wave.NeedsCode(), Shared: wave.Access == fieldwork.ByGroupCode,
		ByMail: s.desk.Mail != "", Problem: problem, MostCodes: base.Number(mostCards, 0)}
	chosen := c.FormValue("institution")
	page.Institutions = []option{{"", page.T("reach.whole_wave"), chosen == ""}}
	if len(institutions) > 0 {
		page.Institutions = append(page.Institutions, option{everyInstitution, page.N("reach.all_institutions", len(institutions)), chosen == everyInstitution})
	}
	for _, one := range institutions {
		page.Institutions = append(page.Institutions, option{one.Number, one.Name + " (" + one.Number + ")", chosen == one.Number})
	}
	form, err := c.FormParams()
	if err != nil {
		return failure.New(failure.Invalid, "error.invalid").Because(err)
	}
	for _, tag := range offered(wave) {
		page.Tongues = append(page.Tongues, sheetTongue{tag, i18n.NativeName(tag), i18n.Direction(tag), slices.Contains(form["in"], tag)})
	}
	return s.page(c, status, "reach", page)
}

// everyInstitution stands in a form for all institutions of the wave's area.
const everyInstitution = "*"

// institutionsOf returns the institutions that take part in the wave and are open.
func (s *Server) institutionsOf(ctx context.Context, wave *store.LiveWave) ([]fieldwork.Institution, error) {
	filter := store.InstitutionFilter{}
	if wave.Area != "" || wave.Areas != "" {
		for _, area := range s.desk.Areas.All() {
			if wave.Takes(area.Key, s.desk.Areas.Contains) {
				filter.Areas = append(filter.Areas, area.Key)
			}
		}
	}
	found, _, err := s.desk.Office.FindInstitutions(ctx, filter)
	return found, err
}

// printing is what somebody wants on paper.
type printing struct {
	wave         *store.LiveWave
	words        *i18n.Localizer // of the coordinator
	institutions []fieldwork.Institution
	tongues      []string
	small        bool // A5
	together     bool // all languages on one sheet
}

// mostSheets is how many sheets are printed at a time.
const mostSheets = 3000

// printing reads what is to be printed from the address or the form: without
// languages all that the wave offers, without an institution the whole wave.
func (s *Server) printing(c echo.Context) (*printing, error) {
	ctx := c.Request().Context()
	wave, err := s.desk.Office.Wave(ctx, c.Param("slug"))
	if err != nil {
		return nil, err
	}
	form, err := c.FormParams()
	if err != nil {
		return nil, failure.New(failure.Invalid, "error.invalid").Because(err)
	}
	p := &printing{wave: wave, words: s.deskWords(c), small: form.Get("size") == "a5", together: form.Get("together") != ""}
	for _, tag := range offered(wave) { // each once
		if len(form["in"]) == 0 || slices.Contains(form["in"], tag) {
			p.tongues = append(p.tongues, tag)
		}
	}
	for _, tag := range form["in"] {
		if !slices.Contains(p.tongues, tag) {
			return nil, failure.New(failure.Invalid, "error.language_not_offered", "language", tag)
		}
	}
	switch number := form.Get("institution"); number {
	case "":
		p.institutions = []fieldwork.Institution{{}}
	case everyInstitution:
		p.institutions, err = s.institutionsOf(ctx, wave)
	default:
		var all []fieldwork.Institution
		all, err = s.institutionsOf(ctx, wave)
		at := slices.IndexFunc(all, func(one fieldwork.Institution) bool { return one.Number == number })
		if err == nil && at < 0 {
			err = failure.New(failure.NotFound, "error.unknown_institution", "number", number)
		}
		if at >= 0 {
			p.institutions = all[at : at+1]
		}
	}
	if err == nil && len(p.institutions)*len(p.tongues) > mostSheets {
		err = failure.New(failure.Invalid, "error.too_many_sheets", "limit", mostSheets)
	}
	return p, err
}

// shortAddress is an address as it is printed: browsers add https:// themselves.
func shortAddress(link string) string { return strings.TrimPrefix(link, "https://") }

// offered are the languages of a wave in the order of the language chooser.
func offered(wave *store.LiveWave) []string {
	return inChooserOrder(wave.Offered(wave.Version.Languages))
}
