// Package catalog is layerfleet.lock.yaml: layer → release → Region → layer version
// ARN, and the channels that name releases. It needs no AWS access: the file is kept
// in git and can be read by people who may not list the publisher's layers.
package catalog

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/Masterminds/semver/v3"

	"github.com/layerfleet/layerfleet/internal/layer"
)

// FileName is the catalog's usual name.
const FileName = "layerfleet.lock.yaml"

// FormatVersion is the version of the file's format.
const FormatVersion = "1"

// Catalog is what is known of layers, by name.
type Catalog struct {
	Layers []*Layer
}

// Layer is a layer with its releases, oldest first, and channels, by name.
type Layer struct {
	Name     string
	Releases []*Release
	Channels []*Channel
}

// Release is one content of a layer.
type Release struct {
	Name   string // semantic version
	SHA256 string // of the archive, in base64, as Lambda states CodeSha256
	// Content is the hash of what a function gets, see package archive: it stays when the
	// same files are packed by another compressor. Empty where it is not known.
	Content string
	// Zipped and Unzipped are sizes in bytes.
	Zipped, Unzipped     int64
	Runtimes             []string
	Architectures        []string
	License, Description string
	Published            time.Time // when the first Region got it, in UTC
	Regions              map[string]layer.VersionARN
	// Missing are the Regions that were to get it and have not. Publishing again
	// completes them.
	Missing []string
	// Grants are the principals that may use it in every Region: an organization id,
	// an account id or "*". Nil where that is not known, as in other publishers' layers.
	Grants []string
}

// Channel is a named pointer to a release.
type Channel struct {
	Name string
	// History is newest first; the first entry is what the channel names now.
	History []Promotion
}

// Promotion is when a channel began to name a release.
type Promotion struct {
	Release string
	Since   time.Time
}

// Release is what the channel names now.
func (c *Channel) Release() string { return c.History[0].Release }

// Layer finds a layer by name; nil when there is none.
func (c *Catalog) Layer(name string) *Layer {
	for _, l := range c.Layers {
		if l.Name == name {
			return l
		}
	}
	return nil
}

// Add gives the layer of the name, new if need be.
func (c *Catalog) Add(name string) *Layer {
	if l := c.Layer(name); l != nil {
		return l
	}
	l := &Layer{Name: name}
	c.Layers = append(c.Layers, l)
	slices.SortFunc(c.Layers, func(a, b *Layer) int { return cmp.Compare(a.Name, b.Name) })
	return l
}

// Release finds a release by its version; nil when there is none.
func (l *Layer) Release(name string) *Release {
	for _, r := range l.Releases {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// Archive finds the release with the archive of a hash; nil when there is none.
func (l *Layer) Archive(sha256 string) *Release {
	for _, r := range l.Releases {
		if r.SHA256 == sha256 {
			return r
		}
	}
	return nil
}

// Content finds the release with the content of a hash; nil when there is none.
func (l *Layer) Content(hash string) *Release {
	for _, r := range l.Releases {
		if hash != "" && r.Content == hash {
			return r
		}
	}
	return nil
}

// Before is the newest release that is older than one; nil when there is none.
func (l *Layer) Before(release string) *Release {
	var before *Release
	for _, r := range l.Releases { // oldest first
		if CompareReleases(r.Name, release) < 0 {
			before = r
		}
	}
	return before
}

// Put adds a release, or takes the place of the one with its name.
func (l *Layer) Put(r *Release) {
	l.Releases = slices.DeleteFunc(l.Releases, func(have *Release) bool { return have.Name == r.Name })
	l.Releases = append(l.Releases, r)
	slices.SortFunc(l.Releases, func(a, b *Release) int { return CompareReleases(a.Name, b.Name) })
}

// Clone is a copy that shares nothing with the release.
func (r *Release) Clone() Release {
	c := *r
	c.Runtimes, c.Architectures, c.Missing, c.Grants = slices.Clone(r.Runtimes), slices.Clone(r.Architectures), slices.Clone(r.Missing), slices.Clone(r.Grants)
	c.Regions = maps.Clone(r.Regions)
	return c
}

// SetVersion notes that a Region has the release, since a time.
func (r *Release) SetVersion(v layer.VersionARN, since time.Time) {
	r.Regions[v.Region] = v
	r.Missing = slices.DeleteFunc(r.Missing, func(region string) bool { return region == v.Region })
	if !since.IsZero() && (r.Published.IsZero() || since.Before(r.Published)) {
		r.Published = since
	}
}

// MarkMissing notes that a Region is to have the release and does not.
func (r *Release) MarkMissing(region string) {
	delete(r.Regions, region)
	if !slices.Contains(r.Missing, region) {
		r.Missing = append(r.Missing, region)
		slices.Sort(r.Missing)
	}
}

// Channel finds a channel by name; nil when there is none.
func (l *Layer) Channel(name string) *Channel {
	for _, c := range l.Channels {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// ChannelsOf are the names of the channels that name a release now.
func (l *Layer) ChannelsOf(release string) []string {
	names := []string{}
	for _, c := range l.Channels {
		if c.Release() == release {
			names = append(names, c.Name)
		}
	}
	return names
}

// Find says which layer and release a layer version is; nil where the catalog does
// not know it.
func (c *Catalog) Find(v layer.VersionARN) (*Layer, *Release) {
	l := c.Layer(v.Name)
	if l == nil {
		return nil, nil
	}
	for _, r := range l.Releases {
		if r.Regions[v.Region] == v {
			return l, r
		}
	}
	return nil, nil
}

// CompareReleases orders semantic versions.
func CompareReleases(a, b string) int {
	x, errX := semver.StrictNewVersion(a)
	y, errY := semver.StrictNewVersion(b)
	if errX != nil || errY != nil {
		return cmp.Compare(a, b)
	}
	return x.Compare(y)
}

// ValidRelease reports whether s is a semantic version as the catalog has them.
func ValidRelease(s string) bool {
	v, err := semver.StrictNewVersion(s)
	return err == nil && v.Metadata() == ""
}
