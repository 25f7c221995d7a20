package server

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// memory keeps responses in memory, by the rules that the store obeys.
type memory struct {
	mu     sync.Mutex
	waves  map[string]*store.LiveWave
	codes  map[string]*fieldwork.Code
	slugs  map[string]string // wave of a code
	stored map[string]kept
	drafts map[string][]byte
	broken error // what every call fails with, when set
}

type kept struct {
	content    [sha256.Size]byte
	submission store.Submission
	anonymous  string
	attributed string
}

func (m *memory) Wave(_ context.Context, slug string) (*store.LiveWave, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return nil, m.broken
	}
	if wave := m.waves[slug]; wave != nil {
		return wave, nil
	}
	return nil, failure.New(failure.NotFound, "error.unknown_wave", "slug", slug)
}

func (m *memory) KeepDraft(_ context.Context, wave *store.LiveWave, id string, data []byte) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drafts[wave.Slug+" "+id] = slices.Clone(data)
	return "2026-03-15", m.broken
}

func (m *memory) Draft(_ context.Context, wave *store.LiveWave, id string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if data, known := m.drafts[wave.Slug+" "+id]; known {
		return data, m.broken
	}
	return nil, failure.New(failure.NotFound, "error.unknown_draft")
}

func (m *memory) ForgetDraft(_ context.Context, wave *store.LiveWave, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.drafts, wave.Slug+" "+id)
	return m.broken
}

// asides are the drafts that were put aside, by wave and id.
func (m *memory) asides() map[string][]byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.drafts)
}

func (m *memory) OpenWaves(context.Context) ([]*store.LiveWave, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var open []*store.LiveWave
	for _, slug := range slices.Sorted(maps.Keys(m.waves)) {
		if m.waves[slug].State == fieldwork.Open {
			open = append(open, m.waves[slug])
		}
	}
	return open, m.broken
}

func (m *memory) Code(ctx context.Context, code string) (*fieldwork.Code, *store.LiveWave, error) {
	m.mu.Lock()
	found := m.codes[response.Plain(code)]
	slug := m.slugs[response.Plain(code)]
	m.mu.Unlock()
	if found == nil {
		return nil, nil, failure.New(failure.NotFound, "error.unknown_code")
	}
	wave, err := m.Wave(ctx, slug)
	return found, wave, err
}

func (m *memory) Repeated(_ context.Context, _ *store.LiveWave, id string, content [sha256.Size]byte) (store.Outcome, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.repeated(id, content)
}

func (m *memory) repeated(id string, content [sha256.Size]byte) (store.Outcome, bool, error) {
	one, known := m.stored[id]
	switch {
	case !known:
		return store.Outcome{}, false, m.broken
	case one.content != content:
		return store.Outcome{}, false, failure.New(failure.Conflict, "error.other_content")
	}
	outcome := store.Outcome{Repeated: true, Receipt: response.Receipt(id)}
	if one.attributed != "{}" {
		outcome.StatementReceipt = response.StatementReceipt(id)
	}
	return outcome, true, nil
}

func (m *memory) Accept(_ context.Context, wave *store.LiveWave, submission store.Submission) (store.Outcome, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	outcome, repeated, err := m.repeated(submission.ID, response.ContentHash(submission.Fields))
	if repeated || err != nil {
		return outcome, err
	}
	if submission.Code != "" {
		code := m.codes[response.Plain(submission.Code)]
		if code == nil || code.Used || m.slugs[response.Plain(submission.Code)] != wave.Slug {
			return store.Outcome{}, failure.New(failure.Invalid, "respondent.problem.bad_code")
		}
		code.Used = !code.Shared
	}
	one := kept{content: response.ContentHash(submission.Fields), submission: submission,
		anonymous:  string(submission.Answers.AppendJSON(nil, response.Anonymous)),
		attributed: string(submission.Answers.AppendJSON(nil, response.Attributed))}
	m.stored[submission.ID] = one
	outcome = store.Outcome{Receipt: response.Receipt(submission.ID)}
	if submission.Answers.Any(response.Attributed) {
		outcome.StatementReceipt = response.StatementReceipt(submission.ID)
	}
	return outcome, nil
}

func (m *memory) Media(_ context.Context, hash string) (*store.Media, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, wave := range m.waves {
		for _, file := range wave.Version.Files {
			if file.Hash == hash {
				return &store.Media{Type: file.Type, Data: wave.Version.Content(hash)}, m.broken
			}
		}
	}
	return nil, failure.New(failure.NotFound, "error.not_found")
}

func (m *memory) Withdraw(_ context.Context, receipt string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id := range m.stored {
		if response.ReceiptHash(response.Receipt(id)) == response.ReceiptHash(receipt) {
			delete(m.stored, id)
			return nil
		}
	}
	return failure.New(failure.NotFound, "error.unknown_receipt")
}

// only returns the one response that is stored.
func (m *memory) only(t *testing.T) kept {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.stored) != 1 {
		t.Fatalf("%d responses are stored, not one", len(m.stored))
	}
	for _, one := range m.stored {
		return one
	}
	panic("unreachable")
}

// today is the day on which the tests play.
func today() time.Time { return time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC) }

