package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/internal/cli"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/rehearsal"
	"github.com/layerfleet/layerfleet/sandbox"
	"github.com/layerfleet/layerfleet/sandbox/sandboxtest"
)

// TestShapes runs every command that has -o json. It holds the values to snake_case,
// and to the members that scripts of users rely on: more may be there, none may be
// gone. A new command needs a line here.
func TestShapes(t *testing.T) {
	if ok, err := condition("python3"); err != nil {
		t.Fatal(err)
	} else if !ok {
		t.Skip("runbooks need python3")
	}
	t.Setenv("AWS_CA_BUNDLE", "")
	t.Setenv("NO_PROXY", "127.0.0.1")
	sb := sandboxtest.Start(t, sandbox.Options{Accounts: 6, Functions: 60, Regions: []string{"us-east-1"}, Seed: 1, Roles: rehearsal.Roles(), Quirks: sandbox.TurnedQuirks()})
	for _, v := range rehearsal.Env(sb.Sandbox) {
		t.Setenv(v.Name, v.Value)
	}
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"layerfleet.yaml":            "layers:\n  - {name: deps, release: 1.0.0, source: layers/deps, regions: [us-east-1], runtimes: [python3.12], share: {organization: true}}\n",
		"layers/deps/python/deps.py": "x = 1\n",
		"p.guard":                    "rule old when configuration.layers !empty { configuration.layers[*].arn != 'old' }\n",
		"p-tests.yaml":               "- input: {configuration: {layers: [{arn: old}]}}\n  expectations: {rules: {old: PASS}}\n",
		"item.json":                  `{"configuration": {"layers": [{"arn": "old"}]}}`,
	} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	arn := sb.NewestLayer(sandbox.LayerRuntime, "us-east-1")
	old := arn[:strings.LastIndexByte(arn, ':')] + ":3"
	tests := []struct {
		args  string // one space between two; _ is a space within
		code  command.ExitCode
		paths []string // members of the value; [] goes into the first element
	}{
		{args: "version", paths: []string{"version", "go", "platform", "modified"}},
		{args: "find --layer common-runtime", code: command.Partial, paths: []string{
			"functions[].account_id", "functions[].region", "functions[].function_name", "functions[].function_arn",
			"functions[].version", "functions[].runtime", "functions[].layers[]", "functions[].matched[]",
			"coverage.pairs", "coverage.covered", "coverage.not_covered[].account_id", "coverage.not_covered[].region", "coverage.not_covered[].reason",
		}},
		{args: "coverage", code: command.Partial, paths: []string{"coverage.pairs", "coverage.not_covered[].reason"}},
		{args: "query SELECT_accountId", paths: []string{"fields[]", "rows[]"}},
		{args: "catalog import common-runtime ca-bundle", paths: []string{"layers[].name", "layers[].releases[]"}},
		{args: "catalog list", paths: []string{"layers[].releases[].sha256"}},
		{args: "catalog whatis " + old, paths: []string{"layer", "release", "region"}},
		{args: "catalog show common-runtime@1.2.0 --files", paths: []string{"layer", "release", "files[].name"}},
		{args: "catalog diff common-runtime@1.1.0 common-runtime@1.2.0", paths: []string{"before.release", "after.release", "files"}},
		{args: "catalog verify", paths: []string{"checked", "differences"}},
		{args: "catalog export", paths: []string{"layers[].channels"}},
		{args: "catalog export --to ssm --yes", paths: []string{"parameters"}},
		{args: "enforce render --old " + old + " --new " + arn + " --regions us-east-1", paths: []string{"moves[].layer", "moves[].regions", "template"}},
		{args: "enforce deploy --old " + old + " --new " + arn + " --all --regions us-east-1 --wait 10h --yes", code: command.Partial, paths: statusMembers},
		{args: "enforce status", code: command.Partial, paths: statusMembers},
		{args: "enforce retry --yes", paths: []string{"functions"}},
		{args: "enforce remove --yes", paths: []string{"stack_set", "removed"}},
		{args: "usage common-runtime", code: command.Partial, paths: []string{
			"layer", "usage[].release", "usage[].layer_version_arn", "usage[].account_id", "usage[].region",
			"usage[].owner", "usage[].latest", "usage[].versions", "coverage.not_covered[].reason",
		}},
		{args: "layer check layers/deps"},
		{args: "publish --yes", paths: []string{"layers[].published[]"}},
		{args: "prune --dry-run", code: command.Partial, paths: []string{
			"delete", "keep[].arn", "keep[].code", "keep[].reason", "not_covered[].account_id", "not_covered[].region", "not_covered[].reason",
		}},
		{args: "prune --layer ca-bundle --older-than 0d --archive attic --accept-not-covered 100000000005 --yes", paths: []string{"deleted[]"}},
		{args: "catalog restore attic/ca-bundle/us-east-1-2.json --yes", paths: []string{"restored[].restored_as"}},
		{args: "guard eval --rules p.guard --data item.json --explain", code: command.Findings},
		{args: "guard lint p.guard"},
		{args: "guard test --rules p.guard --tests p-tests.yaml", code: command.Findings},
		{args: "demo --accounts 6 --functions 150 --regions us-east-1 --speed 1000 --html=", paths: []string{
			"seconds", "outdated_before", "remediated", "unchanged",
			"left[].account_id", "left[].region", "left[].function_name", "left[].reason", "left[].detail",
			"not_covered[].account_id", "not_covered[].region", "not_covered[].reason",
		}},
	}
	for _, tt := range tests {
		args := strings.Split(tt.args, " ")
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "_", " ")
		}
		var out, errs bytes.Buffer
		code := cli.Main(t.Context(), append(args, "-o", "json"), command.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, os.Getenv)
		if code != int(tt.code) {
			t.Errorf("%s: exit code %d, want %d: %s", tt.args, code, tt.code, errs.String())
			continue
		}
		var value any
		if err := json.Unmarshal(out.Bytes(), &value); err != nil {
			t.Errorf("%s: %v", tt.args, err)
			continue
		}
		snake(t, tt.args, value)
		for _, path := range append(tt.paths, "format_version") {
			if !has(value, strings.Split(strings.ReplaceAll(path, "[]", ".[]"), ".")) {
				t.Errorf("%s: no %s in\n%.2000s", tt.args, path, out.String())
			}
		}
	}
	for _, name := range cli.JSONCommands() {
		if !slices.ContainsFunc(tests, func(tt struct {
			args  string
			code  command.ExitCode
			paths []string
		},
		) bool {
			return strings.HasPrefix(tt.args+" ", name+" ")
		}) {
			t.Errorf("no line of this test runs %s", name)
		}
	}
}

var (
	snakeCase = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	// keyedByData are the members whose own members are data: Regions by name, and the
	// rows of a query as AWS Config gives them.
	keyedByData = map[string]bool{"regions": true, "rows": true}
)

// snake fails for every member below value that is not in snake_case.
func snake(t *testing.T, path string, value any) {
	t.Helper()
	switch v := value.(type) {
	case []any:
		for _, e := range v {
			snake(t, path+"[]", e)
		}
	case map[string]any:
		for name, e := range v {
			if !snakeCase.MatchString(name) {
				t.Errorf("%s has a member %q", path, name)
			}
			if !keyedByData[name] {
				snake(t, path+"."+name, e)
			}
		}
	}
}

var statusMembers = []string{
	"stack_set", "revision", "since", "by", "automatic", "moves[].layer.name", "moves[].regions.us-east-1.new.version", "scope",
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
