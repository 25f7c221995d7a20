package server

import (
	"bedarfslotse/internal/expression"
	"bedarfslotse/internal/survey"
)

// phone is what the document's script needs to do on the phone what the server
// does again afterwards. It travels inside the document as JSON.
type phone struct {
	Wave     string `json:"wave"`
	Survey   string `json:"survey"`          // by which a draft of an earlier wave is known
	Title    string `json:"title"`           // by which the outbox calls the survey
	Work     bool   `json:"work,omitempty"`  // a proof of work is asked for
	Trial    bool   `json:"trial,omitempty"` // nothing is kept and nothing stored
	Language string `json:"lang"`
	Version  string `json:"version"`
	// Parts are the scripts that only some surveys need, see there.
	Parts []string `json:"parts,omitempty"`
	// Items are the elements in an order in which each comes after all that
	// its expressions refer to.
	Items []phoneItem `json:"items"`
	// Lists are the further columns of choices that filters look at: list,
	// choice, column.
	Lists map[string]map[string]map[string]string `json:"lists,omitempty"`
	// Offers are the whole lists of questions that are narrowed, see there.
	Offers map[string]*phoneList `json:"offers,omitempty"`
	// Instances are the choice lists that expressions read as a whole, with the
	// columns that they name.
	Instances map[string][]map[string]string `json:"instances,omitempty"`
	// Labels are those of the questions that jr:choice-name() names: question,
	// choice.
	Labels map[string]map[string]string `json:"labels,omitempty"`
	Kiosk  *phoneKiosk                  `json:"kiosk,omitempty"`
	// Digits are the reader's own, from 0 to 9.
	Digits string            `json:"digits"`
	Words  map[string]string `json:"words"`
}

// phoneItem is one element of the survey. What is not there is left out.
type phoneItem struct {
	Name              string           `json:"name"`
	Type              survey.Type      `json:"type"`
	In                string           `json:"in,omitempty"` // the group or repeat around it
	List              string           `json:"list,omitempty"`
	Relevant          *expression.Tree `json:"relevant,omitempty"`
	Required          *expression.Tree `json:"requiredIf,omitempty"`
	Always            bool             `json:"required,omitempty"`
	RequiredMessage   string           `json:"requiredMessage,omitempty"`
	Constraint        *expression.Tree `json:"constraint,omitempty"`
	ConstraintMessage string           `json:"constraintMessage,omitempty"`
	Calculation       *expression.Tree `json:"calculation,omitempty"`
	Default           *expression.Tree `json:"default,omitempty"`
	Filter            *expression.Tree `json:"filter,omitempty"`
	Count             *expression.Tree `json:"count,omitempty"`
	ReadOnly          bool             `json:"readOnly,omitempty"`
	Volatile          bool             `json:"volatile,omitempty"` // the server keeps the calculation's value
	// Reads are the elements that the item's value and relevance rest on.
	Reads     []string         `json:"reads,omitempty"`
	Range     *phoneRange      `json:"range,omitempty"`
	Precision survey.Precision `json:"precision,omitempty"` // of a date that is no day
	Randomize bool             `json:"randomize,omitempty"`
	Narrowed  bool             `json:"narrowed,omitempty"`
	Seed      *expression.Tree `json:"seed,omitempty"`
	Triggers  []string         `json:"triggers,omitempty"`
	From      string           `json:"from,omitempty"` // the question whose answers are the choices
}

// phoneRange is a range in units of its last place, see [survey.Range].
type phoneRange struct {
	Start    int64  `json:"start"`
	Step     int64  `json:"step"`
	Decimals int    `json:"decimals"`
	Low      string `json:"low"`
	High     string `json:"high"`
	StepText string `json:"stepText"`
	// Placeholder is where the slider stands at first.
	Placeholder string `json:"placeholder,omitempty"`
}

