package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/notify"
	"bedarfslotse/internal/server"
	"bedarfslotse/internal/store"
)

// doctorCommand looks at an installation with the settings it is served with.
type doctorCommand struct {
	Serve  serveCommand `embed:""`
	Format string       `default:"text" enum:"text,json" placeholder:"FORMAT" help:"text or json."`
	MailTo string       `placeholder:"ADDRESS" help:"Send a test e-mail there; without it the mail server is reached, but nothing sent."`
}

// health is how something is.
type health string

const (
	well    health = "ok"
	warning health = "warning"
	problem health = "problem"
)

// diagnosis is one thing that the doctor looked at.
type diagnosis struct {
	Check string `json:"check"`
	State health `json:"state"`
	Seen  string `json:"seen"`
	Do    string `json:"do,omitempty"`
}

// doctor collects what is seen.
type doctor struct {
	*program
	command *doctorCommand
	seen    []diagnosis
}

// note adds one; its words are doctor.KEY, and doctor.KEY_do for what to do.
func (d *doctor) note(check string, state health, key string, pairs ...any) {
	one := diagnosis{Check: check, State: state, Seen: d.words.T("doctor."+key, pairs...)}
	if state != well {
		one.Do = d.words.T("doctor."+key+"_do", pairs...)
	}
	d.seen = append(d.seen, one)
}

// Run looks at everything and prints what it saw; it fails where there is a
// problem.
func (c *doctorCommand) Run(ctx context.Context, p *program) error {
	d := &doctor{program: p, command: c}
	d.disk()
	d.files()
	examined := d.database(ctx)
	if examined != nil {
		d.clock(examined)
		d.backups(examined)
	}
	d.mail(ctx)
	d.address(ctx, examined)
	d.secrets()
	d.limits()
	if c.Format == "json" {
		encoder := json.NewEncoder(p.stdout)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(d.seen); err != nil {
			return err
		}
	} else {
		for _, one := range d.seen {
			fmt.Fprintf(p.stdout, "%-8s %s: %s\n", p.words.T("doctor.state."+string(one.State)), p.words.T("doctor.check."+one.Check), one.Seen)
			if one.Do != "" {
				fmt.Fprintf(p.stdout, "         → %s\n", one.Do)
			}
		}
	}
	if slices.ContainsFunc(d.seen, func(one diagnosis) bool { return one.State == problem }) {
		return errFindings
	}
	return nil
}

// postgres tells whether the database is no file.
func (d *doctor) postgres() bool { return strings.HasPrefix(d.command.Serve.DB, "postgres") }

// tightRoom is the room on the disk below which somebody should look after it.
const tightRoom = 1 << 30

func (d *doctor) disk() {
	if d.postgres() {
		return
	}
	room, err := store.RoomAt(filepath.Dir(d.command.Serve.DB))
	free := room.Free >> 20
	switch {
	case err != nil:
		d.note("disk", warning, "disk_unknown", "folder", filepath.Dir(d.command.Serve.DB))
	case room.Free < store.LeastRoom:
		d.note("disk", problem, "disk_full", "free", free)
	case room.Free < tightRoom:
		d.note("disk", warning, "disk_tight", "free", free)
	default:
		d.note("disk", well, "disk", "free", free)
	}
}

// files looks whether anybody else may read the database, and whether it is whose
// folder it lies in.
func (d *doctor) files() {
	if d.postgres() {
		return
	}
	path := d.command.Serve.DB
	before := len(d.seen)
	folder := filepath.Dir(path)
	for _, name := range []string{folder, filepath.Join(folder, "acme"), path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			continue // told below where it matters
		}
		most := fs.FileMode(0o600)
		if info.IsDir() {
			most = 0o700
		}
		if mode := info.Mode().Perm(); mode&^most != 0 {
			d.note("files", problem, "files_open", "path", name, "mode", fmt.Sprintf("%04o", mode), "want", fmt.Sprintf("%04o", most))
		}
		if owner, mine, known := ownerOf(info); known && owner != mine && mine != 0 {
			d.note("files", problem, "files_owner", "path", name, "owner", owner, "mine", mine)
		}
	}
	if len(d.seen) == before {
		d.note("files", well, "files")
	}
}

func (d *doctor) database(ctx context.Context) *store.Examination {
	path := d.command.Serve.DB
	if !d.postgres() {
		if _, err := os.Stat(path); err != nil {
			d.note("database", problem, "database_none", "path", path)
			return nil
		}
	}
	seen, err := store.Examine(ctx, path)
	switch {
	case err != nil:
		d.note("database", problem, "database_silent")
		return nil
	case len(seen.Faults) > 0 || seen.Orphans > 0:
		d.note("database", problem, "database_broken", "faults", strings.Join(seen.Faults, "; "), "orphans", seen.Orphans)
	case seen.Postgres && seen.SynchronousCommit == "off":
		d.note("database", problem, "database_hasty", "version", seen.Version)
	case seen.Postgres && seen.MaxConnections < seen.Pool+5:
		d.note("database", warning, "database_crowded", "version", seen.Version, "most", seen.MaxConnections, "pool", seen.Pool)
	case seen.Postgres:
		d.note("database", well, "database_postgres", "version", seen.Version, "commit", seen.SynchronousCommit, "most", seen.MaxConnections)
	default:
		d.note("database", well, "database")
	}
	switch {
	case seen.Schema > seen.Wants:
		d.note("schema", problem, "schema_newer", "schema", seen.Schema, "wants", seen.Wants)
	case seen.Schema < seen.Wants:
		d.note("schema", warning, "schema_older", "schema", seen.Schema, "wants", seen.Wants)
	default:
		d.note("schema", well, "schema", "schema", seen.Schema)
	}
	return seen
}

