package sandbox_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestWaitsGoThroughTheClock finds what a stepped clock would not know of: a goroutine that it does not count would work
// while time goes on, a wait that it does not count would make it stand still for ever.
func TestWaitsGoThroughTheClock(t *testing.T) {
	t.Parallel()
	// The clock counts, and the server of scripts is a process of its own.
	own := []string{"internal/clock", "internal/runbook"}
	timers := []string{"Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick"}
	fset := token.NewFileSet()
	files := 0
	err := filepath.WalkDir("internal", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || slices.Contains(own, filepath.ToSlash(filepath.Dir(path))) {
			return err
		}
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files++
		bad := func(n ast.Node, what string) {
			t.Errorf("%s: %s: let the sandbox's clock do it", fset.Position(n.Pos()), what)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				bad(n, "a go statement")
			case *ast.SelectStmt:
				bad(n, "a select statement")
			case *ast.UnaryExpr:
				if n.Op == token.ARROW {
					bad(n, "a receive from a channel")
				}
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(timers, n.Sel.Name) {
					bad(n, "time."+n.Sel.Name)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("only %d files were looked at", files)
	}
}
