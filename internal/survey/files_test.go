package survey_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/survey/media"
)

func pixels(t testing.TB, side int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, side, side))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const spoken = "\xff\xfb\x50\xc4" // the head of an MP3 frame

// folder makes files of contents.
func folder(contents map[string][]byte) fstest.MapFS {
	files := fstest.MapFS{}
	for name, content := range contents {
		files[name] = &fstest.MapFile{Data: content}
	}
	return files
}

func TestFilesAreReadFromBesideTheSurvey(t *testing.T) {
	files := folder(map[string][]byte{
		"media/a.png": pixels(t, 3), "form-media/a.png": pixels(t, 4), "b.png": pixels(t, 5), "media/Ba\u0308r.png": pixels(t, 6),
		"media/talk.mp3": []byte(spoken), "media/large.mp3": append([]byte(spoken), make([]byte, media.MaxSound)...),
		"media/note.txt": []byte("x"), "secret/c.png": pixels(t, 7), "media/Big.PNG": pixels(t, 8), "media/dir.png/x": nil,
	})
	for _, test := range []struct {
		media, found string
		width        int // of the picture, where it is there
	}{
		{"image: a.png", "", 4}, {"image: b.png", "", 5}, {"image: Bär.png", "", 6}, {"audio: talk.mp3", "", 0},
		{"{image: b.png, big-image: a.png}", "", 5},
		{"image: missing.png", "warning media_missing", 0},
		{"image: big.png", "warning media_missing Big.PNG", 0},
		{"image: dir.png", "warning media_missing", 0},
		{"image: ../secret/c.png", "warning media_missing", 0}, {"image: secret/c.png", "warning media_missing", 0},
		{`image: 'secret\c.png'`, "warning media_missing", 0}, {"image: ..", "warning media_missing", 0},
		{"image: '${x}.png'", "warning media_changing", 0},
		{"image: note.txt", "error media_unknown", 0},
		{"image: talk.mp3", "error media_other_kind", 0}, {"audio: a.png", "error media_other_kind", 4},
		{"audio: large.mp3", "error media_large", 0},
		{"video: a.png", "error media_kind", 0}, {"picture: a.png", "error media_kind", 0}, {"images: a.png", "error media_kind image", 0},
		{"big-image: a.png", "error big_image_alone", 4},
	} {
		s, findings := survey.ReadYAML("form.yaml", []byte(whole("  - type: text\n    name: x\n    label: X\n    media: "+"{"+strings.Trim(test.media, "{}")+"}"+"\n")))
		findings = append(findings, survey.ReadFiles(s, files, "folder/form.yaml")...)
		var got []string
		for _, one := range findings {
			text := fmt.Sprint(one.Severity, " ", strings.TrimPrefix(one.Key, "survey."))
			if suggestion, ok := one.Params["suggestion"].(string); ok && suggestion != "" && test.found != "warning media_missing" {
				text += " " + suggestion
			}
			if got = append(got, text); one.Line != 12 || one.Column == 0 {
				t.Errorf("%s: found at %d:%d", test.media, one.Line, one.Column)
			}
		}
		if strings.Join(got, ", ") != test.found {
			t.Errorf("%s: %q, want %q", test.media, got, test.found)
		}
		width := 0
		for _, kind := range []string{"image", "audio", "big-image"} {
			if file, ok := s.MediaFile(s.Nodes[0].Media, kind, ""); ok && width == 0 {
				width = file.Width
				if !bytes.HasPrefix(s.Content(file.Hash), []byte(spoken)) && len(s.Content(file.Hash)) != file.Size {
					t.Errorf("%s: the content is another", test.media)
				}
			}
		}
		if width != test.width {
			t.Errorf("%s: %d pixels wide, want %d", test.media, width, test.width)
		}
	}
}

