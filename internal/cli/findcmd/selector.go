package findcmd

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
)

// selector reads --layer and --older-than. The catalog is read only where one of them
// names a release or a channel.
func selector(cmd *cobra.Command, o findOptions) (layer.Selector, error) {
	if catalog.IsRef(o.layer) {
		if o.olderThan != "" {
			return layer.Selector{}, hint.With(fmt.Errorf("%q names one release, so that it cannot be limited to older ones", o.layer), "give --layer NAME --older-than RELEASE")
		}
		return released(o)
	}
	number, err := strconv.ParseInt(o.olderThan, 10, 64)
	switch {
	case !cmd.Flags().Changed("older-than"):
		number = 0
	case err != nil && (catalog.ValidRelease(o.olderThan) || catalog.ValidChannel(o.olderThan)):
		return older(o)
	case err != nil:
		return layer.Selector{}, hint.With(fmt.Errorf("--older-than %q is neither a version number nor a release nor a channel", o.olderThan), "such as 7, 2.3.1 or stable")
	case number < 1:
		number = -1 // 0 means no limit; whoever types it means a version
	}
	return layer.ParseSelector(o.layer, number)
}

// released selects the versions of one release.
func released(o findOptions) (layer.Selector, error) {
	ref, err := catalog.ParseRef(o.layer)
	if err != nil {
		return layer.Selector{}, err
	}
	c, err := command.LoadCatalog(o.catalog)
	if err != nil {
		return layer.Selector{}, err
	}
	l, r, err := c.Resolve(ref)
	if err != nil {
		return layer.Selector{}, err
	}
	return layer.Selector{Name: l.Name, Pick: r.Is, What: "layer " + l.Name + " release " + r.Name}, nil
}

// older selects the versions that are older than a release.
func older(o findOptions) (layer.Selector, error) {
	sel, err := layer.ParseSelector(o.layer, 0)
	switch {
	case err != nil:
		return sel, err
	case sel.Name == "":
		return sel, hint.With(fmt.Errorf("--older-than %s names a release of no layer", o.olderThan), "name the layer: --layer NAME")
	case sel.Version > 0:
		return sel, hint.With(fmt.Errorf("%q names one version, so that it cannot be limited to older ones", o.layer), "leave out the version: "+sel.ARN.String())
	}
	c, err := command.LoadCatalog(o.catalog)
	if err != nil {
		return sel, err
	}
	l, r, err := c.Resolve(catalog.Ref{Layer: sel.Name, At: o.olderThan})
	if err != nil {
		return sel, err
	}
	sel.Pick, sel.What = l.OlderThan(r), sel.String()+" older than release "+r.Name
	return sel, nil
}
