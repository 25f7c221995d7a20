package coding

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/failure"
)

const quoted = "Mehr Deutschkurse am Abend.\nFrau Müller hilft sehr, Tel. 0176 1234567. Es ist nicht unfreundlich, Amal kommt gern."

// quotedMarks takes Amal out and lets the name of the helper stand.
func quotedMarks(t testing.TB) []Mark {
	t.Helper()
	at := strings.Index(quoted, "Amal")
	name := strings.Index(quoted, "Müller")
	marks, err := CheckMarks(quoted, []Mark{{Span{at, at + len("Amal")}, true}, {Span{name, name + len("Müller")}, false}})
	if err != nil {
		t.Fatal(err)
	}
	return marks
}

func TestQuotable(t *testing.T) {
	want := "Mehr Deutschkurse am Abend.\nFrau […] hilft sehr, Tel. […]. Es ist nicht unfreundlich, […] kommt gern."
	if got := Quotable(quoted, quotedMarks(t)); got != want {
		t.Errorf("%q", got)
	}
}

// TestQuoteCheck: what a quote may say, and what it is refused for.
func TestQuoteCheck(t *testing.T) {
	for body, want := range map[string]string{
		"Mehr Deutschkurse am Abend.":                                "",
		"Deutschkurse am Abend":                                      "",
		"Mehr Deutschkurse am Abend. Frau [Name] hilft sehr":         "",
		"Mehr Deutschkurse am [...]. Es ist nicht unfreundlich":      "",
		"[ … ] hilft sehr, Tel. [Nummer]. Es ist nicht unfreundlich": "",
		" Mehr\r\nDeutschkurse ":                                     "",
		"":                                                           "error.quote_empty",
		"[…] [Name] .":                                               "error.quote_empty",
		"Mehr Sportkurse":                                            "error.quote_not_of_text",
		"Mehr Deutschkurse hilft sehr":                               "error.quote_not_of_text",
		"Es ist […] Mehr Deutschkurse":                               "error.quote_not_of_text",
		"Es ist nicht un[…]":                                         "error.quote_not_of_text",
		"ist […] freundlich":                                         "error.quote_not_of_text",
		"kommt gern. kommt gern.":                                    "error.quote_not_of_text",
		"Frau Müller hilft sehr":                                     "error.quote_suspect",
		"Müller hilft sehr":                                          "error.quote_suspect",
		"hilft sehr, Tel. 0176 1234567":                              "error.quote_suspect",
		"[Amal] kommt gern":                                          "error.quote_suspect",
		"[amal@example.org] kommt gern":                              "error.quote_suspect",
		"[" + strings.Repeat("x", maxReplacement+1) + "] kommt gern": "error.quote_replacement",
		"kommt gern" + strings.Repeat(" […]", MaxQuote/4):            "error.quote_length",
	} {
		err := Quote{Body: body, Language: "de-simple", Translation: "unnötig"}.Tidy().Check(quoted, quotedMarks(t))
		got := ""
		if err != nil {
			got = failure.As(err).Key
		}
		if got != want {
			t.Errorf("%q: %v, want %q", body, err, want)
		}
	}
}

func TestQuoteTranslation(t *testing.T) {
	const arabic = "نريد دروسا في المساء، اسمي أمل"
	for translation, want := range map[string]string{
		"Wir wollen Unterricht am Abend": "", " ": "error.quote_translation", "[…]": "error.quote_translation",
		"Wir wollen Unterricht, ich heiße Amal": "error.quote_suspect", "Unterricht, sagt أمل": "error.quote_suspect",
		strings.Repeat("x", MaxQuoteTranslation+1): "error.translation_length",
	} {
		err := Quote{Body: "نريد دروسا في المساء", Language: "ar", Translation: translation}.Tidy().Check(arabic, nil)
		got := ""
		if err != nil {
			got = failure.As(err).Key
		}
		if got != want {
			t.Errorf("%q: %v, want %q", translation, err, want)
		}
	}
	if tidy := (Quote{Body: "a", Language: "de-simple", Translation: "b"}).Tidy(); tidy.Translation != "" {
		t.Errorf("German is translated into German: %+v", tidy)
	}
	if !(Quote{Language: "en"}).Foreign() || (Quote{Language: "de"}).Foreign() {
		t.Error("what is foreign?")
	}
}

func TestQuoteBlackOut(t *testing.T) {
	q := Quote{Body: "am Abend und am Abend"}
	if got, err := q.BlackOut(" Abend "); err != nil || got.Body != "am […] und am […]" {
		t.Errorf("%q, %v", got.Body, err)
	}
	if got, err := q.BlackOut(""); err != nil || got != q {
		t.Errorf("%q, %v", got.Body, err)
	}
	_, err := q.BlackOut("Morgen")
	wantCode(t, "what is not there", err, failure.Invalid)
}

// TestQuotableMayBeQuoted: whatever the text, what is left of it passes, or has
// nothing to say, or what is left points at somebody only now; and nothing that
// passes holds what was taken out.
func TestQuotableMayBeQuoted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := mixed(t)
		var marks []Mark
		for _, one := range Suspects(text) {
			if rapid.Bool().Draw(t, "said") {
				marks = append(marks, Mark{one.Span, rapid.Bool().Draw(t, "redact")})
			}
		}
		quote := Quote{Body: Quotable(text, marks), Language: "de"}.Tidy()
		err := quote.Check(text, marks)
		if err != nil {
			return
		}
		for _, one := range Suspects(text) {
			if secret := text[one.From:one.To]; len(secret) >= 8 && strings.Contains(quote.Body, secret) {
				t.Fatalf("%q holds %q of %q", quote.Body, secret, text)
			}
		}
	})
}

func TestAgreed(t *testing.T) {
	for want, given := range map[string][]Tags{
		"":    nil,
		"a b": {NewTags("a", "b")},
		"a":   {NewTags("a", "b"), NewTags("a", "c")},
		"b c": {NewTags("a", "b"), NewTags("b", "c"), NewTags("c")},
	} {
		if got := Agreed(given).String(); got != want {
			t.Errorf("%v: %q, want %q", given, got, want)
		}
	}
}
