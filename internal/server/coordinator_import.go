package server

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/jobs"
	"bedarfslotse/internal/store"
)

// Shelf keeps files between the steps of taking them over.
type Shelf interface {
	PutUpload(ctx context.Context, upload store.Upload) (id string, err error)
	// Upload returns somebody's file; failure.Gone.
	Upload(ctx context.Context, user, purpose, id string) (store.Upload, error)
	SetUploadSettings(ctx context.Context, user, id, settings string) error
	ForgetUpload(ctx context.Context, user, id string) error
}

type importPage struct {
	*waveFrame
	Living  bool // the wave takes answers
	Imports []importRow
	Problem string
}

// importRow is one import that was made.
type importRow struct {
	Number                 int
	Name, Who, Day, Stored string
	Undone                 string // in words, "" while it stands
	Asides, Statements     string // in words, "" for none
}

// importPage asks for a file and lists what was imported before.
func (s *Server) importPage(c echo.Context) error { return s.showImport(c, http.StatusOK, nil) }

func (s *Server) showImport(c echo.Context, status int, problem error) error {
	ctx := c.Request().Context()
	wave, err := s.desk.Office.Wave(ctx, c.Param("slug"))
	if err != nil {
		return err
	}
	batches, err := s.desk.Office.Imports(ctx, wave)
	if err != nil {
		return err
	}
	page := &importPage{waveFrame: s.waveFrame(c, wave, "outlets.import.title"), Living: wave.Living()}
	for _, batch := range batches {
		page.Imports = append(page.Imports, importInWords(page.deskFrame, batch))
	}
	if problem != nil {
		page.Problem = sentence(page.Localizer, failure.As(problem))
	}
	return s.page(c, status, "desk-import", page)
}

func importInWords(f *deskFrame, batch store.Batch) importRow {
	row := importRow{Number: batch.Number, Name: batch.File, Who: batch.Actor, Day: f.Date(batch.Day), Stored: f.N("desk.returns", batch.Stored)}
	if batch.Kind == store.FromPaper {
		row.Name = f.T("outlets.paper.batch")
	}
	if batch.Undone != "" {
		row.Undone = f.T("outlets.import.undone", "day", f.Date(batch.Undone))
	}
	if batch.Asides > 0 {
		row.Asides = f.Localizer.N("outlets.import.asides", batch.Asides)
	}
	if batch.Statements > 0 {
		row.Statements = f.Localizer.N("outlets.import.statements", batch.Statements)
	}
	return row
}

// importPurpose tells a wave's uploads from all others.
func importPurpose(wave *store.LiveWave) string { return "responses of " + wave.ID }

// upload keeps a file and looks through it, so that the next page can say what
// would become of every row.
func (s *Server) upload(c echo.Context) error {
	ctx := c.Request().Context()
	wave, err := s.desk.Office.Wave(ctx, c.Param("slug"))
	if err != nil {
		return err
	}
	name, content, err := readUpload(c)
	if err != nil {
		return s.showImport(c, status(failure.CodeOf(err)), err)
	}
	user, _ := visitor(c)
	made := store.Upload{User: user.Name, Purpose: importPurpose(wave), File: name, Data: content}
	plan, err := newImportPlan(wave, made)
	if err != nil {
		return s.showImport(c, http.StatusUnprocessableEntity, unreadable(err))
	}
	made.Settings = plan.settings()
	if made.ID, err = s.desk.Office.PutUpload(ctx, made); err != nil {
		return err
	}
	return s.examine(c, wave, made, plan)
}

