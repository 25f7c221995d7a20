package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"bedarfslotse/data"
	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/report"
	"bedarfslotse/internal/store"
)

type demoCommand struct {
	Addr      string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen; this machine only."`
	Responses *int   `placeholder:"N" help:"How many sample answers to make up, 1500 when not given."`
}

// demoPath is where the demonstration keeps its database, below the folder it
// is started in. It never touches another one.
const demoPath = "data/var/demo.db"

// demoAccount may sign in to the demonstration. It is public, which is why the
// demonstration listens on this machine only.
const demoAccount = "demo"

// Run seeds the database unless it is, then serves it.
func (c *demoCommand) Run(ctx context.Context, p *program) error {
	p.logs = logging{LogLevel: "warn"} // for eyes, not for machines
	if err := onlyHere(c.Addr); err != nil {
		return err
	}
	if c.Responses != nil && (*c.Responses < 0 || *c.Responses > 1_000_000) {
		return failure.New(failure.Invalid, "command.bad_sample_count", "count", *c.Responses)
	}
	db, err := c.seeded(ctx, p)
	if err != nil {
		return err
	}
	defer p.close(db)
	return p.serve(ctx, db, &serveCommand{Addr: c.Addr, RateLimit: 300}, true)
}

// onlyHere refuses addresses that other machines could reach.
func onlyHere(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return failure.Errorf(failure.Invalid, "%w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return failure.New(failure.Invalid, "command.demo_loopback", "address", address)
	}
	return nil
}

// usualResponses is how many sample answers there are unless somebody asks for
// another number.
const usualResponses = 1500

// seeded opens the demonstration's database. It is filled when it is new or
// half made, when another number of answers is asked for, and once a month,
// since its waves end.
func (c *demoCommand) seeded(ctx context.Context, p *program) (*store.DB, error) {
	clock := &movingClock{now: p.now()}
	db, err := store.Open(ctx, demoPath, store.Options{Now: clock.Now, Places: places, Words: p.inEvery})
	if err != nil {
		return nil, err
	}
	made, err := db.Fact(ctx, demoFact)
	if err == nil {
		err = c.seed(ctx, p, db, clock, made)
	}
	if closing := db.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return nil, fmt.Errorf("make sample answers: %w", err)
	}
	return store.Open(ctx, demoPath, store.Options{Now: p.now, Places: places, Words: p.inEvery})
}

func (c *demoCommand) seed(ctx context.Context, p *program, db *store.DB, clock *movingClock, made string) error {
	responses := usualResponses
	if _, err := fmt.Sscan(made, &responses); err != nil {
		responses = usualResponses
	}
	if c.Responses != nil {
		responses = *c.Responses
	}
	plan, err := newSamplePlan(responses)
	if err != nil || made == plan.mark(p.now()) {
		return err
	}
	fmt.Fprintln(p.stdout, p.words.T("command.demo_seeding"))
	// In place, not in a new file: another demonstration may be running on it.
	if err := db.Wipe(ctx); err != nil {
		return err
	}
	if err := plan.seed(ctx, p.actor(), db, clock, p.now()); err != nil {
		return err
	}
	if err := p.sampleReport(ctx, db); err != nil {
		return err
	}
	return db.SetFact(ctx, demoFact, plan.mark(p.now()))
}

// sampleReport begins a report about the families' answers, on which somebody is
// just being asked for comments. Without answers there is nothing to report.
func (p *program) sampleReport(ctx context.Context, db *store.DB) error {
	wave, err := db.Wave(ctx, "families")
	if err != nil {
		return err
	}
	document, err := p.report(ctx, db, &reportCommand{Lang: "de"}, wave)
	if code := failure.CodeOf(err); code == failure.Forbidden {
		return nil
	}
	if err != nil {
		return err
	}
	words := p.all.Localizer("de")
	work, err := report.Begin(document, []report.Step{{Name: words.T("report.step.coordinator"), Person: demoAccount}, {Name: words.T("report.step.head")}, {Name: words.T("report.step.council")}})
	if err != nil {
		return err
	}
	id, err := db.AddReport(ctx, demoAccount, wave, work)
	if err != nil {
		return err
	}
	return db.ChangeReport(ctx, demoAccount, id, -1, account.ReportRoundOpened, func(w *report.Work) error {
		if err := w.OpenRound(); err != nil {
			return err
		}
		return w.Say(report.Comment{ID: "SAMPLE", Block: w.Blocks[1].ID, Author: demoAccount, At: p.now().UTC().Format(time.RFC3339), Text: words.T("command.sample_comment")})
	})
}

// demoFact is the name under which the database remembers what it was made of.
const demoFact = "demo"

// seedPeople makes the demonstration's account and loads the schools.
func seedPeople(ctx context.Context, actor string, db *store.DB) error {
	schools, err := data.Files.ReadFile(data.Schools)
	if err != nil {
		return err
	}
	if _, err := storeInstitutions(ctx, actor, db, data.Schools, schools); err != nil {
		return err
	}
	user := account.User{Name: demoAccount, Grants: []account.Grant{{Role: account.Coordinator}}}
	return db.AddUser(ctx, actor, user, account.NewHasher(1).Hash(demoAccount))
}
