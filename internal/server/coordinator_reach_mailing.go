package server

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/notify"
	"bedarfslotse/internal/store"
)

type mailingPage struct {
	*reachPage
	Mailing  store.Mailing
	Done     int // messages of which it is known what became of them
	Total    int
	Progress string
	Subject  string
	Messages []messageRow
	Again    bool // some can be sent again
	// Silent tells that only what needs somebody is listed: the whole list would
	// say who is below a target.
	Silent bool
}

type messageRow struct {
	Institution, Name, Address, State, Reason, Changed string
	Again                                              bool
}

// mailing shows how far a mailing is and what became of each message.
func (s *Server) mailing(c echo.Context) error {
	base, wave, err := s.reachPage(c, "reach.mailing.title")
	if err != nil {
		return err
	}
	mailing, err := s.findMailing(c, wave)
	if err != nil {
		return err
	}
	messages, err := s.desk.Office.Messages(c.Request().Context(), wave, mailing.Number)
	if err != nil {
		return err
	}
	page := &mailingPage{reachPage: base, Mailing: mailing, Total: mailing.Total(), Progress: base.progress(mailing),
		Subject: mailing.Text.Subject, Silent: mailing.Purpose == fieldwork.Reminder && !professional(wave)}
	page.Title = page.T("reach.mailing.title", "number", page.Number(float64(mailing.Number), 0), "purpose", page.T("reach.mail."+string(mailing.Purpose)))
	page.Done = page.Total - mailing.Counts[notify.Queued] - mailing.Counts[notify.Sending]
	for _, one := range messages {
		again := slices.Contains([]notify.State{notify.Failed, notify.Bounced, notify.Unclear, notify.Canceled}, one.State)
		if page.Silent && (!again || one.State == notify.Canceled) {
			continue
		}
		page.Again = page.Again || again
		page.Messages = append(page.Messages, messageRow{Institution: one.Institution, Name: one.Name, Address: one.Address,
			State: page.stateOf(one), Reason: one.Reason, Changed: page.Time(one.Changed), Again: again})
	}
	return s.page(c, http.StatusOK, "reach-mailing", page)
}

// stateOf says how far a message is.
func (p *mailingPage) stateOf(one store.SentMessage) string {
	if one.State == notify.Queued && one.Attempts > 0 {
		return p.N("reach.state.retry", one.Attempts)
	}
	return p.T("reach.state." + string(one.State))
}

func (s *Server) findMailing(c echo.Context, wave *store.LiveWave) (store.Mailing, error) {
	mailings, err := s.desk.Office.Mailings(c.Request().Context(), wave)
	if err != nil {
		return store.Mailing{}, err
	}
	at := slices.IndexFunc(mailings, func(one store.Mailing) bool { return strconv.Itoa(one.Number) == c.Param("number") })
	if at < 0 {
		return store.Mailing{}, failure.New(failure.NotFound, "error.unknown_mailing")
	}
	return mailings[at], nil
}

// resend puts chosen messages that did not arrive into the queue again, to the
// addresses that the register has now.
func (s *Server) resend(c echo.Context) error {
	ctx := c.Request().Context()
	wave, err := s.desk.Office.Wave(ctx, c.Param("slug"))
	if err != nil {
		return err
	}
	mailing, err := s.findMailing(c, wave)
	if err != nil {
		return err
	}
	form, err := c.FormParams()
	if err != nil {
		return failure.New(failure.Invalid, "error.invalid").Because(err)
	}
	institutions, err := s.institutionsOf(ctx, wave)
	if err != nil {
		return err
	}
	var recipients []store.Recipient
	for _, one := range institutions {
		address, err := notify.CheckAddress(one.Email)
		if err == nil && slices.Contains(form["institution"], one.Number) {
			recipients = append(recipients, store.Recipient{Number: one.Number, Name: one.Name, Address: address})
		}
	}
	user, _ := visitor(c)
	if _, err := s.desk.Office.ResendMessages(ctx, user.Name, wave, mailing.Number, recipients); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, s.reachAddress(c, "/mailings/"+strconv.Itoa(mailing.Number)))
}

// cancelMailing takes what still waits out of the queue.
func (s *Server) cancelMailing(c echo.Context) error {
	wave, err := s.desk.Office.Wave(c.Request().Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	mailing, err := s.findMailing(c, wave)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	if _, err := s.desk.Office.CancelMailing(c.Request().Context(), user.Name, wave, mailing.Number); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, s.reachAddress(c, "/mailings/"+strconv.Itoa(mailing.Number)))
}

// readBounces reads a report about what could not be delivered, pasted or as a
// file, and marks the messages and addresses that it is about.
func (s *Server) readBounces(c echo.Context) error {
	page, wave, err := s.mailPage(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	bounces, err := bouncesOf(c)
	if err == nil {
		page.Marked, err = s.desk.Office.RecordBounces(c.Request().Context(), user.Name, wave, bounces)
	}
	switch failure.CodeOf(err) {
	case failure.Invalid, failure.NotFound:
		page.Problem = sentence(page.Localizer, failure.As(err))
		return s.page(c, http.StatusUnprocessableEntity, "reach-mail", page)
	}
	if err != nil {
		return err
	}
	again, _, err := s.mailPage(c) // with the new states
	if err != nil {
		return err
	}
	again.Marked, again.Read = page.Marked, true
	return s.page(c, http.StatusOK, "reach-mail", again)
}

func bouncesOf(c echo.Context) ([]notify.Bounce, error) {
	if text := c.FormValue("report"); strings.TrimSpace(text) != "" {
		return notify.ReadBounces(strings.NewReader(text))
	}
	file, err := c.FormFile("file")
	if err != nil {
		return nil, failure.New(failure.Invalid, "error.bad_bounce").Because(err)
	}
	opened, err := file.Open()
	if err != nil {
		return nil, failure.New(failure.Invalid, "error.bad_bounce").Because(err)
	}
	defer func() { _ = opened.Close() }() // only read
	return notify.ReadBounces(io.LimitReader(opened, bounceLimit))
}

// Count writes a number as the page's language does.
func (p *mailingPage) Count(number int) string { return p.Number(float64(number), 0) }
