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
)

// refuse makes the failure of a query that is refused. What nobody may see is
// forbidden, what does not exist is invalid.
func refuse(why Refusal, pairs ...any) error {
	code := failure.Forbidden
	if why == UnknownVariable || why == UnknownValue || why == TooManyConditions || why == TooManyGroups {
		code = failure.Invalid
	}
	return failure.New(code, "error.query_"+string(why), pairs...)
}
