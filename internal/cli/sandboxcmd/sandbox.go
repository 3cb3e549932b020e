// Package sandboxcmd is the command that serves a local AWS organization.
package sandboxcmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/rehearsal"
	local "github.com/layerfleet/layerfleet/sandbox"
)

// options are the command's flags.
type options struct {
	FleetFlags
	troubleFlags
	listen  string
	envFile string
}

// New makes `layerfleet sandbox`.
func New(f *command.Factory) *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "serve a local AWS organization to rehearse on",
		Long: `Serve a local AWS organization that speaks AWS's own protocols: accounts in OUs,
Lambda functions with layers, AWS Config with an aggregator and rules, Systems
Manager Automation, CloudFormation StackSets, IAM, CloudWatch.

Functions are called, some often, most rarely, and now and then a call fails:
CloudWatch has the metrics. --breaks and --outage make more calls fail, to rehearse
what a bad release or a bad day looks like.

Every account's access key is its number; 100000000000 is the management account, and
900000000001 an account outside the organization, to try what grants keep out.

It listens on loopback only and keeps everything in memory. When it is ready it
prints shell lines that point the AWS CLI, boto3, the SDKs and layerfleet at it.
It runs until it gets an interrupt or SIGTERM.

Time passes faster in it: what takes AWS a minute takes a second. So do the waits of
commands that run against it: LAYERFLEET_CLOCK, one of those lines, tells them.
Scripts of runbooks are run by python3, with your own rights.`,
		Example: `  layerfleet sandbox --env-file /tmp/sandbox.env
  . /tmp/sandbox.env && aws organizations list-accounts     # in another terminal
  layerfleet sandbox --accounts 50 --regions us-east-1,eu-west-1 --functions 20000
  layerfleet sandbox --clean --speed 1
  layerfleet sandbox --breaks common-runtime:7=5% --outage us-east-1@2h+30m=20%`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), f, o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.listen, "listen", "127.0.0.1:4599", "loopback address to listen on; port 0 takes a free one")
	flags.StringVar(&o.envFile, "env-file", "", "file to write the shell lines to when the sandbox is ready")
	o.Add(cmd)
	o.add(cmd)
	return cmd
}

func run(ctx context.Context, f *command.Factory, o options) error {
	opts, err := o.Options()
	if err != nil {
		return err
	}
	opts.Listen, opts.Breaks, opts.Outages = o.listen, o.breaks.list, o.outages.list
	if o.envFile != "" {
		// A file of an earlier run would point at nothing while this one starts.
		if err := os.Remove(o.envFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("env file: %w", err)
		}
	}
	f.Terminal.Say("starting a sandbox of %s", Size(opts))
	sb, err := local.Start(ctx, opts)
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			err = hint.With(err, "give --listen 127.0.0.1:0 to take a free port")
		}
		return err
	}
	defer func() { _ = sb.Close() }() // the process ends with it
	env := rehearsal.Env(sb)
	if o.envFile != "" {
		if err := writeFile(o.envFile, lines(env)); err != nil {
			return fmt.Errorf("env file: %w", err)
		}
	}
	if _, err := fmt.Fprint(f.Terminal.Out(), lines(env)); err != nil {
		return err
	}
	f.Terminal.Say("listening on %s, time passes %g times as fast; stop it with Ctrl-C", sb.URL(), sb.Speed())
	<-ctx.Done()
	f.Terminal.Say("stopping")
	return sb.Close()
}

// lines are the variables as a POSIX shell takes them. Their values hold nothing that a shell would expand.
func lines(env []local.Variable) string {
	var b strings.Builder
	for _, v := range env {
		b.WriteString("export " + v.Name + "=" + v.Value + "\n")
	}
	return b.String()
}

// writeFile makes the file appear whole, readable by its owner only: it holds a key.
func writeFile(path, text string) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".layerfleet-env-*")
	if err != nil {
		return err
	}
	_, err = tmp.WriteString(text)
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(tmp.Name()))
	}
	return err
}
