package response_test

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/response"
)

// TestReceiptIsWhatThePhoneComputes holds the receipt to an independent
// computation: sha256sum and Crockford's alphabet by hand.
//
//	printf 0123456789abcdef | sha256sum   9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f
//
// The first 80 bits, five at a time: 9f9f5111f7 → KYFN24FQ, b27a781f1f → P9X7G7RZ.
func TestReceiptIsWhatThePhoneComputes(t *testing.T) {
	const id = "0123456789abcdef"
	sum := sha256.Sum256([]byte(id))
	if got := hex.EncodeToString(sum[:10]); got != "9f9f5111f7b27a781f1f" {
		t.Fatalf("the example is wrong: %s", got)
	}
	if got := response.Receipt(id); got != "KYFN-24FQ-P9X7-G7RZ" {
		t.Errorf("receipt %s", got)
	}
	if got := response.StatementReceipt(id); got == response.Receipt(id) || got != response.Receipt("statement:"+id) {
		t.Errorf("statement's receipt %s", got)
	}
}

func TestReceiptsAreReadable(t *testing.T) {
	format := regexp.MustCompile(`^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$`)
	seen := map[string]bool{}
	for range 1000 {
		id := response.NewSubmissionID()
		receipt := response.Receipt(id)
		if !response.ValidSubmissionID(id) || !format.MatchString(receipt) || seen[receipt] {
			t.Fatalf("id %q, receipt %q", id, receipt)
		}
		seen[receipt] = true
	}
}

func TestValidSubmissionID(t *testing.T) {
	for id, want := range map[string]bool{
		strings.Repeat("x", 15): false, strings.Repeat("x", 16): true, strings.Repeat("x", 64): true, strings.Repeat("x", 65): false,
		"": false, "0123456789 abcdef": false, "0123456789abcdé0": false, "0123456789\x00abcdef": false, "!~0123456789abcdef": true,
	} {
		if response.ValidSubmissionID(id) != want {
			t.Errorf("%q: %v", id, !want)
		}
	}
}

// TestReceiptsAreForgiving: as people write things down.
func TestReceiptsAreForgiving(t *testing.T) {
	want := response.ReceiptHash("0J1K-V234-ABCD-0011")
	for _, typed := range []string{"0J1KV234ABCD0011", "0j1k v234 abcd 0011", "Oj1k-u234-abcd-ooIl", " 0J1K–V234–ABCD–0011\n", "٠J١K-V٢٣٤-ABCD-٠٠١١", "\u200e0J1K-V234-ABCD-0011"} {
		if response.ReceiptHash(typed) != want {
			t.Errorf("%q is not recognised: %s", typed, response.Plain(typed))
		}
	}
	if response.ReceiptHash("0J1K-V234-ABCD-0012") == want {
		t.Error("another receipt has the same hash")
	}
}

func TestDurationClasses(t *testing.T) {
	for seconds, want := range map[int]uint8{-5: 0, 0: 0, 1: 1, 120: 1, 121: 2, 240: 2, 241: 3, 480: 3, 481: 4, 960: 4, 961: 5, 1920: 5, 1921: 6, 1 << 40: 6} {
		if got := response.DurationClass(seconds); got != want {
			t.Errorf("%d s: class %d, want %d", seconds, got, want)
		}
	}
}

func TestControl(t *testing.T) {
	for name, want := range map[string]bool{"submission_id": true, "version": true, "lang": true, "code": true, ":day": true, ":": true,
		"": false, "age": false, "codes": false, "children[0].code": false} {
		if response.Control(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

func TestContentHash(t *testing.T) {
	base := map[string][]string{"age": {"7"}, "sources": {"tap", "well"}, "lang": {"de"}}
	same := func(change func(map[string][]string)) bool {
		changed := maps.Clone(base)
		change(changed)
		return response.ContentHash(base) == response.ContentHash(changed)
	}
	for name, one := range map[string]struct {
		want   bool
		change func(map[string][]string)
	}{
		"the id":                  {true, func(f map[string][]string) { f["submission_id"] = []string{"x"} }},
		"the document's own":      {true, func(f map[string][]string) { f[":day"] = []string{"2026-01-01"} }},
		"an empty field":          {true, func(f map[string][]string) { f["remark"] = []string{""} }},
		"ticks in another order":  {true, func(f map[string][]string) { f["sources"] = []string{"well", "tap"} }},
		"another value":           {false, func(f map[string][]string) { f["age"] = []string{"8"} }},
		"another name":            {false, func(f map[string][]string) { delete(f, "age"); f["agf"] = []string{"7"} }},
		"one more":                {false, func(f map[string][]string) { f["remark"] = []string{"x"} }},
		"one less":                {false, func(f map[string][]string) { delete(f, "age") }},
		"one tick less":           {false, func(f map[string][]string) { f["sources"] = []string{"tap"} }},
		"a value that moved over": {false, func(f map[string][]string) { f["sources"] = []string{"tap well"} }},
		"the code":                {false, func(f map[string][]string) { f["code"] = []string{"ABC"} }},
	} {
		if same(one.change) != one.want {
			t.Errorf("%s: same content is %v", name, !one.want)
		}
	}
	if len(base["sources"]) != 2 || base["sources"][0] != "tap" {
		t.Error("hashing changed the fields")
	}
}

// TestContentHashSeesOnlyContent: equal hashes exactly when the fields are
// equal but for order.
func TestContentHashSeesOnlyContent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) map[string][]string {
			return rapid.MapOfN(rapid.StringMatching(`[ab]{1,2}`), rapid.SliceOfN(rapid.StringMatching(`[ab]{1,2}`), 1, 2), 0, 3).Draw(t, label)
		}
		a, b := draw("a"), draw("b")
		equal := maps.EqualFunc(a, b, func(x, y []string) bool {
			return slices.Equal(slices.Sorted(slices.Values(x)), slices.Sorted(slices.Values(y)))
		})
		if (response.ContentHash(a) == response.ContentHash(b)) != equal {
			t.Fatalf("%v and %v: equal is %v", a, b, equal)
		}
	})
}
