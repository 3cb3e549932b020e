package enforce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	configtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"golang.org/x/sync/errgroup"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/inventory"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/org"
)

// Options say what to deploy, where to, and how.
type Options struct {
	Name                    string // of the stack set, and of the rule and runbook in every pair
	Requests                []Request
	Selection               Selection
	SameVersionInAllRegions bool
	DetectOnly              bool
	Canary                  string // OU, Region, "none", or empty for the default
	Settle                  time.Duration
	Aggregator              string
	// Operator is the role in the accounts that may ask for evaluations; empty for access.OperatorRole.
	Operator string
}

// Plan is what a deployment will do, before it does it.
type Plan struct {
	FormatVersion string `json:"format_version"`
	StackSet      string `json:"stack_set"`
	Moves         []Move `json:"moves"`
	// Change is create, update or none.
	Change    string             `json:"change"`
	Stages    []string           `json:"stages"`
	Accounts  int                `json:"accounts"`
	Regions   []string           `json:"regions"`
	Automatic bool               `json:"automatic"`
	Functions []fleet.Function   `json:"functions"` // that will change
	Coverage  fleet.Coverage     `json:"coverage"`  // of that list
	Uncovered []fleet.NotCovered `json:"not_covered"`
	Notes     []string           `json:"notes"`
	Cost      string             `json:"cost"`

	options  Options
	targets  *targets
	stages   []stage
	template string
	existing *set
	have     []instance
}

// Nothing says that the set stands as wanted in every pair: applying the plan sends nothing.
func (p *Plan) Nothing() bool { return p.Change == "none" }

// Prepare reads everything that a deployment depends on and changes nothing.
func Prepare(ctx context.Context, a *access.Access, o Options, progress Progress) (*Plan, error) {
	if err := o.Selection.Check(); err != nil {
		return nil, err
	}
	if err := checkName(o.Name); err != nil {
		return nil, err
	}
	t, err := lookUp(ctx, a, o.Selection)
	if err != nil {
		return nil, err
	}
	moves, err := Resolve(ctx, a, o.Requests, o.Selection.Regions, o.SameVersionInAllRegions)
	if err != nil {
		return nil, err
	}
	p := &Plan{
		FormatVersion: "1", StackSet: o.Name, Moves: moves, Regions: o.Selection.Regions, Accounts: len(t.accounts),
		Automatic: !o.DetectOnly, Functions: []fleet.Function{}, Uncovered: t.uncovered, Notes: []string{}, options: o, targets: t,
	}
	for _, m := range moves {
		for _, region := range o.Selection.Regions {
			if why := m.Missing[region]; why != "" {
				p.Notes = append(p.Notes, region+": nothing is enforced, "+why)
			}
		}
	}
	if err := p.compare(ctx, a); err != nil {
		return nil, err
	}
	if p.stages, err = t.stages(o.Canary); err != nil {
		return nil, err
	}
	if p.existing != nil && !p.existing.same(p.template) && len(p.have) > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("the %s that have it get the new template all at once: stages are for new pairs", count.Of(len(p.have), "pair")))
	}
	for _, s := range p.stages {
		p.Stages = append(p.Stages, s.Name+": "+count.Of(len(s.pairs), "pair"))
	}
	return p, p.preview(ctx, a, progress)
}

// compare renders the template and looks at what stands.
func (p *Plan) compare(ctx context.Context, a *access.Access) error {
	sets, err := ownSets(ctx, a)
	if err != nil {
		return err
	}
	for _, s := range sets {
		if s.name == p.StackSet {
			p.existing = s
			p.Moves = merge(s.moves, p.Moves)
			continue
		}
		if err := contradiction(s, p.Moves); err != nil {
			return err
		}
	}
	to := p.targets.remembered()
	if p.existing != nil {
		to = join(p.existing.targets, to)
	}
	if p.template, err = render(p.StackSet, p.Moves, to, p.Automatic); err != nil {
		return err
	}
	if p.existing == nil {
		p.Change = "create"
		return nil
	}
	if p.existing.selfManaged != (p.targets.units == nil) {
		return fmt.Errorf("stack set %s is %s and cannot become the other", p.StackSet, p.existing.model())
	}
	if p.have, err = instances(ctx, a, p.StackSet); err != nil {
		return err
	}
	p.Change = "update"
	if p.existing.same(p.template) && len(p.absent()) == 0 && len(p.stale()) == 0 {
		p.Change = "none"
	}
	return nil
}

