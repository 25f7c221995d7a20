package store_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/testpostgres"
)

// TestIdentities: an account belongs to whom issuer and subject name together, to
// nobody of the same name or address; rights by groups follow the groups.
func TestIdentities(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		must(t, db.AddUser(ctx, account.CommandLine, account.User{Name: "anna", Email: "anna@example.org", Grants: []account.Grant{everywhere}}, "hash"))
		vouched := account.Vouched{Issuer: "https://a", Subject: "1", Name: "anna", Email: "anna@example.org"}
		_, err := db.SignInVouched(ctx, vouched)
		wantFailure(t, "a stranger", err, failure.Unauthorized)
		vouched.Grants = []account.Grant{inBochum}
		made, err := db.SignInVouched(ctx, vouched)
		if err != nil || made.Name != "anna-2" || !slices.Equal(made.Grants, []account.Grant{inBochum}) {
			t.Fatalf("made %+v %v", made, err)
		}
		again, err := db.SignInVouched(ctx, vouched)
		if err != nil || again.Name != "anna-2" {
			t.Errorf("the next time %+v %v", again, err)
		}
		other := vouched
		other.Issuer, other.Grants = "https://b", nil
		_, err = db.SignInVouched(ctx, other)
		wantFailure(t, "the same subject of another issuer", err, failure.Unauthorized)
		wantFailure(t, "linking somebody else's", db.LinkIdentity(ctx, "anna", vouched), failure.Conflict)
		wantFailure(t, "linking to nobody", db.LinkIdentity(ctx, "nobody", other), failure.NotFound)
		must(t, db.LinkIdentity(ctx, "anna", other))
		if user, err := db.SignInVouched(ctx, other); err != nil || user.Name != "anna" || !slices.Equal(user.Grants, []account.Grant{everywhere}) {
			t.Errorf("the linked %+v %v", user, err)
		}
		if all, err := db.Identities(ctx, "anna"); err != nil || len(all) != 1 || all[0].Issuer != "https://b" || all[0].Created == "" {
			t.Errorf("identities %+v %v", all, err)
		}
		wantFailure(t, "unlinking the only way in", db.UnlinkIdentities(ctx, "anna-2", "anna-2", "https://a", ""), failure.Conflict)
		must(t, db.UnlinkIdentities(ctx, "anna", "anna", "https://b", ""))
		wantFailure(t, "unlinking it again", db.UnlinkIdentities(ctx, "anna", "anna", "https://b", ""), failure.NotFound)
		vouched.Grants = nil
		gone, err := db.SignInVouched(ctx, vouched)
		wantFailure(t, "in no group any more", err, failure.Forbidden)
		if gone.Name != "anna-2" {
			t.Errorf("refused whom? %+v", gone)
		}
		secret, err := db.Invite(ctx, "anna", "cem@example.org", inBochum)
		must(t, err)
		_, err = db.AcceptInvitationVouched(ctx, secret, vouched)
		wantFailure(t, "an invitation for whoever is here already", err, failure.Conflict)
		cem := account.Vouched{Issuer: "https://a", Subject: "2", Name: "Cem\tÖz!"}
		if user, err := db.AcceptInvitationVouched(ctx, secret, cem); err != nil || user.Name != "Cem.Öz" || user.Email != "cem@example.org" {
			t.Errorf("invited %+v %v", user, err)
		}
		_, err = db.AcceptInvitationVouched(ctx, secret, account.Vouched{Issuer: "https://a", Subject: "3"})
		wantFailure(t, "the invitation again", err, failure.Gone)
		must(t, db.SetDisabled(ctx, "anna", "Cem.Öz", true))
		_, err = db.SignInVouched(ctx, cem)
		wantFailure(t, "a disabled account", err, failure.Forbidden)
		want := []string{
			"anna-2 user.added anna-2 de-nw-bochum coordinator de-nw-bochum",
			"anna-2 user.identity_linked anna-2 de-nw-bochum issuer=https://a subject=1",
			"anna user.identity_linked anna  issuer=https://b subject=1",
			"anna user.identity_unlinked anna  issuer=https://b",
			"openid: user.grants_changed anna-2 de-nw-bochum coordinator de-nw-bochum → ",
		}
		if got := lines(t, db)[1:6]; !slices.Equal(got, want) {
			t.Errorf("the log says\n%s", strings.Join(got, "\n"))
		}
	})
}

// TestResets: a link to a new password is good once and for a day, and the newest
// one only.
func TestResets(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		at := newClock()
		db := open(t, dsn, at)
		anna := account.User{Name: "anna", Grants: []account.Grant{everywhere}}
		must(t, db.AddUser(ctx, account.CommandLine, anna, "hash"))
		must(t, db.AddUser(ctx, account.CommandLine, account.User{Name: "ben", Grants: []account.Grant{inBochum}}, "hash"))
		_, err := db.AllowReset(ctx, "anna", "nobody")
		wantFailure(t, "for nobody", err, failure.NotFound)
		old, err := db.AllowReset(ctx, "anna", "ben")
		must(t, err)
		secret, err := db.AllowReset(ctx, "anna", "ben")
		must(t, err)
		_, err = db.Resetter(ctx, old)
		wantFailure(t, "the older link", err, failure.Gone)
		if user, err := db.Resetter(ctx, secret); err != nil || user.Name != "ben" {
			t.Errorf("the link is for %+v, %v", user, err)
		}
		must(t, db.Sessions().CommitCtx(ctx, "one", []byte("data"), at.Now().Add(24*time.Hour)))
		must(t, db.Sessions().Own(ctx, "one", account.User{Name: "ben"}, "", account.ByPassword))
		must(t, db.ResetPassword(ctx, secret, "new"))
		wantFailure(t, "the link again", db.ResetPassword(ctx, secret, "newer"), failure.Gone)
		if _, credentials, err := db.User(ctx, "ben"); err != nil || credentials.Password != "new" {
			t.Errorf("signs in with %+v %v", credentials, err)
		}
		if _, found, err := db.Sessions().FindCtx(ctx, "one"); found || err != nil {
			t.Errorf("a session is left: %v", err)
		}
		late, err := db.AllowReset(ctx, "anna", "ben")
		must(t, err)
		at.advance(24 * time.Hour)
		wantFailure(t, "a day later", db.ResetPassword(ctx, late, "x"), failure.Gone)
		shut, err := db.AllowReset(ctx, "anna", "ben")
		must(t, err)
		must(t, db.SetDisabled(ctx, "anna", "ben", true))
		_, err = db.Resetter(ctx, shut)
		wantFailure(t, "of a disabled account", err, failure.Gone)
	})
}
