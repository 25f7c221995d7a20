package server

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

type settingsPage struct {
	*waveFrame
	Revision int
	Parts    []settingsPart
	Problem  string
}

// settingsPart is a group of settings under one heading.
type settingsPart struct {
	Title  string
	Fields []settingField
}

// settingField is one control of the form. Its name is the setting's.
type settingField struct {
	Name, Label, Hint string
	Kind              string // text, area, date, number, select, check, checks, tongues
	Value             string
	Options           []option
	Checked           bool
	Firm              string // why it stays as it is, "" where it may change
	Problem           string
}

// shownControl names the controls that a browser leaves out when nothing is ticked.
const shownControl = "shown"

// waveSettings shows all settings of a wave.
func (s *Server) waveSettings(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	page, err := s.settingsPage(c, wave, wave.Wave, wave.SurveyID)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-wave-settings", page)
}

// settingsPage shows the form with what stands in it: the wave's settings, or
// what somebody typed.
func (s *Server) settingsPage(c echo.Context, wave *store.LiveWave, typed fieldwork.Wave, surveyID string) (*settingsPage, error) {
	f := s.waveFrame(c, wave, "waves.settings.title")
	page := &settingsPage{waveFrame: f, Revision: wave.Revision}
	field := func(kind string, name fieldwork.Setting, value string) settingField {
		return settingControl(f, wave, kind, name, value)
	}
	list := func(name fieldwork.Setting, options []option) settingField {
		one := field("select", name, "")
		one.Options = options
		return one
	}
	check := func(name fieldwork.Setting, checked bool) settingField {
		one := field("check", name, "")
		one.Checked = checked
		return one
	}
	surveys, err := s.surveyOptions(c, f, wave, surveyID)
	if err != nil {
		return nil, err
	}
	user, _ := visitor(c)
	areas := s.areaOptions(user, account.ManageWaves, f.Localizer, typed.Area)
	if !slices.ContainsFunc(areas, func(one option) bool { return one.Value == typed.Area }) {
		areas = append(areas, option{typed.Area, s.areaName(f.Localizer, typed.Area), true})
	}
	previous, err := s.previousOptions(c, f, wave, typed.Previous)
	if err != nil {
		return nil, err
	}
	languages := field("tongues", fieldwork.SettingLanguages, "")
	offered := typed.Offered(wave.Version.Languages)
	for _, tag := range wave.Version.Languages {
		languages.Options = append(languages.Options, option{tag, i18n.NativeName(tag), slices.Contains(offered, tag)})
	}
	parts := field("checks", fieldwork.SettingAreas, "")
	parts.Options = s.partOptions(wave, typed)
	population := field("number", fieldwork.SettingPopulation, "")
	if typed.Population != nil {
		population.Value = strconv.Itoa(*typed.Population)
	}
	page.Parts = []settingsPart{
		{f.T("waves.part.what"), []settingField{list(fieldwork.SettingSurvey, surveys), list(fieldwork.SettingArea, areas), parts,
			field("text", fieldwork.SettingSlug, typed.Slug), field("date", fieldwork.SettingOpened, typed.Opened),
			field("date", fieldwork.SettingUntil, typed.Until), languages, list(fieldwork.SettingPrevious, previous)}},
		{f.T("waves.part.notice"), []settingField{field("area", fieldwork.SettingPurpose, typed.Purpose),
			field("text", fieldwork.SettingMandate, typed.Mandate), field("date", fieldwork.SettingMandateDay, typed.MandateDay),
			field("text", fieldwork.SettingReference, typed.MandateReference), field("text", fieldwork.SettingLegalBasis, typed.LegalBasis),
			field("text", fieldwork.SettingContact, typed.Contact), field("text", fieldwork.SettingHelpline, typed.Helpline),
			field("date", fieldwork.SettingRetention, typed.Retention)}},
		{f.T("waves.part.access"), []settingField{list(fieldwork.SettingAccess, accesses(f, typed)), check(fieldwork.SettingInstitutions, typed.Institutions),
			check(fieldwork.SettingKiosk, typed.Kiosk), check(fieldwork.SettingProofOfWork, typed.ProofOfWork)}},
		{f.T("waves.part.figures"), []settingField{field("number", fieldwork.SettingK, strconv.Itoa(typed.K)), population,
			list(fieldwork.SettingBreakdown, breakdowns(f, typed))}},
		{f.T("waves.part.informed"), []settingField{field("date", fieldwork.SettingSupervision, typed.Supervision),
			field("date", fieldwork.SettingCouncil, typed.Council)}},
	}
	return page, nil
}

