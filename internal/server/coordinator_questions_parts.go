package server

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// aboutPeople tells whether an indicator counts or describes people: it has their
// ages, or it describes the situation and is nothing to be reached.
func aboutPeople(one *baseline.Series) bool {
	return one.Age != nil || one.Direction == baseline.ContextOnly
}

// indicators are those that have a value, with their status.
func (e *questionEvidence) indicators(key string, wanted func(*baseline.Series) bool) evidencePart {
	var lines []evidenceLine
	for _, fact := range e.facts {
		if !wanted(fact.Series) {
			continue
		}
		value := valueWords(e.f.Localizer, fact.Series.Unit, *fact.Latest)
		line := evidenceLine{Address: indicatorPages + "/of/" + fact.Series.Key + e.query(), Day: fact.Latest.Day,
			Text: e.f.T("questions.line.indicator", "name", fact.Series.Name(e.f.Language()), "value", value)}
		if status := e.s.statusWords(e.f.Localizer, fact); status != nil {
			line.Text = e.f.T("questions.line.indicator_status", "name", fact.Series.Name(e.f.Language()), "value", value, "status", status.Word)
		}
		source := e.sources[fact.Latest.Source]
		line.Source = cmp.Or(source.Line(), e.f.T("questions.source.parts"))
		lines = append(lines, line)
	}
	return e.part(key, indicatorPages+e.query(), lines)
}

// wave is a line about a wave.
func (e *questionEvidence) wave(wave *questionWave, address, key string, params ...any) evidenceLine {
	line := evidenceLine{Address: address, Text: e.f.T("questions.line."+key, append(params, "wave", e.s.waveLine(e.f, wave.LiveWave))...),
		Source: e.f.T("questions.source.wave", "wave", titleOf(wave.LiveWave, e.f.Localizer), "slug", wave.Slug), Day: cmp.Or(wave.day, wave.Opened)}
	if wave.Sample {
		line.Source = e.f.T("questions.source.sample", "source", line.Source)
	}
	return line
}

func (e *questionEvidence) wavePage(wave *questionWave, page string) string {
	return "/manage/waves/" + wave.Slug + "/" + page + e.f.Query
}

// standing says how far a wave has come.
func (e *questionEvidence) standing(wave *questionWave) string {
	if !released(wave.LiveWave) {
		return e.f.T("questions.unreleased")
	}
	return e.f.T("questions.released", "day", e.f.Date(cmp.Or(wave.day, wave.Closed)))
}

func (e *questionEvidence) returned() evidencePart {
	var lines []evidenceLine
	for at := range e.waves {
		wave := &e.waves[at]
		lines = append(lines, e.wave(wave, e.wavePage(wave, "results"), "wave", "returns", returnsInWords(e.f.Localizer, wave.LiveWave, wave.returns), "release", e.standing(wave)))
	}
	return e.part("waves", "/manage"+e.f.Query, lines)
}

// needing are the waves with a release that ask for needs.
func (e *questionEvidence) needing(page, key string) (lines []evidenceLine) {
	for at := range e.waves {
		if wave := &e.waves[at]; released(wave.LiveWave) && len(wave.Schema.NeedItems()) > 0 {
			lines = append(lines, e.wave(wave, page+e.onlyWave(wave), key))
		}
	}
	return lines
}

// onlyWave is the query of a page about needs.
func (e *questionEvidence) onlyWave(wave *questionWave) string {
	return with(e.f.Query, "wave", wave.Slug)
}

func (e *questionEvidence) needs() evidencePart {
	return e.part("needs", needsPath+e.f.Query, e.needing(needsPath, "needs"))
}

func (e *questionEvidence) gaps() evidencePart {
	return e.part("gaps", gapPath+e.f.Query, e.needing(gapPath, "gap"))
}

// newlyArrived tells whether a wave asked families or young people.
func (e *questionEvidence) newlyArrived(wave *questionWave) bool {
	audience := catalogue.Audience(wave.Version.Audience)
	return audience == catalogue.Families || audience == catalogue.YoungPeople
}

