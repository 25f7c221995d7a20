package server

import (
	"html/template"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/report"
)

// reportPage shows a report block by block, with what readers say.
type reportPage struct {
	*deskFrame
	ID, At    string // At is the page's path
	Work      report.Work
	State     string
	May       bool // may change reports
	Editable  bool
	Blocks    []reportPart
	Gone      []reportComment // on blocks that there are no more
	Adds      []option        // the kinds that can be added
	Places    []option        // after which block
	Quotes    []option        // released quotes
	Round     string          // how the rounds of comments stand, in words
	CanRound  bool
	Steps     []reportStep
	MyTurn    bool
	Turn      int
	Warnings  []string // about the short version
	Done      string
	Problem   string
	ShortNote string
}

// reportPart is a block as the page shows it.
type reportPart struct {
	ID, Kind, Name string
	Level          int
	Text, Plain    template.HTML
	Heading        string
	Short          bool
	Chart          *report.Chart
	Picture        string // address, "" where nothing is drawn
	Table          *report.Table
	Quote          *report.Quote
	QuoteGone      bool
	Direction      string
	Sources        []string
	Facts          string
	Explore        string // address of the same figures
	Refresh        string
	Edit           string
	Comments       []reportComment
}

type reportComment struct {
	ID, Author, At, Text, Round string
	Resolved                    string // in words, "" while open
}

// reportStep is a step of the approval.
type reportStep struct{ Name, Person, Done string }

// report shows a report.
func (s *Server) report(c echo.Context) error { return s.showReport(c, http.StatusOK, nil) }

// showReport shows the report with what is wrong, nil for nothing.
func (s *Server) showReport(c echo.Context, code int, problem error) error {
	ctx := c.Request().Context()
	work, err := s.desk.Office.Report(ctx, c.Param("report"))
	if err != nil {
		return err
	}
	page := &reportPage{deskFrame: s.deskFrame(c, "report.desk.title"), ID: work.ID, At: reportPages + "/" + work.ID, Work: work}
	page.Title, page.State = work.Title, page.T("report.state."+string(work.State))
	page.May = s.mayFor(c, account.ManageConcept, work.Area)
	page.Editable = page.May && work.State == report.Draft
	quotes, err := s.quotesFor(ctx, &work)
	if err != nil {
		return err
	}
	for i := range work.Blocks {
		page.Blocks = append(page.Blocks, page.part(s, &work.Blocks[i], quotes))
	}
	page.rest(c, quotes)
	if word := c.QueryParam("done"); slices.Contains(reportDone(), word) {
		page.Done = page.T("report.done." + word)
	}
	if problem != nil {
		page.Problem = sentence(page.Localizer, failure.As(problem))
	}
	return s.page(c, code, "desk-report", page)
}

// reportDone lists what the page says that was done.
func reportDone() []string {
	return []string{"saved", "added", "moved", "taken_out", "refreshed", "round_opened", "round_closed", "commented", "resolved", "submitted", "approved", "withdrawn"}
}

// part is one block.
func (p *reportPage) part(s *Server, b *report.Block, quotes map[string]report.Quote) reportPart {
	words := s.config.Catalogue.Localizer(p.Work.Language)
	one := reportPart{ID: b.ID, Kind: string(b.Kind), Name: p.T("report.kind." + string(b.Kind)), Level: b.Level, Short: b.Short, Sources: b.Sources}
	switch b.Kind {
	case report.Heading:
		one.Heading = b.Text
	case report.ChartBlock:
		if one.Chart = b.Chart; b.Chart != nil {
			one.Table = &b.Chart.Table
			if b.Chart.Drawn() {
				one.Picture = p.At + "/pictures/" + b.ID
			}
		}
	case report.TableBlock, report.MatrixBlock, report.IndicatorList:
		one.Table = b.Lines(words)
	case report.QuoteBlock:
		if one.Quote = b.Quote; b.Quote != nil {
			_, released := quotes[b.Quote.Released]
			one.QuoteGone, one.Direction = !released, directionOf(b.Quote.Language)
		}
	}
	one.Text, one.Plain = report.Markup(b.Text, words), report.Markup(b.Plain, words)
	if b.Kind == report.Heading {
		one.Text, one.Plain = "", template.HTML(template.HTMLEscapeString(b.Plain)) //nolint:gosec // escaped
	}
	if b.Facts != nil {
		one.Facts, one.Explore = report.FactsLine(b.Facts, words), b.Facts.Address
	}
	if p.Editable {
		one.Edit = p.At + "/blocks/" + b.ID + p.Query
		if b.Kind.Figures() && b.Facts != nil {
			one.Refresh = p.At + "/blocks/" + b.ID + "/refresh" + p.Query
		}
	}
	for _, said := range p.Work.Comments {
		if said.Block == b.ID {
			one.Comments = append(one.Comments, p.comment(said))
		}
	}
	return one
}

