package server

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/tabular"
)

// institutionImporter imports institutions through the column mapper.
func (s *Server) institutionImporter() mapper {
	return mapper{
		purpose: "institutions", page: "/manage/institutions", permission: account.ManagePlaces,
		targets: func() []tabular.Target { return s.institutionReader().Targets() },
		choices: s.placeChoices, plan: s.planInstitutions, apply: s.applyInstitutions,
	}
}

func (s *Server) institutionReader() fieldwork.InstitutionReader {
	return fieldwork.InstitutionReader{Areas: s.desk.Areas, Types: s.desk.Types, OnlyOurAreas: true}
}

// placeChoices offers types, and the areas that somebody manages.
func (s *Server) placeChoices(_ *i18n.Localizer, user account.User, target tabular.Target) []option {
	var list []option
	may := s.mayPlaces(user)
	for _, one := range target.Choices {
		switch {
		case target.Kind != tabular.AreaValue:
			list = append(list, option{Value: one.Key, Label: one.Label})
		case may(one.Key):
			area, _ := s.desk.Areas.Get(one.Key)
			list = append(list, option{Value: one.Key, Label: s.areaPath(area)})
		}
	}
	return list
}

// comparison reads the file and compares it with the register.
func (s *Server) comparison(ctx context.Context, user account.User, file *mapperFile) (*fieldwork.InstitutionImport, fieldwork.RegisterChanges, int64, error) {
	read, err := s.institutionReader().Take(file.Data, file.File, file.Reading, file.Mapping)
	if err != nil {
		return nil, fieldwork.RegisterChanges{}, 0, err
	}
	register, revision, err := s.desk.Office.Register(ctx)
	if err != nil {
		return nil, fieldwork.RegisterChanges{}, 0, err
	}
	return read, read.Against(register, s.desk.Areas, s.mayPlaces(user)), revision, nil
}

func (s *Server) planInstitutions(ctx context.Context, words *i18n.Localizer, user account.User, file *mapperFile) (*mapperPlan, error) {
	read, changes, revision, err := s.comparison(ctx, user, file)
	if err != nil {
		return nil, err
	}
	plan := &mapperPlan{Revision: revision, Same: changes.Same, Outside: read.Outside, Merged: read.Merged, Findings: read.Findings, Tick: words.T("mapper.institutions.tick")}
	row := func(one fieldwork.Institution) planRow {
		detail := slices.DeleteFunc([]string{one.Number, one.TypeLabel, s.areaInWords(words, one.Area)}, func(text string) bool { return text == "" })
		return planRow{Key: one.Number, Title: one.Name, Detail: strings.Join(detail, " · ")}
	}
	for _, one := range changes.New {
		plan.New = append(plan.New, row(one))
	}
	for _, one := range changes.Absent {
		plan.Absent = append(plan.Absent, row(one))
	}
	for _, one := range changes.Changed {
		change := planChange{Title: words.T("mapper.title", "name", one.New.Name, "key", one.New.Number)}
		for _, field := range one.Fields {
			change.Fields = append(change.Fields, s.fieldInWords(words, field))
		}
		plan.Changed = append(plan.Changed, change)
	}
	for _, one := range changes.Refused {
		plan.Findings = append(plan.Findings, one.Finding(file.File, s.areaInWords(words, one.Where)))
	}
	return plan, nil
}

func (s *Server) fieldInWords(words *i18n.Localizer, change fieldwork.FieldChange) planField {
	show := func(value string) string {
		switch {
		case value == "" && change.Field == fieldwork.FieldClosed:
			return words.T("places.open")
		case value == "":
			return words.T("mapper.nothing")
		case change.Field == fieldwork.FieldArea:
			return s.areaInWords(words, value)
		case change.Field == fieldwork.FieldClosed:
			return words.T("places.closed_since", "day", (&frame{Localizer: words}).Date(value))
		}
		return value
	}
	return planField{Label: words.T("places.field." + change.Field), Old: show(change.Old), New: show(change.New)}
}

