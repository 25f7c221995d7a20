package survey

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/text/unicode/norm"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey/media"
)

// The kinds of [Media].
const (
	Image    = "image"
	BigImage = "big-image" // what Image enlarges to
	Audio    = "audio"
)

// MediaKinds lists the kinds of [Media].
func MediaKinds() []string { return []string{Image, BigImage, Audio} }

// MaxFiles is how many bytes all pictures and sounds of a survey may have
// together.
const MaxFiles = media.MaxSurvey

// File says what a picture or sound is.
type File = media.File

// MediaFile returns the file of a kind in the first of the languages that has
// one that was there when the survey was read; "" stands for what names no
// language.
func (s *Survey) MediaFile(of Media, kind string, languages ...string) (file media.File, ok bool) {
	for _, tag := range languages {
		if file, ok = s.Files[of[kind][tag]]; ok {
			return file, true
		}
	}
	return media.File{}, false
}

// Content returns what is in the file of that hash, nil unless the survey was
// read together with its files: one from the store has them there.
func (s *Survey) Content(hash string) []byte { return s.contents[hash] }

// ReadBeside reads a file that belongs to a survey file: it lies in the folder
// {survey file without its ending}-media, as ODK's programs have it, in the
// folder media, or in the same folder. survey is the survey file's name; files
// is the folder it is in, nil for none.
//
// The error is fs.ErrNotExist when there is no such file, or when the name
// leads elsewhere, and failure.TooLarge when it has more than limit bytes.
func ReadBeside(files fs.FS, survey, name string, limit int) ([]byte, error) {
	if files == nil || path.Base(name) != name || strings.Contains(name, `\`) || name == "." || name == ".." {
		return nil, fs.ErrNotExist
	}
	for _, folder := range folders(survey) {
		at := path.Join(folder, name)
		if info, err := fs.Stat(files, at); err != nil || info.IsDir() {
			if at = sameName(files, folder, name); at == "" {
				continue
			}
		}
		return readWithin(files, at, limit)
	}
	return nil, fs.ErrNotExist
}

func folders(survey string) []string {
	base := path.Base(strings.ReplaceAll(survey, `\`, "/"))
	return []string{strings.TrimSuffix(base, path.Ext(base)) + "-media", "media", "."}
}

// sameName finds a file whose name is the same but for the way in which its
// accents are written: Macs take letters apart.
func sameName(files fs.FS, folder, name string) string {
	if !strings.ContainsFunc(name, func(c rune) bool { return c > '~' }) {
		return ""
	}
	entries, _ := fs.ReadDir(files, folder) // a folder that is not there holds nothing
	for _, entry := range entries {
		if !entry.IsDir() && norm.NFC.String(entry.Name()) == norm.NFC.String(name) {
			return path.Join(folder, entry.Name())
		}
	}
	return ""
}

func readWithin(files fs.FS, name string, limit int) ([]byte, error) {
	content, err := readUpTo(files, name, limit+1)
	if err == nil && len(content) > limit {
		size := len(content)
		if info, err := fs.Stat(files, name); err == nil && info.Size() > int64(size) {
			size = int(info.Size())
		}
		return nil, media.TooLarge(size, limit)
	}
	return content, err
}

// readUpTo reads the beginning of a file. What an archive says of a file's size
// may be wrong: only reading tells.
func readUpTo(files fs.FS, name string, most int) ([]byte, error) {
	file, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // was only read
	return io.ReadAll(io.LimitReader(file, int64(most)))
}

// AddFile reads a picture or sound that the survey names from beside the survey
// file, and adds it to the survey's files. What is wrong comes back as a finding
// without a place: a warning when the file is not there, since the question can
// be asked without it, an error when it is and cannot be shown.
func (s *Survey) AddFile(files fs.FS, survey, kind, name string) *failure.Finding {
	find := func(severity failure.Severity, key string, pairs ...any) *failure.Finding {
		pairs = append(pairs, "file", name)
		return &failure.Finding{Severity: severity, Key: key, Params: failure.New("", "", pairs...).Params}
	}
	if strings.Contains(name, "${") {
		return find(failure.Warning, "survey.media_changing")
	}
	file, known := s.Files[name]
	if !known {
		content, err := ReadBeside(files, survey, name, media.MaxSound)
		if err == nil {
			file, err = media.Inspect(content)
		}
		var refused *failure.Error
		switch {
		case errors.As(err, &refused):
			one := find(failure.Fatal, refused.Key)
			for key, value := range refused.Params {
				one.Params[key] = value
			}
			return one
		case err != nil:
			return find(failure.Warning, "survey.media_missing", "folder", folders(survey)[0], "suggestion", nearBy(files, survey, name))
		case s.contents[file.Hash] == nil && s.size()+file.Size > media.MaxSurvey:
			return find(failure.Fatal, "survey.media_total", "limit", media.MaxSurvey>>20)
		}
		s.keep(name, file, content)
	}
	if file.Picture() == (kind == Audio) {
		return find(failure.Fatal, "survey.media_other_kind", "kind", kind, "type", file.Type)
	}
	return nil
}

func (s *Survey) keep(name string, file media.File, content []byte) {
	if s.Files == nil {
		s.Files = map[string]media.File{}
	}
	if s.contents == nil {
		s.contents = map[string][]byte{}
	}
	s.Files[name], s.contents[file.Hash] = file, content
}

// LoadContents gets the contents of the files of a survey that comes from the
// store; load is given their hashes.
func (s *Survey) LoadContents(load func(hash string) ([]byte, error)) error {
	for _, name := range s.FileNames() {
		file := s.Files[name]
		if s.Content(file.Hash) != nil {
			continue
		}
		content, err := load(file.Hash)
		if err != nil {
			return fmt.Errorf("load %s: %w", name, err)
		}
		s.keep(name, file, content)
	}
	return nil
}

// size is that of all files together, each counted once.
func (s *Survey) size() int {
	total := 0
	for _, content := range s.contents {
		total += len(content)
	}
	return total
}

// nearBy returns the name of a file that may have been meant, "" when none is
// like it.
func nearBy(files fs.FS, survey, name string) string {
	if files == nil {
		return ""
	}
	var names []string
	for _, folder := range folders(survey)[:2] {
		entries, _ := fs.ReadDir(files, folder) // a folder that is not there holds nothing
		for _, entry := range entries {
			if strings.EqualFold(entry.Name(), name) {
				return entry.Name()
			}
			names = append(names, entry.Name())
		}
	}
	const most = 500 // comparing with more takes longer than it helps
	return nearest(name, names[:min(len(names), most)])
}

// ReadFiles reads all pictures and sounds that a survey names from beside its
// file, of which survey is the name and files the folder. The findings stand
// where the survey first names a file.
func ReadFiles(s *Survey, files fs.FS, survey string) failure.Findings {
	var found failure.Findings
	seen := map[string]bool{}
	read := func(of Media, at Position) {
		for _, kind := range sortedKeys(of) {
			for _, tag := range sortedKeys(of[kind]) {
				name := of[kind][tag]
				if name == "" || seen[kind+" "+name] {
					continue
				}
				seen[kind+" "+name] = true
				if one := s.AddFile(files, survey, kind, name); one != nil {
					one.File, one.Line, one.Column = survey, at.Line, at.Column
					found = append(found, *one)
				}
			}
		}
	}
	for _, list := range s.Choices {
		for _, choice := range list.Choices {
			read(choice.Media, choice.Position)
		}
	}
	s.Walk(func(node *Node) bool {
		read(node.Media, node.Place("media"))
		return true
	})
	found.Sort()
	return found
}

// FileNames lists the names of the survey's files, sorted.
func (s *Survey) FileNames() []string { return sortedKeys(s.Files) }
