package parts_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/layerfleet/layerfleet/guard"
)

// peer finds a program to compare with. Without it the test is skipped, or fails where peers are required.
func peer(t *testing.T, name, why string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil && name != "" {
		return path
	}
	if os.Getenv("LAYERFLEET_REQUIRE_PEERS") == "1" {
		t.Fatalf("%s is missing, and LAYERFLEET_REQUIRE_PEERS=1", why)
	}
	t.Skipf("%s is missing", why)
	return ""
}

// judge gives the verdicts (PASS, FAIL, SKIP) of one engine on named documents.
type judge func(t *testing.T, policy string, docs map[string]string) map[string]string

// judges are our engine and the real ones.
func judges() map[string]judge {
	return map[string]judge{
		"guard":           ourVerdicts,
		"cfn-guard 2.1.3": realVerdicts("LAYERFLEET_CFN_GUARD_2", "cfn-guard 2.1.3", 5),
		"cfn-guard 3.1.1": realVerdicts("LAYERFLEET_CFN_GUARD_3", "cfn-guard 3.1.1", 19),
	}
}

func ourVerdicts(t *testing.T, policy string, docs map[string]string) map[string]string {
	t.Helper()
	rules, err := guard.Compile([]byte(policy), guard.Options{Dialect: guard.DialectConfig})
	if err != nil {
		t.Fatalf("%v in\n%s", err, policy)
	}
	out := map[string]string{}
	for name, text := range docs {
		doc, err := guard.ParseJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		status, err := rules.Status(t.Context(), doc)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = status.String()
	}
	return out
}

var verdictLine = regexp.MustCompile(`(?m)^(?:.*/)?([\w-]+)\.json Status = (\w+)`)

// realVerdicts runs a binary of cfn-guard, which exits with failing when a document fails.
func realVerdicts(env, what string, failing int) judge {
	return func(t *testing.T, policy string, docs map[string]string) map[string]string {
		t.Helper()
		binary := peer(t, os.Getenv(env), what+" ("+env+")")
		dir := t.TempDir()
		rules, data := filepath.Join(dir, "policy.guard"), filepath.Join(dir, "data")
		if err := os.Mkdir(data, 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, rules, policy)
		for name, text := range docs {
			write(t, filepath.Join(data, name+".json"), text)
		}
		cmd := exec.CommandContext(t.Context(), binary, "validate", "--rules", rules, "--data", data, "--show-summary", "all")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		text, err := cmd.Output()
		if code := cmd.ProcessState.ExitCode(); err != nil && code != failing {
			t.Fatalf("%s exits with %d\n%s%s", what, code, text, stderr.Bytes())
		}
		out := map[string]string{}
		for _, m := range verdictLine.FindAllStringSubmatch(string(text), -1) {
			out[m[1]] = m[2]
		}
		if len(out) != len(docs) {
			t.Fatalf("%s judged %d of %d documents\n%s", what, len(out), len(docs), text)
		}
		return out
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// item is a configuration item of a function; layers and tags are JSON, or empty for a missing key.
func item(layers, tags string) string {
	if layers != "" {
		layers = `,"layers":` + layers
	}
	if tags != "" {
		tags = `,"tags":` + tags
	}
	return fmt.Sprintf(`{"version":"1.3","accountId":"100000000001","configurationItemStatus":"OK","resourceType":"AWS::Lambda::Function",`+
		`"resourceId":"fn","awsRegion":"us-east-1","configuration":{"functionName":"fn","runtime":"python3.12"%s}%s}`, layers, tags)
}

// layersOf is a layer list as configuration items have it.
func layersOf(arns ...string) string {
	out := "["
	for i, arn := range arns {
		if i > 0 {
			out += ","
		}
		out += fmt.Sprintf(`{"arn":%q,"codeSize":1024.0}`, arn)
	}
	return out + "]"
}
