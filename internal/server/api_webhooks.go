package server

import (
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/notify"
	"bedarfslotse/internal/store"
)

// apiWebhook is where a program wants to be told of what happens.
type apiWebhook struct {
	ID      string   `json:"id"`
	Area    string   `json:"area" doc:"Whose events, with all below it; empty for all."`
	URL     string   `json:"url"`
	Events  []string `json:"events"`
	Author  string   `json:"author"`
	Created string   `json:"created" doc:"RFC 3339."`
	Enabled bool     `json:"enabled" doc:"What happens while it is not is not told later."`
}

// apiNewWebhook is a webhook that was just made, with its secret.
type apiNewWebhook struct {
	apiWebhook
	Secret string `json:"secret" doc:"Signs the messages as Standard Webhooks has it. It is told this once."`
}

// apiWebhookRequest asks for a webhook.
type apiWebhookRequest struct {
	Area   string   `json:"area" length:"100" doc:"Whose events, with all below it; empty for all."`
	URL    string   `json:"url" need:"yes" length:"2000"`
	Events []string `json:"events" need:"yes" items:"20" enum:"wave.opened,wave.paused,wave.resumed,wave.closed,returns.milestone,release.published,import.finished"`
}

// apiEnableRequest pauses a webhook or lets it go on.
type apiEnableRequest struct {
	Enabled bool `json:"enabled" need:"yes"`
}

// apiDelivery is one message to a webhook.
type apiDelivery struct {
	ID       string          `json:"id" doc:"Of the event; the message has it as webhook-id."`
	Event    string          `json:"event"`
	Happened string          `json:"happened" doc:"RFC 3339."`
	State    string          `json:"state" enum:"pending,delivered,failed"`
	Attempts int             `json:"attempts"`
	Status   int             `json:"status" doc:"Of the last answer; 0 for none."`
	Problem  string          `json:"problem" doc:"Of the last attempt: http, refused_address, unreachable; empty for none."`
	Tried    string          `json:"tried" doc:"When it was sent last, RFC 3339; empty for never."`
	Body     json.RawMessage `json:"body" doc:"What is sent."`
}

// webhookOperations lists what programs may ask about webhooks.
func (s *Server) webhookOperations() []operation {
	of := func(method, path, id, summary string) operation {
		return operation{id: id, room: "Webhooks", summary: summary, fresh: true,
			route: route{method: method, path: apiPath + "/webhooks/:id" + path, permission: account.ManageWaves, about: s.aboutWebhook, scope: account.WebhooksScope}}
	}
	list := operation{id: "listWebhooks", room: "Webhooks", summary: "The webhooks of the token's areas", fresh: true, query: pages(),
		route: route{path: apiPath + "/webhooks", permission: account.ManageWaves, scope: account.WebhooksScope}}
	add := operation{id: "createWebhook", room: "Webhooks", summary: "Set up a webhook; this answer is the only one that tells its secret", located: true, wrong: []int{http.StatusConflict},
		route: route{method: http.MethodPost, path: apiPath + "/webhooks", permission: account.ManageWaves, about: aboutBody, scope: account.WebhooksScope}}
	log := of("", "/deliveries", "listDeliveries", "What was sent in the last 30 days, the newest first")
	log.query = pages()
	return []operation{
		reads(list, s.apiWebhooks),
		changes(add, http.StatusCreated, func(c echo.Context, in apiWebhookRequest) (apiNewWebhook, error) {
			w := store.Webhook{Area: in.Area, URL: in.URL}
			for _, one := range in.Events {
				w.Events = append(w.Events, notify.Event(one))
			}
			made, secret, err := s.addWebhook(c, w)
			if err != nil {
				return apiNewWebhook{}, err
			}
			c.Response().Header().Set(echo.HeaderLocation, apiPath+"/webhooks/"+made.ID)
			return apiNewWebhook{describeWebhook(made), secret}, nil
		}),
		reads(of("", "", "readWebhook", "One webhook"), func(c echo.Context) (apiWebhook, error) {
			w, err := s.webhookOf(c)
			return describeWebhook(w), err
		}),
		changes(of(http.MethodPatch, "", "enableWebhook", "Pause a webhook, or let it go on"), http.StatusOK, func(c echo.Context, in apiEnableRequest) (apiWebhook, error) {
			w, err := s.webhookOf(c)
			if err != nil {
				return apiWebhook{}, err
			}
			user, _ := visitor(c)
			err = s.desk.Office.EnableWebhook(c.Request().Context(), user.Name, w, in.Enabled)
			w.Enabled = in.Enabled
			return describeWebhook(w), err
		}),
		changes(of(http.MethodDelete, "", "removeWebhook", "Remove a webhook with its log"), http.StatusNoContent, func(c echo.Context, _ nothing) (nothing, error) {
			w, err := s.webhookOf(c)
			if err != nil {
				return nothing{}, err
			}
			user, _ := visitor(c)
			return nothing{}, s.desk.Office.RemoveWebhook(c.Request().Context(), user.Name, w)
		}),
		reads(log, s.apiDeliveries),
		changes(of(http.MethodPost, "/deliveries/:event/resend", "resendDelivery", "Send a message again, under the same id"), http.StatusNoContent,
			func(c echo.Context, _ nothing) (nothing, error) {
				return nothing{}, s.desk.Office.Resend(c.Request().Context(), c.Param("id"), c.Param("event"))
			}),
	}
}

func describeWebhook(w store.Webhook) apiWebhook {
	told := apiWebhook{ID: w.ID, Area: w.Area, URL: w.URL, Events: []string{}, Author: w.Author, Created: w.Created, Enabled: w.Enabled}
	for _, one := range w.Events {
		told.Events = append(told.Events, string(one))
	}
	return told
}

func (s *Server) apiWebhooks(c echo.Context) (apiList[apiWebhook], error) {
	own, err := s.ownWebhooks(c)
	if err != nil {
		return apiList[apiWebhook]{}, err
	}
	all := make([]apiWebhook, len(own))
	for i, one := range own {
		all[i] = describeWebhook(one)
	}
	return paged(c, all, func(one apiWebhook) string { return one.ID }), nil
}

func (s *Server) apiDeliveries(c echo.Context) (apiList[apiDelivery], error) {
	sent, err := s.desk.Office.Deliveries(c.Request().Context(), c.Param("id"))
	if err != nil {
		return apiList[apiDelivery]{}, err
	}
	all := make([]apiDelivery, len(sent))
	for i, one := range sent {
		all[i] = apiDelivery{one.EventID, string(one.Event), one.Happened, one.State, one.Attempts, one.Status, one.Problem, one.Tried, json.RawMessage(one.Body)}
	}
	return paged(c, all, func(one apiDelivery) string { return one.ID }), nil
}
