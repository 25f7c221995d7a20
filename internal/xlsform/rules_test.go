package xlsform

import (
	"slices"
	"testing"
)

// rule is one case: a spreadsheet and all the findings it must give, no more
// and no fewer.
type rule struct {
	name   string
	sheets string
	want   []string
}

func TestRules(t *testing.T) {
	told := map[string]bool{}
	for _, one := range slices.Concat(sheetRules(), parameterRules(), soundRules(), typeRules(), nestingRules(), referenceRules(), choiceRules(), languageRules(), hygieneRules()) {
		t.Run(one.name, func(t *testing.T) {
			_, found := readCase(t, one.sheets)
			for _, f := range found {
				told[f.Key] = true
			}
			if got := brief(found); !slices.Equal(got, one.want) {
				t.Errorf("findings:\n  got  %q\n  want %q", got, one.want)
			}
		})
	}
	// What no small table can show has a test of its own.
	elsewhere := []string{keyBundleTooLarge, keyChoiceFileUnreadable, keyCannotWrite, keyUnreadable, keyMore, keyTooDeep, keyTooManyColumns, keyTooManyRows}
	for _, key := range keys() {
		if !told[key] && !slices.Contains(elsewhere, key) {
			t.Errorf("no case gives %s", key)
		}
	}
}

func sheetRules() []rule {
	return []rule{
		{"a plain survey has no findings", `
			| survey |
			| | type | name | label |
			| | text | q    | Q     |`, nil},
		{"names of sheets: case and space do not count", `
			|  Survey  |
			| | type | name | label |
			| | text | q    | Q     |
			| SETTINGS |
			| | form_id | form_title | default_language |
			| | t       | T          | en               |`, []string{"warning sheet_twice settings:0:0"}},
		{"no survey sheet", `
			| surveys |
			| | type | name | label |
			| | text | q    | Q     |`, []string{"error sheet_missing :0:0", "warning sheet_ignored surveys:0:0"}},
		{"other sheets are told, notes are not", `
			| survey |
			| | type | name | label |
			| | text | q    | Q     |
			| choises |
			| _notes |
			| _survey |
			| entities |
			| external_choices |`,
			[]string{"warning sheet_ignored choises:0:0", "warning sheet_declined entities:0:0"}},
		{"choices missing is told once", `
			| survey |
			| | type         | name | label |
			| | select_one a | q    | Q     |
			| | select_one b | r    | R     |`, []string{"error sheet_missing :0:0"}},
		{"mandatory columns", `
			| survey |
			| | typ  | name | label |
			| | text | q    | Q     |`, []string{"error column_missing survey:1:0"}},
		{"mandatory columns of choices, once", `
			| survey |
			| | type         | name | label |
			| | select_one a | q    | Q     |
			| choices |
			| | lst_name | name | label |
			| | a        | x    | X     |`, []string{"error column_missing choices:1:0"}},
		{"nothing below the header", `
			| survey |
			| | type | name | label |`, []string{"error header_only survey:1:0"}},
		{"unknown, unnamed and useless columns", `
			| survey |
			| | type | name | label | lable | autoplay | video |       |
			| | text | q    | Q     | x     | true     | v.mp4 | hello |`,
			[]string{"warning column_unknown survey:1:4", "warning column_declined survey:1:5",
				"warning column_declined survey:1:6", "warning column_unnamed survey:2:7"}},
		{"columns without content that are of no use pass", `
			| survey |
			| | type | name | label | autoplay | media::video |
			| | text | q    | Q     |          |              |`, nil},
		{"the same column twice", `
			| survey |
			| | type | name | label | relevant | relevance | label::English | label::en |
			| | text | q    |       | 1 = 1    | 2 = 2     | Q              | Q2        |`,
			[]string{"error column_twice survey:1:5", "error column_twice survey:1:6", "error column_twice survey:1:7"}},
		{"settings", `
			| survey |
			| | type | name | label |
			| | text | q    | Q     |
			| settings |
			| | form_id | form_title | default_language | public_key | instance_name | stile | allow_choice_duplicates |
			| | t       | T          | en               | MII        | x             | pages | yes                     |
			| | u       | U          |                  |            |               |       |                         |`,
			[]string{"warning setting_declined settings:2:4", "warning setting_ignored settings:2:5",
				"warning setting_unknown settings:2:6",
				"warning settings_rows settings:3:0"}},
		{"settings missing", `
			| survey |
			| | type | name | label::de |
			| | text | q    | Q         |
			| settings |`, []string{"warning id_derived settings:0:0", "warning title_missing settings:0:0"}},
		{"an id that does not fit an address", `
			| survey |
			| | type | name | label |
			| | text | q    | Q     |
			| settings |
			| | form_id        | form_title | default_language |
			| | Unsere Umfrage | T          | de               |`, []string{"warning bad_id settings:2:1"}},
	}
}

