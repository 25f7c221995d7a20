package server

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
)

// prove finds what the document's script finds.
func prove(id string) string {
	for at := 0; ; at++ {
		if proven(id, strconv.Itoa(at)) {
			return strconv.Itoa(at)
		}
	}
}

// query reads the body of a POST.
func query(t *testing.T, body string) url.Values {
	t.Helper()
	values, err := url.ParseQuery(body)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func TestJunkIsToldWhatIsWrong(t *testing.T) {
	id := func(n int) string { return "junk-000000000000" + strconv.Itoa(n) }
	s := newTestServer(t)
	s.config.LeastTime = 2 * time.Second
	for name, test := range map[string]struct {
		values string
		status int
		told   string
	}{
		"a person":               {"child_ages=age_0_2&submission_id=" + id(1) + "&:duration=60", 201, ""},
		"a person without clock": {"child_ages=age_0_2&submission_id=" + id(2), 201, ""},
		"fills in everything":    {"child_ages=age_0_2&submission_id=" + id(3) + "&:homepage=http://x", 422, ":homepage"},
		"faster than anybody":    {"child_ages=age_0_2&submission_id=" + id(4) + "&:duration=1", 422, ":duration"},
		"in Persian digits":      {"child_ages=age_0_2&submission_id=" + id(5) + "&:duration=۱", 422, ":duration"},
		"a clock set back":       {"child_ages=age_0_2&submission_id=" + id(6) + "&:duration=-500", 201, ""},
	} {
		answer := s.post("families", query(t, test.values), "Accept", "application/json")
		if answer.Code != test.status || !strings.Contains(answer.Body.String(), `"`+test.told) {
			t.Errorf("%s: %d %s", name, answer.Code, answer.Body)
		}
	}
	// The sentence stands alone: the control has no name that anybody knows.
	page := s.post("families", query(t, "child_ages=age_0_2&:homepage=x&lang=en")).Body.String()
	if !strings.Contains(page, "hidden field") || strings.Contains(page, "<bdi>:homepage") {
		t.Errorf("without JavaScript: %s", page)
	}
}

func TestProofOfWork(t *testing.T) {
	s := newTestServer(t)
	s.change("families", func(wave *store.LiveWave) { wave.ProofOfWork = true })
	const id = "proof-00000000000001"
	script := func(proof string) int {
		return s.post("families", query(t, "child_ages=age_0_2&submission_id="+id+proof), "Accept", "application/json").Code
	}
	proof := prove(id)
	for _, wrong := range []string{"", "&:proof=", "&:proof=" + proof + "0", "&:proof=" + prove("another-00000000000001")} {
		if code := script(wrong); code != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d", wrong, code)
		}
	}
	if code := script("&:proof=" + proof); code != http.StatusCreated {
		t.Errorf("with a proof: %d", code)
	}
	if code := script(""); code != http.StatusOK { // stored already: the phone must hear that all is well
		t.Errorf("again: %d", code)
	}
	// Without JavaScript the review page stands in, and only for its own id.
	if code := s.post("families", query(t, "child_ages=age_0_2&submission_id="+response.NewSubmissionID()+"&:confirm=1")).Code; code != http.StatusUnprocessableEntity {
		t.Errorf("unseen: %d", code)
	}
	review := s.post("families", query(t, "child_ages=age_0_2")).Body.String()
	value := func(name string) string {
		_, rest, _ := strings.Cut(review, `name="`+name+`" value="`)
		found, _, _ := strings.Cut(rest, `"`)
		return found
	}
	if code := s.post("families", query(t, "child_ages=age_0_2&submission_id="+response.NewSubmissionID()+"&:reviewed="+value(":reviewed"))).Code; code != http.StatusUnprocessableEntity {
		t.Errorf("another's review: %d", code)
	}
	if code := s.post("families", query(t, "child_ages=age_0_2&submission_id="+value("submission_id")+"&:reviewed="+value(":reviewed"))).Code; code != http.StatusCreated {
		t.Errorf("reviewed: %d", code)
	}
}

func TestDraftsSetAside(t *testing.T) {
	s := newTestServer(t)
	const place = "/s/families/drafts/0123456789abcdef0123456789abcdef"
	if code := s.get(place).Code; code != http.StatusNotFound {
		t.Fatalf("nothing kept: %d", code)
	}
	if answer := s.do(http.MethodPut, place, "sealed"); answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), `"last":"2026`) {
		t.Fatalf("keep: %d %s", answer.Code, answer.Body)
	}
	answer := s.get(place)
	if answer.Code != http.StatusOK || answer.Body.String() != "sealed" || answer.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %q %v", answer.Code, answer.Body, answer.Header())
	}
	for address, want := range map[string]int{
		"/s/families/drafts/short": 404, "/s/families/drafts/" + strings.Repeat("G", 32): 404, "/s/none/drafts/0123456789abcdef0123456789abcdef": 404,
	} {
		if got := s.do(http.MethodPut, address, "sealed").Code; got != want {
			t.Errorf("%s: %d, want %d", address, got, want)
		}
	}
	if code := s.do(http.MethodPut, place, strings.Repeat("x", draftLimit+1)).Code; code != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", code)
	}
	if code := s.do(http.MethodPut, place, "").Code; code != http.StatusBadRequest && code != http.StatusUnprocessableEntity {
		t.Errorf("empty: %d", code)
	}
	if code := s.do(http.MethodDelete, place, "").Code; code != http.StatusNoContent {
		t.Errorf("forget: %d", code)
	}
	if code := s.get(place).Code; code != http.StatusNotFound {
		t.Errorf("forgotten: %d", code)
	}
}
