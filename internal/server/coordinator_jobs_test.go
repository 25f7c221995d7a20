package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/jobs"
	"bedarfslotse/internal/testbrowser"
)

// jobsRules are the rows of the permission matrix about jobs: everybody sees
// their own.
func jobsRules() map[string]rule {
	all, anywhere := account.Roles(), relations()
	// own starts a job of the visitor, or asks for one that is nobody's.
	own := func(t *testing.T, v *visit) string {
		job := must(v.desk.Jobs.Start(jobs.Task{Owner: v.name, Permission: account.SeeDesk, Subject: account.Subject{}, Title: jobs.Say("x"),
			Work: func(_ context.Context, report *jobs.Report) error {
				out, err := report.File("a.csv", "text/csv")
				if err == nil {
					_, err = fmt.Fprint(out, "a\r\n")
				}
				return err
			}}))(t)
		job.Wait(context.Background())
		return "/manage/jobs/" + job.ID
	}
	everywhere := []string{whole} // the job is about all areas
	return map[string]rule{
		"GET /manage/jobs":             {200, all, anywhere, func(_ *testing.T, v *visit) int { return v.get("/manage/jobs").Code }},
		"GET /manage/jobs/:id":         {200, all, everywhere, func(t *testing.T, v *visit) int { return v.get(own(t, v)).Code }},
		"POST /manage/jobs/:id/cancel": {303, all, everywhere, func(t *testing.T, v *visit) int { return v.post(own(t, v) + "/cancel").Code }},
		"GET /manage/jobs/:id/file":    {200, all, everywhere, func(t *testing.T, v *visit) int { return v.get(own(t, v) + "/file").Code }},
	}
}

