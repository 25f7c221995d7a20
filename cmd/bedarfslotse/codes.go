package main

import (
	"context"
	"fmt"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
)

type codesCommands struct {
	Create codesCreate `cmd:"" help:"Make access codes and print them, the only time they can be read."`
}

type codesCreate struct {
	database
	Wave        string `required:"" placeholder:"SLUG" help:"The wave."`
	Institution string `xor:"carried" placeholder:"NUMBER" help:"Official number of the institution that the codes carry."`
	Area        string `xor:"carried" placeholder:"KEY" help:"Area that the codes carry."`
	Group       bool   `help:"A code for many people in place of single-use codes."`
	Count       int    `default:"1" help:"How many codes."`
}

// Run makes the codes and prints one a line.
func (c *codesCreate) Run(ctx context.Context, p *program) error {
	if c.Count < 1 || c.Count > 100_000 {
		return failure.New(failure.Invalid, "command.bad_count", "count", c.Count)
	}
	db, wave, err := c.openWave(ctx, p, c.Wave)
	if err != nil {
		return err
	}
	defer p.close(db)
	if wave.State == fieldwork.Closed {
		return failure.New(failure.Gone, "error.wave_closed")
	}
	carried := fieldwork.Carried{Area: wave.Area}
	switch {
	case c.Institution != "":
		institution, err := db.Institution(ctx, c.Institution)
		if err != nil {
			return err
		}
		carried = fieldwork.Carried{Area: institution.Area, InstitutionType: institution.Type, Institution: institution.Number}
	case c.Area != "":
		known, err := areas(ctx, db)
		if err != nil {
			return err
		}
		if _, ok := known.Get(c.Area); !ok {
			return fieldwork.UnknownArea(known, c.Area)
		}
		carried.Area = c.Area
	}
	codes, err := db.CreateCodes(ctx, p.actor(), wave, carried, c.Group, c.Count)
	if err != nil {
		return err
	}
	fmt.Fprintln(p.stderr, p.words.T("command.code_address"))
	for _, code := range codes {
		fmt.Fprintln(p.stdout, code)
	}
	return nil
}
