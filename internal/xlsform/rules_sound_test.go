package xlsform

func parameterRules() []rule {
	one := func(kind, parameters, appearance string) string {
		return `
			| survey |
			| | type | name | label | parameters | appearance |
			| | ` + kind + ` | q | Q | ` + parameters + ` | ` + appearance + ` |
			| | text | t | T |  |  |
			| choices |
			| | list_name | name | label |
			| | l         | 1    | One   |
			| | l         | 5    | Five  |`
	}
	return []rule{
		{"separators and case of parameters do not count", one("range", "Start=1, eNd = 9;step=2", ""), nil},
		{"no pair", one("range", "start==1", ""), []string{"error survey.parameters_malformed survey:2:4"}},
		{"an unknown parameter", one("select_one l", "step=1", ""), []string{"error survey.parameter_unknown survey:2:4"}},
		{"no number", one("range", "start=*", ""), []string{"error survey.parameter_number survey:2:4"}},
		{"a number that would take for ever", one("range", "end=1e999999999", ""), []string{"error survey.parameter_number survey:2:4"}},
		{"no whole number", one("text", "rows=7.5", ""), []string{"error survey.parameter_number survey:2:4"}},
		{"a step of nothing", one("range", "step=0.0", ""), []string{"error survey.range_zero survey:2:4"}},
		{"ticks on a picker", one("range", "tick_interval=1", "picker"), []string{"error survey.parameter_appearance survey:2:4"}},
		{"a placeholder beside the range", one("range", "start=7 end=3 placeholder=9", ""), []string{"error survey.range_outside survey:2:4"}},
		{"fractions divide exactly", one("range", "step=0.1 tick_interval=0.6", ""), nil},
		{"ticks between steps", one("range", "step=2 tick_interval=3", ""), []string{"error survey.range_step survey:2:4"}},
		{"labels on the range", one("range", "tick_labelset=l", ""), nil},
		{"labels where nothing is drawn", one("range", "tick_labelset=l", "no-ticks"), []string{"error survey.range_labels survey:2:4"}},
		{"randomize perhaps", one("select_one l", "randomize=perhaps", ""), []string{"error survey.parameter_boolean survey:2:4"}},
		{"a seed for nothing", one("select_one l", "seed=1", ""), []string{"error survey.parameter_seed survey:2:4"}},
		{"the columns of a list that is no file", one("select_one l", "value=id", ""), []string{"error survey.parameter_unknown survey:2:4"}},
		{"a seed of letters", one("select_one l", "randomize=true seed=x", ""), []string{"error survey.parameter_number survey:2:4"}},
	}
}

func soundRules() []rule {
	return []rule{
		{"what cannot be right whatever the type", `
			| survey |
			| | type                         | name | label | big-image | guidance_hint | trigger      | calculation |
			| | select_one_from_file x.exe   | a    | A     |           |               |              |             |
			| | text                         | b    |       |           | look          |              |             |
			| | text                         | c    | C     | big.png   |               |              |             |
			| | begin group                  | meta | D     |           |               |              |             |
			| | integer                      | e    | E     |           |               | 6            | 1           |
			| | integer                      | f    | F     |           |               | ${nobody}    | 1           |
			| | integer                      | g    |       |           |               |              | 1           |
			| | integer                      | h    | H     |           |               | ${g}, ${b}   | 1           |`, []string{
			"error file_kind survey:2:1", "warning survey.question_without_label survey:3:2", "error guidance_only survey:3:5",
			"error big_image_alone survey:4:4", "error name_meta survey:5:2", "error survey.bad_trigger survey:6:6", "error survey.unknown_reference survey:7:6",
			"warning survey.question_without_label survey:8:2", "error survey.trigger_unseen survey:9:6",
		}},
		{"triggers: several, commas that separate nothing, rows that are left out", `
			| survey |
			| | type      | name | label | trigger            | calculation |
			| | text      | a    | A     |                    |             |
			| | integer   | b    | B     |                    |             |
			| | geopoint  | c    | C     |                    |             |
			| | calculate | d    |       | ,${a}, ,, ${ b } , | now()       |
			| | calculate | e    |       | ${a},${c}          | now()       |
			| | text      | f    | F     | ${c}               | now()       |`, []string{
			"warning declined_place survey:4:1", "warning calculation_of_declined survey:6:5", "error refers_declined survey:7:4",
		}},
		{"lists that a row would have brought which is left out", `
			| survey |
			| | type         | name | label | calculation                                   |
			| | text         | a    | A     |                                               |
			| | xml-external | item |       |                                               |
			| | calculate    | b    |       | instance('item')/root/item[name=${a}]/label   |`, []string{
			"warning declined_scope survey:3:1", "warning calculation_of_declined survey:4:4",
		}},
		{"duplicate choices that are allowed", `
			| survey |
			| | type         | name | label |
			| | select_one l | a    | A     |
			| choices |
			| | list_name | name | label | state |
			| | l         | x    | One   | north |
			| | l         | x    | Two   | south |
			| settings |
			| | form_id | form_title | default_language | allow_choice_duplicates |
			| | t       | T          | en               | yes                     |`, []string{"warning choice_duplicates_setting choices:2:0"}},
		{"lists on a sheet of their own", `
			| survey |
			| | type                  | name | label | choice_filter |
			| | text                  | t    | T     |               |
			| | select_one_external l | a    | A     | region=${t}   |
			| External_Choices |
			| | list_name | name | label | region |
			| | l         | x    | One   | north  |
			| | l         | x    | Two   | south  |
			| | l         | y z  | Three | south  |`, []string{
			"error survey.duplicate_choice External_Choices:3:2", "warning survey.choice_spaced External_Choices:4:2",
		}},
		{"a sheet of lists that nothing uses", `
			| survey |
			| | type | name | label |
			| | text | t    | T     |
			| external_choices |
			| | list_name | name |
			| | l         | x    |`, []string{"warning sheet_later external_choices:0:0"}},
		{"files of names that nothing gives", `
			| survey |
			| | type         | name | label | audio    |
			| | select_one l | a    | A     | ${b}.mp3 |
			| choices |
			| | list_name | name | label | image    |
			| | l         | x    | One   | ${b}.png |`, []string{
			"warning survey.media_changing choices:2:4", "error media_reference choices:2:4",
			"warning survey.media_changing survey:2:4", "error media_reference survey:2:4",
		}},
		{"an instance_name of nobody", `
			| survey |
			| | type | name | label |
			| | text | t    | T     |
			| settings |
			| | form_id | form_title | default_language | instance_name |
			| | t       | T          | en               | ${u}          |`, []string{
			"warning setting_ignored settings:2:4", "error text_reference settings:2:4",
		}},
	}
}
