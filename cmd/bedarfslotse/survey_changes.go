package main

import (
	"context"
	"fmt"
	"strings"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// compareWithAnswered tells what changed since the latest wave with responses
// or figures, and refuses a survey under which the answers of any wave could not be read
// any more: the figures of a name stand side by side over the years.
func (p *program) compareWithAnswered(ctx context.Context, db *store.DB, version *survey.Version, file string) error {
	answered, err := db.AnsweredSurveys(ctx, version.ID)
	if err != nil {
		return err
	}
	var found failure.Findings
	told := map[string]bool{}
	for i, earlier := range answered {
		changes := survey.Compare(earlier.Version, version)
		if i == 0 && len(changes) > 0 {
			p.printChanges(earlier, changes)
		}
		for _, one := range changes.Breaking() {
			if told[one.Name] {
				continue
			}
			told[one.Name] = true
			at := version.Element(one.Name).Place("type")
			found = append(found, failure.Finding{
				Severity: failure.Fatal, Key: "survey.type_changed", File: file, Line: at.Line, Column: at.Column,
				Params: failure.Params{"name": one.Name, "before": one.Before, "after": one.After, "wave": earlier.Slug},
			})
		}
	}
	if len(found) > 0 {
		return found
	}
	return nil
}

func (p *program) printChanges(earlier store.Answered, changes survey.Changes) {
	fmt.Fprintln(p.stderr, p.words.N("command.changes", len(changes), "slug", earlier.Slug, "version", earlier.Version.Version))
	for _, one := range changes {
		kind := string(one.Kind)
		if one.Kind == survey.Rechosen { // one sentence each for a choice that came, went, or counts differently
			switch {
			case one.Before == "":
				kind = "choice_added"
			case one.After == "":
				kind = "choice_removed"
			}
		}
		fmt.Fprintf(p.stderr, "  %s\n", p.words.T("command.change."+kind, "name", one.Name, "what", one.What,
			"languages", strings.Join(one.Languages, ", "), "before", one.Before, "after", one.After))
	}
}
