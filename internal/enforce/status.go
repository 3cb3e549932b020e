package enforce

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/event"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/move"
	"github.com/layerfleet/layerfleet/internal/org"
	"github.com/layerfleet/layerfleet/internal/runbook"
	"github.com/layerfleet/layerfleet/internal/stackset"
	"github.com/layerfleet/layerfleet/internal/watch"
)

// Status is what enforcement has come to in every pair of a stack set.
type Status struct {
	FormatVersion string `json:"format_version"`
	StackSet      string `json:"stack_set"`
	// Revision is the number of what is enforced, Since and By when and by whom it was deployed; zero and empty for sets
	// that do not count.
	Revision int       `json:"revision"`
	Since    time.Time `json:"since,omitzero"`
	By       string    `json:"by,omitempty"`
	// Automatic says whether AWS moves functions by itself; otherwise it only finds them.
	Automatic bool         `json:"automatic"`
	Moves     []move.Move  `json:"moves"`
	Pairs     []PairStatus `json:"pairs"`
	Total     watch.Counts `json:"total"`
	// Functions are those that use a layer and are not simply right.
	Functions []watch.Outcome `json:"functions"`
	// Operation is the id of a stack set operation that is still running, or empty.
	Operation string `json:"operation,omitempty"`
	// Scope says what the counts are about.
	Scope string `json:"scope"`
}

// PairStatus is one pair's line.
type PairStatus struct {
	fleet.Pair
	// Status is that of the stack instance: CURRENT, OUTDATED, INOPERABLE, or NONE.
	Status string `json:"status"`
	// Reason says why the pair is not covered; empty if it is.
	fleet.Reason
	watch.Counts
}

// countScope is the honest reading of every count (design §4.2).
const countScope = "$LATEST of each function; AWS Config records neither published versions nor aliases"

const noInstance = "NONE"

// Covered says whether every pair was deployed to and could be read.
func (s *Status) Covered() bool {
	return !slices.ContainsFunc(s.Pairs, func(p PairStatus) bool { return p.Code != "" })
}

// Unreached counts the pairs that deploying again can reach.
func (s *Status) Unreached() int {
	n := 0
	for _, p := range s.Pairs {
		if p.Code == fleet.NotDeployed {
			n++
		}
	}
	return n
}

// ReadStatus looks at a set's instances, and at the functions of every pair.
func ReadStatus(ctx context.Context, a *access.Access, name string, sink event.Sink) (*Status, error) {
	d, err := read(ctx, a, name)
	if err != nil {
		return nil, err
	}
	return d.status(ctx, a, nil, sink)
}

// status reads all pairs but those that were seen just before.
func (d *deployed) status(ctx context.Context, a *access.Access, seen map[fleet.Pair]watch.Pair, sink event.Sink) (*Status, error) {
	s := &Status{
		FormatVersion: "1", StackSet: d.set.Name, Revision: d.content.Number, Since: d.content.At, By: d.content.By,
		Automatic: d.content.Automatic, Moves: d.content.Moves, Pairs: []PairStatus{}, Functions: []watch.Outcome{}, Scope: countScope,
	}
	for _, o := range d.operations {
		if o.Running() {
			s.Operation = o.ID
		}
	}
	changes, unreached := d.changes(a.Clock().Now(), func(p fleet.Pair) bool { _, known := seen[p]; return !known })
	told := told(sink, a.Clock())
	pairs, err := watch.Inspect(ctx, watch.NewReader(a), a.Clock(), changes, func(done, total int) { told("reading functions", done, total) })
	if err != nil {
		return nil, err
	}
	for _, p := range seen {
		pairs = append(pairs, p)
	}
	for _, p := range pairs {
		line := PairStatus{Pair: p.Pair, Status: d.statusOf(p.Pair), Counts: p.Counts}
		if p.NotCovered != nil {
			line.Reason = *p.NotCovered
		}
		s.Pairs = append(s.Pairs, line)
		s.Total.Add(p.Counts)
		for _, f := range p.Outcomes {
			if f.State != watch.Right || f.Exception {
				s.Functions = append(s.Functions, f)
			}
		}
	}
	for _, n := range unreached {
		s.Pairs = append(s.Pairs, PairStatus{Pair: n.Pair, Status: d.statusOf(n.Pair), Reason: n.Reason})
	}
	if !d.set.SelfManaged {
		var regions []string
		for _, i := range d.instances {
			regions = append(regions, i.Region)
		}
		more, err := unprotected(ctx, a, d.content.Moves, slices.Compact(slices.Sorted(slices.Values(regions))))
		if err != nil {
			return nil, err
		}
		s.NotDeployed(more)
	}
	missing, err := d.missing(ctx, a)
	if err != nil {
		return nil, err
	}
	s.NotDeployed(missing)
	slices.SortFunc(s.Functions, func(x, y watch.Outcome) int {
		return cmp.Or(x.Pair.Compare(y.Pair), cmp.Compare(x.Name, y.Name))
	})
	return s, nil
}

