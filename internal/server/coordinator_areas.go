package server

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
)

// aboutParent is the subject of an area that is added below another one.
func aboutParent(c echo.Context) (account.Subject, error) {
	return account.Subject{Area: c.FormValue("parent")}, nil
}

// aboutArea is the subject of an area that the address names.
func aboutArea(c echo.Context) (account.Subject, error) {
	return account.Subject{Area: c.Param("key")}, nil
}

type areasPage struct {
	*deskFrame
	Roots     []areaNode
	Parents   []option
	Name, AGS string
	Top       bool // whether areas may be added at the top
	Done      []string
	Problem   string
}

// areaNode is an area with those within it and the words around them.
type areaNode struct {
	*areasPage
	Area   catalogue.Area
	Level  string
	Count  int  // open institutions in it and below
	Theirs bool // their places are the reader's to manage
	Own    bool // added, not shipped
	Within []areaNode
}

// areas shows the tree of areas.
func (s *Server) areas(c echo.Context) error {
	page, err := s.areasPage(c, "")
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-areas", page)
}

func (s *Server) areasPage(c echo.Context, parent string) (*areasPage, error) {
	counts, err := s.desk.Office.CountInstitutions(c.Request().Context())
	if err != nil {
		return nil, err
	}
	sums := map[string]int{}
	for _, one := range counts {
		sums[one.Area] += one.Count
		for _, outer := range s.desk.Areas.Ancestors(one.Area) {
			sums[outer.Key] += one.Count
		}
	}
	user, _ := visitor(c)
	may := s.mayPlaces(user)
	page := &areasPage{deskFrame: s.deskFrame(c, "places.areas.title"), Top: may("")}
	page.Done = s.doneWords(c, page.Localizer)
	var grow func(list []catalogue.Area) []areaNode
	grow = func(list []catalogue.Area) []areaNode {
		nodes := make([]areaNode, len(list))
		for at, one := range list {
			nodes[at] = areaNode{areasPage: page, Area: one, Level: page.T("places.level." + string(one.Level)), Count: sums[one.Key],
				Theirs: may(one.Key), Own: !s.desk.Areas.Shipped(one.Key), Within: grow(s.desk.Areas.Children(one.Key))}
		}
		return nodes
	}
	page.Roots = grow(s.desk.Areas.Roots())
	if page.Top {
		page.Parents = append(page.Parents, option{"", page.T("places.area.top"), parent == ""})
	}
	for _, one := range s.theirAreas(user) {
		if catalogue.LevelWithin(one, "") != "" {
			page.Parents = append(page.Parents, option{one.Key, s.areaPath(one), one.Key == parent})
		}
	}
	return page, nil
}

var agsOfArea = regexp.MustCompile(`^(?:[0-9]{5}|[0-9]{8})?$`)

// readArea reads the form for a new area.
func (s *Server) readArea(c echo.Context) (catalogue.Area, error) {
	one := catalogue.Area{Name: strings.Join(strings.Fields(c.FormValue("name")), " "), Parent: c.FormValue("parent"), AGS: strings.TrimSpace(c.FormValue("ags"))}
	parent, known := s.desk.Areas.Get(one.Parent)
	one.Level = catalogue.LevelWithin(parent, one.AGS)
	switch {
	case one.Parent != "" && !known || one.Level == "":
		return one, failure.New(failure.Invalid, "error.unknown_area", "area", one.Parent)
	case one.Name == "":
		return one, failure.New(failure.Invalid, "places.problem.name")
	case utf8.RuneCountInString(one.Name) > catalogue.MaxAreaName:
		return one, failure.New(failure.Invalid, "places.problem.long", "limit", catalogue.MaxAreaName)
	case !agsOfArea.MatchString(one.AGS) || one.Level == catalogue.Sozialraum && one.AGS != "":
		return one, failure.New(failure.Invalid, "places.problem.ags")
	}
	if _, twice := s.desk.Areas.Named(one.Parent, one.Name); twice {
		return one, failure.New(failure.Invalid, "places.problem.area_exists", "name", one.Name)
	}
	one.Key = s.desk.Areas.NewKey(parent, one.Name)
	return one, nil
}

func (s *Server) addArea(c echo.Context) error {
	one, err := s.readArea(c)
	user, _ := visitor(c)
	if err == nil {
		entry := account.Entry{Actor: user.Name, Action: account.AreaAdded, Subject: one.Key, Area: one.Parent, Effect: one.Name}
		err = s.putAreas(c.Request().Context(), entry, []catalogue.Area{one})
	}
	if code := failure.CodeOf(err); code == failure.Invalid || code == failure.Conflict {
		page, failed := s.areasPage(c, one.Parent)
		if failed != nil {
			return failed
		}
		page.Name, page.AGS, page.Problem = one.Name, one.AGS, sentence(page.Localizer, failure.As(err))
		return s.page(c, status(code), "desk-areas", page)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, onward(c, "/manage/areas?added=1"))
}

