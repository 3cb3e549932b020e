package prune

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/inventory"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/versions"
)

// list lists the versions of the layers in each Region, a list for each layer and
// Region, newest first. Regions that could not be listed are not covered.
func (o Options) list(ctx context.Context, a *access.Access) (lists [][]versions.Version, unlisted []fleet.NotCovered, err error) {
	found := make([][][]versions.Version, len(o.Regions))
	known := make([][]string, len(o.Regions))
	refused := make([]error, len(o.Regions))
	err = each(ctx, o.Progress, "listing layers", len(o.Regions), func(ctx context.Context, i int) error {
		p := fleet.Pair{AccountID: a.Caller().Account, Region: o.Regions[i]}
		known[i], refused[i] = versions.Names(ctx, a, p)
		for _, name := range known[i] {
			if refused[i] != nil || len(o.Layers) > 0 && !slices.Contains(o.Layers, name) {
				continue
			}
			list, err := versions.List(ctx, a, layer.ARN{Account: p.AccountID, Name: name}.WithRegion(p.Region))
			refused[i] = err
			found[i] = append(found[i], list)
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, nil, err
	}
	for i, region := range o.Regions {
		if refused[i] == nil {
			lists = append(lists, found[i]...)
			continue
		}
		n := fleet.NotCovered{Pair: fleet.Pair{AccountID: a.Caller().Account, Region: region}, Reason: fleet.Reason{Code: fleet.Unreadable, Detail: access.Message(refused[i])}}
		if access.Denied(refused[i]) {
			n.Code = fleet.RoleDenied
		}
		unlisted = append(unlisted, n)
	}
	if len(unlisted) == 0 {
		err = o.unknown(slices.Concat(known...))
	}
	return lists, unlisted, err
}

// unknown refuses names that no Region has, with the nearest that one has.
func (o Options) unknown(known []string) error {
	for _, name := range o.Layers {
		if slices.Contains(known, name) {
			continue
		}
		err := fmt.Errorf("there is no layer %q in %s", name, strings.Join(o.Regions, ", "))
		if near := hint.Nearest(name, known); near != "" {
			return hint.With(err, "did you mean "+near+"?")
		}
		return hint.With(err, "layers are looked for in the publisher's own account: `aws sts get-caller-identity` shows which")
	}
	return nil
}

// use is who uses a layer version.
type use struct {
	latest, versions int
	example          string
}

// inspect reads what the judgment hangs on: who uses the versions of the lists, what
// could not be seen, and what else names versions.
func (j *judge) inspect(ctx context.Context, a *access.Access, lists [][]versions.Version, unlisted []fleet.NotCovered) (notCovered []NotCovered, notes []string, err error) {
	j.now, j.uses, j.unseen, j.protected = a.Clock().Now(), map[layer.VersionARN]*use{}, nil, nil
	if j.options.Protected != nil {
		if j.protected, err = j.options.Protected(ctx); err != nil {
			return nil, nil, err
		}
	}
	seen, notes, err := j.survey(ctx, a, lists)
	if err != nil {
		return nil, nil, err
	}
	notCovered, more, err := accept(append(unlisted, seen...), j.options, j.organization)
	if err != nil {
		return nil, nil, err
	}
	for _, n := range notCovered {
		if !n.Accepted {
			j.unseen = append(j.unseen, n.Pair)
		}
	}
	return notCovered, append(notes, more...), nil
}

// survey scans the functions of the Regions that have layers to judge.
func (j *judge) survey(ctx context.Context, a *access.Access, lists [][]versions.Version) (notCovered []fleet.NotCovered, notes []string, err error) {
	var regions []string
	for _, list := range lists {
		for _, v := range list {
			j.uses[v.VersionARN] = &use{}
			regions = append(regions, v.Region)
		}
	}
	slices.Sort(regions)
	if regions = slices.Compact(regions); len(regions) == 0 {
		return nil, nil, nil
	}
	coverage, notes, err := inventory.Each(ctx, a, inventory.Request{
		Scope: inventory.Scope{Regions: regions}, Versions: true, Progress: j.options.Progress,
	}, j.add)
	if err != nil {
		return nil, nil, err
	}
	for _, n := range coverage.NotCovered {
		// No function runs where the Region is not enabled.
		if n.Code != fleet.RegionNotEnabled {
			notCovered = append(notCovered, n)
		}
	}
	return notCovered, notes, nil
}

// add counts the layers of a function.
func (j *judge) add(f fleet.Function) {
	for _, text := range f.Layers {
		v, err := layer.ParseVersionARN(text)
		if err != nil {
			continue
		}
		u := j.uses[v]
		if u == nil {
			continue
		}
		if f.Version == inventory.Latest {
			u.latest++
		} else {
			u.versions++
		}
		if name := f.Pair.String() + " " + f.Name + ":" + f.Version; u.example == "" || name < u.example {
			u.example = name
		}
	}
}