func (p *reportPage) comment(said report.Comment) reportComment {
	one := reportComment{ID: said.ID, Author: said.Author, At: p.Time(said.At), Text: said.Text, Round: p.T("report.round", "round", p.Number(float64(said.Round), 0))}
	if said.Resolved != "" {
		one.Resolved = p.T("report.resolved", "name", said.Resolved)
	}
	return one
}

// rest fills what stands around the blocks.
func (p *reportPage) rest(c echo.Context, quotes map[string]report.Quote) {
	for _, said := range p.Work.Comments {
		if _, err := p.Work.Block(said.Block); err != nil {
			p.Gone = append(p.Gone, p.comment(said))
		}
	}
	for _, kind := range []report.Kind{report.Prose, report.Heading, report.MethodBox, report.SourceList} {
		p.Adds = append(p.Adds, option{Value: string(kind), Label: p.T("report.kind." + string(kind))})
	}
	p.Places = append(p.Places, option{Value: "", Label: p.T("report.place.end")})
	for i, b := range p.Work.Blocks {
		label := p.T("report.kind." + string(b.Kind))
		if b.Kind == report.Heading {
			label = b.Text
		}
		p.Places = append(p.Places, option{Value: b.ID, Label: p.T("report.place.after", "number", p.Number(float64(i+1), 0), "block", label)})
	}
	for _, id := range sortedKeys(quotes) {
		used := slices.ContainsFunc(p.Work.Blocks, func(b report.Block) bool { return b.Quote != nil && b.Quote.Released == id })
		if !used {
			p.Quotes = append(p.Quotes, option{Value: id, Label: shortened(quotes[id].Text, 80)})
		}
	}
	number := p.Number(float64(p.Work.Round), 0)
	switch {
	case p.Work.RoundNow:
		p.Round = p.T("report.round_now", "round", number)
	case p.Work.Round == 0:
		p.Round = p.T("report.round_none")
	default:
		p.Round = p.T("report.round_over", "round", number)
	}
	if open := p.Work.Unresolved(); open > 0 {
		p.Round += " " + p.Localizer.N("report.unresolved", open)
	}
	p.CanRound = p.Editable && !p.Work.RoundNow && p.Work.Round < report.MostRounds
	p.approval(c)
	p.plainness()
}

// approval fills the steps and whose turn it is.
func (p *reportPage) approval(c echo.Context) {
	for i, step := range p.Work.Steps {
		one := reportStep{Name: step.Name, Person: step.Person}
		if i < len(p.Work.Approvals) {
			taken := p.Work.Approvals[i]
			one.Done = p.T("report.approved_by", "name", taken.Actor, "time", p.Time(taken.At))
			if taken.Note != "" {
				one.Done += " (" + taken.Note + ")"
			}
		}
		p.Steps = append(p.Steps, one)
	}
	user, _ := visitor(c)
	next := p.Work.Next()
	p.Turn = len(p.Work.Approvals)
	p.MyTurn = next != nil && (next.Person == user.Name || next.Person == "" && p.May)
}

// plainness warns of what the short version is not: two pages in plain language
// with a chart.
func (p *reportPage) plainness() {
	if !p.Editable {
		return
	}
	document := report.Document{Blocks: p.Work.Blocks}
	for i := range p.Work.Blocks {
		b := &p.Work.Blocks[i]
		if !b.Short {
			continue
		}
		text := b.Plain
		if text == "" && b.Kind != report.Heading {
			text = b.Text
		}
		for _, found := range report.Plainness(text) {
			p.Warnings = append(p.Warnings, p.T("report.unplain."+string(found.Rule), "number", p.Number(float64(i+1), 0), "text", shortened(found.Text, 120)))
		}
	}
	short := document.ShortVersion()
	if !slices.ContainsFunc(short.Blocks, func(b report.Block) bool { return b.Chart != nil && b.Chart.Drawn() }) {
		p.Warnings = append(p.Warnings, p.T("report.short_no_chart"))
	}
	if pages := short.Pages(); pages > 2 {
		p.Warnings = append(p.Warnings, p.T("report.short_long", "pages", p.Number(pages, 1)))
	}
}

// shortened cuts a text so that it fits on a line.
func shortened(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}

// seenRevision is the revision of the report that a form was made from.
func seenRevision(c echo.Context) int {
	revision, err := strconv.Atoi(c.FormValue("revision"))
	if err != nil || revision < 0 {
		return 1 << 30 // of no form of ours: it conflicts
	}
	return revision
}