// partOptions offers the areas below the one that was typed.
func (s *Server) partOptions(wave *store.LiveWave, typed fieldwork.Wave) []option {
	whole := *wave
	whole.Area, whole.Areas = typed.Area, ""
	var options []option
	for _, area := range s.partsOf(&whole) {
		options = append(options, option{area.Key, s.areaPath(area), slices.Contains(strings.Fields(typed.Areas), area.Key)})
	}
	return options
}

// accesses offers the ways to a wave.
func accesses(f *waveFrame, typed fieldwork.Wave) []option {
	options := make([]option, 0, len(fieldwork.Accesses()))
	for _, one := range fieldwork.Accesses() {
		options = append(options, option{string(one), f.T("waves.access." + string(one)), one == typed.Access})
	}
	return options
}

// breakdowns offers the orders in which figures can be divided.
func breakdowns(f *waveFrame, typed fieldwork.Wave) []option {
	usual := fieldwork.Breakdowns()
	turned := slices.Clone(usual)
	slices.Reverse(turned)
	var options []option
	for _, order := range [][]string{usual, turned} {
		words := make([]string, len(order))
		for i, name := range order {
			words[i] = f.T("waves.breakdown." + name)
		}
		options = append(options, option{strings.Join(order, " "), strings.Join(words, " · "), slices.Equal(order, typed.Divided())})
	}
	return options
}

// settingControl makes the control of one setting, with its hint or the reason for
// which it stays as it is.
func settingControl(f *waveFrame, wave *store.LiveWave, kind string, name fieldwork.Setting, value string) settingField {
	one := settingField{Name: string(name), Kind: kind, Value: value, Label: f.T("waves.setting." + string(name))}
	hint := "waves.setting." + string(name) + "_hint"
	if text := f.T(hint); text != hint {
		one.Hint = text
	}
	if why := wave.Firm(name); why != "" {
		one.Firm = f.T(why)
	}
	return one
}

// surveyOptions offers the surveys; the wave's own content first, as it is.
func (s *Server) surveyOptions(c echo.Context, f *waveFrame, wave *store.LiveWave, chosen string) ([]option, error) {
	options := []option{{"", f.T("waves.setting.survey_kept", "title", f.Name, "version", wave.Version.Survey.Version), chosen == wave.SurveyID || chosen == ""}}
	if wave.State != fieldwork.Prepared {
		return options, nil
	}
	list, err := s.instruments(c.Request().Context(), f.deskFrame)
	for _, one := range list {
		options = append(options, option{one.ID, one.Title + " (" + one.Version + ")", one.ID == chosen && chosen != wave.SurveyID})
	}
	return options, err
}

// previousOptions offers the waves that this one may be compared with.
func (s *Server) previousOptions(c echo.Context, f *waveFrame, wave *store.LiveWave, chosen string) ([]option, error) {
	waves, err := s.desk.Office.Waves(c.Request().Context())
	if err != nil {
		return nil, err
	}
	user, _ := visitor(c)
	options := []option{{"", f.T("waves.setting.previous_none"), chosen == ""}}
	for _, one := range waves {
		if one.ID == chosen || one.ID != wave.ID && one.SurveyID == wave.SurveyID && one.State != fieldwork.Prepared &&
			user.May(account.ReadReturns, subjectOf(one), s.desk.Areas.Contains) {
			options = append(options, option{one.ID, titleOf(one, f.Localizer) + " (" + one.Slug + ")", one.ID == chosen})
		}
	}
	return options, nil
}

