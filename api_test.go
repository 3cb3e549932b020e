package layerfleet_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// api are the packages that others may import. A new one is a promise: it comes with documentation, examples and a
// place in this list.
var api = []string{"configsql", "guard", "guard/doc", "guard/lint", "guard/spec", "guard/syntax", "sandbox", "sandbox/sandboxtest"}

func TestExportedPackages(t *testing.T) {
	var exported []string
	for _, p := range packages(t) {
		if len(p.GoFiles) > 0 && p.Name != "main" && !internal(p.ImportPath) {
			exported = append(exported, p.ImportPath)
		}
	}
	slices.Sort(exported)
	if !slices.Equal(exported, api) {
		t.Errorf("packages that others can import: %v\nwanted: %v", exported, api)
	}
}

// internal says whether the compiler keeps others from importing a package.
func internal(path string) bool { return slices.Contains(strings.Split(path, "/"), "internal") }

// TestSignaturesKeepInternalTypesIn looks at all that a user of the public packages can name or be given: a type that they
// cannot import would be a value that they can neither write down nor make.
func TestSignaturesKeepInternalTypesIn(t *testing.T) {
	load := exports(t)
	var found []string
	for _, path := range api {
		p, err := load.Import(module + "/" + path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range p.Scope().Names() {
			if o := p.Scope().Lookup(name); o.Exported() {
				s := search{seen: map[types.Type]bool{}}
				s.object(path+"."+name, o)
				found = append(found, s.found...)
			}
		}
	}
	for _, f := range found {
		t.Error(f)
	}
}

// exports reads the packages as the compiler left them.
func exports(t *testing.T) types.Importer {
	t.Helper()
	args := []string{"list", "-deps", "-export", "-json=ImportPath,Export"}
	for _, p := range api {
		args = append(args, "./"+p)
	}
	out, err := exec.CommandContext(t.Context(), "go", args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct{ ImportPath, Export string }
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		files[p.ImportPath] = p.Export
	}
	return importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) { return os.Open(files[path]) })
}

// search collects the internal types that an exported object mentions.
type search struct {
	seen  map[types.Type]bool
	found []string // NAME: what is wrong
}

func (s *search) object(where string, o types.Object) {
	if n, ok := o.(*types.TypeName); ok && !n.IsAlias() {
		s.definition(where, n.Type())
		return
	}
	s.mention(where, o.Type())
}

// definition looks into a type of the package itself: its parameters, its fields and methods, promoted ones too.
func (s *search) definition(where string, t types.Type) {
	if s.seen[t] {
		return
	}
	s.seen[t] = true
	if n, ok := t.(*types.Named); ok {
		for p := range n.TypeParams().TypeParams() {
			s.mention(where, p.Constraint())
		}
	}
	if _, ok := t.Underlying().(*types.Interface); !ok {
		s.mention(where, t.Underlying())
	}
	methods := types.NewMethodSet(t)
	if !types.IsInterface(t) {
		methods = types.NewMethodSet(types.NewPointer(t))
	}
	for m := range methods.Methods() {
		if m.Obj().Exported() {
			s.mention(where+"."+m.Obj().Name(), m.Type())
		}
	}
}

// mention looks at a type where it is written down.
func (s *search) mention(where string, t types.Type) {
	switch t := t.(type) {
	case *types.Alias:
		s.name(where, t.Obj())
		s.mention(where, t.Rhs())
	case *types.Named:
		s.name(where, t.Obj())
		for a := range t.TypeArgs().Types() {
			s.mention(where, a)
		}
		if p := t.Obj().Pkg(); p != nil && strings.HasPrefix(p.Path(), module) && !t.Obj().Exported() && !internal(p.Path()) {
			s.definition(where, t) // it cannot be named, but what it has can be used
		}
	case *types.Pointer:
		s.mention(where, t.Elem())
	case *types.Slice:
		s.mention(where, t.Elem())
	case *types.Array:
		s.mention(where, t.Elem())
	case *types.Chan:
		s.mention(where, t.Elem())
	case *types.Map:
		s.mention(where, t.Key())
		s.mention(where, t.Elem())
	case *types.Signature:
		for p := range t.TypeParams().TypeParams() {
			s.mention(where, p.Constraint())
		}
		for v := range t.Params().Variables() {
			s.mention(where, v.Type())
		}
		for v := range t.Results().Variables() {
			s.mention(where, v.Type())
		}
	case *types.Struct:
		for f := range t.Fields() {
			switch {
			case f.Exported():
				s.mention(where+"."+f.Name(), f.Type())
			case f.Embedded(): // its methods are among the outer type's; its fields are promoted
				s.promoted(where, f.Type())
			}
		}
	case *types.Union:
		for term := range t.Terms() {
			s.mention(where, term.Type())
		}
	case *types.Interface:
		for e := range t.EmbeddedTypes() {
			s.mention(where, e)
		}
		for m := range t.ExplicitMethods() {
			s.mention(where+"."+m.Name(), m.Type())
		}
	}
}

// promoted looks at the exported fields of an embedded type that has no exported name.
func (s *search) promoted(where string, t types.Type) {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	if inner, ok := t.Underlying().(*types.Struct); ok {
		s.mention(where, inner)
	}
}

func (s *search) name(where string, o *types.TypeName) {
	if o.Pkg() != nil && strings.HasPrefix(o.Pkg().Path(), module+"/") && internal(o.Pkg().Path()) {
		s.found = append(s.found, fmt.Sprintf("%s: it mentions %s.%s, which nobody else can import", where, o.Pkg().Path(), o.Name()))
	}
}
