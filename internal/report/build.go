package report

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/survey"
)

// Input is what a report about a wave is built from.
type Input struct {
	Words    *i18n.Localizer
	Subtitle string // the wave and its area
	Mandate  Mandate
	Version  *survey.Version
	Fields   *catalogue.Fields // optional
	Results  analysis.Results
	// Name is what readers call a question, and Choice one of its choices.
	Name   func(*survey.Element) string
	Choice func(question, choice string) string
	// Divided tells that figures by area are released.
	Divided bool
	// Freeze asks the explorer for figures and freezes what it shows.
	Freeze func(context.Context, Ask) (Block, error)
	// Bases are the facts of the whole wave's figures.
	Bases  Facts
	Quotes []Quote // released ones
	// Blocks that are computed elsewhere, each with facts of its own; chapters
	// without any are left out.
	Matrices, Indicators, Offers, Measures []Block
}

// Mandate is who ordered the survey and how it was done, in words.
type Mandate struct {
	Wave, Purpose, Order, Day, Reference string // Day as readers write it
	From, To                             string
	Languages                            string
	N                                    *int // respondents, nil below K
	K                                    int
	OpenLink                             bool // anybody with the address could answer
}

// Ask is what the explorer is asked for: a question, divided by a variable, drawn
// in a layout.
type Ask struct{ Question, By, As string }

// pairsLayout is that of importance and state beside each other, as the explorer calls it.
const pairsLayout = "pairs"

// Bounds of what the shipped template takes up.
const (
	mostDivided = 3 // charts by area
	mostQuotes  = 12
	mostPlain   = 5 // sentences in the short version
)

// Build makes a report from the shipped template: mandate and method, results by
// field of action, differences and voices, gaps, indicators and offers where
// there are any, what needs to be done, sources, and how the figures came about.
func Build(ctx context.Context, in Input) (Document, error) {
	b := &building{Input: in, document: Document{Title: in.Words.T("report.title"), Subtitle: in.Subtitle, Language: in.Words.Language()}}
	if err := b.ask(ctx); err != nil {
		return Document{}, err
	}
	for _, chapter := range chapters() {
		var blocks []Block
		for _, part := range chapter.parts {
			blocks = append(blocks, part(b)...)
		}
		if len(blocks) == 0 {
			continue
		}
		short := slices.ContainsFunc(blocks, func(one Block) bool { return one.Short })
		b.add(Block{Kind: Heading, Level: 1, Text: in.Words.T("report.chapter." + chapter.name), Plain: in.Words.T("report.chapter." + chapter.name + "_plain"), Short: short})
		for _, block := range blocks {
			b.add(block)
		}
	}
	return b.document, nil
}

// chapter is one of the template's chapters.
type chapter struct {
	name  string // of its heading's message
	parts []func(*building) []Block
}

// chapters are the shipped template.
func chapters() []chapter {
	return []chapter{
		{"mandate", []func(*building) []Block{(*building).mandate, (*building).bases}},
		{"results", []func(*building) []Block{(*building).overview, (*building).fields, (*building).others, (*building).withheld}},
		{"voices", []func(*building) []Block{(*building).divided, (*building).quotes}},
		{"gaps", []func(*building) []Block{func(b *building) []Block { return b.Matrices }}},
		{"indicators", []func(*building) []Block{func(b *building) []Block { return b.Indicators }}},
		{"offers", []func(*building) []Block{func(b *building) []Block { return b.Offers }}},
		{"todo", []func(*building) []Block{(*building).todo, func(b *building) []Block { return b.Measures }}},
		{"sources", []func(*building) []Block{(*building).sources, (*building).method}},
	}
}

// building is a report that is being made.
type building struct {
	Input
	document Document
	frozen   map[Ask]Block
}

// add puts a block at the end, under an id that counts on.
func (b *building) add(block Block) {
	if block.ID == "" {
		block.ID = fmt.Sprintf("a%03d", len(b.document.Blocks)+1)
	}
	b.document.Blocks = append(b.document.Blocks, block)
}

