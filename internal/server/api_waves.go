package server

import (
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
)

// apiWave is a wave with its settings.
type apiWave struct {
	Slug        string            `json:"slug"`
	Survey      string            `json:"survey"`
	Version     string            `json:"version"`
	SurveyHash  string            `json:"survey_hash"`
	Title       map[string]string `json:"title" doc:"Of the survey, by language."`
	State       string            `json:"state" enum:"prepared,open,paused,closed"`
	Closed      string            `json:"closed" doc:"Day; empty until then."`
	Revision    int               `json:"revision" doc:"Grows with every change of the settings."`
	Sample      bool              `json:"sample" doc:"Its answers are made up."`
	Area        string            `json:"area" doc:"Key of an area; empty for all."`
	Areas       []string          `json:"areas" doc:"Keys of the areas below it that take part; empty for all of them."`
	Breakdown   []string          `json:"breakdown" doc:"The order in which figures are divided into groups."`
	Opened      string            `json:"opened" doc:"First day; empty while undecided."`
	Until       string            `json:"until" doc:"Last day; empty without end."`
	K           int               `json:"k" doc:"Smallest group that figures are told of."`
	Population  *int              `json:"population" doc:"How many could answer; null when not known."`
	Access      string            `json:"access" enum:"link,group,single"`
	Languages   []string          `json:"languages" doc:"That are offered to respondents."`
	Institution bool              `json:"institutions" doc:"Responses keep the institution that their code names."`
	Kiosk       bool              `json:"kiosk"`
	ProofOfWork bool              `json:"proof_of_work"`
	Public      bool              `json:"public" doc:"Everybody may read figures of some questions under /results/."`
	Purpose     string            `json:"purpose"`
	LegalBasis  string            `json:"legal_basis"`
	Mandate     string            `json:"mandate"`
	MandateDay  string            `json:"mandate_day"`
	Reference   string            `json:"mandate_reference"`
	Contact     string            `json:"contact"`
	Helpline    string            `json:"helpline"`
	Retention   string            `json:"retention" doc:"Last day on which single responses are kept."`
	Deleted     string            `json:"deleted" doc:"Day on which the single responses were deleted, empty while they are kept."`
	Supervision string            `json:"supervision" doc:"Day on which the school supervision was told."`
	Council     string            `json:"council" doc:"Day on which the staff council was told."`
	Previous    string            `json:"previous" doc:"Slug of the wave that this one repeats; empty for none."`
}

// apiSettingsRequest is what may be settled about a wave; what is left out stays.
type apiSettingsRequest struct {
	Slug        string   `json:"slug" length:"60"`
	Survey      string   `json:"survey" length:"200" doc:"Id of a survey; its newest version is taken."`
	Area        string   `json:"area" length:"100"`
	Areas       []string `json:"areas" items:"500" doc:"Keys of areas below it that take part; empty for all of them."`
	Breakdown   []string `json:"breakdown" items:"2" doc:"The order in which figures are divided into groups: area and institution_type."`
	Opened      string   `json:"opened" format:"date"`
	Until       string   `json:"until" format:"date"`
	K           int      `json:"k" min:"3" max:"1000"`
	Population  *int     `json:"population" min:"1" max:"20000000"`
	Access      string   `json:"access" enum:"link,group,single"`
	Languages   []string `json:"languages" items:"50"`
	Institution bool     `json:"institutions"`
	Kiosk       bool     `json:"kiosk"`
	ProofOfWork bool     `json:"proof_of_work"`
	Purpose     string   `json:"purpose" length:"4000"`
	LegalBasis  string   `json:"legal_basis" length:"4000"`
	Mandate     string   `json:"mandate" length:"4000"`
	MandateDay  string   `json:"mandate_day" format:"date"`
	Reference   string   `json:"mandate_reference" length:"4000"`
	Contact     string   `json:"contact" length:"4000"`
	Helpline    string   `json:"helpline" length:"4000"`
	Retention   string   `json:"retention" format:"date"`
	Supervision string   `json:"supervision" format:"date"`
	Council     string   `json:"council" format:"date"`
	Previous    string   `json:"previous" length:"60"`
}

