package charts_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/charts"
)

func reading(year int, value float64) charts.Reading {
	return charts.Reading{Day: fmt.Sprintf("%d-12-31", year), Period: fmt.Sprint(year), Value: &charts.Value{Value: value}}
}

// someCourse is a rate in so many towns over years.
func someCourse(lines, years int) charts.Course {
	course := charts.Course{Name: "rate", Title: "Betreuungsquote", Unit: "Prozent", Decimals: 1}
	for i := range lines {
		line := charts.Line{Label: "Stadt mit einem längeren Namen " + string(rune('A'+i))}
		for year := range years {
			line.Readings = append(line.Readings, reading(2015+year, 30+float64(i*7+year*3)/2))
		}
		course.Lines = append(course.Lines, line)
	}
	if lines > 0 && years > 0 {
		course.Lines[0].From, course.Lines[0].Goal = &charts.Reading{Day: "2016-01-01", Period: "2016", Value: &charts.Value{Value: 30}}, &charts.Reading{Day: "2030-12-31", Period: "2030", Value: &charts.Value{Value: 60}}
	}
	return course
}

func TestHeavyCourses(t *testing.T) {
	drawer := renderer(t)
	hidden := someCourse(2, 4)
	hidden.Lines[1].Readings[2].Value = nil
	hidden.Lines[1].Readings[3].Value = nil
	survey := someCourse(1, 3)
	survey.Lines[0].Readings[1].Value.Low, survey.Lines[0].Readings[1].Value.High = ptr(20.0), ptr(45.0)
	negative := someCourse(3, 2)
	negative.Lines[2].Readings[1].Value.Value = -12.5
	for name, course := range map[string]charts.Course{"one": someCourse(1, 5), "six": someCourse(6, 10), "many": someCourse(14, 3), "hidden": hidden,
		"survey": survey, "negative": negative, "long": someCourse(2, 30)} {
		for _, width := range []int{charts.DefaultWidth, charts.Narrow} {
			for _, lang := range []string{"de", "en"} {
				loc := words(t, lang)
				for kind, chart := range map[string]charts.Chart{"time": charts.BuildCourse(course, loc, charts.Width(width)), "places": charts.BuildPlaces(course, loc, charts.Width(width))} {
					if !chart.Drawn() {
						t.Fatalf("%s %s is not drawn", name, kind)
					}
					checkLayout(t, drawer, chart)
					picture, err := drawer.SVG(context.Background(), chart, charts.Light)
					if err != nil {
						t.Fatal(err)
					}
					checkPicture(t, picture, chart)
					if folder := os.Getenv("CHARTS_LOOK"); folder != "" {
						keep(t, filepath.Join(folder, fmt.Sprintf("course-%s-%s-%d-%s.svg", name, kind, width, lang)), picture)
					}
				}
			}
		}
	}
}

func TestCourseWords(t *testing.T) {
	course := someCourse(2, 3)
	course.Lines[1].Readings[2].Value = nil
	chart := charts.BuildCourse(course, words(t, "de"))
	want := "Stadt mit einem längeren Namen A: von 30 (2015) auf 33 (2017). Stadt mit einem längeren Namen B: von 33,5 (2015) auf 35 (2016)."
	if chart.Summary != want {
		t.Errorf("summary %q", chart.Summary)
	}
	var rows []string
	for _, row := range chart.Table.Rows {
		rows = append(rows, row.Label+": "+strings.Join(row.Cells, " | "))
	}
	if !slices.Equal(rows, []string{"2015: 30 | 33,5", "2016: 31,5 | 35", "2017: 33 | " + words(t, "de").T("charts.hidden")}) {
		t.Errorf("rows %q", rows)
	}
	places := charts.BuildPlaces(course, words(t, "de"))
	if !strings.HasPrefix(places.Summary, "Stadt mit einem längeren Namen A: 33 (2017)") || len(places.Table.Rows) != 2 || !places.Table.Rows[1].Hidden {
		t.Errorf("places %q %+v", places.Summary, places.Table.Rows)
	}
	for _, row := range chart.Data.Rows {
		if (row[6] != "") != (row[3] == "") || strings.Contains(row[3], ",") {
			t.Errorf("data %v", row)
		}
	}
	// Nothing of a hidden value decides where the axis ends.
	other := someCourse(2, 3)
	other.Lines[1].Readings[2].Value = nil
	again := charts.BuildCourse(other, words(t, "de"))
	if chart.Fingerprint() != again.Fingerprint() {
		t.Error("equal figures give other pictures")
	}
	for _, few := range []charts.Course{{}, someCourse(1, 0), someCourse(2, 1)} {
		chart := charts.BuildCourse(few, words(t, "de"))
		if chart.Drawn() || chart.Summary == "" {
			t.Errorf("%d lines at one time are drawn", len(few.Lines))
		}
	}
	if places = charts.BuildPlaces(charts.Course{}, words(t, "de")); places.Drawn() {
		t.Error("nothing is drawn")
	}
}