// job starts a job of somebody's that waits until it is let go on.
func (d *testDesk) job(t testing.TB, owner string, subject account.Subject) (job *jobs.Job, goOn chan error) {
	t.Helper()
	goOn = make(chan error)
	told := make(chan bool)
	job, err := d.desk.Jobs.Start(jobs.Task{Owner: owner, Permission: account.ManageData, Subject: subject, Title: jobs.Say("jobs.title"), Back: "/manage",
		Work: func(ctx context.Context, report *jobs.Report) error {
			report.Progress(12_000, 100_000)
			close(told)
			select {
			case err := <-goOn:
				out, fileErr := report.File("Antworten – März.csv", "text/csv; charset=utf-8")
				if err != nil || fileErr != nil {
					return err
				}
				report.Tell(jobs.Count("desk.returns", 12_000))
				_, err = fmt.Fprint(out, "a;b\r\n")
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	<-told
	return job, goOn
}

// TestJobPage: the page says how far a job is with and without JavaScript, is
// its owner's alone, and ends with the rights that the job needs.
func TestJobPage(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	d.person(t, "cem", account.Grant{Role: account.Coordinator, Area: own})
	anna, cem := d.sign(t, "anna"), d.sign(t, "cem")
	job, goOn := d.job(t, "cem", account.Subject{Area: own})
	path := "/manage/jobs/" + job.ID
	page := cem.get(path).Body.String()
	for _, want := range []string{"12,000 of 100,000 (12%)", `<noscript><meta http-equiv="refresh" content="2">`, `value="12000" max="100000"`, path + "/cancel", `aria-live="polite"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if body := cem.get("/manage/jobs").Body.String(); !strings.Contains(body, path) || !strings.Contains(body, "12,000 of 100,000") {
		t.Error("the list does not show it")
	}
	if got := anna.get(path).Code; got != http.StatusNotFound {
		t.Errorf("somebody else's: %d", got)
	}
	if got := cem.get(path + "/file").Code; got != http.StatusNotFound {
		t.Errorf("half a file: %d", got)
	}
	var now struct {
		Final       bool
		Words       string
		Done, Total int
	}
	answer := d.do(http.MethodGet, path, "", "Cookie", cem.cookie, "Accept", "application/json", "Accept-Language", "de")
	if err := json.Unmarshal(answer.Body.Bytes(), &now); err != nil || now.Final || now.Done != 12_000 || now.Words != "Läuft … 12.000 von 100.000 (12\u00a0%)" {
		t.Errorf("to a script: %v, %+v", err, now)
	}
	goOn <- nil
	job.Wait(context.Background())
	page = cem.get(path + "?start=1").Body.String()
	if !strings.Contains(page, "data-start") || !strings.Contains(page, "12,000 responses") || strings.Contains(page, "http-equiv") {
		t.Errorf("when it is done: %s", page)
	}
	got := cem.get(path + "/file")
	if got.Code != 200 || got.Body.String() != "a;b\r\n" || got.Header().Get("Content-Type") != "text/csv; charset=utf-8" ||
		got.Header().Get("Cache-Control") != "no-store" || !strings.Contains(got.Header().Get("Content-Disposition"), "filename*=utf-8''Antworten%20%E2%80%93%20M%C3%A4rz.csv") {
		t.Errorf("the file: %d %q %v", got.Code, got.Body, got.Header())
	}
	if err := d.db.SetGrants(context.Background(), "anna", "cem", []account.Grant{{Role: account.Viewer, Area: own}}); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{path, path + "/file"} {
		if got := cem.get(address).Code; got != http.StatusForbidden {
			t.Errorf("%s without the right: %d", address, got)
		}
	}
	d.now = d.now.Add(25 * time.Hour)
	if got := d.sign(t, "cem").get(path).Code; got != http.StatusNotFound {
		t.Errorf("after a day: %d", got)
	}
}

// TestJobEnds: cancelled and failed jobs say so in the reader's language.
func TestJobEnds(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	anna := d.sign(t, "anna")
	job, _ := d.job(t, "anna", account.Subject{})
	path := "/manage/jobs/" + job.ID
	if got := anna.post(path + "/cancel"); got.Code != http.StatusSeeOther || got.Header().Get("Location") != path {
		t.Errorf("cancelling: %d to %s", got.Code, got.Header().Get("Location"))
	}
	if page := anna.get(path + "?lang=de").Body.String(); !strings.Contains(page, "Abgebrochen. Es wurde nichts geändert.") || job.Status().State != jobs.Cancelled {
		t.Error("the page does not say that it is cancelled")
	}
	job, goOn := d.job(t, "anna", account.Subject{})
	goOn <- failure.New(failure.Forbidden, "error.export_too_few", "k", 5)
	job.Wait(context.Background())
	if page := anna.get("/manage/jobs/" + job.ID + "?lang=de").Body.String(); !strings.Contains(page, "zu wenige Antworten") || !strings.Contains(page, `role="alert"`) {
		t.Errorf("the page does not say what failed: %s", page)
	}
}

// TestBrowserJob: the bar moves on by itself, the result is fetched by itself
// when it is done, and a browser that is closed stops nothing.
func TestBrowserJob(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lang   string
		device testbrowser.Option
	}{
		"de, small":   {"de", testbrowser.Small},
		"en, desktop": {"en", testbrowser.Desktop},
	} {
		t.Run(name, func(t *testing.T) {
			d := newTestDesk(t)
			d.person(t, "anna", account.Grant{Role: account.Administrator})
			p := testbrowser.New(t, test.device, testbrowser.Language(test.lang))
			address := listen(t, d.testServer)
			p.Open(address + "/manage/")
			p.Fill("#name", "anna")
			p.Fill("#password", deskPassword)
			p.Follow(func() { p.Click("main button") })
			job, goOn := d.job(t, "anna", account.Subject{})
			p.Open(address + "/manage/jobs/" + job.ID)
			look(t, p, "desk "+name+" job at work")
			p.CheckBarriers()
			p.Open(address + "/manage/jobs")
			p.CheckBarriers()
			p.Open(address + "/manage/jobs/" + job.ID)
			p.Follow(func() { goOn <- nil })
			p.WaitFor("main a[download]")
			look(t, p, "desk "+name+" job done")
			p.CheckBarriers()
			second, goOn := d.job(t, "anna", account.Subject{})
			p.Open(address + "/manage/jobs/" + second.ID)
			p.Open(address + "/manage/account")
			goOn <- nil
			second.Wait(context.Background())
			if now := second.Status(); now.State != jobs.Done {
				t.Errorf("without the browser: %+v", now)
			}
			third, _ := d.job(t, "anna", account.Subject{})
			p.Open(address + "/manage/jobs/" + third.ID)
			p.Follow(func() { p.Click("main form button") })
			p.WaitFor(".desk-done")
			if now := third.Status(); now.State != jobs.Cancelled {
				t.Errorf("cancelled by a click: %+v", now)
			}
		})
	}
}
