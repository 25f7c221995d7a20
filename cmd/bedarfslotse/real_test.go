package main

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/testinput"
)

// apiResults asks the API for a wave's figures.
func apiResults(t testing.TB, address, token, slug string) apiAnswer {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, address+"/api/v1/waves/"+slug+"/results", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var results apiAnswer
	decoder := json.NewDecoder(answer.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&results); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("results of %s: %d, %v", slug, answer.StatusCode, err)
	}
	return results
}

// apiAnswer is the answer as others rely on it, written down a second time on
// purpose: a renamed field fails here.
type apiAnswer struct {
	Wave            string `json:"wave"`
	Survey          string `json:"survey"`
	Version         string `json:"version"`
	N               *int   `json:"n"`
	SuppressedBelow int    `json:"suppressed_below"`
	Questions       []struct {
		Name    string `json:"name"`
		Type    string `json:"type"`
		Label   string `json:"label"`
		Base    *int   `json:"base"`
		Choices []struct {
			Name       string   `json:"name"`
			Label      string   `json:"label"`
			Count      *int     `json:"count"`
			Share      *float64 `json:"share"`
			Low        *float64 `json:"low"`
			High       *float64 `json:"high"`
			Suppressed bool     `json:"suppressed"`
			Order      *struct {
				Base   int      `json:"base"`
				Mean   float64  `json:"mean"`
				Low    *float64 `json:"low"`
				High   *float64 `json:"high"`
				Places []int    `json:"places"`
			} `json:"order"`
		} `json:"choices"`
	} `json:"questions"`
}

// TestRealAnswers imports the 632 answers that KoboToolbox exported and
// compares what the interface shows with counts made from the CSV alone.
func TestRealAnswers(t *testing.T) {
	folder := testinput.Dir(t)
	form := filepath.Join(folder, "xlsform", "reach_assessment_en_ar.xlsx")
	answers := filepath.Join(folder, "kobo", "reach_assessment_responses.csv")
	db := "--db=" + filepath.Join(t.TempDir(), "x.db")
	succeed(t, "survey", "import", db, form)
	succeed(t, "wave", "open", db, "--survey", "reach_assessment_en_ar", "--slug", "reach")
	told := succeed(t, "responses", "import", db, "--wave", "reach", answers)
	for _, want := range []string{"632 responses stored, 0 were there already, 667 cells", "column 4 (neighbourhood): “"} {
		if !strings.Contains(told, want) {
			t.Errorf("the import does not say %q", want)
		}
	}
	if got := strings.Count(told, "(neighbourhood)"); got != 632 {
		t.Errorf("%d values of neighbourhood listed, want all 632", got)
	}
	if got := strings.Count(told, "(pay_water_charges_when)"); got != 35 {
		t.Errorf("%d values of pay_water_charges_when listed, want 35", got)
	}
	if again := succeed(t, "responses", "import", db, "--wave", "reach", answers); !strings.Contains(again, "0 responses stored, 632 were there already") {
		t.Errorf("a second import says %q", again[strings.LastIndex(strings.TrimSpace(again), "\n")+1:])
	}
	token := strings.TrimSpace(succeed(t, "token", "create", db, "--role", "viewer"))
	results := apiResults(t, start(t, "serve", db, "--addr", "127.0.0.1:0"), token, "reach")
	if results.N == nil || *results.N != 632 || results.Survey != "reach_assessment_en_ar" {
		t.Fatalf("n %v of survey %s, want 632: an imported file leaves nothing out", results.N, results.Survey)
	}
	counts := countCSV(t, answers)
	questions, cells, hidden := 0, 0, 0
	for _, question := range results.Questions {
		if !strings.HasPrefix(question.Type, "select_") {
			continue
		}
		questions++
		for _, choice := range question.Choices {
			want := counts[question.Name][choice.Name]
			switch {
			case choice.Suppressed && (choice.Count != nil || choice.Share != nil || choice.Low != nil || choice.High != nil):
				t.Errorf("%s/%s is suppressed and shows figures", question.Name, choice.Name)
			case choice.Suppressed:
				hidden++
			case *choice.Count != want:
				t.Errorf("%s/%s: %d, the CSV has %d", question.Name, choice.Name, *choice.Count, want)
			case want > 0 && want < results.SuppressedBelow:
				t.Errorf("%s/%s: the count %d is shown", question.Name, choice.Name, want)
			default:
				cells++
			}
		}
	}
	if questions < 100 || cells < 400 {
		t.Errorf("only %d questions with %d cells compared", questions, cells)
	}
	t.Logf("%d questions, %d cells equal to the CSV's, %d hidden", questions, cells, hidden)
}

// countCSV counts the values of every column, those joined by spaces one by
// one, with nothing but the standard library.
func countCSV(t *testing.T, path string) map[string]map[string]int {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]map[string]int{}
	for column, name := range rows[0] {
		counts[name] = map[string]int{}
		for _, row := range rows[1:] {
			values := strings.Fields(row[column])
			slices.Sort(values)
			for _, value := range slices.Compact(values) {
				counts[name][value]++
			}
		}
	}
	return counts
}