// absent are the pairs that the set has no instance in.
func (p *Plan) absent() []fleet.Pair {
	var out []fleet.Pair
	for _, acct := range p.targets.accounts {
		for _, region := range p.targets.regions {
			pair := fleet.Pair{AccountID: acct.ID, Region: region}
			if !slices.ContainsFunc(p.have, func(i instance) bool { return i.Pair == pair }) {
				out = append(out, pair)
			}
		}
	}
	return out
}

// stale are the instances among the targets that do not stand as the set wants.
func (p *Plan) stale() []instance {
	var out []instance
	for _, i := range p.have {
		if !i.good() && !i.suspended() {
			out = append(out, i)
		}
	}
	return out
}

// preview finds the functions that will change: the ones that the rule will find non-compliant.
func (p *Plan) preview(ctx context.Context, a *access.Access, progress Progress) error {
	scope := inventory.Scope{Selection: org.Selection{Accounts: ids(p.targets.accounts)}, Regions: p.Regions}
	seen := map[string]bool{}
	for _, m := range p.Moves {
		found, err := inventory.Find(ctx, a, inventory.Request{
			Scope: scope, Layers: layer.Selector{Name: m.Layer.Name}, Source: inventory.Aggregator,
			Aggregator: p.options.Aggregator, Progress: progress,
		})
		if err != nil {
			return err
		}
		p.Coverage = found.Coverage
		for _, f := range found.Functions {
			if m.Affects(f.Function) && !seen[f.ARN] {
				seen[f.ARN] = true
				p.Functions = append(p.Functions, f.Function)
			}
		}
	}
	if p.options.Selection.All {
		more, err := unprotected(ctx, a, p.Moves, p.Regions)
		if err != nil {
			return err
		}
		p.Uncovered = append(p.Uncovered, more...)
	}
	slices.SortFunc(p.Functions, fleet.Function.Compare)
	var err error
	p.Cost, err = p.estimate(ctx, a)
	return err
}

// Affects says whether the rule of a move fails a function.
func (m Move) Affects(f fleet.Function) bool {
	v, ok := m.Regions[f.Region]
	if !ok || f.Version != "$LATEST" {
		return false
	}
	return slices.ContainsFunc(f.Layers, func(text string) bool {
		have, err := layer.ParseVersionARN(text)
		if err != nil || have.Name != m.Layer.Name || have.Account != m.Layer.Account {
			return false
		}
		return have.Version == v.Old || v.Old == 0 && have.Version != v.New
	})
}

// Apply carries the plan out, stage by stage. After the canary stage it goes on only if that deployed somewhere and
// no remediation failed there beyond repair.
func (p *Plan) Apply(ctx context.Context, a *access.Access, progress Progress) error {
	if p.Nothing() {
		return nil
	}
	if err := settleIfExists(ctx, a, p, progress); err != nil {
		return err
	}
	cf := a.CloudFormation(a.Home())
	if p.existing == nil {
		if err := p.create(ctx, cf); err != nil {
			return err
		}
	} else if !p.existing.same(p.template) {
		if err := p.update(ctx, a, progress); err != nil {
			return err
		}
	}
	for n, s := range p.stages {
		if err := p.deploy(ctx, a, s, progress); err != nil {
			return err
		}
		if n < len(p.stages)-1 {
			if err := p.canaryHeld(ctx, a, s, progress); err != nil {
				return err
			}
		}
	}
	return nil
}

