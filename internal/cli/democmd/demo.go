// Package democmd is the command that runs the whole loop on a sandbox.
package democmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/atomicfile"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	fleetflags "github.com/layerfleet/layerfleet/internal/cli/sandboxcmd"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/demo"
	"github.com/layerfleet/layerfleet/internal/hint"
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
		Short: "run the whole loop on a local organization and show what happened",
		Long: `Start a local AWS organization and run the whole loop on it, over AWS's own protocols:
coverage, find, enforce (a canary OU first), evaluation, remediation, and what is left
and why. It needs no AWS account and touches none; runbooks need python3.

Unlike in a sandbox of its own, evaluations, stack set operations and the aggregator
take seconds in it, not minutes; --quirk evaluation-delay=minutes and the like change that.

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

// reporter passes what is reported to the terminal.
type reporter struct {
	t    *term.Terminal
	jobs func(job string, done, total int)
}

func (x reporter) Say(format string, args ...any) {
	x.t.Status()
	x.t.Say(format, args...)
}

func (x reporter) Progress(job string, done, total int) { x.jobs(job, done, total) }

// quick are quirks on sides that let the demo end in half a minute, but for those that are chosen.
func quick(chosen map[string]string) map[string]string {
	quirks := map[string]string{"evaluation-delay": "seconds", "stack-set-operation-time": "seconds", "aggregator-delay": "seconds"}
	maps.Copy(quirks, chosen)
	return quirks
}

func run(ctx context.Context, f *command.Factory, o options) error {
	opts, err := o.Options()
	if err != nil {
		return err
	}
	if err := canWrite(o.html); err != nil {
		return err
	}
	opts.Quirks = quick(opts.Quirks)
	f.Terminal.Say("starting a sandbox of %s", fleetflags.Size(opts))
	sb, err := local.Start(ctx, opts)
	if err != nil {
		return err
	}
	result, err := loop(ctx, f, sb, opts.Regions)
	if err = errors.Join(err, sb.Close()); err != nil {
		return err
	}
	if o.html != "" {
		if err := writeReport(result, o.html); err != nil {
			return err
		}
	}
	if err := f.Show(o.format, result, func() error { return show(f.Terminal, result) }); err != nil {
		return err
	}
	if o.html != "" {
		f.Terminal.Say("report: %s", o.html)
	}
	return nil
}

func loop(ctx context.Context, f *command.Factory, sb *local.Sandbox, regions []string) (*demo.Result, error) {
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
	}, moves, reporter{t: f.Terminal, jobs: f.Terminal.Jobs()})
}

// canWrite says before the run whether there will be a place for the report. A report
// of an earlier run stays until there is a new one.
func canWrite(path string) error {
	if path == "" {
		return nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return hint.With(fmt.Errorf("--html %s is a folder", path), "name a file in it")
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".layerfleet-demo-*")
	if err != nil {
		if at, ok := errors.AsType[*fs.PathError](err); ok {
			err = at.Err // the name of the file that was tried says nothing
		}
		return hint.With(fmt.Errorf("--html %s cannot be written: %w", path, err), `name another file, or give --html "" for none`)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func writeReport(r *demo.Result, path string) error {
	var page bytes.Buffer
	err := r.WriteHTML(&page)
	if err == nil {
		err = atomicfile.Write(path, page.Bytes())
	}
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// show prints the closing tables.
func show(t *term.Terminal, r *demo.Result) error {
	table := term.NewTable("ACCOUNT", "NAME", "REGION", "OUTDATED", "MOVED", "LEFT", "NOT COVERED").Right(3, 4, 5).Prose(6).Drop(1)
	for _, l := range r.Lines() {
		if l.NotCovered != "" { // unknown, which is not none
			table.Row(l.AccountID, l.Name, l.Region, "?", "?", "?", l.NotCovered)
			continue
		}
		table.Row(l.AccountID, l.Name, l.Region, strconv.Itoa(l.Outdated), strconv.Itoa(l.Moved), strconv.Itoa(l.Left), "")
	}
	if err := table.Write(t); err != nil {
		return err
	}
	if len(r.Left) > 0 {
		if _, err := fmt.Fprintln(t.Out()); err != nil {
			return err
		}
		left := term.NewTable("ACCOUNT", "REGION", "LEFT", "WHY").Prose(3)
		for _, l := range r.Left {
			left.Row(l.AccountID, l.Region, l.Function, l.Why())
		}
		if err := left.Write(t); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(t.Out(), "\n%s: %d moved, %d left; %s unchanged; %s not covered; %.1f seconds\n",
		count.Of(r.OutdatedBefore, "outdated function"), r.Remediated, len(r.Left), count.Of(r.Unchanged, "layer list"), count.Of(len(r.NotCovered), "pair"), r.Seconds)
	return err
}
