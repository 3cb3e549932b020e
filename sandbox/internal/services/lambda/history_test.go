package lambda_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

// lived spells a life out: minutes since the start, the layer version of $LATEST, the aliases.
func lived(life function.Life, start time.Time) (out []string) {
	version := func(layers []function.Layer) string {
		if len(layers) == 0 {
			return "-"
		}
		return layers[0].ARN[strings.LastIndexByte(layers[0].ARN, ':')+1:]
	}
	for _, m := range life {
		text := fmt.Sprintf("%.0f: %s", m.From.Sub(start).Minutes(), version(m.Latest))
		if m.Gone {
			text = fmt.Sprintf("%.0f: gone", m.From.Sub(start).Minutes())
		}
		for _, a := range m.Aliases {
			for _, r := range a.Runs {
				text += fmt.Sprintf(" %s=%s*%g/%s", a.Name, r.Version, r.Weight, version(r.Layers))
			}
		}
		out = append(out, text)
	}
	return out
}

// TestLife: what calls executed and since when, over updates, versions, aliases, deletion and a second creation.
func TestLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := setup(t)
		start := time.Now()
		layers := f.layer(account, "common", 3)
		f.function("f", layers[0])
		f.function("other")
		finishUpdates()
		if life, ok := f.svc.Life(account, region, "f"); !ok || len(life) != 1 {
			t.Errorf("a new function lived %v, %v", lived(life, start), ok)
		}
		update := func(in api.UpdateFunctionConfigurationInput) {
			time.Sleep(time.Minute)
			in.FunctionName = aws.String("f")
			must[api.UpdateFunctionConfigurationOutput](f, account, &in)
			finishUpdates()
		}
		must[api.PublishVersionOutput](f, account, &api.PublishVersionInput{FunctionName: aws.String("f")})
		time.Sleep(time.Minute)
		must[api.CreateAliasOutput](f, account, &api.CreateAliasInput{FunctionName: aws.String("f"), Name: aws.String("live"), FunctionVersion: aws.String("1")})
		update(api.UpdateFunctionConfigurationInput{Layers: layers[1:2]})
		update(api.UpdateFunctionConfigurationInput{Description: aws.String("the layers stay")})
		must[api.PublishVersionOutput](f, account, &api.PublishVersionInput{FunctionName: aws.String("f")})
		must[api.UpdateAliasOutput](f, account, &api.UpdateAliasInput{
			FunctionName: aws.String("f"), Name: aws.String("live"),
			RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{"2": 0.25}},
		})
		time.Sleep(time.Minute)
		must[api.DeleteAliasOutput](f, account, &api.DeleteAliasInput{FunctionName: aws.String("f"), Name: aws.String("live")})
		time.Sleep(time.Minute)
		must[api.DeleteFunctionOutput](f, account, &api.DeleteFunctionInput{FunctionName: aws.String("f")})
		if names := f.svc.Names(account, region); !slices.Equal(names, []string{"f", "other"}) {
			t.Errorf("names with a deleted one: %v", names)
		}
		time.Sleep(time.Minute)
		f.function("f", layers[2])
		life, _ := f.svc.Life(account, region, "f")
		want := []string{"0: 1", "2: 1 live=1*1/1", "3: 2 live=1*1/1", "6: 2 live=2*0.25/2 live=1*0.75/1", "7: 2", "8: gone", "9: 3"}
		if diff := cmp.Diff(want, lived(life, start)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if _, ok := f.svc.Life(account, region, "never"); ok {
			t.Error("a function that never was has a life")
		}
	})
}
