package analysis

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// Calculation is the way in which a variable follows from answers.
type Calculation string

// The calculations.
const (
	Recode Calculation = "recode" // choices merged into categories
	Band   Calculation = "band"   // a number, a date by month or a scale, cut at limits
	Index  Calculation = "index"  // the mean of several scales
)

// Definition says how a calculated variable follows from questions.
type Definition struct {
	Kind Calculation `json:"kind"`
	// Source is the question that is recoded or cut.
	Source string `json:"source,omitempty"`
	// Categories are those of a recode, each of two or more choices or one that
	// gets another name. Every choice is in at most one; a choice in none stays a
	// category by itself, as do non-substantive ones, which cannot be merged.
	Categories []Merged `json:"categories,omitempty"`
	// Limits are, of a band, the values at which the next one begins, rising:
	// numbers with a point, or months as 2006-01.
	Limits []string `json:"limits,omitempty"`
	// Items are what an index is the mean of.
	Items []Item `json:"items,omitempty"`
}

// Merged is a category of a recode.
type Merged struct {
	Name    string            `json:"name"`
	Label   map[string]string `json:"label"` // by language tag
	Choices []string          `json:"choices"`
}

// Item is a question of an index; a reversed one of m steps is turned, m + 1 − x.
type Item struct {
	Question string `json:"question"`
	Reversed bool   `json:"reversed,omitempty"`
}

// Variable is a calculated variable of a wave.
type Variable struct {
	Name  string            // [a-z][a-z0-9_]*, at most [MaxVariableName] characters
	Label map[string]string // by language tag; German and English at the desk
	Definition
}

// Limits of calculated variables.
const (
	MaxVariableName  = 40
	MaxVariableLabel = 200
	// MaxVariables is how many a wave may have.
	MaxVariables = 50
	// MaxOfSource is how many recodes and bands of one question a wave may have:
	// each shows some respondents together in another way, and what is changed at
	// random could be averaged over many of them (METHODS 5.9).
	MaxOfSource = 5
	// MaxCuts is in how many different ways the respondents of one question may
	// ever be divided, from the first release on, for the same reason.
	MaxCuts = 8
	// FewestItems is how many items an index has at least (METHODS 12).
	FewestItems = 3
)

var variableName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// reserved are the names of variables that are no questions.
func reserved() []string {
	return []string{VariableArea, VariableInstitutionType, VariableInstitution, VariableLanguage, VariableQuality, "wave"}
}

func wrong(key string, pairs ...any) error {
	return failure.New(failure.Invalid, "error.variable_"+key, pairs...)
}

// CheckVariable tells what is wrong with a variable for this survey and beside
// the wave's other ones: failure.Invalid with a key "error.variable_…", nil for
// nothing.
func (s *Schema) CheckVariable(v Variable, others []Variable) error {
	if _, err := s.derive(v); err != nil {
		return err
	}
	if len(others) >= MaxVariables {
		return wrong("too_many", "limit", MaxVariables)
	}
	of := 1
	for _, other := range others {
		if other.Name == v.Name {
			return wrong("taken", "name", v.Name)
		}
		if other.Source == v.Source {
			of++
		}
	}
	if v.Source != "" && of > MaxOfSource {
		return wrong("too_many_of", "question", v.Source, "limit", MaxOfSource)
	}
	return nil
}

