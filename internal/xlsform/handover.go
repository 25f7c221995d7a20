package xlsform

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
)

// A workbook for translators who have no tool of their own: one sheet, a row per
// text. Its headings are the same in every language, so that it is known again:
//
//	key | context | source [de] | target [ar] | state | comment | fingerprint
//
// state is missing, stale, draft or reviewed; whoever has read a translation
// beside its source writes reviewed. fingerprint tells what the texts were when
// the file was written; its column is hidden. Cells that a spreadsheet program
// would take for formulas are disarmed ([tabular.Disarm]).

const (
	handoverKey     = "key"
	handoverContext = "context"
	handoverSource  = "source"
	handoverTarget  = "target"
	handoverState   = "state"
	handoverComment = "comment"
	handoverPrint   = "fingerprint"
	handoverSheet   = "translation"
	noPrint         = "-" // stands for the fingerprint of no text
)

// WriteHandover writes a handover as a workbook, from right to left where that
// is how the language to be written runs. failure.Invalid names the first text
// that no cell can hold.
func WriteHandover(w io.Writer, h survey.Handover, rightToLeft bool) error {
	file := excelize.NewFile()
	defer func() { _ = file.Close() }() // only removes temporary files
	if err := writeHandover(file, h, rightToLeft); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	var out bytes.Buffer
	if err := file.Write(&out); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	back, err := ReadHandover(bytes.NewReader(out.Bytes()))
	if err != nil && len(h.Units) > 0 {
		return err
	}
	for at, unit := range h.Units {
		if at >= len(back.Units) || !sameUnit(unit, back.Units[at]) {
			return failure.New(failure.Invalid, "error.handover_cell", "text", unit.Name)
		}
	}
	_, err = w.Write(out.Bytes())
	return err
}

func sameUnit(a, b survey.Unit) bool {
	return a.Key == b.Key && survey.Tidy(a.Source) == b.Source && survey.Tidy(a.Translation) == b.Translation &&
		a.SourcePrint == b.SourcePrint && a.Seen == b.Seen
}

func writeHandover(file *excelize.File, h survey.Handover, rightToLeft bool) error {
	if err := file.SetSheetName("Sheet1", handoverSheet); err != nil {
		return err
	}
	if err := file.SetSheetView(handoverSheet, 0, &excelize.ViewOptions{RightToLeft: &rightToLeft}); err != nil {
		return err
	}
	stream, err := file.NewStreamWriter(handoverSheet)
	if err != nil {
		return err
	}
	bold, err := file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	if err := stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	styles, err := handoverStyles(file, rightToLeft)
	if err != nil {
		return err
	}
	for at, width := range []float64{24, 28, 50, 50, 12, 30} {
		if err := stream.SetColWidth(at+1, at+1, width); err != nil {
			return err
		}
	}
	if err := stream.SetColVisible(7, 7, false); err != nil {
		return err
	}
	head := []any{}
	for _, name := range []string{handoverKey, handoverContext, handoverSource + " [" + h.Source + "]",
		handoverTarget + " [" + h.Target + "]", handoverState, handoverComment, handoverPrint} {
		head = append(head, excelize.Cell{StyleID: bold, Value: name})
	}
	if err := stream.SetRow("A1", head); err != nil {
		return err
	}
	for at, unit := range h.Units {
		cells := []any{}
		for column, text := range handoverCells(unit) {
			cells = append(cells, excelize.Cell{StyleID: styles[column], Value: tabular.Disarm(text)})
		}
		if err := stream.SetRow(fmt.Sprintf("A%d", at+2), cells); err != nil {
			return err
		}
	}
	if err := stream.Flush(); err != nil {
		return err
	}
	return offerStates(file, len(h.Units))
}

// offerStates lets the column of states be chosen from a list.
func offerStates(file *excelize.File, rows int) error {
	choices := excelize.NewDataValidation(true)
	choices.SetSqref(fmt.Sprintf("E2:E%d", max(rows, 1)+1))
	states := []string{}
	for _, one := range survey.Standings() {
		states = append(states, string(one))
	}
	if err := choices.SetDropList(states); err != nil {
		return err
	}
	return file.AddDataValidation(handoverSheet, choices)
}