// saveSettings takes the form over: only controls that were sent, so that what
// is held fast stays.
func (s *Server) saveSettings(c echo.Context) error {
	ctx := c.Request().Context()
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	form, err := c.FormParams()
	if err != nil {
		return failure.New(failure.Invalid, "error.invalid").Because(err)
	}
	user, _ := visitor(c)
	revision, _ := strconv.Atoi(form.Get("revision")) // nonsense is no revision: somebody was quicker
	typed, err := s.changeSettings(ctx, user, wave, revision, form)
	switch failure.CodeOf(err) {
	case "":
		return s.toWave(c, typed.Slug, "")
	case failure.Invalid, failure.Conflict, failure.NotFound:
		return s.settingsAgain(c, wave, typed, form, err)
	}
	return err
}

// changeSettings takes over what a form holds, seen at a revision, and returns the
// settings as they were typed also where they are refused.
func (s *Server) changeSettings(ctx context.Context, user account.User, wave *store.LiveWave, revision int, form url.Values) (fieldwork.Wave, error) {
	typed := wave.Wave
	if err := fillWave(&typed, form); err != nil {
		return typed, err
	}
	var version *survey.Version
	if id := form.Get(string(fieldwork.SettingSurvey)); id != "" {
		var err error
		if version, err = s.findSurvey(ctx, id); err != nil {
			return typed, err
		}
	}
	if typed.Area != wave.Area && !user.May(account.ManageWaves, account.Subject{Area: typed.Area}, s.desk.Areas.Contains) {
		return typed, failure.New(failure.Invalid, "error.unknown_area_chosen", "area", typed.Area)
	}
	if err := typed.Validate(s.desk.Areas); err != nil {
		return typed, err
	}
	return typed, s.desk.Office.ChangeWave(ctx, user.Name, wave.Slug, revision, version, func(next *fieldwork.Wave) error {
		return fillWave(next, form)
	})
}

// settingsAgain shows the form as it was filled in, with what is wrong beside the
// control that it is about.
func (s *Server) settingsAgain(c echo.Context, wave *store.LiveWave, typed fieldwork.Wave, form url.Values, wrong error) error {
	page, err := s.settingsPage(c, wave, typed, form.Get(string(fieldwork.SettingSurvey)))
	if err != nil {
		return err
	}
	page.Problem = sentence(page.Localizer, failure.As(wrong))
	at := settingOf(wrong)
	for _, part := range page.Parts {
		for i := range part.Fields {
			one := &part.Fields[i]
			if one.Name == string(at) {
				one.Problem = page.Problem
			}
			if _, sent := form[one.Name]; sent && (one.Kind == "number" || one.Kind == "date") {
				one.Value = form.Get(one.Name) // also what is no number
			}
		}
	}
	return s.page(c, http.StatusUnprocessableEntity, "desk-wave-settings", page)
}

// settingOf is the setting that a failure is about, "" where it is about none.
func settingOf(err error) fieldwork.Setting {
	var failed *failure.Error
	if !errors.As(err, &failed) {
		return ""
	}
	if name, ok := failed.Params["setting"].(string); ok {
		return fieldwork.Setting(name)
	}
	return map[string]fieldwork.Setting{
		"error.bad_slug": fieldwork.SettingSlug, "error.slug_taken": fieldwork.SettingSlug, "error.k_too_small": fieldwork.SettingK,
		"error.bad_population": fieldwork.SettingPopulation, "error.retention_too_short": fieldwork.SettingRetention,
		"error.ends_before_start": fieldwork.SettingUntil, "error.unknown_area": fieldwork.SettingArea,
		"error.unknown_area_chosen": fieldwork.SettingArea, "waves.no_survey": fieldwork.SettingSurvey,
		"error.bad_access": fieldwork.SettingAccess,
	}[failed.Key]
}

