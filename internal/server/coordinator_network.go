package server

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis/gap"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
)

// Ties is what the page about the network needs of the store, beside offers.
type Ties interface {
	// Ties lists who works with whom, and the revision of the list.
	Ties(ctx context.Context) ([]store.Kept[baseline.Tie], int64, error)
	// Tie returns one; failure.NotFound.
	Tie(ctx context.Context, id string) (store.Kept[baseline.Tie], error)
	// SaveTie adds one where seen is 0, else changes it; failure.Conflict,
	// failure.NotFound.
	SaveTie(ctx context.Context, entry account.Entry, seen int, one baseline.Tie) (id string, err error)
	// RemoveTie removes one; failure.Conflict, failure.NotFound.
	RemoveTie(ctx context.Context, entry account.Entry, seen int, id string) error
	// AddTies stores those of a list; failure.Conflict.
	AddTies(ctx context.Context, entry account.Entry, revision int64, ties []store.Kept[baseline.Tie]) error
}

const networkPath = conceptPath + "/network"

// networkRoutes lists the pages about who works on what, where and with whom.
func (s *Server) networkRoutes() []route {
	csrf, read := s.desk.csrf, account.ReadResults
	return slices.Concat([]route{
		{method: http.MethodGet, path: networkPath, permission: read, handler: csrf(s.network)},
		{method: http.MethodGet, path: networkPath + "/charts/:graph/:picture", permission: read, handler: s.networkPicture},
		{method: http.MethodGet, path: networkPath + "/ties", permission: read, handler: csrf(s.ties)},
	}, registerRoutes(s, register[baseline.Tie]{
		path: networkPath + "/ties", one: s.desk.Office.Tie, save: s.desk.Office.SaveTie, remove: s.desk.Office.RemoveTie,
		area: func(t *baseline.Tie) string { return t.Area }, id: func(t *baseline.Tie) string { return t.ID },
		page: s.tieEntry, read: s.readTie, begin: func(echo.Context) (baseline.Tie, error) { return baseline.Tie{}, nil },
	}), s.mapperRoutes(s.tieImporter()))
}

// networkView is the network as somebody may see it, with the words for it.
type networkView struct {
	*gap.Network
	s     *Server
	words *i18n.Localizer
}

// networkOf is the network that the address asks for: of one area and one field
// where it names them.
func (s *Server) networkOf(c echo.Context) (*networkView, error) {
	offers, err := s.shownOffers(c, true)
	if err != nil {
		return nil, err
	}
	fields := s.fieldKeys()
	if field := c.QueryParam("field"); field != "" {
		fields = []string{field}
	}
	return s.networkIn(c, offersOf(offers), c.QueryParam("area"), fields)
}

// networkIn gathers offers, ties and statements of the areas that somebody may see,
// of one area where it is not "".
func (s *Server) networkIn(c echo.Context, offers []baseline.Offer, area string, fields []string) (*networkView, error) {
	ctx := c.Request().Context()
	user, _ := visitor(c)
	kept, _, err := s.desk.Office.Ties(ctx)
	if err != nil {
		return nil, err
	}
	said, err := s.desk.Office.Statements(ctx)
	if err != nil {
		return nil, err
	}
	about := func(key string) bool { return s.reaches(user, key) && s.touches(area, key) }
	var ties []baseline.Tie
	var answered []string
	for _, one := range kept {
		if about(one.Entry.Area) {
			ties = append(ties, one.Entry)
		}
	}
	for _, one := range said {
		if one.Consent && about(one.Area) {
			ties, answered = append(ties, one.Partners...), append(answered, one.Name)
		}
	}
	var areas []string
	for _, one := range s.shownAreas(user) {
		if area == "" || s.desk.Areas.Contains(area, one.Key) {
			areas = append(areas, one.Key)
		}
	}
	return &networkView{gap.NetworkOf(offers, ties, answered, s.today(), fields, areas, s.desk.Areas.Contains), s, s.deskWords(c)}, nil
}