// voices are the waves of families and young people and their languages.
func (e *questionEvidence) voices() evidencePart {
	var lines []evidenceLine
	for at := range e.waves {
		wave := &e.waves[at]
		if !e.newlyArrived(wave) {
			continue
		}
		lines = append(lines, e.wave(wave, e.wavePage(wave, "results"), "wave", "returns", returnsInWords(e.f.Localizer, wave.LiveWave, wave.returns), "release", e.standing(wave)))
		if e.user.May(account.ReadReturns, subjectOf(wave.LiveWave), e.s.desk.Areas.Contains) {
			lines = append(lines, e.wave(wave, e.wavePage(wave, "returns"), "languages", "count", e.number(len(wave.Offered(wave.Version.Languages)))))
		}
	}
	return e.part("voices", "/manage"+e.f.Query, lines)
}

// asked are the questions about one aspect in waves that have a release.
func (e *questionEvidence) asked(key string, aspect survey.Aspect, wanted func(*questionWave) bool) evidencePart {
	var lines []evidenceLine
	for at := range e.waves {
		wave := &e.waves[at]
		if !released(wave.LiveWave) || !wanted(wave) {
			continue
		}
		for _, element := range wave.Version.Elements {
			if element.Measures == nil || element.Measures.As != aspect || !wave.Schema.Shows(element) {
				continue
			}
			address := explorerAddress(wave.LiveWave, element.Name, &gapAsked{query: store.GapQuery{By: analysis.VariableArea}}, e.f.language())
			lines = append(lines, e.wave(wave, address, "asked", "question", e.s.elementName(e.f.Localizer, wave.LiveWave, element)))
		}
	}
	return e.part(key, "/manage"+e.f.Query, lines)
}

func (e *questionEvidence) papers() evidencePart {
	var lines []evidenceLine
	for at := range e.documents {
		d := &e.documents[at]
		text := e.f.T("questions.line.document", "title", d.Title)
		if len(d.Fields) > 0 {
			text = e.f.T("questions.line.document_fields", "title", d.Title, "fields", joinedWords(d.Fields, func(key string) string { return e.s.fieldName(e.f.Localizer, key) }))
		}
		lines = append(lines, evidenceLine{Text: text, Address: cmp.Or(d.Link, documentsPath+e.f.Query), Source: cmp.Or(d.Issuer, e.f.T("documents.title")), Day: yearOf(d), When: yearOf(d)})
	}
	return e.part("documents", documentsPath+e.f.Query, lines)
}

// record is what the concept's record says, and what it leaves open.
func (e *questionEvidence) record() evidencePart {
	var lines []evidenceLine
	var open []string
	record := cmp.Or(e.concept, &baseline.Concept{})
	for _, one := range record.Parts() {
		name := e.f.T("questions.concept." + one.Key)
		if one.Text == "" {
			open = append(open, name)
			continue
		}
		text := e.f.T("questions.line.concept", "name", name, "text", strings.Join(linesOf(one.Text), "; "))
		if one.Key == "mandate" && record.Reference != "" {
			text = e.f.T("questions.line.mandate", "name", name, "text", one.Text, "reference", record.Reference)
		}
		lines = append(lines, evidenceLine{Text: text, Address: recordPath + e.f.Query, Source: e.f.T("questions.record.title"), Day: record.Ordered})
	}
	part := e.part("record", recordPath+e.f.Query, lines)
	if len(open) > 0 {
		part.Open = e.f.T("questions.none.record_parts", "what", strings.Join(open, ", "))
	}
	return part
}

// noted are the notes that say something to a question.
func (e *questionEvidence) noted(question int) evidencePart {
	var lines []evidenceLine
	for at := range e.notes {
		if n := &e.notes[at]; n.Says(question) {
			lines = append(lines, evidenceLine{Text: e.f.T("questions.line.note", "kind", e.f.T("questions.kind."+string(n.Kind)), "title", n.Title),
				Address: notesPath + e.f.Query, Source: n.Source, Day: n.Day})
		}
	}
	return e.part("notes", notesPath+e.f.Query, lines)
}

// registered is a line about a whole register, as it is today.
func (e *questionEvidence) registered(address, source, key string, params ...any) evidenceLine {
	return evidenceLine{Text: e.f.T("questions.line."+key, params...), Address: address, Source: e.f.T(source), Day: e.today}
}

