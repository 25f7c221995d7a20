package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/jobs"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/tabular"
)

// importPlan is how a file is to be read, and what that was found to bring. It is
// kept with the file.
type importPlan struct {
	Reading tabular.Reading `json:"reading"`
	Mapping []string        `json:"mapping"` // of each column, see [response.ImportOptions]
	Source  response.Source `json:"source"`
	Verdict *importVerdict  `json:"verdict,omitempty"`
}

// importVerdict is what became of the rows of a file, tried out.
type importVerdict struct {
	Rows, Fresh, Repeated, Empty, Refused int
	Asides                                int
	Noted                                 []rowNote // the first that are not simply stored
}

// rowNote says something about a row.
type rowNote struct {
	Line   int
	Name   string // of the column, "" for the whole row
	Value  string
	Key    string // of the sentence
	Params failure.Params
}

// maxRowNotes is how many notes the page shows; the file of all rows has them all.
const maxRowNotes = 200

func (p *importPlan) settings() string {
	text, err := json.Marshal(p)
	if err != nil { // texts and numbers can always be written
		panic(err)
	}
	return string(text)
}

func readImportPlan(settings string) (*importPlan, error) {
	plan := &importPlan{}
	if err := json.Unmarshal([]byte(settings), plan); err != nil {
		return nil, fmt.Errorf("read the settings of an upload: %w", err)
	}
	return plan, nil
}

// newImportPlan finds out how a file is best read. It fails with
// [failure.Findings] when it cannot be.
func newImportPlan(wave *store.LiveWave, made store.Upload) (*importPlan, error) {
	preview, err := tabular.Inspect(made.Data, made.File, tabular.Reading{}, headerTargets(wave), 0)
	if err != nil {
		return nil, err
	}
	importer, _ := response.NewImporter(wave.Version, preview.Header.Cells, response.ImportOptions{File: made.File})
	return &importPlan{Reading: preview.Reading, Mapping: importer.Meanings(), Source: importer.Source()}, nil
}

// headerTargets are the names by which the row with the headers is known among
// titles and notes.
func headerTargets(wave *store.LiveWave) []tabular.Target {
	var targets []tabular.Target
	for _, one := range response.ImportTargets(wave.Version) {
		targets = append(targets, tabular.Target{Key: one.Name})
	}
	return targets
}

// unreadable turns what is wrong with a file into an error that says the first
// and worst of it.
func unreadable(err error) error {
	var found failure.Findings
	if !errors.As(err, &found) || len(found) == 0 {
		return err
	}
	worst := found[0]
	for _, one := range found {
		if one.Severity == failure.Fatal {
			worst = one
			break
		}
	}
	told := failure.New(failure.Invalid, "finding."+worst.Key)
	told.Params = worst.Params
	return told.Because(err)
}

// importRun goes once through the rows of a file.
type importRun struct {
	plan   *importPlan
	wave   *store.LiveWave
	upload store.Upload
	now    time.Time
	report *jobs.Report // told how far it is; nil tells nobody

	given, empty, asides int
	findings             failure.Findings // of the whole, in the end
}

func (r *importRun) file() store.File {
	sum := sha256.Sum256(r.upload.Data)
	return store.File{Name: r.upload.File, Hash: hex.EncodeToString(sum[:])}
}

// reportEvery is after how many rows progress is told.
const reportEvery = 200

// rows visits every row that is not blank, with what it says.
func (r *importRun) rows(ctx context.Context, visit func(row response.Imported, cells []string) error) error {
	table, err := tabular.OpenTable(bytes.NewReader(r.upload.Data), r.plan.Reading.Options(r.upload.File))
	if err != nil {
		return err
	}
	header := table.Header()
	importer, findings := response.NewImporter(r.wave.Version, header.Cells,
		response.ImportOptions{File: r.upload.File, Line: header.Line, Now: r.now, Mapping: r.plan.Mapping})
	if findings.Fatal() {
		return findings
	}
	total := 0
	if r.plan.Verdict != nil {
		total = r.plan.Verdict.Rows
	}
	seen := 0
	for row, err := range table.Rows() {
		if err != nil {
			return err
		}
		if row.Blank() {
			continue
		}
		if seen++; seen%reportEvery == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			if r.report != nil {
				r.report.Progress(min(seen, max(total, seen)), total)
			}
		}
		if err := visit(importer.Row(row), row.Cells); err != nil {
			return err
		}
	}
	r.findings = append(append(findings, importer.Findings()...), table.Findings()...)
	r.findings.Sort()
	return ctx.Err()
}

