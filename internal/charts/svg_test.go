package charts_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/survey"
)

// TestHeavyPictures draws every kind of chart in every script. With CHARTS_LOOK set
// to a folder it leaves the pictures there, to be looked at.
func TestHeavyPictures(t *testing.T) {
	drawer := renderer(t)
	for _, e := range examples() {
		t.Run(e.name, func(t *testing.T) {
			chart := charts.Build(e.figure, e.element, words(t, e.lang), e.options...)
			for _, theme := range []charts.Theme{charts.Light, charts.Dark} {
				picture, err := drawer.SVG(context.Background(), chart, theme)
				if err != nil {
					t.Fatalf("draw: %v", err)
				}
				checkPicture(t, picture, chart)
				if folder := os.Getenv("CHARTS_LOOK"); folder != "" {
					keep(t, filepath.Join(folder, e.name+"-"+string(theme)+".svg"), picture)
				}
			}
		})
	}
}

func keep(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o644); err != nil {
		t.Fatalf("keep picture: %v", err)
	}
}

// checkPicture reads the picture as XML and holds it to what SVG promises.
func checkPicture(t *testing.T, picture []byte, chart charts.Chart) {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(picture))
	ids, uses, counts, texts := map[string]bool{}, []string{}, map[string]int{}, map[string]string{}
	last := ""
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the picture is no XML: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			last = token.Name.Local
			counts[last]++
			for _, attribute := range token.Attr {
				checkAttribute(t, attribute)
				switch attribute.Name.Local {
				case "id":
					if ids[attribute.Value] {
						t.Errorf("id %s twice", attribute.Value)
					}
					ids[attribute.Value] = true
				case "href":
					uses = append(uses, attribute.Value)
				}
			}
		case xml.CharData:
			texts[last] += string(token)
		case xml.EndElement:
			last = ""
		}
	}
	for _, forbidden := range []string{"text", "tspan", "script", "style", "image", "foreignObject", "a"} {
		if counts[forbidden] > 0 {
			t.Errorf("the picture has %d <%s>", counts[forbidden], forbidden)
		}
	}
	for _, use := range uses {
		if !ids[strings.TrimPrefix(use, "#")] {
			t.Errorf("use of %s, which is not there", use)
		}
	}
	if len(uses) < 10 {
		t.Errorf("only %d glyphs: the words are missing", len(uses))
	}
	if texts["title"] != chart.Title || texts["desc"] != chart.Summary {
		t.Errorf("title %q and description %q, want %q and %q", texts["title"], texts["desc"], chart.Title, chart.Summary)
	}
}

var arc = regexp.MustCompile(`M([-\d.]+) ([-\d.]+)A([\d.]+) [\d.]+ 0 1 1 ([-\d.]+) ([-\d.]+)`)

// ECharts draws a circle as one arc that ends just beside its start. An arc
// that ends where it starts is not drawn at all, which loses a pattern.
func TestPatternsKeepTheirCircles(t *testing.T) {
	chart, _ := example1(t, "scale-de")
	picture, err := renderer(t).SVG(context.Background(), chart, charts.Light)
	if err != nil {
		t.Fatal(err)
	}
	circles := 0
	for _, found := range arc.FindAllStringSubmatch(string(picture), -1) {
		if found[3] == "0" {
			continue // ECharts' own circle without size
		}
		circles++
		if found[1] == found[4] && found[2] == found[5] {
			t.Errorf("circle %s is closed to nothing", found[0])
		}
	}
	if circles == 0 {
		t.Error("no circles: this test looks at nothing")
	}
}

var reference = regexp.MustCompile(`(?i)url\((?:[^#]|#[^)]*[^\w)-])|javascript:|data:|https?:`)

func checkAttribute(t *testing.T, attribute xml.Attr) {
	t.Helper()
	name := attribute.Name.Local
	if strings.HasPrefix(name, "on") || name == "style" || name == "class" {
		t.Errorf("attribute %s=%q", name, attribute.Value)
	}
	if name != "xmlns" && reference.MatchString(attribute.Value) {
		t.Errorf("reference in %s=%q", name, attribute.Value)
	}
	if name == "href" && !strings.HasPrefix(attribute.Value, "#") {
		t.Errorf("reference %q leaves the picture", attribute.Value)
	}
}

