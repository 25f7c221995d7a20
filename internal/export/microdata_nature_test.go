package export

import (
	"testing"

	"bedarfslotse/internal/survey"
)

// TestChoicesFromAnswersAreAsDelicateAsThose: what is chosen is what somebody
// wrote, and as sensitive as that and as what filters it.
func TestChoicesFromAnswersAreAsDelicateAsThose(t *testing.T) {
	label := survey.Text{"de": {Text: "T"}}
	node := func(kind survey.Type, name, list string, sensitive bool) *survey.Node {
		return &survey.Node{Type: kind, Name: name, List: list, Label: label, Sensitive: sensitive,
			Measures: &survey.Measure{Field: "f", As: survey.Need}}
	}
	filtered := node(survey.SelectOne, "filtered", "${open}", false)
	filtered.ChoiceFilter = "${secret} != ''"
	version, found := survey.Compile(&survey.Survey{ID: "s", Language: "de", Languages: []string{"de"}, Title: label, Nodes: []*survey.Node{
		{Type: survey.Repeat, Name: "r", Label: label, Children: []*survey.Node{node(survey.TextType, "secret", "", true), node(survey.Integer, "open", "", false)}},
		node(survey.SelectOne, "plain", "${open}", false), node(survey.SelectOne, "told", "${secret}", false), filtered,
	}})
	if version == nil {
		t.Fatal(found)
	}
	natures := newNatures(version, nil)
	for name, sensitive := range map[string]bool{"plain": false, "told": true, "filtered": true} {
		if got := natures.of(version.Element(name)); !got.text || got.sensitive != sensitive {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
