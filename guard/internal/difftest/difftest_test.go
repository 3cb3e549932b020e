package difftest

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
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
	}{{"LAYERFLEET_CFN_GUARD_2", guard.DialectConfig}, {"LAYERFLEET_CFN_GUARD_3", guard.DialectV3}} {
		t.Run(c.dialect.String(), func(t *testing.T) {
			t.Parallel()
			e := engine(t, c.dialect, c.variable)
			pairs, seed := setting(t, "LAYERFLEET_GUARD_PAIRS", 1000), setting(t, "LAYERFLEET_GUARD_SEED", 1)
			most := setting(t, "LAYERFLEET_GUARD_REPORTS", 5)
			counts := map[string]int{}
			for n := 0; n < pairs && most > 0; n += documents {
				k := Generate(uint64(seed+n), c.dialect, documents)
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

// TestCorpus compares on the rule files below LAYERFLEET_GUARD_CORPUS, with
// documents that speak of the same things. Files that both engines refuse are
// passed over.
func TestCorpus(t *testing.T) {
	root := os.Getenv("LAYERFLEET_GUARD_CORPUS")
	if root == "" {
		t.Skip("LAYERFLEET_GUARD_CORPUS is not set")
	}
	e := engine(t, guard.DialectV3, "LAYERFLEET_CFN_GUARD_3")
	n := setting(t, "LAYERFLEET_GUARD_DOCUMENTS", 20)
	files, refused, pairs := 0, 0, 0
	counts := map[Outcome]int{}
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".guard" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		k := Case{Rules: string(text), Documents: []string{"{}"}}
		if documents, err := Documents(k.Rules, guard.DialectV3, 1, n); err == nil {
			k.Documents = documents
		} else {
			refused++
		}
		theirs, err := e.Theirs(t.Context(), k)
		if err != nil {
			return err
		}
		for i, ours := range e.Ours(k) {
			pairs++
			counts[ours]++
			if ours != theirs[i] {
				t.Errorf("%s: ours %q, theirs %q on %s", path, ours, theirs[i], k.Documents[i])
				break
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files, %d refused by both, %d pairs, %v", files, refused, pairs, counts)
}

var update = flag.Bool("update", false, "record the verdicts of the real engines")

// TestRecorded compares with verdicts that the real engines gave when they were
// recorded (-update does that again), for machines without them.
func TestRecorded(t *testing.T) {
	for _, c := range []struct {
		file, variable string
		dialect        guard.Dialect
	}{
		{file: "testdata/recorded-2.1.3.json", variable: "LAYERFLEET_CFN_GUARD_2", dialect: guard.DialectConfig},
		{file: "testdata/recorded-3.1.1.json", variable: "LAYERFLEET_CFN_GUARD_3", dialect: guard.DialectV3},
	} {
		t.Run(c.dialect.String(), func(t *testing.T) {
			if *update {
				record(t, engine(t, c.dialect, c.variable), c.file)
			}
			cases, err := ReadRecorded(c.file)
			if err != nil {
				t.Fatal(err)
			}
			e := Engine{Dialect: c.dialect}
			for _, k := range cases {
				ours := e.Ours(Case{Rules: k.Rules, Documents: k.Documents})
				for i := range ours {
					if ours[i] != k.Outcomes[i] {
						t.Errorf("ours %q, theirs %q\n%s\n-- on\n%s", ours[i], k.Outcomes[i], k.Rules, k.Documents[i])
					}
				}
			}
		})
	}
}

func record(t *testing.T, e Engine, file string) {
	t.Helper()
	const cases, documents, first = 300, 4, 77_000_000
	var out []Recorded
	for n := range uint64(cases) {
		k := Generate(first+n, e.Dialect, documents)
		theirs, err := e.Theirs(t.Context(), k)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Recorded{Rules: k.Rules, Documents: k.Documents, Outcomes: theirs})
	}
	if err := WriteRecorded(file, out); err != nil {
		t.Fatal(err)
	}
}
