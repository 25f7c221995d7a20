package server

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
)

// Registers are lists of what the concept starts from: offers, measures,
// stakeholders, documents and ties. Their pages look alike: sections with tables,
// and forms made of inputs.

// conceptPath is under which the pages of the concept lie.
const conceptPath = "/manage/concept"

// registerPage shows tables, with a filter before them where there is one.
type registerPage struct {
	*deskFrame
	Tabs    []waveLink
	Done    string
	Problem string
	Link    string // a secret to copy, shown this once
	Lead    []string
	Actions []waveLink
	Filter  []formInput
	At      string // path that the filter asks
	Button  string // on the filter
	Parts   []registerPart
}

// registerPart is a section with a table, a chart or both.
type registerPart struct {
	ID, Title   string
	Lead        []string
	Chart       *resultsFigure
	Head        []string
	Rows        []registerRow
	None        string // what stands instead of an empty table
	From        string // "1 to 50 of 120", "" where all is shown
	Earlier     string // addresses, "" at the ends
	Later       string
	Action      string // of a form around the table, "" for none
	Choose      string // what its boxes do, in words
	ActionLabel string
}

// registerRow is a line of a table. Its first cell names it.
type registerRow struct {
	Name, Address string
	Cells         []string
	Links         []waveLink // of the last cell
}

// Linked tells whether some row has a last cell with links.
func (p *registerPart) Linked() bool {
	return slices.ContainsFunc(p.Rows, func(row registerRow) bool { return len(row.Links) > 0 })
}

// entryPage is the form of one entry.
type entryPage struct {
	*deskFrame
	Tabs     []waveLink
	Back     waveLink
	Lead     []string
	Problem  string
	Wrong    string // name of the input that it is about
	Action   string
	Revision int
	Hidden   []option // values that go along
	Inputs   []formInput
	Save     string
	Remove   string // address of the form that removes it, "" for none
	Lost     string // what removing it loses
	Beside   []registerPart
}

// formInput is one input with its label.
type formInput struct {
	Name, Label, Hint string
	Kind              inputKind
	Value             string
	Options           []option
	Required          bool
	Limit             int
}

// inputKind says what an input looks like.
type inputKind string

// The kinds of input.
const (
	lineInput   inputKind = "text"
	wordsInput  inputKind = "words" // several lines
	dayInput    inputKind = "date"
	numberInput inputKind = "number"
	linkInput   inputKind = "url"
	chooseInput inputKind = "choose" // one of the options
	tickInput   inputKind = "ticks"  // some of the options
	yesInput    inputKind = "yes"    // one box; its value is "yes" when it is ticked
)

// mayConcept tells for which areas somebody changes what the concept starts from;
// "" is all of them.
func (s *Server) mayConcept(user account.User) func(area string) bool {
	return func(area string) bool {
		return user.May(account.ManageConcept, account.Subject{Area: area}, s.desk.Areas.Contains)
	}
}

// changes tells whether somebody may change an entry about areas.
func (s *Server) changes(user account.User, areas []string) bool {
	return s.mayConcept(user)(s.desk.Areas.Common(areas))
}

// reaches tells whether an entry about areas is shown to somebody: it is about an
// area of theirs, some of it or what lies around it. What is about all areas is
// shown to everybody.
func (s *Server) reaches(user account.User, areas ...string) bool {
	within := s.desk.Areas.Contains
	return slices.ContainsFunc(user.Grants, func(g account.Grant) bool {
		if !g.Role.May(account.ReadResults) {
			return false
		}
		return g.Area == "" || slices.ContainsFunc(areas, func(area string) bool {
			return area == "" || within(g.Area, area) || within(area, g.Area)
		})
	})
}

// shownAreas are the areas that somebody may filter by.
func (s *Server) shownAreas(user account.User) []catalogue.Area {
	return slices.DeleteFunc(s.desk.Areas.All(), func(one catalogue.Area) bool { return !s.reaches(user, one.Key) })
}

// conceptAreas offers the areas for which somebody may change entries; all is the
// label for all areas, "" where there must be some.
func (s *Server) conceptAreas(user account.User, all string, chosen ...string) []option {
	may := s.mayConcept(user)
	var list []option
	if all != "" && may("") {
		list = append(list, option{"", all, slices.Contains(chosen, "")})
	}
	for _, one := range s.desk.Areas.All() {
		if may(one.Key) || slices.Contains(chosen, one.Key) {
			list = append(list, option{one.Key, s.areaPath(one), slices.Contains(chosen, one.Key)})
		}
	}
	return list
}

// fieldOptions offers the fields of action; none is the label for none of them, ""
// where there must be one.
func (s *Server) fieldOptions(words *i18n.Localizer, none string, chosen ...string) []option {
	var list []option
	if none != "" {
		list = append(list, option{"", none, slices.Contains(chosen, "")})
	}
	for _, key := range s.fieldKeys() {
		list = append(list, option{key, s.fieldName(words, key), slices.Contains(chosen, key)})
	}
	return list
}

// fieldKeys are the fields of action in their order.
func (s *Server) fieldKeys() (keys []string) {
	if s.desk.Fields == nil {
		return nil
	}
	for _, one := range s.desk.Fields.All() {
		keys = append(keys, one.Key)
	}
	return keys
}

// keyOptions offers keys whose labels stand under a prefix; none is the label for
// none of them, "" where there must be one.
func keyOptions[K ~string](words *i18n.Localizer, prefix, none string, keys []K, chosen ...string) []option {
	var list []option
	if none != "" {
		list = append(list, option{"", none, slices.Contains(chosen, "")})
	}
	for _, key := range keys {
		list = append(list, option{string(key), words.T(prefix + string(key)), slices.Contains(chosen, string(key))})
	}
	return list
}

