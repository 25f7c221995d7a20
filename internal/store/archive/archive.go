// Package archive packs a database into one file and takes it out again: a tar
// of a table of contents and a SQLite file, compressed with Zstandard, and
// encrypted with age when somebody is to be its only reader. Whoever has lost
// this program opens it with age, zstd and tar.
package archive

import (
	"archive/tar"
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
)

// Manifest says what is in a backup.
type Manifest struct {
	Format int            `json:"format"` // [format]
	Made   time.Time      `json:"made"`   // before the database was read: what was stored until then is inside
	Schema int64          `json:"schema"` // of the database
	Tables []store.Digest `json:"tables"`
}

const (
	format       = 1
	manifestName = "manifest.json"
	databaseName = "bedarfslotse.db"
	maxManifest  = 1 << 20
	// ageStart begins everything that age has encrypted.
	ageStart = "age-encryption.org/"
)

// Write packs the SQLite file at path. With recipients only they can read it.
func Write(to io.Writer, manifest Manifest, path string, recipients ...age.Recipient) error {
	var closers []io.Closer
	if len(recipients) > 0 {
		sealed, err := age.Encrypt(to, recipients...)
		if err != nil {
			return fmt.Errorf("encrypt: %w", err)
		}
		closers, to = append(closers, sealed), sealed
	}
	squeezed, err := zstd.NewWriter(to, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	closers = append(closers, squeezed)
	packed := tar.NewWriter(squeezed)
	closers = append(closers, packed)
	err = writeEntries(packed, manifest, path)
	for i := range closers { // the innermost first
		if closing := closers[len(closers)-1-i].Close(); err == nil {
			err = closing
		}
	}
	return err
}

func writeEntries(packed *tar.Writer, manifest Manifest, path string) error {
	manifest.Format = format
	content, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return fmt.Errorf("write the table of contents: %w", err)
	}
	if err := writeEntry(packed, manifestName, int64(len(content)), manifest.Made, bytes.NewReader(content)); err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open the copy: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("open the copy: %w", err)
	}
	return writeEntry(packed, databaseName, info.Size(), manifest.Made, file)
}

func writeEntry(packed *tar.Writer, name string, size int64, made time.Time, from io.Reader) error {
	header := &tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: made.Truncate(time.Second)}
	if err := packed.WriteHeader(header); err != nil {
		return fmt.Errorf("pack %s: %w", name, err)
	}
	if _, err := io.Copy(packed, from); err != nil {
		return fmt.Errorf("pack %s: %w", name, err)
	}
	return nil
}

// Read unpacks a backup and writes the database to path, which must not exist.
// It fails with Unauthorized when the backup is encrypted for somebody else, and
// with Invalid when it is none or was damaged.
func Read(from io.Reader, path string, identities ...age.Identity) (Manifest, error) {
	start := bufio.NewReader(from)
	from = start
	if found, _ := start.Peek(len(ageStart)); string(found) == ageStart {
		if len(identities) == 0 {
			return Manifest{}, failure.New(failure.Unauthorized, "backup.encrypted")
		}
		opened, err := age.Decrypt(start, identities...)
		var wrong *age.NoIdentityMatchError
		if errors.As(err, &wrong) {
			return Manifest{}, failure.New(failure.Unauthorized, "backup.wrong_key")
		}
		if err != nil {
			return Manifest{}, damaged(err)
		}
		from = opened
	}
	unsqueezed, err := zstd.NewReader(from, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20))
	if err != nil {
		return Manifest{}, damaged(err)
	}
	defer unsqueezed.Close()
	manifest, err := readEntries(tar.NewReader(unsqueezed), path)
	if err != nil && failure.CodeOf(err) != failure.Conflict {
		return manifest, err
	}
	// What age and Zstandard check at the end is checked only by who reads it; a
	// format that nobody knows may be a flipped bit.
	if _, ending := io.Copy(io.Discard, unsqueezed); ending != nil {
		return manifest, damaged(ending)
	}
	return manifest, err
}

func readEntries(packed *tar.Reader, path string) (manifest Manifest, err error) {
	header, err := packed.Next()
	if err != nil || header.Name != manifestName {
		return manifest, damaged(errors.Join(errors.New("no table of contents"), err))
	}
	content, err := io.ReadAll(io.LimitReader(packed, maxManifest))
	if err == nil {
		err = json.Unmarshal(content, &manifest)
	}
	if err != nil {
		return manifest, damaged(err)
	}
	if manifest.Format != format {
		return manifest, failure.New(failure.Conflict, "backup.newer_format", "format", manifest.Format)
	}
	if header, err = packed.Next(); err != nil || header.Name != databaseName {
		return manifest, damaged(errors.Join(errors.New("no database"), err))
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return manifest, failure.Errorf(failure.Unavailable, "unpack: %w", err)
	}
	_, err = io.CopyN(onDisk{file}, packed, header.Size)
	if err == nil {
		err = onDisk{file}.check(file.Sync())
	}
	var disk *diskError
	if closing := file.Close(); err == nil {
		err = onDisk{file}.check(closing)
	}
	if errors.As(err, &disk) {
		return manifest, failure.Errorf(failure.Unavailable, "unpack: %w", err)
	}
	if err != nil {
		return manifest, damaged(err)
	}
	return manifest, nil
}

// onDisk tells errors of the disk from those of the backup.
type onDisk struct{ file *os.File }

type diskError struct{ error }

func (e *diskError) Unwrap() error { return e.error }

func (onDisk) check(err error) error {
	if err != nil {
		return &diskError{err}
	}
	return nil
}

func (d onDisk) Write(content []byte) (int, error) {
	n, err := d.file.Write(content)
	return n, d.check(err)
}

func damaged(err error) error {
	return failure.New(failure.Invalid, "backup.unreadable").Because(err)
}
