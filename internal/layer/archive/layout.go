package archive

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
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

// extensions are where Lambda starts external extensions from, whatever the runtime.
const extensions = "extensions/"

// versioned are the folders that only one release of a runtime looks into.
var versioned = []struct {
	form    *regexp.Regexp
	runtime string // what its group becomes
}{
	{regexp.MustCompile(`^python/lib/python(3\.[0-9]+)/`), "python%s"},
	{regexp.MustCompile(`^nodejs/node([0-9]+)/`), "nodejs%s.x"},
}

// CheckLayout says where functions of the declared runtimes would not find the files.
// These are notes and no errors: a layer of data may lie anywhere.
func (a *Archive) CheckLayout(runtimes []string) (notes []string) {
	if slices.ContainsFunc(a.Entries, func(e Entry) bool { return strings.HasPrefix(e.Name, extensions) }) {
		return nil
	}
	told := map[string]bool{}
	for _, runtime := range runtimes {
		for _, p := range paths {
			if !strings.HasPrefix(runtime, p.family) || told[p.family] || a.hasAny(p.folders) {
				continue
			}
			told[p.family] = true
			note := fmt.Sprintf("nothing is where %s looks for a layer's files, such as %s", runtime, p.folders[0])
			if below := a.below(p.folders[0]); below != "" {
				note += fmt.Sprintf("; there is %s: is the source one folder too high?", below+p.folders[0])
			}
			notes = append(notes, note)
		}
	}
	return append(notes, a.versions(runtimes)...)
}

func (a *Archive) hasAny(folders []string) bool {
	return slices.ContainsFunc(a.Entries, func(e Entry) bool {
		return slices.ContainsFunc(folders, func(f string) bool { return strings.HasPrefix(e.Name, f) })
	})
}

// below finds a folder one level down, as in layer/python/.
func (a *Archive) below(folder string) string {
	for _, e := range a.Entries {
		if top, rest, ok := strings.Cut(e.Name, "/"); ok && strings.HasPrefix(rest, folder) {
			return top + "/"
		}
	}
	return ""
}

// versions compares folders of one runtime release with the declared runtimes.
func (a *Archive) versions(runtimes []string) (notes []string) {
	told := map[string]bool{}
	for _, e := range a.Entries {
		for _, v := range versioned {
			m := v.form.FindStringSubmatch(e.Name)
			if m == nil || told[m[0]] || len(runtimes) == 0 {
				continue
			}
			told[m[0]] = true
			if only := fmt.Sprintf(v.runtime, m[1]); !slices.Contains(runtimes, only) {
				notes = append(notes, fmt.Sprintf("%s is only looked into by %s, which runtimes does not declare", m[0], only))
			}
		}
	}
	return notes
}
