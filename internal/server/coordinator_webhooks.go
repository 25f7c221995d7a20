package server

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/notify"
	"bedarfslotse/internal/store"
)

// Webhooks is what the pages about webhooks need of the store.
type Webhooks interface {
	// AddWebhook returns the webhook with the secret that is told this once;
	// failure.Invalid, failure.Conflict.
	AddWebhook(ctx context.Context, actor string, w store.Webhook) (store.Webhook, string, error)
	Webhooks(ctx context.Context) ([]store.Webhook, error)
	// Webhook returns one; failure.NotFound.
	Webhook(ctx context.Context, id string) (store.Webhook, error)
	EnableWebhook(ctx context.Context, actor string, w store.Webhook, enabled bool) error
	RemoveWebhook(ctx context.Context, actor string, w store.Webhook) error
	Deliveries(ctx context.Context, id string) ([]store.Delivered, error)
	// Resend sends a message again; failure.NotFound.
	Resend(ctx context.Context, webhook, event string) error
}

// webhookRoutes lists the pages about webhooks.
func (s *Server) webhookRoutes() []route {
	csrf := s.desk.csrf
	of := func(method, path string, handler echo.HandlerFunc) route {
		return route{method: method, path: "/manage/webhooks/:id" + path, permission: account.ManageWaves, about: s.aboutWebhook, handler: csrf(handler)}
	}
	return []route{
		{method: http.MethodGet, path: "/manage/webhooks", permission: account.ManageWaves, handler: csrf(s.webhookList)},
		{method: http.MethodPost, path: "/manage/webhooks", permission: account.ManageWaves, about: aboutGrant, handler: csrf(uncompressed(s.makeWebhook))},
		of(http.MethodGet, "", s.webhookLog),
		of(http.MethodPost, "/enabled", s.enableWebhook),
		of(http.MethodPost, "/remove", s.removeWebhook),
		of(http.MethodPost, "/deliveries/:event/resend", s.resendDelivery),
	}
}

// webhookOf returns the webhook that the address names.
func (s *Server) webhookOf(c echo.Context) (store.Webhook, error) {
	return s.desk.Office.Webhook(c.Request().Context(), c.Param("id"))
}

// aboutWebhook is the subject of a webhook: its area.
func (s *Server) aboutWebhook(c echo.Context) (account.Subject, error) {
	w, err := s.webhookOf(c)
	return account.Subject{Area: w.Area}, err
}

// ownWebhooks are those of the visitor's areas.
func (s *Server) ownWebhooks(c echo.Context) ([]store.Webhook, error) {
	all, err := s.desk.Office.Webhooks(c.Request().Context())
	user, _ := visitor(c)
	var own []store.Webhook
	for _, one := range all {
		if user.May(account.ManageWaves, account.Subject{Area: one.Area}, s.desk.Areas.Contains) {
			own = append(own, one)
		}
	}
	return own, err
}

// addWebhook sets up a webhook for an area that there is.
func (s *Server) addWebhook(c echo.Context, w store.Webhook) (store.Webhook, string, error) {
	if _, known := s.desk.Areas.Get(w.Area); w.Area != "" && !known {
		return w, "", failure.New(failure.Invalid, "error.unknown_area_chosen", "area", w.Area)
	}
	user, _ := visitor(c)
	return s.desk.Office.AddWebhook(c.Request().Context(), user.Name, w)
}

type webhooksPage struct {
	*deskFrame
	Webhooks []webhookRow
	Areas    []option
	Events   []option
	Address  string
	Secret   string // of the webhook that was just made
	Problem  string
}

type webhookRow struct {
	ID, URL, Area string
	Events        []string // in words
	Enabled       bool
}

// webhookList shows the webhooks, and takes a new one.
func (s *Server) webhookList(c echo.Context) error {
	return s.showWebhooks(c, http.StatusOK, store.Webhook{Events: notify.Events()}, "", nil)
}

