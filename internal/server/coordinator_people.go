package server

import (
	"context"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
)

// Personnel is what the pages about accounts need of the store.
type Personnel interface {
	// People returns all accounts by name.
	People(ctx context.Context) ([]store.Person, error)
	// Holdings are all that is stored about an account; failure.NotFound.
	Holdings(ctx context.Context, name string) (*store.Holdings, error)
	// SetGrants replaces what an account may do; failure.NotFound,
	// failure.Conflict when nobody would be left who administers everything.
	SetGrants(ctx context.Context, actor, name string, grants []account.Grant) error
	// SetDisabled keeps an account from signing in, or lets it again.
	SetDisabled(ctx context.Context, actor, name string, disabled bool) error
	// SetPassword replaces a password and ends the sessions but that of a token.
	SetPassword(ctx context.Context, actor, name, hash, keep string) error
	// Invite makes an invitation and returns the secret for its link.
	Invite(ctx context.Context, actor, email string, grant account.Grant) (string, error)
	// Invitation returns what a secret invites to; failure.Gone.
	Invitation(ctx context.Context, secret string) (store.Invitation, error)
	// Invitations lists those that are still good.
	Invitations(ctx context.Context) ([]store.Invitation, error)
	// AcceptInvitation makes the account invited to; failure.Gone,
	// failure.Conflict when the name is taken.
	AcceptInvitation(ctx context.Context, secret, name, hash string) (account.User, error)
	// WithdrawInvitation makes a link worthless; failure.NotFound.
	WithdrawInvitation(ctx context.Context, actor string, key []byte) error
	// AuditLog returns the newest lines before a number that are about readable
	// areas.
	AuditLog(ctx context.Context, before int64, limit int, readable func(area string) bool) ([]store.Audited, error)
	// VerifyAudit visits the whole audit log and checks that nobody changed it;
	// failure.Conflict.
	VerifyAudit(ctx context.Context, visit func(store.Audited) error) error
}

// peopleRoutes lists the pages about accounts.
func (s *Server) peopleRoutes() []route {
	csrf := s.desk.csrf
	return []route{
		{method: http.MethodGet, path: "/manage/people", permission: account.ManagePeople, handler: csrf(s.people)},
		{method: http.MethodPost, path: "/manage/people/invitations", permission: account.ManagePeople, about: aboutGrant, handler: csrf(uncompressed(s.invite))},
		{method: http.MethodPost, path: "/manage/people/invitations/:key/withdraw", permission: account.ManagePeople, about: s.aboutInvitation, handler: csrf(s.withdrawInvitation)},
		{method: http.MethodGet, path: "/manage/people/:name", permission: account.ManagePeople, about: s.aboutPerson, handler: csrf(s.person)},
		{method: http.MethodPost, path: "/manage/people/:name/grants", permission: account.ManagePeople, about: s.aboutPerson, handler: csrf(s.setGrants)},
		{method: http.MethodPost, path: "/manage/people/:name/disabled", permission: account.ManagePeople, about: s.aboutPerson, handler: csrf(s.setDisabled)},
		{method: http.MethodPost, path: "/manage/people/:name/sessions/end", permission: account.ManagePeople, about: s.aboutPerson, handler: csrf(s.endTheirSessions)},
		{method: http.MethodGet, path: "/manage/invitations/:secret", permission: Public, handler: csrf(uncompressed(s.invitation))},
		{method: http.MethodPost, path: "/manage/invitations/:secret", permission: Public, handler: csrf(uncompressed(s.acceptInvitation))},
		{method: http.MethodGet, path: "/manage/account", permission: account.SeeDesk, handler: csrf(uncompressed(s.account))},
		{method: http.MethodGet, path: "/manage/account/data.json", permission: account.SeeDesk, handler: s.accountData},
		{method: http.MethodPost, path: "/manage/account/password", permission: account.SeeDesk, handler: csrf(uncompressed(s.setPassword))},
		{method: http.MethodPost, path: "/manage/account/sessions/:key/end", permission: account.SeeDesk, handler: csrf(s.proven(s.endSession))},
		{method: http.MethodPost, path: "/manage/account/sessions/end", permission: account.SeeDesk, handler: csrf(s.proven(s.endOtherSessions))},
		{method: http.MethodGet, path: "/manage/audit", permission: account.ReadAudit, handler: csrf(s.auditLog)},
		{method: http.MethodGet, path: "/manage/audit.csv", permission: account.ReadAudit, about: aboutAll, handler: s.auditFile},
	}
}

// aboutAll is the subject of what is about all areas.
func aboutAll(echo.Context) (account.Subject, error) { return account.Subject{}, nil }

// aboutGrant is the subject of a form that gives a role for an area.
func aboutGrant(c echo.Context) (account.Subject, error) {
	return account.Subject{Area: c.FormValue("area")}, nil
}

