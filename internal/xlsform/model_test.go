package xlsform

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/survey"
)

// everything is a survey that uses whatever the sheets can say.
const everything = `
	| survey |
	| | type               | name    | label::Deutsch (de) | label::العربية | state::ar | source_hash::ar | hint::de | hint::ar | required | required message::de | relevance | constraint | constraint message::de | choice filter | default | readonly | appearance | parameters | image | media::audio::ar | bl::measures | bl::sensitive | bl::attributed | bl::pictogram | guidance hint | repeat_count | calculate |
	| | begin group        | g       | Gruppe              | مجموعة |                     |                           |          |          |          |                      |           |            |                        |               |         |          | field-list |            |       |                  |              |               | yes            |               |               |              |           |
	| | select one land    | country | Land                | بلد    | label=reviewed hint=draft | label=aaa hint=bbb  | Hinweis  | تلميح    | TRUE     | Bitte wählen         |           |            |                        |               |         |          | minimal    | randomize=true | q.png | q.mp3        | barriers as need | yes       |                | globe         | Für Fachkräfte |             |           |
	| | int                | age     | Alter               | عمر    | reviewed            | ccc                       |          |          | ${country} = 'de' |             | ${country} != '' | . > 0 | Nur über 0 |               | 18      | yes      |            |            |       |                  |              |               |                |               |               |              |           |
	| | end group          |         |                     |        |                     |                           |          |          |          |                      |           |            |                        |               |         |          |            |            |       |                  |              |               |                |               |               |              |           |
	| | begin_repeat       | r       | Kinder              | أطفال  |                     |                           |          |          |          |                      |           |            |                        |               |         |          |            |            |       |                  |              |               |                |               |               | ${age}       |           |
	| | select_multiple town | places | Orte               | أماكن  |                     |                           |          |          | false()  |                      |           |            |                        | land = ${country} |     |          |            |            |       |                  |              |               |                |               |               |              |           |
	| | end_repeat         |         |                     |        |                     |                           |          |          |          |                      |           |            |                        |               |         |          |            |            |       |                  |              |               |                |               |               |              |           |
	| | calculate          | twice   |                     |        |                     |                           |          |          |          |                      |           |            |                        |               |         |          |            |            |       |                  |              |               |                |               |               |              | ${age} * 2 |
	| choices |
	| | list name | value | label::Deutsch (de) | label::ar | land | bl::score | bl::substantive | bl::pictogram | media::image |
	| | land      | de    | Deutschland         | ألمانيا   |      | 1         | yes             | flag          | de.png       |
	| | land      | 99    | Weiß nicht          | لا أعرف   |      |           | no              |               |              |
	| | town      | bo    | Bochum              | بوخوم     | de   |           |                 |               |              |
	| settings |
	| | form title | title::ar | id_string | version | default_language | style | bl::description | bl::audience |
	| | Umfrage    | استبيان   | probe_1   | 3       | Deutsch (de)     | pages | Worum es geht   | families     |`

