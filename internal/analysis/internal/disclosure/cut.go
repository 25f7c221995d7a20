package disclosure

import "slices"

// Arrivals are the respondents of a question's base by the part that they
// belong to and by the moment at which a table first counted them: Counts[part]
// [moment]. The last moment is the release itself, unless nobody is new in it;
// then it is left out.
type Arrivals struct{ Counts [][]int }

// A release publishes the parts beside the whole-wave tables that were shown
// while the wave was open. A reader may add and subtract all of them. Give part
// j the weight y_j, and write X_e for the sum of the weights, with their signs
// turned, of all whole-wave tables that count those who came at moment e. In
// the combination a respondent of part j who came at e weighs y_j − X_e. So the
// respondents are the edges of a graph whose nodes are parts and moments, the
// weights are potentials, and the respondents left over are the edges between
// nodes of different potential. Fewer than k of them, but not none, are left
// over in some combination exactly when some cut of the graph has 1 to k−1
// edges (for one potential against all others is a cut, and a cut is the
// combination that gives one side 1 and the other 0).

// graph is that graph with some of its nodes taken together.
type graph struct {
	weights [][]int
	members [][]int // the nodes that each one stands for
}

// node numbers parts first, then moments.
func newGraph(a Arrivals) *graph {
	parts := len(a.Counts)
	n := parts
	if parts > 0 {
		n += len(a.Counts[0])
	}
	g := &graph{weights: make([][]int, n), members: make([][]int, n)}
	for i := range n {
		g.weights[i], g.members[i] = make([]int, n), []int{i}
	}
	for part, row := range a.Counts {
		for moment, count := range row {
			g.weights[part][parts+moment] = count
			g.weights[parts+moment][part] = count
		}
	}
	return g
}

// contract returns the graph with nodes taken together as long as one shares k
// edges with others that are taken together: no cut of fewer separates them.
func (g *graph) contract(k int) *graph {
	n := len(g.weights)
	cluster := slices.Repeat([]int{-1}, n)
	clusters := 0
	for seed := range n {
		if cluster[seed] >= 0 {
			continue
		}
		edges := slices.Clone(g.weights[seed]) // to the cluster
		cluster[seed] = clusters
		for grown := true; grown; {
			grown = false
			for i, w := range edges {
				if w < k || cluster[i] >= 0 {
					continue
				}
				cluster[i], grown = clusters, true
				for other, more := range g.weights[i] {
					edges[other] += more
				}
			}
		}
		clusters++
	}
	if clusters == n {
		return g
	}
	smaller := &graph{weights: make([][]int, clusters), members: make([][]int, clusters)}
	for i := range smaller.weights {
		smaller.weights[i] = make([]int, clusters)
	}
	for a, row := range g.weights {
		smaller.members[cluster[a]] = append(smaller.members[cluster[a]], g.members[a]...)
		for b, w := range row {
			if cluster[a] != cluster[b] {
				smaller.weights[cluster[a]][cluster[b]] += w
			}
		}
	}
	return smaller.contract(k)
}

// merge takes node b into node a.
func (g *graph) merge(a, b int) {
	for i := range g.weights {
		g.weights[a][i] += g.weights[b][i]
		g.weights[i][a] = g.weights[a][i]
	}
	g.weights[a][a] = 0
	g.members[a] = append(g.members[a], g.members[b]...)
	g.weights, g.members = slices.Delete(g.weights, b, b+1), slices.Delete(g.members, b, b+1)
	for i := range g.weights {
		g.weights[i] = slices.Delete(g.weights[i], b, b+1)
	}
}

// reached lists the nodes of the component of one node.
func (g *graph) reached(from int) []int {
	seen, list := make([]bool, len(g.weights)), []int{from}
	seen[from] = true
	for at := 0; at < len(list); at++ {
		for i, w := range g.weights[list[at]] {
			if w > 0 && !seen[i] {
				seen[i] = true
				list = append(list, i)
			}
		}
	}
	return list
}

// thin returns one side of a cut of the component of fewer than k edges, nil
// when there is none (Stoer & Wagner, A simple min-cut algorithm, 1997).
func (g *graph) thin(component []int, k int) []int {
	part := &graph{}
	for _, a := range component {
		row := make([]int, len(component))
		for i, b := range component {
			row[i] = g.weights[a][b]
		}
		part.weights, part.members = append(part.weights, row), append(part.members, slices.Clone(g.members[a]))
	}
	for len(part.weights) > 1 {
		last, before, cut := part.phase()
		if cut < k {
			return part.members[last]
		}
		part.merge(min(last, before), max(last, before))
	}
	return nil
}

// phase visits the nodes, always the one with most edges to those visited, and
// returns the last two and the edges of the last.
func (g *graph) phase() (last, before, cut int) {
	edges := slices.Clone(g.weights[0])
	visited := make([]bool, len(edges))
	visited[0] = true
	for range edges[1:] {
		next := -1
		for i := range edges {
			if !visited[i] && (next < 0 || edges[i] > edges[next]) {
				next = i
			}
		}
		visited[next] = true
		before, last, cut = last, next, edges[next]
		for i, w := range g.weights[next] {
			edges[i] += w
		}
	}
	return last, before, cut
}

// Cut tells which parts are on one side of a cut and which on the other; those
// of other components are on neither.
type Cut struct{ Side, Other []bool }

// Thin returns a cut of 1 to k−1 edges, nil when there is none: joining parts of
// both sides removes it.
func (g Guard) Thin(a Arrivals) *Cut {
	whole := newGraph(a).contract(g.K)
	done := make([]bool, len(whole.weights))
	for at := range whole.weights {
		if done[at] {
			continue
		}
		component := whole.reached(at)
		var nodes []int
		for _, i := range component {
			done[i] = true
			nodes = append(nodes, whole.members[i]...)
		}
		if side := whole.thin(component, g.K); side != nil {
			cut := Cut{partsOf(side, len(a.Counts)), partsOf(nodes, len(a.Counts))}
			for i, is := range cut.Side {
				cut.Other[i] = cut.Other[i] && !is
			}
			return &cut
		}
	}
	return nil
}

// Apart tells of each part whether it hangs together with none of the edges of
// the last moment; of parts without arrivals it is true.
func (a Arrivals) Apart() []bool {
	g := newGraph(a)
	apart := slices.Repeat([]bool{true}, len(a.Counts))
	if len(g.weights) == len(a.Counts) {
		return apart
	}
	for _, node := range g.reached(len(g.weights) - 1) {
		if node < len(apart) {
			apart[node] = false
		}
	}
	return apart
}

func partsOf(nodes []int, parts int) []bool {
	side := make([]bool, parts)
	for _, node := range nodes {
		if node < parts {
			side[node] = true
		}
	}
	return side
}
