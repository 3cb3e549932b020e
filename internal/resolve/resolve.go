package resolve

import (
	"context"
	"fmt"
	"slices"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/move"
	"github.com/layerfleet/layerfleet/internal/versions"
)

// Options say what holds for all moves.
type Options struct {
	Regions []string // that are asked for; none means all that a release is in
	// SameNumbers takes the numbers of one Region as they are in the others, without comparing content.
	SameNumbers bool
	Accept      move.Accept
	ExemptTag   string
}

// Moves finds the numbers of each wish in all Regions. Where a wish names the Region itself its numbers are taken as
// they are. Elsewhere the versions with the same bytes are looked for, which needs the layer's own account. Regions
// without the content are in the move with their reason.
func Moves(ctx context.Context, a *access.Access, wishes []Wish, o Options) ([]move.Move, error) {
	r := resolver{access: a, options: o}
	for _, w := range wishes {
		var err error
		if w.To != nil {
			err = r.release(ctx, w)
		} else {
			err = r.named(ctx, w)
		}
		if err != nil {
			return nil, err
		}
	}
	for i, w := range r.homes {
		for _, region := range o.Regions {
			if _, known := r.moves[i].Regions[region]; known || w.layer.Name == "" {
				continue
			}
			var err error
			if r.moves[i].Regions[region], err = r.elsewhere(ctx, w, region); err != nil {
				return nil, err
			}
		}
	}
	return move.Sorted(r.moves), move.CheckAll(r.moves)
}

type resolver struct {
	access  *access.Access
	options Options
	moves   []move.Move
	homes   []numbers // of each move: what its first wish says; without a layer for releases
}

// named adds what a wish says of the Region that its ARNs name.
func (r *resolver) named(ctx context.Context, w Wish) error {
	n, err := w.parse()
	if err != nil {
		return err
	}
	to, err := r.read(ctx, n.layer.At(n.new))
	if err != nil {
		return err
	}
	i := r.index(n.layer)
	if i < 0 {
		i = r.add(n.layer, n)
	}
	if _, twice := r.moves[i].Regions[n.layer.Region]; twice {
		return fmt.Errorf("two moves of layer %s in %s", n.layer.Name, n.layer.Region)
	}
	r.moves[i].Regions[n.layer.Region] = region(to, n.old)
	return nil
}

func region(to move.Version, old int64) move.Region {
	out := move.Region{New: to}
	if old > 0 {
		out.Old = []int64{old}
	}
	return out
}

// index finds the move of the same layer, whatever the Region.
func (r *resolver) index(arn layer.ARN) int {
	return slices.IndexFunc(r.moves, func(m move.Move) bool { return m.SameLayer(move.Move{Layer: arn}) })
}

func (r *resolver) add(arn layer.ARN, home numbers) int {
	r.moves = append(r.moves, move.Move{Layer: arn, Regions: map[string]move.Region{}, Accept: r.options.Accept, ExemptTag: r.options.ExemptTag})
	r.homes = append(r.homes, home)
	return len(r.moves) - 1
}

// read makes sure that the version to go to exists, and gives what it declares.
func (r *resolver) read(ctx context.Context, arn layer.VersionARN) (move.Version, error) {
	got, err := versions.Get(ctx, r.access, arn)
	if err != nil {
		return move.Version{}, hint.With(fmt.Errorf("layer version %s cannot be read: %w", arn, err),
			"check the ARN; a layer of another account must be shared with this one")
	}
	return declared(got), nil
}

func declared(v *versions.Version) move.Version {
	return move.Version{Number: v.Version, SHA256: v.SHA256, Runtimes: v.Runtimes, Architectures: v.Architectures}
}

// elsewhere finds the numbers of a Region that no wish names.
func (r *resolver) elsewhere(ctx context.Context, home numbers, name string) (move.Region, error) {
	if r.options.SameNumbers {
		return region(move.Version{Number: home.new}, home.old), nil
	}
	if home.layer.Account != r.access.Caller().Account {
		return move.Region{}, hint.With(fmt.Errorf("the version numbers of layer %s in %s are not known: only its own account, %s, may list them", home.layer.Name, name, home.layer.Account),
			"give --old and --new for "+name+", or --same-version-in-all-regions if the numbers agree")
	}
	have, err := r.contents(ctx, home.layer.WithRegion(name))
	if err != nil {
		return move.Region{}, fmt.Errorf("layer %s in %s: %w", home.layer.Name, name, err)
	}
	missing := func(n int64) move.Region {
		return move.Region{Reason: fleet.Reason{Code: fleet.NoVersionInRegion, Detail: fmt.Sprintf("no version of %s there has the content of version %d in %s", home.layer.Name, n, home.layer.Region)}}
	}
	to, err := r.read(ctx, home.layer.At(home.new))
	if err != nil {
		return move.Region{}, err
	}
	twin, ok := have[to.SHA256]
	if !ok {
		return missing(home.new), nil
	}
	if home.old == 0 {
		return region(declared(twin), 0), nil
	}
	from, err := r.read(ctx, home.layer.At(home.old))
	if err != nil {
		return move.Region{}, hint.With(fmt.Errorf("the content of %s is not known, so its number in %s cannot be found", home.layer.At(home.old), name),
			"give --old and --new for "+name+", or --old with the layer's ARN without a version to move every other version")
	}
	old, ok := have[from.SHA256]
	if !ok {
		return missing(home.old), nil
	}
	return region(declared(twin), old.Version), nil
}

// contents are the newest versions of a layer by the hashes of their contents.
func (r *resolver) contents(ctx context.Context, arn layer.ARN) (map[string]*versions.Version, error) {
	list, err := versions.List(ctx, r.access, arn)
	if err != nil {
		return nil, err
	}
	read, err := versions.Read(ctx, r.access, list)
	if err != nil {
		return nil, err
	}
	out := map[string]*versions.Version{}
	for _, v := range read {
		if have := out[v.SHA256]; have == nil || have.Version < v.Version {
			out[v.SHA256] = v
		}
	}
	return out, nil
}
