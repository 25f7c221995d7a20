package store_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/testpostgres"
)

func credential(id string, count uint32) account.Credential {
	return account.Credential{Credential: webauthn.Credential{ID: []byte(id), PublicKey: []byte("key"),
		Flags: webauthn.CredentialFlags{BackupEligible: true, BackupState: true}, Authenticator: webauthn.Authenticator{SignCount: count}}}
}

// TestPasskeys: several for an account, found by the handle alone, each removed
// with the sessions that it may have begun.
func TestPasskeys(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		at := newClock()
		db := open(t, dsn, at)
		for _, name := range []string{"anna", "ben"} {
			must(t, db.AddUser(ctx, account.CommandLine, account.User{Name: name, Grants: []account.Grant{everywhere}}, "hash"))
		}
		_, err := db.HolderOf(ctx, "")
		wantFailure(t, "the handle of whoever has none", err, failure.NotFound)
		anna, err := db.Holder(ctx, "anna")
		if again, _ := db.Holder(ctx, "anna"); err != nil || len(anna.Handle) < 32 || again.Handle != anna.Handle {
			t.Fatalf("a handle %q, %v", anna.Handle, err)
		}
		ben, err := db.Holder(ctx, "ben")
		if err != nil || ben.Handle == anna.Handle {
			t.Fatalf("ben's handle %q, %v", ben.Handle, err)
		}
		must(t, db.AddPasskey(ctx, "anna", "anna", "phone", credential("one", 1)))
		at.advance(time.Minute)
		must(t, db.AddPasskey(ctx, "anna", "anna", "key", credential("two", 0)))
		wantFailure(t, "the same passkey for somebody else", db.AddPasskey(ctx, "ben", "ben", "mine", credential("one", 1)), failure.Conflict)
		wantFailure(t, "a passkey for nobody", db.AddPasskey(ctx, "ben", "nobody", "mine", credential("three", 1)), failure.NotFound)
		must(t, db.UsePasskey(ctx, credential("one", 7)))
		wantFailure(t, "a passkey that there is not", db.UsePasskey(ctx, credential("nine", 7)), failure.NotFound)
		found, err := db.HolderOf(ctx, anna.Handle)
		if err != nil || found.User.Name != "anna" || len(found.Passkeys) != 2 {
			t.Fatalf("found %+v %v", found, err)
		}
		first, second := found.Passkeys[0], found.Passkeys[1]
		if first.Name != "phone" || first.Credential.Authenticator.SignCount != 7 || !first.Synced || first.Used == "" || second.Used != "" {
			t.Errorf("read back %+v and %+v", first, second)
		}
		must(t, db.RenamePasskey(ctx, "anna", first.Number, "old phone"))
		wantFailure(t, "naming somebody else's", db.RenamePasskey(ctx, "ben", first.Number, "mine"), failure.NotFound)
		wantFailure(t, "removing somebody else's", db.RemovePasskey(ctx, "ben", "ben", first.Number, ""), failure.NotFound)
		sessions := db.Sessions()
		for _, token := range []string{"here", "there"} {
			must(t, sessions.CommitCtx(ctx, token, []byte("data"), at.Now().Add(time.Hour)))
			must(t, sessions.Own(ctx, token, anna.User, "", account.ByPasskey))
		}
		must(t, db.RemovePasskey(ctx, "anna", "anna", first.Number, "here"))
		if all, own, err := sessions.Of(ctx, "anna", "here"); err != nil || len(all) != 1 || all[0].Key != own {
			t.Errorf("sessions %+v %v", all, err)
		}
		if left, err := db.Passkeys(ctx, "anna"); err != nil || len(left) != 1 || left[0].Name != "key" {
			t.Errorf("left are %+v %v", left, err)
		}
		must(t, db.SetDisabled(ctx, "ben", "anna", true))
		_, err = db.HolderOf(ctx, anna.Handle)
		wantFailure(t, "a disabled account", err, failure.NotFound)
		want := []string{"anna user.passkey_added anna  phone", "anna user.passkey_added anna  key",
			"anna session.begun anna  by=passkey", "anna session.begun anna  by=passkey", "anna user.passkey_removed anna  old phone"}
		if got := lines(t, db)[2:7]; !slices.Equal(got, want) {
			t.Errorf("the log says\n%s", strings.Join(got, "\n"))
		}
	})
}
