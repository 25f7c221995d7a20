package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
)

const goodID = "0123456789abcdef0123456789abcdef"

// family is a good response to the families survey, with changes: each pair
// replaces one control's values; "" takes it away.
func family(pairs ...string) url.Values {
	values := url.Values{"submission_id": {goodID}, "respondent": {"parent"}, "child_ages": {"age_3_5", "age_6_9"},
		"imp_language_support": {"5"}, "most_helpful": {"Zeit"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Del(pairs[i])
		if pairs[i+1] != "" {
			values.Set(pairs[i], pairs[i+1])
		}
	}
	return values
}

func TestSend(t *testing.T) {
	for name, test := range map[string]struct {
		values url.Values
		before func(*testServer)
		status int
		about  string // the control that the first problem names
	}{
		"good":                       {values: family(), status: 201},
		"good with version number":   {values: family("version", "1"), status: 201},
		"good in Arabic digits":      {values: family("lang", "ar", ":day", "٢٠٢٦-٠٣-٠٩", ":duration", "١٢"), status: 201},
		"good with unknown controls": {values: family(":honey", "", ":future", "x"), status: 201},
		"in the days of grace":       {values: family(), before: func(s *testServer) { s.now = s.now.AddDate(0, 0, 25) }, status: 201},
		"after the days of grace":    {values: family(), before: func(s *testServer) { s.now = s.now.AddDate(0, 0, 40) }, status: 410},
		"closed": {values: family(), before: func(s *testServer) {
			s.change("families", func(w *store.LiveWave) { w.State = fieldwork.Closed })
		}, status: 410},
		"no id":             {values: family("submission_id", ""), status: 422, about: "submission_id"},
		"short id":          {values: family("submission_id", "short"), status: 422, about: "submission_id"},
		"other version":     {values: family("version", "2"), status: 422, about: "version"},
		"unknown language":  {values: family("lang", "xx"), status: 422, about: "lang"},
		"unknown question":  {values: family("shoe_size", "42"), status: 422, about: "shoe_size"},
		"wrong choice":      {values: family("respondent", "neighbour"), status: 422, about: "respondent"},
		"missing answer":    {values: family("child_ages", ""), status: 422, about: "child_ages"},
		"constraint":        {values: func() url.Values { v := family(); v.Add("child_ages", "prefer_not_to_say"); return v }(), status: 422, about: "child_ages"},
		"invalid UTF-8":     {values: family("most_helpful", "a\xffb"), status: 422, about: "most_helpful"},
		"NUL byte":          {values: family("most_helpful", "a\x00b"), status: 422, about: "most_helpful"},
		"endless text":      {values: family("most_helpful", strings.Repeat("x", response.MaxText+1)), status: 422, about: "most_helpful"},
		"unknown code":      {values: family("code", "NOSUC-HCODE"), status: 422, about: "code"},
		"broken name":       {values: family("a\xff\x00[", "1"), status: 422},
		"absurd index":      {values: family("offers[99999999999999999999].x", "1"), status: 422},
		"store unavailable": {values: family(), before: func(s *testServer) { s.memory.broken = failure.New(failure.Unavailable, "error.unavailable") }, status: 503},
		"store broken":      {values: family(), before: func(s *testServer) { s.memory.broken = errors.New("disk on fire") }, status: 500},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTestServer(t)
			if test.before != nil {
				test.before(s)
			}
			answer := s.send("families", test.values)
			if answer.Code != test.status {
				t.Fatalf("status %d, want %d: %s", answer.Code, test.status, answer.Body)
			}
			if stored := len(s.memory.stored); (stored == 1) != (test.status == 201) {
				t.Errorf("%d responses stored", stored)
			}
			var told struct {
				Receipt string
				Errors  []problem
				Error   struct{ Code, Message string }
			}
			if err := json.Unmarshal(answer.Body.Bytes(), &told); err != nil {
				t.Fatal(err)
			}
			switch {
			case test.status == 201 && told.Receipt != response.Receipt(goodID):
				t.Errorf("receipt %q", told.Receipt)
			case test.status == 422 && (len(told.Errors) == 0 || told.Errors[0].Message == ""):
				t.Errorf("nothing said: %s", answer.Body)
			case test.about != "" && told.Errors[0].Name != test.about:
				t.Errorf("the problem is at %q, want %q", told.Errors[0].Name, test.about)
			case test.status != 201 && test.status != 422 && (told.Error.Message == "" || strings.Contains(answer.Body.String(), "fire")):
				t.Errorf("said: %s", answer.Body)
			}
		})
	}
}

