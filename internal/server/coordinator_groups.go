package server

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
)

// aboutGroup is the subject of a group that the address or the form names.
func (s *Server) aboutGroup(c echo.Context) (account.Subject, error) {
	group, err := s.findGroup(c)
	return account.Subject{Area: group.Area}, err
}

func (s *Server) findGroup(c echo.Context) (store.InstitutionGroup, error) {
	id := c.Param("id")
	if id == "" {
		id = c.FormValue("into")
	}
	groups, err := s.desk.Office.InstitutionGroups(c.Request().Context())
	if err != nil {
		return store.InstitutionGroup{}, err
	}
	for _, one := range groups {
		if one.ID == id {
			return one, nil
		}
	}
	return store.InstitutionGroup{}, failure.New(failure.NotFound, "error.unknown_group")
}

type groupsPage struct {
	*deskFrame
	Groups  []groupRow
	Areas   []option
	Name    string
	Done    []string
	Problem string
}

type groupRow struct {
	ID, Name, Area string
	Count          int
	Theirs         bool // to change
}

// groups lists all groups: who manages one area's places may filter by
// another's.
func (s *Server) groups(c echo.Context) error {
	page, err := s.groupsPage(c, "")
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-groups", page)
}

func (s *Server) groupsPage(c echo.Context, area string) (*groupsPage, error) {
	groups, err := s.desk.Office.InstitutionGroups(c.Request().Context())
	if err != nil {
		return nil, err
	}
	user, _ := visitor(c)
	page := &groupsPage{deskFrame: s.deskFrame(c, "places.groups.title")}
	page.Areas, page.Done = s.placeOptions(user, area, page.T("desk.area.all")), s.doneWords(c, page.Localizer)
	for _, one := range groups {
		row := groupRow{ID: one.ID, Name: one.Name, Area: page.T("desk.area.all"), Count: one.Count, Theirs: s.mayPlaces(user)(one.Area)}
		if one.Area != "" {
			row.Area = s.areaInWords(page.Localizer, one.Area)
		}
		page.Groups = append(page.Groups, row)
	}
	return page, nil
}

// maxGroupName is the most characters of a group's name.
const maxGroupName = 100

// groupName reads the name of a group from a form.
func groupName(c echo.Context) (string, error) {
	name := strings.Join(strings.Fields(c.FormValue("name")), " ")
	switch {
	case name == "":
		return name, failure.New(failure.Invalid, "places.problem.name")
	case utf8.RuneCountInString(name) > maxGroupName:
		return name, failure.New(failure.Invalid, "places.problem.long", "limit", maxGroupName)
	}
	return name, nil
}

func (s *Server) addGroup(c echo.Context) error {
	user, _ := visitor(c)
	area := c.FormValue("area")
	name, err := groupName(c)
	if _, known := s.desk.Areas.Get(area); err == nil && area != "" && !known {
		err = failure.New(failure.Invalid, "error.unknown_area", "area", area)
	}
	if err != nil {
		page, failed := s.groupsPage(c, area)
		if failed != nil {
			return failed
		}
		page.Name, page.Problem = name, sentence(page.Localizer, failure.As(err))
		return s.page(c, http.StatusUnprocessableEntity, "desk-groups", page)
	}
	if _, err = s.desk.Office.AddGroup(c.Request().Context(), user.Name, name, area); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, onward(c, "/manage/groups?saved=1"))
}

type groupPage struct {
	*deskFrame
	Group   store.InstitutionGroup
	Lost    string // what removing it loses
	Problem string
}

func (s *Server) group(c echo.Context) error {
	group, err := s.findGroup(c)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-group", s.groupPage(c, group))
}

func (s *Server) groupPage(c echo.Context, group store.InstitutionGroup) *groupPage {
	page := &groupPage{deskFrame: s.deskFrame(c, "places.groups.title"), Group: group}
	page.Title = group.Name
	page.Lost = page.N("places.group.lost", group.Count, "name", group.Name)
	return page
}

func (s *Server) renameGroup(c echo.Context) error {
	group, err := s.findGroup(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	name, err := groupName(c)
	if err != nil {
		page := s.groupPage(c, group)
		page.Problem = sentence(page.Localizer, failure.As(err))
		return s.page(c, http.StatusUnprocessableEntity, "desk-group", page)
	}
	if err := s.desk.Office.RenameGroup(c.Request().Context(), user.Name, group, name); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, onward(c, "/manage/groups?saved=1"))
}

func (s *Server) removeGroup(c echo.Context) error {
	group, err := s.findGroup(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	if err := s.desk.Office.RemoveGroup(c.Request().Context(), user.Name, group); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, onward(c, "/manage/groups?removed=1"))
}
