package server

import (
	"context"
	"crypto/rand"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/report"
)

// actOnReport changes a report as a form says and leads back to it, to a block's
// place where there is one. What is wrong is said on the report's page.
func (s *Server) actOnReport(c echo.Context, seen int, action account.Action, done, block string, change func(*report.Work) error) error {
	user, _ := visitor(c)
	id := c.Param("report")
	err := s.desk.Office.ChangeReport(c.Request().Context(), user.Name, id, seen, action, change)
	if code := failure.CodeOf(err); code == failure.Invalid || code == failure.Conflict {
		return s.showReport(c, status(code), err)
	}
	if err != nil {
		return err
	}
	address := onward(c, with(reportPages+"/"+id, "done", done))
	if block != "" {
		address += "#b-" + block
	}
	return c.Redirect(http.StatusSeeOther, address)
}

// changeReport opens and closes rounds of comments, begins the approval, takes it
// back, or removes the report.
func (s *Server) changeReport(c echo.Context) error {
	seen := seenRevision(c)
	switch c.FormValue("act") {
	case "open_round":
		return s.actOnReport(c, seen, account.ReportRoundOpened, "round_opened", "", (*report.Work).OpenRound)
	case "close_round":
		return s.actOnReport(c, seen, account.ReportRoundClosed, "round_closed", "", (*report.Work).CloseRound)
	case "submit":
		return s.actOnReport(c, seen, account.ReportSubmitted, "submitted", "", (*report.Work).Submit)
	case "withdraw":
		return s.actOnReport(c, seen, account.ReportWithdrawn, "withdrawn", "", (*report.Work).Withdraw)
	case "remove":
		return s.removeReport(c, seen)
	}
	return failure.New(failure.Invalid, "error.broken_request")
}

// removeReport deletes a report. Whoever does it ticks that they are sure.
func (s *Server) removeReport(c echo.Context, seen int) error {
	var err error = failure.New(failure.Invalid, "error.report_unsure")
	if c.FormValue("sure") != "" {
		user, _ := visitor(c)
		err = s.desk.Office.RemoveReport(c.Request().Context(), user.Name, c.Param("report"), seen)
	}
	switch code := failure.CodeOf(err); {
	case err == nil:
		return c.Redirect(http.StatusSeeOther, onward(c, reportPages+"?done=removed"))
	case code == failure.Invalid || code == failure.Conflict:
		return s.showReport(c, status(code), err)
	}
	return err
}

type reportSettingsPage struct {
	*deskFrame
	At, Name, Subtitle string
	Revision           int
	Steps              []report.Step
	Problem            string
}

// reportSettings shows the form for title and steps.
func (s *Server) reportSettings(c echo.Context) error {
	work, err := s.desk.Office.Report(c.Request().Context(), c.Param("report"))
	if err != nil {
		return err
	}
	return s.showReportSettings(c, http.StatusOK, &work, nil)
}

func (s *Server) showReportSettings(c echo.Context, code int, work *report.Work, problem error) error {
	page := &reportSettingsPage{deskFrame: s.deskFrame(c, "report.settings.title"), At: reportPages + "/" + c.Param("report"),
		Name: work.Title, Subtitle: work.Subtitle, Revision: work.Revision, Steps: stepSlots(work.Steps)}
	if problem != nil {
		page.Problem = sentence(page.Localizer, failure.As(problem))
	}
	return s.page(c, code, "desk-report-settings", page)
}

func (s *Server) saveReportSettings(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return brokenForm(err)
	}
	user, _ := visitor(c)
	ctx, id, seen, steps := c.Request().Context(), c.Param("report"), seenRevision(c), readSteps(form)
	err = s.knownPeople(ctx, steps)
	if err == nil {
		err = s.desk.Office.ChangeReport(ctx, user.Name, id, seen, account.ReportChanged, func(w *report.Work) error {
			if err := w.Rename(form.Get("title"), form.Get("subtitle")); err != nil {
				return err
			}
			return w.SetSteps(steps)
		})
	}
	if code := failure.CodeOf(err); code == failure.Invalid || code == failure.Conflict {
		typed := report.Work{Title: form.Get("title"), Subtitle: form.Get("subtitle"), Revision: seen, Steps: steps}
		return s.showReportSettings(c, status(code), &typed, err)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, onward(c, with(reportPages+"/"+id, "done", "saved")))
}