// readUpload returns the file of a form.
func readUpload(c echo.Context) (name string, content []byte, err error) {
	header, err := c.FormFile("file")
	switch {
	case failure.CodeOf(err) == failure.TooLarge:
		return "", nil, failure.As(err)
	case err != nil || header.Size == 0:
		return "", nil, failure.New(failure.Invalid, "error.no_file").Because(err)
	}
	file, err := header.Open()
	if err != nil {
		return "", nil, failure.New(failure.Unavailable, "error.unavailable").Because(err)
	}
	defer func() { _ = file.Close() }() // it was only read
	if content, err = io.ReadAll(file); err != nil {
		return "", nil, failure.New(failure.Invalid, "error.broken_request").Because(err)
	}
	return filepath.Base(strings.ReplaceAll(header.Filename, `\`, "/")), content, nil
}

// examine looks through a file in the background and shows what it would bring.
func (s *Server) examine(c echo.Context, wave *store.LiveWave, made store.Upload, plan *importPlan) error {
	path := "/manage/waves/" + wave.Slug + "/import"
	if !slices.ContainsFunc(plan.Mapping, func(means string) bool { return means != "" }) {
		return c.Redirect(http.StatusSeeOther, s.kept(c, path+"/"+made.ID)) // somebody has to say what the columns are
	}
	user, _ := visitor(c)
	return s.start(c, jobs.Task{
		Permission: account.ManageData, Subject: subjectOf(wave), Back: path, Title: jobs.Say("outlets.import.checking", "file", made.File),
		Work: func(ctx context.Context, report *jobs.Report) error {
			verdict, err := s.judge(ctx, wave, made, plan, report, nil)
			if err != nil {
				return unreadable(err)
			}
			plan.Verdict = verdict
			report.Next(path+"/"+made.ID, jobs.Say("outlets.import.go_on"))
			return s.desk.Office.SetUploadSettings(ctx, user.Name, made.ID, plan.settings())
		},
	})
}

// findUpload returns the visitor's file that the address names, and its plan.
func (s *Server) findUpload(c echo.Context) (*store.LiveWave, store.Upload, *importPlan, error) {
	ctx := c.Request().Context()
	wave, err := s.desk.Office.Wave(ctx, c.Param("slug"))
	if err != nil {
		return nil, store.Upload{}, nil, err
	}
	user, _ := visitor(c)
	found, err := s.desk.Office.Upload(ctx, user.Name, importPurpose(wave), c.Param("upload"))
	if err != nil {
		return nil, found, nil, err
	}
	plan, err := readImportPlan(found.Settings)
	return wave, found, plan, err
}

// takeOver stores what a file brings, in the background.
func (s *Server) takeOver(c echo.Context) error {
	wave, found, plan, err := s.findUpload(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	path := "/manage/waves/" + wave.Slug + "/import"
	return s.start(c, jobs.Task{
		Permission: account.ManageData, Subject: subjectOf(wave), Back: path, Title: jobs.Say("outlets.import.importing", "file", found.File),
		Work: func(ctx context.Context, report *jobs.Report) error {
			report.Step(jobs.Say("outlets.import.storing"))
			rows := &importRun{plan: plan, wave: wave, upload: found, now: s.config.Now(), report: report}
			stored, err := s.desk.Office.Import(ctx, user.Name, wave, rows.file(), rows.each(ctx))
			if err != nil {
				return unreadable(err)
			}
			rows.tell(stored)
			report.Next(path, jobs.Say("outlets.import.all"))
			return s.desk.Office.ForgetUpload(ctx, user.Name, found.ID)
		},
	})
}

type undoPage struct {
	*waveFrame
	Import importRow
	Closed bool
}

// undoPage says what is lost when an import is undone.
func (s *Server) undoPage(c echo.Context) error {
	wave, batch, err := s.findImport(c)
	if err != nil {
		return err
	}
	if batch.Undone != "" {
		return failure.New(failure.Conflict, "error.import_undone")
	}
	page := &undoPage{waveFrame: s.waveFrame(c, wave, "outlets.undo.title"), Closed: wave.Closed != ""}
	page.Import = importInWords(page.deskFrame, batch)
	return s.page(c, http.StatusOK, "desk-undo", page)
}

func (s *Server) findImport(c echo.Context) (*store.LiveWave, store.Batch, error) {
	ctx := c.Request().Context()
	wave, err := s.desk.Office.Wave(ctx, c.Param("slug"))
	if err != nil {
		return nil, store.Batch{}, err
	}
	number, err := strconv.Atoi(c.Param("number"))
	if err != nil {
		return nil, store.Batch{}, failure.New(failure.NotFound, "error.unknown_import").Because(err)
	}
	batch, err := s.desk.Office.ImportOf(ctx, wave, number)
	return wave, batch, err
}

// undo takes an import out again, in the background.
func (s *Server) undo(c echo.Context) error {
	wave, batch, err := s.findImport(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	path := "/manage/waves/" + wave.Slug + "/import"
	return s.start(c, jobs.Task{
		Permission: account.ManageData, Subject: subjectOf(wave), Back: path, Title: jobs.Say("outlets.undo.job", "wave", wave.Slug),
		Work: func(ctx context.Context, report *jobs.Report) error {
			gone, err := s.desk.Office.UndoImport(ctx, user.Name, wave, batch.Number)
			if err != nil {
				return fmt.Errorf("undo import: %w", err)
			}
			report.Tell(jobs.Count("outlets.undo.gone", gone))
			if batch.Statements > 0 {
				report.Tell(jobs.Count("outlets.undo.statements", batch.Statements))
			}
			report.Next(path, jobs.Say("outlets.import.all"))
			return nil
		},
	})
}
