package server

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
)

type codesPage struct {
	*waveFrame
	Closed  bool
	Targets []option // for whom: "area:KEY" or "institution:NUMBER"
	Kinds   []option
	Count   string
	Made    []string // the codes just made, with their addresses; shown this once
	MadeFor string
	Table   *deskTable // of the codes that there are
	Problem string
}

// mostCodes is how many codes one request makes at most.
const mostCodes = 2000

// waveCodes shows how many codes a wave has, and makes new ones.
func (s *Server) waveCodes(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	page, err := s.codesPage(c, wave)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-wave-codes", page)
}

func (s *Server) codesPage(c echo.Context, wave *store.LiveWave) (*codesPage, error) {
	ctx := c.Request().Context()
	f := s.waveFrame(c, wave, "waves.codes.title")
	page := &codesPage{waveFrame: f, Closed: wave.State == fieldwork.Closed, Count: cmp.Or(c.FormValue("count"), "1")}
	institutions, err := s.desk.Office.Institutions(ctx)
	if err != nil {
		return nil, err
	}
	chosen := cmp.Or(c.FormValue("for"), "area:"+wave.Area)
	add := func(value, name string) {
		page.Targets = append(page.Targets, option{value, name, value == chosen})
	}
	add("area:"+wave.Area, s.areaName(f.Localizer, wave.Area))
	for _, area := range s.partsOf(wave) {
		add("area:"+area.Key, s.areaPath(area))
	}
	for _, one := range s.within(wave, institutions) {
		add("institution:"+one.Number, one.Name+" ("+one.Number+")")
	}
	single := c.FormValue("kind") == "single" || c.FormValue("kind") == "" && wave.Access == fieldwork.BySingleCode
	page.Kinds = []option{{"group", f.T("waves.codes.group"), !single}, {"single", f.T("waves.codes.single"), single}}
	counts, err := s.desk.Office.CodeCounts(ctx, wave.ID)
	if err != nil {
		return nil, err
	}
	page.Table = codesTable(f, wave, counts, s.places(f.deskFrame, institutions))
	return page, nil
}

// codesTable counts codes by what they carry. That a code of an institution was
// used is process data where taking part is part of the job; of families and
// young people only the sum is told, in steps of k (DESIGN 6).
func codesTable(f *waveFrame, wave *store.LiveWave, counts []store.CodeCount, names *places) *deskTable {
	table := &deskTable{ID: "codes", Title: f.T("waves.codes.made_title"), Head: []string{f.T("waves.codes.for"), f.T("waves.codes.kind"), f.T("waves.codes.made"), f.T("waves.codes.used")}}
	for _, one := range counts {
		kind, spent := f.T("waves.codes.single"), f.T("waves.codes.sum_only")
		if used := usedOf(wave, one); used != nil {
			spent = f.Number(float64(*used), 0)
		}
		if one.Shared {
			kind, spent = f.T("waves.codes.group"), "–"
		}
		table.Rows = append(table.Rows, deskRow{Name: names.describe(one.Area, one.InstitutionType, one.Institution),
			Cells: []string{kind, f.Number(float64(one.Made), 0), spent}})
	}
	if made, used := usedInAll(wave, counts); made > 0 {
		text := f.T("waves.returns.below", "k", f.Number(float64(wave.K), 0))
		if used != nil {
			text = f.Number(float64(*used), 0)
			if !catalogue.Audience(wave.Version.Audience).Professional() {
				text = f.T("waves.returns.at_least", "count", text)
			}
		}
		table.Rows = append(table.Rows, deskRow{Name: f.T("waves.codes.sum"), Cells: []string{f.T("waves.codes.single"), f.Number(float64(made), 0), text}, Sum: true})
	}
	return table
}

// makeCodes makes codes and shows them, this once.
func (s *Server) makeCodes(c echo.Context) error {
	ctx := c.Request().Context()
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	count, _ := strconv.Atoi(strings.TrimSpace(c.FormValue("count"))) // 0 for what is no number, which is refused
	codes, wrong := s.createCodes(ctx, user, wave, c.FormValue("for"), c.FormValue("kind") != "single", count)
	if code := failure.CodeOf(wrong); code != "" && code != failure.Invalid && code != failure.Conflict {
		return wrong
	}
	page, err := s.codesPage(c, wave)
	if err != nil {
		return err
	}
	if wrong != nil {
		page.Problem = sentence(page.Localizer, failure.As(wrong))
		return s.page(c, http.StatusUnprocessableEntity, "desk-wave-codes", page)
	}
	for _, code := range codes {
		page.Made = append(page.Made, s.origin(c)+"/q/"+code)
	}
	for _, target := range page.Targets {
		if target.Chosen {
			page.MadeFor = target.Label
		}
	}
	return s.page(c, http.StatusOK, "desk-wave-codes", page)
}

// createCodes makes codes for "area:KEY" or "institution:NUMBER".
func (s *Server) createCodes(ctx context.Context, user account.User, wave *store.LiveWave, target string, shared bool, count int) ([]string, error) {
	carried, err := s.carriedBy(ctx, wave, target)
	switch {
	case err != nil:
		return nil, err
	case count < 1 || count > mostCodes:
		return nil, failure.New(failure.Invalid, "waves.codes.bad_count", "most", mostCodes)
	case wave.State == fieldwork.Closed:
		return nil, failure.New(failure.Conflict, "waves.firm.closed")
	}
	return s.desk.Office.CreateCodes(ctx, user.Name, wave, carried, shared, count)
}

// carriedBy is what codes for a target are to carry, if it lies in the wave's
// area.
func (s *Server) carriedBy(ctx context.Context, wave *store.LiveWave, target string) (fieldwork.Carried, error) {
	wrong := failure.New(failure.Invalid, "waves.codes.bad_target")
	kind, key, _ := strings.Cut(target, ":")
	switch kind {
	case "area":
		if !s.insideWave(wave, key) {
			return fieldwork.Carried{}, wrong
		}
		return fieldwork.Carried{Area: key}, nil
	case "institution":
		institutions, err := s.desk.Office.Institutions(ctx)
		if err != nil {
			return fieldwork.Carried{}, err
		}
		own := s.within(wave, institutions)
		at := slices.IndexFunc(own, func(one fieldwork.Institution) bool { return one.Number == key })
		if at >= 0 {
			return fieldwork.Carried{Area: own[at].Area, InstitutionType: own[at].Type, Institution: own[at].Number}, nil
		}
	}
	return fieldwork.Carried{}, wrong
}
