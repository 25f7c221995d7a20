package xlsform

import (
	"archive/zip"
	"bytes"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/xuri/excelize/v2"

	"bedarfslotse/internal/survey"
)

const (
	surveyCSV   = "type;name;label::Deutsch (de);label::English (en)\nselect_one l;q;\"Frage; zwei\nZeilen\";Question\ntext;x;X;X\n"
	choicesCSV  = "list_name;name;label::Deutsch (de);label::English (en)\nl;1;Ja;Yes\nl;2;Nein;No\n"
	settingsCSV = "form_id,form_title,default_language\ns,Titel,Deutsch (de)\n"
	oneCSV      = "survey,,,,\n,type,name,label::Deutsch (de),label::English (en)\n,select_one l,q,\"Frage; zwei\nZeilen\",Question\n" +
		",text,x,X,X\nchoices,,,,\n,list_name,name,label::Deutsch (de),label::English (en)\n,l,1,Ja,Yes\n,l,2,Nein,No\n" +
		"settings\n,form_id,form_title,default_language\n,s,Titel,Deutsch (de)\n"
)

// zipped packs files into a folder of a zip.
func zipped(t testing.TB, folder string, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for name, content := range files {
		file, err := archive.Create(folder + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestBundlesOfCSVReadAlike(t *testing.T) {
	files := map[string]string{"survey.csv": surveyCSV, "Choices.CSV": choicesCSV, "settings.csv": settingsCSV, "notes.txt": "x"}
	folder := fstest.MapFS{}
	for name, content := range files {
		folder[name] = &fstest.MapFile{Data: []byte(content)}
	}
	want, found := ReadFolder("s", folder, Options{})
	if want == nil || found.Fatal() || len(want.Nodes) != 2 || len(want.Choices) != 1 || want.Title["de"].Text != "Titel" {
		t.Fatalf("%+v %v", want, brief(found))
	}
	if got := want.Nodes[0].Label["de"].Text; got != "Frage; zwei\nZeilen" {
		t.Errorf("label %q", got)
	}
	written, err := Write(want)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"zip": zipped(t, "", files), "zip with a folder": zipped(t, "inner/", files), "one file": []byte(oneCSV), "workbook": written,
	} {
		// Whatever the file is called, its content decides.
		for _, file := range []string{"s.csv", "s.xlsx", "s.xls", "s"} {
			got, found := Read(file, content, Options{})
			if got == nil || mustJSON(t, got) != mustJSON(t, want) {
				t.Errorf("%s as %s: %v", name, file, brief(found))
			}
		}
	}
}

func TestFindingsInCSVNameTheLine(t *testing.T) {
	_, found := Read("s.csv", []byte(oneCSV+"survey\n"), Options{})
	if got := brief(found); !slices.Equal(got, []string{"warning survey.translation_missing settings:0:0", "warning sheet_twice survey:0:0"}) {
		t.Errorf("a sheet twice: %q", got)
	}
	_, found = Read("s.csv", bytes.Replace([]byte(oneCSV), []byte("text"), []byte("txet"), 1), Options{})
	if got := brief(found); !slices.Equal(got, []string{"warning survey.translation_missing settings:0:0", "error type_unknown survey:5:2"}) {
		t.Errorf("a wrong type: %q", got)
	}
	if _, found = Read("s.csv", []byte("Sehr geehrte Damen und Herren,\n"), Options{}); found[0].Key != "tabular.not_spreadsheet" {
		t.Errorf("a letter: %q", brief(found))
	}
}

func TestABundleThatUnpacksForEverIsRefused(t *testing.T) {
	files := map[string]string{"survey.csv": surveyCSV, "choices.csv": choicesCSV}
	files["survey.csv"] += string(bytes.Repeat([]byte("text;y;Y;Y\n"), maxBundle/11+1))
	read, found := Read("bomb.zip", zipped(t, "", files), Options{})
	if read != nil || len(found) != 1 || found[0].Key != keyBundleTooLarge {
		t.Errorf("%v %q", read != nil, brief(found))
	}
	checkWords(t, found[0])
}

func TestReadFolderWithoutSurveyNamesTheSheet(t *testing.T) {
	read, found := ReadFolder("s", fstest.MapFS{"choices.csv": {Data: []byte(choicesCSV)}}, Options{})
	if read != (*survey.Survey)(nil) || !slices.Equal(brief(found), []string{"error sheet_missing :0:0"}) {
		t.Errorf("%q", brief(found))
	}
}

func TestWorkbooksWithMacrosAreRead(t *testing.T) {
	want, _ := Read("s.csv", []byte(oneCSV), Options{})
	content, err := Write(want)
	if err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	book.Path = "s.xlsm" // makes excelize declare the other content type
	var out bytes.Buffer
	if err := book.Write(&out); err != nil {
		t.Fatal(err)
	}
	got, found := Read("s.xlsm", out.Bytes(), Options{})
	if got == nil || mustJSON(t, got) != mustJSON(t, want) {
		t.Errorf("%v", brief(found))
	}
}
