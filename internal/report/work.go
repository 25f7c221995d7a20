package report

import (
	"slices"
	"strings"
	"unicode/utf8"

	"bedarfslotse/internal/failure"
)

// State is how far a report is.
type State string

// The states of a report.
const (
	Draft     State = "draft"     // is written and commented on
	Submitted State = "submitted" // waits for the next step of its approval
	Approved  State = "approved"  // has all steps behind it
)

// Limits of a report.
const (
	MostRounds  = 2 // of readers who comment
	MostBlocks  = 200
	MostSteps   = 8
	MaxTitle    = 200   // characters
	MaxText     = 20000 // of a block, in characters
	MaxPlain    = 2000
	MaxComment  = 2000
	MaxNote     = 200
	longestStep = 80
)

// Step is one step of an approval.
type Step struct {
	Name string `json:"name"` // "department head"
	// Person is the account that has to approve; "" for anybody who may change
	// reports, who then writes down the decision of others.
	Person string `json:"person,omitempty"`
}

// Approval is a step that was taken.
type Approval struct {
	Actor, At string // At is RFC 3339
	Note      string // such as the number of the decision
}

// Comment is what a reader says about a block.
type Comment struct {
	ID, Block, Author, At, Text string // At is RFC 3339
	Round                       int    // 1 or 2
	Resolved                    string // the account that resolved it, "" while open
}

// Work is a report that people write together.
type Work struct {
	ID       string
	WaveID   string // of the wave that it is about
	Area     string // the wave's
	Title    string
	Subtitle string
	Language string
	Author   string // who began it
	Changed  string // RFC 3339
	Revision int    // grows with every change
	Steps    []Step
	State    State
	Round    int // of comments: the last that was opened, 0 before the first
	RoundNow bool
	Blocks   []Block
	// Comments in the order in which they were made; Approvals in that of Steps.
	Comments  []Comment
	Approvals []Approval
}

// Begin makes a report of what the template gave.
func Begin(d Document, steps []Step) (Work, error) {
	w := Work{Title: d.Title, Subtitle: d.Subtitle, Language: d.Language, State: Draft, Blocks: d.Blocks}
	return w, w.SetSteps(steps)
}

// editable fails while the report is under approval.
func (w *Work) editable() error {
	if w.State != Draft {
		return failure.New(failure.Conflict, "error.report_under_approval")
	}
	return nil
}

// Rename gives the report a title and a line below it.
func (w *Work) Rename(title, subtitle string) error {
	if err := w.editable(); err != nil {
		return err
	}
	w.Title, w.Subtitle = oneLine(title), oneLine(subtitle)
	if w.Title == "" || utf8.RuneCountInString(w.Title) > MaxTitle || utf8.RuneCountInString(w.Subtitle) > MaxTitle {
		return failure.New(failure.Invalid, "error.report_title", "limit", MaxTitle)
	}
	return nil
}

func oneLine(text string) string { return strings.Join(strings.Fields(clean(text)), " ") }

// SetSteps says by which steps the report is approved, in order.
func (w *Work) SetSteps(steps []Step) error {
	if err := w.editable(); err != nil {
		return err
	}
	var kept []Step
	for _, one := range steps {
		one.Name, one.Person = oneLine(one.Name), oneLine(one.Person)
		if one.Name == "" && one.Person == "" {
			continue
		}
		if one.Name == "" || utf8.RuneCountInString(one.Name) > longestStep {
			return failure.New(failure.Invalid, "error.report_step", "limit", longestStep)
		}
		kept = append(kept, one)
	}
	if len(kept) == 0 || len(kept) > MostSteps {
		return failure.New(failure.Invalid, "error.report_steps", "limit", MostSteps)
	}
	w.Steps = kept
	return nil
}

// at is the place of a block; failure.NotFound.
func (w *Work) at(id string) (int, error) {
	at := slices.IndexFunc(w.Blocks, func(b Block) bool { return b.ID == id })
	if at < 0 {
		return 0, failure.New(failure.NotFound, "error.unknown_block")
	}
	return at, nil
}

