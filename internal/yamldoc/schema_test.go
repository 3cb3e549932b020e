package yamldoc_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v4"

	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/policy"
)

// TestSchemasAgree holds the published JSON Schemas to what the readers take and
// refuse, as far as a schema can say it.
func TestSchemasAgree(t *testing.T) {
	const (
		sha     = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
		lock    = "../../docs/schema/layerfleet.lock.schema.json"
		fleet   = "../../docs/schema/layerfleet.schema.json"
		release = "format_version: \"1\"\nlayers:\n  deps:\n    releases:\n      1.0.0:\n        sha256: " + sha + "\n"
		one     = "layers:\n  - {name: deps, source: x, release: 1.0.0, regions: [us-east-1]"
	)
	readers := map[string]func(string) error{
		lock:  func(text string) error { _, err := catalog.Parse("x", []byte(text)); return err },
		fleet: func(text string) error { _, err := policy.Parse("x", []byte(text)); return err },
	}
	tests := []struct {
		name, schema, text string
		right              bool
	}{
		{name: "empty catalog", schema: lock, text: "format_version: \"1\"\nlayers: {}\n", right: true},
		{name: "full catalog", schema: lock, right: true, text: release + `        zipped: 10
        unzipped: 20
        runtimes: [python3.13]
        architectures: [arm64]
        license: MIT
        description: text
        published: "2026-01-02T03:04:05Z"
        grants: [o-abcdefghij, "100000000001", "*"]
        missing: [eu-west-1]
        regions: {us-east-1: "arn:aws:lambda:us-east-1:100000000000:layer:deps:1"}
    channels:
      stable: [{release: 1.0.0, since: "2026-01-02T03:04:05Z"}]
`},
		{name: "format", schema: lock, text: "format_version: \"2\"\nlayers: {}\n"},
		{name: "no layers", schema: lock, text: "format_version: \"1\"\n"},
		{name: "unknown field", schema: lock, text: release + "        regions: {}\n        colour: red\n"},
		{name: "not semantic", schema: lock, text: "format_version: \"1\"\nlayers: {deps: {releases: {v1: {sha256: " + sha + ", regions: {}}}}}\n"},
		{name: "hash", schema: lock, text: "format_version: \"1\"\nlayers: {deps: {releases: {1.0.0: {sha256: abc, regions: {}}}}}\n"},
		{name: "ARN", schema: lock, text: release + "        regions: {us-east-1: deps}\n"},
		{name: "grant", schema: lock, text: release + "        grants: [me]\n        regions: {}\n"},
		{name: "empty channel", schema: lock, text: release + "        regions: {}\n    channels: {stable: []}\n"},
		{name: "channel name", schema: lock, text: release + "        regions: {}\n    channels: {Stable: [{release: 1.0.0, since: \"2026-01-02T03:04:05Z\"}]}\n"},

		{name: "policy", schema: fleet, right: true, text: one + ", description: d, license: MIT, runtimes: [python3.13], architectures: [x86_64], bucket: \"b-{region}\", share: {organization: true, accounts: [\"100000000001\"], units: [Prod]}}\n"},
		{name: "defaults", schema: fleet, right: true, text: "defaults: {regions: [us-east-1], share: {}, bucket: bbb}\n" + one + "}\n"},
		{name: "short share", schema: fleet, right: true, text: one + ", share: organization}\n"},
		{name: "no layer", schema: fleet, text: "layers: []\n"},
		{name: "no source", schema: fleet, text: "layers: [{name: deps, release: 1.0.0, regions: [us-east-1]}]\n"},
		{name: "name", schema: fleet, text: "layers: [{name: a b, source: x, release: 1.0.0, regions: [us-east-1]}]\n"},
		{name: "release", schema: fleet, text: "layers: [{name: a, source: x, release: \"1.0\", regions: [us-east-1]}]\n"},
		{name: "architecture", schema: fleet, text: one + ", architectures: [amd64]}\n"},
		{name: "Region", schema: fleet, text: "layers: [{name: a, source: x, release: 1.0.0, regions: [useast1]}]\n"},
		{name: "share", schema: fleet, text: one + ", share: {everyone: true}}\n"},
		{name: "account", schema: fleet, text: one + ", share: {accounts: [prod]}}\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := validate(t, tt.schema, tt.text); (err == nil) != tt.right {
				t.Errorf("the schema says %v", err)
			}
			if err := readers[tt.schema](tt.text); (err == nil) != tt.right {
				t.Errorf("the reader says %v", err)
			}
		})
	}
}

// validate judges a YAML text by a schema.
func validate(t *testing.T, path, text string) error {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var schema jsonschema.Schema
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(asJSON, &value); err != nil {
		t.Fatal(err)
	}
	return resolved.Validate(value)
}
