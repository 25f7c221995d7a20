package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testpostgres"
)

func number(value int) *int { return &value }

func someInstitutions() []fieldwork.Institution {
	return []fieldwork.Institution{
		{Number: "100037", Name: "Matthias-Claudius-Schule", Type: "gesamtschule", TypeLabel: "Gesamtschule", Area: "bochum",
			AGS: "05911000", Pupils: number(705), SocialIndex: number(8), Period: "2024/25", Source: "table", Email: "100037@schule.example"},
		{Number: "004711", Name: "Märkische Grundschule", Type: "grundschule", TypeLabel: "Grundschule", Area: "bochum"},
		{Number: "200", Name: "Große Straße 100%", TypeLabel: "Musikschule", Area: "marl"},
		{Number: "201", Name: "Ohne Ort", Type: "grundschule", TypeLabel: "Grundschule"},
		{Number: "202", Name: "Alte Grundschule", Type: "grundschule", TypeLabel: "Grundschule", Area: "marl", Closed: "2025-08-01"},
	}
}

func TestInstitutionsAreFound(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		must(t, db.PutInstitutions(ctx, account.CommandLine, someInstitutions()))
		for _, want := range someInstitutions() {
			if got, err := db.Institution(ctx, want.Number); err != nil || !got.Equal(want) {
				t.Errorf("%+v came back as %+v, %v", want, got, err)
			}
		}
		for name, test := range map[string]struct {
			filter store.InstitutionFilter
			want   []string
		}{
			"open":          {store.InstitutionFilter{}, []string{"201", "004711", "100037", "200"}},
			"closed":        {store.InstitutionFilter{Closed: true}, []string{"202"}},
			"area":          {store.InstitutionFilter{Areas: []string{"bochum", "dorsten"}}, []string{"004711", "100037"}},
			"no area":       {store.InstitutionFilter{Areas: []string{""}}, []string{"201"}},
			"nowhere":       {store.InstitutionFilter{Areas: []string{}}, nil},
			"type":          {store.InstitutionFilter{Type: "grundschule"}, []string{"201", "004711"}},
			"label":         {store.InstitutionFilter{TypeLabel: "Musikschule"}, []string{"200"}},
			"umlaut":        {store.InstitutionFilter{Text: "MARKISCHE grund"}, []string{"004711"}},
			"sharp s":       {store.InstitutionFilter{Text: "strasse"}, []string{"200"}},
			"number":        {store.InstitutionFilter{Text: "0047"}, []string{"004711"}},
			"percent":       {store.InstitutionFilter{Text: "100%"}, []string{"200"}},
			"any sign":      {store.InstitutionFilter{Text: "_"}, nil},
			"first page":    {store.InstitutionFilter{Limit: 3}, []string{"201", "004711", "100037"}},
			"second page":   {store.InstitutionFilter{Limit: 3, Offset: 3}, []string{"200"}},
			"all at a time": {store.InstitutionFilter{Areas: []string{"bochum"}, Type: "grundschule", Text: "schule"}, []string{"004711"}},
		} {
			found, total, err := db.FindInstitutions(ctx, test.filter)
			var numbers []string
			for _, one := range found {
				numbers = append(numbers, one.Number)
			}

			if err != nil || !slices.Equal(sorted(numbers), sorted(test.want)) {
				t.Errorf("%s: %v, want %v; %v", name, numbers, test.want, err)
			}
			if paged := test.filter.Limit > 0; total != len(test.want) && !paged || paged && total != 4 {
				t.Errorf("%s: %d in all", name, total)
			}
		}
		counts, err := db.CountInstitutions(ctx)
		if err != nil || len(counts) != 4 {
			t.Errorf("counts %v, %v", counts, err)
		}
	})
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

// TestRegisterIsChangedOnce: of two people who saw the same register, the second
// is told that it is another one now; nothing of theirs is stored or audited.
func TestRegisterIsChangedOnce(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		must(t, db.PutInstitutions(ctx, account.CommandLine, someInstitutions()))
		all, revision, err := db.Register(ctx)
		if err != nil || len(all) != 5 || revision != 1 {
			t.Fatalf("%d institutions at revision %d, %v", len(all), revision, err)
		}
		entry := account.Entry{Actor: "anna", Action: account.RegisterImported, Subject: "a.csv", Area: "marl", Effect: "1"}
		changed := []fieldwork.Institution{{Number: "300", Name: "Neu", Area: "marl"}}
		must(t, db.ChangeRegister(ctx, entry, revision, changed))
		changed[0].Name = "Neuer"
		wantCode(t, db.ChangeRegister(ctx, entry, revision, changed), failure.Conflict)
		if one, err := db.Institution(ctx, "300"); err != nil || one.Name != "Neu" {
			t.Errorf("stored is %+v, %v", one, err)
		}
		lines, err := db.AuditLog(ctx, 0, 10, func(string) bool { return true })
		if err != nil || len(lines) != 2 || lines[0].Entry != entry {
			t.Errorf("audited %+v, %v", lines, err)
		}
	})
}