func (d *deployed) statusOf(p fleet.Pair) string {
	i := slices.IndexFunc(d.instances, func(i stackset.Instance) bool { return i.Pair == p })
	if i < 0 {
		return noInstance
	}
	return d.instances[i].Status
}

// NotDeployed adds pairs that cannot have an instance, or have none yet.
func (s *Status) NotDeployed(pairs []fleet.NotCovered) {
	for _, n := range pairs {
		if !slices.ContainsFunc(s.Pairs, func(p PairStatus) bool { return p.Pair == n.Pair }) {
			s.Pairs = append(s.Pairs, PairStatus{Pair: n.Pair, Status: noInstance, Reason: n.Reason})
		}
	}
	slices.SortFunc(s.Pairs, func(a, b PairStatus) int { return a.Pair.Compare(b.Pair) })
}

// missing are the pairs that the set is meant for and has no instance in.
func (d *deployed) missing(ctx context.Context, a *access.Access) ([]fleet.NotCovered, error) {
	if len(d.content.Targets) == 0 {
		return nil, nil
	}
	tree, err := org.ReadTree(ctx, a.Organizations(), a.Caller().Account)
	if err != nil {
		return nil, access.AtStart(err)
	}
	have := map[fleet.Pair]bool{}
	for _, i := range d.instances {
		have[i.Pair] = true
	}
	var out []fleet.NotCovered
	for region, to := range d.content.Targets {
		for id, code := range intended(tree, to) {
			if p := (fleet.Pair{AccountID: id, Region: region}); !have[p] {
				out = append(out, fleet.NotCovered{Pair: p, Reason: fleet.Reason{Code: code}})
			}
		}
	}
	slices.SortFunc(out, func(x, y fleet.NotCovered) int { return x.Pair.Compare(y.Pair) })
	return out, nil
}

// intended are the accounts of some targets, each with the reason that it has if no instance is there.
func intended(tree *org.Organization, to runbook.Targets) map[string]fleet.Code {
	out := map[string]fleet.Code{}
	for _, id := range to.Accounts {
		out[id] = fleet.OutsideOrganization
	}
	for _, acct := range tree.Accounts {
		_, named := out[acct.ID]
		switch {
		case !named && (!tree.Below(acct, to.Units) || acct.ID == tree.ManagementID):
			// StackSets leaves the management account out of its units.
		case !acct.Active():
			out[acct.ID] = acct.Reason()
		default:
			out[acct.ID] = fleet.NotDeployed
		}
	}
	return out
}

// followEvery is how often a set is looked at while its functions are open, in AWS's time.
const followEvery = 15 * time.Second

// Follow reads the status until no function is open and no operation is running, or until limit of AWS's time is over.
// It asks AWS for nothing.
func Follow(ctx context.Context, a *access.Access, name string, limit time.Duration, sink event.Sink) (*Status, error) {
	for end := a.Clock().Now().Add(limit); ; {
		s, err := ReadStatus(ctx, a, name, sink)
		if err != nil || s.Total.Open == 0 && s.Operation == "" || !a.Clock().Now().Before(end) {
			return s, err
		}
		if err := a.Clock().Sleep(ctx, followEvery); err != nil {
			return nil, err
		}
	}
}