func TestSendTwice(t *testing.T) {
	s := newTestServer(t)
	code := s.code("ABCDE-FGHJK", "families", fieldwork.Carried{Area: "bochum"})
	values := family("code", "abcde-fghjk")
	if answer := s.send("families", values); answer.Code != 201 || !code.Used {
		t.Fatalf("first: %d %s", answer.Code, answer.Body)
	}
	s.now = s.now.AddDate(1, 0, 0) // the wave is over and the code used: still all is well
	again := s.send("families", values)
	if again.Code != 200 || !strings.Contains(again.Body.String(), response.Receipt(goodID)) {
		t.Errorf("again: %d %s", again.Code, again.Body)
	}
	s.now = today()
	if other := s.send("families", family("code", "abcde-fghjk", "respondent", "other")); other.Code != 409 {
		t.Errorf("other content: %d %s", other.Code, other.Body)
	}
	if other := s.send("families", family("code", "abcde-fghjk", "submission_id", goodID+"2")); other.Code != 422 {
		t.Errorf("used code: %d %s", other.Code, other.Body)
	}
}

func TestSendDropsAndSeparates(t *testing.T) {
	s := newTestServer(t)
	values := url.Values{"submission_id": {goodID}, "role": {"teacher"}, "pupil_numbers_consent": {"on"},
		"pupils_primary": {"۱۲"}, "school_name": {"Schule am See"}, ":institution": {"Schule am See"}, ":duration": {"250"}}
	answer := s.send("schools", values)
	if answer.Code != 201 || !strings.Contains(answer.Body.String(), response.StatementReceipt(goodID)) {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	one := s.memory.only(t)
	if strings.Contains(one.anonymous, "See") || strings.Contains(one.anonymous, "pupils") {
		t.Errorf("the anonymous record holds attributed answers: %s", one.anonymous)
	}
	if !strings.Contains(one.attributed, `"pupils_primary":"12"`) {
		t.Errorf("attributed: %s", one.attributed)
	}
	if one.submission.Institution != "Schule am See" || one.submission.Duration != 3 || one.submission.Language != "de" {
		t.Errorf("submission %q %d %q", one.submission.Institution, one.submission.Duration, one.submission.Language)
	}

	values.Del("pupil_numbers_consent")
	values.Set("submission_id", goodID+"2")
	if answer = s.send("schools", values); answer.Code != 201 || strings.Contains(answer.Body.String(), "statement") {
		t.Errorf("without consent: %d %s", answer.Code, answer.Body)
	}
	if kept := s.memory.stored[goodID+"2"].attributed; kept != "{}" {
		t.Errorf("without consent the record holds %s", kept)
	}
}

func TestBodies(t *testing.T) {
	s := newTestServer(t)
	large := "most_helpful=" + strings.Repeat("x", bodyLimit)
	for name, test := range map[string]struct {
		body, kind string
		status     int
	}{
		"too large":       {large, formType, 413},
		"10 MB":           {strings.Repeat("x", 10<<20), formType, 413},
		"too many fields": {strings.Repeat("a=1&", maxFields), formType, 413},
		"broken escape":   {"a=%zz", formType, 422},
		"semicolons":      {"a=1;b=2", formType, 422},
		"JSON":            {"{}", "application/json", 422},
		"multipart":       {"--x", "multipart/form-data; boundary=x", 422},
		"empty":           {"", formType, 422},
	} {
		for face, accept := range map[string]string{"JSON": "application/json", "HTML": "text/html"} {
			t.Run(name+" "+face, func(t *testing.T) {
				answer := s.do(http.MethodPost, "/s/families", test.body, "Content-Type", test.kind, "Accept", accept)
				if answer.Code != test.status {
					t.Fatalf("status %d, want %d: %.300s", answer.Code, test.status, answer.Body)
				}
				if got := answer.Header().Get("Content-Type"); !strings.Contains(strings.ToLower(got), strings.ToLower(face)) {
					t.Errorf("content type %q", got)
				}
			})
		}
	}
}

// TestChunkedBody sends a body without a length, over a real connection: the
// sender must get to read the answer.
func TestChunkedBody(t *testing.T) {
	s := newTestServer(t)
	address := listen(t, s)
	body := struct{ *bytes.Reader }{bytes.NewReader(bytes.Repeat([]byte("x"), 10<<20))} // hides its length
	answer, err := http.Post(address+"/s/families", formType, body)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }() // read to its end or not, the test is over
	if answer.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", answer.StatusCode)
	}
}

func TestRateLimit(t *testing.T) {
	s := newTestServer(t, func(c *Config) {
		c.RateLimit = 2
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	})
	send := func(from string) int {
		return s.send("families", family(), "X-Forwarded-For", "6.6.6.6, "+from).Code
	}
	for i, want := range []int{201, 200, 429} {
		if got := send("198.51.100.1"); got != want {
			t.Errorf("attempt %d: %d, want %d", i, got, want)
		}
	}
	if got := send("198.51.100.2"); got != 200 {
		t.Errorf("another address: %d", got)
	}
	answer := s.send("families", family(), "X-Forwarded-For", "198.51.100.1")
	if answer.Code != 429 || answer.Header().Get("Retry-After") != "300" {
		t.Errorf("%d, retry after %q", answer.Code, answer.Header().Get("Retry-After"))
	}
	s.now = s.now.Add(window / 2)
	if got := send("198.51.100.1"); got != 200 {
		t.Errorf("after half the window: %d", got)
	}
}

