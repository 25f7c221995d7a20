package server

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/expression"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// editorPage is the editor of one survey, or a view of it.
type editorPage struct {
	*deskFrame
	ID, SurveyID string
	Name         caption
	Area         string
	Revision     int64
	Editable     bool
	Shipped      bool
	Saved        string // that all is saved, and since when
	Said         string // what was just done
	Problem      string
	Undo, Redo   bool
	Source       speech
	Speeches     []speech
	Nodes        []*nodeView
	Open         string
	Node         *nodeForm
	Settings     *settingsForm
	Conflict     *conflict
	Findings     []findingLine
	Fatal        int
	Pair         []optionGroup
	Add          addForm
	Show         string   // language of the preview
	Shows        []option // those that it can be seen in
	Symbols      []template.HTML
}

// optionGroup is a part of a list to choose from.
type optionGroup struct {
	Label   string
	Options []option
}

// nodeView is a line of the list of questions.
type nodeView struct {
	Name, Type, Kind string
	Number           string
	Label            caption
	Facts            []string // required, when it is asked, what it measures
	Severity         string   // of its gravest finding, "" for none
	Found            int
	Ways             []survey.Way
	Open             bool
	Children         []*nodeView
	page             *editorPage
}

// Page gives the template of a line what all of them share.
func (n *nodeView) Page() *editorPage { return n.page }

// Can tells whether it can be moved that way.
func (n *nodeView) Can(way string) bool { return slices.Contains(n.Ways, survey.Way(way)) }

// Link leads to the editor with a question open.
func (p *editorPage) Link(name string) string {
	query := url.Values{"open": {name}, "show": {p.Show}}
	if p.Query != "" {
		query.Set("lang", p.Language())
	}
	return "/manage/surveys/" + p.ID + "?" + query.Encode() + "#editing"
}

// Preview is the address of the document to try out.
func (p *editorPage) Preview() string {
	return "/manage/surveys/" + p.ID + "/preview?" + url.Values{"lang": {p.Show}, "speak": {p.Language()}}.Encode()
}

// Spoken gives the template of the languages what it needs.
func (p *editorPage) Spoken() spokenLanguages { return spokenLanguages{p.deskFrame, p.Speeches} }

// Export gives the menu of files what it needs.
func (p *editorPage) Export() exportMenu { return exportMenu{p.deskFrame, p.ID, ""} }

// Field gives the template of a text what it needs.
func (p *editorPage) Field(area textArea) textField { return textField{area, p.Source.Tag} }

// Message is the field for what is said when a constraint does not hold.
func (p *editorPage) Message() textField {
	const name = "constraint_message"
	return textField{textArea{Name: name, Label: p.T("workshop.text." + name), Text: p.Node.Texts[name], Rows: 2}, p.Source.Tag}
}

// textField is a text with the language that it is in.
type textField struct {
	textArea
	Tag string
}

// addForm is what a new question needs.
type addForm struct {
	Types, Lists   []option
	Places         []option // the values are "into/before"
	Label, Choices string
}

type settingsForm struct {
	Seen               string
	Title, Description string
	ID                 string
	Audiences          []option
	Sources            []option // languages that can be the source
	Addable            []option
}

// conflict shows two texts of two people.
type conflict struct {
	Author string
	Rows   []conflictRow
	Form   []fact // what was typed, to be sent again
}

type conflictRow struct{ Name, Mine, Theirs string }

// editor shows a survey for editing, or for reading.
func (s *Server) editor(c echo.Context) error {
	page, err := s.editorPage(c, c.QueryParam("open"), nil)
	if err != nil {
		return err
	}
	if key := "workshop.said." + c.QueryParam("said"); page.T(key) != key {
		page.Said = page.T(key)
	}
	return s.editorShown(c, http.StatusOK, page)
}

// editorShown lets the page hold the preview in a frame.
func (s *Server) editorShown(c echo.Context, status int, page *editorPage) error {
	c.Response().Header().Set("Content-Security-Policy", contentSecurity+"; frame-src 'self'")
	return s.page(c, status, "desk-editor", page)
}

