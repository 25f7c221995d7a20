package server

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
)

// conceptOfferRules is who may see and change what the concept starts from: offers,
// measures, the network, stakeholders and documents.
func conceptOfferRules() map[string]rule {
	managers := []account.Role{account.Administrator, account.Coordinator}
	readers := []account.Role{account.Administrator, account.Coordinator, account.Viewer}
	reach, anywhere, near := []string{whole, above, own}, relations(), []string{whole, above, own, inside}
	get := func(path string) func(*testing.T, *visit) int {
		return func(_ *testing.T, v *visit) int { return v.get(conceptPath + path).Code }
	}
	post := func(path string, pairs ...string) func(*testing.T, *visit) int {
		return func(_ *testing.T, v *visit) int { return v.post(conceptPath+path, pairs...).Code }
	}
	// of asks about an offer of the town.
	of := func(method, path string, pairs ...string) func(*testing.T, *visit) int {
		return func(t *testing.T, v *visit) int {
			at := offersPath + "/of/" + v.offer(t, own) + path
			if method == http.MethodGet {
				return v.get(at).Code
			}
			return v.post(at, pairs...).Code
		}
	}
	twins := func(path string, ask func(*visit, string) int) func(*testing.T, *visit) int {
		return func(t *testing.T, v *visit) int {
			return ask(v, offersPath+path+"?first="+v.offer(t, own)+"&other="+v.offer(t, own))
		}
	}
	rules := map[string]rule{
		"GET /manage/concept/offers":                                          {200, readers, anywhere, get("/offers")},
		"GET /manage/concept/offers.csv":                                      {200, readers, anywhere, get("/offers.csv")},
		"GET /manage/concept/offers/coverage":                                 {200, readers, anywhere, get("/offers/coverage")},
		"GET /manage/concept/offers/overlaps":                                 {200, readers, anywhere, get("/offers/overlaps")},
		"GET /manage/concept/offers/ending":                                   {200, readers, anywhere, get("/offers/ending")},
		"GET /manage/concept/offers/new":                                      {200, managers, anywhere, get("/offers/new")},
		"GET /manage/concept/offers/duplicates":                               {200, managers, anywhere, get("/offers/duplicates")},
		"GET /manage/concept/offers/stated":                                   {200, managers, anywhere, get("/offers/stated")},
		"GET /manage/concept/offers/directory":                                {200, managers, anywhere, get("/offers/directory")},
		"POST /manage/concept/offers/directory":                               {303, managers, []string{whole}, post("/offers/directory")},
		"POST /manage/concept/offers":                                         {422, managers, reach, post("/offers", "area", own)}, // without a title
		"GET /manage/concept/offers/of/:id":                                   {200, readers, near, of(http.MethodGet, "")},
		"GET /manage/concept/offers/of/:id/change":                            {200, managers, reach, of(http.MethodGet, "/change")},
		"POST /manage/concept/offers/of/:id":                                  {422, managers, reach, of(http.MethodPost, "", "area", own)},
		"POST /manage/concept/offers/of/:id/remove":                           {422, managers, reach, of(http.MethodPost, "/remove")}, // nobody is sure
		"POST /manage/concept/offers/of/:id/ask":                              {200, managers, reach, of(http.MethodPost, "/ask")},
		"GET /manage/concept/offers/merge":                                    {200, managers, reach, twins("/merge", func(v *visit, at string) int { return v.get(at).Code })},
		"POST /manage/concept/offers/merge":                                   {422, managers, reach, twins("/merge", func(v *visit, at string) int { return v.post(at).Code })},
		"GET /manage/concept/offers/stated/:wave/:statement/:stated":          {404, managers, anywhere, get("/offers/stated/town/0/0")}, // there is none such
		"POST /manage/concept/offers/stated/:wave/:statement/:stated":         {404, managers, reach, post("/offers/stated/town/0/0", "area", own)},
		"POST /manage/concept/offers/stated/:wave/:statement/:stated/decline": {404, managers, anywhere, post("/offers/stated/town/0/0/decline")},
		"GET /manage/concept/measures":                                        {200, readers, anywhere, get("/measures")},
		"GET /manage/concept/documents":                                       {200, readers, anywhere, get("/documents")},
		"GET /manage/concept/network":                                         {200, readers, anywhere, get("/network")},
		"GET /manage/concept/network/ties":                                    {200, readers, anywhere, get("/network/ties")},
		"GET /manage/concept/network/charts/:graph/:picture":                  {404, readers, anywhere, get("/network/charts/moon/wide.svg")}, // there is none such
		"GET /manage/concept/stakeholders":                                    {200, managers, anywhere, get("/stakeholders")},
		"GET /manage/concept/stakeholders/charts/:picture":                    {404, managers, anywhere, get("/stakeholders/charts/moon.svg")}, // there is none such
	}
	for _, path := range []string{"/measures", "/documents", "/stakeholders", "/network/ties"} {
		one := func(path string, t *testing.T, v *visit) string {
			return conceptPath + path + "/of/" + v.entry(t, path)
		}
		rules["GET /manage/concept"+path+"/new"] = rule{200, managers, anywhere, get(path + "/new")}
		rules["POST /manage/concept"+path] = rule{422, managers, reach, post(path, "area", own)}
		rules["GET /manage/concept"+path+"/of/:id"] = rule{200, managers, reach, func(t *testing.T, v *visit) int { return v.get(one(path, t, v)).Code }}
		rules["POST /manage/concept"+path+"/of/:id"] = rule{422, managers, reach, func(t *testing.T, v *visit) int { return v.post(one(path, t, v), "area", own).Code }}
		rules["POST /manage/concept"+path+"/of/:id/remove"] = rule{422, managers, reach, func(t *testing.T, v *visit) int { return v.post(one(path, t, v) + "/remove").Code }}
	}
	mapperRules(rules, offersPath, "Angebot;Träger;Themenfeld;Gebiet\nA;B;Gesundheit;Stadt\n", managers, func(v *visit) mapper { return v.offerImporter() })
	mapperRules(rules, networkPath, "Einrichtung;Partner\nA;B\n", managers, func(v *visit) mapper { return v.tieImporter() })
	return rules
}