func typeRules() []rule {
	return []rule{
		{"what this service declines, with its reason", `
			| survey |
			| | type           | name | label |
			| | start          | a    |       |
			| | end            | b    |       |
			| | today          | c    |       |
			| | deviceid       | d    |       |
			| | phonenumber    | e    |       |
			| | username       | f    |       |
			| | email          | g    |       |
			| | simserial      | h    |       |
			| | subscriberid   | i    |       |
			| | audit          | j    |       |
			| | geopoint       | k    | K     |
			| | geotrace       | l    | L     |
			| | geoshape       | m    | M     |
			| | start-geopoint | n    | N     |
			| | image          | o    | O     |
			| | audio          | p    | P     |
			| | video          | q    | Q     |
			| | file           | r    | R     |
			| | barcode        | s    | S     |
			| | background-audio | t  | T     |
			| | text           | z    | Z     |`,
			[]string{"warning declined_time survey:2:1", "warning declined_time survey:3:1", "warning declined_time survey:4:1",
				"warning declined_device survey:5:1", "warning declined_device survey:6:1", "warning declined_device survey:7:1",
				"warning declined_device survey:8:1", "warning declined_device survey:9:1", "warning declined_device survey:10:1",
				"warning declined_trace survey:11:1", "warning declined_place survey:12:1", "warning declined_place survey:13:1",
				"warning declined_place survey:14:1", "warning declined_place survey:15:1", "warning declined_upload survey:16:1",
				"warning declined_upload survey:17:1", "warning declined_upload survey:18:1", "warning declined_upload survey:19:1",
				"warning declined_scope survey:20:1", "warning declined_trace survey:21:1"}},
		{"tables beside the form, and choices from answers that are not there", `
			| survey |
			| | type                           | name | label | trigger | calculation |
			| | select_one_from_file x.csv     | e    | E     |         |             |
			| | select one from file x.csv     | f    | F     |         |             |
			| | csv-external                   | g    | G     |         |             |
			| | select_one ${a}                | h    | H     |         |             |
			| | text                           | z    | Z     |         |             |`,
			[]string{"warning choice_file_missing survey:2:1", "warning choice_file_missing survey:3:1", "warning choice_file_missing survey:4:1", "error survey.unknown_reference survey:5:1"}},
		{"choices from the answers of a repeat", `
			| survey |
			| | type                        | name | label |
			| | begin repeat                | r    | R     |
			| | text                        | a    | A     |
			| | barcode                     | b    | B     |
			| | end repeat                  |      |       |
			| | select one from ${ a }      | c    | C     |
			| | select_one ${a} or_other    | d    | D     |
			| | select_one ${b}             | e    | E     |
			| | select_multiple ${a}        | f    | F     |
			| | rank ${a}                   | g    | G     |
			| | select_one ${c}             | h    | H     |
			| | select_one ${r}             | i    | I     |
			| | select_one ${aa}            | j    | J     |`,
			[]string{"warning declined_scope survey:4:1", "error or_other_answers survey:7:1", "warning choices_of_declined survey:8:1",
				"error survey.choices_from_several survey:9:1", "error survey.choices_from_several survey:10:1",
				"error survey.choices_from_single survey:11:1", "error survey.choices_from_type survey:12:1", "error survey.unknown_reference survey:13:1"}},
		{"spaces in the names of choices", `
			| survey |
			| | type              | name | label | calculation                  |
			| | select_one one    | a    | A     |                              |
			| | select_multiple m | b    | B     |                              |
			| | rank r            | c    | C     |                              |
			| | calculate         | d    |       | selected(${a}, 'to be')      |
			| | calculate         | e    |       | count-selected(${a})         |
			| | select_one two    | f    | F     |                              |
			| | calculate         | g    |       | selected( ${f} , 'to')       |
			| choices |
			| | list name | name  | label |
			| | one       | to be | T     |
			| | m         | to be | T     |
			| | r         | to be | T     |
			| | two       | to    | T     |
			| | two       | to be | T     |`,
			[]string{"warning survey.choice_spaced choices:2:2", "error survey.choice_with_space choices:3:2",
				"error survey.choice_with_space choices:4:2", "warning survey.choice_spaced choices:6:2",
				"error survey.choice_taken_apart survey:6:4", "error survey.choice_taken_apart survey:8:4"}},
		{"parameters and triggers", `
			| survey |
			| | type      | name | label | trigger  | calculation | parameters           |
			| | range     | a    | A     |          |             | start=0;end=10       |
			| | range     | b    | B     |          |             | step=0               |
			| | range     | c    | C     |          |             | stop=3               |
			| | range     | d    | D     |          |             | start==3             |
			| | range     | e    | E     |          |             | end=many             |
			| | range     | f    | F     |          |             | end=5 step=9         |
			| | time      | g    | G     |          |             |                      |
			| | dateTime  | h    | H     |          |             |                      |
			| | calculate | i    |       | ${a}     | now()       |                      |
			| | calculate | j    |       | ${a}${b} | now()       |                      |
			| | text      | k    | K     | ${a}     |             |                      |`,
			[]string{"error survey.range_zero survey:3:6", "error survey.parameter_unknown survey:4:6", "error survey.parameters_malformed survey:5:6",
				"error survey.parameter_number survey:6:6", "error survey.range_empty survey:7:6", "error survey.bad_trigger survey:11:4",
				"warning survey.trigger_without_calculation survey:12:4"}},
		{"unknown types", `
			| survey |
			| | type          | name | label |
			| | selct_one yn  | a    | A     |
			| | begin dancing | b    | B     |
			| | text area     | c    | C     |
			| | select_one    | d    | D     |
			| | text          | z    | Z     |`,
			[]string{"error type_unknown survey:2:1", "error type_unknown survey:3:1", "error type_unknown survey:4:1",
				"error select_without_list survey:5:1"}},
		{"rows without a type", `
			| survey |
			| | type | name | label | hint      |
			| | text | q    | Q     |           |
			| |      | r    | R     |           |
			| |      |      |       | a comment |
			| |      |      |       |           |`,
			[]string{"error row_without_type survey:3:1", "warning row_skipped survey:4:4"}},
		{"names, and notes without one", `
			| survey |
			| | type | name  | label |
			| | note |       | N     |
			| | text | 1st   | A     |
			| | text | a b   | B     |
			| | text | ok    | C     |
			| | text | ok    | D     |
			| | text |       | E     |
			| | text | code  | F     |`,
			[]string{"warning note_name survey:2:2", "error survey.bad_name survey:3:2", "error survey.bad_name survey:4:2",
				"error survey.duplicate_name survey:6:2", "error survey.node_without_name survey:7:2",
				"error survey.reserved_name survey:8:2"}},
		{"disabled rows", `
			| survey |
			| | type | name | label | disabled |
			| | text | a    | A     | yes      |
			| | text | b    | B     | no       |`, []string{"warning row_disabled survey:2:4"}},
		{"what has no meaning for a type", `
			| survey |
			| | type | name | label | required | choice_filter | repeat_count | calculation | read_only |
			| | note | n    | N     | yes      |               |              | 1 + 1       |           |
			| | text | t    | T     | yes      | a = 1         | 3            | 'x'         | ${n} = 1  |`,
			[]string{"warning wrong_place survey:2:4", "warning wrong_place survey:3:5",
				"warning wrong_place survey:3:6", "warning read_only_expression survey:3:8"}},
		{"appearances: each unknown word once", `
			| survey |
			| | type | name | label | appearance            |
			| | text | a    | A     | multiline             |
			| | text | b    | B     | w2 columns-3 glitter  |
			| | text | c    | C     | glitter minimal       |
			| | text | d    | D     | columns-many          |`,
			[]string{"warning appearance_unknown survey:3:4", "warning appearance_unknown survey:5:4"}},
		{"this project's own columns", `
			| survey |
			| | type         | name | label | bl::measures                       | bl::sensitive | bl::attributed |
			| | select_one l | a    | A     | language_support as importance     | yes           |                |
			| | text         | b    | B     | language_support is important      | maybe         |                |
			| | text         | c    | C     | language_support as whatever       |               | perhaps        |
			| choices |
			| | list_name | name | label | bl::score | bl::substantive |
			| | l         | x    | X     | 1         |                 |
			| | l         | y    | Y     | two       | no              |
			| | l         | z    | Z     |           | hm              |`,
			[]string{"error bad_score choices:3:4", "error bad_yes_no choices:4:5", "error bad_measure survey:3:4",
				"error bad_yes_no survey:3:5", "error bad_measure survey:4:4", "error bad_yes_no survey:4:6"}},
	}
}