func TestEverythingArrivesInTheModel(t *testing.T) {
	got, found := readCase(t, everything)
	if found.Fatal() {
		t.Fatalf("findings: %q", brief(found))
	}
	if version, _ := survey.Compile(got); version == nil {
		t.Fatal("the survey does not compile")
	}
	content, err := json.MarshalIndent(got, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	want := `{
 "id": "probe_1", "version": "3", "language": "de", "languages": ["de", "ar"], "audience": "families", "style": "pages",
 "title": {"de": {"text": "Umfrage"}, "ar": {"text": "استبيان", "state": "draft"}},
 "description": {"de": {"text": "Worum es geht"}},
 "choices": [
  {"name": "land", "choices": [
   {"name": "de", "label": {"de": {"text": "Deutschland"}, "ar": {"text": "ألمانيا", "state": "draft"}},
    "media": {"image": {"": "de.png"}}, "pictogram": "flag", "score": 1},
   {"name": "99", "label": {"de": {"text": "Weiß nicht"}, "ar": {"text": "لا أعرف", "state": "draft"}}, "non_substantive": true}]},
  {"name": "town", "columns": ["land"], "choices": [
   {"name": "bo", "label": {"de": {"text": "Bochum"}, "ar": {"text": "بوخوم", "state": "draft"}}, "values": {"land": "de"}}]}],
 "nodes": [
  {"type": "group", "name": "g", "label": {"de": {"text": "Gruppe"}, "ar": {"text": "مجموعة", "state": "draft"}},
   "appearance": "field-list", "attributed": true, "children": [
   {"type": "select_one", "name": "country", "list": "land",
    "label": {"de": {"text": "Land"}, "ar": {"text": "بلد", "state": "reviewed", "source": "aaa"}},
    "hint": {"de": {"text": "Hinweis"}, "ar": {"text": "تلميح", "state": "draft", "source": "bbb"}},
    "guidance_hint": {"de": {"text": "Für Fachkräfte"}},
    "media": {"image": {"": "q.png"}, "audio": {"ar": "q.mp3"}},
    "required": "yes", "required_message": {"de": {"text": "Bitte wählen"}}, "appearance": "minimal",
    "parameters": "randomize=true", "measures": {"field": "barriers", "as": "need"}, "sensitive": true, "pictogram": "globe"},
   {"type": "integer", "name": "age", "label": {"de": {"text": "Alter"}, "ar": {"text": "عمر", "state": "reviewed", "source": "ccc"}},
    "required": "${country} = 'de'", "relevant": "${country} != ''", "constraint": ". > 0",
    "constraint_message": {"de": {"text": "Nur über 0"}}, "default": "18", "read_only": true}]},
  {"type": "repeat", "name": "r", "label": {"de": {"text": "Kinder"}, "ar": {"text": "أطفال", "state": "draft"}},
   "repeat_count": "${age}", "children": [
   {"type": "select_multiple", "name": "places", "list": "town",
    "label": {"de": {"text": "Orte"}, "ar": {"text": "أماكن", "state": "draft"}}, "choice_filter": "land = ${country}"}]},
  {"type": "calculate", "name": "twice", "calculation": "${age} * 2"}]
}`
	sameJSON(t, string(content), want)
}

// sameJSON compares two documents, whatever the order of their keys.
func sameJSON(t *testing.T, got, want string) {
	t.Helper()
	normal := func(document string) string {
		var value any
		if err := json.Unmarshal([]byte(document), &value); err != nil {
			t.Fatalf("%v in %s", err, document)
		}
		content, err := json.MarshalIndent(value, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	a, b := strings.Split(normal(got), "\n"), strings.Split(normal(want), "\n")
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			t.Fatalf("differs from line %d on:\n got  %q\n want %q", i+1, a[i:min(i+4, len(a))], b[i:min(i+4, len(b))])
		}
	}
}

func TestPositionsPointAtTheCells(t *testing.T) {
	got, _ := readCase(t, everything)
	age := find(t, got, "age")
	for property, column := range map[string]int{"type": 1, "name": 2, "label": 3, "relevant": 11, "constraint": 12, "default": 15} {
		if at := age.Place(property); at != (survey.Position{Sheet: "survey", Line: 4, Column: column}) {
			t.Errorf("%s stands at %v, want 4:%d", property, at, column)
		}
	}
	if at := got.List("town").Choices[0].Position; at != (survey.Position{Sheet: "choices", Line: 4, Column: 2}) {
		t.Errorf("the choice stands at %v", at)
	}
	if at := got.List("land").Position; at != (survey.Position{Sheet: "choices", Line: 2, Column: 1}) {
		t.Errorf("the list stands at %v", at)
	}
}

func find(t *testing.T, s *survey.Survey, name string) *survey.Node {
	t.Helper()
	var found *survey.Node
	s.Walk(func(node *survey.Node) bool {
		if node.Name == name {
			found = node
		}
		return found == nil
	})
	if found == nil {
		t.Fatalf("no question %q", name)
	}
	return found
}

func TestLanguages(t *testing.T) {
	for _, one := range []struct{ name, header, settings, want string }{
		{"names with codes", "label::English (en), label::Arabic (ar)", "", "en ar"},
		{"a single colon, no space", "label:Deutsch, label:English(en)", "", "de en"},
		{"codes alone", "label::tr, label::uk, label::de-simple", "", "tr uk de-simple"},
		{"three letters", "label::eng, label::ara, label::ger", "", "en ar de"},
		{"own names", "label::Українська, label::فارسی, label::Kurmancî, label::ትግርኛ", "", "uk fa kmr ti"},
		{"codes win over names", "label::Dari (prs), label::Kurdish (ckb)", "", "prs ckb"},
		{"Leichte Sprache", "label::Deutsch (de), label::Deutsch (Leichte Sprache)", "", "de de-simple"},
		{"the default comes first", "label::English (en), label::Deutsch (de)", "Deutsch (de)", "de en"},
		{"the default by another spelling", "label::English (en), label::Deutsch (de)", "german", "de en"},
		{"plain columns are in the default", "label, label::fr", "English", "en fr"},
		{"plain columns beside the first language", "label::English (en), hint", "", "en"},
		{"plain columns that cannot be in the first language", "label, label::fr", "", "de fr"},
		{"plain columns that cannot be in the assumed language either", "label, label::de", "", "und de"},
		{"the reference converter's default", "label::default, label::fr", "", "de fr"},
		{"no names", "label", "", "de"},
		{"no names but a default", "label", "Shqip", "sq"},
		{"private use", "label::en, label::Inter-Slavic dialect, label::ⵜⴰⵎⴰⵣⵉⵖⵜ", "", "en x-inter-slavic-dialect x-" + survey.SourceHash("ⵜⴰⵎⴰⵣⵉⵖⵜ")[:8]},
	} {
		t.Run(one.name, func(t *testing.T) {
			header := strings.ReplaceAll(one.header, ", ", " | ")
			row := strings.Repeat(" Q |", strings.Count(header, "|")+1)
			sheets := "| survey |\n| | type | name | " + header + " |\n| | text | q |" + row +
				"\n| settings |\n| | form_id | form_title | default_language |\n| | t | T | " + one.settings + " |"
			got, found := readCase(t, sheets)
			if found.Fatal() {
				t.Fatalf("findings: %q", brief(found))
			}
			if tags := strings.Join(got.Languages, " "); tags != one.want || got.Language != got.Languages[0] {
				t.Errorf("languages %q, want %q", tags, one.want)
			}
			label := find(t, got, "q").Label
			if want := slices.Sorted(slices.Values(got.Languages)); !slices.Equal(slices.Sorted(maps.Keys(label)), want) {
				t.Errorf("label in %v, want %v", label, want)
			}
		})
	}
}

func TestHygiene(t *testing.T) {
	got, _ := readCase(t, `
		| survey |
		| | type          | name     | label | relevant | required | default | constraint |
		| | text{nbsp}    | {nbsp}a  | {lf}Two  {lf}lines:{nbsp}{nbsp}«ok» {nbsp} |  |   | “as typed” | |
		| | integer       | b{zw}    | B     | ${a}{nbsp}=‘x’ or ${a}='it’s “so”' or ${a}=„y“ | Yes | 1 | . > 0{lf}and . < 9 |
		| | acknowledgement | c      | C     | FALSE    | 1        | ${b}{nbsp}+ 1 | |`)
	want := map[string][2]string{
		"label":      {find(t, got, "a").Label["en"].Text, "Two  \nlines:\u00a0\u00a0«ok»"},
		"default":    {find(t, got, "a").Default, "“as typed”"},
		"relevant":   {find(t, got, "b").Relevant, `${a} ='x' or ${a}='it’s “so”' or ${a}="y"`},
		"required":   {find(t, got, "b").Required, "yes"},
		"constraint": {find(t, got, "b").Constraint, ". > 0\nand . < 9"},
		"truth":      {find(t, got, "c").Relevant, "false()"},
		"computed":   {find(t, got, "c").Default, "${b} + 1"},
		"type":       {string(find(t, got, "c").Type), "acknowledge"},
	}
	for what, pair := range want {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, want %q", what, pair[0], pair[1])
		}
	}
}