// addBlock puts a block into a report: words, figures by their address, or a
// released quote.
func (s *Server) addBlock(c echo.Context) error {
	ctx, id := c.Request().Context(), rand.Text()
	work, err := s.desk.Office.Report(ctx, c.Param("report"))
	if err != nil {
		return err
	}
	block, err := s.blockOf(ctx, c, &work, id)
	if code := failure.CodeOf(err); code == failure.Invalid || code == failure.Forbidden {
		return s.showReport(c, status(code), err)
	}
	if err != nil {
		return err
	}
	// At the end of what is there: it does not matter who changed what meanwhile.
	return s.actOnReport(c, -1, account.ReportChanged, "added", id, func(w *report.Work) error { return w.Insert(c.FormValue("after"), block) })
}

// blockOf makes the block that a form asks for.
func (s *Server) blockOf(ctx context.Context, c echo.Context, work *report.Work, id string) (report.Block, error) {
	switch kind := report.Kind(c.FormValue("kind")); kind {
	case report.Heading, report.Prose, report.MethodBox:
		b := report.Block{ID: id, Kind: kind, Level: 2, Text: strings.TrimSpace(c.FormValue("text"))}
		if b.Text == "" {
			return b, failure.New(failure.Invalid, "error.report_no_words")
		}
		return b, nil
	case report.SourceList:
		return report.Block{ID: id, Kind: kind}, nil
	case report.ChartBlock:
		return s.frozenAt(ctx, c.FormValue("address"), work, id)
	case report.QuoteBlock:
		quotes, err := s.quotesFor(ctx, work)
		if err != nil {
			return report.Block{}, err
		}
		quote, released := quotes[c.FormValue("quote")]
		if !released {
			return report.Block{}, failure.New(failure.Invalid, "error.report_quote")
		}
		return report.Block{ID: id, Kind: kind, Quote: &quote}, nil
	}
	return report.Block{}, failure.New(failure.Invalid, "error.report_kind")
}

// frozenAt freezes the figures of an address for a report. Whoever may read the
// report may read the figures of its wave, and of other waves those about its area
// or a part of it, and what is published from above. Of the concept's pages it is
// what they show of the report's own wave and area.
func (s *Server) frozenAt(ctx context.Context, address string, work *report.Work, id string) (report.Block, error) {
	if parsed, err := url.Parse(strings.TrimSpace(address)); err == nil && strings.HasPrefix(parsed.Path, conceptPath+"/") {
		block, err := s.conceptBlock(ctx, address, "", work)
		block.ID = id
		return block, err
	}
	slug, asked, err := lookedAt(address)
	if err != nil {
		return report.Block{}, err
	}
	wave, err := s.desk.Office.Wave(ctx, slug)
	if failure.CodeOf(err) == failure.NotFound {
		err = failure.New(failure.Invalid, "error.report_wave", "slug", slug)
	}
	if err != nil {
		return report.Block{}, err
	}
	reader := account.User{Grants: []account.Grant{{Role: account.Viewer, Area: work.Area}}}
	if !reader.May(account.ReadResults, subjectOf(wave), s.desk.Areas.Contains) {
		return report.Block{}, failure.New(failure.Invalid, "error.report_other_area")
	}
	return s.frozen(ctx, wave, asked, s.config.Catalogue.Localizer(work.Language), id)
}

// quotesFor are the released quotes of a report's wave, by the id of their release.
func (s *Server) quotesFor(ctx context.Context, work *report.Work) (map[string]report.Quote, error) {
	waves, err := s.wavesByID(ctx)
	if err != nil || waves[work.WaveID] == nil {
		return nil, err
	}
	all, err := s.reportQuotes(ctx, waves[work.WaveID])
	byID := make(map[string]report.Quote, len(all))
	for _, one := range all {
		byID[one.Released] = one
	}
	return byID, err
}

func sortedKeys[V any](from map[string]V) []string { return slices.Sorted(maps.Keys(from)) }

// directionOf is that of a language, "auto" where it is not known.
func directionOf(language string) string {
	if language == "" {
		return "auto"
	}
	return i18n.Direction(language)
}

