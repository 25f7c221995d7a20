package server

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/export"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
)

type importFilePage struct {
	*waveFrame
	Upload, File, Source string
	Sheets, Separators   []option // none where the kind of file has none
	Encodings            []option
	HeaderLine           int
	Open, Known          []importColumn // columns that are not read, and those that are
	Targets              []option
	Verdict              *importVerdict
	Counts               []string // what the verdict says, in words
	Noted                []noteRow
	More                 string // how many notes are not shown, "" for none
	Fresh                int
	Living, MayTake      bool
	Problem              string
	ColumnCount          string
}

// importColumn is one column of a file.
type importColumn struct {
	Number                         int // from 0
	Header, Sample, Means, Problem string
}

// noteRow is a note on a row in words.
type noteRow struct{ Line, Column, Value, Text string }

// samplesShown is how many filled cells of a column are shown, previewRows in how
// many rows they are looked for.
const (
	samplesShown = 3
	previewRows  = 25
)

// importFile shows how a file is read and what it would bring.
func (s *Server) importFile(c echo.Context) error {
	wave, found, plan, err := s.findUpload(c)
	if err != nil {
		return err
	}
	return s.showImportFile(c, http.StatusOK, wave, found, plan, nil)
}

func (s *Server) showImportFile(c echo.Context, status int, wave *store.LiveWave, found store.Upload, plan *importPlan, problem error) error {
	preview, err := tabular.Inspect(found.Data, found.File, plan.Reading, headerTargets(wave), previewRows)
	if err != nil { // it was readable in another way before
		problem, preview = unreadable(err), &tabular.Preview{Reading: plan.Reading}
		status = http.StatusUnprocessableEntity
	}
	page := &importFilePage{waveFrame: s.waveFrame(c, wave, "outlets.import.file_title"), Upload: found.ID, File: found.File, Living: wave.Living()}
	page.Title = page.T("outlets.import.file_title", "file", page.Isolate(found.File))
	page.Source = page.T("outlets.import.source." + string(plan.Source))
	page.reading(preview)
	page.columns(wave, preview, plan)
	page.targets(wave)
	page.verdict(plan.Verdict)
	page.MayTake = page.Living && page.Fresh > 0 && problem == nil
	if problem != nil {
		page.Problem = sentence(page.Localizer, failure.As(problem))
	}
	return s.page(c, status, "desk-import-file", page)
}

