package server

import (
	"maps"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
)

// reviewPage shows all answers before they are sent, where there is no
// JavaScript. Everything that was sent comes along in hidden controls, with a
// fresh submission id.
type reviewPage struct {
	*frame
	Code         *codeBanner
	SubmissionID string
	Reviewed     string // shows on sending that this page was seen
	Parts        []reviewPart
	Dropped      []reviewAnswer // given, but not asked under these circumstances
	Carried      []fact         // the hidden controls
}

// reviewPart is a group of answers under one heading.
type reviewPart struct {
	Title      string
	Attributed bool
	Answers    []reviewAnswer
}

type reviewAnswer struct {
	Question string
	Answer   string
	Missing  bool
}

// review judges a first POST without JavaScript: what is wrong goes back, what
// is good is shown for a last look.
func (s *Server) review(c echo.Context, sub *submission) error {
	if !sub.wave.Accepting(s.config.Now()) {
		return failure.New(failure.Gone, "error.wave_closed")
	}
	answers, problems := s.check(sub)
	problems = slices.DeleteFunc(problems, func(p response.Problem) bool { return p.Name == "submission_id" })
	problems = append(problems, s.suspicions(sub, false)...)
	if sub.code != "" {
		found, wave, err := s.config.Waves.Code(c.Request().Context(), sub.code)
		switch {
		case failure.CodeOf(err) == failure.NotFound, err == nil && (found.Used || wave.ID != sub.wave.ID):
			problems = append(problems, response.Problem{Name: "code", Key: badCodeKey})
		case err != nil:
			return err
		}
	}
	if len(problems) > 0 {
		return s.refuse(c, sub, answers, problems)
	}
	f, err := s.filled(c, sub)
	if err != nil {
		return err
	}
	f.given, f.answers = sub.given, answers
	id := response.NewSubmissionID()
	page := &reviewPage{frame: f.frame, Code: f.Code, SubmissionID: id, Reviewed: reviewed(sub.wave, id), Carried: hidden(sub.given, answers.Drawn())}
	r := &reviewer{form: f, page: page}
	r.list(answers.Top(), sub.wave.Version.Top)
	r.institution()
	page.Title = page.T("respondent.review_title")
	page.Parts = slices.DeleteFunc(page.Parts, func(p reviewPart) bool { return len(p.Answers) == 0 })
	return s.page(c, http.StatusOK, "review", page)
}

// hidden lists what the review page carries along: all but the buttons and
// what is made anew, and what was drawn by chance, so that what is stored is
// what was shown.
func hidden(g *given, drawn map[string][]string) []fact {
	var carried []fact
	sent := maps.Clone(g.fields) // under the names by which the answers go
	maps.Copy(sent, drawn)
	for name, values := range sent {
		switch name {
		case "submission_id", reviewedControl, ":confirm", ":edit", ":add", ":remove":
			continue
		}
		for _, value := range values {
			if value != "" {
				carried = append(carried, fact{name, value})
			}
		}
	}
	slices.SortStableFunc(carried, func(a, b fact) int {
		switch {
		case a.Name < b.Name:
			return -1
		case a.Name > b.Name:
			return 1
		}
		return 0
	})
	return carried
}

// reviewer walks through the answers.
type reviewer struct {
	form    *form
	page    *reviewPage
	heading string // of the group that the walk is in
}

func (r *reviewer) list(place response.Place, elements []*survey.Element) {
	for _, e := range elements {
		switch {
		case e.Type == survey.Group:
			if title := r.title(e, place); title != "" && e.Parent == nil {
				r.heading = title
				r.part(title, e.Attributed)
			}
			r.list(place, e.Children)
		case e.Type == survey.Repeat:
			for _, inside := range place.Instances(e) {
				r.part(r.title(e, place)+" "+r.form.Number(float64(inside.Number()+1), 0), e.Attributed)
				r.list(inside, e.Children)
			}
			r.part(r.heading, e.Attributed) // what comes after the repeat
		case e.Type.Asked() && !e.LabelsOnly(), e.Node.Type == survey.Note && e.Calculation != nil && place.Relevant(e):
			r.answer(place, e) // a note may say what only now has been computed
		}
	}
}

func (r *reviewer) title(e *survey.Element, place response.Place) string {
	return plainText(r.form.text(e.Label, r.form.value(place.Prefix())))
}

func (r *reviewer) part(title string, attributed bool) {
	r.page.Parts = append(r.page.Parts, reviewPart{Title: title, Attributed: attributed})
}

func (r *reviewer) answer(place response.Place, e *survey.Element) {
	control := place.Prefix() + e.Name
	line := reviewAnswer{Question: r.title(e, place)}
	if line.Question == "" {
		line.Question = e.Name
	}
	if !place.Relevant(e) {
		if line.Answer = r.form.show(e, r.form.given.values(control)); line.Answer != "" {
			r.page.Dropped = append(r.page.Dropped, line)
		}
		return
	}
	line.Answer = r.form.show(e, place.Values(e))
	line.Missing = line.Answer == ""
	if len(r.page.Parts) == 0 {
		r.part("", e.Attributed)
	}
	last := &r.page.Parts[len(r.page.Parts)-1]
	last.Answers = append(last.Answers, line)
}

// institution adds the name typed with statements in an institution's name.
func (r *reviewer) institution() {
	name := r.form.given.control(":institution")
	if name == "" {
		return
	}
	for i := range r.page.Parts {
		if r.page.Parts[i].Attributed {
			r.page.Parts[i].Answers = slices.Insert(r.page.Parts[i].Answers, 0,
				reviewAnswer{Question: r.form.T("respondent.institution_name"), Answer: name})
			return
		}
	}
}
