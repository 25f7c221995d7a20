package server

import (
	"context"
	"fmt"
	"slices"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/tabular"
)

// indicatorImporter imports figures through the column mapper.
func (s *Server) indicatorImporter() mapper {
	return mapper{
		purpose: "indicators", page: indicatorPages, permission: account.ManageConcept,
		load: func(ctx context.Context) ([]tabular.Target, error) {
			book, err := s.desk.Office.Indicators(ctx, s.desk.Areas)
			if err != nil {
				return nil, err
			}
			return s.indicatorReader(account.User{}, book).Targets(), nil
		},
		choices: s.indicatorChoices, plan: s.planFigures, apply: s.applyFigures,
	}
}

func (s *Server) indicatorReader(user account.User, book *baseline.Book) baseline.IndicatorReader {
	r := baseline.IndicatorReader{Areas: s.desk.Areas, May: s.mayConcept(user)}
	for _, one := range book.Series {
		r.Indicators = append(r.Indicators, one.Indicator)
	}
	return r
}

// indicatorChoices offers what texts of a table can mean, in the reader's words,
// and of areas those that they may bring figures of.
func (s *Server) indicatorChoices(words *i18n.Localizer, user account.User, target tabular.Target) []option {
	var list []option
	may := s.mayConcept(user)
	for _, one := range target.Choices {
		label := one.Label
		switch target.Key {
		case baseline.FieldUnit:
			label = words.T("indicators.unit." + one.Key)
		case baseline.FieldDecimal:
			label = words.T("indicators.decimal." + one.Key)
		case baseline.FieldArea:
			area, _ := s.desk.Areas.Get(one.Key)
			if label = s.areaPath(area); !may(one.Key) {
				continue
			}
		}
		list = append(list, option{Value: one.Key, Label: label})
	}
	return list
}

// figuresPlan is a file beside what is stored.
type figuresPlan struct {
	book           *baseline.Book
	read           *baseline.IndicatorImport
	fresh, changed []baseline.ImportedValue
	before         map[[3]string]baseline.Value
	same           int
}

func (s *Server) compareFigures(ctx context.Context, user account.User, file *mapperFile) (*figuresPlan, error) {
	book, err := s.desk.Office.Indicators(ctx, s.desk.Areas)
	if err != nil {
		return nil, err
	}
	read, err := s.indicatorReader(user, book).Take(file.Data, file.File, file.Reading, file.Mapping)
	if err != nil {
		return nil, err
	}
	p := &figuresPlan{book: book, read: read, before: map[[3]string]baseline.Value{}}
	for at := range book.Series {
		for _, v := range book.Series[at].Values {
			p.before[[3]string{book.Series[at].Key, v.Area, v.Period}] = v
		}
	}
	for _, one := range read.Values {
		old, known := p.before[[3]string{one.Indicator, one.Area, one.Period}]
		switch {
		case !known:
			p.fresh = append(p.fresh, one)
		case !old.Hidden && baseline.SameValue(old, one.Value):
			p.same++
		default:
			p.changed = append(p.changed, one)
		}
	}
	return p, nil
}

// merged returns an indicator's values as they will be.
func (p *figuresPlan) merged(key string) []baseline.Value {
	var values []baseline.Value
	for _, one := range append(slices.Clone(p.fresh), p.changed...) {
		if one.Indicator == key {
			values = append(values, one.Value)
		}
	}
	for _, v := range p.book.Find(key).Values {
		if !slices.ContainsFunc(values, func(next baseline.Value) bool { return next.Area == v.Area && next.Period == v.Period }) {
			values = append(values, v)
		}
	}
	return values
}

func (s *Server) planFigures(ctx context.Context, words *i18n.Localizer, user account.User, file *mapperFile) (*mapperPlan, error) {
	p, err := s.compareFigures(ctx, user, file)
	if err != nil {
		return nil, err
	}
	plan := &mapperPlan{Revision: p.book.Revision, Same: p.same, Outside: p.read.Outside, Merged: p.read.Merged, Findings: p.read.Findings}
	f := &frame{Localizer: words}
	told := func(of baseline.Indicator, v baseline.Value) string {
		text := valueWords(words, of.Unit, v)
		if base := baseWords(words, v); base != "" {
			text += " (" + base + ")"
		}
		return words.T("indicators.on_day", "value", text, "day", f.Date(v.Day))
	}
	touched := map[string]bool{}
	for _, one := range p.fresh {
		of := p.book.Find(one.Indicator).Indicator
		touched[of.Key] = true
		plan.New = append(plan.New, planRow{Key: of.Key + " " + one.Area + " " + one.Period,
			Title:  of.Name(words.Language()) + " · " + s.areaName(words, one.Area) + " · " + one.Period,
			Detail: told(of, one.Value)})
	}
	for _, one := range p.changed {
		of := p.book.Find(one.Indicator).Indicator
		touched[of.Key] = true
		plan.Changed = append(plan.Changed, planChange{Title: of.Name(words.Language()) + " · " + s.areaName(words, one.Area),
			Fields: []planField{{one.Period, told(of, p.before[[3]string{one.Indicator, one.Area, one.Period}]), told(of, one.Value)}}})
	}
	for at := range p.book.Series {
		if of := p.book.Series[at].Indicator; touched[of.Key] {
			plan.Findings = append(plan.Findings, s.totalFindings(words, of, p.merged(of.Key))...)
		}
	}
	return plan, nil
}

func (s *Server) applyFigures(ctx context.Context, user account.User, file *mapperFile, revision int64, _ []string) (string, error) {
	p, err := s.compareFigures(ctx, user, file)
	if err != nil {
		return "", err
	}
	if p.book.Revision != revision {
		return "", failure.New(failure.Conflict, "error.changed_meanwhile")
	}
	var figures []store.Figure
	var areas []string
	for _, one := range append(slices.Clone(p.fresh), p.changed...) {
		figures = append(figures, store.Figure{Indicator: one.Indicator, Value: one.Value})
		areas = append(areas, one.Area)
	}
	if len(figures) > 0 {
		entry := account.Entry{Actor: user.Name, Action: account.FiguresImported, Subject: file.File, Area: s.desk.Areas.Common(areas),
			Effect: fmt.Sprintf("%d added, %d changed, sha256 %s", len(p.fresh), len(p.changed), p.read.Source.SHA256)}
		if err := s.desk.Office.PutFigures(ctx, entry, revision, p.read.Source, figures); err != nil {
			return "", err
		}
	}
	return doneQuery(len(p.fresh), len(p.changed), 0), nil
}

func areaKeys(list []catalogue.Area) []string {
	keys := make([]string, len(list))
	for at, one := range list {
		keys[at] = one.Key
	}
	return keys
}
