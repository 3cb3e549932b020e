package difftest

import (
	"os"
	"strconv"
	"testing"

	"github.com/layerfleet/layerfleet/guard"
)

// engine finds a real engine, or skips the test.
func engine(t *testing.T, d guard.Dialect, variable string) Engine {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		if os.Getenv("LAYERFLEET_REQUIRE_PEERS") == "1" {
			t.Fatalf("%s is not set", variable)
		}
		t.Skipf("%s is not set", variable)
	}
	return Engine{Path: path, Dialect: d, Dir: t.TempDir()}
}

// setting reads a number from the environment.
func setting(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	s := os.Getenv(variable)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestDifferential compares LAYERFLEET_GUARD_PAIRS pairs of a rule file and a
// document per engine, from the seed LAYERFLEET_GUARD_SEED on.
func TestDifferential(t *testing.T) {
	const documents = 10
	for _, c := range []struct {
		variable string
		dialect  guard.Dialect
	}{{"LAYERFLEET_CFN_GUARD_2", guard.Config}, {"LAYERFLEET_CFN_GUARD_3", guard.V3}} {
		t.Run(c.dialect.String(), func(t *testing.T) {
			t.Parallel()
			e := engine(t, c.dialect, c.variable)
			pairs, seed := setting(t, "LAYERFLEET_GUARD_PAIRS", 1000), setting(t, "LAYERFLEET_GUARD_SEED", 1)
			most := setting(t, "LAYERFLEET_GUARD_REPORTS", 5)
			counts := map[string]int{}
			for n := 0; n < pairs && most > 0; n += documents {
				k := Generate(uint64(seed+n), c.dialect, documents) //nolint:gosec // not negative
				theirs, err := e.Theirs(t.Context(), k)
				if err != nil {
					t.Fatal(err)
				}
				for i, got := range e.Ours(k) {
					counts[theirs[i].Kind()]++
					if got == theirs[i] || most == 0 {
						continue
					}
					most--
					rules, document := e.Shrink(t.Context(), k.Rules, k.Documents[i])
					small := Case{Rules: rules, Documents: []string{document}}
					again, _ := e.Theirs(t.Context(), small)
					t.Errorf("seed %d: ours %q, theirs %q, reduced: ours %q, theirs %q\n%s\n-- on\n%s", seed+n, got, theirs[i], e.Ours(small), again, rules, document)
					break
				}
			}
			t.Logf("compared: %v", counts)
		})
	}
}
