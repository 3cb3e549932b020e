package lint_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/layerfleet/layerfleet/guard"
	"github.com/layerfleet/layerfleet/guard/lint"
	"github.com/layerfleet/layerfleet/guard/syntax"
)

// verdict evaluates a policy as a caller of the engine would.
func verdict(t *testing.T, policy, document string, d syntax.Dialect) lint.Verdict {
	t.Helper()
	return loaded(t, policy, document, d, guard.LoadValues)
}

func loaded(t *testing.T, policy, document string, d syntax.Dialect, l guard.Loader) lint.Verdict {
	t.Helper()
	rules, err := guard.Compile([]byte(policy), guard.Options{Dialect: d})
	if err != nil {
		return lint.VerdictNone
	}
	item, err := guard.Load("", []byte(document), l)
	if err != nil {
		t.Fatal(err)
	}
	status, err := rules.Status(context.Background(), item)
	if err != nil {
		return lint.VerdictNone
	}
	return lint.Verdict(status.String())
}

// TestEntries evaluates the documents of every code: the construct misjudges,
// and what is to be preferred does not.
func TestEntries(t *testing.T) {
	for _, e := range lint.Entries() {
		t.Run(e.Code, func(t *testing.T) {
			surprising := e.Code == lint.PolicyTooLong // which is refused elsewhere
			for _, d := range e.Dialects() {
				for _, c := range e.Cases {
					if got := verdict(t, e.Avoid, c.Document, d); got != c.Avoid {
						t.Errorf("%s, %s: the policy to avoid says %s, not %s", d, c.About, got, c.Avoid)
					}
					if got := verdict(t, e.Prefer, c.Document, d); got != c.Prefer {
						t.Errorf("%s, %s: the policy to prefer says %s, not %s", d, c.About, got, c.Prefer)
					}
					surprising = surprising || c.Avoid != c.Prefer
				}
				found := codes(t, e.Avoid, d)
				if !slices.Contains(found, e.Code) {
					t.Errorf("%s: the policy to avoid has only %v", d, found)
				}
				if found := codes(t, e.Prefer, d); len(found) > 0 {
					t.Errorf("%s: the policy to prefer has %v", d, found)
				}
			}
			if !surprising {
				t.Error("no document shows a difference")
			}
		})
	}
}

func codes(t *testing.T, policy string, d syntax.Dialect) []string {
	t.Helper()
	found, err := lint.Source([]byte(policy), lint.Options{Dialect: d})
	if err != nil {
		t.Fatalf("%v\n%s", err, policy)
	}
	var out []string
	for _, f := range found {
		out = append(out, f.Code)
	}
	return out
}

// TestRewrites applies what the linter proposes, and evaluates it: it judges as
// the policy to prefer.
func TestRewrites(t *testing.T) {
	for _, e := range lint.Entries() {
		for _, d := range e.Dialects() {
			found, err := lint.Source([]byte(e.Avoid), lint.Options{Dialect: d})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				if f.Rewrite == "" {
					continue
				}
				better := e.Avoid[:f.RewriteSpan.Start] + f.Rewrite + e.Avoid[f.RewriteSpan.End:]
				if slices.Contains(codes(t, better, d), f.Code) {
					t.Errorf("%s: the rewrite still has it:\n%s", f.Code, better)
				}
				for _, c := range e.Cases {
					if got := verdict(t, better, c.Document, d); got != c.Prefer {
						t.Errorf("%s, %s: the rewrite says %s, not %s:\n%s", f.Code, c.About, got, c.Prefer, better)
					}
				}
			}
		}
	}
}

// TestEntriesPeers asks the real engines for the same verdicts. The command line
// of 2.1.3 reads null and fractions as text, which AWS Config does not; where
// that matters, its verdict is compared with ours on the same reading.
func TestEntriesPeers(t *testing.T) {
	for _, engine := range []struct {
		variable string
		dialect  syntax.Dialect
		loader   guard.Loader
	}{{"LAYERFLEET_CFN_GUARD_2", syntax.DialectConfig, guard.LoadCLI2}, {"LAYERFLEET_CFN_GUARD_3", syntax.DialectV3, guard.LoadCLI3}} {
		t.Run(engine.dialect.String(), func(t *testing.T) {
			path := os.Getenv(engine.variable)
			if path == "" {
				if os.Getenv("LAYERFLEET_REQUIRE_PEERS") == "1" {
					t.Fatalf("%s is not set", engine.variable)
				}
				t.Skipf("%s is not set", engine.variable)
			}
			for _, e := range lint.Entries() {
				if !slices.Contains(e.Dialects(), engine.dialect) {
					continue
				}
				for _, c := range e.Cases {
					for _, policy := range []string{e.Avoid, e.Prefer} {
						want := loaded(t, policy, c.Document, engine.dialect, engine.loader)
						if got := peer(t, path, policy, c.Document); got != want {
							t.Errorf("%s, %s: the engine says %s, not %s:\n%s", e.Code, c.About, got, want, policy)
						}
					}
				}
			}
		})
	}
}

func peer(t *testing.T, engine, policy, document string) lint.Verdict {
	t.Helper()
	dir := t.TempDir()
	rules, data := filepath.Join(dir, "p.guard"), filepath.Join(dir, "d.json")
	for name, text := range map[string]string{rules: policy, data: document} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), engine, "validate", "-r", rules, "-d", data, "-S", "all")
	out, err := cmd.Output()
	// The exit code is that of a failure also if a verdict was reached and the
	// report then crashes; the summary is printed before.
	if m := regexp.MustCompile(`d\.json Status = (\w+)`).FindSubmatch(out); m != nil {
		return lint.Verdict(m[1])
	}
	if err == nil {
		t.Fatalf("no verdict in %s", out)
	}
	return lint.VerdictNone
}
