package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
)

// Places is what the pages about institutions and areas need of the store.
type Places interface {
	// Institution returns an institution; failure.NotFound.
	Institution(ctx context.Context, number string) (fieldwork.Institution, error)
	// FindInstitutions returns the institutions that a filter chooses, and how
	// many there are without its limit.
	FindInstitutions(ctx context.Context, filter store.InstitutionFilter) ([]fieldwork.Institution, int, error)
	// CountInstitutions counts the open institutions by area and type.
	CountInstitutions(ctx context.Context) ([]store.InstitutionCount, error)
	// Register returns all institutions, and the revision that they are.
	Register(ctx context.Context) ([]fieldwork.Institution, int64, error)
	// ChangeRegister stores new and changed institutions; failure.Conflict when
	// the register is no longer of that revision.
	ChangeRegister(ctx context.Context, entry account.Entry, revision int64, changed []fieldwork.Institution) error
	// ChangeInstitution changes one institution.
	ChangeInstitution(ctx context.Context, number string, change func(fieldwork.Institution) (fieldwork.Institution, account.Entry, error)) error
	// InstitutionGroups returns all groups by name.
	InstitutionGroups(ctx context.Context) ([]store.InstitutionGroup, error)
	// GroupsOf returns the ids of the groups that each of the institutions is in.
	GroupsOf(ctx context.Context, numbers []string) (map[string][]string, error)
	// AddGroup makes an empty group.
	AddGroup(ctx context.Context, actor, name, area string) (id string, err error)
	// RenameGroup gives a group another name; failure.NotFound.
	RenameGroup(ctx context.Context, actor string, group store.InstitutionGroup, name string) error
	// RemoveGroup takes a group apart; failure.NotFound.
	RemoveGroup(ctx context.Context, actor string, group store.InstitutionGroup) error
	// SetMembers takes institutions into a group or out of it.
	SetMembers(ctx context.Context, actor string, group store.InstitutionGroup, numbers []string, member bool) (int, error)
	// Areas returns the areas that were added to the shipped ones, and the
	// revision of their list.
	Areas(ctx context.Context) ([]catalogue.Area, int64, error)
	// PutAreas stores added areas; failure.Conflict.
	PutAreas(ctx context.Context, entry account.Entry, revision int64, changed []catalogue.Area, check func([]catalogue.Area) error) error
	// RemoveArea takes an added area away; failure.Conflict when it is used.
	RemoveArea(ctx context.Context, entry account.Entry, revision int64, key string, check func([]catalogue.Area) error) error
}

// placesRoutes lists the pages about institutions, their groups and areas.
func (s *Server) placesRoutes() []route {
	csrf, places := s.desk.csrf, account.ManagePlaces
	return slices.Concat([]route{
		{method: http.MethodGet, path: "/manage/institutions", permission: places, handler: csrf(s.institutions)},
		{method: http.MethodPost, path: "/manage/institutions/members", permission: places, about: s.aboutGroup, handler: csrf(s.setMembers)},
		{method: http.MethodGet, path: "/manage/institutions/new", permission: places, handler: csrf(s.newInstitution)},
		{method: http.MethodPost, path: "/manage/institutions/new", permission: places, about: aboutGrant, handler: csrf(s.addInstitution)},
		{method: http.MethodGet, path: "/manage/institutions/edit", permission: places, about: s.aboutInstitution, handler: csrf(s.editInstitution)},
		{method: http.MethodPost, path: "/manage/institutions/edit", permission: places, about: s.aboutInstitution, handler: csrf(s.changeInstitution)},
		{method: http.MethodGet, path: "/manage/groups", permission: places, handler: csrf(s.groups)},
		{method: http.MethodPost, path: "/manage/groups", permission: places, about: aboutGrant, handler: csrf(s.addGroup)},
		{method: http.MethodGet, path: "/manage/groups/:id", permission: places, about: s.aboutGroup, handler: csrf(s.group)},
		{method: http.MethodPost, path: "/manage/groups/:id/name", permission: places, about: s.aboutGroup, handler: csrf(s.renameGroup)},
		{method: http.MethodPost, path: "/manage/groups/:id/remove", permission: places, about: s.aboutGroup, handler: csrf(s.removeGroup)},
		{method: http.MethodGet, path: "/manage/areas", permission: places, handler: csrf(s.areas)},
		{method: http.MethodPost, path: "/manage/areas", permission: places, about: aboutParent, handler: csrf(s.addArea)},
		{method: http.MethodGet, path: "/manage/areas/:key", permission: places, about: aboutArea, handler: csrf(s.area)},
		{method: http.MethodPost, path: "/manage/areas/:key/name", permission: places, about: aboutArea, handler: csrf(s.renameArea)},
		{method: http.MethodPost, path: "/manage/areas/:key/remove", permission: places, about: aboutArea, handler: csrf(s.removeArea)},
	}, s.mapperRoutes(s.institutionImporter()), s.mapperRoutes(s.areaImporter()))
}

