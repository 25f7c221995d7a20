package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/export"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/tabular"
)

type responsesCommands struct {
	Import responsesImport `cmd:"" help:"Import responses from a table, as KoboToolbox or this program exports them."`
	Export responsesExport `cmd:"" help:"Export single responses; kept unrecognisable unless --full is given."`
}

type responsesImport struct {
	database
	Wave string `required:"" placeholder:"SLUG" help:"The wave that the responses belong to."`
	File string `arg:"" help:"CSV or Excel workbook (.xlsx, .xls)."`
}

// Run imports the file in one step and lists what did not fit.
func (c *responsesImport) Run(ctx context.Context, p *program) error {
	content, err := os.ReadFile(c.File)
	if err != nil {
		return failure.Errorf(failure.NotFound, "%w", err)
	}
	db, wave, err := c.openWave(ctx, p, c.Wave)
	if err != nil {
		return err
	}
	defer p.close(db)
	if !wave.Living() {
		return failure.New(failure.Gone, "error.wave_closed")
	}
	rows, findings, err := readResponses(wave, filepath.Base(c.File), content, p)
	if err != nil {
		return err
	}
	p.printFindings(p.stderr, findings)
	if findings.Fatal() {
		return errFindings
	}
	asides := 0
	given := make([]store.Imported, len(rows))
	for i, row := range rows {
		given[i] = store.NewImported(wave, row)
		for _, aside := range row.Aside {
			fmt.Fprintln(p.stdout, p.words.T("command.aside", "line", aside.Line, "column", aside.Column, "name", aside.Name,
				"value", aside.Value, "reason", p.words.T("finding."+aside.Key, pairs(aside.Params)...)))
			asides++
		}
	}
	sum := sha256.Sum256(content)
	stored, err := db.Import(ctx, p.actor(), wave, store.File{Name: filepath.Base(c.File), Hash: hex.EncodeToString(sum[:])}, func(yield func(store.Imported, error) bool) {
		for _, one := range given {
			if !yield(one, nil) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, p.words.N("command.imported_rows", stored, "repeated", len(rows)-stored, "asides", asides))
	return nil
}

// readResponses maps a table's rows to answers.
func readResponses(wave *store.LiveWave, name string, content []byte, p *program) ([]response.Imported, failure.Findings, error) {
	table, err := tabular.OpenTable(bytes.NewReader(content), tabular.Options{File: name})
	if err != nil {
		return nil, nil, err
	}
	header := table.Header()
	importer, findings := response.NewImporter(wave.Version, header.Cells,
		response.ImportOptions{File: name, Line: header.Line, Now: p.now()})
	if findings.Fatal() {
		return nil, findings, nil
	}
	empty := 0
	var rows []response.Imported
	for row, err := range table.Rows() {
		if err != nil {
			return nil, nil, err
		}
		if row.Blank() {
			continue
		}
		one := importer.Row(row)
		if one.Empty() {
			empty++
			continue
		}
		rows = append(rows, one)
	}
	if empty > 0 {
		fmt.Fprintln(p.stderr, p.words.N("command.empty_rows", empty))
	}
	findings = append(findings, importer.Findings()...)
	findings = append(findings, table.Findings()...)
	findings.Sort()
	return rows, findings, nil
}

type responsesExport struct {
	database
	Wave        string   `required:"" placeholder:"SLUG" help:"The wave."`
	Format      string   `default:"csv" enum:"csv,xlsx,sav,datapackage" help:"csv, xlsx (Excel), sav (SPSS) or datapackage (a zip of CSVs with their description and a script for R)."`
	Values      string   `default:"codes" enum:"codes,labels" help:"In xlsx: choices by their codes, or by the labels that respondents read. sav and datapackage hold both."`
	Language    string   `placeholder:"TAG" help:"Language of the labels, one of the survey's; the survey's own when not given."`
	Full        bool     `help:"Everything that is stored, for whoever owns the database; never to be handed on."`
	Purpose     string   `placeholder:"TEXT" help:"What the file is for, as the audit log keeps it."`
	Identifying []string `placeholder:"NAME,…" default:"area,language" help:"Up to five variables that say something about the person, made coarse enough: area, institution_type, language, day, duration or questions."`
	Sensitive   []string `placeholder:"NAME,…" help:"Sensitive questions that the purpose needs."`
	Output      string   `short:"o" placeholder:"FILE" help:"Where to write; standard output when not given."`
}

// Run writes the responses, in random order and unrecognisable unless --full.
func (c *responsesExport) Run(ctx context.Context, p *program) error {
	db, wave, err := c.openWave(ctx, p, c.Wave)
	if err != nil {
		return err
	}
	defer p.close(db)
	rows := 0
	write := func(out io.Writer) (err error) {
		rows, err = c.write(ctx, p, db, wave, &announced{Writer: out, announce: func() error { return c.tell(ctx, p, db, wave) }})
		return err
	}
	if c.Output == "" {
		err = write(p.stdout)
	} else {
		err = replaceFile(c.Output, write)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(p.stderr, p.words.N("command.exported", rows))
	return nil
}

// tell writes the export into the audit log.
func (c *responsesExport) tell(ctx context.Context, p *program, db *store.DB, wave *store.LiveWave) error {
	pairs := []any{"format", c.Format, "purpose", c.Purpose, "full", c.Full}
	if !c.Full {
		pairs = append(pairs, "identifying", strings.Join(c.Identifying, ","), "sensitive", strings.Join(c.Sensitive, ","))
	}
	return db.Audit(ctx, account.Entry{Actor: p.actor(), Action: account.ResponsesExported, Subject: wave.Slug, Area: wave.Area,
		Effect: account.Effect(pairs...)})
}

// announced tells of what is about to be written before the first byte of it, so
// that nothing leaves untold.
type announced struct {
	io.Writer
	announce func() error // nil once it was called
}

// Write fails when nothing could be told.
func (a *announced) Write(data []byte) (int, error) {
	if a.announce != nil {
		if err := a.announce(); err != nil {
			return 0, err
		}
		a.announce = nil
	}
	return a.Writer.Write(data)
}

// replaceFile writes a file beside the one of that name and puts it in its
// place when it is whole. Only its owner can read it.
func replaceFile(path string, write func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".export-*")
	if err != nil {
		return failure.Errorf(failure.Unavailable, "%w", err)
	}
	err = write(file)
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

func (c *responsesExport) write(ctx context.Context, p *program, db *store.DB, wave *store.LiveWave, out io.Writer) (int, error) {
	known, err := areas(ctx, db)
	if err != nil {
		return 0, err
	}
	output := export.Output{Format: export.Format(c.Format), Values: export.Values(c.Values), Language: c.Language,
		Words: p.all, Now: p.now()}
	if end := output.Extension(wave.Version, c.Full); end == ".zip" && c.Output != "" && filepath.Ext(c.Output) != end {
		fmt.Fprintln(p.stderr, p.words.T("command.export_zip", "file", c.Output))
	}
	micro := export.MicrodataOptions{Output: output, K: wave.K, Identifying: c.Identifying, Sensitive: c.Sensitive}
	if c.Full {
		fmt.Fprintln(p.stderr, p.words.T("command.full_export"))
	}
	var report export.MicrodataReport
	err = db.ResponsesAtOnce(ctx, wave, func(records iter.Seq2[export.Record, error]) (err error) {
		if c.Full {
			report.Rows, err = export.Full(ctx, out, wave.Version, records, export.FullOptions{Output: output, Areas: known})
		} else {
			report, err = export.Microdata(ctx, out, wave.Version, known, records, micro)
		}
		return err
	})
	for _, one := range report.Identifying {
		if len(one.Joined) > 0 {
			fmt.Fprintln(p.stderr, p.words.T("command.joined", "name", one.Name, "categories", strings.Join(one.Joined, ", ")))
		}
	}
	for _, one := range report.LeftOut {
		fmt.Fprintln(p.stderr, p.words.T("command.left_out", "name", one.Name, "reason", p.words.T(one.Reason)))
	}
	return report.Rows, err
}
