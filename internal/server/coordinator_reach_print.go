package server

import (
	"html/template"
	"net/http"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
)

// sheetPage is a page that is made for paper: on the screen it has a line on top
// that leads back.
type sheetPage struct {
	*deskFrame
	Slug  string
	Kind  string // names the template "paper-" + Kind
	Small bool   // A5
	// Once tells that what is printed cannot be shown again, as codes are.
	Once   bool
	Sheets []*sheet
	Form   *printedForm // of a questionnaire
}

// sheet is one sheet of paper, or of a code sheet one institution's.
type sheet struct {
	*voice
	Voices      []*voice // several languages side by side
	Crowd       string   // how many: few, some, many
	Institution string
	Door        door
	Doors       []door // of a code sheet
	Single      bool   // its codes are good once
}

// door is an address by which one comes to the survey.
type door struct {
	Link    string // whole, as the picture holds it
	Address string // as one reads and types it
	Code    string // "" where the address needs none
	QR      template.HTML
}

// Size tells the style sheet how large the address may be for a line of its own.
func (d door) Size() string {
	switch length := len(d.Address); {
	case length <= 28:
		return "short"
	case length <= 40:
		return "middle"
	}
	return "long"
}

// newDoor makes the address of a wave, or of one of its codes.
func newDoor(origin, slug, code string) (door, error) {
	one := door{Link: origin + "/s/" + slug, Code: code}
	if code != "" {
		one.Link = origin + "/q/" + code
	}
	one.Address = shortAddress(one.Link)
	var err error
	one.QR, err = qrCode(one.Link, "QR: "+one.Address)
	return one, err
}

// voice says in one language what posters and letters say.
type voice struct {
	*frame
	Survey   caption // the survey's title
	Minutes  int
	Day      string // the last one for answers, "" without end
	Asking   string // who asks
	Contact  string
	Purpose  string
	Mandate  string
	Greeting string
}

// Dated is the sentence that says until when, "" without an end.
func (v *voice) Dated() string {
	if v.Day == "" {
		return ""
	}
	return v.T("paper.until", "Day", v.Day)
}

// voice makes the texts of a wave in a language.
func (s *Server) voice(wave *store.LiveWave, tag string) *voice {
	words := s.config.Catalogue.Localizer(tag)
	v := &voice{frame: &frame{Localizer: words, assets: s.assets}, Minutes: wave.Version.Minutes(), Contact: wave.Contact,
		Purpose: wave.Purpose, Mandate: wave.Mandate}
	v.Survey = newReader(tag, wave.Version.Language).caption(wave.Version.Title)
	v.Asking = s.config.Controller.Name
	if wave.Until != "" {
		v.Day = v.Date(wave.Until)
	}
	switch catalogue.Audience(wave.Version.Audience) {
	case catalogue.Families, catalogue.YoungPeople:
		v.Greeting = v.T("paper.letter." + wave.Version.Audience)
	default:
		v.Greeting = v.T("paper.letter.others")
	}
	return v
}

func (s *Server) sheetPage(c echo.Context, p *printing, kind string) *sheetPage {
	page := &sheetPage{deskFrame: s.deskFrame(c, "reach."+kind+".title"), Slug: p.wave.Slug, Kind: kind, Small: p.small}
	page.Languages = nil
	return page
}

// voices makes the texts in all the chosen languages.
func (s *Server) voices(p *printing) []*voice {
	all := make([]*voice, len(p.tongues))
	for at, tag := range p.tongues {
		all[at] = s.voice(p.wave, tag)
	}
	return all
}

// crowd tells how much each of several languages can say on one sheet.
func crowd(count int) string {
	switch {
	case count <= 2:
		return "few"
	case count <= 6:
		return "some"
	}
	return "many"
}

// sheets makes the sheets for institutions, each with a door: one for each
// language, or one for all of them.
func (p *printing) sheets(voices []*voice, doors func(fieldwork.Institution) (door, error)) ([]*sheet, error) {
	var all []*sheet
	for _, institution := range p.institutions {
		door, err := doors(institution)
		if err != nil {
			return nil, err
		}
		if p.together && len(voices) > 1 {
			all = append(all, &sheet{voice: voices[0], Voices: voices, Crowd: crowd(len(voices)), Institution: institution.Name, Door: door})
			continue
		}
		for at := range voices {
			all = append(all, &sheet{voice: voices[at], Voices: voices[at : at+1], Crowd: crowd(1), Institution: institution.Name, Door: door})
		}
	}
	return all, nil
}

// open gives every institution the wave's own address.
func (s *Server) openDoor(c echo.Context, wave *store.LiveWave) func(fieldwork.Institution) (door, error) {
	one, err := newDoor(s.origin(c), wave.Slug, "")
	return func(fieldwork.Institution) (door, error) { return one, err }
}

// poster shows posters to print.
func (s *Server) poster(c echo.Context) error { return s.handouts(c, "poster") }

// letter shows letters to print, one for each language.
func (s *Server) letter(c echo.Context) error { return s.handouts(c, "letter") }

func (s *Server) handouts(c echo.Context, kind string) error {
	p, err := s.printing(c)
	if err != nil {
		return err
	}
	p.together = p.together && kind == "poster"
	page := s.sheetPage(c, p, kind)
	if page.Sheets, err = p.sheets(s.voices(p), s.openDoor(c, p.wave)); err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "paper", page)
}

// mostCharacters is how long a text for a messenger may be.
const mostCharacters = 500

type messengerPage struct {
	*reachPage
	Texts []messengerText
}

type messengerText struct {
	Tag, Name, Direction, Text string
	Count                      string // of characters, in words
}

// messenger shows texts to copy into a messenger.
func (s *Server) messenger(c echo.Context) error {
	base, wave, err := s.reachPage(c, "reach.messenger.title")
	if err != nil {
		return err
	}
	page := &messengerPage{reachPage: base}
	for _, tag := range offered(wave) {
		text := s.voice(wave, tag).messenger(s.origin(c) + "/s/" + wave.Slug + "?lang=" + tag)
		page.Texts = append(page.Texts, messengerText{Tag: tag, Name: i18n.NativeName(tag), Direction: i18n.Direction(tag), Text: text,
			Count: page.N("reach.messenger.characters", len([]rune(text)))})
	}
	return s.page(c, http.StatusOK, "reach-messenger", page)
}

// messenger says the most important first and leaves out at the end what does
// not fit any more. The link always stands there.
func (v *voice) messenger(link string) string {
	text := v.Survey.Text + "\n" + v.T("paper.take_part")
	for _, more := range []string{v.T("respondent.promise.voluntary"), v.T("respondent.promise.anonymous"), v.T("paper.why"),
		v.N("paper.minutes", v.Minutes), v.Dated()} {
		if more != "" && len([]rune(text+"\n"+more+"\n\n"+link)) <= mostCharacters {
			text += "\n" + more
		}
	}
	return text + "\n\n" + link
}