type reportBlockPage struct {
	*deskFrame
	At, Back    string
	Block       report.Block
	Revision    int
	Words       string // what is typed, "" where the block has no words of its own
	HasWords    bool
	Levels      []option
	Problem     string
	TextHint    string
	OneLine     bool
	PlainFailed []string
}

// reportBlock shows the form of a block.
func (s *Server) reportBlock(c echo.Context) error {
	work, err := s.desk.Office.Report(c.Request().Context(), c.Param("report"))
	if err != nil {
		return err
	}
	b, err := work.Block(c.Param("block"))
	if err != nil {
		return err
	}
	return s.showBlock(c, http.StatusOK, *b, work.Revision, nil)
}

func (s *Server) showBlock(c echo.Context, code int, b report.Block, revision int, problem error) error {
	back := reportPages + "/" + c.Param("report")
	page := &reportBlockPage{deskFrame: s.deskFrame(c, "report.block.title"), Block: b, Revision: revision, Words: b.Text,
		HasWords: slices.Contains([]report.Kind{report.Heading, report.Prose, report.MethodBox, report.SourceList}, b.Kind), OneLine: b.Kind == report.Heading}
	page.At, page.Back = back+"/blocks/"+c.Param("block")+page.Query, back+page.Query+"#b-"+b.ID
	page.TextHint = page.T("report.block.markdown")
	if b.Kind == report.SourceList {
		page.Words, page.TextHint = strings.Join(b.Sources, "\n"), page.T("report.block.sources")
	}
	if b.Kind == report.Heading {
		page.TextHint = ""
		for level := 1; level <= 3; level++ {
			page.Levels = append(page.Levels, option{strconv.Itoa(level), page.T("report.block.level", "level", page.Number(float64(level), 0)), level == max(b.Level, 1)})
		}
	}
	for _, found := range report.Plainness(b.Plain) {
		page.PlainFailed = append(page.PlainFailed, page.T("report.unplain."+string(found.Rule), "number", "", "text", shortened(found.Text, 120)))
	}
	if problem != nil {
		page.Problem = sentence(page.Localizer, failure.As(problem))
	}
	return s.page(c, code, "desk-report-block", page)
}

// changeBlock saves a block's words, moves it, takes it out, or puts the figures
// of today in the place of the frozen ones.
func (s *Server) changeBlock(c echo.Context) error {
	seen, block := seenRevision(c), c.Param("block")
	switch c.FormValue("act") {
	case "save":
		return s.saveBlock(c, seen, block)
	case "up", "down":
		return s.actOnReport(c, seen, account.ReportChanged, "moved", block, func(w *report.Work) error { return w.Move(block, c.FormValue("act") == "up") })
	case "remove":
		return s.actOnReport(c, seen, account.ReportChanged, "taken_out", "", func(w *report.Work) error { return w.Remove(block) })
	case "refresh":
		ctx := c.Request().Context()
		work, err := s.desk.Office.Report(ctx, c.Param("report"))
		if err != nil {
			return err
		}
		_, anew, err := s.refrozen(ctx, &work, block)
		if code := failure.CodeOf(err); code == failure.Invalid || code == failure.Forbidden {
			return s.showReport(c, status(code), err)
		}
		if err != nil {
			return err
		}
		return s.actOnReport(c, seen, account.ReportChanged, "refreshed", block, func(w *report.Work) error { return w.Refreeze(block, anew) })
	}
	return failure.New(failure.Invalid, "error.broken_request")
}

func (s *Server) saveBlock(c echo.Context, seen int, block string) error {
	level, err := strconv.Atoi(c.FormValue("level"))
	if err != nil {
		level = 1
	}
	text, plain, short := c.FormValue("text"), c.FormValue("plain"), c.FormValue("short") != ""
	user, _ := visitor(c)
	ctx, id := c.Request().Context(), c.Param("report")
	wrong := s.desk.Office.ChangeReport(ctx, user.Name, id, seen, account.ReportChanged, func(w *report.Work) error { return w.Write(block, level, text, plain, short) })
	if code := failure.CodeOf(wrong); code == failure.Invalid || code == failure.Conflict {
		work, err := s.desk.Office.Report(ctx, id)
		if err != nil {
			return err
		}
		b, err := work.Block(block)
		if err != nil {
			return err
		}
		typed := *b
		typed.Text, typed.Plain, typed.Short, typed.Level, typed.Sources = text, plain, short, level, strings.Split(text, "\n")
		return s.showBlock(c, status(code), typed, seen, wrong)
	}
	if wrong != nil {
		return wrong
	}
	return c.Redirect(http.StatusSeeOther, onward(c, with(reportPages+"/"+id, "done", "saved"))+"#b-"+block)
}

