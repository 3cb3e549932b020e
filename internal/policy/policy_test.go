package policy_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/policy"
)

func TestParse(t *testing.T) {
	got, err := policy.Parse("conf/layerfleet.yaml", []byte(`
defaults:
  regions: [us-east-1, eu-west-1]
  share: organization
  bucket: artifacts-{account}-{region}
layers:
  - name: deps
    source: layers/deps
    release: 2.10.0
    description: common libraries
    license: Apache-2.0
    runtimes: [python3.10, python3.13]
    architectures: [x86_64]
  - name: agent
    source: /opt/agent.zip
    release: 1.0.0-rc.1
    regions: [eu-central-1]
    share: {accounts: ["100000000001", 100000000002], units: [Production]}
`))
	if err != nil {
		t.Fatal(err)
	}
	bucket := "artifacts-{account}-{region}"
	want := &policy.Policy{Layers: []policy.Layer{
		{
			Name: "deps", Source: filepath.Join("conf", "layers", "deps"), Release: "2.10.0", Description: "common libraries", License: "Apache-2.0",
			Runtimes: []string{"python3.10", "python3.13"}, Architectures: []string{"x86_64"}, Regions: []string{"eu-west-1", "us-east-1"},
			Share: policy.Share{Organization: true}, Bucket: bucket,
		},
		{
			Name: "agent", Source: "/opt/agent.zip", Release: "1.0.0-rc.1", Regions: []string{"eu-central-1"}, Bucket: bucket,
			Share: policy.Share{Accounts: []string{"100000000001", "100000000002"}, Units: []string{"Production"}},
		},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestProblems(t *testing.T) {
	const rest = "    source: x\n    release: 1.0.0\n    regions: [us-east-1]\n"
	tests := []struct{ name, text, want string }{
		{name: "no layers", text: "defaults: {}\n", want: "f.yaml:1:1: layers is missing"},
		{name: "none listed", text: "layers: []\n", want: "no layers are listed"},
		{name: "unknown", text: "layers:\n  - name: a\n    relase: 1.0.0\n", want: "f.yaml:3:5: layers[0]: relase is not a known field"},
		{name: "missing", text: "layers:\n  - name: a\n", want: "layers[0]: source is missing"},
		{name: "no Regions", text: "layers:\n  - name: a\n    source: x\n    release: 1.0.0\n", want: "regions is missing"},
		{name: "not semantic", text: "layers:\n  - name: a\n    source: x\n    release: 1.0\n    regions: [us-east-1]\n", want: `f.yaml:4:14: layers[0].release: "1.0" is not a semantic version`},
		{name: "metadata", text: "layers:\n  - name: a\n    source: x\n    release: 1.0.0+b1\n    regions: [us-east-1]\n", want: "build metadata"},
		{name: "name", text: "layers:\n  - name: a b\n" + rest, want: `"a b" cannot name a layer`},
		{name: "twice", text: "layers:\n  - name: a\n" + rest + "  - name: a\n" + rest, want: "layer a is there twice"},
		{name: "runtime", text: "layers:\n  - name: a\n    runtimes: [Python 3]\n" + rest, want: `"Python 3" is not the name of a runtime`},
		{name: "architecture", text: "layers:\n  - name: a\n    architectures: [amd64]\n" + rest, want: `"amd64" is not an architecture`},
		{name: "Region", text: "layers:\n  - name: a\n    source: x\n    release: 1.0.0\n    regions: [useast1]\n", want: `"useast1" is not the name of a Region`},
		{name: "account", text: "layers:\n  - name: a\n    share: {accounts: [prod]}\n" + rest, want: `account "prod" is not twelve digits`},
		{name: "share", text: "layers:\n  - name: a\n    share: everybody\n" + rest, want: `layers[0].share: must be a mapping, not "everybody"`},
		{name: "bucket", text: "layers:\n  - name: a\n    bucket: b-{zone}\n" + rest, want: "{zone} is not filled in"},
		{name: "lines", text: "layers:\n  - name: a\n    description: \"x\\ny\"\n" + rest, want: "must be one line"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := policy.Parse("f.yaml", []byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("layers:\n  - name: a\n    source: x\n    release: 1.0.0\n    regions: [us-east-1]\n"))
	f.Add([]byte("defaults: {share: {units: [a]}}\nlayers: []\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := policy.Parse("f.yaml", data)
		if err == nil && len(p.Layers) == 0 {
			t.Error("a policy without layers passes")
		}
	})
}
