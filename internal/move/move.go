// Package move says what is to happen to a function: which of its layers go to which version, and why others stay.
// Whoever judges or shows functions asks here; the Guard policy and the runbook script of package runbook, which judge
// them where they run, are held to it by one table of cases. No I/O.
package move

import (
	"slices"
	"strconv"
	"strings"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/layer"
)

// Move takes the functions that use a layer from some of its versions to one.
type Move struct {
	// Layer is the layer in all Regions: the Region of its ARN says nothing.
	Layer layer.ARN `json:"layer"`
	// Release is what the catalog calls the content of New; empty for versions that were named by number.
	Release string `json:"release,omitempty"`
	// Regions have version numbers of their own for the same content. Of a Region that is not among them nothing is
	// known.
	Regions map[string]Region `json:"regions"`
	Accept  Accept            `json:"accept,omitzero"`
	// ExemptTag lets functions out that have a tag of this name, whatever its value; empty allows no exemptions.
	ExemptTag string `json:"exempt_tag,omitempty"`
}

// DefaultExemptTag is the tag that exempts a function unless another is chosen.
const DefaultExemptTag = "LayerfleetExempt"

// Region is a move in one Region.
type Region struct {
	// New is the version to go to. Without one, nothing moves here, and the reason says why.
	New Version `json:"new,omitzero"`
	// Old are the versions to leave. Nil means every version that is not right; a list without elements, none.
	Old []int64 `json:"old,omitzero"`
	// Also are right besides New: functions on them stay.
	Also []int64 `json:"also,omitempty"`
	fleet.Reason
}

// Version is a layer version in the Region where its number counts.
type Version struct {
	Number int64 `json:"version"` // from 1 up
	// SHA256 is its content as Lambda states it (base64); empty: not known, and not checked.
	SHA256 string `json:"sha256,omitempty"`
	// Runtimes and Architectures are those that it declares; none: it declares none, or nobody looked.
	Runtimes      []string `json:"runtimes,omitempty"`
	Architectures []string `json:"architectures,omitempty"`
}

// Accept are mismatches between a function and what New declares that do not keep the function where it is.
type Accept struct {
	Architecture bool `json:"architecture,omitempty"`
	Runtime      bool `json:"runtime,omitempty"`
}

// In is the move in a Region: false if it has nothing to go to there, with the reason in the Region that is returned.
func (m Move) In(region string) (Region, bool) {
	r, known := m.Regions[region]
	switch {
	case !known:
		r = Region{Reason: fleet.Reason{Code: fleet.RegionUnknown}}
	case r.New.Number == 0 && r.Code == "":
		r.Code = fleet.NoVersionInRegion
	}
	return r, r.New.Number > 0
}

// At is version n of the layer in a Region.
func (m Move) At(region string, n int64) layer.VersionARN { return m.Layer.WithRegion(region).At(n) }

// SameLayer reports whether both are about one layer.
func (m Move) SameLayer(o Move) bool {
	m.Layer.Region, o.Layer.Region = "", ""
	return m.Layer == o.Layer
}

// Spread is the move with the numbers of its only Region in others too, where they are said to agree. It stays as it
// is if it has several.
func (m Move) Spread(regions ...string) Move {
	if len(m.Regions) != 1 {
		return m
	}
	all := map[string]Region{}
	for home, r := range m.Regions {
		all[home] = r
		for _, region := range regions {
			all[region] = r
		}
	}
	m.Regions = all
	return m
}

// right reports whether functions on version n are where they should be.
func (r Region) right(n int64) bool {
	return n > 0 && n == r.New.Number || slices.Contains(r.Also, n)
}

// leaves reports whether version n is to be left.
func (r Region) leaves(n int64) bool {
	return !r.right(n) && (r.Old == nil || slices.Contains(r.Old, n))
}

// slots are the places of the layer in a function's list, with the versions there. AWS takes one version of a layer at
// most. What has no number where it should is the layer, in a version that is no one's: 0.
func (m Move) slots(f fleet.Function) (places []int, numbers []int64) {
	here := m.Layer.WithRegion(f.Region)
	if here.Partition != m.Layer.Partition {
		return nil, nil
	}
	for i, text := range f.Layers {
		if version, ok := strings.CutPrefix(text, here.String()+":"); ok {
			n, err := strconv.ParseInt(version, 10, 64)
			if err != nil {
				n = 0
			}
			places, numbers = append(places, i), append(numbers, n)
		}
	}
	return places, numbers
}
