package baseline_test

import (
	"reflect"
	"testing"

	"bedarfslotse/internal/baseline"
)

func TestTargetGroups(t *testing.T) {
	population := func(ages baseline.Ages, area string) (int, baseline.Ages, bool) {
		switch {
		case ages.From == 14 && area == "stadt":
			return 900, baseline.Ages{From: 14, To: 17}, true
		case ages.From == 14 && area == "kreis":
			return 5000, baseline.Ages{From: 15, To: 24}, true // another band: it does not compare
		case ages.From == 0:
			return 70, baseline.Ages{From: 6, To: 9}, true // none of them is under 6
		}
		return 0, baseline.Ages{}, false
	}
	got := baseline.TargetGroups(population, []string{"", "stadt", "kreis"})
	everybody := map[string]int{"": 70, "stadt": 70, "kreis": 70}
	want := map[string]baseline.TargetGroup{"": {Ages: baseline.Ages{From: 6, To: 9}, People: everybody}, "young_people": {Ages: baseline.Ages{From: 14, To: 17}, People: map[string]int{"stadt": 900}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := baseline.TargetGroups(nil, []string{"stadt"}); len(got) != 0 {
		t.Errorf("of nobody: %+v", got)
	}
}
