package lint_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/guard/lint"
)

const pages = "../../docs/guard"

// TestPages holds that every code has its page, that the page says what the
// code and the linter say, and that there are no others. UPDATE_PAGES=1 writes
// them.
func TestPages(t *testing.T) {
	known := []string{"README.md", "how-to.md"}
	for _, e := range lint.Entries() {
		known = append(known, e.Code+".md")
		if os.Getenv("UPDATE_PAGES") != "" {
			if err := os.WriteFile(filepath.Join(pages, e.Code+".md"), []byte(e.Page()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(e.Page(), read(t, e.Code+".md")); diff != "" {
			t.Errorf("%s: the page is not current, UPDATE_PAGES=1 writes it:\n%s", e.Code, diff)
		}
		for _, heading := range []string{"Avoid", "Prefer", "Why", "Document"} {
			if !strings.Contains(e.Page(), "\n## "+heading+"\n") {
				t.Errorf("%s: no heading %s", e.Code, heading)
			}
		}
	}
	if !strings.Contains(read(t, "README.md"), lint.Index()) {
		t.Errorf("README.md has not the current table of codes:\n%s", lint.Index())
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

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(pages, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
