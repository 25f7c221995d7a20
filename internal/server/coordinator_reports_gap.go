package server

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/analysis/gap"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/report"
	"bedarfslotse/internal/store"
)

// reportConcept fills in what a report has beside the answers: the gap matrix and
// the ranking of needs, indicators, offers and measures of the wave's area. Each
// block carries the address of the page that shows the same.
func (s *Server) reportConcept(ctx context.Context, wave *store.LiveWave, words *i18n.Localizer, input *report.Input) error {
	facts, err := s.reportFacts(ctx, wave, words, true)
	if err != nil {
		return err
	}
	frame := &deskFrame{frame: &frame{Localizer: words}}
	if input.Matrices, err = s.reportGaps(ctx, wave, frame, facts); err != nil {
		return err
	}
	if input.Indicators, err = s.reportIndicators(ctx, wave, frame); err != nil {
		return err
	}
	if input.Offers, err = s.reportOffers(ctx, wave, frame); err != nil {
		return err
	}
	input.Measures, err = s.reportMeasures(ctx, wave, frame)
	return err
}

// conceptBlock is the block of figures that the page of an address shows, about the
// report's wave and its area: of a kind, or of any ("").
func (s *Server) conceptBlock(ctx context.Context, address string, kind report.Kind, work *report.Work) (report.Block, error) {
	waves, err := s.wavesByID(ctx)
	if err != nil {
		return report.Block{}, err
	}
	asked, wrong := url.Parse(strings.TrimSpace(address))
	if wave := waves[work.WaveID]; wave != nil && wrong == nil {
		var input report.Input
		if err := s.reportConcept(ctx, wave, s.config.Catalogue.Localizer(work.Language), &input); err != nil {
			return report.Block{}, err
		}
		for _, block := range slices.Concat(input.Matrices, input.Indicators, input.Offers, input.Measures) {
			if block.Facts == nil || kind != "" && block.Kind != kind {
				continue
			}
			own, _ := url.Parse(block.Facts.Address) // it was made here
			if own.Path == asked.Path && own.Query().Get("items") == asked.Query().Get("items") {
				return block, nil
			}
		}
	}
	return report.Block{}, failure.New(failure.Invalid, "error.report_nothing_left")
}

// reportGaps are a matrix for each kind of item that the wave has, and the ranking
// of its needs.
func (s *Server) reportGaps(ctx context.Context, wave *store.LiveWave, f *deskFrame, facts report.Facts) (blocks []report.Block, err error) {
	for _, yesNo := range []bool{false, true} {
		if !asksNeeds(wave, yesNo) {
			continue
		}
		asked := &gapAsked{waves: []*store.LiveWave{wave}, by: analysis.VariableArea,
			query: store.GapQuery{Settings: gap.Defaults(), By: analysis.VariableArea, YesNo: yesNo}}
		matrix, err := s.desk.Office.Gap(ctx, asked.waves, asked.query, s.today(), s.desk.Areas, nil)
		if err != nil {
			return nil, err
		}
		w := &gapWords{Server: s, frame: f, asked: asked, matrix: matrix}
		here := facts
		here.Address = asked.address(gapPath, "")
		block := report.Block{Kind: report.MatrixBlock, Matrix: w.reported(), Facts: &here}
		blocks = append(blocks, report.Block{Kind: report.Prose, Text: w.lead()}, block)
		if yesNo {
			continue
		}
		ranking, err := s.reportRanking(ctx, asked, f, facts)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, ranking...)
	}
	return blocks, nil
}

