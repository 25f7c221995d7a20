package store_test

import (
	"context"
	"strings"
	"testing"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testpostgres"
)

// TestReady: a monitor hears in one sentence what is in the way, and no more.
func TestReady(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(*store.DB) error
		says   string
	}{
		"works":        {func(*store.DB) error { return nil }, ""},
		"other schema": {store.PretendNewer, "this program wants"},
		"not writable": {func(db *store.DB) error { return store.Tamper(db, `DROP TABLE facts`) }, "takes nothing that is written"},
		"closed":       {(*store.DB).Close, "does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			testpostgres.Engines(t, func(t *testing.T, dsn string) {
				db := open(t, dsn, newClock())
				if err := c.damage(db); err != nil {
					t.Fatal(err)
				}
				err := db.Ready(context.Background())
				if c.says == "" {
					if err != nil || db.Ready(context.Background()) != nil {
						t.Errorf("not ready: %v", err)
					}
					return
				}
				said := failure.As(err)
				if said == nil || said.Code != failure.Unavailable || !strings.Contains(said.Text, c.says) || strings.Contains(said.Text, "facts") {
					t.Errorf("said %v", err)
				}
			})
		})
	}
}

func TestRoomAt(t *testing.T) {
	room, err := store.RoomAt(t.TempDir())
	if err != nil || room.Free == 0 || room.Free > room.Total {
		t.Errorf("%+v %v", room, err)
	}
	if _, err := store.RoomAt(t.TempDir() + "/none"); err == nil {
		t.Error("a folder that is not there has room")
	}
}
