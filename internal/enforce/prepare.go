package enforce

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/event"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/move"
	"github.com/layerfleet/layerfleet/internal/resolve"
	"github.com/layerfleet/layerfleet/internal/runbook"
	"github.com/layerfleet/layerfleet/internal/stackset"
	"github.com/layerfleet/layerfleet/internal/stage"
)

// Options say what to deploy, where to, and how.
type Options struct {
	Name                    string // of the stack set, and of the rule and runbook in every pair
	Wishes                  []resolve.Wish
	Selection               Selection
	SameVersionInAllRegions bool
	DetectOnly              bool
	Canary                  string // OU, Region, "none", or empty for the default
	// Wait is for how long functions may be open before a stage counts as not finished.
	Wait       time.Duration
	Aggregator string
	// Operator is the role in the accounts that may ask for evaluations; empty for access.OperatorRole.
	Operator string
	// Tool is the version of the program, for the record.
	Tool string
}

// Plan is what a deployment will do, before it does it.
type Plan struct {
	FormatVersion string      `json:"format_version"`
	StackSet      string      `json:"stack_set"`
	Revision      int         `json:"revision"`
	Moves         []move.Move `json:"moves"`
	// Action is create, update, continue (of a deployment that is not finished) or none.
	Action    string             `json:"action"`
	Stages    []StagePlan        `json:"stages"`
	Accounts  int                `json:"accounts"`
	Regions   []string           `json:"regions"`
	Automatic bool               `json:"automatic"`
	Functions []fleet.Function   `json:"functions"` // that will change
	Left      []Left             `json:"left"`      // that use the layer on another version and stay
	Coverage  fleet.Coverage     `json:"coverage"`  // of these lists
	Uncovered []fleet.NotCovered `json:"not_covered"`
	Notes     []string           `json:"notes"`
	Cost      string             `json:"cost"`

	options  Options
	targets  *targets
	stages   []stage.Stage
	content  runbook.Content
	body     string
	deployed *deployed // nil if the set is to be made
}

// StagePlan is a stage as the plan shows it.
type StagePlan struct {
	Name      string `json:"name"`
	Pairs     int    `json:"pairs"`
	Functions int    `json:"functions"`
}

// Left is a function that stays, and why.
type Left struct {
	fleet.Pair
	Function string `json:"function_name"`
	ARN      string `json:"function_arn"`
	fleet.Reason
}

// Nothing says that there is nothing to send and nothing to wait for.
func (p *Plan) Nothing() bool { return p.Action == "none" }

// Prepare reads everything that a deployment depends on and changes nothing.
func Prepare(ctx context.Context, a *access.Access, o Options, sink event.Sink) (*Plan, error) {
	if err := o.Selection.Check(); err != nil {
		return nil, err
	}
	if err := runbook.CheckName(o.Name); err != nil {
		return nil, fmt.Errorf("--name: %w", err)
	}
	t, err := lookUp(ctx, a, o.Selection)
	if err != nil {
		return nil, err
	}
	moves, err := resolve.Moves(ctx, a, o.Wishes, resolve.Options{Regions: o.Selection.Regions, SameNumbers: o.SameVersionInAllRegions, ExemptTag: move.DefaultExemptTag})
	if err != nil {
		return nil, err
	}
	p := &Plan{
		FormatVersion: "1", StackSet: o.Name, Moves: moves, Regions: o.Selection.Regions, Accounts: len(t.accounts),
		Automatic: !o.DetectOnly, Functions: []fleet.Function{}, Left: []Left{}, Uncovered: t.uncovered, Notes: []string{}, options: o, targets: t,
	}
	for _, m := range moves {
		for _, region := range o.Selection.Regions {
			if r, ok := m.In(region); !ok {
				p.Notes = append(p.Notes, region+": nothing is enforced, "+r.Detail)
			}
		}
	}
	if err := p.compare(ctx, a); err != nil {
		return nil, err
	}
	if err := p.outside(); err != nil {
		return nil, err
	}
	if err := p.preview(ctx, a, sink); err != nil {
		return nil, err
	}
	if err := p.render(a); err != nil || p.Action != "none" {
		return p, err
	}
	return p, p.owed(ctx, a, sink)
}

