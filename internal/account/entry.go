package account

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

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
	PasskeyAdded      Action = "user.passkey_added"
	PasskeyRemoved    Action = "user.passkey_removed"
	IdentityLinked    Action = "user.identity_linked"
	IdentityUnlinked  Action = "user.identity_unlinked"
	ResetAllowed      Action = "user.reset_allowed"
	TokenCreated      Action = "token.created"
	TokenRevoked      Action = "token.revoked"

	WavePrepared         Action = "wave.prepared"
	WaveChanged          Action = "wave.changed"
	WaveOpened           Action = "wave.opened"
	WavePaused           Action = "wave.paused"
	WaveResumed          Action = "wave.resumed"
	WaveReleased         Action = "wave.released"
	WaveClosed           Action = "wave.closed"
	ResponsesDeleted     Action = "responses.deleted" // at the end of retention
	WaveDiscarded        Action = "wave.discarded"
	WavePublished        Action = "wave.published"
	WaveUnpublished      Action = "wave.unpublished"
	StrataChanged        Action = "wave.strata_changed"
	CodesCreated         Action = "codes.created"
	SurveyImported       Action = "survey.imported"
	ResponsesImported    Action = "responses.imported"
	ResponsesExported    Action = "responses.exported"
	SampleMade           Action = "sample.made"
	SheetsTyped          Action = "responses.typed"
	SheetReplaced        Action = "responses.sheet_replaced"
	ImportUndone         Action = "responses.import_undone"
	WorkingAdded         Action = "working.added"
	WorkingChanged       Action = "working.changed"
	WorkingDeleted       Action = "working.deleted"
	WorkingFixed         Action = "working.fixed"
	WorkingTranslated    Action = "working.translated"
	TranslationsImported Action = "working.translations_imported"
	LanguagesChanged     Action = "working.languages_changed"
	TranslationCommented Action = "working.commented"
	CommentResolved      Action = "working.comment_resolved"
	TextsRead            Action = "texts.read"
	TextsSampled         Action = "texts.sampled"
	TagAdded             Action = "tag.added"
	TagChanged           Action = "tag.changed"
	TagRemoved           Action = "tag.removed"
	TagMerged            Action = "tag.merged"
	QuoteProposed        Action = "quote.proposed"
	QuoteReleased        Action = "quote.released"
	QuoteReturned        Action = "quote.returned"
	QuoteRemoved         Action = "quote.removed"
	VariableAdded        Action = "variable.added"
	VariableChanged      Action = "variable.changed"
	VariableRemoved      Action = "variable.removed"
	RegisterImported     Action = "institutions.imported"
	InstitutionAdded     Action = "institution.added"
	InstitutionChanged   Action = "institution.changed"
	GroupAdded           Action = "group.added"
	GroupRenamed         Action = "group.renamed"
	GroupRemoved         Action = "group.removed"
	GroupJoined          Action = "group.joined"
	GroupLeft            Action = "group.left"
	AreasImported        Action = "areas.imported"
	AreaAdded            Action = "area.added"
	AreaChanged          Action = "area.changed"
	AreaRemoved          Action = "area.removed"
	IndicatorAdded       Action = "indicator.added"
	IndicatorChanged     Action = "indicator.changed"
	IndicatorRemoved     Action = "indicator.removed"
	FiguresImported      Action = "figures.imported"
	FigureSet            Action = "figure.set"
	FigureRemoved        Action = "figure.removed"
	TargetSet            Action = "target.set"
	TargetRemoved        Action = "target.removed"
	WebhookAdded         Action = "webhook.added"
	WebhookChanged       Action = "webhook.changed"
	WebhookRemoved       Action = "webhook.removed"
	MessageTextSaved     Action = "mail.text_saved"
	MailingQueued        Action = "mail.queued"
	MailingCanceled      Action = "mail.canceled"
	MessagesResent       Action = "mail.resent"
	BounceRead           Action = "mail.bounce_read"

	ReportAdded       Action = "report.added"
	ReportChanged     Action = "report.changed"
	ReportRemoved     Action = "report.removed"
	ReportRoundOpened Action = "report.round_opened"
	ReportRoundClosed Action = "report.round_closed"
	ReportCommented   Action = "report.commented"
	ReportResolved    Action = "report.comment_resolved"
	ReportSubmitted   Action = "report.submitted"
	ReportApproved    Action = "report.approved"
	ReportWithdrawn   Action = "report.withdrawn"
)

