package survey

// Minutes is about how long a person needs to answer every question once, in
// minutes: a guess from the kinds of questions, said to respondents as "about".
// Above five it is a multiple of five. What is given in an institution's name is
// not counted.
func (v *Version) Minutes() int {
	seconds := 0
	for _, e := range v.Elements {
		seconds += secondsFor(e)
	}
	minutes := max(1, (seconds+59)/60)
	if minutes > 5 {
		minutes = (minutes + 4) / 5 * 5
	}
	return minutes
}

// secondsFor is about how long one question takes, most of it reading. Texts are
// left out by many.
func secondsFor(e *Element) int {
	switch {
	case !e.Type.Asked() || e.LabelsOnly() || e.Attributed: // which may be left out as a whole
		return 0
	case e.Type == TextType || e.Type == SelectMultiple || e.Type == Rank:
		return 15
	case e.Scale > 0: // rows of a table
		return 4
	}
	return 8
}