// compare looks at what is deployed: under this name, and beside it.
func (p *Plan) compare(ctx context.Context, a *access.Access) error {
	c := stackset.New(a, false)
	beside, err := others(ctx, c, p.StackSet)
	if err != nil {
		return err
	}
	d, err := find(ctx, c, p.StackSet)
	switch {
	case errors.Is(err, stackset.ErrNotFound):
	case err != nil:
		return err
	default:
		if err := d.refresh(ctx, c); err != nil {
			return err
		}
		if d.set.SelfManaged != p.options.Selection.SelfManaged {
			models := map[bool]string{true: "self-managed", false: "service-managed"}
			return fmt.Errorf("stack set %s is %s and cannot become the other", p.StackSet, models[d.set.SelfManaged])
		}
		p.deployed = d
		regions := slices.Concat(p.Regions, slices.Collect(maps.Keys(d.content.Targets)))
		p.Moves = merge(d.moves(regions...), p.Moves)
	}
	for _, other := range beside {
		if err := contradiction(other, p.Moves); err != nil {
			return err
		}
	}
	return p.split()
}

// merge puts the wanted moves over those of the set: a set is for all layers, and deploying one more leaves the
// others as they are.
func merge(have, want []move.Move) []move.Move {
	out := slices.Clone(want)
	for _, h := range have {
		i := slices.IndexFunc(out, h.SameLayer)
		if i < 0 {
			out = append(out, h)
			continue
		}
		for region, r := range h.Regions {
			if _, ok := out[i].Regions[region]; !ok {
				out[i].Regions[region] = r
			}
		}
	}
	return move.Sorted(out)
}

// render makes the template, and says what there is to do.
func (p *Plan) render(a *access.Access) error {
	revision := runbook.Revision{At: a.Clock().Now(), By: a.Caller().ARN, Tool: p.options.Tool, Moves: p.Moves, Automatic: p.Automatic}
	base := runbook.Content{Name: p.StackSet, SelfManaged: p.options.Selection.SelfManaged}
	if p.deployed != nil && !p.deployed.content.ByHand {
		base = p.deployed.content
	}
	next := base.Next(revision)
	next.Targets = join(base.Targets, p.targets.remembered())
	if p.deployed == nil || !slices.EqualFunc(base.Moves, move.Sorted(p.Moves), move.Move.Equal) {
		next.Concurrency = runbook.ConcurrencyFor(largest(p.Functions))
	}
	p.content, p.Revision = next, next.Number
	if p.deployed == nil {
		p.Action = "create"
	} else if same, err := next.Same(p.deployed.content); err != nil {
		return err
	} else if same {
		p.content, p.Revision, p.body = p.deployed.content, p.deployed.content.Number, p.deployed.set.Body
		p.Action = "none"
		return nil
	} else {
		p.Action = "update"
	}
	var err error
	p.body, err = runbook.Render(p.content)
	return err
}

// largest is how many functions will move in the pair with the most.
func largest(functions []fleet.Function) int {
	n, most := map[fleet.Pair]int{}, 0
	for _, f := range functions {
		n[f.Pair]++
		most = max(most, n[f.Pair])
	}
	return most
}

// join are the targets of both: deploying somewhere else besides takes nothing away.
func join(a, b map[string]runbook.Targets) map[string]runbook.Targets {
	both := func(x, y []string) []string {
		return slices.Compact(slices.Sorted(slices.Values(slices.Concat(x, y))))
	}
	out := maps.Clone(b)
	for region, was := range a {
		out[region] = runbook.Targets{Units: both(was.Units, out[region].Units), Accounts: both(was.Accounts, out[region].Accounts)}
	}
	return out
}
