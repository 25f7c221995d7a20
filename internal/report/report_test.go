package report

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/testinput"
)

// phrases reads the words once for all tests.
var phrases = sync.OnceValues(func() (*i18n.Catalogue, error) { return i18n.Load(os.DirFS("../../locales")) })

func words(t testing.TB, language string) *i18n.Localizer {
	t.Helper()
	all, err := phrases()
	if err != nil {
		t.Fatal(err)
	}
	return all.Localizer(language)
}

// drawn is a picture that is none of the charts', in both forms.
func drawn(t testing.TB) (svg, pixels []byte) {
	t.Helper()
	canvas := image.NewRGBA(image.Rect(0, 0, 144, 60))
	for x := range 144 {
		for y := range 60 {
			canvas.Set(x, y, color.RGBA{uint8(x), 90, 160, 255})
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, canvas); err != nil {
		t.Fatal(err)
	}
	return []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="720" height="300" viewBox="0 0 720 300" role="img" aria-labelledby="c1-title"><title id="c1-title">Bild</title><rect width="720" height="300" fill="#4a90a4"/></svg>`), out.Bytes()
}

// example has a block of every kind.
func example(t testing.TB) Document {
	t.Helper()
	svg, pixels := drawn(t)
	facts := &Facts{Frozen: "2026-03-10", Wave: "families", WaveTitle: "Familien 2026", Release: 1, Day: "2026-03-01", Base: "n = 84",
		Filter: "Stadt", Source: "Familien 2026", Licence: "dl-de/by-2-0", Address: "/manage/waves/families/explore?question=imp_language_support&by=area"}
	return Document{
		Title: "Ausgangslage", Subtitle: "Stadt Gelsenkirchen", Language: "de", Origin: "https://umfrage.example",
		Meta: Meta{Author: "Kommunales Integrationszentrum", Day: "2026-03-10", Subject: "Integrationskonzept"},
		Blocks: []Block{
			{ID: "h1", Kind: Heading, Level: 1, Text: "Auftrag und Methode", Short: true},
			{ID: "t1", Kind: Prose, Short: true, Plain: "Kurz gesagt.", Text: "Der Rat hat \"Bedarfe\" gefragt - **84 Personen** antworteten, das sind 12 % von allen, z. B. *Eltern*.\n\n1. Erstens\n2. Zweitens\n   - darunter\n\n- [Satzung](https://example.org/a?b=1&c=2)\n\n1. Wieder eins"},
			{ID: "h2", Kind: Heading, Level: 3, Text: "Eine Ebene übersprungen"},
			{ID: "c1", Kind: ChartBlock, Short: true, Plain: "Etwa 7 von 10 sagen das.", Facts: facts, Chart: &Chart{Caption: "Wie wichtig ist \"Deutsch\"?", Alt: "Am häufigsten: sehr wichtig, 70 %.",
				Notes: []string{"Die Spannen sagen nur etwas über Zufall."}, SVG: svg, PNG: pixels, Width: 720, Height: 300,
				Table: Table{Caption: "Wie wichtig ist Deutsch?", Header: []string{"Antwort", "Anzahl", "Anteil"}, Rows: [][]string{{"sehr wichtig", "59", "70 %"}, {"wichtig", "25", "30 %"}}}}},
			{ID: "m1", Kind: MatrixBlock, Facts: facts, Matrix: &Matrix{Caption: "Lücken", Corner: "Themenfeld", Columns: []string{"Alle", "Nord"}, Notes: []string{"Schwelle 10."},
				Rows: []MatrixRow{{Label: "Sprache", Cells: []Cell{{Word: "Lücke", Figure: "35", Tone: Urgent}, {Word: "unklar", Tone: Unclear}}}}}},
			{ID: "i1", Kind: IndicatorList, Facts: facts, Indicators: []Indicator{{Label: "Zugewanderte Kinder", Actual: "120 (2025)", Target: "150 (2028)", Status: "auf Kurs", Tone: Good, Source: "IT.NRW"}}},
			{ID: "h3", Kind: Heading, Level: 1, Text: "Stimmen"},
			{ID: "q1", Kind: QuoteBlock, Quote: &Quote{Text: "Wir wollen Deutschkurse.", Translated: true, Original: "نريد دروس اللغة الألمانية [123]", Language: "ar"}},
			{ID: "q2", Kind: QuoteBlock, Quote: &Quote{Text: "Mehr Zeit, bitte."}},
			{ID: "b1", Kind: MethodBox, Text: "Gruppen unter **5** werden nicht gezeigt."},
			{ID: "s1", Kind: SourceList, Short: true, Sources: []string{"Schuldaten: Land NRW"}},
		},
	}
}

func written(t testing.TB, d Document) (page string, docx []byte) {
	t.Helper()
	var html, office bytes.Buffer
	if err := WriteHTML(&html, d, words(t, d.Language)); err != nil {
		t.Fatal(err)
	}
	if err := WriteDOCX(&office, d, words(t, d.Language)); err != nil {
		t.Fatal(err)
	}
	return html.String(), office.Bytes()
}

// TestDocx reads what was written as another program would.
func TestDocx(t *testing.T) {
	_, content := written(t, example(t))
	d := openDocx(t, content)
	if want := []string{"1 Auftrag und Methode", "2 Eine Ebene übersprungen", "1 Stimmen"}; !slices.Equal(d.headings, want) {
		t.Errorf("headings %q", d.headings)
	}
	if !slices.Equal(d.alts, []string{"Am häufigsten: sehr wichtig, 70\u00a0%."}) {
		t.Errorf("alternative texts %q", d.alts)
	}
	if len(d.tables) != 3 {
		t.Fatalf("%d tables", len(d.tables))
	}
	for _, table := range d.tables {
		if table.headerRows != 1 || table.caption == "" {
			t.Errorf("%+v", table)
		}
	}
	if want := [][]string{{"Antwort", "Anzahl", "Anteil"}, {"sehr wichtig", "59", "70\u00a0%"}, {"wichtig", "25", "30\u00a0%"}}; !slices.EqualFunc(d.tables[0].rows, want, slices.Equal) {
		t.Errorf("%q", d.tables[0].rows)
	}
	if got := d.tables[1].rows[1]; !slices.Equal(got, []string{"Sprache", "Lücke35", "unklar"}) {
		t.Errorf("matrix %q", got)
	}
	for _, want := range []string{`TOC \o "1-3" \h \z \u`, `SEQ Abbildung \* ARABIC`, `SEQ Tabelle \* ARABIC`} {
		if !slices.Contains(d.instructs, want) {
			t.Errorf("no field %s in %q", want, d.instructs)
		}
	}
	if !slices.Equal(d.rightward, []string{"نريد دروس اللغة الألمانية [123]"}) {
		t.Errorf("from right to left: %q", d.rightward)
	}
	for _, want := range []string{"Der Rat hat „Bedarfe“ gefragt\u00a0– 84 Personen antworteten, das sind 12\u00a0% von allen, z.\u00a0B. Eltern.",
		"Abbildung 1: Wie wichtig ist „Deutsch“?", "Tabelle 2: Lücken", "„Wir wollen Deutschkurse.“"} {
		if !slices.Contains(d.paragraphs, want) {
			t.Errorf("no paragraph %q in %q", want, d.paragraphs)
		}
	}
	if !slices.Contains(d.links, "https://example.org/a?b=1&c=2") || !slices.Contains(d.links, "https://umfrage.example/manage/waves/families/explore?question=imp_language_support&by=area") {
		t.Errorf("links %q", d.links)
	}
	if styles := string(d.files["word/styles.xml"]); !strings.Contains(styles, `w:lang w:val="de-DE"`) || strings.Contains(styles, "LANGUAGE") {
		t.Error("the language is not German")
	}
	if !strings.Contains(string(d.files["word/settings.xml"]), `<w:updateFields w:val="true"/>`) || !strings.Contains(string(d.files["word/footer1.xml"]), " PAGE ") ||
		!strings.Contains(string(d.files["docProps/core.xml"]), "<dc:title>Ausgangslage</dc:title>") {
		t.Error("fields, page numbers or properties are missing")
	}
	// Three lists count from one each.
	if got := strings.Count(string(d.files["word/numbering.xml"]), "<w:num "); got != 5 {
		t.Errorf("%d lists", got)
	}
}

// TestHTML looks for what the page has to say to machines.
func TestHTML(t *testing.T) {
	page, _ := written(t, example(t))
	for _, want := range []string{`<html lang="de" dir="ltr">`, `<th scope="col">Antwort</th>`, `<th scope="row">sehr wichtig</th>`, `<figcaption>Abbildung 1: Wie wichtig ist „Deutsch“?</figcaption>`,
		`<p lang="ar" dir="rtl">نريد دروس اللغة الألمانية [123]</p>`, `<a href="#b-h1">Auftrag und Methode</a>`, `<h3 id="b-h2">`, `<td class="urgent">Lücke <small>35</small></td>`,
		`<a href="https://umfrage.example/manage/waves/families/explore?question=imp_language_support&amp;by=area">`, `das sind 12` + "\u00a0" + `% von allen`,
		`<ol><li>Erstens</li>` + "\n" + `<li>Zweitens<ul><li>darunter</li></ul>` + "\n" + `</li></ol>`, `<rect width="720"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, "<script") || strings.Contains(page, " style=") || strings.Contains(page, "src=") {
		t.Error("the page is not self-contained")
	}
}

