package runbook_test

import (
	"bytes"
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

// judge gives the verdicts (PASS, FAIL, SKIP) of one engine: by policy, by document.
type judge func(t *testing.T, policies, docs map[string]string) map[string]map[string]string

// judges are our engine and the real ones.
func judges() map[string]judge {
	return map[string]judge{
		"guard":           ourVerdicts,
		"cfn-guard 2.1.3": realVerdicts("LAYERFLEET_CFN_GUARD_2", "cfn-guard 2.1.3", 5),
		"cfn-guard 3.1.1": realVerdicts("LAYERFLEET_CFN_GUARD_3", "cfn-guard 3.1.1", 19),
	}
}

func ourVerdicts(t *testing.T, policies, docs map[string]string) map[string]map[string]string {
	t.Helper()
	out := map[string]map[string]string{}
	for name, policy := range policies {
		rules, err := guard.Compile([]byte(policy), guard.Options{Dialect: guard.DialectConfig})
		if err != nil {
			t.Fatalf("%v in\n%s", err, policy)
		}
		out[name] = map[string]string{}
		for doc, text := range docs {
			parsed, err := guard.ParseJSON([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			status, err := rules.Status(t.Context(), parsed)
			if err != nil {
				t.Fatalf("%s: %v", doc, err)
			}
			out[name][doc] = status.String()
		}
	}
	return out
}

// verdictLine is what cfn-guard writes of one document and one policy: the status, then its rules.
var verdictLine = regexp.MustCompile(`(?m)^(?:.*/)?([\w-]+)\.json Status = (\w+)\n.* rules\n([\w-]+)\.guard/`)

// realVerdicts runs a binary of cfn-guard once for everything; it exits with failing when a document fails.
func realVerdicts(env, what string, failing int) judge {
	return func(t *testing.T, policies, docs map[string]string) map[string]map[string]string {
		t.Helper()
		binary := peer(t, os.Getenv(env), what+" ("+env+")")
		dir := t.TempDir()
		rules, data := filepath.Join(dir, "rules"), filepath.Join(dir, "data")
		for path, texts := range map[string]map[string]string{rules: policies, data: docs} {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
			for name, text := range texts {
				write(t, filepath.Join(path, name+map[string]string{rules: ".guard", data: ".json"}[path]), text)
			}
		}
		cmd := exec.CommandContext(t.Context(), binary, "validate", "--rules", rules, "--data", data, "--show-summary", "all")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		text, err := cmd.Output()
		if code := cmd.ProcessState.ExitCode(); err != nil && code != failing {
			t.Fatalf("%s exits with %d\n%s%s", what, code, text, stderr.Bytes())
		}
		out, judged := map[string]map[string]string{}, 0
		for _, m := range verdictLine.FindAllStringSubmatch(string(text), -1) {
			if out[m[3]] == nil {
				out[m[3]] = map[string]string{}
			}
			out[m[3]][m[1]] = m[2]
			judged++
		}
		if judged != len(docs)*len(policies) {
			t.Fatalf("%s judged %d of %d documents by %d policies\n%s", what, judged, len(docs), len(policies), text)
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