// ask has everything frozen that the template shows, on all processors.
func (b *building) ask(ctx context.Context) error {
	asks := b.asks()
	blocks, failed := make([]Block, len(asks)), make([]error, len(asks))
	var group sync.WaitGroup
	next := make(chan int)
	for range min(len(asks), runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := range next {
				blocks[i], failed[i] = b.Freeze(ctx, asks[i])
			}
		})
	}
	for i := range asks {
		next <- i
	}
	close(next)
	group.Wait()
	b.frozen = make(map[Ask]Block, len(asks))
	for i, err := range failed {
		if err != nil {
			return fmt.Errorf("figures of %s: %w", asks[i].Question, err)
		}
		b.frozen[asks[i]] = blocks[i]
	}
	return nil
}

// asks lists the figures that the template shows.
func (b *building) asks() []Ask {
	var all []Ask
	if first := b.firstPair(); first != "" {
		all = append(all, Ask{Question: first, As: pairsLayout})
	}
	for _, e := range b.questions() {
		all = append(all, Ask{Question: e.Name})
	}
	for _, e := range b.apart() {
		if b.Divided && len(all) > 0 {
			all = append(all, Ask{Question: e.Name, By: analysis.VariableArea})
		}
	}
	return all
}

// questions are those with figures of choices, in the order of the survey.
func (b *building) questions() (all []*survey.Element) {
	for _, figure := range b.Results.Figures {
		if e := b.Version.Element(figure.Question); e != nil && figure.Kind != analysis.Answered {
			all = append(all, e)
		}
	}
	return all
}

func (b *building) figure(question string) *analysis.Figure {
	at := slices.IndexFunc(b.Results.Figures, func(f analysis.Figure) bool { return f.Question == question })
	if at < 0 {
		return nil
	}
	return &b.Results.Figures[at]
}

// firstPair is the first question on importance that has a state beside it, ""
// without any.
func (b *building) firstPair() string {
	for _, e := range b.questions() {
		if figure := b.figure(e.Name); e.Measures != nil && e.Measures.As == survey.Importance && figure.Paired {
			return e.Name
		}
	}
	return ""
}

// apart lists the items, by their question on importance, whose importance lies
// above their state by more than chance alone makes: the intervals of the two
// means have nothing in common. They stay in the order of the survey, as a ranking
// would say more than these figures do.
func (b *building) apart() (all []*survey.Element) {
	questions := b.questions()
	for _, e := range questions {
		importance := b.figure(e.Name)
		if e.Measures == nil || e.Measures.As != survey.Importance || !importance.Paired {
			continue
		}
		want := survey.Measure{Field: e.Measures.Field, As: survey.State}
		at := slices.IndexFunc(questions, func(other *survey.Element) bool {
			return other.Measures != nil && *other.Measures == want && other.Scale == e.Scale
		})
		if at < 0 {
			continue
		}
		low, _, known := spanOf(importance)
		_, high, also := spanOf(b.figure(questions[at].Name))
		if known && also && low > high {
			all = append(all, e)
		}
	}
	return all
}

// spanOf is the interval of a mean; where everybody answered, the mean itself.
func spanOf(f *analysis.Figure) (low, high float64, known bool) {
	switch {
	case f == nil || f.Mean == nil:
		return 0, 0, false
	case f.MeanLow != nil && f.MeanHigh != nil:
		return *f.MeanLow, *f.MeanHigh, true
	}
	return *f.Mean, *f.Mean, f.Everyone
}

// list writes Markdown's list of plain texts.
func list(items []string) string {
	lines := make([]string, len(items))
	for i, item := range items {
		lines[i] = "- " + escapeMarkdown(item)
	}
	return strings.Join(lines, "\n")
}

// escapeMarkdown keeps a text from meaning anything in Markdown.
func escapeMarkdown(text string) string {
	var out strings.Builder
	for _, sign := range strings.Join(strings.Fields(clean(text)), " ") {
		if strings.ContainsRune("\\`*_{}[]()<>#+-.!|~&", sign) {
			out.WriteByte('\\')
		}
		out.WriteRune(sign)
	}
	return out.String()
}
