package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/layer/archive"
	"github.com/layerfleet/layerfleet/internal/versions"
)

// Open downloads the archive of a release from the first Region that has it, the home
// Region before the others, and looks into it.
func Open(ctx context.Context, a *access.Access, r *catalog.Release) (*archive.Archive, error) {
	places := slices.SortedFunc(maps.Values(r.Regions), func(x, y layer.VersionARN) int {
		return cmp.Or(b2i(y.Region == a.Region())-b2i(x.Region == a.Region()), cmp.Compare(x.Region, y.Region))
	})
	failed := fmt.Errorf("release %s is in no Region", r.Name)
	for _, arn := range places {
		v, err := versions.Get(ctx, a, arn)
		if errors.Is(err, versions.ErrGone) {
			failed = err
			continue
		}
		if err != nil {
			return nil, err
		}
		return open(ctx, v)
	}
	return nil, failed
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Change is a file that differs between two archives. Sizes are in bytes unzipped, -1
// where the archive does not have the file.
type Change struct {
	Name   string `json:"name"`
	Before int64  `json:"before"`
	After  int64  `json:"after"`
}

// Compare lists the files that differ, by name.
func Compare(before, after *archive.Archive) []Change {
	changes := []Change{}
	old := map[string]archive.Entry{}
	for _, e := range before.Entries {
		old[e.Name] = e
	}
	for _, e := range after.Entries {
		was, there := old[e.Name]
		delete(old, e.Name)
		switch {
		case !there:
			changes = append(changes, Change{e.Name, -1, e.Size})
		case was.Size != e.Size || was.Sum != e.Sum || was.Mode != e.Mode || was.Link != e.Link:
			changes = append(changes, Change{e.Name, was.Size, e.Size})
		}
	}
	for name, e := range old {
		changes = append(changes, Change{name, e.Size, -1})
	}
	slices.SortFunc(changes, func(x, y Change) int { return cmp.Compare(x.Name, y.Name) })
	return changes
}
