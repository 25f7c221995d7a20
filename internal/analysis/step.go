package analysis

import (
	"slices"

	"bedarfslotse/internal/analysis/internal/packed"
	"bedarfslotse/internal/analysis/internal/raw"
)

// advance moves one unit on if it may move.
func (u storedUnit) advance(view *packed.View, of unit, k int) (storedUnit, bool) {
	limit := u.Limit
	arrivals := raw.Beyond(view, of.first(), u.Limit)
	if settled := len(arrivals.Online) - k; settled >= max(k, u.shown()/fewSteps) {
		limit.Online = arrivals.Online[settled-1]
	}
	if n := len(arrivals.Import); n >= k {
		limit.Import = arrivals.Import[n-1]
	}
	// Without a withdrawal since the tables were made there is nothing to count.
	if limit == u.Limit && (view.Removed <= u.Removed || u.withdrawn(view, of) < k) {
		return u, false
	}
	next := u.at(view, of, limit, k)
	if u.close(next, view, k) {
		return u, false
	}
	return next, true
}

// follow notes that a table is shown after those before it.
func (u *storedUnit) follow(before storedUnit, view *packed.View, of unit) {
	u.Vague, u.Since, u.Divided = before.Vague, before.Since, before.Divided
	u.Shown, u.Left, u.Came, u.Sizes = before.Shown, before.Left, before.Came, before.Sizes
	if u.shown() == 0 {
		return
	}
	n := len(u.Shown)
	if n == 0 || u.Shown[n-1] != u.Limit {
		u.Shown = append(slices.Clone(u.Shown), u.Limit)
		added := u.shown() - before.shown()
		u.Left, u.Came = append(slices.Clone(u.Left), added), append(slices.Clone(u.Came), added)
		u.Sizes = append(slices.Clone(u.Sizes), u.shown())
		if view.Removed > before.Removed {
			u.Came[n] = 0
		}
	}
	if view.Removed > before.Removed {
		_, by := raw.Newcomers(view, of.first(), raw.NewGroups(view, u.Limit, 1), nil, u.Shown)
		u.Left = by[0][:len(u.Shown)]
	}
}

// close tells whether the next table would, after withdrawals, be too close to
// a combination of those before it; see [Snapshot].
func (u storedUnit) close(next storedUnit, view *packed.View, k int) bool {
	if u.shown() == 0 || view.Removed <= u.Removed || len(u.Left) == 0 || next.shown() == 0 {
		return false
	}
	different, known, sum := 0, true, 0
	for i, left := range next.Left {
		if sum += left; i < len(u.Left) && sum == next.shown() && sum == u.Sizes[i] {
			return false // the same respondents as then
		}
		if i >= len(u.Left) {
			different += left
			continue
		}
		gone := u.Left[i] - left
		if !u.Divided {
			different += min(left, gone)
		}
		known = known && (gone == 0 || gone == u.Came[i])
	}
	return different < k && (different > 0 || !known)
}

// fewSteps bounds how many tables of a growing wave are shown one after the
// other, as a release has to reckon with each of them: every step adds at least
// one in so many.
const fewSteps = 50

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

// at returns the unit with its tables counted anew, as they follow on those
// shown before.
func (u storedUnit) at(view *packed.View, of unit, limit raw.Limit, k int) storedUnit {
	next := u.counted(view, of, limit, k)
	next.follow(u, view, of)
	return next
}

func (u storedUnit) counted(view *packed.View, of unit, limit raw.Limit, k int) storedUnit {
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

// released returns the unit over all rows within a limit, unless that differs
// from what was shown by 1 to k−1 answers: then what was shown stands (METHODS
// 5.4).
func (u storedUnit) released(view *packed.View, of unit, limit raw.Limit, k int) storedUnit {
	arrivals := raw.Beyond(view, of.first(), u.Limit)
	changed := len(arrivals.Online) + len(arrivals.Import) + u.withdrawn(view, of)
	if u.shown() > 0 && changed > 0 && changed < k {
		return u.asRelease()
	}
	next := u.at(view, of, limit, k)
	if changed > 0 && u.close(next, view, k) {
		return u.asRelease()
	}
	return next.asRelease()
}

// asRelease is the unit as a release has it.
func (u storedUnit) asRelease() storedUnit {
	u.Since, u.Vague = len(u.Shown), false
	return u
}
