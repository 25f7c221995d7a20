package server

import (
	"context"
	"errors"
	"strings"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// judgement is what is to be said about one state of a working copy. Reviewing a
// large survey takes a moment: it is kept until the next change.
type judgement struct {
	revision int64
	version  *survey.Version // as far as the survey can be understood
	usable   bool
	findings failure.Findings
	// owners are the names of the questions that findings are about, or
	// "list "+name for those about choices, "" for the whole.
	owners []string
}

// mostJudged is how many judgements are kept.
const mostJudged = 50

// judge tells what is to be said about a working copy.
func (s *Server) judge(ctx context.Context, w *store.Working) (judgement, error) {
	shop := s.desk.workshop
	shop.mu.Lock()
	known, ok := shop.judged[w.ID]
	shop.mu.Unlock()
	if ok && known.revision == w.Revision {
		return known, nil
	}
	made := judgeSurvey(w.Survey, s.known())
	made.revision = w.Revision
	answered, err := s.answeredBefore(ctx, w.SurveyID)
	if err != nil {
		return made, err
	}
	for _, one := range brokenBy(answered, made.version) {
		made.findings = append(failure.Findings{one}, made.findings...)
		name, _ := one.Params["name"].(string)
		made.owners = append([]string{name}, made.owners...)
	}
	shop.mu.Lock()
	if len(shop.judged) >= mostJudged {
		clear(shop.judged)
	}
	shop.judged[w.ID] = made
	shop.mu.Unlock()
	return made, nil
}

// judgeSurvey compiles, checks and reviews a survey. The survey's nodes and
// choices are given places, by which findings are told apart.
func judgeSurvey(of *survey.Survey, known survey.Known) judgement {
	names := number(of)
	version, findings := survey.Outline(of)
	made := judgement{version: version, usable: !findings.Fatal()}
	if made.usable {
		findings = append(findings, survey.Check(version, known)...)
		findings = append(findings, survey.Review(version).Findings...)
	}
	for _, severity := range []failure.Severity{failure.Fatal, failure.Warning, failure.Hint} {
		for _, one := range findings {
			if one.Severity == severity {
				made.findings = append(made.findings, one)
				made.owners = append(made.owners, names[one.Sheet][one.Line])
			}
		}
	}
	return made
}

// number gives all nodes and choices of a survey places of their own and returns
// what is there, by sheet and line.
func number(of *survey.Survey) map[string]map[int]string {
	names := map[string]map[int]string{"questions": {}, "choices": {}}
	line := 0
	of.Walk(func(node *survey.Node) bool {
		line++
		node.Position, node.Places = survey.Position{Sheet: "questions", Line: line}, nil
		names["questions"][line] = node.Name
		return true
	})
	line = 0
	for _, list := range of.Choices {
		line++
		list.Position = survey.Position{Sheet: "choices", Line: line}
		names["choices"][line] = "list " + list.Name
		for _, choice := range list.Choices {
			line++
			choice.Position = survey.Position{Sheet: "choices", Line: line}
			names["choices"][line] = "list " + list.Name
		}
	}
	return names
}

// answeredBefore returns the contents of a survey under which answers lie.
func (s *Server) answeredBefore(ctx context.Context, id string) ([]store.Answered, error) {
	waves, err := s.desk.Office.Waves(ctx)
	if err != nil {
		return nil, err
	}
	for _, wave := range waves {
		if wave.SurveyID == id {
			return s.desk.Office.AnsweredSurveys(ctx, id)
		}
	}
	return nil, nil
}

// brokenBy tells under which names answers that were given could no longer be
// read beside new ones.
func brokenBy(answered []store.Answered, version *survey.Version) failure.Findings {
	var found failure.Findings
	told := map[string]bool{}
	for _, earlier := range answered {
		for _, one := range survey.Compare(earlier.Version, version).Breaking() {
			if !told[one.Name] {
				told[one.Name] = true
				found = append(found, failure.Finding{Severity: failure.Fatal, Key: "survey.type_changed",
					Params: failure.Params{"name": one.Name, "before": one.Before, "after": one.After, "wave": earlier.Slug}})
			}
		}
	}
	return found
}

// findingLine is one finding in the reader's language.
type findingLine struct {
	Severity, Word string
	Text, Cure     string
	Place          string // in a file, "" for none
	// Owner is the question that it is about, List the choice list; both "" for
	// the survey as a whole.
	Owner, List string
}

// findingLines says findings to people; owners may be nil.
func findingLines(words *i18n.Localizer, findings failure.Findings, owners []string) []findingLine {
	lines := make([]findingLine, len(findings))
	for at, one := range findings {
		line := &lines[at]
		line.Severity, line.Word = string(one.Severity), words.T("workshop.severity."+string(one.Severity))
		line.Text = say(words, "finding."+one.Key, one.Params)
		if cure := say(words, "finding."+one.Key+".cure", one.Params); cure != "finding."+one.Key+".cure" {
			line.Cure = cure
		}
		if owners != nil {
			line.Owner = owners[at]
			if list, isList := strings.CutPrefix(line.Owner, "list "); isList {
				line.Owner, line.List = "", list
			}
			continue
		}
		switch {
		case one.Line > 0 && one.Sheet != "":
			line.Place = words.T("workshop.finding.row", "sheet", one.Sheet, "row", one.Line)
		case one.Line > 0:
			line.Place = words.T("workshop.finding.line", "line", one.Line)
		}
	}
	return lines
}

func asError[T error](err error, target *T) bool { return errors.As(err, target) }
