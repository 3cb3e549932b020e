package enforcecmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/enforce"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/move"
	"github.com/layerfleet/layerfleet/internal/resolve"
	"github.com/layerfleet/layerfleet/internal/runbook"
)

func newStatus(f *command.Factory) *cobra.Command {
	var o common
	cmd := &cobra.Command{
		Use:   "status",
		Short: "show what enforcement does in every account and Region",
		Long: `Show what became of the functions of each pair (one account in one Region), read in the
accounts themselves: right, open (AWS is not done with them), failed, excepted (AWS Config
gave up), left (not to be moved, with a reason), exempt, on another version, or not using
the layers at all. What could not be read is "?", never 0.`,
		Example: `  layerfleet enforce status
  layerfleet enforce status -o json | jq '.functions'`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := f.Access(cmd.Context())
			if err != nil {
				return err
			}
			show, done := progress(f)
			s, err := enforce.ReadStatus(cmd.Context(), a, o.name, show)
			done()
			if err != nil {
				return err
			}
			if err := f.Show(o.format, s, func() error { return showStatus(f.Terminal, s) }); err != nil {
				return err
			}
			return ending(s).Conclude()
		},
	}
	o.flags(f, cmd)
	return cmd
}

func newRetry(f *command.Factory) *cobra.Command {
	var (
		o        common
		consent  command.Consent
		operator string
	)
	cmd := &cobra.Command{
		Use:   "retry",
		Short: "clear remediation exceptions and start failed remediations and instances again",
		Long: `Start again what failed: remediations that AWS Config gave up on (their exceptions are
cleared first), and stack instances that did not deploy. Fix the cause first.`,
		Example: `  layerfleet enforce retry
  layerfleet enforce retry --operator-role LayerfleetOperatorRole --yes`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			a, err := f.Access(ctx)
			if err != nil {
				return err
			}
			show, done := progress(f)
			s, err := enforce.ReadStatus(ctx, a, o.name, show)
			done()
			if err != nil {
				return err
			}
			stuck, outdated, needless := s.Stuck(), s.Outdated(), s.Needless()
			if len(stuck)+len(outdated)+len(needless) == 0 {
				f.Terminal.Say("nothing failed: nothing to do")
			} else {
				f.Terminal.Say("%s and %s will be started again", count.Of(len(stuck), "remediation"), count.Of(len(outdated), "stack instance"))
				if len(needless) > 0 {
					f.Terminal.Say("exceptions of %s that are right will be cleared", count.Of(len(needless), "function"))
				}
				if err := consent.Ask(f.Terminal, "retry?"); err != nil {
					return err
				}
			}
			r, err := enforce.Retry(ctx, a, a.WithRole(operator), s, show)
			done()
			if err != nil {
				return hint.With(err, fmt.Sprintf("what was started continues in AWS: `layerfleet enforce retry --name %s` starts the rest", o.name))
			}
			err = f.Show(o.format, r, func() error {
				for _, x := range r.Functions {
					f.Terminal.Say("started again: %s %s", x.Pair, x.Function)
				}
				for _, p := range r.Instances {
					f.Terminal.Say("deployed again: %s", p)
				}
				for _, x := range r.Cleared {
					f.Terminal.Say("exception cleared: %s %s", x.Pair, x.Function)
				}
				for _, x := range r.Failed {
					f.Terminal.Say("could not start: %s %s: %s", x.Pair, x.Function, enforce.Why(x.Reason))
				}
				return nil
			})
			if err != nil {
				return err
			}
			return command.Conclude(len(r.Failed) == 0, false)
		},
	}
	o.flags(f, cmd)
	consent.Flag(cmd)
	cmd.Flags().StringVar(&operator, "operator-role", access.OperatorRole, "role in the accounts that may clear exceptions and start remediations")
	return cmd
}

func newRemove(f *command.Factory) *cobra.Command {
	var (
		o       common
		consent command.Consent
	)
	cmd := &cobra.Command{
		Use:   "remove",
		Short: "take enforcement away from all accounts and Regions",
		Long: `Take enforcement away: turn remediation off, wait for what runs, delete the stack
instances, then the stack set. Functions keep the layers they have now. It can be
repeated after any interruption.`,
		Example: `  layerfleet enforce remove
  layerfleet enforce remove --name certificates --yes`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			a, err := f.Access(ctx)
			if err != nil {
				return err
			}
			n, err := enforce.Instances(ctx, a, o.name)
			if err != nil {
				return err
			}
			if n < 0 {
				f.Terminal.Say("there is no stack set %s: nothing to do", o.name)
				n = 0
			} else {
				f.Terminal.Say("stack set %s and its %s will be deleted; functions keep the layers that they have when remediation is off", o.name, count.Of(n, "stack instance"))
				if err := consent.Ask(f.Terminal, "remove?"); err != nil {
					return err
				}
			}
			show, done := progress(f)
			err = enforce.Remove(ctx, a, o.name, show)
			done()
			if err != nil {
				return hint.With(err, fmt.Sprintf("what was started continues in AWS: `layerfleet enforce remove --name %s` does the rest", o.name))
			}
			removed := struct {
				FormatVersion string `json:"format_version"`
				StackSet      string `json:"stack_set"`
				Removed       int    `json:"removed"`
			}{"1", o.name, n}
			return f.Show(o.format, removed, func() error {
				f.Terminal.Say("removed stack set %s", o.name)
				return nil
			})
		},
	}
	o.flags(f, cmd)
	consent.Flag(cmd)
	return cmd
}

func newRender(f *command.Factory) *cobra.Command {
	var (
		o       common
		m       moveFlags
		regions command.List
	)
	cmd := &cobra.Command{
		Use:   "render",
		Short: "print the CloudFormation template that deploy would use",
		Long: `Print the CloudFormation template that deploy would use, and change nothing. It finds
the version numbers of other Regions as deploy does.`,
		Example: `  layerfleet enforce render --old ARN --new ARN --regions us-east-1,eu-west-1 > enforcement.yaml`,
		Args:    command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			wishes, err := m.wishes()
			if err != nil {
				return err
			}
			a, err := f.Access(cmd.Context())
			if err != nil {
				return err
			}
			moves, err := resolve.Moves(cmd.Context(), a, wishes, resolve.Options{Regions: regions, SameNumbers: m.same, ExemptTag: move.DefaultExemptTag})
			if err != nil {
				return err
			}
			body, err := runbook.Render(runbook.Content{Name: o.name, Revision: runbook.Revision{Number: 1, Moves: moves, Automatic: !m.detect}})
			if err != nil {
				return err
			}
			value := struct {
				FormatVersion string      `json:"format_version"`
				Moves         []move.Move `json:"moves"`
				Template      string      `json:"template"`
			}{"1", moves, body}
			return f.Show(o.format, value, func() error {
				_, err := fmt.Fprint(f.Terminal.Out(), body)
				return err
			})
		},
	}
	o.flags(f, cmd)
	m.flags(cmd)
	cmd.Flags().Var(&regions, "regions", "Regions to render for, in addition to those of the ARNs (default for releases: all that have them)")
	return cmd
}
