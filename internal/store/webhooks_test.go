package store_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/notify"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testpostgres"
)

// inTown says that the quarter lies in the town and nothing else in anything.
func inTown(outer, inner string) bool { return outer == inner || outer == "town" && inner == "quarter" }

func hook(t testing.TB, db *store.DB, area string, events ...notify.Event) store.Webhook {
	t.Helper()
	made, secret, err := db.AddWebhook(context.Background(), "carla", store.Webhook{Area: area, URL: "https://example.org/" + area, Events: events})
	if err != nil || !strings.HasPrefix(secret, "whsec_") {
		t.Fatal(err, secret)
	}
	return made
}

// sent lists what was sent to a webhook, the newest first: "wave.opened pending 0".
func sent(t testing.TB, db *store.DB, w store.Webhook) string {
	t.Helper()
	lines, err := db.Deliveries(context.Background(), w.ID)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, one := range lines {
		all = append(all, fmt.Sprintf("%s %s %d", one.Event, one.State, one.Attempts))
	}
	return strings.Join(all, ", ")
}

// TestOutbox: what happens is written with the change, told to those whose area it
// is, tried again later and later, and not forgotten when the program stops.
func TestOutbox(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		at := newClock()
		db := open(t, dsn, at)
		openIn := func(slug, area string) *store.LiveWave {
			wave, err := db.OpenWave(ctx, "carla", fieldwork.Wave{Slug: slug, Area: area, K: 5}, tinySurvey(t))
			must(t, err)
			at.advance(time.Millisecond)
			return wave
		}
		queue := db.HookQueue(inTown)
		openIn("before", "quarter")
		town, all := hook(t, db, "town", notify.WaveOpened, notify.WaveClosed, notify.ReleasePublished), hook(t, db, "", notify.WaveOpened)
		at.advance(time.Millisecond)
		inside := openIn("inside", "quarter")
		openIn("outside", "elsewhere")
		must(t, queue.Spread(ctx))
		if got := sent(t, db, town); got != "wave.opened pending 0" {
			t.Errorf("the town is told: %s", got)
		}
		if got := sent(t, db, all); got != "wave.opened pending 0, wave.opened pending 0" {
			t.Errorf("all are told: %s", got)
		}
		must(t, db.CloseWave(ctx, "carla", inside))
		wantCode(t, db.CloseWave(ctx, "carla", inside), failure.Conflict) // and nothing is told of that
		must(t, queue.Spread(ctx))
		must(t, queue.Spread(ctx))
		if got := sent(t, db, town); strings.Count(got, "pending") != 3 || !strings.Contains(got, "wave.closed") || !strings.Contains(got, "release.published") {
			t.Errorf("after the close: %s", got)
		}
		due := func(want int) []notify.Delivery {
			t.Helper()
			got, err := queue.Due(ctx, 10)
			if err != nil || len(got) != want {
				t.Errorf("%d are due, want %d (%v)", len(got), want, err)
			}
			return got
		}
		first := due(5)
		due(0) // somebody is at it
		at.advance(3 * time.Minute)
		db = open(t, dsn, at) // the program was stopped meanwhile
		queue = db.HookQueue(inTown)
		if again := due(5); again[0].EventID == "" || len(first) != len(again) || string(again[0].Body) == "" || again[0].Secret == "" {
			t.Errorf("after the lease: %+v", again)
		}
		for i, one := range first {
			outcome := notify.HookOutcome{Status: 204}
			switch i {
			case 0:
				outcome = notify.HookOutcome{Problem: notify.HookUnreachable}
			case 1:
				outcome = notify.HookOutcome{Status: http.StatusGone, Problem: notify.HookAnswered}
			}
			must(t, queue.Settle(ctx, one, outcome))
		}
		if got := sent(t, db, town) + ", " + sent(t, db, all); strings.Count(got, "delivered 1") != 3 || strings.Count(got, "pending 1") != 1 || strings.Count(got, "failed 1") != 1 {
			t.Errorf("after the first round: %s", got)
		}
		due(0)
		for attempt, pause := range notify.Pauses() {
			at.advance(pause - time.Second)
			due(0)
			at.advance(time.Second)
			one := due(1)
			if len(one) != 1 || one[0].Attempts != attempt+1 || one[0].EventID != first[0].EventID {
				t.Fatalf("attempt %d: %+v", attempt+2, one)
			}
			must(t, queue.Settle(ctx, one[0], notify.HookOutcome{Status: 500, Problem: notify.HookAnswered}))
		}
		at.advance(100 * time.Hour)
		due(0) // it was given up
		must(t, db.Resend(ctx, first[0].Webhook, first[0].EventID))
		must(t, db.EnableWebhook(ctx, "carla", store.Webhook{ID: first[0].Webhook}, false))
		due(0)
		must(t, db.EnableWebhook(ctx, "carla", store.Webhook{ID: first[0].Webhook}, true))
		due(1)
		wantCode(t, db.Resend(ctx, town.ID, "msg_0"), failure.NotFound)
		at.advance(31 * 24 * time.Hour)
		must(t, db.SweepDeliveries(ctx))
		if got := sent(t, db, town) + sent(t, db, all); got != "" {
			t.Errorf("after a month: %s", got)
		}
		must(t, db.RemoveWebhook(ctx, "carla", town))
		_, err := db.Webhook(ctx, town.ID)
		wantCode(t, err, failure.NotFound)
		must(t, db.VerifyAudit(ctx, func(store.Audited) error { return nil }))
	})
}

