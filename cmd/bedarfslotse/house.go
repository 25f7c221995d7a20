package main

import (
	"context"
	"log/slog"
	"time"

	"bedarfslotse/internal/jobs"
	"bedarfslotse/internal/server"
	"bedarfslotse/internal/store"
)

// office does what takes long. Where other instances may share the database it
// tells them.
func (p *program) office(db *store.DB) *jobs.Office {
	options := jobs.Options{Now: p.now, Logger: p.logger()}
	if db.Shared() {
		options.Shelf = db
	}
	return jobs.New(options)
}

// houseLease is for how long one instance keeps house for all.
const houseLease = 3 * time.Minute

// chore is something that is due by the clock alone.
type chore struct {
	name  string
	final bool // it cannot be undone, so that a clock which jumped does not decide it
	do    func(context.Context) error
}

// keepHouse does what is due by the clock alone: what is about this process
// always, what is about the database where no other instance does. Messages to
// webhooks and e-mails need no lease: each is claimed by itself.
func (p *program) keepHouse(ctx context.Context, db *store.DB, office *jobs.Office, s *server.Server) {
	logger := p.logger()
	var clock steadiness
	do := func(chores []chore) {
		for _, one := range chores {
			if one.final && !clock.steady() {
				continue
			}
			if err := one.do(ctx); err != nil && ctx.Err() == nil {
				logger.Error(one.name, slog.Any("error", err))
			}
		}
	}
	own, shared := ownChores(db, office, s), sharedChores(db, office, s)
	defer func() { _ = db.EndLeases(context.WithoutCancel(ctx)) }() // else it ends by itself
	tick := time.NewTicker(p.houseEvery())
	defer tick.Stop()
	for {
		if by := clock.look(p.now(), time.Now()); by != 0 {
			logger.Error("the clock jumped: for an hour nothing that cannot be undone is done by it", slog.Duration("by", by))
		}
		do(own)
		mine, err := db.Lease(ctx, "house", houseLease)
		if err != nil && ctx.Err() == nil {
			logger.Error("ask for the lease to keep house", slog.Any("error", err))
		}
		if mine {
			do(shared)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// houseEvery is how often the program looks what is due.
func (p *program) houseEvery() time.Duration {
	if p.every > 0 {
		return p.every
	}
	return time.Minute
}

func ownChores(db *store.DB, office *jobs.Office, s *server.Server) []chore {
	return []chore{
		{"sweep jobs", false, func(context.Context) error { office.Sweep(); return nil }},
		{"follow added areas", false, s.FollowAreas},
		{"forget deleted answers", false, db.ForgetDeleted},
		{"scrub what is left", false, db.ScrubLeft},
	}
}

func sharedChores(db *store.DB, office *jobs.Office, s *server.Server) []chore {
	return []chore{
		{"close overdue waves", true, func(ctx context.Context) error { _, err := db.CloseOverdue(ctx); return err }},
		{"end retention", true, func(ctx context.Context) error { _, err := db.EndRetention(ctx); return err }},
		{"sweep withdrawals", true, db.SweepWithdrawals},
		{"sweep drafts", true, db.SweepDrafts},
		{"tell milestones", false, func(ctx context.Context) error { return db.TellMilestones(ctx, s.Contains) }},
		{"sweep deliveries", true, db.SweepDeliveries},
		{"sweep uploads", true, db.SweepUploads},
		{"sweep results of jobs", false, office.SweepShelf},
	}
}