// handoverStyles are the styles of the columns: texts wrap, and run as their
// languages do.
func handoverStyles(file *excelize.File, rightToLeft bool) ([7]int, error) {
	var styles [7]int
	for column := range styles {
		reading := uint64(0)
		switch {
		case column == 3 && rightToLeft:
			reading = 2
		case column == 0 || column == 3:
			reading = 1
		}
		style, err := file.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top", ReadingOrder: reading},
			NumFmt: 49}) // text: nothing that is typed becomes a date
		if err != nil {
			return styles, err
		}
		styles[column] = style
	}
	return styles, nil
}

func handoverCells(unit survey.Unit) [7]string {
	return [7]string{unit.Key, strings.Join(unit.Context, "\n"), unit.Source, unit.Translation, string(unit.Standing),
		strings.Join(unit.Comments, "\n"), cmp.Or(unit.SourcePrint, noPrint) + " " + cmp.Or(unit.Seen, noPrint)}
}

// ReadHandover reads a workbook of [WriteHandover], or any table with its
// headings; of those only key and target are needed. Rows may stand in any
// order; blank ones do not count. Errors are [failure.Findings] where the file
// is at fault.
func ReadHandover(r io.Reader) (survey.Handover, error) {
	table, err := tabular.OpenTable(r, tabular.Options{MaxBytes: survey.MaxHandover, MaxUnpacked: 4 * survey.MaxHandover})
	if err != nil {
		return survey.Handover{}, err
	}
	columns, h := map[string]int{}, survey.Handover{}
	for at, cell := range table.Header().Cells {
		name, language, _ := strings.Cut(strings.ToLower(cell), "[")
		name = strings.TrimSpace(name)
		if _, known := columns[name]; known {
			continue
		}
		columns[name] = at
		language = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(language), "]"))
		switch name {
		case handoverSource:
			h.Source = language
		case handoverTarget:
			h.Target = language
		}
	}
	for _, needed := range []string{handoverKey, handoverTarget} {
		if _, known := columns[needed]; !known {
			return survey.Handover{}, failure.New(failure.Invalid, "error.handover_column", "column", needed)
		}
	}
	for row, err := range table.Rows() {
		if err != nil {
			return survey.Handover{}, err
		}
		if unit, filled := handoverUnit(row, columns); filled {
			h.Units = append(h.Units, unit)
		}
		if len(h.Units) > survey.MaxUnits {
			return survey.Handover{}, failure.New(failure.TooLarge, "error.handover_units", "limit", survey.MaxUnits)
		}
	}
	if len(h.Units) == 0 {
		return survey.Handover{}, failure.New(failure.Invalid, "error.handover_empty")
	}
	return h, nil
}

func handoverUnit(row tabular.Row, columns map[string]int) (unit survey.Unit, filled bool) {
	cell := func(name string) string {
		at, known := columns[name]
		if !known {
			return ""
		}
		return survey.Tidy(tabular.Rearm(row.Cell(at)))
	}
	unit = survey.Unit{Key: cell(handoverKey), Source: cell(handoverSource), Translation: cell(handoverTarget), Standing: survey.Missing}
	if unit.Key == "" && unit.Translation == "" {
		return unit, false
	}
	unit.Name = unit.Key
	if unit.Translation != "" {
		unit.Standing = survey.Unreviewed
		if strings.EqualFold(cell(handoverState), string(survey.Approved)) {
			unit.Standing = survey.Approved
		}
	}
	if comment := cell(handoverComment); comment != "" {
		unit.Comments = []string{comment}
	}
	prints := strings.Fields(cell(handoverPrint))
	if unit.Traced = len(prints) == 2; unit.Traced {
		unit.SourcePrint, unit.Seen = strings.TrimPrefix(prints[0], noPrint), strings.TrimPrefix(prints[1], noPrint)
	}
	return unit, true
}
