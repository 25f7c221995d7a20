package server

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/export"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
)

// auditPageLines is how many lines of the audit log one page shows.
const auditPageLines = 100

type auditPage struct {
	*deskFrame
	Lines []auditLine
	Older int64 // before which line the next page begins, 0 at the end
	Whole bool  // whether the reader may take the whole log as a file
}

type auditLine struct {
	Number                                   int64
	At, Actor, Action, Subject, Area, Effect string
}

// auditLog shows who did what in the areas that the reader administers.
func (s *Server) auditLog(c echo.Context) error {
	user, _ := visitor(c)
	before, _ := strconv.ParseInt(c.QueryParam("before"), 10, 64) // nothing or nonsense begins with the newest
	may := func(area string) bool {
		return user.May(account.ReadAudit, account.Subject{Area: area}, s.desk.Areas.Contains)
	}
	lines, err := s.desk.Office.AuditLog(c.Request().Context(), before, auditPageLines+1, may)
	if err != nil {
		return err
	}
	page := &auditPage{deskFrame: s.deskFrame(c, "desk.audit.title"), Whole: may("")}
	if len(lines) > auditPageLines {
		lines = lines[:auditPageLines]
		page.Older = lines[auditPageLines-1].Number
	}
	for _, line := range lines {
		area, _ := s.desk.Areas.Get(line.Area)
		page.Lines = append(page.Lines, auditLine{Number: line.Number, At: page.Time(line.At), Actor: actorInWords(page.Localizer, line.Actor),
			Action: page.T("desk.audit.action." + string(line.Action)), Subject: line.Subject, Area: area.Name, Effect: line.Effect})
	}
	return s.page(c, http.StatusOK, "desk-audit", page)
}

// actorInWords says who it was that is no account.
func actorInWords(words *i18n.Localizer, actor string) string {
	name, byCommand := strings.CutPrefix(actor, account.CommandLine)
	switch {
	case actor == account.Clock:
		return words.T("desk.audit.by.clock")
	case actor == account.Provider:
		return words.T("desk.audit.by.provider")
	case actor == account.Linked:
		return words.T("desk.audit.by.link")
	case byCommand:
		return strings.TrimSpace(words.T("desk.audit.by.command") + " " + name)
	}
	return actor
}

// auditFile sends the whole audit log, checked line by line. A log that somebody
// changed ends where that shows, with a sentence.
func (s *Server) auditFile(c echo.Context) error {
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
	header.Set(echo.HeaderContentDisposition, `attachment; filename="audit.csv"`)
	header.Set("Cache-Control", "no-store")
	table := export.NewList(c.Response(), store.AuditHead()...)
	err := s.desk.Office.VerifyAudit(c.Request().Context(), func(line store.Audited) error { return table.Row(line.Cells()...) })
	if err != nil && !c.Response().Committed {
		return err
	}
	if err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	return table.Flush()
}
