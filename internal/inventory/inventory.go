// Package inventory answers which function uses which layer version, and what could
// not be seen on the way. There are two sources, the organization's AWS Config
// aggregator and a scan of every account, with the same answer on a covered fleet.
package inventory

import (
	"context"
	"fmt"
	"slices"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/org"
)

// Source is where the answer comes from.
type Source string

// The sources.
const (
	// Aggregator asks the AWS Config aggregator, which knows what recorders recorded.
	Aggregator Source = "aggregator"
	// Scan asks Lambda in every pair.
	Scan Source = "scan"
)

// Scope is the part of the fleet that is asked about; the zero value is all of it.
type Scope struct {
	org.Selection
	Regions []string
}

// Request is a question to the fleet.
type Request struct {
	Scope
	Layers layer.Selector
	Source Source
	// Versions looks at published versions too, and so at whatever an alias points to;
	// only a scan can.
	Versions bool
	// Tags reads tags too; only the aggregator can.
	Tags bool
	// Aggregator is the aggregator's name; empty takes the only one there is.
	Aggregator string
	// Progress is told how far a job is; it may be nil. Calls do not overlap.
	Progress func(job string, done, total int)
}

// Match is a function with the layers that were asked for.
type Match struct {
	fleet.Function
	Matched []string `json:"matched"`
}

// Findings are the answer of Find.
type Findings struct {
	Functions []Match        `json:"functions"`
	Coverage  fleet.Coverage `json:"coverage"`
	// LookedAt says which versions of the functions were: AWS Config records
	// nothing but $LATEST, and a scan looks at the same unless told otherwise.
	LookedAt string `json:"looked_at"`
	// Notes are what a person should know of how the answer came about.
	Notes []string `json:"notes,omitempty"`
	// Names are the layers that functions use, for "did you mean"; only those that
	// were read to answer.
	Names []string `json:"-"`
}

// What LookedAt may be: the version that both sources look at, or with Versions all.
const (
	Latest = "$LATEST"
	All    = "$LATEST and published versions"
)

func (r Request) lookedAt() string {
	if r.Versions {
		return All
	}
	return Latest
}

// Find lists the functions that use the layers asked for.
func Find(ctx context.Context, a *access.Access, r Request) (*Findings, error) {
	if err := r.check(a.Caller().Partition); err != nil {
		return nil, err
	}
	s, err := newSurvey(ctx, a, r)
	if err != nil {
		return nil, err
	}
	if arn := r.Layers.ARN; arn != nil && !s.has(arn.Region) {
		return nil, hint.With(fmt.Errorf("Region %s of %s is not enabled in any account asked about", arn.Region, r.Layers), //nolint:staticcheck // AWS writes Region
			"functions use only layers of their own Region")
	}
	var functions []fleet.Function
	if r.Source == Scan {
		functions, err = scan(ctx, a, s, r)
	} else {
		functions, err = aggregated(ctx, a, s, r)
	}
	if err != nil {
		return nil, err
	}
	return r.answer(functions, s), nil
}

// Cover says what can be seen, without looking at functions, and what a person
// should know of how that came about.
func Cover(ctx context.Context, a *access.Access, r Request) (fleet.Coverage, []string, error) {
	if err := r.check(a.Caller().Partition); err != nil {
		return fleet.Coverage{}, nil, err
	}
	s, err := newSurvey(ctx, a, r)
	if err != nil {
		return fleet.Coverage{}, nil, err
	}
	if r.Source == Scan {
		err = probe(ctx, a, s, r)
	} else {
		_, err = sources(ctx, a, s, r)
	}
	if err != nil {
		return fleet.Coverage{}, nil, err
	}
	return s.coverage(), s.notes, nil
}

func (r Request) check(partition string) error {
	for _, region := range r.Regions {
		if !layer.ValidRegion(region) {
			return hint.With(fmt.Errorf("%q is not the name of a Region", region), "a Region looks like eu-west-1")
		}
	}
	arn := r.Layers.ARN
	switch {
	case r.Versions && r.Source != Scan:
		return hint.With(fmt.Errorf("the aggregator does not know published versions: AWS Config records %s only", Latest), "--source scan asks Lambda itself")
	case arn == nil:
	case arn.Partition != partition:
		return fmt.Errorf("%s is in partition %s, but the credentials belong to %s", r.Layers, arn.Partition, partition)
	case len(r.Regions) > 0 && !slices.Contains(r.Regions, arn.Region):
		return hint.With(fmt.Errorf("%s is in Region %s, which is not among those asked about", r.Layers, arn.Region),
			"functions use only layers of their own Region: leave out --regions, or name another layer")
	}
	return nil
}

// answer keeps what was asked for, in order.
func (r Request) answer(functions []fleet.Function, s *survey) *Findings {
	f := &Findings{Functions: []Match{}, LookedAt: r.lookedAt(), Coverage: s.coverage(), Notes: s.notes}
	names := map[string]bool{}
	for _, fn := range functions {
		for _, text := range fn.Layers {
			if v, err := layer.ParseVersionARN(text); err == nil {
				names[v.Name] = true
			}
		}
		if matched := fn.Matching(r.Layers); len(matched) > 0 {
			f.Functions = append(f.Functions, Match{Function: fn, Matched: matched})
		}
	}
	slices.SortFunc(f.Functions, func(a, b Match) int { return a.Compare(b.Function) })
	for name := range names {
		f.Names = append(f.Names, name)
	}
	slices.Sort(f.Names)
	return f
}
