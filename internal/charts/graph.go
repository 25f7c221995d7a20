package charts

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
	"github.com/go-echarts/go-echarts/v2/types"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/i18n"
)

// Graph is things and the ties between them.
type Graph struct {
	Name  string // for the chart's id
	Title string
	// Summary says in one to three sentences what it shows, Footer in one line what
	// its signs mean.
	Summary, Footer string
	Nodes           []GraphNode
	Links           []GraphLink
	// Sides puts the nodes of the first kind at the beginning of the line and the
	// others at its end; else all stand where their ties draw them.
	Sides bool
	Table Table
	Data  Data
}

// GraphNode is one thing.
type GraphNode struct {
	Label  string
	Detail string // what the tooltip says beside the label
	Second bool   // of the second kind: another sign and colour
	Hollow bool   // stands apart, such as somebody of whom nothing is known
}

// GraphLink is a tie between two nodes by their places.
type GraphLink struct {
	From, To int
	Strong   bool // a thick line instead of a broken one
	Detail   string
}

// mostNodes is how many nodes are drawn: more of them are no picture any more. The
// table has them all.
const mostNodes = 80

// BuildGraph makes a graph chart. Nodes with the most ties come first where not all
// can be drawn.
func BuildGraph(g Graph, words *i18n.Localizer, options ...Option) Chart {
	b := newBuilder(analysis.Figure{}, nil, words, options)
	chart := Chart{ID: identifier(g.Name), Title: plain(g.Title), Direction: words.Direction(), Language: words.Language(),
		Summary: g.Summary, Table: g.Table, Data: g.Data}
	d := &graphDrawing{builder: b, Graph: g}
	if d.choose(); len(d.shown) < len(g.Nodes) {
		chart.Notes = append(chart.Notes, words.T("charts.graph_some", "shown", words.Number(float64(len(d.shown)), 0), "all", words.Number(float64(len(g.Nodes)), 0)))
	}
	if len(d.shown) == 0 {
		return chart
	}
	if g.Sides {
		d.sides()
	} else {
		d.spread()
	}
	chart.Options = d.encode()
	chart.Width, chart.Height = b.width, d.height
	return chart
}

// graphDrawing lays a graph out.
type graphDrawing struct {
	*builder
	Graph
	shown  []int        // places of the nodes that are drawn
	at     [][2]float64 // where, in the same order
	wide   []float64    // how wide each label may be
	height int
}

// choose takes the nodes with the most ties.
func (d *graphDrawing) choose() {
	degree := make([]int, len(d.Nodes))
	for _, link := range d.Links {
		degree[link.From]++
		degree[link.To]++
	}
	for at := range d.Nodes {
		d.shown = append(d.shown, at)
	}
	if len(d.shown) > mostNodes {
		slices.SortStableFunc(d.shown, func(a, b int) int { return cmp.Compare(degree[b], degree[a]) })
		d.shown = d.shown[:mostNodes]
		slices.Sort(d.shown)
	}
}

// labelOf is a node's label in lines for its room.
func (d *graphDrawing) labelOf(i, most int) []string {
	return wrap(plain(d.Nodes[d.shown[i]].Label), d.wide[i], smallSize, most)
}

// sides puts the two kinds of nodes into columns with the ties between them.
func (d *graphDrawing) sides() {
	room := float64(d.width) * 0.36
	d.at, d.wide = make([][2]float64, len(d.shown)), make([]float64, len(d.shown))
	heights := [2]float64{}
	var columns [2][]int
	for i, at := range d.shown {
		d.wide[i] = room - 2*margin
		column := 0
		if d.Nodes[at].Second {
			column = 1
		}
		columns[column] = append(columns[column], i)
		heights[column] += d.row(i)
	}
	tall := max(heights[0], heights[1])
	for column, members := range columns {
		y := float64(margin)
		extra := (tall - heights[column]) / float64(max(len(members), 1))
		x := room
		if (column == 1) != d.right {
			x = float64(d.width) - room
		}
		for _, i := range members {
			step := d.row(i) + extra
			d.at[i] = [2]float64{x, y + step/2}
			y += step
		}
	}
	d.height = int(math.Ceil(tall)) + 2*margin
}