// settingsSent are settings as they were sent: which of them, and what.
type settingsSent map[string]any

func (settingsSent) describe(known *schemas) *schema {
	return known.of(reflect.TypeFor[apiSettingsRequest]())
}

// newWaveSent are the settings of a new wave.
type newWaveSent map[string]any

func (newWaveSent) describe(known *schemas) *schema {
	// The same properties, of which one is needed.
	name := strings.TrimPrefix(known.of(reflect.TypeFor[apiSettingsRequest]()).Ref, schemaPlace)
	made := *known.named[name]
	made.Required = []string{string(fieldwork.SettingSurvey)}
	known.named["NewWaveRequest"] = &made
	return &schema{Ref: schemaPlace + "NewWaveRequest"}
}

// formOf writes settings as the desk's form sends them, so that both are read by
// the same rules.
func formOf(sent map[string]any) url.Values {
	form := url.Values{}
	for name, value := range sent {
		switch value := value.(type) {
		case nil:
			form.Set(name, "")
		case string:
			form.Set(name, value)
		case json.Number:
			form.Set(name, value.String())
		case bool:
			form.Add(shownControl, name)
			if value {
				form.Set(name, "yes")
			}
		case []any:
			form.Add(shownControl, name)
			for _, one := range value {
				if text, ok := one.(string); ok {
					form.Add(name, text)
				}
			}
		}
	}
	return form
}

// waveOperation begins an operation about one wave.
func (s *Server) waveOperation(method, path, id, summary string, permission account.Permission, scope account.Scope) operation {
	return operation{id: id, room: "Waves", summary: summary,
		route: route{method: method, path: apiPath + "/waves/:slug" + path, permission: permission, about: s.aboutWave, scope: scope}}
}

// moves makes an operation that brings a wave into another state.
func (s *Server) moves(word, summary string, move func(echo.Context, *store.LiveWave) error) operation {
	o := s.waveOperation(http.MethodPost, "/"+word, word+"Wave", summary, account.ManageWaves, account.WriteWavesScope)
	o.wrong, o.matches = []int{http.StatusConflict}, s.matchedWave
	return changes(o, http.StatusOK, func(c echo.Context, _ nothing) (apiWave, error) {
		wave, err := s.waveOf(c)
		if err != nil {
			return apiWave{}, err
		}
		if err := move(c, wave); err != nil {
			return apiWave{}, err
		}
		return s.apiWave(c)
	})
}

func (s *Server) matchedWave(c echo.Context) (any, error) { return s.apiWave(c) }

// moveTo makes a move to a state.
func (s *Server) moveTo(from, to fieldwork.State) func(echo.Context, *store.LiveWave) error {
	return func(c echo.Context, wave *store.LiveWave) error {
		if wave.State != from {
			return failure.New(failure.Conflict, "waves.no_move", "from", string(wave.State), "to", string(to))
		}
		user, _ := visitor(c)
		return s.desk.Office.MoveWave(c.Request().Context(), user.Name, wave.Slug, to)
	}
}