type refreshPage struct {
	*deskFrame
	At, Back string
	Revision int
	Caption  string
	Since    string // the day on which it was frozen
	Changes  []report.Change
	Same     bool
	Problem  string // why there are no figures now
}

// refreshBlock shows what would change if a block was frozen today.
func (s *Server) refreshBlock(c echo.Context) error {
	ctx := c.Request().Context()
	work, err := s.desk.Office.Report(ctx, c.Param("report"))
	if err != nil {
		return err
	}
	page := &refreshPage{deskFrame: s.deskFrame(c, "report.refresh.title"), Revision: work.Revision}
	back := reportPages + "/" + work.ID
	page.At, page.Back = back+"/blocks/"+c.Param("block")+page.Query, back+page.Query+"#b-"+c.Param("block")
	old, anew, err := s.refrozen(ctx, &work, c.Param("block"))
	if code := failure.CodeOf(err); code == failure.Invalid || code == failure.Forbidden {
		page.Problem = sentence(page.Localizer, failure.As(err))
		return s.page(c, status(code), "desk-report-refresh", page)
	}
	if err != nil {
		return err
	}
	page.Caption, page.Since, page.Changes = anew.Lines(page.Localizer).Caption, page.Date(old.Facts.Frozen), old.Differences(&anew)
	page.Same = len(page.Changes) == 0
	return s.page(c, http.StatusOK, "desk-report-refresh", page)
}

// refrozen is a block of figures as it is and as it would be if it was frozen now.
func (s *Server) refrozen(ctx context.Context, work *report.Work, id string) (old *report.Block, anew report.Block, err error) {
	if old, err = work.Block(id); err != nil {
		return nil, anew, err
	}
	if !old.Kind.Figures() || old.Facts == nil {
		return nil, anew, failure.New(failure.Invalid, "error.report_not_figures")
	}
	if strings.HasPrefix(old.Facts.Address, conceptPath) {
		anew, err = s.conceptBlock(ctx, old.Facts.Address, old.Kind, work)
		anew.ID = old.ID
		return old, anew, err
	}
	anew, err = s.frozenAt(ctx, old.Facts.Address, work, id)
	return old, anew, err
}

// commentReport adds what a reader says about a block.
func (s *Server) commentReport(c echo.Context) error {
	user, _ := visitor(c)
	one := report.Comment{ID: rand.Text(), Block: c.FormValue("block"), Author: user.Name, At: s.config.Now().UTC().Format(time.RFC3339), Text: c.FormValue("text")}
	return s.actOnReport(c, -1, account.ReportCommented, "commented", one.Block, func(w *report.Work) error { return w.Say(one) })
}

// resolveComment marks a comment as dealt with, or as open again.
func (s *Server) resolveComment(c echo.Context) error {
	user, _ := visitor(c)
	block := ""
	return s.actOnReport(c, -1, account.ReportResolved, "resolved", block, func(w *report.Work) error {
		return w.Resolve(c.Param("comment"), user.Name, c.FormValue("resolved") != "")
	})
}

// approveReport takes the next step of the approval.
func (s *Server) approveReport(c echo.Context) error {
	user, _ := visitor(c)
	step, err := strconv.Atoi(c.FormValue("step"))
	if err != nil {
		return failure.New(failure.Invalid, "error.broken_request")
	}
	return s.actOnReport(c, seenRevision(c), account.ReportApproved, "approved", "", func(w *report.Work) error {
		taken := report.Approval{Actor: user.Name, At: s.config.Now().UTC().Format(time.RFC3339), Note: c.FormValue("note")}
		return w.Approve(step, user.May(account.ManageConcept, account.Subject{Area: w.Area}, s.desk.Areas.Contains), taken)
	})
}