// row is how much height a node needs in a column.
func (d *graphDrawing) row(i int) float64 {
	return max(24, float64(len(d.labelOf(i, 3)))*step(smallSize)+8)
}

// spread lets ties draw the nodes together and the nodes push each other away
// (Fruchterman & Reingold 1991), from a circle on, so that the same graph always
// looks the same.
func (d *graphDrawing) spread() {
	n := len(d.shown)
	label := min(130, float64(d.width)*0.3)
	width := float64(d.width) - label - 2*margin         // labels reach beyond the outermost nodes
	tall := max(220, width*0.55, float64(n)*14000/width) // room for a label each
	place := make(map[int]int, n)
	d.at, d.wide = make([][2]float64, n), make([]float64, n)
	for i, node := range d.shown {
		angle := 2 * math.Pi * float64(i) / float64(n)
		d.at[i] = [2]float64{width/2 + width/2*math.Cos(angle), tall/2 + tall/2*math.Sin(angle)}
		place[node], d.wide[i] = i, label
	}
	var pairs [][2]int
	for _, link := range d.Links {
		from, drawn := place[link.From]
		if to, too := place[link.To]; drawn && too {
			pairs = append(pairs, [2]int{from, to})
		}
	}
	const rounds = 300
	ideal := 0.6 * math.Sqrt(width*tall/float64(max(n, 1)))
	for round := range rounds {
		d.push(pairs, ideal, width, tall, width/8*(1-float64(round)/rounds))
	}
	for i := range d.at {
		d.at[i][0] = math.Round(d.at[i][0] + label/2 + margin)
		d.at[i][1] = math.Round(d.at[i][1]) + 2*margin
	}
	d.height = int(math.Ceil(tall)) + 3*margin + 3*int(step(smallSize))
}

// push moves every node once, by at most so many pixels, within the picture.
func (d *graphDrawing) push(pairs [][2]int, ideal, width, tall, most float64) {
	force := make([][2]float64, len(d.at))
	act := func(i, j int, strength func(distance float64) float64) {
		x, y := d.at[i][0]-d.at[j][0], d.at[i][1]-d.at[j][1]
		distance := max(math.Hypot(x, y), 0.01)
		f := strength(distance) / distance
		force[i][0], force[i][1] = force[i][0]+x*f, force[i][1]+y*f
		force[j][0], force[j][1] = force[j][0]-x*f, force[j][1]-y*f
	}
	for i := range d.at {
		for j := i + 1; j < len(d.at); j++ {
			act(i, j, func(distance float64) float64 { return ideal * ideal / distance })
		}
	}
	for _, pair := range pairs {
		act(pair[0], pair[1], func(distance float64) float64 { return -distance * distance / ideal })
	}
	for i := range d.at {
		// A little weight keeps parts without ties from being pushed to the walls.
		const weight = 0.35
		force[i][0] += weight * (width/2 - d.at[i][0])
		force[i][1] += weight * (tall/2 - d.at[i][1])
		length := max(math.Hypot(force[i][0], force[i][1]), 0.01)
		scale := min(length, most) / length
		d.at[i][0] = min(max(d.at[i][0]+force[i][0]*scale, 0), width)
		d.at[i][1] = min(max(d.at[i][1]+force[i][1]*scale, 0), tall)
	}
}

// graphSeries is the series as ECharts takes it: go-echarts has no room for
// places of zero, for positions of single labels and for layouts of labels.
type graphSeries struct {
	Type   string          `json:"type"`
	Layout string          `json:"layout"`
	Left   float64         `json:"left"`
	Top    float64         `json:"top"`
	Width  float64         `json:"width"`
	Height float64         `json:"height"`
	Cursor string          `json:"cursor"`
	Data   []graphNode     `json:"data"`
	Links  []graphLink     `json:"links"`
	Labels map[string]bool `json:"labelLayout,omitempty"`
}

type graphNode struct {
	ID      string         `json:"id"`
	X       float64        `json:"x"`
	Y       float64        `json:"y"`
	Symbol  string         `json:"symbol"`
	Size    int            `json:"symbolSize"`
	Style   map[string]any `json:"itemStyle,omitempty"`
	Text    *text          `json:"label,omitempty"`
	Tooltip *tooltip       `json:"tooltip,omitempty"`
}