// waveOperations lists what programs may ask about waves.
func (s *Server) waveOperations() []operation {
	const read, write = account.ReadWavesScope, account.WriteWavesScope
	list := operation{id: "listWaves", room: "Waves", summary: "The waves of the token's areas, the newest first", query: pages(),
		route: route{path: apiPath + "/waves", permission: account.ManageWaves, scope: read}}
	add := operation{id: "createWave", room: "Waves", summary: "Prepare a wave; nothing is shown to respondents before it is opened", located: true,
		wrong: []int{http.StatusConflict},
		route: route{method: http.MethodPost, path: apiPath + "/waves", permission: account.ManageWaves, about: aboutBody, scope: write}}
	change := s.waveOperation(http.MethodPatch, "", "changeWave", "Change settings; what is left out stays. The wave is extended by another until", account.ManageWaves, write)
	change.matches, change.wrong = s.matchedWave, []int{http.StatusConflict}
	discard := s.waveOperation(http.MethodDelete, "", "discardWave", "Delete a wave that was never opened", account.ManageWaves, write)
	discard.matches, discard.wrong = s.matchedWave, []int{http.StatusConflict}
	repeat := s.waveOperation(http.MethodPost, "/repeat", "repeatWave", "Prepare the next wave with the settings and the population of this one", account.ManageWaves, write)
	repeat.located, repeat.wrong = true, []int{http.StatusConflict}
	strata := s.waveOperation(http.MethodPut, "/strata", "replaceStrata", "Replace the parts of the population", account.ManageWaves, write)
	strata.matches = func(c echo.Context) (any, error) { return s.apiStrata(c) }
	return []operation{
		reads(list, s.apiWaves),
		changes(add, http.StatusCreated, s.apiAddWave),
		reads(s.waveOperation("", "", "readWave", "One wave", account.ManageWaves, read), s.apiWave),
		changes(change, http.StatusOK, s.apiChangeWave),
		changes(discard, http.StatusNoContent, s.apiDiscardWave),
		s.moves("open", "Open a prepared wave", s.moveTo(fieldwork.Prepared, fieldwork.Open)),
		s.moves("pause", "Ask nobody anew; answers that wait on phones are still taken", s.moveTo(fieldwork.Open, fieldwork.Paused)),
		s.moves("resume", "Ask again", s.moveTo(fieldwork.Paused, fieldwork.Open)),
		s.moves("release", "Release the figures of the groups of an open wave: what they show then stands, and later releases join groups that changed by few", func(c echo.Context, wave *store.LiveWave) error {
			user, _ := visitor(c)
			return s.desk.Office.ReleaseWave(c.Request().Context(), user.Name, wave)
		}),
		s.moves("close", "Close a wave for good and release its figures", func(c echo.Context, wave *store.LiveWave) error {
			user, _ := visitor(c)
			return s.desk.Office.CloseWave(c.Request().Context(), user.Name, wave)
		}),
		changes(repeat, http.StatusCreated, s.apiRepeatWave),
		reads(s.waveOperation("", "/checklist", "readChecklist", "What to think of before the wave opens; it prevents nothing", account.ManageWaves, read), s.apiChecklist),
		reads(s.waveOperation("", "/strata", "readStrata", "The parts of the population", account.ManageWaves, read), s.apiStrata),
		changes(strata, http.StatusOK, s.apiSetStrata),
	}
}

// describeWave writes a wave; slug finds that of another by its id.
func describeWave(wave *store.LiveWave, previous string) apiWave {
	told := apiWave{Slug: wave.Slug, Survey: wave.SurveyID, Version: wave.Version.Survey.Version, SurveyHash: wave.SurveyHash, Title: map[string]string{},
		State: string(wave.State), Closed: wave.Closed, Revision: wave.Revision, Sample: wave.Sample, Area: wave.Area,
		Areas: append([]string{}, strings.Fields(wave.Areas)...), Breakdown: wave.Divided(), Opened: wave.Opened, Until: wave.Until,
		K: wave.K, Population: wave.Population, Access: string(wave.Access), Languages: wave.Offered(wave.Version.Languages),
		Institution: wave.Institutions, Kiosk: wave.Kiosk, ProofOfWork: wave.ProofOfWork, Public: wave.PublicQuestions != "", Purpose: wave.Purpose,
		LegalBasis: wave.LegalBasis, Mandate: wave.Mandate, MandateDay: wave.MandateDay, Reference: wave.MandateReference, Contact: wave.Contact,
		Helpline: wave.Helpline, Retention: wave.Retention, Deleted: wave.Deleted, Supervision: wave.Supervision, Council: wave.Council, Previous: previous}
	for tag, phrase := range wave.Version.Title {
		told.Title[tag] = phrase.Text
	}
	return told
}

