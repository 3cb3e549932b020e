package sandbox_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox"
)

const (
	quirksPage  = "../docs/sandbox.md"
	quirksBegin = "<!-- quirks: written by go test ./sandbox -run PageOfQuirks -update -->\n"
	quirksEnd   = "<!-- end of quirks -->"
)

// TestPageOfQuirks holds the table in docs/sandbox.md to the quirks that there are.
func TestPageOfQuirks(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("| quirk | values | what it decides | why it is open |\n|---|---|---|---|\n")
	for _, q := range sandbox.Quirks() {
		b.WriteString("| `" + q.Name + "` | **" + q.Values[0] + "**, " + strings.Join(q.Values[1:], ", ") + " | " + q.Doc + " | " + q.Source + " |\n")
	}
	page, err := os.ReadFile(quirksPage)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(page), quirksBegin)
	have, after, ended := strings.Cut(rest, quirksEnd)
	if !begun || !ended {
		t.Fatalf("%s has no place for quirks", quirksPage)
	}
	if *update {
		have = b.String()
		if err := os.WriteFile(quirksPage, []byte(before+quirksBegin+have+quirksEnd+after), 0o644); err != nil { //nolint:gosec // a page for everyone
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(have, b.String()); diff != "" {
		t.Errorf("%s (-), the sandbox (+)\n%s", quirksPage, diff)
	}
}

func TestQuirksAreChecked(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"evaluation-dely": "minutes", "evaluation-delay": "hours"} {
		if _, err := sandbox.Start(t.Context(), sandbox.Options{Quirks: map[string]string{name: value}}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}
