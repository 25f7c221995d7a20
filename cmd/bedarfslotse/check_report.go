package main

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"

	"bedarfslotse/internal/survey"
)

// reportJSON is the report on one survey as check --json prints it.
type reportJSON struct {
	File        string         `json:"file"`
	ID          string         `json:"id"`
	Languages   []languageJSON `json:"languages"`
	Unreachable []string       `json:"unreachable"` // names of questions and groups
	Reading     []readingJSON  `json:"reading"`
}

type languageJSON struct {
	Language string  `json:"language"`
	Needed   int     `json:"needed"`
	Present  int     `json:"present"`
	Share    float64 `json:"share"` // 0 to 1
	Draft    int     `json:"draft"`
	Reviewed int     `json:"reviewed"`
	Stale    int     `json:"stale"`
}

type readingJSON struct {
	Language  string             `json:"language"`
	Sentences int                `json:"sentences"`
	Words     int                `json:"words"`
	Syllables int                `json:"syllables"`
	Score     *float64           `json:"score"` // Flesch-Amstad; null below 100 words
	Hardest   []hardSentenceJSON `json:"hardest"`
}

type hardSentenceJSON struct {
	Question  string `json:"question"`
	Text      string `json:"text"`
	Words     int    `json:"words"`
	Syllables int    `json:"syllables"`
}

func newReport(file string, version *survey.Version, report *survey.Report) reportJSON {
	made := reportJSON{File: file, ID: version.ID, Languages: []languageJSON{}, Reading: []readingJSON{},
		Unreachable: append([]string{}, report.Unreachable...)}
	for _, one := range report.Languages {
		made.Languages = append(made.Languages, languageJSON{one.Language, one.Needed, one.Present,
			math.Round(one.Share()*1000) / 1000, one.Draft, one.Reviewed, one.Stale})
	}
	for _, one := range report.Readings {
		reading := readingJSON{Language: one.Language, Sentences: one.Sentences, Words: one.Words, Syllables: one.Syllables,
			Hardest: []hardSentenceJSON{}}
		if one.Enough {
			score := math.Round(one.Score*10) / 10
			reading.Score = &score
		}
		for _, hard := range one.Hardest {
			reading.Hardest = append(reading.Hardest, hardSentenceJSON{hard.Question, hard.Text, hard.Words, hard.Syllables})
		}
		made.Reading = append(made.Reading, reading)
	}
	return made
}

// printReports prints the reports below the findings.
func (p *program) printReports(w io.Writer, reports []reportJSON) {
	for _, report := range reports {
		fmt.Fprintf(w, "\n%s\n", p.words.T("command.report", "file", report.File, "id", report.ID))
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for i, one := range report.Languages {
			key := "command.report.language"
			if i == 0 {
				key = "command.report.source"
			}
			// Rounded down: 100 % means that nothing is missing.
			fmt.Fprintf(table, "  %s\t%s\n", one.Language, p.words.T(key, "present", one.Present, "needed", one.Needed,
				"percent", percent(one), "draft", one.Draft, "reviewed", one.Reviewed, "stale", one.Stale))
		}
		_ = table.Flush() // like all words on a terminal
		for _, one := range report.Reading {
			key, score := "command.report.reading_short", 0.0
			if one.Score != nil {
				score = *one.Score
				key = "command.report.reading"
			}
			fmt.Fprintf(w, "  %s\n", p.words.T(key, "language", one.Language, "words", one.Words, "sentences", one.Sentences,
				"score", p.words.Number(math.Round(score), 0), "level", p.words.T("command.report.level."+level(score))))
		}
		if len(report.Unreachable) > 0 {
			fmt.Fprintf(w, "  %s\n", p.words.N("command.report.unreachable", len(report.Unreachable)))
		}
	}
	if len(reports) > 0 {
		fmt.Fprintln(w)
	}
}

func percent(one languageJSON) int {
	if one.Needed == 0 {
		return 100
	}
	return 100 * one.Present / one.Needed
}

// level names the reading ease as Flesch's scale does.
func level(score float64) string {
	switch {
	case score < 30:
		return "very_hard"
	case score < 50:
		return "hard"
	case score < 60:
		return "rather_hard"
	case score < 70:
		return "plain"
	case score < 80:
		return "rather_easy"
	}
	return "easy"
}
