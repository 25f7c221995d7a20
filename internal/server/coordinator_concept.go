package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
)

// conceptPage leads to everything that the municipality's concept is made of.
type conceptPage struct {
	*deskFrame
	Rooms []conceptRoom
}

// conceptRoom is one of the pages that the concept is made on.
type conceptRoom struct {
	Address     string // path without a query
	Title, Text string // message keys
	permission  account.Permission
}

// conceptRooms are in the order in which the work goes.
func conceptRooms() []conceptRoom {
	return []conceptRoom{
		{questionsPath, "questions.title", "questions.room", account.ReadResults},
		{indicatorPages, "indicators.title", "indicators.room", account.ReadResults},
		{progressPage, "indicators.progress.title", "indicators.progress.room", account.ReadResults},
		{needsPath, "needs.title", "needs.room", account.ReadResults},
		{gapPath, "gap.title", "gap.room", account.ReadResults},
		{offersPath, "offers.title", "offers.room", account.ReadResults},
		{measuresPath, "measures.title", "measures.room", account.ReadResults},
		{effectsPath, "effects.title", "effects.room", account.ReadResults},
		{networkPath, "network.title", "network.room", account.ReadResults},
		{stakeholdersPath, "stakeholders.title", "stakeholders.room", account.ManageConcept},
		{documentsPath, "documents.title", "documents.room", account.ReadResults},
		{reportPages, "report.desk.title", "report.desk.text", account.ReadResults},
	}
}

func (s *Server) conceptRoutes() []route {
	return []route{{method: http.MethodGet, path: "/manage/concept", permission: account.ReadResults, handler: s.desk.csrf(s.concept)}}
}

func (s *Server) concept(c echo.Context) error {
	user, _ := visitor(c)
	page := &conceptPage{deskFrame: s.deskFrame(c, "concept.title")}
	for _, room := range conceptRooms() {
		if user.Has(room.permission) {
			page.Rooms = append(page.Rooms, room)
		}
	}
	return s.page(c, http.StatusOK, "desk-concept", page)
}
