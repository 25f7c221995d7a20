package server

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/tabular"
)

// ties lists who works with whom: what was entered or imported, and what statements
// of institutions say, which stays as they said it.
func (s *Server) ties(c echo.Context) error {
	ctx := c.Request().Context()
	kept, _, err := s.desk.Office.Ties(ctx)
	if err != nil {
		return err
	}
	said, err := s.desk.Office.Statements(ctx)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	f := s.deskFrame(c, "network.ties.title")
	page := &registerPage{deskFrame: f, Done: doneWord(c, f.Localizer), Lead: []string{f.T("network.ties.lead")}, Tabs: networkTabs(f, networkPath+"/ties")}
	if user.Has(account.ManageConcept) {
		page.Actions = []waveLink{{Address: networkPath + "/ties/new" + f.Query, Name: f.T("network.ties.add")},
			{Address: networkPath + "/import" + f.Query, Name: f.T("network.ties.import")}}
	}
	part := registerPart{ID: "list", None: f.T("network.ties.none")}
	for _, key := range []string{"from", "to", "frequency", "kind", "area", "source"} {
		part.Head = append(part.Head, f.T("network.input."+key))
	}
	row := func(t *baseline.Tie) registerRow {
		often, kind := "", ""
		if t.Frequency != "" {
			often = f.T("network.frequency." + t.Frequency)
		}
		if t.Kind != "" {
			kind = f.T("network.kind." + t.Kind)
		}
		return registerRow{Name: t.From, Cells: []string{t.To, often, kind, s.areaName(f.Localizer, t.Area), t.Source}}
	}
	for at := range kept {
		t := &kept[at].Entry
		if !s.reaches(user, t.Area) {
			continue
		}
		one := row(t)
		if s.mayConcept(user)(t.Area) {
			one.Links = []waveLink{{Address: networkPath + "/ties/of/" + t.ID + f.Query, Name: f.T("offers.change")}}
		}
		part.Rows = append(part.Rows, one)
	}
	for _, one := range said {
		if !s.reaches(user, one.Area) {
			continue
		}
		for at := range one.Partners {
			part.Rows = append(part.Rows, row(&one.Partners[at]))
		}
	}
	part.Title = f.N("network.ties.found", len(part.Rows))
	part.paged(c, f, networkPath+"/ties")
	page.Parts = []registerPart{part}
	return s.page(c, http.StatusOK, "desk-register", page)
}

// tieEntry is the form of a tie.
func (s *Server) tieEntry(c echo.Context, t *baseline.Tie, revision int) (*entryPage, error) {
	f := s.deskFrame(c, "network.ties.change_title")
	user, _ := visitor(c)
	page := &entryPage{deskFrame: f, Save: f.T("offers.save"), Lost: f.T("network.ties.lost", "from", t.From, "to", t.To),
		Back: waveLink{Address: networkPath + "/ties" + f.Query, Name: f.T("network.ties.back")}}
	if revision == 0 {
		page.Title = f.T("network.ties.add")
	}
	page.Inputs = labelled(f, "network.", []formInput{
		{Name: "from", Kind: lineInput, Value: t.From, Required: true, Limit: baseline.MaxTitle},
		{Name: "to", Kind: lineInput, Value: t.To, Required: true, Limit: baseline.MaxTitle},
		{Name: "frequency", Kind: chooseInput, Options: keyOptions(f.Localizer, "network.frequency.", f.T("offers.unknown"), baseline.Frequencies(), t.Frequency)},
		{Name: "kind", Kind: chooseInput, Options: keyOptions(f.Localizer, "network.kind.", f.T("offers.unknown"), baseline.PartnerKinds(), t.Kind)},
		{Name: "area", Kind: chooseInput, Options: s.conceptAreas(user, f.T("desk.area.all"), t.Area)},
		{Name: "source", Kind: lineInput, Value: t.Source, Limit: 2 * baseline.MaxTitle},
	})
	return page, nil
}

func (s *Server) readTie(_ context.Context, form url.Values, t baseline.Tie) (baseline.Tie, error) {
	t.From, t.To, t.Frequency, t.Kind, t.Area = tidyWords(form.Get("from")), tidyWords(form.Get("to")), form.Get("frequency"), form.Get("kind"), form.Get("area")
	t.Source = tidyWords(form.Get("source"))
	return t, t.Check(s.isArea)
}

