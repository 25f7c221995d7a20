package baseline_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/failure"
)

// within is a small country: kreis holds stadt and dorf, stadt holds nord and sued.
func within(outer, inner string) bool {
	parents := map[string]string{"nord": "stadt", "sued": "stadt", "stadt": "kreis", "dorf": "kreis"}
	for at := inner; at != ""; at = parents[at] {
		if at == outer {
			return true
		}
	}
	return false
}

func known(key string) bool { return key != "atlantis" }

func places(count int) *int { return &count }

const today = "2026-11-29"

// offer is a running one for children of 6 to 13 in the town.
func offer(id string, change func(*baseline.Offer)) baseline.Offer {
	one := baseline.Offer{ID: id, Title: "Offer " + id, Provider: "Provider " + id, Fields: []string{"leisure_learning"},
		Audiences: []string{"children_6_to_13"}, Ages: baseline.Ages{From: 6, To: 13}, Areas: []string{"stadt"}, Places: places(20),
		Status: baseline.OfferRunning}
	if change != nil {
		change(&one)
	}
	return one
}

func TestRunningAndEnding(t *testing.T) {
	for name, test := range map[string]struct {
		change                           func(*baseline.Offer)
		running, over, soon, unpaid, ask bool
	}{
		"plain":            {nil, true, false, false, false, true},
		"planned":          {func(o *baseline.Offer) { o.Status = baseline.OfferPlanned }, false, false, false, false, true},
		"paused":           {func(o *baseline.Offer) { o.Status = baseline.OfferPaused }, false, false, false, false, true},
		"ended":            {func(o *baseline.Offer) { o.Status = baseline.OfferEnded; o.FundingEnd = "2027-01-01" }, false, true, false, false, false},
		"first day":        {func(o *baseline.Offer) { o.Start = today }, true, false, false, false, true},
		"tomorrow":         {func(o *baseline.Offer) { o.Start = "2026-11-30" }, false, false, false, false, true},
		"last day":         {func(o *baseline.Offer) { o.End = today }, true, false, true, false, true},
		"ended yesterday":  {func(o *baseline.Offer) { o.End = "2026-11-28" }, false, true, false, false, false},
		"in twelve months": {func(o *baseline.Offer) { o.FundingEnd = "2027-11-29" }, true, false, true, false, true},
		"a day later":      {func(o *baseline.Offer) { o.FundingEnd = "2027-11-30" }, true, false, false, false, true},
		"unpaid":           {func(o *baseline.Offer) { o.FundingEnd = "2026-11-28" }, true, false, false, true, true},
		"confirmed":        {func(o *baseline.Offer) { o.Confirmed = "2025-11-30" }, true, false, false, false, false},
		"a year ago":       {func(o *baseline.Offer) { o.Confirmed = "2025-11-29" }, true, false, false, false, true},
		"end before money": {func(o *baseline.Offer) { o.End, o.FundingEnd = "2027-01-31", "2030-01-01" }, true, false, true, false, true},
	} {
		o := offer("a", test.change)
		got := []bool{o.Running(today), o.Over(today), o.EndingSoon(today), o.FundingOver(today), o.AskAgain(today)}
		if want := []bool{test.running, test.over, test.soon, test.unpaid, test.ask}; !slices.Equal(got, want) {
			t.Errorf("%s: running, over, soon, unpaid, ask are %v, want %v", name, got, want)
		}
	}
}

func TestCheckOffer(t *testing.T) {
	for input, change := range map[string]func(*baseline.Offer){
		"":            nil,
		"title":       func(o *baseline.Offer) { o.Title = " " },
		"provider":    func(o *baseline.Offer) { o.Provider = strings.Repeat("ä", 201) },
		"fields":      func(o *baseline.Offer) { o.Fields = nil },
		"audiences":   func(o *baseline.Offer) { o.Audiences = []string{"everybody"} },
		"areas":       func(o *baseline.Offer) { o.Areas = []string{"atlantis"} },
		"languages":   func(o *baseline.Offer) { o.Languages = []string{"xx"} },
		"cost":        func(o *baseline.Offer) { o.Cost = "12" },
		"funding":     func(o *baseline.Offer) { o.Funding = "yes" },
		"start":       func(o *baseline.Offer) { o.Start = "2026-2-30" },
		"end":         func(o *baseline.Offer) { o.Start, o.End = "2026-02-02", "2026-02-01" },
		"funding_end": func(o *baseline.Offer) { o.Start, o.FundingEnd = "2026-02-02", "2026-02-01" },
		"age_from":    func(o *baseline.Offer) { o.Ages = baseline.Ages{From: 9, To: 8} },
		"places":      func(o *baseline.Offer) { o.Places = places(0) },
		"status":      func(o *baseline.Offer) { o.Status = "" },
		"contact":     func(o *baseline.Offer) { o.Contact = "a\xff" },
	} {
		o := offer("a", change)
		wantInput(t, o.Check(known, known), input)
	}
}