func TestWebhooksAreJudged(t *testing.T) {
	db := open(t, t.TempDir()+"/hooks.db", newClock())
	for _, one := range []store.Webhook{
		{URL: "https://example.org"}, {URL: "https://example.org", Events: []notify.Event{"unheard"}}, {URL: "example.org", Events: notify.Events()},
	} {
		_, _, err := db.AddWebhook(context.Background(), "carla", one)
		wantCode(t, err, failure.Invalid)
	}
	made := hook(t, db, "", notify.WaveOpened, notify.WaveOpened, "unheard")
	if len(made.Events) != 1 {
		t.Errorf("the events are %v", made.Events)
	}
	log, err := db.AuditLog(context.Background(), 0, 10, func(string) bool { return true })
	if err != nil || len(log) != 1 || log[0].Action != account.WebhookAdded || log[0].Subject != "example.org" {
		t.Errorf("the log says %+v %v", log, err)
	}
}

// TestMilestones: professionals are counted at once, families in steps of k and
// with the snapshot; no share is told twice.
func TestMilestones(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		all := hook(t, db, "", notify.ReturnsMilestone)
		queue := db.HookQueue(no)
		staff, err := db.OpenWave(ctx, "carla", fieldwork.Wave{Slug: "staff", K: 5}, professional(t))
		must(t, err)
		families, err := db.OpenWave(ctx, "carla", fieldwork.Wave{Slug: "families", K: 5}, tinySurvey(t))
		must(t, err)
		for wave, target := range map[*store.LiveWave]int{staff: 4, families: 10} {
			must(t, db.SetStrata(ctx, "carla", wave, []fieldwork.Stratum{{Population: 100, Target: target}}))
		}
		toldOf := func() string {
			t.Helper()
			for range 2 { // the second tells nothing
				must(t, db.TellMilestones(ctx, no))
				must(t, queue.Spread(ctx))
			}
			lines, err := db.Deliveries(ctx, all.ID)
			must(t, err)
			var texts []string
			for _, one := range lines {
				_, data, _ := strings.Cut(one.Body, `"data":`)
				_, percent, _ := strings.Cut(data, `"percent":`)
				wave := "families"
				if strings.Contains(data, `"wave":"staff"`) {
					wave = "staff"
				}
				texts = append([]string{wave + " " + percent[:strings.IndexAny(percent, ",}")]}, texts...)
			}
			return strings.Join(texts, ", ")
		}
		add := func(wave *store.LiveWave, n int) {
			t.Helper()
			for range n {
				i := 1000*len(wave.Slug) + returns(t, db, wave)
				_, err := db.Accept(ctx, wave, submission(t, wave, id(i), yes()))
				must(t, err)
			}
		}
		add(families, 4)
		if got := toldOf(); got != "" {
			t.Errorf("below k of families: %q", got)
		}
		add(staff, 1)
		if got := toldOf(); got != "staff 25" {
			t.Errorf("one of four: %q", got)
		}
		add(staff, 2)
		if got := toldOf(); !sameLines(got, "staff 25, staff 75") { // half was never seen
			t.Errorf("three of four: %q", got)
		}
		for have := 4; have < 20; have++ {
			add(families, 1)
			got := toldOf()
			shown := course(t, db, families)
			count := shown.Of(analysis.Part{}, no)
			switch {
			case count == nil && strings.Contains(got, "families"):
				t.Errorf("with %d the page says nothing, but told is %q", have+1, got)
			case count != nil && *count >= 5 && !strings.Contains(got, "families 50") && !strings.Contains(got, "families 100"):
				t.Errorf("with %d the page says %d, told is %q", have+1, *count, got)
			case count != nil && *count < 10 && strings.Contains(got, "families 100"):
				t.Errorf("with %d the page says %d, told is %q", have+1, *count, got)
			}
		}
		if got := toldOf(); !strings.Contains(got, "families 100") || strings.Count(got, "families") > 2 {
			t.Errorf("in the end: %q", got)
		}
	})
}

// sameLines tells whether two lists hold the same: what was told at the same
// moment has no order.
func sameLines(a, b string) bool {
	count := map[string]int{}
	for _, one := range strings.Split(a, ", ") {
		count[one]++
	}
	for _, one := range strings.Split(b, ", ") {
		count[one]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

// TestOwnedTokens: a token has its owner's rights of the moment.
func TestOwnedTokens(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		at := newClock()
		db := open(t, dsn, at)
		must(t, db.AddUser(ctx, "carla", account.User{Name: "ben", Grants: []account.Grant{inBochum}}, "hash"))
		secret, err := db.CreateToken(ctx, "ben", store.Token{Name: "x", Owner: "ben", Scopes: []account.Scope{account.ResultsScope}, Expires: "2026-12-31"})
		must(t, err)
		user, err := db.TokenUser(ctx, secret)
		if err != nil || user.Name != "token ben/x" || len(user.Grants) != 1 || user.Grants[0] != inBochum || !user.InScope(account.ResultsScope) || user.InScope(account.ExportScope) {
			t.Errorf("it stands for %+v %v", user, err)
		}
		own, err := db.Tokens(ctx, "ben")
		if err != nil || len(own) != 1 || own[0].Used != db.Today() || own[0].Expires != "2026-12-31" || len(own[0].Scopes) != 1 {
			t.Errorf("the list is %+v %v", own, err)
		}
		wantCode(t, db.RevokeToken(ctx, "carla", own[0].ID), failure.NotFound)
		must(t, db.RevokeToken(ctx, "ben", own[0].ID))
		_, err = db.TokenUser(ctx, secret)
		wantCode(t, err, failure.Unauthorized)
		if anybody, err := db.Tokens(ctx, ""); err != nil || len(anybody) != 0 {
			t.Errorf("nobody has %d tokens, %v", len(anybody), err)
		}
	})
}