var submissionIDInput = regexp.MustCompile(`name="submission_id" value="([^"]+)"`)

// TestWithoutJavaScript goes the whole way: a mistake, mended, looked over,
// changed, sent, and sent again by a reload.
func TestWithoutJavaScript(t *testing.T) {
	s := newTestServer(t)
	values := family("submission_id", "", "child_ages", "", "lang", "de", "state_early_childhood", "2")
	answer := s.post("families", values)
	page := answer.Body.String()
	expect(t, answer.Code, 422, page, `role="alert"`, `href="#c-child_ages"`, `id="p-child_ages"`, `>Zeit</textarea>`,
		`value="parent" id="c-respondent" checked`)

	values.Set("child_ages", "age_6_9") // now the day care question does not apply
	answer = s.post("families", values)
	page = answer.Body.String()
	expect(t, answer.Code, 200, page, "6 bis 9 Jahre", "Zeit", "Das wird nicht abgeschickt", `name=":confirm"`)
	if dropped := page[strings.Index(page, "Das wird nicht abgeschickt"):]; !strings.Contains(dropped, "Kita") {
		t.Error("the dropped answer is not listed")
	}
	id := submissionIDInput.FindStringSubmatch(page)
	if id == nil || len(s.memory.stored) != 0 {
		t.Fatalf("id %q, %d stored", id, len(s.memory.stored))
	}
	values.Set("submission_id", id[1])

	values.Set(":edit", "1")
	answer = s.post("families", values)
	expect(t, answer.Code, 200, answer.Body.String(), `>Zeit</textarea>`, `value="age_6_9" checked`)
	values.Del(":edit")

	values.Set(":confirm", "1")
	answer = s.post("families", values)
	expect(t, answer.Code, 201, answer.Body.String(), response.Receipt(id[1]), "Danke")
	answer = s.post("families", values)
	expect(t, answer.Code, 200, answer.Body.String(), response.Receipt(id[1]))
	if stored := s.memory.only(t).anonymous; strings.Contains(stored, "state_early_childhood") {
		t.Errorf("stored what does not apply: %s", stored)
	}
	values.Set("most_helpful", "etwas anderes")
	answer = s.post("families", values)
	expect(t, answer.Code, 409, answer.Body.String(), "Unter dieser Nummer")
}

func TestRepeatsWithoutJavaScript(t *testing.T) {
	s := newTestServer(t)
	values := url.Values{"institution_consent": {"OK"}, "offers[0].offer_title": {"Sprachcafé"}, ":add": {"offers"}}
	answer := s.post("youth-services", values)
	page := answer.Body.String()
	expect(t, answer.Code, 200, page, `value="Sprachcafé"`, `name="offers[1].offer_title" type="text" dir="auto" value="" autofocus`)
	if strings.Contains(page, `name="offers[2].`) || strings.Contains(page, `role="alert"`) {
		t.Error("more than one instance added, or a problem shown")
	}

	values = url.Values{"offers[0].offer_title": {"A"}, "offers[1].offer_title": {""}, "offers[2].offer_title": {"C"},
		"offers[3].offer_title": {"D"}, ":remove": {"offers[0]"}, "institution_consent": {"OK"}}
	page = s.post("youth-services", values).Body.String()
	for _, want := range []string{`name="offers[0].offer_title" type="text" dir="auto" value="C"`, `name="offers[1].offer_title" type="text" dir="auto" value="D"`} {
		if !strings.Contains(page, want) {
			t.Errorf("after removing, the page lacks %s", want)
		}
	}
	if strings.Contains(page, `value="A"`) || strings.Contains(page, "offers[2].") {
		t.Error("the removed instance is still there")
	}

	// A problem in an instance behind a gap is shown where the value is.
	values = url.Values{"offers[1].offer_places": {"viele"}, "offers[1].offer_title": {"B"}, "institution_consent": {"OK"}, "role": {"x"}}
	page = s.post("youth-services", values).Body.String()
	if !strings.Contains(page, `id="p-offers[0].offer_places"`) || !strings.Contains(page, `value="viele"`) {
		t.Error("problem and value do not stand at the same control")
	}
}

