// Package event is the one form in which long commands tell how far they are: lines for people, and JSON for machines.
package event

import (
	"time"

	"github.com/layerfleet/layerfleet/internal/fleet"
)

// The types of events.
const (
	Progress = "progress" // Done of Total of Step
	Stage    = "stage"    // a stage starts, or is complete: Step says which
	Updated  = "updated"  // a function has the wanted list
	Failed   = "failed"   // a function, a pair or a request failed: the reason says why
	Note     = "note"     // something to know: Detail
)

// Event is one thing that happened.
type Event struct {
	Type  string    `json:"type"`
	Time  time.Time `json:"time"` // by AWS's clock
	Stage string    `json:"stage,omitempty"`
	Step  string    `json:"step,omitempty"`
	Done  int       `json:"done,omitempty"`
	Total int       `json:"total,omitempty"`

	*fleet.Pair        // where, if it was in one pair
	Function    string `json:"function_name,omitempty"`
	fleet.Reason
}

// Sink takes events, one after the other.
type Sink func(Event)

// None drops events.
func None(Event) {}
