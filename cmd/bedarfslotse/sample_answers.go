package main

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
)

// sampler makes up plausible answers to any survey: opinions differ by
// question, importance lies above the present state, some leave questions out.
type sampler struct {
	random  *rand.Rand
	version *survey.Version
}

// answers fills in the survey until the same checks that real answers pass
// find nothing wrong.
func (s *sampler) answers() (map[string][]string, *response.Answers) {
	fields := map[string][]string{}
	s.fill(fields, "", s.version.Top)
	for range 50 {
		answers, _ := response.Read(s.version, fields)
		problems := answers.Check(time.Now())
		if len(problems) == 0 {
			return fields, answers
		}
		for _, problem := range problems {
			if problem.Element.Node.Required == "" {
				delete(fields, problem.Name)
				continue
			}
			s.answer(fields, problem.Name, problem.Element)
		}
	}
	// A survey that nobody can answer at random: leave it empty but valid.
	return map[string][]string{}, response.New(s.version)
}

func (s *sampler) fill(fields map[string][]string, prefix string, elements []*survey.Element) {
	for _, e := range elements {
		switch {
		case e.Type == survey.Group:
			if e.Node.Attributed && s.random.Float64() < 0.7 {
				continue // statements in the institution's name come from few
			}
			s.fill(fields, prefix, e.Children)
		case e.Type == survey.Repeat:
			for i := range 1 + s.random.IntN(3) {
				s.fill(fields, fmt.Sprintf("%s%s[%d].", prefix, e.Name, i), e.Children)
			}
		case e.Type.Asked() && (e.Node.Required != "" || e.Type == survey.Acknowledge || s.random.Float64() < 0.93):
			s.answer(fields, prefix+e.Name, e)
		}
	}
}

func (s *sampler) answer(fields map[string][]string, name string, e *survey.Element) {
	if e.ChoicesFrom != nil {
		s.fromAnswers(fields, name, e)
		return
	}
	switch e.Type {
	case survey.SelectOne:
		fields[name] = []string{s.choice(e)}
	case survey.SelectMultiple:
		fields[name] = s.choices(e)
	case survey.Integer, survey.Decimal:
		fields[name] = []string{strconv.Itoa(int(math.Exp(s.random.NormFloat64()*0.8 + 2)))}
	case survey.Date:
		fields[name] = []string{time.Date(2026, time.January, 1+s.random.IntN(360), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)}
	case survey.TypeRange:
		fields[name] = []string{e.Range.At(s.random.IntN(e.Range.Len()))}
	case survey.Rank:
		var order []string
		for _, at := range s.random.Perm(len(e.Choices.Choices)) {
			order = append(order, e.Choices.Choices[at].Name)
		}
		fields[name] = []string{strings.Join(order, " ")}
	case survey.Time:
		fields[name] = []string{fmt.Sprintf("%02d:%02d", 7+s.random.IntN(14), 15*s.random.IntN(4))}
	case survey.DateTime:
		fields[name] = []string{fmt.Sprintf("2026-%02d-%02dT%02d:00", 1+s.random.IntN(12), 1+s.random.IntN(28), 7+s.random.IntN(14))}
	case survey.Acknowledge:
		fields[name] = []string{response.AcknowledgeValue}
	case survey.TextType:
		delete(fields, name)
		if e.Node.Required != "" || s.random.Float64() < 0.2 {
			texts := sampleTexts()
			if e.Name == "partner_name" {
				texts = samplePartners()
			}
			fields[name] = []string{texts[s.random.IntN(len(texts))]}
		}
	}
}

// fromAnswers picks one of the answers that were given to another question.
func (s *sampler) fromAnswers(fields map[string][]string, name string, e *survey.Element) {
	for _, other := range slices.Sorted(maps.Keys(fields)) {
		if strings.HasSuffix(other, "]."+e.ChoicesFrom.Name) {
			fields[name] = fields[other]
		}
	}
}

// choice picks one choice: on scales around a middle of the question's own,
// elsewhere with weights of the question's own.
func (s *sampler) choice(e *survey.Element) string {
	list := e.Choices.Choices
	if e.Scale > 0 && s.random.Float64() < 0.94 {
		score := int(math.Round(s.middle(e) + s.random.NormFloat64()*0.9))
		score = min(max(score, 1), e.Scale)
		for _, one := range list {
			if one.Score != nil && *one.Score == score {
				return one.Name
			}
		}
	}
	weights := make([]weighted, len(list))
	for i, one := range list {
		// Authors name the usual first.
		weights[i] = weighted{one.Name, (0.4 + leaning(e.Name, one.Name)) / float64(i+1)}
		if one.NonSubstantive {
			weights[i].weight = 0.05
		}
	}
	return pick(s.random, weights)
}

// middle is where the answers to a scale lie.
func (s *sampler) middle(e *survey.Element) float64 {
	low, high := 0.35, 0.75
	if e.Measures != nil {
		switch e.Measures.As {
		case survey.Importance:
			low, high = 0.68, 0.97
		case survey.State:
			low, high = 0.15, 0.62
		}
	}
	return 1 + float64(e.Scale-1)*(low+(high-low)*leaning(e.Name, "middle"))
}

func (s *sampler) choices(e *survey.Element) []string {
	var names []string
	for _, one := range e.Choices.Choices {
		if !one.NonSubstantive && one.Name != "none" && s.random.Float64() < 0.08+0.45*leaning(e.Name, one.Name) {
			names = append(names, one.Name)
		}
	}
	if len(names) == 0 {
		names = []string{e.Choices.Choices[s.random.IntN(len(e.Choices.Choices))].Name}
	}
	return names
}

// leaning is a number of 0–1 that two names always give, so that questions
// differ in a way that stays the same.
func leaning(parts ...string) float64 {
	h := fnv.New32a()
	for _, part := range parts {
		_, _ = h.Write([]byte(part)) // never fails
		_, _ = h.Write([]byte{0})
	}
	return float64(h.Sum32()%1000) / 999
}

// sampleTexts are texts that can be nobody's.
func sampleTexts() []string {
	return []string{
		"Beispieltext: Mehr Zeit für Gespräche mit Eltern.",
		"Beispieltext: Ein fester Ansprechpartner an der Schule.",
		"Beispieltext: Deutschkurse am Nachmittag mit Kinderbetreuung.",
		"Beispieltext: Informationen in einfacher Sprache.",
		"Beispieltext: Schneller ein Schulplatz.",
	}
}

// samplePartners are names that no institution has.
func samplePartners() []string {
	return []string{"Beispielschule am Park", "Beispiel-Kita Regenbogen", "Beispiel-Jugendhaus Mitte", "Beispiel-Beratungsstelle Kreis",
		"Beispielverein Brücken", "Beispielpraxis am Markt"}
}
