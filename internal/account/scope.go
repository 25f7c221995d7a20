package account

import "slices"

// Scope is a part of the interface that a token may use. A token never does more
// than whoever it stands for: scopes only take away.
type Scope string

// The scopes, a thing and what is done to it.
const (
	ReadSurveysScope  Scope = "surveys:read"
	WriteSurveysScope Scope = "surveys:write"
	ReadWavesScope    Scope = "waves:read"
	WriteWavesScope   Scope = "waves:write"
	CodesScope        Scope = "codes:write"
	ReturnsScope      Scope = "returns:read"
	ResultsScope      Scope = "results:read"
	ExportScope       Scope = "responses:export"
	ImportScope       Scope = "responses:import"
	WebhooksScope     Scope = "webhooks"
)

// Scopes lists every scope.
func Scopes() []Scope {
	return []Scope{ReadSurveysScope, WriteSurveysScope, ReadWavesScope, WriteWavesScope, CodesScope, ReturnsScope, ResultsScope,
		ExportScope, ImportScope, WebhooksScope}
}

// Permission is what the owner of a token must be allowed for the scope to be of
// use.
func (s Scope) Permission() Permission {
	return map[Scope]Permission{
		ReadSurveysScope: TranslateSurveys, WriteSurveysScope: EditSurveys, ReadWavesScope: ManageWaves, WriteWavesScope: ManageWaves,
		CodesScope: ManageWaves, ReturnsScope: ReadReturns, ResultsScope: ReadResults, ExportScope: ManageData, ImportScope: ManageData,
		WebhooksScope: ManageWaves,
	}[s]
}

// InScope tells whether a request may use a part of the interface: people and
// tokens without scopes use all, and "" is for every token.
func (u User) InScope(scope Scope) bool {
	return scope == "" || u.Scopes == nil || slices.Contains(u.Scopes, scope)
}