// influence are those on whom the concept depends.
func (e *questionEvidence) influence() evidencePart {
	near := 0
	for at := range e.stakeholders {
		if e.stakeholders[at].Quadrant() == baseline.ManageClosely {
			near++
		}
	}
	var lines []evidenceLine
	if len(e.stakeholders) > 0 {
		lines = append(lines, e.registered(stakeholdersPath+e.f.Query, "stakeholders.title", "stakeholders", "all", e.number(len(e.stakeholders)), "close", e.number(near)))
	}
	return e.part("stakeholders", stakeholdersPath+e.f.Query, lines)
}

// planned are the measures by what becomes of them.
func (e *questionEvidence) planned() evidencePart {
	var lines []evidenceLine
	for _, status := range baseline.MeasureStatuses() {
		var titles []string
		for at := range e.measures {
			if e.measures[at].Status == status {
				titles = append(titles, e.measures[at].Title)
			}
		}
		if len(titles) > 0 {
			lines = append(lines, e.registered(measuresPath+e.query()+"#status-"+string(status), "measures.title", "measures",
				"status", e.f.T("measures.status."+string(status)), "count", e.number(len(titles)), "titles", fewOf(titles)))
		}
	}
	return e.part("measures", measuresPath+e.query(), lines)
}

// fewOf writes the first of some names; that there are more is said by dots.
func fewOf(names []string) string {
	const most = 5
	if len(names) > most {
		names = append(slices.Clone(names[:most]), "…")
	}
	return strings.Join(names, ", ")
}

// offered are the offers that run, and those that end soon.
func (e *questionEvidence) offered() evidencePart {
	ending, providers := 0, map[string]bool{}
	for at := range e.offers {
		o := &e.offers[at]
		providers[baseline.ActorKey(o.Provider)] = true
		if o.EndingSoon(e.today) {
			ending++
		}
	}
	var lines []evidenceLine
	if len(e.offers) > 0 {
		lines = append(lines, e.registered(offersPath+e.query(), "offers.title", "offers", "count", e.number(len(e.offers)), "providers", e.number(len(providers))),
			e.registered(offersPath+"/coverage"+e.query(), "offers.title", "coverage"))
	}
	if ending > 0 {
		lines = append(lines, e.registered(offersPath+"/ending"+e.query(), "offers.title", "ending", "count", e.number(ending)))
	}
	return e.part("offers", offersPath+e.query(), lines)
}

// emptyFields are fields on which nobody works, area by area.
func (e *questionEvidence) emptyFields() evidencePart {
	var lines []evidenceLine
	for _, row := range e.network.empty().Rows {
		lines = append(lines, e.registered(networkPath+e.query()+"#empty", "network.title", "empty", "area", row.Name, "count", row.Cells[0]))
	}
	return e.finding("empty", networkPath+e.query()+"#empty", lines)
}

// ties are how those who work here are connected, and who stands alone.
func (e *questionEvidence) ties() evidencePart {
	var lines []evidenceLine
	at := networkPath + e.query()
	if len(e.network.Ties) > 0 {
		lines = append(lines, evidenceLine{Text: e.network.graph(actorsGraph).Summary, Address: at + "#" + string(actorsGraph), Source: e.f.T("network.title"), Day: e.today})
	}
	var names []string
	for _, row := range e.network.alone().Rows {
		names = append(names, row.Name)
	}
	if len(names) > 0 {
		lines = append(lines, e.registered(at+"#alone", "network.title", "alone", "count", e.number(len(names)), "names", fewOf(names)))
	}
	for _, kind := range []graphKind{fieldsGraph, areasGraph} {
		if len(e.offers) > 0 {
			lines = append(lines, evidenceLine{Text: e.network.graph(kind).Summary, Address: at + "#" + string(kind), Source: e.f.T("network.title"), Day: e.today})
		}
	}
	return e.part("network", at, lines)
}

// pairs are those who do much of the same in the same places.
func (e *questionEvidence) pairs() evidencePart {
	var lines []evidenceLine
	for _, one := range e.network.Overlaps {
		lines = append(lines, e.registered(networkPath+e.query()+"#overlaps", "network.title", "overlap", "first", e.network.Actors[one.First].Name, "last", e.network.Actors[one.Last].Name,
			"alike", e.f.Percent(one.Jaccard, 0), "fields", strconv.Itoa(len(one.Fields))))
	}
	return e.finding("overlaps", networkPath+e.query()+"#overlaps", lines)
}
