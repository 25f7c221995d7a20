package server

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/store"
)

// manyIndicators is a desk with 50 indicators of 16 areas over 10 periods, each
// with a target in every area.
func manyIndicators(t testing.TB) *visit {
	t.Helper()
	ctx := context.Background()
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	areas := []string{above, own, foreign, inside}
	var more []catalogue.Area
	for at := range 12 {
		key := fmt.Sprintf("stadt-%d", at)
		areas = append(areas, key)
		more = append(more, catalogue.Area{Key: key, Parent: above, Name: fmt.Sprint("Stadt ", at), Level: catalogue.Stadt})
	}
	if err := d.db.PutAreas(ctx, account.Entry{Actor: "anna", Action: account.AreaAdded}, 0, more, d.checkAreas); err != nil {
		t.Fatal(err)
	}
	fields := d.desk.Fields.Keys()
	var figures []store.Figure
	for at := range 50 {
		one := baseline.Indicator{Key: fmt.Sprintf("rate_%d", at), Label: map[string]string{"de": fmt.Sprint("Quote ", at)}, Unit: baseline.Percent,
			Field: fields[at%len(fields)], Direction: baseline.Higher, Public: at%2 == 0}
		if err := d.db.SaveIndicator(ctx, "anna", one); err != nil {
			t.Fatal(err)
		}
		for place, area := range areas {
			for year := range 10 {
				numerator, denominator := int64(at+place+year), int64(200)
				figures = append(figures, store.Figure{Indicator: one.Key, Value: baseline.Value{Area: area, Period: fmt.Sprint(2015 + year), Day: fmt.Sprintf("%d-12-31", 2015+year),
					Value: float64(numerator) / 2, Numerator: &numerator, Denominator: &denominator}})
			}
			target := baseline.Target{Area: area, Baseline: 1, BaselineDay: "2015-12-31", Goal: 90, Due: "2030-12-31"}
			if err := d.db.SetTarget(ctx, "anna", one.Key, target); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := d.db.PutFigures(ctx, account.Entry{Actor: "anna", Action: account.FiguresImported}, store.AnyIndicators, baseline.Source{Title: "x"}, figures); err != nil {
		t.Fatal(err)
	}
	return d.sign(t, "anna")
}

// BenchmarkIndicators measures the pages about indicators: at most 50 ms each with
// 50 indicators × 16 areas × 10 periods. Measured on one core of the machine that
// CI has: the list 18, the sheet 23, one indicator 16, all values as a file 27; the
// first time after a change, when everything is read anew, 25 more.
func BenchmarkIndicators(b *testing.B) {
	v := manyIndicators(b)
	for _, page := range []string{indicatorPages + "?area=kreis", progressPage + "?area=kreis", indicatorPages + "/of/rate_7?area=kreis", indicatorPages + ".csv"} {
		b.Run(page, func(b *testing.B) {
			for b.Loop() {
				began := time.Now()
				if got := v.get(page); got.Code != http.StatusOK {
					b.Fatal(got.Code)
				}
				b.ReportMetric(float64(time.Since(began).Microseconds())/1000, "ms/last")
			}
		})
	}
}
