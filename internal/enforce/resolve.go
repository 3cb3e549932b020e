// Package enforce lets AWS keep functions on the wanted layer versions: it deploys a Config rule, a runbook and what
// binds them to every chosen account and Region by one stack set, follows what they do, and takes them away again.
//
// It decides nothing about functions itself. What a function gets is decided by the Guard policy and the runbook of
// package parts, where it runs.
package enforce

import (
	"context"
	"fmt"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/versions"
)

// Request is one --old/--new: what to leave and what to go to. Either ARNs say it, in the Region that they name, or
// releases of the catalog, in all Regions.
type Request struct {
	Old string // layer version ARN, or layer ARN for every other version
	New string // layer version ARN

	Layer string           // name of the layer that the releases are of; empty with ARNs
	From  *catalog.Release // nil for every other version
	To    *catalog.Release
}

// Versions are the numbers of one layer in one Region.
type Versions struct {
	Old int64 // 0 for every version but New
	New int64
	// SHA256 is the content of New as Lambda states it (base64), empty where it could not be read.
	SHA256 string
}

// Move takes one layer from old to new, with the numbers of each Region.
type Move struct {
	Layer   layer.ARN // in the Region of the request
	Regions map[string]Versions
	// Missing are the asked-for Regions that have nothing to move: no new version, or no old one.
	Missing map[string]string
}

// parse reads a request.
func (r Request) parse() (arn layer.ARN, v Versions, err error) {
	to, err := layer.ParseVersionARN(r.New)
	if err != nil {
		return arn, v, fmt.Errorf("--new: %w", err)
	}
	from, err := layer.ParseVersionARN(r.Old)
	var whole layer.ARN
	if err != nil {
		if whole, err = layer.ParseARN(r.Old); err == nil {
			from = whole.At(0)
		} else {
			_, err = layer.ParseVersionARN(r.Old)
			return arn, v, fmt.Errorf("--old: %w", err)
		}
	}
	switch {
	case from.Partition != to.Partition || from.Region != to.Region:
		return arn, v, hint.With(fmt.Errorf("--old is in %s, --new in %s", from.Region, to.Region),
			"a function can only use layers of its own Region; give a pair of --old and --new for each Region")
	case from.ARN != to.ARN:
		return arn, v, hint.With(fmt.Errorf("--old is layer %s, --new layer %s", from.ARN, to.ARN),
			"enforcement moves functions between versions of one layer")
	case from.Version == to.Version:
		return arn, v, fmt.Errorf("--old and --new are the same version: %s", to)
	}
	return to.ARN, Versions{Old: from.Version, New: to.Version}, nil
}

// Resolve finds the numbers of each request in all Regions. Where a request names the Region itself its numbers are
// taken as they are. Elsewhere the versions with the same bytes are looked for, which needs the layer's own account;
// with sameNumbers the numbers are taken without looking.
func Resolve(ctx context.Context, a *access.Access, requests []Request, regions []string, sameNumbers bool) ([]Move, error) {
	var moves []Move
	for _, r := range requests {
		if r.To != nil {
			m, err := r.fromCatalog(ctx, a, regions)
			if err != nil {
				return nil, err
			}
			if indexLayer(moves, m.Layer) >= 0 {
				return nil, fmt.Errorf("two moves of layer %s", r.Layer)
			}
			moves = append(moves, m)
			continue
		}
		arn, v, err := r.parse()
		if err != nil {
			return nil, err
		}
		i := indexLayer(moves, arn)
		if i < 0 {
			moves = append(moves, Move{Layer: arn, Regions: map[string]Versions{}, Missing: map[string]string{}})
			i = len(moves) - 1
		}
		if _, twice := moves[i].Regions[arn.Region]; twice {
			return nil, fmt.Errorf("two moves of layer %s in %s", arn.Name, arn.Region)
		}
		if v.SHA256, err = readNew(ctx, a, arn, v); err != nil {
			return nil, err
		}
		moves[i].Regions[arn.Region] = v
	}
	for i := range moves {
		for _, region := range regions {
			if _, given := moves[i].Regions[region]; given || moves[i].Missing[region] != "" {
				continue
			}
			if err := moves[i].resolveIn(ctx, a, region, sameNumbers); err != nil {
				return nil, err
			}
		}
	}
	return moves, nil
}

// indexLayer finds the move of the same layer, whatever the Region.
func indexLayer(moves []Move, arn layer.ARN) int {
	for i, m := range moves {
		if m.Layer.Name == arn.Name && m.Layer.Account == arn.Account {
			return i
		}
	}
	return -1
}

// readNew makes sure that the version to go to exists, and gives its content hash.
func readNew(ctx context.Context, a *access.Access, arn layer.ARN, v Versions) (string, error) {
	got, err := versions.Get(ctx, a, arn.At(v.New))
	if err != nil {
		return "", hint.With(fmt.Errorf("layer version %s cannot be read: %w", arn.At(v.New), err),
			"check the ARN; a layer of another account must be shared with this one")
	}
	return got.SHA256, nil
}

// resolveIn finds the numbers of a Region that no request names.
func (m *Move) resolveIn(ctx context.Context, a *access.Access, region string, sameNumbers bool) error {
	home := m.Regions[m.Layer.Region]
	if sameNumbers {
		m.Regions[region] = Versions{Old: home.Old, New: home.New}
		return nil
	}
	if m.Layer.Account != a.Caller().Account {
		return hint.With(fmt.Errorf("the version numbers of layer %s in %s are not known: only its own account, %s, may list them", m.Layer.Name, region, m.Layer.Account),
			"give --old and --new for "+region+", or --same-version-in-all-regions if the numbers agree")
	}
	hashes, err := contents(ctx, a, m.Layer.WithRegion(region))
	if err != nil {
		return fmt.Errorf("layer %s in %s: %w", m.Layer.Name, region, err)
	}
	v := Versions{SHA256: home.SHA256, New: hashes[home.SHA256]}
	if v.New == 0 {
		m.Missing[region] = fmt.Sprintf("no version of %s there has the content of version %d in %s", m.Layer.Name, home.New, m.Layer.Region)
		return nil
	}
	if home.Old == 0 {
		m.Regions[region] = v
		return nil
	}
	oldSHA, err := readNew(ctx, a, m.Layer, Versions{New: home.Old})
	if err != nil {
		return hint.With(fmt.Errorf("the content of %s is not known, so that its number in %s cannot be found", m.Layer.At(home.Old), region),
			"give --old and --new for "+region+", or --old with the layer's ARN without a version to move every other version")
	}
	if v.Old = hashes[oldSHA]; v.Old == 0 {
		m.Missing[region] = fmt.Sprintf("no version of %s there has the content of version %d in %s", m.Layer.Name, home.Old, m.Layer.Region)
		return nil
	}
	m.Regions[region] = v
	return nil
}

// contents maps the content hashes of a layer's versions to the newest number that has them.
func contents(ctx context.Context, a *access.Access, arn layer.ARN) (map[string]int64, error) {
	list, err := versions.List(ctx, a, arn)
	if err != nil {
		return nil, err
	}
	read, err := versions.Read(ctx, a, list)
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for _, v := range read {
		out[v.SHA256] = max(out[v.SHA256], v.Version)
	}
	return out, nil
}
