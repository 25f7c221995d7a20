package server

import (
	"html/template"
	"net/url"
	"slices"
	"strings"
	"time"

	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// form is the respondent's document: one HTML form with all that a survey
// asks, page by page where there is JavaScript.
type form struct {
	*frame
	reader
	wave     *store.LiveWave
	now      time.Time         // the respondent's
	given    *given            // nil in the empty document
	answers  *response.Answers // what conditions and filters see; in the empty document made when the first one asks
	counts   map[string]int
	added    string              // prefix of an instance just added
	focused  string              // prefix of the instance to go on with
	asked    string              // control to go on with
	problems map[string]string   // sentences by control name
	defaults map[string][]string // what is filled in at first, by control name in first instances
	labels   map[*survey.Choice]fragment
	drawn    map[string]*pictogram
	stated   bool // a page said what is given in the institution's name

	Caption     caption
	Heading     template.HTML // the title, in both languages where there are two
	With        string        // the second language beside the reader's, "" for none
	Description fragment
	Version     string
	Code        *codeBanner
	Pages       []*block
	Problems    []problemLink
	Phone       *phone // what the phone needs to compute; nil in answers to a POST
	Institution string // as typed
	HasRepeats  bool
	Pictograms  []*pictogram // that the document shows
}

// problemLink is one line of the summary of what is wrong.
type problemLink struct {
	ID       string // of the control, "" when the problem belongs to none
	Question string
	Message  string
}

// form makes the document of a wave in one of its languages, without content;
// with is the second language to show beside it, "" for none.
func (s *Server) form(wave *store.LiveWave, lang, with string) *form {
	f := &form{
		frame: s.frame(nil, s.config.Catalogue.Localizer(lang)), wave: wave, With: with,
		reader: newReader(lang, wave.Version.Language).with(with, wave.Version.Language), labels: map[*survey.Choice]fragment{}, drawn: s.pictograms,
		now: wave.RespondentTime(time.Time{}, s.config.Now()),
	}
	f.Caption, f.Heading = f.caption(wave.Version.Title), f.heading(wave.Version.Title)
	f.Title, f.Sample, f.Wave = f.Caption.Text, wave.Sample, wave.Slug
	f.Description = f.text(wave.Version.Description, func(string) string { return unknown })
	f.Version = wave.Version.Hash[:16]
	f.speakPair(wave.Offered(wave.Version.Languages), &url.URL{Path: "/s/" + wave.Slug}, with)
	f.now = wave.RespondentTime(time.Time{}, s.config.Now())
	f.defaults = response.Defaults(wave.Version, f.now)
	return f
}

// heading is a text without markup but for a pair's, for the top of a page.
func (r reader) heading(text survey.Text) template.HTML {
	escaped := func(plain string) template.HTML {
		return template.HTML(template.HTMLEscapeString(plain)) //nolint:gosec // escaped
	}
	f := r.text(text, func(string) string { return unknown })
	if f.second == "" {
		return escaped(f.First())
	}
	_, tag := text.In(r.beside.chain...)
	return pair(fragment{Lead: escaped(f.First())}, fragment{Lead: escaped(f.Second())}, tag).Lead
}

// empty fills the document as everybody gets it first.
func (f *form) empty() *form {
	f.fill()
	f.Phone, f.Viewed = f.phone(), true
	return f
}

// again fills the document with what was sent and what is wrong with it. The
// answers tell what was computed and how many instances the survey asks for.
func (f *form) again(g *given, answers *response.Answers, problems []response.Problem) *form {
	f.given, f.answers, f.Institution = g, answers, g.control(":institution")
	f.problems = make(map[string]string, len(problems))
	for _, one := range problems {
		f.problems[one.Name] = f.explain(one)
	}
	f.counts = countInstances(answers)
	f.fill()
	for _, one := range problems {
		link := problemLink{Message: f.problems[one.Name]}
		if !strings.HasPrefix(one.Name, ":") && !slices.Contains(survey.Reserved(), one.Name) {
			link.Question = one.Name
		}
		if one.Element != nil {
			link.ID = controlID(one.Name)
			link.Question = plainText(f.text(one.Element.Label, f.value(prefixOf(one))))
		}
		f.Problems = append(f.Problems, link)
	}
	return f
}

func (f *form) fill() {
	f.Pages = f.pages(f.wave.Version.Top, "", fragment{})
}

// prefixOf is what the name of the control with a problem begins with.
func prefixOf(one response.Problem) string {
	if one.Element == nil {
		return ""
	}
	return strings.TrimSuffix(one.Name, one.Element.Name)
}

// explain returns the sentence for a problem: the author's own, with answers in
// place of ${name}, else ours.
func (f *form) explain(one response.Problem) string {
	if text := plainText(f.text(one.Message, f.value(prefixOf(one)))); text != "" {
		return text
	}
	return say(f.Localizer, one.Key, one.Params)
}

// countInstances counts the instances of every repeat, by its name with the
// prefix it stands in.
func countInstances(answers *response.Answers) map[string]int {
	counts := map[string]int{}
	var visit func(place response.Place, elements []*survey.Element)
	visit = func(place response.Place, elements []*survey.Element) {
		for _, e := range elements {
			switch e.Type {
			case survey.Group:
				visit(place, e.Children)
			case survey.Repeat:
				instances := place.Instances(e)
				counts[place.Prefix()+e.Name] = len(instances)
				for _, inside := range instances {
					visit(inside, e.Children)
				}
			default:
			}
		}
	}
	visit(answers.Top(), answers.Version.Top)
	return counts
}

// instances is how many instances of a repeat the document shows.
func (f *form) instances(name string) int {
	shown := max(1, f.counts[name])
	if f.given == nil {
		return shown
	}
	shown = max(shown, f.given.instances(name))
	if number, rest, ok := instanceOf(f.added+"x", name); ok && rest == "x" {
		shown = max(shown, number+1)
	}
	return shown
}

// value returns what a text says in place of ${name}, seen from the controls
// with that prefix: an answer where it is known.
func (f *form) value(prefix string) func(string) string {
	return func(name string) string {
		e := f.wave.Version.Element(name)
		if f.given == nil || e == nil {
			return unknown
		}
		if e.Type == survey.Calculate {
			return f.computed(prefix, e)
		}
		for at := prefix; ; at = outer(at) {
			if values := f.given.values(at + name); len(values) > 0 {
				if text := f.show(e, values); text != "" {
					return text
				}
				return unknown
			}
			if at == "" {
				return unknown
			}
		}
	}
}

// computed is the value of a calculation as seen from the controls with that
// prefix.
func (f *form) computed(prefix string, e *survey.Element) string {
	if host, ok := f.host(prefix, e); ok && host.Relevant(e) && host.Text(e) != "" && host.Text(e) != "NaN" {
		return host.Text(e)
	}
	return unknown
}

// host returns the place of an element's answer as seen from the controls with
// that prefix, where anything was given.
func (f *form) host(prefix string, e *survey.Element) (response.Place, bool) {
	if f.given == nil {
		return response.Place{}, false
	}
	place, known := f.settled().At(prefix)
	if !known {
		return response.Place{}, false
	}
	return place.Host(e)
}

// Direction is the page's, also where the reader speaks another language.
func (f *form) Direction() string { return i18n.Direction(f.tag) }

// Plainer leads from German to plain German and back, where the survey speaks
// both; nil elsewhere.
func (f *form) Plainer() *languageLink {
	other := map[string]languageLink{"de": {Tag: "de-simple", Name: "Leichte Sprache"}, "de-simple": {Tag: "de", Name: "Deutsch"}}[f.tag]
	for _, link := range f.Languages {
		if link.Tag == other.Tag && other.Tag != "" {
			other.Address = link.Address
			return &other
		}
	}
	return nil
}

// Long tells whether the survey is so long that laying all of it out at once
// would keep an old phone busy.
func (f *form) Long() bool { return len(f.wave.Version.Elements) > 300 }

// HasAttributed tells whether the survey has a part in the institution's name.
func (f *form) HasAttributed() bool {
	for _, e := range f.wave.Version.Elements {
		if e.Attributed {
			return true
		}
	}
	return false
}