// putAreas stores areas at the revision that the desk knows, and makes them
// known.
func (s *Server) putAreas(ctx context.Context, entry account.Entry, changed []catalogue.Area) error {
	revision, err := s.readAreas(ctx)
	if err != nil {
		return err
	}
	if err := s.desk.Office.PutAreas(ctx, entry, revision, changed, s.checkAreas); err != nil {
		return err
	}
	_, err = s.readAreas(ctx)
	return err
}

// readAreas makes the added areas known as they are now, and returns their
// revision.
func (s *Server) readAreas(ctx context.Context) (int64, error) {
	added, revision, err := s.desk.Office.Areas(ctx)
	if err != nil {
		return 0, err
	}
	_ = s.desk.Areas.Add(added) // what contradicts itself is told by FollowAreas
	return revision, nil
}

// checkAreas refuses added areas that contradict each other or the shipped ones.
func (s *Server) checkAreas(added []catalogue.Area) error {
	if _, findings := s.desk.Areas.With(added); len(findings) > 0 {
		return failure.New(failure.Invalid, "finding."+findings[0].Key, pairsOf(findings[0].Params)...)
	}
	return nil
}

func pairsOf(params failure.Params) []any {
	list := make([]any, 0, 2*len(params))
	for name, value := range params {
		list = append(list, name, value)
	}
	return list
}

type areaPage struct {
	*deskFrame
	Area    catalogue.Area
	Where   string
	Lost    string
	Problem string
}

// ownArea returns an added area; shipped ones are not changed here.
func (s *Server) ownArea(c echo.Context) (catalogue.Area, error) {
	area, known := s.desk.Areas.Get(c.Param("key"))
	if !known || s.desk.Areas.Shipped(area.Key) {
		return area, failure.New(failure.NotFound, "error.unknown_area", "area", c.Param("key"))
	}
	return area, nil
}

func (s *Server) area(c echo.Context) error {
	area, err := s.ownArea(c)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-area", s.areaPage(c, area))
}

func (s *Server) areaPage(c echo.Context, area catalogue.Area) *areaPage {
	page := &areaPage{deskFrame: s.deskFrame(c, "places.areas.title"), Area: area, Where: s.areaPath(area)}
	page.Title = area.Name
	page.Lost = page.T("places.area.lost", "name", area.Name)
	return page
}

func (s *Server) renameArea(c echo.Context) error {
	return s.changeArea(c, func(ctx context.Context, actor string, area catalogue.Area) error {
		next := area
		next.Name = strings.Join(strings.Fields(c.FormValue("name")), " ")
		if next.Name == "" {
			return failure.New(failure.Invalid, "places.problem.name")
		}
		if utf8.RuneCountInString(next.Name) > catalogue.MaxAreaName {
			return failure.New(failure.Invalid, "places.problem.long", "limit", catalogue.MaxAreaName)
		}
		if other, twice := s.desk.Areas.Named(area.Parent, next.Name); twice && other.Key != area.Key {
			return failure.New(failure.Invalid, "places.problem.area_exists", "name", next.Name)
		}
		return s.putAreas(ctx, account.Entry{Actor: actor, Action: account.AreaChanged, Subject: area.Key, Area: area.Key,
			Effect: area.Name + " → " + next.Name}, []catalogue.Area{next})
	}, "saved")
}

func (s *Server) removeArea(c echo.Context) error {
	return s.changeArea(c, func(ctx context.Context, actor string, area catalogue.Area) error {
		revision, err := s.readAreas(ctx)
		if err != nil {
			return err
		}
		entry := account.Entry{Actor: actor, Action: account.AreaRemoved, Subject: area.Key, Area: area.Parent, Effect: area.Name}
		if err := s.desk.Office.RemoveArea(ctx, entry, revision, area.Key, s.checkAreas); err != nil {
			return err
		}
		_, err = s.readAreas(ctx)
		return err
	}, "removed")
}

// changeArea does something to an added area; done is what the next page tells.
func (s *Server) changeArea(c echo.Context, work func(ctx context.Context, actor string, area catalogue.Area) error, done string) error {
	area, err := s.ownArea(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	err = work(c.Request().Context(), user.Name, area)
	if code := failure.CodeOf(err); code == failure.Invalid || code == failure.Conflict {
		page := s.areaPage(c, area)
		page.Problem = sentence(page.Localizer, failure.As(err))
		return s.page(c, status(code), "desk-area", page)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, onward(c, "/manage/areas?"+done+"=1"))
}
