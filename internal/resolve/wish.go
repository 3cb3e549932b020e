// Package resolve finds out what a wish means in each Region: which version numbers have the content that a person
// named by ARN, or by release or channel of the catalog.
package resolve

import (
	"fmt"

	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
)

// Wish is one --old/--new: what to leave and what to go to. Either ARNs say it, in the Region that they name, or
// releases of the catalog, in all Regions.
type Wish struct {
	Old string // layer version ARN, or layer ARN for every other version
	New string // layer version ARN

	Layer string           // name of the layer that the releases are of; empty with ARNs
	From  *catalog.Release // nil for every other version
	To    *catalog.Release
}

// numbers are what a wish says of one Region: the layer there, and its versions; old is 0 for every other one.
type numbers struct {
	layer    layer.ARN
	old, new int64
}

// parse reads a wish that names ARNs.
func (w Wish) parse() (numbers, error) {
	to, err := layer.ParseVersionARN(w.New)
	if err != nil {
		return numbers{}, fmt.Errorf("--new: %w", err)
	}
	from, err := layer.ParseVersionARN(w.Old)
	if err != nil {
		whole, wholeErr := layer.ParseARN(w.Old)
		if wholeErr != nil {
			return numbers{}, fmt.Errorf("--old: %w", err)
		}
		from = whole.At(0)
	}
	switch {
	case from.Partition != to.Partition || from.Region != to.Region:
		return numbers{}, hint.With(fmt.Errorf("--old is in %s, --new in %s", from.Region, to.Region),
			"a function can only use layers of its own Region; give a pair of --old and --new for each Region")
	case from.ARN != to.ARN:
		return numbers{}, hint.With(fmt.Errorf("--old is layer %s, --new layer %s", from.ARN, to.ARN),
			"enforcement moves functions between versions of one layer")
	case from.Version == to.Version:
		return numbers{}, fmt.Errorf("--old and --new are the same version: %s", to)
	}
	return numbers{layer: to.ARN, old: from.Version, new: to.Version}, nil
}
