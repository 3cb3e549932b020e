package check

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"
)

var (
	// moduleFolder is how prebuilt addons say their module version in a path.
	moduleFolder = regexp.MustCompile(`(?:^|/)(?:node-v|abi)([0-9]{2,3})[-/.]|\.abi([0-9]{2,3})\.`)
	// moduleSymbol is how an addon registers itself for one module version.
	moduleSymbol = regexp.MustCompile(`^node_register_module_v([0-9]+)$`)
)

// node looks at addons and packages of Node.js.
func (c *collector) node() {
	majors := map[int]string{}
	var modules []int
	for _, r := range c.runtimes {
		if r.NodeMajor > 0 {
			majors[r.NodeMajor] = r.ID
		}
		if r.NodeModule > 0 {
			modules = append(modules, r.NodeModule)
		}
	}
	if len(majors) == 0 {
		return
	}
	if len(modules) == len(majors) { // with one that is not known nothing can be said
		c.addons(modules)
	}
	c.engines(majors)
}

// addons compares module versions. An addon of Node-API is for all.
func (c *collector) addons(declared []int) {
	versions := map[string][]int{} // unit → of its addons for Linux
	paths := map[string][]string{}
	for name, f := range c.elf {
		if path.Ext(name) != ".node" || !c.declares(f.Arch) {
			continue
		}
		version := moduleVersion(name, f.Exports)
		if slices.ContainsFunc(f.Imports, func(s string) bool { return strings.HasPrefix(s, "napi_") }) {
			version = 0
		}
		u := unit(name)
		versions[u] = append(versions[u], version)
		paths[u] = append(paths[u], name)
	}
	for u, have := range versions {
		if slices.Contains(have, 0) || slices.ContainsFunc(have, func(v int) bool { return slices.Contains(declared, v) }) {
			continue
		}
		for i, name := range paths[u] {
			c.add(NodeModule, Note, "file", name, "install the package with the Node.js of the runtime", "{is|are} for Node.js with module version %d, and runtimes declares %s", have[i], numbersText(declared))
		}
	}
}

// moduleVersion is the one that an addon is for; 0 where nothing says so.
func moduleVersion(name string, exports []string) int {
	for _, s := range exports {
		if m := moduleSymbol.FindStringSubmatch(s); m != nil {
			n, _ := strconv.Atoi(m[1]) // digits
			return n
		}
	}
	if m := moduleFolder.FindStringSubmatch(name); m != nil {
		n, _ := strconv.Atoi(m[1] + m[2]) // digits
		return n
	}
	return 0
}

func numbersText(list []int) string {
	text := make([]string, len(list))
	for i, n := range list {
		text[i] = strconv.Itoa(n)
	}
	return strings.Join(text, " and ")
}

// engines compares what packages ask for with the declared versions.
func (c *collector) engines(majors map[int]string) {
	for _, name := range slices.Sorted(maps.Keys(c.texts)) {
		if path.Base(name) != "package.json" {
			continue
		}
		var p struct {
			Engines struct {
				Node string `json:"node"`
			} `json:"engines"`
		}
		if json.Unmarshal(c.texts[name], &p) != nil || p.Engines.Node == "" {
			continue // older packages have lists here, and nothing reads them
		}
		wanted, err := semver.NewConstraint(p.Engines.Node)
		if err != nil {
			continue
		}
		alone := only(name)
		for _, major := range slices.Sorted(maps.Keys(majors)) {
			if alone != "" && alone != majors[major] {
				continue
			}
			if !someVersion(wanted, major) {
				c.add(Engines, Note, "package", path.Dir(name), "", "{asks|ask} for Node.js %s, and runtimes declares %s", p.Engines.Node, majors[major])
			}
		}
	}
}

// someVersion reports whether a release of a major version is within a range.
func someVersion(wanted *semver.Constraints, major int) bool {
	for _, minor := range []int{0, 999} {
		if v, err := semver.NewVersion(fmt.Sprintf("%d.%d.0", major, minor)); err == nil && wanted.Check(v) {
			return true
		}
	}
	return false
}
