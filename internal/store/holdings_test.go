package store_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/store/storetest"
	"bedarfslotse/internal/testpostgres"
)

// TestHoldings: somebody gets all that is stored about them, nobody else's, and
// nothing by which one could sign in.
func TestHoldings(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		must(t, db.AddUser(ctx, account.CommandLine, account.User{Name: "anna", Email: "anna@example.org", Grants: []account.Grant{everywhere}}, "geheimer-hash"))
		must(t, db.AddUser(ctx, "anna", account.User{Name: "berta", Email: "berta@example.org", Grants: []account.Grant{everywhere}}, "anderer-hash"))
		must(t, db.SetSecond(ctx, "anna", "anna", "GEHEIMNIS", [][]byte{[]byte("ersatz")}, ""))
		token, err := db.CreateToken(ctx, "anna", store.Token{Owner: "anna", Name: "Auswertung"})
		must(t, err)
		held, err := db.Holdings(ctx, "anna")
		must(t, err)
		content, err := json.Marshal(held)
		must(t, err)
		text := string(content)
		for _, want := range []string{"anna@example.org", "Auswertung", `"administrator"`, `"grants"`, `"audit"`, "user.added"} {
			if !strings.Contains(text, want) {
				t.Errorf("there is no %q in %s", want, text)
			}
		}
		for _, secret := range []string{"geheimer-hash", "GEHEIMNIS", token, "berta@example.org", "anderer-hash"} {
			if strings.Contains(text, secret) {
				t.Errorf("%q is handed out", secret)
			}
		}
		_, err = db.Holdings(ctx, "niemand")
		wantCode(t, err, failure.NotFound)
	})
}

// TestHoldingsKnowEveryColumn: a new column that holds somebody's name has to be
// named, or said to hold something else.
func TestHoldingsKnowEveryColumn(t *testing.T) {
	dsn := t.TempDir() + "/test.db"
	open(t, dsn, newClock())
	known := slices.Collect(maps.Values(store.PersonColumns()))
	var all []string
	for _, columns := range known {
		all = append(all, columns...)
	}
	others := []string{"identities.subject", "mailings.subject", "message_texts.subject"}
	for _, column := range storetest.TextColumns(t, dsn) {
		_, name, _ := strings.Cut(column, ".")
		if slices.Contains([]string{"actor", "author", "owner", "user_name", "coder", "reader", "judge", "resolver", "inviter", "subject", "changed_by", "added_by"}, name) &&
			!slices.Contains(all, column) && !slices.Contains(others, column) {
			t.Errorf("%s is not asked for the names of accounts", column)
		}
	}
}
