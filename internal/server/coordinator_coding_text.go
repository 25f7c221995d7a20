package server

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/coding"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

type textPage struct {
	*waveFrame
	Question      caption
	Back, Action  string
	Book          string // address
	Place         string // which text of how many
	ID            string
	Lang          string // of the text
	LanguageName  string
	Pieces        []coding.Piece
	Places        []textPlace
	Tags          []textTag
	Suggested     []string // in words
	InSample      bool
	Translation   string
	Words         string // to be taken out
	Revision      int
	Before, After string // addresses, "" for none
	Problem, Done string
	Theirs        *store.TextWork // what another has stored meanwhile
	TheirPieces   []coding.Piece
	Quotes        []quoteCard // of the text
	QuoteAction   string      // address of the form that proposes another
}

// textPlace is a place in the text about which the coder decides.
type textPlace struct {
	Field, Original, Kind string
	Redact, Keep          bool
}

// textTag is a tag as the coder ticks it.
type textTag struct {
	coding.Tag
	FieldName string // of the field of action
	Digit     string // its key, "" behind the ninth
	Chosen    bool
}

// typedText is what a form says about a text.
type typedText struct {
	tags        coding.Tags
	marks       []coding.Mark
	words       string
	translation string
	revision    int
}

// readText reads the form. Fields named mark-3-17 say what becomes of a place.
func readText(form url.Values, body string) (typedText, error) {
	typed := typedText{tags: coding.NewTags(form["tag"]...), words: form.Get("words"), translation: form.Get("translation")}
	typed.revision, _ = strconv.Atoi(form.Get("revision")) // nothing or nonsense: what was there before the first change
	for name, values := range form {
		place, is := strings.CutPrefix(name, "mark-")
		if !is || values[0] == "" {
			continue
		}
		span, err := coding.ReadSpan(place)
		if err != nil {
			return typed, err
		}
		typed.marks = append(typed.marks, coding.Mark{Span: span, Redact: values[0] == "redact"})
	}
	checked, err := coding.CheckMarks(body, typed.marks)
	if err != nil {
		typed.marks = nil // what does not fit cannot be shown either
		return typed, err
	}
	typed.marks = checked
	marked, err := coding.MarkWords(body, checked, typed.words)
	if err == nil {
		typed.marks, typed.words = marked, ""
	}
	return typed, err
}

// textDesk is what is needed to show one text and to lead to the next.
type textDesk struct {
	wave     *store.LiveWave
	question *survey.Element
	texts    *store.OpenTexts
	order    []*store.OpenText // as the coder gets them
	sample   map[string]bool
	codings  []store.Coding // of the question
	coder    string
}

func (s *Server) textDesk(c echo.Context) (*textDesk, error) {
	wave, question, err := s.openQuestion(c)
	if err != nil {
		return nil, err
	}
	ctx := c.Request().Context()
	user, _ := visitor(c)
	d := &textDesk{wave: wave, question: question, coder: user.Name}
	if d.texts, err = s.desk.Office.OpenTexts(ctx, wave); err != nil {
		return nil, err
	}
	if d.sample, err = s.desk.Office.TextSample(ctx, wave.ID); err != nil {
		return nil, err
	}
	if d.codings, err = s.desk.Office.Codings(ctx, wave.ID, question.Name); err != nil {
		return nil, err
	}
	d.order = d.texts.For(d.coder, question.Name, d.sample)
	return d, nil
}

// mine is what the coder said of a text.
func (d *textDesk) mine(text string) (coding.Tags, bool) {
	at := slices.IndexFunc(d.codings, func(one store.Coding) bool { return one.Text == text && one.Coder == d.coder })
	if at < 0 {
		return nil, false
	}
	return d.codings[at].Tags, true
}

// next is the first text behind one, then from the start, that the coder has not
// coded; nil when there is none.
func (d *textDesk) next(after string) *store.OpenText {
	coded := map[string]bool{}
	for _, one := range d.codings {
		coded[one.Text] = coded[one.Text] || one.Coder == d.coder
	}
	from := 1 + slices.IndexFunc(d.order, func(one *store.OpenText) bool { return one.ID == after })
	for i := range d.order {
		if one := d.order[(from+i)%len(d.order)]; !coded[one.ID] && one.ID != after {
			return one
		}
	}
	return nil
}