func nestingRules() []rule {
	return []rule{
		{"groups and repeats", `
			| survey |
			| | type         | name | label | repeat_count |
			| | begin group  | g    | G     |              |
			| | begin_repeat | r    | R     | 3            |
			| | text         | q    | Q     |              |
			| | End  Repeat  |      |       |              |
			| | end_group    | g    |       |              |`, nil},
		{"ends that close nothing", `
			| survey |
			| | type      | name | label |
			| | text      | q    | Q     |
			| | end_group | g    |       |`, []string{"error end_without_begin survey:3:1"}},
		{"beginnings without an end", `
			| survey |
			| | type         | name | label |
			| | begin_group  | g    | G     |
			| | begin_repeat | r    | R     |
			| | text         | q    | Q     |`,
			[]string{"error begin_without_end survey:2:1", "error begin_without_end survey:3:1"}},
		{"a forgotten end inside", `
			| survey |
			| | type         | name | label |
			| | begin_group  | g    | G     |
			| | begin_repeat | r    | R     |
			| | text         | q    | Q     |
			| | end_group    | g    |       |
			| | text         | z    | Z     |`, []string{"error end_mismatch survey:5:1"}},
		{"the wrong word at the end", `
			| survey |
			| | type         | name | label |
			| | begin_group  | g    | G     |
			| | text         | q    | Q     |
			| | end_repeat   |      |       |
			| | text         | z    | Z     |`, []string{"error end_mismatch survey:4:1"}},
		{"another name at the end", `
			| survey |
			| | type        | name | label |
			| | begin_group | g    | G     |
			| | text        | q    | Q     |
			| | end_group   | h    |       |`, []string{"warning end_name survey:4:2"}},
		{"a group that lost everything goes, an empty one is told", `
			| survey |
			| | type        | name | label |
			| | begin_group | g    | G     |
			| | begin_group | h    | H     |
			| | geopoint    | p    | P     |
			| | end_group   |      |       |
			| | end_group   |      |       |
			| | begin_group | e    | E     |
			| | end_group   |      |       |
			| | text        | z    | Z     |`,
			[]string{"warning group_emptied survey:2:1", "warning group_emptied survey:3:1", "warning declined_place survey:4:1",
				"warning survey.empty_group survey:7:2"}},
	}
}

