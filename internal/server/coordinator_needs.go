package server

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/analysis/gap"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
)

const needsPath = "/manage/concept/needs"

// needsPage lists the items of one wave by their need, with all indices, and shows
// importance against state.
type needsPage struct {
	*deskFrame
	Problem  string
	Waves    []option
	Indices  []option
	Lines    []option
	Weighted bool
	Lead     string
	Ranking  *resultsFigure
	Ground   *resultsFigure
	Files    []waveLink
	More     []waveLink
	Header   []string
	Rows     [][]string
	Notes    []string
	Gap      string // address of the matrix
}

// needsAsked is what the page looks at.
type needsAsked struct {
	*gapAsked
	wave  *store.LiveWave
	needs *analysis.Needs
	index analysis.NeedIndex
	lines gap.Lines
	items []analysis.Need // of one kind and scale, by need
}

// askedNeeds reads the query and computes the needs.
func (s *Server) askedNeeds(c echo.Context) (*needsAsked, error) {
	asked, err := s.askedGap(c)
	if err != nil {
		return nil, err
	}
	n := &needsAsked{gapAsked: asked, index: analysis.IndexMWDS, lines: gap.Absolute}
	if len(asked.waves) == 0 {
		return n, nil
	}
	n.wave = asked.waves[0]
	if asked.query.YesNo {
		n.index = analysis.IndexGap
	} else if index := analysis.NeedIndex(c.QueryParam("index")); index != "" {
		if !slices.Contains(analysis.NeedIndices(), index) {
			return nil, failure.New(failure.Invalid, "error.needs_index", "index", string(index))
		}
		n.index = index
	}
	if lines := gap.Lines(c.QueryParam("lines")); lines == gap.Relative {
		n.lines = lines
	}
	return n, nil
}

// compute fills in the needs of the wave.
func (n *needsAsked) compute(ctx context.Context, s *Server) error {
	explorer, err := s.desk.Office.Explorer(ctx, n.wave)
	if err != nil {
		return err
	}
	if n.needs, err = explorer.Needs(ctx, analysis.NeedsQuery{Weighted: n.query.Weighted}, nil); err != nil {
		return err
	}
	scale := 0 // of the first item: items of other scales cannot be compared
	for _, need := range n.needs.Items {
		if need.YesNo != n.query.YesNo || scale > 0 && need.Max != scale {
			continue
		}
		scale = need.Max
		n.items = append(n.items, need)
	}
	slices.SortStableFunc(n.items, func(a, b analysis.Need) int {
		first, known := a.Indices[n.index]
		last, too := b.Indices[n.index]
		if !known || !too {
			return cmp.Compare(btoi(too), btoi(known))
		}
		if n.index.Falling() {
			return cmp.Compare(first.Value, last.Value)
		}
		return cmp.Compare(last.Value, first.Value)
	})
	return nil
}

func btoi(is bool) int {
	if is {
		return 1
	}
	return 0
}

// needs shows the indices.
func (s *Server) needs(c echo.Context) error {
	page := &needsPage{deskFrame: s.deskFrame(c, "needs.title")}
	asked, err := s.askedNeeds(c)
	if err != nil {
		return s.gapProblem(c, page, "desk-needs", &page.Problem, err)
	}
	if asked.wave == nil {
		page.Problem = page.T(asked.nothing())
		return s.page(c, http.StatusOK, "desk-needs", page)
	}
	page.form(s, asked)
	err = asked.compute(c.Request().Context(), s)
	if err != nil && asked.unasked(err) {
		page.Problem = page.T("gap.no_release")
		return s.page(c, http.StatusOK, "desk-needs", page)
	}
	if err != nil {
		return s.gapProblem(c, page, "desk-needs", &page.Problem, err)
	}
	page.show(s, asked)
	return s.page(c, http.StatusOK, "desk-needs", page)
}

func (p *needsPage) form(s *Server, n *needsAsked) {
	for _, wave := range n.all {
		p.Waves = append(p.Waves, option{wave.Slug, s.waveLine(p.deskFrame, wave), wave == n.wave})
	}
	if !n.query.YesNo {
		for _, index := range analysis.NeedIndices() {
			p.Indices = append(p.Indices, option{string(index), p.T("needs.index." + string(index)), index == n.index})
		}
		for _, lines := range []gap.Lines{gap.Absolute, gap.Relative} {
			p.Lines = append(p.Lines, option{string(lines), p.T("needs.lines." + string(lines)), lines == n.lines})
		}
	}
	p.Weighted, p.Gap = n.query.Weighted, n.address(gapPath, p.language())
}

// query keeps what is looked at in the addresses of the pictures.
func (n *needsAsked) pairs() []string {
	return []string{"index", string(n.index), "lines", string(n.lines)}
}

