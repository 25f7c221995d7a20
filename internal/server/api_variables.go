package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
)

// apiVariable is a calculated variable of a wave.
type apiVariable struct {
	Name       string            `json:"name" doc:"By which question, by and filter of the results name it."`
	Revision   int               `json:"revision" doc:"Grows with every change."`
	Kind       string            `json:"kind" enum:"recode,band,index"`
	Label      map[string]string `json:"label" doc:"By language: de and en."`
	Source     string            `json:"source" doc:"The question that is recoded or cut; empty of an index."`
	Categories []apiMerged       `json:"categories" doc:"Of a recode: choices that stand together. The others stay alone."`
	Limits     []string          `json:"limits" doc:"Of a band: where the next one begins, as given. The names in values say which limits hold."`
	Items      []apiItem         `json:"items" doc:"Of an index."`
	Values     []string          `json:"values" doc:"By which filter names its categories in the last release; empty without one."`
	Problem    string            `json:"problem" doc:"Why there are no figures of it; empty where there are."`
}

type apiMerged struct {
	Name    string            `json:"name"`
	Label   map[string]string `json:"label"`
	Choices []string          `json:"choices"`
}

type apiItem struct {
	Question string `json:"question"`
	Reversed bool   `json:"reversed" doc:"Counts as lowest + highest − x."`
}

// apiVariableRequest defines a variable.
type apiVariableRequest struct {
	Revision   int                `json:"revision" min:"0" doc:"That of the variable to be changed; 0 for a new one."`
	Kind       string             `json:"kind" need:"yes" enum:"recode,band,index"`
	Label      map[string]string  `json:"label" need:"yes" doc:"In de, en or both."`
	Source     string             `json:"source" length:"200"`
	Categories []apiMergedRequest `json:"categories" items:"100"`
	Limits     []string           `json:"limits" items:"100"`
	Items      []apiItemRequest   `json:"items" items:"100"`
}

type apiMergedRequest struct {
	Name    string            `json:"name" need:"yes" length:"40"`
	Label   map[string]string `json:"label" need:"yes"`
	Choices []string          `json:"choices" need:"yes" items:"1000"`
}

type apiItemRequest struct {
	Question string `json:"question" need:"yes" length:"200"`
	Reversed bool   `json:"reversed"`
}

// variableOperations lists what programs may ask about calculated variables.
func (s *Server) variableOperations() []operation {
	list := s.waveOperation("", "/variables", "listVariables", "The calculated variables of a wave", account.ReadResults, account.ResultsScope)
	list.query = pages()
	save := s.waveOperation(http.MethodPut, "/variables/:name", "saveVariable", "Define a calculated variable, or change it", account.ManageWaves, account.WriteWavesScope)
	save.wrong = []int{http.StatusConflict}
	remove := s.waveOperation(http.MethodDelete, "/variables/:name", "removeVariable", "Remove a calculated variable", account.ManageWaves, account.WriteWavesScope)
	for _, one := range []*operation{&list, &save, &remove} {
		one.room, one.fresh = "Results", true
	}
	return []operation{reads(list, s.apiVariables), changes(save, http.StatusOK, s.apiSaveVariable),
		changes(remove, http.StatusNoContent, func(c echo.Context, _ nothing) (nothing, error) {
			wave, err := s.waveOf(c)
			if err != nil {
				return nothing{}, err
			}
			user, _ := visitor(c)
			return nothing{}, s.desk.Office.RemoveVariable(c.Request().Context(), user.Name, wave, c.Param("name"))
		})}
}

func (s *Server) apiVariables(c echo.Context) (apiList[apiVariable], error) {
	wave, err := s.waveOf(c)
	if err != nil {
		return apiList[apiVariable]{}, err
	}
	all, err := s.describeVariables(c, wave)
	return paged(c, all, func(one apiVariable) string { return one.Name }), err
}

// describeVariables tells of all variables of a wave.
func (s *Server) describeVariables(c echo.Context, wave *store.LiveWave) ([]apiVariable, error) {
	ctx, words := c.Request().Context(), s.deskWords(c)
	stored, err := s.desk.Office.Variables(ctx, wave.ID)
	if err != nil {
		return nil, err
	}
	explorer, err := s.desk.Office.Explorer(ctx, wave)
	if err != nil && failure.CodeOf(err) != failure.Forbidden {
		return nil, err
	}
	all := make([]apiVariable, len(stored))
	for i, v := range stored {
		one := apiVariable{Name: v.Name, Revision: v.Revision, Kind: string(v.Kind), Label: v.Label, Source: v.Source,
			Categories: []apiMerged{}, Limits: append([]string{}, v.Limits...), Items: []apiItem{}, Values: []string{}}
		for _, category := range v.Categories {
			one.Categories = append(one.Categories, apiMerged(category))
		}
		for _, item := range v.Items {
			one.Items = append(one.Items, apiItem(item))
		}
		if problem := failure.As(wave.Calculated.Problem(v.Name)); problem != nil {
			one.Problem = sentence(words, problem)
		} else if explorer != nil {
			for _, cell := range cellsOf(explorer, v.Name) {
				one.Values = append(one.Values, cell.Name)
			}
		}
		all[i] = one
	}
	return all, nil
}

func (s *Server) apiSaveVariable(c echo.Context, in apiVariableRequest) (apiVariable, error) {
	wave, err := s.waveOf(c)
	if err != nil {
		return apiVariable{}, err
	}
	v := analysis.Variable{Name: c.Param("name"), Label: map[string]string{"de": tidyWords(in.Label["de"]), "en": tidyWords(in.Label["en"])},
		Definition: analysis.Definition{Kind: analysis.Calculation(in.Kind), Source: in.Source, Limits: in.Limits}}
	for _, category := range in.Categories {
		v.Categories = append(v.Categories, analysis.Merged(category))
	}
	for _, item := range in.Items {
		v.Items = append(v.Items, analysis.Item(item))
	}
	if v.Kind == analysis.Index {
		v.Source = ""
	}
	user, _ := visitor(c)
	if err := s.desk.Office.SaveVariable(c.Request().Context(), user.Name, wave, in.Revision, v); err != nil {
		return apiVariable{}, err
	}
	if wave, err = s.waveOf(c); err != nil {
		return apiVariable{}, err
	}
	all, err := s.describeVariables(c, wave)
	for _, one := range all {
		if one.Name == v.Name {
			return one, nil
		}
	}
	return apiVariable{}, err
}