// aboutInstitution is the subject of an institution that the address names.
func (s *Server) aboutInstitution(c echo.Context) (account.Subject, error) {
	one, err := s.desk.Office.Institution(c.Request().Context(), c.QueryParam("number"))
	return account.Subject{Area: one.Area}, err
}

// mayPlaces tells for which areas somebody manages institutions; "" is none of
// them, which takes the right for all.
func (s *Server) mayPlaces(user account.User) func(area string) bool {
	return func(area string) bool {
		return user.May(account.ManagePlaces, account.Subject{Area: area}, s.desk.Areas.Contains)
	}
}

// theirAreas lists the areas whose institutions somebody manages.
func (s *Server) theirAreas(user account.User) []catalogue.Area {
	may := s.mayPlaces(user)
	return slices.DeleteFunc(s.desk.Areas.All(), func(one catalogue.Area) bool { return !may(one.Key) })
}

// placeOptions offers the areas whose institutions somebody manages; none is the
// label for no area, "" where there must be one.
func (s *Server) placeOptions(user account.User, chosen, none string) []option {
	var list []option
	if none != "" && s.mayPlaces(user)("") {
		list = append(list, option{"", none, chosen == ""})
	}
	for _, one := range s.theirAreas(user) {
		list = append(list, option{one.Key, s.areaPath(one), one.Key == chosen})
	}
	return list
}

func (s *Server) typeOptions(chosen, none string) []option {
	list := []option{{"", none, chosen == ""}}
	for _, one := range s.desk.Types.All() {
		list = append(list, option{one.Slug, one.Label, one.Slug == chosen})
	}
	return list
}

// areasFresh is how long added areas are used unasked: another process may add
// some.
const areasFresh = 2 * time.Second

// FollowAreas takes in areas that were added meanwhile, unless it did just now.
// Those that contradict the shipped ones are left out, and the log tells it.
func (s *Server) FollowAreas(ctx context.Context) error {
	now := s.config.Now()
	last := s.desk.areasRead.Load()
	if last != nil && now.Sub(*last).Abs() < areasFresh {
		return nil
	}
	added, _, err := s.desk.Office.Areas(ctx)
	if err != nil {
		return err
	}
	if findings := s.desk.Areas.Add(added); len(findings) > 0 {
		s.config.Logger.Warn("added areas contradict the shipped ones", slog.Any("findings", findings))
	}
	s.desk.areasRead.Store(&now)
	return nil
}

// listPage is how many institutions a page lists.
const listPage = 50

type institutionsPage struct {
	*deskFrame
	Areas, Types, Groups []option // to filter by
	Into                 []option // groups to put institutions into
	Text                 string
	Closed               bool
	Rows                 []institutionRow
	Total, From, To      int
	Earlier, Later       string // addresses, "" at the ends
	Action               string // of the form that puts institutions into groups; holds the filter
	Done                 []string
	Problem              string
}

type institutionRow struct {
	Number, Name, Type, Area, Groups, Email, Address string
}

// institutions lists the institutions of the areas that somebody manages.
func (s *Server) institutions(c echo.Context) error {
	return s.showInstitutions(c, http.StatusOK, "")
}