func referenceRules() []rule {
	return []rule{
		{"calculations on declined rows go, one after the other", `
			| survey |
			| | type      | name    | label | calculation        |
			| | start     | begun   |       |                    |
			| | calculate | minutes |       | ${begun} + 1       |
			| | calculate | hours   |       | ${minutes} div 60  |
			| | text      | z       | Z     |                    |`,
			[]string{"warning declined_time survey:2:1", "warning calculation_of_declined survey:3:4",
				"warning calculation_of_declined survey:4:4"}},
		{"what decides about people is an error, told once", `
			| survey |
			| | type      | name  | label | relevant            | constraint  | required    | default  | calculation |
			| | deviceid  | phone |       |                     |             |             |          |             |
			| | calculate | twice |       |                     |             |             |          | ${phone}    |
			| | text      | a     | A     | ${twice} = 'x'      |             |             |          |             |
			| | text      | b     | B     |                     | . = ${phone} |            | ${phone} |             |
			| | text      | c     | C     |                     |             | ${phone}='' |          | ${phone}    |`,
			[]string{"warning declined_device survey:2:1", "warning calculation_of_declined survey:3:8",
				"error refers_declined survey:4:4", "error refers_declined survey:5:5", "warning default_of_declined survey:5:7",
				"error refers_declined survey:6:6", "error refers_declined survey:6:8"}},
		{"a mistyped question does not cascade", `
			| survey |
			| | type      | name | label      | relevant   | calculation |
			| | intger    | age  | Age        |            |             |
			| | calculate | old  |            |            | ${age} > 60 |
			| | text      | a    | You: ${age} | ${old}    |             |`,
			[]string{"error type_unknown survey:2:1"}},
		{"texts", `
			| survey |
			| | type     | name | label            | hint          |
			| | username | who  |                  |               |
			| | text     | town | Hello ${who}!    |               |
			| | note     | bye  | Bye ${ town }    | Also ${twon}  |`,
			[]string{"warning declined_device survey:2:1", "warning text_of_declined survey:3:3", "error text_reference survey:4:4"}},
		{"unknown references are the survey's own finding", `
			| survey |
			| | type | name | label | relevant     |
			| | text | q    | Q     |              |
			| | text | r    | R     | ${qq} = 'x'  |`, []string{"error survey.unknown_reference survey:3:4"}},
		{"texts of choices", `
			| survey |
			| | type         | name | label |
			| | select_one l | q    | Q     |
			| choices |
			| | list_name | name | label     |
			| | l         | a    | as ${q}   |
			| | l         | b    | as ${qq}  |`, []string{"error text_reference choices:3:3"}},
	}
}