func TestFilesTogetherAreBounded(t *testing.T) {
	files := fstest.MapFS{}
	questions := ""
	const each = media.MaxSound - 1000
	for i := range 12 {
		name := fmt.Sprintf("%d.mp3", i)
		content := append([]byte(spoken), make([]byte, each)...)
		content[len(content)-1] = byte(i)
		files["media/"+name] = &fstest.MapFile{Data: content}
		questions += fmt.Sprintf("  - {type: text, name: a%d, label: A, media: {audio: %s}}\n", i, name)
	}
	files["media/twin.mp3"] = files["media/0.mp3"] // counts once
	questions += "  - {type: text, name: twin, label: A, media: {audio: twin.mp3}}\n"
	s, findings := survey.ReadYAML("s.yaml", []byte(whole(questions)))
	findings = append(findings, survey.ReadFiles(s, files, "s.yaml")...)
	if len(findings) != 2 || findings[0].Key != "survey.media_total" || len(s.FileNames()) != 11 { // the eleventh and twelfth are too many
		t.Errorf("%d findings, %d files: %v", len(findings), len(s.Files), findings)
	}
}

func TestFilesArePartOfTheVersion(t *testing.T) {
	text := whole("  - {type: select_one yn, name: x, label: X, media: {image: {\"\": a.png, en: b.png}}}\n")
	text = strings.Replace(text, "{name: y, label: ja}", "{name: y, label: ja, media: {audio: a.mp3}}", 1)
	version := func(contents map[string][]byte) *survey.Version {
		t.Helper()
		s, _ := survey.ReadYAML("s.yaml", []byte(text))
		_ = survey.ReadFiles(s, folder(contents), "s.yaml") // missing ones are meant to be
		v, findings := survey.Compile(s)
		if v == nil {
			t.Fatal(findings)
		}
		return v
	}
	without := version(nil)
	first := version(map[string][]byte{"a.png": pixels(t, 3), "b.png": pixels(t, 4), "a.mp3": []byte(spoken)})
	again := version(map[string][]byte{"media/a.png": pixels(t, 3), "media/b.png": pixels(t, 4), "a.mp3": []byte(spoken)})
	other := version(map[string][]byte{"a.png": pixels(t, 5), "b.png": pixels(t, 4), "a.mp3": []byte(spoken + "!")})
	if first.Hash != again.Hash || first.Hash == other.Hash || first.Hash == without.Hash {
		t.Error("the version's hash does not tell the files apart")
	}
	if changes := survey.Compare(first, again); len(changes) > 0 {
		t.Errorf("the same files: %+v", changes)
	}
	for name, test := range map[string]struct{ before, after *survey.Version }{"another": {first, other}, "added": {without, first}, "gone": {first, without}} {
		var got []string
		for _, one := range survey.Compare(test.before, test.after) {
			got = append(got, fmt.Sprint(one.Kind, " ", one.Name, " ", one.What, " ", one.Languages))
		}
		if !slices.Equal(got, []string{"reworded x image [de]", "reworded x y audio [de]"}) {
			t.Errorf("%s: %q", name, got)
		}
	}
	for tag, want := range map[string]int{"en": 4, "de": 3, "": 3} {
		if file, ok := first.MediaFile(first.Nodes[0].Media, "image", tag, ""); !ok || file.Width != want {
			t.Errorf("in %q: %+v", tag, file)
		}
	}
}

func TestBundleIsTheFolderAgain(t *testing.T) {
	files := folder(map[string][]byte{
		"s/survey.yaml": []byte(whole("  - {type: text, name: x, label: X, media: {image: a.png, audio: a.mp3}}\n")),
		"s/en.yaml":     []byte("language: en\ntitle: {text: T}\n"), "s/media/a.png": pixels(t, 3), "s/media/a.mp3": []byte(spoken), "s/media/unused.png": pixels(t, 4),
	})
	read := func(files fs.FS, dir string) *survey.Version {
		t.Helper()
		s, findings, err := survey.ReadDir(files, dir)
		if err != nil || len(findings) > 0 {
			t.Fatal(findings, err)
		}
		v, findings := survey.Compile(s)
		if v == nil {
			t.Fatal(findings)
		}
		return v
	}
	before := read(files, "s")
	written, err := survey.WriteBundle(before.Survey)
	if err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(written), int64(len(written)))
	if err != nil {
		t.Fatal(err)
	}
	if after := read(archive, "."); after.Hash != before.Hash || len(archive.File) != 3 {
		t.Errorf("%d files, hash %s, before %s", len(archive.File), after.Hash, before.Hash)
	}
	again, err := survey.WriteBundle(before.Survey)
	if err != nil || !bytes.Equal(again, written) {
		t.Errorf("written twice, the bundle differs: %v", err)
	}
}
