package disclosure

import (
	"math"
	"slices"
	"strconv"
)

// Value is a number and how many respondents gave it; in repeats a respondent
// may have given several.
type Value struct {
	Value         float64
	Rows, Holders int
}

// Class is a class of a histogram: all values from From to To; of the first and last class, with Below and Above, also all beyond.
type Class struct {
	From  float64 `json:"from"`
	To    float64 `json:"to"`
	Rows  int     `json:"rows"`
	Below bool    `json:"below,omitempty"`
	Above bool    `json:"above,omitempty"`
}

// A histogram has about as many classes as the square root of its values,
// within these bounds; joining may leave fewer.
const (
	fewestClasses = 4
	mostClasses   = 12
)

// Classes puts rising values into classes of one width and joins neighbours until each
// holds nobody or at least k respondents (METHODS 5.3). Grid and ends come from
// the k-th smallest and k-th largest value, never from the extreme ones, which
// are somebody's: what lies beyond belongs to an end class without outer limit.
//
// Values must be given by at least k respondents together, else there are no
// classes. Of whole numbers a
// class ends 1 below the next; of fractions its upper limit is the next one's
// lower and belongs to that. Repeated tells that respondents may have given
// several values. Widths are those that a class may have, rising, where round
// ones (1, 2 or 5 times a power of ten; at least 1 for whole numbers) would not
// do, as for months and hours; nil takes round ones.
func (g Guard) Classes(values []Value, repeated bool, widths []float64) (classes []Class, whole bool) {
	low, high, ok := g.ends(values)
	if !ok {
		return nil, false
	}
	whole = !slices.ContainsFunc(values, func(v Value) bool { return v.Value != math.Trunc(v.Value) })
	rows := 0
	for _, v := range values {
		rows += v.Rows
	}
	wanted := min(max(math.Sqrt(float64(rows)), fewestClasses), mostClasses)
	width := roundWidth(high-low, wanted, whole)
	if len(widths) > 0 {
		at := 0
		for at < len(widths)-1 && (high-low)/widths[at] > wanted-1 {
			at++
		}
		width = widths[at]
	}
	step := 0.0
	if whole {
		step = 1
	}
	first, last := math.Floor(low/width), math.Floor(high/width)
	cells := make([]gathered, int(last-first)+1)
	below, above := false, false
	for _, v := range values {
		at := math.Floor(v.Value / width)
		below, above = below || at < first, above || at > last
		cells[int(min(max(at, first), last)-first)].add(v.Rows, v.Holders, repeated)
	}
	for _, span := range g.join(cells, repeated) {
		class := Class{Rows: span.rows,
			From: finite((first + float64(span.first)) * width),
			To:   finite((first+float64(span.last)+1)*width - step)}
		class.Below = below && span.first == 0
		class.Above = above && span.last == len(cells)-1
		classes = append(classes, class)
	}
	return classes, whole
}

// gathered counts rows, and respondents as far as they are sure.
type gathered struct{ rows, holders int }

// add counts more rows. In repeats one respondent may have given several of
// the values, so a part's respondents are then at least those of the most
// frequent value; elsewhere each row is somebody else's.
func (c *gathered) add(rows, holders int, repeated bool) {
	c.rows += rows
	if repeated {
		c.holders = max(c.holders, holders)
	} else {
		c.holders += holders
	}
}

// span is a part of neighbouring cells.
type span struct {
	first, last int
	gathered
}

// join joins neighbouring cells from the left until each part holds nobody or
// enough; what is left at the end joins the part before it.
func (g Guard) join(cells []gathered, repeated bool) []span {
	var parts []span
	for i, cell := range cells {
		if n := len(parts); n > 0 && parts[n-1].rows > 0 && parts[n-1].holders < g.K {
			parts[n-1].last = i
			parts[n-1].add(cell.rows, cell.holders, repeated)
			continue
		}
		parts = append(parts, span{i, i, cell})
	}
	for len(parts) > 1 && parts[len(parts)-1].rows > 0 && parts[len(parts)-1].holders < g.K {
		end := parts[len(parts)-1]
		parts = parts[:len(parts)-1]
		joined := &parts[len(parts)-1]
		joined.last = end.last
		joined.add(end.rows, end.holders, repeated)
	}
	return parts
}

// ends returns the values that the k-th respondent from below and from above
// gave.
func (g Guard) ends(values []Value) (low, high float64, ok bool) {
	seen := 0
	for _, v := range values {
		if seen += v.Holders; seen >= g.K {
			low, ok = v.Value, true
			break
		}
	}
	seen = 0
	for _, v := range slices.Backward(values) {
		if seen += v.Holders; seen >= g.K {
			high = v.Value
			break
		}
	}
	return min(low, high), max(low, high), ok
}

// finite takes away what floating point added to a limit: it is a multiple of a
// round width, so twelve digits hold it.
func finite(limit float64) float64 {
	limit = min(max(limit, -math.MaxFloat64), math.MaxFloat64)
	if rounded, err := strconv.ParseFloat(strconv.FormatFloat(limit, 'e', 11, 64), 64); err == nil {
		return rounded
	}
	return limit
}

// roundWidth returns the smallest round width of which no more classes than
// wanted cover the range.
func roundWidth(across, classes float64, whole bool) float64 {
	if across <= 0 {
		return 1
	}
	// Ranges that floating point can hardly hold get the nearest it can.
	across = min(max(across, 1e-300), math.MaxFloat64)
	width := math.Pow(10, math.Floor(math.Log10(across/classes)))
	for factor := 0; across/width > classes-1; factor++ {
		width *= []float64{2, 2.5, 2}[factor%3]
	}
	if whole {
		width = max(width, 1)
	}
	return width
}

// Dominated tells whether a total or mean must be hidden because two
// contributors could learn about the largest: the p % rule with p = 10
// (Hundepool et al., Statistical Disclosure Control, 2012, section 4.2.2):
// total − largest − second < 10 % of the largest, of sizes without sign.
func Dominated(values []Value) bool {
	total, largest, second := 0.0, 0.0, 0.0
	for _, v := range values {
		size := math.Abs(v.Value)
		total += size * float64(v.Rows)
		for range min(v.Rows, 2) {
			if size > largest {
				largest, second = size, largest
			} else {
				second = max(second, size)
			}
		}
	}
	return total-largest-second < 0.1*largest
}

// ClassOf tells in which of the classes each value is, −1 for none.
func ClassOf(classes []Class, values []float64, whole bool) []int {
	of := make([]int, len(values))
	for i, value := range values {
		of[i] = slices.IndexFunc(classes, func(c Class) bool {
			inside := value < c.To || whole && value == c.To
			return (c.Below || value >= c.From) && (c.Above || inside)
		})
	}
	return of
}
