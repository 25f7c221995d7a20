package account_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/account"
)

// TestCheckSecond uses the example of RFC 6238, appendix B: at 59 seconds, 94287082 of
// eight digits.
func TestCheckSecond(t *testing.T) {
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // "12345678901234567890"
	at := func(seconds int64) time.Time { return time.Unix(seconds, 0) }
	for seconds, right := range map[int64]bool{59: true, 30: true, 0: true, 89: true, 90: false, 119: false} {
		if step, got := account.CheckSecond(secret, "287 082", at(seconds)); got != right || got && step != 1 {
			t.Errorf("at %d: %v, step %d", seconds, got, step)
		}
	}
	for _, wrong := range []string{"", "28708", "287083", "2870820", "٢٨٧٠٨٢x"} {
		if _, got := account.CheckSecond(secret, wrong, at(59)); got {
			t.Errorf("%q is right", wrong)
		}
	}
	if _, got := account.CheckSecond("not base 32!", "287082", at(59)); got {
		t.Error("a broken secret lets in")
	}
	one, other := account.NewSecond(), account.NewSecond()
	if one == other || len(one) != 32 || strings.Trim(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		t.Errorf("secrets %s %s", one, other)
	}
	if got := account.SecondAddress("anna b", one); got != "otpauth://totp/Bedarfslotse:anna%20b?issuer=Bedarfslotse&secret="+one {
		t.Errorf("the address is %s", got)
	}
}

func TestSpares(t *testing.T) {
	seen := map[string]bool{}
	for _, code := range account.NewSpares() {
		if len(code) != 27 || seen[code] {
			t.Errorf("the code %s", code)
		}
		seen[code] = true
		if !bytes.Equal(account.SpareHash(code), account.SpareHash(" "+strings.ToLower(strings.ReplaceAll(code, "-", " ")))) {
			t.Errorf("%s typed otherwise is another", code)
		}
	}
	if len(seen) != 8 {
		t.Errorf("%d codes", len(seen))
	}
}
