package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/notify"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testpostgres"
)

// got returns a value or ends the test.
func got[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func mailing(number int, body string) store.Mailing {
	return store.Mailing{Number: number, Purpose: fieldwork.Invitation, Actor: "anna", Origin: "https://umfrage.example.org",
		Text:  fieldwork.MessageText{Subject: "Für {institution}", Body: body, ReplyTo: "anna@example.org"},
		Given: map[fieldwork.Placeholder]string{fieldwork.WaveContact: "Büro {institution}"}}
}

func recipients(count int) []store.Recipient {
	var all []store.Recipient
	for at := range count {
		number := fmt.Sprintf("%06d", 100001+at)
		all = append(all, store.Recipient{Number: number, Name: "Schule " + number, Address: "s" + number + "@example.org"})
	}
	return all
}

// TestMessages goes through what can happen to messages.
func TestMessages(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, c := context.Background(), newClock()
		db := open(t, dsn, c)
		wave := openWave(t, db, "mail", "")
		next := func(want string) notify.Message {
			t.Helper()
			message, due, err := db.NextMessage(ctx)
			if err != nil || due != (want != "") || message.Institution != want {
				t.Fatalf("next is %+v, %v, %v; want %q", message, due, err, want)
			}
			return message
		}
		done := func(m notify.Message, outcome notify.Outcome) {
			t.Helper()
			if err := db.MessageDone(ctx, m.Key, outcome); err != nil {
				t.Fatal(err)
			}
		}
		next("")
		if err := db.QueueMailing(ctx, wave, mailing(1, "Guten Tag {institution}, {contact}"), recipients(4)); err != nil {
			t.Fatal(err)
		}
		if err := db.QueueMailing(ctx, wave, mailing(1, "noch einmal"), recipients(4)); failure.CodeOf(err) != failure.Conflict {
			t.Errorf("the same mailing again: %v", err)
		}
		if err := db.QueueMailing(ctx, wave, mailing(3, "übersprungen"), recipients(4)); failure.CodeOf(err) != failure.Conflict {
			t.Errorf("a mailing after the next: %v", err)
		}
		first := next("100001")
		if first.Text != "Guten Tag Schule 100001, Büro {institution}" || first.Subject != "Für Schule 100001" || first.To != "s100001@example.org" ||
			first.Attempts != 1 || !strings.HasSuffix(first.ID, "@umfrage.example.org") || first.ReplyTo != "anna@example.org" {
			t.Errorf("%+v", first)
		}
		second, third, fourth := next("100002"), next("100003"), next("100004")
		next("") // the rest is under way
		done(first, notify.Outcome{State: notify.Sent})
		done(second, notify.Outcome{State: notify.Queued, After: 5 * time.Minute, Reason: "später"})
		done(third, notify.Outcome{State: notify.Failed, Reason: "niemand da", Dead: true})
		next("")
		c.advance(4*time.Minute + 59*time.Second)
		next("")
		c.advance(time.Second) // the second is due, and the fourth was never heard of again
		again := next("100002")
		if again.Attempts != 2 || again.ID != second.ID {
			t.Errorf("again: %+v, before %+v", again, second)
		}
		done(again, notify.Outcome{State: notify.Sent})
		done(first, notify.Outcome{State: notify.Queued}) // too late: it is sent
		next("")
		list := got(db.Mailings(ctx, wave))(t)
		want := map[notify.State]int{notify.Sent: 2, notify.Failed: 1, notify.Unclear: 1}
		if len(list) != 1 || fmt.Sprint(list[0].Counts) != fmt.Sprint(want) || list[0].Underway() || list[0].Total() != 4 {
			t.Errorf("%+v", list)
		}
		if dead := got(db.DeadAddresses(ctx))(t); len(dead) != 1 || dead["s100003@example.org"] != "niemand da" {
			t.Errorf("dead: %v", dead)
		}
		// Only what did not arrive goes out again, and not to where nobody is.
		if count := got(db.ResendMessages(ctx, "anna", wave, 1, recipients(4)))(t); count != 1 {
			t.Errorf("%d are sent again", count)
		}
		moved := []store.Recipient{{Number: "100003", Address: "neu@example.org"}}
		if count := got(db.ResendMessages(ctx, "anna", wave, 1, moved))(t); count != 1 {
			t.Errorf("%d are sent to the new address", count)
		}
		if m := next("100003"); m.To != "neu@example.org" || m.Attempts != 1 || m.ID != third.ID {
			t.Errorf("%+v", m)
		}
		if m := next("100004"); m.ID != fourth.ID {
			t.Errorf("%+v", m)
		}
		done(fourth, notify.Outcome{State: notify.Sent})
		bounces(t, db, wave, first, second)
	})
}