func (s *Server) showInstitutions(c echo.Context, status int, problem string) error {
	ctx := c.Request().Context()
	user, _ := visitor(c)
	page := &institutionsPage{deskFrame: s.deskFrame(c, "places.institutions.title"), Problem: problem}
	filter, query := s.institutionFilter(c, user)
	number, _ := strconv.Atoi(c.QueryParam("page")) // nothing or nonsense is the first page
	number = min(max(number, 1), 1<<20)
	filter.Limit, filter.Offset = listPage, (number-1)*listPage
	found, total, err := s.desk.Office.FindInstitutions(ctx, filter)
	if err != nil {
		return err
	}
	groups, err := s.desk.Office.InstitutionGroups(ctx)
	if err != nil {
		return err
	}
	if page.Rows, err = s.institutionRows(ctx, page.Localizer, found, groups); err != nil {
		return err
	}
	for at := range page.Rows {
		page.Rows[at].Address = onward(c, "/manage/institutions/edit?number="+url.QueryEscape(page.Rows[at].Number))
	}
	counts, err := s.desk.Office.CountInstitutions(ctx)
	if err != nil {
		return err
	}
	page.Total, page.From, page.To = total, filter.Offset+1, filter.Offset+len(found)
	turn := func(to int) string {
		turned := url.Values{}
		for key, values := range query {
			turned[key] = values
		}
		turned.Set("page", strconv.Itoa(to))
		return onward(c, "/manage/institutions?"+turned.Encode())
	}
	if number > 1 {
		page.Earlier = turn(number - 1)
	}
	if page.To < total {
		page.Later = turn(number + 1)
	}
	page.Action, page.Text, page.Closed = onward(c, "/manage/institutions/members?"+query.Encode()), filter.Text, filter.Closed
	page.Areas = append([]option{{"", page.T("places.filter.areas"), query.Get("area") == ""}}, s.placeOptions(user, query.Get("area"), "")...)
	if s.mayPlaces(user)("") {
		page.Areas = append(page.Areas, option{"-", page.T("places.filter.no_area"), query.Get("area") == "-"})
	}
	page.Types = s.typeFilter(page.Localizer, user, counts, query.Get("type"))
	page.Groups = []option{{"", page.T("places.filter.groups"), filter.Group == ""}}
	for _, one := range groups {
		page.Groups = append(page.Groups, option{one.ID, one.Name, one.ID == filter.Group})
		if s.mayPlaces(user)(one.Area) {
			page.Into = append(page.Into, option{one.ID, one.Name, one.ID == c.FormValue("group")})
		}
	}
	page.Done = s.doneWords(c, page.Localizer)
	return s.page(c, status, "desk-institutions", page)
}

// institutionFilter reads the filter of a list, kept to the areas that somebody
// manages, and returns it as a query as well.
func (s *Server) institutionFilter(c echo.Context, user account.User) (store.InstitutionFilter, url.Values) {
	query := url.Values{}
	for _, name := range []string{"area", "type", "group", "text", "closed"} {
		if value := c.QueryParam(name); value != "" && len(value) <= 200 {
			query.Set(name, value)
		}
	}
	filter := store.InstitutionFilter{Group: query.Get("group"), Text: query.Get("text"), Closed: query.Get("closed") != ""}
	if label, own := strings.CutPrefix(query.Get("type"), "="); own {
		filter.TypeLabel = label
	} else {
		filter.Type = query.Get("type")
	}
	may, area := s.mayPlaces(user), query.Get("area")
	switch {
	case area == "-" && may(""):
		filter.Areas = []string{""}
	case area == "" && may(""): // everything
	default:
		filter.Areas = []string{}
		for _, one := range s.theirAreas(user) {
			if area == "" || s.desk.Areas.Contains(area, one.Key) {
				filter.Areas = append(filter.Areas, one.Key)
			}
		}
	}
	return filter, query
}

