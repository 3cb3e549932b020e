// Package watch says what became of functions after a change of what a pair enforces. It believes Lambda, function by
// function, and results that are newer than the change; AWS Config's clocks and older verdicts prove nothing.
package watch

import (
	"slices"
	"time"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/move"
)

// State is where a function stands.
type State string

// The states. Only Open means that something is still to come.
const (
	Right        State = "right"         // it has a right version, and the update to it is through
	Exempt       State = "exempt"        // its owner exempted it
	Left         State = "left"          // it cannot move: the reason says why
	OtherVersion State = "other_version" // on a version that is neither right nor to be left
	Excepted     State = "excepted"      // AWS Config gave up on it
	Failed       State = "failed"        // its remediation failed for good
	Finding      State = "finding"       // on a version to be left, where nothing moves it
	Open         State = "open"          // on its way, or not started yet
	NotCovered   State = "not_covered"   // it would be open, but its pair refuses what is needed
)

// Change is what stands in a pair, and since when.
type Change struct {
	fleet.Pair
	Rule  string
	Moves []move.Move
	// Since and At are the start and the end of the last stack set operation that succeeded in the pair. Functions may
	// move from Since on; results until At may be those of an earlier rule.
	Since, At time.Time
	// Automatic says whether AWS Config starts remediations by itself.
	Automatic bool
	// Retry is how long AWS Config may wait before it tries a failed remediation again; then it does not.
	Retry time.Duration
}

// Function is a function as Lambda shows it.
type Function struct {
	fleet.Function
	// Modified is when its configuration was last changed.
	Modified time.Time
}

// Update is how the last update of a function went, by GetFunction.
type Update struct {
	Status string // Successful, InProgress, Failed or [Gone]
	Reason string // Lambda's code and sentence for InProgress and Failed
}

// Gone is the status of a function that was deleted since it was listed.
const Gone = "Gone"

// Result is what AWS Config knows of a function under a rule.
type Result struct {
	Verdict  string    // COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE, or empty: none
	Recorded time.Time // of the verdict
	// Excepted says that an exception stands: AWS Config no longer remediates the function.
	Excepted bool
	// Execution is the state of its newest remediation, such as SUCCEEDED, or empty: none.
	Execution      string
	Started, Ended time.Time
	// Failure is what the runbook or the step said of an execution that failed.
	Failure fleet.Reason
}

// Outcome is a function that uses a managed layer, and where it stands.
type Outcome struct {
	fleet.Pair
	Name  string `json:"function_name"`
	ARN   string `json:"function_arn"`
	State State  `json:"state"`
	fleet.Reason
	// Exception says that AWS Config holds an exception for the function, also if it is right.
	Exception bool `json:"exception,omitempty"`
	// Tried says that a remediation was started since the change.
	Tried bool `json:"tried,omitempty"`
	// Stale says that AWS Config's verdict is older than the change.
	Stale bool `json:"stale,omitempty"`
	// MovedAt is when the function came to be right, if that was after the change.
	MovedAt time.Time `json:"moved_at,omitzero"`
	// Layers are what it has now.
	Layers []string `json:"layers"`
}

// Pair is what became of the functions of a pair.
type Pair struct {
	fleet.Pair
	Outcomes []Outcome `json:"outcomes"`
	Counts   Counts    `json:"counts"`
	// NotCovered is set where the pair could not be read, or refused what is needed: the counts are then not of all.
	NotCovered *fleet.Reason `json:"not_covered,omitempty"`
}

// Counts are numbers of functions.
type Counts struct {
	Right        int `json:"right"`
	Exempt       int `json:"exempt"`
	Left         int `json:"left"`
	OtherVersion int `json:"other_version"`
	NotUsing     int `json:"not_using"`
	Open         int `json:"open"`
	Failed       int `json:"failed"`
	Excepted     int `json:"excepted"`
	Findings     int `json:"findings"`
	Stale        int `json:"stale"`
}

// Add sums counts up.
func (c *Counts) Add(o Counts) {
	c.Right += o.Right
	c.Exempt += o.Exempt
	c.Left += o.Left
	c.OtherVersion += o.OtherVersion
	c.NotUsing += o.NotUsing
	c.Open += o.Open
	c.Failed += o.Failed
	c.Excepted += o.Excepted
	c.Findings += o.Findings
	c.Stale += o.Stale
}

// Using is how many functions use a managed layer.
func (c Counts) Using() int {
	return c.Right + c.Exempt + c.Left + c.OtherVersion + c.Open + c.Failed + c.Excepted + c.Findings
}

func (c *Counts) count(s State) {
	switch s {
	case Right:
		c.Right++
	case Exempt:
		c.Exempt++
	case Left:
		c.Left++
	case OtherVersion:
		c.OtherVersion++
	case Excepted:
		c.Excepted++
	case Failed:
		c.Failed++
	case Finding:
		c.Findings++
	case Open:
		c.Open++
	}
}

// Refuse notes that the pair refuses what its open functions need: they are not covered, not open.
func (p *Pair) Refuse(why fleet.Reason) {
	p.NotCovered = &why
	p.Outcomes = slices.Clone(p.Outcomes)
	for i := range p.Outcomes {
		if p.Outcomes[i].State == Open {
			p.Outcomes[i].State, p.Outcomes[i].Reason = NotCovered, why
		}
	}
	p.Counts.Open = 0
}
