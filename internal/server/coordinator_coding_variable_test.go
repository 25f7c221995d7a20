package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/coding"
	"bedarfslotse/internal/store"
)

// taggedTexts is a released wave of 40 texts in two languages, of which 30 are coded: 20
// of them German, 12 sport, and some both.
func taggedTexts(t *testing.T) (*testDesk, *store.LiveWave) {
	t.Helper()
	var texts []string
	for i := range 40 {
		texts = append(texts, fmt.Sprintf("%s:Text %02d", []string{"de", "ar"}[i%2], i))
	}
	d, wave := coders(t, texts...)
	d.tag(t, wave, "german", "Deutsch lernen")
	d.tag(t, wave, "sport", "Sport")
	open := must(d.db.OpenTexts(context.Background(), wave))(t)
	for _, one := range open.For("ben", "most_helpful", nil) {
		var i int
		if _, err := fmt.Sscanf(one.Body, "Text %d", &i); err != nil {
			t.Fatal(err)
		}
		tags := coding.NewTags()
		if i < 20 {
			tags = append(tags, "german")
		}
		if i >= 14 && i < 26 {
			tags = append(tags, "sport")
		}
		if i < 30 {
			if err := d.db.SaveText(context.Background(), "ben", wave, one, &tags, store.TextWork{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := d.db.ReleaseWave(context.Background(), "ben", wave); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(time.Second)
	d.person(t, "vera", account.Grant{Role: account.Viewer, Area: own})
	return d, wave
}

// TestTagsExplored: who reads results finds the tags of free texts as a question
// with several answers, to show, to divide by and to filter, marked as changed.
func TestTagsExplored(t *testing.T) {
	d, _ := taggedTexts(t)
	vera := d.sign(t, "vera")
	const base = "/manage/waves/town/explore"
	for lang, words := range map[string][]string{
		"de": {"Schlagwörter: ", "Deutsch lernen", "kein Schlagwort passt", "≈"},
		"en": {"Tags: ", "Deutsch lernen", "no tag fits", "≈"},
	} {
		page := vera.get(base + "?question=tags_most_helpful&lang=" + lang)
		for _, want := range append(words, `value="tags_most_helpful:german"`, `value="tags_most_helpful:_none"`) {
			if page.Code != http.StatusOK || !strings.Contains(page.Body.String(), want) {
				t.Errorf("%s: %d, the page lacks %q", lang, page.Code, want)
			}
		}
	}
	for address, want := range map[string]int{
		"?question=tags_most_helpful&by=language":                              200,
		"?question=respondent&by=tags_most_helpful":                            200,
		"?question=tags_most_helpful&filter=tags_most_helpful:sport":           200,
		"?question=tags_most_helpful&filter=tags_most_helpful:nothing":         422,
		"?question=tags_most_helpful&by=language&by=tags_most_helpful&as=heat": 200,
		"?question=tags_respondent":                                            422,
	} {
		got := vera.get(base + address)
		if got.Code != want {
			t.Errorf("%s: %d, want %d", address, got.Code, want)
		}
	}
	if picture := vera.get(base + "/wide.svg?question=tags_most_helpful"); picture.Code != http.StatusOK || !strings.Contains(picture.Body.String(), "<svg") {
		t.Errorf("the picture: %d", picture.Code)
	}
	table := vera.get(base + "/figures.csv?question=tags_most_helpful&lang=en")
	if table.Code != http.StatusOK || !strings.Contains(table.Body.String(), "Deutsch lernen") {
		t.Errorf("the table: %d %s", table.Code, table.Body)
	}
}

// TestTagsInInterface: the interface shows them in the same way.
func TestTagsInInterface(t *testing.T) {
	d, wave := taggedTexts(t)
	token := must(d.db.CreateToken(context.Background(), "anna", store.Token{Name: "a", Grant: account.Grant{Role: account.Viewer, Area: own}}))(t)
	ask := func(query string) (answer apiResults) {
		t.Helper()
		got := d.testServer.get(apiPath+"/waves/town/results?"+query, "Authorization", "Bearer "+token)
		if got.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", query, got.Code, got.Body)
		}
		if err := json.Unmarshal(got.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		for _, one := range must(d.db.OpenTexts(context.Background(), wave))(t).For("ben", "most_helpful", nil) {
			if strings.Contains(got.Body.String(), one.ID) || strings.Contains(got.Body.String(), one.Body) {
				t.Errorf("%s names a text", query)
			}
		}
		return answer
	}
	whole := ask("question=tags_most_helpful")
	if len(whole.Questions) != 1 || !whole.Questions[0].Perturbed || whole.Questions[0].Type != "select_multiple" || len(whole.Questions[0].Choices) != 3 {
		t.Fatalf("%+v", whole.Questions)
	}
	german, sport, none := whole.Questions[0].Choices[0], whole.Questions[0].Choices[1], whole.Questions[0].Choices[2]
	near := func(count *int, want int) bool { return count != nil && *count >= want-4 && *count <= want+4 }
	if german.Name != "german" || german.Label != "Deutsch lernen" || none.Name != "_none" || !near(whole.Questions[0].Base, 30) || !near(german.Count, 20) || !near(sport.Count, 12) || !near(none.Count, 4) {
		t.Errorf("%+v", whole.Questions[0])
	}
	filtered := ask("question=respondent&filter=tags_most_helpful:german")
	if filtered.N == nil || *filtered.N != *german.Count || !filtered.Perturbed {
		t.Errorf("filtered by a tag: %v, %v", filtered.N, *german.Count)
	}
	by := ask("question=tags_most_helpful&by=tags_most_helpful")
	names := []string{}
	for _, group := range by.Groups {
		if group.N != nil {
			names = append(names, strings.Join(group.Values[0], " "))
		}
	}
	if got := strings.Join(names, ", "); !strings.Contains(got, "german, sport") {
		t.Errorf("divided into %s", got)
	}
	if all := ask(""); !slices.ContainsFunc(all.Questions, func(one apiQuestion) bool { return one.Name == "tags_most_helpful" }) {
		t.Error("all questions are without the tags")
	}
}
