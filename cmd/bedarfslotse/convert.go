package main

import (
	"os"
	"path/filepath"
	"strings"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/xlsform"
)

type convertCommand struct {
	database        // accepted like everywhere, though converting needs none
	In       string `arg:"" help:"YAML file, folder, XLSForm, or a zip of them."`
	Out      string `arg:"" help:"The file to write: .yaml, .xlsx, or .zip with pictures and sounds."`
}

// Run reads a survey of either kind and writes it as the name of OUT says.
func (c *convertCommand) Run(p *program) error {
	write, err := writerFor(c.Out)
	if err != nil {
		return err
	}
	version, findings, err := readSurvey(c.In)
	if err != nil {
		return err
	}
	p.printFindings(p.stderr, findings)
	if version == nil || findings.Fatal() {
		return errFindings
	}
	p.tellFilesLeftOut(c.Out, version.Survey)
	return writeSurvey(c.Out, version.Survey, write)
}

// writerFor returns how a survey is written into a file of that name.
func writerFor(path string) (func(*survey.Survey) ([]byte, error), error) {
	switch extension := strings.ToLower(filepath.Ext(path)); extension {
	case ".yaml", ".yml":
		return survey.WriteYAML, nil
	case ".xlsx":
		return xlsform.Write, nil
	case ".zip":
		return survey.WriteBundle, nil
	default:
		return nil, failure.New(failure.Invalid, "command.export_form", "extension", extension)
	}
}

func writeSurvey(path string, s *survey.Survey, write func(*survey.Survey) ([]byte, error)) error {
	content, err := write(s)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		return failure.Errorf(failure.Unavailable, "write survey: %w", err)
	}
	return nil
}
