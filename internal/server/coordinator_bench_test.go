package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// A municipality of the size that the desk is made for.
const (
	benchInstitutions = 500
	benchWaves        = 50
	benchWorkings     = 30
	benchResponses    = 100_000
)

const added = "viertel" // an area that somebody added

// ofOneUse are the pages that need more than an address: what was sent before,
// or a secret that holds once. What is downloaded as a whole is not a page, and
// pictures are measured where they are drawn.
func ofOneUse() []string {
	return []string{
		"/manage/setup/:token", "/manage/invitations/:secret", "/manage/reset/:secret", openIDCallback, "/manage/sign-in/code",
		"/manage/jobs/:id", "/manage/jobs/:id/file",
		"/manage/waves/:slug/import/:upload", "/manage/waves/:slug/import/:upload/rows.csv", "/manage/audit.csv", "/manage/waves/:slug/charts/:picture",
		"/manage/areas/import/:id", "/manage/areas/import/:id/changes", "/manage/institutions/import/:id", "/manage/institutions/import/:id/changes",
		"/manage/waves/:slug/explore/:picture", "/manage/waves/:slug/compare/:picture", "/manage/waves/:slug/variables/of/:name",
		"/manage/waves/:slug/texts/quotes/:quote", "/manage/waves/:slug/texts/of/:question", "/manage/waves/:slug/texts/of/:question/:text",
		"/manage/waves/:slug/texts/of/:question/:text/quote",
		"/manage/groups/:id", "/manage/webhooks/:id", "/manage/waves/:slug/reach/mailings/:number",
	}
}

// busyDesk is a desk in the middle of the year: one wave with most of the
// answers, and as many others, institutions and surveys as there may be.
type busyDesk struct {
	*testDesk
	wave    *store.LiveWave // with the answers
	working string          // id of a working copy of its survey
	more    int             // answers since the import
}

func newBusyDesk(b *testing.B, audience string) *busyDesk {
	b.Helper()
	ctx := context.Background()
	d := &busyDesk{testDesk: newTestDesk(b, func(c *Config, _ *DeskConfig) {
		c.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	})}
	d.person(b, "anna", account.Grant{Role: account.Administrator})
	check(b, d.db.PutAreas(ctx, account.Entry{Actor: "anna", Action: account.AreaAdded}, 0,
		[]catalogue.Area{{Key: added, Parent: own, Name: "Viertel", Level: catalogue.Sozialraum}}, d.checkAreas))
	for i := range 40 {
		d.person(b, fmt.Sprint("person", i), account.Grant{Role: account.Viewer, Area: own})
	}
	institutions := make([]fieldwork.Institution, benchInstitutions)
	for i := range institutions {
		kind := []string{"grundschule", "gesamtschule", "gymnasium"}[i%3]
		institutions[i] = fieldwork.Institution{Number: fmt.Sprint(i), Name: fmt.Sprint("Schule Nummer ", i), Type: kind, TypeLabel: kind,
			Area: []string{own, inside, foreign}[i%3], Pupils: pupils(100 + i)}
	}
	check(b, d.db.PutInstitutions(ctx, "anna", institutions))
	for i := range benchWorkings {
		s := shipped(b, audience).Survey.Clone()
		s.ID = fmt.Sprintf("own_%d", i)
		w, err := d.db.AddWorking(ctx, "anna", own, s)
		check(b, err)
		version, err := d.db.FixWorking(ctx, "anna", w.ID, 0)
		check(b, err)
		for at := range 2 {
			d.quietWave(b, fmt.Sprintf("quiet-%d-%d", i, at), version)
		}
		d.working = w.ID
		if 2*(i+1) >= benchWaves-2 { // the busy one and the one before it are to come
			break
		}
	}
	before := d.quietWave(b, "before", shipped(b, audience))
	check(b, d.db.CloseWave(ctx, "anna", before))
	var err error
	d.wave, err = d.db.OpenWave(ctx, "anna", fieldwork.Wave{Slug: "busy", Area: own, K: 5, Institutions: true, Previous: before.ID}, shipped(b, audience))
	check(b, err)
	d.fill(b)
	return d
}

