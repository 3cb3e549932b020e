package spec

import (
	"io/fs"
	"path"
	"sort"
	"strings"
)

// Pair is a rule file with its test files, as paths in a file system.
type Pair struct {
	Rules string
	Tests []string
}

// Pairs finds the rule files (.guard, .ruleset) below the root of a file system
// and their tests, as "cfn-guard test --dir" does: in a directory tests next to
// the rule file, files whose name begins with that of the rule file and whose
// extension is .yml, .yaml or .json. A file NAME-tests.yaml next to NAME.guard
// counts, too. Of several rule files a test belongs to the one with the longest
// name that fits.
func Pairs(root fs.FS) ([]Pair, error) {
	var rules, others []string
	err := fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		switch ext := path.Ext(name); {
		case err != nil:
			return err
		case e.IsDir():
		case ext == ".guard" || ext == ".ruleset":
			rules = append(rules, name)
		case ext == ".yml" || ext == ".yaml" || ext == ".json":
			others = append(others, name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	sort.Strings(rules)
	pairs := make([]Pair, len(rules))
	for i, r := range rules {
		pairs[i].Rules = r
	}
	for _, t := range others {
		if i := owner(rules, t); i >= 0 {
			pairs[i].Tests = append(pairs[i].Tests, t)
		}
	}
	return pairs, nil
}

// owner finds the rule file that a test belongs to, or -1.
func owner(rules []string, test string) int {
	dir, base := path.Split(test)
	dir = path.Clean(dir)
	nextTo := strings.HasSuffix(strings.TrimSuffix(base, path.Ext(base)), "-tests")
	if path.Base(dir) != "tests" && !nextTo {
		return -1
	}
	best, length := -1, -1
	for i, r := range rules {
		name := strings.TrimSuffix(path.Base(r), path.Ext(r))
		near := path.Dir(r) == path.Dir(dir) || nextTo && path.Dir(r) == dir
		if near && strings.HasPrefix(base, name) && len(name) > length {
			best, length = i, len(name)
		}
	}
	return best
}
