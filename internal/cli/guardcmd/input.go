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
	return hint.With(err, "cfn-guard 3 accepts the policy (--dialect 3), AWS Config does not")
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

func load(name string, in io.Reader, l guard.Loader) (*guard.Document, error) {
	var text []byte
	var err error
	if name == stdin {
		text, err = io.ReadAll(in)
	} else {
		text, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, err
	}
	return guard.Load(name, text, l)
}