func wantInput(t *testing.T, err error, input string) {
	t.Helper()
	if input == "" {
		if err != nil {
			t.Errorf("refused: %v", err)
		}
		return
	}
	var failed *failure.Error
	if !errors.As(err, &failed) || failed.Code != failure.Invalid || failed.Params["input"] != input {
		t.Errorf("%s: %v", input, err)
	}
}

// TestCheckOthers: measures, stakeholders, documents and ties say what is wrong.
func TestCheckOthers(t *testing.T) {
	measure := func(change func(*baseline.Measure)) error {
		m := baseline.Measure{Title: "More places", Field: "leisure_learning", Area: "stadt", Responsible: "Youth office", Status: baseline.MeasureNew,
			Steps: []baseline.Step{{Text: "Ask"}}}
		change(&m)
		return m.Check(known, known)
	}
	person := func(change func(*baseline.Stakeholder)) error {
		s := baseline.Stakeholder{Name: "School board", Interest: 5, Influence: 4, Stance: "open"}
		change(&s)
		return s.Check(known)
	}
	paper := func(change func(*baseline.Document)) error {
		d := baseline.Document{Title: "Concept", Year: 2019, Link: "https://example.org/a.pdf"}
		change(&d)
		return d.Check(known, known)
	}
	tie := func(change func(*baseline.Tie)) error {
		one := baseline.Tie{From: "A", To: "B", Frequency: "weekly"}
		change(&one)
		return one.Check(known)
	}
	for _, test := range []struct {
		input string
		err   error
	}{
		{"", measure(func(*baseline.Measure) {})},
		{"field", measure(func(m *baseline.Measure) { m.Field = "" })},
		{"area", measure(func(m *baseline.Measure) { m.Area = "atlantis" })},
		{"audience", measure(func(m *baseline.Measure) { m.Audience = "all" })},
		{"responsible", measure(func(m *baseline.Measure) { m.Responsible = "" })},
		{"due", measure(func(m *baseline.Measure) { m.Due = "soon" })},
		{"status", measure(func(m *baseline.Measure) { m.Status = "done" })},
		{"steps", measure(func(m *baseline.Measure) { m.Steps = append(m.Steps, baseline.Step{}) })},
		{"steps", measure(func(m *baseline.Measure) { m.Steps = make([]baseline.Step, 31) })},
		{"", person(func(*baseline.Stakeholder) {})},
		{"interest", person(func(s *baseline.Stakeholder) { s.Interest, s.Influence = 0, 9 })},
		{"influence", person(func(s *baseline.Stakeholder) { s.Influence = 6 })},
		{"stance", person(func(s *baseline.Stakeholder) { s.Stance = "friend" })},
		{"", paper(func(*baseline.Document) {})},
		{"year", paper(func(d *baseline.Document) { d.Year = 19 })},
		{"link", paper(func(d *baseline.Document) { d.Link = "javascript:alert(1)" })},
		{"link", paper(func(d *baseline.Document) { d.Link = "file:///etc/passwd" })},
		{"fields", paper(func(d *baseline.Document) { d.Fields = []string{"atlantis"} })},
		{"", tie(func(*baseline.Tie) {})},
		{"to", tie(func(one *baseline.Tie) { one.From, one.To = "Jugendhaus e. V.", "jugendhaus" })},
		{"frequency", tie(func(one *baseline.Tie) { one.Frequency = "often" })},
	} {
		wantInput(t, test.err, test.input)
	}
}

func TestQuadrants(t *testing.T) {
	for _, test := range []struct {
		interest, influence int
		want                baseline.Quadrant
	}{{5, 5, baseline.ManageClosely}, {4, 3, baseline.KeepInformed}, {3, 4, baseline.KeepSatisfied}, {3, 3, baseline.WatchOnly}, {1, 1, baseline.WatchOnly}} {
		s := baseline.Stakeholder{Interest: test.interest, Influence: test.influence}
		if got := s.Quadrant(); got != test.want {
			t.Errorf("%d, %d is %s, want %s", test.interest, test.influence, got, test.want)
		}
	}
}

