package server

import (
	"testing"
	"testing/fstest"

	"bedarfslotse/internal/response"
	"bedarfslotse/internal/xlsform"
)

// TestTablesBesideAForm computes from tables that lie beside an XLSForm.
func TestTablesBesideAForm(t *testing.T) {
	files := fstest.MapFS{
		"prices.csv": {Data: []byte("code,value,caption\nA 1,2.50,x\nB,3,y\n")},
		"towns.csv":  {Data: []byte("name,label,list\nbo,Bochum,1\nbo,Bochum Mitte,2\n")},
	}
	read, found := xlsform.Read("form.csv", []byte(`survey,,,,
,type,name,label,calculation
,csv-external,prices,,
,csv_external,towns,,
,calculate,price,,"pulldata('prices', 'value', 'code', 'A 1')"
,calculate,town,,instance('towns')/root/item[list = 2]/label
,calculate,pulled,,"pulldata('towns', 'label', 'name', 'bo')"
,text,z,Z,
`), xlsform.Options{Files: files, Language: "en"})
	if read == nil || found.Fatal() {
		t.Fatal(found)
	}
	version := compiled(t, read)
	answers := response.New(version)
	answers.Settle(today(), false)
	for name, want := range map[string]string{"price": "2.50", "town": "Bochum Mitte", "pulled": "Bochum"} {
		if got := answers.Top().Text(version.Element(name)); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}
