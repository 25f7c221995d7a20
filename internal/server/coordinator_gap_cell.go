package server

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/analysis/gap"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// gapCellPage is the evidence behind one cell of the matrix: what was answered, what
// indicators say, and which offers there are. They stand side by side and are never
// one score (Bradshaw 1972).
type gapCellPage struct {
	*deskFrame
	Problem    string
	Column     string
	Status     string
	Sentence   string
	Joined     string
	Figures    [][]string // name and value
	Items      []gapItem
	Indicators []indicatorRow
	Offers     []gapOffer
	Provision  string
	Overlaps   []string
	Barriers   []gapBarrier
	Settings   string
	Measure    string // address for a new measure, "" for who may make none
	Measures   string // address of those that there are
	Back       string
}

// gapItem is one question with the address of its figures.
type gapItem struct{ Label, Aspect, Address string }

type gapOffer struct{ Title, Provider, Places, Address string }

// gapBarrier is what keeps people from offers: a question and its most frequent
// answers.
type gapBarrier struct {
	Label, Address string
	Answers        []string
}

// gapCell shows the evidence of one cell.
func (s *Server) gapCell(c echo.Context) error {
	page := &gapCellPage{deskFrame: s.deskFrame(c, "gap.cell_title")}
	asked, err := s.askedGap(c)
	if err != nil {
		return s.gapProblem(c, page, "desk-gap-cell", &page.Problem, err)
	}
	page.Back = asked.address(gapPath, page.language())
	if len(asked.waves) == 0 {
		return failure.New(failure.NotFound, "error.not_found")
	}
	matrix, err := s.desk.Office.Gap(c.Request().Context(), asked.waves, asked.query, s.today(), s.desk.Areas, nil)
	if err != nil {
		return s.gapProblem(c, page, "desk-gap-cell", &page.Problem, err)
	}
	field := slices.Index(matrix.Fields, c.QueryParam("field"))
	column, err := strconv.Atoi(c.QueryParam("column"))
	if field < 0 || err != nil || column < 0 || column >= len(matrix.Columns) {
		return failure.New(failure.NotFound, "error.not_found")
	}
	words := &gapWords{Server: s, frame: page.deskFrame, asked: asked, matrix: matrix}
	page.show(words, matrix.Fields[field], column, &matrix.Cells[field][column])
	if err := page.evidence(c, words, matrix.Fields[field], column, &matrix.Cells[field][column]); err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-gap-cell", page)
}

// show fills in what the matrix itself knows of the cell.
func (p *gapCellPage) show(w *gapWords, field string, column int, cell *gap.Cell) {
	p.Title, p.Column = w.fieldName(p.Localizer, field), w.column(column)
	p.Status, p.Sentence, p.Settings = w.status(cell), w.sentence(cell), p.T("gap.settings", w.limits()...)
	if joined := w.matrix.Joined(column, field); len(joined) > 0 {
		names := ""
		for i, value := range joined {
			if i > 0 {
				names += ", "
			}
			names += w.valueName(p.Localizer, w.asked.waves[0], w.asked.by, value)
		}
		p.Joined = p.T("gap.joined", "names", names)
	}
	if f := &cell.Figure; f.Base != nil {
		p.Figures = [][]string{{p.T("gap.need"), w.number(f.Need, *f.Base)}, {p.T("gap.provision"), w.number(f.Provision, *f.Base)},
			{p.T("gap.gap"), w.figures(cell)}}
	}
	p.Provision = provisionInWords(p.deskFrame, &cell.Provision)
	of := w.matrix.Columns[column]
	for _, wave := range w.asked.waves {
		if wave.Slug != of.Wave {
			continue
		}
		for _, item := range w.items(column, field) {
			p.items(w.Server, wave, item, w.asked)
		}
		p.barriers(w.Server, wave, w.asked)
	}
}

// items are the two questions of an item, with the addresses of their figures.
func (p *gapCellPage) items(s *Server, wave *store.LiveWave, item analysis.NeedItem, asked *gapAsked) {
	for i, name := range []string{item.Need, item.Provision} {
		aspect := []string{"gap.need", "gap.provision"}[i]
		p.Items = append(p.Items, gapItem{s.elementName(p.Localizer, wave, wave.Version.Element(name)), p.T(aspect), explorerAddress(wave, name, asked, p.language())})
	}
}

// explorerAddress is where the explorer shows a question as the matrix divides it.
func explorerAddress(wave *store.LiveWave, question string, asked *gapAsked, language string) string {
	query := url.Values{"question": {question}}
	if asked.query.By != "" {
		query.Set("by", asked.query.By)
	}
	if asked.query.Weighted {
		query.Set("weights", "on")
	}
	if language != "" {
		query.Set("lang", language)
	}
	return "/manage/waves/" + wave.Slug + "/explore?" + query.Encode()
}