func TestActorKey(t *testing.T) {
	for name, want := range map[string]string{
		"AWO Ruhr e.V.": "awo ruhr", "AWO Ruhr e. V.": "awo ruhr", "AWO Ruhr eV": "awo ruhr", "Awo-Ruhr gGmbH": "awo ruhr",
		"AWO Ruhr gemeinnützige GmbH": "awo ruhr", "Jugend & Bildung gUG (haftungsbeschränkt)": "jugend bildung", "Größe AG": "groesse",
		"e.V.": "e v", "Große Weite Welt e.V. (Bochum)": "grosse weite welt", "IFAK e.V. KdöR": "ifak", "Café Olé": "cafe ole", "": "",
	} {
		if got := baseline.ActorKey(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

func TestDuplicates(t *testing.T) {
	named := func(id, title, provider, area string) baseline.Offer {
		return offer(id, func(o *baseline.Offer) { o.Title, o.Provider, o.Areas = title, provider, []string{area} })
	}
	offers := []baseline.Offer{
		named("1", "Hausaufgabenhilfe Nord", "Jugendhaus Nordstadt e.V.", "nord"),
		named("2", "Hausaufgabenhilfe (Nord)", "Jugendhaus Nordstadt", "stadt"),
		named("3", "Hausaufgaben-Hilfe Nord", "Jugendhaus Nordstadt gGmbH", "dorf"), // elsewhere
		named("4", "Fußballtraining", "Jugendhaus Nordstadt e.V.", "nord"),
		named("5", "Hausaufgabenhilfe Nord", "Grundschule am Park", "nord"),
	}
	found := baseline.Duplicates(offers, within)
	if len(found) != 1 || found[0].First != "1" || found[0].Last != "2" || found[0].Alike < 0.6 || found[0].Alike > 1 {
		t.Errorf("found %+v", found)
	}
	if likely := baseline.LikelyDuplicates(named("", "Hausaufgabenhilfe", "Jugendhaus Nordstadt", ""), offers); len(likely) != 3 {
		t.Errorf("likely %+v", likely)
	}
}

// TestSimilarity: the same name is wholly alike, and who is compared with whom
// makes no difference.
func TestSimilarity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.StringMatching(`[A-ZÄÖÜa-zäöüß .-]{0,30}`).Draw(t, "a"), rapid.String().Draw(t, "b")
		there, back := baseline.Similarity(a, b), baseline.Similarity(b, a)
		if there != back || there < 0 || there > 1 {
			t.Errorf("%v and %v", there, back)
		}
		if same := baseline.Similarity(a, strings.ToUpper(a)+" e.V."); baseline.ActorKey(a) != "" && baseline.ActorKey(a) == baseline.ActorKey(strings.ToUpper(a)+" e.V.") && same != 1 {
			t.Errorf("%q: %v", a, same)
		}
	})
}

func TestMerge(t *testing.T) {
	first := offer("1", func(o *baseline.Offer) {
		o.Places, o.Ages, o.Source, o.Confirmed = nil, baseline.EveryAge(), "survey", "2026-01-01"
	})
	other := offer("2", func(o *baseline.Offer) {
		o.Fields, o.Areas, o.Audiences, o.Languages = []string{"language_support", "leisure_learning"}, []string{"dorf"}, []string{"parents"}, []string{"de"}
		o.Cost, o.Funding, o.FundingEnd, o.Contact, o.Source, o.Confirmed = "free", "limited", "2027-07-31", "a@example.org", "list", "2026-05-05"
	})
	got := first.Merge(other)
	if got.ID != "1" || got.Title != first.Title || *got.Places != 20 || got.Ages != other.Ages || got.Cost != "free" || got.FundingEnd != "2027-07-31" ||
		!slices.Equal(got.Fields, []string{"leisure_learning", "language_support"}) || !slices.Equal(got.Areas, []string{"stadt", "dorf"}) ||
		!slices.Equal(got.Audiences, []string{"children_6_to_13", "parents"}) || got.Contact != "a@example.org" || got.Source != "survey; list" || got.Confirmed != "2026-05-05" {
		t.Errorf("merged %+v", got)
	}
	if len(first.Fields) != 1 {
		t.Error("the first one itself was changed")
	}
	open := offer("3", func(o *baseline.Offer) { o.Audiences = nil })
	if got := open.Merge(other); !slices.Equal(got.Audiences, other.Audiences) {
		t.Errorf("audiences %v", got.Audiences)
	}
}
