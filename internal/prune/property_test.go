package prune_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"pgregory.net/rapid"

	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/prune"
	"github.com/layerfleet/layerfleet/internal/versions"
	"github.com/layerfleet/layerfleet/sandbox"
)

// used are the layers of everything that can be invoked of the functions: $LATEST, each
// published version and each alias, asked for one by one, as prune does not.
func (w world) used(t tb, functions map[string]*lambda.Client) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	add := func(client *lambda.Client, name string, qualifier *string) {
		got, err := client.GetFunctionConfiguration(w.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: &name, Qualifier: qualifier})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range got.Layers {
			out[*l.Arn] = true
		}
	}
	for name, client := range functions {
		add(client, name, nil)
		list, err := client.ListVersionsByFunction(w.Context(), &lambda.ListVersionsByFunctionInput{FunctionName: &name})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range list.Versions {
			add(client, name, v.Version)
		}
		aliases, err := client.ListAliases(w.Context(), &lambda.ListAliasesInput{FunctionName: &name})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range aliases.Aliases {
			add(client, name, a.Name)
		}
	}
	return out
}

// TestPruneNeverDeletesWhatIsUsed is the promise, over random fleets: layers in two
// Regions, functions in three accounts whose layers change between their published
// versions, aliases on some of these.
func TestPruneNeverDeletesWhatIsUsed(t *testing.T) {
	w := start(t, sandbox.Options{})
	fleets, deleted, spared := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		fleets++
		name, regions := fmt.Sprint("layer-", fleets), []string{home, other}
		published := map[string][]layer.VersionARN{}
		for _, region := range regions {
			for i := range rapid.IntRange(1, 6).Draw(t, "versions in "+region) {
				published[region] = append(published[region], w.publish(t, name, region, fmt.Sprint(fleets, region, i), member))
			}
		}
		functions := map[string]*lambda.Client{}
		for i := range rapid.IntRange(0, 3).Draw(t, "functions") {
			account := rapid.SampledFrom([]string{manager, member, member}).Draw(t, "account")
			region := rapid.SampledFrom(regions).Draw(t, "region")
			draw := func() []layer.VersionARN {
				if rapid.Bool().Draw(t, "layerless") {
					return nil
				}
				return []layer.VersionARN{rapid.SampledFrom(published[region]).Draw(t, "layer")}
			}
			fn := fmt.Sprint("fn-", fleets, "-", i)
			client := w.function(t, account, region, fn, draw()...)
			functions[fn] = client
			for n := range rapid.IntRange(0, 2).Draw(t, "published versions") {
				alias := ""
				if rapid.Bool().Draw(t, "aliased") {
					alias = fmt.Sprint("alias-", n)
				}
				w.freeze(t, client, fn, alias, draw()...)
			}
		}
		o := w.options(name)
		o.Keep = rapid.IntRange(0, 3).Draw(t, "keep")
		o.OlderThan = rapid.SampledFrom([]time.Duration{0, 2 * time.Second, 15 * time.Second, 1000 * time.Hour}).Draw(t, "age")
		inUse := w.used(t, functions)

		plan, err := prune.Prepare(w.Context(), w.a, o)
		if err != nil {
			t.Fatal(err)
		}
		judged := w.a.Clock().Now()
		if got, want := len(plan.Delete)+len(plan.Keep), len(published[home])+len(published[other]); got != want {
			t.Errorf("%d versions judged, not %d", got, want)
		}
		result, err := plan.Apply(w.Context(), w.a, quiet)
		if err != nil || len(result.Failed) > 0 {
			t.Fatal(result, err)
		}
		gone := map[string]prune.Version{}
		for _, v := range result.Deleted {
			gone[v.ARN] = v
		}
		for _, region := range regions {
			left := map[string]bool{}
			list, err := versions.List(w.Context(), w.a, layerARN(name, region, 1).ARN)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range list {
				left[v.VersionARN.String()] = true
			}
			for i, v := range published[region] {
				arn := v.String()
				d, deletedIt := gone[arn]
				newest := len(published[region])-i <= o.Keep
				switch {
				case left[arn] == deletedIt:
					t.Errorf("%s: deleted %v, there %v", arn, deletedIt, left[arn])
				case deletedIt && inUse[arn]:
					t.Errorf("%s was used, and is gone", arn)
				case deletedIt && newest:
					t.Errorf("%s was among the %d newest, and is gone", arn, o.Keep)
				case deletedIt && o.OlderThan > 0 && judged.Sub(d.Created) < o.OlderThan:
					t.Errorf("%s of %s was younger than %s at %s, and is gone", arn, d.Created, o.OlderThan, judged)
				case !deletedIt && !inUse[arn] && !newest && o.OlderThan == 0:
					t.Errorf("%s was of no use, and is there", arn)
				}
			}
		}
		deleted += len(gone)
		spared += len(inUse)
		// What is used still works: a function that lists its layers may be updated.
		for fn, client := range functions {
			got, err := client.GetFunctionConfiguration(w.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: &fn})
			if err != nil {
				t.Fatal(err)
			}
			in := &lambda.UpdateFunctionConfigurationInput{FunctionName: &fn, Layers: []string{}}
			for _, l := range got.Layers {
				in.Layers = append(in.Layers, *l.Arn)
			}
			if _, err := client.UpdateFunctionConfiguration(w.Context(), in); err != nil {
				t.Errorf("%s cannot be updated: %v", fn, err)
			}
		}
	})
	if deleted == 0 || spared == 0 {
		t.Errorf("%d fleets, %d versions deleted, %d in use: nothing was tried", fleets, deleted, spared)
	}
	t.Logf("%d fleets, %d versions deleted, %d in use", fleets, deleted, spared)
}
