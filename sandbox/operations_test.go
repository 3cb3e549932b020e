package sandbox_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox"
)

var update = flag.Bool("update", false, "write docs/operations.md anew")

const operationsPage = "../docs/operations.md"

// TestPageOfOperations holds docs/operations.md to what the sandbox claims.
func TestPageOfOperations(t *testing.T) {
	t.Parallel()
	sb, err := sandbox.Start(t.Context(), sandbox.Options{Accounts: 1, Regions: []string{"us-east-1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer sb.Close()
	var b strings.Builder
	b.WriteString("# Operations of the sandbox\n\nWhat the sandbox does, and the input members that each operation acts on. All else is refused by name, with the code\n`SandboxUnsupported`. A name covers everything below it. This page is written by a test:\n`go test ./sandbox -run PageOfOperations -update`.\n")
	known := map[string]string{"monitoring": " (CloudWatch)", "tagging": " (Resource Groups Tagging API)"} // by other names
	service := ""
	for _, op := range sb.Operations() {
		if op.Service != service {
			service = op.Service
			b.WriteString("\n## " + service + known[service] + "\n\n| operation | members |\n|---|---|\n")
		}
		b.WriteString("| " + op.Name + " | " + strings.Join(op.Members, ", ") + " |\n")
	}
	if *update {
		if err := os.WriteFile(operationsPage, []byte(b.String()), 0o644); err != nil { //nolint:gosec // a page for everyone
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(operationsPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), b.String()); diff != "" {
		t.Errorf("docs/operations.md (-), the sandbox (+)\n%s", diff)
	}
}