// network shows three graphs with the tables that say the same, who stands alone,
// whom to bring together and where nobody works.
func (s *Server) network(c echo.Context) error {
	view, err := s.networkOf(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	f := s.deskFrame(c, "network.title")
	page := &registerPage{deskFrame: f, Done: doneWord(c, f.Localizer), Lead: []string{f.T("network.lead")}, At: networkPath, Button: f.T("offers.filter"),
		Tabs: networkTabs(f, networkPath)}
	page.Filter = s.offerFilter(c, f.Localizer, user)[1:3]
	if len(view.Actors) == 0 {
		page.Parts = []registerPart{{None: f.T("network.none")}}
		return s.page(c, http.StatusOK, "desk-register", page)
	}
	query := url.Values{}
	for _, name := range []string{"field", "area"} {
		if value := c.QueryParam(name); value != "" {
			query.Set(name, value)
		}
	}
	for _, kind := range graphKinds() {
		picture := view.picture(kind)
		figure, _ := picture.figure(f.Localizer, query)
		part := registerPart{ID: string(kind), Title: figure.Title, Lead: []string{figure.Summary}, Chart: &figure, Head: figure.Table.Header}
		for _, row := range figure.Table.Rows {
			part.Rows = append(part.Rows, registerRow{Name: row.Label, Cells: row.Cells})
		}
		page.Parts = append(page.Parts, part)
	}
	page.Parts = append(page.Parts, view.alone(), view.overlapping(), view.empty())
	return s.page(c, http.StatusOK, "desk-register", page)
}

func networkTabs(f *deskFrame, path string) []waveLink {
	return here([]waveLink{{Address: networkPath + f.Query, Name: f.T("network.tab.graphs")}, {Address: networkPath + "/ties" + f.Query, Name: f.T("network.tab.ties")}}, path)
}

// graphKind is one of the graphs.
type graphKind string

const (
	actorsGraph graphKind = "actors"
	fieldsGraph graphKind = "fields"
	areasGraph  graphKind = "areas"
)

func graphKinds() []graphKind { return []graphKind{actorsGraph, fieldsGraph, areasGraph} }

// picture is a graph as a chart.
func (v *networkView) picture(kind graphKind) *pictured {
	g := v.graph(kind)
	g.Name, g.Title = "network-"+string(kind), v.words.T("network.graph."+string(kind))
	return &pictured{source: v.words.T("network.title"), address: networkPath + "/charts/" + string(kind), name: g.Name,
		chart: func(width charts.Option) charts.Chart { return charts.BuildGraph(g, v.words, width) }}
}

// graph is one of the graphs with its table and its sentence.
func (v *networkView) graph(kind graphKind) charts.Graph {
	switch kind {
	case fieldsGraph:
		return v.sides(kind, func(a *gap.Actor) []string { return a.Fields }, func(key string) string { return v.s.fieldName(v.words, key) })
	case areasGraph:
		return v.sides(kind, func(a *gap.Actor) []string { return a.Areas }, func(key string) string { return v.s.areaName(v.words, key) })
	default:
		return v.ties()
	}
}

func (v *networkView) number(n int) string { return v.words.Number(float64(n), 0) }

// sides is a graph of actors and what they have: fields or areas.
func (v *networkView) sides(kind graphKind, of func(*gap.Actor) []string, say func(string) string) charts.Graph {
	g := charts.Graph{Sides: true, Footer: v.words.T("network.foot." + string(kind))}
	prefix := "network.table." + string(kind) + "."
	g.Table.Header = []string{v.words.T("network.table.actor"), v.words.T(prefix + "count"), v.words.T(prefix + "names"), v.words.T("network.table.offers")}
	g.Data.Header = []string{v.words.T("network.table.actor"), v.words.T(prefix + "names")}
	places, ties := map[string]int{}, 0
	var others []charts.GraphNode
	var with []*gap.Actor
	for at := range v.Actors {
		if a := &v.Actors[at]; len(of(a)) > 0 {
			with = append(with, a)
		}
	}
	for at, a := range with {
		var names []string
		for _, key := range of(a) {
			to, known := places[key]
			if !known {
				to = len(with) + len(others)
				places[key] = to
				others = append(others, charts.GraphNode{Label: say(key), Second: true})
			}
			g.Links, names, ties = append(g.Links, charts.GraphLink{From: at, To: to, Strong: true}), append(names, say(key)), ties+1
			g.Data.Rows = append(g.Data.Rows, []string{a.Name, say(key)})
		}
		g.Nodes = append(g.Nodes, charts.GraphNode{Label: a.Name, Detail: strings.Join(names, ", ")})
		g.Table.Rows = append(g.Table.Rows, charts.Row{Label: a.Name, Cells: []string{v.number(len(names)), strings.Join(names, ", "), v.number(a.Offers)}})
	}
	g.Nodes = append(g.Nodes, others...)
	g.Summary = v.words.T("network.summary."+string(kind), "actors", v.number(len(with)), "others", v.number(len(others)))
	return g
}

// ties is the graph of who works with whom.
func (v *networkView) ties() charts.Graph {
	g := charts.Graph{Footer: v.words.T("network.foot.actors")}
	for _, key := range []string{"actor", "degree", "betweenness", "component", "standing", "partners"} {
		g.Table.Header = append(g.Table.Header, v.words.T("network.table."+key))
	}
	g.Data.Header = []string{v.words.T("network.input.from"), v.words.T("network.input.to"), v.words.T("network.input.frequency"), v.words.T("network.both")}
	partners := make([][]string, len(v.Actors))
	both := 0
	for _, tie := range v.Ties {
		first, last := &v.Actors[tie.First], &v.Actors[tie.Last]
		often, said := "", v.words.T("network.one_side")
		if tie.Frequency != "" {
			often = v.words.T("network.frequency." + tie.Frequency)
		}
		if tie.Both {
			said, both = v.words.T("network.both"), both+1
		}
		g.Links = append(g.Links, charts.GraphLink{From: tie.First, To: tie.Last, Strong: tie.Both, Detail: strings.TrimPrefix(often+", "+said, ", ")})
		partners[tie.First] = append(partners[tie.First], last.Name)
		partners[tie.Last] = append(partners[tie.Last], first.Name)
		g.Data.Rows = append(g.Data.Rows, []string{first.Name, last.Name, often, strconv.FormatBool(tie.Both)})
	}
	alone := 0
	for at := range v.Actors {
		a := &v.Actors[at]
		standing := v.words.T("network.standing." + string(a.Standing))
		if a.Standing == gap.Isolated {
			alone++
		}
		component := ""
		if a.Component > 0 {
			component = v.number(a.Component)
		}
		g.Nodes = append(g.Nodes, charts.GraphNode{Label: a.Name, Detail: standing, Hollow: !a.Answers})
		g.Table.Rows = append(g.Table.Rows, charts.Row{Label: a.Name, Cells: []string{v.number(a.Degree), v.words.Number(a.Betweenness, 2), component, standing, strings.Join(partners[at], ", ")}})
	}
	g.Summary = v.words.T("network.summary.actors", "actors", v.number(len(v.Actors)), "ties", v.number(len(v.Ties)), "both", v.number(both),
		"parts", v.number(v.Components), "alone", v.number(alone))
	return g
}

// alone lists who answered and works with nobody.
func (v *networkView) alone() registerPart {
	part := registerPart{ID: "alone", Title: v.words.T("network.alone"), Lead: []string{v.words.T("network.alone_lead")}, None: v.words.T("network.alone_none"),
		Head: []string{v.words.T("network.table.actor"), v.words.T("network.table.offers")}}
	for at := range v.Actors {
		if a := &v.Actors[at]; a.Standing == gap.Isolated {
			part.Rows = append(part.Rows, registerRow{Name: a.Name, Cells: []string{v.number(a.Offers)}})
		}
	}
	return part
}

// overlapping lists actors who do much of the same in the same places.
func (v *networkView) overlapping() registerPart {
	part := registerPart{ID: "overlaps", Title: v.words.T("network.overlaps"), None: v.words.T("network.overlaps_none"),
		Lead: []string{v.words.T("network.overlaps_lead", "jaccard", v.words.Percent(gap.LeastJaccard, 0), "common", v.number(gap.LeastCommon))}}
	for _, key := range []string{"first", "last", "alike", "fields", "areas"} {
		part.Head = append(part.Head, v.words.T("network.pair."+key))
	}
	for _, one := range v.Overlaps {
		part.Rows = append(part.Rows, registerRow{Name: v.Actors[one.First].Name, Cells: []string{v.Actors[one.Last].Name, v.words.Percent(one.Jaccard, 0),
			joinedWords(one.Fields, func(key string) string { return v.s.fieldName(v.words, key) }), joinedWords(one.Areas, func(key string) string { return v.s.areaName(v.words, key) })}})
	}
	return part
}

// empty lists the fields that nobody works on, area by area.
func (v *networkView) empty() registerPart {
	part := registerPart{ID: "empty", Title: v.words.T("network.empty"), Lead: []string{v.words.T("network.empty_lead")}, None: v.words.T("network.empty_none"),
		Head: []string{v.words.T("network.input.area"), v.words.T("network.empty_count"), v.words.T("offers.input.fields")}}
	var order []string
	fields := map[string][]string{}
	for _, one := range v.Empty {
		if fields[one.Area] == nil {
			order = append(order, one.Area)
		}
		fields[one.Area] = append(fields[one.Area], v.s.fieldName(v.words, one.Field))
	}
	for _, area := range order {
		part.Rows = append(part.Rows, registerRow{Name: v.s.areaName(v.words, area), Cells: []string{v.number(len(fields[area])), strings.Join(fields[area], ", ")}})
	}
	return part
}

// networkPicture sends a graph as a file.
func (s *Server) networkPicture(c echo.Context) error {
	kind := graphKind(c.Param("graph"))
	if !slices.Contains(graphKinds(), kind) {
		return failure.New(failure.NotFound, "error.not_found")
	}
	view, err := s.networkOf(c)
	if err != nil {
		return err
	}
	return s.sendPicture(c, view.picture(kind))
}