func (s *Server) applyInstitutions(ctx context.Context, user account.User, file *mapperFile, revision int64, ticked []string) (string, error) {
	_, changes, now, err := s.comparison(ctx, user, file)
	if err != nil {
		return "", err
	}
	if now != revision {
		return "", failure.New(failure.Conflict, "error.changed_meanwhile")
	}
	closing := map[string]bool{}
	for _, number := range ticked {
		closing[number] = true
	}
	stored := changes.Stored(closing, s.config.Now().Format("2006-01-02"))
	closed := len(stored) - len(changes.New) - len(changes.Changed)
	if len(stored) > 0 {
		entry := account.Entry{Actor: user.Name, Action: account.RegisterImported, Subject: file.File,
			Area: fieldwork.CommonArea(stored, s.desk.Areas), Effect: changes.Summary(closed)}
		if err := s.desk.Office.ChangeRegister(ctx, entry, revision, stored); err != nil {
			return "", err
		}
	}
	return doneQuery(len(changes.New), len(changes.Changed), closed), nil
}

// doneQuery tells the next page what was done; see doneWords.
func doneQuery(added, changed, closed int) string {
	query := url.Values{}
	for name, count := range map[string]int{"added": added, "changed": changed, "closed_now": closed} {
		if count > 0 || name == "added" && changed+closed == 0 {
			query.Set(name, strconv.Itoa(count))
		}
	}
	return query.Encode()
}

// areaImporter imports areas through the column mapper.
func (s *Server) areaImporter() mapper {
	return mapper{
		purpose: "areas", page: "/manage/areas", permission: account.ManagePlaces,
		targets: func() []tabular.Target { return catalogue.AreaTargets(s.desk.Areas) },
		choices: s.placeChoices, plan: s.planAreas, apply: s.applyAreas,
	}
}

func (s *Server) areaTable(user account.User, file *mapperFile) (*catalogue.AreaImport, error) {
	return catalogue.ReadAreaTable(s.desk.Areas, file.Data, file.File, file.Reading, file.Mapping, s.mayPlaces(user))
}

func (s *Server) planAreas(ctx context.Context, words *i18n.Localizer, user account.User, file *mapperFile) (*mapperPlan, error) {
	revision, err := s.readAreas(ctx)
	if err != nil {
		return nil, err
	}
	read, err := s.areaTable(user, file)
	if err != nil {
		return nil, err
	}
	plan := &mapperPlan{Revision: revision, Same: read.Same, Findings: read.Findings}
	for _, one := range read.New {
		parent, _ := s.desk.Areas.Get(one.Parent)
		plan.New = append(plan.New, planRow{Key: one.Key, Title: one.Name, Detail: words.T("places.level."+string(one.Level)) + " · " + s.areaPath(parent)})
	}
	for _, one := range read.Renamed {
		plan.Changed = append(plan.Changed, planChange{Title: words.T("mapper.title", "name", one.Old.Name, "key", one.Old.Key),
			Fields: []planField{{words.T("places.area.name"), one.Old.Name, one.New.Name}}})
	}
	return plan, nil
}

func (s *Server) applyAreas(ctx context.Context, user account.User, file *mapperFile, revision int64, _ []string) (string, error) {
	now, err := s.readAreas(ctx)
	if err != nil {
		return "", err
	}
	if now != revision {
		return "", failure.New(failure.Conflict, "error.changed_meanwhile")
	}
	read, err := s.areaTable(user, file)
	if err != nil {
		return "", err
	}
	changed := read.Changed()
	if len(changed) > 0 {
		parents := make([]string, len(changed))
		for at, one := range changed {
			parents[at] = one.Parent
		}
		entry := account.Entry{Actor: user.Name, Action: account.AreasImported, Subject: file.File, Area: s.desk.Areas.Common(parents),
			Effect: fmt.Sprintf("%d added, %d renamed", len(read.New), len(read.Renamed))}
		if err := s.desk.Office.PutAreas(ctx, entry, revision, changed, s.checkAreas); err != nil {
			return "", err
		}
	}
	if _, err := s.readAreas(ctx); err != nil {
		return "", err
	}
	return doneQuery(len(read.New), len(read.Renamed), 0), nil
}
