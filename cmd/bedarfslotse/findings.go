package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"bedarfslotse/internal/failure"
)

// printFindings prints findings as compilers do, with the cure below each.
func (p *program) printFindings(w io.Writer, findings failure.Findings) {
	for _, one := range findings {
		text, cure := p.sentences(one)
		fmt.Fprintf(w, "%s: %s: %s\n", where(one), p.words.T("command."+string(one.Severity)), text)
		if cure != "" {
			fmt.Fprintf(w, "    %s\n", cure)
		}
	}
}

func (p *program) sentences(one failure.Finding) (text, cure string) {
	key := "finding." + one.Key
	params := pairs(one.Params)
	for at, value := range params {
		if label, ok := value.(failure.Label); ok {
			params[at] = p.words.T(string(label))
		}
	}
	text = p.words.T(key, params...)
	if cure = p.words.T(key+".cure", params...); cure == key+".cure" {
		cure = ""
	}
	return text, cure
}

func where(one failure.Finding) string {
	var b strings.Builder
	b.WriteString(one.File)
	if one.Sheet != "" {
		fmt.Fprintf(&b, ":%s", one.Sheet)
	}
	if one.Line > 0 {
		fmt.Fprintf(&b, ":%d", one.Line)
	}
	if one.Column > 0 {
		fmt.Fprintf(&b, ":%d", one.Column)
	}
	return b.String()
}

// findingJSON is one finding as check --json prints it.
type findingJSON struct {
	Severity failure.Severity `json:"severity"`
	Code     string           `json:"code"`
	File     string           `json:"file"`
	Sheet    string           `json:"sheet,omitempty"`
	Line     int              `json:"line,omitempty"`
	Column   int              `json:"column,omitempty"`
	Cell     string           `json:"cell,omitempty"`
	Message  string           `json:"message"`
	Cure     string           `json:"cure,omitempty"`
}

// printFindingsJSON prints findings, and the reports of a check.
func (p *program) printFindingsJSON(w io.Writer, findings failure.Findings, reports []reportJSON) error {
	list := make([]findingJSON, 0, len(findings))
	for _, one := range findings {
		text, cure := p.sentences(one)
		list = append(list, findingJSON{one.Severity, one.Key, one.File, one.Sheet, one.Line, one.Column, one.Cell, text, cure})
	}
	return printJSON(w, map[string]any{"findings": list, "reports": append([]reportJSON{}, reports...)})
}

func printJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
