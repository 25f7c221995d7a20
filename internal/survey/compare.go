package survey

import (
	"cmp"
	"slices"
)

// ChangeKind says in which way two versions of a survey differ at one place.
type ChangeKind string

// The kinds of changes, the graver the later.
const (
	Added   ChangeKind = "added"   // a question or group that the old version lacks
	Removed ChangeKind = "removed" // one that the new version lacks
	// Reworded: other words, or another picture or sound, in a language that both
	// versions have.
	Reworded ChangeKind = "reworded"
	// Reruled: another condition for being asked, for what is accepted, or
	// another calculation: answers of the same words may mean something else.
	Reruled ChangeKind = "rules_changed"
	// Rechosen: choices came or went, or count differently (score, substantive).
	Rechosen ChangeKind = "choices_changed"
	// Retyped: another type, or one answer where there were many (a repeat).
	Retyped ChangeKind = "type_changed"
)

// Change is one thing in which two versions differ.
type Change struct {
	Kind ChangeKind
	Name string // of the question or group
	// What is the property that changed, by its YAML name, or the name of a
	// choice; empty for added and removed questions.
	What      string
	Languages []string // in which words changed, sorted
	Before    string   // type, expression or name of the choice; empty when there was none
	After     string
	// Breaks tells that answers given before and after cannot be put together
	// under the name: the type of a question with answers changed.
	Breaks bool
}

// Changes are all changes between two versions: what is left of the old one
// and what is new in the order of the new version, then what was removed.
type Changes []Change

// Breaking returns the changes under which earlier answers could not be read.
func (c Changes) Breaking() Changes {
	return slices.DeleteFunc(slices.Clone(c), func(one Change) bool { return !one.Breaks })
}

// Compare tells what changed from an old version of a survey to a new one.
//
// The comparison of waves rests on it: a question that is not in the result was
// asked in the same words, under the same conditions and with the same choices.
// Languages that only one of the versions has are no change of words.
func Compare(before, after *Version) Changes {
	c := &comparison{before: before.Survey, after: after.Survey}
	for _, tag := range before.Languages {
		if slices.Contains(after.Languages, tag) {
			c.languages = append(c.languages, tag)
		}
	}
	slices.Sort(c.languages)
	for _, e := range after.Elements {
		if old := before.Element(e.Name); old == nil {
			c.add(Change{Kind: Added, Name: e.Name, After: shape(e)})
		} else {
			c.element(old, e)
		}
	}
	for _, old := range before.Elements {
		if after.Element(old.Name) == nil {
			c.add(Change{Kind: Removed, Name: old.Name, Before: shape(old)})
		}
	}
	return c.changes
}

type comparison struct {
	before, after *Survey
	languages     []string // that both versions have
	changes       Changes
}

func (c *comparison) add(one Change) { c.changes = append(c.changes, one) }

// shape is what the answers of an element look like: its type, and the repeats
// around it.
func shape(e *Element) string {
	text := string(e.Type)
	for outer := e.Within; outer != nil; outer = outer.Within {
		text += " in " + outer.Name
	}
	return text
}

func (c *comparison) element(before, after *Element) {
	if a, b := shape(before), shape(after); a != b {
		c.add(Change{
			Kind: Retyped, Name: after.Name, What: "type", Before: a, After: b,
			Breaks: before.Type.Answered() || before.Type == Repeat,
		})
	}
	newer := after.texts()
	for i, text := range before.texts() {
		c.words(after.Name, text.name, *text.text, *newer[i].text)
	}
	c.files(after.Name, "", before.Media, after.Media)
	rules := after.rules()
	for i, rule := range before.rules() {
		if rule[1] != rules[i][1] {
			c.add(Change{Kind: Reruled, Name: after.Name, What: rule[0], Before: rule[1], After: rules[i][1]})
		}
	}
	if before.Choices != nil && after.Choices != nil {
		c.choices(after.Name, before.Choices, after.Choices)
	}
}

// rules lists what decides about who is asked and what an answer means, by
// YAML names.
func (n *Node) rules() [][2]string {
	measures := ""
	if n.Measures != nil {
		measures = n.Measures.Field + " as " + string(n.Measures.As)
	}
	return [][2]string{
		{"relevant", n.Relevant}, {"required", n.Required}, {"constraint", n.Constraint},
		{"calculation", n.Calculation}, {"default", n.Default}, {"choice_filter", n.ChoiceFilter},
		{"repeat_count", n.RepeatCount}, {"parameters", n.Parameters}, {"measures", measures},
	}
}

// words tells in which common languages a text changed.
func (c *comparison) words(name, what string, before, after Text) {
	changed := slices.DeleteFunc(slices.Clone(c.languages), func(tag string) bool { return before[tag].Text == after[tag].Text })
	if len(changed) > 0 {
		c.add(Change{
			Kind: Reworded, Name: name, What: what, Languages: changed,
			Before: before[changed[0]].Text, After: after[changed[0]].Text,
		})
	}
}

// files tells in which common languages a picture or sound became another: it
// was changed, came or went. The content counts, not the name.
func (c *comparison) files(name, of string, before, after Media) {
	for _, kind := range MediaKinds() {
		changed := slices.DeleteFunc(slices.Clone(c.languages), func(tag string) bool {
			old, _ := c.before.MediaFile(before, kind, tag, "")
			now, _ := c.after.MediaFile(after, kind, tag, "")
			return old.Hash == now.Hash
		})
		if len(changed) > 0 {
			c.add(Change{Kind: Reworded, Name: name, What: of + kind, Languages: changed,
				Before: before.name(kind, changed[0]), After: after.name(kind, changed[0])})
		}
	}
}

// name is that of the file of a kind in a language, "" for none.
func (m Media) name(kind, tag string) string { return cmp.Or(m[kind][tag], m[kind][""]) }

// choices compares two lists; of choices that share a name, the first counts.
func (c *comparison) choices(name string, before, after *ChoiceList) {
	old, now := before.byName(), after.byName()
	for _, choice := range after.Choices {
		earlier := old[choice.Name]
		switch {
		case now[choice.Name] != choice:
		case earlier == nil:
			c.add(Change{Kind: Rechosen, Name: name, What: choice.Name, After: choice.Name})
		default:
			if earlier.NonSubstantive != choice.NonSubstantive || score(earlier) != score(choice) {
				c.add(Change{Kind: Rechosen, Name: name, What: choice.Name, Before: choice.Name, After: choice.Name})
			}
			c.words(name, choice.Name, earlier.Label, choice.Label)
			c.files(name, choice.Name+" ", earlier.Media, choice.Media)
		}
	}
	for _, earlier := range before.Choices {
		if now[earlier.Name] == nil && old[earlier.Name] == earlier {
			c.add(Change{Kind: Rechosen, Name: name, What: earlier.Name, Before: earlier.Name})
		}
	}
}

func (l *ChoiceList) byName() map[string]*Choice {
	named := make(map[string]*Choice, len(l.Choices))
	for _, choice := range slices.Backward(l.Choices) {
		named[choice.Name] = choice
	}
	return named
}

// score is a choice's value, 0 when it has none: scores count from 1.
func score(c *Choice) int {
	if c.Score == nil {
		return 0
	}
	return *c.Score
}
