package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"math/bits"
	"strconv"
	"time"

	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
)

// What keeps junk out without following anybody. A person who runs into one of
// these is told what to do; nothing is dropped silently.
const (
	// trapControl is a control that people neither see nor hear. Programs that fill in
	// everything fill it in too.
	trapControl = ":homepage"
	// proofBits is how many leading zero bits the proof of work has: some 65 000
	// hashes, half a second on an old phone.
	proofBits       = 16
	proofControl    = ":proof"
	reviewedControl = ":reviewed"
)

// suspicions lists what a person would not have sent like that. script tells
// that the document's script sent it, so that a proof of work can be asked for;
// without one, having seen the review page stands in for it.
func (s *Server) suspicions(sub *submission, script bool) []response.Problem {
	var found []response.Problem
	add := func(name, key string) {
		found = append(found, response.Problem{Name: name, Key: "respondent.problem." + key})
	}
	if sub.given.control(trapControl) != "" {
		add(trapControl, "trap")
	}
	if seconds, err := strconv.Atoi(response.Digits(sub.given.control(":duration"))); err == nil && seconds >= 0 && time.Duration(seconds)*time.Second < s.config.LeastTime {
		add(":duration", "too_fast")
	}
	switch {
	case !sub.wave.ProofOfWork || sub.id == "":
	case script && !proven(sub.id, sub.given.control(proofControl)):
		add(proofControl, "no_proof")
	case !script && subtle.ConstantTimeCompare([]byte(sub.given.control(reviewedControl)), []byte(reviewed(sub.wave, sub.id))) != 1:
		add(reviewedControl, "not_reviewed")
	}
	return found
}

// proven tells whether the SHA-256 of "id:proof" begins with enough zero bits.
func proven(id, proof string) bool {
	sum := sha256.Sum256([]byte(id + ":" + proof))
	zeros := 0
	for _, one := range sum {
		zeros += bits.LeadingZeros8(one)
		if one != 0 {
			break
		}
	}
	return proof != "" && zeros >= proofBits
}

// reviewed is what the review page carries along for a submission id.
func reviewed(wave *store.LiveWave, id string) string { return wave.Seal("reviewed", id) }
