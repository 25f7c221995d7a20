package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
)

type qualityPage struct {
	*waveFrame
	Note     string       // from when the figures are
	Flags    *deskTable   // nil without a release
	Explore  []waveLink   // pages of figures without those who are flagged, and by flags
	Tables   []*deskTable // how people answered
	Returns  string       // address
	OpenLink bool         // anybody can answer, also twice
}

// quality tells of how good the answers of a wave are (METHODS 12): who was much
// quicker than others or gave the same answer throughout, how long people took,
// what they left empty, where they stopped.
func (s *Server) quality(c echo.Context) error {
	v, err := s.returnsView(c)
	if err != nil {
		return err
	}
	ctx, wave := c.Request().Context(), v.wave
	f := s.waveFrame(c, wave, "quality.title")
	v.frame = f
	results, err := s.desk.Office.Results(ctx, wave)
	if err != nil {
		return err
	}
	page := &qualityPage{waveFrame: f, Tables: v.quality(results), OpenLink: !wave.NeedsCode(), Note: f.T("waves.returns.quality_closed")}
	if wave.State != fieldwork.Closed {
		page.Note = f.T("desk.results.open", "k", f.Number(float64(wave.K), 0))
	}
	page.Returns = "/manage/waves/" + wave.Slug + "/returns" + f.Query
	explorer, err := s.desk.Office.Explorer(ctx, wave)
	if err != nil && failure.CodeOf(err) != failure.Forbidden {
		return err
	}
	if explorer != nil {
		page.flags(v, explorer.Flags())
	}
	return s.page(c, http.StatusOK, "desk-quality", page)
}

// flags fills in the table of the flags.
func (p *qualityPage) flags(v *returnsView, figure analysis.Figure) {
	table := &deskTable{ID: "flags", Title: p.T("quality.flags"),
		Head: []string{p.T("quality.flags_head"), p.T("desk.overview.returns"), p.T("waves.returns.share")}}
	hidden, about := false, func(figure string) string { return p.T("charts.about", "figure", figure) }
	for _, cell := range figure.Cells {
		if cell.Count == nil || cell.Share == nil {
			hidden = true
			continue
		}
		width := 100 * *cell.Share
		table.Rows = append(table.Rows, deskRow{Name: p.T("quality.flag." + cell.Name), Bar: &width,
			Cells: []string{about(p.Number(float64(*cell.Count), 0)), about(p.Percent(*cell.Share, 0))}})
	}
	if hidden {
		table.Notes = append(table.Notes, p.T("waves.returns.hidden", "k", p.Number(float64(v.wave.K), 0)))
	}
	if len(table.Rows) > 0 {
		table.Notes = append(table.Notes, p.T("charts.note_about"))
	}
	p.Flags = table
	if v.wave.Version.Element(analysis.VariableQuality) != nil {
		return
	}
	base := "/manage/waves/" + v.wave.Slug + "/explore" + p.Query
	first := firstAsked(v.wave)
	p.Explore = []waveLink{
		{Address: with(with(base, "question", first), "filter", analysis.VariableQuality+":"+analysis.QualityNone), Name: p.T("quality.explore_without")},
		{Address: with(with(base, "question", first), "by", analysis.VariableQuality), Name: p.T("quality.explore_by")},
	}
}