// barriers are the wave's questions about what keeps people from offers.
func (p *gapCellPage) barriers(s *Server, wave *store.LiveWave, asked *gapAsked) {
	for _, element := range wave.Version.Elements {
		if element.Measures != nil && element.Measures.As == survey.Barrier && wave.Schema.Shows(element) {
			p.Barriers = append(p.Barriers, gapBarrier{Label: s.elementName(p.Localizer, wave, element), Address: explorerAddress(wave, element.Name, asked, p.language())})
		}
	}
}

// evidence fills in indicators, offers, overlaps and the most frequent barriers.
func (p *gapCellPage) evidence(c echo.Context, w *gapWords, field string, column int, cell *gap.Cell) error {
	book, err := w.book(c)
	if err != nil {
		return err
	}
	of, areas := w.matrix.Columns[column], []string{w.asked.waves[0].Area}
	if of.Values != nil && w.asked.by == analysis.VariableArea {
		areas = of.Values
	}
	for _, area := range areas {
		for _, fact := range book.InField(field, area, w.today()) {
			query := url.Values{"area": {area}}
			if lang := p.language(); lang != "" {
				query.Set("lang", lang)
			}
			p.Indicators = append(p.Indicators, w.indicatorRow(p.Localizer, fact, query.Encode()))
		}
	}
	if err := p.offers(c, w, cell); err != nil {
		return err
	}
	if err := p.mostFrequent(c, w, of.Wave); err != nil {
		return err
	}
	query := url.Values{"field": {field}, "area": {areas[0]}}
	if lang := p.language(); lang != "" {
		query.Set("lang", lang)
	}
	p.Measures = measuresPath + "?" + query.Encode()
	if user, _ := visitor(c); w.mayConcept(user)(areas[0]) {
		p.Measure = measuresPath + "/new?" + query.Encode()
	}
	return nil
}

func (p *gapCellPage) offers(c echo.Context, w *gapWords, cell *gap.Cell) error {
	offers, err := w.desk.Office.OffersOn(c.Request().Context(), w.today())
	if err != nil {
		return err
	}
	titles := map[string]*baseline.Offer{}
	for at := range offers {
		one := &offers[at]
		titles[one.ID] = one
		if !slices.Contains(cell.Provision.Offers, one.ID) {
			continue
		}
		places := p.T("gap.places_unknown")
		if one.Places != nil {
			places = p.Number(float64(*one.Places), 0)
		}
		p.Offers = append(p.Offers, gapOffer{one.Title, one.Provider, places, offersPath + "/of/" + one.ID + p.Query})
	}
	for _, overlap := range cell.Provision.Overlaps {
		first, last := titles[overlap.First], titles[overlap.Last]
		if first != nil && last != nil {
			p.Overlaps = append(p.Overlaps, p.T("gap.overlap_of", "first", first.Title, "one", first.Provider, "last", last.Title, "other", last.Provider))
		}
	}
	return nil
}

// mostBarriers is how many answers to a barrier question are named.
const mostBarriers = 4

// mostFrequent names the most frequent answers to the barrier questions, of the
// whole wave: what holds people back is asked of few items, not of each field.
func (p *gapCellPage) mostFrequent(c echo.Context, w *gapWords, slug string) error {
	at := slices.IndexFunc(w.asked.waves, func(one *store.LiveWave) bool { return one.Slug == slug })
	if at < 0 || len(p.Barriers) == 0 {
		return nil
	}
	wave := w.asked.waves[at]
	explorer, err := w.desk.Office.Explorer(c.Request().Context(), wave)
	if err != nil {
		return err
	}
	next := 0
	for _, element := range wave.Version.Elements {
		if element.Measures == nil || element.Measures.As != survey.Barrier || !wave.Schema.Shows(element) {
			continue
		}
		answer, err := explorer.Query(analysis.Query{Questions: []string{element.Name}})
		if err != nil {
			return err
		}
		p.Barriers[next].Answers = w.frequent(p.deskFrame, wave, element, &answer.Groups[0].Figures[0])
		next++
	}
	return nil
}

// frequent are the answers with the largest shares, in words.
func (w *gapWords) frequent(f *deskFrame, wave *store.LiveWave, element *survey.Element, figure *analysis.Figure) (answers []string) {
	cells := slices.DeleteFunc(slices.Clone(figure.Cells), func(cell analysis.Cell) bool { return cell.Share == nil || *cell.Share == 0 })
	slices.SortStableFunc(cells, func(a, b analysis.Cell) int {
		if *a.Share > *b.Share {
			return -1
		}
		return 1
	})
	for _, cell := range cells[:min(len(cells), mostBarriers)] {
		decimals := 0
		if figure.Base != nil && *figure.Base >= 100 {
			decimals = 1
		}
		answers = append(answers, w.valueName(f.Localizer, wave, element.Name, cell.Name)+": "+f.Percent(*cell.Share, decimals))
	}
	return answers
}
