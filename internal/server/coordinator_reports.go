package server

import (
	"context"

	"bedarfslotse/internal/store"
)

// Reports is what the pages of reports need of the store.
type Reports interface {
	// ReleaseDay returns the day of a wave's newest release, "" before the first.
	ReleaseDay(ctx context.Context, wave *store.LiveWave) (string, error)
	// ReleasedQuotes lists the quotes of a wave that a second person has released.
	ReleasedQuotes(ctx context.Context, wave *store.LiveWave, filter store.QuoteFilter) ([]store.ReleasedQuote, error)
}
