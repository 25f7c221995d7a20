package survey

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"bedarfslotse/internal/failure"
)

// The functions in edit*.go change a survey as somebody who edits it asks for.
// Each does what it says or returns a [failure.Error] and has changed nothing.
// What is left of a survey may have findings: whoever edits sees them.

// Place is where a question or group goes.
type Place struct {
	In     string // the group or repeat, "" for the top
	Before string // the one that it comes before, "" for the end
}

// Way is a step from one place to a neighbouring one, as keys lead it.
type Way string

// The ways.
const (
	Up   Way = "up"   // before the one before it
	Down Way = "down" // after the one after it
	In   Way = "in"   // into the group beside it
	Out  Way = "out"  // behind the group that it is in
)

const (
	maxNodes = 5000 // of a survey that is edited: five times the largest published one
	maxName  = 40   // letters of a name that is made from a label
)

func invalid(key string, pairs ...any) *failure.Error {
	return failure.New(failure.Invalid, key, pairs...)
}

// Node returns the question or group of that name, nil when there is none.
func (s *Survey) Node(name string) *Node {
	_, node, _ := s.find(name)
	return node
}

// find returns a node, the nodes that it stands among and the container around
// them, nil at the top.
func (s *Survey) find(name string) (among *[]*Node, found, around *Node) {
	var look func(nodes *[]*Node, in *Node) bool
	look = func(nodes *[]*Node, in *Node) bool {
		for _, node := range *nodes {
			if node.Name == name {
				among, found, around = nodes, node, in
				return true
			}
			if look(&node.Children, node) {
				return true
			}
		}
		return false
	}
	if name != "" {
		look(&s.Nodes, nil)
	}
	return among, found, around
}

func (s *Survey) known(name string) (*[]*Node, *Node, *Node, error) {
	among, node, around := s.find(name)
	if node == nil {
		return nil, nil, nil, failure.New(failure.NotFound, "error.edit_unknown", "name", name)
	}
	return among, node, around, nil
}

// size counts a node with what it holds, and how deep that goes.
func (n *Node) size() (count, depth int) {
	count = 1
	for _, child := range n.Children {
		inner, deep := child.size()
		count, depth = count+inner, max(depth, deep)
	}
	return count, depth + 1
}

// Insert puts a new node, with all that it holds, at a place. Its name must be
// new.
func (s *Survey) Insert(node *Node, at Place) error {
	if node.Name == "" {
		return invalid("error.edit_name")
	}
	var taken string
	walk([]*Node{node}, func(one *Node) bool {
		if s.Node(one.Name) != nil {
			taken = one.Name
		}
		return taken == ""
	})
	if taken != "" {
		return invalid("error.edit_name_taken", "name", taken)
	}
	return s.put(node, at)
}

func (s *Survey) put(node *Node, at Place) error {
	nodes, levels := &s.Nodes, 0
	if at.In != "" {
		_, group, _, err := s.known(at.In)
		if err != nil {
			return err
		}
		if !group.Type.Contains() {
			return invalid("error.edit_no_group", "name", at.In)
		}
		nodes = &group.Children
		for name := at.In; name != ""; levels++ {
			_, _, around := s.find(name)
			if name = ""; around != nil {
				name = around.Name
			}
		}
	}
	count, depth := node.size()
	all, _ := (&Node{Children: s.Nodes}).size()
	if all+count > maxNodes || levels+depth > maxDepth {
		return invalid("error.edit_too_large")
	}
	index := len(*nodes)
	if at.Before != "" {
		if index = slices.IndexFunc(*nodes, func(n *Node) bool { return n.Name == at.Before }); index < 0 {
			return failure.New(failure.NotFound, "error.edit_unknown", "name", at.Before)
		}
	}
	*nodes = slices.Insert(*nodes, index, node)
	return nil
}

// Remove takes a node away, with all that it holds. What refers to it stays and
// has a finding.
func (s *Survey) Remove(name string) error {
	among, node, _, err := s.known(name)
	if err == nil {
		*among = slices.DeleteFunc(*among, func(n *Node) bool { return n == node })
	}
	return err
}

// Move puts a node at another place, but not into itself.
func (s *Survey) Move(name string, at Place) error {
	among, node, _, err := s.known(name)
	if err != nil {
		return err
	}
	if at.Before == name {
		return nil
	}
	inside := false
	walk([]*Node{node}, func(one *Node) bool { inside = inside || one.Name == at.In; return !inside })
	if inside {
		return invalid("error.edit_into_itself", "name", name)
	}
	index := slices.Index(*among, node)
	*among = slices.Delete(*among, index, index+1)
	if err := s.put(node, at); err != nil {
		*among = slices.Insert(*among, index, node)
		return err
	}
	return nil
}

