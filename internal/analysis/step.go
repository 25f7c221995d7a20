package analysis

import (
	"bedarfslotse/internal/analysis/internal/packed"
	"bedarfslotse/internal/analysis/internal/raw"
)

// advance moves one unit on if it may move.
func (u storedUnit) advance(view *packed.View, of unit, k int) (storedUnit, bool) {
	limit := u.Limit
	arrivals := raw.Beyond(view, of.first(), u.Limit)
	if settled := len(arrivals.Online) - k; settled >= k {
		limit.Online = arrivals.Online[settled-1]
	}
	if n := len(arrivals.Import); n >= k {
		limit.Import = arrivals.Import[n-1]
	}
	// Without a withdrawal since the tables were made there is nothing to count.
	if limit == u.Limit && (view.Removed <= u.Removed || u.withdrawn(view, of) < k) {
		return u, false
	}
	return u.at(view, of, limit, k), true
}

// first is the question whose base counts a unit's steps; nil for all
// respondents. Both halves of a pair have the same base.
func (of unit) first() *raw.Question {
	if len(of) == 0 {
		return nil
	}
	return &of[0].raw
}

// shown is the number of respondents that the unit's tables count as answers.
func (u storedUnit) shown() int {
	if len(u.Tables) == 0 || u.Tables[0] == nil {
		return 0
	}
	return u.Tables[0].Base.Holders
}

// withdrawn is how many of the answers shown are no longer in the columns.
func (u storedUnit) withdrawn(view *packed.View, of unit) int {
	if u.shown() == 0 {
		return 0
	}
	return max(u.shown()-answers(view, of, u.Limit), 0)
}

// answers is the number of respondents in the unit's base.
func answers(view *packed.View, of unit, limit raw.Limit) int {
	if len(of) == 0 {
		return raw.Respondents(view, limit)
	}
	return raw.Frequencies(view, of[0].raw, limit).Base.Holders
}

// at returns the unit with its tables counted anew.
func (u storedUnit) at(view *packed.View, of unit, limit raw.Limit, k int) storedUnit {
	next := storedUnit{Limit: limit, Removed: view.Removed}
	if len(of) == 0 {
		n := raw.Respondents(view, limit)
		if n >= k {
			next.Tables = []*table{{Respondents: n, Base: raw.Count{Rows: n, Holders: n}}}
			next.Course = countCourse(view, limit, k, u.Course)
		}
		return next
	}
	for i, q := range of {
		var before *table
		if i < len(u.Tables) {
			before = u.Tables[i]
		}
		next.Tables = append(next.Tables, tabulate(view, q, limit, k, before))
	}
	return next
}

// close returns the unit over all rows, unless that differs from what was shown
// by 1 to k−1 answers: then what was shown stands (METHODS 5.4).
func (u storedUnit) close(view *packed.View, of unit, k int) storedUnit {
	arrivals := raw.Beyond(view, of.first(), u.Limit)
	changed := len(arrivals.Online) + len(arrivals.Import) + u.withdrawn(view, of)
	if u.shown() > 0 && changed > 0 && changed < k {
		return u
	}
	return u.at(view, of, raw.All(), k)
}