// TestShortVersion has the marked blocks alone, in plain words and without tables.
func TestShortVersion(t *testing.T) {
	page, content := written(t, example(t).ShortVersion())
	d := openDocx(t, content)
	if len(d.tables) != 0 || len(d.alts) != 1 || !slices.Equal(d.headings, []string{"1 Auftrag und Methode"}) {
		t.Errorf("%d tables, %d charts, %q", len(d.tables), len(d.alts), d.headings)
	}
	for _, want := range []string{"Kurz gesagt.", "Etwa 7 von 10 sagen das.", "Nachsehen unter: https://umfrage.example/manage/waves/families/explore?question=imp_language_support"} {
		if !strings.Contains(strings.Join(d.paragraphs, "\n"), want) || !strings.Contains(page, want) {
			t.Errorf("the short version lacks %q", want)
		}
	}
	if strings.Contains(page, "84 Personen") {
		t.Error("the short version has the long text")
	}
}

// TestSameBytes: the same report is the same file.
func TestSameBytes(t *testing.T) {
	firstPage, first := written(t, example(t))
	secondPage, second := written(t, example(t))
	if firstPage != secondPage || !bytes.Equal(first, second) {
		t.Error("the same report gives different files")
	}
}

// TestHostileTexts: whatever is typed, both files stay whole and nothing in them
// does anything.
func TestHostileTexts(t *testing.T) {
	hostile := []string{
		"<script>alert(1)</script>", "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](java&#x73;cript:alert(1))", "[x](data:text/html,<script>alert(1)</script>)",
		"<img src=x onerror=alert(1)>", "<javascript:alert(1)>", "![x](javascript:alert(1))", "[x](//evil.example/a)", "[x](/manage/sign-out)",
		"a\x00b\x01c\x0b\x1f\x7f\u0085\ufffe\uffff", string([]byte{0xff, 0xfe, 'a', 0xed, 0xa0, 0x80}), "&#0;&#1;&#xFFFE;&#xD800;&#x110000;", "]]>", "<!-- -- -->", "<?xml version=\"1.0\"?>",
		"</w:t></w:r><w:r>", "<svg onload=alert(1)>", "\"><b onclick=alert(1)>", "```\n<script>alert(1)</script>\n```", "<style>*{display:none}</style>", strings.Repeat("> ", 300) + "tief",
		strings.Repeat("- ", 200) + "tief", strings.Repeat("langeswort", 2000), "{{.Title}}", "${x}", "\u202eumgekehrt\u202c",
	}
	for _, text := range hostile {
		d := example(t)
		d.Title, d.Subtitle, d.Meta.Author, d.Meta.Subject, d.Meta.Day = text, text, text, text, cmp.Or(text[:min(len(text), 10)], "x")
		d.Origin = "javascript:alert(1)//"
		for i := range d.Blocks {
			spoil(&d.Blocks[i], text)
		}
		for _, version := range []Document{d, d.ShortVersion()} {
			page, content := written(t, version)
			read := openDocx(t, content)
			for _, link := range read.links {
				if !strings.HasPrefix(link, "https://") && !strings.HasPrefix(link, "http://") && !strings.HasPrefix(link, "mailto:") {
					t.Errorf("%q links to %s", text, link)
				}
			}
			lower := strings.ToLower(page)
			for _, forbidden := range []string{"<script", "href=\"javascript", "href=\"data:", "<img", "<b onclick", "<svg onload", "href=\"/", "href=\"//"} {
				if strings.Contains(lower, forbidden) {
					t.Errorf("%q: the page has %s", text, forbidden)
				}
			}
			if strings.Count(lower, "<style") != 1 {
				t.Errorf("%q: the page has another style", text)
			}
		}
	}
}

