package server

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/notify"
	"bedarfslotse/internal/store"
)

type mailPage struct {
	*reachPage
	ByMail   bool   // a server for e-mail is set up
	Sender   string // whom messages come from
	Purposes []mailPurpose
	Mailings []mailingRow
	Problem  string   // of a report that was read
	Marked   []string // institutions whose messages came back
	Read     bool     // a report was read
}

type mailPurpose struct{ Purpose, Name, Hint string }

type mailingRow struct {
	Number               int
	Name, Made, Progress string
}

// mail shows what was written to institutions, and leads to writing more.
func (s *Server) mail(c echo.Context) error {
	page, _, err := s.mailPage(c)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "reach-mail", page)
}

func (s *Server) mailPage(c echo.Context) (*mailPage, *store.LiveWave, error) {
	base, wave, err := s.reachPage(c, "reach.mail.title")
	if err != nil {
		return nil, nil, err
	}
	page := &mailPage{reachPage: base, ByMail: s.desk.Mail != "", Sender: s.desk.Mail}
	for _, purpose := range fieldwork.Purposes() {
		key := "reach.mail." + string(purpose)
		page.Purposes = append(page.Purposes, mailPurpose{string(purpose), page.T(key), page.T(key + "_hint")})
	}
	mailings, err := s.desk.Office.Mailings(c.Request().Context(), wave)
	for _, one := range mailings {
		page.Mailings = append(page.Mailings, mailingRow{Number: one.Number, Name: page.T("reach.mail." + string(one.Purpose)),
			Made: page.Time(one.Made), Progress: page.progress(one)})
	}
	return page, wave, err
}

// progress says how many messages are in which state: "12 sent · 1 failed".
func (p *reachPage) progress(mailing store.Mailing) string {
	var parts []string
	for _, state := range notify.States() {
		if count := mailing.Counts[state]; count > 0 {
			parts = append(parts, p.N("reach.state_count."+string(state), count))
		}
	}
	return strings.Join(parts, " · ")
}

type mailTextPage struct {
	*reachPage
	ByMail       bool
	Purpose      string
	Text         fieldwork.MessageText
	Problems     map[string]string // by field
	Problem      string            // of sending
	Saved        bool
	Placeholders []placeholderRow
	Preview      fieldwork.MessageText // for the first recipient
	First        string                // its name; "" when there is nobody
	To           audience
	Send         string // the button's words
	Next         int    // number of the mailing that sending makes
	Types        []option
	Type         string
}

type placeholderRow struct {
	Placeholder fieldwork.Placeholder
	Meaning     string
}

// audience is whom a message would go to, and why the others are left out.
type audience struct {
	Recipients []store.Recipient
	Notes      []string // in words
	NoTargets  bool     // nobody can be below a target, since there is none
}

func purposeOf(c echo.Context) (fieldwork.Purpose, error) {
	purpose := fieldwork.Purpose(c.Param("purpose"))
	if !slices.Contains(fieldwork.Purposes(), purpose) {
		return "", failure.New(failure.NotFound, "error.not_found")
	}
	return purpose, nil
}

// mailText shows the text for a purpose, how it reads for the first institution,
// and whom it would go to.
func (s *Server) mailText(c echo.Context) error {
	page, _, err := s.mailTextPage(c, nil)
	if err != nil {
		return err
	}
	page.Saved = c.QueryParam("saved") != ""
	return s.page(c, http.StatusOK, "reach-mail-text", page)
}

