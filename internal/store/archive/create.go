package archive

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/store/internal/writeout"
)

// Create writes a file that exists whole or not at all, readable by its owner
// only, and on the disk when Create returns. A file that is there already stays
// and is a Conflict, unless force replaces it.
func Create(path string, force bool, write func(io.Writer) error) (err error) {
	exists := failure.New(failure.Conflict, "backup.exists", "path", path)
	if _, err := os.Lstat(path); err == nil && !force {
		return exists
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+PartEnding+"*") // mode 0600
	if err != nil {
		return failure.Errorf(failure.Unavailable, "write the backup: %w", err)
	}
	defer func() {
		if removing := os.Remove(file.Name()); err == nil && !errors.Is(removing, fs.ErrNotExist) {
			err = removing
		}
	}()
	written := writeout.Follow(file.Name())
	err = write(file)
	written()
	if err == nil {
		err = file.Sync()
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	if force {
		err = os.Rename(file.Name(), path)
	} else if err = os.Link(file.Name(), path); errors.Is(err, fs.ErrExist) {
		return exists
	} else if err != nil { // a file system without second names
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return failure.Errorf(failure.Unavailable, "write the backup: %w", err)
	}
	return store.SyncFolder(filepath.Dir(path))
}

// PartEnding stands in the name of a file that is being written.
const PartEnding = ".part"