var errEnough = errors.New("the store takes no more rows")

// each yields the rows as the store takes them, those without a word left out.
func (r *importRun) each(ctx context.Context) iter.Seq2[store.Imported, error] {
	return func(yield func(store.Imported, error) bool) {
		err := r.rows(ctx, func(row response.Imported, _ []string) error {
			if row.Empty() {
				r.empty++
				return nil
			}
			r.given, r.asides = r.given+1, r.asides+len(row.Aside)
			if !yield(store.NewImported(r.wave, row), nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(store.Imported{}, err)
		}
	}
}

// tell says what became of the rows when so many were stored.
func (r *importRun) tell(stored int) {
	refused := 0
	if r.plan.Verdict != nil {
		refused = r.plan.Verdict.Refused
	}
	r.report.Tell(jobs.Count("outlets.import.stored", stored))
	for _, one := range []struct {
		key   string
		count int
	}{{"outlets.import.repeated", r.given - stored - refused}, {"outlets.verdict.refused", refused},
		{"outlets.import.empty", r.empty}, {"outlets.import.kept_aside", r.asides}} {
		if one.count > 0 {
			r.report.Tell(jobs.Count(one.key, one.count))
		}
	}
}

// judgedRow is one row of a file on trial.
type judgedRow struct {
	line, asides int
	id           string
	empty        bool
	twin         int  // line of an earlier row with the same id, 0 for none
	same         bool // that one says the same
}

// rowState says what would become of a row: a message key.
type rowState string

// What may become of a row.
const (
	rowFresh    rowState = "outlets.row.fresh"
	rowRepeated rowState = "outlets.row.repeated"
	rowEmpty    rowState = "outlets.row.empty"
	rowRefused  rowState = "outlets.row.refused"
)

// judge goes through a file and says what importing it would do, storing nothing.
// Every row is handed to visit, where there is one.
func (s *Server) judge(ctx context.Context, wave *store.LiveWave, made store.Upload, plan *importPlan, report *jobs.Report,
	visit func(line int, state rowState, notes []rowNote) error) (*importVerdict, error) {
	if report != nil {
		report.Step(jobs.Say("outlets.import.looking"))
	}
	run := &importRun{plan: plan, wave: wave, upload: made, now: s.config.Now(), report: report}
	var all []judgedRow
	notes := map[int][]rowNote{} // by place in all
	ids := map[string]int{}      // place of the first row with that id
	digests := map[int][sha256.Size]byte{}
	err := run.rows(ctx, func(row response.Imported, cells []string) error {
		one := judgedRow{line: row.Line, id: row.ExternalID, empty: row.Empty(), asides: len(row.Aside)}
		digest := sha256.Sum256(fmt.Appendf(nil, "%q", cells))
		if first, twice := ids[one.id]; twice && !one.empty {
			one.twin, one.same = all[first].line, digests[first] == digest
		} else if !one.empty {
			ids[one.id], digests[len(all)] = len(all), digest
		}
		for _, aside := range row.Aside {
			notes[len(all)] = append(notes[len(all)], rowNote{Line: row.Line, Name: aside.Name, Value: aside.Value, Key: "finding." + aside.Key, Params: aside.Params})
		}
		all = append(all, one)
		return nil
	})
	if err != nil {
		return nil, err
	}
	externals := make([]string, len(all))
	for i, one := range all {
		externals[i] = one.id
	}
	known, err := s.desk.Office.ImportedBefore(ctx, wave, externals)
	if err != nil {
		return nil, err
	}
	verdict := &importVerdict{Rows: len(all)}
	for i, one := range all {
		state, more := verdict.add(one, known[i])
		told := append(more, notes[i]...)
		verdict.Asides += len(notes[i])
		if free := maxRowNotes - len(verdict.Noted); free > 0 {
			verdict.Noted = append(verdict.Noted, told[:min(free, len(told))]...)
		}
		if visit != nil {
			if err := visit(one.line, state, told); err != nil {
				return nil, err
			}
		}
	}
	return verdict, nil
}

// add counts a row and says what is to be said of it.
func (v *importVerdict) add(one judgedRow, known bool) (rowState, []rowNote) {
	switch {
	case one.empty:
		v.Empty++
		return rowEmpty, nil
	case one.twin > 0 && !one.same:
		v.Refused++
		return rowRefused, []rowNote{{Line: one.line, Key: "outlets.row.twin", Params: failure.Params{"line": one.twin}}}
	case one.twin > 0, known:
		v.Repeated++
		return rowRepeated, nil
	}
	v.Fresh++
	return rowFresh, nil
}
