package notify_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/notify"
)

// TestReadBounces reads reports in the forms in which common servers write them.
func TestReadBounces(t *testing.T) {
	for file, want := range map[string][]notify.Bounce{
		"postfix.eml":   {{Address: "sekretariat@schule.example", Message: "abc-1@umfrage.example.org", Final: true, Dead: true, Reason: "550 5.1.1 <sekretariat@schule.example>: Recipient address rejected: User unknown"}},
		"exchange.eml":  {{Address: "Info@Schule.example", Message: "abc-2@umfrage.example.org", Final: true, Reason: "552 5.2.2 mailbox full"}},
		"delayed.eml":   {{Address: "kita@example.net", Message: "", Final: false, Reason: "4.4.1"}},
		"forwarded.eml": {{Address: "sekretariat@schule.example", Message: "abc-1@umfrage.example.org", Final: true, Dead: true, Reason: "550 5.1.1 User unknown"}},
	} {
		content, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		for ends, text := range map[string]string{"LF": string(content), "CRLF": strings.ReplaceAll(string(content), "\n", "\r\n"), "pasted": "\n\n  " + string(content)} {
			got, err := notify.ReadBounces(strings.NewReader(text))
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s (%s): %+v, %v", file, ends, got, err)
			}
		}
	}
}

func TestReadNoBounces(t *testing.T) {
	delivered := "Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a\n\nFinal-Recipient: rfc822; a@b.de\nAction: delivered\nStatus: 2.0.0\n\n--x--\n"
	nested := strings.Repeat("Content-Type: message/rfc822\n\n", 50)
	for what, text := range map[string]string{"nothing": "", "a letter": "Subject: Abwesend\n\nIch bin nicht da.\n", "noise": "\x00\x01\x02", "delivered": delivered,
		"cut off": "Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n", "nested": nested,
		"another kind": strings.Replace(strings.Replace(delivered, "delivered", "failed", 1), "rfc822; a@b.de", "x400; somebody", 1)} {
		if got, err := notify.ReadBounces(strings.NewReader(text)); failure.CodeOf(err) != failure.Invalid || len(got) > 0 {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
}

func FuzzReadBounces(f *testing.F) {
	for _, file := range []string{"postfix.eml", "exchange.eml", "delayed.eml", "forwarded.eml"} {
		content, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(content))
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := notify.ReadBounces(strings.NewReader(text))
		if (err == nil) != (len(got) > 0) {
			t.Errorf("%+v, %v", got, err)
		}
		for _, one := range got {
			if _, err := notify.CheckAddress(one.Address); err != nil || !notify.OneLine(one.Reason) {
				t.Errorf("%+v: %v", one, err)
			}
		}
	})
}
