package account

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"bedarfslotse/internal/failure"
)

// Vouched is what a provider of identities (OpenID Connect) says of somebody.
type Vouched struct {
	Issuer  string // the provider
	Subject string // its own name for the person, which stays
	Name    string // what the account is to be called here, if it is made
	Email   string // "" where the provider has not checked it; it finds no account
	// Grants are the rights that follow from the person's groups.
	Grants []Grant
}

// Mapping gives a right to whoever a provider says is in a group.
type Mapping struct {
	Group string
	Grant Grant
}

// ParseMapping reads "GROUP=ROLE" or "GROUP=ROLE:AREA"; failure.Invalid.
func ParseMapping(text string) (Mapping, error) {
	cut := strings.LastIndex(text, "=")
	if cut < 1 {
		return Mapping{}, failure.New(failure.Invalid, "error.bad_group_mapping", "text", text)
	}
	role, area, _ := strings.Cut(text[cut+1:], ":")
	if !slices.Contains(Roles(), Role(role)) {
		return Mapping{}, failure.New(failure.Invalid, "error.bad_role", "role", role)
	}
	return Mapping{Group: text[:cut], Grant: Grant{Role: Role(role), Area: area}}, nil
}

// MapGroups returns the rights of whoever is in these groups, each once.
func MapGroups(rules []Mapping, groups []string) []Grant {
	var grants []Grant
	for _, rule := range rules {
		if slices.Contains(groups, rule.Group) && !slices.Contains(grants, rule.Grant) {
			grants = append(grants, rule.Grant)
		}
	}
	return grants
}

// NameFrom makes a name for an account of what a provider calls somebody: with
// points for spaces, without what names here do not hold.
func NameFrom(text string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r) || unicode.IsNumber(r) || strings.ContainsRune("._@-", r):
			return r
		case unicode.IsSpace(r):
			return '.'
		}
		return -1
	}, strings.TrimSpace(text))
	for utf8.RuneCountInString(name) > 70 { // room for a number behind it
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	if name == "" {
		return "person"
	}
	return name
}
