// Package survey holds the questionnaire: a [Survey] is what an author writes
// (as YAML or as an XLSForm), a [Version] is the same made ready for work, with
// every expression parsed and every reference resolved.
package survey

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"bedarfslotse/internal/survey/media"
)

// Survey is an instrument as its author wrote it, with all its languages. The
// words are XLSForm's, so that converting to and from a spreadsheet loses
// nothing.
type Survey struct {
	ID          string        `json:"id"`
	Version     string        `json:"version"`
	Language    string        `json:"language"`  // the source language, a BCP 47 tag
	Languages   []string      `json:"languages"` // all languages, the source first
	Audience    string        `json:"audience,omitempty"`
	Style       string        `json:"style,omitempty"`
	Title       Text          `json:"title"`
	Description Text          `json:"description,omitempty"`
	Choices     []*ChoiceList `json:"choices,omitempty"`
	Nodes       []*Node       `json:"nodes"`
	// Files are the pictures and sounds that were beside the survey when it was
	// read, by the names under which its texts know them. No text of a survey
	// carries them: [ReadFiles] fills the table.
	Files map[string]media.File `json:"files,omitempty"`

	contents map[string][]byte // of those files, by hash
}

// ChoiceList is a named list of choices that questions share.
type ChoiceList struct {
	Name    string    `json:"name"`
	Choices []*Choice `json:"choices"`
	// AllowDuplicates says that choices may share a name, of which a filter
	// usually offers one; answers are counted under the first.
	AllowDuplicates bool `json:"allow_duplicates,omitempty"`
	// Columns names the further columns that choice filters may use, sorted.
	Columns  []string `json:"columns,omitempty"`
	Position Position `json:"-"`
}

// allowDuplicates marks the lists in which choices share a name.
func (s *Survey) allowDuplicates() {
	for _, list := range s.Choices {
		for i, key := range list.keys() {
			list.AllowDuplicates = list.AllowDuplicates || key != list.Choices[i].Name
		}
	}
}

// keys tells the choices apart for translators: their names, and behind that of
// a further choice of the same name which one it is, "other #2".
func (l *ChoiceList) keys() []string {
	keys, seen := make([]string, len(l.Choices)), map[string]int{}
	for i, choice := range l.Choices {
		keys[i] = choice.Name
		if seen[choice.Name]++; seen[choice.Name] > 1 {
			keys[i] = fmt.Sprintf("%s #%d", choice.Name, seen[choice.Name])
		}
	}
	return keys
}

// Choice is one answer of a list.
type Choice struct {
	Name      string            `json:"name"`
	Label     Text              `json:"label"`
	Media     Media             `json:"media,omitempty"`
	Pictogram string            `json:"pictogram,omitempty"`
	Values    map[string]string `json:"values,omitempty"` // further columns for choice filters
	// NonSubstantive marks "don't know" and "prefer not to say": shown apart,
	// outside the base (METHODS 1).
	NonSubstantive bool `json:"non_substantive,omitempty"`
	// Score is the choice's value on a scale 1..m; a list of which every
	// substantive choice has a score is a scale.
	Score    *int     `json:"score,omitempty"`
	Position Position `json:"-"`
}

// Node is one row of the survey: a question, or a group or repeat with the
// nodes inside it. Expressions are kept as written.
type Node struct {
	Type              Type   `json:"type"`
	Name              string `json:"name"`
	List              string `json:"list,omitempty"` // of select_one, select_multiple and rank
	Label             Text   `json:"label,omitempty"`
	Hint              Text   `json:"hint,omitempty"`
	GuidanceHint      Text   `json:"guidance_hint,omitempty"`
	Media             Media  `json:"media,omitempty"`
	Required          string `json:"required,omitempty"` // "yes", or an expression
	RequiredMessage   Text   `json:"required_message,omitempty"`
	Relevant          string `json:"relevant,omitempty"`
	Constraint        string `json:"constraint,omitempty"`
	ConstraintMessage Text   `json:"constraint_message,omitempty"`
	Calculation       string `json:"calculation,omitempty"`
	Default           string `json:"default,omitempty"`
	// Trigger names the questions whose change makes the calculation run anew,
	// as ${name}, with commas between several;
	// "" when it runs whenever what it refers to changes.
	Trigger      string   `json:"trigger,omitempty"`
	ChoiceFilter string   `json:"choice_filter,omitempty"`
	RepeatCount  string   `json:"repeat_count,omitempty"`
	ReadOnly     bool     `json:"read_only,omitempty"`
	Appearance   string   `json:"appearance,omitempty"`
	Parameters   string   `json:"parameters,omitempty"`
	Measures     *Measure `json:"measures,omitempty"`
	Sensitive    bool     `json:"sensitive,omitempty"`
	Attributed   bool     `json:"attributed,omitempty"` // of groups: given in the institution's name
	Pictogram    string   `json:"pictogram,omitempty"`
	Children     []*Node  `json:"children,omitempty"`
	Position     Position `json:"-"`
	// Places says where single properties stand, by their YAML names; what has
	// none stands at Position.
	Places map[string]Position `json:"-"`
}

// Place returns where a property of the node stands.
func (n *Node) Place(property string) Position {
	if at, ok := n.Places[property]; ok {
		return at
	}
	return n.Position
}

