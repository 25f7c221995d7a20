package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

type waveCommands struct {
	Open    waveOpen    `cmd:"" help:"Open a wave: the survey can be answered from then on."`
	Release waveRelease `cmd:"" help:"Release the figures of an open wave's groups; they stand from then on."`
	Public  wavePublic  `cmd:"" help:"Choose the questions whose figures everybody may read."`
	Close   waveClose   `cmd:"" help:"Close a wave at once and release its figures."`
	List    waveList    `cmd:"" help:"List all waves."`
}

type waveOpen struct {
	database
	library
	Survey       string   `required:"" help:"Id of the survey."`
	Slug         string   `required:"" help:"The wave's part of the address /s/SLUG: small letters, digits, hyphens."`
	Area         string   `placeholder:"KEY" help:"Area that the wave is about."`
	Areas        []string `placeholder:"KEY" help:"Areas below it that take part, if not all."`
	Breakdown    []string `placeholder:"NAME" help:"The order in which figures are divided: area,institution_type (the usual one) or institution_type,area."`
	Until        string   `placeholder:"DATE" help:"Last day for answers, as 2026-12-31."`
	K            int      `name:"k" default:"5" help:"Smallest group whose figures are shown."`
	Population   int      `placeholder:"N" help:"How many people could answer, where known."`
	Purpose      string   `placeholder:"TEXT" help:"What the answers are for; printed in the privacy notice."`
	LegalBasis   string   `placeholder:"TEXT" help:"Legal basis; printed in the privacy notice."`
	Mandate      string   `placeholder:"TEXT" help:"Who ordered the survey."`
	MandateDay   string   `placeholder:"DATE" help:"When it was ordered."`
	Reference    string   `placeholder:"TEXT" help:"File or paper number of the mandate."`
	Contact      string   `placeholder:"TEXT" help:"Whom respondents may ask."`
	Helpline     string   `placeholder:"TEXT" help:"Where somebody finds help whom the questions trouble."`
	Supervision  string   `placeholder:"DATE" help:"When the school supervision was informed."`
	Council      string   `placeholder:"DATE" help:"When the staff council was informed."`
	Retention    string   `placeholder:"DATE" help:"Last day on which single responses are kept."`
	Institutions bool     `help:"Responses keep the institution that their access code names, for intervals that account for it; respondents are told."`
	Kiosk        bool     `help:"The wave may be answered on shared tablets: /s/SLUG?kiosk=CODE, with a group code, clears the screen after each person and is left with the same code."`
	ProofOfWork  bool     `help:"Phones do a little arithmetic before sending, against junk."`
}

// Run opens the wave and prints its address. What changed since an earlier wave
// of the survey is told; a changed type under the same name is refused, for a
// shipped survey as for an imported one.
func (c *waveOpen) Run(ctx context.Context, p *program) error {
	db, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	defer p.close(db)
	version, err := c.find(ctx, db, c.Survey)
	if err != nil {
		return err
	}
	wave := fieldwork.Wave{
		Slug: c.Slug, Area: c.Area, Areas: strings.Join(c.Areas, " "), Breakdown: strings.Join(c.Breakdown, " "), Opened: db.Today(), Until: c.Until, K: c.K, Purpose: c.Purpose,
		LegalBasis: c.LegalBasis, Mandate: c.Mandate, MandateDay: c.MandateDay, MandateReference: c.Reference, Contact: c.Contact,
		Helpline: c.Helpline, Supervision: c.Supervision, Council: c.Council, Retention: c.Retention,
		Institutions: c.Institutions, Kiosk: c.Kiosk, ProofOfWork: c.ProofOfWork,
	}
	if c.Population != 0 {
		wave.Population = &c.Population
	}
	known, err := areas(ctx, db)
	if err != nil {
		return err
	}
	if err := wave.Validate(known); err != nil {
		return err
	}
	if err := p.compareWithAnswered(ctx, db, version, version.ID); err != nil {
		return err
	}
	p.checkList(db, &wave, version)
	if _, err := db.OpenWave(ctx, p.actor(), wave, version); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "/s/%s\n", c.Slug)
	return nil
}

// checkList prints what is missing before a wave opens, and prevents nothing.
func (p *program) checkList(db *store.DB, wave *fieldwork.Wave, version *survey.Version) {
	for _, one := range wave.Concerns(fieldwork.Facts{Audience: catalogue.Audience(version.Audience),
		Languages: version.Completeness(), Today: db.Today()}) {
		pairs := make([]any, 0, 2*len(one.Params))
		for name, value := range one.Params {
			if tags, isText := value.(string); isText && name == "languages" {
				value = i18n.NativeNames(strings.Fields(tags))
			}
			pairs = append(pairs, name, value)
		}
		fmt.Fprintln(p.stderr, p.words.T("command.check_list", "text", p.words.T(one.Key, pairs...)))
	}
}

type waveClose struct {
	database
	Slug string `arg:"" help:"The wave."`
}

// Run closes the wave.
func (c *waveClose) Run(ctx context.Context, p *program) error {
	db, wave, err := c.openWave(ctx, p, c.Slug)
	if err != nil {
		return err
	}
	defer p.close(db)
	if err := db.CloseWave(ctx, p.actor(), wave); err != nil {
		return err
	}
	returns, err := db.Returns(ctx, wave)
	if err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, p.words.N("command.closed", returns, "slug", wave.Slug))
	return nil
}

type waveRelease struct {
	database
	Slug string `arg:"" help:"The wave."`
}

// Run releases the wave's figures.
func (c *waveRelease) Run(ctx context.Context, p *program) error {
	db, wave, err := c.openWave(ctx, p, c.Slug)
	if err != nil {
		return err
	}
	defer p.close(db)
	if err := db.ReleaseWave(ctx, p.actor(), wave); err != nil {
		return err
	}
	if wave, err = db.Wave(ctx, c.Slug); err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, p.words.T("command.released", "slug", wave.Slug, "number", wave.Release))
	return nil
}

type waveList struct{ database }

// Run lists the waves.
func (c *waveList) Run(ctx context.Context, p *program) error {
	db, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	defer p.close(db)
	waves, err := db.Waves(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
	for _, wave := range waves {
		end := wave.Until
		if wave.Closed != "" {
			end = wave.Closed
		}
		if end == "" {
			end = "…"
		}
		fmt.Fprintf(table, "%s\t%s %s\t%s\t%s – %s\n", wave.Slug, wave.SurveyID, wave.Version.Version,
			p.words.T("command.state."+string(wave.State)), wave.Opened, end)
	}
	return table.Flush()
}
