package enforcecmd

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/enforce"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/stackset"
	"github.com/layerfleet/layerfleet/internal/term"
)

type deployOptions struct {
	common
	moveFlags
	consent                  command.Consent
	accounts, units, regions command.List
	all, self                bool
	canary                   string
	wait                     time.Duration
	aggregator               string
}

func newDeploy(f *command.Factory) *cobra.Command {
	var o deployOptions
	cmd := &cobra.Command{
		Use:   "deploy",
		Short: "deploy enforcement to accounts and Regions, a canary first",
		Long: `Deploy the rule and the runbook to accounts and Regions, then follow what they do.

It first shows which functions will change, where, and what that costs, and asks. It
deploys to a canary first (--canary: an OU or a Region; by default the OU called
"canary" if there is one, else the first Region) and continues when no function is open
there, unless every remediation failed. If functions are open for --wait, it stops;
deploying again continues. A change of a deployed set goes stage by stage, too. The plan
counts pairs: a pair is one account in one Region.

Version numbers differ per Region: those of other Regions than the ARNs' own are found
by content, or taken from the catalog where --new names a release or a channel. Deploying
the same again sends nothing.`,
		Example: `  layerfleet enforce deploy --new common-deps@stable --all --regions us-east-1,eu-west-1
  layerfleet enforce deploy --old arn:aws:lambda:us-east-1:111122223333:layer:deps:5 \
      --new arn:aws:lambda:us-east-1:111122223333:layer:deps:6 --all --regions us-east-1,eu-west-1
  layerfleet enforce deploy --old ARN --new ARN --accounts 111122224444 --regions us-east-1 --detect-only
  layerfleet enforce deploy --old ARN --new ARN --ou Production --regions us-east-1 --canary none --yes`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDeploy(cmd, f, &o) },
	}
	o.common.flags(f, cmd)
	o.moveFlags.flags(cmd)
	o.consent.Flag(cmd)
	flags := cmd.Flags()
	flags.Var(&o.accounts, "accounts", "deploy to these accounts")
	flags.Var(&o.units, "ou", "deploy to the accounts of these OUs (id or name), those that join later too")
	flags.BoolVar(&o.all, "all", false, "deploy to all accounts of the organization, those that join later too")
	flags.Var(&o.regions, "regions", "deploy to these Regions")
	flags.BoolVar(&o.self, "self-managed", false, "deploy through the StackSets execution roles of --accounts")
	flags.StringVar(&o.canary, "canary", "", "OU or Region to deploy to first, or none")
	flags.DurationVar(&o.wait, "wait", 2*time.Hour, "how long to follow remediation, of the canary and at the end; with 0 a canary is judged by the next deploy")
	flags.StringVar(&o.aggregator, "aggregator", f.Env("LAYERFLEET_AGGREGATOR"), "AWS Config aggregator to find functions with (env LAYERFLEET_AGGREGATOR)")
	return cmd
}

func runDeploy(cmd *cobra.Command, f *command.Factory, o *deployOptions) error {
	wishes, err := o.wishes()
	if err != nil {
		return err
	}
	opts := enforce.Options{
		Name: o.name, Wishes: wishes, SameVersionInAllRegions: o.same, DetectOnly: o.detect,
		Canary: o.canary, Wait: o.wait, Aggregator: o.aggregator, Tool: f.Version,
		Selection: enforce.Selection{Accounts: o.accounts, Units: o.units, All: o.all, Regions: o.regions, SelfManaged: o.self},
	}
	if err := opts.Selection.Check(); err != nil {
		return err
	}
	ctx := cmd.Context()
	a, err := f.Access(ctx)
	if err != nil {
		return err
	}
	show, done := progress(f)
	plan, err := enforce.Prepare(ctx, a, opts, show)
	done()
	if err != nil {
		return err
	}
	if err := showPlan(f.Terminal, plan); err != nil {
		return err
	}
	if !plan.Nothing() {
		if err := o.consent.Ask(f.Terminal, "deploy?"); err != nil {
			return err
		}
	}
	status, err := plan.Apply(ctx, a, show)
	done()
	if status == nil {
		return unfinished(o.name, err)
	}
	if err := f.Show(o.format, status, func() error { return showStatus(f.Terminal, status) }); err != nil {
		return err
	}
	switch {
	case errors.Is(err, enforce.ErrCanary):
		f.Terminal.Say("%s\nhint: `layerfleet enforce status --name %s` shows what failed; deploy again to continue, or `layerfleet enforce remove --name %s`", err, o.name, o.name)
		return command.Outcome(command.Findings)
	case errors.Is(err, enforce.ErrNotFinished):
		f.Terminal.Say("%s\nhint: deploy again to continue", err)
		return command.Outcome(command.NotFinished)
	}
	return ending(status).Conclude()
}

// ending is what a status says of how a command ends.
func ending(s *enforce.Status) command.Ending {
	t := s.Total
	return command.Ending{
		Open:     t.Open > 0 || s.Operation != "",
		Partial:  !s.Covered() || t.Failed+t.Excepted > 0,
		Findings: t.Left+t.Findings > 0,
	}
}

// unfinished says, after an end that was not planned, what continues in AWS and how to
// continue here.
func unfinished(name string, err error) error {
	if errors.Is(err, stackset.ErrChanged) {
		return err
	}
	err = hint.With(err, fmt.Sprintf("deploy again to continue, or take it away: `layerfleet enforce remove --name %s`", name))
	return hint.With(err, fmt.Sprintf("what was started continues in AWS: `layerfleet enforce status --name %s` shows it", name))
}

// showPlan prints on standard error: it belongs to the question, it is not the result.
func showPlan(t *term.Terminal, p *enforce.Plan) error {
	for _, line := range enforce.Lines(p.Moves) {
		t.Say("%s", line)
	}
	for _, note := range p.Notes {
		t.Say("note: %s", note)
	}
	if p.Nothing() {
		t.Say("stack set %s is deployed as wanted in every pair: nothing is sent", p.StackSet)
		return nil
	}
	verb := map[string]string{"create": "will be created", "update": "will be updated", "continue": "is deployed; what is left will be done"}[p.Action]
	t.Say("stack set %s %s, in %s and %s:", p.StackSet, verb, count.Of(p.Accounts, "account"), count.Of(len(p.Regions), "Region"))
	for _, s := range p.Stages {
		t.Say("  %s: %s, %s", s.Name, count.Of(s.Pairs, "pair"), count.Of(s.Functions, "function"))
	}
	what := "will be moved"
	if !p.Automatic {
		what = "will be found non-compliant; none will be changed"
	}
	t.Say("%s %s", count.Of(len(p.Functions), "function"), what)
	const most = 10
	for i, fn := range p.Functions {
		if i == most {
			t.Say("  … and %d more", len(p.Functions)-most)
			break
		}
		t.Say("  %s  %s", fn.Pair, fn.Name)
	}
	reasons := map[fleet.Code]int{}
	for _, l := range p.Left {
		reasons[l.Code]++
	}
	for _, code := range slices.Sorted(maps.Keys(reasons)) {
		t.Say("left: %s: %s", count.Of(reasons[code], "function"), code.Sentence())
	}
	for _, n := range append(p.Uncovered, p.Coverage.NotCovered...) {
		t.Say("not covered: %s: %s", n.Pair, n.Code.Sentence())
	}
	t.Say("cost: %s", p.Cost)
	return nil
}
