package lint_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/guard/lint"
)

const pages = "../../docs/guard"

var update = flag.Bool("update", false, "write the pages of the codes and the table of them")

// TestPages holds that every code has its page, that the page says what the
// code and the linter say, and that there are no others.
func TestPages(t *testing.T) {
	known := []string{"README.md", "how-to.md"}
	for _, e := range lint.Entries() {
		known = append(known, e.Code+".md")
		golden(t, e.Code+".md", e.Page())
		for _, heading := range []string{"Avoid", "Prefer", "Why", "Document"} {
			if !strings.Contains(e.Page(), "\n## "+heading+"\n") {
				t.Errorf("%s: no heading %s", e.Code, heading)
			}
		}
	}
	files, err := os.ReadDir(pages)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !slices.Contains(known, f.Name()) {
			t.Errorf("%s is the page of no code", f.Name())
		}
	}
}

// TestIndex holds the table at the end of the README to the codes.
func TestIndex(t *testing.T) {
	header, _, _ := strings.Cut(lint.Index(), "\n")
	before, _, ok := strings.Cut(read(t, "README.md"), header)
	if !ok {
		t.Fatalf("README.md has no table that begins with %s", header)
	}
	golden(t, "README.md", before+lint.Index())
}

// golden compares a page with what it should be, or writes it.
func golden(t *testing.T, name, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(filepath.Join(pages, name), []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(pages, name)); errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is no docs/guard/%s, go test ./guard/lint -update writes it", name)
		return
	}
	if diff := cmp.Diff(want, read(t, name)); diff != "" {
		t.Errorf("docs/guard/%s is not current, go test ./guard/lint -update writes it (-want +got):\n%s", name, diff)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(pages, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
