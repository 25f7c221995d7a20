package server

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/xlsform"
)

// translationFile sends the texts in two languages for people outside: XLIFF for
// translators' tools, or a workbook.
func (s *Server) translationFile(c echo.Context) error {
	w, err := s.working(c)
	if err != nil {
		return err
	}
	page, err := s.translatePage(c, w)
	if err != nil {
		return err
	}
	h := w.Survey.Handover(page.From.Tag, page.To.Tag)
	for at, row := range page.Rows {
		unit := &h.Units[at]
		unit.Context = row.Context
		for _, comment := range row.Comments {
			if comment.Settled == "" {
				unit.Comments = append(unit.Comments, comment.Body)
			}
		}
	}
	var out bytes.Buffer
	kind, ending := "application/xliff+xml", ".xlf"
	switch c.QueryParam("as") {
	case "xliff":
		err = survey.WriteXLIFF(&out, h)
	case "xlsx":
		kind, ending = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"
		err = xlsform.WriteHandover(&out, h, page.To.Direction == "rtl")
	default:
		return failure.New(failure.NotFound, "error.not_found")
	}
	if err != nil {
		return err
	}
	header := c.Response().Header()
	header.Set("Cache-Control", "no-store")
	header.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": w.SurveyID + "-" + page.To.Tag + ending}))
	return c.Blob(http.StatusOK, kind, out.Bytes())
}

type textsImportPage struct {
	*deskFrame
	ID       string
	Survey   caption
	From, To tongue
	Back     string // the address of the page for translating
	Take     string // where the form goes
	Problem  string
	Findings []findingLine // of a file that cannot be read
	Done     []*proposal   // what is stored when it is taken, unless unticked
	Clashing []*proposal   // here as well somebody has changed the text
	Refused  []*proposal
	Same     string // how many say nothing new, in words
	Empty    string
	Comments int
	counts   map[survey.Verdict]int
}

// proposal is one text of a file as people see it.
type proposal struct {
	*textsImportPage
	At        string
	Key, Name string
	Verdict   string
	Source    caption
	Old, New  string
	Reviewed  bool
	Seen      string
	Made      string
	Behind    bool
	Findings  []findingLine
	Comments  []string
}

// importTranslations reads a file and shows what it would change.
func (s *Server) importTranslations(c echo.Context) error {
	w, err := s.working(c)
	if err != nil {
		return err
	}
	page, err := s.textsImportPage(c, w)
	if err != nil {
		return err
	}
	h, err := uploadedHandover(c)
	var proposals []survey.Proposal
	if err == nil {
		proposals, err = w.Survey.Weigh(h, page.To.Tag)
	}
	if err != nil {
		return s.importProblem(c, page, err)
	}
	known, err := s.desk.Office.Comments(c.Request().Context(), w.ID, page.To.Tag)
	if err != nil {
		return err
	}
	page.propose(w.Survey, proposals, known)
	return s.page(c, http.StatusOK, "desk-translate-import", page)
}