// aboutInvitation is the subject of an invitation.
func (s *Server) aboutInvitation(c echo.Context) (account.Subject, error) {
	open, err := s.desk.Office.Invitations(c.Request().Context())
	if err != nil {
		return account.Subject{}, err
	}
	for _, one := range open {
		if hex.EncodeToString(one.Key) == c.Param("key") {
			return account.Subject{Area: one.Grant.Area}, nil
		}
	}
	return account.Subject{}, failure.New(failure.NotFound, "error.invitation_over")
}

// aboutPerson is the subject of an account: the area of its grants where they
// have one in common, else all areas.
func (s *Server) aboutPerson(c echo.Context) (account.Subject, error) {
	person, err := s.findPerson(c)
	return account.Subject{Area: account.AreaOf(person.Grants)}, err
}

func (s *Server) findPerson(c echo.Context) (store.Person, error) {
	people, err := s.desk.Office.People(c.Request().Context())
	if err != nil {
		return store.Person{}, err
	}
	for _, person := range people {
		if person.Name == c.Param("name") {
			return person, nil
		}
	}
	return store.Person{}, failure.New(failure.NotFound, "error.unknown_user", "name", c.Param("name"))
}

type peoplePage struct {
	*deskFrame
	People      []personRow
	Invitations []invitationRow
	Form        grantForm
	Email       string
	Link        string // of the invitation that was just made
	Problem     string
}

type personRow struct {
	Name, Email, Grants string
	Disabled            bool
}

type invitationRow struct{ Key, Email, Grant, Inviter, Until string }

// grantForm offers the roles and areas that somebody may give.
type grantForm struct {
	Roles, Areas []option
}

// option is one line of a list to choose from.
type option struct {
	Value, Label string
	Chosen       bool
}

// people lists the accounts that somebody administers.
func (s *Server) people(c echo.Context) error {
	page, err := s.peoplePage(c)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-people", page)
}

func (s *Server) peoplePage(c echo.Context) (*peoplePage, error) {
	ctx := c.Request().Context()
	user, _ := visitor(c)
	people, err := s.desk.Office.People(ctx)
	if err != nil {
		return nil, err
	}
	invitations, err := s.desk.Office.Invitations(ctx)
	if err != nil {
		return nil, err
	}
	page := &peoplePage{deskFrame: s.deskFrame(c, "desk.people.title")}
	page.Form = s.grantForm(user, page.Localizer, account.Grant{Role: account.Coordinator})
	manages := func(area string) bool {
		return user.May(account.ManagePeople, account.Subject{Area: area}, s.desk.Areas.Contains)
	}
	for _, person := range people {
		if manages(account.AreaOf(person.Grants)) {
			page.People = append(page.People, personRow{Name: person.Name, Email: person.Email, Disabled: person.Disabled,
				Grants: s.grantsInWords(page.Localizer, person.Grants)})
		}
	}
	for _, one := range invitations {
		if manages(one.Grant.Area) {
			page.Invitations = append(page.Invitations, invitationRow{Key: hex.EncodeToString(one.Key), Email: one.Email,
				Grant: s.grantsInWords(page.Localizer, []account.Grant{one.Grant}), Inviter: one.Inviter, Until: page.Date(one.Expires[:10])})
		}
	}
	return page, nil
}

// grantForm offers what the user may give; chosen is marked.
func (s *Server) grantForm(user account.User, words *i18n.Localizer, chosen account.Grant) grantForm {
	var form grantForm
	for _, role := range account.Roles() {
		form.Roles = append(form.Roles, option{string(role), words.T("desk.role." + string(role)), role == chosen.Role})
	}
	form.Areas = s.areaOptions(user, account.ManagePeople, words, chosen.Area)
	return form
}

// areaPath names an area with those around it: "Bochum · Wattenscheid".
func (s *Server) areaPath(area catalogue.Area) string {
	var names []string
	for _, one := range s.desk.Areas.Ancestors(area.Key) {
		names = append(names, one.Name)
	}
	slices.Reverse(names)
	return strings.Join(append(names, area.Name), " · ")
}

// grantsInWords says what somebody may do where: "Coordination: Bochum".
func (s *Server) grantsInWords(words *i18n.Localizer, grants []account.Grant) string {
	texts := make([]string, len(grants))
	for at, grant := range grants {
		area := words.T("desk.area.all")
		if known, ok := s.desk.Areas.Get(grant.Area); ok {
			area = known.Name
		} else if grant.Area != "" {
			area = grant.Area
		}
		texts[at] = words.T("desk.grant", "role", words.T("desk.role."+string(grant.Role)), "area", area)
	}
	return strings.Join(texts, "; ")
}

// maxEmail is the greatest length of an address in bytes (RFC 5321 allows 254).
const maxEmail = 254