func (f *form) phone() *phone {
	version := f.wave.Version
	p := &phone{
		Wave: f.wave.Slug, Survey: version.ID, Title: f.Title, Work: f.wave.ProofOfWork, Language: f.tag, Version: version.Hash[:16],
		Digits: f.Digits("0123456789"), Parts: parts(version), Words: words(f.Localizer, phoneWords()),
	}
	for _, e := range version.Order() {
		item := phoneItem{Name: e.Name, Type: e.Type, Relevant: e.Relevant, Required: e.Required,
			Always: e.Node.Required == "yes", RequiredMessage: f.sentence(e.RequiredMessage),
			Constraint: e.Constraint, ConstraintMessage: f.sentence(e.ConstraintMessage),
			Calculation: e.Calculation, Default: e.Default, Filter: e.ChoiceFilter, Count: e.RepeatCount, ReadOnly: e.ReadOnly}
		item.Randomize, item.Seed = e.Randomize, e.Seed
		if r := e.Range; r != nil {
			item.Range = &phoneRange{r.Start, r.Step, r.Decimals, r.Low(), r.High(), r.StepText(), r.Placeholder}
		}
		if e.ChoicesFrom != nil {
			item.From = e.ChoicesFrom.Name
		}
		if precision := e.Precision(); precision != survey.Day {
			item.Precision = precision
		}
		for _, on := range e.Triggers {
			item.Triggers = append(item.Triggers, on.Name)
		}
		if e.Parent != nil {
			item.In = e.Parent.Name
		}
		item.Volatile = e.Calculation != nil && e.Calculation.Volatile()
		for _, tree := range []*expression.Tree{e.Relevant, e.Required, e.Constraint, e.Calculation, e.Default,
			e.ChoiceFilter, e.RepeatCount} {
			p.reads(version, tree, f.tag)
		}
		for _, tree := range []*expression.Tree{e.Relevant, e.Calculation, e.ChoiceFilter, e.RepeatCount} {
			if tree != nil && tree.Walks() {
				item.Reads = append(item.Reads, tree.References()...)
			}
		}
		switch {
		case e.ChoiceFilter == nil || e.Choices == nil:
		case narrowed(e):
			item.List, item.Narrowed = e.List, true
			p.offer(e, f)
		default:
			item.List = e.List
			p.list(e, version.Language)
		}
		p.Items = append(p.Items, item)
	}
	return p
}

// sentence returns a text without markup, its references left for the phone to
// fill in.
func (f *form) sentence(text survey.Text) string {
	return plainText(f.text(text, func(name string) string { return "${" + name + "}" }))
}

// reads adds the lists and labels that an expression reads.
func (p *phone) reads(version *survey.Version, tree *expression.Tree, language string) {
	if tree == nil {
		return
	}
	for _, lookup := range tree.Instances() {
		p.instance(version, lookup, language)
	}
	for _, question := range tree.Labels() {
		e := version.Element(question)
		if e == nil || e.Choices == nil || p.Labels[question] != nil {
			continue
		}
		if p.Labels == nil {
			p.Labels = map[string]map[string]string{}
		}
		p.Labels[question] = map[string]string{}
		for _, choice := range e.Choices.Choices {
			p.Labels[question][choice.Name], _ = choice.Label.In(language, version.Language)
		}
	}
}

func (p *phone) instance(version *survey.Version, lookup expression.Lookup, language string) {
	list := version.List(lookup.Name)
	if list == nil {
		return
	}
	if p.Instances == nil {
		p.Instances = map[string][]map[string]string{}
	}
	items := p.Instances[list.Name]
	if items == nil {
		items = make([]map[string]string, len(list.Choices))
		for i, choice := range list.Choices {
			items[i] = map[string]string{"name": choice.Name}
		}
		p.Instances[list.Name] = items
	}
	for i, choice := range list.Choices {
		for _, column := range lookup.Columns {
			switch text, known := choice.Values[column]; {
			case column == "label", column == "itextId": // the one leads to the other
				items[i]["label"], _ = choice.Label.In(language, version.Language)
			case known:
				items[i][column] = text
			}
		}
	}
}

// list adds the columns that an element's filter looks at.
func (p *phone) list(e *survey.Element, source string) {
	for _, column := range e.ChoiceFilter.Columns() {
		if column == "name" {
			continue
		}
		if p.Lists == nil {
			p.Lists = map[string]map[string]map[string]string{}
		}
		if p.Lists[e.List] == nil {
			p.Lists[e.List] = map[string]map[string]string{}
		}
		for _, one := range e.Choices.Choices {
			if p.Lists[e.List][one.Name] == nil {
				p.Lists[e.List][one.Name] = map[string]string{}
			}
			value := one.Values[column]
			if column == "label" {
				value, _ = one.Label.In(source)
			}
			p.Lists[e.List][one.Name][column] = value
		}
	}
}