// reading offers the ways in which the file can be read.
func (p *importFilePage) reading(preview *tabular.Preview) {
	p.HeaderLine = preview.Reading.HeaderLine
	for _, sheet := range preview.Sheets {
		p.Sheets = append(p.Sheets, option{sheet, sheet, sheet == preview.Reading.Sheet})
	}
	if preview.Reading.Separator == "" {
		return
	}
	for _, one := range []string{",", ";", "\t", "|"} {
		p.Separators = append(p.Separators, option{one, p.T("outlets.import.separator." + map[string]string{",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}[one]),
			one == preview.Reading.Separator})
	}
	for _, one := range append([]tabular.Encoding{tabular.AnyEncoding}, tabular.Encodings()...) {
		label := string(one)
		if one == tabular.AnyEncoding {
			label = p.T("outlets.import.encoding.any")
		}
		p.Encodings = append(p.Encodings, option{string(one), label, one == preview.Reading.Encoding})
	}
}

// columns says of every column what it is read as, and what is wrong with that.
func (p *importFilePage) columns(wave *store.LiveWave, preview *tabular.Preview, plan *importPlan) {
	header := preview.Header.Cells
	importer, findings := response.NewImporter(wave.Version, header, response.ImportOptions{File: p.File, Mapping: plan.Mapping})
	meanings := importer.Meanings()
	problems := map[int]string{}
	for _, one := range findings {
		if one.Column > 0 {
			problems[one.Column-1] = say(p.Localizer, "finding."+one.Key, one.Params)
		}
	}
	read := 0
	for at := range header {
		column := importColumn{Number: at, Header: strings.TrimSpace(header[at]), Sample: samples(preview.Rows, at)}
		if at < len(plan.Mapping) {
			column.Means = plan.Mapping[at]
		}
		if column.Means != "" && (meanings[at] == "" || problems[at] != "") {
			column.Problem = problems[at]
		}
		if meanings[at] == "" {
			p.Open = append(p.Open, column)
			continue
		}
		read++
		p.Known = append(p.Known, column)
	}
	p.ColumnCount = p.T("outlets.import.columns", "read", p.Number(float64(read), 0), "all", p.Number(float64(len(header)), 0))
}

// samples joins the first filled cells of a column.
func samples(rows []tabular.Row, at int) string {
	var found []string
	for _, row := range rows {
		cell := strings.TrimSpace(row.Cell(at))
		if cell == "" || slices.Contains(found, cell) {
			continue
		}
		if len([]rune(cell)) > 40 {
			cell = string([]rune(cell)[:39]) + "…"
		}
		if found = append(found, cell); len(found) == samplesShown {
			break
		}
	}
	return strings.Join(found, " · ")
}

// targets lists what a column may be read as.
func (p *importFilePage) targets(wave *store.LiveWave) {
	reader := newReader(p.Language(), wave.Version.Language)
	label := func(text survey.Text) string {
		return plainText(reader.text(text, func(string) string { return unknown }))
	}
	for _, one := range response.ImportTargets(wave.Version) {
		var text string
		switch {
		case one.Process != "":
			text = p.T("export.variable." + one.Process)
		case one.Element == nil:
			text = p.T("outlets.import.row_id")
		case one.Choice != nil:
			text = label(one.Element.Label) + ": " + label(one.Choice.Label)
		default:
			text = label(one.Element.Label)
		}
		p.Targets = append(p.Targets, option{Value: one.Name, Label: text})
	}
}

// verdict says in words what the file would bring.
func (p *importFilePage) verdict(verdict *importVerdict) {
	if verdict == nil {
		return
	}
	p.Verdict, p.Fresh = verdict, verdict.Fresh
	for _, one := range []struct {
		key   string
		count int
	}{{"fresh", verdict.Fresh}, {"repeated", verdict.Repeated}, {"refused", verdict.Refused}, {"empty", verdict.Empty}, {"asides", verdict.Asides}} {
		if one.count > 0 || one.key == "fresh" {
			p.Counts = append(p.Counts, p.Localizer.N("outlets.verdict."+one.key, one.count))
		}
	}
	for _, note := range verdict.Noted {
		p.Noted = append(p.Noted, noteInWords(p.Localizer, note))
	}
	if more := verdict.Asides + verdict.Refused - len(verdict.Noted); more > 0 {
		p.More = p.Localizer.N("outlets.verdict.more", more)
	}
}

func noteInWords(words *i18n.Localizer, note rowNote) noteRow {
	params := failure.Params{}
	for name, value := range note.Params {
		if number, ok := value.(float64); ok { // as JSON gives them back
			value = int(number)
		}
		params[name] = value
	}
	return noteRow{Line: words.Number(float64(note.Line), 0), Column: note.Name, Value: note.Value, Text: say(words, note.Key, params)}
}

// planImport takes what somebody says about a file, and looks through it anew.
func (s *Server) planImport(c echo.Context) error {
	wave, found, plan, err := s.findUpload(c)
	if err != nil {
		return err
	}
	form, err := c.FormParams()
	if err != nil {
		return failure.New(failure.Invalid, "error.invalid").Because(err)
	}
	line, _ := strconv.Atoi(form.Get("header")) // nothing or nonsense is found out
	reading := tabular.Reading{Sheet: form.Get("sheet"), Separator: form.Get("separator"), Encoding: tabular.Encoding(form.Get("encoding")), HeaderLine: max(0, line)}
	next := &importPlan{Reading: reading, Source: plan.Source}
	preview, err := tabular.Inspect(found.Data, found.File, reading, headerTargets(wave), 0)
	if err != nil {
		return s.showImportFile(c, http.StatusUnprocessableEntity, wave, found, plan, unreadable(err))
	}
	next.Reading = preview.Reading
	if next.Reading != plan.Reading { // other columns: what was said of the old ones is void
		importer, _ := response.NewImporter(wave.Version, preview.Header.Cells, response.ImportOptions{File: found.File})
		next.Mapping, next.Source = importer.Meanings(), importer.Source()
	} else {
		next.Mapping = make([]string, len(preview.Header.Cells))
		for at := range next.Mapping {
			next.Mapping[at] = strings.TrimSpace(form.Get("column-" + strconv.Itoa(at)))
		}
	}
	if err := checkMapping(wave, preview.Header.Cells, next); err != nil {
		return s.showImportFile(c, http.StatusUnprocessableEntity, wave, found, next, err)
	}
	return s.examine(c, wave, found, next)
}

// checkMapping fails where a column is to be read as something that there is not.
func checkMapping(wave *store.LiveWave, header []string, plan *importPlan) error {
	importer, findings := response.NewImporter(wave.Version, header, response.ImportOptions{Mapping: plan.Mapping})
	if findings.Fatal() {
		return unreadable(findings)
	}
	wrong := 0
	for at, meaning := range importer.Meanings() {
		if meaning == "" && plan.Mapping[at] != "" {
			wrong++
		}
	}
	if wrong > 0 {
		return failure.New(failure.Invalid, "error.bad_mapping", "count", wrong)
	}
	return nil
}

// importRows sends what would become of every row of a file, as a table.
func (s *Server) importRows(c echo.Context) error {
	wave, found, plan, err := s.findUpload(c)
	if err != nil {
		return err
	}
	words := s.deskWords(c)
	header := c.Response().Header()
	var table *export.List
	_, err = s.judge(c.Request().Context(), wave, found, plan, nil, func(line int, state rowState, notes []rowNote) error {
		if table == nil { // the first row is here: nothing is wrong with the file
			header.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
			header.Set(echo.HeaderContentDisposition, `attachment; filename="rows.csv"`)
			header.Set("Cache-Control", "no-store")
			table = export.NewList(c.Response(), "line", "state", "column", "value", "reason")
		}
		number, told := strconv.Itoa(line), words.T(string(state))
		if len(notes) == 0 {
			return table.Row(number, told, "", "", "")
		}
		for _, note := range notes {
			if err := table.Row(number, told, note.Name, note.Value, noteInWords(words, note).Text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || table == nil {
		return unreadable(err)
	}
	return table.Flush()
}

// columnsPart is a table of columns with the words around it.
type columnsPart struct {
	*deskFrame
	Columns []importColumn
	Part    string // id of its heading
}

// ColumnsOf gives the template of a table of columns what it needs.
func (p *importFilePage) ColumnsOf(columns []importColumn, part string) columnsPart {
	return columnsPart{p.deskFrame, columns, part}
}
