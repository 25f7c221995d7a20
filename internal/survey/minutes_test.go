package survey_test

import (
	"os"
	"testing"

	"bedarfslotse/internal/survey"
)

// TestMinutes: the shipped surveys take as long as they promise.
func TestMinutes(t *testing.T) {
	for id, want := range map[string][2]int{"families": {2, 5}, "young_people": {2, 5}, "schools": {3, 5}, "youth_services": {3, 10}, "shared_understanding": {1, 5}} {
		read, findings, err := survey.ReadDir(os.DirFS("../../surveys"), id)
		if err != nil || findings.Fatal() {
			t.Fatal(err, findings)
		}
		version, _ := survey.Compile(read)
		if got := version.Minutes(); got < want[0] || got > want[1] {
			t.Errorf("%s takes %d minutes, not %v", id, got, want)
		}
	}
}
