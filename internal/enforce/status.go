package enforce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	configtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"golang.org/x/sync/errgroup"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
)

// Status is what enforcement does in every pair of a stack set.
type Status struct {
	FormatVersion string `json:"format_version"`
	StackSet      string `json:"stack_set"`
	// Automatic says whether AWS remediates by itself; otherwise it only detects.
	Automatic bool         `json:"automatic"`
	Pairs     []PairStatus `json:"pairs"`
	Failures  []Failure    `json:"failures"`
	// Operation is the id of a stack set operation that still runs, or empty.
	Operation string `json:"operation,omitempty"`
	// Scope says what the counts are about.
	Scope string `json:"scope"`
}

// PairStatus is one pair's line.
type PairStatus struct {
	fleet.Pair
	// Status is that of the stack instance: CURRENT, OUTDATED, INOPERABLE, SKIPPED_SUSPENDED_ACCOUNT, or NONE.
	Status string `json:"status"`
	// Reason says why the pair is not as it should be; empty if it is.
	Reason string `json:"reason"`
	Counts
}

// countScope is the honest reading of every count (design §4.2).
const countScope = "$LATEST of each function; AWS Config records neither published versions nor aliases"

// Covered says whether every pair was deployed to and could be read.
func (s *Status) Covered() bool {
	return !slices.ContainsFunc(s.Pairs, func(p PairStatus) bool { return p.Reason != "" })
}

// Findings says whether a function is still not as the rule wants it.
func (s *Status) Findings() bool {
	return slices.ContainsFunc(s.Pairs, func(p PairStatus) bool { return p.NonCompliant > 0 })
}

// Pending counts the non-compliant functions that AWS is still busy with, or has not begun with: none where it only
// detects.
func (s *Status) Pending() int {
	if !s.Automatic {
		return 0
	}
	n := -len(s.Failures)
	for _, p := range s.Pairs {
		n += p.NonCompliant
	}
	return n
}

// Unreached counts the pairs that deploying again can reach: those without an instance in accounts that can have one.
func (s *Status) Unreached() int {
	n := 0
	for _, p := range s.Pairs {
		if p.Status == noInstance && p.Reason == fleet.NotDeployed.Sentence() {
			n++
		}
	}
	return n
}

// readers is how many pairs are read at once.
const readers = 16

// ReadStatus looks at a set's instances and asks every pair for its counts: the aggregator has neither functions
// that are not applicable nor remediation failures nor exceptions.
func ReadStatus(ctx context.Context, a *access.Access, name string, p Progress) (*Status, error) {
	set, err := describe(ctx, a, name)
	if err != nil {
		return nil, err
	}
	list, err := instances(ctx, a, name)
	if err != nil {
		return nil, err
	}
	s := &Status{FormatVersion: "1", StackSet: name, Automatic: set.automatic, Pairs: []PairStatus{}, Failures: []Failure{}, Scope: countScope}
	if s.Operation, err = running(ctx, a, name); err != nil {
		return nil, err
	}
	var mu sync.Mutex
	done := 0
	g, reading := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for _, i := range list {
		g.Go(func() error {
			line, failures, err := readPair(reading, a, set, i)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			s.Pairs, s.Failures = append(s.Pairs, line), append(s.Failures, failures...)
			done++
			p("reading compliance", done, len(list))
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if !set.selfManaged {
		more, err := unprotected(ctx, a, set.moves, regionsOf(list))
		if err != nil {
			return nil, err
		}
		s.NotDeployed(more)
	}
	waiting, err := set.unreached(ctx, a, list)
	if err != nil {
		return nil, err
	}
	s.NotDeployed(waiting)
	slices.SortFunc(s.Pairs, func(a, b PairStatus) int { return a.Pair.Compare(b.Pair) })
	slices.SortFunc(s.Failures, func(a, b Failure) int {
		return cmp.Or(a.Pair.Compare(b.Pair), cmp.Compare(a.Function, b.Function))
	})
	return s, nil
}

// readPair makes a pair's line. What cannot be read in one pair is that pair's reason, not the end of the report.
func readPair(ctx context.Context, a *access.Access, set *set, i instance) (PairStatus, []Failure, error) {
	line := PairStatus{Pair: i.Pair, Status: string(i.status)}
	if i.suspended() {
		line.Status = string(i.detailed)
		line.Reason = fleet.AccountSuspended.Sentence()
		return line, nil, nil
	}
	if !i.good() {
		line.Reason = cmp.Or(i.reason, fmt.Sprintf("stack instance is %s", cmp.Or(string(i.detailed), string(i.status))))
		return line, nil, nil
	}
	if !set.enforcesIn(i.Region) {
		line.Reason = fleet.NoVersionInRegion.Sentence()
		return line, nil, nil
	}
	o, err := observe(ctx, a, i.Pair, set)
	var gone *configtypes.NoSuchConfigRuleException
	switch {
	case ctx.Err() != nil:
		return line, nil, ctx.Err()
	case errors.As(err, &gone):
		line.Reason = fmt.Sprintf("the rule %s is gone: somebody removed it behind the stack set", set.rule)
	case access.Denied(err):
		line.Reason = fleet.RoleDenied.Sentence() + ": " + access.Message(err)
	case err != nil:
		line.Reason = access.Message(err)
	default:
		line.Counts = o.Counts
		return line, o.failures, nil
	}
	return line, nil, nil
}

// regionsOf are the Regions that a set has instances in.
func regionsOf(list []instance) []string {
	var out []string
	for _, i := range list {
		if !slices.Contains(out, i.Region) {
			out = append(out, i.Region)
		}
	}
	return out
}
