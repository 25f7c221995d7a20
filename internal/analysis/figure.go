// Package analysis turns packed answers into figures that may be shown.
//
// Raw counts live in analysis/internal and cannot be named outside; what this
// package hands out as a [Figure] has passed disclosure control (METHODS 5).
package analysis

import (
	"bedarfslotse/internal/analysis/internal/interval"
	"bedarfslotse/internal/survey"
)

// Kind says how a question is counted and drawn.
type Kind string

// The kinds of variables.
const (
	Single   Kind = "single"   // one choice of a list without order
	Scale    Kind = "scale"    // one choice of an ordered list 1..m
	Multiple Kind = "multiple" // several choices
	Order    Kind = "rank"     // choices in an order
	Number   Kind = "number"   // a quantity, shown as classes
	Months   Kind = "date"     // a date, shown as classes of months or years
	Hours    Kind = "time"     // a time of day, shown as classes of hours
	Answered Kind = "text"     // only whether there is an answer
	Score    Kind = "index"    // the mean of several scales; no cells
)

// Figure is what may be shown of one question over one group of respondents. A
// nil pointer means hidden: whoever draws or prints it must not guess.
type Figure struct {
	Question string
	Kind     Kind
	Role     survey.Role
	// Repeated tells that the question stands in a repeat: all counts are rows
	// then, of which a respondent may have given several.
	Repeated bool
	// Paired tells that the question is half of an importance–state pair, whose
	// figures rest on those who answered both (METHODS 1).
	Paired bool
	// Base is the unweighted number of respondents (rows in repeats) to whom
	// the question was relevant and who gave a substantive answer.
	Base *int
	// Cells are the substantive choices in the list's order, or the classes of
	// a number, a date or a time. Count and share of an order's choice say how
	// many put it first.
	Cells []Cell
	// Apart are the non-substantive choices ("don't know"), outside the base;
	// their Share is of all who chose anything.
	Apart []Cell
	// NoAnswer counts those to whom the question was relevant and who left it
	// empty; NotAsked those to whom it was not relevant.
	NoAnswer, NotAsked *int
	// Asked counts all to whom the question was relevant; nil where it would
	// give away one of the hidden numbers.
	Asked *int
	// Mean, its 95 % interval and the median, where the kind has them.
	Mean, MeanLow, MeanHigh, Median *float64
	// Max is m of a scale 1..m, or the number of places of an order.
	Max int
	// Min and Items are, of an index, the lowest value that it can have and how
	// many items it is the mean of.
	Min   float64
	Items int
	// Consistency tells, of an index of the whole wave, how the items go together.
	Consistency *Consistency
	// Partial tells that not every order holds all choices.
	Partial bool
	// Withheld says why a figure or some of its cells are hidden.
	Withheld Withheld
	// Perturbed tells that every number was changed at random, as the group is
	// none of the exact ones (METHODS 5.6): the page marks it ≈.
	Perturbed bool
	// Weighted tells that shares, means and medians are weighted, with Effective
	// the effective size n_eff of the base; nil where there are none (METHODS 2,
	// 3). Counts and bases never are.
	Weighted  bool
	Effective *float64
	// Together are, of an answer's groups, all that the figure is of, when it is
	// of several: neighbours that are exact only together (METHODS 5.2).
	Together []int
	// Everyone tells that the whole population answered, so that there is no
	// interval (METHODS 2).
	Everyone bool

	spread *spread // of the mean, nil without one
	masses float64 // by how much more perturbed weights are changed than counts
}

// noise is by how much more the figure is changed than counts are.
func (f *Figure) noise() float64 {
	if f.Weighted {
		return f.masses
	}
	return 1
}

// Cell is one choice or class.
type Cell struct {
	// Name is the choice's name or the class: "10..19", "2026-03",
	// "2025..2026", "08:00..09:59".
	Name  string
	Count *int
	// Share is of the base, Low and High its 95 % Wilson interval, all 0–1.
	Share, Low, High *float64
	Suppressed       bool
	// From and To are the class's ends for numbers, for months counted from the
	// year 0, and for hours, both inside the class; of
	// fractions To belongs to the next class. An end class that also holds
	// everything beyond ends at −Inf or +Inf: extreme values are never limits,
	// as they are somebody's.
	From, To float64
	Score    float64 // of a scale's choice, else 0
	// Placing is where a choice stands in the orders; nil when that is hidden,
	// or nobody's order holds it.
	Placing *Placing

	sample interval.Sample // of the share
	noise  float64         // the standard deviation that perturbation adds to it
}

// Placing says at which places a choice was put. Its base are those whose order
// holds the choice: all, unless a filter offered it to some only.
type Placing struct {
	Base  int
	Ranks []int // how many put it first, second …
	// Mean is the mean place, 1 for the first; Low and High its 95 % interval.
	Mean      float64
	Low, High *float64
}

// Consistency is how the items of an index go together.
type Consistency struct {
	// Alpha is Cronbach's α with two decimals, nil where it is not computable.
	Alpha *float64
}

// Withheld is the reason for which something is hidden.
type Withheld string

// The reasons.
const (
	Nothing    Withheld = ""
	TooFew     Withheld = "too_few"     // fewer than k respondents
	SmallCells Withheld = "small_cells" // cells of 1 to k−1, and others to protect them
	WholeTable Withheld = "whole_table" // hiding single cells would not have been enough
	OnlyText   Withheld = "only_text"   // free texts are read by coders only
	OnlyFirst  Withheld = "only_first"  // of orders, all places but the first
)

// Results are the figures of one wave, in the order of the survey.
type Results struct {
	N    *int // respondents, nil below k
	K    int
	Open bool // from the lagging snapshot of an open wave, not from a release
	// PopulationExceeded tells that more people responded than the population
	// that was stated has; it was not used, and the page names the error.
	PopulationExceeded bool
	Figures            []Figure
}