// mailTextPage makes the page; typed is a text that was not saved, nil for the
// one that was.
func (s *Server) mailTextPage(c echo.Context, typed *fieldwork.MessageText) (*mailTextPage, *store.LiveWave, error) {
	ctx := c.Request().Context()
	purpose, err := purposeOf(c)
	if err != nil {
		return nil, nil, err
	}
	base, wave, err := s.reachPage(c, "reach.mail."+string(purpose))
	if err != nil {
		return nil, nil, err
	}
	page := &mailTextPage{reachPage: base, Purpose: string(purpose), ByMail: s.desk.Mail != "", Type: c.FormValue("type")}
	for _, one := range fieldwork.Placeholders() {
		page.Placeholders = append(page.Placeholders, placeholderRow{one, page.T("reach.placeholder." + strings.Trim(string(one), "{}"))})
	}
	if typed != nil {
		page.Text = *typed
	} else if page.Text, err = s.savedText(c, wave, purpose); err != nil {
		return nil, nil, err
	}
	if err := s.address(ctx, page, wave, purpose); err != nil {
		return nil, nil, err
	}
	page.preview(s.given(page.reachPage, wave, s.origin(c)))
	mailings, err := s.desk.Office.Mailings(ctx, wave)
	page.Next = len(mailings) + 1
	return page, wave, err
}

// savedText is the text of a purpose as it was saved, else one to begin with.
func (s *Server) savedText(c echo.Context, wave *store.LiveWave, purpose fieldwork.Purpose) (fieldwork.MessageText, error) {
	text, saved, err := s.desk.Office.MessageText(c.Request().Context(), wave, purpose)
	if saved || err != nil {
		return text, err
	}
	words, user := s.deskWords(c), ""
	if visitor, in := visitor(c); in {
		user = visitor.Email
	}
	key := "reach.text." + string(purpose)
	body := words.T(key + ".body")
	if wave.NeedsCode() {
		body = words.T(key + ".body_code")
	}
	return fieldwork.MessageText{Subject: words.T(key + ".subject"), Body: body, ReplyTo: user}, nil
}

// given is what the placeholders stand for that are the same for all.
func (s *Server) given(page *reachPage, wave *store.LiveWave, origin string) map[fieldwork.Placeholder]string {
	until := page.T("reach.no_end")
	if wave.Until != "" {
		until = page.Date(wave.Until)
	}
	return map[fieldwork.Placeholder]string{fieldwork.SurveyTitle: page.Name, fieldwork.SurveyLink: origin + "/s/" + wave.Slug,
		fieldwork.LastDay: until, fieldwork.WaveContact: cmp.Or(wave.Contact, s.config.Controller.Name)}
}

// preview fills in the text for the first recipient. Its code is made when it is
// sent.
func (p *mailTextPage) preview(given map[fieldwork.Placeholder]string) {
	if len(p.To.Recipients) > 0 {
		p.First = p.To.Recipients[0].Name
	}
	given[fieldwork.InstitutionName] = p.First
	link := given[fieldwork.SurveyLink]
	given[fieldwork.CodeLink] = link[:strings.LastIndex(link, "/s/")] + "/q/" + p.T("reach.placeholder.code_example")
	p.Preview = p.Text.Fill(given)
	p.Send = p.N("reach.mail.send", len(p.To.Recipients))
}

// address finds out whom a message would go to.
func (s *Server) address(ctx context.Context, page *mailTextPage, wave *store.LiveWave, purpose fieldwork.Purpose) error {
	institutions, err := s.institutionsOf(ctx, wave)
	if err != nil {
		return err
	}
	page.offerTypes(institutions)
	if page.Type != "" {
		institutions = slices.DeleteFunc(institutions, func(one fieldwork.Institution) bool { return one.Type != page.Type })
	}
	leave := map[string]int{}
	if purpose == fieldwork.Reminder {
		below, targets, err := s.belowTarget(ctx, wave)
		if err != nil {
			return err
		}
		page.To.NoTargets = !targets
		institutions = slices.DeleteFunc(institutions, func(one fieldwork.Institution) bool { return !below(one) })
	} else {
		written, err := s.desk.Office.Written(ctx, wave, purpose)
		if err != nil {
			return err
		}
		all := len(institutions)
		institutions = slices.DeleteFunc(institutions, func(one fieldwork.Institution) bool { return written[one.Number] })
		leave["written"] = all - len(institutions)
	}
	dead, err := s.desk.Office.DeadAddresses(ctx)
	if err != nil {
		return err
	}
	for _, one := range institutions {
		address, err := notify.CheckAddress(one.Email)
		switch {
		case one.Email == "":
			leave["no_address"]++
		case err != nil:
			leave["bad_address"]++
		case dead[notify.FoldAddress(address)] != "":
			leave["dead"]++
		default:
			page.To.Recipients = append(page.To.Recipients, store.Recipient{Number: one.Number, Name: one.Name, Address: address})
		}
	}
	for _, reason := range []string{"written", "no_address", "bad_address", "dead"} {
		if leave[reason] > 0 {
			page.To.Notes = append(page.To.Notes, page.N("reach.mail.left_out."+reason, leave[reason]))
		}
	}
	return nil
}