func settleIfExists(ctx context.Context, a *access.Access, p *Plan, progress Progress) error {
	if p.existing == nil {
		return nil
	}
	return settle(ctx, a, p.StackSet, progress)
}

func (p *Plan) create(ctx context.Context, cf *cloudformation.Client) error {
	in := &cloudformation.CreateStackSetInput{
		StackSetName: &p.StackSet, TemplateBody: &p.template,
		Description:  aws.String("layerfleet enforcement: moves Lambda functions to the wanted layer versions"),
		Capabilities: capabilities(), PermissionModel: types.PermissionModelsSelfManaged,
		ManagedExecution: &types.ManagedExecution{Active: aws.Bool(true)},
	}
	if p.targets.units != nil {
		in.PermissionModel = types.PermissionModelsServiceManaged
		in.AutoDeployment = p.targets.autoDeployment()
	}
	if _, err := cf.CreateStackSet(ctx, in); err != nil {
		return fmt.Errorf("creating stack set %s: %w", p.StackSet, err)
	}
	return nil
}

// update sends the new template to every instance that stands.
func (p *Plan) update(ctx context.Context, a *access.Access, progress Progress) error {
	out, err := a.CloudFormation(a.Home()).UpdateStackSet(ctx, &cloudformation.UpdateStackSetInput{
		StackSetName: &p.StackSet, TemplateBody: &p.template,
		Capabilities: capabilities(), OperationPreferences: preferences(),
	})
	if err != nil {
		return fmt.Errorf("updating stack set %s: %w", p.StackSet, err)
	}
	if err := wait(ctx, a, p.StackSet, aws.ToString(out.OperationId), "updating stack instances", progress); err != nil {
		return err
	}
	return p.evaluate(ctx, a.WithRole(cmp.Or(p.options.Operator, access.OperatorRole)))
}

// evaluate asks for evaluation where the rule changed: AWS Config looks at functions when they change, not when the
// rule does. More than one request a minute is refused; then an evaluation has just been asked for.
func (p *Plan) evaluate(ctx context.Context, a *access.Access) error {
	g, asking := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for _, i := range p.have {
		if !i.good() || !slices.ContainsFunc(p.Moves, func(m Move) bool { _, ok := m.Regions[i.Region]; return ok }) {
			continue
		}
		g.Go(func() error {
			_, err := a.Config(i.Pair).StartConfigRulesEvaluation(asking, &configservice.StartConfigRulesEvaluationInput{ConfigRuleNames: []string{p.StackSet}})
			var often *configtypes.LimitExceededException
			if err == nil || errors.As(err, &often) {
				return nil
			}
			return hint.With(fmt.Errorf("asking for evaluation in %s: %w", i.Pair, err),
				"the update itself is deployed; functions are evaluated at their next change, or by the schedule. deploy/prerequisites.yaml makes the role "+access.OperatorRole)
		})
	}
	return g.Wait()
}

// deploy makes the instances of a stage that are missing or stale.
func (p *Plan) deploy(ctx context.Context, a *access.Access, s stage, progress Progress) error {
	have, err := instances(ctx, a, p.StackSet)
	if err != nil {
		return err
	}
	wanting := slices.DeleteFunc(slices.Clone(s.pairs), func(pair fleet.Pair) bool {
		return slices.ContainsFunc(have, func(i instance) bool { return i.Pair == pair && i.good() })
	})
	if len(wanting) == 0 {
		return nil
	}
	in := &cloudformation.CreateStackInstancesInput{StackSetName: &p.StackSet, Regions: s.regions, OperationPreferences: preferences()}
	in.Accounts, in.DeploymentTargets = s.deployment()
	out, err := a.CloudFormation(a.Home()).CreateStackInstances(ctx, in)
	if err != nil {
		return fmt.Errorf("deploying to %s: %w", s.Name, err)
	}
	return wait(ctx, a, p.StackSet, aws.ToString(out.OperationId), "deploying to "+s.Name, progress)
}

func capabilities() []types.Capability { return []types.Capability{types.CapabilityCapabilityIam} }
