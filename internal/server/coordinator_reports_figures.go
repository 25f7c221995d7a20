package server

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/report"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// reportPixels is by how much more a picture in a report has pixels than on the
// screen, so that print is sharp.
const reportPixels = 1.5

// exploreParameters are those of an explorer's address that say what is shown.
func exploreParameters() []string { return []string{"question", "by", "filter", "as", "weights"} }

// lookedAt reads an address of the explorer, whole or from its path on: which
// wave, and what is asked of it. failure.Invalid for all others.
func lookedAt(address string) (slug string, asked url.Values, err error) {
	parsed, wrong := url.Parse(strings.TrimSpace(address))
	none := failure.New(failure.Invalid, "error.report_address")
	if wrong != nil {
		return "", nil, none
	}
	slug, found := strings.CutPrefix(parsed.Path, "/manage/waves/")
	slug, rest, cut := strings.Cut(slug, "/")
	if !found || !cut || rest != "explore" || slug == "" {
		return "", nil, none
	}
	asked = url.Values{}
	for _, name := range exploreParameters() {
		for _, value := range parsed.Query()[name] {
			if value != "" {
				asked.Add(name, value)
			}
		}
	}
	return slug, asked, nil
}

// frozen freezes what the explorer shows at an address: a chart with its sentence,
// its table and the facts of its figures. It fails as the explorer does.
func (s *Server) frozen(ctx context.Context, wave *store.LiveWave, asked url.Values, words *i18n.Localizer, id string) (report.Block, error) {
	e, err := s.exploration(ctx, wave, asked, words)
	if err != nil {
		return report.Block{}, err
	}
	if e.section != "" {
		return report.Block{}, failure.New(failure.Invalid, "error.report_section")
	}
	chart := s.exploreChart(e, words, charts.Width(charts.DefaultWidth), charts.WithoutChanceNote())
	chart.ID = "c" + id // the ids in the picture are the report's own
	block, err := s.chartBlock(ctx, chart)
	if err != nil {
		return report.Block{}, err
	}
	block.ID, block.Chart.Caption = id, s.reportCaption(e, chart, words)
	block.Chart.Table.Caption = block.Chart.Caption
	facts, err := s.reportFacts(ctx, wave, words, len(e.query.By)+len(e.query.Filters) > 0 || e.query.Weighted)
	if err != nil {
		return report.Block{}, err
	}
	facts.Base, facts.Filter = reportBase(e, words), s.reportFilter(e, words)
	asked.Set("question", e.element.Name)
	facts.Address = "/manage/waves/" + wave.Slug + "/explore?" + asked.Encode()
	block.Facts = &facts
	return block, nil
}

// chartBlock is a chart as reports keep it, without facts.
func (s *Server) chartBlock(ctx context.Context, chart charts.Chart) (report.Block, error) {
	block := report.Block{Kind: report.ChartBlock, Chart: &report.Chart{Caption: chart.Title, Alt: chart.Summary, Notes: chart.Notes, Table: reportTable(chart.Table)}}
	block.Chart.Table.Caption = chart.Title
	if !chart.Drawn() {
		return block, nil
	}
	var err error
	block.Chart.Width, block.Chart.Height = chart.Width, chart.Height
	block.Chart.SVG, block.Chart.PNG, err = s.desk.Charts.Both(ctx, chart, charts.Light, reportPixels)
	return block, err
}

// reportFacts are what is known of all figures of a wave; released tells that they
// are those of its release, not of the snapshot of a wave that is still answered.
func (s *Server) reportFacts(ctx context.Context, wave *store.LiveWave, words *i18n.Localizer, released bool) (report.Facts, error) {
	today := s.config.Now().Format(time.DateOnly)
	facts := report.Facts{Frozen: today, Day: today, Wave: wave.Slug, WaveTitle: s.reportWave(wave, words)}
	if licence, known := fieldwork.LicenceOf(wave.PublicLicence); known {
		facts.Licence = licence.Name
	}
	if !released && wave.State != fieldwork.Closed {
		return facts, nil
	}
	day, err := s.desk.Office.ReleaseDay(ctx, wave)
	facts.Day, facts.Release = day, max(wave.Release, 1) // a close is a release, numbered or not
	return facts, err
}

// reportWave is what a report calls a wave.
func (s *Server) reportWave(wave *store.LiveWave, words *i18n.Localizer) string {
	return words.T("report.wave", "title", titleOf(wave, words), "area", s.areaName(words, wave.Area))
}

// reportCaption names what a chart shows.
func (s *Server) reportCaption(e *exploration, chart charts.Chart, words *i18n.Localizer) string {
	title := s.elementName(words, e.wave, e.element)
	if e.pairs() {
		title = chart.Title
	}
	if len(e.query.By) == 0 {
		return title
	}
	by := make([]string, len(e.query.By))
	for i, variable := range e.query.By {
		by[i] = s.variableName(words, e.wave, variable)
	}
	return words.T("report.by", "title", title, "by", strings.Join(by, ", "))
}

