package analysis

import "bedarfslotse/internal/failure"

// Refusal is the reason for which a group is not shown (METHODS 5.4).
type Refusal string

// The reasons.
const (
	NotRefused        Refusal = ""
	TooFewLeft        Refusal = "too_few_left"        // fewer than k are in the group
	LeftOut           Refusal = "left_out"            // 1 to k−1 are left out of a group that dropping conditions gives
	TooManyConditions Refusal = "too_many_conditions" // more than two besides the question
	UnknownVariable   Refusal = "unknown_variable"
	UnknownValue      Refusal = "unknown_value"
	HiddenVariable    Refusal = "hidden_variable" // the variable's own figures are hidden
	NothingReleased   Refusal = "nothing_released"
	TooManyGroups     Refusal = "too_many_groups" // more than one table can hold
	NoPopulation      Refusal = "no_population"   // there is none to weight by
	NotDivided        Refusal = "not_divided"     // the wave has no exact groups to weight
	StrataOverlap     Refusal = "strata_overlap"  // a respondent belongs to two parts of the population
	MarginUnreached   Refusal = "margin_unreached"
	RowsDeleted       Refusal = "rows_deleted" // the responses were deleted at the end of retention
)

// refuse makes the failure of a query that is refused. What nobody may see is
// forbidden, what does not exist is invalid.
func refuse(why Refusal, pairs ...any) error {
	code := failure.Invalid
	switch why {
	case TooFewLeft, LeftOut, HiddenVariable, NothingReleased, RowsDeleted:
		code = failure.Forbidden
	}
	return failure.New(code, "error.query_"+string(why), pairs...)
}