func (p *needsPage) show(s *Server, n *needsAsked) {
	words := &needsWords{s, p.deskFrame, n}
	p.Lead = words.lead()
	query := (&gapWords{Server: s, frame: p.deskFrame, asked: n.gapAsked}).query()
	for at := 0; at < len(n.pairs()); at += 2 {
		query.Set(n.pairs()[at], n.pairs()[at+1])
	}
	ranking, files := words.pictured("ranking").figure(p.Localizer, query)
	p.Ranking, p.Files = &ranking, files
	if !n.query.YesNo && len(n.items) > 0 {
		ground, more := words.pictured("ground").figure(p.Localizer, query)
		p.Ground, p.More = &ground, more
	}
	table := words.table()
	p.Header = table.Header
	for _, row := range table.Rows {
		p.Rows = append(p.Rows, append([]string{row.Label}, row.Cells...))
	}
	p.Notes = []string{p.T("needs.note.rank"), p.T("needs.note.rds"), p.T("gap.note.chance")}
	if n.query.YesNo {
		p.Notes = []string{p.T("gap.note.yes_no"), p.T("gap.note.chance")}
	}
}

// needsPicture sends one of the charts as a file.
func (s *Server) needsPicture(c echo.Context) error {
	asked, err := s.askedNeeds(c)
	if err != nil {
		return err
	}
	if asked.wave == nil || c.Param("chart") != "ranking" && c.Param("chart") != "ground" {
		return failure.New(failure.NotFound, "error.not_found")
	}
	if err := asked.compute(c.Request().Context(), s); err != nil {
		return err
	}
	words := &needsWords{s, s.deskFrame(c, "needs.title"), asked}
	return s.sendPicture(c, words.pictured(c.Param("chart")))
}

// needsWords says needs in words.
type needsWords struct {
	*Server
	frame *deskFrame
	asked *needsAsked
}

func (w *needsWords) pictured(kind string) *pictured {
	build := func(width charts.Option) charts.Chart {
		return charts.BuildRanking(w.ranking(), w.frame.Localizer, width)
	}
	if kind == "ground" {
		build = func(width charts.Option) charts.Chart {
			return charts.BuildQuadrants(w.ground(), w.frame.Localizer, width)
		}
	}
	return &pictured{wave: w.asked.wave, address: needsPath + "/" + kind, name: kind + "-" + w.asked.wave.Slug, chart: build}
}

// name is what an item is called: the label of its question about need.
func (w *needsWords) name(need *analysis.Need) string {
	e := w.asked.wave.Version.Element(need.Need)
	if label, _ := e.Label.In(readingOrder(w.frame.Localizer, w.asked.wave.Version.Survey)...); label != "" {
		return charts.Plain(label)
	}
	return need.Need
}

// number writes a value with the digits of its base.
func (w *needsWords) number(value float64, need *analysis.Need, more int) string {
	decimals := more
	if need.Base != nil && *need.Base >= 100 {
		decimals++
	}
	return w.frame.Number(value, decimals)
}

// digits is how many decimals an index has at a base below 100.
func digits(index analysis.NeedIndex) int {
	if index == analysis.IndexMWDS || index == analysis.IndexPNI {
		return 1
	}
	return 0
}

// value is an index with its interval, and its rank with the ranks that it may have.
func (w *needsWords) value(need *analysis.Need, index analysis.NeedIndex) (value, rank string) {
	one, known := need.Indices[index]
	if !known {
		return "–", "–"
	}
	value = w.number(one.Value, need, digits(index))
	if one.Low != nil {
		value += " " + w.frame.T("gap.interval", "low", w.number(*one.Low, need, digits(index)), "high", w.number(*one.High, need, digits(index)))
	}
	return value, w.rank(one)
}

func (w *needsWords) rank(one analysis.Ranked) string {
	number := func(n int) string { return w.frame.Number(float64(n), 0) }
	switch {
	case one.RankLow == 0:
		return "–" // no rank without its interval
	case one.RankLow == one.RankHigh:
		return number(one.RankLow)
	}
	return w.frame.T("needs.ranks", "low", number(one.RankLow), "high", number(one.RankHigh))
}

// lead names the items that can be first.
func (w *needsWords) lead() string {
	var first []string
	for i := range w.asked.items {
		if one, known := w.asked.items[i].Indices[w.asked.index]; known && one.RankLow == 1 {
			first = append(first, w.frame.T("needs.quoted", "name", w.name(&w.asked.items[i])))
		}
	}
	switch {
	case len(w.asked.items) == 0:
		return w.frame.T("needs.none")
	case len(first) == 0:
		return w.frame.T("needs.lead_unknown")
	case len(first) > 4:
		return w.frame.T("needs.lead_many", "n", w.frame.Number(float64(len(first)), 0))
	}
	return w.frame.T("needs.lead", "names", joinWords(first))
}

func joinWords(list []string) (text string) {
	for i, one := range list {
		if i > 0 {
			text += ", "
		}
		text += one
	}
	return text
}

