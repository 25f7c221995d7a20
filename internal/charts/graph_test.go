package charts_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/charts"
)

// team is a graph of n actors in a ring with two spokes, the last of them alone.
func team(n int, sides bool) charts.Graph {
	g := charts.Graph{Name: "team", Title: "Wer mit wem", Summary: "Alle arbeiten zusammen.", Footer: "dicke Linie: von beiden genannt", Sides: sides}
	for at := range n {
		g.Nodes = append(g.Nodes, charts.GraphNode{Label: fmt.Sprintf("Träger <%d> mit einem langen Namen {x}", at), Second: sides && at%3 == 0, Hollow: at == n-1})
	}
	for at := range n - 1 {
		if to := (at + 1) % (n - 1); to != at {
			g.Links = append(g.Links, charts.GraphLink{From: at, To: to, Strong: at%2 == 0, Detail: "jede Woche"})
		}
	}
	return g
}

// TestHeavyGraphs draws graphs of every size, from the left and from the right.
// With CHARTS_LOOK set to a folder it leaves the pictures there, to be looked at.
func TestHeavyGraphs(t *testing.T) {
	drawer := renderer(t)
	for _, lang := range []string{"de", "ar"} {
		for _, n := range []int{1, 2, 12, 100} {
			for _, sides := range []bool{false, true} {
				for _, width := range []int{charts.DefaultWidth, charts.Narrow} {
					if n > 50 && (lang != "de" || width == charts.Narrow) {
						continue // drawing many takes long
					}
					chart := charts.BuildGraph(team(n, sides), words(t, lang), charts.Width(width))
					look(t, drawer, chart, fmt.Sprintf("graph-%s-%d-%v-%d", lang, n, sides, width))
					var options struct {
						Tooltip struct{ RenderMode string }
						Series  []struct {
							Type, Layout string
							Data         []struct{ ID string }
							Links        []struct{ Source, Target string }
						}
					}
					if err := json.Unmarshal(chart.Options, &options); err != nil || options.Series[0].Type != "graph" || options.Tooltip.RenderMode != "richText" {
						t.Fatalf("%+v, %v", options, err)
					}
					var ids []string
					for _, node := range options.Series[0].Data {
						ids = append(ids, node.ID)
					}
					for _, link := range options.Series[0].Links {
						if !slices.Contains(ids, link.Source) || !slices.Contains(ids, link.Target) {
							t.Errorf("a link from %s to %s, but no such node", link.Source, link.Target)
						}
					}
					if want := min(n, 80); len(ids) != want+2 || (len(chart.Notes) == 1) != (n > 80) {
						t.Errorf("%d nodes, notes %v", len(ids), chart.Notes)
					}
					if bytes.Contains(chart.Options, []byte("<")) || strings.Contains(string(chart.Options), "{x}") {
						t.Error("a name is read as something else")
					}
				}
			}
		}
	}
	if nobody := charts.BuildGraph(charts.Graph{Name: "nobody"}, words(t, "de")); nobody.Drawn() {
		t.Error("nothing was drawn")
	}
}

// look draws a chart in both themes, twice, and keeps the picture.
func look(t *testing.T, drawer *charts.Renderer, chart charts.Chart, name string) {
	t.Helper()
	for _, theme := range []charts.Theme{charts.Light, charts.Dark} {
		picture, err := drawer.SVG(context.Background(), chart, theme)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		checkPicture(t, picture, chart)
		if folder := os.Getenv("CHARTS_LOOK"); folder != "" {
			keep(t, filepath.Join(folder, name+"-"+string(theme)+".svg"), picture)
			if theme == charts.Light {
				png, err := drawer.PNG(context.Background(), chart, theme, 2)
				if err != nil {
					t.Fatal(err)
				}
				keep(t, filepath.Join(folder, name+".png"), png)
			}
		}
	}
}

// TestHeavyInfluence draws the power–interest grid with names where there is room,
// else with numbers.
func TestHeavyInfluence(t *testing.T) {
	drawer := renderer(t)
	in := charts.Influence{Name: "grid", Title: "Einfluss und Interesse", Summary: "Zwei haben viel von beidem.", Across: "Interesse", Up: "Einfluss", Steps: 5}
	for at, place := range [][2]int{{5, 5}, {5, 5}, {1, 1}, {3, 4}, {5, 5}, {2, 5}} {
		in.Points = append(in.Points, charts.InfluencePoint{Number: at + 1, Label: "Schulamt für den Kreis und die Städte", Across: place[0], Up: place[1]})
	}
	for _, lang := range []string{"de", "ar"} {
		for _, width := range []int{charts.DefaultWidth, charts.Narrow} {
			look(t, drawer, charts.BuildInfluence(in, words(t, lang), charts.Width(width)), fmt.Sprintf("influence-%s-%d", lang, width))
		}
	}
	in.Points = nil
	if empty := charts.BuildInfluence(in, words(t, "de")); empty.Drawn() {
		t.Error("an empty grid was drawn")
	}
}
