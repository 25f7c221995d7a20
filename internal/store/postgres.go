package store

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"bedarfslotse/internal/failure"
)

// How long a database behind a network may keep us waiting.
const (
	connectPatience = 5 * time.Second // for a connection; of several hosts each
	keepAlive       = 5 * time.Second // between probes of a silent connection; three without an answer end it
)

// sessionSettings bound what one connection can hold up at the server: locks of a
// program that is gone, or that waits for somebody else's. There is no
// statement_timeout among them: PostgreSQL answers a commit that it ends while it
// waits for the synchronous standby with success.
const sessionSettings = `
	SET lock_timeout = '10s';
	SET idle_in_transaction_session_timeout = '30s'`

func (db *DB) openPostgres(address string) error {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return failure.Errorf(failure.Invalid, "address of PostgreSQL: %w", err)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectPatience
	}
	config.DialFunc = (&net.Dialer{KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: keepAlive, Interval: keepAlive, Count: 3}}).DialContext
	pool := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(ctx context.Context, one *pgx.Conn) error {
		if _, err := one.Exec(ctx, sessionSettings); err != nil {
			return fmt.Errorf("set up the connection: %w", err)
		}
		return nil
	}))
	pool.SetMaxOpenConns(16)
	pool.SetMaxIdleConns(16)
	db.postgres = true
	db.write, db.read = pool, pool
	return nil
}
