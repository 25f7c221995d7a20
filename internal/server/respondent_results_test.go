package server

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/store"
)

// publicQuestions are of one kind each; nobody answered the last.
func publicQuestions() []string {
	return []string{"child_ages", "imp_language_support", "state_language_support", "imp_early_childhood"}
}

// TestPublicResultsPage: the page speaks the reader's language, keeps nothing and
// may be kept by everybody.
func TestPublicResultsPage(t *testing.T) {
	d := publishedWave(t, publicQuestions()...)
	redirected := d.get("/results/town", "Accept-Language", "ti,de;q=0.5")
	if redirected.Code != http.StatusFound || redirected.Header().Get("Location") != "/results/town?lang=ti" || redirected.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("without a language: %d to %s", redirected.Code, redirected.Header().Get("Location"))
	}
	wave := must(d.db.Wave(context.Background(), "town"))(t)
	for _, lang := range wave.Version.Languages {
		got := d.get("/results/town?lang=" + lang)
		body, header := got.Body.String(), got.Header()
		if got.Code != http.StatusOK || !strings.Contains(body, `<html lang="`+lang+`" dir="`+d.config.Catalogue.Localizer(lang).Direction()+`"`) {
			t.Errorf("%s: %d", lang, got.Code)
		}
		if strings.Contains(body, "<script") || len(got.Result().Cookies()) > 0 || !strings.HasPrefix(header.Get("Cache-Control"), "public") {
			t.Errorf("%s: a script, a cookie, or not to be kept: %s", lang, header.Get("Cache-Control"))
		}
		if words := regexp.MustCompile(`\b(?:results|charts|respondent)\.[a-z_]+\b`).FindAllString(body, -1); len(words) > 0 {
			t.Errorf("%s: no words for %v", lang, words)
		}
		if tag := header.Get("Etag"); tag == "" || d.get("/results/town?lang="+lang, "If-None-Match", tag).Code != http.StatusNotModified {
			t.Errorf("%s: is sent again to those who have it", lang)
		}
		if strings.Count(body, "<article") != 4 || strings.Count(body, ".svg?lang="+lang) < 3*4 {
			t.Errorf("%s: %d figures", lang, strings.Count(body, "<article"))
		}
		if d.do(http.MethodHead, "/results/town?lang="+lang, "").Code != http.StatusOK {
			t.Errorf("%s: no HEAD", lang)
		}
	}
	english := d.get("/results/town?lang=en").Body.String()
	for _, want := range []string{"changed a little at random", "need not add up", "no random choice", "Ausgangslage"} {
		if !strings.Contains(english, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestPublicResultsTellNothingExact: all numbers on the page, in what describes
// the pictures, and in the open data are the changed ones.
func TestPublicResultsTellNothingExact(t *testing.T) {
	d := publishedWave(t, publicQuestions()...)
	wave := must(d.db.Wave(context.Background(), "town"))(t)
	public := must(d.db.PublicResults(context.Background(), wave))(t)
	words := d.config.Catalogue.Localizer("en")
	allowed := map[string]bool{"95": true, "100": true} // of the interval's name, and of what shares may add up to
	number := func(texts ...string) {
		for _, text := range texts {
			for _, found := range figuresIn(text) {
				allowed[found] = true
			}
		}
	}
	count := func(counts ...*int) {
		for _, one := range counts {
			if one != nil {
				number(words.Number(float64(*one), 0))
			}
		}
	}
	count(public.N)
	for _, f := range public.Figures {
		count(f.Base, f.NoAnswer, f.NotAsked)
		for _, cell := range slices.Concat(f.Cells, f.Apart) {
			count(cell.Count)
			number(cell.Name)
			for _, share := range []*float64{cell.Share, cell.Low, cell.High} {
				if share != nil {
					number(words.Percent(*share, 0), words.Percent(*share, 1))
				}
			}
		}
		for _, mean := range []*float64{f.Mean, f.MeanLow, f.MeanHigh, f.Median} {
			if mean != nil {
				number(words.Number(*mean, 1), words.Number(*mean, 2))
			}
		}
		number("1", strconv.Itoa(f.Max))
		for _, text := range labelsOf(wave, f) {
			number(text)
		}
	}
	page := d.get("/results/town?lang=en").Body.String()
	told := regexp.MustCompile(`(?s)<article.*?</article>|<p class="lead">.*?</p>`).FindAllString(page, -1)
	if len(told) != 5 {
		t.Fatalf("%d pieces with figures", len(told))
	}
	shown := 0
	for _, piece := range told {
		for _, text := range regexp.MustCompile(`(?:srcset|src|width|height|id|aria-labelledby|media|tabindex)="[^"]*"|</?h[1-6]|&#?[a-z0-9]+;`).Split(piece, -1) {
			for _, found := range figuresIn(text) {
				shown++
				if !allowed[found] {
					t.Errorf("the page tells %s, which is no published number: %s", found, text)
				}
			}
		}
	}
	if shown < 60 {
		t.Errorf("only %d numbers are shown", shown)
	}
	for _, row := range figuresTable(t, d.get("/results/town/data.zip").Body.Bytes()) {
		at := slices.IndexFunc(public.Figures, func(f analysis.Figure) bool { return f.Question == row["question"] })
		f := public.Figures[at]
		want := map[string]*int{"no_answer": f.NoAnswer, "not_asked": f.NotAsked}[row["counts"]]
		for _, cell := range map[string][]analysis.Cell{"answer": f.Cells, "non_substantive": f.Apart}[row["counts"]] {
			if cell.Name == row["category"] {
				want = cell.Count
			}
		}
		if row["count"] != intText(want) || row["hidden"] != fmt.Sprint(want == nil) || row["base"] != "" && row["base"] != intText(f.Base) {
			t.Errorf("the data tell %v, want %s of %s", row, intText(want), intText(f.Base))
		}
	}
}

// figuresIn are the numbers in a text.
func figuresIn(text string) []string {
	return regexp.MustCompile(`\d+(?:\.\d+)?`).FindAllString(text, -1)
}

// labelsOf are the words around a figure, which may hold numbers as well.
func labelsOf(wave *store.LiveWave, f analysis.Figure) []string {
	element := wave.Version.Element(f.Question)
	texts := []string{element.Label["en"].Text}
	if element.Choices != nil {
		for _, choice := range element.Choices.Choices {
			texts = append(texts, choice.Label["en"].Text)
		}
	}
	return texts
}

// figuresTable reads the table of open data.
func figuresTable(t *testing.T, content []byte) (rows []map[string]string) {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	file := must(archive.Open("figures.csv"))(t)
	all := must(csv.NewReader(bytes.NewReader(must(io.ReadAll(file))(t))).ReadAll())(t)
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, cell := range cells {
			row[all[0][i]] = cell
		}
		rows = append(rows, row)
	}
	if len(rows) < 10 {
		t.Fatalf("%d rows", len(rows))
	}
	return rows
}

// TestPublicResultsElsewhere: pictures and data of what is public, and plain words
// for what is not.
func TestPublicResultsElsewhere(t *testing.T) {
	d := publishedWave(t, publicQuestions()...)
	picture := d.get("/results/town/imp_language_support.svg?lang=ar&width=narrow&theme=dark")
	if picture.Code != http.StatusOK || picture.Header().Get("Content-Type") != "image/svg+xml" || !strings.Contains(picture.Body.String(), "<svg") ||
		!strings.HasPrefix(picture.Header().Get("Cache-Control"), "public") {
		t.Errorf("a picture: %d %s", picture.Code, picture.Header())
	}
	tag := picture.Header().Get("Etag")
	if got := d.get("/results/town/imp_language_support.svg?lang=ar&width=narrow&theme=dark", "If-None-Match", tag).Code; got != http.StatusNotModified {
		t.Errorf("the same picture: %d", got)
	}
	if got := d.get("/results/town/imp_language_support.svg?lang=ar", "If-None-Match", tag).Code; got != http.StatusOK {
		t.Errorf("another picture: %d", got)
	}
	data := d.get("/results/town/data.zip", "Accept-Encoding", "gzip")
	if data.Code != http.StatusOK || data.Header().Get("Content-Type") != "application/zip" || data.Header().Get("Content-Encoding") != "" ||
		!strings.Contains(data.Header().Get("Content-Disposition"), "town.zip") || data.Header().Get("Etag") == "" {
		t.Errorf("the data: %d %s", data.Code, data.Header())
	}
	for address, want := range map[string]int{
		"/results/town/imp_language_support.svg?lang=xx":    404,
		"/results/town/imp_language_support.svg":            404,
		"/results/town/state_early_childhood.svg?lang=de":   404, // not public
		"/results/town/imp_early_childhood.svg?lang=de":     404, // nothing to draw
		"/results/town/nobody.svg?lang=de":                  404,
		"/results/town/imp_language_support.png?lang=de":    404,
		"/results/nowhere?lang=de":                          404,
		"/results/nowhere/data.zip":                         404,
		"/results/nowhere/imp_language_support.svg?lang=de": 404,
	} {
		if got := d.get(address).Code; got != want {
			t.Errorf("%s: %d, want %d", address, got, want)
		}
	}
	d.wave(t, "private", own)
	for _, slug := range []string{"private", "nowhere"} {
		got := d.get("/results/"+slug, "Accept-Language", "ar")
		if got.Code != http.StatusNotFound || !strings.Contains(got.Body.String(), "لا توجد هنا نتائج") || got.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d", slug, got.Code)
		}
	}
}
