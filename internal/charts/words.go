package charts

import (
	"cmp"
	"slices"

	"bedarfslotse/internal/analysis"
)

// The base from which on shares get a decimal and means a second one (METHODS 1).
const precise = 100

func (b *builder) shareDecimals() int {
	if b.figure.Base != nil && *b.figure.Base >= precise {
		return 1
	}
	return 0
}

// about marks a figure as perturbed where it is.
func (b *builder) about(figure string) string {
	if !b.perturbed {
		return figure
	}
	return b.words.T("charts.about", "figure", figure)
}

func (b *builder) percent(share float64) string { return b.about(b.plainPercent(share)) }

func (b *builder) plainPercent(share float64) string {
	return b.words.Percent(share, b.shareDecimals())
}

func (b *builder) mean(value float64) string { return b.about(b.plainMean(value)) }

func (b *builder) plainMean(value float64) string {
	return b.words.Number(value, b.shareDecimals()+1)
}

func (b *builder) count(value int) string { return b.about(b.words.Number(float64(value), 0)) }

// interval writes both ends of a share's interval, "" when there is none.
func (b *builder) interval(e entry) string {
	if e.Low == nil || e.High == nil {
		return ""
	}
	return b.about(b.words.T("charts.interval", "low", b.plainPercent(*e.Low), "high", b.plainPercent(*e.High)))
}

// meanInterval writes both ends of a mean's interval.
func (b *builder) meanInterval(low, high float64) string {
	return b.about(b.words.T("charts.interval", "low", b.plainMean(low), "high", b.plainMean(high)))
}

// shareWords writes a share with its interval where it has one.
func (b *builder) shareWords(e entry) string {
	if interval := b.interval(e); interval != "" {
		return b.words.T("charts.share_interval", "share", b.percent(*e.Share), "interval", interval)
	}
	return b.percent(*e.Share)
}

// worth writes the base, and with weights how many independent answers it is worth.
func (b *builder) worth() string {
	if b.figure.Effective != nil {
		return b.base() + footerGlue + b.words.T("explore.foot_weighted", "n", b.words.Number(*b.figure.Effective, 0))
	}
	return b.base()
}

// base writes "n = 42" or "n = 42 entries".
func (b *builder) base() string {
	if b.figure.Base == nil {
		return ""
	}
	switch {
	case b.figure.Repeated && b.perturbed:
		return b.words.N("charts.base_rows_about", *b.figure.Base)
	case b.figure.Repeated:
		return b.words.N("charts.base_rows", *b.figure.Base)
	case b.perturbed:
		return b.words.T("charts.base_about", "n", b.words.Number(float64(*b.figure.Base), 0))
	}
	return b.words.T("charts.base", "n", b.count(*b.figure.Base))
}

// summary says in words what the chart shows and how sure that is. It is also
// the picture's description for those who do not see it.
func (b *builder) summary() string {
	figure := b.figure
	if figure.Kind == analysis.Answered {
		if figure.Base == nil {
			return b.words.T("charts.too_few")
		}
		return b.words.N("charts.texts", *figure.Base)
	}
	if figure.Base == nil && figure.Withheld == analysis.WholeTable {
		return b.words.T("charts.protected")
	}
	if figure.Base == nil {
		return b.words.T("charts.too_few")
	}
	if !b.tells() {
		return b.withheld()
	}
	switch {
	case figure.Kind == analysis.Score:
		return b.scoreSummary()
	case figure.Kind == analysis.Scale:
		return b.scaleSummary()
	case b.classed():
		return b.numberSummary()
	case b.places():
		return b.orderSummary()
	default:
		return b.choiceSummary()
	}
}

// withheld explains a question of which no cell is shown.
func (b *builder) withheld() string {
	switch {
	case b.figure.Withheld == analysis.TooFew:
		return b.words.T("charts.too_few")
	case b.figure.Withheld != analysis.Nothing:
		return b.words.T("charts.whole_table", "base", b.base())
	default:
		return b.words.T("charts.nobody")
	}
}

// ranked returns the shown entries, the most frequent first.
func (b *builder) ranked() []entry {
	shown := slices.Clone(b.visible())
	slices.SortStableFunc(shown, func(x, y entry) int { return cmp.Compare(*y.Count, *x.Count) })
	return shown
}