func (s *Server) apiWave(c echo.Context) (apiWave, error) {
	wave, err := s.waveOf(c)
	if err != nil {
		return apiWave{}, err
	}
	previous, err := s.slugOfWave(c.Request().Context(), wave.Previous)
	return describeWave(wave, previous), err
}

func (s *Server) apiWaves(c echo.Context) (apiList[apiWave], error) {
	waves, err := s.desk.Office.Waves(c.Request().Context())
	if err != nil {
		return apiList[apiWave]{}, err
	}
	user, _ := visitor(c)
	slugs := map[string]string{}
	var all []apiWave
	for _, wave := range waves {
		slugs[wave.ID] = wave.Slug
	}
	for _, wave := range waves {
		if user.May(account.ManageWaves, subjectOf(wave), s.desk.Areas.Contains) {
			all = append(all, describeWave(wave, slugs[wave.Previous]))
		}
	}
	return paged(c, all, func(one apiWave) string { return one.Slug }), nil
}

// previousByID replaces the slug of the wave before by its id, if the visitor may
// see it.
func (s *Server) previousByID(c echo.Context, sent map[string]any) error {
	slug, _ := sent[string(fieldwork.SettingPrevious)].(string)
	if slug == "" {
		return nil
	}
	wave, err := s.desk.Office.Wave(c.Request().Context(), slug)
	user, _ := visitor(c)
	if failure.CodeOf(err) == failure.NotFound || err == nil && !user.May(account.ReadReturns, subjectOf(wave), s.desk.Areas.Contains) {
		return unfit{{"/previous", failure.New(failure.Invalid, "error.unknown_wave", "slug", slug)}}
	}
	if err != nil {
		return err
	}
	sent[string(fieldwork.SettingPrevious)] = wave.ID
	return nil
}

// pointed tells to which part of the body a failure of a setting belongs.
func pointed(err error) error {
	failed := failure.As(err)
	at := settingOf(err)
	if failed == nil || at == "" || failed.Code != failure.Invalid && failed.Code != failure.NotFound {
		return err
	}
	wrong := *failed
	wrong.Code = failure.Invalid
	return unfit{{"/" + string(at), &wrong}}
}

// settingsOf reads settings with their numbers as they were written.
func settingsOf(c echo.Context) (map[string]any, error) {
	value, err := decoded(c)
	sent, _ := value.(map[string]any) // judged before
	return sent, err
}

func (s *Server) apiAddWave(c echo.Context, _ newWaveSent) (apiWave, error) {
	ctx := c.Request().Context()
	sent, err := settingsOf(c)
	if err != nil {
		return apiWave{}, err
	}
	if err := s.previousByID(c, sent); err != nil {
		return apiWave{}, err
	}
	id, _ := sent[string(fieldwork.SettingSurvey)].(string)
	area, _ := sent[string(fieldwork.SettingArea)].(string)
	version, err := s.findSurvey(ctx, id)
	if err != nil {
		return apiWave{}, pointed(err)
	}
	wave, err := s.draftWave(ctx, version, area)
	if err != nil {
		return apiWave{}, err
	}
	if err := fillWave(&wave, formOf(sent)); err != nil {
		return apiWave{}, pointed(err)
	}
	if err := wave.Validate(s.desk.Areas); err != nil {
		return apiWave{}, pointed(err)
	}
	user, _ := visitor(c)
	made, err := s.desk.Office.PrepareWave(ctx, user.Name, wave, version)
	if err != nil {
		return apiWave{}, err
	}
	c.Response().Header().Set(echo.HeaderLocation, apiPath+"/waves/"+made.Slug)
	previous, err := s.slugOfWave(ctx, made.Previous)
	return describeWave(made, previous), err
}

func (s *Server) apiChangeWave(c echo.Context, _ settingsSent) (apiWave, error) {
	wave, err := s.waveOf(c)
	if err != nil {
		return apiWave{}, err
	}
	sent, err := settingsOf(c)
	if err != nil {
		return apiWave{}, err
	}
	if err := s.previousByID(c, sent); err != nil {
		return apiWave{}, err
	}
	user, _ := visitor(c)
	typed, err := s.changeSettings(c.Request().Context(), user, wave, wave.Revision, formOf(sent))
	if err != nil {
		return apiWave{}, pointed(err)
	}
	slug := slices.Index(c.ParamNames(), "slug")
	values := slices.Clone(c.ParamValues())
	values[slug] = typed.Slug // under which it is found from now on
	c.SetParamValues(values...)
	return s.apiWave(c)
}

