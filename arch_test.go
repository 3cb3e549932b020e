// Package layerfleet_test holds the rules that concern the whole repository: which
// package may import which, and that each explains itself.
package layerfleet_test

import (
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/layerfleet/layerfleet"

// floor is the storey of each package of the tool: arrows point down only, so that
// a package may import those of lower floors and its own subtree. A package that
// stands nowhere here has no place in the house yet.
var floor = map[string]int{
	"internal/atomicfile": 0, "internal/count": 0, "internal/lockfile": 0, "internal/parallel": 0,
	"internal/hint": 0, "internal/layer": 1, "internal/fleet": 2, "internal/term": 2, "internal/yamldoc": 2,
	"internal/move": 3, "internal/event": 3, "internal/access": 3, "internal/org": 3, "internal/versions": 4, "internal/runbook": 4, "internal/stackset": 4, "internal/stage": 4, "internal/rehearsal": 4,
	"internal/catalog": 5, "internal/policy": 5, "internal/inventory": 6, "internal/resolve": 6,
	"internal/plan": 7, "internal/watch": 7, "internal/health": 7, "internal/report": 8,
	"internal/enforce": 8, "internal/publish": 8, "internal/rollout": 8, "internal/prune": 8,
	"internal/demo": 9,
	"internal/cli":  10,
	"cmd":           11,
}

// forbidden are the imports that no package below a path may have, even through
// others.
var forbidden = []struct {
	below, imports, why string
	except              []string
	direct              bool // look at the package's own imports only
}{
	{below: "guard", imports: module + "/", why: "guard is a library of its own: whoever imports it gets the language and nothing else", except: []string{module + "/guard"}},
	{below: "guard", imports: "github.com/aws/", why: "guard knows no AWS: it judges documents"},
	{below: "guard", imports: "net/http", why: "guard never talks to a network"},
	{below: "configsql", imports: module + "/", why: "configsql is a library of its own", except: []string{module + "/configsql"}},
	{below: "configsql", imports: "github.com/aws/", why: "configsql knows no AWS: it selects from rows"},
	{below: "configsql", imports: "net/http", why: "configsql never talks to a network"},
	{below: "sandbox", imports: module + "/internal/", why: "the sandbox must not know the tool, or it would agree with the tool's mistakes"},
	{below: "sandbox", imports: module + "/cmd/", why: "the sandbox is a library"},
	{
		below: "internal", imports: module + "/sandbox", why: "the tool meets the sandbox over the wire, as it meets AWS; only the two commands that start one know it, what furnishes it for them, and tests", direct: true,
		except: []string{"internal/cli/sandboxcmd", "internal/cli/democmd", "internal/rehearsal"},
	},
	{below: "internal/hint", imports: "github.com/aws/", why: "values do no I/O"},
	{below: "internal/layer", imports: "github.com/aws/", why: "values do no I/O"},
	{below: "internal/fleet", imports: "github.com/aws/", why: "values do no I/O"},
	{below: "internal/runbook", imports: "github.com/aws/", why: "templates are text"},
	{below: "internal/move", imports: "github.com/aws/", why: "what is to happen to a function is decided without asking anyone"},
	{below: "internal/policy", imports: "github.com/aws/", why: "reading the fleet policy takes no credentials"},
	{below: "internal/catalog", imports: "github.com/aws/", why: "the catalog is read without AWS access; what compares it with AWS is internal/catalog/live", except: []string{"internal/catalog/live"}},
	{below: "internal/term", imports: "github.com/aws/", why: "the terminal shows what it is given"},
	{below: "internal/cli", imports: "github.com/aws/", why: "commands are thin: calls to AWS are made further down", direct: true},
	{below: "internal/health/stat", imports: module + "/", why: "statistics know nothing of functions or releases", except: []string{"internal/health/stat"}},
	{below: "internal/report", imports: "github.com/aws/", why: "writers write values", direct: true},
}

type pkg struct {
	Dir, ImportPath, Name string
	Imports, Deps         []string
	GoFiles               []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=Dir,ImportPath,Name,Imports,Deps,GoFiles", "./...")
	out, err := cmd.Output()
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			t.Fatalf("go list: %s", exit.Stderr)
		}
		t.Fatal(err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		p.ImportPath = strings.TrimPrefix(p.ImportPath, module+"/")
		all = append(all, p)
	}
}

// within reports whether path is top or lies below it.
func within(path, top string) bool { return path == top || strings.HasPrefix(path, top+"/") }

// place is the entry of floor that a package belongs to.
func place(path string) (string, bool) {
	for top := range floor {
		if within(path, top) {
			return top, true
		}
	}
	return "", false
}

func TestArrowsPointDown(t *testing.T) {
	for _, p := range packages(t) {
		if !within(p.ImportPath, "internal") && !within(p.ImportPath, "cmd") {
			continue
		}
		here, ok := place(p.ImportPath)
		if !ok {
			t.Errorf("%s has no floor: give it one in arch_test.go", p.ImportPath)
			continue
		}
		for _, i := range p.Imports {
			i, ours := strings.CutPrefix(i, module+"/")
			there, placed := place(i)
			if ours && placed && there != here && floor[there] >= floor[here] {
				t.Errorf("%s imports %s, which is not below it: arrows point down only", p.ImportPath, i)
			}
		}
	}
}

func TestForbiddenImports(t *testing.T) {
	all := packages(t)
	for _, rule := range forbidden {
		for _, p := range all {
			if !within(p.ImportPath, rule.below) || slices.ContainsFunc(rule.except, func(e string) bool { return within(p.ImportPath, e) }) {
				continue
			}
			imports := p.Deps
			if rule.direct {
				imports = p.Imports
			}
			for _, i := range imports {
				allowed := slices.ContainsFunc(rule.except, func(e string) bool { return within(i, e) })
				if strings.HasPrefix(i, rule.imports) && !allowed {
					t.Errorf("%s imports %s: %s", p.ImportPath, i, rule.why)
				}
			}
		}
	}
}

func TestEveryPackageHasOneComment(t *testing.T) {
	for _, p := range packages(t) {
		var with []string
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Errorf("%s: %v", p.ImportPath, err)
				continue
			}
			if file.Doc != nil {
				with = append(with, name)
			}
		}
		if len(p.GoFiles) > 0 && len(with) != 1 {
			t.Errorf("%s has %d package comments (%s), not one", p.ImportPath, len(with), strings.Join(with, ", "))
		}
	}
}

// TestMapIsTrue holds the table of folders in CONTRIBUTING.md to what there is.
func TestMapIsTrue(t *testing.T) {
	page, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| folder | holds |")
	table, _, _ = strings.Cut(table, "\n\n")
	for _, m := range regexp.MustCompile("`((?:cmd|internal|guard|configsql|sandbox|deploy|test)[a-z/]*)`").FindAllStringSubmatch(table, -1) {
		if info, err := os.Stat(m[1]); err != nil || !info.IsDir() {
			t.Errorf("CONTRIBUTING.md: the table of folders names %s, which is none", m[1])
		}
	}
	for _, p := range packages(t) {
		top, placed := place(p.ImportPath)
		if placed && !strings.Contains(table, "`"+top) {
			t.Errorf("CONTRIBUTING.md: the table of folders does not say what %s holds", top)
		}
	}
}
