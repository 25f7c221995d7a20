package response_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
)

func TestPartsAreKeptApart(t *testing.T) {
	v := compiled(t, household)
	answers, _ := response.Read(v, given(t, "age=20&water=no&places=12"))
	answers.Check(noon())
	if got, want := string(answers.AppendJSON(nil, response.Attributed)), `{"places":"12"}`; got != want {
		t.Errorf("attributed %s, want %s", got, want)
	}
	if got := document(answers); strings.Contains(got, "places") {
		t.Errorf("anonymous %s", got)
	}
	for _, c := range []struct {
		fields                string
		anonymous, attributed bool
	}{{"", false, false}, {"age=1", true, false}, {"places=1", false, true}, {"age=1&places=1", true, true}, {"children[0].hobbies[0].hobby=x", true, false}} {
		answers, _ := response.Read(v, given(t, c.fields))
		answers.Settle(noon(), false)
		if answers.Any(response.Anonymous) != c.anonymous || answers.Any(response.Attributed) != c.attributed {
			t.Errorf("%q: any is %v, %v", c.fields, answers.Any(response.Anonymous), answers.Any(response.Attributed))
		}
	}
}

func TestAppendJSONAppends(t *testing.T) {
	v := compiled(t, household)
	if got := string(response.New(v).AppendJSON([]byte("x"), response.Anonymous)); got != "x{}" {
		t.Errorf("%s", got)
	}
}

// TestJSONRoundTrip: any text in any place survives being stored, as JSON that
// the standard library reads.
func TestJSONRoundTrip(t *testing.T) {
	v := compiled(t, household)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("\"\\<>&\u2028\x01\t\r\n é🙂م"))))
		fields := map[string][]string{"water": {"yes"}, "age": {"40"}, "remark": {text.Draw(t, "remark")}, "origin": {text.Draw(t, "origin")},
			"sources": rapid.SliceOf(rapid.SampledFrom([]string{"tap", "well", "shop", "other"})).Draw(t, "sources"),
			"rooms":   {rapid.SampledFrom([]string{"", "0", "2"}).Draw(t, "rooms")}}
		for _, name := range []string{"children[0].nick", "children[1].nick", "children[1].hobbies[0].hobby", "children[3].hobbies[2].hobby"} {
			fields[name] = []string{text.Draw(t, name)}
		}
		answers, _ := response.Read(v, fields)
		answers.Check(noon())
		stored := document(answers)
		if !json.Valid([]byte(stored)) {
			t.Fatalf("no JSON: %s", stored)
		}
		again, err := response.FromJSON(v, []byte(stored))
		if err != nil {
			t.Fatal(err)
		}
		again.Settle(noon(), true)
		if got := document(again); got != stored {
			t.Fatalf("%s came back as %s", stored, got)
		}
		checkOtherWriting(t, v, stored)
	})
}

// checkOtherWriting: what we did not write ourselves, with spaces and members
// in another order, reads the same.
func checkOtherWriting(t *rapid.T, v *survey.Version, stored string) {
	var members map[string]any
	if err := json.Unmarshal([]byte(stored), &members); err != nil {
		t.Fatal(err)
	}
	sorted, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	var spaced bytes.Buffer
	if err := json.Indent(&spaced, sorted, "", " "); err != nil {
		t.Fatal(err)
	}
	for _, other := range [][]byte{sorted, spaced.Bytes()} {
		again, err := response.FromJSON(v, other)
		if err != nil {
			t.Fatal(err)
		}
		again.Settle(noon(), true)
		if got := document(again); got != stored {
			t.Fatalf("%s came back as %s", other, got)
		}
	}
}

// TestNormalisingTwiceChangesNothing, or a stored answer would change when it
// is read again.
func TestNormalisingTwiceChangesNothing(t *testing.T) {
	v := compiled(t, household)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"remark", "age", "cost", "since"}).Draw(t, "question")
		raw := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("0123456789٠١٢۳۴.,٫-−+eE \u200f")))).Draw(t, "raw")
		e := v.Element(name)
		once := response.New(v).Top()
		once.Set(e, raw)
		twice := response.New(v).Top()
		twice.Set(e, once.Values(e)...)
		if a, b := once.Text(e), twice.Text(e); a != b {
			t.Fatalf("%q became %q and then %q", raw, a, b)
		}
	})
}

func TestFromJSONRefuses(t *testing.T) {
	v := compiled(t, household)
	many := `{"children":[` + strings.TrimSuffix(strings.Repeat(`{},`, response.MaxInstances+1), ",") + `]}`
	for _, stored := range []string{"", "[]", `{"age":7}`, `{"agee":"7"}`, `{"nick":"A"}`, `{"children":{}}`, `{"children":[{"age":"1"}]}`,
		`{"age":"7"}x`, `{"age":"7",}`, `{"age":"7" "remark":"x"}`, `{"age":"7\"}`, "{\"remark\":\"a\nb\"}", `{"remark":"\x"}`, `{"remark":"x\\"y"}`,
		`{"sources":"tap"}`, `{"age":"1"`, many} {
		if _, err := response.FromJSON(v, []byte(stored)); err == nil {
			t.Errorf("%.40s was read", stored)
		}
	}
}

func TestTypedJSONNamesWhatIsWrong(t *testing.T) {
	v := compiled(t, household)
	for _, test := range []struct {
		document string
		want     []string
	}{
		{`{"age": 7, "sources": "tap", "children": [{"nick": "A"}, {}]}`, nil},
		{`{"age": null}`, nil},
		{``, []string{" answers.syntax"}},
		{`{"age": 7,}`, []string{" answers.syntax"}},
		{`[]`, []string{" answers.want_object"}},
		{`null`, []string{" answers.want_object"}},
		{`{"agee": 7, "nick": "A"}`, []string{"agee answers.unknown", "nick answers.inside_repeat"}},
		{`{"age": [7], "sources": {"a": 1}, "children": {}}`, []string{"age answers.want_text", "children answers.want_instances", "sources answers.want_list"}},
		{`{"age": "old", "sources": ["nowhere"], "children": [{}, {"age": 1}, 3]}`, []string{"age respondent.problem.not_an_integer",
			"children[1].age answers.outside_repeat", "children[2]. answers.want_object", "sources respondent.problem.unknown_choice"}},
		{`{"children":[` + strings.Repeat(`{},`, response.MaxInstances) + `{}]}`, []string{"children answers.too_many"}},
	} {
		answers, problems := response.TypedJSON(v, []byte(test.document))
		var got []string
		for _, one := range problems {
			got = append(got, one.Name+" "+one.Key)
		}
		if !slices.Equal(got, test.want) || answers == nil {
			t.Errorf("%.60s: %q, want %q", test.document, got, test.want)
		}
	}
	answers, _ := response.TypedJSON(v, []byte(`{"age": 7, "sources": "tap", "children": [{"nick": "A"}]}`))
	if got := document(answers); got != `{"age":"7","sources":["tap"],"children":[{"nick":"A"}]}` {
		t.Errorf("read %s", got)
	}
}