func TestTypeAliases(t *testing.T) {
	for cell, want := range map[string]string{
		"select_one yes_no":                  "select_one yes_no",
		"select one from yes_no":             "select_one yes_no",
		"select1 yes_no":                     "select_one yes_no",
		"Select_One  yes_no":                 "select_one yes_no",
		"select one Yes No":                  "select_one Yes No",
		"select all that apply from x":       "select_multiple x",
		"add select multiple prompt using x": "select_multiple x",
		"select_one x or_other":              "select_one x +other",
		"select_multiple x or specify other": "select_multiple x +other",
		"select_one or_other":                "select_one  +other",
		"select_one xor_other":               "select_one xor_other",
		"int":                                "integer ",
		"string":                             "text ",
		"trigger":                            "acknowledge ",
		"begin lgroup":                       "repeat ",
		"end looped group":                   "repeat ",
		"text box":                           " ",
		"":                                   " ",
	} {
		got := parseType(cell)
		text := string(got.typ) + " " + got.list
		if got.orOther {
			text += " +other"
		}
		if text != want {
			t.Errorf("parseType(%q) = %q, want %q", cell, text, want)
		}
	}
}

func TestHeaderAliases(t *testing.T) {
	for header, want := range map[string]string{
		"type": "type/", "Type ": "type/", "command": "type/", "value": "name/", "tag": "name/", "caption": "label/",
		"label::English (en)": "label/English (en)", "Label : English": "label/English", "label:English": "label/English",
		"media::image": "image/", "media::image::ar": "image/ar", "image::ar": "image/ar", "media:audio:fr": "audio/fr",
		"bind::relevant": "relevant/", "bind:required": "required/", "bind::jr:constraintMsg": "constraint_message/",
		"bind::jr:constraintMsg::Arabic": "constraint_message/Arabic", "jr:count": "repeat_count/", "control::jr:count": "repeat_count/",
		"constraint message": "constraint_message/", "required message::de": "required_message/de", "guidance hint": "guidance_hint/",
		"read only": "read_only/", "readonly": "read_only/", "Read_Only": "read_only/", "relevance": "relevant/",
		"calculate": "calculation/", "control::appearance": "appearance/", "bl::measures": "bl::measures/",
		"state::ar": "state/ar", "source hash::ar": "source_hash/ar", "media::big-image": "big-image/",
		"relevant::en": "/", "label::": "/", "label::en::fr": "/", "body::accept": "/", "instance::x": "/", "foo": "/",
	} {
		c := meaning(0, cleanWord(header), surveySheet)
		if got := c.key + "/" + c.language; got != want {
			t.Errorf("meaning(%q) = %q, want %q", header, got, want)
		}
	}
}

