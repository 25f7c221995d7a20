package analysis

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"bedarfslotse/internal/failure"
)

// left is what is read back of a wave's figures when its rows are gone.
func left(t *testing.T, s *simulation, x *Explorer) *Explorer {
	t.Helper()
	data := must(must(x.Remains(context.Background())).MarshalBinary())
	return must(s.release.ExploreRemains(must(ReadRemains(s.schema, data)), s.breakdown, Options{}))
}

// TestRemains: what is kept answers as the rows did, with all that comparisons need,
// and nothing else can be asked for.
func TestRemains(t *testing.T) {
	city, ofCity := closedWave(t, 7, 300, 3)
	needs, ofNeeds := needsWave(t, 300, 3, 4)
	for name, one := range map[string]struct {
		s *simulation
		x *Explorer
	}{"city": {city, ofCity}, "needs": {needs, ofNeeds}} {
		kept, compared := left(t, one.s, one.x), 0
		for _, by := range divisions() {
			for _, weighted := range []bool{false, true} {
				query := Query{By: by, Weighted: weighted, Tests: len(by) > 0}
				want, refused := one.x.Query(query)
				got, err := kept.Query(query)
				if (refused == nil) != (err == nil) {
					t.Errorf("%s by %v: %v, before %v", name, by, err, refused)
				}
				if err != nil {
					continue
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s by %v, weighted %v: the answer is another", name, by, weighted)
				}
				compared += len(Differences(contrastsOf(got)))
			}
		}
		if compared == 0 {
			t.Errorf("%s: nothing was compared", name)
		}
		names := []string{one.s.schema.questions[0].element.Name}
		if got, want := must(json.Marshal(must(kept.Public(names)))), must(json.Marshal(must(one.x.Public(names)))); !bytes.Equal(got, want) {
			t.Errorf("%s: everybody reads %s, before %s", name, got, want)
		}
		if got := must(kept.Query(Query{Questions: names, By: []string{VariableArea}})); len(got.Groups) == 0 || len(got.Groups[0].Figures) != 1 {
			t.Errorf("%s: one question: %+v", name, got)
		}
		for _, query := range []Query{{Filters: []Condition{{VariableArea, "d0"}}}, {By: []string{VariableArea, VariableLanguage}}, {By: names}} {
			_, err := kept.Query(query)
			if failed := failure.As(err); failed == nil || failed.Key != "error.query_rows_deleted" {
				t.Errorf("%s: %+v: %v", name, query, err)
			}
		}
	}
	for _, query := range []NeedsQuery{{}, {By: VariableArea}, {By: VariableInstitutionType}, {By: VariableArea, Weighted: true}} {
		want, refused := ofNeeds.Needs(context.Background(), query, nil)
		got, err := left(t, needs, ofNeeds).Needs(context.Background(), query, nil)
		if (refused == nil) != (err == nil) || err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("needs %+v: %v, before %v", query, err, refused)
		}
	}
}

// contrastsOf puts the first two groups side by side.
func contrastsOf(answer Answer) (all []Contrast) {
	if len(answer.Groups) < 2 {
		return nil
	}
	for at := range answer.Groups[0].Figures {
		if at < len(answer.Groups[1].Figures) {
			all = append(all, Contrast{answer.Groups[0].Figures[at], answer.Groups[1].Figures[at]})
		}
	}
	return all
}

// TestDamagedRemains are refused, and those of another survey.
func TestDamagedRemains(t *testing.T) {
	s, x := closedWave(t, 7, 60, 2)
	data := must(must(x.Remains(context.Background())).MarshalBinary())
	if _, err := ReadRemains(s.schema, data[:len(data)/2]); !errors.Is(err, ErrDamaged) {
		t.Errorf("half of it: %v", err)
	}
	if _, err := ReadRemains(NewSchema(compiled(t, needsSurvey(1))), data); !errors.Is(err, ErrOtherSchema) {
		t.Errorf("another survey: %v", err)
	}
	if _, err := s.release.ExploreRemains(nil, s.breakdown, Options{}); failure.CodeOf(err) != failure.Forbidden {
		t.Errorf("nothing left: %v", err)
	}
}