func (s *Server) apiDiscardWave(c echo.Context, _ nothing) (nothing, error) {
	user, _ := visitor(c)
	return nothing{}, s.desk.Office.DiscardWave(c.Request().Context(), user.Name, c.Param("slug"))
}

func (s *Server) apiRepeatWave(c echo.Context, _ nothing) (apiWave, error) {
	wave, err := s.waveOf(c)
	if err != nil {
		return apiWave{}, err
	}
	user, _ := visitor(c)
	made, err := s.prepareNext(c.Request().Context(), user, wave)
	if err != nil {
		return apiWave{}, err
	}
	c.Response().Header().Set(echo.HeaderLocation, apiPath+"/waves/"+made.Slug)
	return describeWave(made, wave.Slug), nil
}

// apiConcern is one line of the check list.
type apiConcern struct {
	Key     string `json:"key"`
	Setting string `json:"setting" doc:"What to change about it; empty where it is no setting."`
	Text    string `json:"text"`
}

// apiChecklist is the check list of a wave.
type apiChecklist struct {
	Concerns []apiConcern `json:"concerns"`
}

func (s *Server) apiChecklist(c echo.Context) (apiChecklist, error) {
	list := apiChecklist{Concerns: []apiConcern{}}
	wave, err := s.waveOf(c)
	if err != nil {
		return list, err
	}
	concerns, err := s.concernsOf(c.Request().Context(), wave)
	for _, one := range concerns {
		list.Concerns = append(list.Concerns, apiConcern{one.Key, string(one.Setting), concernInWords(s.deskWords(c), one)})
	}
	return list, err
}

// apiStrataRequest replaces the strata of a wave.
type apiStrataRequest struct {
	Strata []apiStratum `json:"strata" need:"yes" items:"5000"`
}

// apiStrata are the strata of a wave.
type apiStrata struct {
	Strata []apiStratum `json:"strata"`
}

// apiStratum is a part of a population.
type apiStratum struct {
	Area            string `json:"area" length:"100" doc:"Key of an area; empty for all."`
	InstitutionType string `json:"institution_type" length:"200" doc:"Empty for all."`
	Institution     string `json:"institution" length:"100" doc:"Official number; empty for all."`
	Population      int    `json:"population" min:"0" max:"20000000" doc:"How many could answer; 0 when not known."`
	Target          int    `json:"target" min:"0" max:"20000000" doc:"How many answers are wanted; 0 for no target."`
}

func (s *Server) apiStrata(c echo.Context) (apiStrata, error) {
	told := apiStrata{Strata: []apiStratum{}}
	wave, err := s.waveOf(c)
	if err != nil {
		return told, err
	}
	strata, err := s.desk.Office.Strata(c.Request().Context(), wave.ID)
	for _, one := range strata {
		told.Strata = append(told.Strata, apiStratum(one))
	}
	return told, err
}

func (s *Server) apiSetStrata(c echo.Context, in apiStrataRequest) (apiStrata, error) {
	wave, err := s.waveOf(c)
	if err != nil {
		return apiStrata{}, err
	}
	strata := make([]fieldwork.Stratum, len(in.Strata))
	for i, one := range in.Strata {
		if one.Area != "" && !s.insideWave(wave, one.Area) {
			return apiStrata{}, failure.New(failure.Invalid, "error.unknown_area_chosen", "area", one.Area)
		}
		strata[i] = fieldwork.Stratum(one)
	}
	user, _ := visitor(c)
	if err := s.desk.Office.SetStrata(c.Request().Context(), user.Name, wave, strata); err != nil {
		return apiStrata{}, err
	}
	return s.apiStrata(c)
}
