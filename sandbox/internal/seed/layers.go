package seed

import (
	"slices"
	"strconv"
)

// Layer is a layer of the management account.
type Layer struct {
	Name     string
	Runtimes []string
	Archs    []string
	Releases []Release // oldest first
}

// Release is one content of a layer. In a Region that joined late the oldest releases were never published, so the
// same release has a smaller number there.
type Release struct {
	Name     string           // semantic version
	Versions map[string]int64 // Region → version number
	Unshared bool             // its grant was taken back after functions began to use it
	Deleted  bool             // it was deleted after functions began to use it
}

// Names of the layers.
const (
	LayerRuntime  = "common-runtime" // on most functions; its numbers agree in all Regions
	LayerObserve  = "observability"  // numbers differ per Region, except in a clean fleet
	LayerCerts    = "ca-bundle"
	LayerCrypto   = "legacy-crypto" // has an unshared and a deleted version in use, except in a clean fleet
	releaseCount  = 6
	newestRelease = releaseCount - 1
)

func layers(o Options) []Layer {
	all := []string{"python3.11", "python3.12", "python3.13", "nodejs20.x", "nodejs22.x", "java21"}
	both := []string{"x86_64", "arm64"}
	out := []Layer{
		{Name: LayerRuntime, Runtimes: all, Archs: both},
		{Name: LayerObserve, Runtimes: all, Archs: both},
		{Name: LayerCerts, Runtimes: all, Archs: both},
		{Name: LayerCrypto, Runtimes: all[:3], Archs: both[:1]},
	}
	for i := range out {
		l := &out[i]
		late := l.Name == LayerObserve && !o.Clean
		for r := range releaseCount {
			rel := Release{Name: "1." + strconv.Itoa(r) + ".0", Versions: map[string]int64{}}
			for k, region := range o.Regions {
				skipped := 0
				if late {
					skipped = k % (releaseCount - 2)
				}
				if r >= skipped {
					rel.Versions[region] = int64(r-skipped) + 1
				}
			}
			l.Releases = append(l.Releases, rel)
		}
		if l.Name == LayerCrypto && !o.Clean {
			l.Releases[0].Deleted = true
			l.Releases[1].Unshared = true
		}
	}
	return out
}

// layer finds a layer by name.
func (f *Organization) layer(name string) *Layer {
	i := slices.IndexFunc(f.Layers, func(l Layer) bool { return l.Name == name })
	return &f.Layers[i]
}