func choiceRules() []rule {
	return []rule{
		{"lists: unknown, without name or label, twice", `
			| survey |
			| | type              | name | label |
			| | select_one colour | q    | Q     |
			| | select_one color  | r    | R     |
			| choices |
			| | list name | value | caption |
			| | color     | red   | Red     |
			| | color     | red   | Rot     |
			| | color     |       | Blue    |
			| | color     | green |         |
			| |           | pink  | Pink    |
			| | color     | dark blue | Dark |`,
			[]string{"error survey.duplicate_choice choices:3:2", "error survey.choice_without_name choices:4:2",
				"warning survey.choice_without_label choices:5:2", "warning choice_without_list choices:6:0",
				"warning survey.choice_spaced choices:7:2", "error survey.unknown_list survey:2:1"}},
		{"filter columns", `
			| survey |
			| | type         | name | label | choice_filter             |
			| | text         | t    | T     |                           |
			| | select_one l | q    | Q     | land = ${t} or empty = '' |
			| | select_one l | r    | R     | nowhere = 1               |
			| choices |
			| | list_name | name | label | land | empty | my column |
			| | l         | a    | A     | de   |       | x         |`,
			[]string{"warning filter_column_name choices:1:6", "error survey.unknown_column survey:4:4"}},
		{"or_other", `
			| survey |
			| | type                           | name | label | choice_filter |
			| | select_one l or_other          | q    | Q     |               |
			| | select_multiple l or specify other | r | R    | x = 1         |
			| choices |
			| | list_name | name | label | x |
			| | l         | a    | A     | 1 |`,
			[]string{"warning or_other survey:2:1", "error or_other_filter survey:3:4"}},
		{"media must be supplied, each file told once", `
			| survey |
			| | type         | name | label | media::image | audio::English (en) |
			| | select_one l | q    | Q     | q.png        | q.mp3     |
			| choices |
			| | list_name | name | label | image |
			| | l         | a    | A     | q.png |
			| | l         | b    | B     | b.png |`,
			[]string{"warning survey.media_missing choices:2:4", "warning survey.media_missing choices:3:4", "warning survey.media_missing survey:2:5"}},
	}
}

func languageRules() []rule {
	return []rule{
		{"no language at all", `
			| survey |
			| | type | name | label |
			| | text | q    | Q     |
			| settings |
			| | form_id | form_title |
			| | t       | T          |`, []string{"warning language_assumed survey:1:0"}},
		{"unknown names and codes", `
			| survey |
			| | type | name | label::English (en) | label::Klingonisch | label::Français (français) |
			| | text | q    | Q                   | Q                  | Q                          |
			| settings |
			| | form_id | form_title | form_title::Klingonisch | form_title::Français (français) |
			| | t       | T          | T                       | T                               |`,
			[]string{"warning language_unknown survey:1:4", "warning language_unknown survey:1:5"}},
		{"a wrong code behind a known name", `
			| survey |
			| | type | name | label::English (schm) |
			| | text | q    | Q                     |
			| settings |
			| | form_id | form_title |
			| | t       | T          |`, []string{"warning language_code survey:1:3"}},
		{"a default language without a column", `
			| survey |
			| | type | name | label::English (en) |
			| | text | q    | Q                   |
			| settings |
			| | form_id | form_title | default_language |
			| | t       | T          | Deutsch (de)     |`, []string{"warning default_language_absent settings:2:3"}},
		{"texts in some languages only, and their state", `
			| survey |
			| | type | name | label::en | label::ar | state::ar | hint::ar |
			| | text | a    | A         | ا         | reviewed  |          |
			| | text | b    | B         |           |           |          |
			| | text | c    | C         | ج         | perfect   | ح        |
			| settings |
			| | form_id | form_title::en | form_title::ar |
			| | t       | T              | ت              |`,
			[]string{"warning survey.translation_missing survey:3:3", "warning bad_state survey:4:5",
				"warning survey.source_missing survey:4:6"}},
	}
}

func hygieneRules() []rule {
	return []rule{
		{"smart quotes, no-break and trailing spaces, line breaks", `
			| survey |
			| | type{nbsp}              | name   | label        | relevant                                | calculation |
			| | text                    | a{nbsp} | A{nbsp}     |                                         |             |
			| | {nbsp}integer           | b{zw}  | B            | ${a}{nbsp}= ‘x’{lf}or ${a} = “y”        |             |
			| | calculate               | c      |              |                                         | TRUE        |`, nil},
		{"control characters", `
			| survey |
			| | type | name | label   |
			| | text | a    | A{nul}B |`, []string{"warning control_character survey:2:3"}},
	}
}
