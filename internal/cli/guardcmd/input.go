package guardcmd

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/guard"
	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/internal/hint"
)

// The extensions that count in a directory, those of cfn-guard.
func ruleExtensions() []string { return []string{".guard", ".ruleset"} }
func dataExtensions() []string { return []string{".json", ".jsn", ".yaml", ".yml", ".template"} }

// files gives the file of a path, or those of the right kind below a directory
// in the order of their names.
func files(path string, extensions []string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var found []string
	err = filepath.WalkDir(path, func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && slices.Contains(extensions, filepath.Ext(name)) {
			found = append(found, name)
		}
		return err
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("no files (%s) below %s", strings.Join(extensions, ", "), path)
	}
	return found, err
}

// ruleFile is a compiled policy.
type ruleFile struct {
	name  string
	rules *guard.Ruleset
}

func compile(name string, d guard.Dialect) (ruleFile, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return ruleFile{}, err
	}
	rules, err := guard.Compile(text, guard.Options{Dialect: d, Name: name})
	if err != nil {
		return ruleFile{}, otherDialect(err, text, d)
	}
	return ruleFile{name, rules}, nil
}

// otherDialect advises to change the dialect if only the other one takes a policy.
func otherDialect(err error, text []byte, d guard.Dialect) error {
	if d != guard.DialectConfig {
		return err
	}
	if _, other := guard.Compile(text, guard.Options{Dialect: guard.DialectV3}); other != nil {
		return err
	}
	return hint.With(err, "cfn-guard 3 takes the policy (--dialect 3), AWS Config does not")
}

func compileAll(path string, d guard.Dialect) ([]ruleFile, error) {
	names, err := files(path, ruleExtensions())
	if err != nil {
		return nil, err
	}
	all := make([]ruleFile, len(names))
	for i, name := range names {
		if all[i], err = compile(name, d); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// stdin stands for standard input.
const stdin = "-"

// document is one document with the names of the files that it is made of.
type document struct {
	name string
	*guard.Document
	// params are the members that came from the file of parameters.
	params     map[string]bool
	paramsName string
}

// file is the file in which the value at a JSON pointer stands.
func (d document) file(path string) string {
	member, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if d.params[member] {
		return d.paramsName
	}
	return d.name
}

func load(name string, in io.Reader, l guard.Loader) (document, error) {
	var text []byte
	var err error
	if name == stdin {
		text, err = io.ReadAll(in)
	} else {
		text, err = os.ReadFile(name)
	}
	if err != nil {
		return document{}, err
	}
	d, err := guard.Load(name, text, l)
	return document{name: name, Document: d}, err
}

// with adds the members of a file of parameters, as cfn-guard does: both are
// maps without a member in common.
func (d document) with(params *guard.Document) (document, error) {
	a, b := d.Root(), params.Root()
	for _, v := range []*doc.Value{a, b} {
		if v.Kind() != doc.Map {
			return d, fmt.Errorf("%s cannot be merged with %s: one is a %s, not a map", d.name, params.Name, v.Kind())
		}
	}
	d.params, d.paramsName = map[string]bool{}, params.Name
	var keys []string
	var values []*doc.Value
	for _, from := range []*doc.Value{a, b} {
		for i := range from.Len() {
			v := from.At(i)
			if from == b {
				if a.Get(v.Key()) != nil {
					return d, fmt.Errorf("%s and %s both have %s", d.name, params.Name, v.Key())
				}
				d.params[v.Key()] = true
			}
			keys, values = append(keys, v.Key()), append(values, v)
		}
	}
	d.Document = doc.Detach(doc.NewMap(keys, values))
	return d, nil
}
