package account

import (
	"unicode/utf8"

	"github.com/ccojocar/zxcvbn-go"

	"bedarfslotse/internal/failure"
)

// MinPassword is the least length of a password in characters.
const MinPassword = 10

// maxPassword is the greatest length in bytes: more makes nobody safer.
const maxPassword = 1000

// strongEnough is the least score of zxcvbn, from 0 to 4: 3 needs more than 10⁸
// guesses, which the cost of one hash makes years.
const strongEnough = 3

// judged is how many bytes of a password are judged: the effort grows with the
// square of the length, and what begins strong does not become weak.
const judged = 60

// CheckPassword returns what is wrong with a password for an account: how hard it
// is to guess counts, not which kinds of characters it holds (zxcvbn, D. Wheeler,
// USENIX Security 2016). The account's own name and address make it no stronger.
func CheckPassword(user User, password string) error {
	switch {
	case utf8.RuneCountInString(password) < MinPassword:
		return failure.New(failure.Invalid, "error.password_too_short", "length", MinPassword)
	case len(password) > maxPassword:
		return failure.New(failure.Invalid, "error.password_too_long")
	}
	start := password
	if len(start) > judged {
		start = start[:judged]
	}
	if zxcvbn.PasswordStrength(start, []string{user.Name, user.Email, "bedarfslotse"}).Score < strongEnough {
		return failure.New(failure.Invalid, "error.password_weak")
	}
	return nil
}
