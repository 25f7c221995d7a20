package account

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// step is how long a code of the second factor is good, in seconds (RFC 6238).
const step = 30

// NewSecond makes a secret for a second factor: 160 bits in base 32, which an
// authenticator app takes (RFC 4226 §4 R6).
func NewSecond() string { return rand.Text() + rand.Text()[:6] }

// SecondAddress is what an authenticator app reads from a QR code.
func SecondAddress(name, secret string) string {
	values := url.Values{"secret": {secret}, "issuer": {"Bedarfslotse"}}
	return "otpauth://totp/" + url.PathEscape("Bedarfslotse:"+name) + "?" + values.Encode()
}

// CheckSecond returns the time step of a code of the second factor, and whether it
// is right at that time: the code of now, of the step before or of the one after,
// since clocks differ (RFC 6238 §5.2). Who takes a code in must remember its
// step and take none in of the same or an earlier one.
func CheckSecond(secret, code string, now time.Time) (at int64, right bool) {
	code = strings.Join(strings.Fields(code), "")
	for _, at = range []int64{now.Unix() / step, now.Unix()/step - 1, now.Unix()/step + 1} {
		want, err := totp.GenerateCodeCustom(secret, time.Unix(at*step, 0), totp.ValidateOpts{Period: step, Digits: otp.DigitsSix})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return at, true
		}
	}
	return 0, false
}

// spares is how many codes somebody gets for the day on which the phone is lost.
const spares = 8

// NewSpares makes codes that each stand in for the second factor once: 120 bits in
// four groups, enough that a plain hash keeps them (OWASP ASVS 5, 6.5.2).
func NewSpares() []string {
	codes := make([]string, spares)
	for at := range codes {
		text := rand.Text()
		codes[at] = text[:6] + "-" + text[6:12] + "-" + text[12:18] + "-" + text[18:24]
	}
	return codes
}

// SpareHash is what is kept of such a code, however it was typed.
func SpareHash(code string) []byte {
	plain := strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToUpper(code))
	sum := sha256.Sum256([]byte(plain))
	return sum[:]
}
