package store_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testpostgres"
)

var (
	everywhere = account.Grant{Role: account.Administrator}
	inBochum   = account.Grant{Role: account.Coordinator, Area: "de-nw-bochum"}
)

// lines reads the audit log as "actor action subject area effect", checked.
func lines(t *testing.T, db *store.DB) []string {
	t.Helper()
	var all []string
	err := db.VerifyAudit(context.Background(), func(one store.Audited) error {
		all = append(all, fmt.Sprintf("%s %s %s %s %s", one.Actor, one.Action, one.Subject, one.Area, one.Effect))
		return nil
	})
	if err != nil {
		t.Errorf("the audit log: %v", err)
	}
	return all
}

func wantFailure(t *testing.T, what string, err error, want failure.Code) {
	t.Helper()
	if got := failure.CodeOf(err); err == nil || got != want {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// TestPeople leads accounts through their life; every change stands in the log.
func TestPeople(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		anna := account.User{Name: "anna", Email: "anna@example.org", Grants: []account.Grant{everywhere, inBochum}}
		must(t, db.AddUser(ctx, account.CommandLine, anna, "hash"))
		wantFailure(t, "the name again", db.AddUser(ctx, "x", anna, "other"), failure.Conflict)
		user, hash, err := db.User(ctx, "anna")
		if err != nil || hash.Password != "hash" || !reflect.DeepEqual(user, anna) {
			t.Errorf("read back %+v %s %v", user, hash, err)
		}
		wantFailure(t, "the last administrator's rights", db.SetGrants(ctx, "anna", "anna", []account.Grant{inBochum}), failure.Conflict)
		wantFailure(t, "the last administrator's access", db.SetDisabled(ctx, "anna", "anna", true), failure.Conflict)
		wantFailure(t, "rights of nobody", db.SetGrants(ctx, "anna", "nobody", nil), failure.NotFound)
		must(t, db.AddUser(ctx, "anna", account.User{Name: "ben", Grants: []account.Grant{everywhere}}, "hash"))
		must(t, db.SetGrants(ctx, "ben", "anna", []account.Grant{inBochum}))
		must(t, db.SetDisabled(ctx, "ben", "anna", true))
		_, _, err = db.User(ctx, "anna")
		wantFailure(t, "a disabled account", err, failure.NotFound)
		must(t, db.SetDisabled(ctx, "ben", "anna", false))
		must(t, db.SetPassword(ctx, "anna", "anna", "new", ""))
		if user, hash, err = db.User(ctx, "anna"); err != nil || hash.Password != "new" || !slices.Equal(user.Grants, []account.Grant{inBochum}) {
			t.Errorf("after the changes %+v %s %v", user, hash, err)
		}
		people, err := db.People(ctx)
		if err != nil || len(people) != 2 || people[0].Name != "anna" || people[1].Grants[0] != everywhere {
			t.Errorf("people %+v %v", people, err)
		}
		want := []string{
			"cli: user.added anna  administrator, coordinator de-nw-bochum",
			"anna user.added ben  administrator",
			"ben user.grants_changed anna  administrator, coordinator de-nw-bochum → coordinator de-nw-bochum",
			"ben user.disabled anna de-nw-bochum ", "ben user.enabled anna de-nw-bochum ",
			"anna user.password_changed anna de-nw-bochum ",
		}
		if got := lines(t, db); !slices.Equal(got, want) {
			t.Errorf("the log says\n%s", strings.Join(got, "\n"))
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestInvitations: a link is good once, for a week, until it is withdrawn; a
// taken name does not use it up.
func TestInvitations(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		at := newClock()
		db := open(t, dsn, at)
		must(t, db.AddUser(ctx, account.CommandLine, account.User{Name: "anna", Grants: []account.Grant{everywhere}}, "hash"))
		secret, err := db.Invite(ctx, "anna", "cem@example.org", inBochum)
		must(t, err)
		if one, err := db.Invitation(ctx, secret); err != nil || one.Grant != inBochum || one.Inviter != "anna" {
			t.Errorf("the invitation %+v %v", one, err)
		}
		_, err = db.AcceptInvitation(ctx, secret, "anna", "hash")
		wantFailure(t, "a taken name", err, failure.Conflict)
		user, err := db.AcceptInvitation(ctx, secret, "cem", "hash")
		if err != nil || user.Email != "cem@example.org" || !slices.Equal(user.Grants, []account.Grant{inBochum}) {
			t.Errorf("accepted as %+v %v", user, err)
		}
		_, err = db.AcceptInvitation(ctx, secret, "cem2", "hash")
		wantFailure(t, "used", err, failure.Gone)

		late, err := db.Invite(ctx, "anna", "", inBochum)
		must(t, err)
		withdrawn, err := db.Invite(ctx, "anna", "dora@example.org", inBochum)
		must(t, err)
		open, err := db.Invitations(ctx)
		if err != nil || len(open) != 2 {
			t.Fatalf("open are %v %v", open, err)
		}
		one, err := db.Invitation(ctx, withdrawn)
		must(t, err)
		must(t, db.WithdrawInvitation(ctx, "anna", one.Key))
		_, err = db.Invitation(ctx, withdrawn)
		wantFailure(t, "withdrawn", err, failure.Gone)
		wantFailure(t, "withdrawn twice", db.WithdrawInvitation(ctx, "anna", one.Key), failure.NotFound)
		at.advance(8 * 24 * time.Hour)
		_, err = db.AcceptInvitation(ctx, late, "late", "hash")
		wantFailure(t, "too late", err, failure.Gone)
		if open, err = db.Invitations(ctx); err != nil || len(open) != 0 {
			t.Errorf("still open are %v %v", open, err)
		}
		if got := lines(t, db); len(got) != 6 || got[5] != "anna invitation.revoked dora@example.org de-nw-bochum coordinator de-nw-bochum" {
			t.Errorf("the log says\n%s", strings.Join(got, "\n"))
		}
	})
}

// TestSessions: somebody sees where they are signed in, and ends it.
func TestSessions(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		at := newClock()
		db := open(t, dsn, at)
		sessions := db.Sessions()
		anna := account.User{Name: "anna", Grants: []account.Grant{everywhere}}
		must(t, db.AddUser(ctx, account.CommandLine, anna, "hash"))
		for _, token := range []string{"one", "two", "three"} {
			must(t, sessions.CommitCtx(ctx, token, []byte("data"), at.Now().Add(time.Hour)))
			must(t, sessions.Own(ctx, token, anna, "Firefox "+token))
			at.advance(time.Minute)
		}
		all, own, err := sessions.Of(ctx, "anna", "two")
		if err != nil || len(all) != 3 || all[0].Device != "Firefox three" || all[1].Key != own {
			t.Fatalf("sessions %+v, own %s, %v", all, own, err)
		}
		wantFailure(t, "a session of somebody else", sessions.Revoke(ctx, "anna", "anna", strings.Repeat("0", 64)), failure.NotFound)
		must(t, sessions.Revoke(ctx, "anna", "anna", all[0].Key))
		if _, found, err := sessions.FindCtx(ctx, "three"); found || err != nil {
			t.Errorf("an ended session is found: %v %v", found, err)
		}
		must(t, db.SetPassword(ctx, "anna", "anna", "new", "two"))
		if all, _, err = sessions.Of(ctx, "anna", "two"); err != nil || len(all) != 1 || all[0].Key != own {
			t.Errorf("after the new password %+v %v", all, err)
		}
		must(t, sessions.CommitCtx(ctx, "two", []byte("more"), at.Now().Add(time.Hour)))
		if all, _, err = sessions.Of(ctx, "anna", ""); err != nil || len(all) != 1 {
			t.Errorf("writing on a session forgot whose it is: %+v %v", all, err)
		}
	})
}