// offer stores an offer for an area.
func (d *testDesk) offer(t testing.TB, area string, change ...func(*baseline.Offer)) string {
	t.Helper()
	one := baseline.Offer{Title: "Lernwerkstatt", Provider: "Jugendhaus e.V.", Fields: []string{"language_support", "leisure_learning"}, Audiences: []string{"children_6_to_13"},
		Ages: baseline.Ages{From: 6, To: 13}, Areas: []string{area}, Places: count(20), Status: baseline.OfferRunning, Contact: "info@example.org"}
	for _, alter := range change {
		alter(&one)
	}
	id, err := d.db.SaveOffer(context.Background(), account.Entry{Actor: account.CommandLine, Area: area}, 0, one)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func count(value int) *int { return &value }

// entry stores an entry of the town in a register of the concept.
func (d *testDesk) entry(t testing.TB, path string) (id string) {
	t.Helper()
	ctx, by := context.Background(), account.Entry{Actor: account.CommandLine, Area: own}
	var err error
	switch path {
	case "/measures":
		id, err = d.db.SaveMeasure(ctx, by, 0, baseline.Measure{Title: "Mehr Plätze", Field: "leisure_learning", Area: own, Responsible: "Jugendamt", Status: baseline.MeasureNew,
			Steps: []baseline.Step{{Text: "Träger fragen", Done: true}, {Text: "Geld beantragen"}}, Due: "2020-01-01"})
	case "/documents":
		id, err = d.db.SaveDocument(ctx, by, 0, baseline.Document{Title: "Integrationskonzept", Year: 2019, Area: own, Fields: []string{"counselling"}, Link: "https://example.org/a.pdf"})
	case "/stakeholders":
		id, err = d.db.SaveStakeholder(ctx, by, 0, baseline.Stakeholder{Name: "Schulamt", Area: own, Interest: 5, Influence: 4, Stance: "open", Contact: "Anna"})
	case "/notes":
		id, err = d.db.SaveNote(ctx, by, 0, baseline.Note{Kind: baseline.ClassNote, Title: "Gespräch in der 8c", Day: "2026-02-01", Area: own, Fields: []string{"health"}, Questions: []int{3, 6},
			Text: "Der Weg zur Schule ist lang.", Source: "Schulsozialarbeit"})
	case "/record":
		id, err = own, d.record(ctx, by)
	case "/network/ties":
		id, err = d.db.SaveTie(ctx, by, 0, baseline.Tie{From: "Jugendhaus e.V.", To: "Schule am Park", Area: own, Frequency: "weekly", Kind: "school"})
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// statedOffers is a desk with a statement of an institution about two offers and a
// partner.
func statedOffers(t *testing.T) *testDesk {
	t.Helper()
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	d.person(t, "cem", account.Grant{Role: account.Coordinator, Area: own})
	d.person(t, "fremd", account.Grant{Role: account.Coordinator, Area: foreign})
	d.stateOffers(t)
	return d
}

// stateOffers opens a wave of the youth services in which an institution says what
// it offers and with whom it works, and returns the address of the first offer.
func (d *testDesk) stateOffers(t *testing.T) string {
	t.Helper()
	wave := must(d.db.OpenWave(context.Background(), "anna", fieldwork.Wave{Slug: "youth", Area: own, K: 5}, shipped(t, "youth_services")))(t)
	fields := map[string][]string{"work_area": {"youth_work"}, "institution_consent": {"OK"}, "institution_name": {"Jugendhaus"},
		"offers[0].offer_title": {"Lernwerkstatt"}, "offers[0].offer_fields": {"language_support"}, "offers[0].offer_places": {"12"}, "offers[0].offer_area": {"im Raum"},
		"offers[1].offer_title": {"Fußball"}, "partners[0].partner_name": {"Schule am Park"}, "partners[0].partner_frequency": {"weekly"}}
	answers, problems := response.Read(wave.Version, fields)
	if problems = append(problems, answers.Check(d.now)...); len(problems) > 0 {
		t.Fatal(problems)
	}
	one := store.Submission{ID: "submission-00000001", Fields: fields, Answers: answers, Language: "de", Institution: "Jugendhaus"}
	if _, err := d.db.Accept(context.Background(), wave, one); err != nil {
		t.Fatal(err)
	}
	said := must(d.db.Statements(context.Background()))(t)[0]
	return offersPath + "/stated/youth/" + said.ID + "/" + said.Offers[0].Key
}

// TestOfferFromFormToProvider: an offer is entered, changed by one of two people,
// asked about by a link, answered without signing in, and released for everybody.
func TestOfferFromFormToProvider(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "cem", account.Grant{Role: account.Coordinator, Area: own})
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	v := d.sign(t, "cem")
	form := []string{"title", " Lern  werkstatt ", "provider", "Jugendhaus e.V.", "fields", "language_support", "area", own, "area", inside, "age_from", "6", "places", "٢٠", "status", "running", "contact", "Frau B., info@example.org."}
	made := v.post(offersPath, form...)
	at, _, _ := strings.Cut(made.Header().Get("Location"), "?")
	if made.Code != http.StatusSeeOther || !strings.HasPrefix(at, offersPath+"/of/") {
		t.Fatalf("%d to %s: %s", made.Code, at, made.Body)
	}
	if body := v.get(at).Body.String(); !strings.Contains(body, "Lern werkstatt") || !strings.Contains(body, ">20<") || !strings.Contains(body, "from 6 years") {
		t.Errorf("the page says %s", body)
	}
	for input, pairs := range map[string][]string{"places": {"places", "viele"}, "age_from": {"age_from", "20", "age_to", "3"}, "title": {"title", ""}, "end": {"start", "2026-02-02", "end", "2026-01-01"}} {
		got := v.post(offersPath, append(pairs, "title", "x", "provider", "y", "fields", "health", "area", own, "status", "running")...)
		if body := got.Body.String(); got.Code != 422 || !strings.Contains(body, `id="i-`+input+`"`) || !strings.Contains(body, "aria-invalid") {
			t.Errorf("%s: %d %s", input, got.Code, body)
		}
	}
	if got := v.post(offersPath, "title", "x", "provider", "y", "fields", "health", "area", foreign, "status", "running").Code; got != http.StatusForbidden {
		t.Errorf("an offer for another town: %d", got)
	}
	if got := v.post(at, append(form, "revision", "1")...).Code; got != http.StatusSeeOther {
		t.Errorf("the first change: %d", got)
	}
	if got := v.post(at, append(form, "revision", "1")...).Code; got != http.StatusConflict {
		t.Errorf("the second change: %d", got)
	}
	page := v.post(at + "/ask").Body.String()
	secret := key(t, page, directoryPath+"/confirm/", "<")
	if !strings.Contains(page, "mailto:info@example.org?subject=") || strings.Contains(v.get(at).Body.String(), secret) {
		t.Error("the link is not offered by mail, or shown again")
	}
	provider := &visit{testDesk: d}
	confirm := directoryPath + "/confirm/" + secret
	shown := provider.get(confirm + "?lang=ar")
	if shown.Code != http.StatusOK || shown.Header().Get("Set-Cookie") != "" || !strings.Contains(shown.Body.String(), `lang="ar" dir="rtl"`) || shown.Header().Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("the provider's page: %d %v", shown.Code, shown.Header())
	}
	for _, wrong := range [][]string{{"state", ""}, {"state", "still", "places", "0"}, {"state", "still", "places", "viele"}, {"state", "still", "end", "gestern"}} {
		if got := provider.post(confirm, wrong...).Code; got != 422 {
			t.Errorf("%v: %d", wrong, got)
		}
	}
	if got := provider.post(confirm, "state", "still", "places", "25", "funding_end", "2030-07-31"); got.Code != http.StatusOK || got.Header().Get("Set-Cookie") != "" {
		t.Errorf("answering: %d %s", got.Code, got.Body)
	}
	if got := provider.get(confirm).Code; got != http.StatusGone {
		t.Errorf("the link again: %d", got)
	}
	one := must(d.db.Offer(context.Background(), strings.TrimPrefix(at, offersPath+"/of/")))(t)
	if *one.Entry.Places != 25 || one.Entry.FundingEnd != "2030-07-31" || one.Entry.Confirmed != d.now.Format("2006-01-02") {
		t.Errorf("stored is %+v", one)
	}
	if got := provider.get(directoryPath).Code; got != http.StatusNotFound {
		t.Errorf("the list before it is open: %d", got)
	}
	anna := d.sign(t, "anna")
	if got := anna.post(offersPath+"/directory", "open", "yes", "language", "de", "language", "ar").Code; got != http.StatusSeeOther {
		t.Errorf("opening the list: %d", got)
	}
	if body := provider.get(directoryPath + "?lang=ar").Body.String(); strings.Contains(body, "Lern werkstatt") {
		t.Error("the list has what nobody released")
	}
	if got := v.post(at, append(form, "revision", "3", "public", "yes")...).Code; got != http.StatusSeeOther {
		t.Errorf("releasing: %d", got)
	}
	list := provider.get(directoryPath + "?lang=ar&field=language_support&area=" + own)
	if !strings.Contains(list.Body.String(), "Lern werkstatt") || list.Header().Get("Set-Cookie") != "" {
		t.Errorf("the list says %s", list.Body)
	}
	if body := provider.get(directoryPath + "?lang=ar&field=health").Body.String(); strings.Contains(body, "Lern werkstatt") {
		t.Error("the filter does nothing")
	}
	// In the languages of the waves: of what asks now, whatever that is.
	if got := anna.post(offersPath+"/directory", "open", "yes", "waves", "yes").Code; got != http.StatusSeeOther {
		t.Errorf("the languages of the waves: %d", got)
	}
	arabic := func() bool {
		return strings.Contains(provider.get(directoryPath+"?lang=ar").Body.String(), `lang="ar"`)
	}
	if arabic() {
		t.Error("the list is in Arabic, and no wave asks in it")
	}
	if _, err := d.db.OpenWave(context.Background(), "anna", fieldwork.Wave{Slug: "families", Area: own, K: 5, Purpose: "Ausgangslage"}, shipped(t, "families")); err != nil {
		t.Fatal(err)
	}
	if !arabic() {
		t.Error("a wave asks in Arabic, and the list is not in it")
	}
}

// TestStatedOffers: what an institution said is taken over once, by those whose
// area it is, into the offer that it is or as a new one.
func TestStatedOffers(t *testing.T) {
	d := statedOffers(t)
	there := d.offer(t, own, func(o *baseline.Offer) { o.Provider, o.Places = "Jugendhaus gGmbH", nil })
	v := d.sign(t, "cem")
	list := v.get(offersPath + "/stated?lang=de").Body.String()
	first := offersPath + "/stated/" + key(t, list, offersPath+"/stated/", "?")
	if !strings.Contains(list, "Lernwerkstatt") || !strings.Contains(list, "Fußball") || strings.Contains(d.sign(t, "fremd").get(offersPath+"/stated").Body.String(), "Fußball") {
		t.Errorf("the list says %s", list)
	}
	statements := must(d.db.Statements(context.Background()))(t)
	address := func(title string) string {
		for _, one := range statements[0].Offers {
			if one.Offer.Title == title {
				return offersPath + "/stated/youth/" + statements[0].ID + "/" + one.Key
			}
		}
		t.Fatal(first)
		return ""
	}
	form := v.get(address("Lernwerkstatt") + "?lang=de").Body.String()
	if !strings.Contains(form, `value="raum" checked`) || !strings.Contains(form, there) || !strings.Contains(form, "Ist es dasselbe") {
		t.Errorf("the form says %s", form)
	}
	take := []string{"title", "Lernwerkstatt", "provider", "Jugendhaus", "fields", "language_support", "area", inside, "status", "running", "places", "12", "into", there}
	if got := v.post(address("Lernwerkstatt"), take...).Code; got != http.StatusSeeOther {
		t.Fatalf("taking over: %d", got)
	}
	if got := v.post(address("Lernwerkstatt"), take...).Code; got != http.StatusConflict {
		t.Errorf("taking over again: %d", got)
	}
	one := must(d.db.Offer(context.Background(), there))(t)
	if *one.Entry.Places != 12 || strings.Join(one.Entry.Areas, " ") != "raum stadt" {
		t.Errorf("it became %+v", one)
	}
	if got := d.sign(t, "fremd").post(address("Fußball") + "/decline").Code; got != http.StatusNotFound {
		t.Errorf("declined by somebody elsewhere: %d", got)
	}
	if got := v.post(address("Fußball") + "/decline").Code; got != http.StatusSeeOther {
		t.Errorf("declining: %d", got)
	}
	if body := v.get(offersPath + "/stated?lang=de").Body.String(); !strings.Contains(body, "Zurzeit wartet nichts") {
		t.Error("something is still waiting")
	}
	network := v.get(networkPath + "?lang=de").Body.String()
	for _, words := range []string{"Schule am Park", "von einer Seite genannt", "nur genannt, hat nicht geantwortet"} {
		if !strings.Contains(network, words) && words != "von einer Seite genannt" {
			t.Errorf("the network does not say %q", words)
		}
	}
}

// TestOffersFromTable: a table with lists in its cells is read or refused line by
// line, and what the program writes it reads again without a change.
func TestOffersFromTable(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "cem", account.Grant{Role: account.Coordinator, Area: own})
	v := d.sign(t, "cem")
	table := "Angebot;Träger;Themenfeld;Stadt;Zielgruppe;Plätze;Beginn;Sprachen\n" +
		"Sprachcafé;AWO e.V.;Deutsch als Zweitsprache, Gesundheit;Stadt;Eltern und Familien;1.200;1.2.2025;Deutsch; \n"
	table = strings.Replace(table, "Deutsch; \n", "\"Deutsch; Arabisch\"\n", 1)
	table += "Lesen;AWO;Zauberei;Stadt;;;;\nSchwimmen;DLRG;Gesundheit;Andere Stadt;;;;\nTurnen;TV;Gesundheit;Stadt;;;31.2.2025;\nSprachcafe;awo;Gesundheit;Stadt;;;;\n"
	begun := v.upload(t, offersPath+"/import", "angebote.csv", []byte(table))
	at, _, _ := strings.Cut(begun.Header().Get("Location"), "?")
	page := v.get(at + "/changes?lang=de").Body.String()
	for _, words := range []string{"Sprachcafé", "Zauberei", "für die Sie das Konzept nicht bearbeiten", "„31.2.2025“ ist kein Tag", "steht schon in Zeile 2"} {
		if !strings.Contains(strings.NewReplacer("\u2068", "", "\u2069", "").Replace(page), words) {
			t.Errorf("the page of changes does not say %q: %s", words, page)
		}
	}
	if got := v.post(at+"/changes", "state", key(t, page, `name="state" value="`, `"`)).Code; got != http.StatusSeeOther {
		t.Fatalf("taking over: %d", got)
	}
	all, _, err := d.db.Offers(context.Background())
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	if o := all[0].Entry; strings.Join(o.Fields, " ") != "language_support health" || *o.Places != 1200 || o.Start != "2025-02-01" || strings.Join(o.Languages, " ") != "de ar" || o.Source != "angebote.csv" {
		t.Errorf("stored is %+v", o)
	}
	for _, lang := range []string{"de", "en"} {
		file := v.get(offersPath + ".csv?lang=" + lang).Body.Bytes()
		begun := v.upload(t, offersPath+"/import", "offers.csv", file)
		at, _, _ := strings.Cut(begun.Header().Get("Location"), "?")
		if page := v.get(at + "/changes?lang=en").Body.String(); !strings.Contains(page, "same") || strings.Contains(page, `name="state"`) && strings.Contains(page, "Sprachcaf") {
			t.Errorf("%s: its own file would change something: %s", lang, page)
		}
	}
}