// maxWaveText is the greatest length of a text about a wave in bytes.
const maxWaveText = 4000

// fillWave sets what the form holds. failure.Invalid names the setting that
// cannot be read.
func fillWave(wave *fieldwork.Wave, form url.Values) error {
	for name, into := range map[fieldwork.Setting]*string{
		fieldwork.SettingSlug: &wave.Slug, fieldwork.SettingArea: &wave.Area, fieldwork.SettingPurpose: &wave.Purpose,
		fieldwork.SettingMandate: &wave.Mandate, fieldwork.SettingReference: &wave.MandateReference, fieldwork.SettingLegalBasis: &wave.LegalBasis,
		fieldwork.SettingContact: &wave.Contact, fieldwork.SettingHelpline: &wave.Helpline, fieldwork.SettingPrevious: &wave.Previous,
		fieldwork.SettingAccess: (*string)(&wave.Access), fieldwork.SettingBreakdown: &wave.Breakdown,
	} {
		if values, sent := form[string(name)]; sent {
			if *into = strings.TrimSpace(strings.Join(values, " ")); len(*into) > maxWaveText {
				return failure.New(failure.Invalid, "waves.too_long", "setting", string(name), "most", maxWaveText)
			}
		}
	}
	for name, into := range map[fieldwork.Setting]*string{
		fieldwork.SettingOpened: &wave.Opened, fieldwork.SettingUntil: &wave.Until, fieldwork.SettingMandateDay: &wave.MandateDay,
		fieldwork.SettingRetention: &wave.Retention, fieldwork.SettingSupervision: &wave.Supervision, fieldwork.SettingCouncil: &wave.Council,
	} {
		if _, sent := form[string(name)]; !sent {
			continue
		}
		if *into = strings.TrimSpace(form.Get(string(name))); !goodDay(*into) {
			return failure.New(failure.Invalid, "error.bad_day", "day", *into, "setting", string(name))
		}
	}
	for name, into := range map[fieldwork.Setting]*bool{
		fieldwork.SettingInstitutions: &wave.Institutions, fieldwork.SettingKiosk: &wave.Kiosk,
		fieldwork.SettingProofOfWork: &wave.ProofOfWork,
	} {
		if slices.Contains(form[shownControl], string(name)) {
			*into = form.Get(string(name)) == "yes"
		}
	}
	if slices.Contains(form[shownControl], string(fieldwork.SettingAreas)) {
		wave.Areas = strings.Join(form[string(fieldwork.SettingAreas)], " ")
	}
	if slices.Contains(form[shownControl], string(fieldwork.SettingLanguages)) {
		wave.Languages = strings.Join(form[string(fieldwork.SettingLanguages)], " ")
		if wave.Languages == "" {
			return failure.New(failure.Invalid, "waves.no_language", "setting", string(fieldwork.SettingLanguages))
		}
	}
	return fillNumbers(wave, form)
}

func fillNumbers(wave *fieldwork.Wave, form url.Values) error {
	if text, sent := form[string(fieldwork.SettingK)]; sent {
		k, err := strconv.Atoi(strings.TrimSpace(text[0]))
		if err != nil {
			return failure.New(failure.Invalid, "waves.no_number", "setting", string(fieldwork.SettingK), "text", text[0]).Because(err)
		}
		wave.K = k
	}
	if text, sent := form[string(fieldwork.SettingPopulation)]; sent {
		wave.Population = nil
		if trimmed := strings.TrimSpace(text[0]); trimmed != "" {
			population, err := strconv.Atoi(trimmed)
			if err != nil {
				return failure.New(failure.Invalid, "waves.no_number", "setting", string(fieldwork.SettingPopulation), "text", text[0]).Because(err)
			}
			wave.Population = &population
		}
	}
	return nil
}