// invite makes an invitation and shows its link, this once.
func (s *Server) invite(c echo.Context) error {
	grant := account.Grant{Role: account.Role(c.FormValue("role")), Area: c.FormValue("area")}
	email := strings.TrimSpace(c.FormValue("email"))
	user, _ := visitor(c)
	secret := ""
	err := s.checkGrants(user, []account.Grant{grant})
	if err == nil && len(email) > maxEmail {
		err = failure.New(failure.Invalid, "error.invalid")
	}
	if err == nil {
		secret, err = s.desk.Office.Invite(c.Request().Context(), user.Name, email, grant)
	}
	if err != nil && failure.CodeOf(err) != failure.Invalid {
		return err
	}
	page, failed := s.peoplePage(c)
	if failed != nil {
		return failed
	}
	page.Form = s.grantForm(user, page.Localizer, grant)
	if err != nil {
		page.Problem, page.Email = sentence(page.Localizer, failure.As(err)), email
		return s.page(c, http.StatusUnprocessableEntity, "desk-people", page)
	}
	page.Link = s.origin(c) + deskPath + "/invitations/" + secret
	return s.page(c, http.StatusOK, "desk-people", page)
}

// checkGrants tells whether somebody may give these grants.
func (s *Server) checkGrants(user account.User, grants []account.Grant) error {
	if err := account.Validate(account.User{Name: user.Name, Grants: grants}); err != nil {
		return err
	}
	for _, grant := range grants {
		if _, known := s.desk.Areas.Get(grant.Area); grant.Area != "" && !known {
			return failure.New(failure.Invalid, "error.unknown_area_chosen", "area", grant.Area)
		}
		if !user.Covers(grant, s.desk.Areas.Contains) {
			return failure.New(failure.Forbidden, "error.forbidden")
		}
	}
	return nil
}

// withdrawInvitation makes a link worthless.
func (s *Server) withdrawInvitation(c echo.Context) error {
	user, _ := visitor(c)
	key, err := hex.DecodeString(c.Param("key"))
	if err != nil {
		return failure.New(failure.NotFound, "error.invitation_over").Because(err)
	}
	if err := s.desk.Office.WithdrawInvitation(c.Request().Context(), user.Name, key); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/manage/people")
}

type personPage struct {
	*deskFrame
	Person  store.Person
	Grants  []grantForm // what the person may do, and one more to fill in
	Link    string      // to a new password, that was just made
	Problem string
}

// Place is the number that a reader sees of a line of the form.
func (p *personPage) Place(at int) string { return p.Number(float64(at+1), 0) }

// person shows what somebody may do and lets it be changed.
func (s *Server) person(c echo.Context) error {
	person, err := s.findPerson(c)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-person", s.personPage(c, person, person.Grants))
}

func (s *Server) personPage(c echo.Context, person store.Person, grants []account.Grant) *personPage {
	user, _ := visitor(c)
	page := &personPage{deskFrame: s.deskFrame(c, "desk.person.title"), Person: person}
	page.Title = page.T("desk.person.title", "name", person.Name)
	for _, grant := range append(slices.Clone(grants), account.Grant{Area: account.AreaOf(grants)}) {
		page.Grants = append(page.Grants, s.grantForm(user, page.Localizer, grant))
	}
	return page
}

// setGrants replaces what somebody may do. A line without a role takes that one
// away.
func (s *Server) setGrants(c echo.Context) error {
	person, err := s.findPerson(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	form, err := c.FormParams()
	if err != nil {
		return failure.New(failure.Invalid, "error.invalid").Because(err)
	}
	var grants []account.Grant
	for at, role := range form["role"] {
		if role != "" && at < len(form["area"]) {
			grants = append(grants, account.Grant{Role: account.Role(role), Area: form["area"][at]})
		}
	}
	if err = s.checkGrants(user, grants); err == nil {
		err = s.desk.Office.SetGrants(c.Request().Context(), user.Name, person.Name, grants)
	}
	return s.personChanged(c, person, grants, err)
}

// setDisabled keeps somebody from signing in, or lets them again.
func (s *Server) setDisabled(c echo.Context) error {
	person, err := s.findPerson(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	err = s.desk.Office.SetDisabled(c.Request().Context(), user.Name, person.Name, c.FormValue("disabled") == "true")
	return s.personChanged(c, person, person.Grants, err)
}

// personChanged goes back to the list, or says on the person's page what is
// wrong.
func (s *Server) personChanged(c echo.Context, person store.Person, grants []account.Grant, err error) error {
	switch failure.CodeOf(err) {
	case failure.Invalid, failure.Conflict:
		page := s.personPage(c, person, grants)
		page.Problem = sentence(page.Localizer, failure.As(err))
		return s.page(c, http.StatusUnprocessableEntity, "desk-person", page)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/manage/people")
}
