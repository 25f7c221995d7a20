package server

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
)

// goodDay tells whether a text is a day or empty.
func goodDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return text == "" || err == nil
}

type populationPage struct {
	*waveFrame
	Rows         []stratumRow
	Areas, Types []option // of the rows still to be filled in
	Blank        []int    // their numbers
	Proposals    []waveLink
	Proposed     bool // the rows come from the register and are not saved yet
	Sum          string
	Problem      string
}

// stratumRow is one part of the population as it stands in the form.
type stratumRow struct {
	Area, InstitutionType, Institution string // keys
	Name                               string // in words
	Population, Target                 string
}

// blankRows is how many parts can be added at once.
const blankRows = 3

// population shows the parts of a wave's population, or a proposal for them made
// from the register of institutions.
func (s *Server) population(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	strata, err := s.desk.Office.Strata(c.Request().Context(), wave.ID)
	if err != nil {
		return err
	}
	institutions, err := s.desk.Office.Institutions(c.Request().Context())
	if err != nil {
		return err
	}
	by := c.QueryParam("by")
	proposed := slices.Contains(fieldwork.Proposals(), by)
	if proposed {
		strata = fieldwork.ProposeStrata(s.within(wave, institutions), by, !catalogue.Audience(wave.Version.Audience).Professional())
	}
	page := s.populationPage(c, wave, institutions, rowsOf(strata))
	page.Proposed = proposed
	if sum := fieldwork.PopulationOf(strata); sum > 0 {
		page.Sum = page.Number(float64(sum), 0)
	}
	return s.page(c, http.StatusOK, "desk-wave-population", page)
}

// within are the institutions in the areas that take part in the wave.
func (s *Server) within(wave *store.LiveWave, institutions []fieldwork.Institution) []fieldwork.Institution {
	return slices.DeleteFunc(slices.Clone(institutions), func(one fieldwork.Institution) bool {
		return !wave.Takes(one.Area, s.desk.Areas.Contains)
	})
}

func rowsOf(strata []fieldwork.Stratum) []stratumRow {
	number := func(value int) string {
		if value == 0 {
			return ""
		}
		return strconv.Itoa(value)
	}
	rows := make([]stratumRow, len(strata))
	for i, one := range strata {
		rows[i] = stratumRow{Area: one.Area, InstitutionType: one.InstitutionType, Institution: one.Institution,
			Population: number(one.Population), Target: number(one.Target)}
	}
	return rows
}

func (s *Server) populationPage(c echo.Context, wave *store.LiveWave, institutions []fieldwork.Institution, rows []stratumRow) *populationPage {
	f := s.waveFrame(c, wave, "waves.population.title")
	page := &populationPage{waveFrame: f, Rows: rows, Blank: make([]int, blankRows)}
	for i := range page.Blank {
		page.Blank[i] = len(rows) + i
	}
	names := s.places(f.deskFrame, institutions)
	for i := range page.Rows {
		one := &page.Rows[i]
		one.Name = names.describe(one.Area, one.InstitutionType, one.Institution)
	}
	own := s.within(wave, institutions)
	if len(own) > 0 {
		for _, by := range fieldwork.Proposals() {
			page.Proposals = append(page.Proposals, waveLink{Name: f.T("waves.population.by_" + by),
				Address: "/manage/waves/" + wave.Slug + "/population" + cmp.Or(strings.Replace(f.Query, "?", "?by="+by+"&", 1), "?by="+by)})
		}
	}
	page.Areas = []option{{"", f.T("desk.area.all"), true}}
	for _, area := range s.partsOf(wave) {
		page.Areas = append(page.Areas, option{area.Key, s.areaPath(area), false})
	}
	page.Types = []option{{"", f.T("waves.all_types"), true}}
	for _, slug := range names.slugs() {
		page.Types = append(page.Types, option{slug, names.types[slug], false})
	}
	return page
}

