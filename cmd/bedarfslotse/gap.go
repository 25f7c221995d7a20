package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/analysis/gap"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
)

type gapCommand struct {
	database
	Wave     []string `required:"" placeholder:"SLUG" help:"Waves whose needs are compared with the offers; give it several times or with commas."`
	Format   string   `default:"json" enum:"json,csv" help:"${enum}."`
	By       string   `default:"area" enum:"area,institution_type,none" help:"What each wave is divided by: ${enum}."`
	Weighted bool     `help:"Weight the answers by the wave's population."`
	Gap      float64  `default:"10" help:"From which difference of the 0-100 scores on a gap is one."`
	Need     float64  `default:"50" help:"From which score on a need is high."`
	Width    float64  `default:"40" help:"The widest interval that still says something."`
	Day      string   `placeholder:"DATE" help:"The day on which offers count; today."`
}

// gapCell is one cell of the matrix as it is printed: an empty area is the whole
// wave, and what is hidden is null.
type gapCell struct {
	Field           string   `json:"field"`
	Area            string   `json:"area"`
	InstitutionType string   `json:"institution_type,omitempty"`
	Audience        string   `json:"audience"`
	Need            *float64 `json:"need"`
	Provision       *float64 `json:"provision"`
	Gap             *float64 `json:"gap"`
	Low             *float64 `json:"low"`
	High            *float64 `json:"high"`
	Base            *int     `json:"base"`
	Status          string   `json:"status"`
	Reason          string   `json:"reason,omitempty"`
	Lack            string   `json:"lack,omitempty"`
	Wave            string   `json:"wave"`
	Items           string   `json:"items"`            // pairs or yes_no
	Joined          []string `json:"joined,omitempty"` // areas or types whose figure this is together
	Offers          int      `json:"offers"`
	Coverage        *float64 `json:"coverage"`
	AtLeast         bool     `json:"at_least,omitempty"`
	Overlaps        int      `json:"overlaps"`
}

// Run prints the cells of the gap matrix on standard output, and on standard error
// how far it is.
func (c *gapCommand) Run(ctx context.Context, p *program) error {
	db, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	defer p.close(db)
	settings := gap.Settings{Gap: c.Gap, Need: c.Need, Width: c.Width}
	if !settings.Valid() {
		return failure.New(failure.Invalid, "error.gap_settings")
	}
	waves, err := c.waves(ctx, db)
	if err != nil {
		return err
	}
	known, err := areas(ctx, db)
	if err != nil {
		return err
	}
	day := c.Day
	if day == "" {
		day = db.Today()
	}
	cells := []gapCell{}
	for _, yesNo := range []bool{false, true} {
		asked, err := asking(ctx, db, waves, yesNo)
		if err != nil {
			return err
		}
		if len(asked) == 0 {
			continue
		}
		query := store.GapQuery{Settings: settings, Weighted: c.Weighted, YesNo: yesNo}
		if c.By != "none" {
			query.By = c.By
		}
		matrix, err := db.Gap(ctx, asked, query, day, known, p.percent("command.gap_progress"))
		if err != nil {
			return err
		}
		cells = append(cells, gapCells(matrix, query)...)
	}
	if c.Format == "csv" {
		return writeGapCSV(p.stdout, cells)
	}
	encoder := json.NewEncoder(p.stdout)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(map[string]any{"cells": cells, "settings": map[string]float64{"gap": c.Gap, "need": c.Need, "width": c.Width}, "day": day})
}

func (c *gapCommand) waves(ctx context.Context, db *store.DB) (waves []*store.LiveWave, err error) {
	for _, slug := range c.Wave {
		wave, err := db.Wave(ctx, slug)
		if failure.CodeOf(err) == failure.NotFound {
			err = failure.New(failure.NotFound, "command.unknown_wave", "slug", slug)
		}
		if err != nil {
			return nil, err
		}
		waves = append(waves, wave)
	}
	return waves, nil
}

// asking are the waves that ask for needs of a kind. It fails where one has no
// release.
func asking(ctx context.Context, db *store.DB, waves []*store.LiveWave, yesNo bool) (asked []*store.LiveWave, err error) {
	for _, wave := range waves {
		if _, err := db.Explorer(ctx, wave); err != nil {
			return nil, err
		}
		for _, item := range wave.Schema.NeedItems() {
			if item.YesNo == yesNo {
				asked = append(asked, wave)
				break
			}
		}
	}
	return asked, nil
}

// gapCells are the cells, one for each area or type of a column.
func gapCells(m *gap.Matrix, q store.GapQuery) (cells []gapCell) {
	items := "pairs"
	if q.YesNo {
		items = "yes_no"
	}
	for i, field := range m.Fields {
		for j, column := range m.Columns {
			one := m.Cells[i][j]
			cell := gapCell{Field: field, Audience: column.Audience, Wave: column.Wave, Items: items, Status: string(one.Status), Reason: string(one.Reason),
				Lack: string(one.Lack), Offers: len(one.Provision.Offers), Coverage: one.Provision.Coverage, AtLeast: one.Provision.AtLeast,
				Overlaps: len(one.Provision.Overlaps)}
			if f := one.Figure; f.Base != nil {
				cell.Need, cell.Provision, cell.Gap, cell.Low, cell.High, cell.Base = &f.Need, &f.Provision, &f.Gap, f.Low, f.High, f.Base
				cell.Joined = m.Joined(j, field)
			}
			values := column.Values
			if values == nil {
				values = []string{""}
			}
			for _, value := range values {
				if q.By == analysis.VariableInstitutionType {
					cell.InstitutionType = value
				} else {
					cell.Area = value
				}
				cells = append(cells, cell)
			}
		}
	}
	return cells
}

func writeGapCSV(to io.Writer, cells []gapCell) error {
	w := csv.NewWriter(to)
	rows := [][]string{{"field", "area", "audience", "need", "provision", "gap", "low", "high", "base", "status", "institution_type", "reason", "lack",
		"wave", "items", "offers", "coverage", "overlaps"}}
	number := func(value *float64) string {
		if value == nil {
			return ""
		}
		return strconv.FormatFloat(*value, 'g', -1, 64)
	}
	for _, c := range cells {
		base := ""
		if c.Base != nil {
			base = strconv.Itoa(*c.Base)
		}
		rows = append(rows, []string{c.Field, c.Area, c.Audience, number(c.Need), number(c.Provision), number(c.Gap), number(c.Low), number(c.High), base,
			c.Status, c.InstitutionType, c.Reason, c.Lack, c.Wave, c.Items, strconv.Itoa(c.Offers), number(c.Coverage), strconv.Itoa(c.Overlaps)})
	}
	if err := w.WriteAll(rows); err != nil {
		return fmt.Errorf("write cells: %w", err)
	}
	return nil
}
