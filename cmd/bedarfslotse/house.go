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
	name string
	do   func(context.Context) error
}

// keepHouse does what is due by the clock alone: what is about this process
// always, what is about the database where no other instance does. Messages to
// webhooks and e-mails need no lease: each is claimed by itself.
func (p *program) keepHouse(ctx context.Context, db *store.DB, office *jobs.Office, s *server.Server) {
	logger := p.logger()
	do := func(chores []chore) {
		for _, one := range chores {
			if err := one.do(ctx); err != nil && ctx.Err() == nil {
				logger.Error(one.name, slog.Any("error", err))
			}
		}
	}
	own, shared := ownChores(office, s), sharedChores(db, office, s)
	defer func() { _ = db.EndLeases(context.WithoutCancel(ctx)) }() // else it ends by itself
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
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

func ownChores(office *jobs.Office, s *server.Server) []chore {
	return []chore{
		{"sweep jobs", func(context.Context) error { office.Sweep(); return nil }},
		{"follow added areas", s.FollowAreas},
	}
}

func sharedChores(db *store.DB, office *jobs.Office, s *server.Server) []chore {
	return []chore{
		{"close overdue waves", func(ctx context.Context) error { _, err := db.CloseOverdue(ctx); return err }},
		{"end retention", func(ctx context.Context) error { _, err := db.EndRetention(ctx); return err }},
		{"sweep withdrawals", db.SweepWithdrawals},
		{"sweep drafts", db.SweepDrafts},
		{"tell milestones", func(ctx context.Context) error { return db.TellMilestones(ctx, s.Contains) }},
		{"sweep deliveries", db.SweepDeliveries},
		{"sweep uploads", db.SweepUploads},
		{"sweep results of jobs", office.SweepShelf},
	}
}
