// Package publish brings releases of layers to Lambda: the same bytes in every Region,
// shared with whoever may use them, and written down in the catalog. It works by
// content: what is there already stays, so a repeat completes what is missing.
package publish

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/catalog/live"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/layer/archive"
	"github.com/layerfleet/layerfleet/internal/layer/check"
	"github.com/layerfleet/layerfleet/internal/policy"
	"github.com/layerfleet/layerfleet/internal/versions"
)

// Progress tells how far a long job is. It may be called often.
type Progress func(job string, done, total int)

// Options say what to publish.
type Options struct {
	Layers []policy.Layer
	// Catalog is the path of the catalog, which is made when it is not there.
	Catalog string
	// Verify asks for each Region whether a member account can read the version.
	Verify bool
}

// Plan is what publishing will do, before it does it.
type Plan struct {
	FormatVersion string       `json:"format_version"`
	Layers        []*LayerPlan `json:"layers"`

	options Options
	members []string // accounts of the organization that may be asked to verify
}

// LayerPlan is what publishing will do for a layer.
type LayerPlan struct {
	Name    string `json:"name"`
	Release string `json:"release"`
	// SHA256 is of the archive, Content of what is in it, see package archive; both in
	// base64. A layer that is refused has no archive.
	SHA256  string `json:"sha256"`
	Content string `json:"content"`
	// Zipped and Unzipped are sizes in bytes.
	Zipped   int64 `json:"zipped"`
	Unzipped int64 `json:"unzipped"`
	// Check is what was found in the layer.
	Check *check.Report `json:"check"`
	// Former is how it differs from the release before; nil where that is not known, or
	// where the release is published already.
	Former *Former `json:"former,omitempty"`
	// Over are functions that would have more than Lambda allows with it.
	Over    []Over       `json:"over,omitempty"`
	Grants  []string     `json:"grants"` // that every Region gets
	Regions []RegionPlan `json:"regions"`
	Notes   []string     `json:"notes"`

	source policy.Layer
	tree   *archive.Tree
	// recorded is the archive that the catalog had of the release; empty without one.
	recorded string
	archive  *archive.Archive // nil where nothing has to be uploaded
}

// Former is the release before, and what is different.
type Former struct {
	Release  string        `json:"release"`
	Unzipped int64         `json:"unzipped"` // in bytes
	Files    []live.Change `json:"files"`
}

// RegionPlan is what is there in a Region and what will be done.
type RegionPlan struct {
	Region string `json:"region"`
	Action Action `json:"action"`
	// Have is the version with the content; nil where there is none.
	Have *versions.Version `json:"-"`
	// ARN is that of Have.
	ARN string `json:"layer_version_arn,omitempty"`
	// Share are the grants that the Region lacks.
	Share []string `json:"share"`
	// Err is why the Region could not be looked at.
	Err    error  `json:"-"`
	Reason string `json:"reason,omitempty"`

	seen     map[int64]bool   // versions with other content
	known    bool             // the catalog has it as it is
	recorded layer.VersionARN // what the catalog said when the plan was made
}

// Action is what will be done in a Region.
type Action string

// The actions.
const (
	Publish    Action = "publish"
	Share      Action = "share"
	Unchanged  Action = "none"
	Unreadable Action = "unreadable" // it could not be looked at
)

// settle states what will be done.
func (r *RegionPlan) settle(grants []string) {
	switch {
	case r.Err != nil:
		r.Action, r.Reason = Unreadable, access.Message(r.Err)
	case r.Have == nil:
		r.Action, r.Share = Publish, grants
	case len(r.Share) > 0:
		r.Action = Share
	default:
		r.Action = Unchanged
	}
	if r.Have != nil {
		r.ARN = r.Have.VersionARN.String()
	}
}

// has reports whether something is to be done in a Region.
func (l *LayerPlan) has(actions ...Action) bool {
	return slices.ContainsFunc(l.Regions, func(r RegionPlan) bool { return slices.Contains(actions, r.Action) })
}

// Nothing reports whether everything is there in every Region.
func (p *Plan) Nothing() bool {
	return !slices.ContainsFunc(p.Layers, func(l *LayerPlan) bool { return l.has(Publish, Share, Unreadable) })
}

// Pending reports whether every Region could be looked at, and whether something is to
// be done.
func (p *Plan) Pending() (complete, some bool) {
	complete = !slices.ContainsFunc(p.Layers, func(l *LayerPlan) bool { return l.has(Unreadable) })
	return complete, slices.ContainsFunc(p.Layers, func(l *LayerPlan) bool { return l.has(Publish, Share) })
}

// Refusal is the error of layers that would fail, or must not leave. The plan says all
// about them.
type Refusal struct{ Layers []*LayerPlan }

func (r *Refusal) Error() string {
	var lines []string
	for _, l := range r.Layers {
		found := l.Check.Of(check.Refused)
		lines = append(lines, "layer "+l.Name+": "+count.Of(len(found), "problem")+" "+count.Word(len(found), "keeps", "keep")+" it from being published")
		for _, f := range found {
			lines = append(lines, "  "+f.Line())
		}
	}
	return strings.Join(lines, "\n")
}

// Unwrap are the problems with what to do about each.
func (r *Refusal) Unwrap() []error {
	var list []error
	var told []string
	for _, l := range r.Layers {
		for _, f := range l.Check.Of(check.Refused) {
			if !slices.Contains(told, f.Advice) {
				told = append(told, f.Advice)
				list = append(list, hint.With(errors.New(f.Line()), f.Advice))
			}
		}
	}
	return append(list, hint.With(errors.New("refused"), "what is right all the same can pass, with a reason: allow: in the fleet policy"))
}

// Prepare reads sources and Regions and changes nothing. With a [Refusal] the plan says
// what was found, and nothing of Regions.
func Prepare(ctx context.Context, a *access.Access, o Options, progress Progress) (_ *Plan, err error) {
	c, err := catalog.LoadOrNew(o.Catalog)
	if err != nil {
		return nil, err
	}
	plan := &Plan{FormatVersion: "1", Layers: []*LayerPlan{}, options: o}
	defer func() { err = errors.Join(err, plan.close()) }()
	return plan, plan.prepare(ctx, a, c, progress)
}

func (p *Plan) prepare(ctx context.Context, a *access.Access, c *catalog.Catalog, progress Progress) error {
	if err := p.check(ctx, progress); err != nil {
		return err
	}
	for i, l := range p.Layers {
		progress("comparing layers with the catalog", i, len(p.Layers))
		if err := l.identify(ctx, a, c); err != nil {
			return layerError(l, err)
		}
	}
	if err := p.principals(ctx, a); err != nil {
		return err
	}
	if err := p.inspect(ctx, a, c, progress); err != nil {
		return err
	}
	if err := p.denied(); err != nil {
		return err
	}
	for i, l := range p.Layers {
		progress("packing layers", i, len(p.Layers))
		err := l.pack(ctx, a, c)
		if err == nil {
			err = l.sizes(ctx, a, c)
		}
		if err != nil {
			return layerError(l, err)
		}
	}
	return nil
}

// close lets the sources go.
func (p *Plan) close() (err error) {
	for _, l := range p.Layers {
		if l.tree != nil {
			err = errors.Join(err, l.tree.Close())
			l.tree = nil
		}
	}
	return err
}

// denied is the refusal of whoever may not look at any Region at all.
func (p *Plan) denied() error {
	var first error
	for _, l := range p.Layers {
		for _, r := range l.Regions {
			if !access.Denied(r.Err) {
				return nil
			}
			first = cmp.Or(first, r.Err)
		}
	}
	return access.AtStart(first)
}
