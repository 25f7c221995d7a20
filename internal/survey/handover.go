package survey

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"bedarfslotse/internal/failure"
)

// Handover is the texts of a survey in two languages on their way to people
// outside, or back from them. It is written and read as XLIFF here and as a
// workbook in package xlsform.
type Handover struct {
	Survey string // its id, "" where the file does not say
	Source string // the language that is read, "" where the file does not say
	Target string // the language that is written, "" where the file does not say
	Units  []Unit
}

// Unit is one text of a handover.
type Unit struct {
	Key  string // as in [Located]; of a file whatever it calls the text
	Name string // what people call it: question/label
	// Context tells whoever translates what the text is, a sentence each.
	Context []string
	Source  string
	// Translation is "" where there is none yet, or none came back.
	Translation string
	Standing    Standing
	// SourcePrint is the [Fingerprint] of the survey's source text when the unit
	// was written, Seen the [Sight] of the translation then. Traced tells that both are
	// known: other tools may throw them away.
	SourcePrint, Seen string
	Traced            bool
	Comments          []string // what was said of the text, the oldest first
	// Trouble is the key of a finding that makes the unit unusable, "" for none.
	Trouble string
}

// Handover collects the texts for translating from one language to another, as
// they are now. Where a text does not exist in the language to read, the
// survey's own source stands in.
func (s *Survey) Handover(from, to string) Handover {
	h := Handover{Survey: s.ID, Source: from, Target: to}
	for _, one := range s.Passages() {
		t := *one.Text
		own := t[s.Language].Text
		shown, _ := t.In(append([]string{from, s.Language}, s.languages()...)...)
		h.Units = append(h.Units, Unit{Key: one.Key, Name: one.Name, Source: shown, Translation: t[to].Text, Standing: t[to].Standing(own),
			SourcePrint: Fingerprint(own), Seen: Sight(t[to].Text), Traced: true})
	}
	return h
}

// Verdict is what becomes of a unit that came back.
type Verdict string

// The verdicts.
const (
	Unchanged Verdict = "unchanged" // it says what is there already
	Untouched Verdict = "untouched" // nobody has translated it
	Filled    Verdict = "filled"    // there was no translation
	Rewritten Verdict = "rewritten" // it replaces the translation that was sent out
	Confirmed Verdict = "confirmed" // the same text, but now reviewed
	Clashing  Verdict = "clashing"  // here, too, the translation was changed in the meantime
	Refused   Verdict = "refused"   // it cannot be taken; the findings say why
)

// Proposal is a unit that came back beside what it would change.
type Proposal struct {
	Unit
	Verdict Verdict
	Passage Passage // zero where the survey has no such text
	Present Phrase  // the translation as it is now
	// Behind tells that the source was changed since the unit was written: what
	// comes of it is stale from the beginning.
	Behind   bool
	Findings failure.Findings // why it is refused, or what is odd about it
}

// Weigh tells of every unit of a handover that came back what it would change in
// the survey as it is now; it changes nothing. An empty translation never takes
// one away. failure.Invalid when the handover is of another language.
func (s *Survey) Weigh(h Handover, to string) ([]Proposal, error) {
	if h.Target != "" && !sameLanguage(h.Target, to) {
		return nil, failure.New(failure.Invalid, "error.handover_language", "language", h.Target, "wanted", to)
	}
	passages := map[string]Passage{}
	for _, one := range s.Passages() {
		passages[one.Key] = one
		passages[unitID(one.Key)] = one // without slashes it is no other's key
	}
	proposals := make([]Proposal, 0, len(h.Units))
	seen := map[string]bool{}
	for _, unit := range h.Units {
		p := Proposal{Unit: unit, Verdict: Refused}
		passage, known := passages[unit.Key]
		switch {
		case !known:
			p.refuse("translate.unit_unknown", "key", unit.Key)
		case seen[passage.Key]:
			p.refuse("translate.unit_twice", "key", unit.Key)
		default:
			seen[passage.Key] = true
			p.Passage, p.Key = passage, passage.Key
			s.weigh(&p, h.Source, to)
		}
		proposals = append(proposals, p)
	}
	return proposals, nil
}

func (p *Proposal) refuse(key string, pairs ...any) {
	p.Verdict = Refused
	p.Findings = append(p.Findings, failure.Finding{Severity: failure.Fatal, Key: key, Params: failure.New("", "", pairs...).Params})
}

func (s *Survey) weigh(p *Proposal, from, to string) {
	t := *p.Passage.Text
	source, present := t[s.Language].Text, t[to]
	p.Present, p.Translation = present, Tidy(p.Translation)
	if !p.Traced { // the tool has thrown it away: what it shows as the source tells it as well
		p.SourcePrint, p.Seen = "", ""
		if from == "" || sameLanguage(from, s.Language) {
			p.SourcePrint = Fingerprint(p.Source)
			if Tidy(p.Source) == Tidy(source) {
				p.SourcePrint = Fingerprint(source)
			}
		}
	}
	p.Behind = p.SourcePrint != "" && p.SourcePrint != Fingerprint(source)
	same := p.Translation == Tidy(present.Text)
	switch {
	case p.Trouble != "":
		p.refuse(p.Trouble)
		return
	case p.Translation == "":
		p.Verdict = Untouched
		return
	case same && (p.Standing != Approved || present.Standing(source) == Approved || p.Behind):
		p.Verdict = Unchanged
		return
	case same:
		p.Verdict = Confirmed
	case present.Text == "":
		p.Verdict = Filled
	case p.Traced && p.Seen == Sight(present.Text):
		p.Verdict = Rewritten
	default:
		p.Verdict = Clashing
	}
	if utf8.RuneCountInString(p.Translation) > MaxTranslation {
		p.refuse("translate.unit_long", "limit", MaxTranslation)
		return
	}
	compared := source
	if p.Behind && p.Source != "" {
		compared = p.Source // it was made from that: what the new one has in addition, being stale tells
	}
	p.Findings = s.CheckTranslation(compared, p.Translation)
	if p.Findings.Fatal() {
		p.Verdict = Refused
	}
}

// Rendering is what taking the proposal stores, if the translation is then still
// the one that it was compared with.
func (p Proposal) Rendering(language string) Rendering {
	return Rendering{Key: p.Key, Language: language, Text: p.Translation, Reviewed: p.Standing == Approved,
		Seen: Sight(p.Present.Text), Source: p.SourcePrint}
}

// sameLanguage tells whether two tags mean one language for a translator: tools
// add a region of their own ("ar-SA") and write small letters large.
func sameLanguage(a, b string) bool {
	if strings.EqualFold(a, b) {
		return true
	}
	short, long := strings.ToLower(a), strings.ToLower(b)
	if len(short) > len(long) {
		short, long = long, short
	}
	region, found := strings.CutPrefix(long, short+"-")
	return found && (len(region) == 2 || len(region) == 3)
}

// unitID writes a key with the signs that an identifier may have in XML
// (NMTOKEN); no two keys become one.
func unitID(key string) string {
	var out strings.Builder
	for _, sign := range key {
		switch {
		case sign >= 'a' && sign <= 'z', sign >= 'A' && sign <= 'Z', sign >= '0' && sign <= '9', sign == '-', sign == '.', sign == '_':
			out.WriteRune(sign)
		case sign == '/':
			out.WriteByte(':')
		default:
			fmt.Fprintf(&out, "::%X:", sign)
		}
	}
	return out.String()
}
