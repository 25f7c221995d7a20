package export

import (
	"fmt"
	"strings"
)

// scriptName is the script's name in the zip.
const scriptName = "load.R"

// rScript writes a script that reads the CSVs beside it into data frames, with
// base R alone: factors with the labels of the export's language, logical
// columns for select_multiple, dates and numbers; every column's label is its
// attribute "label", where the packages haven, labelled and Hmisc look for it.
func (d *document) rScript() string {
	var out strings.Builder
	fmt.Fprintf(&out, "# %s\n", strings.ReplaceAll(d.labels.of(d.version.Title, d.version.ID), "\n", " "))
	fmt.Fprintf(&out, "# %s\n\n", d.labels.word("export.script.use"))
	out.WriteString(rReader)
	for _, t := range d.tables {
		frame := rName(t.file)
		fmt.Fprintf(&out, "\n%s <- read_table(%s)\n", frame, rText(t.file+".csv"))
		for _, v := range t.variables {
			column := frame + "[[" + rText(v.name) + "]]"
			out.WriteString(v.rColumn(frame, column))
			fmt.Fprintf(&out, "attr(%s, \"label\") <- %s\n", column, rText(v.label))
		}
	}
	return out.String()
}

// rReader reads a CSV as texts and takes away the apostrophes before what
// looked like a formula; see [response.Disarm].
const rReader = `read_table <- function(file) {
  table <- read.csv(file, colClasses = "character", na.strings = c("", "NaN"),
    check.names = FALSE, encoding = "UTF-8", fileEncoding = "UTF-8")
  names(table) <- rearm(names(table))
  table[] <- lapply(table, rearm)
  table
}
rearm <- function(text) gsub("(^|[;\t\n\r|])([\"']*)'(?=[=+@-])", "\\1\\2", text, perl = TRUE)
has <- function(answer, choice) vapply(strsplit(answer, " ", fixed = TRUE),
  function(chosen) if (length(chosen) == 1 && is.na(chosen)) NA else choice %in% chosen, NA)
`

// rColumn gives a column its type.
func (v *variable) rColumn(frame, column string) string {
	switch v.kind {
	case numberKind, yearKind:
		return column + " <- as.numeric(" + column + ")\n"
	case dateKind:
		return column + " <- as.Date(" + column + ")\n"
	case dateTimeKind:
		return column + " <- as.POSIXct(" + column + ", format = \"%Y-%m-%dT%H:%M\", tz = \"UTC\")\n"
	case choiceKind:
		return column + " <- factor(" + column + ", levels = " + rVector(v.categories, func(one category) string { return one.value }) +
			",\n  labels = " + rLabels(v.categories) + rOrdered(v.scale) + ")\n"
	case choicesKind:
		var out strings.Builder
		for _, one := range v.categories {
			tick := frame + "[[" + rText(v.name+"/"+one.value) + "]]"
			fmt.Fprintf(&out, "%s <- has(%s, %s)\nattr(%s, \"label\") <- %s\n", tick, column, rText(one.value), tick, rText(one.label))
		}
		return out.String()
	default:
		return ""
	}
}

func rOrdered(scale bool) string {
	if scale {
		return ", ordered = TRUE"
	}
	return ""
}

func rVector(categories []category, text func(category) string) string {
	parts := make([]string, len(categories))
	for i, one := range categories {
		parts[i] = rText(text(one))
	}
	return "c(" + strings.Join(parts, ", ") + ")"
}

// rLabels lists labels; R would make one level of two that are the same, so
// those get their names as well.
func rLabels(categories []category) string {
	times := map[string]int{}
	for _, one := range categories {
		times[one.label]++
	}
	return rVector(categories, func(one category) string {
		if times[one.label] > 1 {
			return one.label + " (" + one.value + ")"
		}
		return one.label
	})
}

// rName makes a name of a variable in R, other than those that R keeps for
// itself or the script has taken.
func rName(name string) string {
	switch name {
	case "if", "else", "repeat", "while", "function", "for", "next", "break", "in", "has", "rearm", "read_table":
		return name + "_"
	}
	if name[0] < 'a' || name[0] > 'z' || strings.Contains(name, "-") {
		return "`" + name + "`"
	}
	return name
}

// rText writes a string literal.
func rText(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&out, "\\x%02x", r)
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
	return out.String()
}
