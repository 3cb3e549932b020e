package check

import (
	"bufio"
	"bytes"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// pythons are the declared versions of CPython, such as 3.12.
func (c *collector) pythons() []string {
	var list []string
	for _, r := range c.runtimes {
		if r.Python != "" {
			list = append(list, r.Python)
		}
	}
	return list
}

// python looks at extension modules, packages and byte code.
func (c *collector) python() {
	declared := c.pythons()
	if len(declared) == 0 {
		return
	}
	modules := map[module][]module{}
	paths := map[module][]string{}
	for _, e := range c.tree.Entries {
		m, ok := pythonModule(e.Name)
		if !ok || c.alien[e.Name] != "" {
			continue
		}
		key := module{dir: m.dir, name: m.name}
		modules[key] = append(modules[key], m)
		paths[key] = append(paths[key], e.Name)
	}
	for key, variants := range modules {
		c.tags(within(key.dir, declared), variants, paths[key])
	}
	c.stableABI(declared)
	c.packages(declared)
	c.bytecode(declared)
}

// within are the versions of a list that look into a folder.
func within(dir string, declared []string) []string {
	alone, ok := strings.CutPrefix(only(dir+"/"), "python")
	if !ok {
		return declared
	}
	return slices.DeleteFunc(slices.Clone(declared), func(v string) bool { return v != alone })
}

// tags compares the variants of an extension module with the declared versions: an
// interpreter loads only its own tag, the stable ABI's and files without one.
func (c *collector) tags(declared []string, variants []module, paths []string) {
	if len(declared) == 0 {
		return // nobody looks there, which is said already
	}
	loaded := map[string]bool{}
	var only []string
	for _, m := range variants {
		version, any := loadsOn(m.tag)
		switch {
		case any:
			return
		case version == "":
			only = append(only, m.tag)
		default:
			loaded[version] = true
			only = append(only, "python"+version)
		}
	}
	slices.Sort(only)
	what := strings.Join(slices.Compact(only), " and ")
	var left []string
	for _, v := range declared {
		if !loaded[v] {
			left = append(left, "python"+v)
		}
	}
	advice := "install the packages with the Python of the runtime, or with pip's --python-version, or correct runtimes"
	for _, p := range paths {
		switch {
		case len(left) == len(declared):
			c.add(PythonTag, Refused, "file", p, advice, "{is|are} for %s only, and runtimes declares %s: an interpreter loads no other's extensions", what, strings.Join(left, " and "))
		case len(left) > 0:
			c.add(PythonTagPartly, Note, "file", p, advice, "{is|are} for %s only, and runtimes declares %s as well", what, strings.Join(left, " and "))
		}
	}
}

// packages looks at what installed distributions say.
func (c *collector) packages(declared []string) {
	type place struct{ dir, name string }
	versions := map[place][]string{}
	for _, name := range slices.Sorted(maps.Keys(c.texts)) {
		if path.Base(name) != "METADATA" {
			continue
		}
		head := headers(c.texts[name])
		info := path.Dir(name)
		p := place{path.Dir(info), normal(head["name"])}
		versions[p] = append(versions[p], info)
		if requires := head["requires-python"]; requires != "" {
			for _, v := range within(p.dir, declared) {
				if !pythonSuits(requires, v) {
					c.add(RequiresPython, Note, "package", info, "", "{says|say} Requires-Python: %s, and runtimes declares python%s", requires, v)
				}
			}
		}
	}
	for p, infos := range versions {
		if len(infos) > 1 {
			for _, info := range infos {
				c.add(DuplicatePackage, Note, "folder", info, "install into an empty folder", "{is|are} of the same package, %s: it was installed over another version", p.name)
			}
		}
	}
}

// headers reads the fields in front of an empty line, as of an e-mail.
func headers(text []byte) map[string]string {
	fields := map[string]string{}
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan() && s.Text() != ""; {
		if key, value, ok := strings.Cut(s.Text(), ":"); ok && fields[strings.ToLower(key)] == "" {
			fields[strings.ToLower(key)] = strings.TrimSpace(value)
		}
	}
	return fields
}

var separators = regexp.MustCompile(`[-_.]+`)

// normal is the name of a distribution as PEP 503 compares them.
func normal(name string) string { return strings.ToLower(separators.ReplaceAllString(name, "-")) }

var clause = regexp.MustCompile(`^\s*(===|==|~=|!=|<=|>=|<|>)\s*([0-9]+(?:\.[0-9]+)*)(\.\*)?\s*$`)

// pythonSuits reports whether some patch release of a version such as 3.12 is within a
// set of clauses (PEP 440). What it cannot read suits.
func pythonSuits(requires, version string) bool {
	lowest, highest := true, true
	for text := range strings.SplitSeq(requires, ",") {
		m := clause.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		lowest = lowest && suits(m[1], version+".0", m[2], m[3] != "")
		highest = highest && suits(m[1], version+".99", m[2], m[3] != "")
	}
	return lowest || highest
}

func suits(op, have, want string, prefix bool) bool {
	h, w := numbersOf(have), numbersOf(want)
	under := len(h) >= len(w) && slices.Equal(h[:len(w)], w)
	order := slices.Compare(h, append(w, make([]int, max(0, len(h)-len(w)))...))
	switch op {
	case "==", "===":
		return under || !prefix && len(w) > 2 && slices.Equal(h[:2], w[:2]) // a patch release is not known
	case "!=":
		return !(under && (prefix || len(w) < 3))
	case "~=":
		return order >= 0 && len(w) > 1 && slices.Equal(h[:len(w)-1], w[:len(w)-1])
	case "<=":
		return order <= 0 || under
	case ">=":
		return order >= 0
	case "<":
		return order < 0
	case ">":
		return order > 0 && !under
	}
	return true
}

func numbersOf(version string) []int {
	var list []int
	for part := range strings.SplitSeq(version, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			break
		}
		list = append(list, n)
	}
	return list
}

var compiled = regexp.MustCompile(`\.cpython-([0-9])([0-9]{1,2})[a-z]?(?:\.opt-[12])?\.pyc$`)

// bytecode looks for compiled files that no declared version reads.
func (c *collector) bytecode(declared []string) {
	for _, e := range c.tree.Entries {
		if m := compiled.FindStringSubmatch(e.Name); m != nil && !slices.Contains(declared, m[1]+"."+m[2]) {
			c.add(ForeignBytecode, Note, "file", e.Name, "leave __pycache__/ out: .layerignore names what a directory keeps to itself", "{is|are} byte code of python%s.%s, which runtimes does not declare: {it takes|they take} room", m[1], m[2])
		}
	}
}