type graphLink struct {
	Source  string         `json:"source"`
	Target  string         `json:"target"`
	Line    map[string]any `json:"lineStyle"`
	Tooltip *tooltip       `json:"tooltip,omitempty"`
}

// linkColour can be told from either theme's ground.
const linkColour = "#808893"

// encode writes the options. Two unseen corners keep ECharts from stretching what
// is laid out in pixels.
func (d *graphDrawing) encode() json.RawMessage {
	footing := wrap(d.Footer, float64(d.width-2*margin), smallSize, 4)
	body := float64(d.height)
	d.height += footer + (len(footing)-1)*int(step(smallSize))
	graph := charts.NewGraph()
	graph.Animation, graph.Legend = opts.Bool(false), opts.Legend{Show: opts.Bool(false)}
	graph.Colors, graph.Theme = nil, ""
	graph.Aria = &opts.Aria{Enabled: opts.Bool(true), Label: &opts.AriaLabel{Enabled: opts.Bool(true), Description: d.Summary}}
	graph.Title = opts.Title{Title: directed(footing, d.right), TitleStyle: &opts.TextStyle{FontSize: smallSize, FontWeight: "normal", LineHeight: int(step(smallSize))},
		Top: strconv.Itoa(int(body)), Left: "0"}
	if d.right {
		graph.Title.Left, graph.Title.Right = "", "0"
	}
	graph.Validate()
	all := graph.JSON()
	all["tooltip"] = map[string]any{"show": true, "trigger": "item", "renderMode": "richText", "confine": true}
	all["series"] = []graphSeries{d.series(body)}
	written, err := json.Marshal(all)
	if err != nil {
		// Everything in it is a plain value made here, so this is a fault of the
		// program that no caller could answer.
		panic(fmt.Sprintf("charts: write options: %v", err))
	}
	return written
}

func (d *graphDrawing) series(body float64) graphSeries {
	s := graphSeries{Type: types.ChartGraph, Layout: "none", Width: float64(d.width), Height: body, Cursor: "default"}
	place := make(map[int]string, len(d.shown))
	for i, at := range d.shown {
		place[at] = strconv.Itoa(at)
		s.Data = append(s.Data, d.node(i, at))
	}
	hidden := map[string]any{"opacity": 0}
	s.Data = append(s.Data, graphNode{ID: "a", Symbol: "circle", Size: 0, Style: hidden},
		graphNode{ID: "z", X: float64(d.width), Y: body, Symbol: "circle", Size: 0, Style: hidden})
	for _, link := range d.Links {
		from, drawn := place[link.From]
		to, too := place[link.To]
		if !drawn || !too {
			continue
		}
		line := map[string]any{"color": linkColour, "width": 1.2, "opacity": 1, "type": "dashed"}
		if link.Strong {
			line["width"], line["type"] = 2.6, "solid"
		}
		s.Links = append(s.Links, graphLink{from, to, line, d.hint(link.Detail)})
	}
	if !d.Sides {
		s.Labels = map[string]bool{"hideOverlap": true}
	}
	return s
}

func (d *graphDrawing) node(i, at int) graphNode {
	one := &d.Nodes[at]
	label, position := d.labelOf(i, 3), "bottom"
	if d.Sides {
		position = "left"
		if one.Second != d.right {
			position = "right"
		}
	}
	node := graphNode{ID: strconv.Itoa(at), X: d.at[i][0], Y: d.at[i][1], Symbol: "circle", Size: 12, Style: map[string]any{},
		Text: &text{Show: true, Position: position, FontSize: smallSize, LineHeight: int(step(smallSize)), Formatter: inert(directed(label, d.builder.right))}}
	colour := "#2d6bad"
	if one.Second {
		node.Symbol, node.Size, colour = "diamond", 14, "#b35806"
	}
	node.Style["color"] = colour
	if one.Hollow {
		node.Style = map[string]any{"color": "transparent", "borderColor": colour, "borderWidth": 2}
	}
	detail := plain(one.Label)
	if one.Detail != "" {
		detail += "\n" + one.Detail
	}
	node.Tooltip = d.hint(detail)
	return node
}

func (d *graphDrawing) hint(words string) *tooltip {
	if words == "" {
		return nil
	}
	return &tooltip{Formatter: inert(d.folded(words))}
}
