package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/store/archive"
)

type backupCommand struct {
	database
	Recipient      []string `placeholder:"age1…" help:"Encrypt for this key of age (age-keygen makes one); may be given several times."`
	PassphraseFile string   `placeholder:"FILE" help:"Encrypt with the passphrase in this file instead."`
	Force          bool     `help:"Replace FILE if it exists."`
	File           string   `arg:"" placeholder:"FILE" help:"Where to write, for example bedarfslotse.tar.zst."`
}

// Run backs up a database that may be in use, at whatever schema it is.
func (c *backupCommand) Run(ctx context.Context, p *program) error {
	p.goLast()
	recipients, err := recipients(c.Recipient, c.PassphraseFile)
	if err != nil {
		return err
	}
	db, err := store.OpenAsIs(ctx, c.DB, store.Options{Now: p.now})
	if err != nil {
		return err
	}
	defer p.close(db)
	began := time.Now()
	made, err := archive.Backup(ctx, db, c.File, archive.Options{Scratch: scratchFor(c.DB), Force: c.Force, Recipients: recipients,
		Now: p.now, Progress: p.tableProgress()})
	if err != nil {
		return p.stopped(ctx, err)
	}
	if err := db.NoteBackupByHand(ctx, goodBackup(filepath.Base(c.File), made, time.Since(began))); err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, p.words.T("backup.made", "file", c.File, "size", p.megabytes(made.Size)))
	if len(recipients) == 0 {
		fmt.Fprintln(p.stderr, p.words.T("backup.readable"))
	}
	return nil
}

// scratchFor is the folder in which a readable copy of the database may lie for a
// while: beside the database itself, or, for PostgreSQL, the system's.
func scratchFor(address string) string {
	if store.IsPostgres(address) {
		return os.TempDir()
	}
	return filepath.Dir(address)
}

func (p *program) megabytes(size int64) string {
	return p.words.Number(float64(size)/1e6, 1) + "\u00a0MB"
}

// recipients are those who can read a backup, none when everybody can.
func recipients(keys []string, passphraseFile string) ([]age.Recipient, error) {
	var all []age.Recipient
	for _, key := range keys {
		one, err := age.ParseRecipients(strings.NewReader(key))
		if err != nil {
			return nil, failure.New(failure.Invalid, "backup.bad_recipient", "key", key).Because(err)
		}
		all = append(all, one...)
	}
	if passphraseFile == "" {
		return all, nil
	}
	if len(all) > 0 {
		return nil, failure.New(failure.Invalid, "backup.either_key")
	}
	passphrase, err := passphraseIn(passphraseFile)
	if err != nil {
		return nil, err
	}
	one, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, fmt.Errorf("encrypt with a passphrase: %w", err)
	}
	return []age.Recipient{one}, nil
}

// passphraseIn reads the first line of a file.
func passphraseIn(path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", failure.Errorf(failure.NotFound, "read the passphrase: %w", err)
	}
	line, _, _ := strings.Cut(string(content), "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" {
		return "", failure.New(failure.Invalid, "backup.no_passphrase", "path", path)
	}
	return line, nil
}

// keys open encrypted backups.
type keys struct {
	Identity       []string `placeholder:"FILE" help:"File with the secret key of an encrypted backup; may be given several times."`
	PassphraseFile string   `placeholder:"FILE" help:"File with the passphrase of an encrypted backup."`
}

func (k keys) identities() (all []age.Identity, err error) {
	for _, path := range k.Identity {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, failure.Errorf(failure.NotFound, "read the key: %w", err)
		}
		found, err := age.ParseIdentities(strings.NewReader(string(content)))
		if err != nil {
			return nil, failure.New(failure.Invalid, "backup.bad_identity", "path", path)
		}
		all = append(all, found...)
	}
	if k.PassphraseFile == "" {
		return all, nil
	}
	passphrase, err := passphraseIn(k.PassphraseFile)
	if err != nil {
		return nil, err
	}
	one, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, fmt.Errorf("decrypt with a passphrase: %w", err)
	}
	return append(all, one), nil
}

// unpack unpacks a backup into folder and compares what it holds with what it
// says of itself; differences are printed to table. It fails when there are any.
func (p *program) unpack(ctx context.Context, k keys, path, folder string, table io.Writer) (*archive.Unpacked, error) {
	identities, err := k.identities()
	if err != nil {
		return nil, err
	}
	unpacked, err := archive.Unpack(ctx, path, folder, identities...)
	if err != nil {
		return nil, p.stopped(ctx, err)
	}
	compared, same, err := unpacked.Compare(ctx)
	if err == nil {
		err = p.printCompared(table, compared)
	}
	if err == nil && !same {
		err = failure.New(failure.Invalid, "backup.differs", "path", path)
	}
	if err != nil {
		_ = unpacked.Close() // the other error says more
		return nil, p.stopped(ctx, err)
	}
	return unpacked, nil
}
