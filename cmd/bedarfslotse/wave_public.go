package main

import (
	"context"
	"fmt"
	"strings"

	"bedarfslotse/internal/failure"
)

type wavePublic struct {
	database
	Slug      string   `arg:"" help:"The wave."`
	Questions []string `placeholder:"NAME" help:"Questions whose figures everybody may read from then on, slightly changed at random."`
	None      bool     `help:"Nothing is public any more."`
	Licence   string   `default:"dl-de/by-2-0" enum:"dl-de/by-2-0,dl-de/zero-2-0,CC-BY-4.0,CC0-1.0" help:"Licence of the open data: ${enum}."`
}

// Run makes figures of the wave public, takes back what is, or tells what is.
func (c *wavePublic) Run(ctx context.Context, p *program) error {
	if c.None && len(c.Questions) > 0 {
		return failure.New(failure.Invalid, "command.public_either")
	}
	db, wave, err := c.openWave(ctx, p, c.Slug)
	if err != nil {
		return err
	}
	defer p.close(db)
	if c.None || len(c.Questions) > 0 {
		if err := db.PublishResults(ctx, p.actor(), wave, c.Questions, c.Licence); err != nil {
			return err
		}
		if wave, err = db.Wave(ctx, c.Slug); err != nil {
			return err
		}
	}
	if len(wave.Published()) == 0 {
		fmt.Fprintln(p.stdout, p.words.T("command.public_none", "slug", wave.Slug))
		return nil
	}
	fmt.Fprintln(p.stdout, p.words.T("command.public", "address", "/results/"+wave.Slug, "questions", strings.Join(wave.Published(), ", "),
		"licence", wave.PublicLicence))
	return nil
}
