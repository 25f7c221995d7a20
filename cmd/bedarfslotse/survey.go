package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"bedarfslotse/internal/survey"
)

type surveyCommands struct {
	Import surveyImport `cmd:"" help:"Store a survey (YAML or XLSForm) in the database."`
	List   surveyList   `cmd:"" help:"List imported and shipped surveys."`
	Export surveyExport `cmd:"" help:"Write a survey with all its languages to a file."`
}

type surveyImport struct {
	database
	File string `arg:"" help:"YAML file, folder, XLSForm, or a zip of them; pictures and sounds in the folder media beside it."`
}

// Run stores the survey and prints its id. What changed since answers were
// given is told; a changed type under the same name is refused.
func (c *surveyImport) Run(ctx context.Context, p *program) error {
	version, findings, err := readSurvey(c.File)
	if err != nil {
		return err
	}
	p.printFindings(p.stderr, findings)
	if version == nil || findings.Fatal() {
		return errFindings
	}
	db, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	defer p.close(db)
	if err := p.compareWithAnswered(ctx, db, version, c.File); err != nil {
		return err
	}
	if err := db.PutSurvey(ctx, p.actor(), version, true); err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, version.ID)
	return nil
}

type surveyList struct {
	database
	library
}

// Run lists the surveys that a wave can be opened with.
func (c *surveyList) Run(ctx context.Context, p *program) error {
	db, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	defer p.close(db)
	imported, err := db.Surveys(ctx)
	if err != nil {
		return err
	}
	folders, err := survey.Library(c.fsys())
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
	seen := map[string]bool{}
	for _, one := range imported {
		if seen[one.ID] {
			continue // an earlier content of the same survey
		}
		seen[one.ID] = true
		fmt.Fprintf(table, "%s\t%s\t%s\n", one.ID, one.Version, p.words.T("command.imported", "day", one.Stored[:10]))
	}
	for _, folder := range folders {
		s, _, err := survey.ReadDir(c.fsys(), folder)
		if err != nil {
			return err
		}
		if s != nil && !seen[s.ID] {
			fmt.Fprintf(table, "%s\t%s\t%s\n", s.ID, s.Version, p.words.T("command.library"))
		}
	}
	return table.Flush()
}

type surveyExport struct {
	database
	library
	ID   string `arg:"" help:"The survey's id."`
	File string `arg:"" help:"The file to write: .yaml, .xlsx for an XLSForm, or .zip with pictures and sounds."`
}

// Run writes the survey as one file, of the kind that its name says.
func (c *surveyExport) Run(ctx context.Context, p *program) error {
	write, err := writerFor(c.File)
	if err != nil {
		return err
	}
	db, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	defer p.close(db)
	version, err := c.find(ctx, db, c.ID)
	if err != nil {
		return err
	}
	if err := withContents(ctx, db, version.Survey); err != nil {
		return err
	}
	p.tellFilesLeftOut(c.File, version.Survey)
	return writeSurvey(c.File, version.Survey, write)
}