func bounces(t *testing.T, db *store.DB, wave *store.LiveWave, first, second notify.Message) {
	t.Helper()
	ctx := context.Background()
	if _, err := db.RecordBounces(ctx, "anna", wave, []notify.Bounce{{Address: "fremd@example.org", Message: "x@y", Final: true}}); failure.CodeOf(err) != failure.NotFound {
		t.Errorf("somebody else's bounce: %v", err)
	}
	slow := []notify.Bounce{{Address: "s100001@example.org", Reason: "dauert"}}
	if names := got(db.RecordBounces(ctx, "anna", wave, slow))(t); len(names) != 0 {
		t.Errorf("a delay marks %v", names)
	}
	// By its number also when it came back from where it was passed on to.
	came := []notify.Bounce{{Address: "weiter@example.net", Message: first.ID, Final: true, Dead: true, Reason: "unbekannt"},
		{Address: "S100002@Example.org", Final: true, Reason: "voll"}}
	if names := got(db.RecordBounces(ctx, "anna", wave, came))(t); !slices.Equal(names, []string{"Schule 100001", "Schule 100002"}) {
		t.Errorf("marked %v", names)
	}
	states := map[string]notify.State{}
	for _, one := range got(db.Messages(ctx, wave, 1))(t) {
		states[one.Institution] = one.State
	}
	if states[first.Institution] != notify.Bounced || states[second.Institution] != notify.Bounced || states["100004"] != notify.Sent {
		t.Errorf("%v", states)
	}
	if dead := got(db.DeadAddresses(ctx))(t); dead["s100001@example.org"] == "" || dead["s100002@example.org"] != "" {
		t.Errorf("dead: %v", dead)
	}
	log := got(db.AuditLog(ctx, 0, 10, func(string) bool { return true }))(t)
	if log[0].Action != account.BounceRead || log[0].Effect != "messages=2" {
		t.Errorf("the log's last line is %+v", log[0])
	}
}

// TestMessagesWithCodes: a code is made when its message is sent, is good, and is
// readable nowhere.
func TestMessagesWithCodes(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, c := context.Background(), newClock()
		db := open(t, dsn, c)
		wave := openWave(t, db, "mail", "2026-03-10")
		if err := db.PutInstitutions(ctx, account.CommandLine, []fieldwork.Institution{{Number: "100001", Name: "A", Type: "grundschule", Area: "bochum"}}); err != nil {
			t.Fatal(err)
		}
		if err := db.QueueMailing(ctx, wave, mailing(1, "{code}"), recipients(3)); err != nil {
			t.Fatal(err)
		}
		message, _, err := db.NextMessage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		text, found := strings.CutPrefix(message.Text, "https://umfrage.example.org/q/")
		code, _, err := db.Code(ctx, text)
		if err != nil || !found || !code.Shared || code.Carried != (fieldwork.Carried{Area: "bochum", InstitutionType: "grundschule", Institution: "100001"}) {
			t.Fatalf("%q: %+v, %v", message.Text, code, err)
		}
		if all := got(db.Messages(ctx, wave, 1))(t); strings.Contains(fmt.Sprint(all, got(db.Mailings(ctx, wave))(t)), text) {
			t.Error("the code is kept in words")
		}
		if count := got(db.CancelMailing(ctx, "anna", wave, 1))(t); count != 2 {
			t.Errorf("%d canceled", count)
		}
		if err := db.QueueMailing(ctx, wave, mailing(2, "zu spät"), recipients(1)); err != nil {
			t.Fatal(err)
		}
		c.advance(10 * 24 * time.Hour)
		if m, due, err := db.NextMessage(ctx); due || err != nil {
			t.Errorf("after the last day: %+v, %v", m, err)
		}
		counts := got(db.Mailings(ctx, wave))(t)
		if counts[0].Counts[notify.Canceled] != 1 || counts[1].Counts[notify.Canceled] != 2 || counts[1].Counts[notify.Unclear] != 1 {
			t.Errorf("%+v", counts)
		}
	})
}

// TestMessagesOnce: several couriers at one queue send everything once.
func TestMessagesOnce(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, c := context.Background(), newClock()
		db := open(t, dsn, c)
		other := open(t, dsn, c)
		wave := openWave(t, db, "mail", "")
		if err := db.QueueMailing(ctx, wave, mailing(1, "{institution}"), recipients(40)); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		taken := map[string]int{}
		var group sync.WaitGroup
		for at := range 4 {
			from := []*store.DB{db, other}[at%2]
			group.Go(func() {
				for empty := 0; empty < 3; {
					message, due, err := from.NextMessage(ctx)
					if err != nil {
						t.Error(err)
						return
					}
					if !due { // another one took it, or nothing is left
						empty++
						continue
					}
					mu.Lock()
					taken[message.Institution]++
					mu.Unlock()
					if err := from.MessageDone(ctx, message.Key, notify.Outcome{State: notify.Sent}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		if len(taken) != 40 {
			t.Errorf("%d were sent", len(taken))
		}
		for number, count := range taken {
			if count != 1 {
				t.Errorf("%s was sent %d times", number, count)
			}
		}
	})
}

func TestMessageText(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		wave, other := openWave(t, db, "mail", ""), openWave(t, db, "other", "")
		if _, saved, err := db.MessageText(ctx, wave, fieldwork.Invitation); saved || err != nil {
			t.Errorf("before: %v, %v", saved, err)
		}
		for _, text := range []fieldwork.MessageText{{Subject: "a", Body: "b"}, {Subject: "c", Body: "d", ReplyTo: "e@example.org"}} {
			if err := db.SaveMessageText(ctx, "anna", wave, fieldwork.Invitation, text); err != nil {
				t.Fatal(err)
			}
			if got, saved, err := db.MessageText(ctx, wave, fieldwork.Invitation); got != text || !saved || err != nil {
				t.Errorf("%+v, %v, %v", got, saved, err)
			}
		}
		for _, one := range []struct {
			wave    *store.LiveWave
			purpose fieldwork.Purpose
		}{{wave, fieldwork.Reminder}, {other, fieldwork.Invitation}} {
			if _, saved, err := db.MessageText(ctx, one.wave, one.purpose); saved || err != nil {
				t.Errorf("%s of %s: %v, %v", one.purpose, one.wave.Slug, saved, err)
			}
		}
	})
}