// offerTypes lists the types of the institutions to choose from.
func (p *mailTextPage) offerTypes(institutions []fieldwork.Institution) {
	labels := map[string]string{}
	for _, one := range institutions {
		if one.Type != "" {
			labels[one.Type] = one.TypeLabel
		}
	}
	p.Types = []option{{"", p.T("reach.mail.all_types"), p.Type == ""}}
	for slug, label := range labels {
		p.Types = append(p.Types, option{slug, label, p.Type == slug})
	}
	slices.SortFunc(p.Types[1:], func(a, b option) int { return strings.Compare(a.Label, b.Label) })
}

// belowTarget tells which institutions are below a target of theirs: that of
// their own, else that of their area and type, their type or their area, the
// nearest first. targets is false when the wave has none.
//
// It rests on nothing but the figures that the page of returns shows. Of
// professional audiences these are exact. Of families and young people they are
// given in steps of k, so that neither who is reminded nor when tells a count
// below k, or one respondent more or less (DESIGN 6, METHODS 5.4).
func (s *Server) belowTarget(ctx context.Context, wave *store.LiveWave) (below func(fieldwork.Institution) bool, targets bool, err error) {
	strata, err := s.desk.Office.Strata(ctx, wave.ID)
	if err != nil {
		return nil, false, err
	}
	course, err := s.desk.Office.Course(ctx, wave)
	if err != nil {
		return nil, false, err
	}
	within := s.desk.Areas.Contains
	strata = slices.DeleteFunc(strata, func(one fieldwork.Stratum) bool { return one.Target == 0 })
	return func(one fieldwork.Institution) bool {
		nearest, found := nearestStratum(strata, one, within)
		if !found {
			return false
		}
		reached := 0
		if shown := course.Of(analysis.Part{Area: nearest.Area, InstitutionType: nearest.InstitutionType, Institution: nearest.Institution}, within); shown != nil {
			reached = *shown
		}
		return reached < nearest.Target
	}, len(strata) > 0, nil
}

// nearestStratum is the smallest part of the population with a target that an
// institution belongs to.
func nearestStratum(strata []fieldwork.Stratum, one fieldwork.Institution, within func(outer, inner string) bool) (fieldwork.Stratum, bool) {
	var nearest fieldwork.Stratum
	best := -1
	for _, stratum := range strata {
		fits := (stratum.Institution == "" || stratum.Institution == one.Number) &&
			(stratum.InstitutionType == "" || stratum.InstitutionType == one.Type) &&
			(stratum.Area == "" || stratum.Area == one.Area || within(stratum.Area, one.Area))
		rank := 0
		for weight, field := range []string{stratum.Area, stratum.InstitutionType, stratum.Institution} {
			if field != "" {
				rank += 1 << weight
			}
		}
		if closer := rank == best && within(nearest.Area, stratum.Area); fits && (rank > best || closer) {
			nearest, best = stratum, rank
		}
	}
	return nearest, best >= 0
}

