package main

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// source is the parsed part of a module that says how its requests look.
type source []*ast.File

// load parses the files of a module of the SDK, in the version of go.mod. The module is in the cache, or nothing would
// compile.
func load(ctx context.Context, module string) (source, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2/service/"+module)
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list -m: %w", err)
	}
	dir, fset := strings.TrimSpace(string(out)), token.NewFileSet()
	var src source
	for _, name := range []string{"api_client.go", "schemas/schemas.go", "serializers.go", "deserializers.go", "validators.go"} {
		file, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a module has schemas, or serializers and deserializers
		}
		if err != nil {
			return nil, err
		}
		src = append(src, file)
	}
	return src, nil
}

func (src source) hasSchemas() bool {
	return slices.ContainsFunc(src, func(f *ast.File) bool { return f.Name.Name == "schemas" })
}

// version is the API's date.
func (src source) version() string {
	for name, value := range src.values() {
		if name == "ServiceAPIVersion" {
			return text(value)
		}
	}
	return ""
}

// values are the package's variables and constants that are declared one by one.
func (src source) values() func(yield func(string, ast.Expr) bool) {
	return func(yield func(string, ast.Expr) bool) {
		for _, file := range src {
			for _, decl := range file.Decls {
				g, ok := decl.(*ast.GenDecl)
				if !ok || len(g.Specs) != 1 {
					continue
				}
				if v, ok := g.Specs[0].(*ast.ValueSpec); ok && len(v.Values) == 1 && !yield(v.Names[0].Name, v.Values[0]) {
					return
				}
			}
		}
	}
}

func (src source) functions() []*ast.FuncDecl {
	var list []*ast.FuncDecl
	for _, file := range src {
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Body != nil && f.Type.Params.NumFields() > 0 {
				list = append(list, f)
			}
		}
	}
	return list
}