// spoil puts a text wherever a block has one.
func spoil(b *Block, text string) {
	b.Text, b.Plain = text, text
	if b.Facts != nil {
		b.Facts = &Facts{Frozen: text, Wave: text, WaveTitle: text, Release: 1, Day: text, Filter: text, Base: text, Source: text, Licence: text, Address: text}
	}
	if b.Chart != nil {
		chart := *b.Chart
		chart.Caption, chart.Alt, chart.Notes = text, text, []string{text}
		chart.Table = Table{Caption: text, Header: []string{text, text}, Rows: [][]string{{text, text, text}, {text}, nil}, Notes: []string{text}}
		b.Chart = &chart
	}
	if b.Matrix != nil {
		b.Matrix = &Matrix{Caption: text, Corner: text, Columns: []string{text}, Notes: []string{text}, Rows: []MatrixRow{{Label: text, Cells: []Cell{{text, text, Tone(text)}, {}}}, {}}}
	}
	if len(b.Indicators) > 0 {
		b.Indicators = []Indicator{{text, text, text, text, Tone(text), text}}
	}
	if b.Quote != nil {
		b.Quote = &Quote{Text: text, Translated: true, Original: text, Language: text}
	}
	if len(b.Sources) > 0 {
		b.Sources = []string{text}
	}
}