func (d *busyDesk) quietWave(b *testing.B, slug string, version *survey.Version) *store.LiveWave {
	b.Helper()
	wave, err := d.db.OpenWave(context.Background(), "anna", fieldwork.Wave{Slug: slug, Area: own, K: 5, Institutions: true}, version)
	check(b, err)
	d.respond(b, wave, "", "de", 0, 20)
	return wave
}

// fill imports the answers.
func (d *busyDesk) fill(b *testing.B) {
	b.Helper()
	_, err := d.db.Import(context.Background(), "anna", d.wave, store.File{Name: "many.csv"}, func(yield func(store.Imported, error) bool) {
		for n := range benchResponses {
			answers := response.New(d.wave.Version)
			for i, e := range d.wave.Version.Elements {
				if e.Choices != nil && e.Within == nil && e.ChoicesFrom == nil && !e.Attributed {
					answers.Top().Set(e, e.Choices.Choices[(n+i)%len(e.Choices.Choices)].Name)
				}
			}
			answers.Settle(d.now, true)
			one := store.Imported{ExternalID: fmt.Sprint(n), Day: fmt.Sprintf("2026-02-%02d", 1+n%28), Language: []string{"de", "uk", "ar"}[n%3],
				Duration: uint8(1 + n%6), Answers: answers, Carried: fieldwork.Carried{Area: []string{own, inside}[n%2],
					InstitutionType: []string{"grundschule", "gesamtschule", "gymnasium"}[n%3], Institution: fmt.Sprint(n % benchInstitutions)}}
			if !yield(one, nil) {
				return
			}
		}
	})
	check(b, err)
}

func check(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// pages are the addresses of all pages that need no more than an address.
func (d *busyDesk) pages() []string {
	known := strings.NewReplacer(":slug", "busy", ":name", "person1", ":number", "1", ":tag", "en", ":key", added, ":purpose", string(fieldwork.Purposes()[0]),
		"/institutions/edit", "/institutions/edit?number=1", "/variables/new", "/variables/new?kind=index")
	var all []string
	for declared := range d.declared {
		method, path, _ := strings.Cut(declared, " ")
		if method != http.MethodGet || !strings.HasPrefix(path, deskPath+"/") || slices.Contains(ofOneUse(), path) {
			continue
		}
		path = known.Replace(path)
		if strings.HasSuffix(path, "/file") {
			path += "?as=xlsx&to=en&from=de"
		}
		if strings.HasPrefix(path, "/manage/surveys/:id") {
			all = append(all, strings.Replace(path, ":id", "shipped:families", 1))
		}
		all = append(all, strings.Replace(path, ":id", d.working, 1))
	}
	slices.Sort(all)
	return all
}

// BenchmarkDeskPages asks for every page of the desk that needs no more than its
// address, each time after a further answer and when nothing that was read a
// moment ago counts any more, with 500 institutions, 50 waves and 100 000
// responses. No page is to take more than 150 ms on an idle machine.
func BenchmarkDeskPages(b *testing.B) {
	for _, audience := range []string{"families", "schools"} {
		b.Run(audience, func(b *testing.B) {
			d := newBusyDesk(b, audience)
			v := d.sign(b, "anna")
			for _, page := range d.pages() {
				b.Run(strings.ReplaceAll(strings.TrimPrefix(page, deskPath), d.working, "own"), func(b *testing.B) { d.measure(b, v, page) })
			}
		})
	}
}

func (d *busyDesk) measure(b *testing.B, v *visit, page string) {
	b.Helper()
	var took []time.Duration
	worked := time.Duration(0)
	for b.Loop() {
		b.StopTimer()
		d.respond(b, d.wave, "", "de", benchResponses+d.more, 1)
		d.more++
		d.now = d.now.Add(time.Second)
		before := used(b)
		b.StartTimer()
		began := time.Now()
		got := v.get(page)
		took = append(took, time.Since(began))
		worked += used(b) - before
		if got.Code >= http.StatusBadRequest && !(got.Code == http.StatusNotFound && strings.Contains(page, "shipped:")) {
			b.Fatalf("%s: %d %.2000s", page, got.Code, got.Body)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
	b.ReportMetric(float64(worked.Microseconds())/1000/float64(len(took)), "cpu-ms/op")
}

// used is the processor time that this process has used.
func used(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	check(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
