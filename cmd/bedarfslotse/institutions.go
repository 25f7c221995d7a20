package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"bedarfslotse/data"
	"bedarfslotse/internal/account"
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
	File string `arg:"" optional:"" help:"School register of North Rhine-Westphalia, this program's own format, or any table whose columns have names that it knows: CSV or Excel workbook (.xlsx, .xls)."`
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

// storeInstitutions takes a file over as the desk does, for all areas. What the
// file does not say stays as it is; nothing is closed.
func storeInstitutions(ctx context.Context, actor string, db *store.DB, name string, content []byte) (*fieldwork.InstitutionImport, error) {
	known, err := areas(ctx, db)
	if err != nil {
		return nil, err
	}
	types, err := institutionTypes()
	if err != nil {
		return nil, err
	}
	reader := fieldwork.InstitutionReader{Areas: known, Types: types, OnlyOurAreas: true}
	read, err := reader.Read(bytes.NewReader(content), tabular.Options{File: name})
	if err != nil {
		return nil, err
	}
	register, revision, err := db.Register(ctx)
	if err != nil {
		return nil, err
	}
	changes := read.Against(register, known, func(string) bool { return true })
	stored := changes.Stored(nil, "")
	if len(stored) == 0 {
		return read, nil
	}
	entry := account.Entry{Actor: actor, Action: account.RegisterImported, Subject: filepath.Base(name),
		Area: fieldwork.CommonArea(stored, known), Effect: changes.Summary(0)}
	return read, db.ChangeRegister(ctx, entry, revision, stored)
}

// institutionTypes returns the kinds of institution that the program knows.
func institutionTypes() (*fieldwork.InstitutionTypes, error) {
	var tables []fieldwork.NamedTable
	for _, name := range []string{data.SchoolTypes, data.OtherTypes} {
		content, err := data.Files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read types of institution: %w", err)
		}
		tables = append(tables, fieldwork.NamedTable{File: name, Content: content})
	}
	return fieldwork.ReadInstitutionTypes(tables...)
}