func TestCode(t *testing.T) {
	s := newTestServer(t, func(c *Config) {
		c.AreaName = func(string) string { return "Bochum-Mitte" }
	})
	code := s.code("ABCDE-FGHJK", "families", fieldwork.Carried{Area: "mitte", InstitutionType: "primary_school"})
	if answer := s.get("/q/ABCDE-FGHJK", "Accept-Language", "uk"); answer.Code != 302 || answer.Header().Get("Location") != "/q/ABCDE-FGHJK?lang=uk" {
		t.Errorf("%d %s", answer.Code, answer.Header().Get("Location"))
	}
	answer := s.get("/q/ABCDE-FGHJK?lang=de")
	expect(t, answer.Code, 200, answer.Body.String(), `name="code" value="ABCDE-FGHJK"`, "Bochum-Mitte", `href="/q/ABCDE-FGHJK?lang=ar"`)
	if got := answer.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("cache control %q", got)
	}
	answer = s.post("families", family("submission_id", "", "code", "ABCDE-FGHJK"))
	expect(t, answer.Code, 200, answer.Body.String(), `name="code" value="ABCDE-FGHJK"`)
	code.Used = true
	answer = s.post("families", family("submission_id", "", "code", "ABCDE-FGHJK"))
	expect(t, answer.Code, 422, answer.Body.String(), "gilt nicht oder wurde schon benutzt")
	answer = s.get("/q/ABCDE-FGHJK?lang=de")
	expect(t, answer.Code, 410, answer.Body.String(), "schon geantwortet")
	answer = s.get("/q/WRONG", "Accept-Language", "tr")
	expect(t, answer.Code, 404, answer.Body.String(), "Bu erişim kodunu tanımıyoruz")
}

func expect(t *testing.T, got, want int, page string, contains ...string) {
	t.Helper()
	if got != want {
		t.Errorf("status %d, want %d", got, want)
	}
	for _, one := range contains {
		if !strings.Contains(page, one) {
			t.Errorf("the page lacks %q", one)
		}
	}
	if t.Failed() && testing.Verbose() {
		t.Log(page)
	}
}

func FuzzPost(f *testing.F) {
	s := newTestServer(f)
	f.Add("submission_id=0123456789abcdef&child_ages=age_3_5", true)
	f.Add("institution_consent=1&offers[0].offer_title=x&offers[7].offer_places=%D9%A1&:add=offers", false)
	f.Add("offers[0].offers[0].offer_title=x&:remove=offers[0]&:edit=1", false)
	f.Add("a=%00&b=%ff&[=]&].=[&:add=[&:remove=]", false)
	f.Fuzz(func(t *testing.T, body string, script bool) {
		headers := []string{"Content-Type", formType}
		if script {
			headers = append(headers, "Accept", "application/json")
		}
		for _, slug := range []string{"families", "youth-services"} {
			answer := s.do(http.MethodPost, "/s/"+slug, body, headers...)
			if answer.Code >= 500 || answer.Body.Len() == 0 {
				t.Fatalf("%s: status %d for %q", slug, answer.Code, body)
			}
		}
	})
}

// TestStatementsNeedAnInstitution: what is given in nobody's name is of no use.
func TestStatementsNeedAnInstitution(t *testing.T) {
	s := newTestServer(t)
	s.open(t, "schools", shipped(t, "schools"))
	values := url.Values{"submission_id": {"statement-0000000001"}, "role": {"teacher"}, "pupil_numbers_consent": {"OK"}, "pupils_primary": {"12"}}
	answer := s.send("schools", values)
	if answer.Code != http.StatusUnprocessableEntity || !strings.Contains(answer.Body.String(), `"name":"school_name"`) {
		t.Fatalf("without a name: %d %s", answer.Code, answer.Body)
	}
	values.Set("school_name", "Grundschule am Park")
	if answer := s.send("schools", values); answer.Code != http.StatusCreated {
		t.Fatalf("with a name: %d %s", answer.Code, answer.Body)
	}
}

// TestHostileNamesAndCodes: a name of a hundred thousand levels is refused
// without being taken apart, and a code that is no text is no missing code.
func TestHostileNamesAndCodes(t *testing.T) {
	s := newTestServer(t)
	deep := family()
	deep.Set("submission_id", "hostile-000000000001")
	deep.Set(strings.Repeat("a[0].", 100_000)+"x", "1")
	if answer := s.send("families", deep); answer.Code != http.StatusUnprocessableEntity {
		t.Errorf("a deep name: %d", answer.Code)
	}
	for _, codes := range [][]string{{"\x00"}, {"\xff"}, {"ABC\x00"}, {"", "ABCDE-FGHJK"}} {
		values := family()
		values.Set("submission_id", "hostile-000000000002")
		values["code"] = codes
		if answer := s.send("families", values); answer.Code != http.StatusUnprocessableEntity || !strings.Contains(answer.Body.String(), `"name":"code"`) {
			t.Errorf("codes %q: %d %s", codes, answer.Code, answer.Body)
		}
	}
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	if len(s.memory.stored) != 0 {
		t.Errorf("%d responses stored", len(s.memory.stored))
	}
}
