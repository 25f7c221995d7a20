// Package account holds who may sign in and what they may do.
package account

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"bedarfslotse/internal/failure"
)

// Role says what a person may do.
type Role string

// The roles, from the most to the least powerful.
const (
	Administrator Role = "administrator"
	Coordinator   Role = "coordinator"
	Translator    Role = "translator"
	Coder         Role = "coder"
	Viewer        Role = "viewer"
)

// Roles lists every role.
func Roles() []Role { return []Role{Administrator, Coordinator, Translator, Coder, Viewer} }

// User is somebody who may sign in, or a program with a token.
type User struct {
	Name   string
	Email  string // "" when not known
	Grants []Grant
	Scopes []Scope // of a token, nil where nothing but the grants limits it
}

// maxName is the greatest length of an account's name in characters. It is not in
// the expression: repeating letters of all scripts 80 times makes that a megabyte.
const maxName = 80

var nameForm = regexp.MustCompile(`^[\p{L}\p{N}._@-]+$`)

// Validate returns what is wrong with a new account's name and grants.
func Validate(user User) error {
	switch {
	case !nameForm.MatchString(user.Name) || utf8.RuneCountInString(user.Name) > maxName:
		return failure.New(failure.Invalid, "error.bad_user_name", "name", user.Name)
	case len(user.Grants) == 0:
		return failure.New(failure.Invalid, "error.no_role")
	}
	for _, grant := range user.Grants {
		if !slices.Contains(Roles(), grant.Role) {
			return failure.New(failure.Invalid, "error.bad_role", "role", string(grant.Role))
		}
	}
	return nil
}

// The cost of one password hash: OWASP's second recommendation for Argon2id
// (19 MiB, two passes, one lane), about 30 ms.
const (
	hashMemory = 19 * 1024
	hashTime   = 2
	hashLanes  = 1
	hashLength = 32
)

// Hasher hashes passwords, a few at a time: each takes 19 MiB, and a crowd at
// the door must not take all memory.
type Hasher struct{ slots chan struct{} }

// NewHasher returns a hasher that runs so many hashes at once.
func NewHasher(atOnce int) *Hasher { return &Hasher{slots: make(chan struct{}, atOnce)} }

// Hash returns the Argon2id hash of a password in the PHC string format, with
// a fresh salt.
func (h *Hasher) Hash(password string) string {
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil { // never fails since Go 1.24
		panic(err)
	}
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashTime, hashLanes,
		encode(salt), encode(h.key(password, salt, hashMemory, hashTime, hashLanes)))
}

// Matches tells whether the password is the one that was hashed. An empty hash
// takes as long as a real one, so that time does not tell which accounts exist.
func (h *Hasher) Matches(password, hash string) bool {
	parts := strings.Split(hash, "$")
	var version int
	var memory, passes uint32
	var lanes uint8
	if len(parts) != 6 || parts[1] != "argon2id" {
		h.key(password, make([]byte, 16), hashMemory, hashTime, hashLanes)
		return false
	}
	_, errVersion := fmt.Sscanf(parts[2], "v=%d", &version)
	_, errCost := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes)
	salt, errSalt := base64.RawStdEncoding.DecodeString(parts[4])
	want, errKey := base64.RawStdEncoding.DecodeString(parts[5])
	if errVersion != nil || errCost != nil || errSalt != nil || errKey != nil || version != argon2.Version {
		return false
	}
	return subtle.ConstantTimeCompare(want, h.key(password, salt, memory, passes, lanes)) == 1
}

func (h *Hasher) key(password string, salt []byte, memory, passes uint32, lanes uint8) []byte {
	h.slots <- struct{}{}
	defer func() { <-h.slots }()
	return argon2.IDKey([]byte(password), salt, passes, memory, lanes, hashLength)
}
