package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/notify"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testmail"
)

// TestServeSendsMail: a program that serves sends what is in the queue, signed in
// and encrypted; what is refused is told, what is put off comes later, what a
// dying server may have taken is not sent again, and a restart sends nothing
// twice.
func TestServeSendsMail(t *testing.T) {
	ctx := context.Background()
	server := testmail.Start(t, testmail.Plain)
	server.Recipient = func(address string, attempt int) error {
		switch {
		case address == "refused@example.org":
			return &testmail.Refusal{Code: 550, EnhancedCode: testmail.Code{5, 1, 1}, Message: "no such user"}
		case address == "later@example.org" && attempt == 1:
			return &testmail.Refusal{Code: 451, EnhancedCode: testmail.Code{4, 7, 1}, Message: "come back later"}
		}
		return nil
	}
	server.Dies = func(address string, attempt int) testmail.Moment {
		switch {
		case address == "early@example.org" && attempt == 1:
			return testmail.AtRecipient
		case address == "late@example.org":
			return testmail.AfterMessage
		}
		return testmail.Never
	}
	file := filepath.Join(t.TempDir(), "mail.db")
	now := func() time.Time { return time.Now() }
	db, err := store.Open(ctx, file, store.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	version, err := library{}.find(ctx, db, "schools")
	if err != nil {
		t.Fatal(err)
	}
	wave, err := db.OpenWave(ctx, account.CommandLine, fieldwork.Wave{Slug: "post", K: 5}, version)
	if err != nil {
		t.Fatal(err)
	}
	var recipients []store.Recipient
	for _, name := range []string{"good", "refused", "later", "early", "late"} {
		recipients = append(recipients, store.Recipient{Number: name, Name: "Schule " + name, Address: name + "@example.org"})
	}
	err = db.QueueMailing(ctx, wave, store.Mailing{Number: 1, Purpose: fieldwork.Invitation, Actor: "anna", Origin: "https://umfrage.example.org",
		Text: fieldwork.MessageText{Subject: "Für {institution}", Body: "Guten Tag {institution}"}}, recipients)
	if err != nil {
		t.Fatal(err)
	}
	states := func() map[string]notify.State {
		found := map[string]notify.State{}
		messages, err := db.Messages(ctx, wave, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range messages {
			found[one.Institution] = one.State
		}
		return found
	}
	await := func(now func() time.Time, want map[string]notify.State) {
		t.Helper()
		run, stop := context.WithCancel(ctx)
		ended := make(chan int, 1)
		var out, problems strings.Builder
		listening := make(chan string, 1)
		p := &program{stdout: &out, stderr: &problems, env: func(string) string { return "" }, now: now, listening: func(a string) { listening <- a }}
		go func() {
			ended <- p.run(run, []string{"serve", "--db", file, "--addr", "127.0.0.1:0", "--smtp-host", server.Host, "--smtp-port", fmt.Sprint(server.Port),
				"--smtp-tls", "none", "--smtp-from", "Büro <buero@example.org>"})
		}()
		defer func() {
			stop()
			if code := <-ended; code != 0 {
				t.Errorf("serve ended with %d: %s", code, &problems)
			}
		}()
		deadline := time.Now().Add(30 * time.Second)
		for fmt.Sprint(states()) != fmt.Sprint(want) {
			if time.Now().After(deadline) {
				t.Fatalf("the messages are %v, want %v", states(), want)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	await(now, map[string]notify.State{"good": notify.Sent, "refused": notify.Failed, "later": notify.Queued, "early": notify.Queued, "late": notify.Unclear})
	// Started again, two minutes on.
	await(func() time.Time { return time.Now().Add(2 * time.Minute) },
		map[string]notify.State{"good": notify.Sent, "refused": notify.Failed, "later": notify.Sent, "early": notify.Sent, "late": notify.Unclear})
	got := map[string]int{}
	for _, one := range server.Received() {
		got[one.To]++
	}
	if fmt.Sprint(got) != fmt.Sprint(map[string]int{"good@example.org": 1, "later@example.org": 1, "early@example.org": 1, "late@example.org": 1}) {
		t.Errorf("the server took %v", got)
	}
	if server.Attempts("refused@example.org") != 1 || server.Attempts("late@example.org") != 1 {
		t.Error("what is over was tried again")
	}
}

// TestMailSettings: mistakes in the settings keep the program from starting, and
// say what to mend.
func TestMailSettings(t *testing.T) {
	for arguments, want := range map[string]string{
		"--smtp-host mx.example.org":                                                         "no sender",
		"--smtp-host mx.example.org --smtp-from nobody":                                      "no sender",
		"--smtp-host mx.example.org --smtp-from a@b.de --smtp-user x":                        "both or neither",
		"--smtp-host mx.example.org --smtp-from a@b.de --smtp-password-file /nowhere/at/all": "cannot be read",
	} {
		var problems strings.Builder
		p := &program{stdout: &problems, stderr: &problems, env: func(string) string { return "" }}
		code := p.run(context.Background(), append([]string{"serve", "--db", filepath.Join(t.TempDir(), "x.db"), "--addr", "127.0.0.1:0"}, strings.Fields(arguments)...))
		if code != 1 || !strings.Contains(problems.String(), want) {
			t.Errorf("%s: %d, %s", arguments, code, &problems)
		}
	}
}
