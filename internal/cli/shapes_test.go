package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/internal/cli"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/rehearsal"
	"github.com/layerfleet/layerfleet/sandbox"
	"github.com/layerfleet/layerfleet/sandbox/sandboxtest"
)

// TestShapes holds the JSON values to the members that scripts of users rely on. More may be there, none may be gone.
func TestShapes(t *testing.T) {
	if ok, err := condition("python3"); err != nil {
		t.Fatal(err)
	} else if !ok {
		t.Skip("runbooks need python3")
	}
	t.Setenv("AWS_CA_BUNDLE", "")
	t.Setenv("NO_PROXY", "127.0.0.1")
	sb := sandboxtest.Start(t, sandbox.Options{Accounts: 6, Functions: 60, Regions: []string{"us-east-1"}, Seed: 1, Speed: 1000, Roles: rehearsal.Roles()})
	for _, v := range rehearsal.Env(sb.Sandbox) {
		t.Setenv(v.Name, v.Value)
	}
	arn := sb.NewestLayer(sandbox.LayerRuntime, "us-east-1")
	old := arn[:strings.LastIndexByte(arn, ':')] + ":3"
	tests := []struct {
		name  string
		args  string
		code  command.ExitCode
		paths []string // member of the value; [] goes into the first element
	}{
		{name: "find", args: "find --layer common-runtime -o json", code: command.Partial, paths: []string{
			"format_version", "functions[].account_id", "functions[].region", "functions[].function_name", "functions[].function_arn",
			"functions[].version", "functions[].runtime", "functions[].layers[]", "functions[].matched[]",
			"coverage.pairs", "coverage.covered", "coverage.not_covered[].account_id", "coverage.not_covered[].region", "coverage.not_covered[].reason",
		}},
		{name: "enforce deploy", args: "enforce deploy --old " + old + " --new " + arn + " --all --regions us-east-1 --wait 10h --yes -o json", code: command.Partial, paths: statusMembers},
		{name: "enforce status", args: "enforce status -o json", code: command.Partial, paths: statusMembers},
		{name: "usage", args: "usage common-runtime -o json", code: command.Partial, paths: []string{
			"format_version", "layer", "usage[].release", "usage[].layer_version_arn", "usage[].account_id", "usage[].region",
			"usage[].owner", "usage[].latest", "usage[].versions", "coverage.not_covered[].reason",
		}},
		{name: "prune", args: "prune --dry-run -o json", code: command.Partial, paths: []string{
			"format_version", "delete", "keep[].arn", "keep[].code", "keep[].reason", "not_covered[].account_id", "not_covered[].region", "not_covered[].reason",
		}},
		{name: "demo", args: "demo --accounts 6 --functions 150 --regions us-east-1 --speed 1000 -o json --html=", paths: []string{
			"format_version", "seconds", "outdated_before", "remediated", "unchanged",
			"left[].account_id", "left[].region", "left[].function_name", "left[].reason",
			"not_covered[].account_id", "not_covered[].region", "not_covered[].reason",
		}},
	}
	for _, tt := range tests {
		var out, errs bytes.Buffer
		code := cli.Main(t.Context(), strings.Fields(tt.args), command.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, os.Getenv)
		if code != int(tt.code) {
			t.Errorf("%s: exit code %d, want %d: %s", tt.name, code, tt.code, errs.String())
			continue
		}
		var value any
		if err := json.Unmarshal(out.Bytes(), &value); err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		for _, path := range tt.paths {
			if !has(value, strings.Split(strings.ReplaceAll(path, "[]", ".[]"), ".")) {
				t.Errorf("%s: no %s in\n%s", tt.name, path, out.String())
			}
		}
	}
}

var statusMembers = []string{
	"format_version", "stack_set", "revision", "since", "by", "automatic", "moves[].layer.name", "moves[].regions.us-east-1.new.version", "scope",
	"pairs[].account_id", "pairs[].region", "pairs[].status", "pairs[].reason", "pairs[].right", "pairs[].exempt", "pairs[].left", "pairs[].other_version",
	"pairs[].not_using", "pairs[].open", "pairs[].failed", "pairs[].excepted", "pairs[].findings", "pairs[].stale", "total.right",
	"functions[].account_id", "functions[].region", "functions[].function_name", "functions[].function_arn", "functions[].state", "functions[].layers[]",
}

// has follows a path into a value; of a list one element must have it.
func has(value any, path []string) bool {
	if len(path) == 0 {
		return true
	}
	if path[0] == "[]" {
		list, ok := value.([]any)
		return ok && slices.ContainsFunc(list, func(element any) bool { return has(element, path[1:]) })
	}
	object, ok := value.(map[string]any)
	if !ok {
		return false
	}
	inner, ok := object[path[0]]
	return ok && has(inner, path[1:])
}
