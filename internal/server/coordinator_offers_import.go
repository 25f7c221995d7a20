package server

import (
	"context"
	"fmt"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/tabular"
)

// offerImporter imports offers through the column mapper.
func (s *Server) offerImporter() mapper {
	return mapper{
		purpose: "offers", page: offersPath, permission: account.ManageConcept,
		targets: s.offerTargets, choices: s.conceptChoices, plan: s.planOffers, apply: s.applyOffers,
	}
}

func (s *Server) offerTargets() []tabular.Target { return baseline.OfferTargets(s.offerTableWords()) }

// offerTableWords are what tables of offers may call things, in the languages of
// the desk.
func (s *Server) offerTableWords() baseline.OfferWords {
	var fields []tabular.Choice
	for _, key := range s.fieldKeys() {
		fields = append(fields, s.choiceIn(key, func(words *i18n.Localizer) string { return s.fieldName(words, key) }))
	}
	statuses := make([]string, 0, len(baseline.OfferStatuses()))
	for _, one := range baseline.OfferStatuses() {
		statuses = append(statuses, string(one))
	}
	return baseline.OfferWords{Fields: fields, Areas: s.areaChoices(),
		Audiences: s.keyChoices("offers.audience.", baseline.Audiences()), Languages: s.keyChoices("offers.language.", baseline.OfferLanguages()),
		Costs: s.keyChoices("offers.cost.", baseline.Costs()), Statuses: s.keyChoices("offers.status.", statuses), Fundings: s.keyChoices("offers.funding.", baseline.Fundings())}
}

// choiceIn is a choice with its names in the languages of the desk.
func (s *Server) choiceIn(key string, name func(*i18n.Localizer) string) tabular.Choice {
	one := tabular.Choice{Key: key}
	for _, language := range deskLanguages() {
		if text := name(s.config.Catalogue.Localizer(language)); one.Label == "" {
			one.Label = text
		} else {
			one.Synonyms = append(one.Synonyms, text)
		}
	}
	return one
}

func (s *Server) keyChoices(prefix string, keys []string) (list []tabular.Choice) {
	for _, key := range keys {
		list = append(list, s.choiceIn(key, func(words *i18n.Localizer) string { return words.T(prefix + key) }))
	}
	return list
}

// areaChoices are all areas with their official keys.
func (s *Server) areaChoices() (list []tabular.Choice) {
	for _, one := range s.desk.Areas.All() {
		choice := tabular.Choice{Key: one.Key, Label: one.Name}
		if one.AGS != "" {
			choice.Synonyms = []string{one.AGS}
		}
		list = append(list, choice)
	}
	return list
}

// conceptChoices offers what texts can mean: of areas those for which somebody may
// change entries.
func (s *Server) conceptChoices(_ *i18n.Localizer, user account.User, target tabular.Target) []option {
	areas := target.Key == "areas" || target.Key == "area"
	var list []option
	for _, one := range target.Choices {
		if !areas || s.mayConcept(user)(one.Key) {
			list = append(list, option{Value: one.Key, Label: one.Label})
		}
	}
	return list
}

func (s *Server) readOfferTable(ctx context.Context, user account.User, file *mapperFile) (*baseline.OfferImport, map[string]int, int64, error) {
	all, revision, err := s.desk.Office.Offers(ctx)
	if err != nil {
		return nil, nil, 0, err
	}
	revisions := map[string]int{}
	for _, one := range all {
		revisions[one.Entry.ID] = one.Revision
	}
	read, err := baseline.ReadOfferTable(s.offerTableWords(), file.Data, file.File, file.Reading, file.Mapping, offersOf(all),
		func(areas []string) bool { return s.changes(user, areas) })
	return read, revisions, revision, err
}

func (s *Server) planOffers(ctx context.Context, words *i18n.Localizer, user account.User, file *mapperFile) (*mapperPlan, error) {
	read, _, revision, err := s.readOfferTable(ctx, user, file)
	if err != nil {
		return nil, err
	}
	f := &deskFrame{frame: &frame{Localizer: words}}
	plan := &mapperPlan{Revision: revision, Same: read.Same, Findings: read.Findings}
	for at := range read.New {
		one := &read.New[at]
		plan.New = append(plan.New, planRow{Key: one.Title, Title: one.Title, Detail: one.Provider + " · " + s.offerWords(f, one).Areas})
	}
	for at := range read.Changed {
		one := &read.Changed[at]
		change := planChange{Title: words.T("mapper.title", "name", one.New.Title, "key", one.New.Provider)}
		for _, input := range baseline.DifferentIn(&one.Old, &one.New) {
			change.Fields = append(change.Fields, planField{words.T("offers.input." + input), s.offerInput(f, &one.Old, input), s.offerInput(f, &one.New, input)})
		}
		plan.Changed = append(plan.Changed, change)
	}
	return plan, nil
}

// offerInput is what an offer says under the name of an input, in words.
func (s *Server) offerInput(f *deskFrame, o *baseline.Offer, input string) string {
	switch input {
	case "title":
		return o.Title
	case "age_from", "age_to":
		input = "ages"
	}
	label := f.T("offers.input." + input)
	for _, one := range s.offerFacts(f, o) {
		if one.Label == label {
			return one.Text
		}
	}
	return f.T("mapper.nothing")
}

func (s *Server) applyOffers(ctx context.Context, user account.User, file *mapperFile, revision int64, _ []string) (string, error) {
	read, revisions, now, err := s.readOfferTable(ctx, user, file)
	if err != nil {
		return "", err
	}
	if now != revision {
		return "", failure.New(failure.Conflict, "error.changed_meanwhile")
	}
	var stored []store.Kept[baseline.Offer]
	var areas []string
	for _, one := range read.New {
		stored = append(stored, store.Kept[baseline.Offer]{Entry: one})
		areas = append(areas, one.Areas...)
	}
	for _, one := range read.Changed {
		stored = append(stored, store.Kept[baseline.Offer]{Entry: one.New, Revision: revisions[one.New.ID]})
		areas = append(areas, one.New.Areas...)
	}
	if len(stored) > 0 {
		entry := s.entryFor(user, areas)
		entry.Subject, entry.Effect = file.File, fmt.Sprintf("%d added, %d changed", len(read.New), len(read.Changed))
		if err := s.desk.Office.AddOffers(ctx, entry, revision, stored); err != nil {
			return "", err
		}
	}
	return "done=saved", nil
}