// reported is the matrix as reports print it.
func (w *gapWords) reported() *report.Matrix {
	m := &report.Matrix{Caption: w.frame.T("gap.chart"), Corner: w.frame.T("gap.field"), Notes: append([]string{w.frame.T("gap.settings", w.limits()...)}, w.notes()...)}
	tones := map[gap.Status]report.Tone{gap.Gap: report.Urgent, gap.NotReached: report.Warning, gap.LowNeed: report.Mild, gap.Overlap: report.Mild,
		gap.Covered: report.Good, gap.Unclear: report.Unclear}
	for j := range w.matrix.Columns {
		m.Columns = append(m.Columns, w.column(j))
	}
	for i, field := range w.matrix.Fields {
		row := report.MatrixRow{Label: w.fieldName(w.words(), field)}
		for j := range w.matrix.Columns {
			cell := &w.matrix.Cells[i][j]
			row.Cells = append(row.Cells, report.Cell{Word: w.status(cell), Figure: w.figures(cell), Tone: tones[cell.Status]})
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

// reportRanking is the chart of needs.
func (s *Server) reportRanking(ctx context.Context, asked *gapAsked, f *deskFrame, facts report.Facts) ([]report.Block, error) {
	n := &needsAsked{gapAsked: asked, wave: asked.waves[0], index: analysis.IndexMWDS, lines: gap.Absolute}
	if err := n.compute(ctx, s); err != nil {
		return nil, err
	}
	if len(n.items) == 0 {
		return nil, nil
	}
	words := &needsWords{s, f, n}
	chart := charts.BuildRanking(words.ranking(), f.Localizer, charts.Width(charts.DefaultWidth))
	block, err := s.chartBlock(ctx, chart)
	if err != nil {
		return nil, err
	}
	facts.Address = asked.address(needsPath, "")
	block.Facts = &facts
	return []report.Block{{Kind: report.Prose, Text: words.lead(), Short: true}, block}, nil
}

// reportIndicators is one table of the area's indicators.
func (s *Server) reportIndicators(ctx context.Context, wave *store.LiveWave, f *deskFrame) ([]report.Block, error) {
	book, err := s.desk.Office.Indicators(ctx, s.desk.Areas)
	if err != nil {
		return nil, err
	}
	tones := map[baseline.State]report.Tone{baseline.Reached: report.Good, baseline.OnCourse: report.Good, baseline.Behind: report.Warning,
		baseline.Missed: report.Urgent, baseline.Reversed: report.Urgent}
	var list []report.Indicator
	areas := []string{wave.Area}
	if wave.Area == "" {
		areas = nil
		for _, one := range s.desk.Areas.Roots() {
			areas = append(areas, one.Key)
		}
	}
	for _, area := range areas {
		for _, fact := range book.InField("", area, s.today()) {
			if !fact.Series.Public || fact.Latest == nil {
				continue // a report is read outside the area
			}
			row := s.indicatorRow(f.Localizer, fact, "")
			one := report.Indicator{Label: row.Name, Actual: strings.TrimSpace(row.Value + " (" + row.Day + ")"), Tone: tones[fact.Judgement.State]}
			if len(areas) > 1 {
				one.Label = s.areaName(f.Localizer, area) + ": " + one.Label
			}
			if row.Goal != "" {
				one.Target = row.Goal + " (" + row.Due + ")"
			}
			if row.Status != nil {
				one.Status = row.Status.Word
			}
			if source, known := book.Sources[fact.Latest.Source]; known {
				one.Source = strings.Join(nonEmpty(source.Title, source.Publisher, source.Licence), ", ")
			}
			list = append(list, one)
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	facts := report.Facts{Frozen: s.today(), Day: s.today(), Address: indicatorPages, Wave: wave.Slug}
	return []report.Block{{Kind: report.IndicatorList, Indicators: list, Facts: &facts}}, nil
}

func nonEmpty(texts ...string) (kept []string) {
	for _, text := range texts {
		if text != "" {
			kept = append(kept, text)
		}
	}
	return kept
}

// reportOffers is one table of the offers that run in the wave's area, and one of
// those that end soon.
func (s *Server) reportOffers(ctx context.Context, wave *store.LiveWave, f *deskFrame) ([]report.Block, error) {
	offers, err := s.desk.Office.OffersOn(ctx, s.today())
	if err != nil {
		return nil, err
	}
	table := report.Table{Caption: f.T("gap.offers_title"), Header: []string{f.T("report.offer"), f.T("report.provider"), f.T("gap.field"), f.T("report.places"), f.T("report.until")}}
	for at := range offers {
		one := &offers[at]
		if !one.Running(s.today()) || !one.In(wave.Area, s.desk.Areas.Contains) {
			continue
		}
		fields := make([]string, len(one.Fields))
		for i, field := range one.Fields {
			fields[i] = s.fieldName(f.Localizer, field)
		}
		places, until := f.T("gap.places_unknown"), "–"
		if one.Places != nil {
			places = f.Number(float64(*one.Places), 0)
		}
		if last := one.LastDay(); last != "" {
			until = f.Date(last)
		}
		if one.EndingSoon(s.today()) {
			until = f.T("report.ending_soon", "day", until)
		}
		table.Rows = append(table.Rows, []string{one.Title, one.Provider, strings.Join(fields, ", "), places, until})
	}
	if len(table.Rows) == 0 {
		return nil, nil
	}
	facts := report.Facts{Frozen: s.today(), Day: s.today(), Address: offersPath, Wave: wave.Slug}
	return []report.Block{{Kind: report.TableBlock, Table: &table, Facts: &facts}}, nil
}

// reportMeasures is one table of the measures in the wave's area.
func (s *Server) reportMeasures(ctx context.Context, wave *store.LiveWave, f *deskFrame) ([]report.Block, error) {
	kept, err := s.desk.Office.Measures(ctx)
	if err != nil {
		return nil, err
	}
	table := report.Table{Caption: f.T("measures.title"), Header: []string{f.T("report.measure"), f.T("gap.field"), f.T("report.responsible"), f.T("report.due"), f.T("gap.status")}}
	for _, one := range kept {
		m := one.Entry
		if wave.Area != "" && m.Area != "" && !s.desk.Areas.Contains(wave.Area, m.Area) && !s.desk.Areas.Contains(m.Area, wave.Area) {
			continue
		}
		due := "–"
		if m.Due != "" {
			due = f.Date(m.Due)
		}
		table.Rows = append(table.Rows, []string{m.Title, s.fieldName(f.Localizer, m.Field), m.Responsible, due, f.T("measures.status." + string(m.Status))})
	}
	if len(table.Rows) == 0 {
		return nil, nil
	}
	facts := report.Facts{Frozen: s.today(), Day: s.today(), Address: measuresPath, Wave: wave.Slug}
	return []report.Block{{Kind: report.TableBlock, Table: &table, Facts: &facts}}, nil
}
