package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

type checkCommand struct {
	database          // accepted like everywhere, though checking needs none
	JSON     bool     `name:"json" help:"Print findings and reports as JSON."`
	Paths    []string `arg:"" name:"file" help:"YAML files, XLSForms, or folders of surveys."`
}

// Help says what the report is, below the list of flags.
func (checkCommand) Help() string {
	return `Besides errors and warnings, each survey gets a report on reading: how far each
language is, which questions are never shown and which choices never offered,
conditions that are always the same, texts that are long for a phone, questions
without a field of action, and how easy German texts are to read (Flesch-Amstad).
What is no fault is a "hint" and, like a warning, leaves the exit code at 0.

--json prints {"findings": [...], "reports": [...]}: findings as before, those of
the report among them with the severity "warning" or "hint", and one report per
survey with "file", "id", "languages" (needed, present, share, draft, reviewed,
stale), "unreachable" and "reading" (score, sentences, words, syllables, hardest).`
}

// Run checks every survey it is given and fails when any has an error.
func (c *checkCommand) Run(p *program) error {
	var all failure.Findings
	var reports []reportJSON
	checked := 0
	for _, path := range c.Paths {
		surveys, err := surveysAt(path)
		if err != nil {
			all = append(all, unreadable(path, err))
		}
		for _, one := range surveys {
			version, findings, err := readSurvey(one)
			if err != nil {
				all = append(all, unreadable(one, err))
			}
			if version != nil {
				report := survey.Review(version)
				findings = append(findings, reviewed(report, one)...)
				findings.Sort()
				reports = append(reports, newReport(fileOf(one), version, report))
			}
			all = append(all, findings...)
			checked++
		}
	}
	if c.JSON {
		if err := p.printFindingsJSON(p.stdout, all, reports); err != nil {
			return err
		}
	} else {
		p.printFindings(p.stdout, all)
		p.printReports(p.stdout, reports)
		fmt.Fprintln(p.stdout, p.words.N("command.checked", checked)+" "+p.words.N("command.findings", len(all)))
	}
	if all.Fatal() {
		return errFindings
	}
	return nil
}

// reviewed returns a report's findings with the file that they are about.
func reviewed(report *survey.Report, path string) failure.Findings {
	found := report.Findings
	for i := range found {
		found[i].File = fileOf(path)
	}
	return found
}

// unreadable makes a finding of a path that cannot be read, so that the others
// are checked all the same.
func unreadable(path string, err error) failure.Finding {
	return failure.Finding{Severity: failure.Fatal, Key: "command.unreadable", File: path,
		Params: failure.Params{"reason": err.Error()}}
}

// surveysAt returns the survey itself, or the surveys in the folders below.
func surveysAt(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, failure.Errorf(failure.NotFound, "%w", err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	if _, err := os.Stat(filepath.Join(path, "survey.yaml")); err == nil {
		return []string{path}, nil
	}
	found, err := filepath.Glob(filepath.Join(path, "*", "survey.yaml"))
	if err != nil {
		return nil, err
	}
	for i := range found {
		found[i] = filepath.Dir(found[i])
	}
	files, err := os.ReadDir(path)
	if err != nil {
		return nil, failure.Errorf(failure.NotFound, "%w", err)
	}
	for _, file := range files {
		switch strings.ToLower(filepath.Ext(file.Name())) {
		case ".xlsx", ".xlsm", ".xls", ".yaml", ".yml", ".zip":
			found = append(found, filepath.Join(path, file.Name()))
		}
	}
	if len(found) == 0 {
		return nil, failure.New(failure.NotFound, "command.no_surveys", "path", path)
	}
	return found, nil
}