func (b *builder) choiceSummary() string {
	ranked := b.ranked()
	if *b.figure.Base == 0 || *ranked[0].Count == 0 {
		return b.words.T("charts.nobody")
	}
	key, shown := "charts.top", "charts.top_shown"
	if b.figure.Kind == analysis.Order {
		key, shown = "charts.top_first", "charts.top_first_shown"
	}
	if b.hidden() > 0 {
		key = shown
	}
	text := b.words.T(key, "label", ranked[0].label.within(b.right), "share", b.shareWords(ranked[0]), "base", b.base())
	if len(ranked) > 1 && *ranked[1].Count > 0 {
		next := "charts.next"
		if *ranked[1].Count == *ranked[0].Count {
			next = "charts.next_equal"
		}
		text += " " + b.words.T(next, "label", ranked[1].label.within(b.right), "share", b.shareWords(ranked[1]))
	}
	return text
}

func (b *builder) scaleSummary() string {
	ranked := b.ranked()
	if *b.figure.Base == 0 || *ranked[0].Count == 0 {
		return b.words.T("charts.nobody")
	}
	text := b.words.T("charts.top", "label", ranked[0].label.within(b.right), "share", b.shareWords(ranked[0]), "base", b.base())
	if b.figure.Mean == nil || b.hidden() > 0 {
		return text
	}
	first, last := b.entries[0], b.entries[len(b.entries)-1]
	if first.Score > last.Score {
		first, last = last, first
	}
	if b.ranged() {
		return text + " " + b.words.T("charts.range_mean", "mean", b.meanWords(),
			"low", b.plainNumber(first.Score), "high", b.plainNumber(last.Score))
	}
	return text + " " + b.words.T("charts.scale_mean", "mean", b.meanWords(), "m", b.plainNumber(float64(b.figure.Max)),
		"first", first.label.within(b.right), "last", last.label.within(b.right))
}

func (b *builder) meanWords() string {
	mean := b.mean(*b.figure.Mean)
	if b.figure.MeanLow == nil || b.figure.MeanHigh == nil {
		return mean
	}
	return b.words.T("charts.share_interval", "share", mean, "interval", b.meanInterval(*b.figure.MeanLow, *b.figure.MeanHigh))
}

func (b *builder) numberSummary() string {
	text := b.choiceSummary()
	if b.figure.Median != nil {
		text += " " + b.words.T("charts.median", "median", b.about(b.plainNumber(*b.figure.Median)))
	}
	if b.figure.Mean != nil {
		text += " " + b.words.T("charts.mean", "mean", b.meanWords())
	}
	return text
}

// notes are the sentences a reader needs so as not to misread the chart.
func (b *builder) notes() []string {
	var notes []string
	add := func(key string) { notes = append(notes, b.words.T(key)) }
	if b.figure.Base == nil || b.figure.Kind == analysis.Answered {
		return notes
	}
	if b.figure.Repeated {
		add("charts.note_rows")
	}
	if b.figure.Paired {
		add("charts.note_pair")
	}
	if b.perturbed && !b.public {
		add("charts.note_about")
	}
	if b.figure.Effective != nil {
		add("explore.note_weighted")
	} else if b.figure.Weighted {
		add("explore.note_unweighable")
	}
	if !b.tells() {
		return notes
	}
	if b.figure.Kind == analysis.Score {
		add("charts.note_index")
	}
	if b.figure.Kind == analysis.Multiple {
		add("charts.note_multiple")
	}
	if b.places() && b.figure.Partial {
		add("charts.note_partial")
	}
	if b.figure.Kind == analysis.Order && !b.places() {
		add("charts.note_only_first")
	}
	if hidden := b.hidden(); hidden > 0 {
		notes = append(notes, b.words.N("charts.note_hidden", hidden))
	}
	if b.classed() && b.unequalClasses() {
		add("charts.note_area")
	}
	if b.figure.Everyone {
		add("charts.note_everyone")
	} else if b.chance && b.hasInterval() {
		add("charts.note_chance")
	}
	return notes
}

func (b *builder) hasInterval() bool {
	if b.figure.Kind == analysis.Score {
		return b.figure.MeanLow != nil
	}
	return slices.ContainsFunc(b.entries, func(e entry) bool { return e.shown() && e.Low != nil })
}