// table has all indices of all items.
func (w *needsWords) table() charts.Table {
	indices := analysis.NeedIndices()
	if w.asked.query.YesNo {
		indices = []analysis.NeedIndex{analysis.IndexGap}
	}
	table := charts.Table{Caption: w.frame.T("needs.table"), Header: []string{w.frame.T("needs.item"), w.frame.T("gap.need"), w.frame.T("gap.provision")}}
	for _, index := range indices {
		table.Header = append(table.Header, w.frame.T("needs.short."+string(index)), w.frame.T("needs.rank"))
	}
	table.Header = append(table.Header, w.frame.T("needs.quadrant"), w.frame.T("gap.base_name"))
	middle := w.middle()
	for i := range w.asked.items {
		need := &w.asked.items[i]
		row := charts.Row{Label: strconv.Itoa(i+1) + ". " + w.name(need), Kind: charts.ChoiceRow, Cells: []string{w.level(need, need.Importance), w.level(need, need.State)}}
		for _, index := range indices {
			value, rank := w.value(need, index)
			row.Cells = append(row.Cells, value, rank)
		}
		quadrant, base := "", "–"
		for at, one := range gap.QuadrantsOf(need, middle) {
			if at > 0 {
				quadrant += " / "
			}
			quadrant += w.frame.T("needs.quadrant." + string(one))
		}
		if need.Base != nil {
			base = w.frame.Number(float64(*need.Base), 0)
		}
		row.Cells = append(row.Cells, cmp.Or(quadrant, "–"), base)
		table.Rows = append(table.Rows, row)
	}
	return table
}

func (w *needsWords) middle() gap.Middle { return gap.MiddleOf(w.asked.items, w.asked.lines) }

// level is a mean, or a share of those who say yes.
func (w *needsWords) level(need *analysis.Need, of *analysis.Estimated) string {
	switch {
	case of == nil:
		return "–"
	case need.YesNo:
		decimals := 0
		if need.Base != nil && *need.Base >= 100 {
			decimals = 1
		}
		return w.frame.Percent(of.Value, decimals)
	}
	return w.number(of.Value, need, 1)
}

// ranking is the chart of the chosen index.
func (w *needsWords) ranking() charts.Ranking {
	index := w.asked.index
	end := "needs.more_is_more"
	if index.Falling() {
		end = "needs.less_is_more"
	}
	r := charts.Ranking{Name: "needs", Title: w.frame.T("needs.index." + string(index)), Summary: w.lead(), Footer: w.frame.T(end),
		Caption: w.frame.T("needs.caption." + string(index)), Table: w.table()}
	r.Data = charts.Data{Header: r.Table.Header}
	for i := range w.asked.items {
		need := &w.asked.items[i]
		one, known := need.Indices[index]
		if !known {
			continue
		}
		row := charts.RankedRow{Label: w.name(need), Value: one.Value, Low: one.Low, High: one.High, Aside: w.number(one.Value, need, digits(index))}
		if one.RankLow > 0 {
			row.Aside += " · " + w.frame.T("needs.rank_of", "rank", w.rank(one))
		}
		if need.Base != nil {
			row.Below = w.frame.T("gap.base", "n", w.frame.Number(float64(*need.Base), 0))
		}
		r.Rows = append(r.Rows, row)
	}
	for _, row := range r.Table.Rows {
		r.Data.Rows = append(r.Data.Rows, append([]string{row.Label}, row.Cells...))
	}
	return r
}

// ground is the chart of importance against state.
func (w *needsWords) ground() charts.Quadrants {
	middle := w.middle()
	q := charts.Quadrants{Name: "ground", Title: w.frame.T("needs.ground"), Summary: w.frame.T("needs.ground_lead"), Footer: w.frame.T("needs.lines_foot." + string(w.asked.lines)),
		Across: w.frame.T("needs.across"), Up: w.frame.T("needs.up"), Low: 1, High: 1, LineAcross: middle.State, LineUp: middle.Importance, Table: w.table()}
	for i, one := range []gap.Quadrant{gap.Concentrate, gap.KeepUp, gap.LowPriority, gap.Overkill} {
		q.Corners[i] = w.frame.T("needs.quadrant." + string(one))
	}
	for i := range w.asked.items {
		need := &w.asked.items[i]
		q.High = float64(need.Max)
		if need.Importance == nil || need.State == nil {
			continue
		}
		q.Points = append(q.Points, charts.QuadrantPoint{Number: strconv.Itoa(i + 1), Across: need.State.Value, Up: need.Importance.Value,
			AcrossLow: need.State.Low, AcrossHigh: need.State.High, UpLow: need.Importance.Low, UpHi: need.Importance.High})
	}
	q.Data = charts.Data{Header: q.Table.Header}
	for _, row := range q.Table.Rows {
		q.Data.Rows = append(q.Data.Rows, append([]string{row.Label}, row.Cells...))
	}
	return q
}
