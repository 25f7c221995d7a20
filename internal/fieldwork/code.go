package fieldwork

import (
	"crypto/rand"
	"crypto/sha256"
)

// Carried is what an access code carries over to a response; shown to the
// respondent before the start.
type Carried struct {
	Area            string // key
	InstitutionType string
	Institution     string // official number
}

// Code is an access code as it is stored: nothing of it but its hash.
type Code struct {
	Hash   [sha256.Size]byte
	WaveID string
	Carried
	Shared bool // a group's code, used by many
	Used   bool
}

// codeAlphabet leaves out what is misread for something else; 30^10 is about
// 2^49.
const codeAlphabet = "ABCDEFGHJKMNPQRSTVWXYZ23456789"

// NewCode makes an access code of ten characters in two groups, for printing
// on paper: "K7WQF-3XM9R".
func NewCode() string {
	var code [11]byte
	for i := range code {
		code[i] = '-'
		if i != 5 {
			code[i] = codeAlphabet[draw(len(codeAlphabet))]
		}
	}
	return string(code[:])
}

// draw returns a random number below n, each equally likely.
func draw(n int) int {
	var one [1]byte
	for {
		if _, err := rand.Read(one[:]); err != nil { // never fails since Go 1.24
			panic(err)
		}
		if limit := 256 - 256%n; int(one[0]) < limit {
			return int(one[0]) % n
		}
	}
}
