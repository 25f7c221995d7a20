package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/jobs"
	"bedarfslotse/internal/report"
	"bedarfslotse/internal/store"
)

type reportCommand struct {
	database
	library
	Wave       string     `required:"" placeholder:"SLUG" help:"The wave that the report is about."`
	Short      bool       `help:"The short version for the council."`
	Lang       string     `default:"de" enum:"de,en" help:"Language of the report: de or en."`
	BaseURL    string     `name:"base-url" placeholder:"URL" help:"Address under which the world sees the service, for links to the figures."`
	Controller controller `embed:"" prefix:"controller-"`
	Out        string     `short:"o" required:"" placeholder:"FILE" help:"Where to write: FILE.docx or FILE.html."`
}

// Run writes the report about a wave. Only what is released goes into it.
func (c *reportCommand) Run(ctx context.Context, p *program) error {
	format := strings.ToLower(filepath.Ext(c.Out))
	if format != ".docx" && format != ".html" {
		return failure.New(failure.Invalid, "command.report_format", "file", c.Out)
	}
	db, wave, err := c.openWave(ctx, p, c.Wave)
	if err != nil {
		return err
	}
	defer p.close(db)
	fmt.Fprintln(p.stderr, p.words.T("command.report_building", "wave", c.Wave))
	document, err := p.report(ctx, db, c, wave)
	if err != nil {
		return err
	}
	if c.Short {
		document = document.ShortVersion()
	}
	var content bytes.Buffer
	write := report.WriteDOCX
	if format == ".html" {
		write = report.WriteHTML
	}
	if err := write(&content, document, p.all.Localizer(c.Lang)); err != nil {
		return err
	}
	if err := os.WriteFile(c.Out, content.Bytes(), 0o644); err != nil {
		return failure.Errorf(failure.Unavailable, "%w", err)
	}
	fmt.Fprintln(p.stderr, p.words.N("command.report_written", len(document.Blocks), "file", c.Out))
	return nil
}

// report builds the report about a wave as the desk does.
func (p *program) report(ctx context.Context, db *store.DB, c *reportCommand, wave *store.LiveWave) (report.Document, error) {
	office := jobs.New(jobs.Options{Now: p.now, Logger: p.logger()})
	defer office.Close()
	desk, _, err := p.wire(ctx, db, &serveCommand{database: c.database, library: c.library, BaseURL: c.BaseURL, Controller: c.Controller}, false, office)
	if err != nil {
		return report.Document{}, err
	}
	return desk.BuildReport(ctx, wave, c.Lang)
}