// Shift moves a node one step. Where there is no such step, the error says so.
func (s *Survey) Shift(name string, way Way) error {
	among, node, around, err := s.known(name)
	if err != nil {
		return err
	}
	at := slices.Index(*among, node)
	place := Place{}
	if around != nil {
		place.In = around.Name
	}
	neighbour := func(step int) *Node {
		if at+step < 0 || at+step >= len(*among) {
			return nil
		}
		return (*among)[at+step]
	}
	switch before, after := neighbour(-1), neighbour(1); {
	case way == Up && before != nil:
		place.Before = before.Name
	case way == Down && after != nil:
		if beyond := neighbour(2); beyond != nil {
			place.Before = beyond.Name
		}
	case way == In && before != nil && before.Type.Contains():
		place = Place{In: before.Name}
	case way == In && after != nil && after.Type.Contains():
		place = Place{In: after.Name}
		if len(after.Children) > 0 {
			place.Before = after.Children[0].Name
		}
	case way == Out && around != nil:
		place = s.Behind(around.Name)
	default:
		return invalid("error.edit_no_way", "name", name)
	}
	return s.Move(name, place)
}

// Behind is the place right after a node; the end when there is none.
func (s *Survey) Behind(name string) Place {
	among, node, around := s.find(name)
	place := Place{}
	if node == nil {
		return place
	}
	if around != nil {
		place.In = around.Name
	}
	if at := slices.Index(*among, node); at+1 < len(*among) {
		place.Before = (*among)[at+1].Name
	}
	return place
}

// Ways lists the steps that [Survey.Shift] can move a node.
func (s *Survey) Ways(name string) []Way {
	among, node, around := s.find(name)
	if node == nil {
		return nil
	}
	at, last := slices.Index(*among, node), len(*among)-1
	var ways []Way
	if at > 0 {
		ways = append(ways, Up)
	}
	if at < last {
		ways = append(ways, Down)
	}
	if at > 0 && (*among)[at-1].Type.Contains() || at < last && (*among)[at+1].Type.Contains() {
		ways = append(ways, In)
	}
	if around != nil {
		ways = append(ways, Out)
	}
	return ways
}

// Wrap puts a node into a new group of its own, in its place, and returns the
// group's name.
func (s *Survey) Wrap(name string) (string, error) {
	among, node, _, err := s.known(name)
	if err != nil {
		return "", err
	}
	if _, depth := node.size(); s.depth(name)+depth > maxDepth {
		return "", invalid("error.edit_too_large")
	}
	group := &Node{Type: Group, Name: s.FreeName("group"), Children: []*Node{node}}
	(*among)[slices.Index(*among, node)] = group
	return group.Name, nil
}

// depth counts the containers around a node.
func (s *Survey) depth(name string) int {
	count := 0
	for _, _, around := s.find(name); around != nil; _, _, around = s.find(around.Name) {
		count++
	}
	return count
}

// Duplicate puts a copy of a node right after it and returns the copy's name.
// What is copied has new names, also where it refers to itself.
func (s *Survey) Duplicate(name string) (string, error) {
	_, node, _, err := s.known(name)
	if err != nil {
		return "", err
	}
	copied := (&Survey{Language: s.Language, Nodes: []*Node{node}}).Clone()
	taken := map[string]bool{}
	s.Walk(func(n *Node) bool { taken[n.Name] = true; return true })
	var names []string
	copied.Walk(func(n *Node) bool { names = append(names, n.Name); return true })
	for _, old := range names {
		fresh := free(old, func(name string) bool { return taken[name] })
		taken[fresh] = true
		if err := copied.Rename(old, fresh); err != nil {
			return "", err
		}
	}
	fresh := copied.Nodes[0]
	return fresh.Name, s.put(fresh, s.Behind(node.Name))
}

// FreeName returns a name that no question, group or choice list has: the
// wanted one, or that with a number. A label serves as well: it is written in
// small letters without accents, and a text in another script becomes
// "question".
func (s *Survey) FreeName(wanted string) string {
	name := slug(wanted)
	if name == "" {
		name = "question"
	}
	return free(name, func(name string) bool {
		return s.Node(name) != nil || s.List(name) != nil || slices.Contains(Reserved(), name)
	})
}

// free adds a number to a name that is taken, or raises the one it has.
func free(name string, taken func(string) bool) string {
	if !taken(name) {
		return name
	}
	base, number := name, 2
	if at := strings.LastIndexByte(name, '_'); at > 0 {
		if given, err := strconv.Atoi(name[at+1:]); err == nil && given > 0 && given < maxNodes {
			base, number = name[:at], given+1
		}
	}
	for ; ; number++ {
		if name = base + "_" + strconv.Itoa(number); !taken(name) {
			return name
		}
	}
}

// slug writes a text with the letters a–z, digits and _, "" when it has none.
func slug(text string) string {
	var out strings.Builder
	text = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "ı", "i", "ł", "l", "ø", "o").Replace(strings.ToLower(text))
	for _, letter := range norm.NFD.String(text) {
		switch {
		case letter >= 'a' && letter <= 'z' || letter >= '0' && letter <= '9' && out.Len() > 0:
			out.WriteRune(letter)
		case unicode.Is(unicode.Mn, letter):
		case out.Len() > 0 && !strings.HasSuffix(out.String(), "_"):
			out.WriteByte('_')
		}
	}
	name := out.String()
	if len(name) > maxName {
		if cut := strings.LastIndexByte(name[:maxName], '_'); cut > maxName/2 {
			name = name[:cut]
		} else {
			name = name[:maxName]
		}
	}
	return strings.Trim(name, "_")
}
