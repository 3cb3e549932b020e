package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/layer/archive"
	"github.com/layerfleet/layerfleet/internal/versions"
)

// Import says what to bring into a catalog.
type Import struct {
	// Layers of the caller's account, by name, in the Regions; all their versions.
	Layers  []string
	Regions []string
	// ARNs are single versions, of any account that lets the caller read them.
	ARNs []layer.VersionARN
	// Releases name the release of a version, and of every other with its content.
	Releases map[layer.VersionARN]string
	// Download fetches an archive of each release, for its unzipped size.
	Download bool
}

// Imported is what an import found.
type Imported struct {
	FormatVersion string          `json:"format_version"`
	Layers        []ImportedLayer `json:"layers"`
	Notes         []string        `json:"notes"`

	found map[string][]*catalog.Release
}

// ImportedLayer counts what was found of a layer.
type ImportedLayer struct {
	Name     string   `json:"name"`
	Releases []string `json:"releases"`
	Versions int      `json:"versions"`
}

// Look reads layer versions from AWS and makes releases of them: versions with the same
// content are one release, whatever their numbers. It takes the release's name from
// --release, from the catalog if that has the content, from the description as publish
// writes it, or else numbers it 0.0.N, after the version in the first Region that has it.
func (i Import) Look(ctx context.Context, a *access.Access, c *catalog.Catalog, p Progress) (*Imported, error) {
	all, err := i.read(ctx, a, p)
	if err != nil {
		return nil, err
	}
	out := &Imported{FormatVersion: "1", Layers: []ImportedLayer{}, Notes: []string{}, found: map[string][]*catalog.Release{}}
	byName := map[string][]*versions.Version{}
	for _, v := range all {
		byName[v.Name] = append(byName[v.Name], v)
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		list := byName[name]
		releases, err := i.releases(ctx, a, c.Layer(name), list, out, p)
		if err != nil {
			return nil, fmt.Errorf("layer %s: %w", name, err)
		}
		counted := ImportedLayer{Name: name, Releases: []string{}, Versions: len(list)}
		for _, r := range releases {
			counted.Releases = append(counted.Releases, r.Name)
		}
		slices.SortFunc(counted.Releases, catalog.CompareReleases)
		out.Layers = append(out.Layers, counted)
		out.found[name] = releases
	}
	return out, nil
}

// Into adds what was found to a catalog. What it has of a release stays, other Regions
// are added. Another content under a release's name is refused.
func (o *Imported) Into(c *catalog.Catalog) error {
	for name, releases := range o.found {
		l := c.Add(name)
		for _, r := range releases {
			have := l.Release(r.Name)
			if have == nil {
				l.Put(r)
				continue
			}
			if have.SHA256 != r.SHA256 {
				return hint.With(fmt.Errorf("layer %s: release %s has other content in the catalog", name, r.Name), "name it otherwise: --release ARN=2.3.1")
			}
			for _, v := range r.Regions {
				have.SetVersion(v, r.Published)
			}
			if have.Unzipped == 0 {
				have.Unzipped = r.Unzipped
			}
			if r.Grants != nil {
				have.Grants = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(have.Grants), r.Grants...))))
			}
		}
	}
	return nil
}