// onward leads to the next text that the coder has not coded, or back to the list
// of questions.
func (s *Server) onward(c echo.Context, d *textDesk, after string) error {
	if next := d.next(after); next != nil {
		return c.Redirect(http.StatusSeeOther, textsAddress(c, d.wave, "of", d.question.Name, next.ID))
	}
	return c.Redirect(http.StatusSeeOther, with(textsAddress(c, d.wave), "done", d.question.Name))
}

// nextText leads to the first text that somebody has not coded.
func (s *Server) nextText(c echo.Context) error {
	d, err := s.textDesk(c)
	if err != nil {
		return err
	}
	if len(d.order) == 0 {
		return c.Redirect(http.StatusSeeOther, textsAddress(c, d.wave))
	}
	if d.next("") == nil { // all are coded: whoever comes wants to look at them again
		return c.Redirect(http.StatusSeeOther, textsAddress(c, d.wave, "of", d.question.Name, d.order[0].ID))
	}
	return s.onward(c, d, "")
}

// named returns the text that the address names.
func (d *textDesk) named(c echo.Context) (*store.OpenText, error) {
	text, known := d.texts.Text(d.question.Name, c.Param("text"))
	if !known {
		return nil, failure.New(failure.NotFound, "error.unknown_text")
	}
	return text, nil
}

