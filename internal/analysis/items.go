package analysis

import (
	"slices"

	"bedarfslotse/internal/analysis/internal/packed"
	"bedarfslotse/internal/analysis/internal/raw"
	"bedarfslotse/internal/survey"
)

// NeedItem is something whose need is measured by two questions about one field of
// action, answered by the same respondents: importance and state on the same scale,
// or whether it is needed and whether it is offered (METHODS 6).
type NeedItem struct {
	Field string // of action
	// Need is the name of the question for importance or need, Provision that of
	// the question for state or availability.
	Need, Provision string
	// Max is m of the scale 1..m; 2 of yes and no.
	Max int
	// YesNo tells that the questions are answered by yes and no.
	YesNo bool

	first, second *question
}

// NeedItems are the items of a survey in its order: pairs outside repeats.
func (s *Schema) NeedItems() (items []NeedItem) {
	for _, of := range s.units {
		if item := of.item(); item != nil {
			items = append(items, *item)
		}
	}
	return items
}

// item is the item that a unit is, nil for none.
func (of unit) item() *NeedItem {
	if len(of) != 2 || of[0].raw.Table > 0 || of[0].element.Range != nil {
		return nil
	}
	first, second := of[0], of[1]
	if as := first.element.Measures.As; as == survey.State || as == survey.Offered {
		first, second = second, first
	}
	item := &NeedItem{Field: first.element.Measures.Field, Need: first.element.Name, Provision: second.element.Name,
		Max: first.element.Scale, YesNo: first.kind == Single, first: first, second: second}
	if item.YesNo {
		item.Max = 2
	}
	if item.Max < 2 || item.Max > mostScore {
		return nil
	}
	return item
}

// mostScore is m of the longest scale that pairs are drawn from.
const mostScore = 15

// partner is the other aspect that makes a question's pair, "" for none.
func partner(as survey.Aspect) survey.Aspect {
	switch as {
	case survey.Importance:
		return survey.State
	case survey.State:
		return survey.Importance
	case survey.Need:
		return survey.Offered
	case survey.Offered:
		return survey.Need
	}
	return ""
}

// halves tells whether two questions can be halves of a pair: importance and state on
// the same scale, or need and availability by yes and no.
func halves(a, b *question) bool {
	m := a.element.Measures
	if m.As == survey.Importance || m.As == survey.State {
		return a.kind == Scale && b.kind == Scale && sameScale(a.element, b.element)
	}
	return a.yes() >= 0 && b.yes() >= 0
}

// yes is the choice that agrees, of questions that are answered by yes and no; −1 of
// others. Choices are known by their names, as XLSForms have them.
func (q *question) yes() int {
	if q.kind != Single || q.element.Choices == nil {
		return -1
	}
	yes, no, others := -1, -1, false
	for i, choice := range q.element.Choices.Choices {
		switch {
		case !q.substantive(i):
		case slices.Contains([]string{"yes", "ja", "true", "1"}, choice.Name):
			yes = i
		case slices.Contains([]string{"no", "nein", "false", "0"}, choice.Name):
			no = i
		default:
			others = true
		}
	}
	if no < 0 || others {
		return -1
	}
	return yes
}

// scores are the scores by choice of one half of an item, 0 of choices outside the
// base: of yes and no 2 and 1.
func (i *NeedItem) scores(q *question) []uint8 {
	scores, yes := make([]uint8, q.raw.Codes), q.yes()
	for choice := range scores {
		switch {
		case !q.substantive(choice):
		case !i.YesNo:
			scores[choice] = uint8(q.raw.Scores[choice])
		case choice == yes:
			scores[choice] = 2
		default:
			scores[choice] = 1
		}
	}
	return scores
}

// pair is how the answers to both questions are read.
func (i *NeedItem) pair() raw.Pair {
	return raw.Pair{First: i.first.raw, Second: i.second.raw, FirstScores: i.scores(i.first), SecondScores: i.scores(i.second), Max: i.Max}
}

// signs are how many respondents put the first half of a pair above the second, and
// below: what the figures of both halves do not tell.
type signs struct {
	Above int `json:"above"`
	Below int `json:"below"`
}

func signsOf(codes []uint8, m int) (s signs) {
	for _, code := range codes {
		if code == 0 {
			continue
		}
		switch first, second := int(code-1)/m, int(code-1)%m; {
		case second < first:
			s.Above++
		case second > first:
			s.Below++
		}
	}
	return s
}

func (s *signs) add(other signs) { s.Above, s.Below = s.Above+other.Above, s.Below+other.Below }

// sign adds the signs to a released pair, where its respondents are still those of
// its tables.
func (u *storedUnit) sign(view *packed.View, of unit) {
	item := of.item()
	if item == nil || u.shown() == 0 || u.Tables[0] == nil {
		return
	}
	codes := raw.Pairs(view, []raw.Pair{item.pair()}, raw.NewGroups(view, u.Limit, 1))[0]
	complete := 0
	for _, code := range codes {
		if code > 0 {
			complete++
		}
	}
	if complete != u.Tables[0].Base.Rows {
		return
	}
	signed, found := *u.Tables[0], signsOf(codes, item.Max)
	signed.Signs = &found
	u.Tables = append([]*table{&signed}, u.Tables[1:]...)
}
