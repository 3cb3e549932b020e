package inventory

// concurrency is how many accounts or pairs are asked at once. Quotas are per pair, so
// that only our own connections are at stake.
const concurrency = 32

// report names a job for the listener.
func (r Request) report(job string) func(done, total int) {
	return func(done, total int) {
		if r.Progress != nil {
			r.Progress(job, done, total)
		}
	}
}
