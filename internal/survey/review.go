package survey

import (
	"slices"
	"strings"
	"unicode/utf8"

	"bedarfslotse/internal/expression"
	"bedarfslotse/internal/failure"
)

// Report tells an author how a survey reads, beyond what is wrong with it.
type Report struct {
	Languages []Completeness // in the survey's order, the source first
	Readings  []Reading      // of German and Leichte Sprache, where the survey has them
	// Unreachable names the questions and groups that are never shown, whatever
	// is answered, those inside such groups included.
	Unreachable []string
	// Findings are warnings and hints, with the places of what they are about.
	Findings failure.Findings
}

// Completeness is how far one language is. A text is a title, label, hint or
// message; Stale ones are also counted as Present. In the source language
// nothing is draft, reviewed or stale.
type Completeness struct {
	Language string
	Needed   int // texts that the survey has
	Present  int // of those in this language
	Draft    int
	Reviewed int
	Stale    int // made from an earlier wording of the source
}

// Share is the part of the texts that is there, 0 to 1; 1 when none is needed.
func (c Completeness) Share() float64 {
	if c.Needed == 0 {
		return 1
	}
	return float64(c.Present) / float64(c.Needed)
}

// Lengths from which on a text is called long for a phone. A small one (360 by
// 640 points) shows 18 to 20 lines of some 40 letters between the browser's
// bars. A question of more than 6 lines leaves no room for its answers below;
// answers of more than 3 cannot be compared at a glance; and a note of more than
// 15 fills the screen, so that nothing says that it goes on.
const (
	maxQuestionText = 240 // characters of a label, hint or message
	maxChoiceText   = 120
	maxNoteText     = 600 // of a note, or of a text that opens only on demand
)

const (
	maxAlike = 100 // findings of one kind that are listed; the others are counted
	// decisions is how many operations a report computes to decide conditions;
	// it takes about half a second. What is left then is taken as open.
	decisions = 4_000_000
)

// Review reads a survey as its author should: how far each language is, what is
// never shown or offered, which conditions change nothing, what is long or hard
// to read, and what the analysis by fields of action will not find. It takes
// below two seconds for the largest survey, and claims that something is never
// shown only where that is certain.
func Review(v *Version) *Report {
	r := &reviewer{version: v, report: &Report{}, counts: map[string]int{}, budget: decisions,
		unreachable: make([]bool, len(v.Elements)), offered: map[*Element][]string{}, names: map[*ChoiceList][]string{}}
	r.conditions()
	r.unusedLists()
	r.completeness()
	r.lengths()
	r.fields()
	r.readings()
	r.report.Findings.Sort()
	r.more()
	return r.report
}

// Translations tells how far each language of a survey is, the source first.
func Translations(v *Version) []Completeness {
	r := &reviewer{version: v, report: &Report{}}
	r.completeness()
	return r.report.Languages
}

type reviewer struct {
	version     *Version
	report      *Report
	counts      map[string]int // of findings, by key
	budget      int
	unreachable []bool                // by index
	offered     map[*Element][]string // names that pass the choice filter for some answers
	names       map[*ChoiceList][]string
}

func (r *reviewer) find(severity failure.Severity, at Position, key, cell string, pairs ...any) {
	if r.counts[key]++; r.counts[key] > maxAlike {
		return
	}
	r.report.Findings = append(r.report.Findings, failure.Finding{Severity: severity, Key: key, Cell: clip(cell),
		Params: failure.New("", "", pairs...).Params, Sheet: at.Sheet, Line: at.Line, Column: at.Column})
}

