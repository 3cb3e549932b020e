// Package policy reads layerfleet.yaml, the fleet policy: which layers there are to
// publish. Everything wrong in it is found at once, with file and line.
package policy

import (
	"path/filepath"

	"github.com/layerfleet/layerfleet/internal/yamldoc"
)

// FileName is the fleet policy's usual name.
const FileName = "layerfleet.yaml"

// Policy is a fleet policy.
type Policy struct {
	Layers []Layer
}

// Layer is a layer to publish, in one release.
type Layer struct {
	Name string
	// Source is a directory or a zip file; a relative one is taken from the policy's
	// own folder.
	Source        string
	Release       string // semantic version
	Description   string
	License       string
	Runtimes      []string // Lambda's identifiers; an open list, as AWS adds some every year
	Architectures []string // x86_64, arm64
	Regions       []string
	Share         Share
	// Bucket is the S3 bucket for archives over 50 MB, with {region} and {account} to
	// be filled in; empty for none.
	Bucket string
	// Allow are paths of the layer that may be published although they would be refused.
	Allow []Allow
}

// Allow lets paths of a layer pass, and says why.
type Allow struct {
	Path   string // a pattern, as a line of .layerignore
	Reason string
}

// Share says who besides the publishing account may use the layer.
type Share struct {
	Organization bool     // every account of the organization, recommended
	Accounts     []string // single account ids
	Units        []string // the accounts of these OUs, by id or name, and below
}

// Load reads a fleet policy. Its errors are those of Parse.
func Load(path string) (*Policy, error) {
	data, err := yamldoc.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// Parse reads a fleet policy; path stands in errors, and relative sources are taken
// from its folder. The error joins *yamldoc.Problem values.
func Parse(path string, data []byte) (*Policy, error) {
	d, err := yamldoc.Parse(path, data)
	if err != nil {
		return nil, err
	}
	p := &Policy{}
	root := d.Root()
	top := root.Fields("defaults", "layers")
	root.Need(top, "layers")
	base := defaults(top["defaults"])
	seen := map[string]bool{}
	for _, v := range top["layers"].List() {
		l := readLayer(v, base)
		if l.Name != "" && seen[l.Name] {
			v.Fail("a layer is published in one release at a time", "layer %s is there twice", l.Name)
		}
		seen[l.Name] = true
		if l.Source != "" && !filepath.IsAbs(l.Source) {
			l.Source = filepath.Join(filepath.Dir(path), filepath.FromSlash(l.Source))
		}
		p.Layers = append(p.Layers, l)
	}
	if len(p.Layers) == 0 && top["layers"].Exists() && d.Err() == nil {
		top["layers"].Fail("", "no layers are listed")
	}
	return p, d.Err()
}