// savePopulation replaces the parts. A row without any number is left out, unless
// it is a part that was proposed.
func (s *Server) savePopulation(c echo.Context) error {
	ctx := c.Request().Context()
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	form, err := c.FormParams()
	if err != nil {
		return failure.New(failure.Invalid, "error.invalid").Because(err)
	}
	at := func(name string, i int) string {
		if values := form[name]; i < len(values) {
			return strings.TrimSpace(values[i])
		}
		return ""
	}
	var rows []stratumRow
	var strata []fieldwork.Stratum
	var wrong error
	for i := range form["population"] {
		row := stratumRow{Area: at("area", i), InstitutionType: at("type", i), Institution: at("institution", i),
			Population: at("population", i), Target: at("target", i)}
		one := fieldwork.Stratum{Area: row.Area, InstitutionType: row.InstitutionType, Institution: row.Institution}
		if row.Population == "" && row.Target == "" && (c.FormValue("keep") == "" || one == fieldwork.Stratum{}) {
			continue
		}
		for _, number := range []struct {
			text string
			into *int
		}{{row.Population, &one.Population}, {row.Target, &one.Target}} {
			if number.text == "" {
				continue
			}
			if *number.into, err = strconv.Atoi(number.text); err != nil && wrong == nil {
				wrong = failure.New(failure.Invalid, "waves.no_number", "text", number.text).Because(err)
			}
		}
		rows, strata = append(rows, row), append(strata, one)
	}
	user, _ := visitor(c)
	if wrong == nil {
		wrong = s.desk.Office.SetStrata(ctx, user.Name, wave, strata)
	}
	if failure.CodeOf(wrong) == failure.Invalid {
		institutions, err := s.desk.Office.Institutions(ctx)
		if err != nil {
			return err
		}
		page := s.populationPage(c, wave, institutions, rows)
		page.Problem, page.Proposed = sentence(page.Localizer, failure.As(wrong)), c.FormValue("keep") != ""
		return s.page(c, http.StatusUnprocessableEntity, "desk-wave-population", page)
	}
	if wrong != nil {
		return wrong
	}
	return s.toWave(c, wave.Slug, "/population")
}

// places gives areas, types and institutions their names.
type places struct {
	server       *Server
	frame        *deskFrame
	types        map[string]string // label by slug
	institutions map[string]string // name by number
}

func (s *Server) places(f *deskFrame, institutions []fieldwork.Institution) *places {
	p := &places{server: s, frame: f, types: map[string]string{}, institutions: map[string]string{}}
	for _, one := range institutions {
		p.institutions[one.Number] = one.Name
		if one.Type != "" {
			p.types[one.Type] = one.TypeLabel
		}
	}
	return p
}

// slugs are the types that there are, by label.
func (p *places) slugs() []string {
	var slugs []string
	for slug := range p.types {
		slugs = append(slugs, slug)
	}
	slices.SortFunc(slugs, func(a, b string) int { return cmp.Or(cmp.Compare(p.types[a], p.types[b]), cmp.Compare(a, b)) })
	return slugs
}

func (p *places) institution(number string) string {
	return cmp.Or(p.institutions[number], number, p.frame.T("waves.returns.no_institution"))
}

func (p *places) kind(slug string) string {
	return cmp.Or(p.types[slug], slug, p.frame.T("waves.returns.no_type"))
}

func (p *places) area(key string) string {
	if key == "" {
		return p.frame.T("waves.returns.no_area")
	}
	return p.server.areaName(p.frame.Localizer, key)
}

// describe names a part of a population: "Bochum, Gymnasium".
func (p *places) describe(area, kind, institution string) string {
	var parts []string
	if institution != "" {
		return p.institution(institution)
	}
	if area != "" {
		parts = append(parts, p.area(area))
	}
	if kind != "" {
		parts = append(parts, p.kind(kind))
	}
	return cmp.Or(strings.Join(parts, ", "), p.frame.T("waves.everybody"))
}
