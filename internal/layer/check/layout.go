package check

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/internal/layer/archive"
)

// paths are where the runtimes of a family look for code of layers, below /opt (table
// of "Packaging your layer content" in the Lambda Developer Guide). The first is the
// one to recommend.
var paths = []struct {
	family  string // beginning of the runtime's identifier
	folders []string
}{
	{"python", []string{"python/", "lib/", "bin/"}},
	{"nodejs", []string{"nodejs/node_modules/", "nodejs/node", "lib/", "bin/"}},
	{"java", []string{"java/lib/", "lib/", "bin/"}},
	{"ruby", []string{"ruby/lib/", "ruby/gems/", "lib/", "bin/"}},
	{"dotnet", []string{"lib/", "bin/"}},
	{"provided", []string{"lib/", "bin/"}},
}

// versioned are the folders that only one release of a runtime looks into.
var versioned = []struct {
	form    *regexp.Regexp
	runtime string // what its group becomes
}{
	{regexp.MustCompile(`^python/lib/python(3\.[0-9]+)/`), "python%s"},
	{regexp.MustCompile(`^nodejs/node([0-9]+)/`), "nodejs%s.x"},
}

// only is the runtime that alone looks into the folder of a file; empty where several do.
func only(name string) string {
	for _, v := range versioned {
		if m := v.form.FindStringSubmatch(name); m != nil {
			return fmt.Sprintf(v.runtime, m[1])
		}
	}
	return ""
}

// layout says where functions of the declared runtimes would not find the files.
// These are notes: a layer of data may lie anywhere.
func (c *collector) layout() {
	c.folders()
	if c.hasAny([]string{extensions}) {
		return
	}
	told := map[string]bool{}
	for _, runtime := range c.options.Runtimes {
		for _, p := range paths {
			if !strings.HasPrefix(runtime, p.family) || told[p.family] || c.hasAny(p.folders) {
				continue
			}
			told[p.family] = true
			advice := ""
			if below := c.below(p.folders[0]); below != "" {
				advice = fmt.Sprintf("there is %s: is the source one folder too high?", below+p.folders[0])
			}
			c.whole(Layout, Note, advice, "nothing is where %s looks for a layer's files, such as %s", runtime, p.folders[0])
		}
	}
}

func (c *collector) hasAny(folders []string) bool {
	return slices.ContainsFunc(c.tree.Entries, func(e archive.Entry) bool {
		return slices.ContainsFunc(folders, func(f string) bool { return strings.HasPrefix(e.Name, f) })
	})
}

// below finds a folder one level down, as in layer/python/.
func (c *collector) below(folder string) string {
	for _, e := range c.tree.Entries {
		if top, rest, ok := strings.Cut(e.Name, "/"); ok && strings.HasPrefix(rest, folder) {
			return top + "/"
		}
	}
	return ""
}

// folders compares folders of one runtime release with the declared runtimes.
func (c *collector) folders() {
	told := map[string]bool{}
	for _, e := range c.tree.Entries {
		for _, v := range versioned {
			m := v.form.FindStringSubmatch(e.Name)
			if m == nil || told[m[0]] || len(c.options.Runtimes) == 0 {
				continue
			}
			told[m[0]] = true
			if only := fmt.Sprintf(v.runtime, m[1]); !slices.Contains(c.options.Runtimes, only) {
				c.add(VersionedFolder, Note, "folder", m[0], "", "{is|are} only looked into by %s, which runtimes does not declare", only)
			}
		}
	}
}

var gems = regexp.MustCompile(`^ruby/gems/([0-9]+\.[0-9]+\.[0-9]+)/`)

// ruby compares the folders of gems with the declared runtimes.
func (c *collector) ruby() {
	var declared []string
	for _, r := range c.runtimes {
		if r.Ruby != "" {
			declared = append(declared, r.Ruby)
		}
	}
	for _, e := range c.tree.Entries {
		if m := gems.FindStringSubmatch(e.Name); m != nil && len(declared) > 0 && !slices.Contains(declared, m[1]) {
			c.add(VersionedFolder, Note, "folder", m[0], "", "{is|are} only looked into by Ruby %s, and runtimes declares %s", m[1], strings.Join(declared, " and "))
		}
	}
}

// leftOvers are names that tools leave behind, by what left them.
var leftOvers = map[string]string{
	"__MACOSX": "macOS's archiver", ".DS_Store": "macOS's Finder", ".AppleDouble": "macOS", "Thumbs.db": "Windows", "desktop.ini": "Windows",
	".pytest_cache": "pytest", ".mypy_cache": "mypy", ".ruff_cache": "ruff", ".tox": "tox", ".idea": "an editor", ".vscode": "an editor",
	".nyc_output": "nyc", ".cache": "a cache", ".ipynb_checkpoints": "Jupyter",
}

// junk looks for left-overs: they go to every function, and change the hash from
// machine to machine.
func (c *collector) junk() {
	for _, e := range c.tree.Entries {
		for part := range strings.SplitSeq(e.Name, "/") {
			by := leftOvers[part]
			if by == "" && strings.HasPrefix(part, "._") {
				by = "macOS's archiver"
			}
			if by == "" && (path.Ext(part) == ".swp" || strings.HasSuffix(part, "~")) {
				by = "an editor"
			}
			if by != "" {
				c.add(Junk, Note, "file", e.Name, "leave {it|them} out: .layerignore names what a directory keeps to itself", "{is a left-over|are left-overs} of %s: {it goes|they go} to every function, and {changes|change} the hash from machine to machine", by)
				break
			}
		}
	}
}
