package server

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/export"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/jobs"
	"bedarfslotse/internal/store"
)

type exportPage struct {
	*waveFrame
	Formats, Values, Tongues []option // languages of labels
	Process, Questions       []option // identifying variables
	Sensitive                []option
	QuestionsOpen            bool // there are few, or one is chosen
	Texts                    bool // answers in people's own words may be chosen
	WithTexts                bool
	Purpose                  string
	Limit, K, Returns        string // in words
	Enough                   bool   // there are as many responses as an export needs
	Problem                  string
}

// exportFormats are the formats in the order in which they are offered.
func exportFormats() []export.Format {
	return []export.Format{export.XLSX, export.CSV, export.SAV, export.DataPackage}
}

// exportPage asks what an export is to hold and what for.
func (s *Server) exportPage(c echo.Context) error {
	return s.showExport(c, http.StatusOK, exportForm{format: export.XLSX, values: export.Labels, language: s.deskWords(c).Language(), identifying: []string{"area", "language"}}, nil)
}

// exportForm is what somebody chose.
type exportForm struct {
	format                 export.Format
	values                 export.Values
	language               string
	identifying, sensitive []string
	texts                  bool
	purpose                string
}

func readExportForm(c echo.Context) (exportForm, error) {
	values, err := c.FormParams()
	if err != nil {
		return exportForm{}, failure.New(failure.Invalid, "error.invalid").Because(err)
	}
	return exportForm{format: export.Format(values.Get("format")), values: export.Values(values.Get("values")), language: values.Get("language"),
		identifying: values["identifying"], sensitive: values["sensitive"], texts: values.Get("texts") == "1",
		purpose: strings.Join(strings.Fields(values.Get("purpose")), " ")}, nil
}

func (s *Server) showExport(c echo.Context, status int, form exportForm, problem error) error {
	ctx := c.Request().Context()
	wave, err := s.desk.Office.Wave(ctx, c.Param("slug"))
	if err != nil {
		return err
	}
	returns, err := s.desk.Office.Returns(ctx, wave)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	page := &exportPage{waveFrame: s.waveFrame(c, wave, "outlets.export.title"), Purpose: form.purpose, WithTexts: form.texts}
	page.Limit, page.K = page.Number(export.MaxIdentifying, 0), page.Number(float64(wave.K), 0)
	page.Returns, page.Enough = returnsInWords(page.Localizer, wave, returns), returns >= wave.K
	for _, format := range exportFormats() {
		page.Formats = append(page.Formats, option{string(format), page.T("outlets.export.format." + string(format)), format == form.format})
	}
	for _, values := range []export.Values{export.Labels, export.Codes} {
		page.Values = append(page.Values, option{string(values), page.T("outlets.export.values." + string(values)), values == form.values})
	}
	language := labelLanguage(wave, form.language)
	for _, tag := range wave.Version.Languages {
		page.Tongues = append(page.Tongues, option{tag, i18n.NativeName(tag), tag == language})
	}
	offer := export.NewOffer(wave.Version, labelLanguage(wave, page.Language()))
	page.offer(offer, form)
	page.Texts = offer.Texts && user.May(account.CodeTexts, subjectOf(wave), s.desk.Areas.Contains)
	if problem != nil {
		page.Problem = sentence(page.Localizer, failure.As(problem))
	}
	return s.page(c, status, "desk-export", page)
}

// offer fills in what may be chosen.
func (p *exportPage) offer(offer export.Offer, form exportForm) {
	for _, name := range offer.Process {
		p.Process = append(p.Process, option{name, p.T("export.variable." + strings.TrimLeft(name, "_")), slices.Contains(form.identifying, name)})
	}
	for _, one := range offer.Questions {
		if one.Sensitive {
			p.Sensitive = append(p.Sensitive, option{one.Name, one.Label, slices.Contains(form.sensitive, one.Name)})
			continue
		}
		p.Questions = append(p.Questions, option{one.Name, one.Label, slices.Contains(form.identifying, one.Name)})
	}
	p.QuestionsOpen = len(p.Questions) <= fewQuestions || slices.ContainsFunc(p.Questions, func(one option) bool { return one.Chosen })
}

// fewQuestions is up to how many questions a form shows at once.
const fewQuestions = 20

// labelLanguage is the language of labels: the one wished for where the survey
// has it, else its own.
func labelLanguage(wave *store.LiveWave, wish string) string {
	if slices.Contains(wave.Version.Languages, wish) {
		return wish
	}
	return wave.Version.Language
}

// maxPurpose is the greatest length of a purpose in bytes: it stands in a line of
// the audit log.
const maxPurpose = 500

