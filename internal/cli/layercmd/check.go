package layercmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer/check"
	"github.com/layerfleet/layerfleet/internal/policy"
	"github.com/layerfleet/layerfleet/internal/publish"
	"github.com/layerfleet/layerfleet/internal/report"
)

type checkOptions struct {
	file          string
	layer         string
	runtimes      command.List
	architectures command.List
	format        command.Format
}

func newCheck(f *command.Factory) *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check DIR|ZIP",
		Short: "say what would fail at run time in a layer's directory or zip, without credentials",
		Long: `check looks into a layer before it is published, as publish does. It needs no
credentials and no network.

Refused is what cannot work, or must not leave: native code for another processor or
system, system libraries newer than the runtime's, extensions that no declared Python
loads, modes that keep Lambda from reading or executing, archives that harm whoever
unpacks them, secrets. Noted is what may not work: code for musl, libraries that are
not there, packages for other versions, left-overs.

What the layer is for says --runtime and --arch, or the fleet policy with --layer, which
also has the exceptions (allow:). Without runtimes nothing is compared with them.`,
		Example: `  layerfleet layer check layers/common-deps --runtime python3.13 --arch x86_64
  layerfleet layer check layer.zip --layer common-deps
  layerfleet layer check layers/common-deps --layer common-deps -o sarif > layer.sarif`,
		Args: command.ExactArgs("a directory or a zip"),
		RunE: func(cmd *cobra.Command, args []string) error { return runCheck(cmd, f, o, args[0]) },
	}
	flags := cmd.Flags()
	flags.Var(&o.runtimes, "runtime", "runtimes that the layer is for")
	flags.Var(&o.architectures, "arch", "architectures that the layer is for: x86_64, arm64")
	flags.StringVar(&o.layer, "layer", "", "take runtimes, architectures and exceptions from this layer of the fleet policy")
	flags.StringVar(&o.file, "file", policy.FileName, "the fleet policy")
	command.FormatFlag(cmd, &o.format, command.SARIF)
	return cmd
}

func runCheck(cmd *cobra.Command, f *command.Factory, o checkOptions, path string) error {
	declared, err := o.declared(cmd)
	if err != nil {
		return err
	}
	tree, r, err := check.Source(cmd.Context(), path, declared)
	if err != nil {
		return err
	}
	if tree != nil {
		if err := tree.Close(); err != nil {
			return err
		}
	}
	if o.format == command.SARIF {
		err = report.SARIF(f.Terminal.Out(), f.Version, sarifOf(r))
	} else {
		err = f.Show(o.format, r, func() error { return showCheck(f, r) })
	}
	if err != nil {
		return err
	}
	return command.Conclude(true, !r.Clean())
}

// declared is what the layer is checked against.
func (o checkOptions) declared(cmd *cobra.Command) (check.Options, error) {
	var d check.Options
	if o.layer != "" {
		p, err := policy.Load(o.file)
		if err != nil {
			return d, err
		}
		i := slices.IndexFunc(p.Layers, func(l policy.Layer) bool { return l.Name == o.layer })
		if i < 0 {
			var names []string
			for _, l := range p.Layers {
				names = append(names, l.Name)
			}
			return d, hint.With(fmt.Errorf("%s has no layer %q", o.file, o.layer), "it has "+strings.Join(names, ", "))
		}
		d = publish.CheckOptions(p.Layers[i])
	}
	if len(o.runtimes) > 0 {
		d.Runtimes = o.runtimes
	}
	if len(o.architectures) > 0 {
		d.Architectures = o.architectures
	}
	for _, a := range d.Architectures {
		if a != "x86_64" && a != "arm64" {
			return d, command.FlagError(fmt.Errorf("--arch %q is not an architecture of Lambda: it has x86_64 and arm64", a), cmd)
		}
	}
	return d, nil
}
