package inventory

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
)

// Usage is who uses which release of a layer.
type Usage struct {
	Rows     []UsageRow     `json:"usage"`
	Coverage fleet.Coverage `json:"coverage"`
	// LookedAt says which versions of the functions were, as in Findings.
	LookedAt string   `json:"looked_at"`
	Notes    []string `json:"notes,omitempty"`
	// Names are the layers that functions use, as in Findings.
	Names []string `json:"-"`
}

// UsageRow counts the functions of an owner in a pair that use a layer version.
type UsageRow struct {
	// Release is what the catalog calls the version, or "version N".
	Release         string `json:"release"`
	LayerVersionARN string `json:"layer_version_arn"`
	fleet.Pair
	Owner string `json:"owner"`
	// Latest counts functions whose $LATEST uses it, Versions published versions that do;
	// the aggregator knows none of these.
	Latest   int `json:"latest"`
	Versions int `json:"versions"`
}

// NoOwner is the owner of functions without the tag, and of those whose
// tags AWS Config did not record.
const NoOwner = "unknown"

// Uses counts who uses the layers asked for. A scan looks at all versions. Owners are
// the values of a tag, which the aggregator knows; without one all are [NoOwner], and a
// note says so.
func Uses(ctx context.Context, a *access.Access, r Request, c *catalog.Catalog, ownerTag string) (*Usage, error) {
	if strings.ContainsAny(ownerTag, `'"\`) || ownerTag == "" {
		return nil, hint.With(fmt.Errorf("%q cannot be the key of a tag", ownerTag), "--owner-tag names the tag whose value is the owner, such as team")
	}
	r.Versions = r.Source == Scan
	found, err := Find(ctx, a, r)
	if err != nil {
		return nil, err
	}
	u := &Usage{Rows: []UsageRow{}, Coverage: found.Coverage, LookedAt: found.LookedAt, Notes: found.Notes, Names: found.Names}
	if len(found.Functions) == 0 {
		return u, nil
	}
	owners, err := owners(ctx, a, r, ownerTag)
	switch {
	case err == nil:
	case r.Source == Scan && (errors.Is(err, ErrNoAggregator) || errors.Is(err, access.ErrDenied)):
		u.Notes = append(u.Notes, "owners are not known, because tags are read from the AWS Config aggregator: "+access.Message(err))
	default:
		return nil, err
	}
	rows := map[UsageRow]*UsageRow{}
	for _, f := range found.Functions {
		for _, arn := range f.Matched {
			key := UsageRow{LayerVersionARN: arn, Pair: f.Pair, Owner: cmp.Or(owners[owned{f.Pair, f.Name}], NoOwner)}
			row := rows[key]
			if row == nil {
				row = &UsageRow{Release: releaseOf(c, arn), LayerVersionARN: arn, Pair: key.Pair, Owner: key.Owner}
				rows[key] = row
			}
			if f.Version == Latest {
				row.Latest++
			} else {
				row.Versions++
			}
		}
	}
	for _, row := range rows {
		u.Rows = append(u.Rows, *row)
	}
	slices.SortFunc(u.Rows, UsageRow.compare)
	return u, nil
}

// compare orders rows: old releases first, as they are what one looks for.
func (r UsageRow) compare(s UsageRow) int {
	release := catalog.CompareReleases(r.Release, s.Release)
	if r.Release != s.Release && (!catalog.ValidRelease(r.Release) || !catalog.ValidRelease(s.Release)) {
		release = cmp.Or(len(r.Release)-len(s.Release), cmp.Compare(r.Release, s.Release))
		if known := catalog.ValidRelease(r.Release); known != catalog.ValidRelease(s.Release) {
			release = 1 // what the catalog does not know comes first
			if !known {
				release = -1
			}
		}
	}
	return cmp.Or(release, r.Pair.Compare(s.Pair), cmp.Compare(r.Owner, s.Owner), cmp.Compare(r.LayerVersionARN, s.LayerVersionARN))
}

func releaseOf(c *catalog.Catalog, text string) string {
	v, err := layer.ParseVersionARN(text)
	if err != nil {
		return ""
	}
	if _, r := c.Find(v); r != nil {
		return r.Name
	}
	return "version " + strconv.FormatInt(v.Version, 10)
}

// owned is a function that may have an owner.
type owned struct {
	fleet.Pair
	name string
}

// owners reads a tag of all functions from the aggregator. AWS Config has tags as a list
// of key, value and "key=value".
func owners(ctx context.Context, a *access.Access, r Request, tag string) (map[owned]string, error) {
	text := "SELECT accountId, awsRegion, resourceName, tags WHERE resourceType = " + quote(functionType) + " AND tags.key = " + quote(tag)
	if in := oneOf("awsRegion", r.Regions); len(text)+len(in) <= longest {
		text += in
	}
	rows, err := Query(ctx, a, r.Aggregator, text, func(read int) { r.report("reading owners")(read, 0) })
	if err != nil {
		return nil, err
	}
	out := map[owned]string{}
	for _, row := range rows.Rows {
		var item struct {
			AccountID    string                        `json:"accountId"`
			Region       string                        `json:"awsRegion"`
			ResourceName string                        `json:"resourceName"`
			Tags         []struct{ Key, Value string } `json:"tags"`
		}
		if err := json.Unmarshal(row, &item); err != nil {
			return nil, fmt.Errorf("reading a row of the aggregator: %w", err)
		}
		for _, t := range item.Tags {
			if t.Key == tag {
				out[owned{fleet.Pair{AccountID: item.AccountID, Region: item.Region}, item.ResourceName}] = t.Value
			}
		}
	}
	return out, nil
}