func TestOrOther(t *testing.T) {
	got, _ := readCase(t, `
		| survey |
		| | type                  | name | label::English (en) | label::ar | label::ti |
		| | select_one l or_other | q    | Q                   | س         | ጥ         |
		| choices |
		| | list_name | name | label::English (en) | label::ar | label::ti |
		| | l         | a    | A                   | أ         | ሀ         |`)
	last := got.List("l").Choices
	if len(last) != 2 || last[1].Name != "other" || last[1].Label["en"].Text != "Other" || last[1].Label["ar"].State != survey.Draft {
		t.Errorf("choices: %v", last)
	}
	if _, invented := last[1].Label["ti"]; invented {
		t.Error("a text was made up in a language whose words are not known")
	}
	if other := find(t, got, "q_other"); other.Relevant != "selected(${q}, 'other')" || other.Type != survey.TextType {
		t.Errorf("question: %+v", other)
	}
}

func TestDeclinedValuesBecomeAnEllipsis(t *testing.T) {
	got, _ := readCase(t, `
		| survey |
		| | type     | name | label         |
		| | username | who  |               |
		| | text     | q    | Hello ${ who}, ${q}! |`)
	if text := find(t, got, "q").Label["en"].Text; text != "Hello …, ${q}!" {
		t.Errorf("label %q", text)
	}
}

func TestCatalogueIsComplete(t *testing.T) {
	for _, language := range []string{"de", "en"} {
		catalogue := words(t, language)
		for _, key := range keys() {
			for _, ending := range []string{"", ".cure"} {
				if strings.TrimSpace(catalogue["finding."+key+ending]) == "" {
					t.Errorf("xlsform.%s.json lacks finding.%s%s", language, key, ending)
				}
				delete(catalogue, "finding."+key+ending)
			}
		}
		for key := range catalogue {
			t.Errorf("xlsform.%s.json has %s, which nothing uses", language, key)
		}
	}
	de, en := words(t, "de"), words(t, "en")
	for key, text := range de {
		if text == en[key] {
			t.Errorf("%s says the same in both languages: %q", key, text)
		}
	}
}
