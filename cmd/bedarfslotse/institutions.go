package main

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"bedarfslotse/data"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/tabular"
)

type institutionsCommands struct {
	Import institutionsImport `cmd:"" help:"Store institutions from a school register; without a file the shipped extract."`
}

type institutionsImport struct {
	database
	File string `arg:"" optional:"" help:"School register of North Rhine-Westphalia, or this program's own format, CSV or Excel workbook (.xlsx, .xls)."`
}

// Run stores the institutions that lie in one of the areas.
func (c *institutionsImport) Run(ctx context.Context, p *program) error {
	name, read := data.Schools, data.Files.ReadFile
	if c.File != "" {
		name, read = c.File, os.ReadFile
	}
	content, err := read(name)
	if err != nil {
		return failure.Errorf(failure.NotFound, "%w", err)
	}
	db, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	defer p.close(db)
	found, err := storeInstitutions(ctx, p.actor(), db, name, content)
	if err != nil {
		return err
	}
	p.printFindings(p.stderr, found.Findings)
	fmt.Fprintln(p.stdout, p.words.N("command.institutions", len(found.Institutions)))
	return nil
}

func storeInstitutions(ctx context.Context, actor string, db *store.DB, name string, content []byte) (*fieldwork.InstitutionImport, error) {
	known, err := areas()
	if err != nil {
		return nil, err
	}
	table, err := data.Files.ReadFile(data.SchoolTypes)
	if err != nil {
		return nil, err
	}
	types, err := fieldwork.ReadInstitutionTypes(bytes.NewReader(table), data.SchoolTypes)
	if err != nil {
		return nil, err
	}
	reader := fieldwork.InstitutionReader{Areas: known, Types: types, OnlyOurAreas: true}
	read, err := reader.Read(bytes.NewReader(content), tabular.Options{File: name})
	if err != nil {
		return nil, err
	}
	return read, db.PutInstitutions(ctx, actor, read.Institutions)
}
