package check

import (
	_ "embed" // for the symbols
	"slices"
	"strings"
	"sync"

	"github.com/layerfleet/layerfleet/internal/layer/native"
	"github.com/layerfleet/layerfleet/internal/layer/runtimes"
)

//go:embed stableabi.txt
var stableText string

// stable maps each symbol of the stable ABI to the version that added it; stableabi.py
// makes the list.
var stable = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(stableText) {
		if name, version, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			m[name] = version
		}
	}
	return m
})

// stableABI holds a module that claims the stable ABI to it: an interpreter loads the
// module by its name, and fails at the first symbol that it does not have.
func (c *collector) stableABI(declared []string) {
	for name, f := range c.elf {
		m, ok := pythonModule(name)
		if !ok || m.tag != "abi3" {
			continue
		}
		for _, version := range declared {
			if lacking := unstable(f, version); len(lacking) > 0 {
				const most = 3
				more := ""
				if len(lacking) > most {
					lacking, more = lacking[:most], ", …"
				}
				c.add(StableABI, Note, "file", name, "", "{claims|claim} the stable ABI, and {uses|use} what that of python%s does not have: %s", version, strings.Join(lacking, ", ")+more)
			}
		}
	}
}

// unstable are the imports of a module that the stable ABI of a version does not have.
func unstable(f *native.File, version string) []string {
	var lacking []string
	for _, s := range f.Imports {
		if !strings.HasPrefix(s, "Py") && !strings.HasPrefix(s, "_Py") {
			continue
		}
		if added := stable()[s]; added == "" || runtimes.CompareVersions(added, version) > 0 {
			lacking = append(lacking, s)
		}
	}
	slices.Sort(lacking)
	return lacking
}