// typeFilter offers the types that somebody's institutions have.
func (s *Server) typeFilter(words *i18n.Localizer, user account.User, counts []store.InstitutionCount, chosen string) []option {
	may := s.mayPlaces(user)
	sums := map[string]int{}
	labels := map[string]string{}
	for _, one := range counts {
		key := one.Type
		if key == "" {
			key = "=" + one.TypeLabel
		}
		if may(one.Area) && key != "=" {
			sums[key] += one.Count
			labels[key] = one.TypeLabel
		}
	}
	list := make([]option, 0, len(sums)+1)
	for key, count := range sums {
		list = append(list, option{key, words.T("places.filter.type", "type", labels[key], "count", words.Number(float64(count), 0)), key == chosen})
	}
	slices.SortFunc(list, func(a, b option) int { return strings.Compare(a.Label, b.Label) })
	return append([]option{{"", words.T("places.filter.types"), chosen == ""}}, list...)
}

func (s *Server) institutionRows(ctx context.Context, words *i18n.Localizer, found []fieldwork.Institution, groups []store.InstitutionGroup) ([]institutionRow, error) {
	numbers := make([]string, len(found))
	for at, one := range found {
		numbers[at] = one.Number
	}
	of, err := s.desk.Office.GroupsOf(ctx, numbers)
	if err != nil {
		return nil, err
	}
	rows := make([]institutionRow, len(found))
	for at, one := range found {
		rows[at] = institutionRow{Number: one.Number, Name: one.Name, Type: one.TypeLabel, Area: s.areaInWords(words, one.Area), Email: one.Email}
		for _, group := range groups {
			if slices.Contains(of[one.Number], group.ID) {
				if rows[at].Groups != "" {
					rows[at].Groups += ", "
				}
				rows[at].Groups += group.Name
			}
		}
	}
	return rows, nil
}

// areaInWords names an area with those around it.
func (s *Server) areaInWords(words *i18n.Localizer, key string) string {
	if area, known := s.desk.Areas.Get(key); known {
		return s.areaPath(area)
	}
	if key == "" {
		return words.T("places.no_area")
	}
	return key
}

// doneWords says what the request before has done, from the address.
func (s *Server) doneWords(c echo.Context, words *i18n.Localizer) []string {
	var done []string
	for _, name := range []string{"added", "changed", "closed_now", "joined", "left", "saved", "removed"} {
		if count, err := strconv.Atoi(c.QueryParam(name)); err == nil && count >= 0 {
			done = append(done, words.N("places.done."+name, count))
		}
	}
	return done
}

// setMembers takes the ticked institutions, or all that the filter finds, into a
// group or out of it.
func (s *Server) setMembers(c echo.Context) error {
	ctx := c.Request().Context()
	user, _ := visitor(c)
	group, err := s.findGroup(c)
	if err != nil {
		return err
	}
	form, err := c.FormParams()
	if err != nil {
		return failure.New(failure.Invalid, "error.invalid").Because(err)
	}
	filter, query := s.institutionFilter(c, user)
	if form.Get("all") == "" {
		filter = store.InstitutionFilter{Areas: filter.Areas, Closed: filter.Closed}
	}
	found, _, err := s.desk.Office.FindInstitutions(ctx, filter)
	if err != nil {
		return err
	}
	ticked := map[string]bool{}
	for _, number := range form["number"] {
		ticked[number] = true
	}
	var numbers []string
	for _, one := range found {
		if form.Get("all") != "" || ticked[one.Number] {
			numbers = append(numbers, one.Number)
		}
	}
	if len(numbers) == 0 {
		return s.showInstitutions(c, http.StatusUnprocessableEntity, s.deskWords(c).T("places.none_ticked"))
	}
	member := form.Get("do") != "leave"
	changed, err := s.desk.Office.SetMembers(ctx, user.Name, group, numbers, member)
	if err != nil {
		return err
	}
	name := "left"
	if member {
		name = "joined"
	}
	query.Set(name, strconv.Itoa(changed))
	return c.Redirect(http.StatusSeeOther, onward(c, "/manage/institutions?"+query.Encode()))
}