// Actions lists every action.
func Actions() []Action {
	return append([]Action{SignedIn, SignInFailed, SignedOut, SessionRevoked, UserAdded, UserInvited, InvitationRevoked,
		GrantsChanged, UserDisabled, UserEnabled, PasswordChanged, SecondSet,
		SecondRemoved, SpareUsed, PasskeyAdded, PasskeyRemoved, IdentityLinked, IdentityUnlinked, ResetAllowed,
		TokenCreated, TokenRevoked,
		WavePrepared, WaveChanged, WaveOpened, WavePaused, WaveResumed, WaveReleased, WaveClosed, ResponsesDeleted, WaveDiscarded, WavePublished, WaveUnpublished, StrataChanged,
		CodesCreated, SurveyImported, ResponsesImported, ResponsesExported, SampleMade,
		SheetsTyped, SheetReplaced, ImportUndone,
		WorkingAdded, WorkingChanged, WorkingDeleted, WorkingFixed,
		WorkingTranslated, TranslationsImported, LanguagesChanged, TranslationCommented, CommentResolved,
		TextsRead, TextsSampled, TagAdded, TagChanged, TagRemoved, TagMerged,
		QuoteProposed, QuoteReleased, QuoteReturned, QuoteRemoved,
		VariableAdded, VariableChanged, VariableRemoved,
		RegisterImported, InstitutionAdded, InstitutionChanged, GroupAdded, GroupRenamed, GroupRemoved, GroupJoined, GroupLeft,
		AreasImported, AreaAdded, AreaChanged, AreaRemoved,
		IndicatorAdded, IndicatorChanged, IndicatorRemoved, FiguresImported, FigureSet, FigureRemoved, TargetSet, TargetRemoved,
		WebhookAdded, WebhookChanged, WebhookRemoved,
		MessageTextSaved, MailingQueued, MailingCanceled, MessagesResent, BounceRead,
		ReportAdded, ReportChanged, ReportRemoved, ReportRoundOpened, ReportRoundClosed, ReportCommented, ReportResolved,
		ReportSubmitted, ReportApproved, ReportWithdrawn}, slices.Concat(offerActions(), questionActions())...)
}

// Means is by what somebody signed in.
type Means string

// The means, as the audit log names them.
const (
	ByPassword Means = "password"
	ByCode     Means = "password+code" // of the app, or a spare one
	ByPasskey  Means = "passkey"
	ByProvider Means = "openid"
)

// Strong tells whether the means are two factors. What a provider asked for it
// says itself.
func (m Means) Strong() bool { return m == ByCode || m == ByPasskey }

// CommandLine is who acts through the command line, where the system's name for
// them is not known: whoever may open the database's file.
const CommandLine = "cli:"

// AtCommandLine is who acts through the command line as the system knows them.
// No account could have such a name.
func AtCommandLine(name string) string { return CommandLine + name }

// Clock is who acts when something happens because its time has come.
const Clock = "clock:"

// Linked is who acts when the holder of a secret link does.
const Linked = "link:"

// Provider is who acts when what a provider of identities says changes an account.
const Provider = "openid:"

// Entry is one line of the audit log before it is written: who did what, to
// whom or what, with what effect.
type Entry struct {
	Actor   string // an account's name, "token NAME", [AtCommandLine] or [Clock]
	Action  Action
	Subject string // what it was done to: an account, a wave's slug
	Area    string // key of the area that it is about; "" for all
	Effect  string // what is different now, in the words of the data
}

// Effect writes what is different now from pairs of a name and a value:
// "count=20 area=de-nw-bochum". What is empty, zero or false is left out, and a
// value with a space in it is put in quotation marks.
func Effect(pairs ...any) string {
	var parts []string
	for at := 0; at+1 < len(pairs); at += 2 {
		value := fmt.Sprint(pairs[at+1])
		switch {
		case value == "" || value == "0" || value == "false":
			continue
		case strings.ContainsFunc(value, unicode.IsSpace) || strings.Contains(value, `"`):
			value = strconv.Quote(value)
		}
		parts = append(parts, fmt.Sprint(pairs[at], "=", value))
	}
	return strings.Join(parts, " ")
}
