package server

import (
	"cmp"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// translatePageRows is how many texts one page shows: some minutes of work, and
// a form that every browser sends at once.
const translatePageRows = 50

// The filters beside the standings.
const (
	allTexts  = ""
	discussed = "open" // texts with open comments
)

// tongue is a language on the page.
type tongue struct{ Tag, Name, Direction string }

func tongueOf(words *i18n.Localizer, tag string) tongue {
	return tongue{tag, languageName(words, tag), i18n.Direction(tag)}
}

// languageName names a language of our table in the reader's language, any other
// as it is named elsewhere.
func languageName(words *i18n.Localizer, tag string) string {
	key := "translate.name." + tag
	if name := words.T(key); name != key {
		return name
	}
	return i18n.NativeName(tag)
}

// bothNames names a language for whoever reads its own script, and for others.
func bothNames(words *i18n.Localizer, tag string) string {
	name, native := languageName(words, tag), i18n.NativeName(tag)
	if name == native {
		return name
	}
	return name + " · \u2068" + native + "\u2069"
}

type translatePage struct {
	*deskFrame
	ID            string
	Survey        caption
	From, To      tongue
	Froms, Tos    []option
	Source        string // name of the language that decides what is stale
	State, Search string
	Filters       []translateFilter
	Progress      progress
	Rows          []*translateRow
	Action        string // where the form goes
	Files, Import string // addresses
	Before, After string // neighbouring pages, "" for none
	Place         string // which page of how many, "" for the only one
	Problem, Done string
	Orphans       []translateComment // comments of texts that are no longer there
	MayEdit       bool
}

// translateFilter is a link that shows some of the texts.
type translateFilter struct {
	Address, Label, Count string
	Current               bool
}

// translateRow is one text.
type translateRow struct {
	*translatePage
	At         int // its place on the page, by which its fields are named
	Number     string
	Key, Name  string
	Context    []string
	Shown      caption // the source as it is read
	Own        *caption
	Text       string
	source     string // what it is compared with
	Seen, Made string // fingerprints of translation and source
	Standing   survey.Standing
	Findings   []findingLine
	Preview    template.HTML
	Comments   []translateComment
	Open       int // comments that nobody has settled
	Comment    string
	Theirs     *theirs // the text that another has stored meanwhile
}

// theirs is what another has stored while somebody typed.
type theirs struct{ Text, Author, Time string }

// translateComment is one comment for people.
type translateComment struct {
	ID, Key, Author, Time, Body, Settled string
}

// Reviewed tells whether the text counts as reviewed: one that is stale does
// not, until somebody says so again.
func (r *translateRow) Reviewed() bool { return r.Standing == survey.Approved }

// StandingWord says how far the text is.
func (r *translateRow) StandingWord() string { return r.T("translate.standing." + string(r.Standing)) }

// translate shows the texts of a survey in two languages.
func (s *Server) translate(c echo.Context) error {
	w, err := s.working(c)
	if err != nil {
		return err
	}
	if len(w.Survey.Languages) < 2 && c.QueryParam("to") == "" { // nothing to translate into
		return c.Redirect(http.StatusSeeOther, "/manage/surveys/"+w.ID+"/languages?lang="+s.deskWords(c).Language())
	}
	page, err := s.translatePage(c, w)
	if err != nil {
		return err
	}
	if saved, err := strconv.Atoi(c.QueryParam("saved")); err == nil && saved >= 0 {
		page.Done = page.N("translate.saved", saved)
	}
	s.show(page, w.Survey)
	return s.page(c, http.StatusOK, "desk-translate", page)
}

// translatePage makes the page with all rows of the survey; [Server.show] takes
// those out that the address asks for.
func (s *Server) translatePage(c echo.Context, w *store.Working) (*translatePage, error) {
	of := w.Survey
	from, to, err := pairOf(c, of)
	if err != nil {
		return nil, err
	}
	comments, err := s.desk.Office.Comments(c.Request().Context(), w.ID, to)
	if err != nil {
		return nil, err
	}
	frame := s.deskFrame(c, "translate.title")
	words := frame.Localizer
	page := &translatePage{deskFrame: frame, ID: w.ID, From: tongueOf(words, from), To: tongueOf(words, to),
		Source: languageName(words, of.Language), State: c.QueryParam("state"), Search: strings.TrimSpace(c.QueryParam("q")), MayEdit: s.mayEdit(c, w.Area)}
	page.Survey = said(of.Title, page.Localizer, of)
	for _, tag := range of.Languages {
		page.Froms = append(page.Froms, option{tag, bothNames(words, tag), tag == from})
		if tag != of.Language {
			page.Tos = append(page.Tos, option{tag, bothNames(words, tag), tag == to})
		}
	}
	base := "/manage/surveys/" + w.ID + "/translate"
	pair := url.Values{"to": {to}, "from": {from}, "lang": {page.Language()}}.Encode()
	page.Files, page.Import = base+"/file?"+pair, base+"/import?"+pair
	if !slices.Contains(translateStates(), page.State) {
		page.State = allTexts
	}
	number, _ := strconv.Atoi(c.QueryParam("page")) // nothing or nonsense is the first
	page.Action = page.address(max(number, 1))
	// What anybody can put into an address stays out of the links of the head.
	page.speak(deskLanguages(), &url.URL{Path: base, RawQuery: url.Values{"to": {to}, "from": {from}}.Encode()})
	page.rows(of, comments)
	page.progress(of)
	return page, nil
}

func (p *translatePage) progress(of *survey.Survey) {
	for _, one := range of.Completeness() {
		if one.Language == p.To.Tag {
			p.Progress = progressOf(p.Localizer, p.ID, one)
		}
	}
}

// address is that of a page with the same languages and filter.
func (p *translatePage) address(number int) string {
	query := url.Values{"from": {p.From.Tag}, "to": {p.To.Tag}}
	for name, value := range map[string]string{"state": p.State, "q": p.Search} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if number > 1 {
		query.Set("page", strconv.Itoa(number))
	}
	return translateAddress(p.ID, p.Localizer, query)
}

// rows makes a row of every text.
func (p *translatePage) rows(of *survey.Survey, comments []store.Comment) {
	said := map[string][]translateComment{}
	for _, one := range comments {
		comment := translateComment{ID: one.ID, Key: one.Key, Author: one.Author, Time: p.Time(one.Stored), Body: one.Body}
		if one.Resolver != "" {
			comment.Settled = p.T("translate.comment.settled", "author", one.Resolver, "time", p.Time(one.Resolved))
		}
		said[one.Key] = append(said[one.Key], comment)
	}
	for at, passage := range of.Passages() {
		p.Rows = append(p.Rows, p.row(of, at, passage, said[passage.Key]))
		delete(said, passage.Key)
	}
	for _, one := range comments {
		for _, comment := range said[one.Key] {
			if comment.ID == one.ID && comment.Settled == "" {
				p.Orphans = append(p.Orphans, comment)
			}
		}
	}
}

func (p *translatePage) row(of *survey.Survey, at int, passage survey.Passage, comments []translateComment) *translateRow {
	t := *passage.Text
	own, present := t[of.Language].Text, t[p.To.Tag]
	row := &translateRow{translatePage: p, At: at, Number: p.T("translate.number", "number", p.Count(at+1)), Key: passage.Key, Name: passage.Name,
		Context: p.context(passage), Text: present.Text, Seen: survey.Sight(present.Text), Made: survey.Fingerprint(own),
		Standing: present.Standing(own), Comments: comments}
	shown, tag := t.In(append([]string{p.From.Tag, of.Language}, of.Languages...)...)
	row.Shown, row.source = caption{shown, tag, i18n.Direction(tag)}, cmp.Or(own, shown)
	if tag != of.Language && own != "" && row.Standing == survey.Outdated {
		row.Own = &caption{own, of.Language, i18n.Direction(of.Language)}
	}
	for _, comment := range comments {
		if comment.Settled == "" {
			row.Open++
		}
	}
	return row
}

// Count writes a number in the reader's way.
func (p *translatePage) Count(number int) string { return p.Number(float64(number), 0) }

// settle adds to a row that is shown what takes longer to find out.
func (r *translateRow) settle(of *survey.Survey) {
	r.Findings, r.Preview = nil, ""
	if r.Text == "" {
		return
	}
	r.Findings = findingLines(r.Localizer, of.CheckTranslation(r.source, r.Text), nil)
	if strings.ContainsAny(r.Text, "*_`[<\n$\\") {
		r.Preview = markup(r.Text, func(name string) string { return "‹" + name + "›" }).Whole()
	}
}

// context says what a text is and where respondents meet it.
func (p *translatePage) context(passage survey.Passage) []string {
	kind := passage.Property
	switch {
	case passage.Choice != nil:
		kind = "choice"
	case passage.Node != nil && kind == "label" && passage.Node.Type.Contains():
		kind = "heading"
	case passage.Node != nil && kind == "label" && passage.Node.Type == survey.Note:
		kind = "note"
	}
	context := []string{p.T("translate.kind." + kind)}
	if passage.Choice != nil && len(passage.Users) > 0 {
		shown, more := passage.Users, 0
		if len(shown) > 4 {
			shown, more = shown[:3], len(shown)-3
		}
		line := p.T("translate.used_in", "questions", strings.Join(shown, ", "))
		if more > 0 {
			line += " " + p.N("translate.used_more", more)
		}
		context = append(context, line)
	}
	if passage.Node != nil && passage.Property == "constraint_message" && passage.Node.Constraint != "" {
		context = append(context, p.T("translate.unless", "condition", passage.Node.Constraint))
	}
	return context
}

// show leaves of the rows those that the address asks for, one page of them.
func (s *Server) show(page *translatePage, of *survey.Survey) {
	page.filters()
	page.Rows = slices.DeleteFunc(page.Rows, func(row *translateRow) bool { return !row.matches(page.State, page.Search) })
	number, all := 1, max(1, (len(page.Rows)+translatePageRows-1)/translatePageRows)
	if address, err := url.Parse(page.Action); err == nil {
		if asked, err := strconv.Atoi(address.Query().Get("page")); err == nil {
			number = min(asked, all)
		}
	}
	page.Action = page.address(number)
	page.Rows = page.Rows[(number-1)*translatePageRows : min(number*translatePageRows, len(page.Rows))]
	if number > 1 {
		page.Before = page.address(number - 1)
	}
	if number < all {
		page.After = page.address(number + 1)
	}
	if all > 1 {
		page.Place = page.T("translate.page", "page", page.Count(number), "pages", page.Count(all))
	}
	for at, row := range page.Rows {
		row.At = at
		row.settle(of)
	}
}

// translateStates lists the filters.
func translateStates() []string {
	states := []string{allTexts}
	for _, one := range survey.Standings() {
		states = append(states, string(one))
	}
	return append(states, discussed)
}

// filters counts the rows, of which there must be all, by filter.
func (p *translatePage) filters() {
	counts := map[string]int{allTexts: len(p.Rows)}
	for _, row := range p.Rows {
		counts[string(row.Standing)]++
		if row.Open > 0 {
			counts[discussed]++
		}
	}
	chosen := p.State
	for _, state := range translateStates() {
		label := p.T("translate.filter.all")
		switch state {
		case allTexts:
		case discussed:
			label = p.T("translate.filter.open")
		default:
			label = p.T("translate.standing." + state)
		}
		p.State = state
		p.Filters = append(p.Filters, translateFilter{p.address(1), label, p.Count(counts[state]), state == chosen})
	}
	p.State = chosen
}

// matches tells whether a row is among those that are asked for.
func (r *translateRow) matches(state, search string) bool {
	switch state {
	case allTexts:
	case discussed:
		if r.Open == 0 {
			return false
		}
	default:
		if string(r.Standing) != state {
			return false
		}
	}
	if search == "" {
		return true
	}
	search = strings.ToLower(search)
	return slices.ContainsFunc([]string{r.Name, r.Shown.Text, r.Text}, func(text string) bool {
		return strings.Contains(strings.ToLower(text), search)
	})
}

// mayTranslateOnly tells whether translating is all that somebody is here for.
func mayTranslateOnly(user account.User) bool {
	return user.Has(account.TranslateSurveys) && !slices.ContainsFunc(account.Permissions(), func(one account.Permission) bool {
		return one != account.SeeDesk && one != account.TranslateSurveys && user.Has(one)
	})
}
