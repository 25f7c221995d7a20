package account

// Action is what somebody did, as the audit log names it: a thing and a verb.
type Action string

// The actions. The words for people are under desk.audit.action.* in locales/.
const (
	SignedIn          Action = "session.begun"
	SignInFailed      Action = "session.refused"
	SignedOut         Action = "session.ended"
	SessionRevoked    Action = "session.revoked"
	UserAdded         Action = "user.added"
	UserInvited       Action = "user.invited"
	InvitationRevoked Action = "invitation.revoked"
	GrantsChanged     Action = "user.grants_changed"
	UserDisabled      Action = "user.disabled"
	UserEnabled       Action = "user.enabled"
	PasswordChanged   Action = "user.password_changed"
	SecondSet         Action = "user.second_set"
	SecondRemoved     Action = "user.second_removed"
	SpareUsed         Action = "user.spare_used"
	TokenCreated      Action = "token.created"
	TokenRevoked      Action = "token.revoked"

	RegisterImported   Action = "institutions.imported"
	InstitutionAdded   Action = "institution.added"
	InstitutionChanged Action = "institution.changed"
	GroupAdded         Action = "group.added"
	GroupRenamed       Action = "group.renamed"
	GroupRemoved       Action = "group.removed"
	GroupJoined        Action = "group.joined"
	GroupLeft          Action = "group.left"
	AreasImported      Action = "areas.imported"
	AreaAdded          Action = "area.added"
	AreaChanged        Action = "area.changed"
	AreaRemoved        Action = "area.removed"
)

// Actions lists every action.
func Actions() []Action {
	return []Action{SignedIn, SignInFailed, SignedOut, SessionRevoked, UserAdded, UserInvited, InvitationRevoked,
		GrantsChanged, UserDisabled, UserEnabled, PasswordChanged, SecondSet,
		SecondRemoved, SpareUsed, TokenCreated, TokenRevoked,
		RegisterImported, InstitutionAdded, InstitutionChanged, GroupAdded, GroupRenamed, GroupRemoved, GroupJoined, GroupLeft,
		AreasImported, AreaAdded, AreaChanged, AreaRemoved}
}

// CommandLine is who acts through the command line: whoever may open the
// database's file. It is no name that an account could have.
const CommandLine = "(command line)"

// Entry is one line of the audit log before it is written: who did what, to
// whom or what, with what effect.
type Entry struct {
	Actor   string // an account's name, "token NAME", or [CommandLine]
	Action  Action
	Subject string // what it was done to: an account, a wave's slug
	Area    string // key of the area that it is about; "" for all
	Effect  string // what is different now, in the words of the data
}
