package baseline

// Document is a paper that exists already: a concept, a report, a decision of the
// council.
type Document struct {
	ID     string
	Title  string
	Issuer string // who wrote or decided it
	Year   int    // 0 unknown
	Area   string // key of the area that it is about, "" for all
	Fields []string
	Link   string // address, "" where it lies in a cupboard
	Note   string
}

// Check finds what is wrong: failure.Invalid with the parameter "input".
func (d *Document) Check(areas, fields func(key string) bool) error {
	const first, last = 1900, 2100
	check := inputs{}
	check.text("title", d.Title, MaxTitle*2, true)
	check.text("issuer", d.Issuer, MaxTitle, false)
	check.keys("area", present(d.Area), areas, false)
	check.keys("fields", d.Fields, fields, false)
	check.text("link", d.Link, MaxText, false)
	check.link("link", d.Link)
	check.text("note", d.Note, MaxText, false)
	if d.Year != 0 && (d.Year < first || d.Year > last) {
		check.wrong("year", "offers.problem.year", "least", first, "most", last)
	}
	return check.err
}
