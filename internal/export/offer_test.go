package export_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"bedarfslotse/internal/export"
)

// TestOffer: whatever is offered can be chosen, one at a time, and is then in the
// file where it is not left out for those to whom it was put.
func TestOffer(t *testing.T) {
	v := families(t)
	offer := export.NewOffer(v, "de")
	if len(offer.Process) != 5 || len(offer.Questions) < 3 {
		t.Fatalf("the offer is %+v", offer)
	}
	for _, one := range offer.Questions {
		options := export.MicrodataOptions{}
		if one.Identifying {
			options.Identifying = []string{one.Name}
		}
		if one.Sensitive {
			options.Sensitive = []string{one.Name}
		}
		if one.Label == "" || !one.Identifying && !one.Sensitive {
			t.Errorf("%+v cannot be chosen", one)
		}
		var out bytes.Buffer
		report, err := export.Microdata(context.Background(), &out, v, someAreas(t), stored(t, v, 500), options)
		if err != nil {
			t.Errorf("%s: %v", one.Name, err)
			continue
		}
		head, _, _ := strings.Cut(out.String(), "\r\n")
		in := strings.Contains(","+head+",", ","+one.Name+",")
		for _, left := range report.LeftOut {
			if left.Name == one.Name && (in || left.Reason != export.ReasonAsked) {
				t.Errorf("%s is left out: %s", left.Name, left.Reason)
			}
			in = in || left.Name == one.Name
		}
		if !in {
			t.Errorf("%s is not in the file, and nobody says why", one.Name)
		}
	}
	none := export.NewOffer(manyColumns(t), "de")
	if len(none.Questions) > 0 || none.Texts {
		t.Errorf("of opinions alone: %+v", none)
	}
}