// Cut is into which parts a recode or band divides those who answered its
// source: equal for definitions that divide them alike. "" for an index.
func (d Definition) Cut() string {
	switch d.Kind {
	case Index:
		return ""
	case Band:
		return strings.Join(d.Limits, " ")
	}
	var parts []string
	for _, category := range d.Categories {
		if len(category.Choices) > 1 { // one alone is a part anyway
			parts = append(parts, strings.Join(slices.Sorted(slices.Values(category.Choices)), "+"))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// derive makes the question that a variable is counted as.
func (s *Schema) derive(v Variable) (*question, error) {
	if !variableName.MatchString(v.Name) || len(v.Name) > MaxVariableName {
		return nil, wrong("name", "name", v.Name, "limit", MaxVariableName)
	}
	if slices.Contains(reserved(), v.Name) || s.version.Element(v.Name) != nil || s.ofTags(v.Name) {
		return nil, wrong("taken", "name", v.Name)
	}
	if err := checkLabel(v.Label); err != nil {
		return nil, err
	}
	switch v.Kind {
	case Recode:
		return s.recode(v)
	case Band:
		return s.band(v)
	case Index:
		return s.index(v)
	}
	return nil, wrong("kind", "kind", string(v.Kind))
}

func checkLabel(label map[string]string) error {
	given := false
	for _, text := range label {
		if utf8.RuneCountInString(text) > MaxVariableLabel {
			return wrong("label", "limit", MaxVariableLabel)
		}
		given = given || strings.TrimSpace(text) != ""
	}
	if !given {
		return wrong("label", "limit", MaxVariableLabel)
	}
	return nil
}

// textOf is a label as surveys have them.
func textOf(label map[string]string) survey.Text {
	text := survey.Text{}
	for language, words := range label {
		if words = strings.TrimSpace(words); words != "" {
			text[language] = survey.Phrase{Text: words}
		}
	}
	return text
}

// source finds the question that a variable follows from.
func (s *Schema) source(name string, kinds ...Kind) (*question, error) {
	q := s.question(name)
	switch {
	case q == nil:
		return nil, wrong("source", "question", name)
	case q.raw.Table > 0:
		return nil, wrong("repeated", "question", name)
	case !slices.Contains(kinds, q.kind) || q.element.Type == survey.Acknowledge:
		return nil, wrong("unsuited", "question", name)
	}
	return q, nil
}

func (s *Schema) recode(v Variable) (*question, error) {
	source, err := s.source(v.Source, Single, Scale, Multiple)
	if err != nil {
		return nil, err
	}
	if len(v.Categories) == 0 {
		return nil, wrong("no_category")
	}
	of := slices.Repeat([]int{-1}, source.raw.Codes) // which of the definition's categories
	var names []string
	for i, category := range v.Categories {
		if err := checkCategory(category, names); err != nil {
			return nil, err
		}
		names = append(names, category.Name)
		for _, name := range category.Choices {
			at := source.place(name)
			switch {
			case at < 0:
				return nil, wrong("choice", "choice", name, "question", v.Source)
			case !source.substantive(at):
				return nil, wrong("apart", "choice", name)
			case of[at] >= 0:
				return nil, wrong("choice_twice", "choice", name)
			}
			of[at] = i
		}
	}
	list := &survey.ChoiceList{Name: v.Name}
	final := make([]int, source.raw.Codes)
	made := slices.Repeat([]int{-1}, len(v.Categories))
	for at, category := range of {
		switch {
		case category < 0:
			cell := source.cell(at)
			if slices.Contains(names, cell.Name) {
				return nil, wrong("category_taken", "name", cell.Name)
			}
			list.Choices = append(list.Choices, &survey.Choice{Name: cell.Name, Label: source.choiceLabel(at), NonSubstantive: !source.substantive(at)})
			final[at] = len(list.Choices) - 1
		case made[category] < 0:
			one := v.Categories[category]
			list.Choices = append(list.Choices, &survey.Choice{Name: one.Name, Label: textOf(one.Label)})
			made[category] = len(list.Choices) - 1
			final[at] = made[category]
		default:
			final[at] = made[category]
		}
	}
	return source.categorised(v, list, final)
}

func checkCategory(c Merged, before []string) error {
	if !variableName.MatchString(c.Name) || len(c.Name) > MaxVariableName {
		return wrong("category_name", "name", c.Name, "limit", MaxVariableName)
	}
	if slices.Contains(before, c.Name) {
		return wrong("category_taken", "name", c.Name)
	}
	if len(c.Choices) == 0 {
		return wrong("category_empty", "name", c.Name)
	}
	if err := checkLabel(c.Label); err != nil {
		return wrong("category_label", "name", c.Name, "limit", MaxVariableLabel)
	}
	return nil
}

// place is the place of a choice of that name, −1 for none.
func (q *question) place(name string) int {
	for at := range q.raw.Codes {
		if q.cell(at).Name == name {
			return at
		}
	}
	return -1
}

// choiceLabel is what a choice is called.
func (q *question) choiceLabel(at int) survey.Text {
	if q.element.Range != nil {
		if label := q.element.Range.Label(q.cell(at).Name); len(label) > 0 {
			return label
		}
	}
	if q.element.Choices != nil {
		return q.element.Choices.Choices[at].Label
	}
	return survey.Text{"de": {Text: q.cell(at).Name}, "en": {Text: q.cell(at).Name}}
}

// categorised makes a variable of which every category holds some of a
// question's choices; of is the category of each choice.
func (q *question) categorised(v Variable, list *survey.ChoiceList, of []int) (*question, error) {
	substantive := make([]bool, len(list.Choices))
	for i, choice := range list.Choices {
		substantive[i] = !choice.NonSubstantive
	}
	if few := len(slices.DeleteFunc(slices.Clone(substantive), func(is bool) bool { return !is })); few < 2 {
		return nil, wrong("one_category")
	}
	node := &survey.Node{Type: survey.SelectOne, Name: v.Name, List: v.Name, Label: textOf(v.Label), Sensitive: q.role == survey.Sensitive}
	made := &question{kind: Single, role: q.role, guarded: q.guarded, pair: q.pair, raw: q.raw,
		derived: &derived{variable: v, source: q, of: of}}
	if q.kind == Multiple {
		node.Type, made.kind = survey.SelectMultiple, Multiple
	}
	made.element = survey.NewVariable(node, list)
	made.raw.Codes, made.raw.Substantive, made.raw.Scores = len(list.Choices), substantive, nil
	return made, nil
}

func (s *Schema) band(v Variable) (*question, error) {
	source, err := s.source(v.Source, Number, Months, Scale)
	if err != nil {
		return nil, err
	}
	var limits []float64
	for _, text := range v.Limits {
		limit, ok := source.limit(text)
		if !ok {
			return nil, wrong("limit", "limit", text, "question", v.Source)
		}
		if len(limits) > 0 && limit <= limits[len(limits)-1] {
			return nil, wrong("limits_unsorted", "limit", text)
		}
		limits = append(limits, limit)
	}
	if len(limits) == 0 {
		return nil, wrong("no_limit")
	}
	if source.kind == Scale {
		return source.scaleBands(v, limits)
	}
	node := &survey.Node{Type: source.element.Type, Name: v.Name, Label: textOf(v.Label), Sensitive: source.role == survey.Sensitive,
		Appearance: source.element.Appearance}
	return &question{element: survey.NewVariable(node, nil), kind: source.kind, role: source.role, guarded: source.guarded, raw: source.raw,
		derived: &derived{variable: v, source: source, limits: limits}}, nil
}

// limit reads a limit of a band.
func (q *question) limit(text string) (float64, bool) {
	if q.kind != Months {
		limit, err := strconv.ParseFloat(text, 64)
		return limit, err == nil && !math.IsInf(limit, 0) && !math.IsNaN(limit)
	}
	year, month, ok := strings.Cut(text, "-")
	y, wrongYear := strconv.Atoi(year)
	m, wrongMonth := strconv.Atoi(month)
	if !ok || wrongYear != nil || wrongMonth != nil || len(year) != 4 || len(month) != 2 || y < 0 || m < 1 || m > 12 {
		return 0, false
	}
	return float64(12*y + m - 1), true
}

// scaleBands cuts a scale between its steps.
func (q *question) scaleBands(v Variable, limits []float64) (*question, error) {
	of := make([]int, q.raw.Codes)
	bands := make([][]float64, len(limits)+1) // the scores in each
	for at := range of {
		if q.substantive(at) {
			score := q.raw.Scores[at]
			of[at] = sorted(limits, score)
			bands[of[at]] = append(bands[of[at]], score)
		}
	}
	list := &survey.ChoiceList{Name: v.Name}
	for i, scores := range bands {
		if len(scores) == 0 {
			at := max(i-1, 0)
			return nil, wrong("limit_beyond", "limit", v.Limits[at], "question", v.Source)
		}
		low, high := number(slices.Min(scores)), number(slices.Max(scores))
		name, label := low, low
		if low != high {
			name, label = low+".."+high, low+"–"+high
		}
		list.Choices = append(list.Choices, &survey.Choice{Name: name, Label: survey.Text{"de": {Text: label}, "en": {Text: label}}})
	}
	for at := range of {
		if !q.substantive(at) {
			list.Choices = append(list.Choices, &survey.Choice{Name: q.cell(at).Name, Label: q.choiceLabel(at), NonSubstantive: true})
			of[at] = len(list.Choices) - 1
		}
	}
	return q.categorised(v, list, of)
}

// sorted is how many limits a value has reached.
func sorted(limits []float64, value float64) int {
	at, found := slices.BinarySearch(limits, value)
	if found {
		at++
	}
	return at
}

func (s *Schema) index(v Variable) (*question, error) {
	d := &derived{variable: v}
	role, strictness := survey.Opinion, []survey.Role{survey.Opinion, survey.Identifying, survey.Sensitive}
	for _, item := range v.Items {
		q, err := s.source(item.Question, Scale)
		if err != nil {
			return nil, err
		}
		if slices.Contains(d.items, q) {
			return nil, wrong("item_twice", "question", item.Question)
		}
		if len(d.items) > 0 && !sameScale(d.items[0].element, q.element) {
			return nil, wrong("other_scale", "question", item.Question, "other", v.Items[0].Question)
		}
		d.items, d.reversed = append(d.items, q), append(d.reversed, item.Reversed)
		if slices.Index(strictness, q.role) > slices.Index(strictness, role) {
			role = q.role
		}
	}
	if len(d.items) < FewestItems {
		return nil, wrong("few_items", "limit", FewestItems)
	}
	scores := d.items[0].scores()
	d.low, d.high = slices.Min(scores), slices.Max(scores)
	node := &survey.Node{Type: survey.Decimal, Name: v.Name, Label: textOf(v.Label), Sensitive: role == survey.Sensitive}
	q := &question{element: survey.NewVariable(node, nil), kind: Score, role: role, derived: d}
	q.raw.Pair = -1
	return q, nil
}

// scores are those of the substantive choices.
func (q *question) scores() (scores []float64) {
	for at := range q.raw.Codes {
		if q.substantive(at) {
			scores = append(scores, q.raw.Scores[at])
		}
	}
	return scores
}