// TestHeavyLibreOffice has LibreOffice open a document and print it; it wants as many
// pages as there have to be and the words of all blocks on them.
func TestHeavyLibreOffice(t *testing.T) {
	for _, short := range []bool{false, true} {
		d := example(t)
		if short {
			d = d.ShortVersion()
		}
		_, content := written(t, d)
		text := printed(t, content, map[bool]string{false: "full", true: "short"}[short])
		want := []string{"Auftrag und Methode", "Etwa 7 von 10"}
		if !short {
			want = []string{"Auftrag und Methode", "Erstens", "Abbildung 1", "Tabelle 2", "Lücke", "auf Kurs", "Seite 1 von"}
		}
		for _, one := range want {
			if !strings.Contains(text, one) {
				t.Errorf("LibreOffice shows no %q in:\n%s", one, text)
			}
		}
	}
}

// printed is the text of a document as LibreOffice prints it. With
// BEDARFSLOTSE_SCREENSHOTS the pages are kept in that folder to be looked at.
func printed(t testing.TB, content []byte, name string) string {
	t.Helper()
	folder := t.TempDir()
	file, pdf := filepath.Join(folder, name+".docx"), filepath.Join(folder, name+".pdf")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(pdf, testinput.Office(t, "pdf", file)[0], 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(program string, arguments ...string) string {
		out, err := exec.CommandContext(t.Context(), program, arguments...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s, of Debian's poppler-utils: %v\n%s", program, err, out)
		}
		return string(out)
	}
	if shots := os.Getenv("BEDARFSLOTSE_SCREENSHOTS"); shots != "" {
		run("pdftoppm", "-r", "80", "-png", pdf, filepath.Join(shots, "report-"+name))
	}
	return run("pdftotext", "-layout", pdf, "-")
}
