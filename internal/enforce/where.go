package enforce

import (
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/stackset"
	"github.com/layerfleet/layerfleet/internal/stage"
	"github.com/layerfleet/layerfleet/internal/watch"
)

// Phase is what a deployment does next.
type Phase string

// The phases.
const (
	Update   Phase = "update"   // a stage has pairs without the set's template
	Wait     Phase = "wait"     // a stage has functions that are open
	Complete Phase = "complete" // there is nothing left to do
)

// Position is where a deployment stands.
type Position struct {
	Stage int // the first that is not complete; the number of stages when all are
	Phase Phase
}

// Where finds where a deployment stands: in the first stage that lacks the template somewhere, or has open functions.
// givenUp says of pairs that they were tried, and are not to be waited for. Of pairs that nobody has looked at yet,
// nothing is known: the stage is not complete.
func Where(stages []stage.Stage, instances []stackset.Instance, seen map[fleet.Pair]watch.Pair, givenUp func(fleet.Pair) bool) Position {
	have := map[fleet.Pair]stackset.Instance{}
	for _, i := range instances {
		have[i.Pair] = i
	}
	for n, s := range stages {
		waits := false
		for _, p := range s.Pairs {
			i, stands := have[p]
			switch {
			case stands && (i.Suspended() || i.Inoperable()):
			case !stands || !i.Current():
				if !givenUp(p) {
					return Position{Stage: n, Phase: Update}
				}
			default:
				look, known := seen[p]
				waits = waits || !known || look.Counts.Open > 0
			}
		}
		if waits {
			return Position{Stage: n, Phase: Wait}
		}
	}
	return Position{Stage: len(stages), Phase: Complete}
}
