package server

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
)

// maxFields is how many names and values one submission may have: several
// times what the longest survey asks for.
const maxFields = 5000

// given is what a respondent's document sent.
type given struct {
	posted url.Values // everything, as it came: what the store compares
	fields url.Values // the same with the instances of repeats counted from 0 without gaps
}

// readGiven takes a body apart.
func readGiven(body string) (*given, error) {
	if strings.Count(body, "&") >= maxFields {
		return nil, failure.New(failure.TooLarge, "error.too_many_fields", "limit", maxFields)
	}
	posted, err := url.ParseQuery(body)
	if err != nil {
		return nil, failure.New(failure.Invalid, "error.broken_request").Because(err)
	}
	g := &given{posted: posted}
	g.fields = renumber(posted)
	return g, nil
}

// control returns one of the document's own values, cleaned of what cannot be
// in it.
func (g *given) control(name string) string {
	value := g.posted.Get(name)
	if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return ""
	}
	return strings.TrimSpace(value)
}

// garbled tells whether something was sent under the name of one of the
// document's own values that is no such value: several, or not text.
func (g *given) garbled(name string) bool {
	values := g.posted[name]
	return len(values) > 1 || len(values) == 1 && values[0] != "" && g.control(name) == ""
}

// asks tells whether a button or a control of that name was sent.
func (g *given) asks(name string) bool { return g.posted.Has(name) }

// day is the phone's day at the server's time of day; zero when not sent.
func (g *given) day(now time.Time) time.Time {
	day, err := time.ParseInLocation(time.DateOnly, response.Digits(g.control(":day")), now.Location())
	if err != nil {
		return time.Time{}
	}
	return time.Date(day.Year(), day.Month(), day.Day(), now.Hour(), now.Minute(), now.Second(), 0, now.Location())
}

// duration is the class of the time that answering took, by the phone's own
// clock.
func (g *given) duration() uint8 {
	seconds, err := strconv.Atoi(g.control(":duration"))
	if err != nil || seconds > int((365*24*time.Hour).Seconds()) {
		return 0
	}
	return response.DurationClass(seconds)
}

// values returns what was sent under the name of a control.
func (g *given) values(name string) []string { return g.fields[name] }

// add makes room for one more instance: it returns the prefix of its controls.
// instance names the repeat with the prefix it stands in, as "offers" or
// "offers[1].places".
func (g *given) add(instance string) string {
	return instance + "[" + strconv.Itoa(max(1, g.instances(instance))) + "]."
}

// remove takes out the instance named as "offers[1]".
func (g *given) remove(instance string) {
	for name := range g.fields {
		if strings.HasPrefix(name, instance+"].") || strings.HasPrefix(name, instance+".") {
			delete(g.fields, name)
		}
	}
	g.fields = renumber(g.fields)
}

// instances counts what was sent of a repeat, named with its prefix.
func (g *given) instances(repeat string) int {
	count := 0
	for name := range g.fields {
		if number, _, ok := instanceOf(name, repeat); ok {
			count = max(count, number+1)
		}
	}
	return count
}

// instanceOf tells which instance of the repeat a control belongs to, and
// under which name inside it.
func instanceOf(name, repeat string) (number int, rest string, ok bool) {
	inside, found := strings.CutPrefix(name, repeat+"[")
	digits, rest, closed := strings.Cut(inside, "].")
	if !found || !closed {
		return 0, "", false
	}
	number, err := strconv.Atoi(digits)
	if err != nil || number < 0 || number >= response.MaxInstances {
		return 0, "", false
	}
	return number, rest, true
}

// maxName is the longest name that is taken apart: every level of repeats in it
// costs its whole length again, and no survey nests a tenth as deep.
const maxName = 1000

// renumber closes the gaps that empty instances leave, as reading the answers
// does, so that what was sent and what was read bear the same names.
func renumber(fields url.Values) url.Values {
	renumbered := make(url.Values, len(fields))
	repeats := map[string]map[int]url.Values{}
	for name, values := range fields {
		repeat, rest, nested := strings.Cut(name, "[")
		number, inside, ok := instanceOf(name, repeat)
		if len(name) > maxName || !nested || !ok || rest == "" || response.Control(name) {
			renumbered[name] = values
			continue
		}
		if repeats[repeat] == nil {
			repeats[repeat] = map[int]url.Values{}
		}
		if repeats[repeat][number] == nil {
			repeats[repeat][number] = url.Values{}
		}
		repeats[repeat][number][inside] = values
	}
	for repeat, instances := range repeats {
		at := 0
		for _, number := range sortedNumbers(instances) {
			inside := renumber(instances[number])
			if blank(inside) {
				continue
			}
			for name, values := range inside {
				renumbered[repeat+"["+strconv.Itoa(at)+"]."+name] = values
			}
			at++
		}
	}
	return renumbered
}

func sortedNumbers(instances map[int]url.Values) []int {
	numbers := make([]int, 0, len(instances))
	for number := range instances {
		numbers = append(numbers, number)
	}
	slices.SortFunc(numbers, cmp.Compare)
	return numbers
}

func blank(fields url.Values) bool {
	for _, values := range fields {
		if slices.ContainsFunc(values, func(value string) bool { return strings.TrimSpace(value) != "" }) {
			return false
		}
	}
	return true
}

// institution is the name typed with statements in an institution's name: in
// the survey's own question for it, else in the document's.
func (g *given) institution(version *survey.Version) string {
	for _, e := range version.Elements {
		if asksInstitution(e) && e.Within == nil {
			return strings.TrimSpace(strings.Join(g.values(e.Name), " "))
		}
	}
	name := g.control(":institution")
	if utf8.RuneCountInString(name) > 200 {
		name = string([]rune(name)[:200])
	}
	return name
}

// asksInstitution tells whether the question asks for the institution's name:
// a text in an attributed group whose author gave it the appearance
// "institution".
func asksInstitution(e *survey.Element) bool {
	return e.Attributed && e.Type == survey.TextType && looks(e, "institution")
}

// looks tells whether a word is among an element's appearances.
func looks(e *survey.Element, word string) bool {
	return slices.Contains(strings.Fields(e.Appearance), word)
}
