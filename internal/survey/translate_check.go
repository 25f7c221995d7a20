package survey

import (
	"regexp"
	"slices"
	"strings"

	"bedarfslotse/internal/failure"
)

var (
	textReference = regexp.MustCompile(`\$\{\s*([^{}]+?)\s*\}`)
	linkTarget    = regexp.MustCompile(`\]\(\s*([^()\s]+)\s*\)`)
	listItem      = regexp.MustCompile(`(?m)^[ \t]*(?:[-+*]|\d{1,9}[.)])[ \t]+\S`)
)

// TextReferences lists the names that a text refers to as ${name}, each as often
// and in the order as it does.
func TextReferences(text string) []string {
	var names []string
	for _, found := range textReference.FindAllStringSubmatch(text, -1) {
		names = append(names, found[1])
	}
	return names
}

// CheckTranslation compares a translation with the text it was made from. What
// is fatal would show respondents something wrong: a placeholder that is lost,
// or one of a question that there is not. Markup that differs is a warning.
func (s *Survey) CheckTranslation(source, translation string) failure.Findings {
	var found failure.Findings
	tell := func(severity failure.Severity, key string, pairs ...any) {
		found = append(found, failure.Finding{Severity: severity, Key: key, Params: failure.New("", "", pairs...).Params})
	}
	wanted, got := TextReferences(source), TextReferences(translation)
	for _, name := range unique(wanted) {
		if !slices.Contains(got, name) {
			tell(failure.Fatal, "translate.placeholder_lost", "placeholder", "${"+name+"}")
		}
	}
	for _, name := range unique(got) {
		switch {
		case slices.Contains(wanted, name):
		case s.Node(name) == nil:
			tell(failure.Fatal, "translate.placeholder_unknown", "placeholder", "${"+name+"}")
		default:
			tell(failure.Warning, "translate.placeholder_other", "placeholder", "${"+name+"}")
		}
	}
	for _, target := range targets(source) {
		if !slices.Contains(targets(translation), target) {
			tell(failure.Warning, "translate.link_lost", "target", target)
		}
	}
	if strings.Count(source, "**")/2 != strings.Count(translation, "**")/2 || strings.Count(source, "**")%2 == 0 && strings.Count(translation, "**")%2 != 0 {
		tell(failure.Warning, "translate.emphasis", "source", strings.Count(source, "**")/2)
	}
	if lines, others := items(source), items(translation); lines != others {
		tell(failure.Warning, "translate.list", "source", lines, "translation", others)
	}
	return found
}

func unique(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names)
}

func targets(text string) []string {
	var all []string
	for _, found := range linkTarget.FindAllStringSubmatch(text, -1) {
		all = append(all, found[1])
	}
	return unique(all)
}

// items counts the lines of lists; a text of one line has none ([Markdown]).
func items(text string) int {
	if text = strings.TrimSpace(text); !strings.Contains(text, "\n") {
		return 0
	}
	return len(listItem.FindAllString(text, -1))
}