// clockSlack is how far the clock may be from the database's.
const clockSlack = 5 * time.Second

func (d *doctor) clock(seen *store.Examination) {
	now := d.now()
	switch off := now.Sub(seen.Clock).Abs(); {
	case seen.Postgres && off > clockSlack:
		d.note("clock", problem, "clock_off", "seconds", int(off.Seconds()))
	case seen.NewestDay > now.AddDate(0, 0, 1).Format(time.DateOnly):
		d.note("clock", problem, "clock_behind", "day", seen.NewestDay, "today", now.Format(time.DateOnly))
	default:
		d.note("clock", well, "clock", "today", now.Format("2006-01-02 15:04"))
	}
}

func (d *doctor) backups(seen *store.Examination) {
	days := int(d.now().Sub(seen.Backup.Made).Hours() / 24)
	switch {
	case seen.Backup.Failed.After(seen.Backup.Made):
		d.note("backup", problem, "backup_failed", "at", seen.Backup.Failed.Local().Format("2006-01-02 15:04"))
	case seen.Backup.Made.IsZero():
		d.note("backup", warning, "backup_none")
	case days >= 7, seen.Backup.Overdue(d.now()):
		d.note("backup", problem, "backup_old", "days", days)
	case days >= 2:
		d.note("backup", warning, "backup_old", "days", days)
	default:
		d.note("backup", well, "backup", "at", seen.Backup.Made.Local().Format("2006-01-02 15:04"))
	}
}

func (d *doctor) mail(ctx context.Context) {
	settings := d.command.Serve.SMTP
	mailer, err := settings.mailer(d.env)
	switch {
	case err != nil:
		d.note("mail", problem, "mail_settings", "why", d.words.T(failure.As(err).Key, pairs(failure.As(err).Params)...))
		return
	case mailer == nil:
		d.note("mail", well, "mail_none")
		return
	}
	if err := mailer.Reach(ctx); err != nil {
		d.note("mail", problem, "mail_silent", "host", settings.Host, "port", settings.Port, "why", err.Error())
		return
	}
	if d.command.MailTo == "" {
		d.note("mail", well, "mail", "host", settings.Host, "tls", settings.TLS)
		return
	}
	outcome := mailer.Send(ctx, notify.Message{ID: fmt.Sprintf("doctor.%d@%s", d.now().UnixNano(), settings.Host), To: d.command.MailTo,
		Subject: d.words.T("doctor.mail_subject"), Text: d.words.T("doctor.mail_text"), Attempts: 1})
	if outcome.State != notify.Sent {
		d.note("mail", problem, "mail_refused", "host", settings.Host, "why", outcome.Reason)
		return
	}
	d.note("mail", well, "mail_sent", "to", d.command.MailTo)
}

func (d *doctor) address(ctx context.Context, seen *store.Examination) {
	base, err := url.Parse(d.command.Serve.BaseURL)
	if d.command.Serve.BaseURL == "" || err != nil {
		d.note("address", warning, "address_none")
		return
	}
	answered, header, err := visitor().get(ctx, base.JoinPath("healthz").String())
	switch {
	case err != nil:
		d.note("address", problem, "address_silent", "address", base, "why", err.Error())
	case header.Get(server.InstanceHeader) == "":
		d.note("address", problem, "address_other", "address", base, "status", answered)
	case seen != nil && seen.Instance != "" && header.Get(server.InstanceHeader) != store.InstanceMark(seen.Instance):
		d.note("address", problem, "address_another", "address", base)
	case base.Scheme != "https":
		d.note("address", warning, "address_clear", "address", base)
	case header.Get("Strict-Transport-Security") == "":
		d.note("address", warning, "address_hsts", "address", base)
	default:
		d.note("address", well, "address", "address", base)
	}
}

// secrets looks whether files with passwords are for their owner alone. On the
// command line there are none: the program does not start with them.
func (d *doctor) secrets() {
	before := len(d.seen)
	for _, path := range []string{d.command.Serve.SMTP.PasswordFile, d.command.Serve.OpenID.ClientSecretFile, d.command.Serve.TLSKey} {
		if path == "" {
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			d.note("secrets", problem, "secrets_missing", "path", path)
		} else if info.Mode().Perm()&0o007 != 0 {
			d.note("secrets", problem, "secrets_open", "path", path, "mode", fmt.Sprintf("%04o", info.Mode().Perm()))
		}
	}
	if len(d.seen) == before {
		d.note("secrets", well, "secrets")
	}
}

// leastFiles is how many files and connections the program should be allowed to
// have open.
const leastFiles = 4096

func (d *doctor) limits() {
	files, known := openFiles()
	switch {
	case !known:
	case files < leastFiles:
		d.note("limits", warning, "limits_few", "files", files, "want", leastFiles)
	default:
		d.note("limits", well, "limits", "files", files)
	}
}
