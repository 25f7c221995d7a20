package store

import (
	"context"
	"slices"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/analysis/gap"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
)

// GapQuery asks for a gap matrix.
type GapQuery struct {
	Settings gap.Settings
	// By divides each wave: [analysis.VariableArea] or
	// [analysis.VariableInstitutionType]; "" leaves it whole, for the comparison of
	// audiences.
	By       string
	Weighted bool
	// YesNo takes the needs that are asked for by yes and no instead of the pairs of
	// importance and state: one matrix rests on one kind.
	YesNo bool
}

// needs is what the matrix asks of each wave.
func (q *GapQuery) needs() analysis.NeedsQuery {
	return analysis.NeedsQuery{By: q.By, Weighted: q.Weighted}
}

// Gap compares what is needed by the last releases of waves with what is offered on
// a day (METHODS 9). Progress is told how much is done of all. It fails with
// Forbidden when a wave has no release, and with Invalid where it has no items of
// that kind, or no weights.
func (db *DB) Gap(ctx context.Context, waves []*LiveWave, q GapQuery, day string, areas *catalogue.Areas, progress func(done, of int)) (*gap.Matrix, error) {
	var columns []gap.Column
	var fields []string
	whole := map[string]string{} // the area of each wave
	for at, wave := range waves {
		explorer, err := db.Explorer(ctx, wave)
		if err != nil {
			return nil, err
		}
		needs, err := explorer.Needs(ctx, q.needs(), func(done, of int) {
			if progress != nil {
				progress(at*of+done, len(waves)*of)
			}
		})
		if err != nil {
			return nil, err
		}
		known := len(fields)
		for _, field := range needs.Fields {
			if field.YesNo == q.YesNo && !slices.Contains(fields, field.Field) {
				fields = append(fields, field.Field)
			}
		}
		if known == len(fields) && !needs.Asks(q.YesNo) {
			return nil, failure.New(failure.Invalid, "error.gap_no_items", "wave", wave.Slug)
		}
		columns = append(columns, gap.ColumnsOf(needs, q.YesNo, wave.Slug, wave.Version.Survey.Audience)...)
		whole[wave.Slug] = wave.Area
	}
	offers, err := db.OffersOn(ctx, day)
	if err != nil {
		return nil, err
	}
	book, err := db.Indicators(ctx, areas)
	if err != nil {
		return nil, err
	}
	keys := []string{""}
	for _, area := range areas.All() {
		keys = append(keys, area.Key)
	}
	gap.Provide(columns, fields, offers, day, whole, baseline.TargetGroups(book.People(day), keys), areas.Contains)
	return gap.Build(q.Settings, fields, columns), nil
}

// GapReady tells whether the needs of all waves are at hand, so that [DB.Gap]
// answers at once. It fails at once where that would fail for want of a release or of
// weights.
func (db *DB) GapReady(ctx context.Context, waves []*LiveWave, q GapQuery) (bool, error) {
	for _, wave := range waves {
		explorer, err := db.Explorer(ctx, wave)
		if err != nil {
			return false, err
		}
		if q.Weighted {
			if _, err := explorer.Weights(); err != nil {
				return false, err
			}
		}
		if !explorer.NeedsReady(q.needs()) {
			return false, nil
		}
	}
	return true, nil
}
