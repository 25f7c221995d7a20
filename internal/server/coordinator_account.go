package server

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
)

type invitationPage struct {
	*deskFrame
	Grant   string // what the invitation lets somebody do, in words
	Name    string
	Problem string
	Next    string
	Again   bool
	openIDOffer
}

// invitation shows the form by which somebody invited makes an account.
func (s *Server) invitation(c echo.Context) error {
	page, _, err := s.invitationPage(c)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-invitation", page)
}

func (s *Server) invitationPage(c echo.Context) (*invitationPage, store.Invitation, error) {
	one, err := s.desk.Office.Invitation(c.Request().Context(), c.Param("secret"))
	if err != nil {
		return nil, one, err
	}
	page := &invitationPage{deskFrame: s.deskFrame(c, "desk.invitation.title")}
	page.Grant = s.grantsInWords(page.Localizer, []account.Grant{one.Grant})
	page.openIDOffer = s.openIDOffer()
	page.Invitation, page.Next = c.Param("secret"), deskPath+"/"
	return page, one, nil
}

// acceptInvitation makes the account and signs it in.
func (s *Server) acceptInvitation(c echo.Context) error {
	if err := s.desk.attempts.check(s.client(c.Request())); err != nil {
		return err
	}
	page, invited, err := s.invitationPage(c)
	if err != nil {
		return err
	}
	page.Name = c.FormValue("name")
	user := account.User{Name: page.Name, Email: invited.Email, Grants: []account.Grant{invited.Grant}}
	password := c.FormValue("password")
	if err = account.Validate(user); err == nil {
		err = account.CheckPassword(user, password)
	}
	if err == nil {
		user, err = s.desk.Office.AcceptInvitation(c.Request().Context(), c.Param("secret"), user.Name, s.desk.Hasher.Hash(password))
	}
	switch failure.CodeOf(err) {
	case failure.Invalid, failure.Conflict:
		page.Problem = sentence(page.Localizer, failure.As(err))
		return s.page(c, http.StatusUnprocessableEntity, "desk-invitation", page)
	}
	if err != nil {
		return err
	}
	return s.begin(c, user, account.ByPassword, deskPath+"/")
}

type accountPage struct {
	*deskFrame
	Grants   string
	Sessions []sessionRow
	Problem  string
	Done     bool // the password was changed
	Second   bool // there is a second factor
	Required bool // nothing else is open to the visitor until there is one
	Passkeys []passkeyRow
	// NoPasskeys says why none can be added here, "" where that is possible.
	NoPasskeys, PasskeyProblem string
	PasskeyName                string // as typed
	openIDOffer
	Linked        bool // with what the provider knows the visitor by
	OpenIDProblem string
	HasPassword   bool
}

// AgainPath is where the page's script leads somebody who has to sign in once more.
func (p *accountPage) AgainPath() string { return againPath(p.User) }

type passkeyRow struct {
	Number, Name, Created, Used string
	Synced                      bool
}

type sessionRow struct {
	Key, Began, Device string
	Own                bool
}

// account shows somebody their own account.
func (s *Server) account(c echo.Context) error {
	return s.accountPage(c, http.StatusOK, func(*accountPage) {})
}

// accountPage shows the visitor's account; with adds what has just happened.
func (s *Server) accountPage(c echo.Context, status int, with func(*accountPage)) error {
	user, _ := visitor(c)
	page := &accountPage{deskFrame: s.deskFrame(c, "desk.account.title"), Required: s.weak(c)}
	with(page)
	page.Grants = s.grantsInWords(page.Localizer, user.Grants)
	sessions, own, err := s.desk.Sessions.Of(c.Request().Context(), user.Name, s.desk.sessions.Token(c.Request().Context()))
	if err != nil {
		return err
	}
	_, credentials, err := s.desk.Office.User(c.Request().Context(), user.Name)
	if err != nil {
		return err
	}
	page.Second = credentials.Second != ""
	page.HasPassword, page.openIDOffer = credentials.Password != "", s.openIDOffer()
	if err := s.passkeyRows(c, page, user); err != nil {
		return err
	}
	linked, err := s.desk.Office.Identities(c.Request().Context(), user.Name)
	if err != nil {
		return err
	}
	page.Linked = s.desk.openID != nil && slices.ContainsFunc(linked, func(one store.Identity) bool { return one.Issuer == s.desk.openID.Issuer })
	for _, one := range sessions {
		page.Sessions = append(page.Sessions, sessionRow{Key: one.Key, Began: page.Time(one.Began), Device: one.Device, Own: one.Key == own})
	}
	return s.page(c, status, "desk-account", page)
}