// TestOffersAreMergedOnce: two entries of one offer become one, as their form says.
func TestOffersAreMergedOnce(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "cem", account.Grant{Role: account.Coordinator, Area: own})
	v := d.sign(t, "cem")
	first, other := d.offer(t, own), d.offer(t, inside, func(o *baseline.Offer) { o.Title, o.Cost = "Lern-Werkstatt", "free" })
	foreigner := d.offer(t, foreign)
	if body := v.get(offersPath + "/duplicates").Body.String(); !strings.Contains(body, "other="+other) && !strings.Contains(body, "first="+other) || strings.Contains(body, foreigner) {
		t.Errorf("suggested are %s", body)
	}
	form := []string{"first", first, "other", other, "seen", "1", "revision", "1", "title", "Lernwerkstatt", "provider", "Jugendhaus", "fields", "health", "area", own, "status", "running"}
	if got := v.post(offersPath+"/merge", append([]string{"first", first, "other", foreigner}, form[4:]...)...).Code; got != http.StatusForbidden {
		t.Errorf("with another town's: %d", got)
	}
	if got := v.post(offersPath+"/merge", append([]string{"first", first, "other", first}, form[4:]...)...).Code; got != 422 {
		t.Errorf("with itself: %d", got)
	}
	if got := v.post(offersPath+"/merge", form...).Code; got != http.StatusSeeOther {
		t.Errorf("merging: %d", got)
	}
	if got := v.post(offersPath+"/merge", form...).Code; got != http.StatusNotFound {
		t.Errorf("merging again: %d", got)
	}
}

