package publish

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/inventory"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/layer/archive"
)

// Over is a function that would have more than Lambda allows, with the new release in
// place of the one that it has. Lambda tells nobody the unzipped sizes of others' code
// and layers.
type Over struct {
	fleet.Pair
	Function string `json:"function_name"`
	// Bytes is what it would have at least, where Sure, or by estimate, unzipped.
	Bytes int64 `json:"bytes"`
	// Sure says that the archives alone are too large, which only get larger unzipped.
	Sure bool `json:"sure"`
}

// noticed is how much a release has to grow, in bytes, before functions are looked at.
const noticed = 1 << 20

// expansion is what archives of code grow by when unzipped: two to four times.
const expansion = 3

// sizes asks the aggregator whose functions use the layer, and what else they have.
func (l *LayerPlan) sizes(ctx context.Context, a *access.Access, c *catalog.Catalog) error {
	known := c.Add(l.Name)
	before := known.Before(l.Release)
	if before == nil || !l.has(Publish) || l.Unzipped-before.Unzipped < noticed {
		return nil
	}
	const text = "SELECT accountId, awsRegion, configuration.functionName, configuration.codeSize, configuration.layers WHERE resourceType = 'AWS::Lambda::Function'"
	rows, err := inventory.Query(ctx, a, "", text, func(int) {})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		l.Notes = append(l.Notes, fmt.Sprintf("it is %d bytes larger than release %s; which functions that would be too much for is not known: %s", l.Unzipped-before.Unzipped, before.Name, access.Message(err)))
		return nil
	}
	for _, row := range rows.Rows {
		if over, ok := l.over(c, a.Caller().Account, row); ok {
			l.Over = append(l.Over, over)
		}
	}
	slices.SortFunc(l.Over, func(x, y Over) int { return cmp.Or(x.Compare(y.Pair), cmp.Compare(x.Function, y.Function)) })
	return nil
}

// over judges a row of the aggregator.
func (l *LayerPlan) over(c *catalog.Catalog, account string, row json.RawMessage) (o Over, found bool) {
	var f struct {
		AccountID     string `json:"accountId"`
		Region        string `json:"awsRegion"`
		Configuration struct {
			Name     string  `json:"functionName"`
			CodeSize float64 `json:"codeSize"` // Config writes numbers with a point
			Layers   []struct {
				ARN      string  `json:"arn"`
				CodeSize float64 `json:"codeSize"`
			} `json:"layers"`
		} `json:"configuration"`
	}
	if json.Unmarshal(row, &f) != nil {
		return o, false
	}
	sure, likely := l.Unzipped+int64(f.Configuration.CodeSize), l.Unzipped+expansion*int64(f.Configuration.CodeSize)
	for _, one := range f.Configuration.Layers {
		v, err := layer.ParseVersionARN(one.ARN)
		switch {
		case err != nil:
			return o, false
		case v.Account == account && v.Name == l.Name:
			found = true
			continue
		}
		sure += int64(one.CodeSize)
		if _, r := c.Find(v); r != nil && r.Unzipped > 0 {
			likely += r.Unzipped
		} else {
			likely += expansion * int64(one.CodeSize)
		}
	}
	o = Over{Pair: fleet.Pair{AccountID: f.AccountID, Region: f.Region}, Function: f.Configuration.Name, Bytes: likely}
	if sure > archive.MaxUnzipped {
		o.Sure, o.Bytes = true, sure
	}
	return o, found && (o.Sure || likely > archive.MaxUnzipped)
}
