package jobs

// Figures counts the jobs that are known, by state.
func (o *Office) Figures() map[State]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	counts := map[State]int{Waiting: 0, Running: 0, Done: 0, Failed: 0, Cancelled: 0}
	for _, job := range o.jobs {
		counts[job.Status().State]++
	}
	return counts
}