func TestTokens(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		at := newClock()
		db := open(t, dsn, at)
		secret, err := db.CreateToken(ctx, account.CommandLine, store.Token{Name: "dashboard", Grant: inBochum, Expires: db.Today()})
		must(t, err)
		user, err := db.TokenUser(ctx, secret)
		if err != nil || user.Name != "token dashboard" || !slices.Equal(user.Grants, []account.Grant{inBochum}) {
			t.Errorf("the token stands for %+v %v", user, err)
		}
		_, err = db.CreateToken(ctx, account.CommandLine, store.Token{Name: "dashboard", Grant: inBochum})
		wantFailure(t, "the name again", err, failure.Conflict)
		for range 2 { // names are only wanted, not needed
			_, err = db.CreateToken(ctx, account.CommandLine, store.Token{Grant: inBochum})
			must(t, err)
		}
		at.advance(24 * time.Hour)
		_, err = db.TokenUser(ctx, secret)
		wantFailure(t, "an expired token", err, failure.Unauthorized)
		_, err = db.TokenUser(ctx, "bl_other")
		wantFailure(t, "another token", err, failure.Unauthorized)
	})
}

// TestAuditCannotBeEdited does to the log what the program never does, and each
// is found out.
func TestAuditCannotBeEdited(t *testing.T) {
	for name, statement := range map[string]string{
		"a word changed":        `UPDATE audit SET actor = 'somebody' WHERE number = 3`,
		"a line deleted":        `DELETE FROM audit WHERE number = 3`,
		"the last line deleted": `DELETE FROM audit WHERE number = 5`,
		"the first deleted":     `DELETE FROM audit WHERE number = 1`,
		"all deleted":           `DELETE FROM audit`,
		"a line put in":         `INSERT INTO audit (number, at, actor, action, subject, area, effect, hash) VALUES (6, '', 'x', 'y', '', '', '', '')`,
		"cells moved":           `UPDATE audit SET actor = subject, subject = actor WHERE number = 2`,
	} {
		t.Run(name, func(t *testing.T) {
			testpostgres.Engines(t, func(t *testing.T, dsn string) {
				ctx := context.Background()
				db := open(t, dsn, newClock())
				for at := range 5 {
					must(t, db.Audit(ctx, account.Entry{Actor: "anna", Action: account.SignedIn, Subject: fmt.Sprint(at)}))
				}
				if got := lines(t, db); len(got) != 5 {
					t.Fatalf("the log has %d lines", len(got))
				}
				must(t, store.Tamper(db, statement))
				wantFailure(t, name, db.VerifyAudit(ctx, func(store.Audited) error { return nil }), failure.Conflict)
			})
		})
	}
}

