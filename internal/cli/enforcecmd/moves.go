package enforcecmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/resolve"
)

// moveFlags are the layers to move.
type moveFlags struct {
	old, new command.List
	catalog  string
	same     bool
	detect   bool
}

func (m *moveFlags) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Var(&m.old, "old", "what to leave: layer version ARN, layer ARN for every other version, or LAYER@RELEASE; repeat it for more layers or Regions")
	flags.Var(&m.new, "new", "what to go to: layer version ARN, or LAYER@RELEASE or LAYER@CHANNEL of the catalog, which needs no --old")
	command.CatalogFlag(cmd, &m.catalog)
	command.CompleteFlag(cmd, "old", command.CompleteReleases)
	command.CompleteFlag(cmd, "new", command.CompleteReleases)
	flags.BoolVar(&m.same, "same-version-in-all-regions", false, "take the numbers as they are in other Regions, without comparing content")
	flags.BoolVar(&m.detect, "detect-only", false, "find non-compliant functions, but change none")
}

// wishes pairs --old and --new, and looks releases up.
func (m *moveFlags) wishes() ([]resolve.Wish, error) {
	every := len(m.old) == 0 && len(m.new) > 0 // no --old: every other version, which only releases can say
	if !every && len(m.old) != len(m.new) || len(m.new) == 0 {
		return nil, hint.With(fmt.Errorf("%d --old and %d --new are given", len(m.old), len(m.new)),
			"give one --new for each --old, in the same order, or only --new LAYER@RELEASE")
	}
	var known *catalog.Catalog
	out := make([]resolve.Wish, len(m.new))
	for i, text := range m.new {
		if !catalog.IsRef(text) {
			if every {
				return nil, hint.With(fmt.Errorf("--new %s has no --old", text), "give --old, or name the release: --new LAYER@RELEASE")
			}
			out[i] = resolve.Wish{Old: m.old[i], New: text}
			continue
		}
		if known == nil {
			var err error
			if known, err = command.LoadCatalog(m.catalog); err != nil {
				return nil, err
			}
		}
		old := ""
		if !every {
			old = m.old[i]
		}
		r, err := release(known, old, text)
		if err != nil {
			return nil, err
		}
		out[i] = r
	}
	return out, nil
}

// release makes a wish of references; an empty old one means every other version.
func release(c *catalog.Catalog, old, text string) (resolve.Wish, error) {
	ref, err := catalog.ParseRef(text)
	if err != nil {
		return resolve.Wish{}, fmt.Errorf("--new: %w", err)
	}
	l, to, err := c.Resolve(ref)
	if err != nil {
		return resolve.Wish{}, fmt.Errorf("--new %s: %w", text, err)
	}
	r := resolve.Wish{Layer: l.Name, To: to}
	if old == "" || old == l.Name {
		return r, nil
	}
	from, err := catalog.ParseRef(old)
	if err != nil {
		return resolve.Wish{}, fmt.Errorf("--old: %w", err)
	}
	if from.Layer != ref.Layer {
		return resolve.Wish{}, hint.With(fmt.Errorf("--old is layer %s, --new layer %s", from.Layer, ref.Layer), "enforcement moves functions between versions of one layer")
	}
	if _, r.From, err = c.Resolve(from); err != nil {
		return resolve.Wish{}, fmt.Errorf("--old %s: %w", old, err)
	}
	if r.From == to {
		return resolve.Wish{}, fmt.Errorf("--old and --new are the same release: %s", to.Name)
	}
	return r, nil
}
