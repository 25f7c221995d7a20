package response

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"
)

// alphabet is Douglas Crockford's base 32: no I, L, O or U to be misread.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// ValidSubmissionID tells whether an id has 16 to 64 visible ASCII characters.
func ValidSubmissionID(id string) bool {
	if len(id) < 16 || len(id) > 64 {
		return false
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return false
		}
	}
	return true
}

// NewSubmissionID makes an id of 128 random bits, for documents without
// JavaScript and for tests.
func NewSubmissionID() string { return strings.ToLower(rand.Text()) }

// Receipt is what a respondent keeps: 80 bits of the SHA-256 of the submission
// id in four groups of four characters. The phone computes it as well, so that
// it can be shown before the response is sent.
func Receipt(submissionID string) string { return receipt(submissionID) }

// StatementReceipt is the receipt of the statements given in the institution's
// name. Only who has the submission id can tell that both belong together.
func StatementReceipt(submissionID string) string { return receipt("statement:" + submissionID) }

func receipt(id string) string {
	sum := sha256.Sum256([]byte(id))
	text := base32.NewEncoding(alphabet).EncodeToString(sum[:10]) // 80 bits fill 16 characters
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
}

// ReceiptHash is all that the server keeps of a receipt. Letters in either
// case, spaces, missing hyphens and the usual confusions are forgiven.
func ReceiptHash(receipt string) [sha256.Size]byte {
	return sha256.Sum256([]byte(Plain(receipt)))
}

// Plain brings a receipt or an access code as typed into its one form.
func Plain(code string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case 'O', 'o':
			return '0'
		case 'I', 'i', 'L', 'l':
			return '1'
		case 'U', 'u':
			return 'V'
		}
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, Digits(code))
}

// ContentHash identifies what was sent under a submission id: the answers, the
// code and the institution's name, independent of their order and that of
// repeated values. The language and the version that they were given in do not
// make them others.
func ContentHash(fields map[string][]string) [sha256.Size]byte {
	names := make([]string, 0, len(fields))
	for name := range fields {
		switch {
		case name == ":institution":
			names = append(names, name)
		case name == "submission_id", name == "version", name == "lang", strings.HasPrefix(name, ":"):
		default:
			names = append(names, name)
		}
	}
	slices.Sort(names)
	hash := sha256.New()
	var end = []byte{0}
	for _, name := range names {
		values := fields[name]
		if len(values) > 1 {
			values = slices.Sorted(slices.Values(values))
		}
		for _, value := range values {
			if value == "" {
				continue
			}
			// Names and values hold no NUL: Read refuses them.
			hash.Write([]byte(name))
			hash.Write(end)
			hash.Write([]byte(value))
			hash.Write(end)
		}
	}
	var sum [sha256.Size]byte
	hash.Sum(sum[:0])
	return sum
}

// DurationClass puts seconds into the six doubling classes of METHODS 12: up
// to 2, 4, 8, 16, 32 minutes, longer. 0 stands for unknown.
func DurationClass(seconds int) uint8 {
	if seconds <= 0 {
		return 0
	}
	class := uint8(1)
	for limit := 120; seconds > limit && class < 6; limit *= 2 {
		class++
	}
	return class
}
