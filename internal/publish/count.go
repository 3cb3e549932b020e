package publish

import (
	"slices"
	"sync"
)

// counter adds up what parallel jobs finished.
type counter struct {
	job      string
	progress Progress

	mu           sync.Mutex
	ended, total int // total is set before the jobs begin
}

func (c *counter) done() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended++
	c.progress(c.job, c.ended, c.total)
}

// sorted is a list in order, without doubles.
func sorted(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }
