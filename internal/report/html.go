package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"bedarfslotse/internal/i18n"
)

//go:embed page.css
var pageStyle string

//go:embed page.html
var pageTemplates string

// StyleHash is what a content security policy names the page's style by, the only
// thing in it that a policy of "nothing from elsewhere" would refuse.
func StyleHash() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// WriteHTML writes a report as one page that holds all it needs: no script, no
// file beside it.
func WriteHTML(w io.Writer, d Document, words *i18n.Localizer) error {
	set, err := template.New("").Parse(pageTemplates)
	if err != nil {
		return fmt.Errorf("read the report's page: %w", err)
	}
	h := &htmlWriter{layout: newLayout(&d, words), set: set}
	page := htmlPage{layout: h.layout, Style: template.CSS(pageStyle)} //nolint:gosec // ours
	for i := range d.Blocks {
		part, err := h.block(&d.Blocks[i])
		if err != nil {
			return fmt.Errorf("write block %s: %w", d.Blocks[i].ID, err)
		}
		page.Parts = append(page.Parts, part)
	}
	return set.ExecuteTemplate(w, "report", page)
}

type htmlPage struct {
	*layout
	Style template.CSS
	Parts []template.HTML
}

type htmlWriter struct {
	*layout
	set *template.Template
}

// block writes one block.
func (h *htmlWriter) block(b *Block) (template.HTML, error) {
	switch b.Kind {
	case Heading:
		entry := h.entry(b)
		return h.execute("heading", map[string]any{"Level": entry.Level, "ID": entry.ID, "Text": entry.Text})
	case MethodBox:
		return h.execute("box", map[string]any{"ID": anchor(b), "Label": h.Say("report.kind.method"), "Content": h.passages(h.document.markdown(b))})
	case ChartBlock:
		return h.chart(b)
	case TableBlock, MatrixBlock, IndicatorList:
		grid := h.grid(b)
		if grid == nil {
			return "", nil
		}
		return h.execute("figures", map[string]any{"Words": h.plain(b), "Table": h.table(b, grid), "Notes": h.all(grid.notes), "Facts": h.facts(b)})
	case QuoteBlock:
		return h.quote(b)
	case SourceList:
		return h.execute("sources", map[string]any{"ID": anchor(b), "Lines": h.sources(b)})
	default:
		return h.passages(h.document.markdown(b)), nil
	}
}

func (h *htmlWriter) execute(name string, data any) (template.HTML, error) {
	var out bytes.Buffer
	err := h.set.ExecuteTemplate(&out, name, data)
	return template.HTML(out.String()), err //nolint:gosec // html/template has escaped it
}

// chart writes a picture with its sentence, and in the full version its table.
func (h *htmlWriter) chart(b *Block) (template.HTML, error) {
	chart := b.Chart
	if chart == nil {
		return "", nil
	}
	data := map[string]any{"ID": anchor(b), "Drawn": chart.Drawn(), "Caption": h.caption(b, chart.Caption),
		"Picture": picture(b), "Words": h.said(b), "Table": nil, "Notes": []string(nil), "Facts": h.facts(b)}
	if grid := h.grid(b); grid != nil {
		data["Table"], data["Notes"] = h.table(b, grid), h.all(grid.notes)
	}
	return h.execute("chart", data)
}

// picture puts a drawing into the page, named by its sentence. It was drawn by the
// charts' own writer, which lets nothing but shapes through.
func picture(b *Block) template.HTML {
	drawing := string(b.Chart.SVG)
	at := strings.Index(drawing, "<svg")
	if at < 0 {
		return ""
	}
	return template.HTML(drawing[at:]) //nolint:gosec // see above
}

// said is the sentence beside a chart; in the short version the plain one.
func (h *htmlWriter) said(b *Block) template.HTML {
	if plain := h.plain(b); plain != "" {
		return plain
	}
	if h.document.Short {
		return ""
	}
	return template.HTML("<p>" + template.HTMLEscapeString(h.printed(b.Chart.Alt)) + "</p>\n") //nolint:gosec // escaped
}

// plain is what the short version says beside figures.
func (h *htmlWriter) plain(b *Block) template.HTML { return h.passages(h.document.markdown(b)) }

// table is a grid as the template takes it.
func (h *htmlWriter) table(b *Block, grid *grid) map[string]any {
	id := anchor(b)
	if b.Kind == ChartBlock {
		id += "-table"
	}
	return map[string]any{"ID": id, "Name": grid.caption, "Caption": h.tableCaption(b, grid), "Header": h.all(grid.header), "Rows": grid.rows}
}

// quote writes what somebody said, each language in its own direction.
func (h *htmlWriter) quote(b *Block) (template.HTML, error) {
	q := b.Quote
	if q == nil {
		return "", nil
	}
	data := map[string]any{"ID": anchor(b), "Language": h.Language(), "Direction": h.Direction(), "Text": h.quoted(q), "Original": ""}
	if q.Original != "" && q.Language != "" {
		data["Original"], data["OriginalLanguage"], data["OriginalDirection"] = clean(q.Original), q.Language, i18n.Direction(q.Language)
		data["About"] = h.translated(q)
	}
	return h.execute("quote", data)
}

// passages writes Markdown.
func (h *htmlWriter) passages(markdown string) template.HTML {
	var out strings.Builder
	var open []listKind
	end := func(depth int) {
		for len(open) > depth {
			out.WriteString("</li></" + string(open[len(open)-1]) + ">\n")
			open = open[:len(open)-1]
		}
	}
	for _, one := range read(markdown) {
		end(one.depth)
		if one.start && len(open) == one.depth {
			end(one.depth - 1)
		} else if one.number > 0 && len(open) == one.depth {
			out.WriteString("</li>\n<li>")
		}
		for len(open) < one.depth {
			out.WriteString("<" + string(one.list) + "><li>")
			open = append(open, one.list)
		}
		tag := "p"
		if one.quoted {
			tag = "blockquote"
		}
		if one.depth == 0 || one.number == 0 || one.quoted {
			out.WriteString("<" + tag + ">" + h.runs(one.runs) + "</" + tag + ">")
		} else {
			out.WriteString(h.runs(one.runs))
		}
		if one.depth == 0 {
			out.WriteString("\n")
		}
	}
	end(0)
	return template.HTML(out.String()) //nolint:gosec // every text in it is escaped by runs
}

// runs writes the pieces of a paragraph.
func (h *htmlWriter) runs(runs []run) string {
	var out strings.Builder
	for _, one := range h.typeset(runs) {
		text := template.HTMLEscapeString(one.text)
		if one.emphasis {
			text = "<em>" + text + "</em>"
		}
		if one.strong {
			text = "<strong>" + text + "</strong>"
		}
		if one.link != "" {
			text = `<a href="` + template.HTMLEscapeString(one.link) + `" rel="noopener noreferrer">` + text + "</a>"
		}
		out.WriteString(text)
		if one.breaks {
			out.WriteString("<br>")
		}
	}
	return out.String()
}