// editorProblem shows the editor with what was typed and what is wrong with it.
func (s *Server) editorProblem(c echo.Context, e *edit, failed *failure.Error) error {
	w, err := s.desk.Office.Working(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	c.Set(workingKey, w)
	page, err := s.editorPage(c, e.form.Get("node"), e)
	if err != nil {
		return err
	}
	page.Problem = sentence(page.Localizer, failed)
	if failed.Code == failure.Conflict && failed.Key == "error.edit_meanwhile" {
		page.Conflict = s.conflict(page, w, e)
	}
	return s.editorShown(c, status(failed.Code), page)
}

// conflict puts what was typed beside what another has saved.
func (s *Server) conflict(page *editorPage, w *store.Working, e *edit) *conflict {
	clash := &conflict{Author: w.Author}
	add := func(name, mine, theirs string) {
		if mine = strings.TrimSpace(strings.ReplaceAll(mine, "\r\n", "\n")); mine != theirs {
			clash.Rows = append(clash.Rows, conflictRow{name, mine, theirs})
		}
	}
	if node := w.Survey.Node(e.form.Get("node")); node != nil {
		mine, theirs := readValues(e.form, w.Survey), valuesOf(w.Survey, node)
		for _, name := range textNames() {
			if mine.shown["text."+name] {
				add(page.T("workshop.text."+name), mine.Texts[name], theirs.Texts[name])
			}
		}
		for _, one := range mine.Choices {
			for _, other := range theirs.Choices {
				if other.Key == one.Key {
					add(page.T("workshop.choice.label"), one.Label, other.Label)
				}
			}
		}
		if settings, err := mine.settings(node); err == nil {
			add(page.T("workshop.relevant"), settings.Relevant, node.Relevant)
			add(page.T("workshop.constraint"), settings.Constraint, node.Constraint)
			add(page.T("workshop.appearance"), settings.Appearance, node.Appearance)
		}
	} else {
		add(page.T("workshop.text.title"), e.form.Get("text.title"), w.Survey.Title[w.Survey.Language].Text)
		add(page.T("workshop.text.description"), e.form.Get("text.description"), w.Survey.Description[w.Survey.Language].Text)
	}
	for name, values := range e.form {
		if name == "do" || name == csrfField || name == "seen" {
			continue
		}
		for _, value := range values {
			clash.Form = append(clash.Form, fact{name, value})
		}
	}
	slices.SortStableFunc(clash.Form, func(a, b fact) int { return strings.Compare(a.Name, b.Name) })
	return clash
}

// editorPage builds the editor; typed is a form that was refused, nil for none.
func (s *Server) editorPage(c echo.Context, open string, typed *edit) (*editorPage, error) {
	w, err := s.shownWorking(c)
	if err != nil {
		return nil, err
	}
	of := w.Survey
	page := &editorPage{deskFrame: s.deskFrame(c, "workshop.editor.title"), ID: w.ID, SurveyID: of.ID, Area: s.areaName(s.deskWords(c), w.Area),
		Revision: w.Revision, Shipped: inLibrary(w.ID), Undo: w.Undo, Redo: w.Redo, Open: open}
	page.Name = said(of.Title, page.Localizer, of)
	page.Title = page.T("workshop.editor.of", "title", page.Name.Text)
	page.Editable = !page.Shipped && s.mayEdit(c, w.Area)
	if !page.Shipped {
		page.Saved = page.T("workshop.saved", "time", page.Time(w.Stored), "author", w.Author)
	}
	page.Speeches = speeches(page.Localizer, of.Completeness())
	page.Source = page.Speeches[0]
	judged, err := s.judgeWorking(c.Request().Context(), w)
	if err != nil {
		return nil, err
	}
	page.Findings = findingLines(page.Localizer, judged.findings, judged.owners)
	page.Fatal = len(fatal(judged.findings))
	page.Nodes = page.views(of, of.Nodes, "", worstBy(judged, of))
	page.shows(of, c.FormValue("show"))
	if page.Editable {
		page.Settings = page.settingsForm(of)
		if node := of.Node(open); node != nil {
			page.Node = s.nodeForm(page, of, node, typed)
		}
		page.addForm(of, typed)
		page.Pair = s.pairs(page.Localizer, of)
	}
	return page, nil
}

// shownWorking returns the working copy that an address names, or a survey of
// the library as if it were one.
func (s *Server) shownWorking(c echo.Context) (*store.Working, error) {
	one, err := s.librarySurvey(c.Request().Context(), c.Param("id"))
	if err != nil {
		return nil, err
	}
	if one == nil {
		return s.working(c)
	}
	return &store.Working{Survey: one.Clone(), WorkingInfo: store.WorkingInfo{ID: c.Param("id"), SurveyID: one.ID}}, nil
}

// worst is the gravest finding about a question, and how many there are.
type worst struct {
	severity string
	count    int
}

// worstBy sorts findings to the questions that they concern; those about
// choices to all questions that use them.
func worstBy(judged judgement, of *survey.Survey) map[string]worst {
	by := map[string]worst{}
	note := func(name string, severity failure.Severity) {
		one := by[name]
		if one.severity == "" {
			one.severity = string(severity) // they come by gravity
		}
		one.count++
		by[name] = one
	}
	for at, owner := range judged.owners {
		if list, ok := strings.CutPrefix(owner, "list "); ok {
			for _, name := range of.Sharing(list) {
				note(name, judged.findings[at].Severity)
			}
		} else if owner != "" {
			note(owner, judged.findings[at].Severity)
		}
	}
	return by
}

func (p *editorPage) views(of *survey.Survey, nodes []*survey.Node, prefix string, found map[string]worst) []*nodeView {
	views := make([]*nodeView, len(nodes))
	for at, node := range nodes {
		number := prefix + p.Number(float64(at+1), 0)
		v := &nodeView{Name: node.Name, Type: p.T("workshop.type." + string(node.Type)), Kind: string(node.Type), Number: number, Open: node.Name == p.Open, page: p,
			Severity: found[node.Name].severity, Found: found[node.Name].count}
		v.Label = reader{tag: p.Language(), chain: []string{of.Language}}.captionOf(node.Label)
		v.Facts = p.facts(node)
		if p.Editable {
			v.Ways = of.Ways(node.Name)
		}
		v.Children = p.views(of, node.Children, number+".", found)
		views[at] = v
	}
	return views
}

// captionOf is a caption in which references keep their names.
func (r reader) captionOf(text survey.Text) caption {
	f := r.text(text, func(name string) string { return "${" + name + "}" })
	return caption{plainText(f), f.Lang, f.Dir}
}

// facts says in a few words what is special about a question.
func (p *editorPage) facts(node *survey.Node) []string {
	var facts []string
	if node.Required != "" {
		facts = append(facts, p.T("workshop.required"))
	}
	if node.Relevant != "" {
		facts = append(facts, p.T("workshop.conditional"))
	}
	if node.Measures != nil {
		facts = append(facts, p.T("workshop.aspect."+string(node.Measures.As)))
	}
	if node.Sensitive {
		facts = append(facts, p.T("workshop.sensitive"))
	}
	if node.Attributed {
		facts = append(facts, p.T("workshop.attributed"))
	}
	return facts
}

// shows lists the languages of the preview.
func (p *editorPage) shows(of *survey.Survey, chosen string) {
	p.Show = of.Language
	if slices.Contains(of.Languages, chosen) {
		p.Show = chosen
	}
	for _, tag := range of.Languages {
		p.Shows = append(p.Shows, option{tag, i18n.NativeName(tag), tag == p.Show})
	}
}

func (p *editorPage) settingsForm(of *survey.Survey) *settingsForm {
	f := &settingsForm{Seen: settingsPrint(of), Title: of.Title[of.Language].Text, Description: of.Description[of.Language].Text, ID: of.ID,
		Audiences: audiences(p.Localizer, of.Audience)}
	for _, tag := range of.Languages {
		f.Sources = append(f.Sources, option{tag, i18n.NativeName(tag), tag == of.Language})
	}
	for _, tag := range i18n.Respondents() {
		if !slices.Contains(of.Languages, tag) {
			f.Addable = append(f.Addable, option{Value: tag, Label: i18n.NativeName(tag)})
		}
	}
	return f
}

// addForm offers to add something behind what is open, or inside a group.
func (p *editorPage) addForm(of *survey.Survey, typed *edit) {
	kinds := []survey.Type{survey.SelectOne, survey.SelectMultiple, survey.Rank, survey.TextType, survey.Integer, survey.Decimal, survey.TypeRange, survey.Date,
		survey.Time, survey.DateTime, survey.Acknowledge, survey.Note, survey.Group, survey.Repeat, survey.Calculate, survey.Hidden}
	chosen := string(survey.SelectOne)
	if typed != nil && typed.form.Get("form") == "add" {
		chosen, p.Add.Label, p.Add.Choices = typed.form.Get("type"), typed.form.Get("label"), typed.form.Get("choices")
	}
	for _, kind := range kinds {
		p.Add.Types = append(p.Add.Types, option{string(kind), p.T("workshop.type." + string(kind)), string(kind) == chosen})
	}
	p.Add.Lists = p.lists(of, "")
	p.Add.Places = p.places(of)
}

// places lists where something can be added: at the end of the survey and of
// each group, and behind what is open.
func (p *editorPage) places(of *survey.Survey) []option {
	var places []option
	if node := of.Node(p.Open); node != nil {
		behind := of.Behind(node.Name)
		places = append(places, option{Value: behind.In + "/" + behind.Before, Label: p.T("workshop.add.behind", "label", p.named(of, node)), Chosen: !node.Type.Contains()})
	}
	of.Walk(func(node *survey.Node) bool {
		if node.Type.Contains() {
			places = append(places, option{Value: node.Name + "/", Label: p.T("workshop.add.inside", "label", p.named(of, node)), Chosen: node.Name == p.Open})
		}
		return true
	})
	return append(places, option{Value: "/", Label: p.T("workshop.add.end"), Chosen: p.Open == ""})
}

// named is what a question is called in lists: its label, shortened, or its
// name.
func (p *editorPage) named(of *survey.Survey, node *survey.Node) string {
	text := []rune(reader{chain: []string{of.Language}}.captionOf(node.Label).Text)
	if len(text) == 0 {
		return node.Name
	}
	const longest = 60
	if len(text) > longest {
		return string(text[:longest]) + "…"
	}
	return string(text)
}

func (p *editorPage) lists(of *survey.Survey, chosen string) []option {
	list := make([]option, 0, len(of.Choices))
	for _, one := range of.Choices {
		var labels []string
		for _, choice := range one.Choices[:min(3, len(one.Choices))] {
			labels = append(labels, choice.Label[of.Language].Text)
		}
		list = append(list, option{one.Name, one.Name + ": " + strings.Join(labels, ", ") + " …", one.Name == chosen})
	}
	return list
}

// pairs lists the fields of action for which the survey has no pair yet.
func (s *Server) pairs(words *i18n.Localizer, of *survey.Survey) []optionGroup {
	return s.fields(words, "", func(key string) bool {
		asked := false
		of.Walk(func(node *survey.Node) bool {
			asked = asked || node.Measures != nil && node.Measures.Field == key &&
				(node.Measures.As == survey.Importance || node.Measures.As == survey.State)
			return !asked
		})
		return !asked
	})
}

// fields lists the fields of action by their clusters, those that are let
// through.
func (s *Server) fields(words *i18n.Localizer, chosen string, through func(key string) bool) []optionGroup {
	if s.desk.Fields == nil {
		return nil
	}
	var groups []optionGroup
	for _, cluster := range s.desk.Fields.Clusters() {
		group := optionGroup{Label: cluster.Label[words.Language()]}
		for _, field := range s.desk.Fields.In(cluster.Key) {
			if through(field.Key) {
				group.Options = append(group.Options, option{field.Key, field.Label[words.Language()], field.Key == chosen})
			}
		}
		if len(group.Options) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}

// operators lists the comparisons of rows.
func operators(words *i18n.Localizer, chosen expression.Operator) []option {
	all := expression.Operators()
	list := make([]option, len(all))
	for at, one := range all {
		list[at] = option{string(one), words.T("workshop.operator." + operatorKey(one)), one == chosen}
	}
	return list
}

func operatorKey(operator expression.Operator) string {
	switch operator {
	case expression.Equal:
		return "equal"
	case expression.NotEqual:
		return "not_equal"
	case expression.Less:
		return "less"
	case expression.AtMost:
		return "at_most"
	case expression.Greater:
		return "greater"
	case expression.AtLeast:
		return "at_least"
	default:
		return string(operator)
	}
}
