package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// source is what the code of the services says.
type source struct {
	fields   map[string]bool     // "package.Type.Field" that is read
	same     map[string][]string // types that a value of a type is converted to
	handlers map[string]string   // method by operation
}

// unread is the first field on the path from a type that no code reads, or "".
func (s *source) unread(typ reflect.Type, path string) string {
	for name := range strings.SplitSeq(path, ".") {
		for typ.Kind() != reflect.Struct {
			typ = typ.Elem()
		}
		if !s.reads(typ.PkgPath()+"."+typ.Name(), name) {
			return typ.String() + "." + name
		}
		f, _ := typ.FieldByName(name)
		typ = f.Type
	}
	return ""
}

func (s *source) reads(typ, field string) bool {
	return s.fields[typ+"."+field] || slices.ContainsFunc(s.same[typ], func(to string) bool { return s.fields[to+"."+field] })
}

// load type-checks the packages of the sandbox. Their imports come from the build cache.
func load(t *testing.T) *source {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,Error", "./internal/...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	exports := map[string]string{}
	type listed struct {
		ImportPath, Dir, Export string
		GoFiles                 []string
	}
	var ours []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
		if strings.Contains(p.ImportPath, "/sandbox/internal/") {
			ours = append(ours, p)
		}
	}
	fset := token.NewFileSet()
	config := types.Config{Importer: importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })}
	s := &source{fields: map[string]bool{}, same: map[string][]string{}, handlers: map[string]string{}}
	for _, p := range ours {
		var files []*ast.File
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		info := &types.Info{Selections: map[*ast.SelectorExpr]*types.Selection{}, Types: map[ast.Expr]types.TypeAndValue{}}
		if _, err := config.Check(p.ImportPath, fset, files, info); err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool { return s.see(n, info) })
		}
	}
	return s
}

// see notes what one node says, and whether to go on below it.
func (s *source) see(n ast.Node, info *types.Info) bool {
	switch n := n.(type) {
	case *ast.SelectorExpr:
		if sel := info.Selections[n]; sel != nil && sel.Kind() == types.FieldVal {
			s.fields[nameOf(sel.Recv())+"."+n.Sel.Name] = true
		}
	case *ast.CallExpr:
		if info.Types[n.Fun].IsType() { // a conversion
			from := nameOf(info.TypeOf(n.Args[0]))
			s.same[from] = append(s.same[from], nameOf(info.TypeOf(n)))
		}
		f, ok := n.Fun.(*ast.SelectorExpr)
		if !ok {
			break
		}
		if f.Sel.Name == "Operation" && len(n.Args) == 3 {
			handler, _ := n.Args[2].(*ast.SelectorExpr)
			service, name := info.Types[n.Args[0]].Value, info.Types[n.Args[1]].Value
			if handler != nil && service != nil && name != nil {
				s.handlers[constant.StringVal(service)+" "+constant.StringVal(name)] = handler.Sel.Name
			}
		}
		if f.Sel.Name == "Permissions" {
			ast.Inspect(f.X, func(n ast.Node) bool { return s.see(n, info) }) // what is called before it, but not its arguments
			return false
		}
	}
	return true
}

func nameOf(t types.Type) string {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	return strings.TrimLeft(t.String(), "*")
}