// joinedWords writes keys in words, one after the other.
func joinedWords(keys []string, say func(string) string) string {
	texts := make([]string, len(keys))
	for at, key := range keys {
		texts[at] = say(key)
	}
	return strings.Join(texts, ", ")
}

// isArea tells whether a key is that of an area.
func (s *Server) isArea(key string) bool { _, ok := s.desk.Areas.Get(key); return ok }

// isField tells whether a key is that of a field of action.
func (s *Server) isField(key string) bool { return s.knownField(key) == nil }

// aboutAreas is the subject of a form that names areas; of several it is the one
// around all of them.
func (s *Server) aboutAreas(c echo.Context) (account.Subject, error) {
	form, err := c.FormParams()
	if err != nil {
		return account.Subject{}, brokenForm(err)
	}
	areas := slices.DeleteFunc(slices.Clone(form["area"]), func(area string) bool { return area == "" })
	return account.Subject{Area: s.desk.Areas.Common(areas)}, nil
}

// revisionIn is the revision that a form was made from; one of no form of ours
// conflicts with all.
func revisionIn(c echo.Context) int {
	revision, err := strconv.Atoi(c.FormValue("revision"))
	if err != nil || revision < 1 {
		return -1
	}
	return revision
}

// sure tells that whoever removes something ticked that they are.
func sure(c echo.Context) error {
	if c.FormValue("sure") == "" {
		return failure.New(failure.Invalid, "offers.problem.unsure", "input", "sure")
	}
	return nil
}

// refusedEntry shows a form again with what is wrong with it.
func (s *Server) refusedEntry(c echo.Context, page *entryPage, problem error) error {
	failed := failure.As(problem)
	if failed == nil || failed.Code != failure.Invalid && failed.Code != failure.Conflict {
		return problem
	}
	page.Wrong, _ = failed.Params["input"].(string)
	if label := page.labelOf(page.Wrong); label != "" {
		page.Problem = label + ": "
	}
	page.Problem += sentence(page.Localizer, failed)
	return s.page(c, status(failed.Code), "desk-entry", page)
}

// labelOf is the label of an input, "" when there is none of that name.
func (p *entryPage) labelOf(name string) string {
	for _, one := range p.Inputs {
		if one.Name == name {
			return one.Label
		}
	}
	return ""
}

// paged keeps the rows of one page; the address turns them.
func (p *registerPart) paged(c echo.Context, f *deskFrame, path string) {
	const rows = 50
	total := len(p.Rows)
	if total <= rows {
		return
	}
	number, _ := strconv.Atoi(c.QueryParam("page")) // nothing or nonsense is the first page
	number = min(max(number, 1), (total+rows-1)/rows)
	first := (number - 1) * rows
	last := min(first+rows, total)
	p.Rows = p.Rows[first:last]
	turn := func(to int) string {
		query := url.Values{}
		for key, values := range c.QueryParams() {
			query[key] = values
		}
		query.Set("page", strconv.Itoa(to))
		return path + "?" + query.Encode()
	}
	written := func(n int) string { return f.Number(float64(n), 0) }
	p.From = f.T("places.from_to", "from", written(first+1), "to", written(last), "total", written(total))
	if number > 1 {
		p.Earlier = turn(number - 1)
	}
	if last < total {
		p.Later = turn(number + 1)
	}
}

// here marks the tab of a page.
func here(tabs []waveLink, path string) []waveLink {
	for at := range tabs {
		bare, _, _ := strings.Cut(tabs[at].Address, "?")
		if bare == path {
			tabs[at].Current = "page"
		}
	}
	return tabs
}

// doneWord says what the request before has done, "" for nothing.
func doneWord(c echo.Context, words *i18n.Localizer) string {
	for _, word := range []string{"saved", "removed", "merged", "taken", "declined"} {
		if c.QueryParam("done") == word {
			return words.T("offers.done." + word)
		}
	}
	return ""
}

// goOn leads to a page after something was done.
func goOn(c echo.Context, path, done string) error {
	return c.Redirect(http.StatusSeeOther, onward(c, with(path, "done", done)))
}

// lines of a text that is not empty.
func linesOf(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if line = tidyWords(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// listing is a register as a plain list of entries.
type listing struct {
	path  string
	words string   // before the keys of its title, lead and the rest
	input string   // before the keys of its columns
	heads []string // the columns
}

// list begins the page of a list; rows are added to the part, which
// [Server.listed] puts onto the page.
func (s *Server) list(c echo.Context, l listing) (*registerPage, *registerPart, account.User) {
	user, _ := visitor(c)
	f := s.deskFrame(c, l.words+"title")
	page := &registerPage{deskFrame: f, Done: doneWord(c, f.Localizer), Lead: []string{f.T(l.words + "lead")}}
	if user.Has(account.ManageConcept) {
		page.Actions = []waveLink{{Address: l.path + "/new" + f.Query, Name: f.T(l.words + "add")}}
	}
	part := &registerPart{ID: "list", None: f.T(l.words + "none")}
	for _, key := range l.heads {
		part.Head = append(part.Head, f.T(l.input+key))
	}
	return page, part, user
}

// listed shows the list.
func (s *Server) listed(c echo.Context, l listing, page *registerPage, part *registerPart) error {
	part.Title = page.N(l.words+"found", len(part.Rows))
	part.paged(c, page.deskFrame, l.path)
	page.Parts = []registerPart{*part}
	return s.page(c, http.StatusOK, "desk-register", page)
}