func TestOneInstitutionIsChanged(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		entry := account.Entry{Actor: "anna", Action: account.InstitutionAdded, Subject: "0815"}
		add := func(stored fieldwork.Institution) (fieldwork.Institution, account.Entry, error) {
			if !stored.Equal(fieldwork.Institution{}) {
				t.Errorf("there is %+v already", stored)
			}
			return fieldwork.Institution{Number: "0815", Name: "Jugendhaus", Pupils: number(1)}, entry, nil
		}
		must(t, db.ChangeInstitution(ctx, "0815", add))
		refuse := failure.New(failure.Forbidden, "error.forbidden")
		err := db.ChangeInstitution(ctx, "0815", func(stored fieldwork.Institution) (fieldwork.Institution, account.Entry, error) {
			stored.Name = "Haus"
			return stored, entry, refuse
		})
		wantCode(t, err, failure.Forbidden)
		must(t, db.ChangeInstitution(ctx, "0815", func(stored fieldwork.Institution) (fieldwork.Institution, account.Entry, error) {
			return stored, entry, nil // nothing changes: nothing to tell
		}))
		lines, err := db.AuditLog(ctx, 0, 10, func(string) bool { return true })
		one, failed := db.Institution(ctx, "0815")
		if err != nil || failed != nil || len(lines) != 1 || one.Name != "Jugendhaus" {
			t.Errorf("%+v, audited %+v; %v, %v", one, lines, err, failed)
		}
	})
}

func TestGroupsOfInstitutions(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		must(t, db.PutInstitutions(ctx, account.CommandLine, someInstitutions()))
		id, err := db.AddGroup(ctx, "anna", "Projektschulen", "bochum")
		must(t, err)
		group := store.InstitutionGroup{ID: id, Name: "Projektschulen", Area: "bochum"}
		for _, test := range []struct {
			numbers []string
			member  bool
			want    int
		}{
			{[]string{"100037", "004711", "202"}, true, 3},
			{[]string{"100037", "200"}, true, 1},
			{[]string{"200", "201"}, false, 1},
		} {
			if changed, err := db.SetMembers(ctx, "anna", group, test.numbers, test.member); err != nil || changed != test.want {
				t.Errorf("%v: %d changed, %v", test, changed, err)
			}
		}
		groups, err := db.InstitutionGroups(ctx)
		if err != nil || len(groups) != 1 || groups[0].Count != 2 || groups[0].Name != "Projektschulen" {
			t.Errorf("groups %+v, %v: the closed one does not count", groups, err)
		}
		if found, total, err := db.FindInstitutions(ctx, store.InstitutionFilter{Group: id}); err != nil || total != 2 || len(found) != 2 {
			t.Errorf("%d in the group, %v", total, err)
		}
		if of, err := db.GroupsOf(ctx, []string{"100037", "200"}); err != nil || fmt.Sprint(of) != fmt.Sprint(map[string][]string{"100037": {id}}) {
			t.Errorf("groups of institutions %v, %v", of, err)
		}
		must(t, db.RenameGroup(ctx, "anna", group, "Pilotschulen"))
		group.Name, group.Count = "Pilotschulen", 2
		must(t, db.RemoveGroup(ctx, "anna", group))
		wantCode(t, db.RemoveGroup(ctx, "anna", group), failure.NotFound)
		_, err = db.SetMembers(ctx, "anna", group, []string{"200"}, true)
		wantCode(t, err, failure.NotFound)
		lines, err := db.AuditLog(ctx, 0, 10, func(string) bool { return true })
		var actions []account.Action
		for _, line := range lines {
			actions = append(actions, line.Action)
		}
		want := []account.Action{account.GroupRemoved, account.GroupRenamed, account.GroupLeft, account.GroupJoined, account.GroupJoined, account.GroupAdded, account.RegisterImported}
		if err != nil || !slices.Equal(actions, want) {
			t.Errorf("audited %v, %v", actions, err)
		}
	})
}
