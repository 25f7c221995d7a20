package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// withContents gets a survey's pictures and sounds out of the store, for
// writing them into a bundle.
func withContents(ctx context.Context, db *store.DB, s *survey.Survey) error {
	return s.LoadContents(func(hash string) ([]byte, error) {
		one, err := db.Media(ctx, hash)
		if err != nil {
			return nil, err
		}
		return one.Data, nil
	})
}

// tellFilesLeftOut says that a file to be written has no room for pictures and
// sounds.
func (p *program) tellFilesLeftOut(out string, s *survey.Survey) {
	if len(s.Files) > 0 && !strings.EqualFold(filepath.Ext(out), ".zip") {
		fmt.Fprintln(p.stderr, p.words.N("command.files_left_out", len(s.Files), "file", out))
	}
}
