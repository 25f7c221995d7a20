package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/user"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
	"bedarfslotse/locales"
)

// program is one run of the command, apart from the process around it, so that
// a test starts the whole of it.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	env            func(string) string
	now            func() time.Time
	// listening is told the address once the server accepts connections.
	listening func(address string)
	// watched is told the address of the listener for monitors.
	watched func(address string)
	// every is how often to look what is due by the clock; 0 for every minute.
	every time.Duration
	// yield gives other processes precedence; nil where the process is not ours
	// alone.
	yield func()

	words *i18n.Localizer
	all   *i18n.Catalogue
	logs  logging
	// figures are those of the server while it serves.
	figures *metrics
}

// commands is the command line. Others rely on these names.
type commands struct {
	Serve        serveCommand         `cmd:"" help:"Serve surveys and the coordinator's pages."`
	Demo         demoCommand          `cmd:"" help:"Fill a database of its own with clearly labelled sample answers and serve it."`
	Check        checkCommand         `cmd:"" help:"Check surveys: YAML files, folders, XLSForms."`
	Eval         evalCommand          `cmd:"" help:"Compute an expression, and show why a question is not shown."`
	Convert      convertCommand       `cmd:"" help:"Convert a survey between YAML and XLSForm."`
	Survey       surveyCommands       `cmd:"" help:"Import, list and export surveys."`
	Wave         waveCommands         `cmd:"" help:"Open, close and list waves."`
	Responses    responsesCommands    `cmd:"" help:"Import and export responses."`
	Gap          gapCommand           `cmd:"" help:"Compare what is needed with what is offered."`
	Report       reportCommand        `cmd:"" help:"Write the report about a wave as DOCX or HTML, with its address beside each figure."`
	Codes        codesCommands        `cmd:"" help:"Make access codes."`
	Institutions institutionsCommands `cmd:"" help:"Import institutions."`
	User         userCommands         `cmd:"" help:"Manage accounts."`
	Token        tokenCommands        `cmd:"" help:"Manage tokens of the interface."`
	DB           dbCommands           `cmd:"" name:"db" help:"Move a database to another engine."`
	Backup       backupCommand        `cmd:"" help:"Back up a database into one file, while it is in use."`
	Restore      restoreCommand       `cmd:"" help:"Put a backup in the database's place; the old file is kept."`
	Verify       verifyCommand        `cmd:"" help:"Check a backup by restoring it to a scratch place."`
	Bench        benchCommand         `cmd:"" help:"Try how many respondents an installation bears."`
	Doctor       doctorCommand        `cmd:"" help:"Look whether all is well with an installation, and say what to do."`
	Version      versionCommand       `cmd:"" help:"Say which program this is."`
	Audit        auditCommand         `cmd:"" help:"Check that nobody changed the audit log, and print it."`
}

// database is the flag that every command on stored things has.
type database struct {
	DB string `name:"db" placeholder:"PATH|postgres://…" default:"data/var/bedarfslotse.db" help:"The database: a file, or a PostgreSQL address."`
}

func (d database) open(ctx context.Context, p *program) (*store.DB, error) {
	return store.Open(ctx, d.DB, store.Options{Now: p.now, Places: places, Words: p.inEvery})
}

// inEvery says a phrase in every language of the desk.
func (p *program) inEvery(key string) survey.Text {
	text := survey.Text{}
	for _, language := range []string{"de", "en"} {
		text[language] = survey.Phrase{Text: p.all.Localizer(language).T(key)}
	}
	return text
}

// openWave opens the database and finds a wave in it.
func (d database) openWave(ctx context.Context, p *program, slug string) (*store.DB, *store.LiveWave, error) {
	db, err := d.open(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	wave, err := db.Wave(ctx, slug)
	if failure.CodeOf(err) == failure.NotFound {
		err = failure.New(failure.NotFound, "command.unknown_wave", "slug", slug)
	}
	if err != nil {
		p.close(db)
		return nil, nil, err
	}
	return db, wave, nil
}

// close closes the database. What was committed is safe whatever this says.
func (p *program) close(db *store.DB) {
	if err := db.Close(); err != nil {
		p.logger().Error("close the database", slog.Any("error", err))
	}
}

// goLast lets other processes go first: what serves people beside a long work
// that nobody waits for.
func (p *program) goLast() {
	if p.yield != nil {
		p.yield()
	}
}

// actor is who runs the command, for the audit log: as the system knows them.
func (p *program) actor() string {
	known, err := user.Current()
	if err != nil { // a container may know no name for the number
		return account.AtCommandLine(strconv.Itoa(os.Getuid()))
	}
	return account.AtCommandLine(known.Username)
}

// run parses the arguments, runs one command and returns the exit code.
func (p *program) run(ctx context.Context, arguments []string) int {
	if p.now == nil {
		p.now = time.Now
	}
	catalogue, err := i18n.Load(locales.FS)
	if err != nil {
		fmt.Fprintln(p.stderr, err)
		return 1
	}
	p.all, p.words = catalogue, catalogue.Localizer(p.language())
	exit := -1
	parser, err := kong.New(&commands{},
		kong.Name("bedarfslotse"),
		kong.Description("Multilingual needs assessment for municipalities."),
		kong.DefaultEnvars("BEDARFSLOTSE"),
		kong.Writers(p.stdout, p.stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(p),
	)
	if err != nil {
		fmt.Fprintln(p.stderr, err)
		return 1
	}
	command, err := parser.Parse(arguments)
	if exit >= 0 { // --help
		return exit
	}
	if err != nil {
		fmt.Fprintf(p.stderr, "bedarfslotse: %v\n", err)
		return 2
	}
	if err := refuseSecrets(arguments); err != nil {
		p.explain(err)
		return 1
	}
	if err := command.Run(); err != nil {
		p.explain(err)
		return 1
	}
	return 0
}

// language is German or English, from the environment like other programs'.
func (p *program) language() string {
	for _, name := range []string{"BEDARFSLOTSE_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := p.env(name); value != "" {
			if strings.HasPrefix(value, "de") {
				return "de"
			}
			return "en"
		}
	}
	return "en"
}

// errFindings ends a command whose findings have been printed already.
var errFindings = errors.New("findings")

// explain prints an error as a sentence in the user's language.
func (p *program) explain(err error) {
	if errors.Is(err, errFindings) {
		return
	}
	var findings failure.Findings
	if errors.As(err, &findings) {
		p.printFindings(p.stderr, findings)
		return
	}
	known := failure.As(err)
	text := p.words.T(known.Key, pairs(known.Params)...)
	if text == known.Key || known.Described() {
		text = err.Error() // a failure of the command line's own, with its text
	}
	fmt.Fprintf(p.stderr, "bedarfslotse: %s\n", text)
	if known.Code == failure.Unavailable || known.Code == failure.Internal {
		if cause := errors.Unwrap(known); cause != nil && !strings.Contains(text, cause.Error()) {
			fmt.Fprintf(p.stderr, "  %v\n", cause)
		}
	}
}

func pairs(params failure.Params) []any {
	list := make([]any, 0, 2*len(params))
	for name, value := range params {
		list = append(list, name, value)
	}
	return list
}

// percent tells on standard error how far something is, at every tenth.
func (p *program) percent(key string) func(done, of int) {
	last := -1
	return func(done, of int) {
		if tenth := 10 * done / max(of, 1); tenth != last {
			last = tenth
			fmt.Fprintln(p.stderr, p.words.T(key, "percent", 10*tenth))
		}
	}
}
