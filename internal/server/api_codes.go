package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/store"
)

// apiCodesRequest asks for access codes.
type apiCodesRequest struct {
	Area        string `json:"area" length:"100" doc:"Key of the area that the codes carry; empty for the wave's."`
	Institution string `json:"institution" length:"100" doc:"Official number of the institution that the codes carry, instead of an area."`
	Kind        string `json:"kind" need:"yes" enum:"group,single" doc:"A group's code is used by many, a single one for one response."`
	Count       int    `json:"count" need:"yes" min:"1" max:"2000"`
}

// apiCodes are codes that were just made.
type apiCodes struct {
	Codes []apiCode `json:"codes"`
}

// apiCode is an access code.
type apiCode struct {
	Code    string `json:"code"`
	Address string `json:"address" doc:"Where whoever has it answers."`
}

// apiCodeCounts counts the codes of a wave.
type apiCodeCounts struct {
	Codes []apiCodeCount `json:"codes"`
	// Used is given in steps of k where taking part is nobody's job.
	Used *int `json:"used" doc:"How many single codes are used up, in steps of k where taking part is nobody's job; null below the first."`
}

// apiCodeCount is how many codes carry the same.
type apiCodeCount struct {
	Area            string `json:"area"`
	InstitutionType string `json:"institution_type"`
	Institution     string `json:"institution"`
	Kind            string `json:"kind" enum:"group,single"`
	Made            int    `json:"made"`
	Used            *int   `json:"used" doc:"Of single codes where taking part is part of the job; else null."`
}

// codeOperations lists what programs may ask about access codes.
func (s *Server) codeOperations() []operation {
	count := s.waveOperation("", "/codes", "countCodes", "How many codes there are; nothing of a code is kept but a hash", account.ManageWaves, account.ReadWavesScope)
	add := s.waveOperation(http.MethodPost, "/codes", "createCodes", "Make codes; this answer is the only one that tells them", account.ManageWaves, account.CodesScope)
	count.room, add.room, add.wrong, count.fresh = "Codes", "Codes", []int{http.StatusConflict}, true
	return []operation{reads(count, s.apiCountCodes), changes(add, http.StatusCreated, s.apiCreateCodes)}
}

func (s *Server) apiCountCodes(c echo.Context) (apiCodeCounts, error) {
	told := apiCodeCounts{Codes: []apiCodeCount{}}
	wave, err := s.waveOf(c)
	if err != nil {
		return told, err
	}
	counts, err := s.desk.Office.CodeCounts(c.Request().Context(), wave.ID)
	if err != nil {
		return told, err
	}
	for _, one := range counts {
		row := apiCodeCount{Area: one.Area, InstitutionType: one.InstitutionType, Institution: one.Institution, Kind: "group", Made: one.Made}
		if !one.Shared {
			row.Kind, row.Used = "single", usedOf(wave, one)
		}
		told.Codes = append(told.Codes, row)
	}
	_, told.Used = usedInAll(wave, counts)
	return told, nil
}

// usedOf is how many single codes for one target are used up: process data where
// taking part is part of the job, nil for families and young people (DESIGN 6).
func usedOf(wave *store.LiveWave, one store.CodeCount) *int {
	if !catalogue.Audience(wave.Version.Audience).Professional() {
		return nil
	}
	used := one.Made - one.Unused
	return &used
}

// usedInAll counts the single codes of a wave and those used up: the latter in
// steps of k for families and young people, nil below the first step.
func usedInAll(wave *store.LiveWave, counts []store.CodeCount) (made int, used *int) {
	spent := 0
	for _, one := range counts {
		if !one.Shared {
			made, spent = made+one.Made, spent+one.Made-one.Unused
		}
	}
	if !catalogue.Audience(wave.Version.Audience).Professional() {
		if spent < wave.K {
			return made, nil
		}
		spent -= spent % wave.K
	}
	return made, &spent
}

func (s *Server) apiCreateCodes(c echo.Context, in apiCodesRequest) (apiCodes, error) {
	told := apiCodes{Codes: []apiCode{}}
	wave, err := s.waveOf(c)
	if err != nil {
		return told, err
	}
	target := "area:" + firstOf(in.Area, wave.Area)
	if in.Institution != "" {
		target = "institution:" + in.Institution
	}
	user, _ := visitor(c)
	codes, err := s.createCodes(c.Request().Context(), user, wave, target, in.Kind == "group", in.Count)
	for _, code := range codes {
		told.Codes = append(told.Codes, apiCode{code, s.origin(c) + "/q/" + code})
	}
	return told, err
}
