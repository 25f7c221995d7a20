package server

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
)

// apiReturns tells how the collecting of a wave goes, as far as its page does.
type apiReturns struct {
	Wave       string           `json:"wave"`
	Responses  *int             `json:"responses" doc:"Up to now; null below k where taking part is nobody's job."`
	Population *int             `json:"population"`
	Process    bool             `json:"process" doc:"Counts are process data: of everybody, up to now, from 1."`
	Step       int              `json:"step" doc:"Counts are given in steps of so many: the largest multiple that is reached."`
	Days       []apiDay         `json:"days"`
	Tables     []apiReturnTable `json:"tables"`
}

// apiDay is how many responses had come at the end of a day.
type apiDay struct {
	Day       string `json:"day"`
	Responses int    `json:"responses"`
}

// apiReturnTable counts responses by one thing.
type apiReturnTable struct {
	By    string         `json:"by" doc:"stratum, area, type, institution, language, or how they answered: the rest."`
	Title string         `json:"title"`
	Rows  []apiReturnRow `json:"rows"`
}

// apiReturnRow is one line of such a table. What is hidden is null.
type apiReturnRow struct {
	Key        string   `json:"key"`
	Name       string   `json:"name"`
	Responses  *float64 `json:"responses" doc:"Null where it is hidden."`
	Population *float64 `json:"population" doc:"Of how many; null when not known."`
	Target     *float64 `json:"target"`
}

// returnOperations lists what programs may ask about returns and results.
func (s *Server) returnOperations() []operation {
	returns := s.waveOperation("", "/returns", "readReturns", "How the collecting goes", account.ReadReturns, account.ReturnsScope)
	returns.room = "Returns"
	return []operation{reads(returns, s.apiReturns), s.resultsOperation()}
}

func (s *Server) apiReturns(c echo.Context) (apiReturns, error) {
	v, err := s.returnsView(c)
	if err != nil {
		return apiReturns{}, err
	}
	results, err := s.desk.Office.Results(c.Request().Context(), v.wave)
	if err != nil {
		return apiReturns{}, err
	}
	told := apiReturns{Wave: v.wave.Slug, Population: v.wave.Population, Process: v.course.Process, Step: v.course.Step, Days: []apiDay{}, Tables: []apiReturnTable{}}
	if total := v.total(); total == v.count {
		told.Responses = &total
	}
	for _, day := range v.course.Days {
		told.Days = append(told.Days, apiDay{day.Day, day.Count})
	}
	for _, table := range append(v.tables(), v.quality(results)...) {
		one := apiReturnTable{By: table.ID, Title: table.Title, Rows: []apiReturnRow{}}
		for _, row := range table.Rows {
			cells := make([]*float64, 4)
			for i := 1; i < min(len(row.raw), len(cells)); i++ {
				if n, err := strconv.ParseFloat(row.raw[i], 64); err == nil {
					cells[i] = &n
				}
			}
			key := ""
			if len(row.raw) > 0 {
				key = row.raw[0]
			}
			one.Rows = append(one.Rows, apiReturnRow{key, row.Name, cells[1], cells[2], cells[3]})
		}
		told.Tables = append(told.Tables, one)
	}
	return told, nil
}
