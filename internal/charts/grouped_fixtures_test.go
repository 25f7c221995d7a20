package charts_test

import (
	"strconv"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/survey"
)

// groupedExample is a breakdown with its question, language and layout.
type groupedExample struct {
	name    string
	lang    string
	build   func(words *i18n.Localizer, options ...charts.Option) charts.Chart
	options []charts.Option
}

// places are the groups of the examples: long, short and hyphenated names.
func places(lang string) []string {
	if lang == "ar" {
		return []string{"المدينة القديمة", "الحي الشمالي", "الضواحي الغربية مع القرى المجاورة", "محطة القطار", "الميناء", "الجبل", "الوادي", "الجامعة"}
	}
	return []string{"Altstadt", "Nordstadt-Bahnhofsviertel", "Westliche Vororte mit Donaudampfschifffahrtsgesellschaftsplatz", "Hafen", "Bergdorf", "Tal", "Universitätsviertel", "Ost"}
}

func statements(lang string) (title string, labels []string) {
	if lang == "ar" {
		return "تتعاون المؤسسات جيدًا.", []string{"لا أوافق إطلاقًا", "لا أوافق", "محايد", "أوافق", "أوافق تمامًا"}
	}
	return "Die Einrichtungen arbeiten gut zusammen.", []string{"stimme gar nicht zu", "stimme eher nicht zu", "teils, teils", "stimme eher zu", "stimme voll und ganz zu"}
}

func wishes(lang string) (title string, labels []string) {
	if lang == "ar" {
		return "ما الذي يحتاجه أطفالكم أكثر من غيره حاليًا؟", []string{"مكان في روضة الأطفال (Kita).",
			"دورة لغة للوالدين مع رعاية الأطفال أثناء الدورة، قريبة من السكن ومجانية قدر الإمكان", "المساعدة في تعبئة الطلبات", "مكان في المدرسة خلال العام الدراسي 2026", "لا شيء مما سبق", "أخرى", "لا أعرف"}
	}
	return "Was brauchen Ihre Kinder zurzeit am meisten?", []string{"Platz in der Kindertagesbetreuung", "Sprachkurs für Eltern mit Kinderbetreuung während des Kurses, möglichst wohnortnah und kostenfrei",
		"Hilfe bei Anträgen", "Schulplatz im laufenden Schuljahr", "Nichts davon", "Anderes", "weiß nicht"}
}

// spread returns counts that differ from group to group and sum to the base.
func spread(base, choices, turn int) []int {
	counts := make([]int, choices)
	left := base
	for i := range counts {
		part := left * (2 + (i*3+turn*5)%5) / 12
		if i == choices-1 {
			part = left
		}
		counts[i] = part
		left -= part
	}
	return counts
}

func bases() []int { return []int{137, 64, 23, 301, 48, 0, 19, 88} }

// grouping makes a breakdown of one kind of question. The third group is
// perturbed, the fifth has hidden cells, the sixth is hidden altogether.
func grouping(lang string, kind analysis.Kind, groups, choices int) charts.Grouped {
	g := charts.Grouped{Variable: "area", By: "Sozialraum"}
	if lang == "ar" {
		g.By = "المنطقة"
	}
	for i, label := range places(lang)[:groups] {
		base := bases()[i]
		figure := analysis.Figure{Question: "q", Kind: kind, Base: ptr(base), Max: choices}
		switch {
		case base == 0:
			figure.Base, figure.Withheld = nil, analysis.TooFew
			for j := range choices {
				figure.Cells = append(figure.Cells, hiddenCell(name(j)))
			}
		default:
			figure.Cells = scaleCells(base, spread(base, choices, i)...)
			if kind == analysis.Multiple {
				figure.Cells = cells(base, multipleCounts(base, choices, i)...)
			}
		}
		if i == 4 {
			figure.Withheld = analysis.SmallCells
			figure.Cells[1], figure.Cells[2] = hiddenCell(name(1)), hiddenCell(name(2))
		}
		if kind == analysis.Scale && i != 4 && base > 0 {
			mean := 2 + float64(i%5)*0.45
			figure.Mean, figure.MeanLow, figure.MeanHigh = ptr(mean), ptr(mean-0.3), ptr(mean+0.25)
		}
		g.Groups = append(g.Groups, charts.Group{Name: "area_" + strconv.Itoa(i), Label: label, N: ptr(base + 3), Perturbed: i == 2, Figure: figure})
	}
	return g
}

func multipleCounts(base, choices, turn int) []int {
	counts := make([]int, choices)
	for i := range counts {
		counts[i] = base * ((i*37 + turn*11) % 90) / 100
	}
	return counts
}

