package account

import (
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"bedarfslotse/internal/failure"
)

// Passkey is a key on a device or a security key that signs somebody in by itself:
// whoever has the device and unlocks it has shown two factors.
type Passkey struct {
	Number string // names it in addresses
	Name   string // as its owner calls it
	// Created and Used are RFC 3339; Used is "" until it first signed in.
	Created, Used string
	// Synced tells that its maker copies it to other devices of the same person.
	Synced     bool
	Credential Credential
}

// Credential is what is kept of a passkey to recognise it: no secret.
type Credential struct{ webauthn.Credential }

// MaxPasskeys is how many passkeys one account may have.
const MaxPasskeys = 20

// maxPasskeyName is the greatest length of a passkey's name in characters.
const maxPasskeyName = 60

// PasskeyName returns the name that somebody gave a passkey, or what is wrong with
// it.
func PasskeyName(text string) (string, error) {
	name := strings.Join(strings.Fields(text), " ")
	if name == "" || utf8.RuneCountInString(name) > maxPasskeyName {
		return "", failure.New(failure.Invalid, "error.passkey_name", "length", maxPasskeyName)
	}
	return name, nil
}

// Holder is an account as its authenticators know it.
type Holder struct {
	User     User
	Handle   string // see [Holder.WebAuthnID]
	Passkeys []Passkey
}

// WebAuthnID is by what authenticators know the account: random, so that a lost
// security key names nobody.
func (h Holder) WebAuthnID() []byte { return []byte(h.Handle) }

// WebAuthnName is the name that a device shows.
func (h Holder) WebAuthnName() string { return h.User.Name }

// WebAuthnDisplayName is the name that a device shows.
func (h Holder) WebAuthnDisplayName() string { return h.User.Name }

// WebAuthnCredentials are the account's passkeys.
func (h Holder) WebAuthnCredentials() []webauthn.Credential {
	all := make([]webauthn.Credential, len(h.Passkeys))
	for at, one := range h.Passkeys {
		all[at] = one.Credential.Credential
	}
	return all
}

// RelyingParty is the service as authenticators know it. Passkeys are bound to
// the name of its host for good: under another name they are not offered.
type RelyingParty struct{ web *webauthn.WebAuthn }

// NewRelyingParty makes it from the address under which the world sees the
// service. failure.Invalid when no browser would offer passkeys there: no address
// is known, it is a number in place of a name, or others could listen in.
func NewRelyingParty(baseURL string) (*RelyingParty, error) {
	address, err := url.Parse(baseURL)
	if err != nil || address.Hostname() == "" {
		return nil, failure.New(failure.Invalid, "error.passkeys_no_address").Because(err)
	}
	host := strings.ToLower(address.Hostname())
	local := host == "localhost" || strings.HasSuffix(host, ".localhost")
	switch {
	case net.ParseIP(host) != nil:
		return nil, failure.New(failure.Invalid, "error.passkeys_number", "host", host)
	case address.Scheme != "https" && !local:
		return nil, failure.New(failure.Invalid, "error.passkeys_plain", "host", host)
	}
	required := true
	web, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: "Bedarfslotse", RPOrigins: []string{address.Scheme + "://" + strings.ToLower(address.Host)},
		AttestationPreference: protocol.PreferNoAttestation, // which make somebody uses is no business of ours
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: &required,
			UserVerification: protocol.VerificationRequired,
		},
		// Password managers add what nobody asked for; it is not looked at.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, failure.New(failure.Invalid, "error.passkeys_no_address").Because(err)
	}
	return &RelyingParty{web}, nil
}

// Ceremony is a question to an authenticator: what the browser is handed, and what
// the answer is checked against. The latter stays here and is good for one answer.
type Ceremony struct {
	Options []byte // JSON for navigator.credentials
	Kept    []byte // JSON
}

func ceremony(options any, kept *webauthn.SessionData) (Ceremony, error) {
	var made Ceremony
	var err error
	if made.Options, err = json.Marshal(options); err == nil {
		made.Kept, err = json.Marshal(kept)
	}
	return made, err
}

// Register asks for a new passkey. A device that holds one of the account already
// is not asked again.
func (r *RelyingParty) Register(holder Holder) (Ceremony, error) {
	if len(holder.Passkeys) >= MaxPasskeys {
		return Ceremony{}, failure.New(failure.Invalid, "error.passkeys_many", "count", MaxPasskeys)
	}
	known := make([]protocol.CredentialDescriptor, len(holder.Passkeys))
	for at, one := range holder.Passkeys {
		known[at] = one.Credential.Descriptor()
	}
	options, kept, err := r.web.BeginRegistration(holder, webauthn.WithExclusions(known))
	if err != nil {
		return Ceremony{}, fmt.Errorf("ask for a new passkey: %w", err)
	}
	return ceremony(options.Response, kept)
}

// Registered checks the answer to [RelyingParty.Register]; failure.Invalid.
func (r *RelyingParty) Registered(holder Holder, kept, answer []byte) (Credential, error) {
	var session webauthn.SessionData
	if err := json.Unmarshal(kept, &session); err != nil {
		return Credential{}, failure.New(failure.Invalid, "error.passkey_late").Because(err)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Credential{}, failure.New(failure.Invalid, "error.passkey_wrong").Because(err)
	}
	made, err := r.web.CreateCredential(holder, session, parsed)
	if err != nil {
		return Credential{}, failure.New(failure.Invalid, "error.passkey_wrong").Because(err)
	}
	return Credential{*made}, nil
}

// SignIn asks for whichever passkey somebody has here.
func (r *RelyingParty) SignIn() (Ceremony, error) {
	options, kept, err := r.web.BeginDiscoverableLogin()
	if err != nil {
		return Ceremony{}, fmt.Errorf("ask for a passkey: %w", err)
	}
	return ceremony(options.Response, kept)
}

// SignedIn checks the answer to [RelyingParty.SignIn] and returns whose passkey it
// is, with its counter and flags as they are now. find looks an account up by its
// handle. failure.Unauthorized when the answer is not right, or the passkey none
// of ours any more; then whose it would be is known where the account is.
func (r *RelyingParty) SignedIn(kept, answer []byte, find func(handle string) (Holder, error)) (Holder, Credential, error) {
	var session webauthn.SessionData
	if err := json.Unmarshal(kept, &session); err != nil {
		return Holder{}, Credential{}, failure.New(failure.Unauthorized, "error.passkey_late").Because(err)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Holder{}, Credential{}, failure.New(failure.Unauthorized, "error.passkey_wrong").Because(err)
	}
	var holder Holder
	var broken error // of looking up, as opposed to a wrong answer
	_, found, err := r.web.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		one, err := find(string(handle))
		if err != nil {
			if failure.CodeOf(err) != failure.NotFound {
				broken = err
			}
			return nil, err
		}
		holder = one
		return one, nil
	}, session, parsed)
	switch {
	case broken != nil:
		return holder, Credential{}, broken
	case err != nil:
		return holder, Credential{}, failure.New(failure.Unauthorized, "error.passkey_unknown").Because(err)
	case found.Authenticator.CloneWarning:
		// The counter went back: there may be a second copy of a key that was made
		// so as not to be copied.
		return holder, Credential{}, failure.New(failure.Unauthorized, "error.passkey_copied")
	}
	return holder, Credential{*found}, nil
}
