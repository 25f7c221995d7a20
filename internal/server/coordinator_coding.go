package server

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/coding"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// Coding is what the pages of those who code free texts need of the store.
type Coding interface {
	OpenTexts(ctx context.Context, wave *store.LiveWave) (*store.OpenTexts, error)
	// NoteReading writes into the audit log that somebody reads a question's texts.
	NoteReading(ctx context.Context, actor string, wave *store.LiveWave, question string) error
	Book(ctx context.Context, waveID string) (coding.Book, error)
	// SaveTag adds a tag, or changes the one seen; failure.Conflict when another
	// has done so meanwhile.
	SaveTag(ctx context.Context, actor string, wave *store.LiveWave, seen *coding.Tag, tag coding.Tag) (coding.Tag, error)
	// RemoveTag puts another in the place of a tag, or none.
	RemoveTag(ctx context.Context, actor string, wave *store.LiveWave, name, into string) (changed int, err error)
	Codings(ctx context.Context, waveID, question string) ([]store.Coding, error)
	TextWork(ctx context.Context, waveID, text string) (store.TextWork, error)
	// SaveText stores what a coder made of a text; failure.Conflict.
	SaveText(ctx context.Context, actor string, wave *store.LiveWave, text *store.OpenText, tags *coding.Tags, work store.TextWork) error
	TextSample(ctx context.Context, waveID string) (map[string]bool, error)
	// DrawTexts makes the sample that all coders get first.
	DrawTexts(ctx context.Context, actor string, wave *store.LiveWave, question string, size int) (int, error)
	Quotes(ctx context.Context, waveID string) ([]store.Quote, error)
	Quote(ctx context.Context, waveID, id string) (store.Quote, error)
	// ProposeQuote proposes a quote of a text, or changes the one with this id.
	ProposeQuote(ctx context.Context, actor string, wave *store.LiveWave, text *store.OpenText, id string, seen int, quote coding.Quote) (string, error)
	// ReleaseQuote lets others read it; failure.Forbidden for who proposed it.
	ReleaseQuote(ctx context.Context, actor string, wave *store.LiveWave, text *store.OpenText, id string, seen int) error
	SendQuoteBack(ctx context.Context, actor string, wave *store.LiveWave, id string, seen int, reason string) error
	RemoveQuote(ctx context.Context, actor string, wave *store.LiveWave, id string, seen int) error
}

// codingRoutes lists the pages of those who code free texts.
func (s *Server) codingRoutes() []route {
	at := func(method, path string, handler echo.HandlerFunc) route {
		return route{method: method, path: "/manage/waves/:slug/texts" + path, permission: account.CodeTexts, about: s.aboutWave, handler: s.desk.csrf(uncompressed(handler))}
	}
	return []route{
		at(http.MethodGet, "", s.openQuestions),
		at(http.MethodGet, "/book", s.codeBook),
		at(http.MethodPost, "/book", s.saveTag),
		at(http.MethodPost, "/book/:name", s.mergeTag),
		at(http.MethodGet, "/of/:question", s.nextText),
		at(http.MethodPost, "/of/:question/sample", s.drawTexts),
		at(http.MethodGet, "/of/:question/:text", s.codeText),
		at(http.MethodPost, "/of/:question/:text", s.saveText),
		at(http.MethodGet, "/of/:question/:text/quote", s.quote),
		at(http.MethodPost, "/of/:question/:text/quote", s.actOnQuote),
		at(http.MethodGet, "/quotes", s.quoteList),
		at(http.MethodGet, "/quotes/:quote", s.quote),
		at(http.MethodPost, "/quotes/:quote", s.actOnQuote),
	}
}

// textsAddress is that of a page for coding, in the reader's language.
func textsAddress(c echo.Context, wave *store.LiveWave, parts ...string) string {
	address := "/manage/waves/" + wave.Slug + "/texts"
	for _, part := range parts {
		address += "/" + url.PathEscape(part)
	}
	if lang := c.QueryParam("lang"); slices.Contains(deskLanguages(), lang) {
		address += "?lang=" + lang
	}
	return address
}