func groupedExamples() []groupedExample {
	var all []groupedExample
	add := func(name, lang string, build func(words *i18n.Localizer, options ...charts.Option) charts.Chart) {
		all = append(all, groupedExample{name + "-" + lang, lang, build, nil}, groupedExample{name + "-narrow-" + lang, lang, build, []charts.Option{charts.Width(charts.Narrow)}})
	}
	for _, lang := range []string{"de", "ar"} {
		grouped := func(name string, g charts.Grouped, layout charts.Layout, element *survey.Element) {
			add(name, lang, func(words *i18n.Localizer, options ...charts.Option) charts.Chart {
				return charts.BuildGrouped(g, layout, element, words, options...)
			})
		}
		title, steps := statements(lang)
		agree := question(survey.SelectOne, lang, title, steps...)
		need, labels := wishes(lang)
		many := question(survey.SelectMultiple, lang, need, labels...)
		one := question(survey.SelectOne, lang, need, labels...)
		add("pairs", lang, func(words *i18n.Localizer, options ...charts.Option) charts.Chart {
			g := grouping(lang, analysis.Multiple, 8, 7)
			return charts.BuildPairs(charts.PairsOfGroups(g, "area_0", "area_4", many, words, options...), words, options...)
		})
		add("pairs-means", lang, func(words *i18n.Localizer, options ...charts.Option) charts.Chart {
			return charts.BuildPairs(importance(lang), words, options...)
		})
		for _, layout := range []charts.Layout{charts.Stacks, charts.Dots} {
			add("panels-"+string(layout), lang, func(words *i18n.Localizer, options ...charts.Option) charts.Chart {
				return charts.BuildPanels(panels(lang), layout, agree, words, options...)
			})
		}
		grouped("stacks", grouping(lang, analysis.Scale, 8, 5), charts.Stacks, agree)
		grouped("stacks-choice", grouping(lang, analysis.Single, 4, 7), charts.Stacks, one)
		grouped("heat", grouping(lang, analysis.Multiple, 8, 7), charts.Heat, many)
		grouped("multiples", grouping(lang, analysis.Multiple, 5, 5), charts.Multiples, many)
		grouped("dots", grouping(lang, analysis.Scale, 8, 5), charts.Dots, agree)
		grouped("dots-share", grouping(lang, analysis.Multiple, 6, 7), charts.Dots, many)
	}
	return all
}

// importance are pairs of importance and state: the third perturbed, the last
// hidden on one side.
func importance(lang string) charts.Pairs {
	_, labels := wishes(lang)
	pairs := charts.Pairs{Name: "importance", Title: "Wichtigkeit und Stand", First: "Wichtigkeit", Last: "Stand", Low: 1, High: 5}
	if lang == "ar" {
		pairs.Title, pairs.First, pairs.Last = "الأهمية والوضع", "الأهمية", "الوضع"
	}
	for i, label := range labels {
		base := 40 + 30*i
		high, low := 4.6-float64(i)*0.3, 2.1+float64(i)*0.35
		item := charts.Item{Name: name(i), Label: label, First: mean(high, base, i == 2), Last: mean(low, base, i == 2),
			Difference: &charts.Value{Value: high - low, Low: ptr(high - low - 0.4), High: ptr(high - low + 0.4)},
			Test:       &charts.Test{P: 0.0004 * float64(i*i*i*i), Approximate: i == 2}}
		if i == len(labels)-1 {
			item.Last, item.Difference, item.Test = charts.Side{Base: ptr(base), Withheld: analysis.SmallCells}, nil, nil
		}
		pairs.Items = append(pairs.Items, item)
	}
	return pairs
}

func mean(value float64, base int, perturbed bool) charts.Side {
	return charts.Side{Value: &charts.Value{Value: value, Low: ptr(value - 0.3), High: ptr(value + 0.3)}, Base: &base, Perturbed: perturbed}
}

// panels breaks the statement down by area within the kind of institution.
func panels(lang string) charts.Panels {
	p := charts.Panels{Variable: "area", By: "Sozialraum", Across: "type", Second: "Art der Einrichtung"}
	labels := []string{"Schulen", "Kindertagesbetreuung", "Jugendarbeit und andere Träger der Jugendhilfe"}
	if lang == "ar" {
		p.By, p.Second = "المنطقة", "نوع المؤسسة"
		labels = []string{"المدارس", "رياض الأطفال", "العمل مع الشباب"}
	}
	for i, label := range labels {
		groups := grouping(lang, analysis.Scale, 5, 5).Groups
		groups[i], groups[i+1] = groups[i+1], groups[i]
		groups[i].Label, groups[i+1].Label = groups[i+1].Label, groups[i].Label
		p.Panels = append(p.Panels, charts.Panel{Name: name(i), Label: label, Groups: groups})
	}
	return p
}
