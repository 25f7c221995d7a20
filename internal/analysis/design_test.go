package analysis

import (
	"fmt"
	"math"
	"testing"
)

// TestDesign: where institutions answer alike, intervals of the whole wave and of
// its groups are wider by one design effect, which is told in steps only.
func TestDesign(t *testing.T) {
	schema := NewSchema(compiled(t, citySurvey()))
	effects := map[float64]bool{}
	for seed := range uint64(12) {
		s := simulate(t, schema, seed, 5, 2)
		for i := range 300 {
			p := s.draw(i % 2)
			school := i % 20
			p.area, p.kind, p.institution = fmt.Sprint("d", school%2), "t0", fmt.Sprint("i", school)
			if i%10 < 7 { // most of a school say the same
				p.answers["need"] = []string{fmt.Sprint("s", 1+school%5)}
				p.answers["importance"], p.answers["state"] = p.answers["need"], p.answers["need"]
			}
			s.arrive(p)
		}
		s.publish(true)
		alike := must(s.release.Explore(s.columns, s.breakdown, Options{}))
		d := alike.shower.design(schema.question("need"))
		if d.effect < 2 || d.freedom != 16 || 2*d.effect != math.Trunc(2*d.effect) {
			t.Fatalf("design %+v", d)
		}
		effects[d.effect] = true
		alone := alike.shower
		alone.designs = nil
		_, _, table := alike.release.tables.find(schema.question("need"))
		wide, narrow := alike.figure(schema.question("need")), alone.figure(schema.question("need"), table)
		for i := range wide.Cells {
			if !(*wide.Cells[i].High-*wide.Cells[i].Low > *narrow.Cells[i].High-*narrow.Cells[i].Low) {
				t.Errorf("%s: as narrow as without institutions", wide.Cells[i].Name)
			}
		}
	}
	if len(effects) > 4 {
		t.Errorf("twelve waves of the same kind have the effects %v", effects)
	}
}
