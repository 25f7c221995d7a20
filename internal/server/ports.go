package server

import (
	"context"
	"crypto/sha256"

	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
)

// Waves is what the respondent's pages need of the store.
type Waves interface {
	// Wave returns the wave of that slug; failure.NotFound when there is none.
	// As long as nothing about the wave changes it is the same pointer:
	// documents are cached by it.
	Wave(ctx context.Context, slug string) (*store.LiveWave, error)
	// OpenWaves returns the waves that may still take answers.
	OpenWaves(ctx context.Context) ([]*store.LiveWave, error)
	// Code returns what an access code carries, and its wave;
	// failure.NotFound when there is no such code.
	Code(ctx context.Context, code string) (*fieldwork.Code, *store.LiveWave, error)
	// Repeated tells whether a submission id was stored before with this
	// content; failure.Conflict when it was with another.
	Repeated(ctx context.Context, wave *store.LiveWave, id string, content [sha256.Size]byte) (store.Outcome, bool, error)
	// Accept stores a checked submission durably; failure.Gone when the wave
	// takes no more answers, failure.Invalid for a code that is not good.
	Accept(ctx context.Context, wave *store.LiveWave, submission store.Submission) (store.Outcome, error)
	// Media returns the picture or sound whose content has that hexadecimal
	// SHA-256; failure.NotFound when no survey has it.
	Media(ctx context.Context, hash string) (*store.Media, error)
	// Withdraw deletes what lies under a receipt; failure.NotFound when nothing
	// ever did.
	Withdraw(ctx context.Context, receipt string) error
	// KeepDraft keeps an encrypted draft and returns the last day it is kept.
	KeepDraft(ctx context.Context, wave *store.LiveWave, id string, data []byte) (last string, err error)
	// Draft returns a draft that is kept; failure.NotFound when none is.
	Draft(ctx context.Context, wave *store.LiveWave, id string) ([]byte, error)
	// ForgetDraft deletes a draft, if it is kept.
	ForgetDraft(ctx context.Context, wave *store.LiveWave, id string) error
}

var _ Waves = (*store.DB)(nil)
