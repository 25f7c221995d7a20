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
	good := account.User{Name: "a.müller", Grants: []account.Grant{{Role: account.Coordinator}}}
	if err := account.Validate(good); err != nil {
		t.Errorf("a good account: %v", err)
	}
	for key, user := range map[string]account.User{
		"error.bad_user_name": {Name: "a b", Grants: good.Grants},
		"error.bad_role":      {Name: "a", Grants: []account.Grant{{Role: "king"}}},
		"error.no_role":       {Name: "a"},
	} {
		if err := failure.As(account.Validate(user)); err == nil || err.Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestCheckPassword(t *testing.T) {
	user := account.User{Name: "wiebke.hansen", Email: "hansen@bochum.example"}
	for _, good := range []string{"vier Esel lesen Zeitung", "kahvaltıda üç zeytin yedim", "xK7#qPz!m2Lw", strings.Repeat("Regen am Montag ", 60)} {
		if err := account.CheckPassword(user, good); err != nil {
			t.Errorf("%.30s: %v", good, err)
		}
	}
	for password, key := range map[string]string{
		"neunzeich": "error.password_too_short", strings.Repeat("x", 1001): "error.password_too_long",
		"Passwort123": "error.password_weak", "1234567890": "error.password_weak", "aaaaaaaaaaaaaaaa": "error.password_weak",
		"wiebke.hansen": "error.password_weak", "qwertzuiop": "error.password_weak",
	} {
		if err := failure.As(account.CheckPassword(user, password)); err == nil || err.Key != key {
			t.Errorf("%.20s: %v, not %s", password, err, key)
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

// TestWhere asks for every relation between the area of a grant and the area
// that is asked for.
func TestWhere(t *testing.T) {
	parents := map[string]string{"kreis": "", "stadt": "kreis", "raum": "stadt", "andere": "kreis"}
	within := func(outer, inner string) bool {
		for ; inner != ""; inner = parents[inner] {
			if inner == outer {
				return true
			}
		}
		return false
	}
	stadt := account.User{Grants: []account.Grant{{Role: account.Coordinator, Area: "stadt"}}}
	all := account.User{Grants: []account.Grant{{Role: account.Coordinator}}}
	for _, test := range []struct {
		user       account.User
		permission account.Permission
		about      account.Subject
		want       bool
	}{
		{stadt, account.ManageWaves, account.Subject{Area: "stadt"}, true},
		{stadt, account.ManageWaves, account.Subject{Area: "raum"}, true},
		{stadt, account.ManageWaves, account.Subject{Area: "kreis"}, false},
		{stadt, account.ManageWaves, account.Subject{Area: "kreis", Published: true}, false},
		{stadt, account.ManageWaves, account.Subject{Area: "andere"}, false},
		{stadt, account.ManageWaves, account.Subject{Area: ""}, false},
		{stadt, account.ReadResults, account.Subject{Area: "kreis"}, false},
		{stadt, account.ReadResults, account.Subject{Area: "kreis", Published: true}, true},
		{stadt, account.ReadResults, account.Subject{Area: "", Published: true}, true},
		{stadt, account.ReadResults, account.Subject{Area: "andere", Published: true}, false},
		{stadt, account.ReadResults, account.Subject{Area: "unknown", Published: true}, false},
		{all, account.ManageWaves, account.Subject{Area: ""}, true},
		{all, account.ManageWaves, account.Subject{Area: "raum"}, true},
		{all, account.ManagePeople, account.Subject{Area: "raum"}, false},
		{account.User{}, account.SeeDesk, account.Subject{Area: "stadt"}, false},
	} {
		if got := test.user.May(test.permission, test.about, within); got != test.want {
			t.Errorf("%v for %+v: %v", test.permission, test.about, got)
		}
	}
	administrator := account.User{Grants: []account.Grant{{Role: account.Administrator, Area: "stadt"}, {Role: account.Viewer}}}
	for grant, want := range map[account.Grant]bool{
		{Role: account.Administrator, Area: "stadt"}: true, {Role: account.Coder, Area: "raum"}: true,
		{Role: account.Viewer, Area: "kreis"}: false, {Role: account.Viewer}: false,
	} {
		if got := administrator.Covers(grant, within); got != want {
			t.Errorf("may give %+v: %v", grant, got)
		}
	}
}

func TestEffect(t *testing.T) {
	for want, pairs := range map[string][]any{
		"": nil,
		`count=3 shared=true file="a \"b\" c.csv"`: {"count", 3, "shared", true, "left", 0, "file", `a "b" c.csv`, "area", "", "full", false},
	} {
		if got := account.Effect(pairs...); got != want {
			t.Errorf("%v is %s", pairs, got)
		}
	}
}
