package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
)

// Ref names a release as people do: LAYER@RELEASE or LAYER@CHANNEL.
type Ref struct {
	Layer string
	At    string // a release or a channel
}

// ValidChannel reports whether s can name a channel.
func ValidChannel(s string) bool { return channelForm.MatchString(s) }

// IsRef reports whether a text is meant as LAYER@….
func IsRef(s string) bool { return strings.Contains(s, "@") }

// ParseRef reads LAYER@RELEASE or LAYER@CHANNEL.
func ParseRef(s string) (Ref, error) {
	name, at, ok := strings.Cut(s, "@")
	if !ok || !layer.ValidName(name) || !ValidRelease(at) && !channelForm.MatchString(at) {
		return Ref{}, hint.With(fmt.Errorf("%q is not LAYER@RELEASE or LAYER@CHANNEL", s), "such as common-deps@2.3.1 or common-deps@stable")
	}
	return Ref{name, at}, nil
}

func (r Ref) String() string { return r.Layer + "@" + r.At }

// Resolve finds what a reference names.
func (c *Catalog) Resolve(r Ref) (*Layer, *Release, error) {
	l, err := c.Need(r.Layer)
	if err != nil {
		return nil, nil, err
	}
	rel, err := l.At(r.At)
	return l, rel, err
}

// Need is Layer with an error that says which layers there are.
func (c *Catalog) Need(name string) (*Layer, error) {
	if l := c.Layer(name); l != nil {
		return l, nil
	}
	var names []string
	for _, l := range c.Layers {
		names = append(names, l.Name)
	}
	err := fmt.Errorf("the catalog has no layer %q", name)
	if near := hint.Nearest(name, names); near != "" {
		return nil, hint.With(err, "did you mean "+near+"?")
	}
	return nil, hint.With(err, "`layerfleet catalog list` shows those that it has; `layerfleet catalog import` adds one that exists")
}

// At finds a release by its version or by a channel that names it.
func (l *Layer) At(name string) (*Release, error) {
	if r := l.Release(name); r != nil {
		return r, nil
	}
	known := []string{}
	for _, c := range l.Channels {
		if c.Name == name {
			return l.Release(c.Release()), nil
		}
		known = append(known, c.Name)
	}
	for _, r := range slices.Backward(l.Releases) {
		known = append(known, r.Name)
	}
	const most = 12
	if len(known) > most {
		known = append(known[:most], "…")
	}
	return nil, hint.With(fmt.Errorf("layer %s has no release or channel %q", l.Name, name), "it has "+strings.Join(known, ", "))
}

// OlderThan tells the versions of the layer that are older than a release. Those of
// the catalog are compared as releases; those it does not know by their number in a
// Region that has the release, as Lambda counts up. In a Region without the release
// only known ones can be told.
func (l *Layer) OlderThan(r *Release) func(layer.VersionARN) bool {
	known := map[layer.VersionARN]bool{}
	for _, have := range l.Releases {
		older := CompareReleases(have.Name, r.Name) < 0
		for _, v := range have.Regions {
			known[v] = older
		}
	}
	return func(v layer.VersionARN) bool {
		if older, ok := known[v]; ok {
			return older
		}
		at, ok := r.Regions[v.Region]
		return ok && v.ARN == at.ARN && v.Version < at.Version
	}
}

// Is tells the layer versions of a release.
func (r *Release) Is(v layer.VersionARN) bool { return r.Regions[v.Region] == v }