func (s *Server) passkeyRows(c echo.Context, page *accountPage, user account.User) error {
	if _, err := account.NewRelyingParty(s.config.BaseURL); err != nil {
		page.NoPasskeys = sentence(page.Localizer, failure.As(err))
	}
	passkeys, err := s.desk.Office.Passkeys(c.Request().Context(), user.Name)
	if err != nil {
		return err
	}
	for _, one := range passkeys {
		row := passkeyRow{Number: one.Number, Name: one.Name, Created: page.Time(one.Created), Synced: one.Synced}
		if one.Used != "" {
			row.Used = page.Time(one.Used)
		}
		page.Passkeys = append(page.Passkeys, row)
	}
	return nil
}

// setPassword replaces somebody's own password; whoever is signed in elsewhere
// has to sign in anew.
func (s *Server) setPassword(c echo.Context) error {
	user, right, err := s.provesPassword(c)
	if err != nil || !right {
		return err
	}
	ctx, words := c.Request().Context(), s.deskWords(c)
	password := c.FormValue("password")
	if err := account.CheckPassword(user, password); err != nil {
		return s.accountPage(c, http.StatusUnprocessableEntity, func(page *accountPage) { page.Problem = sentence(words, failure.As(err)) })
	}
	err = s.desk.Office.SetPassword(ctx, user.Name, user.Name, s.desk.Hasher.Hash(password), s.desk.sessions.Token(ctx))
	if err != nil {
		return err
	}
	return s.accountPage(c, http.StatusOK, func(page *accountPage) { page.Done = true })
}

// provesPassword tells whether the form holds the visitor's own password, which
// what is grave asks for once more; if not, it has answered already.
func (s *Server) provesPassword(c echo.Context) (user account.User, right bool, err error) {
	user, _ = visitor(c)
	if err := s.desk.attempts.check(s.client(c.Request())); err != nil {
		return user, false, err
	}
	_, credentials, err := s.desk.Office.User(c.Request().Context(), user.Name)
	if err != nil {
		return user, false, err
	}
	if !s.desk.Hasher.Matches(c.FormValue("current"), credentials.Password) {
		return user, false, s.accountPage(c, http.StatusUnprocessableEntity, func(page *accountPage) { page.Problem = page.T("desk.account.wrong") })
	}
	return user, true, nil
}

// endSession signs somebody out elsewhere.
func (s *Server) endSession(c echo.Context) error {
	user, _ := visitor(c)
	if err := s.desk.Sessions.Revoke(c.Request().Context(), user.Name, user.Name, c.Param("key")); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/manage/account")
}

// deviceOf names the browser and the system that a request says it comes from, as
// somebody would: "Firefox, Windows". It is for their own list only.
func deviceOf(r *http.Request) string {
	agent := r.UserAgent()
	first := func(marks [][2]string) string {
		for _, mark := range marks {
			if strings.Contains(agent, mark[0]) {
				return mark[1]
			}
		}
		return ""
	}
	browser := first([][2]string{ // those that call themselves by the names of others first
		{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	})
	system := first([][2]string{
		{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS", "macOS"}, {"Linux", "Linux"},
	})
	return strings.Join(slices.DeleteFunc([]string{browser, system}, func(name string) bool { return name == "" }), ", ")
}

// accountData hands somebody all that is stored about their account.
func (s *Server) accountData(c echo.Context) error {
	user, _ := visitor(c)
	held, err := s.desk.Office.Holdings(c.Request().Context(), user.Name)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="account.json"`)
	return c.JSONPretty(http.StatusOK, held, "  ")
}