// codeText shows one text.
func (s *Server) codeText(c echo.Context) error {
	d, err := s.textDesk(c)
	if err != nil {
		return err
	}
	text, err := d.named(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := s.desk.Office.NoteReading(ctx, d.coder, d.wave, d.question.Name); err != nil {
		return err
	}
	work, err := s.desk.Office.TextWork(ctx, d.wave.ID, text.ID)
	if err != nil {
		return err
	}
	tags, _ := d.mine(text.ID)
	page, err := s.textPage(c, d, text, typedText{tags: tags, marks: work.Marks, translation: work.Translation, revision: work.Revision})
	if err != nil {
		return err
	}
	switch c.QueryParam("saved") {
	case "":
	case "quote":
		page.Done = page.T("coding.quote.done.proposed")
	default:
		page.Done = page.T("coding.saved")
	}
	return s.page(c, http.StatusOK, "desk-text", page)
}

// saveText stores what somebody made of a text and leads to the next. With do=work
// the tags stay as they were, and so does the page.
func (s *Server) saveText(c echo.Context) error {
	d, err := s.textDesk(c)
	if err != nil {
		return err
	}
	text, err := d.named(c)
	if err != nil {
		return err
	}
	form, err := c.FormParams()
	if err != nil {
		return brokenForm(err)
	}
	typed, wrong := readText(form, text.Body)
	tags := &typed.tags
	if form.Get("do") == "work" {
		tags = nil
	}
	ctx := c.Request().Context()
	if wrong == nil {
		wrong = s.desk.Office.SaveText(ctx, d.coder, d.wave, text, tags, store.TextWork{Translation: typed.translation, Marks: typed.marks, Revision: typed.revision})
	}
	if code := failure.CodeOf(wrong); code == failure.Invalid || code == failure.Conflict {
		return s.wrongText(c, d, text, typed, wrong)
	}
	if wrong != nil {
		return wrong
	}
	if tags == nil {
		return c.Redirect(http.StatusSeeOther, with(textsAddress(c, d.wave, "of", d.question.Name, text.ID), "saved", "work"))
	}
	return s.onward(c, d, text.ID)
}

// wrongText shows what was typed again, beside what another has stored meanwhile.
func (s *Server) wrongText(c echo.Context, d *textDesk, text *store.OpenText, typed typedText, wrong error) error {
	work, err := s.desk.Office.TextWork(c.Request().Context(), d.wave.ID, text.ID)
	if err != nil {
		return err
	}
	overtaken := typed.revision != work.Revision
	typed.revision = work.Revision
	page, err := s.textPage(c, d, text, typed)
	if err != nil {
		return err
	}
	page.Problem = sentence(page.Localizer, failure.As(wrong))
	if overtaken {
		page.Theirs, page.TheirPieces = &work, coding.Pieces(text.Body, work.Marks)
	}
	return s.page(c, status(failure.CodeOf(wrong)), "desk-text", page)
}

func (s *Server) textPage(c echo.Context, d *textDesk, text *store.OpenText, typed typedText) (*textPage, error) {
	book, err := s.desk.Office.Book(c.Request().Context(), d.wave.ID)
	if err != nil {
		return nil, err
	}
	frame := s.waveFrame(c, d.wave, "coding.text.title")
	address := func(one *store.OpenText) string { return textsAddress(c, d.wave, "of", d.question.Name, one.ID) }
	page := &textPage{waveFrame: frame, Question: said(d.question.Label, frame.Localizer, d.wave.Version.Survey), Back: textsAddress(c, d.wave), Book: textsAddress(c, d.wave, "book"),
		Action: address(text), ID: text.ID, Lang: text.Language, LanguageName: bothNames(frame.Localizer, text.Language),
		InSample: d.sample[text.ID], Translation: typed.translation, Words: typed.words, Revision: typed.revision}
	at := slices.IndexFunc(d.order, func(one *store.OpenText) bool { return one.ID == text.ID })
	page.Place = page.T("coding.number", "at", page.count(at+1), "count", page.count(len(d.order)))
	if at > 0 {
		page.Before = address(d.order[at-1])
	}
	if at+1 < len(d.order) {
		page.After = address(d.order[at+1])
	}
	page.places(text.Body, typed.marks)
	page.QuoteAction = textsAddress(c, d.wave, "of", d.question.Name, text.ID, "quote")
	if err := s.quotesOf(c, page, d.wave, text.ID); err != nil {
		return nil, err
	}
	for i, tag := range book {
		one := textTag{Tag: tag, Chosen: typed.tags.Has(tag.Name), FieldName: s.fieldName(page.Localizer, tag.Field)}
		if i < 9 {
			one.Digit = strconv.Itoa(i + 1)
		}
		page.Tags = append(page.Tags, one)
	}
	if !page.InSample {
		page.suggest(d, text, book)
	}
	return page, nil
}

// fieldName is the name of a field of action, "" for none.
func (s *Server) fieldName(words *i18n.Localizer, key string) string {
	if s.desk.Fields == nil {
		return ""
	}
	field, _ := s.desk.Fields.Get(key)
	return field.Label[words.Language()]
}

// count writes a number in the reader's way.
func (p *textPage) count(number int) string { return p.Number(float64(number), 0) }

// places lists what was found or marked in the text.
func (p *textPage) places(body string, marks []coding.Mark) {
	p.Pieces = coding.Pieces(body, marks)
	for _, piece := range p.Pieces {
		if piece.Kind != "" {
			p.Places = append(p.Places, textPlace{Field: "mark-" + strconv.Itoa(piece.From) + "-" + strconv.Itoa(piece.To), Original: piece.Original,
				Kind: p.T("coding.kind." + string(piece.Kind)), Redact: piece.Redacted, Keep: piece.Settled && !piece.Redacted})
		}
	}
}

// suggest says which tags the most similar texts of the same language have, by
// whomever they were given. It ticks none.
func (p *textPage) suggest(d *textDesk, text *store.OpenText, book coding.Book) {
	byText := map[string]coding.Tags{}
	for _, one := range d.codings {
		if one.Text != text.ID && len(one.Tags) > 0 {
			byText[one.Text] = coding.NewTags(append(byText[one.Text], one.Tags...)...)
		}
	}
	var tagged []coding.Tagged
	for _, other := range d.order {
		if tags := byText[other.ID]; len(tags) > 0 && other.Language == text.Language {
			tagged = append(tagged, coding.Tagged{Sketch: other.Sketch(), Tags: tags})
		}
	}
	for _, one := range coding.Suggest(text.Sketch(), tagged) {
		if tag, known := book.Tag(one.Tag); known {
			p.Suggested = append(p.Suggested, p.T("coding.suggested.why", "label", tag.Label, "with", p.count(one.With), "nearest", p.count(one.Nearest)))
		}
	}
}
