package jobs

import (
	"bufio"
	"fmt"
	"os"

	"bedarfslotse/internal/failure"
)

// file is a result. Its name in the folder is taken away as soon as it is open,
// where the system lets it: nobody else finds it there, and nothing is left when
// the program is killed.
type file struct {
	*os.File
	out  *bufio.Writer
	name string
	kind string
	size int64
	left string // the path to remove in the end, "" when it is gone
}

func newFile(folder, name, kind string) (*file, error) {
	opened, err := os.CreateTemp(folder, ".bedarfslotse-job-*") // for its owner only
	if err != nil {
		return nil, failure.New(failure.Unavailable, "error.unavailable").Because(fmt.Errorf("make a temporary file: %w", err))
	}
	made := &file{File: opened, out: bufio.NewWriterSize(opened, 64<<10), name: name, kind: kind, left: opened.Name()}
	if os.Remove(made.left) == nil {
		made.left = ""
	}
	return made, nil
}

// Write adds to the file.
func (f *file) Write(content []byte) (int, error) {
	n, err := f.out.Write(content)
	f.size += int64(n)
	return n, err
}

// seal ends the writing.
func (f *file) seal() error {
	if err := f.out.Flush(); err != nil {
		return failure.New(failure.Unavailable, "error.unavailable").Because(fmt.Errorf("write the result: %w", err))
	}
	f.out = nil
	return nil
}

func (f *file) remove() {
	_ = f.Close() // nobody needs it any more
	if f.left != "" {
		_ = os.Remove(f.left)
	}
}
