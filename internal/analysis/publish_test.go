package analysis

import (
	"fmt"
	"strings"
	"testing"
)

// partsOf shows the exact groups of a question: areas and size.
func partsOf(s *simulation, question string) string {
	unit, _, _ := s.release.tables.find(s.schema.question(question))
	if unit.Groups == nil {
		return "whole"
	}
	var parts []string
	for _, one := range unit.Groups.Parts {
		var areas []string
		for _, cell := range one.Cells {
			areas = append(areas, cell.Area)
		}
		parts = append(parts, fmt.Sprint(strings.Join(areas, "+"), ":", one.Holders))
	}
	return strings.Join(parts, " ")
}

// TestReleasesKeepTheirDistance is METHODS 5.4 by hand, with k = 5.
func TestReleasesKeepTheirDistance(t *testing.T) {
	s := simulate(t, NewSchema(compiled(t, citySurvey())), 1, 5, 3)
	s.breakdown.Order = []string{VariableArea}
	come := func(n int, area string) {
		for i := range n {
			p := s.draw(0)
			p.area, p.answers["need"] = area, []string{fmt.Sprint("s", 1+i%4)}
			s.arrive(p)
		}
	}
	shown := func() string {
		s.look()
		return fmt.Sprint(value(figureOf(t, s.snapshot.Results(Options{}), "need").Base))
	}
	steps := []struct {
		what         string
		do           func()
		parts, shown string // of the release; and on the page of the open wave
	}{
		{"twenty each", func() { come(20, "d0"); come(20, "d1"); come(20, "d2"); s.publish(false) }, "d0:20 d1:20 d2:20", "60"},
		{"three more", func() { come(3, "d0"); s.publish(false) }, "d0:20 d1:20 d2:20", "60"},
		// The three of the first are too few to show: it joins its neighbour.
		{"and ten of another", func() { come(10, "d1"); s.publish(false) }, "d0+d1:53 d2:20", "73"},
		{"five of the first", func() { come(5, "d0"); s.publish(false) }, "d0+d1:58 d2:20", "78"},
		{"many of both", func() { come(9, "d0"); come(9, "d1"); s.publish(false) }, "d0:37 d1:39 d2:20", "96"},
		{"somebody leaves", func() {
			s.load(nil, []uint64{s.people[0].key})
			s.people[0].gone = true
			come(9, "d1")
			s.publish(true)
		},
			"d0+d1:84 d2:20", "104"},
	}
	for _, step := range steps {
		step.do()
		if got := partsOf(s, "need"); got != step.parts {
			t.Errorf("%s: %s, want %s", step.what, got, step.parts)
		}
		if got := shown(); got != step.shown {
			t.Errorf("%s: the page shows %s, want %s", step.what, got, step.shown)
		}
		if found := s.attackSpan(); found != "" {
			t.Errorf("%s: %s", step.what, found)
		}
	}
}

// TestGroupsThatAgreeTakeTwiceAsMany: five who all say the same are joined.
func TestGroupsThatAgreeTakeTwiceAsMany(t *testing.T) {
	for n, want := range map[int]string{9: "d0+d1:29 d2:20", 10: "d0:10 d1:20 d2:20"} {
		s := simulate(t, NewSchema(compiled(t, citySurvey())), 1, 5, 3)
		s.breakdown.Order = []string{VariableArea}
		for i := range n + 40 {
			p := s.draw(0)
			p.area, p.answers["need"] = "d0", []string{"s3"}
			if i >= n {
				p.area, p.answers["need"] = fmt.Sprint("d", 1+i%2), []string{fmt.Sprint("s", 1+i/2%4)}
			}
			s.arrive(p)
		}
		s.publish(true)
		if got := partsOf(s, "need"); got != want {
			t.Errorf("%d who agree: %s, want %s", n, got, want)
		}
	}
}

// TestGuardedOpinionsAreNotDivided: who was asked follows from an answer that is
// no opinion, and the base by group would tell it.
func TestGuardedOpinionsAreNotDivided(t *testing.T) {
	s, _ := closedWave(t, 8, 500, 3)
	if got := partsOf(s, "school"); got != "whole" {
		t.Errorf("a guarded opinion is divided: %s", got)
	}
	if got := partsOf(s, "more"); got == "whole" {
		t.Error("an opinion that depends on an opinion is not divided")
	}
}

// TestWithdrawalsAfterExactGroups: in this wave four people leave, three of one
// part and one of another, and nobody is new: the whole wave without them, less
// the parts, would leave those three over.
func TestWithdrawalsAfterExactGroups(t *testing.T) {
	s := simulate(t, NewSchema(compiled(t, citySurvey())), 696, 4, 3)
	s.run(35, 1)
	if found := s.attackSpan(); found != "" {
		t.Error(found)
	}
}