// more tells how many findings are not listed.
func (r *reviewer) more() {
	var keys []string
	for key, count := range r.counts {
		if count > maxAlike {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		r.report.Findings = append(r.report.Findings, failure.Finding{Severity: failure.Hint, Key: "review.more",
			Params: failure.Params{"count": r.counts[key] - maxAlike, "kind": key}})
	}
}

// unusedLists tells of choice lists that no question and no expression uses.
func (r *reviewer) unusedLists() {
	used := map[string]bool{}
	for _, e := range r.version.Elements {
		used[e.List] = true
		e.Expressions(func(_ string, tree *expression.Tree) {
			for _, lookup := range tree.Instances() {
				used[lookup.Name] = true
			}
		})
	}
	for _, list := range r.version.Choices {
		if !used[list.Name] {
			r.find(failure.Hint, list.Position, "review.list_unused", list.Name, "list", list.Name)
		}
	}
}

// eachText visits all texts that respondents read.
func (r *reviewer) eachText(visit func(at Position, name string, of *Element, t Text)) {
	visit(Position{}, "title", nil, r.version.Title)
	visit(Position{}, "description", nil, r.version.Description)
	for _, list := range r.version.Choices {
		for _, choice := range list.Choices {
			visit(choice.Position, list.Name+"/"+choice.Name, nil, choice.Label)
		}
	}
	for _, e := range r.version.Elements {
		for _, t := range e.texts() {
			visit(e.Place(t.name), e.Name+"/"+t.name, e, *t.text)
		}
	}
}

func (r *reviewer) completeness() {
	languages := r.version.Languages
	if len(languages) == 0 {
		languages = []string{r.version.Language}
	}
	for _, tag := range languages {
		r.report.Languages = append(r.report.Languages, Completeness{Language: tag})
	}
	r.eachText(func(_ Position, _ string, _ *Element, t Text) {
		if _, language := t.In(languages...); language == "" {
			return
		}
		source := t[r.version.Language].Text
		for i, tag := range languages {
			of, phrase := &r.report.Languages[i], t[tag]
			of.Needed++
			if phrase.Text == "" {
				continue
			}
			of.Present++
			switch {
			case tag == r.version.Language:
				continue
			case phrase.State == Draft:
				of.Draft++
			case phrase.State == Reviewed:
				of.Reviewed++
			}
			if phrase.Stale(source) {
				of.Stale++
			}
		}
	})
}

// lengths tells of texts that are long for a phone, in whatever language.
func (r *reviewer) lengths() {
	r.eachText(func(at Position, name string, of *Element, t Text) {
		limit := maxQuestionText
		switch {
		case of == nil && name != "title" && name != "description":
			limit = maxChoiceText
		case name == "description" || of != nil && (of.Type == Note || strings.HasSuffix(name, "/guidance_hint")):
			limit = maxNoteText
		}
		var long []string
		most := 0
		for _, tag := range r.version.Languages {
			if count := utf8.RuneCountInString(strings.TrimSpace(plain(t[tag].Text))); count > limit {
				long, most = append(long, tag), max(most, count)
			}
		}
		if len(long) > 0 {
			r.find(failure.Hint, at, "review.long_text", t[long[0]].Text, "text", name, "languages", strings.Join(long, ", "),
				"characters", most, "limit", limit)
		}
	})
}

// fields tells of questions that measure no field of action; in one sentence
// where none does, as in every questionnaire from elsewhere.
func (r *reviewer) fields() {
	var without []*Element
	measured := false
	for _, e := range r.version.Elements {
		measured = measured || e.Measures != nil
		if e.Type.Asked() && e.Type != Acknowledge && !e.LabelsOnly() && e.Measures == nil {
			without = append(without, e)
		}
	}
	if !measured && len(without) > 0 {
		r.find(failure.Hint, without[0].Position, "review.no_measures", "", "count", len(without))
		return
	}
	for _, e := range without {
		r.find(failure.Hint, e.Position, "review.question_without_field", "", "name", e.Name)
	}
}

// readings measures how hard the texts are to read.
func (r *reviewer) readings() {
	for _, tag := range r.version.Languages {
		bar, known := barFor(tag)
		if !known {
			continue
		}
		m := &readingMeter{Reading: Reading{Language: tag}, bar: bar, known: map[string]int{},
			long: func(at Position, key, name, language string, pairs ...any) {
				r.find(failure.Hint, at, key, "", append(pairs, "name", name, "language", language)...)
			}}
		for _, e := range r.version.Elements {
			m.text(e.Place("label"), e.Name, e.Label[tag].Text)
			m.text(e.Place("hint"), e.Name, e.Hint[tag].Text)
		}
		m.Score, m.Enough = amstad(m.Sentences, m.Words, m.Syllables), m.Words >= minReadingWords
		r.report.Readings = append(r.report.Readings, m.Reading)
		if !m.Enough || m.Score >= bar.score || len(m.Hardest) == 0 {
			continue
		}
		hardest := make([]string, 0, len(m.Hardest))
		for _, one := range m.Hardest {
			hardest = append(hardest, one.Question+": "+clip(one.Text))
		}
		r.find(failure.Hint, m.Hardest[0].at, "review.hard_to_read", m.Hardest[0].Text, "language", tag,
			"score", int(m.Score), "bar", int(bar.score), "hardest", strings.Join(hardest, " | "))
	}
}
