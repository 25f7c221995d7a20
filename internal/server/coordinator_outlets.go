package server

import (
	"context"
	"iter"
	"net/http"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/export"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
)

// Depot is what the pages on data in and out need of the store.
type Depot interface {
	Shelf
	Returns(ctx context.Context, wave *store.LiveWave) (int, error)
	// ResponsesAtOnce hands out the responses as they are at one moment.
	ResponsesAtOnce(ctx context.Context, wave *store.LiveWave, use func(iter.Seq2[export.Record, error]) error) error
	// Import stores the rows of a file in one step and returns how many are new.
	Import(ctx context.Context, actor string, wave *store.LiveWave, file store.File, rows iter.Seq2[store.Imported, error]) (int, error)
	// ImportedBefore tells which rows of a source are stored already.
	ImportedBefore(ctx context.Context, wave *store.LiveWave, externals []string) ([]bool, error)
	Imports(ctx context.Context, wave *store.LiveWave) ([]store.Batch, error)
	// ImportOf returns one import; failure.NotFound.
	ImportOf(ctx context.Context, wave *store.LiveWave, number int) (store.Batch, error)
	// UndoImport takes the responses of an import out again; failure.NotFound,
	// failure.Conflict.
	UndoImport(ctx context.Context, actor string, wave *store.LiveWave, number int) (int, error)
	// AddSheet stores a typed sheet; failure.Conflict when one of that number is
	// stored and not to be replaced.
	AddSheet(ctx context.Context, actor string, wave *store.LiveWave, sheet store.Sheet, replace bool) error
	// Sheet returns the answers of a typed sheet; failure.NotFound.
	Sheet(ctx context.Context, wave *store.LiveWave, number string) (*response.Answers, error)
}

// uploadLimit is the size of a form with the largest file.
const uploadLimit = store.MaxUploadSize + 64<<10

// outletsRoutes lists the pages on data in and out.
func (s *Server) outletsRoutes() []route {
	ofWave := func(method, path string, handler echo.HandlerFunc) route {
		return route{method: method, path: "/manage/waves/:slug/" + path, permission: account.ManageData, about: s.aboutWave, handler: s.desk.csrf(handler)}
	}
	return []route{
		ofWave(http.MethodGet, "export", s.exportPage),
		ofWave(http.MethodPost, "export", s.export),
		ofWave(http.MethodGet, "import", s.importPage),
		{method: http.MethodPost, path: "/manage/waves/:slug/import", permission: account.ManageData, about: s.aboutWave, handler: s.desk.csrf(s.upload), limit: uploadLimit},
		ofWave(http.MethodGet, "import/:upload", s.importFile),
		ofWave(http.MethodPost, "import/:upload", s.planImport),
		ofWave(http.MethodGet, "import/:upload/rows.csv", s.importRows),
		ofWave(http.MethodPost, "import/:upload/take", s.takeOver),
		ofWave(http.MethodGet, "imports/:number/undo", s.undoPage),
		ofWave(http.MethodPost, "imports/:number/undo", s.undo),
		ofWave(http.MethodGet, "paper", s.paper),
		ofWave(http.MethodPost, "paper", s.typeSheet),
	}
}