// showWebhooks shows the list beside a form with what somebody typed.
func (s *Server) showWebhooks(c echo.Context, status int, typed store.Webhook, secret string, wrong error) error {
	page := &webhooksPage{deskFrame: s.deskFrame(c, "webhooks.title"), Address: typed.URL, Secret: secret}
	if wrong != nil {
		page.Problem = sentence(page.Localizer, failure.As(wrong))
	}
	own, err := s.ownWebhooks(c)
	if err != nil {
		return err
	}
	for _, one := range own {
		page.Webhooks = append(page.Webhooks, describedWebhook(page.deskFrame, s.areaName(page.Localizer, one.Area), one))
	}
	user, _ := visitor(c)
	page.Areas = s.areaOptions(user, account.ManageWaves, page.Localizer, typed.Area)
	for _, event := range notify.Events() {
		chosen := false
		for _, one := range typed.Events {
			chosen = chosen || one == event
		}
		page.Events = append(page.Events, option{string(event), page.T("webhooks.event." + string(event)), chosen})
	}
	return s.page(c, status, "desk-webhooks", page)
}

func describedWebhook(f *deskFrame, area string, one store.Webhook) webhookRow {
	row := webhookRow{ID: one.ID, URL: one.URL, Area: area, Enabled: one.Enabled}
	for _, event := range one.Events {
		row.Events = append(row.Events, f.T("webhooks.event."+string(event)))
	}
	return row
}

// makeWebhook sets up a webhook and shows its secret, this once.
func (s *Server) makeWebhook(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return failure.New(failure.Invalid, "error.invalid").Because(err)
	}
	typed := store.Webhook{Area: form.Get("area"), URL: strings.TrimSpace(form.Get("url"))}
	for _, one := range form["event"] {
		typed.Events = append(typed.Events, notify.Event(one))
	}
	_, secret, err := s.addWebhook(c, typed)
	switch failure.CodeOf(err) {
	case "":
		return s.showWebhooks(c, http.StatusOK, store.Webhook{Events: notify.Events()}, secret, nil)
	case failure.Invalid, failure.Conflict:
		return s.showWebhooks(c, http.StatusUnprocessableEntity, typed, "", err)
	}
	return err
}

type webhookPage struct {
	*deskFrame
	Row  webhookRow
	Sent []sentRow
}

type sentRow struct {
	Event, What, Time, State, Problem, Attempts, Body string
}

// webhookLog shows what was sent to a webhook.
func (s *Server) webhookLog(c echo.Context) error {
	w, err := s.webhookOf(c)
	if err != nil {
		return err
	}
	sent, err := s.desk.Office.Deliveries(c.Request().Context(), w.ID)
	if err != nil {
		return err
	}
	page := &webhookPage{deskFrame: s.deskFrame(c, "webhooks.log")}
	page.Row = describedWebhook(page.deskFrame, s.areaName(page.Localizer, w.Area), w)
	for _, one := range sent {
		row := sentRow{Event: one.EventID, What: page.T("webhooks.event." + string(one.Event)), Time: page.Time(one.Happened),
			State: page.T("webhooks.state." + one.State), Attempts: page.Number(float64(one.Attempts), 0), Body: one.Body}
		if one.Problem != "" {
			row.Problem = page.T("webhooks.problem."+one.Problem, "status", strconv.Itoa(one.Status))
		}
		page.Sent = append(page.Sent, row)
	}
	return s.page(c, http.StatusOK, "desk-webhook", page)
}

func (s *Server) enableWebhook(c echo.Context) error {
	w, err := s.webhookOf(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	if err := s.desk.Office.EnableWebhook(c.Request().Context(), user.Name, w, c.FormValue("enabled") == "true"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, s.kept(c, "/manage/webhooks/"+w.ID))
}

func (s *Server) removeWebhook(c echo.Context) error {
	w, err := s.webhookOf(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	if err := s.desk.Office.RemoveWebhook(c.Request().Context(), user.Name, w); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, s.kept(c, "/manage/webhooks"))
}

func (s *Server) resendDelivery(c echo.Context) error {
	if err := s.desk.Office.Resend(c.Request().Context(), c.Param("id"), c.Param("event")); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, s.kept(c, "/manage/webhooks/"+url.PathEscape(c.Param("id"))))
}