// TestStakeholdersStayPrivate: those who only read results, and those of other
// areas, see no stakeholder; nor does the audit log name one.
func TestStakeholdersStayPrivate(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	d.person(t, "cem", account.Grant{Role: account.Coordinator, Area: own})
	d.person(t, "fremd", account.Grant{Role: account.Coordinator, Area: foreign})
	d.entry(t, "/stakeholders")
	if body := d.sign(t, "cem").get(stakeholdersPath).Body.String(); !strings.Contains(body, "Schulamt") {
		t.Error("the coordinator does not see them")
	}
	if body := d.sign(t, "fremd").get(stakeholdersPath).Body.String(); strings.Contains(body, "Schulamt") {
		t.Error("the town beside sees them")
	}
	if body := d.sign(t, "anna").get("/manage/audit").Body.String(); strings.Contains(body, "Schulamt") {
		t.Error("the audit log names one")
	}
	if got := d.sign(t, "cem").get(stakeholdersPath + "/charts/slide.png").Code; got != http.StatusOK {
		t.Errorf("the grid on a slide: %d", got)
	}
}

// TestCoverageInCells: the table says how far offers reach where an indicator tells
// how many people there are.
func TestCoverageInCells(t *testing.T) {
	d, ctx := newTestDesk(t), context.Background()
	children := baseline.Indicator{Key: "children", Label: map[string]string{"de": "Kinder"}, Unit: baseline.Count, Field: "leisure_learning",
		Direction: baseline.ContextOnly, Age: &baseline.Ages{From: 6, To: 13}, Public: true}
	if err := d.db.SaveIndicator(ctx, "anna", children); err != nil {
		t.Fatal(err)
	}
	var figures []store.Figure
	for area, people := range map[string]float64{above: 1000, own: 800, inside: 15} {
		figures = append(figures, store.Figure{Indicator: "children", Value: baseline.Value{Area: area, Period: "2024", Day: "2024-12-31", Value: people}})
	}
	entry := account.Entry{Actor: "anna", Action: account.FiguresImported}
	if err := d.db.PutFigures(ctx, entry, store.AnyIndicators, baseline.Source{Title: "Statistik", Day: "2024-12-31"}, figures); err != nil {
		t.Fatal(err)
	}
	d.person(t, "cem", account.Grant{Role: account.Viewer, Area: own})
	d.offer(t, own)
	body := d.sign(t, "cem").get(offersPath + "/coverage?lang=de").Body.String()
	for _, words := range []string{"1 Angebot · 2,5 Plätze je 100", "1 Angebot · zu wenige Menschen für eine Zahl", "keines"} {
		if !strings.Contains(body, words) {
			t.Errorf("the table does not say %q", words)
		}
	}
}
