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

// exec runs a statement inside tx.
func (s *statements) exec(ctx context.Context, tx *sql.Tx, text string, arguments ...any) error {
	prepared, err := s.in(ctx, tx, text)
	if err == nil {
		_, err = prepared.ExecContext(ctx, arguments...)
	}
	return err
}

// query runs a statement inside tx and calls visit for every row.
func (s *statements) query(ctx context.Context, tx *sql.Tx, text string, visit func(scanner) error, arguments ...any) error {
	prepared, err := s.in(ctx, tx, text)
	if err != nil {
		return err
	}
	rows, err := prepared.QueryContext(ctx, arguments...)
	if err != nil {
		return err
	}
	return each(rows, visit)
}

func each(rows *sql.Rows, visit func(scanner) error) error {
	defer func() { _ = rows.Close() }() // errors of reading come from Err
	for rows.Next() {
		if err := visit(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// asker runs a query and calls visit for every row.
type asker func(text string, visit func(scanner) error, arguments ...any) error

// asker asks inside tx, by prepared statements.
func (s *statements) asker(ctx context.Context, tx *sql.Tx) asker {
	return func(text string, visit func(scanner) error, arguments ...any) error {
		return s.query(ctx, tx, text, visit, arguments...)
	}
}

// asking asks inside a transaction of the readers.
func asking(ctx context.Context, tx *sql.Tx) asker {
	return func(text string, visit func(scanner) error, arguments ...any) error {
		rows, err := tx.QueryContext(ctx, text, arguments...)
		if err != nil {
			return err
		}
		return each(rows, visit)
	}
}

// in returns the prepared statement for use inside tx, which closes it. A
// statement said for the first time is prepared for this transaction only,
// since it holds SQLite's one writing connection; see settle.
func (s *statements) in(ctx context.Context, tx *sql.Tx, text string) (*sql.Stmt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.byText[text]; known != nil {
		return tx.StmtContext(ctx, known), nil
	}
	if s.byText == nil {
		s.byText = map[string]*sql.Stmt{}
	}
	s.byText[text] = nil
	return tx.PrepareContext(ctx, text)
}

// settle prepares for good what transactions asked for since the last time. It
// is called outside transactions.
func (s *statements) settle(ctx context.Context) error {
	for _, text := range s.missing() {
		// Without the lock: this waits for SQLite's one writing connection, and
		// whoever holds that one waits for the lock.
		prepared, err := s.db.PrepareContext(ctx, text)
		if err != nil {
			return fmt.Errorf("prepare statement: %w", err)
		}
		s.mu.Lock()
		s.byText[text] = prepared
		s.mu.Unlock()
	}
	return nil
}

// missing lists the statements that have been asked for and are not prepared.
func (s *statements) missing() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var texts []string
	for text, known := range s.byText {
		if known == nil {
			texts = append(texts, text)
		}
	}
	return texts
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