// uploadedHandover reads the file of a form, whatever its kind.
func uploadedHandover(c echo.Context) (survey.Handover, error) {
	header, err := c.FormFile("file")
	if failure.CodeOf(err) == failure.TooLarge {
		return survey.Handover{}, err
	}
	if err != nil || header.Size == 0 {
		return survey.Handover{}, failure.New(failure.Invalid, "error.import_no_file")
	}
	file, err := header.Open()
	if err != nil {
		return survey.Handover{}, failure.New(failure.Invalid, "error.broken_request").Because(err)
	}
	defer func() { _ = file.Close() }() // was only read
	content, err := io.ReadAll(io.LimitReader(file, handoverLimit))
	if err != nil {
		return survey.Handover{}, failure.New(failure.Invalid, "error.broken_request").Because(err)
	}
	// In whatever encoding: an XML file begins with an angle bracket.
	start := bytes.TrimLeft(content[:min(len(content), 200)], "\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
	if bytes.HasPrefix(start, []byte("<")) {
		return survey.ReadXLIFF(bytes.NewReader(content))
	}
	return xlsform.ReadHandover(bytes.NewReader(content))
}

func (s *Server) textsImportPage(c echo.Context, w *store.Working) (*textsImportPage, error) {
	from, to, err := pairOf(c, w.Survey)
	if err != nil {
		return nil, err
	}
	frame := s.deskFrame(c, "translate.import.title")
	page := &textsImportPage{deskFrame: frame, ID: w.ID, From: tongueOf(frame.Localizer, from), To: tongueOf(frame.Localizer, to), counts: map[survey.Verdict]int{}}
	page.Survey = said(w.Survey.Title, page.Localizer, w.Survey)
	pair := url.Values{"from": {from}, "to": {to}}
	page.Back = translateAddress(w.ID, page.Localizer, pair)
	page.Take = "/manage/surveys/" + w.ID + "/translate/take?" + pair.Encode()
	return page, nil
}

// importProblem says what is wrong with a file.
func (s *Server) importProblem(c echo.Context, page *textsImportPage, err error) error {
	var findings failure.Findings
	if errors.As(err, &findings) {
		page.Findings = findingLines(page.Localizer, findings, nil)
		page.Problem = page.T("translate.import.unreadable")
		return s.page(c, http.StatusUnprocessableEntity, "desk-translate-import", page)
	}
	failed := failure.As(err)
	if failed.Code != failure.Invalid && failed.Code != failure.TooLarge {
		return err
	}
	page.Problem = sentence(page.Localizer, failed)
	return s.page(c, status(failed.Code), "desk-translate-import", page)
}

// propose sorts what a file would change.
func (p *textsImportPage) propose(of *survey.Survey, proposals []survey.Proposal, known []store.Comment) {
	said := map[string][]string{}
	for _, one := range known {
		said[one.Key] = append(said[one.Key], one.Body)
	}
	for at, one := range proposals {
		p.counts[one.Verdict]++
		row := &proposal{textsImportPage: p, At: strconv.Itoa(at), Key: one.Key, Name: one.Name, Verdict: string(one.Verdict),
			Old: one.Present.Text, New: one.Translation, Reviewed: one.Standing == survey.Approved,
			Behind: one.Behind, Findings: findingLines(p.Localizer, one.Findings, nil)}
		if one.Passage.Text != nil {
			taken := one.Rendering(p.To.Tag)
			row.Seen, row.Made, row.Name = taken.Seen, taken.Source, one.Passage.Name
			text, tag := one.Passage.Text.In(p.From.Tag, of.Language)
			row.Source = caption{text, tag, i18n.Direction(tag)}
			row.Comments = fresh(one.Comments, said[one.Key])
		}
		p.Comments += len(row.Comments)
		switch one.Verdict {
		case survey.Filled, survey.Rewritten, survey.Confirmed:
			p.Done = append(p.Done, row)
		case survey.Clashing:
			p.Clashing = append(p.Clashing, row)
		case survey.Refused:
			p.Refused = append(p.Refused, row)
		default:
			if len(row.Comments) > 0 {
				p.Done = append(p.Done, row)
			}
		}
	}
	if count := p.counts[survey.Unchanged]; count > 0 {
		p.Same = p.N("translate.import.unchanged", count)
	}
	if count := p.counts[survey.Untouched]; count > 0 {
		p.Empty = p.N("translate.import.untouched", count) + " " + p.T("translate.import.never")
	}
}

// fresh returns what is new of the comments that came back. In a workbook the
// old ones stand before it in the same cell.
func fresh(came, known []string) []string {
	var found []string
	for _, one := range came {
		for _, old := range known {
			if rest, begins := strings.CutPrefix(one, old); begins && (rest == "" || strings.HasPrefix(rest, "\n")) {
				one = survey.Tidy(rest)
			}
		}
		if one != "" && !slices.Contains(known, one) {
			found = append(found, one)
		}
	}
	return found
}

// takeTranslations stores what was ticked of a file that was shown. What was
// changed here since is shown once more.
func (s *Server) takeTranslations(c echo.Context) error {
	w, err := s.working(c)
	if err != nil {
		return err
	}
	page, err := s.textsImportPage(c, w)
	if err != nil {
		return err
	}
	form, err := c.FormParams()
	if err != nil {
		return brokenForm(err)
	}
	user, _ := visitor(c)
	var all []survey.Rendering
	var comments []store.Comment
	for _, row := range typedRows(form) {
		if form.Get("take-"+row.at) == "yes" {
			all = append(all, survey.Rendering{Key: row.key, Language: page.To.Tag, Text: row.text, Reviewed: row.reviewed, Seen: row.seen, Source: row.made})
		}
		for _, body := range form["comment-"+row.at] {
			comments = append(comments, store.Comment{Key: row.key, Language: page.To.Tag, Body: body})
		}
	}
	var overtaken []survey.Rendering
	if len(all) > 0 {
		if w, overtaken, err = s.desk.Office.ImportTranslations(c.Request().Context(), user.Name, w.ID, page.To.Tag, all); err != nil {
			return err
		}
	}
	if len(comments) > 0 {
		if err := s.desk.Office.AddComments(c.Request().Context(), user.Name, w.ID, comments...); err != nil {
			return err
		}
	}
	if len(overtaken) == 0 {
		return c.Redirect(http.StatusSeeOther, page.Back+"&saved="+strconv.Itoa(len(all)))
	}
	again := survey.Handover{Target: page.To.Tag}
	for _, one := range overtaken {
		unit := survey.Unit{Key: one.Key, Translation: one.Text, Standing: survey.Unreviewed, SourcePrint: one.Source, Seen: one.Seen, Traced: true}
		if one.Reviewed {
			unit.Standing = survey.Approved
		}
		again.Units = append(again.Units, unit)
	}
	proposals, err := w.Survey.Weigh(again, page.To.Tag)
	if err != nil {
		return err
	}
	page.propose(w.Survey, proposals, nil)
	page.Problem = page.N("translate.conflict", len(overtaken))
	return s.page(c, http.StatusConflict, "desk-translate-import", page)
}
