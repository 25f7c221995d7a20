package fieldwork

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"

	"bedarfslotse/internal/catalogue"
)

// WriteInstitutions writes institutions as CSV in this program's own format,
// ordered by area as the areas stand and by number: columns number, name, type,
// type_label, ags, area, pupils, social_index, school_year; UTF-8, comma, LF.
// [InstitutionReader] reads it back.
func WriteInstitutions(out io.Writer, institutions []Institution, areas *catalogue.Areas) error {
	order := map[string]int{"": len(areas.All())}
	for at, area := range areas.All() {
		order[area.Key] = at
	}
	sorted := slices.Clone(institutions)
	slices.SortStableFunc(sorted, func(a, b Institution) int {
		return cmp.Or(cmp.Compare(order[a.Area], order[b.Area]), cmp.Compare(a.Number, b.Number))
	})
	writer := csv.NewWriter(out)
	// Errors stay with the writer until Flush.
	_ = writer.Write([]string{"number", "name", "type", "type_label", "ags", "area", "pupils", "social_index", "school_year"})
	for _, one := range sorted {
		_ = writer.Write([]string{one.Number, one.Name, one.Type, one.TypeLabel, one.AGS, one.Area,
			optional(one.Pupils), optional(one.SocialIndex), one.Period})
	}
	writer.Flush()
	if err := writer.Error(); err != nil {
		return fmt.Errorf("write institutions: %w", err)
	}
	return nil
}

func optional(value *int) string {
	if value == nil {
		return ""
	}
	return strconv.Itoa(*value)
}
