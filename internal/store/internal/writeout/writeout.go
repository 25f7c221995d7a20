// Package writeout has the disk write large files, and give them up, little by
// little. Left to itself the system gathers what is written for half a minute, or
// gigabytes of it, and then writes all at once; and whoever waits for a commit
// waits behind it.
package writeout

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

const (
	pause = 20 * time.Millisecond
	least = 1 << 20  // bytes worth asking the disk for
	piece = 16 << 20 // bytes that are given up at once
)

// Follow has the disk write what is put into a file while it grows; the file may
// come to be later. What is changed in it afterwards is left to the system, and so
// is what the disk refuses. stop ends that, and returns when it has ended.
func Follow(path string) (stop func()) {
	ended := make(chan struct{})
	var following sync.WaitGroup
	following.Go(func() {
		tick := time.NewTicker(pause)
		defer tick.Stop()
		one := follower{path: path, out: out}
		defer one.close()
		for {
			select {
			case <-tick.C:
				one.look()
			case <-ended:
				return
			}
		}
	})
	return sync.OnceFunc(func() {
		close(ended)
		following.Wait()
	})
}

// follower is how far a file has been written.
type follower struct {
	path string
	file *os.File // nil until there is one
	at   int64
	out  func(file *os.File, at, size int64) error
}

// look has the disk write what came since the last look.
func (f *follower) look() {
	if f.file == nil {
		file, err := os.Open(f.path)
		if err != nil {
			return
		}
		f.file = file
	}
	info, err := f.file.Stat()
	if err != nil || info.Size() < f.at+least {
		return
	}
	if f.out(f.file, f.at, info.Size()-f.at) == nil {
		f.at = info.Size()
	}
}

func (f *follower) close() {
	if f.file != nil {
		_ = f.file.Close() // only read
	}
}

// Shrink takes from a file that is about to be removed all but its beginning, piece
// by piece: to give up gigabytes is one change of the file system, and all others
// wait for it. A file that is not there has nothing to give up. When ctx ends it
// leaves the rest: whoever stops does not wait.
func Shrink(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("shrink a file: %w", err)
	}
	for size := info.Size() - piece; size > 0 && ctx.Err() == nil; size -= piece {
		if err := os.Truncate(path, size); err != nil {
			return fmt.Errorf("shrink a file: %w", err)
		}
		time.Sleep(pause)
	}
	return nil
}
