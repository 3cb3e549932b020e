package function

import (
	"slices"
	"time"
)

// Life is what calls of a function executed over time: moments in order, each good until the next. Like a [Record] it is
// shared, and must not be written to.
type Life []Moment

// Moment is what calls of a function execute from a time on.
type Moment struct {
	From    time.Time
	Gone    bool // it was deleted
	Timeout time.Duration
	Latest  []Layer // the layers of $LATEST
	Aliases []Alias // in order of name
}

// Alias is a name by which a function is called.
type Alias struct {
	Name string
	Runs []Run
}

// Run is a published version that an alias leads to, with its layers and its part of the calls.
type Run struct {
	Version string
	Weight  float64
	Layers  []Layer
}

// Index is that of the moment that holds at a time, or -1 before the first.
func (l Life) Index(t time.Time) int {
	for i, m := range slices.Backward(l) {
		if !m.From.After(t) {
			return i
		}
	}
	return -1
}
