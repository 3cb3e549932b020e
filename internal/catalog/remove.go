package catalog

import (
	"slices"

	"github.com/layerfleet/layerfleet/internal/layer"
)

// RemoveVersion notes that a layer version was deleted. A release that is in no Region any more
// goes away, unless it is still to be published somewhere, or a channel names it or
// did: the history of channels stays readable.
func (c *Catalog) RemoveVersion(v layer.VersionARN) {
	l, r := c.Find(v)
	if r == nil {
		return
	}
	delete(r.Regions, v.Region)
	if len(r.Regions) > 0 || len(r.Missing) > 0 || l.promoted(r.Name) {
		return
	}
	l.Releases = slices.DeleteFunc(l.Releases, func(have *Release) bool { return have == r })
}

// promoted reports whether a channel names a release, or ever did.
func (l *Layer) promoted(release string) bool {
	return slices.ContainsFunc(l.Channels, func(c *Channel) bool {
		return slices.ContainsFunc(c.History, func(p Promotion) bool { return p.Release == release })
	})
}