// The same chart must give the same bytes from whichever machine and after
// whatever came before: the server hashes them.
func TestPicturesRepeat(t *testing.T) {
	drawer := renderer(t)
	all := examples()
	first := make([][]byte, len(all))
	draw := func(i int) []byte {
		chart := charts.Build(all[i].figure, all[i].element, words(t, all[i].lang), all[i].options...)
		picture, err := drawer.SVG(context.Background(), chart, charts.Light)
		if err != nil {
			t.Errorf("draw %s: %v", all[i].name, err)
		}
		return picture
	}
	for i := range all {
		first[i] = draw(i)
	}
	var group sync.WaitGroup
	for i := range all {
		group.Go(func() {
			if again := draw(i); !bytes.Equal(first[i], again) {
				t.Errorf("%s: two drawings differ", all[i].name)
			}
		})
	}
	group.Wait()
}

// TestHeavyMachinesRest looks for machines in the minutes after a picture.
func TestHeavyMachinesRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drawer, one := renderer(t), examples()[0]
		chart := charts.Build(one.figure, one.element, words(t, one.lang), one.options...)
		var pictures [][]byte
		for _, after := range []struct {
			pause time.Duration
			idle  int // before the next picture
		}{{0, 0}, {50 * time.Second, 1}, {50 * time.Second, 1}, {61 * time.Second, 0}} {
			time.Sleep(after.pause)
			synctest.Wait()
			if idle := drawer.Idle(); idle != after.idle {
				t.Errorf("%v after picture %d %d machines wait, not %d", after.pause, len(pictures), idle, after.idle)
			}
			picture, err := drawer.SVG(t.Context(), chart, charts.Light)
			if err != nil {
				t.Fatal(err)
			}
			pictures = append(pictures, picture)
		}
		for _, picture := range pictures[1:] {
			if !bytes.Equal(picture, pictures[0]) {
				t.Error("a new machine draws another picture")
			}
		}
	})
}

func TestPictureStops(t *testing.T) {
	drawer := renderer(t)
	all := examples()
	chart := charts.Build(all[0].figure, all[0].element, words(t, "de"))
	ended, end := context.WithCancel(context.Background())
	end()
	if _, err := drawer.SVG(ended, chart, charts.Light); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v, want %v", err, context.Canceled)
	}
	// Once ECharts runs, a millisecond is too short for any picture.
	if _, err := drawer.SVG(context.Background(), chart, charts.Light); err != nil {
		t.Fatalf("draw: %v", err)
	}
	hurried, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if _, err := drawer.SVG(hurried, chart, charts.Light); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with a millisecond: %v, want %v", err, context.DeadlineExceeded)
	}
	if _, err := drawer.SVG(context.Background(), chart, charts.Light); err != nil {
		t.Errorf("after an interrupted drawing: %v", err)
	}
}

func TestPictureNeedsItsParts(t *testing.T) {
	all := examples()
	chart := charts.Build(all[0].figure, all[0].element, words(t, "de"))
	font := given([][]byte{[]byte("no font")})
	unread := func() ([]byte, error) { return nil, errors.New("unread") }
	for name, drawer := range map[string]*charts.Renderer{
		"unread script": charts.NewRenderer(unread, font),
		"broken script": charts.NewRenderer(given([]byte("var =")), font),
		"broken font":   charts.NewRenderer(given([]byte("var echarts = {}")), font),
		"no fonts":      charts.NewRenderer(given([]byte("var echarts = {}")), given[[][]byte](nil)),
	} {
		if _, err := drawer.SVG(context.Background(), chart, charts.Light); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := renderer(t).SVG(context.Background(), charts.Chart{}, charts.Light); !errors.Is(err, charts.ErrNothingToDraw) {
		t.Errorf("chart without options: %v", err)
	}
}

// A character that no shipped font has is drawn as a box and never lost, and a
// hostile label stays words.
func TestHeavyPictureOfHostileLabels(t *testing.T) {
	drawer := renderer(t)
	for _, label := range hostileLabels() {
		figure := analysis.Figure{Question: `q"><script>`, Kind: analysis.Single, Base: ptr(50), Cells: cells(50, 20, 30)}
		chart := charts.Build(figure, question(survey.SelectOne, "de", label, label, "漢字 "+label), words(t, "de"))
		picture, err := drawer.SVG(context.Background(), chart, charts.Light)
		if err != nil {
			t.Fatalf("%q: %v", label, err)
		}
		checkPicture(t, picture, chart)
	}
}

func BenchmarkSVG(b *testing.B) {
	drawer := renderer(b)
	for _, e := range examples() {
		if e.name != "multiple-de" && e.name != "scale-de" && e.name != "multiple-ar" {
			continue
		}
		chart := charts.Build(e.figure, e.element, words(b, e.lang), e.options...)
		b.Run(e.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := drawer.SVG(context.Background(), chart, charts.Light); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