// read lists and reads the versions asked for.
func (i Import) read(ctx context.Context, a *access.Access, p Progress) ([]*versions.Version, error) {
	type place struct{ name, region string }
	var places []place
	for _, name := range i.Layers {
		for _, region := range i.Regions {
			places = append(places, place{name, region})
		}
	}
	found := make([][]*versions.Version, len(places))
	err := each(ctx, "reading layer versions", len(places), p, func(ctx context.Context, n int) error {
		arn := layer.ARN{Account: a.Caller().Account, Name: places[n].name}.WithRegion(places[n].region)
		list, err := versions.List(ctx, a, arn)
		if _, ok := errors.AsType[*types.ResourceNotFoundException](err); ok {
			return nil
		}
		if err == nil {
			found[n], err = versions.Read(ctx, a, list)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	all := slices.Concat(found...)
	for _, name := range i.Layers {
		if !slices.ContainsFunc(all, func(v *versions.Version) bool { return v.Name == name }) {
			return nil, hint.With(fmt.Errorf("account %s has no layer %q in these Regions", a.Caller().Account, name),
				"for the layers of other publishers, who alone may list them, give layer version ARNs")
		}
	}
	single := make([]*versions.Version, len(i.ARNs))
	err = each(ctx, "reading layer versions", len(i.ARNs), p, func(ctx context.Context, n int) error {
		v, err := versions.Get(ctx, a, i.ARNs[n])
		single[n] = v
		return err
	})
	return append(all, single...), err
}

// releases groups the versions of a layer by content.
func (i Import) releases(ctx context.Context, a *access.Access, known *catalog.Layer, list []*versions.Version, out *Imported, p Progress) ([]*catalog.Release, error) {
	// The home Region first, the newest first: the first of a group names it.
	slices.SortFunc(list, func(x, y *versions.Version) int {
		return cmp.Or(rank(x, a.Region())-rank(y, a.Region()), cmp.Compare(x.Region, y.Region), cmp.Compare(y.Version, x.Version))
	})
	groups := map[string][]*versions.Version{}
	var order []string
	for _, v := range list {
		if groups[v.SHA256] == nil {
			order = append(order, v.SHA256)
		}
		groups[v.SHA256] = append(groups[v.SHA256], v)
	}
	made := make([]*catalog.Release, len(order))
	taken := map[string]string{}
	for n, sha := range order {
		name := i.name(known, sha, groups[sha])
		if other := taken[name]; other != "" {
			return nil, hint.With(fmt.Errorf("%s and %s have different contents, and both would be release %s", groups[sha][0].VersionARN, other, name),
				"name one of them: --release "+groups[sha][0].String()+"=2.3.1")
		}
		taken[name] = groups[sha][0].String()
		made[n] = release(name, groups[sha], out)
	}
	err := each(ctx, "reading releases", len(order), p, func(ctx context.Context, n int) error {
		return i.complete(ctx, a, made[n], groups[order[n]])
	})
	return made, err
}

func rank(v *versions.Version, home string) int {
	if v.Region == home {
		return 0
	}
	return 1
}

// name finds the release that a content is.
func (i Import) name(known *catalog.Layer, sha string, group []*versions.Version) string {
	for _, v := range group {
		if name := i.Releases[v.VersionARN]; name != "" {
			return name
		}
	}
	if known != nil {
		if r := known.Archive(sha); r != nil {
			return r.Name
		}
	}
	for _, v := range group {
		if name, _ := versions.Undescribe(v.Description, catalog.ValidRelease); name != "" {
			return name
		}
	}
	return fmt.Sprintf("0.0.%d", group[0].VersionARN.Version)
}

// release makes a release of versions with the same content; the newest of each Region
// counts.
func release(name string, group []*versions.Version, out *Imported) *catalog.Release {
	first := group[0]
	r := &catalog.Release{
		Name: name, SHA256: first.SHA256, Zipped: first.Size, Runtimes: slices.Sorted(slices.Values(first.Runtimes)),
		Architectures: slices.Sorted(slices.Values(first.Architectures)), License: first.License, Regions: map[string]layer.VersionARN{},
	}
	_, r.Description = versions.Undescribe(first.Description, catalog.ValidRelease)
	for _, v := range group {
		if have, twice := r.Regions[v.Region]; twice {
			out.Notes = append(out.Notes, fmt.Sprintf("%s has the same content as version %d and is left out", v.VersionARN, have.Version))
			continue
		}
		r.SetVersion(v.VersionARN, v.Created)
	}
	return r
}

// complete reads what takes more calls: grants, and the unzipped size.
func (i Import) complete(ctx context.Context, a *access.Access, r *catalog.Release, group []*versions.Version) error {
	if group[0].Account == a.Caller().Account {
		all := []string{}
		for _, v := range r.Regions {
			grants, err := versions.Grants(ctx, a, v)
			if err != nil {
				return err
			}
			all = append(all, grants...)
		}
		slices.Sort(all)
		r.Grants = slices.Compact(all)
	}
	if !i.Download {
		return nil
	}
	opened, err := open(ctx, group[0])
	if err != nil {
		return hint.With(err, "--no-download leaves the unzipped size and the hash of the content out")
	}
	r.Unzipped, r.Content = opened.Unzipped, opened.Content
	return nil
}

// open downloads an archive and looks into it.
func open(ctx context.Context, v *versions.Version) (*archive.Archive, error) {
	data, err := versions.Download(ctx, v)
	if err != nil {
		return nil, err
	}
	a, err := archive.Read(ctx, data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", v.VersionARN, err)
	}
	return a, nil
}
