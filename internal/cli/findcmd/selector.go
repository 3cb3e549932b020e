package findcmd

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
)

// selection is what a command was asked for: a layer, and which versions of it.
type selection struct {
	layer     string // as --layer says
	olderThan string // as --older-than says; nothing when limited is false
	limited   bool   // whether there is an --older-than
	catalog   string // its path
}

// selector reads a selection. The catalog is read only where it names a release or a
// channel.
func (s selection) selector() (layer.Selector, error) {
	switch {
	case !s.limited && catalog.IsRef(s.layer):
		return s.released()
	case !s.limited:
		return layer.ParseSelector(s.layer, 0)
	case s.layer == "":
		return layer.Selector{}, hint.With(errors.New("--older-than needs --layer: versions are those of one layer"), "name the layer: --layer NAME")
	case catalog.IsRef(s.layer):
		return layer.Selector{}, hint.With(fmt.Errorf("%q names one release, which cannot be limited to older ones", s.layer), "give --layer NAME --older-than RELEASE")
	}
	number, err := strconv.ParseInt(s.olderThan, 10, 64)
	switch {
	case err != nil && (catalog.ValidRelease(s.olderThan) || catalog.ValidChannel(s.olderThan)):
		return s.older()
	case err != nil:
		return layer.Selector{}, hint.With(fmt.Errorf("--older-than %q is neither a version number nor a release nor a channel", s.olderThan), "such as 7, 2.3.1 or stable")
	case number < 1:
		return layer.Selector{}, hint.With(fmt.Errorf("--older-than %d: no layer version has that number, they begin with 1", number), "leave out --older-than to find every version")
	}
	return layer.ParseSelector(s.layer, number)
}

// released selects the versions of one release.
func (s selection) released() (layer.Selector, error) {
	ref, err := catalog.ParseRef(s.layer)
	if err != nil {
		return layer.Selector{}, err
	}
	c, err := command.LoadCatalog(s.catalog)
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
func (s selection) older() (layer.Selector, error) {
	sel, err := layer.ParseSelector(s.layer, 0)
	switch {
	case err != nil:
		return sel, err
	case sel.Version > 0:
		return sel, hint.With(fmt.Errorf("%q names one version, which cannot be limited to older ones", s.layer), "leave out the version: "+sel.ARN.String())
	}
	c, err := command.LoadCatalog(s.catalog)
	if err != nil {
		return sel, err
	}
	l, r, err := c.Resolve(catalog.Ref{Layer: sel.Name, At: s.olderThan})
	if err != nil {
		return sel, err
	}
	sel.Pick, sel.What = l.OlderThan(r), sel.String()+" older than release "+r.Name
	return sel, nil
}