// reportFilter says of whom the figures are and whether they are weighted.
func (s *Server) reportFilter(e *exploration, words *i18n.Localizer) string {
	var parts []string
	for _, one := range e.query.Filters {
		parts = append(parts, words.T("report.condition", "variable", s.variableName(words, e.wave, one.Variable), "value", s.valueName(words, e.wave, one.Variable, one.Value)))
	}
	if e.query.Weighted {
		parts = append(parts, words.T("report.weighted"))
	}
	return strings.Join(parts, ", ")
}

// reportBase says on how many answers the figure of the question rests; "" for
// several questions at once, which have one each.
func reportBase(e *exploration, words *i18n.Localizer) string {
	figure := e.figure()
	if figure == nil || figure.Base == nil || e.pairs() {
		return ""
	}
	key := "charts.base"
	if figure.Perturbed {
		key = "charts.base_about"
	}
	return words.T(key, "n", words.Number(float64(*figure.Base), 0))
}

// reportTable is the table behind a chart.
func reportTable(t charts.Table) report.Table {
	table := report.Table{Caption: t.Caption, Header: t.Header}
	for _, row := range t.Rows {
		table.Rows = append(table.Rows, append([]string{row.Label}, row.Cells...))
	}
	return table
}

// BuildReport makes a report about a wave from the shipped template, in German or
// English. It fails with Forbidden as long as nothing of the wave is released.
func (s *Server) BuildReport(ctx context.Context, wave *store.LiveWave, language string) (report.Document, error) {
	words := s.config.Catalogue.Localizer(language)
	explorer, err := s.desk.Office.Explorer(ctx, wave)
	if err != nil {
		return report.Document{}, err
	}
	results, err := s.desk.Office.Results(ctx, wave)
	if err != nil {
		return report.Document{}, err
	}
	input := report.Input{Words: words, Subtitle: s.reportWave(wave, words), Mandate: s.reportMandate(wave, results, words),
		Version: wave.Version, Fields: s.desk.Fields, Results: results, Divided: byArea(explorer),
		Name: func(e *survey.Element) string { return s.elementName(words, wave, e) },
		Choice: func(question, choice string) string {
			return s.valueName(words, wave, question, choice)
		},
		Freeze: func(ctx context.Context, ask report.Ask) (report.Block, error) {
			asked := url.Values{"question": {ask.Question}}
			for name, value := range map[string]string{"by": ask.By, "as": ask.As} {
				if value != "" {
					asked.Set(name, value)
				}
			}
			block, err := s.frozen(ctx, wave, asked, words, ask.Question+ask.By+ask.As)
			block.ID = "" // its place in the report gives it one
			return block, err
		}}
	if input.Bases, err = s.reportFacts(ctx, wave, words, false); err != nil {
		return report.Document{}, err
	}
	input.Bases.Address = "/manage/waves/" + wave.Slug + "/results"
	if input.Quotes, err = s.reportQuotes(ctx, wave); err != nil {
		return report.Document{}, err
	}
	if err := s.reportConcept(ctx, wave, words, &input); err != nil {
		return report.Document{}, err
	}
	document, err := report.Build(ctx, input)
	document.Origin = strings.TrimSuffix(s.config.BaseURL, "/")
	document.Sample = wave.Sample
	document.Meta = report.Meta{Author: s.config.Controller.Name, Day: s.config.Now().Format(time.DateOnly), Subject: wave.Purpose}
	return document, err
}

// byArea tells whether a release has figures of more than one area.
func byArea(explorer *analysis.Explorer) bool {
	answer, err := explorer.Query(analysis.Query{By: []string{analysis.VariableArea}})
	return err == nil && len(answer.Groups) > 1
}

// reportMandate is who ordered a survey and how it was done.
func (s *Server) reportMandate(wave *store.LiveWave, results analysis.Results, words *i18n.Localizer) report.Mandate {
	to := wave.Closed
	if to == "" && wave.Until != "" && wave.Until < s.config.Now().Format(time.DateOnly) {
		to = wave.Until
	}
	day := func(iso string) string {
		if iso == "" {
			return ""
		}
		return report.Day(words, iso)
	}
	return report.Mandate{Wave: titleOf(wave, words), Purpose: wave.Purpose, Order: wave.Mandate, Day: day(wave.MandateDay), Reference: wave.MandateReference,
		From: day(wave.Opened), To: day(to), Languages: i18n.NativeNames(offered(wave)), N: results.N, K: results.K, OpenLink: !wave.NeedsCode()}
}

// reportQuotes are the released quotes of a wave as reports show them.
func (s *Server) reportQuotes(ctx context.Context, wave *store.LiveWave) ([]report.Quote, error) {
	released, err := s.desk.Office.ReleasedQuotes(ctx, wave, store.QuoteFilter{})
	if err != nil {
		return nil, err
	}
	quotes := make([]report.Quote, len(released))
	for i, one := range released {
		quotes[i] = reportQuote(one)
	}
	return quotes, nil
}

func reportQuote(one store.ReleasedQuote) report.Quote {
	return report.Quote{Released: one.ID, Question: one.Question, Text: one.Text, Translated: one.Translated, Original: one.Original, Language: one.Language}
}

// reportLanguage is one of those in which reports are written: those of the desk.
func reportLanguage(tag string) string {
	if slices.Contains(deskLanguages(), tag) {
		return tag
	}
	return deskLanguages()[0]
}
