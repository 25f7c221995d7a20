package survey_test

import (
	"testing"

	"bedarfslotse/internal/survey"
)

func TestMarkdown(t *testing.T) {
	for text, want := range map[string]string{
		"5. Klasse": `5\. Klasse`, "1) ja": `1\) ja`, "> 3 Stunden": `\> 3 Stunden`, ">3": `\>3`, "- keine": `\- keine`, "+ 2": `\+ 2`,
		"* x": `\* x`, "12.5": "12.5", "2026": "2026", "**fett**": "**fett**", "# Titel": "# Titel", "-5": "-5", "": "",
		"1. eins\n2. zwei": "1. eins\n2. zwei", " 5. Klasse ": `5\. Klasse`,
	} {
		if got := survey.Markdown(text); got != want {
			t.Errorf("%q becomes %q, not %q", text, got, want)
		}
	}
}
