package server

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
)

// register is a list of entries, each about one area, that are added, changed and
// removed one by one under its path.
type register[T any] struct {
	path string
	// one, save and remove are the store's.
	one    func(ctx context.Context, id string) (store.Kept[T], error)
	save   func(ctx context.Context, entry account.Entry, seen int, one T) (id string, err error)
	remove func(ctx context.Context, entry account.Entry, seen int, id string) error
	// area is what an entry is about, id its own.
	area, id func(*T) string
	// page is the form, of a new entry where its revision is 0.
	page func(c echo.Context, one *T, revision int) (*entryPage, error)
	// begin is a new entry, as the address asks for it.
	begin func(c echo.Context) (T, error)
	// read reads the form into an entry that has the rest already; failure.Invalid.
	read func(ctx context.Context, form url.Values, one T) (T, error)
}

// registerRoutes lists the pages on which entries of a register are changed.
func registerRoutes[T any](s *Server, r register[T]) []route {
	about := func(c echo.Context) (account.Subject, error) {
		one, err := r.one(c.Request().Context(), c.Param("id"))
		if err != nil {
			return account.Subject{}, err
		}
		return account.Subject{Area: r.area(&one.Entry)}, nil
	}
	line := func(method, path string, about func(echo.Context) (account.Subject, error), handler func(echo.Context) error) route {
		return route{method: method, path: r.path + path, permission: account.ManageConcept, about: about, handler: s.desk.csrf(handler)}
	}
	return []route{
		line(http.MethodGet, "/new", nil, func(c echo.Context) error {
			one, err := r.begin(c)
			if err != nil {
				return err
			}
			return r.show(c, s, &one, 0, nil)
		}),
		line(http.MethodPost, "", s.aboutAreas, func(c echo.Context) error { return r.put(c, s, store.Kept[T]{}, 0) }),
		line(http.MethodGet, "/of/:id", about, func(c echo.Context) error {
			stored, err := r.one(c.Request().Context(), c.Param("id"))
			if err != nil {
				return err
			}
			return r.show(c, s, &stored.Entry, stored.Revision, nil)
		}),
		line(http.MethodPost, "/of/:id", about, func(c echo.Context) error {
			stored, err := r.one(c.Request().Context(), c.Param("id"))
			if err != nil {
				return err
			}
			return r.put(c, s, stored, revisionIn(c))
		}),
		line(http.MethodPost, "/of/:id/remove", about, func(c echo.Context) error { return r.drop(c, s) }),
	}
}

// show shows the form with what is wrong, nil for nothing.
func (r *register[T]) show(c echo.Context, s *Server, one *T, revision int, wrong error) error {
	page, err := r.page(c, one, revision)
	if err != nil {
		return err
	}
	page.Revision = revision
	at := r.path
	if revision != 0 {
		at += "/of/" + r.id(one)
		page.Remove = at + "/remove" + page.Query
	}
	page.Action = at + page.Query
	if wrong != nil {
		return s.refusedEntry(c, page, wrong)
	}
	return s.page(c, http.StatusOK, "desk-entry", page)
}

// put stores what the form says.
func (r *register[T]) put(c echo.Context, s *Server, stored store.Kept[T], seen int) error {
	ctx := c.Request().Context()
	form, err := c.FormParams()
	if err != nil {
		return brokenForm(err)
	}
	user, _ := visitor(c)
	one, wrong := r.read(ctx, form, stored.Entry)
	area := r.area(&one)
	if wrong == nil && !s.mayConcept(user)(area) {
		return failure.New(failure.Forbidden, "error.forbidden")
	}
	if wrong == nil {
		_, wrong = r.save(ctx, account.Entry{Actor: user.Name, Area: area}, seen, one)
	}
	if wrong != nil {
		return r.show(c, s, &one, max(seen, stored.Revision), wrong)
	}
	return goOn(c, r.path, "saved")
}

// drop removes an entry. Whoever does it ticks that they are sure.
func (r *register[T]) drop(c echo.Context, s *Server) error {
	ctx := c.Request().Context()
	stored, err := r.one(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	wrong := sure(c)
	if wrong == nil {
		wrong = r.remove(ctx, account.Entry{Actor: user.Name, Area: r.area(&stored.Entry)}, revisionIn(c), r.id(&stored.Entry))
	}
	if wrong != nil {
		return r.show(c, s, &stored.Entry, stored.Revision, wrong)
	}
	return goOn(c, r.path, "removed")
}
