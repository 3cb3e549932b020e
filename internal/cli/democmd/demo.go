// Package democmd is the command that tells the whole story on a sandbox.
package democmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/cli/command"
	fleetflags "github.com/layerfleet/layerfleet/internal/cli/sandboxcmd"
	"github.com/layerfleet/layerfleet/internal/demo"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/rehearsal"
	"github.com/layerfleet/layerfleet/internal/term"
	local "github.com/layerfleet/layerfleet/sandbox"
)

type options struct {
	fleetflags.FleetFlags
	format command.Format
	html   string
}

// New makes `layerfleet demo`.
func New(f *command.Factory) *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "run the whole story on a local organization and show what happened",
		Long: `Start a local AWS organization and run the whole story on it, over AWS's own protocols:
coverage, find, enforce (a canary OU first), evaluation, remediation, and what is left
and why. It needs no AWS account and touches none; runbooks need python3.

It ends with a table, and with a report as one HTML file.`,
		Example: `  layerfleet demo
  layerfleet demo --accounts 30 --functions 3000 --html report.html
  layerfleet demo --clean -o json`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), f, o) },
	}
	o.Add(cmd)
	command.FormatFlag(cmd, &o.format)
	cmd.Flags().StringVar(&o.html, "html", "layerfleet-demo.html", `file for the report; "" writes none`)
	return cmd
}

// teller passes the story's talk to the terminal.
type teller struct {
	t    *term.Terminal
	jobs func(job string, done, total int)
}

func (x teller) Say(format string, args ...any) {
	x.t.Status()
	x.t.Say(format, args...)
}

func (x teller) Progress(job string, done, total int) { x.jobs(job, done, total) }

func run(ctx context.Context, f *command.Factory, o options) error {
	opts, err := o.Options()
	if err != nil {
		return err
	}
	f.Terminal.Say("starting a sandbox of %s", fleetflags.Size(opts))
	sb, err := local.Start(ctx, opts)
	if err != nil {
		return err
	}
	story, err := tell(ctx, f, sb, opts.Regions)
	if err = errors.Join(err, sb.Close()); err != nil {
		return err
	}
	if o.html != "" {
		if err := writeReport(story, o.html); err != nil {
			return err
		}
	}
	if err := f.Show(o.format, story, func() error { return show(f.Terminal, story) }); err != nil {
		return err
	}
	if o.html != "" {
		f.Terminal.Say("report: %s", o.html)
	}
	return nil
}

func tell(ctx context.Context, f *command.Factory, sb *local.Sandbox, regions []string) (*demo.Story, error) {
	env := map[string]string{}
	for _, v := range rehearsal.Env(sb) {
		env[v.Name] = v.Value
	}
	var moves demo.Moves
	for _, name := range []string{local.LayerRuntime, local.LayerObserve} {
		newest, err := layer.ParseVersionARN(sb.NewestLayer(name, regions[0]))
		if err != nil {
			return nil, err
		}
		moves = append(moves, newest)
	}
	defer f.Terminal.Status()
	return demo.Run(ctx, demo.Target{
		Endpoint: sb.URL(), Account: env["AWS_ACCESS_KEY_ID"], Secret: env["AWS_SECRET_ACCESS_KEY"],
		Regions: regions, Aggregator: env["LAYERFLEET_AGGREGATOR"], Speed: sb.Speed(), Version: f.Version,
	}, moves, teller{t: f.Terminal, jobs: f.Terminal.Jobs()})
}

func writeReport(s *demo.Story, path string) error {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := errors.Join(s.WriteHTML(file), file.Close()); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// show prints the closing tables.
func show(t *term.Terminal, s *demo.Story) error {
	table := term.NewTable("ACCOUNT", "NAME", "REGION", "OUTDATED", "MOVED", "LEFT", "NOT COVERED").Right(3, 4, 5).Prose(6).Drop(1)
	for _, l := range s.Lines() {
		table.Row(l.AccountID, l.Name, l.Region, strconv.Itoa(l.Outdated), strconv.Itoa(l.Moved), strconv.Itoa(l.Left), l.NotCovered)
	}
	if err := table.Write(t); err != nil {
		return err
	}
	if len(s.Left) > 0 {
		if _, err := fmt.Fprintln(t.Out()); err != nil {
			return err
		}
		left := term.NewTable("ACCOUNT", "REGION", "LEFT", "WHY").Prose(3)
		for _, l := range s.Left {
			left.Row(l.AccountID, l.Region, l.Function, l.Reason)
		}
		if err := left.Write(t); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(t.Out(), "\n%d outdated functions: %d moved, %d left; %d layer lists untouched; %d pairs not covered; %.1f seconds\n",
		s.OutdatedBefore, s.Remediated, len(s.Left), s.Unchanged, len(s.NotCovered), s.Seconds)
	return err
}
