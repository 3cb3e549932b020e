package live

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/fleet"
)

// Parameter is a channel as a parameter of Systems Manager in one Region of the
// publisher's account. Who may read it is up to that account's IAM: other accounts
// cannot, since a parameter of the standard tier is not shared.
type Parameter struct {
	Region string `json:"region"`
	Name   string `json:"name"`  // /layerfleet/LAYER/CHANNEL
	Value  string `json:"value"` // layer version ARN; empty when the release is not in the Region
	Before string `json:"before,omitempty"`
	// Change is create, update, none, or stale: the parameter is there and the channel's
	// release is not in the Region; it is left as it is.
	Change string `json:"change"`

	release string
}

// Parameters are the parameters that channels of the layers should have, compared with
// those that are there. No layers means all. Layers of other publishers have none: it
// is for them to say what their channels are.
func Parameters(ctx context.Context, a *access.Access, c *catalog.Catalog, layers []string, p Progress) ([]Parameter, error) {
	byRegion := map[string][]*Parameter{}
	for _, l := range c.Layers {
		if len(layers) > 0 && !slices.Contains(layers, l.Name) {
			continue
		}
		for _, ch := range l.Channels {
			for region, value := range wanted(l, ch, a.Caller().Account) {
				byRegion[region] = append(byRegion[region], &Parameter{
					Region: region, Name: "/layerfleet/" + l.Name + "/" + ch.Name, Value: value, release: ch.Release(),
				})
			}
		}
	}
	regions := slices.Sorted(maps.Keys(byRegion))
	err := each(ctx, "reading parameters", len(regions), p, func(ctx context.Context, i int) error {
		return compare(ctx, a, regions[i], byRegion[regions[i]])
	})
	if err != nil {
		return nil, access.AtStart(err)
	}
	out := []Parameter{}
	for _, region := range regions {
		for _, one := range byRegion[region] {
			if one.Value != "" || one.Before != "" {
				out = append(out, *one)
			}
		}
	}
	slices.SortFunc(out, func(x, y Parameter) int { return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.Region, y.Region)) })
	return out, nil
}

// wanted maps Regions to what a channel names there: nothing where an earlier release
// of the channel was and the present one is not.
func wanted(l *catalog.Layer, ch *catalog.Channel, account string) map[string]string {
	values := map[string]string{}
	for i, promotion := range ch.History {
		r := l.Release(promotion.Release)
		if r == nil {
			continue
		}
		for region, arn := range r.Regions {
			if _, newer := values[region]; newer || arn.Account != account {
				continue
			}
			values[region] = ""
			if i == 0 {
				values[region] = arn.String()
			}
		}
	}
	return values
}

// perCall is how many parameters GetParameters takes.
const perCall = 10

func compare(ctx context.Context, a *access.Access, region string, list []*Parameter) error {
	client := a.SSM(fleet.Pair{AccountID: a.Caller().Account, Region: region})
	for some := range slices.Chunk(list, perCall) {
		in := &ssm.GetParametersInput{}
		for _, p := range some {
			in.Names = append(in.Names, p.Name)
		}
		out, err := client.GetParameters(ctx, in)
		if err != nil {
			return fmt.Errorf("reading the parameters of %s: %w", region, err)
		}
		have := map[string]string{}
		for _, p := range out.Parameters {
			have[aws.ToString(p.Name)] = aws.ToString(p.Value)
		}
		for _, p := range some {
			p.Before = have[p.Name]
			switch p.Before {
			case p.Value:
				p.Change = "none"
			case "":
				p.Change = "create"
			default:
				p.Change = "update"
			}
			if p.Value == "" {
				p.Change = "stale"
			}
		}
	}
	return nil
}

// Write creates and updates the parameters that differ.
func Write(ctx context.Context, a *access.Access, list []Parameter, p Progress) error {
	todo := slices.DeleteFunc(slices.Clone(list), func(p Parameter) bool { return p.Change != "create" && p.Change != "update" })
	return each(ctx, "writing parameters", len(todo), p, func(ctx context.Context, i int) error {
		one := todo[i]
		_, err := a.SSM(fleet.Pair{AccountID: a.Caller().Account, Region: one.Region}).PutParameter(ctx, &ssm.PutParameterInput{
			Name: &one.Name, Value: &one.Value, Type: types.ParameterTypeString, Overwrite: aws.Bool(one.Change == "update"),
			Description: aws.String("layer version of release " + one.release + ", written by layerfleet"),
		})
		if err != nil {
			return fmt.Errorf("writing %s in %s: %w", one.Name, one.Region, err)
		}
		return nil
	})
}
