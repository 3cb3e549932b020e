package fleet_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/fleet"
)

var update = flag.Bool("update", false, "write docs/reasons.md")

// constants are the codes of reason.go: name → code.
func constants(t *testing.T) map[string]fleet.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]fleet.Code{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); ok && typ.Name == "Code" {
			code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			out[spec.Names[0].Name] = fleet.Code(code)
		}
		return true
	})
	return out
}

func TestEveryCodeHasALine(t *testing.T) {
	codes := constants(t)
	listed := map[fleet.Code]bool{}
	for _, g := range fleet.Reasons() {
		for _, a := range g.Codes {
			if listed[a.Code] || a.Sentence == "" || a.Advice == "" || strings.HasSuffix(a.Sentence, ".") || !strings.HasSuffix(a.Advice, ".") {
				t.Errorf("%s: %+v", a.Code, a)
			}
			listed[a.Code] = true
		}
	}
	for name, code := range codes {
		if !listed[code] || !code.Known() {
			t.Errorf("%s has no line", name)
		}
		delete(listed, code)
	}
	if len(listed) > 0 || len(codes) < 30 {
		t.Errorf("%d constants, and lines without one: %v", len(codes), listed)
	}
	if c := fleet.Code("made_up"); c.Known() || c.Sentence() != "made_up" || c.Advice() != "" {
		t.Errorf("%q: %q, %q", c, c.Sentence(), c.Advice())
	}
}

// mentions are codes in a text: by their constants in Go, by themselves elsewhere and in tests.
var (
	byConstant = regexp.MustCompile(`\bfleet\.\w+`)
	byCode     = regexp.MustCompile(`\bfleet\.\w+|\b[a-z_]+\b`)
)

// TestEveryCodeIsMadeAndTested holds that something says each code, in Go or in the runbook's script, and that a test
// or a script sees it.
func TestEveryCodeIsMadeAndTested(t *testing.T) {
	made, tested := map[string]bool{}, map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		where, form := tested, byCode
		switch ext := filepath.Ext(path); {
		case filepath.Dir(path) == filepath.Join("..", "fleet"):
			return nil
		case strings.HasSuffix(path, "_test.go"), strings.HasSuffix(path, "_test.py"), ext == ".txtar", filepath.Base(path) == "cases.yaml":
		case ext == ".go":
			where, form = made, byConstant
		case filepath.Base(path) == "runbook.py":
			where = made
		default:
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range form.FindAll(text, -1) {
			where[string(m)] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, code := range constants(t) {
		if !made["fleet."+name] && !made[string(code)] {
			t.Errorf("nothing says %s", code)
		}
		if !tested["fleet."+name] && !tested[string(code)] {
			t.Errorf("no test sees %s", code)
		}
	}
}

func TestPageOfReasons(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Reasons\n\n<!-- Written by go test ./internal/fleet -update. -->\n\n" +
		"In JSON output `reason` is one of these codes, and `detail` is what there is to say besides, such as the answer of AWS.\n" +
		"The runbook raises them as `[code] sentence`. Codes stay; new ones may come.\n")
	for _, g := range fleet.Reasons() {
		fmt.Fprintf(&b, "\n## %s\n\n| `reason` | meaning | what to do |\n|---|---|---|\n", g.Title)
		for _, a := range g.Codes {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", a.Code, a.Sentence, a.Advice)
		}
	}
	path := filepath.Join("..", "..", "docs", "reasons.md")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil { //nolint:gosec // read by everyone
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), b.String()); diff != "" {
		t.Errorf("%s is not current; go test ./internal/fleet -update (-file +written):\n%s", path, diff)
	}
}
