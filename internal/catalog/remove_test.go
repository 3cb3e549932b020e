package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/layer"
)

func TestLose(t *testing.T) {
	const text = `format_version: "1"
layers:
  deps:
    channels:
      stable:
        - {release: 1.2.0, since: "2026-01-02T00:00:00Z"}
        - {release: 1.1.0, since: "2026-01-01T00:00:00Z"}
    releases:
      1.0.0:
        sha256: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
        regions:
          eu-west-1: arn:aws:lambda:eu-west-1:100000000000:layer:deps:1
          us-east-1: arn:aws:lambda:us-east-1:100000000000:layer:deps:1
      1.1.0:
        sha256: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=
        regions:
          us-east-1: arn:aws:lambda:us-east-1:100000000000:layer:deps:2
      1.1.1:
        sha256: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAI=
        missing: [eu-west-1]
        regions:
          us-east-1: arn:aws:lambda:us-east-1:100000000000:layer:deps:3
      1.2.0:
        sha256: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAM=
        regions:
          us-east-1: arn:aws:lambda:us-east-1:100000000000:layer:deps:4
`
	here := layer.ARN{Partition: "aws", Region: "us-east-1", Account: "100000000000", Name: "deps"}
	there := here.WithRegion("eu-west-1")
	foreign := here
	foreign.Account = "999999999999"
	tests := []struct {
		name string
		lose []layer.VersionARN
		want map[string]int // release → Regions
	}{
		{name: "unknown", lose: []layer.VersionARN{here.At(9), foreign.At(1), there.At(2)}, want: map[string]int{"1.0.0": 2, "1.1.0": 1, "1.1.1": 1, "1.2.0": 1}},
		{name: "one Region", lose: []layer.VersionARN{here.At(1)}, want: map[string]int{"1.0.0": 1, "1.1.0": 1, "1.1.1": 1, "1.2.0": 1}},
		{name: "the last Region", lose: []layer.VersionARN{here.At(1), there.At(1)}, want: map[string]int{"1.1.0": 1, "1.1.1": 1, "1.2.0": 1}},
		{name: "in a history", lose: []layer.VersionARN{here.At(2)}, want: map[string]int{"1.0.0": 2, "1.1.0": 0, "1.1.1": 1, "1.2.0": 1}},
		{name: "named now", lose: []layer.VersionARN{here.At(4)}, want: map[string]int{"1.0.0": 2, "1.1.0": 1, "1.1.1": 1, "1.2.0": 0}},
		{name: "still to be published", lose: []layer.VersionARN{here.At(3)}, want: map[string]int{"1.0.0": 2, "1.1.0": 1, "1.1.1": 0, "1.2.0": 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := catalog.Parse("x", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range tt.lose {
				c.RemoveVersion(v)
			}
			again, err := catalog.Parse("x", c.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]int{}
			for _, r := range again.Layer("deps").Releases {
				got[r.Name] = len(r.Regions)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
