package survey

import (
	"maps"
	"slices"
	"strconv"

	"github.com/goccy/go-yaml/ast"

	"bedarfslotse/internal/failure"
)

func position(node ast.Node) Position {
	if token := node.GetToken(); token != nil && token.Position != nil {
		return Position{Line: token.Position.Line, Column: token.Position.Column}
	}
	return Position{}
}

// firstKey is where a mapping begins; its own token is the first colon.
func firstKey(node ast.Node) Position {
	switch n := node.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 {
			return position(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return position(n.Key)
	}
	return position(node)
}

func (r *yamlReader) choiceLists(node ast.Node) []*ChoiceList {
	var lists []*ChoiceList
	r.each(node, func(name string, at, value ast.Node) {
		list := &ChoiceList{Name: name, Position: position(at)}
		r.items(value, func(item ast.Node) { list.Choices = append(list.Choices, r.choice(item)) })
		list.nameColumns()
		lists = append(lists, list)
	})
	return lists
}

// nameColumns collects the names of the filter columns that the choices use. An
// empty value only says that there is such a column.
func (l *ChoiceList) nameColumns() {
	for _, choice := range l.Choices {
		for name := range choice.Values {
			if !slices.Contains(l.Columns, name) {
				l.Columns = append(l.Columns, name)
			}
		}
		maps.DeleteFunc(choice.Values, func(_, value string) bool { return value == "" })
		if len(choice.Values) == 0 {
			choice.Values = nil
		}
	}
	slices.Sort(l.Columns)
}

func (r *yamlReader) choice(node ast.Node) *Choice {
	choice := &Choice{Position: firstKey(node)}
	r.fields(node, map[string]func(ast.Node){
		"name":        r.into(&choice.Name),
		"label":       func(n ast.Node) { choice.Label = r.text(n) },
		"pictogram":   r.into(&choice.Pictogram),
		"media":       func(n ast.Node) { choice.Media = r.media(n) },
		"substantive": func(n ast.Node) { choice.NonSubstantive = !r.boolean(n) },
		"score":       func(n ast.Node) { choice.Score = r.integer(n) },
		"values": func(n ast.Node) {
			choice.Values = map[string]string{}
			r.each(n, func(key string, _, value ast.Node) { choice.Values[key] = r.scalar(value) })
		},
	})
	return choice
}

func (r *yamlReader) integer(node ast.Node) *int {
	value, err := strconv.Atoi(r.scalar(node))
	if err != nil {
		r.find(node, failure.Fatal, "survey.want_integer")
		return nil
	}
	return &value
}

func (r *yamlReader) media(node ast.Node) Media {
	media := Media{}
	r.each(node, func(kind string, at, value ast.Node) {
		if !slices.Contains(MediaKinds(), kind) {
			r.find(at, failure.Fatal, "survey.media_kind", "kind", kind, "suggestion", nearest(kind, MediaKinds()))
			return
		}
		media[kind] = map[string]string{}
		if file, ok := scalar(value); ok {
			media[kind][""] = file
			return
		}
		r.each(value, func(language string, _, file ast.Node) { media[kind][language] = r.scalar(file) })
	})
	return media
}

func (r *yamlReader) nodes(node ast.Node, depth int) []*Node {
	if depth > maxDepth {
		r.find(node, failure.Fatal, "survey.too_deep", "levels", maxDepth)
		return nil
	}
	var nodes []*Node
	r.items(node, func(item ast.Node) { nodes = append(nodes, r.node(item, depth)) })
	return nodes
}

func (r *yamlReader) node(item ast.Node, depth int) *Node {
	n := &Node{Position: firstKey(item), Places: map[string]Position{}}
	known := map[string]func(ast.Node){
		"type": func(v ast.Node) { n.Type, n.List = SplitType(r.scalar(v)) },
		"name": r.into(&n.Name),
		"media": func(v ast.Node) {
			if n.Media = r.media(v); len(n.Media[BigImage]) > 0 && len(n.Media[Image]) == 0 {
				r.find(v, failure.Fatal, "survey.big_image_alone")
			}
		},
		"required":      func(v ast.Node) { n.Required = NormalRequired(r.scalar(v)) },
		"relevant":      r.into(&n.Relevant),
		"constraint":    r.into(&n.Constraint),
		"calculation":   r.into(&n.Calculation),
		"default":       r.into(&n.Default),
		"trigger":       r.into(&n.Trigger),
		"choice_filter": r.into(&n.ChoiceFilter),
		"repeat_count":  r.into(&n.RepeatCount),
		"read_only":     r.intoBool(&n.ReadOnly),
		"appearance":    r.into(&n.Appearance),
		"parameters":    r.into(&n.Parameters),
		"pictogram":     r.into(&n.Pictogram),
		"sensitive":     r.intoBool(&n.Sensitive),
		"attributed":    r.intoBool(&n.Attributed),
		"measures":      func(v ast.Node) { n.Measures = r.measure(v) },
		"questions":     func(v ast.Node) { n.Children = r.nodes(v, depth+1) },
	}
	for _, t := range n.texts() {
		known[t.name] = func(v ast.Node) { *t.text = r.text(v) }
	}
	for name, read := range known {
		known[name] = func(v ast.Node) { n.Places[name] = position(v); read(v) }
	}
	r.fields(item, known)
	return n
}

func (r *yamlReader) measure(node ast.Node) *Measure {
	m := &Measure{}
	r.fields(node, map[string]func(ast.Node){
		"field": r.into(&m.Field),
		"as":    func(v ast.Node) { m.As = Aspect(r.scalar(v)) },
	})
	if !slices.Contains(Aspects(), m.As) {
		r.find(node, failure.Fatal, "survey.unknown_aspect", "aspect", string(m.As))
	}
	return m
}

// translation reads one language into the survey; tag is given by the
// enclosing key, or by the file itself.
func (r *yamlReader) translation(root ast.Node, s *Survey, tag string) {
	if tag == "" {
		tag = r.language(root)
	}
	if tag == "" || tag == s.Language {
		r.find(root, failure.Fatal, "survey.translation_language", "language", tag)
		return
	}
	if !slices.Contains(s.Languages, tag) {
		s.Languages = append(s.Languages, tag)
	}
	byName := map[string]*Node{}
	s.Walk(func(node *Node) bool { byName[node.Name] = node; return true })
	r.fields(root, map[string]func(ast.Node){
		"language":    func(ast.Node) {},
		"title":       func(n ast.Node) { r.phrase(n, tag, &s.Title) },
		"description": func(n ast.Node) { r.phrase(n, tag, &s.Description) },
		"questions": func(n ast.Node) {
			r.each(n, func(name string, at, value ast.Node) {
				node := byName[name]
				if node == nil {
					r.find(at, failure.Warning, "survey.translates_nothing", "name", name)
					return
				}
				known := map[string]func(ast.Node){}
				for _, t := range node.texts() {
					known[t.name] = func(v ast.Node) { r.phrase(v, tag, t.text) }
				}
				r.fields(value, known)
			})
		},
		"choices": func(n ast.Node) { r.choiceTranslations(n, s, tag) },
	})
}

func (r *yamlReader) language(root ast.Node) string {
	tag := ""
	r.each(root, func(key string, _, value ast.Node) {
		if key == "language" {
			tag = r.scalar(value)
		}
	})
	return tag
}

func (r *yamlReader) choiceTranslations(node ast.Node, s *Survey, tag string) {
	r.each(node, func(name string, at, value ast.Node) {
		list := s.List(name)
		if list == nil {
			r.find(at, failure.Warning, "survey.translates_nothing", "name", name)
			return
		}
		keys := list.keys()
		r.each(value, func(name string, at, value ast.Node) {
			i := slices.Index(keys, name)
			if i < 0 {
				r.find(at, failure.Warning, "survey.translates_nothing", "name", list.Name+"/"+name)
				return
			}
			r.fields(value, map[string]func(ast.Node){
				"label": func(v ast.Node) { r.phrase(v, tag, &list.Choices[i].Label) },
			})
		})
	})
}

func (r *yamlReader) phrase(node ast.Node, tag string, into *Text) {
	p := Phrase{State: Draft}
	r.fields(node, map[string]func(ast.Node){
		"text":   r.into(&p.Text),
		"source": r.into(&p.Source),
		"state": func(n ast.Node) {
			p.State = TranslationState(r.scalar(n))
			if p.State != Draft && p.State != Reviewed {
				r.find(n, failure.Fatal, "survey.unknown_state", "state", string(p.State))
			}
		},
	})
	if *into == nil {
		*into = Text{}
	}
	(*into)[tag] = p
}