// Block is the block of an id; failure.NotFound.
func (w *Work) Block(id string) (*Block, error) {
	at, err := w.at(id)
	if err != nil {
		return nil, err
	}
	return &w.Blocks[at], nil
}

// Insert puts blocks behind the one of an id, "" for the end.
func (w *Work) Insert(after string, blocks ...Block) error {
	if err := w.editable(); err != nil {
		return err
	}
	if len(w.Blocks)+len(blocks) > MostBlocks {
		return failure.New(failure.Invalid, "error.report_blocks", "limit", MostBlocks)
	}
	for i := range blocks {
		if err := blocks[i].check(); err != nil {
			return err
		}
	}
	place := len(w.Blocks)
	if after != "" {
		at, err := w.at(after)
		if err != nil {
			return err
		}
		place = at + 1
	}
	w.Blocks = slices.Insert(w.Blocks, place, blocks...)
	return nil
}

// Write changes the words of a block and whether the short version has it.
func (w *Work) Write(id string, level int, text, plain string, short bool) error {
	if err := w.editable(); err != nil {
		return err
	}
	b, err := w.Block(id)
	if err != nil {
		return err
	}
	changed := *b
	changed.Short, changed.Plain = short, strings.TrimSpace(clean(plain))
	if b.Kind == Heading {
		changed.Level, changed.Plain = min(max(level, 1), 3), oneLine(plain)
	}
	switch b.Kind {
	case Heading:
		changed.Text = oneLine(text)
	case Prose, MethodBox:
		changed.Text = strings.TrimSpace(clean(text))
	case SourceList:
		changed.Sources = nil
		for line := range strings.Lines(clean(text)) {
			if line = strings.TrimSpace(line); line != "" {
				changed.Sources = append(changed.Sources, line)
			}
		}
	}
	if err := changed.check(); err != nil {
		return err
	}
	*b = changed
	return nil
}

// check tells whether a block's words are ones that a report takes.
func (b *Block) check() error {
	limit := MaxText
	if b.Kind == Heading {
		limit = MaxTitle
	}
	length := utf8.RuneCountInString(b.Text)
	for _, one := range b.Sources {
		length += utf8.RuneCountInString(one)
	}
	if length > limit || b.Kind == Heading && b.Text == "" {
		return failure.New(failure.Invalid, "error.report_text", "limit", limit)
	}
	if utf8.RuneCountInString(b.Plain) > MaxPlain {
		return failure.New(failure.Invalid, "error.report_text", "limit", MaxPlain)
	}
	return nil
}

// Refreeze puts newly frozen figures in the place of a block's.
func (w *Work) Refreeze(id string, anew Block) error {
	if err := w.editable(); err != nil {
		return err
	}
	b, err := w.Block(id)
	if err != nil {
		return err
	}
	if !b.Kind.Figures() || anew.Kind != b.Kind {
		return failure.New(failure.Invalid, "error.report_not_figures")
	}
	anew.ID, anew.Short, anew.Text, anew.Plain = b.ID, b.Short, b.Text, b.Plain
	*b = anew
	return nil
}

// Move moves a block one place up or down; at either end it stays.
func (w *Work) Move(id string, up bool) error {
	if err := w.editable(); err != nil {
		return err
	}
	at, err := w.at(id)
	if err != nil {
		return err
	}
	other := at + 1
	if up {
		other = at - 1
	}
	if other >= 0 && other < len(w.Blocks) {
		w.Blocks[at], w.Blocks[other] = w.Blocks[other], w.Blocks[at]
	}
	return nil
}

// Remove takes a block out. What was said about it stays among the comments.
func (w *Work) Remove(id string) error {
	if err := w.editable(); err != nil {
		return err
	}
	at, err := w.at(id)
	if err != nil {
		return err
	}
	w.Blocks = slices.Delete(w.Blocks, at, at+1)
	return nil
}