// options turns a form into what the export takes; failure.Invalid.
func (s *Server) microdataOptions(c echo.Context, wave *store.LiveWave, form exportForm) (export.MicrodataOptions, error) {
	user, _ := visitor(c)
	switch {
	case !slices.Contains(exportFormats(), form.format):
		return export.MicrodataOptions{}, failure.New(failure.Invalid, "error.export_format", "format", string(form.format))
	case len(form.purpose) < 5 || len(form.purpose) > maxPurpose:
		return export.MicrodataOptions{}, failure.New(failure.Invalid, "error.export_purpose")
	case form.texts && !user.May(account.CodeTexts, subjectOf(wave), s.desk.Areas.Contains):
		return export.MicrodataOptions{}, failure.New(failure.Forbidden, "error.forbidden")
	}
	if form.format != export.XLSX {
		form.values = "" // the other formats leave nothing open
	}
	options := export.MicrodataOptions{K: wave.K, Identifying: slices.Clone(form.identifying), Sensitive: form.sensitive, FreeText: form.texts,
		Output: export.Output{Format: form.format, Values: form.values, BOM: true, Language: form.language, Words: s.config.Catalogue, Now: s.config.Now()}}
	for _, one := range export.NewOffer(wave.Version, wave.Version.Language).Questions {
		if one.Identifying && one.Sensitive && slices.Contains(form.sensitive, one.Name) {
			options.Identifying = append(options.Identifying, one.Name)
		}
	}
	return options, options.Check(wave.Version, s.desk.Areas) // told beside the form, not by the job
}

// export begins an export in the background; most are done by the time its page
// is shown. Whole responses leave by the command line alone (METHODS 5.7).
func (s *Server) export(c echo.Context) error {
	wave, err := s.desk.Office.Wave(c.Request().Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	form, err := readExportForm(c)
	if err != nil {
		return err
	}
	task, err := s.exportTask(c, wave, form)
	if failure.CodeOf(err) == failure.Invalid {
		return s.showExport(c, http.StatusUnprocessableEntity, form, err)
	}
	if err != nil {
		return err
	}
	return s.start(c, task)
}

// exportTask is the work of an export; failure.Invalid where it cannot be made.
func (s *Server) exportTask(c echo.Context, wave *store.LiveWave, form exportForm) (jobs.Task, error) {
	options, err := s.microdataOptions(c, wave, form)
	if err != nil {
		return jobs.Task{}, err
	}
	user, _ := visitor(c)
	entry := account.Entry{Actor: user.Name, Action: account.ResponsesExported, Subject: wave.Slug, Area: wave.Area,
		Effect: account.Effect("format", form.format, "purpose", form.purpose, "identifying", strings.Join(options.Identifying, ","),
			"sensitive", strings.Join(options.Sensitive, ","), "texts", options.FreeText)}
	name := fmt.Sprintf("%s-%s%s", wave.Slug, s.config.Now().Format(time.DateOnly), options.Extension(wave.Version, false))
	return jobs.Task{
		Permission: account.ManageData, Subject: subjectOf(wave), Back: "/manage/waves/" + wave.Slug + "/export",
		Title: jobs.Say("outlets.export.job", "wave", wave.Slug),
		Work: func(ctx context.Context, report *jobs.Report) error {
			// Nothing leaves without a line in the log.
			if err := s.desk.Office.Audit(ctx, entry); err != nil {
				return err
			}
			return s.writeMicrodata(ctx, wave, name, options, report)
		},
	}, nil
}

// mediaTypes are the MIME types of the results, by the end of their name.
func mediaType(name string) string {
	for end, kind := range map[string]string{
		".csv": "text/csv; charset=utf-8", ".zip": "application/zip", ".sav": "application/x-spss-sav",
		".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	} {
		if strings.HasSuffix(name, end) {
			return kind
		}
	}
	return echo.MIMEOctetStream
}

func (s *Server) writeMicrodata(ctx context.Context, wave *store.LiveWave, name string, options export.MicrodataOptions, report *jobs.Report) error {
	out, err := report.File(name, mediaType(name))
	if err != nil {
		return err
	}
	report.Step(jobs.Say("outlets.export.working"))
	returns, err := s.desk.Office.Returns(ctx, wave)
	if err != nil {
		return err
	}
	options.Progress = func(done, total int) {
		if total == 0 {
			total = 2 * returns // each response is read and written
		}
		report.Progress(min(done, total), total)
	}
	var made export.MicrodataReport
	err = s.desk.Office.ResponsesAtOnce(ctx, wave, func(records iter.Seq2[export.Record, error]) (err error) {
		made, err = export.Microdata(ctx, out, wave.Version, s.desk.Areas, records, options)
		return err
	})
	if err != nil {
		return fmt.Errorf("export microdata: %w", err)
	}
	report.Tell(jobs.Count("outlets.export.rows", made.Rows))
	report.Tell(coarsened(made)...)
	return nil
}

// coarsened tells what became of the variables.
func coarsened(made export.MicrodataReport) []jobs.Line {
	var lines []jobs.Line
	for _, one := range made.Identifying {
		switch {
		case slices.Contains(one.Joined, "*"):
			lines = append(lines, jobs.Say("outlets.export.emptied", "name", one.Name))
		case len(one.Joined) > 0:
			lines = append(lines, jobs.Say("outlets.export.joined", "name", one.Name, "categories", strings.Join(one.Joined, ", ")))
		}
	}
	var reasons []string // in the order of the survey
	names := map[string][]string{}
	for _, one := range made.LeftOut {
		if names[one.Reason] == nil {
			reasons = append(reasons, one.Reason)
		}
		names[one.Reason] = append(names[one.Reason], one.Name)
	}
	for _, reason := range reasons {
		lines = append(lines, jobs.Say("outlets.export.left_out", "reason", failure.Label(reason), "names", strings.Join(names[reason], ", ")))
	}
	return lines
}