// Position is where a thing stands in the file it was read from: line and
// column of a text, row and column of a sheet; zero when it was not read from a
// file.
type Position struct {
	Sheet        string // "" in a text
	Line, Column int
}

// Type is a question type by XLSForm's name, or one of the two containers.
type Type string

// The types this service knows.
const (
	Group          Type = "group"
	Repeat         Type = "repeat"
	Integer        Type = "integer"
	Decimal        Type = "decimal"
	TextType       Type = "text"
	SelectOne      Type = "select_one"
	SelectMultiple Type = "select_multiple"
	Date           Type = "date"
	Note           Type = "note"
	Acknowledge    Type = "acknowledge"
	Calculate      Type = "calculate"
	Hidden         Type = "hidden"
	TypeRange      Type = "range"
	Rank           Type = "rank"
	Time           Type = "time"
	DateTime       Type = "dateTime"
)

// Types lists every type in the order in which the documentation names them.
func Types() []Type {
	return []Type{Group, Repeat, Integer, Decimal, TextType, SelectOne, SelectMultiple,
		Date, Time, DateTime, TypeRange, Rank, Note, Acknowledge, Calculate, Hidden}
}

// Contains tells whether nodes of this type hold other nodes.
func (t Type) Contains() bool { return t == Group || t == Repeat }

// Selects tells whether questions of this type choose from a list, or put it
// in order.
func (t Type) Selects() bool { return t == SelectOne || t == SelectMultiple || t == Rank }

// Answered tells whether a question of this type can carry an answer, typed by
// the respondent or computed.
func (t Type) Answered() bool { return !t.Contains() && t != Note }

// Asked tells whether the respondent is asked: the question has a control.
func (t Type) Asked() bool { return t.Answered() && t != Calculate && t != Hidden }

// Measure says what a question measures, so that the gap analysis finds it.
type Measure struct {
	Field string `json:"field" yaml:"field"` // key of a field of action
	As    Aspect `json:"as" yaml:"as"`
}

// Aspect is the kind of statement that a question makes about its field.
type Aspect string

// The aspects of DESIGN section 5.
const (
	Importance Aspect = "importance"
	State      Aspect = "state"
	Need       Aspect = "need"
	Offered    Aspect = "offered"
	Barrier    Aspect = "barrier"
	Context    Aspect = "context"
	Consensus  Aspect = "consensus"
)

// Aspects lists every aspect.
func Aspects() []Aspect {
	return []Aspect{Importance, State, Need, Offered, Barrier, Context, Consensus}
}

// Opinion tells whether answers of this aspect are opinions, of which every
// count may be shown in a large enough group (METHODS 5.1).
func (a Aspect) Opinion() bool { return a != Context && a != "" }

// Text is one text in several languages, by BCP 47 tag.
type Text map[string]Phrase

// Phrase is a text in one language, and for translations how far they are.
type Phrase struct {
	Text   string           `json:"text"`
	State  TranslationState `json:"state,omitempty"`  // empty for the source language
	Source string           `json:"source,omitempty"` // [SourceHash] of the text it was made from
}

// TranslationState tells how far one translated text is.
type TranslationState string

// The states of a translation. Whether it is stale is not a state but a fact:
// see [Phrase.Stale].
const (
	Draft    TranslationState = "draft"
	Reviewed TranslationState = "reviewed"
)

// Media names pictures and sound by kind ([MediaKinds]) and language; the
// language "" holds what is the same in all of them.
type Media map[string]map[string]string

// SourceHash is the short fingerprint by which a translation remembers the
// text it was made from: the first 12 hexadecimal digits of its SHA-256.
func SourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}

// Stale tells whether the translation was made from another text than source.
// A translation that does not say what it was made from is not called stale.
func (p Phrase) Stale(source string) bool {
	return p.Source != "" && p.Source != SourceHash(source)
}

// In returns the text in the first of the languages that has one, and that
// language; two empty strings when none has.
func (t Text) In(languages ...string) (text, language string) {
	for _, tag := range languages {
		if phrase, ok := t[tag]; ok && phrase.Text != "" {
			return phrase.Text, tag
		}
	}
	return "", ""
}

// List returns the choice list of that name, nil when there is none.
func (s *Survey) List(name string) *ChoiceList {
	at := slices.IndexFunc(s.Choices, func(l *ChoiceList) bool { return l.Name == name })
	if at < 0 {
		return nil
	}
	return s.Choices[at]
}

// Walk calls visit for every node in document order, containers before what
// they hold, until visit returns false.
func (s *Survey) Walk(visit func(*Node) bool) { walk(s.Nodes, visit) }

func walk(nodes []*Node, visit func(*Node) bool) bool {
	for _, node := range nodes {
		if !visit(node) || !walk(node.Children, visit) {
			return false
		}
	}
	return true
}

// Scale returns m when every substantive choice of the list has a score and
// the scores are 1..m, else 0.
func (l *ChoiceList) Scale() int {
	highest, seen := 0, map[int]bool{}
	for _, choice := range l.Choices {
		if choice.NonSubstantive {
			continue
		}
		if choice.Score == nil || *choice.Score < 1 || seen[*choice.Score] {
			return 0
		}
		seen[*choice.Score] = true
		highest = max(highest, *choice.Score)
	}
	if highest < 2 || len(seen) != highest {
		return 0
	}
	return highest
}
