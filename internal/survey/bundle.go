package survey

import (
	"archive/zip"
	"bytes"
	"fmt"
	"path"
)

// WriteBundle writes a survey with all its languages, pictures and sounds as a
// zip: the folder that [ReadDir] reads. The survey must have been read with its
// files, or have got them by [Survey.LoadContents].
func WriteBundle(s *Survey) ([]byte, error) {
	text, err := WriteYAML(s)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	put := func(name string, method uint16, content []byte) error {
		file, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err == nil {
			_, err = file.Write(content)
		}
		return err
	}
	err = put("survey.yaml", zip.Deflate, text)
	for _, name := range s.FileNames() {
		content := s.Content(s.Files[name].Hash)
		if content == nil {
			return nil, fmt.Errorf("write survey %s: the content of %s is not known", s.ID, name)
		}
		if err == nil {
			err = put(path.Join("media", name), zip.Store, content) // packed already, nearly all of them
		}
	}
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("write survey: %w", err)
	}
	return out.Bytes(), nil
}
