package watch

import (
	"cmp"
	"slices"
	"time"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/move"
)

// Reading is what was read of a pair.
type Reading struct {
	Functions []Function
	Results   map[string]Result // by function name
	Updates   map[string]Update // by function name: those that [Reading.Unproven] names
}

// Judge says where the functions of a pair stand. now is the time of the reading, by AWS's clock.
func Judge(c Change, r Reading, now time.Time) Pair {
	p := Pair{Pair: c.Pair, Outcomes: []Outcome{}}
	for _, f := range r.Functions {
		d := move.All(c.Moves, f.Function, move.Facts{})
		if d.Verdict == move.NotUsing {
			p.Counts.NotUsing++
			continue
		}
		result := r.Results[f.Name]
		o := Outcome{
			Pair: f.Pair, Name: f.Name, ARN: f.ARN, Layers: f.Layers, Exception: result.Excepted,
			Tried: result.Started.After(c.At),
			Stale: result.Verdict != "" && !result.Recorded.After(c.At),
		}
		c.state(&o, d.Decision, f, result, r.Updates, now)
		if o.Stale {
			p.Counts.Stale++
		}
		p.Counts.count(o.State)
		p.Outcomes = append(p.Outcomes, o)
	}
	slices.SortFunc(p.Outcomes, func(a, b Outcome) int { return cmp.Compare(a.Name, b.Name) })
	return p
}

// state is the first that applies: done, left, excepted, failed, open.
func (c Change) state(o *Outcome, d move.Decision, f Function, r Result, updates map[string]Update, now time.Time) {
	switch d.Verdict {
	case move.Right:
		c.through(o, f, r, updates)
	case move.Exempt:
		o.State, o.Reason = Exempt, fleet.Reason{Code: fleet.Exempt}
	case move.OtherVersion:
		o.State = OtherVersion
	case move.Blocked:
		o.State, o.Reason = Left, d.Reason
	case move.Moves:
		c.moving(o, r, now)
	}
}

// through tells a function whose list is right from one whose update to it is not finished or failed.
func (c Change) through(o *Outcome, f Function, r Result, updates map[string]Update) {
	o.State = Right
	switch {
	case !f.Modified.After(c.Since): // it was right before
		return
	case r.succeeded(c.Since): // the runbook waits for the update
		o.MovedAt = r.Ended
		return
	}
	u, read := updates[f.Name]
	switch {
	case read && u.Status == "Successful":
		o.MovedAt = f.Modified
	case read && u.Status == Gone:
		o.State, o.Reason = Left, fleet.Reason{Code: fleet.FunctionGone}
	case read && u.Status == "Failed":
		o.State, o.Reason = Failed, fleet.Reason{Code: fleet.UpdateFailed, Detail: u.Reason}
	default:
		o.State, o.Reason = Open, fleet.Reason{Code: fleet.UpdateInProgress, Detail: u.Reason}
	}
}

// moving is where a function stands that is on a version to be left.
func (c Change) moving(o *Outcome, r Result, now time.Time) {
	failed := r.Execution == "FAILED" && r.Started.After(c.At)
	switch {
	case r.Excepted:
		o.State, o.Reason = Excepted, fleet.Reason{Code: fleet.RemediationException}
		if failed {
			o.Reason = r.Failure
		}
	case failed && (permanent(r.Failure.Code) || now.After(r.Ended.Add(c.Retry))):
		o.State, o.Reason = Failed, r.Failure
	case !c.Automatic:
		o.State = Finding
	case failed:
		o.State, o.Reason = Open, r.Failure
	case r.Verdict == "" || o.Stale:
		o.State, o.Reason = Open, fleet.Reason{Code: fleet.NotEvaluated}
	default:
		o.State, o.Reason = Open, fleet.Reason{Code: fleet.RemediationPending}
	}
}

func (r Result) succeeded(since time.Time) bool {
	return r.Execution == "SUCCEEDED" && r.Started.After(since)
}

// Unproven names the functions that have a right list since after the change with no remediation that vouches for it:
// the list shows at once, the update may still fail.
func (r Reading) Unproven(c Change) []string {
	var out []string
	for _, f := range r.Functions {
		if !f.Modified.After(c.Since) || r.Results[f.Name].succeeded(c.Since) {
			continue
		}
		if move.All(c.Moves, f.Function, move.Facts{}).Verdict == move.Right {
			out = append(out, f.Name)
		}
	}
	return out
}

// Involved names the functions whose results matter: those that use a managed layer.
func (r Reading) Involved(c Change) []string {
	var out []string
	for _, f := range r.Functions {
		if move.All(c.Moves, f.Function, move.Facts{}).Verdict != move.NotUsing {
			out = append(out, f.Name)
		}
	}
	return out
}
