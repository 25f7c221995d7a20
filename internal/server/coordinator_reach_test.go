package server

import (
	"context"
	"strconv"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
)

// reachRules is who may use the pages by which people are reached.
func reachRules() map[string]rule {
	editors := []account.Role{account.Administrator, account.Coordinator}
	reach := []string{whole, above, own}
	const base = "/manage/waves/town/reach"
	get := func(path string) func(*testing.T, *visit) int {
		return func(_ *testing.T, v *visit) int { return v.get(base + path).Code }
	}
	post := func(path string, pairs ...string) func(*testing.T, *visit) int {
		return func(_ *testing.T, v *visit) int { return v.post(base+path, pairs...).Code }
	}
	// mailing makes one of the wave to act on.
	mailing := func(t *testing.T, v *visit) string {
		ctx := context.Background()
		wave := must(v.db.Wave(ctx, "town"))(t)
		number := len(must(v.db.Mailings(ctx, wave))(t)) + 1
		err := v.db.QueueMailing(ctx, wave, store.Mailing{Number: number, Purpose: fieldwork.Invitation, Actor: "anna"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return base + "/mailings/" + strconv.Itoa(number)
	}
	path := "/manage/waves/:slug/reach"
	return map[string]rule{
		"GET " + path:                          {200, editors, reach, get("")},
		"GET " + path + "/poster":              {200, editors, reach, get("/poster?in=de")},
		"GET " + path + "/letter":              {200, editors, reach, get("/letter?in=de")},
		"GET " + path + "/questionnaire":       {200, editors, reach, get("/questionnaire?in=de")},
		"GET " + path + "/messenger":           {200, editors, reach, get("/messenger")},
		"POST " + path + "/codes":              {422, editors, reach, post("/codes", "print", "cards", "count", "0")},
		"GET " + path + "/mail":                {200, editors, reach, get("/mail")},
		"GET " + path + "/mail/:purpose":       {200, editors, reach, get("/mail/reminder")},
		"POST " + path + "/mail/:purpose":      {422, editors, reach, post("/mail/invitation", "subject", "", "body", "x")},
		"POST " + path + "/mail/:purpose/send": {422, editors, reach, post("/mail/invitation/send", "number", "1")}, // nobody is there
		"GET " + path + "/mailings/:number":    {200, editors, reach, func(t *testing.T, v *visit) int { return v.get(mailing(t, v)).Code }},
		"POST " + path + "/mailings/:number/again": {303, editors, reach, func(t *testing.T, v *visit) int {
			return v.post(mailing(t, v) + "/again").Code
		}},
		"POST " + path + "/mailings/:number/cancel": {303, editors, reach, func(t *testing.T, v *visit) int {
			return v.post(mailing(t, v) + "/cancel").Code
		}},
		"POST " + path + "/bounces": {422, editors, reach, post("/bounces", "report", "x")},
	}
}