// testServer is a server over memory with the real surveys, words, templates
// and assets.
type testServer struct {
	*Server
	memory *memory
	now    time.Time
}

func newEmptyServer(t testing.TB, change ...func(*Config)) *testServer {
	t.Helper()
	catalogue, err := allWords()
	if err != nil {
		t.Fatal(err)
	}
	s := &testServer{now: today(), memory: &memory{waves: map[string]*store.LiveWave{}, codes: map[string]*fieldwork.Code{},
		slugs: map[string]string{}, stored: map[string]kept{}, drafts: map[string][]byte{}}}
	config := Config{
		Waves: s.memory, Catalogue: catalogue, Now: func() time.Time { return s.now },
		Templates: os.DirFS("../../web/templates"), Assets: os.DirFS("../../web/assets"), Vendor: os.DirFS("../../web/vendor"),
	}
	for _, one := range change {
		one(&config)
	}
	if s.Server, err = New(config); err != nil {
		t.Fatal(err)
	}
	return s
}

// newTestServer is a server with three of the shipped surveys open.
func newTestServer(t testing.TB, change ...func(*Config)) *testServer {
	t.Helper()
	s := newEmptyServer(t, change...)
	for _, id := range []string{"families", "schools", "youth_services"} {
		s.open(t, strings.ReplaceAll(id, "_", "-"), shipped(t, id))
	}
	return s
}

// allWords are read once, as nothing changes them.
var allWords = sync.OnceValues(func() (*i18n.Catalogue, error) { return i18n.Load(os.DirFS("../../locales")) })

// versions are the shipped surveys that tests have asked for. Reading one takes
// longer than most tests, and a version never changes.
var versions sync.Map // by id: func() (*survey.Version, error)

func shipped(t testing.TB, id string) *survey.Version {
	t.Helper()
	read, _ := versions.LoadOrStore(id, sync.OnceValues(func() (*survey.Version, error) {
		read, findings, err := survey.ReadDir(os.DirFS("../../surveys"), id)
		if err != nil || findings.Fatal() {
			return nil, fmt.Errorf("read survey %s: %w", id, errors.Join(err, findings))
		}
		version, findings := survey.Compile(read)
		if version == nil {
			return nil, fmt.Errorf("compile survey %s: %w", id, findings)
		}
		return version, nil
	}))
	version, err := read.(func() (*survey.Version, error))()
	if err != nil {
		t.Fatal(err)
	}
	return version
}

func compiled(t testing.TB, read *survey.Survey) *survey.Version {
	t.Helper()
	version, findings := survey.Compile(read)
	if version == nil {
		t.Fatalf("compile survey: %v", findings)
	}
	return version
}

// fromYAML makes a version of a survey written in a test.
func fromYAML(t testing.TB, text string) *survey.Version {
	t.Helper()
	read, findings := survey.ReadYAML("test.yaml", []byte(text))
	if findings.Fatal() {
		t.Fatalf("read survey: %v", findings)
	}
	return compiled(t, read)
}

func (s *testServer) open(t testing.TB, slug string, version *survey.Version) *store.LiveWave {
	t.Helper()
	wave := &store.LiveWave{Version: version, Wave: fieldwork.Wave{ID: "wave-" + slug, Slug: slug, SurveyID: version.ID,
		SurveyHash: version.Hash, State: fieldwork.Open, Opened: "2026-03-01", Until: "2026-03-31", K: 5,
		Purpose: "Bedarfe kennen", Contact: "bildung@example.org", Retention: "2027-12-31"}}
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	s.memory.waves[slug] = wave
	return wave
}

// change replaces a wave by a changed copy, as the store does.
func (s *testServer) change(slug string, how func(*store.LiveWave)) {
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	copied := *s.memory.waves[slug]
	how(&copied)
	s.memory.waves[slug] = &copied
}

func (s *testServer) code(text, slug string, carried fieldwork.Carried) *fieldwork.Code {
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	code := &fieldwork.Code{WaveID: s.memory.waves[slug].ID, Carried: carried}
	s.memory.codes[response.Plain(text)], s.memory.slugs[response.Plain(text)] = code, slug
	return code
}

// do sends one request; headers alternate name and value.
func (s *testServer) do(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, request)
	return recorder
}

// get asks for a page in plain text.
func (s *testServer) get(target string, headers ...string) *httptest.ResponseRecorder {
	return s.do(http.MethodGet, target, "", headers...)
}

const formType = "application/x-www-form-urlencoded"

// post sends a form as a browser without JavaScript does.
func (s *testServer) post(slug string, values url.Values, headers ...string) *httptest.ResponseRecorder {
	return s.do(http.MethodPost, "/s/"+slug, values.Encode(), append([]string{"Content-Type", formType}, headers...)...)
}

// send posts as the document's script does.
func (s *testServer) send(slug string, values url.Values, headers ...string) *httptest.ResponseRecorder {
	return s.post(slug, values, append([]string{"Accept", "application/json"}, headers...)...)
}

// carriedNothing is what a code carries that only lets its holder in.
var carriedNothing = fieldwork.Carried{}

func sameJSON(t *testing.T, got, want string) bool {
	t.Helper()
	var left, right any
	if err := json.Unmarshal([]byte(got), &left); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &right); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(left, right)
}