// with adds one parameter to an address of our own.
func with(address, name, value string) string {
	sign := "?"
	if strings.Contains(address, "?") {
		sign = "&"
	}
	return address + sign + name + "=" + url.QueryEscape(value)
}

type textsPage struct {
	*waveFrame
	Questions     []openQuestion
	Book          string // address
	Tags          string // how many there are
	QuoteList     string // address
	Waiting       string // how many quotes wait for somebody
	Problem, Done string
	ProblemAt     string // question whose sample it is about
}

// openQuestion is one question in the list of those with texts.
type openQuestion struct {
	Name         string
	Label        caption
	Count        int
	Size         int // of the sample
	Mine, Any    string
	Share        int // that I have coded, in per cent, rounded down
	Start        string
	SampleAction string
	Agreement    *deskTable // nil without a sample
}

// openQuestions lists the questions that are answered in one's own words.
func (s *Server) openQuestions(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	page, err := s.textsPage(c, wave)
	if err != nil {
		return err
	}
	if at := slices.IndexFunc(page.Questions, func(one openQuestion) bool { return one.Name == c.QueryParam("done") }); at >= 0 {
		page.Done = page.T("coding.again", "count", page.Number(float64(page.Questions[at].Count), 0))
	}
	if at := slices.IndexFunc(page.Questions, func(one openQuestion) bool { return one.Name == c.QueryParam("drawn") }); at >= 0 {
		page.Done = page.T("coding.sample.drawn", "count", page.Number(float64(page.Questions[at].Size), 0))
	}
	return s.page(c, http.StatusOK, "desk-texts", page)
}

func (s *Server) textsPage(c echo.Context, wave *store.LiveWave) (*textsPage, error) {
	ctx := c.Request().Context()
	texts, err := s.desk.Office.OpenTexts(ctx, wave)
	if err != nil {
		return nil, err
	}
	book, err := s.desk.Office.Book(ctx, wave.ID)
	if err != nil {
		return nil, err
	}
	sample, err := s.desk.Office.TextSample(ctx, wave.ID)
	if err != nil {
		return nil, err
	}
	all, err := s.desk.Office.Codings(ctx, wave.ID, "")
	if err != nil {
		return nil, err
	}
	user, _ := visitor(c)
	page := &textsPage{waveFrame: s.waveFrame(c, wave, "coding.title"), Book: textsAddress(c, wave, "book")}
	page.Tags = page.N("coding.overview.tags", len(book))
	quotes, err := s.desk.Office.Quotes(ctx, wave.ID)
	if err != nil {
		return nil, err
	}
	waiting := slices.DeleteFunc(quotes, func(one store.Quote) bool { return one.State != coding.QuoteProposed })
	page.QuoteList, page.Waiting = textsAddress(c, wave, "quotes"), page.N("coding.overview.waiting", len(waiting))
	for _, e := range store.OpenQuestions(wave.Version) {
		one := openQuestion{Name: e.Name, Label: said(e.Label, page.Localizer, wave.Version.Survey), Count: texts.Count(e.Name),
			Start: textsAddress(c, wave, "of", e.Name), SampleAction: textsAddress(c, wave, "of", e.Name, "sample")}
		mine, anybody := map[string]bool{}, map[string]bool{}
		var shared []store.Coding
		for _, said := range all {
			if _, there := texts.Text(e.Name, said.Text); !there {
				continue
			}
			anybody[said.Text] = true
			if said.Coder == user.Name {
				mine[said.Text] = true
			}
			if sample[said.Text] {
				shared = append(shared, said)
			}
		}
		for id := range sample {
			if _, there := texts.Text(e.Name, id); there {
				one.Size++
			}
		}
		one.Share = 100 * len(mine) / max(one.Count, 1)
		one.Mine = page.T("coding.overview.mine", "mine", page.Number(float64(len(mine)), 0), "count", page.Number(float64(one.Count), 0))
		one.Any = page.T("coding.overview.any", "count", page.Number(float64(len(anybody)), 0))
		if one.Size > 0 && len(book) > 0 {
			one.Agreement = page.agreement(one, book, shared)
		}
		page.Questions = append(page.Questions, one)
	}
	return page, nil
}