// OpenRound lets readers comment, for the first time or the second.
func (w *Work) OpenRound() error {
	if err := w.editable(); err != nil {
		return err
	}
	if w.RoundNow || w.Round >= MostRounds {
		return failure.New(failure.Conflict, "error.report_rounds", "limit", MostRounds)
	}
	w.Round, w.RoundNow = w.Round+1, true
	return nil
}

// CloseRound ends a round of comments.
func (w *Work) CloseRound() error {
	if !w.RoundNow {
		return failure.New(failure.Conflict, "error.report_no_round")
	}
	w.RoundNow = false
	return nil
}

// Say adds a comment on a block, while a round is open.
func (w *Work) Say(one Comment) error {
	if !w.RoundNow {
		return failure.New(failure.Conflict, "error.report_no_round")
	}
	if _, err := w.at(one.Block); err != nil {
		return err
	}
	one.Text = strings.TrimSpace(clean(one.Text))
	if one.Text == "" || utf8.RuneCountInString(one.Text) > MaxComment {
		return failure.New(failure.Invalid, "error.report_comment", "limit", MaxComment)
	}
	one.Round = w.Round
	w.Comments = append(w.Comments, one)
	return nil
}

// Resolve marks a comment as dealt with, or as open again.
func (w *Work) Resolve(id, actor string, done bool) error {
	at := slices.IndexFunc(w.Comments, func(c Comment) bool { return c.ID == id })
	if at < 0 {
		return failure.New(failure.NotFound, "error.unknown_comment")
	}
	if err := w.editable(); err != nil {
		return err
	}
	w.Comments[at].Resolved = ""
	if done {
		w.Comments[at].Resolved = actor
	}
	return nil
}

// Unresolved counts the comments that nobody has dealt with.
func (w *Work) Unresolved() int {
	count := 0
	for _, one := range w.Comments {
		if one.Resolved == "" {
			count++
		}
	}
	return count
}

// Submit begins the approval: nothing of the report changes from then on.
func (w *Work) Submit() error {
	if err := w.editable(); err != nil {
		return err
	}
	switch {
	case w.RoundNow:
		return failure.New(failure.Conflict, "error.report_round_open")
	case w.Unresolved() > 0:
		return failure.New(failure.Conflict, "error.report_unresolved", "count", w.Unresolved())
	case len(w.Blocks) == 0:
		return failure.New(failure.Conflict, "error.report_empty")
	}
	w.State, w.Approvals = Submitted, nil
	return nil
}

// Next is the step that is to be taken, nil when the report waits for none.
func (w *Work) Next() *Step {
	if w.State != Submitted || len(w.Approvals) >= len(w.Steps) {
		return nil
	}
	return &w.Steps[len(w.Approvals)]
}

// Approve takes the step of a number, counted from 0; failure.Conflict when it is
// not its turn, failure.Forbidden when it is another's to take. mayChange tells
// whether the actor may change reports.
func (w *Work) Approve(step int, mayChange bool, one Approval) error {
	next := w.Next()
	if next == nil || step != len(w.Approvals) {
		return failure.New(failure.Conflict, "error.report_not_its_turn")
	}
	if next.Person != "" && next.Person != one.Actor || next.Person == "" && !mayChange {
		return failure.New(failure.Forbidden, "error.report_not_yours")
	}
	if one.Note = oneLine(one.Note); utf8.RuneCountInString(one.Note) > MaxNote {
		return failure.New(failure.Invalid, "error.report_note", "limit", MaxNote)
	}
	w.Approvals = append(w.Approvals, one)
	if len(w.Approvals) == len(w.Steps) {
		w.State = Approved
	}
	return nil
}

// Withdraw takes the approval back, all of its steps: the report can be changed
// again.
func (w *Work) Withdraw() error {
	if w.State == Draft {
		return failure.New(failure.Conflict, "error.report_not_submitted")
	}
	w.State, w.Approvals = Draft, nil
	return nil
}
