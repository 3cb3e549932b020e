package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/versions"
)

// Problem is a code for what is not as the catalog says. Codes are part of the JSON
// output and stay.
type Problem string

// The problems.
const (
	Gone         Problem = "gone"          // AWS has no such version
	Content      Problem = "content"       // it has other bytes
	GrantMissing Problem = "grant_missing" // it is not shared as the catalog says
	GrantExtra   Problem = "grant_extra"   // it is shared with somebody else besides
	NotPublished Problem = "not_published" // the Region was to get the release and has not
	Unreadable   Problem = "unreadable"    // AWS did not say
)

// Difference is one thing that is not as the catalog says.
type Difference struct {
	Layer   string  `json:"layer"`
	Release string  `json:"release"`
	Region  string  `json:"region"`
	ARN     string  `json:"arn,omitempty"`
	Problem Problem `json:"problem"`
	Detail  string  `json:"detail"`
	// Repaired says that the catalog does not say it any more.
	Repaired bool `json:"repaired,omitempty"`

	at layer.VersionARN
}

// Verification is the answer of Verify.
type Verification struct {
	FormatVersion string       `json:"format_version"`
	Checked       int          `json:"checked"` // layer versions
	Differences   []Difference `json:"differences"`
}

// Readable reports whether AWS answered for everything.
func (v *Verification) Readable() bool {
	return !slices.ContainsFunc(v.Differences, func(d Difference) bool { return d.Problem == Unreadable })
}

// Open reports whether something is still not as the catalog says.
func (v *Verification) Open() bool {
	return slices.ContainsFunc(v.Differences, func(d Difference) bool { return !d.Repaired })
}

// Repair takes out of the catalog at path what AWS does not have any more.
func (v *Verification) Repair(path string) error {
	return catalog.Update(path, func(c *catalog.Catalog) error {
		for i, d := range v.Differences {
			if d.Problem == Gone {
				c.RemoveVersion(d.at)
				v.Differences[i].Repaired = true
			}
		}
		return nil
	})
}

// Verify asks AWS for every layer version of the layers: whether it is there, with the
// same bytes, and, in the caller's own account, with the same grants. No layers means all.
func Verify(ctx context.Context, a *access.Access, c *catalog.Catalog, layers []string, p Progress) (*Verification, error) {
	v := &Verification{FormatVersion: "1", Differences: []Difference{}}
	var todo []check
	for _, l := range c.Layers {
		if len(layers) > 0 && !slices.Contains(layers, l.Name) {
			continue
		}
		for _, r := range l.Releases {
			for _, arn := range r.Regions {
				todo = append(todo, check{l.Name, r, arn})
			}
			for _, region := range r.Missing {
				v.Differences = append(v.Differences, Difference{
					Layer: l.Name, Release: r.Name, Region: region, Problem: NotPublished, Detail: "its publication is not complete",
				})
			}
		}
	}
	v.Checked = len(todo)
	found := make([][]Difference, len(todo))
	err := each(ctx, "verifying layer versions", len(todo), p, func(ctx context.Context, i int) error {
		found[i] = todo[i].run(ctx, a)
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	v.Differences = append(v.Differences, slices.Concat(found...)...)
	slices.SortFunc(v.Differences, func(x, y Difference) int {
		return cmp.Or(cmp.Compare(x.Layer, y.Layer), catalog.CompareReleases(x.Release, y.Release), cmp.Compare(x.Region, y.Region), cmp.Compare(x.Problem, y.Problem))
	})
	return v, nil
}

// check is one layer version to verify.
type check struct {
	layer   string
	release *catalog.Release
	arn     layer.VersionARN
}

func (c check) run(ctx context.Context, a *access.Access) (found []Difference) {
	add := func(p Problem, format string, args ...any) {
		found = append(found, Difference{
			Layer: c.layer, Release: c.release.Name, Region: c.arn.Region, ARN: c.arn.String(), Problem: p, Detail: fmt.Sprintf(format, args...), at: c.arn,
		})
	}
	got, err := versions.Get(ctx, a, c.arn)
	switch {
	case errors.Is(err, versions.ErrGone):
		add(Gone, "there is no such version")
		return found
	case err != nil:
		add(Unreadable, "%s", access.Message(err))
		return found
	case got.SHA256 != c.release.SHA256:
		add(Content, "AWS has sha256 %s, the catalog %s", got.SHA256, c.release.SHA256)
	}
	if c.release.Grants == nil || c.arn.Account != a.Caller().Account {
		return found
	}
	grants, err := versions.Grants(ctx, a, c.arn)
	if err != nil {
		add(Unreadable, "%s", access.Message(err))
		return found
	}
	if lost := without(c.release.Grants, grants); len(lost) > 0 {
		add(GrantMissing, "not shared with %s", strings.Join(lost, ", "))
	}
	if extra := without(grants, c.release.Grants); len(extra) > 0 {
		add(GrantExtra, "also shared with %s", strings.Join(extra, ", "))
	}
	return found
}

// without is what list has and other has not.
func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
}
