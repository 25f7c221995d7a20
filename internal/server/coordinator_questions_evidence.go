package server

import (
	"cmp"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// questionEvidence is what the system holds about an area, as somebody may see it.
// Every list is read once. Figures that need a release are not computed: they stand
// on the pages that the lines lead to.
type questionEvidence struct {
	s            *Server
	f            *deskFrame
	user         account.User
	area, today  string
	concept      *baseline.Concept // nil for none
	words        map[int]store.Kept[baseline.OwnWords]
	notes        []baseline.Note
	documents    []baseline.Document
	facts        []baseline.Fact // with a value
	sources      map[string]baseline.Source
	waves        []questionWave
	offers       []baseline.Offer // that run
	measures     []baseline.Measure
	network      *networkView
	stakeholders []baseline.Stakeholder // nil for who may not see them
}

// questionWave is a wave whose results the visitor may read.
type questionWave struct {
	*store.LiveWave
	returns int
	day     string // of the newest release, "" before the first
}

// evidenceLine is one piece of evidence in words, with the page where it stands.
type evidenceLine struct {
	Text, Address string
	Source        string
	Day, When     string // of the source, as it is sorted and as it is written
}

// evidencePart are pieces of one kind.
type evidencePart struct {
	ID, Title string
	Lines     []evidenceLine
	Count     int       // of all pieces, also those that are not listed
	More      *waveLink // to the others
	None      string    // what is missing, in words, where there is no piece
	Open      string    // what the pieces leave open, in words
	Finding   bool      // that there is no piece is an answer as well
}

// Missing tells whether evidence is missing.
func (p *evidencePart) Missing() bool { return p.Count == 0 && !p.Finding }

// gather reads what there is about an area.
func (s *Server) gather(c echo.Context, f *deskFrame, area string) (*questionEvidence, error) {
	user, _ := visitor(c)
	e := &questionEvidence{s: s, f: f, user: user, area: area, today: s.today()}
	for _, read := range []func(echo.Context) error{e.readWritten, e.readFigures, e.readWaves, e.readRegisters} {
		if err := read(c); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// about tells whether something about an area belongs here.
func (e *questionEvidence) about(areas ...string) bool {
	return e.s.reaches(e.user, areas...) && slices.ContainsFunc(areas, func(area string) bool { return e.s.touches(e.area, area) })
}

// touches tells whether two areas have to do with each other: one is the other, in
// it or around it. "" is all areas.
func (s *Server) touches(one, other string) bool {
	return one == "" || other == "" || s.desk.Areas.Contains(one, other) || s.desk.Areas.Contains(other, one)
}

// readWritten reads the concept's record, the own words, notes and documents.
func (e *questionEvidence) readWritten(c echo.Context) error {
	ctx, office := c.Request().Context(), e.s.desk.Office
	records, err := office.Concepts(ctx)
	if err != nil {
		return err
	}
	for at := range records {
		if records[at].Entry.Area == e.area {
			e.concept = &records[at].Entry
		}
	}
	words, err := office.OwnWords(ctx, e.area)
	if err != nil {
		return err
	}
	e.words = map[int]store.Kept[baseline.OwnWords]{}
	for _, one := range words {
		e.words[one.Entry.Question] = one
	}
	notes, err := office.Notes(ctx)
	if err != nil {
		return err
	}
	for _, one := range notes {
		if e.about(one.Entry.Area) {
			e.notes = append(e.notes, one.Entry)
		}
	}
	documents, err := office.Documents(ctx)
	for _, one := range documents {
		if e.about(one.Entry.Area) {
			e.documents = append(e.documents, one.Entry)
		}
	}
	return err
}

// readFigures reads the indicators that have a value for the area.
func (e *questionEvidence) readFigures(c echo.Context) error {
	book, err := e.s.book(c)
	if err != nil {
		return err
	}
	e.sources = book.Sources
	for _, fact := range book.InField("", e.area, e.today) {
		if fact.Latest != nil {
			e.facts = append(e.facts, fact)
		}
	}
	return nil
}

// readWaves reads the waves in and around the area, the newest first.
func (e *questionEvidence) readWaves(c echo.Context) error {
	ctx, office := c.Request().Context(), e.s.desk.Office
	waves, err := office.Waves(ctx)
	if err != nil {
		return err
	}
	returns, err := office.ReturnsByWave(ctx)
	if err != nil {
		return err
	}
	days, err := office.ReleaseDays(ctx)
	if err != nil {
		return err
	}
	for _, wave := range waves {
		may := e.user.May(account.ReadResults, subjectOf(wave), e.s.desk.Areas.Contains)
		if may && wave.State != fieldwork.Prepared && e.s.touches(e.area, wave.Area) {
			e.waves = append(e.waves, questionWave{wave, returns[wave.ID], days[wave.ID]})
		}
	}
	slices.SortStableFunc(e.waves, func(a, b questionWave) int { return cmp.Compare(b.Opened, a.Opened) })
	return nil
}

// readRegisters reads offers, measures, the network and who has a say.
func (e *questionEvidence) readRegisters(c echo.Context) error {
	offers, err := e.s.shownOffers(c, false)
	if err != nil {
		return err
	}
	e.offers = slices.DeleteFunc(offersOf(offers), func(o baseline.Offer) bool { return !o.Running(e.today) || !o.In(e.area, e.s.desk.Areas.Contains) })
	measures, err := e.s.desk.Office.Measures(c.Request().Context())
	if err != nil {
		return err
	}
	for _, one := range measures {
		if e.about(one.Entry.Area) {
			e.measures = append(e.measures, one.Entry)
		}
	}
	if e.network, err = e.s.networkIn(c, e.offers, e.area, e.s.fieldKeys()); err != nil || !e.user.Has(account.ManageConcept) {
		return err
	}
	theirs, err := e.s.theirStakeholders(c)
	for _, one := range theirs {
		if e.about(one.Area) {
			e.stakeholders = append(e.stakeholders, one)
		}
	}
	return err
}

// query keeps area and language in links.
func (e *questionEvidence) query() string {
	query := url.Values{"area": {e.area}}
	if e.f.Query != "" {
		query.Set("lang", e.f.Language())
	}
	return "?" + query.Encode()
}

func (e *questionEvidence) number(n int) string { return e.f.Number(float64(n), 0) }

// mostEvidence is how many pieces of one kind are listed; the others stand where the list
// leads to.
const mostEvidence = 20

// part is a part of a question's evidence; its key names title and what is missing.
func (e *questionEvidence) part(key, more string, lines []evidenceLine) evidencePart {
	part := evidencePart{ID: key, Title: e.f.T("questions.part." + key), Lines: lines, Count: len(lines), None: e.f.T("questions.none." + key)}
	for at := range part.Lines {
		if line := &part.Lines[at]; line.When == "" {
			line.When = e.f.Date(line.Day)
		}
	}
	if len(lines) > mostEvidence {
		part.Lines = lines[:mostEvidence]
		part.More = &waveLink{Address: more, Name: e.f.N("questions.more", len(lines)-mostEvidence)}
	}
	return part
}

// finding is a part of which that it is empty is an answer as well.
func (e *questionEvidence) finding(key, more string, lines []evidenceLine) evidencePart {
	part := e.part(key, more, lines)
	part.Finding = true
	return part
}

// parts are the evidence for a question.
func (e *questionEvidence) parts(question int) []evidencePart {
	var parts []evidencePart
	switch question {
	case baseline.WhereWeStand:
		parts = []evidencePart{e.indicators("indicators", func(*baseline.Series) bool { return true }), e.returned(), e.needs()}
	case baseline.WhichConcepts:
		parts = []evidencePart{e.papers(), e.record()}
	case baseline.NewlyArrived:
		parts = []evidencePart{e.indicators("people", aboutPeople), e.voices(), e.asked("context", survey.Context, e.newlyArrived)}
	case baseline.WhichNetworks:
		parts = []evidencePart{e.ties()}
		if len(e.network.Actors) > 0 {
			parts = append(parts, e.pairs())
		}
		if e.s.mayConcept(e.user)(e.area) {
			parts = append(parts, e.influence())
		}
	case baseline.WhichMeasures:
		parts = []evidencePart{e.offered(), e.planned()}
		if len(e.offers) > 0 { // where no offer is known, that none is there says nothing
			parts = append(parts, e.emptyFields())
		}
	case baseline.WhichExperience:
		parts = []evidencePart{e.gaps(), e.asked("barriers", survey.Barrier, func(*questionWave) bool { return true })}
	}
	return append(parts, e.noted(question))
}
