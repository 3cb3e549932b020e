package enforce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"golang.org/x/sync/errgroup"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/runbook"
)

// maxRemoveRounds is how often the deletion of stubborn instances is tried: a remediation that was started meanwhile
// keeps its pair from being deleted.
const maxRemoveRounds = 5

// Remove takes a set away: first remediation goes off, so that no new one starts, then what runs is waited for, then
// the instances are deleted, and in the end the set. It can be repeated after any interruption.
func Remove(ctx context.Context, a *access.Access, name string, p Progress) error {
	set, err := describe(ctx, a, name)
	if err != nil {
		return err
	}
	if err := settle(ctx, a, name, p); err != nil {
		return err
	}
	if set.automatic {
		if err := set.stopRemediation(ctx, a, p); err != nil {
			return err
		}
	}
	for round := range maxRemoveRounds {
		list, err := instances(ctx, a, name)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return deleteSet(ctx, a, name)
		}
		if err := set.idle(ctx, a, list, p); err != nil {
			return err
		}
		// What may stand in a suspended account is out of reach: only the set's own record of it can be deleted.
		for _, retain := range []bool{false, true} {
			for _, g := range group(list, func(i instance) bool { return i.suspended() == retain }) {
				if err := deleteInstances(ctx, a, name, g, retain, p); err != nil {
					return err
				}
			}
		}
		if round > 0 {
			if err := a.Clock().Sleep(ctx, time.Duration(round)*30*time.Second); err != nil {
				return err
			}
		}
	}
	return stubborn(ctx, a, name)
}

func deleteInstances(ctx context.Context, a *access.Access, name string, b batch, retain bool, p Progress) error {
	in := &cloudformation.DeleteStackInstancesInput{StackSetName: &name, Regions: b.regions, RetainStacks: &retain, OperationPreferences: preferences()}
	in.Accounts, in.DeploymentTargets = b.targets()
	out, err := a.CloudFormation(a.Home()).DeleteStackInstances(ctx, in)
	if err != nil {
		return fmt.Errorf("deleting the instances of stack set %s: %w", name, err)
	}
	return wait(ctx, a, name, aws.ToString(out.OperationId), "deleting stack instances", p)
}

// stubborn names what could not be deleted.
func stubborn(ctx context.Context, a *access.Access, name string) error {
	list, err := instances(ctx, a, name)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return deleteSet(ctx, a, name)
	}
	first := list[0]
	return hint.With(fmt.Errorf("stack set %s still has %s; %s says: %s", name, count.Of(len(list), "instance"), first.Pair, first.reason),
		"`layerfleet enforce status` lists them; run `layerfleet enforce remove` again when the reason is gone")
}

func deleteSet(ctx context.Context, a *access.Access, name string) error {
	_, err := a.CloudFormation(a.Home()).DeleteStackSet(ctx, &cloudformation.DeleteStackSetInput{StackSetName: &name})
	if err != nil {
		return fmt.Errorf("deleting stack set %s: %w", name, err)
	}
	return nil
}

// running is the id of an operation that has not ended, or "".
func running(ctx context.Context, a *access.Access, name string) (string, error) {
	pages := cloudformation.NewListStackSetOperationsPaginator(a.CloudFormation(a.Home()), &cloudformation.ListStackSetOperationsInput{StackSetName: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", fmt.Errorf("operations of stack set %s: %w", name, err)
		}
		for _, o := range page.Summaries {
			switch o.Status {
			case types.StackSetOperationStatusRunning, types.StackSetOperationStatusQueued, types.StackSetOperationStatusStopping:
				return aws.ToString(o.OperationId), nil
			}
		}
	}
	return "", nil
}

// settle waits for operations that somebody left running.
func settle(ctx context.Context, a *access.Access, name string, p Progress) error {
	for {
		operation, err := running(ctx, a, name)
		if err != nil || operation == "" {
			return err
		}
		if err := wait(ctx, a, name, operation, "waiting for an earlier operation", p); err != nil {
			return err
		}
	}
}

// stopRemediation turns automatic remediation off in all instances; detection stays until they are deleted.
func (s *set) stopRemediation(ctx context.Context, a *access.Access, p Progress) error {
	in := &cloudformation.UpdateStackSetInput{StackSetName: &s.name, Capabilities: capabilities(), OperationPreferences: preferences()}
	if len(s.parameters) > 0 {
		in.UsePreviousTemplate = aws.Bool(true)
	} else {
		s.content.Automatic = false
		body, err := runbook.Render(s.content)
		if err != nil {
			return err
		}
		in.TemplateBody = &body
	}
	for _, param := range s.parameters {
		key := aws.ToString(param.ParameterKey)
		if key == automaticParameter {
			in.Parameters = append(in.Parameters, types.Parameter{ParameterKey: aws.String(key), ParameterValue: aws.String("false")})
			continue
		}
		in.Parameters = append(in.Parameters, types.Parameter{ParameterKey: aws.String(key), UsePreviousValue: aws.Bool(true)})
	}
	out, err := a.CloudFormation(a.Home()).UpdateStackSet(ctx, in)
	if err != nil {
		return fmt.Errorf("turning remediation of stack set %s off: %w", s.name, err)
	}
	return wait(ctx, a, s.name, aws.ToString(out.OperationId), "turning remediation off", p)
}

// idle waits until no remediation of the set runs in any pair that can be read.
func (s *set) idle(ctx context.Context, a *access.Access, list []instance, p Progress) error {
	for {
		busy := make([]bool, len(list))
		g, gctx := errgroup.WithContext(ctx)
		g.SetLimit(readers)
		for n, i := range list {
			if !i.good() || !s.enforcesIn(i.Region) {
				continue
			}
			g.Go(func() error {
				var err error
				busy[n], err = executing(gctx, a, i, s.rule)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		left := 0
		for _, b := range busy {
			if b {
				left++
			}
		}
		if left == 0 {
			return nil
		}
		p("waiting for remediations to end", len(list)-left, len(list))
		if err := a.Clock().Sleep(ctx, pollEvery); err != nil {
			return err
		}
	}
}

// group gathers instances into as few operations as cover exactly them: one for each Region, with its accounts.
func group(list []instance, want func(instance) bool) []batch {
	var out []batch
	for _, i := range list {
		if !want(i) {
			continue
		}
		n := slices.IndexFunc(out, func(b batch) bool { return b.regions[0] == i.Region })
		if n < 0 {
			out = append(out, batch{regions: []string{i.Region}})
			n = len(out) - 1
		}
		out[n].accounts = append(out[n].accounts, i.AccountID)
		if i.unit != "" && !slices.Contains(out[n].units, i.unit) {
			out[n].units = append(out[n].units, i.unit)
		}
	}
	// Regions with the same accounts go in one operation.
	merged := out[:0]
	for _, b := range out {
		n := slices.IndexFunc(merged, func(x batch) bool { return slices.Equal(x.accounts, b.accounts) && slices.Equal(x.units, b.units) })
		if n < 0 {
			merged = append(merged, b)
			continue
		}
		merged[n].regions = append(merged[n].regions, b.regions...)
	}
	return merged
}

// batch is accounts × Regions of one operation.
type batch struct{ accounts, units, regions []string }

func (b batch) targets() (accounts []string, dt *types.DeploymentTargets) {
	if len(b.units) == 0 {
		return b.accounts, nil
	}
	return nil, &types.DeploymentTargets{OrganizationalUnitIds: b.units, Accounts: b.accounts, AccountFilterType: types.AccountFilterTypeIntersection}
}

var errNoSet = errors.New("there is no such stack set")