// TestAuditTogether: lines that come at once stand in one chain, and a page of
// them shows only readable areas.
func TestAuditTogether(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		var all sync.WaitGroup
		for at := range 40 {
			all.Go(func() {
				err := db.Audit(ctx, account.Entry{Actor: "anna", Action: account.SignedIn, Area: []string{"here", "there"}[at%2]})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got := lines(t, db); len(got) != 40 {
			t.Errorf("the log has %d lines", len(got))
		}
		here := func(area string) bool { return area == "here" }
		page, err := db.AuditLog(ctx, 0, 15, here)
		if err != nil || len(page) != 15 {
			t.Fatalf("a page has %d lines, %v", len(page), err)
		}
		rest, err := db.AuditLog(ctx, page[14].Number, 15, here)
		if err != nil || len(rest) != 5 || rest[0].Number >= page[14].Number {
			t.Errorf("the next page has %d lines, %v", len(rest), err)
		}
	})
}

// TestSecond: a code is good once, a spare one as well, and both end with the
// second factor.
func TestSecond(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		must(t, db.AddUser(ctx, account.CommandLine, account.User{Name: "anna", Grants: []account.Grant{everywhere}}, "hash"))
		must(t, db.SetSecond(ctx, "anna", "anna", "SECRET", [][]byte{{1}, {2}}))
		if _, credentials, err := db.User(ctx, "anna"); err != nil || credentials.Second != "SECRET" {
			t.Errorf("signs in with %+v %v", credentials, err)
		}
		must(t, db.UseSecond(ctx, "anna", 7))
		wantFailure(t, "the code again", db.UseSecond(ctx, "anna", 7), failure.Conflict)
		wantFailure(t, "an older code", db.UseSecond(ctx, "anna", 6), failure.Conflict)
		must(t, db.UseSecond(ctx, "anna", 8))
		if left, err := db.UseSpare(ctx, "anna", []byte{1}); left != 1 || err != nil {
			t.Errorf("%d spares are left, %v", left, err)
		}
		_, err := db.UseSpare(ctx, "anna", []byte{1})
		wantFailure(t, "the spare again", err, failure.NotFound)
		must(t, db.SetSecond(ctx, "anna", "anna", "", nil))
		_, err = db.UseSpare(ctx, "anna", []byte{2})
		wantFailure(t, "a spare without a second factor", err, failure.NotFound)
		if people, err := db.People(ctx); err != nil || people[0].Second {
			t.Errorf("people %+v %v", people, err)
		}
		want := []string{"cli: user.added anna  administrator", "anna user.second_set anna  ", "anna user.spare_used anna  ", "anna user.second_removed anna  "}
		if got := lines(t, db); !slices.Equal(got, want) {
			t.Errorf("the log says\n%s", strings.Join(got, "\n"))
		}
	})
}