// saveMailText keeps the text for a purpose.
func (s *Server) saveMailText(c echo.Context) error {
	purpose, err := purposeOf(c)
	if err != nil {
		return err
	}
	text := fieldwork.MessageText{Subject: strings.TrimSpace(c.FormValue("subject")),
		Body: strings.ReplaceAll(c.FormValue("body"), "\r\n", "\n"), ReplyTo: strings.TrimSpace(c.FormValue("reply"))}
	err = checkText(&text)
	if failure.CodeOf(err) == failure.Invalid {
		page, _, failed := s.mailTextPage(c, &text)
		if failed != nil {
			return failed
		}
		known := failure.As(err)
		field, _ := known.Params["field"].(string)
		page.Problems = map[string]string{field: sentence(page.Localizer, known)}
		return s.page(c, http.StatusUnprocessableEntity, "reach-mail-text", page)
	}
	if err != nil {
		return err
	}
	wave, err := s.desk.Office.Wave(c.Request().Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	if err := s.desk.Office.SaveMessageText(c.Request().Context(), user.Name, wave, purpose, text); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, s.reachAddress(c, "/mail/"+string(purpose), "saved", "1"))
}

// checkText checks a text as it was typed; the parameter "field" says where it is
// at fault.
func checkText(text *fieldwork.MessageText) error {
	if text.ReplyTo != "" {
		address, err := notify.CheckAddress(text.ReplyTo)
		if err != nil {
			return failure.New(failure.Invalid, "error.bad_address", "address", text.ReplyTo, "field", "reply")
		}
		text.ReplyTo = address
	}
	return text.Validate()
}

// reachAddress is the address of a page of the wave, in the language that was
// asked for; pairs alternate parameter and value.
func (s *Server) reachAddress(c echo.Context, path string, pairs ...string) string {
	address := "/manage/waves/" + c.Param("slug") + "/reach" + path
	mark := "?"
	if lang := c.QueryParam("lang"); slices.Contains(deskLanguages(), lang) {
		pairs = append(pairs, "lang", lang)
	}
	for at := 0; at+1 < len(pairs); at += 2 {
		address += mark + pairs[at] + "=" + pairs[at+1]
		mark = "&"
	}
	return address
}

// sendMail puts the saved text into the queue for all recipients.
func (s *Server) sendMail(c echo.Context) error {
	page, wave, err := s.mailTextPage(c, nil)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	number, _ := strconv.Atoi(c.FormValue("number")) // anything else is no mailing's number
	refuse := func(err *failure.Error) error {
		page.Problem = sentence(page.Localizer, err)
		return s.page(c, http.StatusUnprocessableEntity, "reach-mail-text", page)
	}
	switch {
	case !page.ByMail:
		return refuse(failure.New(failure.Invalid, "error.no_mail"))
	case !wave.Asking(s.config.Now()):
		return refuse(failure.New(failure.Invalid, "error.mail_not_open"))
	case len(page.To.Recipients) == 0:
		return refuse(failure.New(failure.Invalid, "error.nobody_to_write_to"))
	case c.FormValue("confirmed") == "":
		return refuse(failure.New(failure.Invalid, "error.not_confirmed"))
	}
	if err := checkText(&page.Text); err != nil {
		return refuse(failure.As(err))
	}
	origin := s.origin(c)
	err = s.desk.Office.QueueMailing(c.Request().Context(), wave, store.Mailing{Number: number, Purpose: fieldwork.Purpose(page.Purpose),
		Text: page.Text, Given: s.given(page.reachPage, wave, origin), Origin: origin, Actor: user.Name}, page.To.Recipients)
	if failure.CodeOf(err) == failure.Conflict {
		return refuse(failure.As(err))
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, s.reachAddress(c, "/mailings/"+strconv.Itoa(number)))
}

// professional tells whether answering is part of the audience's work, so that
// it is no secret of a person's who has answered (DESIGN 6).
func professional(wave *store.LiveWave) bool {
	return catalogue.Audience(wave.Version.Audience).Professional()
}
