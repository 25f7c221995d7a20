package server

import (
	"context"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testbrowser"
)

// TestBrowserOffers walks through what the concept starts from, in German, on the
// smallest phone and at a desk: lists, forms, charts and what everybody reads.
func TestBrowserOffers(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]testbrowser.Option{
		"small, no script": {testbrowser.Small, testbrowser.NoScript}, "desktop": {testbrowser.Desktop},
	} {
		t.Run(name, func(t *testing.T) {
			d := statedOffers(t)
			offer := d.offer(t, own, func(o *baseline.Offer) {
				o.Public, o.FundingEnd, o.Cost = true, d.now.AddDate(0, 3, 0).Format("2006-01-02"), "free"
			})
			other := d.offer(t, inside, func(o *baseline.Offer) { o.Title, o.Provider = "Lern-Werkstatt im Raum", "Jugendhaus" })
			d.offer(t, own, func(o *baseline.Offer) { o.Provider = "Stadtbücherei" })
			for _, path := range []string{"/measures", "/documents", "/stakeholders", "/network/ties"} {
				d.entry(t, path)
			}
			if err := d.db.SetDirectory(context.Background(), "anna", store.Directory{Open: true, Languages: []string{"de", "ar"}}); err != nil {
				t.Fatal(err)
			}
			secret := must(d.db.AskProvider(context.Background(), account.Entry{Actor: "anna", Area: own}, offer))(t)
			address := listen(t, d.testServer)
			p := d.atDesk(t, address, "cem", conceptPath, append(options, testbrowser.Language("de"))...)
			statement := must(d.db.Statements(context.Background()))(t)[0]
			for state, path := range map[string]string{
				"concept": conceptPath, "list": offersPath, "offer": offersPath + "/of/" + offer, "form": offersPath + "/of/" + offer + "/change",
				"coverage": offersPath + "/coverage", "overlaps": offersPath + "/overlaps", "ending": offersPath + "/ending", "duplicates": offersPath + "/duplicates",
				"merge": offersPath + "/merge?first=" + offer + "&other=" + other, "stated": offersPath + "/stated",
				"take": offersPath + "/stated/youth/" + statement.ID + "/" + statement.Offers[0].Key, "directory settings": offersPath + "/directory",
				"measures": measuresPath, "new measure": measuresPath + "/new?field=health&area=stadt&audience=parents", "network": networkPath,
				"ties": networkPath + "/ties", "stakeholders": stakeholdersPath, "documents": documentsPath,
				"public list": directoryPath, "public list in Arabic": directoryPath + "?lang=ar", "confirm": directoryPath + "/confirm/" + secret,
			} {
				p.Open(address + path)
				// Pictures come when they are looked at; where scripts run, charts take
				// their place.
				p.Wait(`[...document.querySelectorAll('main figure')].every((one) => {
					one.scrollIntoView();
					const picture = one.querySelector('img');
					return one.querySelector('svg, canvas') || picture && picture.complete && picture.naturalWidth > 0;
				})`)
				look(t, p, "offers "+name+" "+state)
				p.CheckBarriers()
				if wide := p.Sideways(); wide > 0 {
					t.Errorf("%s is %d px too wide", state, wide)
				}
				if problems := p.Problems(); len(problems) > 0 {
					t.Errorf("%s: %s", state, strings.Join(problems, "; "))
				}
			}
		})
	}
}
