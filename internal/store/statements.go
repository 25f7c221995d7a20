package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
)

// statements keeps what the intake says over and over prepared: parsing costs
// SQLite more than doing it.
type statements struct {
	db *sql.DB

	mu     sync.Mutex
	byText map[string]*sql.Stmt
}

// in returns the prepared statement for use inside tx.
func (s *statements) in(ctx context.Context, tx *sql.Tx, text string) (*sql.Stmt, error) {
	s.mu.Lock()
	known := s.byText[text]
	s.mu.Unlock()
	if known != nil {
		return tx.StmtContext(ctx, known), nil
	}
	// Prepared in the transaction first, since it holds SQLite's only writing
	// connection; the lasting one is made when the connection is free again.
	prepared, err := tx.PrepareContext(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("prepare statement: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byText == nil {
		s.byText = map[string]*sql.Stmt{}
	}
	s.byText[text] = nil
	return prepared, nil
}

// settle prepares for good what the last transaction asked for. It is called
// outside transactions.
func (s *statements) settle(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for text, known := range s.byText {
		if known != nil {
			continue
		}
		prepared, err := s.db.PrepareContext(ctx, text)
		if err != nil {
			return fmt.Errorf("prepare statement: %w", err)
		}
		s.byText[text] = prepared
	}
	return nil
}

// close lets go of all statements.
func (s *statements) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, known := range s.byText {
		if known != nil {
			_ = known.Close() // the connection closes right after
		}
	}
	s.byText = nil
}

// portions splits a number of rows into powers of two up to the most, the
// large ones first, so that a handful of prepared statements serves them all.
func portions(rows, most int) []int {
	var sizes []int
	for size := most; rows > 0; size /= 2 {
		for ; rows >= size; rows -= size {
			sizes = append(sizes, size)
		}
	}
	return sizes
}
