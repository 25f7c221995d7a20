package account_test

import (
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
)

func TestPasswords(t *testing.T) {
	hasher := account.NewHasher(2)
	first, second := hasher.Hash("drei kluge Katzen"), hasher.Hash("drei kluge Katzen")
	if first == second {
		t.Error("the same password has the same hash twice: no salt")
	}
	if !strings.HasPrefix(first, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash %s", first)
	}
	if !hasher.Matches("drei kluge Katzen", first) {
		t.Error("the right password does not match")
	}
	for name, wrong := range map[string][2]string{
		"password":   {"drei kluge katzen", first},
		"no hash":    {"drei kluge Katzen", ""},
		"other kind": {"x", "$2a$10$abcdefghijklmnopqrstuv"},
		"cut":        {"drei kluge Katzen", first[:len(first)-4]},
		"broken":     {"x", "$argon2id$v=19$m=x,t=2,p=1$$"},
	} {
		if hasher.Matches(wrong[0], wrong[1]) {
			t.Errorf("%s matches", name)
		}
	}
}

func TestValidate(t *testing.T) {
	good := account.User{Name: "a.müller", Role: account.Coordinator}
	if err := account.Validate(good, "lang genug!"); err != nil {
		t.Errorf("a good account: %v", err)
	}
	for key, test := range map[string]struct {
		user     account.User
		password string
	}{
		"error.bad_user_name":      {account.User{Name: "a b", Role: account.Viewer}, "lang genug!"},
		"error.bad_role":           {account.User{Name: "a", Role: "king"}, "lang genug!"},
		"error.password_too_short": {good, "neunzeich"},
		"error.password_too_long":  {good, strings.Repeat("x", 1001)},
	} {
		if err := failure.As(account.Validate(test.user, test.password)); err == nil || err.Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestWhoMayWhat(t *testing.T) {
	for role, results := range map[account.Role]bool{account.Administrator: true, account.Coordinator: true,
		account.Viewer: true, account.Translator: false, account.Coder: false, "nobody": false} {
		if role.May(account.ReadResults) != results {
			t.Errorf("%s may read results: %v", role, !results)
		}
		if role.May(account.SeeDesk) != (role != "nobody") {
			t.Errorf("%s may see the desk: wrong", role)
		}
		if role.May("something new") {
			t.Errorf("%s may do what nobody has been given", role)
		}
	}
}