// agreement says tag by tag how far coders agree on the texts of the sample.
func (p *textsPage) agreement(of openQuestion, book coding.Book, shared []store.Coding) *deskTable {
	var texts, coders []string
	for _, one := range shared {
		texts, coders = append(texts, one.Text), append(coders, one.Coder)
	}
	slices.Sort(texts)
	slices.Sort(coders)
	texts, coders = slices.Compact(texts), slices.Compact(coders)
	table := &deskTable{ID: "agreement-" + of.Name, Title: p.T("coding.agreement.title", "question", cmp.Or(of.Label.Text, of.Name)),
		Head: []string{p.T("coding.agreement.tag"), p.T("coding.agreement.head"), p.T("coding.agreement.texts"), p.T("coding.agreement.coders")}}
	alpha, kappa, none := false, false, false
	for _, tag := range book {
		votes := make([][]analysis.Vote, len(texts))
		for i := range votes {
			votes[i] = make([]analysis.Vote, len(coders))
		}
		for _, one := range shared {
			row, _ := slices.BinarySearch(texts, one.Text)
			coder, _ := slices.BinarySearch(coders, one.Coder)
			votes[row][coder] = analysis.VoteNo
			if one.Tags.Has(tag.Name) {
				votes[row][coder] = analysis.VoteYes
			}
		}
		got := analysis.CoderAgreement(votes)
		none = none || !got.Computable
		alpha, kappa = alpha || got.Computable && got.Coders > 2, kappa || got.Computable && got.Coders == 2
		table.Rows = append(table.Rows, deskRow{Name: tag.Label, Cells: []string{p.measure(got), p.Number(float64(got.Texts), 0), p.Number(float64(got.Coders), 0)}})
	}
	for key, said := range map[string]bool{"coding.agreement.note_kappa": kappa, "coding.agreement.note_alpha": alpha, "coding.agreement.note_none": none} {
		if said {
			table.Notes = append(table.Notes, p.T(key))
		}
	}
	slices.Sort(table.Notes)
	return table
}

// measure writes κ or α with two decimals.
func (p *textsPage) measure(got analysis.Agreement) string {
	number := func(value float64) string { return p.Number(value, 2) }
	switch {
	case !got.Computable:
		return p.T("coding.agreement.none")
	case got.Coders > 2:
		return p.T("coding.agreement.alpha", "value", number(got.Value))
	case got.Interval:
		return p.T("coding.agreement.kappa_interval", "value", number(got.Value), "low", number(got.Low), "high", number(got.High))
	}
	return p.T("coding.agreement.kappa", "value", number(got.Value))
}

// drawTexts draws the sample of a question that all coders get first.
func (s *Server) drawTexts(c echo.Context) error {
	wave, question, err := s.openQuestion(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	size, _ := strconv.Atoi(strings.TrimSpace(c.FormValue("size"))) // 0 for what is no number, which is refused
	_, wrong := s.desk.Office.DrawTexts(c.Request().Context(), user.Name, wave, question.Name, size)
	if failure.CodeOf(wrong) == failure.Invalid {
		page, err := s.textsPage(c, wave)
		if err != nil {
			return err
		}
		page.Problem, page.ProblemAt = sentence(page.Localizer, failure.As(wrong)), question.Name
		return s.page(c, http.StatusUnprocessableEntity, "desk-texts", page)
	}
	if wrong != nil {
		return wrong
	}
	return c.Redirect(http.StatusSeeOther, with(textsAddress(c, wave), "drawn", question.Name))
}

// openQuestion returns the wave and the question that an address names.
func (s *Server) openQuestion(c echo.Context) (*store.LiveWave, *survey.Element, error) {
	wave, err := s.waveOf(c)
	if err != nil {
		return nil, nil, err
	}
	question := openQuestionOf(wave, c.Param("question"))
	if question == nil {
		return nil, nil, failure.New(failure.NotFound, "error.not_found")
	}
	return wave, question, nil
}

// openQuestionOf returns a question with free texts by its name, nil for none.
func openQuestionOf(wave *store.LiveWave, name string) *survey.Element {
	open := store.OpenQuestions(wave.Version)
	at := slices.IndexFunc(open, func(e *survey.Element) bool { return e.Name == name })
	if at < 0 {
		return nil
	}
	return open[at]
}
