package server

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

type overviewPage struct {
	*deskFrame
	Open, Closed, Prepared []overviewWave
	MayAdd                 bool // waves
}

// overviewWave is one wave in the list.
type overviewWave struct {
	Slug, Title, Audience string
	From, To              string // days, To "" without end
	Returns               string // in words
	Sample, Running       bool
	Readable              bool // its results, by who is signed in
	Managed               bool // by who is signed in
	Coded                 bool // whether they may code its free texts
}

// waveCard is one wave with the words around it.
type waveCard struct {
	*deskFrame
	Wave overviewWave
}

// Card gives the template of one wave what it needs.
func (p *overviewPage) Card(wave overviewWave) waveCard { return waveCard{p.deskFrame, wave} }

// overview lists the waves with their returns.
func (s *Server) overview(c echo.Context) error {
	ctx := c.Request().Context()
	waves, err := s.desk.Office.Waves(ctx)
	if err != nil {
		return err
	}
	returns, err := s.desk.Office.ReturnsByWave(ctx)
	if err != nil {
		return err
	}
	page := &overviewPage{deskFrame: s.deskFrame(c, "desk.overview.title")}
	user, _ := visitor(c)
	page.MayAdd = user.Has(account.ManageWaves)
	for _, wave := range waves {
		if !s.concerns(user, wave) {
			continue
		}
		one := overviewWave{
			Slug: wave.Slug, Title: titleOf(wave, page.Localizer), From: page.Date(wave.Opened), To: page.Date(wave.Until),
			Returns: returnsInWords(page.Localizer, wave, returns[wave.ID]), Sample: wave.Sample,
			Running:  wave.Asking(s.config.Now()),
			Readable: user.May(account.ReadResults, subjectOf(wave), s.desk.Areas.Contains),
		}
		if wave.Version.Audience != "" {
			one.Audience = page.T("desk.audience." + wave.Version.Audience)
		}
		one.Coded = user.May(account.CodeTexts, subjectOf(wave), s.desk.Areas.Contains) && wave.State != fieldwork.Prepared
		one.Managed = user.May(account.ManageWaves, subjectOf(wave), s.desk.Areas.Contains)
		switch wave.State {
		case fieldwork.Prepared:
			page.Prepared = append(page.Prepared, one)
		case fieldwork.Closed:
			one.To = page.Date(wave.Closed)
			page.Closed = append(page.Closed, one)
		default:
			page.Open = append(page.Open, one)
		}
	}
	return s.page(c, http.StatusOK, "desk-overview", page)
}

// concerns tells whether somebody has anything to do with a wave beyond seeing
// that it exists.
func (s *Server) concerns(user account.User, wave *store.LiveWave) bool {
	return slices.ContainsFunc(account.Permissions(), func(permission account.Permission) bool {
		return permission != account.SeeDesk && user.May(permission, subjectOf(wave), s.desk.Areas.Contains)
	})
}

func titleOf(wave *store.LiveWave, words *i18n.Localizer) string {
	return titleIn(wave.Version.Survey, words)
}

// titleIn is a survey's title as the reader may read it best, its id without any.
func titleIn(v *survey.Survey, words *i18n.Localizer) string {
	title, _ := v.Title.In(readingOrder(words, v)...)
	return cmp.Or(title, v.ID)
}

// returnsInWords counts returns: from one for professional audiences, from k
// for families and young people, since that somebody has answered is process
// data only where taking part is part of the job (DESIGN 6).
func returnsInWords(words *i18n.Localizer, wave *store.LiveWave, count int) string {
	professional := catalogue.Audience(wave.Version.Audience).Professional()
	if count > 0 && count < wave.K && !professional {
		return words.T("desk.returns.few", "k", words.Number(float64(wave.K), 0))
	}
	return words.N("desk.returns", count)
}
