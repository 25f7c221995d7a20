package server

import (
	"net/http"
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

// quotesPage lists the quotes of a wave by their state.
type quotesPage struct {
	*waveFrame
	Back   string
	Groups []quoteGroup
	None   bool
	Done   string
}

type quoteGroup struct {
	State  string
	Title  string
	Quotes []quoteCard
}

// quoteCard is one quote as a list shows it.
type quoteCard struct {
	ID, Address string
	Question    caption
	Said        caption // as it was written
	Translation caption // its Text is "" where there is none
	About       string  // language, who proposed it, who judged
	Reason      string
	Overtaken   bool // sent back because its text was blackened
	Own         bool // waits for another than the visitor
}

// quoteList shows what is proposed, sent back and released.
func (s *Server) quoteList(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	all, err := s.desk.Office.Quotes(c.Request().Context(), wave.ID)
	if err != nil {
		return err
	}
	page := &quotesPage{waveFrame: s.waveFrame(c, wave, "coding.quotes.title"), Back: textsAddress(c, wave), None: len(all) == 0}
	if done := c.QueryParam("done"); slices.Contains([]string{"proposed", "released", "returned", "removed"}, done) {
		page.Done = page.T("coding.quote.done." + done)
	}
	user, _ := visitor(c)
	for _, state := range coding.QuoteStates() {
		group := quoteGroup{State: string(state), Title: page.T("coding.quotes." + string(state))}
		for _, one := range all {
			if one.State == state {
				group.Quotes = append(group.Quotes, page.quoteCard(c, wave, one, user.Name))
			}
		}
		page.Groups = append(page.Groups, group)
	}
	return s.page(c, http.StatusOK, "desk-quotes", page)
}

// quoteCard makes the card of a quote for a visitor.
func (f *waveFrame) quoteCard(c echo.Context, wave *store.LiveWave, one store.Quote, visitor string) quoteCard {
	card := quoteCard{ID: one.ID, Address: textsAddress(c, wave, "quotes", one.ID), Reason: one.Reason,
		Overtaken: one.State == coding.QuoteReturned && one.Reason == "", Own: one.State == coding.QuoteProposed && one.Author == visitor,
		Said:        caption{one.Body, one.Language, i18n.Direction(one.Language)},
		Translation: caption{one.Translation, coding.ReportLanguage, i18n.Direction(coding.ReportLanguage)}}
	for _, e := range store.OpenQuestions(wave.Version) {
		if e.Name == one.Question {
			card.Question = said(e.Label, f.Localizer, wave.Version.Survey)
		}
	}
	card.About = f.T("coding.quote.about."+string(one.State), "language", bothNames(f.Localizer, one.Language), "author", f.Isolate(one.Author), "judge", f.Isolate(one.Judge))
	return card
}

// quotePage is a quote with the text that it is of, or the proposal of a new one.
type quotePage struct {
	*waveFrame
	quoteCard
	Stored           bool // it is not new
	State            string
	Text             string // address of the text at the desk
	Back, Action     string
	Lang, Dir        string // of the text
	LanguageName     string
	Pieces           []coding.Piece // of the text
	Foreign          bool
	Body, Into       string // as typed
	Words, Returns   string // to be blackened; the reason as typed
	Limit, IntoLimit string // of characters
	Revision         int
	Judges           bool   // the visitor may release it
	Returnable       bool   // the visitor may send it back
	Problem          string // what is wrong
	ProblemAt        string // body, words, into or reason; "" for what is about all
}

// quoteDesk is what is needed to show a quote beside its text.
type quoteDesk struct {
	wave     *store.LiveWave
	question *survey.Element
	text     *store.OpenText
	work     store.TextWork
	stored   store.Quote // without an id for a new one
	visitor  string
}

// aboutText finds the text that an address, or the stored quote in it, is about.
func (s *Server) aboutText(c echo.Context) (*quoteDesk, error) {
	ctx := c.Request().Context()
	user, _ := visitor(c)
	q := &quoteDesk{visitor: user.Name}
	question, text := c.Param("question"), c.Param("text")
	var err error
	if q.wave, err = s.waveOf(c); err != nil {
		return nil, err
	}
	if id := c.Param("quote"); id != "" {
		if q.stored, err = s.desk.Office.Quote(ctx, q.wave.ID, id); err != nil {
			return nil, err
		}
		question, text = q.stored.Question, q.stored.Text
	}
	if q.question = openQuestionOf(q.wave, question); q.question == nil {
		return nil, failure.New(failure.NotFound, "error.not_found")
	}
	texts, err := s.desk.Office.OpenTexts(ctx, q.wave)
	if err != nil {
		return nil, err
	}
	found, known := texts.Text(question, text)
	if !known {
		return nil, failure.New(failure.NotFound, "error.unknown_text")
	}
	q.text = found
	q.work, err = s.desk.Office.TextWork(ctx, q.wave.ID, text)
	return q, err
}

// quote shows one quote, or the form that proposes a new one.
func (s *Server) quote(c echo.Context) error {
	q, err := s.aboutText(c)
	if err != nil {
		return err
	}
	if err := s.desk.Office.NoteReading(c.Request().Context(), q.visitor, q.wave, q.question.Name); err != nil {
		return err
	}
	typed := q.stored.Quote
	if q.stored.ID == "" {
		typed = coding.Quote{Body: coding.Quotable(q.text.Body, q.work.Marks), Translation: q.work.Translation}
	}
	return s.page(c, http.StatusOK, "desk-quote", s.quotePage(c, q, typed))
}

func (s *Server) quotePage(c echo.Context, q *quoteDesk, typed coding.Quote) *quotePage {
	title := "coding.quote.new"
	if q.stored.ID != "" {
		title = "coding.quote.title"
	}
	f := s.waveFrame(c, q.wave, title)
	page := &quotePage{waveFrame: f, Stored: q.stored.ID != "", State: string(q.stored.State), Revision: q.stored.Revision,
		Text: textsAddress(c, q.wave, "of", q.question.Name, q.text.ID), Back: textsAddress(c, q.wave, "quotes"),
		Lang: q.text.Language, Dir: i18n.Direction(q.text.Language), LanguageName: bothNames(f.Localizer, q.text.Language),
		Pieces: coding.Pieces(q.text.Body, q.work.Marks), Foreign: coding.Quote{Language: q.text.Language}.Foreign(),
		Body: typed.Body, Into: typed.Translation, Limit: f.Number(coding.MaxQuote, 0), IntoLimit: f.Number(coding.MaxQuoteTranslation, 0)}
	if page.Stored {
		page.quoteCard = f.quoteCard(c, q.wave, q.stored, q.visitor)
		page.Action = page.Address
	} else {
		page.Question = said(q.question.Label, f.Localizer, q.wave.Version.Survey)
		page.Action = textsAddress(c, q.wave, "of", q.question.Name, q.text.ID, "quote")
	}
	page.Judges = q.stored.State == coding.QuoteProposed && !page.Own
	page.Returnable = page.Judges || q.stored.State == coding.QuoteReleased
	return page
}

// actOnQuote does with a quote what the form says: propose a new one or a changed
// one, release it, send it back, remove it.
func (s *Server) actOnQuote(c echo.Context) error {
	q, err := s.aboutText(c)
	if err != nil {
		return err
	}
	seen, _ := strconv.Atoi(c.FormValue("revision")) // nothing or nonsense: no revision that there is
	ctx, office, id := c.Request().Context(), s.desk.Office, q.stored.ID
	typed := coding.Quote{Body: c.FormValue("body"), Language: q.text.Language, Translation: c.FormValue("translation")}
	var done string
	var wrong error
	switch do := c.FormValue("do"); {
	case do == "release" && id != "":
		done, wrong = "released", office.ReleaseQuote(ctx, q.visitor, q.wave, q.text, id, seen)
	case do == "return" && id != "":
		done, wrong = "returned", office.SendQuoteBack(ctx, q.visitor, q.wave, id, seen, c.FormValue("reason"))
	case do == "remove" && id != "":
		if done, wrong = "removed", failure.New(failure.Invalid, "error.quote_unsure"); c.FormValue("sure") != "" {
			wrong = office.RemoveQuote(ctx, q.visitor, q.wave, id, seen)
		}
	default:
		done = "proposed"
		if typed, wrong = typed.Tidy().BlackOut(c.FormValue("words")); wrong == nil {
			_, wrong = office.ProposeQuote(ctx, q.visitor, q.wave, q.text, id, seen, typed)
		}
	}
	if code := failure.CodeOf(wrong); code == failure.Invalid || code == failure.Conflict {
		return s.wrongQuote(c, q, typed, done, wrong)
	}
	if wrong != nil {
		return wrong
	}
	if id == "" { // on with coding
		return c.Redirect(http.StatusSeeOther, with(textsAddress(c, q.wave, "of", q.question.Name, q.text.ID), "saved", "quote"))
	}
	return c.Redirect(http.StatusSeeOther, with(textsAddress(c, q.wave, "quotes"), "done", done))
}

// wrongQuote shows what was typed again, with what is wrong, beside what is stored
// now.
func (s *Server) wrongQuote(c echo.Context, q *quoteDesk, typed coding.Quote, did string, wrong error) error {
	if q.stored.ID != "" {
		var err error
		if q.stored, err = s.desk.Office.Quote(c.Request().Context(), q.wave.ID, q.stored.ID); err != nil {
			return err
		}
		if did != "proposed" {
			typed = q.stored.Quote
		}
	}
	page := s.quotePage(c, q, typed)
	said := failure.As(wrong)
	page.Problem, page.Words, page.Returns = sentence(page.Localizer, said), c.FormValue("words"), c.FormValue("reason")
	switch said.Key {
	case "error.quote_suspect":
		page.ProblemAt = "body"
		if words, _ := said.Params["words"].(string); !containsFold(typed.Body, words) {
			page.ProblemAt = "into"
		}
	case "error.quote_reason":
		page.ProblemAt = "reason"
	case "error.words_not_there":
		page.ProblemAt = "words"
	case "error.quote_translation", "error.translation_length":
		page.ProblemAt = "into"
	case "error.quote_empty", "error.quote_length", "error.quote_not_of_text", "error.quote_replacement", "error.quote_twice":
		page.ProblemAt = "body"
	}
	return s.page(c, status(said.Code), "desk-quote", page)
}

func containsFold(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// quotesOf lists the quotes of a text, for whoever reads it.
func (s *Server) quotesOf(c echo.Context, page *textPage, wave *store.LiveWave, text string) error {
	all, err := s.desk.Office.Quotes(c.Request().Context(), wave.ID)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	for _, one := range all {
		if one.Text == text {
			page.Quotes = append(page.Quotes, page.quoteCard(c, wave, one, user.Name))
		}
	}
	return nil
}