// tieImporter imports lists of who works with whom through the column mapper.
func (s *Server) tieImporter() mapper {
	return mapper{
		purpose: "ties", page: networkPath, permission: account.ManageConcept,
		targets: s.tieTargets, choices: s.conceptChoices, plan: s.planTies, apply: s.applyTies,
	}
}

func (s *Server) tieTargets() []tabular.Target {
	return baseline.TieTargets(s.keyChoices("network.frequency.", baseline.Frequencies()), s.keyChoices("network.kind.", baseline.PartnerKinds()), s.areaChoices())
}

func (s *Server) readTieTable(ctx context.Context, user account.User, file *mapperFile) (*baseline.TieImport, map[string]int, int64, error) {
	kept, revision, err := s.desk.Office.Ties(ctx)
	if err != nil {
		return nil, nil, 0, err
	}
	revisions, there := map[string]int{}, make([]baseline.Tie, len(kept))
	for at, one := range kept {
		revisions[one.Entry.ID], there[at] = one.Revision, one.Entry
	}
	read, err := baseline.ReadTieTable(s.tieTargets(), file.Data, file.File, file.Reading, file.Mapping, there, s.mayConcept(user))
	return read, revisions, revision, err
}

func (s *Server) planTies(ctx context.Context, words *i18n.Localizer, user account.User, file *mapperFile) (*mapperPlan, error) {
	read, _, revision, err := s.readTieTable(ctx, user, file)
	if err != nil {
		return nil, err
	}
	say := func(prefix, key string) string {
		if key == "" {
			return words.T("mapper.nothing")
		}
		return words.T(prefix + key)
	}
	plan := &mapperPlan{Revision: revision, Same: read.Same, Findings: read.Findings}
	for _, one := range read.New {
		plan.New = append(plan.New, planRow{Key: one.From + " " + one.To, Title: one.From + " – " + one.To, Detail: say("network.frequency.", one.Frequency) + " · " + s.areaName(words, one.Area)})
	}
	for _, one := range read.Changed {
		change := planChange{Title: one.New.From + " – " + one.New.To}
		if one.Old.Frequency != one.New.Frequency {
			change.Fields = append(change.Fields, planField{words.T("network.input.frequency"), say("network.frequency.", one.Old.Frequency), say("network.frequency.", one.New.Frequency)})
		}
		if one.Old.Kind != one.New.Kind {
			change.Fields = append(change.Fields, planField{words.T("network.input.kind"), say("network.kind.", one.Old.Kind), say("network.kind.", one.New.Kind)})
		}
		if one.Old.Area != one.New.Area {
			change.Fields = append(change.Fields, planField{words.T("network.input.area"), s.areaName(words, one.Old.Area), s.areaName(words, one.New.Area)})
		}
		plan.Changed = append(plan.Changed, change)
	}
	return plan, nil
}

func (s *Server) applyTies(ctx context.Context, user account.User, file *mapperFile, revision int64, _ []string) (string, error) {
	read, revisions, now, err := s.readTieTable(ctx, user, file)
	if err != nil {
		return "", err
	}
	if now != revision {
		return "", failure.New(failure.Conflict, "error.changed_meanwhile")
	}
	var stored []store.Kept[baseline.Tie]
	var areas []string
	for _, one := range read.New {
		stored, areas = append(stored, store.Kept[baseline.Tie]{Entry: one}), append(areas, one.Area)
	}
	for _, one := range read.Changed {
		stored, areas = append(stored, store.Kept[baseline.Tie]{Entry: one.New, Revision: revisions[one.New.ID]}), append(areas, one.New.Area)
	}
	if len(stored) > 0 {
		entry := s.entryFor(user, areas)
		entry.Subject, entry.Effect = file.File, fmt.Sprintf("%d added, %d changed", len(read.New), len(read.Changed))
		if err := s.desk.Office.AddTies(ctx, entry, revision, stored); err != nil {
			return "", err
		}
	}
	return "done=saved", nil
}
